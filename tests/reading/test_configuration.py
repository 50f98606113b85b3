"""What ``bartack.toml`` may say, and that no secret is ever shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bartack
from bartack import ConfigError, config
from bartack.settings import Secret


def opened(tmp_path: Path, text: str) -> Any:
    (tmp_path / "bartack.toml").write_text(text)
    return bartack.open(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[sources.x]\n", "needs a connector"),
        ("[source.x]\n", r"unknown table \[source\]"),
        ("[sources.x\n", "not TOML"),
        ('[sources."a/b"]\nconnector="http"\n', "must not contain '/'"),
        ("[plugins]\nallow = 1\n", "allow must be a list"),
        ('[sources.x]\nconnector="http"\noverrides = 1\n', "overrides are tables"),
    ],
)
def test_a_configuration_that_cannot_be_read_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        opened(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[sources.x]\nconnector="hubspt"\n', "did you mean 'hubspot'"),
        ('[sources.x]\nconnector="hubspot"\ntokn={env="T"}\n', "tokn: unknown setting; did you mean 'token'"),
        ('[sources.x]\nconnector="hubspot"\n', "token"),
        ('[sources.x]\nconnector="hubspot"\ntoken="pat-secret-123"\n', "secret written in clear"),
        ('[sources.x]\nconnector="hubspot"\ntoken={env="T"}\ndefault_zone="Berlin"\n', "no IANA time zone"),
        ('[sources.x]\nconnector="hubspot"\ntoken={env="T"}\n[sources.x.overrides.contact]\n', "did you mean 'contacts'"),
        ('[sources.x]\nconnector="http"\nbase_url="http://h"\n[sources.x.streams.s]\npath="/"\nrows="r"\nkey="id"\n'
         'mapping="m.yaml"\npaging={kind="cursr"}\n', "paging is a table with a kind"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_made_names_the_setting(tmp_path: Path, text: str, words: str) -> None:
    with opened(tmp_path, text) as hub, pytest.raises(ConfigError, match=words) as caught:
        hub.source("x").streams  # noqa: B018
    assert "pat-secret-123" not in str(caught.value)


def test_the_nearest_configuration_upwards_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bartack.toml").write_text('[sources.x]\nconnector="http"\n')
    (tmp_path / "deep/down").mkdir(parents=True)
    assert config.find(tmp_path / "deep/down") == tmp_path / "bartack.toml"
    monkeypatch.chdir(tmp_path / "deep")
    assert bartack.open().sources == ("x",)


def test_no_configuration_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="bartack init"):
        config.find(tmp_path)


def test_a_secret_never_shows_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    for secret, text in (
        (Secret("in-python"), "in-python"),
        (Secret.from_env("BARTACK_TEST_SECRET"), "from-the-environment"),
        (Secret.from_file(str(tmp_path / "key")), "from-a-file"),
    ):
        monkeypatch.setenv("BARTACK_TEST_SECRET", "from-the-environment")
        assert secret.reveal() == text
        assert text not in f"{secret!r} {secret}"
    with pytest.raises(ConfigError, match="export NOT_SET_ANYWHERE"):
        Secret.from_env("NOT_SET_ANYWHERE").reveal()


def test_a_sources_own_rules_are_used_and_explained(tmp_path: Path) -> None:
    (tmp_path / "bartack.toml").write_text(
        """[sources.crm]
connector = "hubspot"
token = { env = "T" }
default_region = "DE"
[sources.crm.overrides.contacts]
custom_fields = { tier = { path = "properties.tier", type = "integer", label = "Tier" } }
[sources.crm.overrides.contacts.fields]
birth_date = { path = "properties.geboren", use = { date = { format = "%d.%m.%Y" } } }
"""
    )
    body = b'{"results": [{"id": "7", "properties": {"lastname": "M", "geboren": "31.01.1970", "tier": "3", "phone": "030 901820"}}]}'
    with bartack.open(tmp_path) as hub:
        (record,) = hub.normalize("crm", "contacts", body).records
    assert str(record.value.birth_date) == "1970-01-31"
    assert record.value.phones[0].e164 == "+4930901820"
    assert [(one.key, one.value, one.label) for one in record.value.custom if one.key == "tier"] == [
        ("tier", 3, "Tier")
    ]


def test_the_files_of_bartacks_own_secrets_lie_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "token.txt").write_text("token-of-the-agent\n")
    (tmp_path / "here" / "url.txt").write_text("sqlite:///state.sqlite")
    monkeypatch.chdir(tmp_path)
    text = '[store]\nurl = { file = "url.txt" }\n[serve.tokens.agent]\ntoken = { file = "token.txt" }\n'
    with opened(tmp_path / "here", text) as hub:
        assert hub.reveal(hub.config.serve.tokens["agent"].token) == "token-of-the-agent"
        assert hub.store is not None
    assert (tmp_path / "here" / "state.sqlite").exists()
