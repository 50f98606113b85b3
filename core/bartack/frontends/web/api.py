"""The HTTP API: each verb of the service under its name, and the document that describes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bartack.errors import BartackError
from bartack.frontends.web.context import Context
from bartack.frontends.web.openapi import document, parameters
from bartack.frontends.web.problems import failure, problem
from bartack.frontends.web.questions import Question
from bartack.frontends.web.verbs import PREFIX, VERBS, Verb

__all__ = ["routes", "tagged"]


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the API."""
    described = json.dumps(document(), ensure_ascii=False).encode()

    async def openapi(request: Request) -> Response:
        return tagged(request, described)

    verbs = [Route(verb.path, _endpoint(context, verb), methods=[verb.method.upper()]) for verb in VERBS]
    return [*verbs, Route(f"{PREFIX}/openapi.json", openapi)]


def tagged(request: Request, body: bytes, media_type: str = "application/json") -> Response:
    """Return a body with its ETag; without the body where the client has it already (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if tag in known or known == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _endpoint(context: Context, verb: Verb) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        try:
            question = await _question(request, verb)
        except _UnusableError as error:
            return error.answer
        lane = context.lanes.slow if verb.asks or getattr(question, "live", False) else context.lanes.quick
        try:
            body = await lane(_asked, context, request, verb, question)
        except BartackError as error:
            return failure(error)
        return tagged(request, body) if verb.tagged else Response(body, media_type="application/json")

    return answer


def _asked(context: Context, request: Request, verb: Verb, question: Question) -> bytes:
    """Ask the service; return its answer as compact JSON."""
    ask = getattr(context.service(request), verb.name)
    fields = type(question).model_fields
    answer = ask(**{field.alias or name: getattr(question, name) for name, field in fields.items()})
    return str(answer.model_dump_json()).encode()


class _UnusableError(Exception):
    """A question that is none; ``answer`` says so."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


async def _question(request: Request, verb: Verb) -> Question:
    if verb.method == "post":
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise _UnusableError(problem(415, "the question is no JSON", next_step="send application/json"))
        text = await request.body()
    else:
        text = json.dumps(_from_query(request, verb.question)).encode()
    try:
        return verb.question.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise _UnusableError(_wrong(error)) from None


def _from_query(request: Request, model: type[Question]) -> dict[str, Any]:
    """Return a question that stands in a query string as the JSON it would be in a body."""
    found: dict[str, Any] = {}
    kinds = {name: one["type"] for name, one in parameters(model).items()}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        kind = kinds.get(name, "string")
        read = [_value(value, kind) for value in values]
        found[name] = read if kind == "array" or len(read) > 1 else read[0]
    return found


def _value(text: str, kind: str) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind == "integer" and text.isascii() and text.removeprefix("-").isdigit() and len(text) < 10:
        return int(text)
    return text


def _wrong(error: ValidationError) -> Response:
    """Say what is wrong where; the asker's own values are not repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in found):
        return problem(400, "the question is no JSON", next_step="send one JSON object")
    errors = tuple({"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in found[:20])
    return problem(422, "the question cannot be understood", next_step=f"see {PREFIX}/openapi.json", errors=errors)
