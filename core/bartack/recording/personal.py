"""Which values are personal: by what a source's mappings make of them, by well-known names, and by their looks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from bartack.recording.detectors import replaced
from bartack.recording.names import PLACEHOLDER
from bartack.recording.tokens import Kind, Kinds, Stands, Tokens

__all__ = ["Columns", "Personal", "Place"]

Columns = Mapping[tuple[str, ...], "Place"]
"""Native paths that are personal: the keys of a path from the row on, without positions in lists."""

_NAMES: tuple[tuple[Kind, str], ...] = (
    ("email", "email emails emailaddress emailaddresses mailaddress replyto workemail homeemail personalemail useremail"
              " primaryemail secondaryemail otheremail email1 email2 email3"),
    ("phone", "phone phones phonenumber phonenumbers telephone telephonenumber tel telefon telefonnummer mobile mobilephone"
              " mobilenumber mobil handy cell cellphone fax faxnumber homephone workphone otherphone assistantphone"
              " phonework phonehome phonemobile phoneother phonefax businessphone msisdn whatsapp phone1 phone2 phone3"),
    ("date", "birthdate birthday birthdate dateofbirth dob born geburtsdatum geburtstag birth bday"),
    ("text", "firstname lastname middlename givenname familyname surname maidenname fullname birthname nachname vorname"
             " firstname1 lastname1 personname contactname preferredname forename nickname street streetaddress"
             " street1 street2 street3 streetline addressline addressline1 addressline2 addressline3 address1 address2"
             " mailingstreet otherstreet billingstreet shippingstreet homeaddress strasse"),
    ("identity", "ssn socialsecuritynumber nationalid nationalidnumber nationalidentificationnumber personalid taxid"
                 " personalnumber passport passportnumber driverslicense driverlicense steuerid sozialversicherungsnummer"
                 " codicefiscale curp nif nino bsn pesel"),
    ("iban", "iban accountnumber bankaccountnumber"),
    ("card", "creditcard creditcardnumber cardnumber pan ccnumber"),
)  # fmt: skip
_KNOWN: Mapping[str, Kind] = {name: kind for kind, names in _NAMES for name in names.split()}
_PREFIXES = ("contact", "customer", "person", "personal", "primary", "user", "client", "employee", "owner", "billing",
             "shipping", "mailing", "home", "work", "private", "partner", "lead", "patient", "member")  # fmt: skip
_SCHEMA_WORDS = frozenset(
    "address any array boolean calculated date datetime email float html id int integer longtext name none null number"
    " object phone picklist phonenumber reference string tel telephone text textarea time true false url varchar".split()
)
_COMPARED = re.compile(
    r"(\b[\w.]{2,64}\b|\"[\w.]{2,64}\"|`[\w.]{2,64}`|\[[\w.]{2,64}\])(\s*(?:=|<>|!=|>=?|<=?|\b(?:not\s+)?i?like\b|\beq\b|\bne\b)\s*N?)'((?:[^']|'')*)'",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"[\w.+~*!$()'@:,-]*(?:%[\dA-Fa-f]{2}[\w.+~*!$()'@:,-]*)+")
_COMPARING = tuple(f"{end}{gap}'" for end in ("=", ">", "<", "ike", "IKE", "eq", "ne") for gap in (" ", ""))


class Place(NamedTuple):
    """What stands in a place. ``sure``: whatever stands there, because a contract says so; else only what looks like it."""

    kind: Kind
    sure: bool


class Personal:
    """Replaces personal values by what ``stands`` for them.

    ``columns`` are the native paths that a contract marks as personal. What is known by name only must look the part: a
    field ``phone`` that says ``string`` describes a field.
    """

    def __init__(self, stands: Stands, columns: Columns | None = None) -> None:
        self.stands = stands
        self._columns: dict[str, list[tuple[tuple[str, ...], Place]]] = {}
        for path, place in (columns or {}).items():
            self._columns.setdefault(path[-1], []).append((path[:-1], place))
        self._made: set[str] = set()  # for a document is searched once more as a text
        self.candidates = lru_cache(4096)(self._candidates)

    @property
    def key_id(self) -> str:
        """The id of the key its tokens are made with; blank where they are made with none."""
        return self.stands.key_id if isinstance(self.stands, Tokens) else ""

    def again(self) -> Personal:
        """Return the same for values that were replaced before."""
        return self.standing(self.stands.again() if isinstance(self.stands, Tokens) else self.stands)

    def by_kind(self) -> Personal:
        """Return what replaces the same values by the names of their kinds."""
        return self.standing(Kinds())

    def standing(self, stands: Stands) -> Personal:
        """Return the same with other stand-ins."""
        changed = Personal(stands)
        changed._columns = self._columns
        return changed

    def place(self, path: Sequence[str]) -> Place | None:
        """Return what stands at a path of keys, of whatever document: its last keys decide."""
        if not path:
            return None
        found = self.candidates(path[-1])
        if not isinstance(found, list):
            return found
        parents = tuple(path[:-1])
        for before, place in found:
            if before == parents[len(parents) - len(before) :]:
                return place
        return _well_known(path[-1])

    def _candidates(self, key: str) -> Place | list[tuple[tuple[str, ...], Place]] | None:
        """Return what a key means wherever it stands, or the paths it depends on."""
        found = self._columns.get(key)
        return found if found is not None else _well_known(key)

    def column(self, name: str) -> Place | None:
        """Return what stands in a column of a table, whose name databases give back in whatever case."""
        folded = name.casefold()
        own = next((key for key in self._columns if key.casefold() == folded), name)
        return self.place([own])

    def value(self, place: Place, text: str) -> str:
        """Return what stands for a text in a place, and the text itself where it is none of the place's kind."""
        if text == PLACEHOLDER or not (place.sure or _looks(place.kind, text)):
            return text
        token = self.stands.of(place.kind, text)
        self._made.add(token)
        return token

    def number(self, place: Place, literal: str) -> str:
        """Return the JSON number that stands for one."""
        kind: Kind = "date" if place.kind == "date" and literal.removeprefix("-").isdecimal() else "number"
        if not place.sure and len(literal) < 6:
            return literal
        return self.stands.of(kind, literal)

    def text(self, text: str) -> str:
        """Return running text without what is personal by its looks, or compared with a personal field."""
        if any(needle in text for needle in _COMPARING):
            text = _COMPARED.sub(self._compared, text)
        if "%" in text:
            text = _ESCAPED.sub(self._escaped, text)
        return replaced(text, self.stands.found, self._made)

    def _escaped(self, found: re.Match[str]) -> str:
        """Look into what is escaped for a URL, with spaces as ``%20`` or as ``+``."""
        for decode, encode in ((unquote, quote), (unquote_plus, quote_plus)):
            clear = decode(found[0])
            if (cleaned := replaced(clear, self.stands.found)) != clear:
                return encode(cleaned, safe="@" if "@" in found[0] else "")
        return found[0]

    def _compared(self, found: re.Match[str]) -> str:
        column, operator, value = found.groups()
        place = self.place(column.strip('"`[]').split("."))
        return found[0] if place is None else f"{column}{operator}'{self.value(place, value)}'"

    def __repr__(self) -> str:
        return f"Personal({self.stands!r}, {sum(map(len, self._columns.values()))} columns)"


@lru_cache(8192)
def _well_known(key: str) -> Place | None:
    folded = re.sub(r"[^a-z0-9]", "", key.rpartition(":")[2].rpartition(".")[2].lower())
    kind = _KNOWN.get(folded)
    for prefix in _PREFIXES:
        if kind is not None:
            break
        if folded.startswith(prefix):
            kind = _KNOWN.get(folded[len(prefix) :])
    return None if kind is None else Place(kind, sure=False)


def _looks(kind: Kind, text: str) -> bool:
    """Tell whether a text may be what the name of its field says."""
    digits = sum(one.isdecimal() for one in text)
    match kind:
        case "phone":
            return 5 <= digits <= 40 and len(text) <= 80
        case "date":
            return (digits >= 4 and len(text) <= 40) or bool(re.fullmatch(r"-?\d{4,14}", text))
        case "identity" | "iban" | "card":
            return digits >= 4 and len(text) <= 40
        case "email":
            return re.search(r"\w\W?@", text) is not None
    return text.casefold() not in _SCHEMA_WORDS and any(map(str.isalpha, text))
