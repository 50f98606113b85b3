"""Any database: tables, views and selects become streams by configuration."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bartack.sdk import Connector, Runtime, SqlSession, SqlSettings, SqlStream, Stream

__all__ = ["Sql", "SqlConnectorSettings", "TableSettings"]


class TableSettings(BaseModel):
    """One ``[sources.NAME.streams.STREAM]`` table of a database source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str | None = Field(None, description="table to read; exactly one of table, view and select")
    view: str | None = Field(None, description="view to read")
    select: str | None = Field(None, description="one SELECT statement; :names are bound from parameters")
    parameters: dict[str, Any] = Field(default_factory=dict, description="values of the select's :names")
    schema_: str | None = Field(None, alias="schema", description="schema of the table or view")
    columns: tuple[str, ...] | None = Field(None, description="columns to read; all where it is left out")
    key: str | tuple[str, ...] = Field(description="column, or columns, that identify a row")
    changed: str | None = Field(None, description="column that says when a row was changed last")
    mapping: str | tuple[str, ...] = Field(description="mapping file, relative to bartack.toml; one a contract")
    page_size: int = Field(1000, ge=1, description="rows read at once")


class SqlConnectorSettings(SqlSettings):
    """Where the database is, and what is read of it."""

    streams: dict[str, TableSettings] = Field(description="name -> table, view or select")


class Sql(Connector):
    """Any database that SQLAlchemy reaches (https://docs.sqlalchemy.org/20/dialects/), read only."""

    name, settings = "sql", SqlConnectorSettings

    def streams_of(self) -> tuple[Stream, ...]:
        """Return the configured tables, views and selects."""
        tables: dict[str, TableSettings] = getattr(self.options, "streams", {})
        return tuple(_stream(name, table) for name, table in tables.items())

    def open(self, runtime: Runtime) -> SqlSession:
        """Open the database; it is connected when it is first read."""
        return SqlSession(self.options, runtime)


def _stream(name: str, table: TableSettings) -> SqlStream:
    given = {key: getattr(table, key) for key in TableSettings.model_fields if key != "schema_"}
    return SqlStream(name, **given, schema=table.schema_)
