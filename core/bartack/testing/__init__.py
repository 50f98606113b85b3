"""What ships to connector authors and testers: a server that misbehaves on purpose.

An author wraps a *good* service, a function from request to answer, and says which fault happens when::

    with FaultServer(answer, OnPage(fault("cl_too_short"), 2)) as server:
        ...  # read server.url with the connector under test

and inherits a suite of checks from :class:`ConformanceSuite` (which needs pytest). Nothing here is imported by the rest of
Bartack. The pages ``docs/faults.md`` and ``docs/conformance.md`` show the use in ten lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bartack.rehearsing.regression import map_row, read_row
from bartack.testing.catalogue import FAULTS, fault, faults
from bartack.testing.clock import FakeClock
from bartack.testing.fault import HANG, NEXT, RESET, STAY, Fault, Pause, Scene
from bartack.testing.messages import Answer, Request, Shape
from bartack.testing.plans import Nth, OnPage, Plan, Share, Turn
from bartack.testing.server import FaultServer

if TYPE_CHECKING:
    from bartack.testing.conformance.suite import ConformanceSuite

__all__ = [
    "FAULTS",
    "HANG",
    "NEXT",
    "RESET",
    "STAY",
    "Answer",
    "ConformanceSuite",
    "FakeClock",
    "Fault",
    "FaultServer",
    "Nth",
    "OnPage",
    "Pause",
    "Plan",
    "Request",
    "Scene",
    "Shape",
    "Share",
    "Turn",
    "fault",
    "faults",
    "map_row",
    "read_row",
]


def __getattr__(name: str) -> Any:
    if name == "ConformanceSuite":
        from bartack.testing.conformance.suite import ConformanceSuite  # here: only tests need pytest

        return ConformanceSuite
    msg = f"module 'bartack.testing' has no attribute {name!r}"
    raise AttributeError(msg)
