"""The review queue in the browser: what waits, by its causes and one by one, and one decision over many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast, get_args
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bartack.errors import ConfigError
from bartack.frontends.web.context import Context
from bartack.frontends.web.pages.asked import Form, deciding, looking
from bartack.frontends.web.pages.desk import AT_ONCE, Desk, Wish
from bartack.reviewing.causes import Cause
from bartack.store.rejects import RejectState

__all__ = ["routes"]

_STATES = get_args(RejectState)
_TRAIL = 200


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the queue as a whole."""

    def desk(request: Request) -> Desk:
        return Desk(context.hub, context.access(request))

    def queue(request: Request) -> Response:
        mine, wish = desk(request), _wish(request)
        causes = mine.causes()
        chosen = next((one for one in causes if one.key == wish.cause), None)
        if wish.cause is not None and chosen is None:
            return RedirectResponse("/review", 303)  # the last one of it was decided
        rejects, more = mine.rejects(wish)
        return context.page(
            request,
            "queue.html",
            causes=causes,
            chosen=chosen,
            rejects=rejects,
            wish=wish,
            states=_STATES,
            sources=[name for name in context.hub.sources if context.access(request).sees_source(name)],
            following=_address(wish, rejects[-1].number) if more else None,
            decides=mine.decides,
            at_once=AT_ONCE,
            decided=_decided(request, mine),
            problems=len(mine.problems()),
            names=[] if chosen is None else _names(context, chosen),
        )

    def trail(request: Request) -> Response:
        mine = desk(request)
        return context.page(
            request, "trail.html", entries=mine.history(limit=_TRAIL), most=_TRAIL, decides=mine.decides
        )

    def bulk(request: Request, form: Form) -> Response:
        mine = desk(request)
        cause = mine.cause(request.path_params["key"])
        until = max(form.numbers("until"), default=0)
        numbers = [one for one in cause.numbers if one <= until]
        done = mine.each(numbers, _deed(mine, form))
        left = len(numbers) - len(done.done) - len(done.refused)
        return context.page(
            request,
            "bulk.html",
            cause=cause,
            done=[one for one in done.done if one is not None],
            waiting=sum(one is None for one in done.done),
            refused=done.refused,
            left=left,
            undoable=form.get("action") != "retry",
            what=form.get("action"),
            status=200 if done.done or not done.refused else 409,
        )

    def undo(request: Request, form: Form) -> Response:
        mine = desk(request)
        note = form.get("note") or None
        done = mine.each(form.numbers("number"), lambda number: mine.undo(number, note))
        status = 200 if done.done or not done.refused else 409
        return context.page(request, "undone.html", done=done.done, refused=done.refused, status=status)

    return [
        Route("/review", looking(context, queue), name="queue"),
        Route("/review/history", looking(context, trail), name="trail"),
        Route("/review/undo", deciding(context, undo), methods=["POST"]),
        Route("/review/causes/{key}", deciding(context, bulk), methods=["POST"]),
    ]


def _deed(mine: Desk, form: Form) -> Callable[[int], Any]:
    """Return what is done to each of a group; it gives None for what waits still."""
    action, note, typed = form.get("action"), form.get("note") or None, form.below("field:")
    deeds: dict[str, Callable[[int], Any]] = {
        "accept": lambda number: mine.accept(number, note),
        "dismiss": lambda number: mine.dismiss(number, note),
        "correct": lambda number: mine.correct(number, typed, note),
        "retry": lambda number: number if mine.retry(number) else None,
    }
    if action not in deeds:
        raise ConfigError("nothing was decided", next_step="choose one of the buttons")
    if action == "correct" and not typed:
        raise ConfigError("no value was typed", next_step="type a value for a field, or dismiss")
    return deeds[action]


def _wish(request: Request) -> Wish:
    asked = {name: value for name, value in request.query_params.items() if value}
    state = asked.get("state", "waiting")
    after = asked.get("after", "")
    known = cast("RejectState | None", state if state in _STATES else None if state == "all" else "waiting")
    return Wish(
        asked.get("source"),
        asked.get("stream"),
        asked.get("cause"),
        known,
        int(after) if after.isdecimal() and len(after) < 19 else 0,
    )


def _address(wish: Wish, after: int) -> str:
    asked = {"source": wish.source, "stream": wish.stream, "cause": wish.cause, "state": wish.state or "all"}
    return "/review?" + urlencode({name: value for name, value in {**asked, "after": str(after)}.items() if value})


def _decided(request: Request, mine: Desk) -> Any:
    """Return what was done last over the reject that the address names, to be told on top of the page."""
    number = request.query_params.get("decided", "")
    if not number.isdecimal() or len(number) > 18:
        return None
    entries = mine.history(int(number))
    return entries[-1] if entries else None


def _names(context: Context, cause: Cause) -> list[str]:
    """Return the fields that have to be set so that what is wrong with a group has a value."""
    from bartack.mapping.corrections import to_set

    model = context.hub.contract(cause.contract)
    wrong = [fault.field for fault in cause.faults if "[]" not in fault.field]
    return list(dict.fromkeys(name for field in wrong for name in to_set(model, field)))
