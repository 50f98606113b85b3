"""What is answered instead of what was asked for: problem details (RFC 9457), with what to do next."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

__all__ = ["MEDIA_TYPE", "problem"]

MEDIA_TYPE: Final = "application/problem+json"


def problem(
    status: int,
    detail: str,
    *,
    next_step: str | None = None,
    kind: str = "about:blank",
    retry_after: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem.

    ``detail`` and ``next_step`` are in Bartack's own words. ``retry_after`` in seconds becomes the header, too (RFC 9110
    10.2.3); ``kind`` is the problem's type.
    """
    body: dict[str, object] = {"type": kind, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if next_step is not None:
        body["next_step"] = next_step
    sent = dict(headers or {})
    if retry_after is not None:
        sent["Retry-After"] = str(max(1, math.ceil(retry_after)))
    return Response(json.dumps(body, ensure_ascii=False).encode(), status, sent, media_type=MEDIA_TYPE)
