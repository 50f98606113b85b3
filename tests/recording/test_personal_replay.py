"""A recording without personal data plays as the source did: with its key, and as far as it can without."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

import bartack
from bartack.errors import RecordingError
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
from bartack.recording.playback import Playback
from support.http_vendor import Answer, Asked, running_vendor

PEOPLE = {
    "1": {"id": 1, "name": "Zoë Müller", "mail": "zoe.mueller@gmx.de", "tel": "+49 221 9876543", "born": "1970-01-31"},
    "2": {"id": 2, "name": "Jörg Grünwald", "mail": "j.g@firma-gmbh.com", "tel": "+43 1 2345678", "born": "1989-01-08"},
}
SECRET_WORDS = ("Müller", "Zo\\u00eb", "zoe.mueller", "gmx.de", "9876543", "1970-01-31", "Grünwald", "firma-gmbh")

TOML = """
[sources.helpdesk]
connector = "http"
base_url = "{url}"
{what} = "people.yaml"
{more}
[sources.helpdesk.streams.people]
path = "/people"
rows = "items"
key = "id"
total = "total"
paging = {{ kind = "next_url", path = "next" }}
mapping = "people.toml.yaml"
"""
MAPPING = """contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  kind: {const: contact}
  emails: {each: [{path: mail}], use: email}
  phones: {each: [{path: tel}], use: phone}
  birth_date: {path: born, use: {date: {format: iso}}}
"""


def page(asked: Asked) -> Answer:
    second = "after" in asked.query
    rows = [PEOPLE["2" if second else "1"]]
    more = None if second else "/people?after=" + str(PEOPLE["1"]["mail"]).replace("@", "%40")
    return Answer({"items": rows, "total": 2, "next": more})


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    def configured(url: str, what: str, more: str = "") -> Path:
        (tmp_path / "people.toml.yaml").write_text(MAPPING, encoding="utf-8")
        (tmp_path / "bartack.toml").write_text(TOML.format(url=url, what=what, more=more), encoding="utf-8")
        return tmp_path

    return configured


def people(folder: Path) -> list[dict[str, object]]:
    with bartack.open(folder) as hub:
        return [record.value.model_dump(mode="json", exclude_unset=True) for record in hub.read("person")]


def recorded(project: Callable[..., Path], more: str = "") -> tuple[Path, list[dict[str, object]]]:
    with running_vendor() as vendor:
        vendor.on("/people", page)
        folder = project(vendor.url, "record", more)
        live = people(folder)
        project(vendor.url, "replay")
    return folder, live


def test_nothing_personal_of_a_source_is_written_and_its_pages_still_follow_each_other(
    project: Callable[..., Path],
) -> None:
    folder, live = recorded(project)
    written = (folder / "people.yaml").read_text(encoding="utf-8")
    assert not [word for word in SECRET_WORDS if word in unquote(written)]
    played = people(folder)
    assert len(played) == len(live) == 2
    for now, before in zip(played, live, strict=True):
        assert now.keys() == before.keys()
        assert now["phones"][0]["e164"][:3] == before["phones"][0]["e164"][:3]  # type: ignore[index]
        assert now["birth_date"][:4] == before["birth_date"][:4]  # type: ignore[index]
        assert now["name"] != before["name"]


def test_a_second_recording_gives_the_same_tokens(project: Callable[..., Path]) -> None:
    folder, _ = recorded(project)
    first = people(folder)
    recorded(project)
    assert people(folder) == first


def test_without_the_key_pages_still_follow_each_other(project: Callable[..., Path]) -> None:
    folder, _ = recorded(project)
    with_key = people(folder)
    (folder / ".bartack" / "scrub.key").unlink()
    assert people(folder) == with_key


def test_an_operator_may_keep_what_is_invented(project: Callable[..., Path]) -> None:
    folder, live = recorded(project, 'keep = { personal = "keep" }')
    assert people(folder) == live
    assert Cassette.load(folder / "people.yaml").about.personal == "kept"
    assert not (folder / ".bartack" / "scrub.key").exists()


def test_a_cassette_names_its_key_and_holds_no_part_of_it(project: Callable[..., Path]) -> None:
    folder, _ = recorded(project)
    key = ScrubKey((folder / ".bartack" / "scrub.key").read_text().strip())
    assert Cassette.load(folder / "people.yaml").about.personal == key.id
    assert key.id not in key.text


KEY = ScrubKey("a key for tests, 16+")
PERSONAL = Personal(Tokens(KEY))
URL = "https://crm.example/search"


def asked(address: str, limit: int = 10) -> RecordedRequest:
    body = {"filters": [{"propertyName": "email", "value": address}], "limit": limit}
    return RecordedRequest("POST", URL, (), json.dumps(body).encode())


def cassette(*addresses: str) -> Cassette:
    scrub = Scrubber((), PERSONAL)
    items = (Interaction(asked(one), RecordedResponse(200, "OK", (), one.encode())) for one in addresses)

    return Cassette("search.yaml", map(scrub.interaction, items), about=About(personal=KEY.id))


def answer_to(playback: Playback, address: str) -> str:
    return playback.answer(asked(address)).response.body.decode()


def test_a_search_by_a_personal_value_finds_its_own_answer() -> None:
    playback = Playback(cassette("zoe@gmx.de", "max@web.de"), Scrubber((), PERSONAL))
    token = Tokens(KEY)
    assert answer_to(playback, "max@web.de") == token.of("email", "max@web.de")
    assert answer_to(playback, "zoe@gmx.de") == token.of("email", "zoe@gmx.de")


def test_what_an_answer_gave_is_asked_for_as_it_is() -> None:
    playback = Playback(cassette("zoe@gmx.de", "max@web.de"), Scrubber((), PERSONAL))
    token = Tokens(KEY).of("email", "max@web.de")
    assert answer_to(playback, token) == token


def test_of_a_number_both_what_an_answer_gave_and_the_real_one_find_it() -> None:
    """Digits of a token are told from real ones with a chance only; a real number that looks like a token is found, too."""
    alike = Tokens(ScrubKey("another key for tests")).of("phone", "+49 221 9876543")
    for number in ("+49 221 9876543", alike):
        for question in (number, Tokens(KEY).of("phone", number)):
            playback = Playback(cassette(number, "+43 1 2345678"), Scrubber((), PERSONAL))
            assert answer_to(playback, question) == Tokens(KEY).of("phone", number)


def test_without_the_key_the_only_one_of_its_kind_is_the_answer() -> None:
    playback = Playback(cassette("zoe@gmx.de"), Scrubber())
    assert answer_to(playback, "zoe@gmx.de") == Tokens(KEY).of("email", "zoe@gmx.de")


def test_without_the_key_two_of_a_kind_are_a_miss_that_says_why_and_nothing_personal() -> None:
    playback = Playback(cassette("zoe@gmx.de", "max@web.de"), Scrubber())
    with pytest.raises(RecordingError, match=f"2 recordings differ .* need key {KEY.id}") as missed:
        answer_to(playback, "zoe@gmx.de")
    assert "BARTACK_SCRUB_KEY" in str(missed.value.next_step)
    assert "zoe" not in str(missed.value)


def test_without_the_key_nothing_else_may_differ() -> None:
    playback = Playback(cassette("zoe@gmx.de"), Scrubber())
    with pytest.raises(RecordingError, match="no recording"):
        playback.answer(asked("zoe@gmx.de", limit=99))


def test_another_key_is_as_none() -> None:
    other = Scrubber((), Personal(Tokens(ScrubKey("another key for tests"))))
    assert answer_to(Playback(cassette("zoe@gmx.de"), other), "zoe@gmx.de")
    with pytest.raises(RecordingError, match="personal values alone"):
        answer_to(Playback(cassette("zoe@gmx.de", "max@web.de"), other), "zoe@gmx.de")
