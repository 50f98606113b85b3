"""All checks, from the first thing a connector has to do to the last thing it has to show."""

from __future__ import annotations

from typing import Final

from bartack.testing.conformance.check import Check
from bartack.testing.conformance.complete_checks import COMPLETE
from bartack.testing.conformance.core_checks import CORE
from bartack.testing.conformance.read_checks import READS
from bartack.testing.conformance.row_checks import ROWS
from bartack.testing.conformance.wire_checks import WIRE

__all__ = ["CHECKS"]

CHECKS: Final[tuple[Check, ...]] = (*CORE, *WIRE, *ROWS, *READS, *COMPLETE)
"""The whole suite."""
