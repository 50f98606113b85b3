"""A hostile twin: a recording in which one thing is wrong, and what is known about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bartack.recording import About, Headers, Interaction, RecordedResponse
from bartack.twins.nodes import Edit, written
from bartack.twins.subject import PageOf, Place, Subject
from bartack.twins.watching import Watched

__all__ = ["Change", "Edits", "Twin", "answered", "of_place", "on_pages"]

Edits = Mapping[int, Sequence[Interaction]]
"""What stands in the place of an answer, by its number among those the good read was given."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is done to a recording.

    Parameters
    ----------
    name
        what is done, in a word or two (``null``, ``rows renamed``).
    said
        what is done and where, for people.
    edit
        makes the answers; called when the twin is read, so that a body of ten megabytes is there no longer than needed.
    place
        the native value that is changed, where it is one.
    touched
        identities of the rows that may come out otherwise than before, or not at all; None: any of them.
    doubtful
        the source contradicts itself, so that a read may not be called complete.
    loud
        what stands there now cannot be meant: it may not disappear without a word.
    """

    name: str
    said: str
    edit: Callable[[], Edits] = field(repr=False, compare=False)
    place: Place | None = field(default=None, kw_only=True, repr=False, compare=False)
    touched: frozenset[str] | None = field(default=frozenset(), kw_only=True)
    doubtful: bool = field(default=False, kw_only=True)
    loud: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Twin:
    """A recording with one change. ``name`` is ``family/change[/field]``: with the same seed the same change."""

    name: str
    family: str
    seed: int
    change: Change
    given: tuple[Interaction, ...] = field(repr=False, compare=False)
    about: About = field(repr=False, compare=False)

    @property
    def said(self) -> str:
        """What is wrong with it, and where."""
        return self.change.said

    @property
    def field(self) -> str | None:
        """The contract fields that are made of what was changed; None where it is no single value."""
        return ", ".join(self.change.place.fields) if self.change.place is not None else None

    @property
    def cassette(self) -> Watched:
        """The recording, made anew with every call."""
        edits = self.change.edit()
        answers = [one for number, kept in enumerate(self.given) for one in edits.get(number, (kept,))]
        return Watched(answers, about=self.about)


def answered(
    one: Interaction, body: bytes, *, status: int | None = None, headers: Headers | None = None
) -> Interaction:
    """Return an interaction with another answer, whose length is told honestly."""
    response = RecordedResponse(
        one.response.status if status is None else status,
        one.response.message if status is None else "",
        one.response.headers if headers is None else headers,
        body,
    )
    return replace(one, response=response).unpacked()


def on_pages(edits: Iterable[tuple[PageOf, Sequence[Edit]]]) -> Callable[[], Edits]:
    """Return what changes the texts of pages."""
    made = list(edits)

    def edit() -> Edits:
        return {page.number: (answered(page.interaction, _bytes(page, changed)),) for page, changed in made}

    return edit


def of_place(
    subject: Subject, place: Place, name: str, what: str, edits: Sequence[Edit], *, loud: bool = False
) -> Change:
    """Return the change of one native value."""
    page = subject.pages[place.page]
    said = f"{what} at {place.path} of row {place.id} (page {place.page + 1}), which becomes {', '.join(place.fields)}"
    return Change(name, said, on_pages([(page, edits)]), place=place, touched=frozenset({place.id}), loud=loud)


def _bytes(page: PageOf, edits: Sequence[Edit]) -> bytes:
    return written(page.document.text, edits).encode("utf-8", "surrogatepass")
