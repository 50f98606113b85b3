"""What becomes of a row: absent, null, blank and a value are four things, and no value is lost in silence."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from bartack.mapping.compiled import CompiledMapping, Outcome, compile_mapping
from bartack.mapping.loader import load
from bartack.mapping.rules import Rule
from bartack.normalizers import builtin
from bartack.settings import Locale
from bartack_contracts import Deal, Invoice, Person


def compiled(fields: str, model: Any = Person, more: str = "", **locale: str) -> CompiledMapping:
    text = f"contract: {model.contract}\nfields:\n{fields}\n{more}"
    return compile_mapping(load(text, "m.yaml"), model, Rule(path="id"), builtin(), Locale(**locale))


def person(fields: str, row: dict[str, Any], **how: Any) -> Any:
    base = "  name.full: {first: [name, {const: Zoë}], required: true}\n  kind: {const: contact}\n"
    (outcome,) = compiled(base + fields, **how).page([{"id": 7, **row}], Counter())
    return outcome


def codes(outcome: Outcome) -> list[str]:
    return [issue.code for issue in outcome.issues]


@pytest.mark.parametrize(
    ("row", "state"),
    [({}, "not fetched"), ({"job": None}, "empty"), ({"job": "  "}, "empty"), ({"job": "Boss"}, "value")],
)
def test_absent_null_blank_and_a_value_are_told_apart(row: dict[str, Any], state: str) -> None:
    value = person("  title: {path: job, use: text}", row).value
    assert value is not None
    fetched = "title" in value.model_fields_set
    assert state == ("not fetched" if not fetched else "empty" if value.title is None else "value")


def test_a_field_below_a_null_object_is_empty_and_below_an_absent_one_not_fetched() -> None:
    assert person("  title: work.job", {"work": None}).value.model_dump()["title"] is None
    assert "title" not in person("  title: work.job", {}).value.model_dump()
    assert "title" not in person("  title: work.job", {"work": "text"}).value.model_dump()


def test_nothing_is_coerced_unless_a_normalizer_says_so() -> None:
    outcome = person("  title: job", {"job": 5})
    assert outcome.kind == "reject"
    assert [(issue.code, issue.field, issue.path, issue.raw) for issue in outcome.issues] == [
        ("type.invalid", "title", "job", 5)
    ]
    assert person("  title: {path: job, use: string}", {"job": 5}).value.title == "5"


@pytest.mark.parametrize("kind", [{"value": "email"}, ["email"]])
def test_a_condition_on_what_is_no_word_leaves_its_value_out_with_a_remark(kind: Any) -> None:
    rule = "  emails: {each: [{over: ways, when: {path: type, in: [email]}, path: value}], use: email}"
    outcome = person(
        rule, {"ways": [{"type": "email", "value": "a@example.org"}, {"type": kind, "value": "b@example.org"}]}
    )
    assert [one.address for one in outcome.value.emails] == ["a@example.org"]
    assert [(issue.code, issue.path, issue.field) for issue in outcome.issues] == [
        ("value.unreadable", "ways[1].type", "emails[1]")
    ]


def test_a_condition_that_does_not_hold_needs_no_remark() -> None:
    rule = "  title: {when: {path: type, in: [boss]}, path: job}"
    for kind in ("clerk", None, "", 7):
        assert person(rule, {"job": "Chief", "type": kind}).issues == ()
    assert person(rule, {"job": "Chief"}).issues == ()


def test_a_part_that_is_no_text_is_not_left_out_of_a_joined_one() -> None:
    outcome = person("  title: {join: [grade, job]}", {"grade": {"id": 1}, "job": "Chief"})
    assert (outcome.value.title, codes(outcome)) == (None, ["value.unreadable"])


def test_the_first_alternative_that_has_a_value_wins() -> None:
    rule = "  title: {first: [a, b.c, {const: none}]}"
    assert person(rule, {"a": " ", "b": {"c": "x"}}).value.title == "x"
    assert person(rule, {"a": None}).value.title == "none"


def test_a_join_leaves_out_blank_parts() -> None:
    rule = "  title: {join: [a, b, c], with: '-'}"
    assert person(rule, {"a": "x", "b": " ", "c": 3}).value.title == "x-3"
    assert person(rule, {"a": None}).value.title is None
    assert "title" not in person(rule, {}).value.model_dump()


def test_a_list_is_gathered_from_several_places() -> None:
    rule = """  emails:
    each:
      - {path: mail, label: work, primary: true}
      - {split: more, by: ","}
      - {over: contacts, when: {path: type, in: [email]}, path: value, label: {path: use}}
    use: email"""
    row = {
        "mail": "Zoe@Example.org",
        "more": "a@b.example, ,c@d.example",
        "contacts": [{"type": "phone", "value": "1"}, {"type": "email", "value": "e@f.example", "use": "home"}],
    }
    assert [(one.address, one.label, one.primary) for one in person(rule, row).value.emails] == [
        ("Zoe@example.org", "work", True),
        ("a@b.example", None, None),
        ("c@d.example", None, None),
        ("e@f.example", "home", None),
    ]
    assert "emails" not in person(rule, {}).value.model_dump()
    assert person(rule, {"mail": None}).value.model_dump()["emails"] == ()


def test_one_xml_element_is_a_list_of_one() -> None:
    rule = "  tags: {over: tag, path: name}"
    assert person(rule, {"tag": {"name": "a"}}).value.tags == ("a",)
    assert person(rule, {"tag": [{"name": "a"}, {"name": "b"}]}).value.tags == ("a", "b")


def test_a_text_in_the_place_of_a_list_is_split_where_the_rule_says_by_what() -> None:
    rule = '  addresses: {over: towns, by: ";", fields: {city: .}, label: other}'
    value = person(rule, {"towns": "Ulm; ;Bonn"}).value
    assert [(one.city, one.label) for one in value.addresses] == [("Ulm", "other"), ("Bonn", "other")]
    assert person(rule, {"towns": " "}).value.addresses == ()


def test_objects_without_a_value_are_no_item_of_a_list() -> None:
    rule = "  addresses: {each: [{fields: {lines: {path: street, use: lines}, city: town}, label: home}]}"
    assert person(rule, {"street": "", "town": None}).value.addresses == ()
    (address,) = person(rule, {"street": "A\nB", "town": "X"}).value.addresses
    assert (address.lines, address.city, address.label) == (("A", "B"), "X", "home")


def test_inside_a_list_dollar_starts_from_the_row() -> None:
    rule = "  phones: {over: tel, path: no, use: {phone: {region: {path: $.home.country}}}}"
    (phone,) = person(rule, {"tel": [{"no": "030 901820"}], "home": {"country": "DE"}}).value.phones
    assert phone.e164 == "+4930901820"


def test_the_sources_region_stands_in_where_the_record_has_none() -> None:
    rule = "  phones: {each: [{path: tel}], use: {phone: {region: {path: country}}}}"
    assert person(rule, {"tel": "030 901820"}, region="DE").value.phones[0].e164 == "+4930901820"
    outcome = person(rule, {"tel": "030 901820"})
    assert outcome.value.phones[0].raw == "030 901820"
    assert codes(outcome) == ["phone.no_region"]


def test_an_unknown_code_becomes_unknown_with_the_raw_word_kept() -> None:
    rule = "  lifecycle: {path: stage, values: {C: customer, 1: lead}}"
    assert person(rule, {"stage": 1}).value.lifecycle.value == "lead"
    outcome = person(rule, {"stage": "X"})
    assert (outcome.value.lifecycle.value, outcome.value.lifecycle.raw) == ("unknown", "X")
    assert codes(outcome) == ["code.unknown"]


def test_a_star_in_a_code_table_is_a_declared_answer_for_all_others() -> None:
    outcome = person("  lifecycle: {path: stage, values: {C: customer, '*': other}}", {"stage": "X"})
    assert (outcome.value.lifecycle.value, outcome.value.lifecycle.raw, codes(outcome)) == ("other", "X", [])


def test_a_reference_takes_ids_of_every_kind_as_text() -> None:
    rule = "  owner: {ref: user/1, id: o.id, name: o.name}"
    assert person(rule, {"o": {"id": 4150868000000225013, "name": "Ann"}}).value.owner.id == "4150868000000225013"
    assert person(rule, {"o": None}).value.model_dump()["owner"] is None
    assert codes(person(rule, {"o": {"id": {"x": 1}}})) == ["value.unreadable"]


def test_a_row_not_meant_for_the_contract_is_skipped_by_rule() -> None:
    more = "when: {path: type, in: [person]}"
    assert person("", {"type": "company"}, more=more).kind == "skipped"
    assert person("", {"type": "person"}, more=more).kind == "record"


def test_all_errors_of_a_row_come_at_once() -> None:
    fields = "  name.full: {path: name, required: true}\n  title: job\n  emails: {each: [mail], use: email}\n  kind: {const: contact}"
    (outcome,) = compiled(fields).page([{"id": 1, "job": 5, "mail": "nope"}], Counter())
    assert outcome.kind == "reject"
    assert sorted(codes(outcome)) == ["email.invalid", "required.absent", "type.invalid"]


def test_a_required_value_that_cannot_be_read_rejects_the_row() -> None:
    fields = """  kind: {const: vendor_bill}
  status: {const: open}
  currency: {const: EUR}
  total: {path: amount, use: money, required: true}"""
    (outcome,) = compiled(fields, Invoice).page([{"id": 1, "amount": "N/A"}], Counter())
    assert outcome.kind == "reject"
    assert [(issue.code, issue.path, issue.raw) for issue in outcome.issues] == [
        ("number.unreadable", "amount", "N/A"),
        ("required.unreadable", "amount", "N/A"),
    ]


def test_a_bad_row_does_not_touch_its_neighbours() -> None:
    rows = [{"id": 1, "name": "A"}, {"id": 2, "name": 5}, "text", {"name": "no id"}, {"id": 3, "name": "B"}]
    fields = "  name.full: {path: name, required: true}\n  kind: {const: contact}"
    outcomes = compiled(fields).page(rows, Counter())
    assert [outcome.kind for outcome in outcomes] == ["record", "reject", "reject", "reject", "record"]
    assert codes(outcomes[2]) == ["row.not_object"]
    assert codes(outcomes[3]) == ["key.absent"]


def test_a_deleted_row_is_a_tombstone_even_without_what_a_record_needs() -> None:
    fields = "  name.full: {path: name, required: true}\n  kind: {const: contact}\n  deleted: gone"
    (outcome,) = compiled(fields).page([{"id": 1, "gone": True}], Counter())
    assert (outcome.kind, outcome.id) == ("tombstone", "1")


def test_custom_keeps_what_no_rule_reads_and_typed_fields_keep_their_type() -> None:
    more = "custom: true\ncustom_fields: {score: {path: x.score, type: decimal, label: Score}}\nignore: [etag, 'hs_*']"
    row = {"x": {"score": "1.50", "y": True}, "etag": 1, "hs_a": 2, "n": [1, 2]}
    custom = {one.key: (one.value, one.type) for one in person("", row, more=more).value.custom}
    assert custom == {"score": (Decimal("1.50"), "decimal"), "x.y": (True, "boolean"), "n": ([1, 2], "json")}


def test_a_typed_custom_field_that_cannot_be_read_is_an_issue_with_its_raw_value() -> None:
    outcome = person("", {"score": "many"}, more="custom_fields: {score: {path: score, type: decimal}}")
    (field,) = outcome.value.custom
    assert (field.value, field.raw, codes(outcome)) == (None, "many", ["number.unreadable"])


def test_the_ledger_counts_native_paths_that_no_rule_reads() -> None:
    ledger: Counter[str] = Counter()
    fields = "  name.full: name\n  kind: {const: contact}\n  phones: {over: tel, path: no, use: phone}"
    rows = [
        {"id": 1, "name": "A", "x": 1, "tel": [{"no": "1", "ext": 2}], "o": {"p": {"q": 1}}},
        {"id": 2, "name": "B", "x": 1, "tel": None},
    ]
    compiled(fields).page(rows, ledger)
    assert ledger == {"x": 2, "tel[].ext": 1, "o.p.q": 1}


def test_the_ledger_names_a_path_whose_kind_changed() -> None:
    ledger: Counter[str] = Counter()
    compiled("  name.full: n.full\n  kind: {const: contact}").page([{"id": 1, "n": "was an object"}], ledger)
    assert ledger == {"n": 1}


def test_the_ledger_knows_which_element_of_a_list_was_chosen() -> None:
    ledger: Counter[str] = Counter()
    row = {"id": 1, "name": "A", "m": [{"t": "work", "v": "1"}, {"t": "home", "v": "2"}]}
    compiled("  name.full: name\n  kind: {const: contact}\n  title: 'm[t=work].v'").page([row], ledger)
    assert ledger == {"m[].t": 1, "m[].v": 1}


def test_explain_names_path_raw_value_and_rule_of_every_field() -> None:
    fields = "  name.full: {first: [nick, name], use: person_name}\n  kind: {const: contact}\n  emails: {each: [mail], use: email}"
    mapping = compiled(fields, more="custom: true")
    traces = {one.field: one for one in mapping.explain({"id": 7, "name": " Zoë ", "mail": "Z@example.org", "x": 1})}
    assert (traces["name.full"].path, traces["name.full"].raw, traces["name.full"].value) == ("name", " Zoë ", "Zoë")
    assert traces["emails[0]"].rule == "mail → email"
    assert traces["emails[0]"].place == "m.yaml:5"
    assert traces["custom.x"].raw == 1
    assert traces["id"].raw == 7


def test_alternatives_of_a_code_keep_the_native_word() -> None:
    fields = """  title: t
  status:
    first:
      - {join: [closed, won], with: "/", values: {false/false: open, true/true: won, true/false: lost}}
      - {path: stage, values: {closedwon: won, "*": unknown}}
      - {const: unknown}"""
    mapping = compiled(fields, Deal)
    rows = [
        {"id": 1, "t": "x", "closed": True, "won": False},
        {"id": 2, "t": "x", "stage": "closedwon"},
        {"id": 3, "t": "x"},
    ]
    outcomes: list[Any] = mapping.page(rows, Counter())
    found = [(one.value.status.value, one.value.status.raw) for one in outcomes]
    assert found == [("lost", "true/false"), ("won", "closedwon"), ("unknown", None)]


@pytest.mark.parametrize(
    ("net", "tax", "total", "found"),
    [
        ("100.00", "19.00", "119.00", []),
        ("100.00", "19.00", "119.01", []),
        ("100.00", "19.00", "120.00", ["total.mismatch"]),
        ("-100.00", "-19.00", "-119.00", []),
        ("1000", "100", "1101", []),
        ("100.00", "19.00", None, []),
    ],
)
def test_an_invoice_whose_total_is_not_net_plus_tax_is_remarked_on(
    net: str, tax: str, total: str | None, found: list[str]
) -> None:
    fields = """  kind: {const: vendor_bill}
  status: {const: open}
  currency: {const: EUR}
  net_total: {path: net, use: {money: {currency: EUR}}}
  tax_total: {path: tax, use: {money: {currency: EUR}}}
  total: {path: total, use: {money: {currency: EUR}}}"""
    (outcome,) = compiled(fields, Invoice).page([{"id": 1, "net": net, "tax": tax, "total": total}], Counter())
    assert outcome.kind == "record"
    assert codes(outcome) == found
