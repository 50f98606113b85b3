"""A configuration drafted from a database: it loads, it reads, and what is guessed says so."""

from __future__ import annotations

import sqlite3
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

import bartack
from bartack.errors import ConfigError
from bartack.frontends.cli import main
from bartack.transports.base import Runtime
from bartack.transports.sql.drafts import samples
from bartack.transports.sql.drafts.text import quoted
from bartack.transports.sql.reflect import Drafted, draft
from bartack_contracts import Deal, Invoice, Organization, Person, Product, Ticket


def written(drafted: Drafted, folder: Path) -> Path:
    (folder / "bartack.toml").write_text(drafted.toml)
    for name, text in drafted.mappings.items():
        (folder / name).write_text(text)
    return folder


def database(folder: Path, script: str) -> str:
    connection = sqlite3.connect(folder / "old.db")
    connection.executescript(script)
    connection.close()
    return "sqlite:///old.db"


@pytest.mark.parametrize("fixture", ["northwind_postgres", "northwind_sqlite"])
def test_northwind_is_drafted_and_read(fixture: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    drafted = draft(request.getfixturevalue(fixture), Runtime(base_dir=str(tmp_path)), name="northwind")
    with bartack.open(written(drafted, tmp_path)) as hub:
        found = {}
        for contract in (Person, Organization, Product):
            read = hub.read(contract, allow_partial=True)
            records = list(read)
            assert not read.errors
            for stream in read.report.streams:
                found[stream.stream] = (stream.rows, stream.completeness)
                assert stream.rows == stream.delivered + stream.rejected
            assert records
        assert found["customers"] == (91, "complete")
        assert found["products"] == (77, "complete")
        assert found["suppliers"] == (29, "complete")
        told = {one.field: one for one in hub.explain("northwind/customers/ALFKI").fields}
        assert told["name.full"].raw == "Maria Anders"


def test_every_guess_is_marked_with_its_confidence(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        """CREATE TABLE kunde (kdnr INTEGER PRIMARY KEY, vorname TEXT, nachname TEXT, email TEXT, aktiv CHAR(1), geboren INTEGER);
        INSERT INTO kunde VALUES (1, 'Zoë', 'Müller', 'zoe@example.org', 'J', 19700131), (2, 'A', 'B', NULL, 'N', 19800229);
        CREATE TABLE settings (k TEXT, v TEXT);""",
    )
    drafted = draft(url, Runtime(base_dir=str(tmp_path)))
    text = drafted.mappings["kunde.yaml"]
    rules = [line for line in text.splitlines() if line.startswith("  ") and not line.lstrip().startswith("#")]
    assert text.count("guess (") == len(rules) + 1
    assert any("settings: no contract guessed" in note for note in drafted.notes)
    with bartack.open(written(drafted, tmp_path)) as hub:
        first, second = hub.read(Person)
    assert first.value.name.full == "Zoë Müller"
    assert str(first.value.birth_date) == "1970-01-31"
    assert (first.value.active, second.value.active) == (True, False)
    assert second.value.birth_date is not None


def test_a_table_without_a_key_gets_a_marked_guess(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        "CREATE TABLE contacts (name TEXT, mail TEXT); INSERT INTO contacts VALUES ('A', 'a@b.example'), ('A', 'c@d.example');",
    )
    toml = draft(url, Runtime(base_dir=str(tmp_path))).toml
    assert 'key = "mail"   # guess (0.4): no primary key' in toml


def test_names_that_need_quotes_are_quoted(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        """CREATE TABLE "customer ""list"" " ("id no" INTEGER PRIMARY KEY, "Full.Name" TEXT, "e-mail: one" TEXT, "select" TEXT);
        INSERT INTO "customer ""list"" " VALUES (7, 'Zoë', 'zoe@example.org', 'x');""",
    )
    with bartack.open(written(draft(url, Runtime(base_dir=str(tmp_path))), tmp_path)) as hub:
        (record,) = hub.read(Person, allow_partial=True)
    assert record.ref.id == "7"
    assert record.value.emails[0].address == "zoe@example.org"
    assert {one.key for one in record.value.custom} >= {"select"}


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        draft("sqlite:///nothing.db", Runtime(base_dir=str(tmp_path)))
    assert not (tmp_path / "nothing.db").exists()


def test_init_from_a_database_needs_no_further_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    url = database(
        tmp_path, "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO people VALUES (1, 'Zoë');"
    )
    assert main(["init", "--from", url]) == 0
    assert main(["check"]) == 0
    assert main(["read", "person"]) == 0
    assert "old/people/1" in capsys.readouterr().out


def drafted_and_open(folder: Path, script: str) -> tuple[Drafted, bartack.Hub]:
    drafted = draft(database(folder, script), Runtime(base_dir=str(folder)))
    return drafted, bartack.open(written(drafted, folder))


def test_persons_and_firms_in_one_table_are_told_apart_by_the_code_that_does(
    sqlite_customers: str, tmp_path: Path
) -> None:
    drafted = draft(sqlite_customers, Runtime(base_dir=str(tmp_path)))
    assert sorted(drafted.mappings) == ["customer.organization.yaml", "customer.person.yaml"]
    assert "when: {path: kind, in: [P]}" in drafted.mappings["customer.person.yaml"]
    with bartack.open(written(drafted, tmp_path)) as hub:
        people, firms = hub.read(Person), hub.read(Organization)
        assert len(list(people)) + len(list(firms)) == people.report.verdict.rows
        assert people.report.verdict.completeness == firms.report.verdict.completeness == "complete"


def test_a_code_that_does_not_decide_splits_nothing(tmp_path: Path) -> None:
    script = """CREATE TABLE customer (id INTEGER PRIMARY KEY, region TEXT, name TEXT, vorname TEXT);
        INSERT INTO customer VALUES (1, 'N', 'A', 'a'), (2, 'N', 'B', ''), (3, 'S', 'C', 'c'), (4, 'S', 'D', '');"""
    assert list(drafted_and_open(tmp_path, script)[0].mappings) == ["customer.yaml"]


def test_a_customer_with_a_firm_and_a_contact_feeds_both_contracts(tmp_path: Path) -> None:
    script = """CREATE TABLE clients (client_id INTEGER PRIMARY KEY, client_company TEXT, contact_name TEXT);
        INSERT INTO clients VALUES (1, 'Smith & Sons', 'Jo Smith');"""
    _, hub = drafted_and_open(tmp_path, script)
    with hub:
        (person,), (firm,) = hub.read(Person), hub.read(Organization)
    assert (person.value.name.full, firm.value.name) == ("Jo Smith", "Smith & Sons")


def test_invoices_deals_and_tickets_are_drafted_with_their_code_tables(tmp_path: Path) -> None:
    script = """
        CREATE TABLE firma (id INTEGER PRIMARY KEY, firma TEXT, mwst_nr TEXT);
        INSERT INTO firma VALUES (5, 'Smith & Sons', '');
        CREATE TABLE tbl_rechnung (rechnungsnr TEXT PRIMARY KEY, kunde INTEGER REFERENCES firma (id), datum TEXT,
          betrag TEXT, waehrung TEXT, status TEXT);
        INSERT INTO tbl_rechnung VALUES ('R-1', 5, '31.12.2024', '1.234,50', 'EUR', 'bezahlt'), ('R-2', 5, '01.02.2025', '7', 'EUR', 'Z9');
        CREATE TABLE opportunities (id INTEGER PRIMARY KEY, title TEXT, amount_cents INTEGER, currency TEXT, stage TEXT, close_date INTEGER);
        INSERT INTO opportunities VALUES (1, 'Big one', 129900, 'USD', 'Closed Won', 20250131);
        CREATE TABLE cases (case_no TEXT PRIMARY KEY, subject TEXT, status TEXT, priority TEXT);
        INSERT INTO cases VALUES ('C1', 'It broke', 'On Hold', 'High');"""
    drafted, hub = drafted_and_open(tmp_path, script)
    assert "hundredths are taken for granted" in drafted.mappings["opportunities.yaml"]
    with hub:
        bills = list(hub.read(Invoice))
        (deal,), (ticket,) = hub.read(Deal), hub.read(Ticket)
    paid, odd = (one.value for one in bills)
    assert paid.total
    assert paid.party
    assert deal.value.amount
    assert ticket.value.priority
    assert (paid.number, paid.status.value, str(paid.issue_date), str(paid.total.amount)) == (
        "R-1",
        "paid",
        "2024-12-31",
        "1234.50",
    )
    assert (odd.status.value, odd.status.raw) == ("unknown", "Z9")
    assert (paid.party.contract, paid.party.id) == ("organization/1", "5")
    assert (str(deal.value.amount.amount), deal.value.amount.currency, deal.value.status.value) == (
        "1299.00",
        "USD",
        "won",
    )
    assert str(deal.value.expected_close) == "2025-01-31"
    assert (ticket.value.status.value, ticket.value.priority.value) == ("on_hold", "high")


def test_an_invoice_without_a_currency_says_what_is_missing(tmp_path: Path) -> None:
    url = database(tmp_path, "CREATE TABLE invoice (id INTEGER PRIMARY KEY, total NUMERIC);")
    assert "# currency: {const: EUR}" in draft(url, Runtime(base_dir=str(tmp_path))).mappings["invoice.yaml"]


def test_values_that_fit_no_type_do_not_end_the_draft(tmp_path: Path) -> None:
    script = """CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, birth_date DATE, updated TIMESTAMP, active BOOLEAN);
        INSERT INTO people VALUES (1, CAST(x'4DFC6C' AS TEXT), '0000-00-00', 'yesterday', 'maybe'), (2, 'Zoë', '31.12.1970', '', 5);"""
    drafted, hub = drafted_and_open(tmp_path, script)
    assert '# encoding = "cp1252"   # guess' in drafted.toml
    assert "changed" not in drafted.toml, "yesterday cannot be compared"
    assert "%d.%m.%Y" in drafted.mappings["people.yaml"]
    assert "1970" not in drafted.mappings["people.yaml"], "nobody's birthday"
    with hub:
        (record,) = hub.read(Person, allow_partial=True)
    assert str(record.value.birth_date) == "1970-12-31"


def test_a_table_in_which_no_column_tells_rows_apart_is_keyed_by_all(tmp_path: Path) -> None:
    script = """CREATE TABLE contacts (name TEXT, city TEXT);
        INSERT INTO contacts VALUES ('A', 'B'), ('A', 'C'), ('D', 'C'), ('D', 'C');"""
    drafted, hub = drafted_and_open(tmp_path, script)
    assert 'key = ["name", "city"]   # guess (0.2): no primary key' in drafted.toml
    with hub:
        read = hub.read(Person)
        assert [record.ref.id for record in read] == ["A,B", "A,C", "D,C"]
        assert read.report.verdict.duplicates == 1


def test_a_column_that_is_only_unique_in_the_rows_looked_at_is_no_key(tmp_path: Path) -> None:
    script = """CREATE TABLE contacts (no INTEGER, name TEXT, mail TEXT);
        WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 300)
        INSERT INTO contacts SELECT min(i, 299), 'n', i || '@b.example' FROM c;"""
    drafted, _ = drafted_and_open(tmp_path, script)
    assert 'key = "mail"   # guess (0.4)' in drafted.toml


def test_a_changed_column_makes_the_stream_incremental(tmp_path: Path) -> None:
    script = """CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, updated_at TEXT);
        INSERT INTO people VALUES (1, 'Zoë', '2024-03-10 12:00:00');"""
    drafted, _ = drafted_and_open(tmp_path, script)
    assert 'changed = "updated_at"   # guess (0.8)' in drafted.toml
    assert "# default_zone" in drafted.toml


def test_a_view_is_a_stream_too(tmp_path: Path) -> None:
    script = """CREATE TABLE x1 (k INTEGER PRIMARY KEY, n TEXT); INSERT INTO x1 VALUES (1, 'Zoë');
        CREATE VIEW v_people AS SELECT k AS id, n AS name FROM x1;"""
    drafted, hub = drafted_and_open(tmp_path, script)
    assert 'view = "v_people"\nkey = "id"   # guess (0.7)' in drafted.toml
    with hub:
        assert [record.ref.id for record in hub.read(Person)] == ["1"]


def test_a_table_that_only_sounds_like_a_contract_is_left_out_and_said(tmp_path: Path) -> None:
    script = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE customer_groups (id INTEGER, size INTEGER);"
    drafted, _ = drafted_and_open(tmp_path, script)
    assert list(drafted.mappings) == ["people.yaml"]
    assert any(
        note.startswith("table customer_groups: no contract guessed; it sounds like person/1") for note in drafted.notes
    )


def test_schemas_of_postgresql_are_drafted_and_read(postgres: str, tmp_path: Path) -> None:
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql('DROP SCHEMA IF EXISTS "Sales" CASCADE')
        connection.exec_driver_sql('CREATE SCHEMA "Sales"')
        connection.exec_driver_sql('CREATE TABLE "Sales"."Person" ("Id" int PRIMARY KEY, "Name" char(20), born date)')
        connection.exec_driver_sql(
            "INSERT INTO \"Sales\".\"Person\" VALUES (1, 'Zoë', '9999-12-31'), (2, 'Ann', '1970-01-31')"
        )
    engine.dispose()
    drafted = draft(postgres, Runtime(base_dir=str(tmp_path)), name="erp")
    assert 'schema = "Sales"' in drafted.toml
    assert 'sentinels: ["9999-12-31"]' in drafted.mappings["person.yaml"]
    with bartack.open(written(drafted, tmp_path)) as hub:
        found = {record.ref.id: record.value for record in hub.read(Person) if record.ref.stream == "person"}
    assert (found["1"].name.full, found["1"].birth_date) == ("Zoë", None)
    assert str(found["2"].birth_date) == "1970-01-31"


def test_a_password_is_never_written(postgres: str, tmp_path: Path) -> None:
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS people (id int PRIMARY KEY, name text)")
    engine.dispose()
    url = postgres.replace("postgres@", "postgres:hunter2@")
    assert "hunter2" in url
    drafted = draft(url, Runtime(base_dir=str(tmp_path)), name="my-erp")
    assert "hunter2" not in repr(drafted)
    assert tomllib.loads(drafted.toml)["sources"]["my-erp"]["url"] == {"env": "MY_ERP_URL"}


# Letters with case are left out: a word such as "opportunity" rightly makes the table one of deals.
names = st.text(
    st.characters(exclude_categories=["Cs", "Lu", "Ll", "Lt"], exclude_characters="\x00'"), min_size=1, max_size=12
)


@given(table=names, column=names)
def test_no_name_breaks_a_draft(tmp_path_factory: pytest.TempPathFactory, table: str, column: str) -> None:
    folder = tmp_path_factory.mktemp("draft")
    connection = sqlite3.connect(folder / "old.db")
    what = '"people ' + table.replace('"', '""') + '"'
    which = '"e-mail ' + column.replace('"', '""') + '"'
    connection.execute(f"CREATE TABLE {what} ({which} TEXT PRIMARY KEY, name TEXT)")
    with connection:
        connection.execute(f"INSERT INTO {what} VALUES ('zoe@example.org', 'Zoë')")
    connection.close()
    with bartack.open(written(draft("sqlite:///old.db", Runtime(base_dir=str(folder))), folder)) as hub:
        (record,) = hub.read(Person)
    assert record.ref.id == "zoe@example.org"
    assert [one.address for one in record.value.emails] == ["zoe@example.org"]


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_quoted_text_reads_back_from_toml(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}


@pytest.mark.parametrize(
    ("values", "written_as", "sure"),
    [
        (["2024-03-10", "0000-00-00"], "iso", True),
        (["2024-03-10 12:00:00.5", "2024-03-10T12:00"], "iso", True),
        ([20240310, 0, 99991231], "yyyymmdd", True),
        (["31.12.2024"], "%d.%m.%Y", True),
        (["12/31/2024", "01/02/2024"], "%m/%d/%Y", True),
        (["31/12/2024"], "%d/%m/%Y", True),
        (["01/02/2024"], "%d/%m/%Y", False),
    ],
)
def test_the_form_of_dates_is_seen_and_doubt_is_admitted(values: list[Any], written_as: str, sure: bool) -> None:
    found = samples.dates(values)
    assert found is not None
    assert (found.format, found.sure) == (written_as, sure)


@pytest.mark.parametrize(
    "values", [["yesterday"], [5], ["2024-03-10", "31.12.2024"], [b"x"], [], ["0000-00-00"], [1.5]]
)
def test_values_without_one_form_of_date_are_no_dates(values: list[Any]) -> None:
    assert samples.dates(values) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["Y", "N"], (["Y"], ["N"])),
        (["j"], (["J"], ["N"])),
        ([0, 1], ([], [])),
        ([-1, 0], (["-1"], ["0"])),
        ([True], ([], [])),
        (["Y", "J"], None),
        ([], None),
        ([0, 1, 2], None),
    ],
)
def test_flags_are_seen_where_two_words_are_all_there_is(values: list[Any], words: Any) -> None:
    assert samples.flag(values) == words


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        (["1.234,50", "7"], {"mark": ",", "group": "."}),
        (["1,234.50"], {"group": ","}),
        (["12.50", "-3"], {}),
        ([5], {}),
        (["12 EUR"], None),
    ],
)
def test_the_marks_of_numbers_are_seen(values: list[Any], marks: Any) -> None:
    assert samples.number_marks(values) == marks
