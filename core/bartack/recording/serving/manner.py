"""How a cassette is served: how fast, how late, and how often not at all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from types import MappingProxyType
from typing import Literal

from bartack.errors import ConfigError

__all__ = ["FAILURES", "Limiter", "Manner"]

FAILURES: Mapping[str, str] = MappingProxyType(
    {
        "429": "the answer is 429 Too Many Requests",
        "reset": "the connection is reset before an answer",
        "timeout": "no answer comes until the client gives up",
    }
)
"""What can be made of a share of the requests."""

_DIGITS = 4
_PLACES = 10**_DIGITS


@dataclass(frozen=True, slots=True)
class Manner:
    """The manners of a served cassette; without any it answers everything at once.

    Parameters
    ----------
    rate
        requests answered within a second at most; whatever comes above that gets 429, with ``Retry-After``.
    latency
        seconds until an answer begins; ``"recorded"``: as long as it took then.
    failing
        the shares, between 0 and 1, of the requests that fail: ``{"429": 0.05, "reset": 0.01}``; see :data:`FAILURES`. They are
        met exactly: 5 % are 5 of each hundred, 0.5 % are 5 of each thousand.
    seed
        which ones of them: the same numbers of requests fail each time.

    Raises
    ------
    ConfigError
        one of the values is outside its range.
    """

    rate: int | None = None
    latency: float | Literal["recorded"] = 0.0
    failing: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    seed: int = 0

    def __post_init__(self) -> None:
        if self.rate is not None and self.rate < 1:
            raise ConfigError("the rate is below 1 request a second", where="rate")
        if self.latency != "recorded" and not 0 <= self.latency <= 3600:
            raise ConfigError("the latency is no number of seconds between 0 and 3600", where="latency")
        for name, share in self.failing.items():
            if name not in FAILURES:
                step = f"one of {', '.join(FAILURES)}"
                raise ConfigError(f"{name!r} is no failure", where="failing", next_step=step)
            if not 0 <= share <= 1:
                raise ConfigError(f"{share} is no share between 0 and 1", where=f"failing.{name}")
        if sum(self.failing.values()) > 1:
            raise ConfigError("the shares that fail are more than all", where="failing")

    def failure(self, number: int) -> str | None:
        """Return how the ``number``-th request fails, ``None`` where it does not."""
        place, end = _place(self.seed, number - 1), 0.0
        for name, share in self.failing.items():
            end += share * _PLACES
            if place < round(end, 6):  # 0.07 * 10,000 is a little more than 700
                return name
        return None

    def wait(self, recorded: float | None) -> float:
        """Return the seconds until an answer begins which took ``recorded`` seconds then."""
        return (recorded or 0.0) if self.latency == "recorded" else self.latency


def _place(seed: int, number: int) -> int:
    """Return where a request stands in an order that the seed decides, below ``_PLACES``.

    The digits of its number are exchanged and turned round, the last one leading, so that each ten, hundred, thousand and
    ten thousand requests are spread evenly over all places (a scrambled radical inverse; Owen 1995).
    """
    place = 0
    for digit in range(_DIGITS):
        number, last = divmod(number, 10)
        place = 10 * place + _exchange(seed, digit, number)[last]
    return place


@lru_cache(maxsize=64)
def _exchange(seed: int, digit: int, block: int) -> list[int]:
    return Random(f"{seed}/{digit}/{block}").sample(range(10), 10)  # noqa: S311 - no secret, and the same each time


class Limiter:
    """Lets ``rate`` requests through within any second. Not safe from several threads by itself."""

    def __init__(self, rate: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._passed: deque[float] = deque(maxlen=rate)

    def passes(self) -> bool:
        """Tell whether the request that comes now may pass; one that may not does not count."""
        now = self._clock()
        if len(self._passed) == self._passed.maxlen and now - self._passed[0] < 1:
            return False
        self._passed.append(now)
        return True
