"""What a mapping makes of each native path: which contract fields it feeds, and what may be kept of its values."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bartack.mapping.compiled import CompiledMapping
from bartack.mapping.rules import Rule
from bartack.mapping.targets import target_of
from bartack.paths import Key, Match, parse, render

__all__ = ["Reading", "Shape"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is made of one native path.

    ``fields``: the contract fields it feeds, their first step; ``places``: the same to their last step. ``code``: it is a
    word of a closed list, which may be kept. ``number``: it is a number or an amount, also where the source sends text.
    ``key``: it is the row's identity. ``personal``: one of the fields is marked personal, or is not known.
    """

    fields: tuple[str, ...] = ()
    code: bool = False
    number: bool = False
    key: bool = False
    places: tuple[str, ...] = ()
    personal: bool = False


class _Use(NamedTuple):
    """A path that a rule reads for ``field``; ``decides``: not for its content, but for whether the rule applies."""

    path: str
    field: str
    coded: bool
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """The native paths that one mapping reads, and those it leaves out on purpose."""

    paths: dict[str, Reading] = field(default_factory=dict)
    ignored: tuple[tuple[str, ...], ...] = ()

    def at(self, path: str) -> Reading:
        """Return what is made of a path as :func:`~bartack.drift.columns.columns` spells it."""
        return self.paths.get(path.replace("[]", ""), Reading())

    def ignores(self, path: str) -> bool:
        """Say whether a path, or an object around it, is left out by ``ignore``, where ``*`` stands for any name in a step."""
        if not self.ignored or path in self.paths:
            return False
        steps = _keys(path.replace("[]", ""))
        return any(
            len(steps) >= len(pattern) and all(map(fnmatch.fnmatchcase, steps, pattern)) for pattern in self.ignored
        )

    @classmethod
    def of(cls, mapping: CompiledMapping) -> Shape:
        """Return the shape of a compiled mapping.

        A path is a code only where all that the contract says of it allows to keep its words: it goes through a code
        table, into a closed vocabulary or a currency, or decides which rule applies; and none of the fields it feeds is
        marked personal. Free text, names and whatever no rule reads is never a code.
        """
        model = mapping.model
        uses: dict[str, list[_Use]] = {}
        rules = mapping.loaded.mapping
        for name, rule in rules.fields.items():
            for use in _uses(rule, "", name, coded=False):
                uses.setdefault(_plain(use.path), []).append(use)
                for path in _searched(use.path):
                    uses.setdefault(path, []).append(_Use(path, use.field, coded=False, decides=True))
        for condition in rules.when:
            uses.setdefault(_plain(condition.path), []).append(
                _Use(condition.path, "", coded=condition.present is None, decides=True)
            )
        for custom in rules.custom_fields.values():
            uses.setdefault(_plain(custom.path), []).append(_Use(custom.path, "custom", coded=False, decides=True))
        keys = {_plain(use.path) for use in _uses(mapping.key, "", "", coded=False)}
        paths = {path: _reading(model, found, key=path in keys) for path, found in uses.items()}
        for path in keys - paths.keys():
            paths[path] = Reading(key=True)
        return cls(_owners(paths) | paths, tuple(_keys(text) for text in rules.ignore))


def _owners(paths: dict[str, Reading]) -> dict[str, Reading]:
    """Return the objects around what is read: they feed all the fields of what is in them."""
    inner: dict[str, list[Reading]] = {}
    for path, reading in paths.items():
        steps = parse(path)
        for end in range(1, len(steps)):
            inner.setdefault(render(steps[:end]), []).append(reading)
    return {
        path: Reading(
            fields=tuple(sorted({name for one in found for name in one.fields})),
            places=tuple(sorted({name for one in found for name in one.places})),
            personal=any(one.personal for one in found),
        )
        for path, found in inner.items()
    }


def _reading(model: type[BaseModel], uses: list[_Use], *, key: bool) -> Reading:
    facts = [_facts_of(model, use.field) for use in uses if use.field and not use.decides]
    coded = any(use.coded for use in uses) or any(one.coded for one in facts)
    personal = any(one.personal for one in facts)
    return Reading(
        fields=tuple(sorted({use.field.partition(".")[0] for use in uses if use.field})),
        code=coded and not personal and not key,
        number=any(one.number for one in facts) and not personal and not key,
        key=key,
        places=tuple(sorted({use.field for use in uses if use.field})),
        personal=personal or any(one.within for one in facts) or not (facts or coded),
    )


class _FieldFacts(NamedTuple):
    """``within``: it is not personal itself, but has fields that are, any of which the value may go to."""

    coded: bool
    number: bool
    personal: bool
    within: bool = False


def _facts_of(model: type[BaseModel], dotted: str) -> _FieldFacts:
    """Walk down a contract to the field ``dotted``; what cannot be found there is taken for personal."""
    at: type[BaseModel] | None = model
    coded = number = personal = False
    for name in dotted.split("."):
        if at is None or name not in at.model_fields:
            return _FieldFacts(coded=False, number=False, personal=True)
        info = at.model_fields[name]
        target = target_of(at, name)
        personal = personal or _is_personal(info)
        coded = target.coded or target.words is not None or name in ("currency", "currency_code")
        number = Decimal in _leaves(info.annotation) or (
            target.model is not None and "amount" in target.model.model_fields
        )
        at = target.model
    return _FieldFacts(coded, number, personal, at is not None and _holds_personal(at))


def _holds_personal(model: type[BaseModel], around: tuple[type[BaseModel], ...] = ()) -> bool:
    """Say whether a model, or one within it, has a field that is personal."""
    inner = {target_of(model, name).model for name in model.model_fields} - {None, model, *around}
    return any(map(_is_personal, model.model_fields.values())) or any(
        _holds_personal(one, (*around, model)) for one in inner if one is not None
    )


def _is_personal(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    return isinstance(extra, dict) and extra.get("personal") is True


def _leaves(annotation: Any) -> set[Any]:
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        parts = parts[:1]
    return set().union(*map(_leaves, parts)) if parts else {annotation}


def _uses(rule: Rule, base: str, field: str, *, coded: bool) -> Iterator[_Use]:
    """Yield every native path a rule reads, with the contract field it ends in."""
    coded = coded or rule.values is not None
    here = base if rule.over is None else _joined(base, rule.over)
    for text in (rule.path, rule.split):
        if text is not None:
            yield _Use(_joined(here, text), field, coded)
    for condition in rule.when:
        yield _Use(_joined(here, condition.path), field, coded=condition.present is None, decides=True)
    for inner in (*(rule.first or ()), *(rule.join or ()), *(rule.each or ()), *(rule.of or ())):
        yield from _uses(inner, here, field, coded=coded)
    for name, inner in (rule.fields or {}).items():
        yield from _uses(inner, here, f"{field}.{name}" if field else name, coded=False)
    for name, part in (("id", rule.id), ("name", rule.name)):
        if part is not None:
            yield from _uses(part, here, f"{field}.{name}", coded=False)
    for use in rule.use:
        for name, parameter in use.parameters.items():
            if parameter.rule is not None:
                yield from _uses(parameter.rule, here, f"{field}.{name}", coded=False)
    for name, written in rule.extras.items():
        if isinstance(written, dict):
            yield from _uses(Rule.model_validate(written), here, f"{field}.{name}", coded=False)


def _joined(base: str, text: str) -> str:
    if text.startswith("$."):
        return text[2:]
    return text if not base else base if text == "." else f"{base}.{text}"


def _plain(path: str) -> str:
    """Spell a path by its keys alone: which element of a list a rule takes makes no difference here."""
    return render(tuple(one for one in parse(path) if isinstance(one, Key))) if "[" in path else path


def _searched(path: str) -> Iterator[str]:
    """Yield the paths that lists on the way are searched by: ``a.type`` of ``a[type=work].b``."""
    steps = parse(path) if "[" in path else ()
    for at, one in enumerate(steps):
        if isinstance(one, Match):
            yield render((*(before for before in steps[:at] if isinstance(before, Key)), Key(one.key)))


def _keys(path: str) -> tuple[str, ...]:
    return tuple(str(one) for one in parse(path) if isinstance(one, Key))
