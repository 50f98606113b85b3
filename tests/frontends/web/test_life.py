"""bartack serve as a process: what it prints, and that it ends so that nothing is cut and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

import bartack
from bartack.frontends.cli import main
from support.crm_source import CONFIG, FIRST, LAST, PEOPLE
from support.http_vendor import Answer, Asked, Vendor, running_vendor
from support.mcp_clients import asked, over_http

TOKEN = "token-of-the-operator"
SERVE = '[serve.tokens.operator]\ntoken = { env = "SERVE_TOKEN" }\nrole = "reviewer"\n'
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


class Gate:
    """A source whose answers wait until somebody opens it; ``reached`` once somebody waits."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def then(self, document: object) -> object:
        def reply(_asked: Asked) -> Answer:
            self.reached.set()
            assert self.opened.wait(60)
            return Answer(document)

        return reply


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with running_vendor() as vendor:
        yield vendor


@pytest.fixture
def folder(tmp_path: Path, vendor: Vendor) -> Path:
    (tmp_path / "bartack.toml").write_text(CONFIG.format(url=vendor.url) + SERVE)
    (tmp_path / "people.yaml").write_text(PEOPLE)
    return tmp_path


@contextmanager
def serve(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``bartack serve``; yield the process, and the address that it prints."""
    command = [sys.executable, "-m", "bartack", "serve", *arguments, "--config", str(folder)]
    environ = {**os.environ, "CRM_TOKEN": "secret-of-the-crm", "SERVE_TOKEN": TOKEN}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def get(url: str) -> requests.Response:
    with requests.Session() as client:
        client.trust_env = False
        return client.get(url, headers=AUTHORIZED, timeout=60)


def test_a_first_look_needs_no_configuration_of_tokens(folder: Path) -> None:
    (folder / "bartack.toml").write_text((folder / "bartack.toml").read_text().replace(SERVE, ""))
    with serve(folder, "web", "--port", "0") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        with requests.Session() as client:
            client.trust_env = False
            page = client.get(address, timeout=60)
            assert (page.status_code, "token=" in page.url) == (200, False)
        origin = address.partition("/login")[0]
        assert get(f"{origin}/api/v1/sources").status_code == 401  # the token of another time
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


def test_beyond_this_machine_nobody_is_served_without_tokens(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bartack.toml").write_text((folder / "bartack.toml").read_text().replace(SERVE, ""))
    assert main(["serve", "web", "--host", "0.0.0.0", "--port", "0", "--config", str(folder)]) == 2
    assert "[serve.tokens.NAME]" in capsys.readouterr().err


def test_where_nothing_can_listen_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVE_TOKEN", TOKEN)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["serve", "web", "--port", port, "--config", str(folder)]) == 2
    assert "cannot listen" in capsys.readouterr().err
    assert main(["serve", "web", "--port", "0", "--sync", "soon", "--config", str(folder)]) == 2
    assert main(["serve", "web", "--port", "0", "--sync", "0s", "--config", str(folder)]) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_has_its_answer_before_the_process_ends(
    folder: Path, vendor: Vendor, number: signal.Signals
) -> None:
    gate = Gate()
    vendor.on("/people", gate.then({**FIRST, "next": None}))
    with serve(folder, "web", "--port", "0") as (process, address), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(get, f"{address}/api/v1/explain?citation=bartack://crm/people/id-1")
        assert gate.reached.wait(30)
        os.kill(process.pid, number)
        deadline = time.monotonic() + 20
        while _answers(address) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _answers(address)  # nobody new comes in
        assert process.poll() is None  # and who is in stays
        gate.opened.set()
        answer = asked.result(30)
        assert (answer.status_code, answer.json()["citation"]) == (200, "bartack://crm/people/id-1")
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in err


def _answers(address: str) -> bool:
    try:
        return get(f"{address}/healthz").status_code == 200
    except requests.ConnectionError:
        return False


def test_a_second_signal_ends_it_at_once(folder: Path, vendor: Vendor) -> None:
    gate = Gate()
    vendor.on("/people", gate.then(FIRST))
    with serve(folder, "web", "--port", "0") as (process, address), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(get, f"{address}/api/v1/explain?citation=bartack://crm/people/id-1")
        assert gate.reached.wait(30)
        os.kill(process.pid, signal.SIGTERM)
        assert process.stderr is not None
        assert "once more: at once" in process.stderr.readline()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(10) == 128 + signal.SIGTERM
        gate.opened.set()
        with pytest.raises(requests.ConnectionError):
            asked.result(30)


def test_a_sync_in_the_background_ends_after_its_page_and_the_next_one_goes_on_there(
    folder: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_TOKEN", "secret-of-the-crm")
    monkeypatch.setenv("SERVE_TOKEN", TOKEN)
    gate = Gate()
    vendor.on("/people", FIRST, gate.then({**FIRST, "items": [{"id": "id-9", "name": "Nine"}], "next": "page-3"}))
    with serve(folder, "--port", "0", "--sync", "1h") as (process, address):
        assert gate.reached.wait(30)
        told = get(f"{address}/readyz").json()
        assert told["sources"]["crm"]["sync"]["state"] == "running"
        assert 'bartack_schedule_running{source="crm"} 1.0' in get(f"{address}/metrics").text
        os.kill(process.pid, signal.SIGTERM)
        assert process.stderr is not None
        assert "ending" in process.stderr.readline()
        gate.opened.set()
        process.communicate(timeout=30)
    assert process.returncode == 0
    vendor.on("/people", LAST)
    with bartack.open(folder) as hub:
        (before,) = hub.status()
        assert before.state == "unfinished"
        (after,) = hub.sync()
        assert (after.state, after.went_on_after >= 1) == ("published", True)
        assert {record.ref.id for record in hub.query("person").records} >= {"id-1", "id-3"}
    assert vendor.queries[-1]["cursor"] in ("page-two", "page-3")


def test_a_background_sync_that_fails_is_seen_where_one_looks(folder: Path, vendor: Vendor) -> None:
    with serve(folder, "--port", "0", "--sync", "1h") as (_, address):
        deadline = time.monotonic() + 30
        while True:
            sync = get(f"{address}/readyz").json()["sources"]["crm"]["sync"]
            if sync["outcome"] or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        assert (sync["outcome"], sync["failures"]) == ("AccessError", 1)
        assert sync["next_at"] > sync["ended_at"]
        figures = get(f"{address}/metrics").text
        assert 'bartack_schedule_failures{source="crm"} 1.0' in figures
        assert "secret-of-the-crm" not in figures + json.dumps(sync)


def test_mcp_by_itself_stands_behind_the_same_shield_and_ends_as_well(folder: Path) -> None:
    with serve(folder, "mcp", "--http", "127.0.0.1:0") as (process, address):
        assert address.endswith("/mcp")
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        accepts = {"Accept": "application/json, text/event-stream"}
        with requests.Session() as client:
            client.trust_env = False
            nobody = client.post(address, json=call, headers=accepts, timeout=60)
            stranger = client.post(
                address, json=call, headers={**accepts, **AUTHORIZED, "Host": "evil.example"}, timeout=60
            )
            large = client.post(address, data=b"a" * 300_000, headers={**accepts, **AUTHORIZED}, timeout=60)
            known = client.post(address, json=call, headers={**accepts, **AUTHORIZED}, timeout=60)
        assert [one.status_code for one in (nobody, stranger, large)] == [401, 421, 413]
        assert known.status_code < 500
        os.kill(process.pid, signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_who_talks_to_an_agent_over_stdio_can_sync_in_the_background_too(folder: Path, vendor: Vendor) -> None:
    vendor.on("/people", {**FIRST, "next": None})
    command = [sys.executable, "-m", "bartack", "serve", "mcp", "--sync", "1h", "--config", str(folder)]
    environ = {**os.environ, "CRM_TOKEN": "secret-of-the-crm", "SERVE_TOKEN": TOKEN}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as process:
        deadline = time.monotonic() + 30
        while not vendor.asked and time.monotonic() < deadline:
            time.sleep(0.05)
        assert vendor.asked
        out, err = process.communicate(timeout=30)  # the agent goes
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


@pytest.mark.slow
def test_what_hangs_longer_than_it_is_waited_for_does_not_keep_the_process_alive(folder: Path, vendor: Vendor) -> None:
    gate = Gate()
    vendor.on("/people", gate.then(FIRST))
    with serve(folder, "web", "--port", "0") as (process, address), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(get, f"{address}/api/v1/explain?citation=bartack://crm/people/id-1")
        assert gate.reached.wait(30)
        os.kill(process.pid, signal.SIGTERM)
        _, err = process.communicate(timeout=40)
        gate.opened.set()
        answer = asked.result(30)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert process.returncode == 1
    assert "waited for their sources" in err


def test_programs_people_and_agents_are_answered_by_one_process(folder: Path, vendor: Vendor) -> None:
    vendor.on("/people", {**FIRST, "next": None})
    with serve(folder, "--port", "0", "--sync", "1h") as (process, address), requests.Session() as client:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == f"{address}/mcp"
        deadline = time.monotonic() + 30
        while get(f"{address}/api/v1/changes").json()["changes"] == [] and time.monotonic() < deadline:
            time.sleep(0.1)
        program = get(f"{address}/api/v1/get?citation=bartack://crm/people/id-1").json()
        agent = asked(
            lambda: over_http(f"{address}/mcp", TOKEN),
            lambda client: client.call_tool("bartack_get", {"citation": "bartack://crm/people/id-1"}),
        ).structured_content
        assert agent is not None
        assert agent["record"]["value"] == program["record"]["value"]
        assert "Zoë Müller" in get(f"{address}/records?contract=person&text=zoe").text
        client.trust_env = False
        listens = {**AUTHORIZED, "Accept": "text/event-stream"}
        listening = client.get(f"{address}/mcp", headers=listens, stream=True, timeout=60)
        assert listening.status_code == 405  # there is nothing to listen for; it would hold up the end of the process
        os.kill(process.pid, signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in err
