"""What a consumer reads is noticed, kept as a manifest, and named by what drifts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bartack.comparing import Seen, observing
from bartack.comparing.consumers import Consumer, read_manifest
from bartack.errors import ConfigError
from bartack_contracts import EmailAddress, Person, PersonName, Provenance, Record, Ref

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def records() -> Iterator[Record[Person]]:
    person = Person(
        kind="contact",
        name=PersonName(full="Zoë Beispiel"),
        emails=(EmailAddress(address="zoe@example.org", raw="zoe@example.org"),),
    )
    yield Record[Person](
        ref=Ref("crm", "contacts", "1"),
        contract="person/1",
        value=person,
        provenance=Provenance.model_construct(
            connector="crm", mapping="sha256:1", payload="sha256:2", fetched_at=NOW, request=None
        ),
    )


def seen_by(reading: object) -> tuple[str, ...]:
    with observing() as seen:
        for record in seen.over(records()):
            assert callable(reading)
            reading(record)
    return seen.reads


def test_the_innermost_fields_that_are_read_are_noticed() -> None:
    assert seen_by(lambda record: [one.address for one in record.value.emails]) == ("person.emails.address",)
    assert seen_by(lambda record: (record.value.name.full, record.value.kind)) == ("person.kind", "person.name.full")
    assert seen_by(lambda record: record.ref) == ()


def test_whoever_takes_a_record_as_a_whole_reads_all_of_it() -> None:
    assert seen_by(lambda record: record.model_dump_json()) == ("person",)
    assert seen_by(lambda record: (record.value.name.full, record.value.model_dump())) == ("person", "person.name.full")


def test_a_record_that_is_looked_at_is_what_it_was() -> None:
    (plain,) = records()
    with observing() as seen:
        (watched,) = seen.over([plain])
    assert watched == plain
    assert plain == watched
    assert isinstance(watched.value, Person)
    assert watched.value.__class__ is Person
    assert watched.value.model_dump_json() == plain.value.model_dump_json()
    match watched.value:
        case Person(name=name):
            assert name == plain.value.name
        case _:
            pytest.fail("it is a person still")


def test_nothing_is_noticed_once_the_block_is_left() -> None:
    with observing() as seen:
        (record,) = seen.over(records())
    assert record.value.name is not None
    assert seen.reads == ()


def test_a_manifest_grows_with_each_run_and_the_same_reads_give_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "mailing.reads.json"
    first, second = Seen(), Seen()
    for record in first.over(records()):
        assert record.value.kind == "contact"
    for record in second.over(records()):
        assert record.value.emails
    first.write(path, "mailing")
    assert second.write(path, "mailing") == Consumer("mailing", ("person.emails", "person.kind"))
    before = path.read_bytes()
    first.write(path, "mailing")
    assert path.read_bytes() == before
    assert read_manifest(path).reads == ("person.emails", "person.kind")
    with pytest.raises(ConfigError, match="manifest of mailing"):
        first.write(path, "dialler")


@pytest.mark.parametrize("text", ["", "[]", '{"consumer": 1, "reads": []}', json.dumps({"consumer": "x"})])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "reads.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="manifest"):
        read_manifest(path)
