"""What an error tells about itself."""

from __future__ import annotations

import pytest

from bartack.errors import AccessError, BartackError, ConfigError, SourceUnavailableError, WireError


@pytest.mark.parametrize(
    ("kind", "usual"), [(ConfigError, False), (AccessError, False), (SourceUnavailableError, True), (WireError, True)]
)
def test_an_error_may_know_better_than_its_class_whether_to_try_again(kind: type[BartackError], usual: bool) -> None:
    assert kind("so").retryable is usual
    assert kind("so", retryable=not usual).retryable is not usual
    assert kind("so").retryable is usual  # one error's knowledge is not the class's


@pytest.mark.parametrize("kind", BartackError.__subclasses__())
def test_every_error_says_what_to_do_next(kind: type[BartackError]) -> None:
    assert kind.next_step
    assert WireError("so").next_step == WireError.next_step
    assert WireError("so", next_step="do this").next_step == "do this"
