"""What must not be in a repository is found and not shown; what was replaced, and what is allowed with a reason, passes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bartack.errors import ConfigError
from bartack.frontends.cli import main
from bartack.recording import About, Cassette, Personal, Scrubber, ScrubKey, Tokens
from bartack.recording.allowing import allowed
from bartack.recording.scanning import Scanner, fingerprint
from bartack.secrets import KnownSecrets
from support.scrub_positions import SECRETS, SHAPED, exchange, positions

ROOT = Path(__file__).parents[2]
KEY = ScrubKey("a key for tests, 16+")
PLANTED = {
    "web token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ6b2UifQ.c2lnbmF0dXJl",
    "private key": "-----BEGIN RSA PRIVATE KEY-----",
    "GitHub token": "ghp_0123456789abcdefghijABCDEFGHIJ456789",
    "Stripe key": "sk_live_4eC39HqLyjWDarjtT1",
    "AWS key id": "AKIAIOSFODNN7EXAMPLE",
    "secret by its name": 'client_secret: "c4n4ryTokenOf24Letters00"',
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scanned(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["cassette", "scan", *arguments])
    return status, capsys.readouterr().out


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found_by_line_and_kind_and_not_shown(
    here: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    (here / "notes.txt").write_text(f"# harmless\nsee {PLANTED[kind]}\n", encoding="utf-8")
    status, told = scanned(capsys, "notes.txt")
    assert status == 1
    assert told.startswith(f"notes.txt:2: {kind} ")
    assert not any(part in told for part in PLANTED[kind].split() if len(part) > 16)


@pytest.mark.parametrize("what", SHAPED)
def test_personal_data_is_found_by_its_looks_and_not_shown(
    here: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    (here / "people.csv").write_text(f"id;who\n1;{SHAPED[what]}\n", encoding="utf-8")
    status, told = scanned(capsys)
    assert (status, "people.csv:2:" in told) == (1, True)
    assert SHAPED[what] not in told


@pytest.mark.parametrize("what", SHAPED)
def test_what_was_replaced_passes_without_the_key(here: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    clean = Scrubber((), Personal(Tokens(KEY))).text(f"id;who\n1;{SHAPED[what]}\n")
    (here / "people.csv").write_text(clean, encoding="utf-8")
    assert scanned(capsys) == (0, "0 leaks in 1 files\n")


def test_every_canary_in_a_cassette_makes_it_leak_and_a_scrubbed_one_passes(here: Path) -> None:
    scrub, scanner = Scrubber((), Personal(Tokens(KEY))), Scanner()
    missed, blamed = [], []
    for position in positions():
        raw = Cassette(here / "raw.yaml", [position.item.unpacked()])
        raw.save()
        clean = Cassette(here / "clean.yaml", map(scrub.interaction, raw.interactions), about=About(personal=KEY.id))
        clean.save()
        missed += [position[:3]] if not scanner.file(raw.path) else []
        blamed += [position[:3]] if scanner.file(clean.path) else []
    assert (missed, blamed) == ([], [])


def test_invented_data_that_is_kept_on_purpose_passes_and_a_secret_beside_it_does_not(here: Path) -> None:
    kept = Cassette(here / "kept.yaml", [exchange(answer=json.dumps(SHAPED))], about=About(personal="kept"))
    kept.save()
    assert Scanner().file(kept.path) == []
    kept.append(exchange(answer=json.dumps({"client_secret": SECRETS["secret"]})))
    kept.save()
    assert [leak.kind for leak in Scanner().file(kept.path)] == ["secret by its name"]


def test_a_secret_of_the_environment_is_found_by_its_value(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "correct horse battery")
    (here / "a.txt").write_text("it is correct%20horse%20battery\n", encoding="utf-8")
    status, told = scanned(capsys, "a.txt")
    assert (status, told.splitlines()[0].split()[:3]) == (1, ["a.txt:1:", "known", "secret"])
    assert "horse" not in told


def test_a_secret_of_the_configuration_is_found_by_its_value(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "token.txt").write_text("quiet-tree-1234", encoding="utf-8")
    (here / "bartack.toml").write_text(
        '[sources.crm]\nconnector = "http"\nbase_url = "https://crm.example"\ntoken = { file = "token.txt" }\n'
        'auth = { kind = "bearer" }\n[sources.crm.streams.people]\npath = "/people"\nrows = "items"\nkey = "id"\n'
        'mapping = "people.yaml"\n[sources.half]\nconnector = "http"\n',
        encoding="utf-8",
    )
    (here / "a.txt").write_text("Authorization quiet-tree-1234\n", encoding="utf-8")
    status = main(["cassette", "scan", "a.txt"])
    told = capsys.readouterr()
    assert (status, "the secrets of half are not looked for" in told.err) == (1, True)


@pytest.mark.parametrize(
    "harmless",
    [
        "password: scrubbed",
        "Authorization:\n- Bearer scrubbed",
        'token = { env = "HUBSPOT_TOKEN" }',
        "password = os.environ[PASSWORD_OF_THE_DAY]",
        "client_secret: str | None = None",
        "id: 003A000001ABCdeQAF, at: 2026-11-25T12:00:00.000+0000, epoch: 1732530000000",
        "mail zoe@example.org, image@2x.png, uuid 6f9619ff-8b86-d011-b42d-00c04fc964ff",
    ],
)
def test_what_only_looks_alike_passes(harmless: str) -> None:
    assert list(Scanner().text(harmless)) == []


def test_what_is_allowed_with_a_reason_passes_and_nothing_else(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.txt").write_text("call +49 221 9876543\n", encoding="utf-8")
    assert scanned(capsys, "a.txt", "--reason", "a number of the vendor's manual")[0] == 0
    assert allowed(here / "bartack-scan.toml") == {fingerprint("+49 221 9876543"): "a number of the vendor's manual"}
    assert scanned(capsys, "a.txt")[0] == 0
    (here / "a.txt").write_text("call +49 221 9876544\n", encoding="utf-8")
    assert scanned(capsys, "a.txt")[0] == 1


def test_an_entry_without_a_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "allow.toml").write_text('[[allow]]\nfingerprint = "0123456789ab"\nreason = " "\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="a fingerprint and a reason"):
        allowed(tmp_path / "allow.toml")


def test_json_lines_say_the_same(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.txt").write_text("call +49 221 9876543\n", encoding="utf-8")
    _, told = scanned(capsys, "--json", "a.txt")
    leak, end = map(json.loads, told.splitlines())
    assert leak == {
        "leak": {"file": "a.txt", "line": 1, "kind": "phone", "fingerprint": fingerprint("+49 221 9876543")}
    }
    assert end == {"scanned": {"files": 1, "leaks": 1, "allowed": 0}}


def test_a_path_that_is_not_there_is_no_clean_path(here: Path) -> None:
    assert main(["cassette", "scan", "nowhere.yaml"]) != 0


def test_the_projects_own_recordings_pass(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    recordings = sorted(map(str, (ROOT / "connectors").rglob("estate/*.yaml")))
    assert len(recordings) >= 2
    status, told = scanned(capsys, "cassettes", *recordings)
    assert status == 0, told


def test_git_refuses_a_commit_that_leaks(tmp_path: Path) -> None:
    """Run the hook as git does: the command of ``.pre-commit-hooks.yaml``, with the names of the staged files."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    command = hook["entry"].replace("bartack", f"{sys.executable} -m bartack", 1)
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        who = ("-c", "user.name=Zoë", "-c", "user.email=zoe@example.org", "-c", "core.hooksPath=hooks")
        return subprocess.run(
            ["git", *who, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    git("init", "-q")
    (tmp_path / "hooks").mkdir()
    script = tmp_path / "hooks" / "pre-commit"
    script.write_text(f"#!/bin/sh\ngit diff --cached --name-only -z | xargs -0 {command}\n", encoding="utf-8")
    script.chmod(0o755)
    (tmp_path / "crm.yaml").write_text("answer: call +49 221 9876543\n", encoding="utf-8")
    git("add", "crm.yaml")
    refused = git("commit", "-q", "-m", "a recording")
    assert refused.returncode != 0
    assert "crm.yaml:1: phone" in refused.stdout + refused.stderr
    (tmp_path / "crm.yaml").write_text("answer: call me\n", encoding="utf-8")
    git("add", "crm.yaml")
    assert git("commit", "-q", "-m", "a recording").returncode == 0
    assert git("log", "--format=%s").stdout == "a recording\n"


def test_known_secrets_are_searched_in_every_disguise() -> None:
    scanner = Scanner(KnownSecrets(["kAnaRy7Q!x/2+Vögel&9"]))
    assert [leak.kind for leak in scanner.text("x=kAnaRy7Q%21x%2F2%2BV%C3%B6gel%269")] == ["known secret"]
