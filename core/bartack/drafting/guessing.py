"""Which contract a list may feed, and by which rules: written down with how sure each is, and why.

What is unsure is not guessed: it stays under ``custom``. A required field that nothing speaks for becomes a TODO.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bartack.drafting.described import Found
from bartack.drafting.names import singular
from bartack.transports.sql.drafts.columns import words
from bartack.transports.sql.drafts.contracts import ANCHORS, Fit, fits
from bartack.transports.sql.drafts.guesses import Guess, guesses
from bartack.transports.sql.drafts.text import flow, remark
from bartack_contracts import CONTRACTS

__all__ = ["Drafted", "MappingDraft", "confidence", "drafted", "nouns_of", "targets_of"]

_SURE = 0.8
"""A name this telling makes a list a stream, even where no field for the contract's main ones was found."""


@dataclass(frozen=True, slots=True)
class MappingDraft:
    """A mapping: its file, the contract with its reasons, rules, and the required fields that nothing was found for."""

    file: str
    fit: Fit
    rules: tuple[Guess, ...]
    missing: tuple[str, ...]

    @property
    def contract(self) -> str:
        """Id of the contract."""
        return self.fit.contract

    def text(self, origin: str) -> str:
        """Return the file's text; ``origin`` says what it was drafted from."""
        lines = [
            f"# {origin} -> {self.contract}",
            f"# confidence: {confidence(self.fit.confidence)}: {self.fit.reason}",
        ]
        lines = [remark(line) for line in lines] + [f"contract: {self.contract}"]
        if self.fit.when is not None:
            lines.append(f"when: {flow(self.fit.when)}")
        lines.append("fields:")
        for one in self.rules:
            lines.append(remark(f"  # confidence: {confidence(one.confidence)}: {one.reason}"))
            lines.append(f"  {one.field}: {flow(one.rule)}")
        for name in self.missing:
            lines.append(
                remark(
                    f"  # TODO: {name}: {_meaning(self.contract, name)} Every record needs it, and no field says it."
                )
            )
        if not self.rules:
            lines[-1 - len(self.missing)] = "fields: {}"
        return "\n".join([*lines, "custom: true   # what no rule reads is kept under custom"]) + "\n"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A list with the mappings drafted for it."""

    found: Found
    mappings: tuple[MappingDraft, ...]


def confidence(number: float) -> str:
    """Say a confidence from 0 to 1 in a word.

    >>> confidence(0.8), confidence(0.5), confidence(0.2)
    ('high', 'medium', 'low')
    """
    return "high" if number >= 0.75 else "medium" if number >= 0.45 else "low"


def drafted(found: Found, targets: Mapping[str, str]) -> Drafted | str:
    """Return the mappings of a list, or why there are none. ``targets``: list -> contract, for references."""
    name = found.stream.name
    candidates = fits(found.noun, found.columns)
    mappings = []
    for fit in candidates:
        rules = tuple(guesses(fit.contract, found.columns, targets))
        anchored = any(one.field in ANCHORS[fit.contract] and "const" not in one.rule for one in rules)
        if anchored or (fit.confidence >= _SURE and len(candidates) == 1):
            file = f"{name}.yaml" if len(candidates) == 1 else f"{name}.{fit.contract.partition('/')[0]}.yaml"
            mappings.append(MappingDraft(file, fit, rules, _missing(fit.contract, rules)))
    if mappings:
        return Drafted(found, tuple(mappings))
    if candidates:
        return f"it sounds like {candidates[0].contract}, but has no field for {' or '.join(ANCHORS[candidates[0].contract])}"
    return "neither its name nor its fields are those of a contract"


def targets_of(found: Sequence[Found]) -> dict[str, str]:
    """Return the contract of each list that may feed one, by the list's name, for references to its records."""
    return {one.stream.name: some[0].contract for one in found if (some := fits(one.noun, one.columns))}


def nouns_of(names: Mapping[str, str]) -> dict[str, str]:
    """Return what fields call the records of lists: ``company`` (as in ``company_id``) -> the list's name."""
    found: dict[str, str] = {}
    for name, noun in names.items():
        parts = [singular(word) for word in words(noun)]
        if parts:
            found.setdefault("".join(parts), name)
            found.setdefault(parts[-1], name)
    return found


def _missing(contract: str, rules: Sequence[Guess]) -> tuple[str, ...]:
    given = {one.field.partition(".")[0] for one in rules if one.field.partition(".")[2] in ("", "full")}
    fields = CONTRACTS[contract].model_fields
    return tuple(
        "name.full" if contract == "person/1" and name == "name" else name
        for name, field in fields.items()
        if field.is_required() and name not in given
    )


def _meaning(contract: str, name: str) -> str:
    return CONTRACTS[contract].model_fields[name.partition(".")[0]].description or ""
