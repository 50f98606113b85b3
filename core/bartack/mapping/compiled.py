"""A mapping made ready: rows of a page in, one outcome a row out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from bartack.mapping.codegen import Generated, Site, generate
from bartack.mapping.corrections import Corrections
from bartack.mapping.custom import CustomFields
from bartack.mapping.ledger import ReadTree, read_tree, unread
from bartack.mapping.loader import LoadedMapping
from bartack.mapping.rules import Rule
from bartack.mapping.runtime import Finding, identifier
from bartack.normalizers.base import Registry
from bartack.paths import ABSENT, is_blank
from bartack.settings import Locale
from bartack_contracts import ISSUE_CODES, Contract, Issue

__all__ = ["CompiledMapping", "FieldTrace", "Outcome", "compile_mapping"]


class Outcome(NamedTuple):
    """What became of one row.

    ``record``: ``value`` holds the contract. ``reject``: ``issues`` say why. ``tombstone``: the source says the record
    is deleted. ``skipped``: a declared rule says the row is not meant for this contract.
    """

    kind: Literal["record", "reject", "tombstone", "skipped"]
    id: str | None
    value: Contract | None
    issues: tuple[Issue, ...]


Waiting = tuple[int, dict[str, Any], str, Sequence[Finding]]
"""A draft that waits for validation: number of its row, draft, identity, findings."""


@dataclass(frozen=True, slots=True)
class FieldTrace:
    """How one contract field of one record came about."""

    field: str
    path: str
    raw: Any
    rule: str
    value: Any
    place: str
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True)
class CompiledMapping:
    """One mapping, compiled for one source. Holds no state of a read; safe to share between threads."""

    loaded: LoadedMapping
    model: type[Contract]
    key: Rule
    registry: Registry
    locale: Locale
    generated: Generated
    tree: ReadTree
    custom: CustomFields | None

    @cached_property
    def _page(self) -> TypeAdapter[list[Contract]]:
        return TypeAdapter(list[self.model])  # type: ignore[name-defined]

    @cached_property
    def _traced(self) -> Generated:
        return generate(self.loaded, self.model, self.key, self.registry, self.locale, trace=True)

    @cached_property
    def digest(self) -> str:
        """``sha256:…`` of the rules and of the source's defaults they fall back on."""
        return self.loaded.digest

    def page(self, rows: Sequence[Any], ledger: Counter[str]) -> list[Outcome]:
        """Map and validate a page of rows, in order; unread native paths are counted in ``ledger``.

        The page is validated as a whole. Only when that fails is every row validated by itself, so that each error finds
        its row, and all errors of a row come at once.
        """
        outcomes: list[Outcome | None] = []
        waiting: list[Waiting] = []
        findings: list[Finding] = []
        for row in rows:
            if findings:  # taken by the row before; most rows have none and leave the list to the next
                findings = []
            outcomes.append(self._draft(row, ledger, waiting, len(outcomes), findings))
        values = self._validated([draft for _, draft, _, _ in waiting])
        for (at, draft, ref, noted), value in zip(waiting, values, strict=True):
            issues = self._issues(noted) if noted else ()
            if isinstance(value, ValidationError):
                more = self._refused(value, rows[at])
                kind: Any = "tombstone" if draft.get("deleted") is True else "reject"
                outcomes[at] = Outcome(kind, ref, None, (*issues, *more))
            else:
                issues += value.contradictions()
                outcomes[at] = Outcome("tombstone" if value.deleted is True else "record", ref, value, issues)
        return [outcome for outcome in outcomes if outcome is not None]

    def corrected(self, row: Any, corrections: Corrections) -> Outcome:
        """Map one row with a person's corrections laid over what the rules make of it.

        What the rules found wrong with a corrected field does not count any more; everything else does. A row without an
        identity stays without one: that is no field of the contract.

        Raises
        ------
        ConfigError
            a correction of a place in a list that is not there.
        """
        findings: list[Finding] = []
        identity, draft, _ = self.generated.draft(row, findings) if isinstance(row, dict) else (None, None, False)
        ref = _identity(identity)
        if draft is None or ref is None:
            return self.page([row], Counter())[0]
        if self.custom is not None:
            _, draft["custom"] = self.custom.gather(row, unread(row, self.tree), findings, len(self.generated.sites))
        draft = corrections.laid_over(draft)
        left = [one for one in findings if not corrections.cover(self._from_finding(one).field)]
        value = self._one(draft)
        if isinstance(value, ValidationError) or any(one.code.startswith("required.") for one in left):
            return Outcome("reject", ref, None, self._all_issues(left, draft, row))
        issues = (*self._issues(left), *value.contradictions())
        return Outcome("tombstone" if value.deleted is True else "record", ref, value, issues)

    def _draft(
        self, row: Any, ledger: Counter[str], waiting: list[Waiting], at: int, findings: list[Finding]
    ) -> Outcome | None:
        if not isinstance(row, dict):
            message = f"the row is {type(row).__name__}, not an object"
            return Outcome("reject", None, None, (_issue("row.not_object", None, None, row, message, None),))
        identity, draft, bad = self.generated.draft(row, findings)
        if draft is None:
            return Outcome("skipped", None, None, ())
        left = unread(row, self.tree)
        if self.custom is not None:
            left, draft["custom"] = self.custom.gather(row, left, findings, len(self.generated.sites))
        if left:
            ledger.update([path for path, _ in left])
        ref = identity if identity.__class__ is str and identity == identity.strip() != "" else _identity(identity)
        if ref is None:
            path = self.generated.sites[0].paths[0]
            absent = _issue(
                "key.absent",
                path,
                None,
                None if identity is ABSENT else identity,
                "the row has no identity",
                str(self.key),
            )
            return Outcome("reject", None, None, (*self._issues(findings), absent))
        if bad and draft.get("deleted") is not True:
            return Outcome("reject", ref, None, self._all_issues(findings, draft, row))
        waiting.append((at, draft, ref, findings or ()))
        return None

    def _validated(self, drafts: list[dict[str, Any]]) -> Sequence[Contract | ValidationError]:
        if not drafts:
            return []
        try:
            return self._page.validate_python(drafts)
        except ValidationError:
            return [self._one(draft) for draft in drafts]

    def _one(self, draft: dict[str, Any]) -> Contract | ValidationError:
        try:
            return self.model.model_validate(draft)
        except ValidationError as error:
            return error

    # -- issues -------------------------------------------------------------------------------------------------------

    def _all_issues(self, findings: list[Finding], draft: dict[str, Any], row: Any) -> tuple[Issue, ...]:
        """Return what the mapping found and what validation would find beside it."""
        issues = self._issues(findings)
        checked = self._one(draft)
        if isinstance(checked, ValidationError):
            named = {issue.field for issue in issues}
            issues += tuple(
                issue
                for issue in self._refused(checked, row)
                if issue.field not in named and not any(str(name).startswith(f"{issue.field}.") for name in named)
            )
        return issues

    def _issues(self, findings: Sequence[Finding]) -> tuple[Issue, ...]:
        return tuple(self._from_finding(finding) for finding in findings)

    def _from_finding(self, finding: Finding) -> Issue:
        if finding.site >= len(self.generated.sites):
            site = (self.custom.sites if self.custom is not None else ())[finding.site - len(self.generated.sites)]
        else:
            site = self.generated.sites[finding.site]
        return self._issue(site, finding)

    def _issue(self, site: Site, found: Finding) -> Issue:
        field = _numbered(site.field, found.item)
        return _issue(found.code, _native(site, found), field, found.raw, found.message, site.rule)

    def _refused(self, error: ValidationError, row: Any) -> tuple[Issue, ...]:
        """Turn pydantic's errors into issues, each with the native path and raw value its field came from."""
        traces = {trace.field: trace for trace in self.explain(row)}
        issues = []
        for one in error.errors(include_url=False, include_context=False):
            field = _field(one["loc"])
            trace = _closest(traces, field)
            code = "required.absent" if one["type"] == "missing" else "type.invalid"
            issues.append(
                _issue(
                    code,
                    trace.path if trace else None,
                    field,
                    trace.raw if trace else None if code == "required.absent" else one.get("input"),
                    one["msg"],
                    trace.rule if trace else None,
                )
            )
        return tuple(issues)

    # -- explain --------------------------------------------------------------------------------------------------------

    def explain(self, row: Any) -> list[FieldTrace]:
        """Re-derive one row with every step recorded: same rules, same generated code, with a trace."""
        if not isinstance(row, dict):
            return []
        findings: list[Finding] = []
        moved: list[tuple[int, Any, int | None, Any, tuple[int, ...], tuple[int, ...]]] = []
        generated = self._traced
        generated.draft(row, findings, moved)
        traces = []
        for number, raw, alternative, value, item, element in moved:
            site = generated.sites[number]
            at = Finding(number, "", "", raw, alternative, item, element)
            found = [one for one in findings if one.site == number and (one.item, one.element) == (item, element)]
            issues = tuple(self._issue(site, one) for one in found)
            traces.append(
                FieldTrace(_numbered(site.field, item), _native(site, at), raw, site.rule, value, site.place, issues)
            )
        return traces + self._custom_traces(row)

    def _custom_traces(self, row: dict[str, Any]) -> list[FieldTrace]:
        if self.custom is None:
            return []
        findings: list[Finding] = []
        _, drafts = self.custom.gather(row, unread(row, self.tree), findings, 0)
        rules = {site.field: site for site in self.custom.sites}
        traces = []
        for draft in drafts:
            site = rules.get(f"custom.{draft['key']}") or Site(
                f"custom.{draft['key']}", (draft["key"],), "custom: kept as sent", self.loaded.place(("custom",))
            )
            issues = tuple(self._issue(site, one) for one in findings if self.custom.sites[one.site] is site)
            raw = draft.get("raw", draft["value"])
            traces.append(FieldTrace(site.field, site.paths[0], raw, site.rule, draft["value"], site.place, issues))
        return traces


def compile_mapping(
    loaded: LoadedMapping, model: type[Contract], key: Rule, registry: Registry, locale: Locale
) -> CompiledMapping:
    """Compile a mapping once; see :class:`CompiledMapping`.

    Raises
    ------
    ConfigError
        the mapping asks for a field, a normalizer or a parameter that does not exist.
    """
    generated = generate(loaded, model, key, registry, locale)
    custom = CustomFields.compile(loaded, registry) if loaded.mapping.custom or loaded.mapping.custom_fields else None
    return CompiledMapping(loaded, model, key, registry, locale, generated, read_tree(loaded.mapping, key), custom)


def _issue(code: str, path: str | None, field: str | None, raw: Any, message: str, rule: str | None) -> Issue:
    known = ISSUE_CODES.get(code)
    severity = known.severity if known is not None else "error"
    return Issue(path=path, field=field, code=code, raw=raw, message=message, rule=rule, severity=severity)


def _identity(value: Any) -> str | None:
    if value is ABSENT or is_blank(value) or isinstance(value, bool | dict | list):
        return None
    try:
        return identifier(value)
    except (ValueError, ArithmeticError):  # no finite number
        return str(value)


def _native(site: Site, at: Finding) -> str:
    path = (
        site.paths[at.alternative] if at.alternative is not None and at.alternative < len(site.paths) else site.paths[0]
    )
    if path.startswith("$."):
        return path[2:]
    steps = [
        f"{over}[{number}]" for over, number in zip(site.over, (*at.element, *[""] * len(site.over)), strict=False)
    ]
    return ".".join([*steps, path] if path != "." or not steps else steps)


def _numbered(field: str, item: tuple[int, ...]) -> str:
    for number in item:
        field = field.replace("[]", f"[{number}]", 1)
    return field


def _field(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _closest(traces: AbstractMapping[str, FieldTrace], field: str) -> FieldTrace | None:
    """Return the trace of the field itself, or of the nearest field around it."""
    while field:
        if field in traces:
            return traces[field]
        cut = max(field.rfind("."), field.rfind("["))
        field = field[:cut] if cut > 0 else ""
    return None
