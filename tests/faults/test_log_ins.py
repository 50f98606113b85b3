"""Tokens that expire, are revoked or refused in the middle of a read: one new log-in, or a typed end at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import AccessError
from bartack.testing import Answer, FaultServer, Nth, OnPage, Plan, Request, fault
from support.fault_driving import CALM, Ended, promises_of, read_at
from support.fault_subjects import SUBJECTS, Subject
from support.fault_table import Tally

(TOOL,) = [one for one in SUBJECTS if one.name == "http"]


def with_log_in() -> Subject:
    """Return the internal tool behind OAuth2: whoever has the latest token is let in."""
    numbers = count(1)
    valid: list[str] = []

    def answer(request: Request) -> Answer:
        if request.path == "/token":
            assert request.form["grant_type"] == "client_credentials"
            valid[:] = [f"token-of-the-tool-{next(numbers)}"]
            return Answer.json({"access_token": valid[0], "token_type": "Bearer", "expires_in": 3600})
        if request.headers.get("authorization") != f"Bearer {valid[0]}":
            return Answer.json({"message": "who are you?"}, status=401)
        return TOOL.answer(request)

    def settings(url: str, folder: Path) -> dict[str, Any]:
        secret = {"env": "TOKEN"}
        auth = {"kind": "client_credentials", "token_url": "/token"}
        return {**TOOL.settings(url, folder), "auth": auth, "token": None, "client_id": secret, "client_secret": secret}

    return replace(TOOL, name="http", answer=answer, settings=settings)


@pytest.fixture
def read(tally: Tally) -> Callable[[Plan], tuple[Ended, list[str]]]:
    """Read the tool behind its log-in while a plan is followed; return how that ended, and the paths that were asked."""

    def reading(plan: Plan) -> tuple[Ended, list[str]]:
        subject = with_log_in()
        with FaultServer(subject.answer, plan, shape=subject.shape) as server:
            ended = read_at(subject, server.url, **CALM)
        problems = promises_of(subject, ended)
        tally.count("http", "A", problems)
        assert problems == []
        return ended, [request.path for request in server.requests]

    return reading


@pytest.mark.parametrize("name", ["token_expired", "token_expired_challenge"])
def test_a_token_that_expires_during_a_read_is_renewed_once_and_the_page_asked_again(
    read: Callable[[Plan], tuple[Ended, list[str]]], name: str
) -> None:
    ended, asked = read(OnPage(fault(name), 2))
    assert (ended.completeness, len(ended.delivered)) == ("complete", 9)
    assert asked == ["/token", "/people", "/people", "/token", "/people", "/people"]


def test_a_token_that_is_never_accepted_ends_the_read_after_one_new_log_in(
    read: Callable[[Plan], tuple[Ended, list[str]]],
) -> None:
    ended, asked = read(OnPage(fault("token_expired"), 2, None))
    assert [type(error) for error in ended.errors] == [AccessError]
    assert (ended.completeness, len(ended.delivered)) == ("partial", 3)
    assert asked == ["/token", "/people", "/people", "/token", "/people"]


def test_revoked_credentials_are_told_at_once_and_not_tried_again(
    read: Callable[[Plan], tuple[Ended, list[str]]],
) -> None:
    ended, asked = read(Nth(fault("grant_revoked"), 1, None))
    assert [type(error) for error in ended.errors] == [AccessError]
    assert "revoked" not in str(ended.errors[0]) or "tok-example" not in str(ended.errors[0])
    assert (ended.completeness, asked) == ("failed", ["/token"])


@pytest.mark.parametrize("name", ["cl_fin_mid_body", "fin_before_response", "s503", "js_cut"])
def test_a_log_in_whose_answer_is_lost_on_the_way_is_asked_for_again(
    read: Callable[[Plan], tuple[Ended, list[str]]], name: str
) -> None:
    ended, asked = read(Nth(fault(name), 1))
    assert (ended.completeness, len(ended.delivered)) == ("complete", 9)
    assert asked.count("/token") == 2
