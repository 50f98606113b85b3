"""Whatever a client sends is answered, or refused as a wrong question: never an error inside, never a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartack.service.access import Access
from bartack.service.failures import NotFoundError, QuestionError
from bartack.service.service import Service
from support.numbered import Estate, hub_of, numbered, person

texts = st.text(st.characters(exclude_categories=[]), max_size=20)
words = st.sampled_from(
    ["name.full", "emails.address", "emails", "updated_at", "custom.x", "kind", "name", "", "eq", "in", "gte"]
)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from(["2026-01-01T00:00:00Z", "1"])
)
conditions = st.dictionaries(
    words | texts,
    scalars
    | st.lists(scalars, max_size=3)
    | st.dictionaries(
        st.sampled_from("eq ne in gt gte lt lte prefix exists like".split()) | texts, scalars | st.lists(scalars)
    ),
    max_size=3,
)
questions = st.fixed_dictionaries(
    {},
    optional={
        "source": st.none() | st.just("crm") | texts | st.lists(texts | st.just("crm"), max_size=2),
        "where": st.none() | conditions,
        "limit": st.integers(-1, 120),
        "cursor": st.none() | texts,
        "max_age": st.none() | texts | st.sampled_from(["1h", "-1h", "nan", "1e400d", "٣h"]),
        "fields": st.none() | st.lists(words | texts, max_size=3),
        "detail": st.sampled_from(["concise", "full"]),
    },
)
citations = texts | st.builds("bartack://crm/people/{}".format, texts) | st.builds("crm/{}/00001".format, texts)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    rows = [person(number, email=f"p{number}@example.org") for number in range(1, 8)]
    with hub_of(numbered(people=Estate(rows)), tmp_path_factory.mktemp("any")) as hub:
        list(hub.sync())
        yield Service(hub, Access.local())


def answered(ask: Callable[..., Any], *words: Any, **wishes: Any) -> None:
    try:
        ask(*words, **wishes)
    except (QuestionError, NotFoundError) as error:
        told = error
    else:
        return
    assert told.next_step
    assert len(str(told)) < 2_000


ANY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(
    contract=st.just("person") | texts,
    question=questions,
    order=st.none() | texts | st.lists(words | texts, max_size=2),
)
def test_any_query(service: Service, contract: str, question: dict[str, Any], order: Any) -> None:
    answered(service.query, contract, order_by=order, **question)


@ANY
@given(
    text=texts | st.sampled_from(["person", '"person', "per* OR NEAR(", "name:x", "p1@example.org"]), question=questions
)
def test_any_search(service: Service, text: str, question: dict[str, Any]) -> None:
    answered(service.search, "person", text, **question)


@ANY
@given(citation=citations, fields=st.none() | st.lists(words | texts, max_size=2))
def test_any_citation(service: Service, citation: str, fields: Any) -> None:
    answered(service.get, citation, fields=fields)
    answered(service.explain, citation, fields=fields)


@ANY
@given(question=questions)
def test_any_changes(service: Service, question: dict[str, Any]) -> None:
    wishes = {name: question[name] for name in question.keys() - {"where", "max_age"}}
    answered(service.changes, **wishes)
