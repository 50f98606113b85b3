"""What a question to the replica may look into, and what of it may be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bartack.errors import BartackError, ConfigError, StoreError
from bartack.masking import masked as without_personal
from bartack.reading.source import Source
from bartack.replica.answers import Standing
from bartack.replica.asking import Scope
from bartack.replica.where import Condition, Order
from bartack.store.changes import Feed
from bartack.store.records import Stored
from bartack_contracts import Contract, Record

__all__ = ["Reach", "reach_of", "readable", "refuse_personal"]


@dataclass(frozen=True, slots=True)
class Reach:
    """What a question may look into: ``feeds``, of which some sources are masked, and sources that are not ready."""

    feeds: tuple[Feed, ...]
    masked: frozenset[str]
    unready: tuple[Standing, ...]

    def scope(self, contract: str) -> Scope:
        """Return where a contract is looked for."""
        return Scope(contract, tuple(feed[:2] for feed in self.feeds if feed[2] == contract), self.masked)


def reach_of(
    source: Callable[[str], Source],
    known: Sequence[str],
    names: Sequence[str],
    model: type[Contract] | None,
    *,
    masked: bool,
) -> Reach:
    """Return the feeds of sources that are synced, of one contract or of all.

    ``masked``: as if every source masked what is personal.

    Raises
    ------
    ConfigError
        no such source, or no stream that feeds the contract.
    """
    feeds: list[Feed] = []
    hidden, unready = set(), []
    for name in names:
        try:
            ready = source(name)
            synced = ready.config.sync.streams
            feeds += [
                (name, one.stream.name, one.contract)
                for one in ready.feeds(model)
                if not synced or one.stream.name in synced
            ]
        except ConfigError as error:
            if name not in known:
                raise
            unready.append(_unready(name, model, error))
            continue
        if masked or ready.config.keep.mask:
            hidden.add(name)
    if not feeds and not unready:
        raise ConfigError(
            f"no stream of {', '.join(names) or 'no source'} feeds {'a contract' if model is None else model.contract}",
            next_step="bartack connectors NAME lists what each stream feeds",
        )
    return Reach(tuple(dict.fromkeys(feeds)), frozenset(hidden), tuple(unready))


def readable(stored: Stored, model: type[Contract], standing: Standing | None, reach: Reach) -> Record[Any] | None:
    """Return a stored record as it may be shown, with its age; ``None`` where it is of its contract no more."""
    row = stored.row
    try:
        record = stored.record(model)
    except StoreError:
        return None
    as_of = row["fetched_at"] if standing is None or standing.as_of is None else standing.as_of
    fresh = "cached" if standing is None or standing.freshness is None else standing.freshness
    record = record.model_copy(update={"freshness": fresh, "as_of": as_of})
    return without_personal(record) if row["source"] in reach.masked else record


def refuse_personal(asked: Sequence[Condition | Order], reach: Reach) -> None:
    """Let nobody find out by asking what is not shown.

    Raises
    ------
    ConfigError
        a personal field is asked for, and a source does not show it.
    """
    for one in asked:
        if one.personal and reach.masked:
            raise ConfigError(
                f"{one.path} is personal, and masked in answers of {', '.join(sorted(reach.masked))}",
                next_step="ask for fields that are not personal, or of other sources",
            )


def _unready(name: str, model: type[Contract] | None, error: BartackError) -> Standing:
    contract = "*" if model is None else model.contract
    return Standing(name, "*", contract, 0, 0, None, None, None, None, (f"{type(error).__name__}: {error.message}",))
