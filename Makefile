# Two commands do all the set-up on a fresh machine with Python, make and a package index: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SIDE_BY_SIDE := -n 2 --dist loadfile  # two processes, each file in one of them

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check lint types floors docs format constraints clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY)  ## tell the story on a laptop, offline, in under a minute
	$(BIN)/bartack demo

test: $(READY)  ## run the tests (what a machine lacks is skipped, with the reason)
	$(BIN)/python -m pytest -m "not slow" $(SIDE_BY_SIDE)

test-all: $(READY)  ## run the tests with the long ones
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

check: lint types floors docs  ## lint, types, layers, and the examples in the documentation

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY)
	$(BIN)/mypy

floors: $(READY)
	$(BIN)/lint-imports

docs: $(READY)
	$(BIN)/python -m pytest tests/docs

format: $(READY)  ## rewrite the code in the house style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

constraints: $(READY)  ## write down the versions of this environment as the tested ones
	@{ sed '/^[^#]/,$$d' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable --exclude bartack; } > $(VENV)/constraints.txt
	@mv $(VENV)/constraints.txt constraints.txt

clean:  ## remove everything that the commands above made
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# pip of up to 25.2 hands PIP_CONSTRAINT on to the build of the package itself, a later one PIP_BUILD_CONSTRAINT.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Bartack needs Python 3.11 or newer; '$(PYTHON)' is not. Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "'$(PYTHON) -m venv' does not work here; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
