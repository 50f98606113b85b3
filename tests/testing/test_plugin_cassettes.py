"""The pytest plugin: cassettes that answer for sources, hygiene, and a recording that nobody makes by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartack.recording import About, Cassette, Interaction, RecordedRequest, RecordedResponse
from support.http_vendor import Vendor, running_vendor

pytest_plugins = ["pytester"]

TOML = """
[sources.helpdesk]
connector = "http"
base_url = "{url}"
keep = {{ personal = "keep" }}
[sources.helpdesk.streams.people]
path = "/people"
rows = "items"
key = "id"
mapping = "people.yaml"
"""
MAPPING = "contract: person/1\nfields:\n  name.full: {path: name, required: true}\n  kind: {const: contact}\n"
READ = """
import pytest

@pytest.mark.cassette("http/people/all.yaml", source="helpdesk")
def test_people(hub):
    assert [record.value.name.full for record in hub.read("person")] == ["Ada Lovelace"]
"""
PEOPLE = {"items": [{"id": 1, "name": "Ada Lovelace"}]}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with a test of one source; nothing was recorded yet."""
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest('pytest_plugins = ["bartack.testing.plugin"]')
    pytester.path.joinpath("people.yaml").write_text(MAPPING, encoding="utf-8")
    pytester.makepyfile(test_people=READ)
    (pytester.path / "cassettes").mkdir()
    return pytester


@pytest.fixture
def vendor(project: pytest.Pytester) -> Vendor:
    """A vendor that is gone by the time anybody replays."""
    with running_vendor() as running:
        running.on("/people", PEOPLE)
        project.path.joinpath("bartack.toml").write_text(TOML.format(url=running.url), encoding="utf-8")
        run(project, "--record").assert_outcomes(passed=1)
        return running


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def cassette(project: pytest.Pytester, name: str = "http/people/all.yaml") -> Path:
    return project.path / "cassettes" / name


def test_what_is_missing_is_recorded_on_demand_and_answers_from_then_on(
    project: pytest.Pytester, vendor: Vendor
) -> None:
    asked = len(vendor.asked)
    assert cassette(project).exists()
    result = run(project)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*cassettes: 1 played*"])
    assert len(vendor.asked) == asked


def test_a_missing_cassette_says_how_it_is_recorded(project: pytest.Pytester) -> None:
    project.path.joinpath("bartack.toml").write_text(TOML.format(url="http://127.0.0.1:9"), encoding="utf-8")
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no such cassette*pytest --record*"])


def test_ci_never_records(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = run(project, "--record")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*CI never records*"])


def test_a_test_that_fails_records_nothing(project: pytest.Pytester) -> None:
    with running_vendor() as running:
        running.on("/people", {"items": [{"id": 1, "name": "Somebody Else"}]})
        project.path.joinpath("bartack.toml").write_text(TOML.format(url=running.url), encoding="utf-8")
        run(project, "--record").assert_outcomes(failed=1)
    assert not cassette(project).exists()


def test_an_interaction_that_nobody_asks_for_fails_a_test_that_passes(project: pytest.Pytester, vendor: Vendor) -> None:
    tape = Cassette.load(cassette(project))
    tape.append(Interaction(RecordedRequest("GET", f"{vendor.url}/gone"), RecordedResponse(200)))
    tape.save()
    result = run(project)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*1 of 2 recorded answers*were not asked for: GET*/gone*"])
    text = READ.replace('source="helpdesk")', 'source="helpdesk", spare=True)')
    project.path.joinpath("test_people.py").write_text(text, encoding="utf-8")
    run(project).assert_outcomes(passed=1)


def test_a_request_that_was_not_recorded_opens_no_connection(project: pytest.Pytester, vendor: Vendor) -> None:
    text = READ.replace('hub.read("person")', 'hub.read("person", since=datetime(2026, 1, 1, tzinfo=UTC))')
    text += "\n@pytest.mark.cassette('http/people/all.yaml', source='helpdesk', spare=True)\ndef test_a_socket(hub):\n"
    text += f"    socket.create_connection(('127.0.0.1', {vendor.url.rpartition(':')[2]}))\n"
    header = "import socket\nfrom datetime import UTC, datetime\n"
    project.path.joinpath("test_people.py").write_text(header + text, encoding="utf-8")
    result = run(project)
    result.stdout.fnmatch_lines(["*test_a_socket*"])
    assert "Connection refused" not in result.stdout.str()  # it was not even tried


def test_a_session_of_requests_is_answered_too(project: pytest.Pytester) -> None:
    asked = RecordedRequest("GET", "https://crm.example.org/ping")
    path = cassette(project, "crm/ping.json")
    path.parent.mkdir(parents=True)
    Cassette(path, [Interaction(asked, RecordedResponse(200, body=b"pong"))], about=About()).save()
    project.path.joinpath("test_people.py").write_text(
        "import pytest\n"
        "@pytest.mark.cassette('crm/ping.json')\n"
        "def test_ping(cassette):\n"
        "    assert cassette.session().get('https://crm.example.org/ping').text == 'pong'\n",
        encoding="utf-8",
    )
    run(project).assert_outcomes(passed=1)


def test_orphans_and_duplicates_are_told_when_all_tests_have_run(project: pytest.Pytester, vendor: Vendor) -> None:
    other = cassette(project, "http/people/forgotten.yaml")
    other.write_bytes(cassette(project).read_bytes())
    result = run(project)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*orphan *forgotten.yaml*", "*duplicate *forgotten.yaml is the same as *all.yaml*"])
    assert "  orphan  " not in run(project, "test_people.py").stdout.str()


def test_another_folder_of_cassettes_may_go_before_the_projects_own(
    project: pytest.Pytester, vendor: Vendor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    twin = tmp_path / "twins/http/people/all.yaml"
    twin.parent.mkdir(parents=True)
    twin.write_text(cassette(project).read_text(encoding="utf-8").replace("Ada Lovelace", "Eve"), encoding="utf-8")
    monkeypatch.setenv("BARTACK_CASSETTES", str(tmp_path / "twins"))
    run(project).assert_outcomes(failed=1)


def test_waiting_costs_nothing_and_begins_when_it_was_recorded(project: pytest.Pytester, vendor: Vendor) -> None:
    recorded = Cassette.load(cassette(project)).about.recorded_at
    text = READ.replace("def test_people(hub):", "def test_people(hub, fake_clock):\n    fake_clock.sleep(3600)")
    text += f"    assert fake_clock.now().isoformat() > '{recorded}'\n    assert fake_clock.passed == 3600\n"
    project.path.joinpath("test_people.py").write_text(text, encoding="utf-8")
    run(project).assert_outcomes(passed=1)


def test_a_database_is_recorded_and_replayed_like_any_other_source(project: pytest.Pytester) -> None:
    import sqlite3

    with sqlite3.connect(project.path / "crm.db") as database:
        database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        database.execute("INSERT INTO people VALUES (1, 'Ada Lovelace')")
    database.close()
    declared = '[sources.helpdesk]\nconnector = "sql"\nurl = "sqlite:///crm.db"\nkeep = { personal = "keep" }\n'
    declared += '[sources.helpdesk.streams.people]\ntable = "people"\nkey = "id"\nmapping = "people.yaml"\n'
    project.path.joinpath("bartack.toml").write_text(declared, encoding="utf-8")
    run(project, "--record").assert_outcomes(passed=1)
    (project.path / "crm.db").unlink()
    run(project).assert_outcomes(passed=1)
