"""Errors as they may be shown to whoever asks: what happened and what to do next, in Bartack's own words only.

The errors of sources quote what the source said, addresses, statements and paths of this machine. That is for its operator. Who
asks over the network, often a model, gets the kind of the error, the source's name, and a next step they can take.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from types import MappingProxyType
from typing import Concatenate, ParamSpec, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    ConflictError,
    RecordingError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    StoreError,
    WireError,
)
from bartack.service.cleaning import one_line
from bartack_contracts.scalars import CONTRACT_ID

__all__ = [
    "BeginAnewError",
    "Failure",
    "NotFoundError",
    "QuestionError",
    "answering",
    "asking",
    "safe_reason",
    "told",
]

_log = logging.getLogger(__name__)

_ASK_LATER = "use what the replica has, or ask later"
_WORDS: Mapping[type[BartackError], tuple[str, str]] = MappingProxyType(
    {
        AccessError: ("the source refuses this question", "the operator must look at its credentials"),
        ConfigError: ("the source is not configured as it should be", "the operator must look: bartack check"),
        ConflictError: ("somebody else was faster", "look again, then decide"),
        RecordingError: ("the recording of the source has no answer to this", "use what the replica has"),
        SourceChangedError: ("the source answers in another form", "use what the replica has; tell the operator"),
        SourceRefusedError: ("the source answered with an error", "use what the replica has; tell the operator"),
        SourceUnavailableError: ("the source does not answer now", _ASK_LATER),
        StoreError: ("the replica cannot be read or written", "the operator must look: bartack status"),
        WireError: ("the answer of the source was damaged", _ASK_LATER),
    }
)
_NAMED = {kind.__name__: words for kind, (words, _) in _WORDS.items()}
_QUOTED = re.compile(r"\b(\w+Error|IncompleteRead): .*", re.DOTALL)


class Failure(BaseModel):
    """An error as plain data: the body of an HTTP answer, and the text of a tool's error."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_mode_override="serialization")

    type: str = Field(description="What kind: QuestionError, NotFoundError, SourceUnavailableError …")
    message: str
    retryable: bool = Field(description="Whether the same question may be answered later.")
    retry_after: float | None = Field(None, description="Seconds.")
    next_step: str | None = None


class QuestionError(ConfigError):
    """The question cannot be answered as it was put: no such name, or a wish that is none. Holds the asker's words only."""

    next_step = "correct the question"


class NotFoundError(AccessError):
    """What was asked for is not there, or not for who asks: the answer is the same."""

    next_step = "search for it; what was deleted is not returned"


class BeginAnewError(ConflictError):
    """A cursor is too old: what was followed by it has to be read again from the beginning."""

    next_step = "ask without a cursor, and drop what is not among the changes then"


@contextmanager
def asking() -> Iterator[None]:
    """Let a wrong question be told in the words of whoever found it wrong; an error about a file is its operator's."""
    try:
        yield
    except ConfigError as error:
        if error.where is not None and not re.fullmatch(CONTRACT_ID, error.where):
            raise
        raise QuestionError(one_line(error.message), next_step=error.next_step) from None
    except ConflictError as error:
        raise BeginAnewError(one_line(error.message)) from None


def told(error: BartackError) -> Failure:
    """Return an error that a verb of the service raised, as plain data."""
    return Failure(
        type=type(error).__name__,
        message=one_line(error.message),
        retryable=error.retryable,
        retry_after=error.retry_after,
        next_step=None if error.next_step is None else one_line(error.next_step),
    )


def safe_reason(reason: str) -> str:
    """Return a reason of a verdict without the words of the error it quotes: those may be the source's."""
    return one_line(_QUOTED.sub(lambda found: f"{found[1]}: {_NAMED.get(found[1], 'it failed')}", reason))


S = TypeVar("S")
P = ParamSpec("P")
A = TypeVar("A")


def answering(verb: Callable[Concatenate[S, P], A]) -> Callable[Concatenate[S, P], A]:
    """Let nothing but safe errors out of a verb; what was really wrong goes to the log, without values."""

    @wraps(verb)
    def answered(self: S, /, *args: P.args, **named: P.kwargs) -> A:
        try:
            return verb(self, *args, **named)
        except (QuestionError, NotFoundError, BeginAnewError):
            raise
        except BartackError as error:
            raise _shown(error) from None
        except Exception as error:
            frames = "".join(traceback.format_tb(error.__traceback__))
            _log.error("%s failed with %s\n%s", verb.__name__, type(error).__name__, frames)
            raise BartackError(
                "the question failed inside Bartack", next_step="tell the operator: see the log"
            ) from None

    return answered


def _shown(error: BartackError) -> BartackError:
    """Return an error of the same kind without the words of the one that happened."""
    _log.info("answered with %s", type(error).__name__)
    for kind, (words, step) in _WORDS.items():
        if isinstance(error, kind):
            return kind(words, next_step=step, retry_after=error.retry_after, retryable=error.retryable)
    return BartackError("not all of it could be read", next_step=_ASK_LATER, retryable=error.retryable)
