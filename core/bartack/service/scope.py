"""The names of a question, held against what who asks may see: what they may not is answered as what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bartack.mapping.loader import near
from bartack.replica.text import is_sayable
from bartack.service.access import Access
from bartack.service.failures import NotFoundError, QuestionError
from bartack_contracts import Contract, Ref

if TYPE_CHECKING:
    from bartack.hub import Hub

__all__ = ["Scope"]


class Scope:
    """What of a hub somebody sees."""

    def __init__(self, hub: Hub, access: Access) -> None:
        self._hub = hub
        self._access = access

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that may be asked, in the order of the configuration."""
        return tuple(name for name in self._hub.sources if self._access.sees_source(name))

    @property
    def contracts(self) -> tuple[type[Contract], ...]:
        """The contracts whose records may be seen."""
        return tuple(one for one in self._hub.contracts if self._access.sees_contract(one.contract))

    def contract(self, name: str) -> type[Contract]:
        """Return a contract by its name or id.

        Raises
        ------
        QuestionError
            there is none that may be seen.
        """
        try:
            found = self._hub.contracts.get(name)
        except LookupError:
            found = None
        if found is None or not self._access.sees_contract(found.contract):
            ids = [one.contract for one in self.contracts]
            raise QuestionError(
                f"no contract {name!r}{near(name, [*ids, *(one.partition('/')[0] for one in ids)])}",
                next_step=f"contracts: {', '.join(ids) or 'none'}",
            )
        return found

    def chosen(self, source: str | Sequence[str] | None) -> tuple[str, ...]:
        """Return the sources that a question is about; all that may be asked, where it names none.

        Raises
        ------
        QuestionError
            one of them is not there, or there is none at all.
        """
        seen = self.sources
        if not seen:
            raise QuestionError("there is no source that you may ask", next_step="ask the operator for access to one")
        if source is None:
            return seen
        names = (source,) if isinstance(source, str) else tuple(dict.fromkeys(source))
        for name in names:
            if name not in seen:
                raise QuestionError(
                    f"no source named {name!r}{near(name, seen)}", next_step=f"sources: {', '.join(seen)}"
                )
        return names or seen

    def ref(self, text: str) -> Ref:
        """Return which record a citation names; that it is there is not said yet.

        Raises
        ------
        QuestionError
            it is no citation.
        NotFoundError
            it names a record of a source or of contracts that may not be seen, or of a source that is not there.
        """
        try:
            ref = Ref.parse(text)
        except ValueError:
            raise QuestionError(
                "a record is named by its citation", next_step="write bartack://source/stream/id, as answers cite it"
            ) from None
        if ref.source not in self.sources or not is_sayable(ref.id):
            raise NotFoundError("no such record")
        source = self._hub.source(ref.source)
        if ref.stream not in {stream.name for stream in source.streams}:
            raise NotFoundError("no such record")
        if not any(self._access.sees_contract(feed.contract) for feed in source.feeds(stream=ref.stream)):
            raise NotFoundError("no such record")
        return ref
