"""What a path holds: types, gaps, words, sizes, and each aspect of its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bartack.comparing.aspects import ASPECTS
from bartack.comparing.findings import Difference, Kind
from bartack.comparing.table import Pair
from bartack.drift.alarms import Alarm
from bartack.drift.contents import changed_contents
from bartack.drift.facts import Facts, PathFacts
from bartack.drift.measures import TYPE_NAMES, kind_of
from bartack.drift.odds import FEWEST, Share, ratio, rise

__all__ = ["changed"]

_KINDS: dict[str, Kind] = {
    "changed_type": "type",
    "null_rate": "empty",
    "scale": "scale",
    "encoding": "encoding",
    "new_code": "values",
}
_POINTS = 0.15
"""By so much a class of values must gain: two recordings differ a little in everything."""

_TIMES = 5
"""So many times as large, or as small, are numbers of another size."""

_VANISHED = 0.2
"""So frequent is a word that is missed."""

_MOSTLY = 0.5
"""Where so many words are new, the list is another one."""

_FEW_VALUES = 10


def changed(pair: Pair) -> Iterator[Difference]:
    """Yield the differences at paths that both sides have."""
    typed: set[str] = set()
    coded: set[str] = set()
    known = pair.baseline.paths()
    for alarm in changed_contents(pair.facts, pair.baseline, known, full=True):
        if alarm.kind == "scale" and not _moved(alarm.path or "", pair.facts, known):
            continue
        if alarm.kind == "changed_type":
            typed.add(alarm.path or "")
        if alarm.kind == "new_code":
            coded.add(alarm.path or "")
        yield _told(alarm, pair)
    for path in sorted(pair.before.evidence.keys() & pair.after.evidence.keys()):
        before, after = pair.before.evidence[path].values, pair.after.evidence[path].values
        flipped = path in typed
        if not flipped:
            thin = list(_thin("type", path, before, after, _kind))
            yield from thin
            flipped = bool(thin)
        for kind, aspect in ASPECTS:
            if not flipped or aspect.__name__ == "_form":
                yield from _aspect(kind, path, before, after, aspect)
        if not flipped:
            yield from _cut(path, before, after)
            yield from _constant(path, before, after)
            if path not in coded:
                yield from _vocabulary(path, before, after)


def _moved(path: str, facts: Facts, known: dict[str, PathFacts]) -> bool:
    """Say whether numbers are of another size also beside all those of before: windows of few rows have fewer numbers yet."""
    return ratio(facts.paths[path].numbers, [known[path].numbers], least=_TIMES) is not None


def _told(alarm: Alarm, pair: Pair) -> Difference:
    """Turn an alarm of the sync's gate into a difference, with its evidence."""
    path = alarm.path or ""
    before, after = _parts(alarm, path, pair)
    values = pair.after.columns[path].values
    example = _example(alarm, values, pair.before.columns[path].values)
    coded = alarm.kind == "new_code"  # whose words are told as an example only: they may be about a person
    return Difference(
        "recoded" if coded and after.rate >= _MOSTLY else _KINDS[alarm.kind],
        path,
        alarm.was,
        f"words that were never there before in {after.rate:.1%}" if coded else alarm.now,
        before,
        after,
        examples=example,
    )


def _parts(alarm: Alarm, path: str, pair: Pair) -> tuple[Share, Share]:
    now = pair.facts.paths[path]
    known = [window.paths[path] for window in pair.baseline.windows if path in window.paths]
    if alarm.kind == "null_rate":
        around = sum(window.around(path, now.within) for window in pair.baseline.windows)
        could = pair.facts.around(path, now.within)
        return Share(max(0, around - sum(one.filled for one in known)), around), Share(
            max(0, could - now.filled), could
        )
    if alarm.kind == "changed_type":
        name = alarm.now.partition(" ")[0]
        return _share(known, lambda one: one.kinds[name]), Share(now.kinds[name], now.kinds.total())
    if alarm.kind == "encoding":
        mark = "mojibake" if now.texts["mojibake"] else "non_ascii"
        return _share(known, lambda one: one.texts[mark]), Share(now.texts[mark], now.texts["texts"])
    if alarm.kind == "new_code":
        seen = set().union(*(one.codes or () for one in known))
        new = sum(count for word, count in (now.codes or Counter()).items() if word not in seen)
        return Share(0, sum(one.filled for one in known)), Share(new, now.filled)
    return Share(0, sum(one.filled for one in known)), Share(now.filled, now.filled)


def _share(known: Sequence[PathFacts], part: Callable[[PathFacts], int]) -> Share:
    return Share(sum(map(part, known)), sum(one.filled for one in known))


def _example(alarm: Alarm, values: Sequence[Any], before: Sequence[Any]) -> tuple[Any, ...]:
    """Return a value of before, and one of after that shows the difference."""
    was = next((one for one in before if one not in (None, "")), None)
    if alarm.kind == "null_rate":
        return was, None
    filled = [one for one in values if one not in (None, "")]
    if alarm.kind == "changed_type":
        name = alarm.now.partition(" ")[0]
        return was, next((one for one in filled if _kind(one) == name), None)
    if alarm.kind == "new_code":
        seen = {one for one in before if isinstance(one, str | int)}
        return was, next((one for one in filled if isinstance(one, str | int) and one not in seen), None)
    if alarm.kind == "encoding":
        return was, next((one for one in filled if isinstance(one, str) and not one.isascii()), filled[0])
    return was, filled[0] if filled else None


def _kind(value: Any) -> str | None:
    return None if isinstance(value, str) and not value.strip() else kind_of(TYPE_NAMES.get(type(value), "other"))


def _aspect(
    kind: Any, path: str, before: Sequence[Any], after: Sequence[Any], aspect: Callable[[Any], str | None]
) -> Iterator[Difference]:
    """Yield a class of values that most of what is new is of: the one that gained most."""
    counted, now = _counted(aspect, before), _counted(aspect, after)
    gained = []
    for name in sorted(now):
        risen = rise(
            Share(now[name], now.total()), [Share(counted[name], counted.total())], least=_POINTS, gross=_POINTS
        )
        if risen is not None:
            gained.append((risen.now - risen.was, name))
    if not gained:
        if kind in ("format", "zone") and aspect.__name__ not in ("_case", "_padded"):
            yield from _thin(kind, path, before, after, aspect)
        return
    name = max(gained)[1]
    usual = max(sorted(counted), key=lambda one: counted[one] / counted.total() - now[one] / now.total())
    yield Difference(
        kind,
        path,
        was=usual,
        now=name,
        before=Share(counted[name], counted.total()),
        after=Share(now[name], now.total()),
        examples=(_of(aspect, before, usual), _of(aspect, after, name)),
    )


def _thin(
    kind: Any, path: str, before: Sequence[Any], after: Sequence[Any], aspect: Callable[[Any], str | None]
) -> Iterator[Difference]:
    """Yield the change of a few values, each of which was of one class, and is of another now."""
    counted, now = _counted(aspect, before), _counted(aspect, after)
    few = min(counted.total(), now.total())
    if not few or len(counted) != 1 or len(now) != 1 or counted.keys() == now.keys() or few > _FEW_VALUES:
        return
    (was,), (name,) = counted, now
    yield Difference(
        kind,
        path,
        was=was,
        now=name,
        before=Share(0, counted.total()),
        after=Share(now.total(), now.total()),
        strength="thin" if few >= FEWEST else "few",
        examples=(_of(aspect, before, was), _of(aspect, after, name)),
    )


def _counted(aspect: Callable[[Any], str | None], values: Sequence[Any]) -> Counter[str]:
    return Counter(filter(None, (aspect(one) for one in values if one is not None and one != "")))


def _of(aspect: Callable[[Any], str | None], values: Sequence[Any], name: str) -> Any:
    return next((one for one in values if one is not None and aspect(one) == name), None)


def _cut(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    """Yield texts that end at a length which others went beyond: as if a column had become narrower."""
    texts, now = [one for one in before if isinstance(one, str)], [one for one in after if isinstance(one, str)]
    if not now or not texts:
        return
    longest = max(map(len, now))
    longer = sum(len(one) > longest for one in texts)
    at_end = Share(sum(len(one) == longest for one in now), len(now))
    risen = rise(at_end, [Share(sum(len(one) == longest for one in texts), len(texts))], least=0.1, gross=0.1)
    whole = {one for one in texts if len(one) > longest}
    cut = [any(one.startswith(text) for one in whole) for text in {one for one in now if len(one) == longest}]
    if len(set(texts)) <= len(texts) / 4 and sum(cut) < len(cut) / 2:
        return  # a short list, of other words
    if longer and risen is not None and longer >= 0.1 * len(texts) and len(set(map(len, texts))) > 2:
        yield Difference(
            "length",
            path,
            was=f"up to {max(map(len, texts))} characters",
            now=f"never more than {longest}",
            before=Share(len(texts) - longer, len(texts)),
            after=Share(len(now), len(now)),
            examples=(max(texts, key=len), max(now, key=len)),
        )


def _constant(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    """Yield one value everywhere, where there were many."""
    was, now = _scalars(before), _scalars(after)
    if len(set(now)) == 1 and len(now) >= _FEW_VALUES and len(set(was)) >= max(3, 0.3 * len(was)):
        yield Difference(
            "constant",
            path,
            was=f"{len(set(was))} different values",
            now="one value everywhere",
            before=Share(was.count(now[0]), len(was)),
            after=Share(len(now), len(now)),
            examples=(was[0], now[0]),
        )


def _vocabulary(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    """Yield words of a short list that are new, or gone: more than a list that is still growing would bring."""
    was, now = Counter(_scalars(before)), Counter(_scalars(after))
    if not now or not was.total() >= _FEW_VALUES or len(was) > was.total() / 4:
        return
    rare = sum(count == 1 for count in was.values())
    new = {word: count for word, count in now.items() if word not in was}
    risen = rise(Share(sum(new.values()), now.total()), [Share(rare, was.total())], least=_POINTS, gross=_POINTS)
    gone = max(was.keys() - now.keys(), key=lambda word: (was[word], str(word)), default=None)
    if risen is not None:
        word = max(new, key=lambda one: (new[one], str(one)))
        share = Share(sum(new.values()), now.total())
        told = (f"{len(was)} different values", f"{len(new)} that were never there before")
        kind: Kind = "recoded" if share.rate >= _MOSTLY else "values"
        yield Difference(kind, path, *told, Share(0, was.total()), share, examples=(was.most_common(1)[0][0], word))
    elif gone is not None:
        absent = Share(was.total() - was[gone], was.total())
        if rise(Share(now.total(), now.total()), [absent], least=_VANISHED, gross=_VANISHED) is not None:
            told = ("a value of a short list", "not sent any more")
            yield Difference("values", path, *told, absent, Share(now.total(), now.total()), examples=(gone, None))


def _scalars(values: Sequence[Any]) -> list[Any]:
    return [one for one in values if not isinstance(one, list | dict | tuple) and one not in (None, "")]
