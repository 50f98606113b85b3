"""search, query and changes on the command line, over the demo estate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartack.errors import ConfigError
from bartack.frontends.cli import main
from bartack.frontends.cli.asking import conditions
from bartack.hub import open_hub


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("estate") / "estate"
    assert main(["demo", "--keep", str(folder)]) == 0
    with open_hub(folder) as hub:
        list(hub.sync())
    return str(folder)


def told(capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, list[dict[str, object]]]:
    status = main([*command, "--json"])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_search_prints_records_and_how_far_they_can_be_trusted(
    estate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "person", "zoe muller", "--config", estate]) == 0
    out = capsys.readouterr().out
    assert "crm/parties/3" in out
    assert "3 of 3" in out
    assert "answered from the store" in out
    assert "no record has all" not in out
    assert main(["search", "person", "zoe nobody", "--config", estate]) == 0
    assert "no record has all of these words" in capsys.readouterr().out


def test_a_query_is_typed_as_the_fields_are_and_goes_on_by_its_cursor(
    estate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [
        "query",
        "invoice",
        "--where",
        "total.amount>100",
        "--order-by",
        "total.amount desc",
        "--limit",
        "2",
        "--config",
        estate,
    ]
    status, (*records, end) = told(capsys, *asked)
    verdict = end["verdict"]
    assert isinstance(verdict, dict)
    assert (status, len(records), verdict["completeness"], verdict["total"]) == (0, 2, "limited", 3)
    status, (*rest, end) = told(capsys, *asked, "--cursor", str(verdict["next_cursor"]))
    assert (status, len(rest)) == (0, 1)
    amounts = [one["record"]["value"]["total"]["amount"] for one in (*records, *rest)]  # type: ignore[index]
    assert amounts == ["120000", "131.77", "131.77"]


def test_what_is_older_than_asked_for_is_printed_as_stale_and_the_status_says_so(
    estate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, (*_, end) = told(capsys, "query", "person", "--max-age", "0s", "--config", estate)
    assert (status, end["verdict"]["freshness"]) == (1, "stale")  # type: ignore[index]


def test_changes_go_on_by_their_cursor(estate: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, (*first, end) = told(capsys, "changes", "person", "--limit", "500", "--config", estate)
    assert (status, len(first), end["changes"]["more"]) == (0, 26, False)  # type: ignore[index]
    cursor = end["changes"]["next_cursor"]  # type: ignore[index]
    assert told(capsys, "changes", "person", "--cursor", cursor, "--config", estate)[1][0]["changes"]["more"] is False  # type: ignore[index]
    assert main(["changes", "person", "--config", estate, "--limit", "2"]) == 0
    assert "more with --cursor" in capsys.readouterr().out


def test_a_citation_is_as_good_as_a_ref(estate: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, (record,) = told(capsys, "get", "bartack://crm/parties/3", "--cached", "--config", estate)
    assert (status, record["record"]["ref"]) == (0, "crm/parties/3")  # type: ignore[index]


@pytest.mark.parametrize("wrong", ["status", "=x", "status?x", "1=2"])
def test_what_is_no_condition_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigError, match="no condition"):
        conditions([wrong])


def test_a_condition_given_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="twice"):
        conditions(["status=a", "status=b"])


def test_a_sync_leaves_nothing_to_be_indexed(estate: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["sync", "crm", "--full", "--config", estate]) == 0
    with open_hub(estate) as hub:
        assert hub.replica.refresh() == 0
