"""The public face of the package, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import bartack_contracts

ALLOWED = {
    "annotated_types",
    "pydantic",
    "pydantic_core",
    "typing_extensions",
    "typing_inspection",
    "bartack_contracts",
}


def test_the_face_is_sorted_and_whole() -> None:
    assert bartack_contracts.__all__ == sorted(bartack_contracts.__all__)
    assert all(hasattr(bartack_contracts, name) for name in bartack_contracts.__all__)


def test_importing_the_contracts_imports_pydantic_and_nothing_else() -> None:
    program = "import sys; before = set(sys.modules); import bartack_contracts; print(*(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    foreign = {name.partition(".")[0] for name in loaded} - ALLOWED - sys.stdlib_module_names
    assert {name for name in foreign if not name.startswith("_")} == set()
