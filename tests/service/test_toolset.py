"""The questions as tools: declared strictly, answered as data whatever happens, and within the scope of a token."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bartack
from bartack.errors import ConfigError
from bartack.frontends.cli import main
from bartack.frontends.mcp.tools import tools_of
from bartack.hub import Hub, open_hub
from bartack.service.access import Access
from bartack.service.service import Service
from bartack.service.toolset import Toolset

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def hub(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The synced estate."""
    folder = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("toolset") / "estate"))
    with (folder / "bartack.toml").open("a") as config:
        config.write(
            '\n[serve.tokens.books]\ntoken = { env = "T" }\nsources = ["billing"]\ncontracts = ["invoice"]\nmask = true\n'
        )
    main(["sync", "--config", str(folder)])
    with open_hub(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def toolset(hub: Hub) -> Toolset:
    return bartack.tools(hub)


def called(toolset: Toolset, tool: str, **arguments: Any) -> Any:
    return json.loads(toolset.call(tool, json.dumps(arguments)))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for one in schema:
            yield from objects(one)


def test_every_schema_is_valid_and_strict_down_to_the_last_object(toolset: Toolset) -> None:
    for declared in toolset.openai_schemas():
        function = declared["function"]
        jsonschema.Draft202012Validator.check_schema(function["parameters"])
        assert function["strict"] is True
        assert 0 < len(function["description"]) < 1024
        for one in objects(function["parameters"]):
            assert one["additionalProperties"] is False
            assert set(one["required"]) == set(one["properties"])
        assert '"default"' not in json.dumps(function["parameters"])


def test_a_model_that_fills_every_property_with_null_asks_what_it_would_without_them(toolset: Toolset) -> None:
    properties = toolset.openai_schemas()[3]["function"]["parameters"]["properties"]
    full = dict.fromkeys(properties) | {"contract": "invoice"}
    filled, plain = (
        json.loads(toolset.call("bartack_query", full)),
        called(toolset, "bartack_query", contract="invoice"),
    )
    assert filled["records"] == plain["records"] != []


def test_conditions_are_those_of_a_query(toolset: Toolset, hub: Hub) -> None:
    where = [
        {"path": "total.amount", "operator": "gte", "value": "100.00"},
        {"path": "total.amount", "operator": "lt", "value": 5000},
        {"path": "status", "operator": "in", "value": ["open", "paid"]},
        {"path": "paid_at", "operator": "exists", "value": False},
    ]
    answer = called(toolset, "bartack_query", contract="invoice", where=where, order_by=["-total.amount"])
    same = {
        "total.amount": {"gte": "100.00", "lt": 5000},
        "status": {"in": ["open", "paid"]},
        "paid_at": {"exists": False},
    }
    expected = hub.query("invoice", where=same, order_by="-total.amount")
    assert [one["citation"] for one in answer["records"]] == [one.ref.uri for one in expected.records] != []
    twice = [{"path": "status", "operator": "ne", "value": one} for one in ("open", "paid")]
    assert "status: ne twice" in called(toolset, "bartack_query", contract="invoice", where=twice)["error"]["message"]


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("bartack_query", '{"contract": "invoice", "wher": []}', "bartack_query: wher: Extra inputs are not permitted"),
        ("bartack_query", '{"contract": "invoice"', "bartack_query: the arguments are no JSON object"),
        ("bartack_query", "[]", "bartack_query: the arguments are no JSON object"),
        ("bartack_search", '{"contract": "person"}', "bartack_search: text: Field required"),
        ("bartack_qery", "{}", "no tool 'bartack_qery'; did you mean 'bartack_query'?"),
        ("bartack_query", '{"contract": "persn"}', "no contract 'persn'; did you mean 'person'?"),
        ("bartack_get", '{"citation": "bartack://crm/parties/999"}', "no such record, or its source does not show it"),
    ],
)
def test_what_is_wrong_is_answered_with_a_next_step_and_never_raised(
    toolset: Toolset, tool: str, arguments: str, message: str
) -> None:
    error = json.loads(toolset.call(tool, arguments))["error"]
    assert error["message"] == message
    assert error["next_step"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tool=st.sampled_from(["bartack_query", "bartack_search", "bartack_get", "bartack_changes", "bartack_contracts"]),
       arguments=st.dictionaries(st.sampled_from(["contract", "text", "where", "limit", "citation", "cursor", "fields", "name"]),
                                 ANYTHING, max_size=4))  # fmt: skip
def test_whatever_a_model_sends_comes_back_as_data(toolset: Toolset, tool: str, arguments: dict[str, Any]) -> None:
    found = json.loads(toolset.call(tool, arguments))
    assert ("error" in found) != ("verdict" in found)


def test_a_token_bounds_what_the_tools_answer(hub: Hub) -> None:
    books = bartack.tools(hub, token="books")
    assert [one["name"] for one in called(books, "bartack_sources")["sources"]] == ["billing"]
    assert "error" in called(books, "bartack_query", contract="person")
    assert "error" in called(books, "bartack_get", citation="bartack://crm/parties/3")
    assert {one["citation"].split("/")[2] for one in called(books, "bartack_changes")["changes"]} == {"billing"}
    with pytest.raises(ConfigError, match="no token named 'book'; did you mean 'books'"):
        bartack.tools(hub, token="book")


def test_problems_are_reported_where_that_is_allowed(laid_out: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(laid_out, tmp_path / "estate"))
    with (folder / "bartack.toml").open("a") as config:
        config.write("\n[serve]\nreport = true\n")
    main(["sync", "billing", "--config", str(folder)])
    with open_hub(folder) as hub:
        toolset = bartack.tools(hub)
        told = called(
            toolset,
            "bartack_report",
            citation="bartack://billing/customers/101",
            problem="She moved.",
            field="addresses",
        )
        assert told["new"] is True
        (waiting,) = hub.review.problems.list()
        assert (waiting.id, waiting.words, waiting.field) == ("101", "She moved.", "addresses")
        assert "error" in called(toolset, "bartack_report", citation="bartack://billing/customers/101", problem="")
    with open_hub(laid_out) as plain:
        assert "bartack_report" not in bartack.tools(plain).tools


def test_answers_keep_to_the_budget(hub: Hub) -> None:
    small = bartack.tools(hub, budget=4000)
    told = small.call("bartack_query", {"contract": "person"})
    assert len(told) <= 4000
    assert json.loads(told)["truncated"] is True


def test_the_tools_are_those_of_the_mcp_server_in_the_same_words(hub: Hub, toolset: Toolset) -> None:
    served = {one.name: one.description for one in tools_of(Service(hub, Access.local()))}
    assert {name: one.about for name, one in toolset.tools.items()} == served


def test_functions_are_named_documented_and_annotated(toolset: Toolset) -> None:
    functions = toolset.functions()
    assert [one.__name__ for one in functions] == [*toolset.tools]
    assert all(one.__doc__ for one in functions)
    found = functions[2]("person", "zoë", limit=1)
    assert found["records"][0]["citation"].startswith("bartack://")


def test_many_threads_may_use_one_toolset(toolset: Toolset) -> None:
    answers: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(toolset.call("bartack_search", {"contract": "person", "text": "zoë"}))
        )
        for _ in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len({tuple(record["citation"] for record in json.loads(one)["records"]) for one in answers}) == 1
    assert len(answers) == 8
