"""Dates and points in time, by declared formats only.

A date stays a date, a point in time is aware and in UTC, and neither becomes the other. The formats are:

``iso``
    RFC 3339 and what systems send for it: ``+0000``, ``+02``, a space for the T, `` UTC``, 1 to 9 digits of a second
    (cut to microseconds), ``24:00:00``, XML Schema's dates with a zone, ``20260722T10:30:14`` (XML-RPC)
``epoch_s``, ``epoch_ms``
    seconds or milliseconds since 1970 UTC, as number or text, negative before
``yyyymmdd``, ``cyymmdd``, ``cyyddd``
    numbers of eight digits; of AS/400 (century 0 is 1900); of JD Edwards (day of the year)
``excel``
    serial of the 1900 calendar; a date when it is whole
``tryton``
    ``{"__class__": "datetime", "year": ...}``, in UTC (an object is read so in every format)
``%d.%m.%Y`` and the like
    the directives of C's strptime, in English

Several formats are tried in order. A value that a driver has typed already needs no format. A datetime without zone needs
``zone``. Dates with a zero in them (``0000-00-00``, ``2001-02-00``, 0) always mean "none"; ``sentinels`` tell what else
does: as the raw value (``99991231``, ``-1``), a day (``9999-12-31``: at whatever time), or a point in time
(``1900-01-01T12:00:00Z``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bartack.errors import ConfigError
from bartack.normalizers.base import Note, Noted, NotReadableError, with_notes
from bartack.normalizers.date_formats import Reader, Written, reader

__all__ = ["day", "moment", "timestamp", "zone_of"]

Formats = str | Sequence[str]

_NO_DATE = Noted(None, (Note("date.sentinel", "a date with a zero in it means that there is none"),))
_DECLARED_NO_DATE = Noted(None, (Note("date.sentinel", "declared to mean that there is none"),))


def day(
    raw: object,
    *,
    format: Formats = "iso",  # noqa: A002 - the word of the mapping
    sentinels: Sequence[object] = (),
    midnight: bool = False,
) -> Any:
    """Return a date. A point in time is refused, except midnight (as written) where the rule says so.

    >>> day("2026-02-03"), day("03.02.26", format="%d.%m.%y"), day(1010203, format="cyymmdd")
    (datetime.date(2026, 2, 3), datetime.date(2026, 2, 3), datetime.date(2001, 2, 3))
    >>> day("0000-00-00").notes[0].code, day(99991231, format="yyyymmdd", sentinels=["9999-12-31"]).value
    ('date.sentinel', None)
    >>> day(1737417600000, format="epoch_ms", midnight=True)  # HubSpot's date properties
    datetime.date(2025, 1, 21)
    >>> day("2026-02-03T00:00:00Z")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: a time of day where a date is declared
    """
    written = _written(raw, format, sentinels)
    if not isinstance(written, datetime):
        return written
    if midnight and (written.hour, written.minute, written.second, written.microsecond) == (0, 0, 0, 0):
        return written.date()
    raise NotReadableError("date.unreadable", "a time of day where a date is declared")


def timestamp(
    raw: object,
    *,
    format: Formats = "iso",  # noqa: A002 - the word of the mapping
    zone: str | None = None,
    sentinels: Sequence[object] = (),
) -> Any:
    """Return a point in time in UTC. A date without time is refused: which moment of the day it is, nobody said.

    >>> timestamp("2020-10-22T21:03:23.000+0000")  # Salesforce
    datetime.datetime(2020, 10, 22, 21, 3, 23, tzinfo=datetime.timezone.utc)
    >>> timestamp("-164160000000", format="epoch_ms").isoformat(), timestamp("2026-12-31 24:00:00Z").isoformat()
    ('1964-10-19T00:00:00+00:00', '2027-01-01T00:00:00+00:00')
    >>> timestamp("2026-07-01 09:54:31", zone="Europe/Berlin").isoformat()
    '2026-07-01T07:54:31+00:00'
    >>> timestamp("2026-10-25 02:30:00", zone="Europe/Berlin").notes[0].code
    'date.ambiguous_time'
    >>> timestamp("2026-03-29 02:30:00", zone="Europe/Berlin")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: Europe/Berlin never showed 2026-03-29 02:30:00: its clock was put forward
    """
    written = _written(raw, format, sentinels)
    if isinstance(written, datetime):
        return _instant(written, zone)
    if isinstance(written, date):
        raise NotReadableError("date.unreadable", "a date without a time of day where both are declared")
    return written


def moment(
    raw: object,
    *,
    format: Formats = "iso",  # noqa: A002 - the word of the mapping
    zone: str | None = None,
    sentinels: Sequence[object] = (),
) -> Any:
    """Return a point in time in UTC where a time of day is written, else a date.

    >>> moment("2026-05-15"), moment("2026-05-15 09:54", zone="UTC").isoformat()
    (datetime.date(2026, 5, 15), '2026-05-15T09:54:00+00:00')
    """
    written = _written(raw, format, sentinels)
    return _instant(written, zone) if isinstance(written, datetime) else written


@lru_cache(256)
def zone_of(name: str) -> ZoneInfo:
    """Return the zone of an IANA name; a :class:`NotReadableError` for any other text."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotReadableError("zone.unknown", f"{name[:60]!r} is no time zone of the IANA database") from None


def _written(raw: object, formats: Formats, sentinels: Sequence[object]) -> Written | Noted:
    """Return what is written, or what says that there is none."""
    readers = _readers(formats) if isinstance(formats, str) else _readers(*formats)
    declared = _declared(sentinels) if sentinels else None
    if declared and _spelled(raw) in declared.texts:
        return _DECLARED_NO_DATE
    if isinstance(raw, date):  # typed by the driver; a datetime is a date, too
        written: Written | None = raw
    else:
        written = _first(raw, (reader("tryton"),) if isinstance(raw, dict) else readers)
    if written is None:
        return _NO_DATE
    if declared and declared.has(written):
        return _DECLARED_NO_DATE
    return written


@lru_cache(256)
def _readers(*formats: str) -> tuple[Reader, ...]:
    if not formats:
        raise ConfigError("an empty list of date formats", next_step="name at least one")
    return tuple(reader(name) for name in formats)


def _spelled(raw: object) -> str | None:
    """Return a scalar as it may be declared to mean "none"."""
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, Decimal) or (isinstance(raw, int) and abs(raw) < 10**20):
        return str(raw)
    return None


def _first(raw: object, readers: Sequence[Reader]) -> Written | None:
    """Read ``raw`` in the first format that fits; the error of the first one when none does."""
    failed: NotReadableError | None = None
    for read in readers:
        try:
            found: Written | None = read(raw)
        except NotReadableError as error:
            failed = failed or error
        else:
            return found
    assert failed is not None  # noqa: S101 - there is at least one reader
    raise failed


class _Sentinels(NamedTuple):
    texts: frozenset[str]
    days: frozenset[date]
    instants: frozenset[datetime]

    def has(self, written: Written) -> bool:
        """Say whether that day, or that point in time, is declared to mean "none"."""
        if not isinstance(written, datetime):
            return written in self.days
        return written.date() in self.days or (written.tzinfo is not None and written in self.instants)


def _declared(sentinels: Sequence[object]) -> _Sentinels:
    given = (sentinels,) if isinstance(sentinels, str) or not isinstance(sentinels, Sequence) else tuple(sentinels)
    try:
        return _sorted_out(tuple((type(one), one) for one in given))
    except TypeError:
        raise ConfigError(f"{given!r} are no sentinels", next_step="give texts, numbers or dates") from None


@lru_cache(256)
def _sorted_out(given: tuple[tuple[type, object], ...]) -> _Sentinels:
    """Tell raw texts, days and instants apart; the types in the key keep 1 and true apart."""
    texts, days, instants = set(), set(), set()
    for _, one in given:
        texts.add(str(one).strip())
        try:
            written = one if isinstance(one, date) else reader("iso")(str(one))
        except NotReadableError:
            continue
        if isinstance(written, datetime):
            instants.add(written)
        elif written is not None:
            days.add(written)
    return _Sentinels(frozenset(texts), frozenset(days), frozenset(instants))


def _instant(written: datetime, zone: str | None) -> Any:
    """Return a written time in UTC; one without offset is what the clocks of ``zone`` showed."""
    notes: tuple[Note, ...] = ()
    if written.utcoffset() is None:
        if not isinstance(zone, str):
            raise NotReadableError("date.no_zone", "no time zone is written, and none is declared")
        there = zone_of(zone)
        written = written.replace(tzinfo=there, fold=0)
        first, second = written.utcoffset(), written.replace(fold=1).utcoffset()
        if first != second and first is not None and second is not None:
            shown = f"{written:%Y-%m-%d %H:%M:%S}"
            if first < second:
                message = f"{zone} never showed {shown}: its clock was put forward"
                raise NotReadableError("date.nonexistent_time", message)
            notes = (Note("date.ambiguous_time", f"{zone} showed {shown} twice; the first time was taken"),)
    try:
        return with_notes(written.astimezone(UTC), notes)
    except OverflowError:
        raise NotReadableError("date.out_of_range", "not between the years 1 and 9999 in UTC") from None
