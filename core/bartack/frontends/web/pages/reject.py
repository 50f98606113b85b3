"""One reject beside what was sent: what is wrong and why, what is proposed, and the decision over it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePath

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bartack.errors import BartackError, ConfigError, ConflictError
from bartack.frontends.web.context import Context
from bartack.frontends.web.pages.asked import Form, deciding, looking
from bartack.frontends.web.pages.desk import Desk
from bartack.frontends.web.pages.texts import prefilled
from bartack.frontends.web.pages.tree import lines_of
from bartack.mapping.corrections import to_set
from bartack.reviewing.case import Case
from bartack.reviewing.proposing import Proposal
from bartack_contracts import Issue, describe

__all__ = ["routes"]


@dataclass(frozen=True, slots=True)
class Remark:
    """An issue, ``file:line`` of its rule (the folder is nobody's business), and its raw value as JSON."""

    issue: Issue
    place: str | None
    raw: str | None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form: what stands in it, why that is proposed, and what else is."""

    name: str
    value: str
    why: str | None
    others: tuple[Proposal, ...]


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of single rejects."""

    def shown(request: Request) -> Response:
        return _page(context, request)

    def decide(request: Request, form: Form) -> Response:
        number, mine = request.path_params["number"], Desk(context.hub, context.access(request))
        try:
            waits = _decide(mine, number, form)
        except (ConflictError, ConfigError) as error:
            return _page(context, request, refused=error, typed=form)
        following = number if waits else mine.next(number)
        return RedirectResponse(
            f"/review/{following}?decided={number}" if following else f"/review?decided={number}", 303
        )

    def undo(request: Request, form: Form) -> Response:
        number = request.path_params["number"]
        try:
            Desk(context.hub, context.access(request)).undo(number, form.get("note") or None)
        except ConflictError as error:
            return _page(context, request, refused=error)
        return RedirectResponse(f"/review/{number}?decided={number}", 303)

    return [
        Route("/review/{number:int}", looking(context, shown), name="reject"),
        Route("/review/{number:int}/decide", deciding(context, decide), methods=["POST"]),
        Route("/review/{number:int}/undo", deciding(context, undo), methods=["POST"]),
    ]


def _decide(mine: Desk, number: int, form: Form) -> bool:
    """Do what a button says; return whether the reject waits still."""
    action, note = form.get("action"), form.get("note") or None
    if action == "dismiss":
        mine.dismiss(number, note)
    elif action == "retry":
        return not mine.retry(number)
    elif action == "correct":
        typed = form.below("field:")
        if form.get("more-field"):
            typed[form.get("more-field")] = form.get("more-value")
        mine.correct(number, typed, note)
    else:
        raise ConfigError("nothing was decided", next_step="choose one of the buttons")
    return False


def _page(
    context: Context, request: Request, *, refused: BartackError | None = None, typed: Form | None = None
) -> Response:
    mine = Desk(context.hub, context.access(request))
    case = mine.case(request.path_params["number"])
    status = 200 if refused is None else 409 if isinstance(refused, ConflictError) else 422
    causes = mine.causes()
    number = case.reject.number
    decided = request.query_params.get("decided", "")
    told = mine.history(int(decided)) if decided.isdecimal() and len(decided) < 19 else []
    return context.page(
        request,
        "reject.html",
        status=status,
        case=case,
        remarks=[_remark(*one) for one in zip(case.reject.issues, case.places, strict=True)],
        lines=lines_of(case.payload, case.reject.issues),
        cause=next((one for one in causes if number in one.numbers), None),
        fields=_fields(context, case, {} if typed is None else typed.below("field:")),
        known=[one.name for one in describe(context.hub.contract(case.reject.contract))],
        note="" if typed is None else typed.get("note"),
        more=("", "") if typed is None else (typed.get("more-field"), typed.get("more-value")),
        decides=mine.decides,
        waits=case.reject.state == "waiting",
        undoable=case.reject.state in ("fixed", "dismissed")
        and bool(case.history)
        and case.history[-1].action != "undo",
        decided=told[-1] if told else None,
        refused=refused,
        conflict=status == 409,
    )


def _remark(issue: Issue, place: str | None) -> Remark:
    return Remark(
        issue,
        None if place is None else PurePath(place).name,
        None if issue.raw is None else json.dumps(issue.raw, ensure_ascii=False),
    )


def _fields(context: Context, case: Case, typed: dict[str, str]) -> list[Field]:
    """Return the fields of the form: those that are wrong, each with what is proposed, or what was typed before."""
    model = context.hub.contract(case.reject.contract)
    wrong = [one.field for one in case.reject.issues if one.severity == "error" and one.field]
    names = dict.fromkeys([*(name for field in wrong for name in to_set(model, field)), *case.proposals.values, *typed])
    return [_field(name, case, typed) for name in names]


def _field(name: str, case: Case, typed: dict[str, str]) -> Field:
    proposed = [one for one in case.proposals.each if one.field == name]
    value = typed.get(name, prefilled(proposed[0].value) if proposed else "")
    return Field(name, value, proposed[0].why if proposed else None, tuple(proposed[1:]))
