"""A rehearsal says what a change would do to every row, before it ships."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bartack.rehearsing.payloads import recorded_pairs
from bartack.rehearsing.rehearsal import Pair, rehearse
from bartack.rehearsing.told import Told, stated


def record(number: int, *reasons: str, **fields: str) -> Told:
    return Told(f"crm/people/{number}", "record", fields, reasons)


def reject(number: int, *reasons: str) -> Told:
    return Told(f"crm/people/{number}", "reject", reasons=reasons)


def test_values_that_change_are_told_by_field_with_an_example() -> None:
    pairs = [
        Pair(record(1, total='"1.00"'), record(1, total='"100"')),
        Pair(record(2, total='"2.00"'), record(2, total='"200"')),
        Pair(record(3, name='"Ada"', mail='"a@example.org"'), record(3, name='"Ada"')),
        Pair(record(4, name='"Bo"'), record(4, name='"Bo"', mail='"b@example.org"')),
    ]
    found = rehearse("people", "person/1", pairs)
    assert (found.compared, found.same, found.changed) == (4, 0, 4)
    assert [(one.field, one.kind, one.rows, one.before, one.after) for one in found.changes] == [
        ("total", "changed", 2, '"1.00"', '"100"'),
        ("mail", "gained", 1, None, '"b@example.org"'),
        ("mail", "lost", 1, '"a@example.org"', None),
    ]


def test_records_that_would_be_rejected_are_told_with_the_reason() -> None:
    found = rehearse("people", "person/1", [Pair(record(1, name='"Ada"'), reject(1, "required.absent at name"))])
    assert (found.rejected, found.reasons) == (1, (("required.absent at name", 1, "crm/people/1"),))


def test_rejects_that_would_become_records_are_counted() -> None:
    assert rehearse("people", "person/1", [Pair(reject(1, "required.absent at name"), record(1))]).accepted == 1


def test_rows_that_would_vanish_or_appear_are_counted() -> None:
    found = rehearse("people", "person/1", recorded_pairs([record(1), record(2)], [record(2), record(3)]))
    assert (found.compared, found.same, found.gone, found.come) == (3, 1, 1, 1)


def test_a_new_remark_is_told_although_the_values_are_the_same() -> None:
    found = rehearse("people", "person/1", [Pair(record(1), record(1, "phone.invalid at tel"))])
    assert (found.same, found.remarks) == (1, (("+ phone.invalid at tel", 1, "crm/people/1"),))
    assert not found.unchanged


def test_lists_are_compared_in_their_order_under_one_name() -> None:
    value = {
        "emails": [{"address": "a@example.org"}, {"address": "b@example.org"}],
        "tags": [],
        "name": {"full": "Ada"},
    }
    found = stated({"ref": "crm/people/1", "value": value, "issues": []}, "record")
    assert found.fields == {
        "emails[].address": '"a@example.org", "b@example.org"',
        "tags": "[]",
        "name.full": '"Ada"',
    }


_TOLD = st.builds(
    record,
    st.integers(1, 5),
    name=st.sampled_from(['"a"', '"b"', "null"]),
) | st.builds(reject, st.integers(1, 5), st.sampled_from(["type.invalid at x", "required.absent at name"]))


@given(st.lists(_TOLD), st.lists(_TOLD))
def test_every_row_is_in_exactly_one_count(before: list[Told], after: list[Told]) -> None:
    found = rehearse("people", "person/1", recorded_pairs(before, after))
    counted = found.same + found.changed + found.rejected + found.accepted + found.gone + found.come
    assert counted == found.compared == len({one.ref for one in (*before, *after)})


@given(st.lists(_TOLD))
def test_the_same_reading_twice_changes_nothing(read: list[Told]) -> None:
    assert rehearse("people", "person/1", recorded_pairs(read, read)).unchanged
