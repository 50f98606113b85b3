"""Custom fields: what only this customer's system has, kept under ``custom``, typed where a rule says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bartack.errors import ConfigError
from bartack.mapping.chain import Chain
from bartack.mapping.codegen import Site
from bartack.mapping.loader import LoadedMapping, near
from bartack.mapping.rules import CustomRule, Use
from bartack.mapping.runtime import Finding, fail
from bartack.normalizers.base import Noted, Registry
from bartack.paths import ABSENT, Path, is_blank, parse, resolve

__all__ = ["CustomFields"]

_READS = {"integer": "integer", "decimal": "decimal", "boolean": "boolean", "datetime": "datetime", "date": "date"}
"""The normalizer a typed custom field is read with when its rule names none."""


@dataclass(frozen=True, slots=True)
class _Typed:
    key: str
    path: Path
    rule: CustomRule
    read: Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class CustomFields:
    """The custom part of a mapping, compiled. ``sites`` continue the mapping's own table."""

    keep_rest: bool
    typed: tuple[_Typed, ...]
    sites: tuple[Site, ...]

    @classmethod
    def compile(cls, loaded: LoadedMapping, registry: Registry) -> CustomFields:
        """Compile ``custom`` and ``custom_fields`` of a mapping.

        Raises
        ------
        ConfigError
            an unknown normalizer.
        """
        typed, sites = [], []
        for key, rule in loaded.mapping.custom_fields.items():
            place = loaded.place(("custom_fields", key))
            uses = rule.use or ((Use(name=_READS[rule.type]),) if rule.type in _READS else ())
            typed.append(_Typed(key, parse(rule.path), rule, _reader(uses, registry, place)))
            sites.append(Site(f"custom.{key}", (rule.path,), " → ".join([rule.path, *map(str, uses)]), place))
        return cls(loaded.mapping.custom, tuple(typed), tuple(sites))

    def gather(
        self, row: dict[str, Any], left: list[tuple[str, Any]], findings: list[Finding], base: int
    ) -> tuple[list[tuple[str, Any]], list[dict[str, Any]]]:
        """Return what is still unread, and the drafts of the custom fields of ``row``."""
        drafts = []
        for number, one in enumerate(self.typed):
            raw = resolve(row, one.path)
            if raw is not ABSENT:
                drafts.append(self._typed(one, raw, findings, base + number))
        if self.keep_rest:
            drafts += [{"key": path, "value": None if is_blank(value) else value} for path, value in left]
            left = []
        return left, drafts

    def _typed(self, one: _Typed, raw: Any, findings: list[Finding], site: int) -> dict[str, Any]:
        value = None if is_blank(raw) else raw
        if value is not None and one.read is not None:
            try:
                value = one.read(value)
            except Exception as error:  # a normalizer that fails is a finding of this row
                fail(findings, site, error, raw, None, (), ())
                value = None
            if isinstance(value, Noted):
                findings += [Finding(site, note.code, note.message, raw, None, (), ()) for note in value.notes]
                value = value.value
        draft = {"key": one.key, "value": value, "label": one.rule.label}
        if value is not None:
            draft["type"] = one.rule.type
        if value is None or value != raw:
            draft["raw"] = raw
        return draft


def _reader(uses: Sequence[Use], registry: Registry, place: str) -> Callable[[Any], Any] | None:
    steps = []
    for use in uses:
        function = registry.get(use.name)
        if function is None:
            fault = f"no normalizer named {use.name!r}{near(use.name, registry.names())}"
            raise ConfigError(fault, where=place, next_step="correct the mapping")
        steps.append(function)
    if not steps:
        return None
    chain = Chain(tuple(steps))
    parameters = tuple({name: p.constant for name, p in use.parameters.items()} for use in uses)
    return lambda value: chain(value, parameters)
