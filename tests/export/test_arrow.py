"""Every contract as an Arrow table, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

import support.contract_values as known
from bartack.errors import ConfigError
from bartack.export.arrow.layout import beyond, layout_of
from bartack_contracts import (
    CONTRACTS,
    Activity,
    Contract,
    Count,
    Deal,
    Invoice,
    Issue,
    Many,
    Moment,
    Money,
    Number,
    Person,
    Personal,
    PersonName,
    Provenance,
    Record,
    Ref,
    Text,
    UtcDateTime,
    Value,
    shape_digest,
)

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PROVENANCE = Provenance(connector="c", mapping="sha256:00", payload="sha256:01", fetched_at=NOW, request=None)


class Wheel(Value):
    diameter: Number
    torques: Many[Number] = ()
    spare: bool | None = None


class Vehicle(Contract):
    """A contract of a plugin, with types that no shared one has."""

    contract: ClassVar[str] = "vehicle/1"

    plate: Personal[Text] = Field(description="As on the vehicle.")
    wheels: Many[Wheel] = ()
    mileage: int | None = None
    seats: Count | None = None
    weight: float | None = None
    bought: Moment | None = None
    local: datetime | None = None
    options: dict[str, Text | None] | None = None
    either: int | Text | None = None
    noted: Many[UtcDateTime] = ()
    owners: Many[Money | None] = ()


def record(value: Contract, **more: Any) -> Record[Any]:
    about: dict[str, Any] = {"ref": Ref("crm", "things", "7/a"), "provenance": PROVENANCE, **more}
    return kind(value)(contract=value.contract, value=value, **about)


def kind(value: Contract) -> type[Record[Any]]:
    return Record.__class_getitem__(type(value))  # type: ignore[return-value]


def through_json(one: Record[Any]) -> Record[Any]:
    return kind(one.value).model_validate_json(one.model_dump_json())


def through_arrow(*records: Record[Any]) -> list[Record[Any]]:
    model: type[Contract] = type(records[0].value)
    layout = layout_of(model)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, layout.schema) as writer:
        writer.write_batch(layout.batch(records))
    return list(layout.records(pa.ipc.open_stream(sink.getvalue()).read_all()))


wide = st.builds(
    lambda digits, scale: Decimal(digits).scaleb(scale), st.integers(-(10**40), 10**40), st.integers(-24, 24)
)
refs = st.builds(Ref, st.just("crm"), st.just("things"), known.texts)
issues = st.builds(
    Issue, path=known.texts | st.none(), field=known.texts | st.none(), code=st.just("text.cleaned"),
    raw=known.json_values, message=known.texts, rule=st.none(), severity=st.just("info"),
)  # fmt: skip
aged = st.tuples(st.sampled_from(["cached", "stale"]), known.datetimes) | st.just(("live", None))
vehicles = st.fixed_dictionaries(
    {"plate": known.texts},
    optional={
        "wheels": st.lists(st.fixed_dictionaries({"diameter": wide}, optional={"torques": st.lists(wide, max_size=3)}), max_size=3),
        "mileage": st.integers(-(2**80), 2**80) | st.none(),
        "seats": st.integers(0, 2**63 - 1) | st.none(),
        "weight": st.floats(allow_nan=False, allow_infinity=False) | st.none(),
        "bought": st.dates() | known.datetimes | st.none(),
        "local": st.datetimes() | known.datetimes | st.none(),
        "options": st.dictionaries(known.texts, known.texts | st.none(), max_size=2) | st.none(),
        "either": st.integers(-(2**40), 2**40) | known.texts,
        "noted": st.lists(known.datetimes, max_size=2),
        "owners": st.lists(st.builds(lambda n: {"amount": n}, wide) | st.none(), max_size=2),
    },
).map(Vehicle.model_validate)  # fmt: skip
contracts = st.one_of([st.from_type(contract) for contract in CONTRACTS.values()]) | vehicles


@given(contracts, refs, st.lists(issues, max_size=2), aged)
def test_whatever_survives_json_survives_arrow(
    value: Contract, ref: Ref, issues: list[Issue], age: tuple[str, datetime | None]
) -> None:
    one = record(value, ref=ref, issues=tuple(issues), freshness=age[0], as_of=age[1])
    (back,) = through_arrow(one)
    assert back == through_json(one)
    assert back.model_dump_json() == through_json(one).model_dump_json()


@given(st.lists(vehicles, max_size=6))
def test_a_batch_keeps_its_order_and_nothing_leaks_from_row_to_row(values: list[Vehicle]) -> None:
    records = [record(value, ref=Ref("crm", "cars", str(n))) for n, value in enumerate(values)]
    back = through_arrow(record(Vehicle(plate="first")), *records)
    assert back[1:] == [through_json(one) for one in records]


@given(st.lists(wide, max_size=5))
def test_a_number_is_exact_or_it_is_not_there_and_its_text_always_is(amounts: list[Decimal]) -> None:
    deals = [
        record(Deal.model_validate({"title": "x", "status": {"value": "open"}, "amount": {"amount": n}}))
        for n in amounts
    ]
    batch = layout_of(Deal).batch(deals)
    found = batch.column("amount").flatten()[0].to_pylist()
    texts = batch.column("amount").flatten()[1].to_pylist()
    assert texts == [str(one) for one in amounts]
    assert all(number is None or number == amount for number, amount in zip(found, amounts, strict=True))
    fits = [abs(n) < 10**20 and n == n.quantize(Decimal("1E-18"), context=known.wide_context) for n in amounts]
    assert [number is not None for number in found] == fits
    assert beyond(batch) == ({"amount.amount": fits.count(False)} if False in fits else {})


def test_numbers_that_only_their_text_has_are_counted_wherever_they_stand() -> None:
    big, small = Decimal("1E+30"), Decimal("1.5")
    car = {
        "plate": "B",
        "mileage": 2**70,
        "wheels": [{"diameter": big, "torques": [small, big]}, {"diameter": small}],
        "owners": [{"amount": big}, None],
    }
    batch = layout_of(Vehicle).batch([record(Vehicle.model_validate(car)), record(Vehicle(plate="C"))])
    told = {"mileage": 1, "wheels.diameter": 1, "wheels.torques.number": 1, "owners.amount": 1}
    assert beyond(batch) == told


def test_a_date_never_becomes_midnight() -> None:
    values = [
        Activity.model_validate({"kind": {"value": "call"}, "starts_at": at}) for at in (date(2026, 3, 1), NOW, None)
    ]
    batch = layout_of(Activity).batch([record(value) for value in values])
    assert batch.column("starts_at").to_pylist() == [
        {"at": None, "day": date(2026, 3, 1)},
        {"at": NOW, "day": None},
        None,
    ]


def test_not_fetched_empty_and_value_are_told_apart_at_every_depth() -> None:
    def person(**more: Any) -> Record[Any]:
        return record(Person.model_validate({"name": {"full": "Zoë", **more}, "kind": "lead"}))

    records = [person(), person(given=None), person(given="Zoë")]
    lists = [record(Person(name=PersonName(full="x"), kind="lead", **more)) for more in ({}, {"tags": ()})]  # type: ignore[arg-type]
    batch = layout_of(Person).batch([*records, *lists])
    names = batch.column("name").to_pylist()
    assert [one["given"] for one in names[:3]] == [None, None, "Zoë"]
    assert [one["_fetched"] for one in names[:3]] == ['["full"]', '["full", "given"]', '["full", "given"]']
    assert batch.column("tags").to_pylist()[3:] == [None, []]
    assert batch.column("_fetched").to_pylist()[3:] == ['["name", "kind"]', '["name", "kind", "tags"]']


def test_the_schema_comes_from_the_contract_alone_and_says_so() -> None:
    schema = layout_of(Invoice).schema
    assert schema.field("issue_date").type == pa.date32()
    assert schema.field("updated_at").type == pa.timestamp("us", tz="UTC")
    assert schema.field("total").type.field("amount").type == pa.decimal128(38, 18)
    assert schema.field("exchange_rate").type == pa.decimal128(38, 18)
    assert schema.field("lines").type.value_type.field("taxes").type.value_type.field("rate").type == pa.decimal128(
        38, 18
    )
    assert schema.metadata == {
        b"bartack.contract": b"invoice/1",
        b"bartack.version": b"1.0",
        b"bartack.shape": shape_digest(Invoice).encode(),
    }
    empty = layout_of(Invoice).batch([])
    assert (empty.num_rows, empty.schema) == (0, schema)


def test_fields_tell_their_meaning_and_whether_they_are_personal() -> None:
    schema = layout_of(Person).schema
    assert schema.field("birth_date").metadata == {
        b"bartack.type": b"date",
        b"bartack.meaning": b"Date of birth; vCard BDAY.",
        b"bartack.personal": b"true",
    }
    assert b"bartack.personal" not in schema.field("language").metadata
    address = schema.field("emails").type.value_type.field("address").metadata
    assert address[b"bartack.personal"] == b"true"


def test_a_record_of_another_contract_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"crm/things/7/a is person/1, not deal/1"):
        layout_of(Deal).batch([record(Person(name=PersonName(full="x"), kind="lead"))])


@pytest.mark.parametrize("column", ["_ref", "name", "_fetched", "_provenance"])
def test_a_table_without_a_column_is_no_table_of_the_contract(column: str) -> None:
    batch = layout_of(Person).batch([record(Person(name=PersonName(full="x"), kind="lead"))])
    table = pa.table(batch).drop_columns([column])
    with pytest.raises(ConfigError, match=f"no table of person/1: no column '{column}'"):
        list(layout_of(Person).records(table))


def test_what_the_contract_does_not_allow_is_refused_without_showing_it() -> None:
    batch = layout_of(Person).batch([record(Person(name=PersonName(full="x"), kind="lead"))])
    at = batch.schema.get_field_index("kind")
    table = pa.table(batch).set_column(at, "kind", pa.array(["Geheim"]))
    with pytest.raises(ConfigError, match=r"value\.kind") as caught:
        list(layout_of(Person).records(table))
    assert "Geheim" not in str(caught.value)
