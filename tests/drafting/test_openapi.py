"""A plugin drafted from an OpenAPI document: lists, keys, paging, log-in and changes are found as vendors write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartack.drafting.drafting import draft as drafted
from bartack.errors import BartackError, ConfigError
from bartack.frontends.cli import main
from bartack.registry import load
from bartack.sdk import (
    Basic,
    Bearer,
    CursorPaging,
    HeaderKey,
    LinkHeaderPaging,
    NextUrlPaging,
    NoPaging,
    OAuth2ClientCredentials,
    OAuth2Refresh,
    OffsetPaging,
    PagePaging,
    QueryKey,
    Runtime,
    Since,
    Size,
)
from bartack.testing import Answer, FaultServer
from support.drafting import draft, mapping, parses, rules

FABRIKAM = Path(__file__).parents[2] / "docs/new-connector/fabrikam.yaml"
PERSON = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "email": {"type": "string", "format": "email"},
        "email_verified": {"type": "boolean"},
        "modified": {"type": "string", "format": "date-time"},
    },
}
LIST = {"type": "array", "items": {"$ref": "#/components/schemas/Person"}}


def api(
    answer: Any = None, parameters: Any = (), headers: Any = None, path: str = "/people", **more: Any
) -> dict[str, Any]:
    """An API with one list."""
    response = {"description": "ok", "content": {"application/json": {"schema": answer or LIST}}}
    response |= {} if headers is None else {"headers": headers}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Contoso", "version": "1"},
        "servers": [{"url": "https://api.contoso.example/v1"}],
        "paths": {path: {"get": {"parameters": list(parameters), "responses": {"200": response}}}},
        "components": {"schemas": {"Person": PERSON}},
    } | more


def query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"} | schema}


def around(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"results": LIST} | properties}


def stream(tmp_path: Path, document: Any) -> Any:
    """The stream that is drafted of a document with one list."""
    return plugin(tmp_path, document).found[0].stream


def plugin(tmp_path: Path, document: Any) -> Any:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    return drafted("contoso", str(path), load(), Runtime())


# -- a whole description ----------------------------------------------------------------------------------------------


def test_a_description_in_yaml_becomes_a_plugin_that_reads_its_examples(tmp_path: Path, capsys: Any) -> None:
    told = draft(capsys, tmp_path / "x", "fabrikam", FABRIKAM)
    assert [(one["stream"], one["contract"], one["key"], one["paging"]) for one in told["streams"]] == [
        ("contacts", "person/1", "id", "cursor"),
        ("companies", "organization/1", "id", "offset"),
        ("invoices", "invoice/1", "id", "page"),
    ]
    assert told["remarks"] == [], "every example row becomes a record"
    assert [one["text"].partition(":")[0] for one in told["todos"]] == ["quota"]
    assert len(told["left_out"]) == 2
    parses(tmp_path / "x")


def test_fields_are_told_by_name_format_description_and_examples(tmp_path: Path, capsys: Any) -> None:
    draft(capsys, tmp_path / "x", "fabrikam", FABRIKAM)
    person, invoice = rules(tmp_path / "x", "contacts.yaml"), rules(tmp_path / "x", "invoices.yaml")
    assert person["birth_date"] == {"path": "geb", "use": "date"}, "by its description"
    assert person["organizations"]["each"][0]["fields"]["ref"] == {"ref": "organization/1", "id": "company_id"}
    assert person["addresses"]["each"][0]["fields"]["country_code"]["path"] == "address.country"
    assert invoice["total"] == {"path": "total.amount", "use": {"money": {"currency": {"path": "total.currency"}}}}
    assert invoice["status"]["values"]["odd"] == "unknown", "what no table knows is not invented"
    assert "manager" not in mapping(tmp_path / "x", "contacts.yaml"), "somebody else's name is not the person's"


# -- paging -----------------------------------------------------------------------------------------------------------

LIMIT = query("limit", type="integer", maximum=250)
PAGINGS: dict[str, tuple[Any, Any]] = {
    "cursor": (
        api(around(next_cursor={"type": "string"}), [query("cursor"), LIMIT]),
        CursorPaging("next_cursor", "cursor"),
    ),
    "nested cursor": (
        api(around(paging={"type": "object", "properties": {"next": {"type": "object", "properties": {"after": {"type": "string"}}}}}), [query("after")]),
        CursorPaging("paging.next.after", "after"),
    ),
    "page token": (api(around(nextPageToken={"type": "string"}), [query("pageToken")]), CursorPaging("nextPageToken", "pageToken")),
    "next page number": (api(around(next_page={"type": "integer"}), [query("page", type="integer")]), CursorPaging("next_page", "page")),
    "address": (api(around(next={"type": "string", "format": "uri"}), [query("page")]), NextUrlPaging("next")),
    "links": (api(around(links={"type": "object", "properties": {"next": {"type": "string"}}})), NextUrlPaging("links.next")),
    "OData": (api(around(**{"@odata.nextLink": {"type": "string"}}), [query("$top")]), NextUrlPaging("'@odata.nextLink'")),
    "link header": (api(headers={"Link": {"schema": {"type": "string"}}}, parameters=[query("page")]), LinkHeaderPaging()),
    "offset": (api(parameters=[query("offset", type="integer"), LIMIT]), OffsetPaging("offset", "limit", 250, most=250)),
    "skip": (api(parameters=[query("$skip", type="integer"), query("$top", type="integer")]), OffsetPaging("$skip", "$top", 100)),
    "page": (api(parameters=[query("page", type="integer"), query("per_page", type="integer")]), PagePaging("page")),
    "page from 0": (
        api(around(totalPages={"type": "integer"}), [query("page", type="integer", default=0)]),
        PagePaging("page", start=0, pages="totalPages"),
    ),
    "none": (api(), NoPaging()),
}  # fmt: skip


@pytest.mark.parametrize(("document", "paging"), PAGINGS.values(), ids=PAGINGS)
def test_paging_is_told_by_parameters_and_answers(tmp_path: Path, capsys: Any, document: Any, paging: Any) -> None:
    assert stream(tmp_path, document).paging == paging
    told = draft(capsys, tmp_path / "x", "contoso", tmp_path / "openapi.json")
    assert told["remarks"] == [], "the pages that were made up are read to their end"
    assert [one["text"] for one in told["todos"] if one["text"].startswith("paging")] == []


@pytest.mark.parametrize(
    "document",
    [
        api(around(has_more={"type": "boolean"}), [query("starting_after"), LIMIT]),
        api(around(), [LIMIT]),
        api(around(has_more={"type": "boolean"})),
    ],
    ids=["cursor without a place in the answer", "size alone", "more, and no way there"],
)
def test_a_paging_that_is_only_half_told_is_left_to_do(tmp_path: Path, document: Any) -> None:
    found = plugin(tmp_path, document)
    assert found.found[0].stream.paging == NoPaging()
    assert any(one.text.startswith("paging") for one in found.todos)


def test_page_sizes_totals_and_changes_are_found(tmp_path: Path) -> None:
    parameters = [query("pageSize", type="integer", default=20), query("page"), query("modified_since", type="integer")]
    found = stream(tmp_path, api(around(total_count={"type": "integer"}), parameters))
    assert (found.page_size, found.total) == (Size("pageSize", 20), "total_count")
    assert (found.since, found.changed) == (Since("modified_since", format="epoch"), "modified")


def test_a_required_parameter_is_filled_in_as_shown_or_left_to_do(tmp_path: Path) -> None:
    shown = query("tenant") | {"required": True, "example": "main"}
    assert stream(tmp_path, api(parameters=[shown])).params == {"tenant": "main"}
    found = plugin(tmp_path, api(parameters=[query("tenant") | {"required": True}]))
    assert any(one.text == "params: tenant: required, and no value is shown" for one in found.todos)


# -- who asks, and where ----------------------------------------------------------------------------------------------

URL = "https://login.contoso.example/token"
SCHEMES: dict[str, tuple[Any, Any]] = {
    "bearer": ({"type": "http", "scheme": "Bearer"}, Bearer("token")),
    "basic": ({"type": "http", "scheme": "basic"}, Basic("user", "password")),
    "header": ({"type": "apiKey", "in": "header", "name": "X-Api-Key"}, HeaderKey("X-Api-Key", "token")),
    "query": ({"type": "apiKey", "in": "query", "name": "api_key"}, QueryKey("api_key", "token")),
    "client": (
        {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": URL, "scopes": {}}}},
        OAuth2ClientCredentials(URL, scope="read"),
    ),
    "person": ({"type": "oauth2", "flows": {"authorizationCode": {"tokenUrl": "/token"}}}, OAuth2Refresh("/token")),
    "cookie": ({"type": "apiKey", "in": "cookie", "name": "session"}, None),
}


@pytest.mark.parametrize(("scheme", "auth"), SCHEMES.values(), ids=SCHEMES)
def test_who_asks_is_told_by_the_security_scheme(tmp_path: Path, capsys: Any, scheme: Any, auth: Any) -> None:
    document = api(security=[{"main": ["read"]}])
    document["components"]["securitySchemes"] = {"main": scheme}
    found = plugin(tmp_path, document)
    assert found.described.auth == auth
    assert any(one.text.startswith("auth") for one in found.todos) is (auth is None)
    told = draft(capsys, tmp_path / "x", "contoso", tmp_path / "openapi.json")
    assert told["remarks"] == [], "it logs in on trial, too"
    parses(tmp_path / "x")


def test_swagger_2_is_read_too(tmp_path: Path, capsys: Any) -> None:
    document = {
        "swagger": "2.0",
        "info": {"title": "Old", "version": "1"},
        "host": "api.contoso.example",
        "basePath": "/v1",
        "schemes": ["https"],
        "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "definitions": {"Person": PERSON},
        "paths": {
            "/people": {
                "get": {
                    "parameters": [{"name": "page", "in": "query", "type": "integer", "default": 1}],
                    "responses": {"200": {"schema": {"type": "array", "items": {"$ref": "#/definitions/Person"}}}},
                }
            }
        },
    }
    found = plugin(tmp_path, document)
    assert found.described.settings[0].default == "https://api.contoso.example/v1"
    assert (found.described.auth, found.found[0].stream.paging) == (HeaderKey("X-Key", "token"), PagePaging("page"))
    assert draft(capsys, tmp_path / "x", "contoso", tmp_path / "openapi.json")["remarks"] == []


def test_an_example_of_the_answer_is_what_is_recorded(tmp_path: Path, capsys: Any) -> None:
    document = api()
    media = document["paths"]["/people"]["get"]["responses"]["200"]["content"]["application/json"]
    media["example"] = [{"id": 4711, "name": "Grace Example", "email": "grace@example.org"}]
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    draft(capsys, tmp_path / "x", "contoso", tmp_path / "openapi.json")
    recorded = (tmp_path / "x/cassettes/contoso/people/example.yaml").read_text()
    assert '"id": 4711' in recorded
    assert "Grace" not in recorded, "what stands in a description may be somebody's real name"


def test_a_list_that_cannot_be_asked_for_is_left_out(tmp_path: Path, capsys: Any) -> None:
    document = api()
    document["paths"]["/old people"] = document["paths"]["/people"]
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    told = draft(capsys, tmp_path / "x", "contoso", tmp_path / "openapi.json")
    assert [one["stream"] for one in told["streams"]] == ["people"]
    assert "cannot be joined to base_url" in told["left_out"][0]


def test_a_description_is_fetched_from_its_address(tmp_path: Path, capsys: Any) -> None:
    with FaultServer(lambda _: Answer.json(api())) as server:
        told = draft(capsys, tmp_path / "x", "contoso", f"{server.url}/openapi.json")
    assert [one["stream"] for one in told["streams"]] == ["people"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x.json", "http://good@127.0.0.1/x", "http://127.1/x", "https://"])
def test_an_address_that_cannot_be_asked_is_a_typed_error(tmp_path: Path, capsys: Any, url: str) -> None:
    assert main(["new", "connector", "x", "--from", url, "--folder", str(tmp_path / "x")]) in (2, 3)
    assert "next step" in capsys.readouterr().err


# -- hostile ----------------------------------------------------------------------------------------------------------


def circle() -> dict[str, Any]:
    document = api()
    document["components"]["schemas"]["Person"] = {
        "allOf": [{"$ref": "#/components/schemas/Person"}, PERSON],
        "properties": {"boss": {"$ref": "#/components/schemas/Person"}},
    }
    return document


def test_schemas_that_contain_themselves_are_cut_off(tmp_path: Path) -> None:
    assert stream(tmp_path, circle()).key == "id"


def chain(*names: str) -> dict[str, Any]:
    document = api()
    document["components"]["schemas"] = {
        name: {"$ref": f"#/components/schemas/{other}"}
        for name, other in zip(names, names[1:] + names[:1], strict=True)
    }
    return document


WRONG: dict[str, tuple[Any, str]] = {
    "another document": (api(around(results={"$ref": "common.yaml#/People"})), "bundle the description"),
    "another host": (api({"$ref": "https://evil.example/x.json"}), "bundle the description"),
    "a circle of references": (chain("Person", "Other"), "circle"),
    "a reference to nothing": (api({"$ref": "#/components/schemas/None"}), "not there"),
    "no paths": (api(paths={}), "no GET operation"),
    "paths that are no object": (api(paths=[1]), "no GET operation"),
    "no lists": (api({"type": "object", "properties": {"ok": {"type": "boolean"}}}), "no GET operation"),
    "an unknown version": (api(openapi="4.0.0"), "not known"),
    "nothing of a contract": (
        api({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}, path="/x"),
        "no stream can be drafted",
    ),
}


@pytest.mark.parametrize(("document", "what"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_used_is_a_typed_error(tmp_path: Path, document: Any, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plugin(tmp_path, document)
    assert what in str(caught.value)
    assert caught.value.next_step


@pytest.mark.parametrize(
    "text",
    [
        "openapi: [",
        "openapi: 3.0.0\nopenapi: 3.0.0",
        "openapi: 3.0.0\n---\na: 1",
        "openapi: 3.0.0\npaths: " + "[" * 5_000,
        "openapi: 3.0.0\na: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)),
        "openapi: 3.0.0\na: &a [*a]",
        "openapi: !!python/object/apply:os.system ['true']",
        "openapi: 3.0.0\n? {a: b}\n: c",
        "",
    ],
    ids=["cut", "key twice", "two documents", "deep", "bomb", "itself", "tag", "odd key", "empty"],
)  # fmt: skip
def test_yaml_that_is_no_description_is_a_typed_error(tmp_path: Path, capsys: Any, text: str) -> None:
    (tmp_path / "api.yaml").write_text(text)
    status = main(["new", "connector", "x", "--from", str(tmp_path / "api.yaml"), "--folder", str(tmp_path / "x")])
    assert (status, "next step" in capsys.readouterr().err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["api.yaml"]


ODD = [
    '"""',
    "'",
    "\\",
    "a\nb",
    "\u2028",
    "${x}",
    "$x",
    "{x}",
    "class",
    "ä\u202eb",
    "\x00",
    "%s",
    "# TODO: x",
    "a: b",
    " ",
]


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_hostile_words_are_escaped_wherever_they_are_written(tmp_path: Path, capsys: Any, text: str) -> None:
    properties = {**PERSON["properties"], f"{text}_email": {"type": "string"}, text: {"description": text}}  # type: ignore[dict-item]
    item = {"type": "object", "properties": properties, "description": text}
    answer = {"type": "object", "properties": {text: {"type": "array", "items": item}, "next": {"type": "string"}}}
    parameters = [query(text) | {"required": True, "example": text}, query(f"cursor{text}"), query("cursor")]
    document = api(answer, parameters, path=f"/people/{text}")
    document |= {"info": {"title": text, "version": text}, "security": [{text: [text]}]}
    document["externalDocs"] = {"url": f"https://x.example/{text}"}
    document["paths"][f"/people/{text}"]["get"] |= {"summary": text, "operationId": text}
    document["components"]["securitySchemes"] = {text: {"type": "apiKey", "in": "query", "name": text}}
    (tmp_path / "api.json").write_text(json.dumps(document))
    status = main(
        ["new", "connector", "x", "--from", str(tmp_path / "api.json"), "--folder", str(tmp_path / "x"), "--json"]
    )
    out = capsys.readouterr().out
    if status == 0:
        parses(tmp_path / "x")
        assert not [one for one in json.loads(out)["new"]["todos"] if one["text"] == "x"]
    else:
        assert (status, json.loads(out)["error"]["type"]) == (2, "ConfigError")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "object", "array", "#", "#/paths", "query"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["$ref", "type", "items", "properties", "allOf", "oneOf", "enum", "name", "in", "schema", "get", "responses", "200", "content", "application/json", "example", "id", "email"]
    ), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(["paths", "components", "servers", "security", "info", "answer", "item"]), node=JSON)
def test_no_malformed_description_ends_otherwise_than_in_a_plugin_or_a_typed_error(
    tmp_path: Path, place: str, node: Any
) -> None:
    document = api()
    if place == "answer":
        document["paths"]["/people"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = node
    elif place == "item":
        document["components"]["schemas"]["Person"] = node
    else:
        document[place] = node
    try:
        found = plugin(tmp_path, document)
    except BartackError:
        return
    for name, text in found.files.items():
        if name.endswith(".py"):
            compile(text, name, "exec")
        elif name.endswith(".yaml"):
            yaml.safe_load(text)
