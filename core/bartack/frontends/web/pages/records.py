"""Records: searched for, and one of them with where each of its fields comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bartack.errors import ConfigError
from bartack.frontends.web.context import Context
from bartack.frontends.web.pages.asked import looking
from bartack.frontends.web.pages.desk import Desk
from bartack.reading.explain import Explanation, masked_explanation
from bartack.reading.kept import explain_kept
from bartack.replica.links import Linked
from bartack.service.answers import RecordItem
from bartack.service.failures import NotFoundError
from bartack_contracts import Ref

__all__ = ["routes"]

_TITLES = ("name", "title", "subject", "number", "sku", "email")
_SHORT = 160


@dataclass(frozen=True, slots=True)
class Hit:
    """A record among others: its name, and some of its values."""

    record: RecordItem
    title: str
    brief: str


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of searching and of single records."""

    def search(request: Request) -> Response:
        asked, service = request.query_params, context.service(request)
        contracts = service.contracts().contracts
        contract, text = asked.get("contract", ""), asked.get("q", "").strip()
        if text.startswith("bartack://"):
            return RedirectResponse(f"/record?ref={quote(text, safe='')}", 303)
        if not contract and contracts:
            contract = max(contracts, key=lambda one: one.records).id
        answer = None
        if text and contract:
            answer = service.search(
                contract, text, source=asked.get("source") or None, cursor=asked.get("cursor") or None
            )
        elif contract and "contract" in asked:
            answer = service.query(contract, source=asked.get("source") or None, cursor=asked.get("cursor") or None)
        return context.page(
            request,
            "records.html",
            contracts=contracts,
            contract=contract,
            text=text,
            source=asked.get("source", ""),
            sources=[name for name in context.hub.sources if context.access(request).sees_source(name)],
            answer=answer,
            hits=[] if answer is None else [Hit(one, *_told(one)) for one in answer.records],
        )

    def record(request: Request) -> Response:
        answer = context.service(request).get(request.query_params.get("ref", ""))
        found = answer.record
        if found is None:
            raise NotFoundError("the record is too large to be shown", next_step="ask for some of its fields")
        ref = Ref.parse(found.citation)
        return context.page(
            request,
            "record.html",
            record=found,
            verdict=answer.verdict,
            ref=ref,
            title=_told(found)[0],
            linked=_linked(context, request, ref),
            problems=[one for one in Desk(context.hub, context.access(request)).problems() if one.ref == ref],
            explained=_explained(context, request, ref, found.contract),
            value=json.dumps(found.value, ensure_ascii=False, indent=2),
        )

    return [
        Route("/records", looking(context, search), name="records"),
        Route("/record", looking(context, record), name="record"),
    ]


def _explained(context: Context, request: Request, ref: Ref, contract: str) -> Explanation | None:
    """Return how each field came about, from the native row that is kept beside the record."""
    try:
        feeds = context.hub.source(ref.source).feeds(stream=ref.stream)
    except ConfigError:
        return None
    feed = next((one for one in feeds if one.contract == contract), None)
    found = None if feed is None else explain_kept(feed, context.hub.store, ref)
    return masked_explanation(found) if found is not None and context.access(request).mask else found


def _linked(context: Context, request: Request, ref: Ref) -> Linked:
    """Return the records of the same person or firm, of those that may be seen."""
    access = context.access(request)
    names = [name for name in context.hub.sources if access.sees_source(name)]
    found = context.hub.linked(ref, source=names, masked=access.mask)
    return replace(found, links=tuple(one for one in found.links if access.sees_contract(one.contract)))


def _told(record: RecordItem) -> tuple[str, str]:
    """Return the name of a record, and some more of it."""
    value = record.value
    title = next((text for name in _TITLES if (text := _text(value.get(name)))), record.citation.rpartition("/")[2])
    rest = [text for name, one in value.items() if name not in _TITLES and (text := _text(one))]
    return title[:_SHORT], " · ".join(rest)[:_SHORT]


def _text(value: Any) -> str:
    if isinstance(value, dict):
        parts = [
            _text(value.get(name)) for name in ("full", "address", "amount", "currency", "value", "name", "e164", "raw")
        ]
        return (
            next(filter(None, parts), "") if "amount" not in value else f"{value['amount']} {value.get('currency', '')}"
        )
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value[:3])))
    return "" if value is None or isinstance(value, bool) else str(value)
