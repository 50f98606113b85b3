"""Takes down what a driver answers: its connections are handed out with a recorder around them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bartack.errors import RecordingError
from bartack.recording.scrub import Scrubber
from bartack.recording.sql.cassette import DRIVER_ERRORS, Answer, SqlCassette, SqlError, Statement
from bartack.recording.sql.statements import is_control, ordered, refuse_writes

__all__ = ["SqlRecorder", "real_of"]


class SqlRecorder:
    """Records into ``cassette``, scrubbed. Statements by which connections are made ready are left out (:meth:`preamble`)."""

    def __init__(self, cassette: SqlCassette, scrub: Scrubber, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.cassette = cassette
        self.monotonic = monotonic
        self._scrub = scrub
        self._quiet = threading.local()  # other threads read on while one makes a connection ready

    def connection(self, real: Any) -> Any:
        """Return a connection of the driver that is recorded."""
        return _Connection(real, self)

    @contextmanager
    def preamble(self) -> Iterator[None]:
        """Record nothing of what this thread asks while it makes a connection ready."""
        before = self._is_quiet()
        self._quiet.now = True
        try:
            yield
        finally:
            self._quiet.now = before

    def listens(self, sql: str) -> bool:
        """Tell whether a statement is to be recorded.

        Raises
        ------
        RecordingError
            it writes.
        """
        if self._is_quiet() or is_control(sql):
            return False
        refuse_writes(sql)
        return True

    def _is_quiet(self) -> bool:
        return bool(getattr(self._quiet, "now", False))

    def take(self, sql: str, parameters: Any, answer: Answer) -> None:
        """Add a statement with its answer."""
        names = [name for name, _ in answer.columns]
        rows = tuple(tuple(map(self._scrub.cell, names, row)) for row in answer.rows)
        error = answer.error
        if error is not None:
            error = SqlError(error.kind, self._scrub.text(error.message), error.code)
        scrubbed = Answer(answer.columns, rows, answer.whole, error, answer.seconds)
        text = self._scrub.text
        self.cassette.append(Statement(text(sql), text(ordered(sql, parameters)), scrubbed))


class _Connection:
    """A connection of the driver; only its cursors are others."""

    def __init__(self, real: Any, recorder: SqlRecorder) -> None:
        object.__setattr__(self, "_real", real)
        object.__setattr__(self, "_recorder", recorder)

    def cursor(self, *arguments: Any, **options: Any) -> Any:
        return _Cursor(self._real.cursor(*arguments, **options), self._recorder)

    def execute(self, sql: str, *arguments: Any, **options: Any) -> Any:
        """Send a statement, as some drivers let a connection do."""
        return self.cursor().execute(sql, *arguments, **options)

    def executemany(self, *_: Any) -> Any:
        """Refuse what sends a statement more than once, or several."""
        raise _several()

    executescript = executemany

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)


class _Cursor:
    """A cursor of the driver, whose rows are taken down as they are fetched."""

    def __init__(self, real: Any, recorder: SqlRecorder) -> None:
        self._real = real
        self._recorder = recorder
        self._asked: tuple[str, Any] | None = None
        self._rows: list[tuple[Any, ...]] = []
        self._seconds = 0.0

    def execute(self, sql: str, parameters: Any = None, **options: Any) -> Any:
        self._finish(whole=False)
        listening = self._recorder.listens(sql)
        begun = self._recorder.monotonic()
        try:
            self._real.execute(sql, *(() if parameters is None else (parameters,)), **options)
        except Exception as error:
            if listening:
                self._recorder.take(sql, parameters, Answer(error=_told(error), seconds=self._since(begun)))
            raise
        if listening:
            self._asked, self._rows, self._seconds = (sql, parameters), [], self._since(begun)
        return self

    def executemany(self, *_: Any) -> Any:
        """Refuse what sends a statement more than once, or several."""
        raise _several()

    executescript = executemany

    def fetchone(self) -> Any:
        row = self._real.fetchone()
        self._take([] if row is None else [row], more=row is not None)
        return row

    def fetchmany(self, size: int | None = None) -> Any:
        wanted = self._real.arraysize if size is None else size
        rows = self._real.fetchmany(wanted)
        self._take(rows, more=bool(rows))
        return rows

    def fetchall(self) -> Any:
        rows = self._real.fetchall()
        self._take(rows, more=False)
        return rows

    def close(self) -> None:
        self._finish(whole=False)
        self._real.close()

    def _take(self, rows: Any, *, more: bool) -> None:
        if self._asked is None:
            return
        self._rows += [tuple(row) for row in rows]
        if not more:
            self._finish(whole=True)

    def _finish(self, *, whole: bool) -> None:
        if self._asked is None:
            return
        sql, parameters = self._asked
        described = self._real.description or ()
        columns = tuple((str(column[0]), str(column[1])) for column in described)
        self._asked = None
        self._recorder.take(
            sql, parameters, Answer(columns, tuple(self._rows), whole or not described, seconds=self._seconds)
        )

    def _since(self, begun: float) -> float:
        return self._recorder.monotonic() - begun

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchone, None)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _several() -> RecordingError:
    return RecordingError("several statements at once are not recorded", next_step="send them one by one")


def _told(error: Exception) -> SqlError:
    number = error.args[0] if error.args else None
    text = str(error.args[1]) if isinstance(number, int) and len(error.args) > 1 else str(error)
    state = (
        getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or getattr(error, "sqlite_errorname", None)
    )
    code = str(number) if isinstance(number, int) else str(state or "")
    names = [kind.__name__ for kind in type(error).__mro__]
    return SqlError(next((name for name in names if name in DRIVER_ERRORS), names[0]), text, code)


def real_of(connection: Any) -> Any:
    """Return the driver's own connection, of one that is recorded."""
    return connection._real if isinstance(connection, _Connection) else connection  # noqa: SLF001 - of this module
