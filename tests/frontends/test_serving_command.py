"""``bartack cassette replay --serve``: started as a process, asked by another one, ended by a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from bartack.frontends.cli import main
from bartack.recording import (
    About,
    Cassette,
    Interaction,
    Personal,
    RecordedRequest,
    RecordedResponse,
    Scrubber,
    ScrubKey,
    Tokens,
)
from bartack.recording.sql import SqlCassette

ORIGIN = "https://crm.example.org"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A recording of two requests."""
    items = [
        Interaction(RecordedRequest("GET", f"{ORIGIN}{target}"), RecordedResponse(200, "OK", (), body))
        for target, body in (("/people", f'{{"next": "{ORIGIN}/people?page=2"}}'.encode()), ("/people?page=2", b"{}"))
    ]
    Cassette(tmp_path / "people.yaml", items).save()
    return tmp_path / "people.yaml"


@contextmanager
def running(path: Path, *options: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bartack", "cassette", "replay", str(path), "--serve", *options]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, cwd=path.parent, env={**os.environ, **environ}) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_recording_is_served_until_a_signal_and_its_requests_are_counted(people: Path, how: signal.Signals) -> None:
    with running(people, "--json") as process:
        assert process.stdout is not None
        serving = json.loads(process.stdout.readline())["serving"]
        assert serving["origin"] == ORIGIN
        answer = requests.get(f"{serving['address']}/people", timeout=20).json()
        assert answer == {"next": f"{serving['address']}/people?page=2"}
        process.send_signal(how)
        out, err = process.communicate(timeout=20)
    told = json.loads(out)["served"]
    assert 0 < told.pop("seconds")["p50"] < 20
    assert told == {"requests": 1, "counts": {"answered": 1}, "unknown": [], "unplayed": 1}
    assert (process.returncode, err) == (0, "")


def test_what_was_never_recorded_is_told_at_the_end(people: Path) -> None:
    with running(people, "--fail", "429=0%", "--latency", "recorded", "--rate", "50") as process:
        assert process.stdout is not None
        address = process.stdout.readline().split(" is ")[1].strip()
        assert requests.get(f"{address}/people?page=3", timeout=20).status_code == 501
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert "1 never recorded, answered with 501" in out
    assert "half of the answers came within" in out
    assert "2 recorded answers were not given" in out
    assert "nearest is GET https://crm.example.org" in err
    assert process.returncode == 1


def test_a_folder_is_served_as_one_and_ends_after_so_many_requests(people: Path) -> None:
    other = Interaction(RecordedRequest("GET", f"{ORIGIN}/orders"), RecordedResponse(200, "OK", (), b"[]"))
    Cassette(people.parent / "crm/orders/all.json", [other]).save()
    SqlCassette(people.parent / "database.yaml").save()
    with running(people.parent, "--requests", "2", "--json") as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["serving"]["address"]
        for target in ("/people", "/orders"):
            assert requests.get(address + target, timeout=20).status_code == 200
        out, err = process.communicate(timeout=20)
    assert (json.loads(out)["served"]["counts"], process.returncode) == ({"answered": 2}, 0)
    assert "database.yaml: a database is not served" in err


@pytest.mark.parametrize(("key", "status"), [("the key it was recorded with", 200), ("", 501)])
def test_with_the_key_of_the_recording_real_values_find_what_was_recorded_of_them(
    tmp_path: Path, key: str, status: int
) -> None:
    scrubber = Scrubber(personal=Personal(Tokens(ScrubKey("the key it was recorded with"))))
    items = [
        scrubber.interaction(
            Interaction(
                RecordedRequest("GET", f"{ORIGIN}/people?email={name}@riegelundnaht.de"), RecordedResponse(200, "OK")
            )
        )
        for name in ("zoe", "jana")
    ]
    assert scrubber.personal is not None
    Cassette(tmp_path / "people.yaml", items, about=About(personal=scrubber.personal.key_id)).save()
    assert "zoe@riegelundnaht.de" not in (tmp_path / "people.yaml").read_text(encoding="utf-8")
    with running(tmp_path / "people.yaml", "--json", BARTACK_SCRUB_KEY=key) as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["serving"]["address"]
        assert requests.get(f"{address}/people?email=zoe@riegelundnaht.de", timeout=20).status_code == status


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fail", "429"], "is not of the form"),
        (["--latency", "soon"], "neither a number of seconds"),
        (["--port", "70000"], "is no port"),
        (["--rate", "0"], "no number above 0"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    people: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["cassette", "replay", str(people), "--serve", *options])
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--fail", "503=5%"], ["--fail", "429=150%"], ["--latency", "-1"]], ids=" ".join)
def test_manners_out_of_range_are_a_usage_error(
    people: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cassette", "replay", str(people), "--serve", *options]) == 2
    assert "ConfigError" in capsys.readouterr().err
