"""What is answered instead of what was asked for: problem details (RFC 9457), with what to do next."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bartack.errors import (
    AccessError,
    BartackError,
    ConflictError,
    RecordingError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    StoreError,
    WireError,
)
from bartack.frontends.web.lanes import BusyError
from bartack.service.failures import NotFoundError, QuestionError, told

__all__ = ["MEDIA_TYPE", "Problem", "failure", "problem", "status_of"]

MEDIA_TYPE: Final = "application/problem+json"

_STATUS: Mapping[type[BartackError], int] = MappingProxyType(
    {
        QuestionError: 422,
        NotFoundError: 404,
        ConflictError: 409,
        BusyError: 503,
        SourceUnavailableError: 503,
        StoreError: 503,
        AccessError: 502,
        SourceRefusedError: 502,
        SourceChangedError: 502,
        WireError: 502,
        RecordingError: 502,
    }
)
"""The first that fits counts; what is none of these is an error of Bartack or its configuration: 500."""

_USUAL_WAIT = 30.0


class Problem(BaseModel):
    """Why there is no answer, and what to do next (RFC 9457)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = Field(
        "about:blank", description="What kind: urn:bartack:problem:NotFoundError …; about:blank: its status."
    )
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What happened.")
    next_step: str | None = Field(None, description="What to do next.")
    retryable: bool | None = Field(None, description="Whether the same question may be answered later.")
    retry_after: float | None = Field(None, description="Seconds until then.")
    errors: tuple[dict[str, Any], ...] | None = Field(None, description="What is wrong where in the question.")


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """Return a problem; ``more``: further members of :class:`Problem`.

    ``detail`` and ``next_step`` are in Bartack's own words. ``retry_after`` becomes the header, too (RFC 9110, 10.2.3).
    """
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, **more)
    sent = dict(headers or {})
    if body.retry_after is not None:
        sent["Retry-After"] = str(max(1, math.ceil(body.retry_after)))
    text = json.dumps(body.model_dump(mode="json", exclude_none=True), ensure_ascii=False)
    return Response(text.encode("utf-8", "backslashreplace"), status, sent, media_type=MEDIA_TYPE)


def failure(error: BartackError) -> Response:
    """Return the problem that an error of the service is."""
    status, shown = status_of(error), told(error)
    wait = shown.retry_after if shown.retry_after is not None else _USUAL_WAIT if status == 503 else None
    return problem(
        status,
        shown.message,
        type=f"urn:bartack:problem:{shown.type}",
        next_step=shown.next_step,
        retryable=shown.retryable,
        retry_after=wait,
    )


def status_of(error: BartackError) -> int:
    """Return the status that an error is answered with."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
