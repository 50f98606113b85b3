"""Driver values as native values: nothing rounded, nothing decoded by guess.

===================  =====================================================================================
driver               native
===================  =====================================================================================
``float``            ``Decimal(repr(f))``, the shortest decimal that reads back as the same float
NaN and infinities   the text ``NaN``, ``Infinity``, ``-Infinity``: no number a contract could hold
``memoryview``       ``bytes``
``uuid.UUID``        text, lower case
``timedelta``        text ``[-]H:MM:SS[.ffffff]``, as MySQL prints its TIME
``list``, ``dict``   the same (arrays, JSON), with native values inside
any other type       its text (network addresses, ranges, ...)
===================  =====================================================================================

Text that cannot be decoded stays ``bytes``, so that the mapping must deal with it; U+FFFD is never put in its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType, NoneType
from typing import Any

__all__ = ["Decoded", "Undecoded", "decoder", "native", "rows_of"]

_AS_THEY_ARE = frozenset({str, int, bool, NoneType, bytes, date, datetime, time})


class Decoded(str):
    """Text that is not UTF-8, read in a declared encoding; ``stored``: the bytes, by which the database compares it."""

    stored: bytes

    @classmethod
    def of(cls, stored: bytes, encoding: str) -> Decoded:
        """Decode ``stored``; raises UnicodeDecodeError."""
        text = cls(stored.decode(encoding))
        text.stored = stored
        return text


class Undecoded(bytes):
    """Text that cannot be decoded: bytes to all who look at it, text to the database."""

    @property
    def stored(self) -> bytes:
        """The same bytes."""
        return bytes(self)


def rows_of(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Turn driver rows into native rows, column by column: most columns need no look at their values."""
    columns = [
        column if _AS_THEY_ARE.issuperset(map(type, column)) else [native(value) for value in column]
        for column in zip(*rows, strict=True)
    ]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def native(value: Any) -> Any:
    """Return one driver value as a native value.

    >>> native(0.1), native(float("inf")), native(memoryview(b"x"))
    (Decimal('0.1'), 'Infinity', b'x')
    """
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    convert = _CONVERT.get(kind)
    return str(value) if convert is None else convert(value)


def decoder(encoding: str) -> Callable[[bytes], str | Undecoded]:
    """Return a function that decodes text: as UTF-8, else as ``encoding``, else not at all.

    UTF-8 comes first because an application that was repaired later leaves both in one column, and text in an 8-bit
    encoding is almost never valid UTF-8 by chance.
    """
    fallback = None if encoding in ("utf-8", "ascii") else encoding

    def decode(data: bytes) -> str | Undecoded:
        try:
            return data.decode()
        except UnicodeDecodeError:
            if fallback is None:
                return Undecoded(data)
        try:
            return Decoded.of(data, fallback)
        except UnicodeDecodeError:
            return Undecoded(data)

    return decode


def _float(value: float) -> Decimal | str:
    return Decimal(repr(value)) if math.isfinite(value) else _not_finite(value)


def _decimal(value: Decimal) -> Decimal | str:
    return value if value.is_finite() else _not_finite(value)


def _not_finite(value: float | Decimal) -> str:
    if value != value:  # NaN, as a float and as a decimal
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _clock(value: timedelta) -> str:
    sign, rest = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(rest.days * 86_400 + rest.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest.microseconds:06d}" if rest.microseconds else ""
    return f"{sign}{hours}:{minutes:02d}:{seconds:02d}{fraction}"


def _list(value: Iterable[Any]) -> list[Any]:
    return [native(item) for item in value]


def _dict(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): native(item) for key, item in value.items()}


_CONVERT: Mapping[type, Callable[[Any], Any]] = MappingProxyType(
    {
        float: _float,
        Decimal: _decimal,
        memoryview: bytes,
        bytearray: bytes,
        timedelta: _clock,
        list: _list,
        tuple: _list,
        dict: _dict,
        Undecoded: bytes,
    }
)
