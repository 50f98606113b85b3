"""Bodies that no vendor should send: values of the wrong kind in any place. Nothing crashes, and the sum stays right."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bartack import registry
from bartack.reading.offline import normalize_body
from bartack.reading.source import Feed, offline
from bartack.transports.base import Body, Runtime
from bartack_connectors.hubspot.properties import PROPERTIES
from bartack_connectors.salesforce.objects import OBJECTS

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)

SCALARS = st.sampled_from(
    [None, "", " ", "x", "a;b", "true", True, False, 0, -1, 1.5, 10**30, "1", "2026-01-01", "1e999", "\x00", "005A"]
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "value", "results", "a"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@cache
def feed(system: str, stream: str) -> Feed:
    plugins = registry.load({system})
    return offline(plugins.connector(system), system, plugins, Runtime(clock=lambda: NOW)).feeds(stream=stream)[0]


def check(system: str, stream: str, body: Any, rows: Any) -> None:
    outcome = normalize_body(feed(system, stream), Body(json.dumps(body).encode()), lambda: NOW)
    verdict = outcome.report.verdict
    silent = verdict.duplicates + verdict.tombstones + verdict.skipped
    assert len(outcome.items) + silent == verdict.rows
    assert outcome.error is not None or verdict.rows == len(rows)
    for item in outcome.items:
        assert item.model_dump_json()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_hubspot_values_of_any_kind(data: st.DataObject) -> None:
    stream = data.draw(st.sampled_from(sorted(PROPERTIES)))
    row = st.fixed_dictionaries(
        {},
        optional={
            "id": ANYTHING,
            "properties": st.fixed_dictionaries({}, optional=dict.fromkeys(PROPERTIES[stream].split(), ANYTHING))
            | ANYTHING,
            "associations": st.dictionaries(st.sampled_from(["contacts", "companies"]), ANYTHING, max_size=2)
            | ANYTHING,
            "archived": SCALARS,
            "createdAt": SCALARS,
            "vid": SCALARS,
        },
    )
    rows = data.draw(st.lists(row | ANYTHING, max_size=3))
    check("hubspot", stream, {"results": rows, "paging": data.draw(ANYTHING), "total": data.draw(ANYTHING)}, rows)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_salesforce_values_of_any_kind(data: st.DataObject) -> None:
    stream = data.draw(st.sampled_from(sorted(OBJECTS)))
    declared = OBJECTS[stream]
    lists = {
        name: ANYTHING | st.fixed_dictionaries({"records": ANYTHING, "done": SCALARS}) for name, _ in declared.nested
    }
    row = st.fixed_dictionaries(
        {},
        optional={
            "Id": ANYTHING,
            "attributes": ANYTHING | st.just({"type": stream, "url": f"/services/data/v60.0/sobjects/{stream}/000A"}),
            **dict.fromkeys(declared.fields.split(), ANYTHING),
            **lists,
        },
    )
    rows = data.draw(st.lists(row | ANYTHING, max_size=3))
    check("salesforce", stream, {"records": rows, "done": data.draw(SCALARS), "totalSize": data.draw(ANYTHING)}, rows)
