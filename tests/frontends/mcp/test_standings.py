"""Sources that are well, stale, held back, down and never synced, as a client sees them over stdio and over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bartack.frontends.mcp import asgi_app
from bartack.hub import Hub, open_hub
from bartack.policies import ServeSettings
from bartack.service.access import Access, Doors
from support.mcp_clients import asked, over_http, over_stdio, served
from support.standing_estate import INJECTION, standing_estate

Opened = Callable[[], AbstractAsyncContextManager[Any]]
TOKEN = "an-agent-that-may-report"


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return standing_estate(tmp_path_factory.mktemp("standings"))


@pytest.fixture(scope="module")
def hub(estate: Path) -> Iterator[Hub]:
    with open_hub(estate) as opened:
        yield opened


@pytest.fixture(scope="module")
def url(hub: Hub) -> Iterator[str]:
    with served(asgi_app(hub, Doors({TOKEN: Access("agent", "reporter")}))) as address:
        yield address


@pytest.fixture(scope="module", params=["stdio", "http"])
def opened(request: pytest.FixtureRequest, estate: Path, url: str) -> Opened:
    return (lambda: over_stdio(estate)) if request.param == "stdio" else (lambda: over_http(url, TOKEN))


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("bartack_sources", {}),
    *(("bartack_query", {"contract": "person", "source": [name], "limit": 100}) for name in ("good", "down", "held", "never", "broken")),
    ("bartack_search", {"contract": "person", "text": "person 7", "detail": "full"}),
    ("bartack_get", {"citation": "bartack://hostile/people/1"}),
    ("bartack_get", {"citation": "bartack://down/people/1", "live": True}),
    ("bartack_changes", {"source": ["hostile"], "detail": "full"}),
    ("bartack_explain", {"citation": "bartack://hostile/people/1"}),
]  # fmt: skip
FAILURES: list[tuple[str, dict[str, Any], str]] = [
    ("bartack_explain", {"citation": "bartack://down/people/1"}, "SourceChangedError"),
    ("bartack_get", {"citation": "bartack://never/people/1"}, "NotFoundError"),
    ("bartack_get", {"citation": "bartack://broken/people/1"}, "ConfigError"),
    ("bartack_get", {"citation": "../../etc/passwd"}, "NotFoundError"),
    ("bartack_query", {"contract": "person", "where": {"name.full": {"like": "%"}}}, "QuestionError"),
]


def test_every_state_of_a_source_is_answered_in_its_schema_or_by_a_typed_error(opened: Opened, estate: Path) -> None:
    async def story(client: Any) -> tuple[dict[str, Any], list[Any], list[Any]]:
        tools = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        good = [await client.call_tool(name, words) for name, words in CALLS]
        bad = [await client.call_tool(name, words) for name, words, _ in FAILURES]
        return tools, good, bad

    schemas, good, bad = asked(opened, story)
    for (name, _), result in zip(CALLS, good, strict=True):
        assert not result.is_error, result.content
        jsonschema.validate(result.structured_content, schemas[name])
        assert len(result.content[0].text) <= 20_000
    freshness = [result.structured_content["verdict"]["freshness"] for result in good]
    assert freshness == ["stale", "cached", "stale", "stale", None, None, "stale", "cached", "stale", "cached", "live"]
    for (_, _, kind), result in zip(FAILURES, bad, strict=True):
        told = json.loads(result.content[0].text)
        assert (result.is_error, told["type"]) == (True, kind)
        assert told["next_step"]
        assert str(estate) not in result.content[0].text
    hostile = good[7].structured_content
    assert hostile["record"]["value"]["custom"][0]["value"].startswith(INJECTION)
    assert hostile["record"]["altered"]
    assert not any("INSTRUCTIONS" in json.dumps(hostile[part]) for part in hostile if part != "record")


def test_what_is_asked_at_the_same_time_is_answered_each_for_itself(url: str) -> None:
    import anyio

    found: dict[int, Any] = {}

    async def story(client: Any) -> None:
        async def one(number: int) -> None:
            found[number] = await client.call_tool("bartack_get", {"citation": f"bartack://good/people/{number}"})

        async with anyio.create_task_group() as group:
            for number in range(1, 21):
                group.start_soon(one, number)

    asked(lambda: over_http(url, TOKEN), story)
    for number, result in found.items():
        assert result.structured_content["record"]["value"]["name"]["full"] == f"Person {number}"


def test_reports_are_taken_only_where_the_operator_says_so(hub: Hub, url: str) -> None:
    async def names(client: Any) -> list[str]:
        return [tool.name for tool in (await client.list_tools()).tools]

    async def report(client: Any) -> Any:
        tool = next(one for one in (await client.list_tools()).tools if one.name == "bartack_report")
        result = await client.call_tool(
            "bartack_report", {"citation": "bartack://good/people/5", "problem": "it bounces"}
        )
        jsonschema.validate(result.structured_content, tool.output_schema)
        return tool, result.structured_content

    assert "bartack_report" not in asked(lambda: over_http(url, TOKEN), names)
    before = hub.config
    hub.config = replace(before, serve=ServeSettings(report=True))
    try:
        with served(
            asgi_app(hub, Doors({TOKEN: Access("agent", "reporter"), f"{TOKEN}-not": Access("reader")}))
        ) as again:
            assert "bartack_report" not in asked(lambda: over_http(again, f"{TOKEN}-not"), names)
            tool, told = asked(lambda: over_http(again, TOKEN), report)
    finally:
        hub.config = before
    assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (False, False)
    assert [(one.number, one.who, one.words) for one in hub.review.problems.list()] == [
        (told["number"], "agent", "it bounces")
    ]
