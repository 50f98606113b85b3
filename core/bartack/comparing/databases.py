"""What a database declares of the columns it answers with, in two recordings of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartack.comparing.findings import Finding
from bartack.drift.odds import Share
from bartack.recording.sql.cassette import SqlCassette

__all__ = ["declared"]

_TABLE = re.compile(
    r"\bFROM\s+((?:[\w$#]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\])(?:\.(?:[\w$#]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\]))*)", re.I
)


def declared(before: SqlCassette, after: SqlCassette) -> Iterator[Finding]:
    """Yield the columns of another type code (PEP 249) than before; SQLite declares none.

    Values of both may read alike: a decimal that is a binary fraction now loses digits in some rows only.
    """
    was, now = _columns(before), _columns(after)
    for table, column in sorted(was.keys() & now.keys()):
        old, new = was[table, column], now[table, column]
        if old != new:
            yield Finding(
                "type",
                "RISK",
                table,
                column,
                (),
                f"declared as {old}",
                f"declared as {new}",
                f"the database declares {column} as {new}, which was {old}",
                "values may lose digits, length or zone where they read alike",
                "ask for the column's new definition; compare it with what the mapping expects",
                Share(0, 1),
                Share(1, 1),
            )


def _columns(cassette: SqlCassette) -> dict[tuple[str, str], str]:
    """Return the type code of each column that a table answered with; of statements over several tables, the first's name."""
    found: dict[tuple[str, str], str] = {}
    for statement in cassette.statements:
        table = _TABLE.search(statement.sql)
        for name, code in statement.answer.columns if table is not None else ():
            if table is not None and code not in ("", "None"):
                found[re.sub(r"[\"`\[\]]", "", table[1]), name] = code
    return found
