"""Cassette files: lossless, readable, the same every time, and not to be trusted."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import RecordingError
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse
from support.interactions import INTERACTIONS


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@given(st.lists(INTERACTIONS, max_size=3), st.booleans())
def test_a_cassette_comes_back_as_it_was_saved(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, interactions: list[Interaction], repeats: bool
) -> None:
    path = tmp_path_factory.mktemp("cassettes") / f"any.{suffix}"
    Cassette(path, interactions, allow_playback_repeats=repeats).save()
    loaded = Cassette.load(path)
    assert loaded.interactions == tuple(interactions)
    assert loaded.allow_playback_repeats is repeats


@given(st.lists(INTERACTIONS, min_size=1, max_size=2))
def test_any_yaml_reader_finds_the_same_bodies(
    tmp_path_factory: pytest.TempPathFactory, interactions: list[Interaction]
) -> None:
    path = tmp_path_factory.mktemp("cassettes") / "any.yaml"
    Cassette(path, interactions).save()
    items = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["interactions"]
    for item, interaction in zip(items, interactions, strict=True):
        body = item["response"]["body"]["string"]
        assert (body.encode("utf-8") if isinstance(body, str) else body) == interaction.response.body


def one(body: bytes) -> Interaction:
    return Interaction(
        RecordedRequest("GET", "https://crm.example/a"), RecordedResponse(200, "OK", (), body)
    ).unpacked()


def test_a_readable_body_is_written_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    Cassette(path, [one('{\n  "name": "Zoë"\n}\n'.encode())]).save()
    text = path.read_text(encoding="utf-8")
    assert '      string: |\n        {\n          "name": "Zoë"\n        }\n' in text


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_the_same_interactions_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    first, second = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    Cassette(first, [one(b"{}"), one(b"\xff\x00")]).save()
    Cassette(second, Cassette.load(first).interactions).save()
    assert second.read_bytes() == first.read_bytes()


def test_a_failed_save_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    Cassette(path, [one(b"old")]).save()
    old = path.read_bytes()
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(RecordingError, match="cannot be written"):
        Cassette(tmp_path / "folder.yaml", [one(b"new")]).save()
    assert path.read_bytes() == old
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.yaml", "folder.yaml"]


def test_saving_makes_the_folders_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "crm" / "contacts" / "first.yaml"
    Cassette(path, [one(b"{}")]).save()
    assert len(Cassette.load(path)) == 1


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!!python/tuple [a]", "!custom text"]
)
def test_a_tag_that_would_build_an_object_is_refused(tmp_path: Path, tag: str) -> None:
    path = tmp_path / "evil.yaml"
    path.write_text(f"interactions: []\nversion: 1\nmetadata: {tag}\n")
    with pytest.raises(RecordingError, match="has no place in a cassette"):
        Cassette.load(path)


def test_a_file_nested_a_hundred_thousand_deep_is_refused_and_does_not_crash(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text("interactions: " + "[" * 100_000)
    code = f"from bartack.recording import Cassette; Cassette.load({str(path)!r})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1, "a crash would be a negative number"
    assert "nested deeper than any cassette" in ended.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("[1, 2", "is no YAML"),
        ("just text", "holds no list of interactions"),
        ("interactions: []\nversion: 2\n", "version '2'; version 1 is known"),
        (
            "interactions:\n- request: {method: GET}\n  response: {status: {}}\nversion: 1\n",
            "interaction 1: request.uri is missing",
        ),
        (
            "interactions:\n- request: {method: GET, uri: a, headers: {A: {}}}\n"
            "  response: {status: {code: 200}}\nversion: 1\n",
            "request.headers: A is a mapping, not text",
        ),
        (
            "interactions:\n- request: {method: GET, uri: a}\n  response: {status: {code: many}}\nversion: 1\n",
            "response.status.code is text, not a whole number",
        ),
        ("a: *nowhere", "undefined alias|refers to nothing"),
        ("a: 1\n---\nb: 2\n", "several documents"),
        ("a: 1\na: 2\n", "the key 'a' is there twice"),
        ("a: &a [*a]\n", "refers to nothing, or to what it stands in"),
        ("interactions: []\nversion: 1\nmetadata: {recorded_at: [a]}\n", "is no text"),
        (f"interactions: []\nversion: {'9' * 100_000}\n", "the format has version '999"),
        (
            "interactions:\n- request: {method: GET, uri: a}\n"
            f"  response: {{status: {{code: {'9' * 100_000}}}}}\nversion: 1\n",
            "response.status.code is text, not a whole number",
        ),
        (
            "interactions:\n- request: {method: GET, uri: a}\n  response: {status: {code: 200}}\n"
            f"  seconds: {'9' * 100_000}\nversion: 1\n",
            "seconds is text, not a time",
        ),
        (
            "interactions:\n- request: {method: GET, uri: a}\n  response: {status: {code: 200}}\n  failure: {}\nversion: 1\n",
            "failure.kind is missing",
        ),
    ],
)
def test_a_file_that_is_no_cassette_says_what_is_wrong_and_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(RecordingError, match=said) as caught:
        Cassette.load(path)
    assert caught.value.where == str(path)


BILLIONS = "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(12))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("deep.json", "[" * 100_000, "recursion limit exceeded"),
        ("deep.json", '{"a":' * 100_000, "recursion limit exceeded"),
        ("number.json", '{"interactions": [], "version": ' + "1" * 1_000_000 + "}", "number out of range"),
        ("nan.json", '{"interactions": [], "version": NaN}', "no JSON that can be trusted"),
        ("twice.json", '{"version": 1, "interactions": [], "version": 1}', 'duplicate key "version"'),
        ("cut.json", '{"version": 1, "interactions": [', "no JSON that can be trusted"),
        ("empty.json", "", "no JSON that can be trusted"),
        ("list.json", "[]", "holds no list of interactions"),
        ("binary.json", "\x00\x01", "no JSON that can be trusted"),
        (
            "code.json",
            '{"version": 1, "interactions": [{"request": {"method": "GET", "uri": "a"}, "response": {"status": {"code": 1e9}}}]}',
            "response.status.code is a number, not a whole number",
        ),
        (
            "base64.json",
            '{"version": 1, "interactions": [{"base64": ["response"], "request": {"method": "GET", "uri": "a"}, '
            '"response": {"status": {"code": 200}, "body": {"string": "&&&"}}}]}',
            "response.body is no base64",
        ),
        ("billions.yaml", f"a0: &a0 x\n{BILLIONS}interactions: *a12\nversion: 1\n", "aliases repeat more"),
        ("deep.yaml", "interactions: " + "[" * 100_000, "nested deeper than any cassette"),
    ],
)
def test_a_hostile_file_is_refused_at_once(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    begun = time.process_time()
    with pytest.raises(RecordingError, match=said):
        Cassette.load(tmp_path / name)
    assert time.process_time() - begun < 5, "a bomb takes minutes, or all memory"


def test_in_json_a_changed_interaction_changes_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    Cassette(path, [one(b"{}"), one(b'{"id": 1}'), one(b"[]")]).save()
    before = path.read_text(encoding="utf-8").splitlines()
    Cassette(path, [one(b"{}"), one(b'{"id": 2, "more": "x"}'), one(b"[]")]).save()
    after = path.read_text(encoding="utf-8").splitlines()
    assert [n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new] == [2]


def test_in_yaml_a_changed_interaction_changes_its_own_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    Cassette(path, [one(b"{}"), one(b'{"id": 1}'), one(b"[]")]).save()
    before = path.read_text(encoding="utf-8").splitlines()
    Cassette(path, [one(b"{}"), one(b'{"id": 2}'), one(b"[]")]).save()
    after = path.read_text(encoding="utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [('        {"id": 1}', '        {"id": 2}')]


def test_bytes_that_are_no_text_survive_in_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    item = Interaction(
        RecordedRequest("PUT", "https://crm.example/a", (), b"\xff\x00"), RecordedResponse(200, "OK", (), b"\x89PNG")
    ).unpacked()
    Cassette(path, [item]).save()
    assert Cassette.load(path).interactions == (item,)
    assert '"base64": ["request", "response"]' in path.read_text(encoding="utf-8")


def test_two_threads_that_save_the_same_cassette_leave_one_of_the_two(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    bodies = [str(number).encode() * 1000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda body: Cassette(path, [one(body)] * 20).save(), bodies * 5))
    assert {item.response.body for item in Cassette.load(path).interactions} < set(bodies)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.yaml"]


def test_a_missing_cassette_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no such cassette"):
        Cassette.load(tmp_path / "none.yaml")


def test_values_that_look_like_numbers_or_dates_stay_the_text_they_were(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(
        "interactions:\n- request: {method: GET, uri: a, headers: {X-Total: 1.10}, body: null}\n"
        "  response: {status: {code: 200, message: null}, headers: {Date: [2024-01-01]}, body: {string: 1.10}}\nversion: 1\n"
    )
    (interaction,) = Cassette.load(path).interactions
    assert interaction.request.headers == (("X-Total", "1.10"),)
    assert interaction.response.headers[0] == ("Date", "2024-01-01")
    assert interaction.response.body == b"1.10"


def test_anchors_of_other_recorders_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "anchors.yaml"
    path.write_text(
        "interactions:\n- request: &r {method: GET, uri: a}\n  response: &s {status: {code: 204}}\n"
        "- request: *r\n  response: *s\nversion: 1\n"
    )
    first, second = Cassette.load(path).interactions
    assert first == second
