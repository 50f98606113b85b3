"""What is built is what people get: light to import, whole, and working in an empty environment."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import pkgutil
import re
import resource
import statistics
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest

import bartack

ROOT = Path(__file__).parents[2]
HEAVY = "mcp starlette uvicorn jinja2 pyarrow prometheus_client httpx2 anyio requests urllib3 zeep lxml sqlalchemy pydantic phonenumbers babel yaml rich pluggy jiter ftfy email_validator stdnum vcr".split()


def python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


def test_importing_bartack_loads_nothing_heavy() -> None:
    code = f"import sys, bartack; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert python("-c", code).strip() == "[]"


def test_the_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from bartack.frontends.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert python("-c", code).strip().splitlines()[-1] == "[]"


def test_the_plugin_of_the_own_connectors_imports_none_of_them() -> None:
    code = "import sys, bartack_connectors.plugin; print([n for n in sys.modules if n.endswith('.connector')], 'pydantic' in sys.modules)"
    assert python("-c", code).strip() == "[] False"


def test_the_help_costs_at_most_ten_times_bare_python() -> None:
    bare, helped = [], []
    for _ in range(7):
        bare.append(cpu("-c", "pass"))
        helped.append(cpu("-m", "bartack", "--help"))
    assert statistics.median(helped) <= 10 * statistics.median(bare)


def cpu(*arguments: str) -> float:
    """Return the seconds of processor time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with wheel and source distribution, built without isolation from what is installed."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        check=True,
    )
    return folder


def test_the_wheel_holds_the_three_packages_and_their_data(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    own = {name for name in names if ".dist-info/" not in name}
    expected = {
        str(path.relative_to(ROOT / room))
        for room in ("core", "contracts", "connectors")
        for path in (ROOT / room).glob("bartack*/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert own == expected
    assert {f"{package}/py.typed" for package in ("bartack", "bartack_contracts", "bartack_connectors")} <= own
    assert "bartack_connectors/hubspot/mappings/contacts.yaml" in own
    assert "bartack_connectors/demo/estate/legacy.sql" in own
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_source_distribution_holds_what_the_tests_need(built: Path) -> None:
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"tests/conftest.py", "cassettes/README.md", "constraints.txt", "Makefile", "README.md"} <= names


def test_the_wheel_works_in_an_empty_environment(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    binary = tmp_path / "venv/bin"
    install = [str(binary / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*install, "--constraint", str(ROOT / "constraints.txt"), str(wheel)], check=True, capture_output=True
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BARTACK"))}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(binary / "bartack"), *command], capture_output=True, text=True, cwd=tmp_path, env=clean, check=False
        )

    assert "usage: bartack" in run("--help").stdout
    assert "hubspot" in run("connectors").stdout
    told = run("demo")
    assert told.returncode == 0, told.stderr
    assert told.stdout.rstrip().endswith("0 lost, 0 doubled")


PACKAGES = ("bartack", "bartack_contracts", "bartack_connectors")


def faces() -> Iterator[ModuleType]:
    """Yield every package that says what is public in it."""
    for name in PACKAGES:
        root = importlib.import_module(name)
        inner = [one.name for one in pkgutil.walk_packages(root.__path__, f"{name}.") if one.ispkg]
        for module in (root, *map(importlib.import_module, inner)):
            if hasattr(module, "__all__"):
                yield module


def test_every_public_name_is_there_once_and_can_be_imported() -> None:
    checked = [module.__name__ for module in faces()]
    assert {"bartack", "bartack.sdk", "bartack_contracts", "bartack.recording"} <= set(checked)
    for module in faces():
        assert [name for name in module.__all__ if not hasattr(module, name)] == [], module.__name__
        assert len(set(module.__all__)) == len(module.__all__), module.__name__


def test_the_version_is_told_in_one_way() -> None:
    assert bartack.__version__ == importlib.metadata.version("bartack")
    assert f"## {bartack.__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_constraints_name_versions_of_all_that_is_declared_and_no_place() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    declared = {folded(re.split(r"[^\w.-]", one)[0]) for one in chain(project["dependencies"], *extras)}
    assert declared - {folded(name) for name in pins} == {"bartack"}, "bartack[extra] is no pin"
    assert not [line for line in lines if "://" in line or " @ " in line]


def folded(name: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name.lower())
