"""``bartack serve mcp`` as a client starts it, asked by the SDK's own client."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bartack.frontends.cli import main
from registry.test_plugins import distribution
from support.mcp_clients import asked, over_stdio

TOOLS = ["sources", "contracts", "search", "query", "get", "explain", "changes"]


def test_a_stranger_gets_cited_answers_that_fit_their_schemas(synced: Path) -> None:
    async def story(client: Any) -> dict[str, Any]:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        told: dict[str, Any] = {"tools": tools}
        for name, words in (
            ("bartack_sources", {}),
            ("bartack_contracts", {"name": "person"}),
            ("bartack_search", {"contract": "person", "text": "zoë"}),
            (
                "bartack_query",
                {"contract": "invoice", "where": {"total.amount": {"gte": "100"}}, "order_by": ["-issue_date"]},
            ),
            ("bartack_get", {"citation": "bartack://billing/invoices/R-2025/001"}),
            ("bartack_explain", {"citation": "bartack://legacy/customers/00000101"}),
            ("bartack_changes", {"contract": "invoice"}),
        ):
            result = await client.call_tool(name, words)
            assert not result.is_error, result.content
            assert json.loads(result.content[0].text) == result.structured_content
            jsonschema.validate(result.structured_content, tools[name].output_schema)
            told[name] = result.structured_content
        return told

    told = asked(lambda: over_stdio(synced), story)
    assert list(told["tools"]) == [f"bartack_{name}" for name in TOOLS]
    for tool in told["tools"].values():
        reads = tool.annotations
        assert (reads.read_only_hint, reads.destructive_hint, reads.idempotent_hint) == (True, False, True)
        assert tool.input_schema["additionalProperties"] is False
    assert told["bartack_search"]["records"][0]["citation"].startswith("bartack://")
    assert told["bartack_search"]["verdict"]["completeness"] == "complete"
    assert told["bartack_get"]["record"]["value"]["number"] == "R-2025/001"


def test_a_token_by_name_limits_what_is_seen(synced: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(synced, tmp_path / "estate"))
    with (folder / "bartack.toml").open("a") as file:
        file.write('\n[serve.tokens.shop]\ntoken = { env = "SHOP" }\nsources = ["billing"]\ncontracts = ["invoice"]\n')

    async def story(client: Any) -> tuple[Any, Any, list[str]]:
        sources = await client.call_tool("bartack_sources", {})
        hidden = await client.call_tool("bartack_query", {"contract": "person"})
        return sources, hidden, [str(one.uri) for one in (await client.list_resources()).resources]

    sources, hidden, resources = asked(lambda: over_stdio(folder, "--as", "shop"), story)
    assert [one["name"] for one in sources.structured_content["sources"]] == ["billing"]
    assert json.loads(hidden.content[0].text)["type"] == "QuestionError"
    assert resources == ["bartack://contracts/invoice@1"]


NOISY = '''
import os, sys
from bartack.sdk import Connector, Settings
from bartack.sdk import Page
from datetime import UTC, datetime

print("imported")

class Stream:
    name, mapping, key, evidence, incremental, one = "people", "people.yaml", "id", "live", False, None

    def pages(self, session, query):
        print("reading", flush=True)
        os.write(1, b"written below Python\\n")
        os.system("echo said by a child")
        yield Page([{"id": "1", "name": "Zoe"}], datetime.now(UTC), "people", total=1)

    def decode(self, body):
        raise NotImplementedError

class Session:
    def close(self): pass
    def __enter__(self): return self
    def __exit__(self, *_): return None

class Noisy(Connector):
    """Prints."""
    name, settings = "noisy", Settings
    def streams_of(self): return (Stream(),)
    def open(self, runtime):
        print("opened; what is typed here is", sys.stdin.read())
        return Session()
    def mapping_text(self, name, runtime):
        return "contract: person/1\\nfields:\\n  name.full: name\\n  kind: {const: contact}\\n", name
'''
NOISY_PLUGIN = """
from bartack.sdk import ConnectorCard, hookimpl

@hookimpl
def bartack_register_connectors(register):
    register(ConnectorCard("noisy", "bartack_noisy.connector:Noisy", "prints"))
"""


def test_a_connector_that_prints_does_not_disturb_the_protocol(tmp_path: Path) -> None:
    files = {
        "bartack_noisy/__init__.py": "",
        "bartack_noisy/plugin.py": NOISY_PLUGIN,
        "bartack_noisy/connector.py": NOISY,
    }
    distribution(tmp_path, "bartack-noisy", "noisy = bartack_noisy.plugin", files)
    (tmp_path / "bartack.toml").write_text('[plugins]\nallow = ["noisy"]\n[sources.loud]\nconnector = "noisy"\n')

    async def story(client: Any) -> Any:
        live = {"citation": "bartack://loud/people/1", "live": True}
        for _ in range(3):
            result = await client.call_tool("bartack_get", live)
        await client.call_tool("bartack_sources", {})
        return result

    result = asked(lambda: over_stdio(tmp_path, path=str(tmp_path)), story)
    assert not result.is_error, result.content
    assert result.structured_content["record"]["value"]["name"] == {"full": "Zoe"}
    assert result.structured_content["verdict"]["freshness"] == "live"


def test_a_token_that_is_not_there_is_told_before_anything_is_served(
    synced: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "mcp", "--config", str(synced), "--as", "nobody"]) == 2
    assert "no token named 'nobody'" in capsys.readouterr().err
