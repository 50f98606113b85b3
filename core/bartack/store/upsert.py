"""Insert, or update where the key is there: the one statement that SQLite and PostgreSQL spell alike but apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table

__all__ = ["insert_into", "upsert", "upsert_from"]


def insert_into(connection: Connection, table: Table) -> Any:
    """Return the database's own ``INSERT``, which can take a conflict."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_postgresql

        return insert_postgresql(table)
    from sqlalchemy.dialects.sqlite import insert as insert_sqlite

    return insert_sqlite(table)


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows with all their columns; those whose primary key is there are replaced."""
    if rows:
        key = [column.name for column in table.primary_key]
        statement = insert_into(connection, table)
        replaced = {name: statement.excluded[name] for name in rows[0] if name not in key}
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=replaced), list(rows))


def upsert_from(connection: Connection, table: Table, names: Sequence[str], rows: Select[Any]) -> None:
    """Write the rows of a select, which has a condition, as :func:`upsert` does."""
    key = [column.name for column in table.primary_key]
    statement = insert_into(connection, table).from_select(list(names), rows)
    replaced = {name: statement.excluded[name] for name in names if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=replaced))
