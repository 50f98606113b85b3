"""The kill report: fields that may change in a recording without any test noticing, and tests that notice all of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import ConfigError
from bartack.frontends.cli import main
from bartack.reading.replayed import play
from bartack.reading.source import Feed
from bartack.recording import Cassette
from bartack.testing.tapes import CASSETTES as PLUGIN_CASSETTES
from bartack.twins.killing import CASSETTES, Tests, kill, killers
from support.twin_subjects import URL, crm_cassette, crm_feed

SMALL = """
contract: person/1
fields:
  name.full: {path: name, required: true}
  kind: {const: contact}
  title: {path: job, use: text}
"""
TOML = f"""
[sources.crm]
connector = "http"
base_url = "{URL}"
[sources.crm.streams.people]
path = "/people"
rows = "items"
key = "name"
total = "total"
mapping = "people.yaml"
paging = {{ kind = "cursor", param = "after", next = "next" }}
"""
BLIND = """
import pytest

@pytest.mark.cassette("http/people/all.yaml", source="crm")
def test_people(hub):
    people = [(one.value.name.full,) for one in hub.read("person")]
    assert people == [(f"Zoë {n} Müller",) for n in range(1, 7)]
"""
SEEING = BLIND.replace("full,)", "full, one.value.title)").replace('er",)', 'er", "Boss" if n > 3 else "Clerk")')


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return crm_feed(tmp_path)


@pytest.fixture
def cassette(tmp_path: Path) -> Cassette:
    made = crm_cassette(tmp_path / "cassettes/http/people/all.yaml")
    made.path.parent.mkdir(parents=True)
    made.save()
    return made


def looking_with(feed: Feed, look: Callable[[Any], Any]) -> Tests:
    """Return tests that hold the records of a cassette against those of the good one, as far as they look at them."""

    def values(cassette: Cassette) -> list[Any]:
        return [look(record) for record in play(feed, cassette).records]

    good = values(crm_cassette())
    return lambda folder: values(Cassette.load(folder / "http/people/all.yaml")) == good


def test_a_field_that_no_test_looks_at_is_a_survivor(feed: Feed, cassette: Cassette, tmp_path: Path) -> None:
    def blind(record: Any) -> Any:
        return record.ref, record.value.model_copy(update={"birth_date": None, "title": None})

    report = kill(cassette, [feed], looking_with(feed, blind), tmp_path / "other")
    assert report.fields == ("birth_date", "title")
    told = [str(one) for one in report.survivors]
    assert "title: other values: 'Clerk' becomes 'Boss' in row 1" in told
    assert any(one.startswith("birth_date: other values: ") for one in told)


def test_tests_that_look_at_all_of_a_record_notice_every_change(feed: Feed, cassette: Cassette, tmp_path: Path) -> None:
    report = kill(cassette, [feed], looking_with(feed, lambda record: (record.ref, record.value)), tmp_path / "other")
    assert report.survivors == ()
    assert {one.field for one in report.noticed} == {
        *("id", "name.full", "emails[]", "birth_date", "active", "title", "custom.balance")
    }


def test_there_are_few_changes_of_a_field_and_each_makes_a_difference(feed: Feed, cassette: Cassette) -> None:
    fields: dict[str, int] = {}
    good = [record.value for record in play(feed, crm_cassette()).records]
    for mutant in killers(cassette, feed):
        fields[mutant.field] = fields.get(mutant.field, 0) + 1
        take = play(feed, mutant.cassette)
        assert [one.value for one in take.records] != good or take.records[0].ref.id != "1", str(mutant)
    assert all(1 <= count <= 3 for count in fields.values())


def test_tests_that_fail_as_things_are_prove_nothing(feed: Feed, cassette: Cassette, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="fail before anything is changed"):
        kill(cassette, [feed], lambda _: False, tmp_path / "other")


def test_tests_that_do_not_read_the_recording_are_found_out(feed: Feed, cassette: Cassette, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="they do not read it"):
        kill(cassette, [feed], lambda _: True, tmp_path / "other")


def test_the_plugin_looks_where_the_report_puts_its_recordings() -> None:
    assert CASSETTES == PLUGIN_CASSETTES


@pytest.mark.parametrize(
    ("text", "status", "survivors"), [(BLIND, 1, {"title"}), pytest.param(SEEING, 0, set(), marks=pytest.mark.slow)]
)
def test_the_command_runs_the_tests_of_an_author(
    cassette: Cassette,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    status: int,
    survivors: set[str],
) -> None:
    (tmp_path / "people.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "bartack.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["bartack.testing.plugin"]\n', encoding="utf-8")
    (tmp_path / "test_people.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    command = f"{sys.executable} -m pytest -q -p no:cacheprovider test_people.py"
    arguments = ["cassette", "mutate", str(cassette.path), "--source", "crm", "--kill", command, "--json"]
    assert main(arguments) == status
    told = json.loads(capsys.readouterr().out)["kill"]
    assert {one["field"] for one in told["survivors"]} == survivors
    assert told["noticed"] >= 2
