"""What MariaDB's columns hold, with the oddities of old ones, comes out of a recording as out of the database."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import bartack
from bartack.recording.fuse import network_fuse
from bartack.transports.base import Query
from support.databases import MariadbServer

TABLE = """
CREATE TABLE customer (
    cust_no BIGINT UNSIGNED PRIMARY KEY, price DECIMAL(30,10), ratio DOUBLE, approx FLOAT, tiny TINYINT(1), small TINYINT,
    flags BIT(8), flag BIT(1), born DATE, since DATETIME(6), changed TIMESTAMP NULL, span TIME(3), y YEAR, doc JSON,
    mood ENUM('good', 'bad'), tags SET('a', 'b', 'c'), picture BLOB, hash BINARY(4), code CHAR(5), note LONGTEXT,
    latin VARCHAR(20) CHARACTER SET latin1, place POINT, empty VARCHAR(5)
) CHARACTER SET utf8mb4
"""
ROWS = (
    "18446744073709551615, 12345678901234567890.0123456789, 0.1, 0.1, 1, -128, b'10000001', b'1', '0000-00-00',"
    " '1000-01-01 00:00:00.000001', '2038-01-19 03:14:07', '-838:59:59.5', 1999, '{\"a\": [1.10, null, \"ß\"]}',"
    " 'bad', 'a,c', X'00FF0A', X'00', 'x  ', 'Zażółć 🎈\\n\\'', 'Müller', ST_GeomFromText('POINT(1 2)'), ''",
    "0, -0.5, -1.5e300, 3.25, 0, 127, b'0', b'0', '2024-02-00', '0000-00-00 00:00:00', NULL, '00:00:00', 0, '[]',"
    " 'good', '', '', X'FFFFFFFF', '', '', '', NULL, NULL",
    "7" + ", NULL" * 22,
)
TOML = """
[sources.legacy]
connector = "sql"
{url}
default_zone = "UTC"
keep = {{ personal = "keep" }}
{mode} = "db.yaml"
[sources.legacy.streams.customers]
table = "customer"
key = "cust_no"
mapping = "customers.yaml"
page_size = 2
"""


@pytest.fixture(scope="session")
def odd_types(mariadb: MariadbServer) -> str:
    """The URL of a database with a table of many types."""
    url = mariadb.database("types")
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = '', time_zone = '+00:00'")
        connection.exec_driver_sql(TABLE)
        for row in ROWS:
            connection.exec_driver_sql(f"INSERT INTO customer VALUES ({row})")
    return url


def rows(folder: Path, mode: str, url: str | None) -> list[dict[str, Any]]:
    (folder / "url.txt").write_text(url or "", encoding="utf-8")
    (folder / "customers.yaml").write_text(
        "contract: person/1\nfields:\n  name.full: {path: note, use: text}\ncustom: true\n", encoding="utf-8"
    )
    text = TOML.format(url='url = { file = "url.txt" }', mode=mode)
    (folder / "bartack.toml").write_text(text, encoding="utf-8")
    with bartack.open(folder) as hub:
        source = hub.source("legacy")
        with source.open() as session:
            return [dict(row) for page in source.feeds()[0].pages(session, Query()) for row in page.rows]


def test_every_type_comes_back_with_its_value_and_its_python_type(odd_types: str, tmp_path: Path) -> None:
    live = rows(tmp_path, "record", odd_types)
    with network_fuse() as heard:
        again = rows(tmp_path, "replay", "mysql://nobody@192.0.2.1/nothing")
    assert again == live
    assert [[type(value) for value in row.values()] for row in again] == [
        [type(value) for value in row.values()] for row in live
    ]
    assert heard == []
    assert [row["cust_no"] for row in live] == [0, 7, 18446744073709551615]
    full = live[-1]
    assert full["price"] == Decimal("12345678901234567890.0123456789")
    assert (full["born"], full["span"]) == ("0000-00-00", "-838:59:59.500000")
