"""Guesses what a foreign table may feed: the contract, and a rule for each field.

Only drafts are made of these, for a person to look at; nothing on the way of a record guesses. A guess has a confidence from
0 to 1 and a reason. Rules are trees of dicts, lists and scalars, as a mapping file holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bartack.transports.sql.drafts import samples
from bartack.transports.sql.drafts.columns import Column, Columns
from bartack.transports.sql.drafts.contracts import CONSTANTS, REFERENCES, WORDS

__all__ = ["Guess", "guesses"]


@dataclass(frozen=True, slots=True)
class Guess:
    """A rule for one field. ``need``: the default of a source (``default_zone`` ...) that the rule falls back on."""

    field: str
    rule: Any
    confidence: float
    reason: str
    need: str | None = None


_Maker = Callable[["_Drafter", str, Column], Guess | None]


def guesses(contract: str, columns: Columns, targets: Mapping[str, str]) -> list[Guess]:
    """Return rules for the fields of ``contract``; ``targets`` says which contract a table feeds that columns point to."""
    found: dict[str, Guess] = {}
    for guess in _Drafter(contract, columns, targets).run():
        found.setdefault(guess.field, guess)
    for field, (word, confidence, reason) in CONSTANTS.get(contract, {}).items():
        found.setdefault(field, Guess(field, {"const": word}, confidence, reason))
    return list(found.values())


class _Drafter:
    """Goes through the fields of one contract."""

    def __init__(self, contract: str, columns: Columns, targets: Mapping[str, str]) -> None:
        self.contract = contract
        self.columns = columns
        self.targets = targets

    def run(self) -> Iterator[Guess]:
        """Yield guesses, the better one first where there are two for a field."""
        if self.contract in ("person/1", "user/1"):
            yield from self.person_name()
        for field, meanings, make in (*_FIELDS.get(self.contract, ()), *_COMMON):
            column = self.columns.find(*meanings)
            guess = make(self, field, column) if column is not None else None
            if guess is not None:
                yield guess
        if self.contract in ("person/1", "organization/1"):
            yield from self.ways_of_contact()
        yield from self.references()

    # -- single fields ------------------------------------------------------------------------------------------------

    def plain(self, field: str, column: Column, use: Any, *, required: bool = False) -> Guess:
        rule = {"path": column.path, "use": use} | ({"required": True} if required else {})
        return Guess(field, rule, 0.8, column.called)

    def flag(self, field: str, column: Column, normalizer: str = "boolean") -> Guess | None:
        found = samples.flag(column.known)
        if found is None:
            return None if column.known else self.plain(field, column, normalizer)
        seen = ", ".join(sorted({str(value) for value in column.known}))
        use = {normalizer: {"true": found[0], "false": found[1]}} if found[0] else normalizer
        return Guess(field, {"path": column.path, "use": use}, 0.9, f"{column.name} holds {seen}")

    def date(self, field: str, column: Column, normalizer: str) -> Guess | None:
        """Read a date as it is written; a column of plain dates is no point in time."""
        found = samples.dates(column.known)
        if found is None:
            return self.plain(field, column, normalizer) if not column.known else None
        if normalizer == "datetime" and not found.timed:
            return None
        parameters: dict[str, Any] = {} if found.format in (None, "iso") else {"format": found.format}
        if found.sentinels:
            parameters["sentinels"] = list(found.sentinels)
        if normalizer == "date" and found.timed:
            parameters["midnight"] = True
        need = "default_zone" if found.timed and not found.zoned and normalizer != "date" else None
        reason = f"{column.name} holds {found.described}"
        rule = {"path": column.path, "use": {normalizer: parameters} if parameters else normalizer}
        return Guess(field, rule, 0.9 if found.sure else 0.4, reason, need)

    def money(self, field: str, column: Column) -> Guess | None:
        marks = samples.number_marks(column.known)
        if marks is None:
            return None
        currency = self.columns.find("currency")
        parameters: dict[str, Any] = dict(marks)
        reason, confidence = f"{column.called}; whole units are taken for granted", 0.7
        if column.cents:
            parameters["minor_units"], confidence = 2, 0.5
            reason = f"{column.called}: hundredths are taken for granted"
        if currency is not None:
            parameters["currency"] = {"path": currency.path}
        rule = {"path": column.path, "use": {"money": parameters} if parameters else "money"}
        need = None if currency is not None else "default_currency"
        return Guess(field, rule, confidence, reason, need)

    def coded(self, field: str, column: Column) -> Guess | None:
        """Map the words that are there; those no table knows stay unknown, for a person to fill in."""
        seen = sorted({str(value) for value in column.known})
        words = WORDS.get(f"{self.contract} {field}", {})
        if not seen or len(seen) > 12:
            return None
        table = {word: words.get(word.casefold(), "unknown") for word in seen}
        known = sum(word != "unknown" for word in table.values())
        reason = f"{known} of {len(seen)} words of {column.name} are common ones; fill in the others"
        return Guess(field, {"path": column.path, "values": table}, 0.6 * known / len(seen), reason)

    # -- what several columns make together ---------------------------------------------------------------------------

    def person_name(self) -> Iterator[Guess]:
        given, family = self.columns.find("given"), self.columns.find("family")
        whole = self.columns.find("contact", "name")
        if given is not None and family is None and whole is not None:
            family, whole = whole, None  # name and forename: the name is the family's
        if whole is not None:
            yield self.plain("name.full", whole, "person_name", required=True)
        elif given is not None or family is not None:
            parts = [one.path for one in (given, family) if one is not None]
            rule = {"join": parts, "use": "person_name", "required": True}
            yield Guess("name.full", rule, 0.9, f"put together from {' and '.join(parts)}")
        for field, column in (("name.given", given), ("name.family", family)):
            if column is not None:
                yield self.plain(field, column, "person_name")

    def ways_of_contact(self) -> Iterator[Guess]:
        emails = [
            self.item(column, {"label": label})
            for column, label in self.columns.every("email")
            if samples.may_hold("@", column.known)
        ]
        if emails:
            yield Guess("emails", {"each": emails, "use": "email"}, 0.8, "by their names")
        kinds = (("phone", None), ("mobile", "mobile"), ("fax", "fax"))
        phones = [
            self.item(column, {"label": label or kind})
            for meaning, kind in kinds
            for column, label in self.columns.every(meaning)
            if samples.may_hold("0123456789", column.known)
        ]
        country = self.columns.find("country")
        if phones:
            use = {"phone": {"region": {"path": country.path, "use": "country"}}} if country is not None else "phone"
            need = "default_region" if country is None else None
            yield Guess("phones", {"each": phones, "use": use}, 0.8, "by their names", need)
        addresses = [found for label in self.columns.labels() if (found := self.address(label))]
        if addresses:
            yield Guess("addresses", {"each": addresses}, 0.8, "by their names")

    def item(self, column: Column, more: Mapping[str, Any]) -> Any:
        given = {key: value for key, value in more.items() if value is not None}
        if column.over is not None:
            return {"over": column.over, "path": column.path, **given}
        mark = samples.separator(column.known)
        rule = {"split": column.path, "by": mark} if mark is not None else {"path": column.path}
        return {**rule, **given} if given or mark is not None else column.path

    def address(self, label: str | None) -> dict[str, Any] | None:
        street, second = self.columns.find("street", label=label), self.columns.find("street2", label=label)
        city = self.columns.find("city", label=label)
        if street is None and city is None:
            return None
        fields: dict[str, Any] = {}
        if street is not None and second is not None:
            fields["lines"] = {"join": [street.path, second.path], "with": "\n", "use": "lines"}
        elif street is not None:
            fields["lines"] = {"path": street.path, "use": "lines"}
        for field in ("city", "region", "postal_code"):
            if (column := self.columns.find(field, label=label)) is not None:
                fields[field] = {"path": column.path, "use": "string" if field == "postal_code" else "text"}
        if (country := self.columns.find("country", label=label)) is not None:
            fields["country_code"] = {"path": country.path, "use": "country"}
            fields["country_raw"] = {"path": country.path, "use": "text"}
        return {"fields": fields} | ({"label": label} if label else {})

    def references(self) -> Iterator[Guess]:
        """Follow declared foreign keys to tables that feed a contract."""
        for field, contract in REFERENCES.get(self.contract, ()):
            for column in self.columns.all:
                if column.over is None and "'" not in column.name and contract == self.targets.get(column.target or ""):
                    ref: Any = {"ref": contract, "id": column.path}
                    rule = {"each": [{"fields": {"ref": ref}}]} if field in ("organizations", "persons") else ref
                    rule = {"each": [ref]} if field == "about" else rule
                    yield Guess(field, rule, 0.8, f"{column.name} points to {column.target}")
                    break


def _using(use: Any, *, required: bool = False) -> _Maker:
    return lambda drafter, field, column: drafter.plain(field, column, use, required=required)


def _date(normalizer: str) -> _Maker:
    return lambda drafter, field, column: drafter.date(field, column, normalizer)


def _not(drafter: _Drafter, field: str, column: Column) -> Guess | None:
    return drafter.flag(field, column, "not")


def _tax_id(drafter: _Drafter, field: str, column: Column) -> Guess | None:
    country = drafter.columns.find("country")
    use = {"tax_id": {"country": {"path": country.path, "use": "country"}}} if country is not None else "tax_id"
    return Guess(field, {"path": column.path, "use": use}, 0.6, column.called)


_FLAG, _MONEY, _CODED = _Drafter.flag, _Drafter.money, _Drafter.coded
_TEXT, _STRING, _MULTILINE = _using("text"), _using("string"), _using("multiline")

_FIELDS: Mapping[str, Sequence[tuple[str, tuple[str, ...], _Maker]]] = MappingProxyType(
    {
        "person/1": (
            ("name.prefix", ("prefix",), _TEXT),
            ("title", ("job", "title"), _TEXT),
            ("department", ("department",), _TEXT),
            ("birth_date", ("birth",), _date("date")),
            ("websites", ("website",), _using("url")),
        ),
        "organization/1": (
            ("name", ("company", "name"), _using("text", required=True)),
            ("legal_name", ("legal_name",), _TEXT),
            ("websites", ("website",), _using("url")),
            ("employee_count", ("employees",), _using("integer")),
            ("annual_revenue", ("revenue",), _MONEY),
            ("tax_ids", ("vat",), _tax_id),
        ),
        "product/1": (
            ("name", ("name", "title", "description"), _using("text", required=True)),
            ("sku", ("sku", "number"), _STRING),
            ("barcode", ("barcode",), _STRING),
            ("description", ("description",), _MULTILINE),
            ("unit", ("unit",), _TEXT),
            ("list_price", ("price",), _MONEY),
            ("cost", ("cost",), _MONEY),
            ("category", ("category",), _STRING),
        ),
        "deal/1": (
            ("title", ("title", "subject", "name", "description"), _using("text", required=True)),
            ("status", ("status", "stage"), _CODED),
            ("stage.name", ("stage",), _STRING),
            ("amount", ("value",), _MONEY),
            ("probability", ("probability",), _using("percent")),
            ("expected_close", ("close",), _date("date")),
            ("closed_at", ("closed",), _date("moment")),
            ("lost_reason", ("lost_reason",), _TEXT),
        ),
        "ticket/1": (
            ("number", ("number",), _STRING),
            ("subject", ("subject", "title", "name"), _using("text", required=True)),
            ("description", ("description", "body"), _using("rich_text")),
            ("status", ("status",), _CODED),
            ("priority", ("priority",), _CODED),
            ("type", ("kind",), _STRING),
            ("due_at", ("due",), _date("moment")),
            ("closed_at", ("closed",), _date("moment")),
        ),
        "invoice/1": (
            ("number", ("number",), _STRING),
            ("status", ("status",), _CODED),
            ("currency", ("currency",), _using("currency", required=True)),
            ("issue_date", ("issued",), _date("date")),
            ("due_date", ("due",), _date("date")),
            ("paid_at", ("paid",), _date("moment")),
            ("net_total", ("net",), _MONEY),
            ("tax_total", ("tax",), _MONEY),
            ("total", ("total",), _MONEY),
            ("amount_due", ("open_amount",), _MONEY),
            ("reference", ("reference",), _STRING),
        ),
        "activity/1": (
            ("kind", ("kind",), _CODED),
            ("subject", ("subject", "title", "name"), _TEXT),
            ("body", ("body", "description"), _using("rich_text")),
            ("starts_at", ("starts",), _date("moment")),
            ("ends_at", ("ends",), _date("moment")),
            ("due", ("due",), _date("moment")),
            ("location", ("location",), _TEXT),
        ),
        "user/1": (("email", ("email",), _using("email")),),
    }
)
_COMMON: Sequence[tuple[str, tuple[str, ...], _Maker]] = (
    ("active", ("active",), _FLAG),
    ("active", ("inactive",), _not),
    ("deleted", ("deleted",), _FLAG),
    ("created_at", ("created",), _date("datetime")),
    ("updated_at", ("updated",), _date("datetime")),
)
