"""Hostile twins of recordings, and the judge who says whether a connector survived them.

A twin is a recording with one thing wrong: a value of another type, a renamed envelope, a page that comes again, a storm of
429. Bartack reads it like the source itself, offline. That read must end in valid records, typed rejects or a typed error,
with books that hold; :func:`try_twins` says where it did not.
"""

from bartack.twins.breeding import mutants
from bartack.twins.families import FAMILIES
from bartack.twins.mutant import Twin
from bartack.twins.tables import TableTwin, table_twins, try_tables
from bartack.twins.trial import Trial, Violation, try_twins

__all__ = [
    "FAMILIES",
    "TableTwin",
    "Trial",
    "Twin",
    "Violation",
    "mutants",
    "table_twins",
    "try_tables",
    "try_twins",
]
