"""The public face of the package, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import get_args

import pytest

import bartack_contracts
from bartack_contracts import CONTRACTS, Contract
from bartack_contracts.base import Value

ALLOWED = {
    "annotated_types",
    "pydantic",
    "pydantic_core",
    "typing_extensions",
    "typing_inspection",
    "bartack_contracts",
}


def values(model: type[Value]) -> Iterator[type[Value]]:
    """All values within a value, whatever their depth."""
    yield model
    for annotation in [field.annotation for field in model.model_fields.values()]:
        parts = [
            annotation,
            *get_args(annotation),
            *(deeper for part in get_args(annotation) for deeper in get_args(part)),
        ]
        for part in parts:
            if isinstance(part, type) and issubclass(part, Value):
                yield from values(part)


def test_every_name_on_the_face_is_there() -> None:
    assert [name for name in bartack_contracts.__all__ if not hasattr(bartack_contracts, name)] == []


@pytest.mark.parametrize("contract", CONTRACTS.values())
def test_every_value_of_a_contract_is_on_the_face(contract: type[Contract]) -> None:
    names = {value.__name__.partition("[")[0] for value in values(contract)}
    assert len(names) > 2
    assert names <= set(bartack_contracts.__all__)


def test_importing_the_contracts_imports_pydantic_and_nothing_else() -> None:
    program = "import sys; before = set(sys.modules); import bartack_contracts; print(*(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    foreign = {name.partition(".")[0] for name in loaded} - ALLOWED - sys.stdlib_module_names
    assert {name for name in foreign if not name.startswith("_")} == set()
