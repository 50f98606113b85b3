"""A recording of a database: statements in the order they were sent, each with its rows or its error."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from bartack.errors import RecordingError
from bartack.recording.about import About
from bartack.recording.files import Body, read, write
from bartack.recording.taken import Taken
from bartack.typed_json import tagged, untagged

__all__ = ["DRIVER_ERRORS", "Answer", "Database", "SqlCassette", "SqlError", "Statement"]

DRIVER_ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "Error": "Exception",
        "InterfaceError": "Error",
        "DatabaseError": "Error",
        "DataError": "DatabaseError",
        "OperationalError": "DatabaseError",
        "IntegrityError": "DatabaseError",
        "InternalError": "DatabaseError",
        "ProgrammingError": "DatabaseError",
        "NotSupportedError": "DatabaseError",
    }
)
"""The exceptions of PEP 249, each with the one above it."""

_HEADING = "Recorded by Bartack from a database. Secrets are replaced by the word scrubbed."


@dataclass(frozen=True, slots=True)
class SqlError:
    """What the driver raised. ``kind``: its class (PEP 249); ``code``: SQLSTATE, number of the error, or SQLite's name for it."""

    kind: str
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``columns``: name and type code of each; ``whole``: the rows were fetched to their end."""

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    whole: bool = True
    error: SqlError | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its ``parameters`` as JSON, in the order in which it uses them, and the answer to it."""

    sql: str
    parameters: str = "[]"
    answer: Answer = field(default_factory=Answer)

    def __str__(self) -> str:
        return " ".join(self.sql.split())

    @property
    def said(self) -> Hashable:
        """What was asked and answered, without how long it took: two with the same are doubles."""
        return self.sql, self.parameters, replace(self.answer, seconds=None)


@dataclass(frozen=True, slots=True)
class Database:
    """The database that was recorded. ``dialect`` and ``driver`` as in an SQLAlchemy URL; ``label`` for people, with no secret.

    ``server_version``: its parts. ``proven``: false for recordings that nobody has made of a real server of that kind.
    """

    dialect: str = ""
    driver: str = ""
    server_version: tuple[int, ...] = ()
    default_schema: str | None = None
    label: str = ""
    proven: bool = True


class SqlCassette(Taken[Statement]):
    """Recorded statements, and the ``database`` they were sent to. Nothing is scrubbed here."""

    def __init__(
        self,
        path: str | Path,
        statements: Iterable[Statement] = (),
        *,
        database: Database | None = None,
        about: About | None = None,
        allow_playback_repeats: bool = False,
    ) -> None:
        super().__init__(path, statements, about, allow_playback_repeats=allow_playback_repeats)
        self.database = database if database is not None else Database()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a recording of a database.

        Raises
        ------
        RecordingError
            there is no such file, or it is none.
        """
        path = Path(path)
        document = read(path)
        try:
            return cls.from_document(path, document)
        except RecordingError as error:
            raise error.at(str(path)) from None

    @classmethod
    def from_document(cls, path: Path, document: Any) -> Self:
        """Read a recording out of a file's content.

        Raises
        ------
        RecordingError
            it is no recording of a database.
        """
        if not isinstance(document, dict) or not isinstance(document.get("statements"), list):
            raise RecordingError("this file is no recording of a database: it holds no list of statements")
        if document.get("version") not in (1, "1"):
            raise RecordingError(f"the format has version {document.get('version')!r}; version 1 is known")
        metadata = _mapping(document.get("metadata") or {}, "metadata")
        return cls(
            path,
            [_statement(item, f"statement {n}") for n, item in enumerate(document["statements"], 1)],
            database=_database(_mapping(document.get("database") or {}, "database")),
            about=About.from_document(metadata),
            allow_playback_repeats=metadata.get("allow_playback_repeats") in (True, "true"),
        )

    def repeating(self) -> SqlCassette:
        """Return the same statements, none of them played, each of which may be asked again and again."""
        return SqlCassette(self.path, self.items, database=self.database, about=self.about, allow_playback_repeats=True)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements so far, oldest first."""
        return self.items

    def save(self) -> None:
        """Write the file as it should be now, all or nothing; the same statements give the same bytes.

        Raises
        ------
        RecordingError
            the file cannot be written.
        """
        statements = [_to_document(item) for item in self.statements]
        document = self.described() | {"database": _as_document(self.database), "statements": statements, "version": 1}
        write(self.path, document, heading=_HEADING)


def _to_document(item: Statement) -> dict[str, Any]:
    """Lay a statement down; rows are lines of JSON, for a cassette file does not tell numbers from texts."""
    answer = item.answer
    document: dict[str, Any] = {"sql": Body(item.sql)}
    if item.parameters != "[]":
        document["parameters"] = item.parameters
    if answer.error is not None:
        error = answer.error
        document["error"] = {"kind": error.kind, "code": error.code, "message": error.message}
    else:
        document["columns"] = _json([list(column) for column in answer.columns])
        document["rows"] = Body("\n".join(_json([tagged(value) for value in row]) for row in answer.rows))
    if not answer.whole:
        document["whole"] = False
    if answer.seconds is not None:
        document["seconds"] = round(answer.seconds, 4)
    return document


def _statement(node: Any, where: str) -> Statement:
    item = _mapping(node, where)
    sql = item.get("sql")
    if not isinstance(sql, str):
        raise RecordingError(f"{where}: sql is no text")
    error = item.get("error")
    try:
        seconds = item.get("seconds")
        answer = Answer(
            tuple((str(name), str(code)) for name, code in json.loads(item.get("columns") or "[]")),
            tuple(_row(line) for line in (item.get("rows") or "").split("\n") if line.strip()),
            item.get("whole") not in (False, "false"),
            None if error is None else _error(_mapping(error, f"{where}: error")),
            None if seconds is None else float(seconds),
        )
        parameters = item.get("parameters") or "[]"
        json.loads(parameters)
    except (ValueError, TypeError, KeyError, ArithmeticError, AttributeError, RecursionError) as error:
        raise RecordingError(f"{where} cannot be read: {type(error).__name__}") from None
    return Statement(sql, parameters, answer)


def _row(line: str) -> tuple[Any, ...]:
    values = json.loads(line)
    if not isinstance(values, list):
        raise TypeError("a row is a list")
    return tuple(untagged(value) for value in values)


def _error(node: Mapping[str, Any]) -> SqlError:
    return SqlError(
        str(node.get("kind") or "DatabaseError"), str(node.get("message") or ""), str(node.get("code") or "")
    )


def _as_document(database: Database) -> dict[str, Any]:
    document: dict[str, Any] = {"dialect": database.dialect, "driver": database.driver}
    if database.server_version:
        document["server_version"] = ".".join(map(str, database.server_version))
    if database.default_schema is not None:
        document["default_schema"] = database.default_schema
    document["label"] = database.label
    if not database.proven:
        document["proven"] = False
    return document


def _database(node: Mapping[str, Any]) -> Database:
    version = str(node.get("server_version") or "")
    parts: Sequence[str] = version.split(".") if version else ()
    if not all(part.isdigit() for part in parts):
        raise RecordingError(f"database.server_version is no version: {version!r}")
    return Database(
        str(node.get("dialect") or ""),
        str(node.get("driver") or ""),
        tuple(map(int, parts)),
        node.get("default_schema"),
        str(node.get("label") or ""),
        node.get("proven") not in (False, "false"),
    )


def _mapping(node: Any, where: str) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise RecordingError(f"{where} is no mapping")
    return node


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() or _is_text(text) else json.dumps(value)


def _is_text(text: str) -> bool:
    """Tell whether a text can be written: one with half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
