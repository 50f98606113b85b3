"""All faults, by name: what a reader of the wire has to live through."""

from __future__ import annotations

import difflib
from typing import Final

from bartack.testing.access_faults import ACCESS_FAULTS
from bartack.testing.encoding_faults import ENCODING_FAULTS
from bartack.testing.fault import Fault
from bartack.testing.framing_faults import FRAMING_FAULTS
from bartack.testing.messages import Answer, Shape
from bartack.testing.paging_faults import PAGING_FAULTS
from bartack.testing.payload_faults import PAYLOAD_FAULTS
from bartack.testing.status_faults import STATUS_FAULTS
from bartack.testing.transport_faults import TRANSPORT_FAULTS
from bartack.testing.xml_faults import XML_FAULTS

__all__ = ["FAULTS", "fault", "faults"]

FAULTS: Final = (
    *TRANSPORT_FAULTS,
    *FRAMING_FAULTS,
    *ENCODING_FAULTS,
    *STATUS_FAULTS,
    *ACCESS_FAULTS,
    *PAGING_FAULTS,
    *PAYLOAD_FAULTS,
    *XML_FAULTS,
)
"""The whole catalogue."""


def fault(name: str) -> Fault:
    """Return the fault of a name.

    Raises
    ------
    LookupError
        there is none; the nearest name is said.

    >>> fault("cl_too_short").says
    'Content-Length ends before the body does'
    """
    for one in FAULTS:
        if one.name == name:
            return one
    near = difflib.get_close_matches(name, [one.name for one in FAULTS], n=1)
    raise LookupError(f"no fault is named {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def faults(answer: Answer, shape: Shape | None = None) -> tuple[Fault, ...]:
    """Return the faults that answers like ``answer``, of such a shape, can have."""
    return tuple(one for one in FAULTS if one.fits(answer, shape))
