"""Pure functions raw -> value, by the names mappings use. Importing this loads none of them."""

from __future__ import annotations

from bartack.normalizers.base import Registry

__all__ = ["builtin"]

_HERE = "bartack.normalizers"


def builtin() -> Registry:
    """Return Bartack's own normalizers; a module, and the library behind it, is loaded when its first name is used.

    >>> builtin().get("integer")("00042")
    42
    """
    return Registry(
        {
            "ascii_digits": f"{_HERE}.text:ascii_digits",
            "boolean": f"{_HERE}.booleans:boolean",
            "collapse": f"{_HERE}.text:collapse",
            "country": f"{_HERE}.places:country",
            "currency": f"{_HERE}.money:currency",
            "date": f"{_HERE}.dates:day",
            "datetime": f"{_HERE}.dates:timestamp",
            "decimal": f"{_HERE}.numbers:decimal",
            "domain": f"{_HERE}.web:domain",
            "duration": f"{_HERE}.durations:duration",
            "email": f"{_HERE}.emails:email",
            "html": f"{_HERE}.markup:html",
            "integer": f"{_HERE}.numbers:integer",
            "language": f"{_HERE}.places:language",
            "last_segment": f"{_HERE}.web:last_segment",
            "lines": f"{_HERE}.text:lines",
            "lower": f"{_HERE}.text:lower",
            "moment": f"{_HERE}.dates:moment",
            "money": f"{_HERE}.money:money",
            "multiline": f"{_HERE}.text:multiline",
            "not": f"{_HERE}.booleans:negated",
            "packed_name": f"{_HERE}.names:packed_name",
            "percent": f"{_HERE}.numbers:percent",
            "person_name": f"{_HERE}.names:person_name",
            "phone": f"{_HERE}.phones:phone",
            "region_code": f"{_HERE}.places:region_code",
            "rich_text": f"{_HERE}.markup:rich_text",
            "string": f"{_HERE}.text:string",
            "strip_prefix": f"{_HERE}.text:strip_prefix",
            "tax_id": f"{_HERE}.identifiers:tax_id",
            "text": f"{_HERE}.text:text",
            "time": f"{_HERE}.durations:time_of_day",
            "timezone": f"{_HERE}.places:time_zone",
            "trim": f"{_HERE}.text:trim",
            "upper": f"{_HERE}.text:upper",
            "url": f"{_HERE}.web:url",
        }
    )
