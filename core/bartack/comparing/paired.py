"""The same records on both sides: what was done to each value tells more than how all of them are distributed."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import localcontext
from functools import partial
from typing import Any, Literal, NamedTuple

from bartack.comparing.aspects import as_moment, as_number
from bartack.comparing.findings import Difference
from bartack.comparing.table import Pair
from bartack.drift.columns import Column, columns
from bartack.drift.odds import Share
from bartack.paths import Key, parse

__all__ = ["PAIRS", "done_to", "unchanged"]

PAIRS = 5
"""So many records of both sides show what was done."""

_NEARLY_ALL = 0.9
_STEP = 900
_FARTHEST = 14 * 3600
"""Offsets from UTC are multiples of a quarter of an hour, fourteen hours at most."""


class Change(NamedTuple):
    """What became of a value. ``name``: in words; two values of one name were treated alike."""

    kind: Literal["scale", "zone", "encoding", "length", "precision", "format"]
    name: str


def done_to(pair: Pair) -> Iterator[Difference]:
    """Yield what was done to the values of the records that both sides have, path by path."""
    if len(pair.common) < PAIRS:
        return
    before, after = columns([was for was, _ in pair.common]), columns([now for _, now in pair.common])
    yield from _lost(pair, before, after)
    for path in sorted(before.keys() & after.keys()):
        values = list(zip(before[path].values, after[path].values, strict=False))
        if len(before[path].values) != len(after[path].values):
            values = list(_by_record(pair, path))
        yield from _change(path, values)
        yield from _recoded(path, values)
    yield from _replaced(pair)


def _lost(pair: Pair, before: dict[str, Column], after: dict[str, Column]) -> Iterator[Difference]:
    """Yield what enough of the records had, and none of them has any more; and the name under which its values are now."""
    gone = {
        path
        for path in before
        if not path.endswith(("[]", "*")) and not (path in after and any(map(_is_filled, after[path].values)))
    }
    came = sorted(after.keys() - before.keys())
    for path in sorted(gone):
        had = sum(map(_is_filled, before[path].values))
        if had < PAIRS or before[path].within in gone:
            continue
        name = next((one for one in came if after[one].within == before[path].within and _same(pair, path, one)), None)
        yield Difference(
            "missing" if name is None else "renamed",
            path,
            was=path if name is not None else "sent",
            now=name if name is not None else "always empty" if path in after else "not sent",
            before=Share(had, len(pair.common)),
            after=Share(0, len(pair.common)),
            examples=(before[path].values[0], None if name is None else after[name].values[0]),
            other=name,
        )


def _same(pair: Pair, path: str, other: str) -> bool:
    """Say whether nearly all records that had a value at a path have it at another one now."""
    values = [(_below(was, path), _below(now, other)) for was, now in pair.common]
    had = [was == now for was, now in values if _is_filled(was)]
    return bool(sum(had) >= _NEARLY_ALL * len(had))


def _is_filled(value: Any) -> bool:
    return bool(value is not None and value not in ((), [], ""))


def unchanged(pair: Pair, path: str) -> bool:
    """Say whether enough records are on both sides, and all of them have the same values at and below a path."""
    same = filled = 0
    for was, now in pair.common:
        one, other = _below(was, path), _below(now, path)
        same += one == other
        filled += one not in (None, (), [], "")
    return filled >= PAIRS and same == len(pair.common)


def _below(value: Any, path: str) -> Any:
    steps = parse(path.replace("[]", "") or ".")
    return _at(value, [key for key in steps if isinstance(key, Key)])


def _at(value: Any, place: Sequence[str]) -> Any:
    for number, name in enumerate(place):
        if isinstance(value, list | tuple):
            return [_at(one, place[number:]) for one in value]
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _by_record(pair: Pair, path: str) -> Iterator[tuple[Any, Any]]:
    """Yield the values of the records that have just one at a path."""
    for was, now in pair.common:
        one, other = columns([was]).get(path), columns([now]).get(path)
        if one is not None and other is not None and len(one.values) == len(other.values) == 1:
            yield one.values[0], other.values[0]


def _change(path: str, values: Sequence[tuple[Any, Any]]) -> Iterator[Difference]:
    """Yield the one change that nearly all values went through that could."""
    for could, change in _CHANGES:
        able = [(was, now) for was, now in values if could(was) and now not in (None, "")]
        if change is _cut:  # what is short enough could not be cut off
            longest = max((len(now) for _, now in able if isinstance(now, str)), default=0)
            able = [(was, now) for was, now in able if len(was) > longest]
        if len(able) < PAIRS:
            continue
        made = [(change(was, now), was, now) for was, now in able]
        counted = Counter(one for one, _, _ in made if one is not None)
        done = sum(count for _, count in counted.most_common(2 if change is _shift else 1))
        if done < PAIRS or done < _NEARLY_ALL * len(able):
            continue
        best = counted.most_common(1)[0][0]
        was, now = next((was, now) for one, was, now in made if one == best)
        share = Share(done, len(able))
        yield Difference(best.kind, path, "as recorded", best.name, Share(0, len(able)), share, examples=(was, now))
        return


def _is_amount(value: Any) -> bool:
    return bool(as_number(value))


def _scale(was: Any, now: Any) -> Change | None:
    old, new = as_number(was), as_number(now)
    if not old or new is None or new == old:
        return None
    with localcontext(prec=3):  # of what was rounded on the way the ratio is not exact
        ratio = (new / old).normalize()
    if ratio == -1:
        return Change("scale", "the sign turned round")
    if not ratio or ratio == 1:
        return None
    with localcontext(prec=3):
        return Change("scale", f"times {ratio:f}" if abs(ratio) > 1 else f"divided by {(1 / ratio).normalize():f}")


def _is_moment(value: Any) -> bool:
    return as_moment(value) is not None


def _shift(was: Any, now: Any) -> Change | None:
    old, new = as_moment(was), as_moment(now)
    if old is None or new is None:
        return None
    if (old.tzinfo is None) != (new.tzinfo is None):
        had, has = ("an", "no") if new.tzinfo is None else ("no", "an")
        return Change("zone", f"{has} offset where there was {had} offset")
    seconds = (new - old).total_seconds()
    if not seconds or seconds % _STEP or abs(seconds) > _FARTHEST:
        return None
    return Change("zone", f"{seconds / 3600:+g} h")


def _is_foreign(value: Any) -> bool:
    return isinstance(value, str) and not value.isascii()


def _is_markup(value: Any) -> bool:
    return isinstance(value, str) and any(one in value for one in "&<>")


def _damaged(name: str, damage: Callable[[str], str], was: Any, now: Any) -> Change | None:
    return Change("encoding", name) if now == damage(was) != was else None


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()


_DAMAGES: dict[str, Callable[[str], str]] = {
    "UTF-8 read as Windows-1252": lambda text: text.encode().decode("cp1252", "replace"),
    "UTF-8 read as Latin-1": lambda text: text.encode().decode("latin-1"),
    "Windows-1252 read as UTF-8": lambda text: text.encode("cp1252", "replace").decode("utf-8", "replace"),
    "question marks for letters beyond ASCII": lambda text: text.encode("ascii", "replace").decode(),
    "letters beyond ASCII left out": _ascii,
}

_ESCAPES: dict[str, Callable[[str], str]] = {
    "escaped as HTML": html.escape,
    "escaped as HTML twice": lambda text: html.escape(html.escape(text)),
}


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > 1 and as_moment(value) is None


def _cut(was: Any, now: Any) -> Change | None:
    if not isinstance(now, str) or len(now) >= len(was) or not now or not was.startswith(now):
        return None
    return Change("length", f"cut off after {len(now)} characters")


def _is_day(value: Any) -> bool:
    day = _day(value)
    return day is not None and day[1] != day[2]


def _day(value: Any) -> tuple[str, str, str] | None:
    """Return a date's three numbers as they stand there: year first."""
    if not isinstance(value, str) or len(value) < 10:
        return None
    text = value[:10]
    for mark in "-/.":
        parts = text.split(mark)
        if len(parts) == 3 and all(part.isdigit() for part in parts):
            first, second, third = parts
            return (first, second, third) if len(first) == 4 else (third, first, second)
    return None


def _swapped(was: Any, now: Any) -> Change | None:
    old, new = _day(was), _day(now)
    if old is None or new is None or old == new or was[4:5] != (now[4:5] if isinstance(now, str) else None):
        return None
    return Change("format", "day and month changed places") if new == (old[0], old[2], old[1]) else None


def _is_fraction(value: Any) -> bool:
    number = as_number(value)
    return number is not None and number != number.to_integral_value()


def _rounded(was: Any, now: Any) -> Change | None:
    old, new = as_number(was), as_number(now)
    if old is None or new is None or abs(new - old) >= 1 or new != new.to_integral_value():
        return None
    return Change("precision", "whole numbers")


def _cleared(was: Any, now: Any) -> Change | None:
    old, new = as_moment(was), as_moment(now)
    if old is None or new is None or new != _midnight(old.replace(tzinfo=new.tzinfo)):
        return None
    return Change("precision", "days without a time")


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _has_time(value: Any) -> bool:
    moment = as_moment(value)
    return moment is not None and (moment.hour, moment.minute, moment.second) != (0, 0, 0)


_CHANGES: tuple[tuple[Callable[[Any], bool], Callable[[Any, Any], Change | None]], ...] = (
    (_is_fraction, _rounded),
    (_is_amount, _scale),
    (_has_time, _cleared),
    (_is_moment, _shift),
    (_is_day, _swapped),
    *((_is_foreign, partial(_damaged, name, damage)) for name, damage in _DAMAGES.items()),
    *((_is_markup, partial(_damaged, name, damage)) for name, damage in _ESCAPES.items()),
    (_is_long, _cut),
)
"""Who could have gone through a change, and what a value went through."""


def _recoded(path: str, values: Sequence[tuple[Any, Any]]) -> Iterator[Difference]:
    """Yield words that became others, each always the same other one, so that none is left of what it was."""
    words = [(was, now) for was, now in values if _is_word(was) and _is_word(now)]
    known = Counter(was for was, _ in words)
    if len(words) < PAIRS or len(known) > max(2, len(words) / 3):
        return
    became: dict[Any, Counter[Any]] = {}
    for was, now in words:
        became.setdefault(was, Counter())[now] += 1
    moved = {was: to.most_common(1)[0] for was, to in became.items() if to.most_common(1)[0][0] != was}
    moved = {was: best for was, best in moved.items() if best[1] >= _NEARLY_ALL * known[was]}
    count = sum(known[was] for was in moved)
    if count >= PAIRS and count >= _NEARLY_ALL * sum(known[was] for was in known if was in moved or known[was] == 1):
        was = max(moved, key=lambda one: (known[one], str(one)))
        share = Share(count, len(words))
        told = ("words of a short list", "each another word" if len(moved) > 1 else "another word")
        yield Difference("recoded", path, *told, Share(0, len(words)), share, examples=(was, moved[was][0]))


def _is_word(value: Any) -> bool:
    return isinstance(value, bool | int) or (isinstance(value, str) and 0 < len(value) <= 40)


def _replaced(pair: Pair) -> Iterator[Difference]:
    """Yield identities under which somebody else is found: nearly all that a record says is another."""
    others = 0
    for was, now in pair.common:
        old, new = columns([was]), columns([now])
        texts = [
            (old[path].values, new[path].values) for path in old.keys() & new.keys() if old[path].kinds <= {str, int}
        ]
        others += len(texts) >= 3 and sum(one != other for one, other in texts) >= 0.8 * len(texts)
    if others >= PAIRS and others >= 0.5 * len(pair.common):
        share = Share(others, len(pair.common))
        told = ("one record an identity", "another record under the same identity")
        yield Difference("identity", ".", *told, Share(0, len(pair.common)), share)
