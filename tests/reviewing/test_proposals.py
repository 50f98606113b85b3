"""What is proposed for a reject was found somewhere, says where, and is never invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bartack.errors import ConfigError, ConflictError
from bartack.reviewing.proposing import Proposals
from support.ledger import assert_balanced
from support.numbered import NumberedConnector, person
from support.reviewing import INVOICE, World, invoice

PERSON = NumberedConnector.mapping


def proposed(found: Proposals) -> dict[str, tuple[Any, str]]:
    return {one.field: (one.value, one.why) for one in reversed(found.each)}


@pytest.mark.parametrize(
    ("sent", "amount", "why"),
    [
        ("12,50", "12.50", "'12,50', read with a decimal comma"),
        ("1.234,50", "1234.50", "'1.234,50', read with a decimal comma"),
        ("1 234,50", "1234.50", "'1 234,50', read with a decimal comma and spaces between thousands"),
        ("1,234.50", "1234.50", "'1,234.50', read with commas between thousands"),
        ("1'234.50", "1234.50", '"1\'234.50", read with apostrophes between thousands'),
    ],
)
def test_an_amount_in_another_spelling_is_proposed_with_its_currency(
    tmp_path: Path, sent: str, amount: str, why: str
) -> None:
    world = World(tmp_path, INVOICE, invoice(1, total=sent))
    world.sync()
    found = world.proposals()
    assert proposed(found) == {"total.amount": (amount, why), "total.currency": ("PLN", why)}
    assert found.complete
    done = world.hub.review.accept(1, by="ann")
    assert dict(done.decision.body) == {"total.amount": amount, "total.currency": "PLN"}
    assert_balanced(world.hub)


@pytest.mark.parametrize("sent", ["1,234", "N/A", "", None, "twelve", "12,5,0", "-", {"a": 1}, [1], True])
def test_what_says_two_things_or_nothing_is_not_proposed(tmp_path: Path, sent: Any) -> None:
    world = World(tmp_path, INVOICE, invoice(1, total=sent))
    world.sync()
    assert world.proposals() == Proposals()
    with pytest.raises(ConfigError, match="nothing is proposed"):
        world.hub.review.accept(1, by="ann")


@pytest.mark.parametrize(
    ("sent", "day"),
    [("31.12.2026", "2026-12-31"), ("20261231", "2026-12-31"), ("12/31/2026", "2026-12-31"), ("03/04/2026", None),
     ("31.02.2026", None), ("03/03/2026", "2026-03-03"), ("5-Mar-2026", "2026-03-05"), ("soon", None)],
)  # fmt: skip
def test_a_date_in_another_format_is_proposed_where_it_can_be_only_one_day(
    tmp_path: Path, sent: str, day: str | None
) -> None:
    world = World(tmp_path, INVOICE, invoice(1, issued=sent))
    world.sync()
    assert world.proposals().values == ({} if day is None else {"issue_date": day})


def test_a_code_that_is_nearly_one_of_the_table_is_proposed(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, invoice(1, money="zlotj"), invoice(2, money="zzz"))
    world.sync()
    (one,) = world.proposals().each
    assert (one.field, one.value, one.why) == ("currency", "PLN", "'zlotj' is nearly the code 'zloty'")
    assert world.proposals(2).each == ()


def test_what_the_last_good_version_of_the_row_had_is_proposed(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, invoice(1))
    world.sync()
    world.estate.rows[0] = invoice(1, total="N/A")
    world.sync()
    found = proposed(world.proposals())
    assert {name: value for name, (value, _) in found.items()} == {"total.amount": "10.00", "total.currency": "PLN"}
    assert found["total.amount"][1].startswith("the last good version of this row has it (2026-11-23 10:")
    assert world.proposals().complete


def test_what_the_row_says_itself_comes_before_what_it_said_before(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, invoice(1))
    world.sync()
    world.estate.rows[0] = invoice(1, total="99,50")
    world.sync()
    amounts = [one.value for one in world.proposals().each if one.field == "total.amount"]
    assert amounts == ["99.50", "10.00"]
    assert world.proposals().values["total.amount"] == "99.50"


def test_what_people_decided_for_the_same_raw_value_is_proposed(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, *(invoice(n, money="Gulden") for n in (1, 2, 3)), invoice(4, money="Taler"))
    world.sync()
    assert world.proposals(3).each == ()
    world.hub.review.fix(1, {"currency": "PLN"}, by="ann")
    (one,) = world.proposals(3).each
    assert (one.value, one.why) == ("PLN", "ann set it for the same value (reject 1, 2026-11-23)")
    world.hub.review.fix(2, {"currency": "PLN"}, by="bob")
    (one,) = world.proposals(3).each
    assert one.why == "bob set it for the same value (reject 2, 2026-11-23, as 1 more)"
    assert world.proposals(4).each == ()


def test_where_people_decided_differently_or_took_it_back_nothing_is_proposed(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, *(invoice(n, money="Gulden") for n in (1, 2, 3)))
    world.sync()
    world.hub.review.fix(1, {"currency": "PLN"}, by="ann")
    world.hub.review.fix(2, {"currency": "NLG"}, by="bob")
    assert world.proposals(3).each == ()
    world.hub.review.undo(2, by="bob")
    assert world.proposals(3).values == {"currency": "PLN"}
    world.hub.review.undo(1, by="ann")
    assert world.proposals(3).each == ()


@pytest.mark.parametrize("nothing", [" ", "N/A", "unknown", "?"])
def test_a_value_that_says_nothing_proposes_nobody_elses(tmp_path: Path, nothing: str) -> None:
    world = World(tmp_path, INVOICE, invoice(1, total=nothing), invoice(2, total=nothing))
    world.sync()
    world.hub.review.fix(1, {"total.amount": "12.50", "total.currency": "PLN"}, by="ann")
    assert world.proposals(2).each == ()


def test_what_was_decided_for_an_earlier_payload_of_the_row_is_proposed_where_it_is_as_wrong_as_then(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, PERSON, person(1, " "))
    world.sync()
    world.hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    world.estate.rows[0] = person(1, " ", email="zoe@example.org")
    world.sync()
    first, *_ = world.proposals(2).each
    assert (first.value, first.why) == ("Zoë", "ann set it for an earlier payload of this row (reject 1, 2026-11-23)")


def test_a_proposal_that_leaves_something_wrong_is_not_complete(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, invoice(1, total="12,50", issued="soon"))
    world.sync()
    found = world.proposals()
    assert found.values == {"total.amount": "12.50", "total.currency": "PLN"}
    assert not found.complete
    with pytest.raises(ConfigError, match="nothing is proposed"):
        world.hub.review.accept(1, by="ann")
    assert "bartack review accept 1" not in world.hub.review.show(1).next_steps


def test_nothing_is_proposed_of_masked_sources_or_for_what_does_not_wait(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, invoice(1, total="12,50"), keep={"mask": True})
    world.sync()
    assert world.proposals() == Proposals()
    with pytest.raises(ConfigError, match="nothing is proposed"):
        world.hub.review.accept(1, by="ann")
    world.hub.review.dismiss(1, by="ann")
    with pytest.raises(ConflictError):
        world.hub.review.accept(1, by="ann")


def test_each_of_a_group_is_accepted_by_its_own_proposal(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, *(invoice(n, total=f"{n},50") for n in (1, 2)), invoice(3, total="N/A"))
    world.sync()
    (cause,) = world.hub.review.causes()
    done = world.hub.review.each(cause.numbers, lambda number: world.hub.review.accept(number, by="ann"))
    assert [one.decision.body["total.amount"] for one in done.done] == ["1.50", "2.50"]
    assert [number for number, _ in done.refused] == [3]
    assert_balanced(world.hub)
