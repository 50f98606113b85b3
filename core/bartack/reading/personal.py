"""Which native values of a source are personal: those its mappings feed into contract fields marked as Personal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bartack.mapping.rules import CustomRule, Mapping, Rule
from bartack.paths import Key, Match, parse
from bartack.recording.keys import find_key, make_key
from bartack.recording.personal import Columns, Personal, Place
from bartack.recording.tokens import Kind, Kinds, Tokens
from bartack_contracts import EmailAddress, PhoneNumber, Reference

if TYPE_CHECKING:
    from bartack.reading.source import Source

__all__ = ["columns_of", "personal_columns", "personal_of"]


def personal_of(source: Source, *, recording: bool = False) -> Personal:
    """Return what is personal of a source, and the project's tokens for it; without the key, the names of kinds.

    ``recording``: the key is made where there is none.

    Raises
    ------
    RecordingError
        the key cannot be read or written.
    """
    folder, environ = Path(source.runtime.base_dir), source.runtime.environ
    key = make_key(folder, environ) if recording else find_key(folder, environ)
    stands = Kinds() if key is None else Tokens(key, region=source.settings.locale.region)
    return Personal(stands, columns_of(source))


def columns_of(source: Source) -> Columns:
    """Return the personal native paths of all that a source feeds.

    Raises
    ------
    ConfigError
        a mapping that cannot be compiled.
    """
    columns: dict[tuple[str, ...], Place] = {}
    for feed in source.feeds():
        columns |= personal_columns(feed.mapping.loaded.mapping, feed.mapping.model, feed.mapping.key)
    return columns


def personal_columns(mapping: Mapping, model: type[BaseModel], key: Rule) -> Columns:
    """Return the native paths whose values end in a personal field, as keys without positions in lists.

    What identifies the record, refers to another one, or feeds a field that is not personal as well, is left out: it is
    found by its looks still.
    """
    fed = list(_fed([(key, _Target(None))], ()))
    for name, rule in mapping.fields.items():
        fed += _fed([(rule, _resolved(model, name))], ())
    fed += [_custom(rule) for rule in mapping.custom_fields.values()]
    harmless = {one.keys for one in fed if one.place is None}
    return {one.keys: one.place for one in fed if one.place is not None and one.keys and one.keys not in harmless}


class _Target(NamedTuple):
    """What a rule feeds: a field, if it is personal the place it makes of its native value, and the model of its values."""

    place: Place | None
    model: type[BaseModel] | None = None


class _Fed(NamedTuple):
    keys: tuple[str, ...]
    place: Place | None


def _fed(rules: Iterable[tuple[Rule, _Target]], base: tuple[str, ...]) -> Iterator[_Fed]:
    """Yield each native path with what it feeds, along the tree of rules."""
    for rule, target in rules:
        here = base if rule.over is None else _keys(base, rule.over)[0]
        whole = target.place or _of_model(target.model)
        for text in (rule.path, rule.split):
            if text is not None:
                keys, chosen = _keys(here, text)
                yield _Fed(keys, whole and whole._replace(sure=whole.sure and not chosen))
        same = [*(rule.first or ()), *(rule.join or ()), *(rule.each or ())]
        yield from _fed([(one, target) for one in same], here)
        if rule.of is not None and not (target.model is not None and issubclass(target.model, Reference)):
            yield from _fed([(one, target) for one in rule.of], here)
        inside = [(rule.id, _Target(None)), (rule.name, _resolved(Reference, "name"))]
        yield from _fed([(one, field) for one, field in inside if one is not None], here)
        below = [*(rule.fields or {}).items(), *rule.extras.items()] if target.model is not None else []
        yield from _fed(
            [
                (written if isinstance(written, Rule) else Rule.model_validate(written), _resolved(target.model, name))
                for name, written in below
                if isinstance(written, Rule | dict)
            ],
            here,
        )


def _resolved(model: type[BaseModel] | None, dotted: str) -> _Target:
    """Return what a contract field is: ``name.full`` of a person is personal, and a text."""
    found: FieldInfo | None = None
    owner = model
    for name in dotted.split("."):
        owner, found = model, None if model is None else model.model_fields.get(name)
        model = None if found is None else _model_in(found.annotation)
    if found is None or owner is None:
        return _Target(None)
    return _Target(_place(owner, found), model)


def _place(owner: type[BaseModel], field: FieldInfo) -> Place | None:
    extra = field.json_schema_extra
    if not (isinstance(extra, dict) and extra.get("personal") is True):
        return None
    kinds: dict[type[BaseModel], Kind] = {EmailAddress: "email", PhoneNumber: "phone"}
    kind: Kind = "date" if _holds_date(field.annotation) else kinds.get(owner, "text")
    return Place(kind, sure=True)


def _of_model(model: type[BaseModel] | None) -> Place | None:
    """Return what a native value is of which a whole model is made: an e-mail address, an address of the post ..."""
    if model is None or issubclass(model, Reference):
        return None
    places = (_place(model, field) for field in model.model_fields.values())
    return next((one for one in places if one is not None), None)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one)) is not None), None)


def _holds_date(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, date):
        return True
    return any(map(_holds_date, get_args(annotation)))


def _custom(rule: CustomRule) -> _Fed:
    """Say what a declared custom field is: contracts mark all of them, but a number or an enumeration names nobody."""
    keys, _ = _keys((), rule.path)
    return _Fed(keys, Place("text", sure=True) if rule.type == "text" else None)


def _keys(base: tuple[str, ...], text: str) -> tuple[tuple[str, ...], bool]:
    """Return the keys of a native path, and whether it chooses among the elements of a list by what they say."""
    path = parse(text.removeprefix("$."))
    keys = tuple(str(step) for step in path if isinstance(step, Key))
    chosen = any(isinstance(step, Match) for step in path)
    return (keys if text.startswith("$.") else base + keys), chosen
