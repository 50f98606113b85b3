"""What ships to connector authors and testers: a server that misbehaves on purpose.

An author wraps a *good* service, a function from request to answer, and says which fault happens when::

    with FaultServer(answer, OnPage(fault("cl_too_short"), 2)) as server:
        ...  # read server.url with the connector under test

Nothing here is imported by the rest of Bartack. The page ``docs/faults.md`` shows the use in ten lines.
"""

from bartack.rehearsing.regression import map_row, read_row
from bartack.testing.catalogue import FAULTS, fault, faults
from bartack.testing.clock import FakeClock
from bartack.testing.fault import HANG, NEXT, RESET, STAY, Fault, Pause, Scene
from bartack.testing.messages import Answer, Request, Shape
from bartack.testing.plans import Nth, OnPage, Plan, Share, Turn
from bartack.testing.server import FaultServer

__all__ = [
    "FAULTS",
    "HANG",
    "NEXT",
    "RESET",
    "STAY",
    "Answer",
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
