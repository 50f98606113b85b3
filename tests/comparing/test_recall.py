"""The proof: drifts that are injected are found and named with their severity, clean re-reads raise no alarm."""

from __future__ import annotations

import copy
import html
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any, NamedTuple

import pytest

from bartack.comparing.comparison import Comparison, compare
from support.drifting import KINDS, Kind, changed, grown
from support.sides import Row, population, sampled, side

CONTACTS, DEALS, OPPORTUNITIES = KINDS
ALARMS = ("BREAKING", "SILENT", "RISK")
Change = Callable[[Any], Any]


def at(path: str, change: Change, share: float = 1.0) -> Callable[[list[Row]], list[Row]]:
    """Changes the filled values of a path, or a share of them."""
    rng = Random(path)

    def change_one(owner: Row, name: str) -> None:
        if owner[name] not in (None, "") and rng.random() < share:
            owner[name] = change(owner[name])

    return lambda rows: changed(rows, path, change_one)


def dropped(path: str) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: changed(rows, path, lambda owner, name: owner.pop(name))


def renamed(path: str, new: str) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: changed(rows, path, lambda owner, name: owner.update({new: owner.pop(name)}))


def shifted(hours: int) -> Change:
    def shift(text: str) -> str:
        moved = datetime.fromisoformat(text.replace("Z", "+00:00")) + timedelta(hours=hours)
        return moved.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    return shift


def swapped(text: str) -> str:
    year, month, day = text.split("-")
    return f"{year}-{day}-{month}"


def reused(rows: list[Row]) -> list[Row]:
    """Each identity is somebody else's now."""
    turned = copy.deepcopy(rows)
    ids = [row["id"] for row in turned]
    for row, identity in zip(turned, ids[1:] + ids[:1], strict=True):
        row["id"] = identity
    return turned


def doubled(rows: list[Row]) -> list[Row]:
    return [*rows[: len(rows) // 2], *rows[: len(rows) // 2]]


def as_is(rows: list[Row]) -> list[Row]:
    return rows


class Drift(NamedTuple):
    """``common``: so many records are on both sides. ``at_least``: as grave as it must be called."""

    name: str
    kind: Kind
    drift: Callable[[list[Row]], list[Row]]
    kinds: tuple[str, ...]
    path: str | None
    severities: tuple[str, ...]
    common: float = 0.5


MEANS = ("SILENT", "BREAKING")
DRIFTS = (
    Drift("a field is gone", CONTACTS, dropped("properties.email"), ("missing",), "properties.email", ("BREAKING",)),
    Drift("an object is gone", OPPORTUNITIES, dropped("Owner"), ("missing",), "Owner", ("BREAKING",), 0),
    Drift("a field is renamed", CONTACTS, renamed("properties.lastname", "surname"), ("renamed",), "properties.lastname", ("BREAKING",)),
    Drift("numbers become objects", OPPORTUNITIES, at("Amount", lambda v: {"value": str(v)}), ("type",), "Amount", ("BREAKING",)),
    Drift("a third of the values is empty", CONTACTS, at("properties.city", lambda _: None, 0.35), ("empty",), "properties.city", ALARMS),
    Drift("a code is new", DEALS, at("properties.deal_currency_code", lambda _: "SEK", 0.3), ("values",), "properties.deal_currency_code", ALARMS),
    Drift("codes are other words", DEALS, at("properties.dealstage", lambda v: f"S-{len(v)}"), ("recoded", "values"), "properties.dealstage", MEANS, 0),
    Drift("codes are other words, same records", OPPORTUNITIES, at("CurrencyIsoCode", {"EUR": "978", "USD": "840", "GBP": "826"}.get), ("recoded",), "CurrencyIsoCode", MEANS),
    Drift("amounts are in cents", OPPORTUNITIES, at("Amount", grown), ("scale",), "Amount", ("SILENT",), 0),
    Drift("amounts are in cents, same records", DEALS, at("properties.amount", grown), ("scale",), "properties.amount", ("SILENT",)),
    Drift("amounts are rounded", OPPORTUNITIES, at("Amount", lambda v: Decimal(round(v))), ("precision",), "Amount", ("SILENT",)),
    Drift("amounts are negative", OPPORTUNITIES, at("Amount", lambda v: -v), ("range", "scale"), "Amount", ALARMS, 0),
    Drift("clocks are two hours ahead", DEALS, at("properties.closedate", shifted(2)), ("zone",), "properties.closedate", ("SILENT",)),
    Drift("moments have no offset", DEALS, at("properties.closedate", lambda v: v.rstrip("Z")), ("zone",), "properties.closedate", ("SILENT",), 0),
    Drift("day and month change places", OPPORTUNITIES, at("CloseDate", swapped), ("format",), "CloseDate", MEANS),
    Drift("UTF-8 is read as Windows-1252", CONTACTS, at("properties.firstname", lambda v: v.encode().decode("cp1252", "replace")), ("encoding",), "properties.firstname", ("SILENT",), 0),
    Drift("texts are escaped", CONTACTS, at("properties.company", lambda v: f"<b>{html.escape(v)}</b>"), ("encoding",), "properties.company", ("SILENT",), 0),
    Drift("texts are cut off", CONTACTS, at("properties.company", lambda v: v[:8]), ("length",), "properties.company", ("SILENT",)),
    Drift("one value everywhere", CONTACTS, at("properties.zip", lambda _: "00000"), ("constant",), "properties.zip", MEANS, 0),
    Drift("identities are somebody else's", CONTACTS, reused, ("identity",), ".", ("SILENT",), 1),
    Drift("rows share an identity", CONTACTS, doubled, ("key",), ".", ("SILENT",), 0),
    Drift("identities have another form", CONTACTS, at("id", lambda v: f"c-{v}"), ("format",), "id", MEANS, 0),
    Drift("pages are in no order", CONTACTS, partial(sorted, key=lambda row: row["updatedAt"]), ("order",), "id", ("SILENT",)),
)  # fmt: skip


def compared(one: Drift, rng: Random, size: int = 200) -> Comparison:
    """Two reads of one system, between which it drifted."""
    rows = list(population(one.kind))
    rng.shuffle(rows)
    before = rows[:size]
    start = round(size * (1 - one.common))
    after = rows[start : start + size]
    rng.shuffle(after)
    if "order" in one.kinds:
        before = sorted(before, key=lambda row: int(row["id"]))
    was, now = sampled(one.kind, before), sampled(one.kind, one.drift(after))
    return compare(side("before", was), side("after", now))


def found(one: Drift, result: Comparison) -> bool:
    return any(
        finding.kind in one.kinds and finding.path == one.path and finding.severity in one.severities
        for finding in result.findings
    )


def test_injected_drifts_are_found_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    hits, lines = 0, []
    for number, one in enumerate(DRIFTS):
        result = compared(one, Random(number))
        hit = found(one, result)
        hits += hit
        told = [f"{f.severity} {f.kind} {f.path or f.fields}" for f in result.at_least(ALARMS)]
        lines.append(f"{'found' if hit else 'MISSED':7}{one.name:38}{'; '.join(told)}")
    with capsys.disabled():
        print("\n" + "\n".join(lines) + f"\nrecall: {hits} of {len(DRIFTS)} ({hits / len(DRIFTS):.0%})")
    assert len(DRIFTS) >= 20
    assert hits / len(DRIFTS) >= 0.95


CLEAN = 50


def clean(number: int) -> Comparison:
    """Two reads of one system that did not drift: other rows, another order, other pages, newer records."""
    rng = Random(f"clean {number}")
    kind = KINDS[number % len(KINDS)]
    rows = list(population(kind))
    rng.shuffle(rows)
    size = rng.choice([30, 60, 120, 200, 300])
    before = rows[:size]
    match number % 4:
        case 0:
            after = rng.sample(rows, size)
        case 1:
            after = rng.sample(before, len(before))
        case 2:
            after = rows[size : 2 * size]
        case _:
            after = [*rng.sample(before, size // 2), *kind.rows(rng, size // 2)]
    pages = rng.choice([10, 50, 100]), rng.choice([10, 50, 100])
    return compare(
        side("before", sampled(kind, before, page=pages[0])), side("after", sampled(kind, after, page=pages[1]))
    )


def test_clean_rereads_raise_no_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    alarms = [(n, f) for n in range(CLEAN) for f in clean(n).at_least(ALARMS)]
    with capsys.disabled():
        print(f"\nclean re-reads: {CLEAN}, alarms: {len(alarms)}")
        for number, one in alarms:
            print(
                f"  {number}: {one.severity} {one.kind} {one.stream} {one.path or one.fields}: {one.message} {one.before} {one.after}"
            )
    assert not alarms
