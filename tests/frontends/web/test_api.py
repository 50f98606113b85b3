"""The HTTP API: the verbs of the service, their bodies, and what is said where there is no answer."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import pytest
import requests
from jsonschema import Draft202012Validator

from bartack.frontends.web.context import Context
from bartack.frontends.web.openapi import document
from bartack.frontends.web.verbs import VERBS, Verb
from bartack.hub import Hub
from bartack.service.service import Service
from support.serving import Served, serving

CRM_ONLY = "token-of-who-sees-crm"
ASKED: dict[str, dict[str, Any]] = {
    "sources": {},
    "contracts": {"name": "person", "schema": "true"},
    "search": {"contract": "person", "text": "zoe"},
    "query": {"contract": "person", "limit": 3, "order_by": ["-updated_at"]},
    "get": {"citation": "bartack://legacy/customers/00000101"},
    "explain": {"citation": "bartack://legacy/customers/00000101"},
    "report": {
        "citation": "bartack://legacy/customers/00000101",
        "problem": "the name is another one",
        "field": "name",
    },
    "changes": {"limit": "5"},
}


def ask(served: Served, verb: str, question: dict[str, Any], token: str = "token-of-the-operator") -> requests.Response:
    method = next(one.method for one in VERBS if one.name == verb)
    if method == "post":
        return served.post(f"/api/v1/{verb}", token, json=question)
    return served.get(f"/api/v1/{verb}", token, params=question)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_the_question_of_a_verb_is_its_signature(verb: Verb) -> None:
    asked = inspect.signature(getattr(Service, verb.name)).parameters
    told = {field.alias or name: field for name, field in verb.question.model_fields.items()}
    assert [name for name in asked if name != "self"] == list(told)
    for name, field in told.items():
        default = asked[name].default
        assert field.is_required() == (default is inspect.Parameter.empty)
        assert field.is_required() or field.default == default
    assert get_type_hints(getattr(Service, verb.name))["return"] is verb.answer


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_each_verb_answers_with_a_verdict_as_the_document_describes_it(served: Served, verb: Verb) -> None:
    answer = ask(served, verb.name, ASKED[verb.name])
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    described = served.get("/api/v1/openapi.json").json()
    assert described == document()
    schema = {"$ref": f"#/components/schemas/{verb.answer.__name__}", "components": described["components"]}
    Draft202012Validator(schema).validate(answer.json())
    assert answer.json()["verdict"]["completeness"] in ("complete", "limited", "partial")
    assert answer.json()["untrusted"] is True


def test_pages_of_a_query_follow_each_other_and_lose_nothing(served: Served) -> None:
    cited: list[str] = []
    question: dict[str, Any] = {"contract": "person", "limit": 4}
    while True:
        page = ask(served, "query", question).json()
        cited += [record["citation"] for record in page["records"]]
        if page["next_cursor"] is None:
            break
        question["cursor"] = page["next_cursor"]
    assert len(cited) == len(set(cited)) == page["total"]


def test_who_may_see_little_gets_little_and_it_is_masked(served: Served) -> None:
    names = [one["name"] for one in ask(served, "sources", {}, CRM_ONLY).json()["sources"]]
    assert names == ["crm"]
    hidden = ask(served, "get", {"citation": "bartack://legacy/customers/00000101"}, CRM_ONLY)
    absent = ask(served, "get", {"citation": "bartack://crm/parties/999999"}, CRM_ONLY)
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert ask(served, "query", {"contract": "invoice"}, CRM_ONLY).status_code == 422
    answer = ask(served, "query", {"contract": "person", "limit": 50}, CRM_ONLY)
    assert answer.json()["records"]
    assert "@example" not in answer.text.replace("***@example", "")


@pytest.mark.parametrize(
    ("path", "how", "status", "what"),
    [
        ("/api/v1/query", {"json": {"contract": "peson"}}, 422, "person"),
        ("/api/v1/query", {"json": {"contract": "person", "limt": 1}}, 422, "limt"),
        ("/api/v1/query", {"json": {"contract": "person", "limit": "1"}}, 422, "limit"),
        ("/api/v1/query", {"json": {"contract": "person", "limit": 101}}, 422, "limit"),
        ("/api/v1/query", {"json": {"contract": "person", "cursor": "mine"}}, 422, "cursor"),
        ("/api/v1/query", {"json": {"contract": "person", "where": {"nme": 1}}}, 422, "nme"),
        ("/api/v1/query", {"data": "{", "headers": {"Content-Type": "application/json"}}, 400, "JSON"),
        ("/api/v1/query", {"data": {"contract": "person"}}, 415, "application/json"),
        ("/api/v1/nothing", {"json": {}}, 404, ""),
        ("/api/v1/sources", {"json": {}}, 405, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_a_problem_with_a_next_step(
    served: Served, path: str, how: dict[str, Any], status: int, what: str
) -> None:
    answer = served.post(path, **how)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], bool(told["title"]), bool(told["detail"])) == (status, True, True)
    assert what in answer.text
    assert status in (404, 405) or told["next_step"]


@pytest.mark.parametrize(
    "query", ["limit=1&limit=2", "limit=x", "limit=%2B5", "detail=all", "sauce=crm", "source=", "cursor=%00"]
)
def test_a_query_string_is_read_as_strictly_as_a_body(served: Served, query: str) -> None:
    answer = served.get(f"/api/v1/changes?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_what_is_known_already_is_not_sent_again(served: Served) -> None:
    for path in ("/api/v1/openapi.json", "/api/v1/contracts?name=person"):
        first = served.get(path)
        again = served.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert served.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_problem_is_reported_by_who_may_and_waits_once(served: Served) -> None:
    told = {"citation": "bartack://legacy/customers/00000103", "problem": "moved to Köln"}
    assert served.post("/api/v1/report", "token-of-the-reader-1", json=told).status_code == 422
    first = served.post("/api/v1/report", json=told).json()
    again = served.post("/api/v1/report", json=told).json()
    assert (first["new"], again["new"], again["number"]) == (True, False, first["number"])


def test_an_error_inside_is_a_problem_that_tells_nothing_and_the_log_no_value(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    value = "zoe@example.org"

    def broken(*_: object) -> None:
        raise RuntimeError(value)  # a log quotes lines of code, and no values

    with serving(hub) as served:
        monkeypatch.setattr(Context, "service", broken)
        answer = served.get("/api/v1/sources")
        assert served.get("/healthz").status_code == 200
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert "RuntimeError" in caplog.text
    assert "test_api.py" in caplog.text
    for said in (answer.text, caplog.text, *capfd.readouterr()):
        assert value not in said
