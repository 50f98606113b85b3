"""The pages of the CRM connectors: their configurations are accepted, their tables say what the code declares."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
import yaml

from bartack import config
from bartack.hub import Hub
from bartack.mapping.loader import load

CONNECTORS = ("hubspot", "salesforce")


def page(connector: str) -> str:
    return (resources.files("bartack_connectors") / connector / "README.md").read_text(encoding="utf-8")


def blocks(connector: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page(connector), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("connector", CONNECTORS)
def test_configurations_of_the_page_are_accepted(connector: str, tmp_path: Path) -> None:
    found = blocks(connector, "toml")
    assert found
    for text in found:
        hub = Hub(config.parse(tomllib.loads(text), tmp_path))
        for name in hub.sources:
            assert hub.source(name).feeds()


@pytest.mark.parametrize("connector", CONNECTORS)
def test_the_table_of_streams_says_what_is_declared(connector: str, tmp_path: Path) -> None:
    told = set(re.findall(r"^\| (\w+) \| (\w+/\d) \| (recorded|live|documented) \|", page(connector), re.MULTILINE))
    hub = Hub(config.parse(tomllib.loads(blocks(connector, "toml")[0]), tmp_path))
    source = hub.source(hub.sources[0])
    assert told == {(feed.stream.name, feed.contract, feed.stream.evidence) for feed in source.feeds()}


@pytest.mark.parametrize("connector", CONNECTORS)
def test_every_mapping_says_in_its_first_line_what_it_maps_to(connector: str) -> None:
    for file in sorted((resources.files("bartack_connectors") / connector / "mappings").iterdir(), key=str):
        text = file.read_text(encoding="utf-8")
        contract = yaml.safe_load(text)["contract"]
        assert f"-> {contract}" in text.splitlines()[0], file.name
        assert load(text, file.name).mapping.custom, f"{file.name} does not keep what it does not read"
