"""How failures of one source are waited out: how often, how long, and at whose expense."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeVar

from bartack.errors import BartackError
from bartack.policies import Limits
from bartack.resilience.budget import RetryBudget
from bartack.resilience.moments import spoken

if TYPE_CHECKING:
    from tenacity import RetryCallState

__all__ = ["Patience"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How a page is asked for again. One a source; its threads share the budget.

    Before the n-th retry a random time between 0 and the lesser of ``cap`` and ``base * 2**(n - 1)`` passes (full
    jitter), so that callers who failed together do not come back together. Where the source says how long to wait, it is
    that and up to a tenth more, never less; a wait over ``longest_wait`` is not slept: the error goes up and says when.
    Times are in seconds. ``uniform``: returns a random number between two.
    """

    attempts: int = 4
    longest_wait: float = 60.0
    base: float = 0.5
    cap: float = 30.0
    budget: RetryBudget = field(default_factory=RetryBudget)
    uniform: Callable[[float, float], float] = random.uniform

    @classmethod
    def of(cls, limits: Limits) -> Self:
        """Return the patience an operator decided on."""
        return cls(attempts=limits.attempts, longest_wait=limits.longest_wait.total_seconds())

    def call(
        self,
        ask: Callable[[], T],
        *,
        sleep: Callable[[float], None],
        before_sleep: Callable[[int, float, BartackError], None],
    ) -> T:
        """Return what ``ask`` returns, asked again while its errors may pass and the budget lasts.

        ``before_sleep`` is told the number of the attempt that failed, the seconds that are waited, and the error.

        Raises
        ------
        BartackError
            the last error; where the source said when to come back, its next step says so.
        """
        from tenacity import Retrying  # here, for it is needed when something is read, not when a source is prepared

        def error(state: RetryCallState) -> BaseException | None:
            return state.outcome.exception() if state.outcome is not None else None

        def told(state: RetryCallState) -> None:
            if isinstance(failure := error(state), BartackError):
                before_sleep(state.attempt_number, state.upcoming_sleep, failure)

        retrying = Retrying(
            retry=lambda state: self.is_worth_it(error(state)),
            wait=lambda state: self.wait(state.attempt_number, error(state)),
            stop=lambda state: state.attempt_number >= self.attempts or not self.budget.take(),
            before_sleep=told,
            sleep=sleep,
            reraise=True,
        )
        try:
            answer = retrying(ask)
        except BartackError as failure:
            if failure.next_step == type(failure).next_step and failure.retry_after is not None:  # only what is usual
                failure.next_step = f"try again in {spoken(failure.retry_after)}: that is what the source asks for"
            raise
        self.budget.deposit()
        return answer

    def is_worth_it(self, error: BaseException | None) -> bool:
        """Tell whether to wait for a failure to pass."""
        if not isinstance(error, BartackError) or not error.retryable:
            return False
        return error.retry_after is None or error.retry_after <= self.longest_wait

    def wait(self, attempt: int, error: BaseException | None) -> float:
        """Return the seconds to wait after the ``attempt``-th attempt (from 1 on) failed."""
        if isinstance(error, BartackError) and error.retry_after is not None:
            return min(error.retry_after * self.uniform(1.0, 1.1), self.longest_wait)
        return self.uniform(0.0, min(self.cap, self.longest_wait, self.base * 2.0 ** (attempt - 1)))
