"""The one module that holds SQLAlchemy's engine: connections, snapshots, rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import Executable

from bartack.errors import BartackError, ConfigError
from bartack.recording.sql import SqlPlayer, SqlRecorder
from bartack.recording.sql.recorder import real_of
from bartack.transports.base import Runtime
from bartack.transports.sql import dialects
from bartack.transports.sql.discreet import discreet_engine
from bartack.transports.sql.faults import translate
from bartack.transports.sql.names import find_host
from bartack.transports.sql.replayed import database_of, recorded_url, replayed_engine
from bartack.transports.sql.settings import SqlSettings

__all__ = ["Database", "Snapshot", "label_of", "url_of"]


_POSTGRESQL: Mapping[str, Any] = MappingProxyType(
    {
        "json_deserializer": dialects.exact_json,
        # Said with each BEGIN: a select can turn the default of its session.
        "execution_options": {"postgresql_readonly": True},
    }
)


class Database:
    """An engine whose connections can only read."""

    def __init__(self, settings: SqlSettings, runtime: Runtime) -> None:
        player = runtime.tape if isinstance(runtime.tape, SqlPlayer) else None
        self._recorder = runtime.tape if isinstance(runtime.tape, SqlRecorder) else None
        self.url = url_of(settings, runtime) if player is None else recorded_url(player)
        self.label = label_of(self.url) if player is None else player.database.label
        self._gate = runtime.gate
        self._watch = dialects.Watch(settings.statement_timeout)
        if player is not None:
            self.engine = replayed_engine(player)
        elif self.backend == "sqlite":
            self.engine = self._sqlite(settings, runtime)
        else:
            self.engine = self._server(settings)

    @property
    def backend(self) -> str:
        """Name of the kind of database: ``sqlite``, ``postgresql``, ``mysql``, ``mariadb``, ..."""
        return self.url.get_backend_name()

    @property
    def host(self) -> str:
        """Host and port, for monitoring; the kind of database where it is a file."""
        port = f":{self.url.port}" if self.url.port else ""
        return f"{self.url.host}{port}" if self.url.host else self.backend

    @contextmanager
    def snapshot(self, where: str | None = None) -> Iterator[Snapshot]:
        """Open one read transaction; see :meth:`SqlSession.snapshot`."""
        try:
            with self.call(), self._ready():
                connection = self.engine.connect()
            try:
                yield Snapshot(connection, self)
            finally:
                with suppress(*self._foreign_errors(), OSError):  # what was read is read, however its transaction ends
                    connection.close()
        except self._foreign_errors() as error:
            raise translate(error, self.url, where) from None

    @contextmanager
    def _ready(self) -> Iterator[None]:
        """Let a connection be made; of a recording it is no part, but the database is."""
        if self._recorder is None:
            yield
            return
        with self._recorder.preamble():
            yield
        self._recorder.cassette.database = database_of(self.engine, self.url, self.label)

    def _recorded(self, connection: Any) -> Any:
        return connection if self._recorder is None else self._recorder.connection(connection)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Let one call of the driver pass the source's gate, which counts how it ends.

        Raises
        ------
        BartackError
            instead of whatever the driver raises: some let errors of Python itself through.
        """
        with self._gate.passing(self.host), self._translated():
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        self._watch.restart()
        try:
            yield
        except BartackError:
            raise
        except Exception as error:
            raise translate(error, self.url, None) from None

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _sqlite(self, settings: SqlSettings, runtime: Runtime) -> Engine:
        path = dialects.sqlite_file(self.url.database, runtime.base_dir)
        engine = discreet_engine(
            "sqlite://",
            creator=lambda: self._recorded(dialects.open_sqlite(path, settings, self._watch)),
            poolclass=NullPool,
            execution_options={"sqlite_raw_colnames": True},
        )

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

        return engine

    def _server(self, settings: SqlSettings) -> Engine:
        more, driver = _POSTGRESQL if self.backend == "postgresql" else {}, self.url.drivername.partition("+")[2]
        try:
            engine = discreet_engine(
                self.url,
                pool_pre_ping=True,
                pool_timeout=settings.connect_timeout,
                connect_args=dialects.connect_arguments(driver, settings),
                **more,
            )
        except NoSuchModuleError:
            raise ConfigError(
                f"no SQLAlchemy dialect is installed for {self.url.drivername!r}",
                next_step="correct the url, or install the dialect's package",
            ) from None
        except ModuleNotFoundError as error:
            pip = dialects.PIP.get((error.name or "").lower(), f"pip install {error.name}")
            raise ConfigError(f"the driver {error.name} is not installed", next_step=pip) from None

        if self._recorder is not None:
            engine.dialect.get_driver_connection = real_of  # type: ignore[method-assign]  # types are looked up with it

        @event.listens_for(engine, "do_connect")
        def _connect(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> Any:
            find_host(parameters.get("host"), settings.connect_timeout)
            connection = dialects.connect(driver, parameters)
            if self._recorder is None:
                return connection
            return self._recorded(connection or engine.dialect.loaded_dbapi.connect(**parameters))

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            dialects.prepare(self.backend, driver, connection, settings)

        return engine

    def _foreign_errors(self) -> tuple[type[Exception], ...]:
        return (SQLAlchemyError, UnicodeError, self.engine.dialect.loaded_dbapi.Error)


class Snapshot:
    """One read transaction."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self.connection = connection
        self.database = database

    def values(self, statement: Executable) -> list[Any]:
        """Return the first value of each row, as the driver gives it."""
        with self._run(statement, 100) as result, self.database.call():
            return [row[0] for row in result]

    def chunks(self, statement: Executable, size: int) -> tuple[tuple[str, ...], Iterator[list[Sequence[Any]]]]:
        """Run a statement; return its column names and the driver's rows in chunks of ``size``, read as they are asked for."""
        result = self._run(statement, size)
        names = tuple(column[0] for column in result.cursor.description) if result.cursor else ()
        return names, self._fetch(result, size)

    def sql(self, statement: Any) -> str:
        """Return a statement's text for people, with placeholders where the values are bound."""
        text = " ".join(str(statement.compile(dialect=self.connection.dialect)).split())
        return text.replace("%%", "%") if self.connection.dialect.paramstyle in ("format", "pyformat") else text

    def _fetch(self, result: Any, size: int) -> Iterator[list[Sequence[Any]]]:
        with result:
            while True:
                with self.database.call():
                    rows = result.fetchmany(size)
                if not rows:
                    return
                yield rows

    def _run(self, statement: Executable, size: int) -> Any:
        # Cursors on the server keep memory constant, and refuse a second statement smuggled in behind the first.
        with self.database.call():
            return self.connection.execute(statement, execution_options={"yield_per": size})


def url_of(settings: SqlSettings, runtime: Runtime) -> URL:
    """Return the URL of the settings, with the driver named.

    Raises
    ------
    ConfigError
        the text is no SQLAlchemy URL; it is not repeated, for it may hold a password.
    """
    try:
        url = make_url(runtime.reveal(settings.url))
    except (ArgumentError, ValueError):
        raise ConfigError(
            "the url is no SQLAlchemy URL", next_step="write it like postgresql://user:password@host:5432/database"
        ) from None
    return url.set(drivername=dialects.DRIVERS.get(url.drivername, url.drivername))


def label_of(url: URL) -> str:
    """Name a database for people: no user, no password, no parameters."""
    host = f"{url.host or ''}:{url.port}" if url.port else url.host or ""
    return f"{url.get_backend_name()}://{host}/{url.database or ''}"
