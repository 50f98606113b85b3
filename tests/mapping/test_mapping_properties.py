"""Whatever a source sends, a mapping accounts for every row, never crashes, and explains what it did."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.mapping.compiled import compile_mapping
from bartack.mapping.loader import load
from bartack.mapping.rules import Rule
from bartack.normalizers import builtin
from bartack.paths import ABSENT, parse, render, resolve
from bartack.settings import Locale
from bartack_contracts import Person

EVERYTHING = """
contract: person/1
when: {path: type, not_in: [company]}
fields:
  name.full: {first: [name, {join: [first, last]}], use: person_name, required: true}
  name.given: {path: first, use: person_name}
  kind: {const: contact}
  emails: {each: [{path: mail, label: work}, {split: mails, by: ";"}, {over: list, path: v}], use: email}
  phones:
    each: [{path: tel}, {over: list, when: {path: t, in: [phone]}, path: v, label: {path: t}}]
    use: {phone: {region: {path: a.c}}}
  addresses: {each: [{fields: {lines: {path: a.s, use: lines}, city: a.city, country_code: {path: a.c, use: country}}, label: x}]}
  organizations: {over: list, fields: {ref: {ref: organization/1, id: v}, title: t}}
  lifecycle: {path: stage, values: {C: customer, "true": lead, "1": other}}
  owner: {ref: user/1, id: "list[t=owner].v", name: "list[0].v"}
  birth_date: {path: born, use: {date: {format: [iso, yyyymmdd]}}}
  updated_at: {path: changed, use: {datetime: {format: [iso, epoch_ms]}}}
  tags: tags
  consent.email: {path: optout, use: not}
  deleted: {path: gone, use: boolean}
custom: true
custom_fields: {score: {path: score, type: decimal}}
"""
MAPPING = compile_mapping(
    load(EVERYTHING, "m.yaml"), Person, Rule(path="id"), builtin(), Locale(region="DE", zone="UTC")
)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["", " ", "2024-02-30", "0000-00-00", "a@b.example", "+49 30 901820", "C", "DE", "20240229", "phone"]
    ),
)
KEYS = st.sampled_from(
    "id type name first last mail mails tel list a s city c stage born changed tags optout gone score t v x".split()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)
ROWS = st.lists(st.one_of(st.dictionaries(KEYS, VALUES, max_size=12), VALUES), max_size=6)


@given(ROWS)
@settings(max_examples=300, deadline=None)
def test_every_row_ends_as_exactly_one_outcome(rows: list[Any]) -> None:
    outcomes = MAPPING.page(rows, Counter())
    assert len(outcomes) == len(rows)
    for outcome in outcomes:
        assert (outcome.kind == "record") == (outcome.value is not None and outcome.value.deleted is not True)
        if outcome.kind == "reject":
            assert any(issue.severity == "error" for issue in outcome.issues)


@given(st.dictionaries(KEYS, VALUES, max_size=12))
@settings(max_examples=200, deadline=None)
def test_explain_tells_the_value_that_was_delivered(row: dict[str, Any]) -> None:
    outcome: Any = MAPPING.page([row], Counter())[0]
    if outcome.value is None:
        return
    traces = {trace.field: trace for trace in MAPPING.explain(row)}
    assert traces["name.full"].value == outcome.value.name.full
    for number, email in enumerate(outcome.value.emails or ()):
        assert traces[f"emails[{number}]"].value["raw"] == email.raw
    told = {name.partition(".")[0].partition("[")[0] for name, trace in traces.items() if trace.value is not ABSENT}
    for field in outcome.value.model_fields_set - {"custom"}:
        value = getattr(outcome.value, field)
        assert value in (None, ()) or field in told


@given(st.dictionaries(KEYS, VALUES, max_size=12))
@settings(max_examples=200, deadline=None)
def test_what_custom_keeps_and_what_rules_read_is_everything_that_was_sent(row: dict[str, Any]) -> None:
    ledger: Counter[str] = Counter()
    MAPPING.page([row], ledger)
    assert not ledger  # custom: true keeps the rest


@given(st.lists(st.one_of(st.text(min_size=1, max_size=5), st.integers(0, 3)), min_size=1, max_size=4))
def test_a_path_reads_as_it_was_written(steps: list[Any]) -> None:
    document: Any = Decimal(1)
    for step in reversed(steps):
        document = {step: document} if isinstance(step, str) else [None] * step + [document]
    text = ""
    for step in steps:
        quoted = "'" + str(step).replace("'", "''") + "'"
        text += f"[{step}]" if isinstance(step, int) else f".{quoted}" if text else quoted
    path = parse(text)
    assert resolve(document, path) == Decimal(1)
    assert parse(render(path)) == path
