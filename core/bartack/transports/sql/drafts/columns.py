"""What the columns of a foreign table may mean, by their names in English and German; only for drafts.

A column's name is compared in small letters without accents and separators: ``Birth_Date``, ``BIRTHDATE`` and
``birthDate`` are one. What it shares with the name of the table, or with most of its neighbours (``cust_no``, ``cust_name``),
says nothing, and is tried without.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

__all__ = ["Column", "Columns", "bare", "words"]

_SPELLINGS = {
    "given": "given givenname givennames firstname forename fname vorname prenom",
    "family": "family familyname lastname surname lname nachname familienname",
    "name": "name fullname displayname bezeichnung",
    "contact": "contactname contactperson ansprechpartner",
    "company": "company companyname firm firma firmenname organization organisation organizationname accountname",
    "legal_name": "legalname registeredname",
    "prefix": "salutation titleofcourtesy courtesytitle anrede",
    "email": "email mail emailaddress mailaddress emailadresse",
    "phone": "phone telephone tel telefon phonenumber telephonenumber telefonnummer",
    "mobile": "mobile mobilephone cell cellphone mobil handy mobilnummer",
    "fax": "fax faxnumber telefax faxnummer",
    "street": "street streetaddress address addressline1 address1 addr addr1 strasse anschrift adresse street1",
    "street2": "address2 addressline2 addr2 street2 adresszusatz",
    "city": "city town ort stadt",
    "region": "region state province county bundesland",
    "postal_code": "zip zipcode postalcode postcode plz postleitzahl",
    "country": "country cntry countrycode countryname land landcode",
    "birth": "birth birthdate dateofbirth dob birthday born geburtsdatum geboren gebdat",
    "job": "jobtitle contacttitle position funktion",
    "title": "title titel",
    "department": "department dept abteilung",
    "website": "website homepage url web www webseite",
    "vat": "vat vatid vatno vatnumber ustid ustidnr",
    "employees": "employees employeecount numberofemployees mitarbeiterzahl",
    "revenue": "revenue annualrevenue umsatz",
    "active": "active isactive enabled isenabled aktiv",
    "inactive": "inactive discontinued disabled blocked gesperrt archived inaktiv",
    "deleted": "deleted isdeleted deletedflag delflag geloescht",
    "created": "created createdat createdon createddate createdate creationdate datecreated dateentered entrydate angelegt"
    " erstellt anlagedatum insertedat",
    "updated": "updated updatedat updatedon updateddate lastupdate lastupdated dateupdated modified modifiedat modifiedon"
    " datemodified lastmodified lastmodifieddate changed changedat changedon datechanged lastchange lastchanged geaendert"
    " aenderungsdatum mtime",
    "owner": "owner ownerid salesrep salesrepid supportrepid salesperson assignedto assignee assigneduserid betreuer",
    "currency": "currency currencycode currencyiso cur waehrung",
    "price": "price unitprice listprice salesprice preis vkpreis",
    "cost": "cost costprice purchaseprice ekpreis",
    "sku": "sku code itemno articleno articlenumber artikelnr artikelnummer itemnumber partnumber partno",
    "barcode": "barcode ean gtin upc",
    "description": "description desc beschreibung details",
    "body": "body text note notes memo comment comments content bemerkung notiz",
    "unit": "unit uom einheit quantityunit",
    "category": "category categoryname kategorie warengruppe",
    "subject": "subject summary betreff",
    "status": "status state statuscode zustand",
    "stage": "stage salesstage stagename phase",
    "priority": "priority prio prioritaet",
    "kind": "type kind art typ",
    "number": "number no nr num nummer invoiceno invoicenumber invoicenr rechnungsnr rechnungsnummer belegnr ticketno"
    " ticketnumber casenumber caseno vorgangsnr",
    "reference": "reference ref referenz purchaseorder ponumber",
    "issued": "issuedate invoicedate billdate rechnungsdatum belegdatum date datum",
    "due": "due duedate dueon dueat faelligkeit faellig faelligam deadline",
    "paid": "paid paidat paidon paiddate paymentdate bezahltam",
    "net": "net nettotal netamount subtotal untaxed netto nettobetrag",
    "tax": "tax taxtotal taxamount vatamount mwst steuer steuerbetrag",
    "total": "total totalamount grandtotal gross grossamount amount betrag gesamt gesamtbetrag brutto bruttobetrag summe",
    "open_amount": "amountdue balancedue openamount offen offenerbetrag restbetrag",
    "value": "value amount betrag wert estimatedvalue volumen",
    "probability": "probability wahrscheinlichkeit",
    "close": "closedate expectedclose expectedclosedate estimatedclose abschlussdatum",
    "closed": "closed closedat closedon dateclosed geschlossen",
    "lost_reason": "lostreason lossreason verlustgrund",
    "starts": "start starts startsat startdate starttime begin beginn datestart",
    "ends": "end ends endsat enddate endtime ende dateend",
    "location": "location place standort",
}  # fmt: skip
_MEANINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        spelling: tuple(meaning for meaning, text in _SPELLINGS.items() if spelling in text.split())
        for text in _SPELLINGS.values()
        for spelling in text.split()
    }
)
_COUNTED = re.compile(r"\d+$")
_WITHIN = (
    ("email", re.compile(r"mail(?!ing)")),
    ("mobile", re.compile(r"mobile|handy")),
    ("phone", re.compile(r"phone|telefon")),
)
_AT_THE_END = (  # of fields in JSON, which have many more names: email_verified, phone_country
    ("email", re.compile(r"mail(?:address|adresse|addr)?s?\d*$")),
    ("mobile", re.compile(r"(?:mobile|handy)(?:phone|number|nummer|nr|no)?s?\d*$")),
    ("phone", re.compile(r"(?:phone|telefon)(?:number|nummer|nr|no)?s?\d*$")),
)
_CENTS = re.compile(r"(?:in)?cents?$")
_LABELS: Mapping[str, str] = MappingProxyType(
    {"billing": "billing", "bill": "billing", "shipping": "shipping", "ship": "shipping", "delivery": "shipping"}
    | {"mailing": "mailing", "home": "home", "private": "home", "work": "work", "office": "work", "business": "work"}
    | {"rechnungs": "billing", "liefer": "shipping", "privat": "home"}
)
_LABELLED = frozenset(
    {"street", "street2", "city", "region", "postal_code", "country", "phone", "mobile", "fax", "email"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its values row by row (some rows of the table), and the table it points to.

    Of a nested row: ``at`` is the path of the value where that is not the name, ``over`` the path of the list it is in,
    ``hint`` a spelling of what it means where something else than its name says so.
    """

    name: str
    values: tuple[Any, ...] = ()
    target: str | None = None
    at: str | None = None
    over: str | None = None
    hint: str | None = None

    @property
    def known(self) -> tuple[Any, ...]:
        """The values that are neither null nor blank; text without padding."""
        stripped = (value.strip() if isinstance(value, str) else value for value in self.values)
        return tuple(value for value in stripped if value is not None and value != "")

    @property
    def called(self) -> str:
        """Why it may mean what it is taken for, in words."""
        return f"called {self.name}" + (f", described as {self.hint}" if self.hint else "")

    @property
    def cents(self) -> bool:
        """The name says that the column counts hundredths of a currency."""
        return _CENTS.search(bare(self.name)) is not None

    @property
    def nested(self) -> bool:
        """It is a field of an object in the row, and its name says of what: ``manager_email`` is nobody's own."""
        return self.at is not None and self.over is None and bare(self.at) == bare(self.name) and "." in self.at

    @property
    def path(self) -> str:
        """Where the value is, as a path of a mapping; of a list from its element on."""
        if self.at is not None:
            return self.at
        return f"'{self.name}'" if re.search(r"[.\[\]]", self.name) else self.name


class Columns:
    """The columns of one table, by what they may mean."""

    def __init__(self, table: str, columns: Sequence[Column]) -> None:
        self.all = tuple(columns)
        own = [one for one in columns if not one.nested]
        prefixes = tuple(_prefixes(table, own))
        self._by_meaning: dict[tuple[str, str | None], list[Column]] = {}
        self._in_lists: dict[tuple[str, str | None], list[Column]] = {}
        for column in columns:
            if column.at is None and ("'" in column.name or not column.name):
                continue  # no path of a mapping can name it
            within = _WITHIN if column.at is None else () if column.nested else _AT_THE_END
            found = list(_meanings(bare(column.name), () if column.nested else prefixes, within))
            for meaning, label in found or [(one, None) for one in _MEANINGS.get(column.hint or "", ())]:
                by_meaning = self._by_meaning if column.over is None else self._in_lists
                by_meaning.setdefault((meaning, label), []).append(column)

    def find(self, *meanings: str, label: str | None = None) -> Column | None:
        """Return the first column that may have the first of these meanings that any column has."""
        return next((one for meaning in meanings for one in self._by_meaning.get((meaning, label), ())), None)

    def every(self, meaning: str) -> list[tuple[Column, str | None]]:
        """Return all columns with a meaning, each with its label (``home`` of ``home_phone``)."""
        meanings = (*self._by_meaning.items(), *self._in_lists.items())
        return [(one, label) for (found, label), some in meanings if found == meaning for one in some]

    def labels(self) -> list[str | None]:
        """Return the labels of columns, in order; None stands for columns without."""
        return list(dict.fromkeys(label for _, label in self._by_meaning))


def bare(name: str) -> str:
    """Return a name in small letters and digits, without accents.

    >>> bare("Straße "), bare("Geändert_am"), bare("BirthDate")
    ('strasse', 'geaendertam', 'birthdate')
    """
    spelled = name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return "".join(char for char in unicodedata.normalize("NFKD", spelled) if char.isalnum())


def words(name: str) -> list[str]:
    """Return the words of a name, in small letters.

    >>> words("tblCustomer_Demo2")
    ['tbl', 'customer', 'demo']
    """
    apart = re.sub(r"([a-zà-ÿ0-9])([A-ZÀ-Þ])", r"\1 \2", name)
    return [bare(word) for word in re.findall(r"[^\W\d_]+", apart)]


def _prefixes(table: str, columns: Sequence[Column]) -> Iterator[str]:
    """Yield beginnings of column names that say nothing: of the table (``cust_no``), and what most columns share."""
    nouns = words(table)
    for word in nouns:
        yield word
        yield from {word.removesuffix(end) for end in ("s", "es", "n", "en")} - {word, ""}
        if word.endswith("ies"):
            yield f"{word[:-3]}y"
    first = Counter(parts[0] for column in columns if len(parts := words(column.name)) > 1)
    for word, count in first.items():
        if (count > 2 and count * 2 > len(columns)) or (len(word) > 2 and any(noun.startswith(word) for noun in nouns)):
            yield word


def _meanings(
    name: str, prefixes: Sequence[str], within: Sequence[tuple[str, re.Pattern[str]]]
) -> Iterator[tuple[str, str | None]]:
    shorter = [name.removeprefix(prefix) for prefix in prefixes if name.startswith(prefix)]
    shorter += [_COUNTED.sub("", _CENTS.sub("", one)) for one in (name, *shorter)]
    for variant in (name, *sorted(set(shorter) - {name, ""}, key=lambda one: (len(one), one))):
        if variant in _MEANINGS:
            yield from ((meaning, None) for meaning in _MEANINGS[variant])
            return
        for prefix, label in _LABELS.items():
            rest = variant.removeprefix(prefix)
            found = [one for one in _MEANINGS.get(rest, ()) if one in _LABELLED] if rest != variant else []
            if found:
                yield from ((meaning, label) for meaning in found)
                return
    yield from ((meaning, None) for meaning, pattern in within if pattern.search(name))
