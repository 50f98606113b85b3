"""How a page is asked for: work that blocks on a thread of its own, the fields of a form, and errors as pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from bartack.errors import AccessError, BartackError, ConfigError
from bartack.frontends.web.context import Context
from bartack.frontends.web.problems import status_of

__all__ = ["Endpoint", "Form", "deciding", "looking", "refusal"]

Endpoint = Callable[[Request], Awaitable[Response]]

_MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form that was sent, in order."""

    fields: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, body: bytes) -> Form:
        """Read what a browser sends. What is no form has no fields."""
        text = body.decode("utf-8", "replace")
        try:
            return cls(tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)))
        except ValueError:
            return cls(())

    def get(self, name: str) -> str:
        """Return the value of a field, trimmed; blank where there is none."""
        return next((value.strip() for key, value in self.fields if key == name), "")

    def numbers(self, name: str) -> list[int]:
        """Return the values of a field that stands there several times."""
        return [int(value) for key, value in self.fields if key == name and value.isdecimal() and len(value) < 19]

    def below(self, prefix: str) -> dict[str, str]:
        """Return the fields whose names begin so, without that, where somebody has typed something."""
        return {
            key.removeprefix(prefix): value for key, value in self.fields if key.startswith(prefix) and value.strip()
        }


def looking(context: Context, work: Callable[[Request], Response], *, asks: bool = False) -> Endpoint:
    """Return the endpoint of a page that is looked at; ``asks``: a source may be asked for it."""

    async def answer(request: Request) -> Response:
        lane = context.lanes.slow if asks else context.lanes.quick
        try:
            return await lane(work, request)
        except BartackError as error:
            return refusal(context, request, error)

    return answer


def deciding(context: Context, work: Callable[[Request, Form], Response]) -> Endpoint:
    """Return the endpoint of a form that changes something."""

    async def answer(request: Request) -> Response:
        form = Form.read(await request.body())
        try:
            return await context.lanes.quick(work, request, form)
        except BartackError as error:
            return refusal(context, request, error)

    return answer


def refusal(context: Context, request: Request, error: BartackError) -> Response:
    """Return the page of an error: what happened, and what to do next."""
    status = 403 if type(error) is AccessError else 422 if type(error) is ConfigError else status_of(error)
    return context.page(
        request,
        "refusal.html",
        status=status,
        title=HTTPStatus(status).phrase,
        message=error.message,
        next_step=error.next_step,
    )
