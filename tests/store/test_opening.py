"""The state on disk: made whole or not at all, private, and never taken for an empty one when it is damaged."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bartack.errors import BartackError, ConfigError, StoreError
from bartack.policies import StoreSettings
from bartack.store import migrations
from bartack.store.opening import open_database
from bartack.store.presence import is_there
from bartack.store.state import StateStore
from bartack.store.tables import METADATA
from bartack.transports.base import Runtime
from support.databases import PostgresServer
from support.numbered import Estate, hub_of, numbered, person

FILE = ".bartack/state.sqlite"


def opened(folder: Path) -> StateStore:
    return StateStore.open(StoreSettings(), Runtime(base_dir=str(folder)))


def test_a_new_state_and_its_folder_are_private(tmp_path: Path) -> None:
    with hub_of(numbered(people=Estate([person(1)])), tmp_path) as hub:
        list(hub.sync())
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / ".bartack").iterdir()}
    assert {"state.sqlite", "state.sqlite-wal", "state.sqlite-shm"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / ".bartack").stat().st_mode) == 0o700


def test_the_migrations_make_the_tables_that_the_code_speaks_of(tmp_path: Path) -> None:
    with opened(tmp_path).read() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)
    of_themselves = (migrations.VERSION_TABLE, "bartack_words")  # alembic's own table, and those that FTS5 makes
    assert [one for one in found if not any(name in str(one) for name in of_themselves)] == []


def test_the_newest_revision_is_the_one_the_code_expects() -> None:
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", "bartack.store:migrations")
    assert ScriptDirectory.from_config(settings).get_current_head() == migrations.HEAD


def test_postgresql_gets_the_same_tables(postgres_cluster: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres_cluster.database("opening")
    database = open_database(url, ".")
    with database.read() as connection:
        names = set(connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars())
    assert {table.name for table in METADATA.sorted_tables} <= names
    again = open_database(url, ".")
    again.close()
    database.close()


def test_many_processes_that_open_a_new_state_at_once_share_it(tmp_path: Path) -> None:
    stores: list[StateStore] = []
    threads = [threading.Thread(target=lambda: stores.append(opened(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 8
    assert [path.name for path in (tmp_path / ".bartack").glob(".state*")] == []


def damaged_header(path: Path) -> None:
    path.write_bytes(b"not a database at all" + path.read_bytes()[21:])


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def rotten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for at in range(4096, len(content), 512):
        content[at] ^= 0xFF
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("harm", [damaged_header, cut_in_half, emptied, rotten])
def test_a_damaged_state_is_a_typed_stop_and_is_left_as_it_is(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    kind = numbered(people=Estate([person(n) for n in range(200)]))
    with hub_of(kind, tmp_path) as hub:
        list(hub.sync())
    file = tmp_path / FILE
    harm(file)
    before = file.read_bytes()
    with pytest.raises(StoreError) as caught, hub_of(kind, tmp_path) as hub:
        assert hub.audit().findings == ()
        list(hub.sync(full=True))
    assert caught.value.next_step
    assert file.read_bytes()[:64] == before[:64]


def test_a_full_disk_stops_the_sync_and_keeps_what_was_committed(tmp_path: Path) -> None:
    estate = Estate([person(n, "x" * 400) for n in range(400)], page_size=20)
    with hub_of(numbered(people=estate), tmp_path) as hub:
        engine = hub.store.database.engine
        pages = sqlite3.connect(tmp_path / FILE).execute("PRAGMA page_count").fetchone()[0]
        from sqlalchemy import event

        @event.listens_for(engine, "checkout")
        def _small(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages + 20}")

        with pytest.raises(StoreError, match="the disk is full"):
            list(hub.sync())
    with hub_of(numbered(people=estate), tmp_path) as hub:
        (ended,) = hub.sync()
        assert ended.state == "published"
        assert ended.done is not None
        assert ended.done["person/1"].rows == 400
        assert hub.audit().findings == ()


def test_a_state_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE bartack_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version of Bartack"):
        opened(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_state_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / FILE).chmod(0o400)
    with pytest.raises(StoreError, match="cannot be written"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://db/state", "cannot be kept in mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("no url", "no SQLAlchemy URL"),
    ],
)
def test_a_url_that_cannot_hold_a_state_is_a_mistake(url: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words):
        open_database(url, str(tmp_path))


def test_a_server_that_is_not_there_is_a_store_error_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_database("postgresql://bartack:hush-hush@127.0.0.1:1/state", str(tmp_path))
    assert "hush-hush" not in str(caught.value)


def test_a_forked_process_may_not_go_on_with_the_same_state(tmp_path: Path) -> None:
    store = opened(tmp_path)
    child = os.fork()
    if child == 0:
        try:
            store.known("a", "b", "person/1")
        except BartackError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_folder_nobody_may_look_into_is_taken_to_hold_a_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_self: Path) -> bool:  # as Python 3.11 does; root, who may run the tests, is refused nothing
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refused)
    assert is_there(StoreSettings(), Runtime(base_dir=str(tmp_path)))


def test_more_threads_than_connections_are_kept_read_and_write_at_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(20):
                with store.read() as connection:
                    connection.execute(text("SELECT count(*) FROM bartack_runs")).scalar_one()
                with store.write() as connection:
                    connection.execute(text("UPDATE bartack_replica SET indexed = indexed + 1"))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with store.read() as connection:
        assert connection.execute(text("SELECT indexed FROM bartack_replica")).scalar_one() == 24 * 20
