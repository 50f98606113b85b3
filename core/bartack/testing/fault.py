"""A fault: a named, documented way to answer wrongly, as a script of what happens on the connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, Literal

from bartack.errors import BartackError
from bartack.testing.messages import Answer, Request, Shape

__all__ = ["HANG", "NEXT", "RESET", "STAY", "Expected", "Fault", "Pause", "Scene", "Script", "Step", "fixed", "instead"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for so many seconds."""

    seconds: float


class _Act(Enum):
    HANG = auto()
    NEXT = auto()
    RESET = auto()
    STAY = auto()


HANG: Final = _Act.HANG
"""Send nothing more, until the client gives up."""
NEXT: Final = _Act.NEXT
"""Wait for the next request on the same connection."""
RESET: Final = _Act.RESET
"""Break the connection off (TCP RST)."""
STAY: Final = _Act.STAY
"""The answer is over, the connection goes on; without it the server closes it."""

Step = bytes | Pause | _Act


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault acts on: the request and the good answer to it; ``earlier`` are the first and the last page that went out."""

    request: Request
    answer: Answer
    earlier: Sequence[Answer] = ()
    shape: Shape | None = None

    @property
    def body(self) -> bytes:
        """The good answer's body."""
        return self.answer.content

    def head(self, *fields: str, status: str | None = None, version: str = "HTTP/1.1") -> bytes:
        """Return the good answer's status line and headers, with further ``fields``."""
        return self.answer.head(*fields, status=status, version=version)

    @property
    def half(self) -> bytes:
        """The first half of the body."""
        return self.body[: len(self.body) // 2]


Script = Callable[[Scene], Iterable[Step]]
"""Returns what is sent in the place of the good answer; afterwards the connection is closed unless the last step is STAY."""

Expected = type[BartackError] | Literal["rows", "rejects", "partial", "accounted"]
"""How a good reader ends while a fault lasts.

An error's class: with that error, whatever it delivered before being right. ``rows``: with all rows, for the fault does no
harm. ``rejects``: complete, with the row in question rejected and all others delivered. ``partial``: with a verdict that is
not ``complete``. ``accounted``: complete with every row accounted for, or not complete.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to answer wrongly.

    Parameters
    ----------
    name
        as in ``fault("cl_too_short")``.
    code
        its line in the catalogue: ``T`` transport, ``A`` access, ``P`` paging, ``J`` payload and JSON, ``X`` XML and SOAP.
    says
        what happens, in words.
    script
        what is sent.
    expected
        how a good reader ends while the fault lasts; see :data:`Expected`.
    lasting
        asking again does not help, although the error's class is one of those where it usually does.
    form
        the only form of answer that can have the fault.
    needs
        the parts of :class:`Shape` that the fault acts on; ``login`` for one that is the answer to a log-in, not to a page.
    """

    name: str
    code: str
    says: str
    script: Script = field(repr=False, compare=False)
    expected: Expected
    lasting: bool = field(default=False, kw_only=True)
    form: Literal["any", "json", "xml"] = field(default="any", kw_only=True)
    needs: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def family(self) -> str:
        """The letter of its code."""
        return self.code[0]

    @property
    def transient(self) -> bool:
        """True where asking once more, after the fault has passed, gives the good answer."""
        return isinstance(self.expected, type) and self.expected.retryable and not self.lasting

    def fits(self, answer: Answer, shape: Shape | None) -> bool:
        """Tell whether an answer of this form and shape can have the fault."""
        if self.form != "any" and (self.form == "json") != answer.is_json:
            return False
        return all(getattr(shape, part, None) for part in self.needs)


def fixed(*steps: Step) -> Script:
    """Return a script that does the same whatever was asked."""
    return lambda _: steps


def instead(change: Callable[[Scene], Answer]) -> Script:
    """Return a script that sends another answer than the good one, in good manners."""
    return lambda scene: (change(scene).wire(), STAY)
