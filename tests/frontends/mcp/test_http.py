"""MCP over streamable HTTP: who may come in, by which name, and what they then see."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bartack.errors import ConfigError
from bartack.frontends.mcp import asgi_app
from bartack.hub import Hub, open_hub
from bartack.policies import ServeSettings
from bartack.service.access import Access, Doors
from support.mcp_clients import asked, over_http, served

READER, SHOP, CAREFUL = "a-reader-of-everything", "the-shop-sees-billing", "who-must-see-nobody"
SERVE = {
    "hosts": ["bartack.intra.example"],
    "tokens": {
        "reader": {"token": READER},
        "shop": {"token": SHOP, "sources": ["billing"], "contracts": ["invoice"]},
        "careful": {"token": CAREFUL, "mask": True},
    },
}


@pytest.fixture(scope="module")
def hub(synced: Path) -> Iterator[Hub]:
    with open_hub(synced) as opened:
        opened.config = replace(opened.config, serve=ServeSettings.model_validate(SERVE))
        yield opened


@pytest.fixture(scope="module")
def url(hub: Hub) -> Iterator[str]:
    with served(asgi_app(hub, Doors.of(hub, loopback=True))) as address:
        yield address


def posted(url: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Post by hand what no client would."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    content = json.dumps(body if body is not None else {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    connection.request("POST", place.path, content, sent)
    answer = connection.getresponse()
    told = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return told


def test_each_token_sees_what_is_its_own(url: str) -> None:
    async def look(client: Any) -> tuple[list[str], bool]:
        sources = (await client.call_tool("bartack_sources", {})).structured_content
        person = await client.call_tool("bartack_get", {"citation": "bartack://crm/parties/1"})
        return [one["name"] for one in (sources or {})["sources"]], person.is_error

    assert asked(lambda: over_http(url, READER), look) == (["crm", "billing", "legacy"], False)
    assert asked(lambda: over_http(url, SHOP), look) == (["billing"], True)


def test_citations_and_contracts_can_be_read_as_resources(url: str) -> None:
    async def story(client: Any) -> tuple[list[str], Any, Any]:
        listed = [str(one.uri) for one in (await client.list_resources()).resources]
        schema = await client.read_resource("bartack://contracts/person@1")
        record = await client.read_resource("bartack://billing/invoices/R-2025/001")
        return listed, json.loads(schema.contents[0].text), json.loads(record.contents[0].text)

    listed, schema, record = asked(lambda: over_http(url, READER), story)
    assert "bartack://contracts/invoice@1" in listed
    assert schema["$id"] == "urn:bartack:contract:person:1"
    assert record["record"]["citation"] == "bartack://billing/invoices/R-2025/001"


def test_an_argument_that_is_not_known_is_refused_and_not_dropped(url: str) -> None:
    async def story(client: Any) -> Any:
        return await client.call_tool("bartack_query", {"contract": "person", "filter": {"kind": "lead"}})

    result = asked(lambda: over_http(url, READER), story)
    assert result.is_error
    assert "filter" in result.content[0].text


def test_a_masked_token_is_answered_without_persons(url: str) -> None:
    async def find(client: Any) -> Any:
        found = await client.call_tool("bartack_query", {"contract": "person", "detail": "full"})
        return found.content[0].text

    told = asked(lambda: over_http(url, CAREFUL), find)
    assert "***" in told
    assert "Müller" not in told
    assert "@" not in told


def test_tokens_do_not_share_cursors_across_what_they_see(url: str) -> None:
    async def first(client: Any) -> str:
        page = await client.call_tool("bartack_query", {"contract": "person", "limit": 2})
        return str((page.structured_content or {})["next_cursor"])

    def with_cursor(cursor: str) -> Any:
        async def ask(client: Any) -> Any:
            return await client.call_tool("bartack_query", {"contract": "person", "limit": 2, "cursor": cursor})

        return ask

    cursor = asked(lambda: over_http(url, READER), first)
    assert not asked(lambda: over_http(url, READER), with_cursor(cursor)).is_error
    for token, given in ((CAREFUL, cursor), (READER, cursor[:-2] + "AA"), (READER, "")):
        result = asked(lambda token=token: over_http(url, token), with_cursor(given))  # type: ignore[misc]
        assert result.is_error
        assert json.loads(result.content[0].text)["type"] == "QuestionError"


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", f"Basic {READER}", f"Bearer {READER}x", "Bearer \xff" + READER]
)
def test_nobody_comes_in_without_a_token(url: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    status, told, body = posted(url, **headers)
    assert (status, told["www-authenticate"]) == (401, 'Bearer realm="bartack"')
    assert json.loads(body)["next_step"] == "send Authorization: Bearer TOKEN"


def test_a_name_or_a_page_of_somebody_else_is_refused_with_the_right_token(url: str) -> None:
    right = {"Authorization": f"Bearer {READER}"}
    assert posted(url, **right, Host="evil.example")[0] == 421
    assert posted(url, **right, Origin="https://evil.example")[0] == 403
    assert posted(url, **right, Host="bartack.intra.example")[0] < 400


def test_a_question_without_end_is_refused(url: str) -> None:
    right = {"Authorization": f"Bearer {READER}"}
    status, _, _ = posted(
        url, {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"x": "y" * 300_000}}, **right
    )
    assert status == 413


def test_without_tokens_only_this_machine_is_served(synced: Path) -> None:
    with open_hub(synced) as hub:
        assert Doors.of(hub, loopback=True).enter(None) == Access.local()
        with pytest.raises(ConfigError, match="without a token"):
            Doors.of(hub, loopback=False)


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ({"a": {"token": "short"}}, "at least 16"),
        ({"a": {"token": READER}, "b": {"token": READER}}, "the same token as a's"),
        ({"a": {"token": READER, "sources": ["bill"]}}, "did you mean 'billing'"),
        ({"a": {"token": READER, "contracts": ["invoices"]}}, "did you mean 'invoice'"),
        ({"a": {"token": {"env": "NOT_SET"}}}, "NOT_SET"),
    ],
)
def test_tokens_that_cannot_be_meant_so_are_refused_before_anybody_is_served(
    synced: Path, tokens: dict[str, Any], words: str
) -> None:
    with open_hub(synced) as hub:
        hub.config = replace(hub.config, serve=ServeSettings.model_validate({"tokens": tokens}))
        with pytest.raises(ConfigError) as caught:
            Doors.of(hub, loopback=True)
        assert words in str(caught.value)
        assert READER not in str(caught.value)
