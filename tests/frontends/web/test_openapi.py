"""The API against its own document: schemathesis asks what fits it and what does not, and checks what comes back."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance, unsupported_method

from bartack.frontends.web.openapi import document
from bartack.frontends.web.verbs import VERBS, Verb
from support.serving import Served

GIVEN = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
THERE: dict[str, Any] = {"contract": "person", "name": "person", "citation": "bartack://legacy/customers/00000101"}
"""What is there to ask for; a text made up by chance never names it."""

CONFIG = {"checks": {"negative_data_rejection": {"expected-statuses": ["400", "401", "404", "414", "422"]}}}


def strategy(verb: Verb, mode: schemathesis.GenerationMode) -> Any:
    schema = schemathesis.openapi.from_dict(document(), config=SchemathesisConfig.from_dict(CONFIG))
    return schema[verb.path][verb.method.upper()].as_strategy(generation_mode=mode)


def about_something(case: schemathesis.Case[Any]) -> None:
    """Let a question be about something that is there; it still fits the document."""
    asked = case.body if isinstance(case.body, dict) else case.query
    for name in set(asked or ()) & set(THERE):
        asked[name] = THERE[name]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_nothing_comes_back_that_the_document_does_not_describe(
    served: Served, verb: Verb, mode: schemathesis.GenerationMode
) -> None:
    statuses = set()
    with served.client() as client:

        @GIVEN
        @given(case=strategy(verb, mode))
        def ask(case: schemathesis.Case[Any]) -> None:
            if mode is schemathesis.GenerationMode.POSITIVE:
                about_something(case)
            # What fits the document need not name a field or a record that is there: then 422 or 404 is the right answer.
            excluded = [positive_data_acceptance, unsupported_method, ignored_auth]
            answer = case.call_and_validate(base_url=served.url, session=client, excluded_checks=excluded)
            statuses.add(answer.status_code)

        ask()
    assert mode is schemathesis.GenerationMode.NEGATIVE or 200 in statuses


def test_the_document_is_one_of_openapi_and_its_schemas_are_schemas() -> None:
    told = document()
    assert told["openapi"].startswith("3.1")
    for schema in told["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    operations = [one for path in told["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations) == len(VERBS)
    for one in operations:
        assert {"200", "401", "422", "429", "503"} <= set(one["responses"])
    references = _references(told)
    assert references
    for reference in references:
        found: Any = told
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()
