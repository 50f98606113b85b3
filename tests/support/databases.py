"""Databases as old business systems keep them: the shared customers in a legacy schema, and Northwind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    Date,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    make_url,
    select,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from support.peers import PEERS, running

__all__ = [
    "MariadbServer",
    "PostgresServer",
    "copy_database",
    "load_script",
    "mariadb_server",
    "postgres_server",
    "write_customers",
]

PLATES = {
    "AT": ("A", "Österreich"),
    "CH": ("CH", "Schweiz"),
    "DE": ("D", "Deutschland"),
    "ES": ("E", "Spanien"),
    "FR": ("F", "Frankreich"),
    "GB": ("GB", "Großbritannien"),
    "IE": ("IRL", "Irland"),
    "IS": ("IS", "Island"),
    "JP": ("J", "Japan"),
    "NL": ("NL", "Niederlande"),
    "PL": ("PL", "Polen"),
}
"""The code table of the legacy schema: ISO code to the letters on a number plate, and a name."""


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A running server; ``url`` is its maintenance database."""

    url: str

    def database(self, name: str) -> str:
        """Create an empty database and return its SQLAlchemy URL."""
        engine = _engine(self.url)
        quoted = engine.dialect.identifier_preparer.quote_identifier(name)
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(f"CREATE DATABASE {quoted}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


class PostgresServer(DatabaseServer):
    """A running PostgreSQL."""


class MariadbServer(DatabaseServer):
    """A running MariaDB."""


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a PostgreSQL of our own; raises PeerError when it cannot be started."""
    with running("postgres", ready=_accepts_connections) as told:
        yield PostgresServer(told["url"])


@contextmanager
def mariadb_server() -> Iterator[MariadbServer]:
    """Run a MariaDB of our own; raises PeerError when it cannot be started."""
    with running("mariadb", ready=_accepts_connections) as told:
        yield MariadbServer(told["url"])


def _accepts_connections(told: Mapping[str, str]) -> bool:
    try:
        _engine(told["url"]).connect().close()
    except OperationalError:
        return False
    return True


def _engine(url: str) -> Engine:
    """Return an engine that leaves no connection open behind it."""
    return create_engine(url, poolclass=NullPool)


def write_customers(url: str) -> None:
    """Create the legacy tables in an empty database and fill them with the shared customers.

    Text is padded with blanks and blank where there is none, the country is the code on a number plate, the balance a
    number of cents, the flag Y or N, ``created`` UTC without saying so. An unknown birthday is 0000-00-00; PostgreSQL
    has no such date and says 0001-01-01. SQLite keeps dates as text. MariaDB forgets the blanks behind a CHAR.
    """
    engine = _engine(url)
    dialect = engine.dialect.name
    text_dates = dialect == "sqlite"
    metadata = MetaData()
    countries = Table(
        "country",
        metadata,
        Column("cntry", CHAR(3), primary_key=True),
        Column("iso2", CHAR(2), nullable=False),
        Column("name", String(30)),
    )
    customers = Table(
        "customer",
        metadata,
        Column("cust_no", CHAR(8), primary_key=True),
        Column("kind", CHAR(1), nullable=False),
        Column("name", CHAR(40), nullable=False),
        Column("given", CHAR(20), nullable=False),
        Column("family", CHAR(20), nullable=False),
        Column("street", String(80)),
        Column("zip", CHAR(10), nullable=False),
        Column("city", CHAR(30), nullable=False),
        Column("cntry", CHAR(3), nullable=False),
        Column("tel", String(60)),
        Column("mail", String(60)),
        Column("bal_cents", BigInteger, nullable=False),
        Column("created", String(19) if text_dates else DateTime, nullable=False),
        Column("born", CHAR(10) if text_dates else Date, nullable=False),
        Column("active", CHAR(1), nullable=False),
        Column("vat", CHAR(20), nullable=False),
    )
    entries = json.loads((PEERS / "customers.json").read_text(encoding="utf-8"))
    with engine.begin() as connection:
        metadata.create_all(connection)
        codes = [{"cntry": f"{plate:<3}", "iso2": iso, "name": name} for iso, (plate, name) in PLATES.items()]
        connection.execute(insert(countries), codes)
        connection.execute(insert(customers), [_legacy_row(entry, dialect) for entry in entries])


def _legacy_row(entry: Mapping[str, Any], dialect: str) -> dict[str, Any]:
    created = datetime.fromisoformat(entry["created"])
    if created.tzinfo:
        created = created.astimezone(UTC).replace(tzinfo=None)
    born: str | date = "0000-00-00" if dialect != "postgresql" else date(1, 1, 1)
    if entry["born"]:
        born = entry["born"] if dialect == "sqlite" else date.fromisoformat(entry["born"])
    return {
        "cust_no": f"{entry['id']:08}",
        "kind": entry["kind"][0].upper(),
        "name": f"{entry['name']:<40}",
        "given": f"{entry['given'] or '':<20}",
        "family": f"{entry['family'] or '':<20}",
        "street": entry["street"],
        "zip": f"{entry['postcode'] or '':<10}",
        "city": f"{entry['city']:<30}",
        "cntry": f"{PLATES[entry['country']][0]:<3}",
        "tel": "; ".join(entry["phones"]) or None,
        "mail": entry["email"],
        "bal_cents": int((Decimal(entry["balance"]) * 100).to_integral_value()),
        "created": created.isoformat(" ", "seconds") if dialect == "sqlite" else created,
        "born": born,
        "active": "Y" if entry["active"] else "N",
        "vat": f"{entry['vat'] or '':<20}",
    }


def load_script(url: str, script: Path) -> None:
    """Run an SQL script of many statements."""
    with _engine(url).begin() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(script.read_text(encoding="utf-8"))  # past SQLAlchemy, which would look for parameters


def copy_database(source: str, target: str) -> None:
    """Copy tables and rows, with the nearest types that the other database has."""
    metadata = MetaData()
    reading, writing = _engine(source), _engine(target)
    metadata.reflect(reading)
    for table in metadata.tables.values():
        for column in table.columns:
            column.type = column.type.as_generic()
    with reading.connect() as rows, writing.begin() as connection:
        metadata.create_all(connection)
        for table in metadata.sorted_tables:
            if batch := [dict(row) for row in rows.execute(select(table)).mappings()]:
                connection.execute(insert(table), batch)
