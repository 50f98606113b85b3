"""The questions that are served, whoever serves them: scoped, masked, cleaned, cited, bounded, and with a verdict.

A verb returns a model of :mod:`bartack.service.answers`, or raises an error that is safe to show; see
:mod:`bartack.service.failures`. Nothing but ``get(live=True)`` and ``explain`` asks a source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bartack.errors import AccessError, ConfigError, ConflictError
from bartack.masking import masked
from bartack.reading.explain import masked_explanation
from bartack.replica.answers import Answer, Changes, Standing
from bartack.replica.links import Linked
from bartack.service.access import Access
from bartack.service.answers import (
    ChangesAnswer,
    ContractsAnswer,
    Detail,
    ExplainAnswer,
    RecordAnswer,
    RecordsAnswer,
    ReportAnswer,
    SourcesAnswer,
)
from bartack.service.budget import BUDGET
from bartack.service.catalogue import contracts_answer, sources_answer
from bartack.service.choosing import Choice
from bartack.service.failures import NotFoundError, QuestionError, answering, asking
from bartack.service.pages import MOST, changes_answer, records_answer, whole_items
from bartack.service.scope import Scope
from bartack.service.single import explain_answer, record_answer
from bartack.service.telling import verdict_over
from bartack_contracts import Contract, Record, Ref

if TYPE_CHECKING:
    from bartack.hub import Hub

__all__ = ["Service"]


class Service:
    """What ``access`` may ask of a hub. Safe to use from several threads.

    ``budget``: characters of compact JSON in one answer.
    """

    def __init__(self, hub: Hub, access: Access, *, budget: int = BUDGET) -> None:
        self._hub = hub
        self._access = access
        self._scope = Scope(hub, access)
        self._budget = budget

    @property
    def access(self) -> Access:
        """Who asks."""
        return self._access

    @property
    def models(self) -> tuple[type[Contract], ...]:
        """The contracts whose records may be asked for."""
        return self._scope.contracts

    @property
    def takes_reports(self) -> bool:
        """Whether who asks may report problems: the operator lets them, and so does their role."""
        return self._hub.config.serve.report and self._access.may("report")

    @answering
    def sources(self) -> SourcesAnswer:
        """Return the sources that may be asked, and how each of them stands."""
        return sources_answer(self._hub, self._scope.sources, self._standings(), self._budget)

    @answering
    def contracts(self, name: str | None = None, *, schema: bool = False) -> ContractsAnswer:
        """Return the contracts; with ``name`` this one and its fields, with ``schema`` its JSON Schema in their place."""
        models = self._scope.contracts if name is None else (self._scope.contract(name),)
        fields = name is not None
        return contracts_answer(models, self._standings(), self._budget, fields=fields, schemas=fields and schema)

    @answering
    def search(
        self,
        contract: str,
        text: str,
        *,
        source: str | Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int = 20,
        cursor: str | None = None,
        max_age: str | float | None = None,
        fields: Sequence[str] | None = None,
        detail: Detail = "concise",
    ) -> RecordsAnswer:
        """Return the records of a contract in which words are, the best ones first."""
        model, names = self._scope.contract(contract), self._scope.chosen(source)
        how: dict[str, Any] = {"where": where, "cursor": cursor, "max_age": max_age, "masked": self._access.mask}

        def ask(most: int) -> Answer[Any]:
            with asking():
                return self._hub.search(model, text, source=names, limit=most, **how)

        return self._records(model, ask, limit, Choice(detail, fields))

    @answering
    def query(
        self,
        contract: str,
        *,
        source: str | Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
        order_by: str | Sequence[str] | None = None,
        limit: int = 20,
        cursor: str | None = None,
        max_age: str | float | None = None,
        fields: Sequence[str] | None = None,
        detail: Detail = "concise",
    ) -> RecordsAnswer:
        """Return the records of a contract that fulfil conditions on its fields; all of them without conditions."""
        model, names = self._scope.contract(contract), self._scope.chosen(source)
        how: dict[str, Any] = {
            "where": where,
            "order_by": order_by,
            "cursor": cursor,
            "max_age": max_age,
            "masked": self._access.mask,
        }

        def ask(most: int) -> Answer[Any]:
            with asking():
                return self._hub.query(model, source=names, limit=most, **how)

        return self._records(model, ask, limit, Choice(detail, fields))

    @answering
    def get(
        self, citation: str, *, fields: Sequence[str] | None = None, detail: Detail = "full", live: bool = False
    ) -> RecordAnswer:
        """Return one record, and those of the same person or organisation.

        ``live``: asked of its source now, and where that does not answer, of the replica still.
        """
        ref = self._scope.ref(citation)
        record = self._record(ref, live=live)
        choice = Choice(detail, fields)
        choice.check([type(record.value)])
        standings = self._standings_of(ref, record.contract)
        shown = masked(record) if self._access.mask else record
        return record_answer(shown, choice, standings, self._linked(ref), self._budget)

    @answering
    def explain(self, citation: str, *, fields: Sequence[str] | None = None) -> ExplainAnswer:
        """Read one record again, and return how each of its fields came about; with ``fields`` these only."""
        ref = self._scope.ref(citation)
        try:
            found = self._hub.explain(ref)
        except AccessError:
            raise NotFoundError(_NOT_SHOWN) from None
        if not self._access.sees_contract(found.contract):
            raise NotFoundError(_NOT_SHOWN)
        return explain_answer(masked_explanation(found) if self._access.mask else found, fields, self._budget)

    @answering
    def changes(
        self,
        contract: str | None = None,
        *,
        source: str | Sequence[str] | None = None,
        cursor: str | None = None,
        limit: int = MOST,
        fields: Sequence[str] | None = None,
        detail: Detail = "concise",
    ) -> ChangesAnswer:
        """Return what has changed since a cursor, deletions too; from the beginning, without one."""
        model = None if contract is None else self._scope.contract(contract)
        names, choice = self._scope.chosen(source), Choice(detail, fields)
        choice.check(self._scope.contracts if model is None else (model,))
        sees, masked_too = self._access.sees_contract, self._access.mask

        def ask(most: int) -> Changes:
            with asking():
                return self._hub.changes(model, source=names, cursor=cursor, limit=most, masked=masked_too)

        return whole_items(limit, ask, lambda found: changes_answer(found, choice, self._budget, sees))

    @answering
    def report(self, citation: str, problem: str, *, field: str | None = None) -> ReportAnswer:
        """Let a problem with a record wait for a person; ``field``: the contract field that it is about."""
        if not self.takes_reports:
            raise QuestionError("problems are not taken here", next_step="tell the operator of the source")
        ref = self._scope.ref(citation)
        record = self._record(ref)
        Choice(fields=None if field is None else [field]).check([type(record.value)])
        problems = self._hub.review.problems
        try:
            done = problems.report(record, problem, field=field, by=self._access.name)
        except (ConfigError, ConflictError) as error:  # about what was asked: nothing else is looked up by now
            raise QuestionError(error.message, next_step=error.next_step) from None
        standings = self._standings_of(ref, record.contract)
        return ReportAnswer(verdict=verdict_over(standings), number=done.number, citation=ref.uri, new=done.new)

    def _record(self, ref: Ref, *, live: bool = False) -> Record[Any]:
        try:
            record = self._hub.get(ref) if live else self._kept(ref)
        except AccessError:
            if not live and not any(one.as_of for one in self._standings() if (one.source, one.stream) == ref[:2]):
                raise NotFoundError(
                    "the replica has nothing of this stream yet",
                    next_step=f"ask live, or let somebody sync {ref.source}",
                ) from None
            raise NotFoundError(_NOT_SHOWN) from None
        if not self._access.sees_contract(record.contract):
            raise NotFoundError(_NOT_SHOWN)
        return record

    def _kept(self, ref: Ref) -> Record[Any]:
        """Return a record of the replica, as fresh as its stream is."""
        found = self._hub.get_many([ref], masked=self._access.mask)
        if not found.records:
            raise AccessError("no such record", where=str(ref))
        return found.records[0]

    def _linked(self, ref: Ref) -> Linked | None:
        """Return what a record is linked with of all that may be seen; None where the replica does not have it."""
        try:
            found = self._hub.linked(ref, source=self._scope.sources, masked=self._access.mask)
        except AccessError:
            return None
        sees = self._access.sees_contract
        return replace(
            found,
            links=tuple(one for one in found.links if sees(one.contract)),
            standings=tuple(one for one in found.standings if sees(one.contract)),
            notices=found.notices if self._access.contracts is None else (),  # they may speak of what is not seen
        )

    def _standings_of(self, ref: Ref, contract: str) -> list[Standing]:
        found = self._hub.standings(contract, source=ref.source)
        return [one for one in found if one.stream == ref.stream]

    def _records(
        self, model: type[Contract], ask: Callable[[int], Answer[Any]], limit: int, choice: Choice
    ) -> RecordsAnswer:
        choice.check((model,))
        return whole_items(limit, ask, lambda found: records_answer(found, choice, self._budget))

    def _standings(self) -> list[Standing]:
        """Return how the streams stand that may be seen; ``*`` is a source whose configuration cannot be used."""
        names, sees = self._scope.sources, self._access.sees_contract
        found = self._hub.standings(source=names) if names else ()
        return [one for one in found if one.contract == "*" or sees(one.contract)]


_NOT_SHOWN = "no such record, or its source does not show it"
