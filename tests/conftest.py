"""Fixtures every test may ask for: live peers, databases with the shared customers, the corpus of recordings.

A peer starts when the first test asks for it and ends with the session. One that cannot start skips its tests with
the reason, or fails them where ``BARTACK_REQUIRE_PEERS=1``. The marks ``peer`` and ``corpus`` follow from the fixtures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import settings

from support.databases import (
    MariadbServer,
    PostgresServer,
    copy_database,
    load_script,
    mariadb_server,
    postgres_server,
    write_customers,
)
from support.environments import run_in
from support.network import loopback_only
from support.peers import PeerError, Tryton, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Peer = TypeVar("Peer")

collect_ignore_glob = ["peers/*/*.py", "service/frameworks/*.py"]  # programs that run in environments of their own

PEER_FIXTURES = frozenset({"tryton", "soap_spyne", "soap_node", "soap_php", "postgres_cluster", "mariadb", "browser"})

settings.register_profile("bartack", deadline=None)  # a busy machine is slow, and that is no failure
settings.load_profile("bartack")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they ask for, before ``-m`` selects."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & PEER_FIXTURES:
            item.add_marker("peer")
        if "corpus" in fixtures:
            item.add_marker("corpus")


@pytest.fixture(autouse=True, scope="session")
def offline() -> Iterator[None]:
    """Block every way out of this machine."""
    with loopback_only():
        yield


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recordings and samples that BARTACK_CORPUS names."""
    folder = os.environ.get("BARTACK_CORPUS")
    if not folder:
        pytest.skip("BARTACK_CORPUS does not name the corpus of recordings")
    return Path(folder)


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The estate as ``bartack demo --keep`` leaves it, to be copied."""
    from bartack.frontends.cli import main

    folder = tmp_path_factory.mktemp("demo") / "estate"
    assert main(["demo", "--keep", str(folder)]) == 0
    return folder


@contextmanager
def required(starting: AbstractContextManager[Peer]) -> Iterator[Peer]:
    """Run a peer for the session, or skip (fail where it is required) with the reason."""
    with ExitStack() as stack:
        try:
            peer = stack.enter_context(starting)
        except PeerError as error:
            raise unavailable(str(error)) from None
        yield peer


def unavailable(reason: str) -> BaseException:
    """Return what skips with this reason, or fails where BARTACK_REQUIRE_PEERS=1."""
    if os.environ.get("BARTACK_REQUIRE_PEERS") == "1":
        return pytest.fail.Exception(reason, pytrace=False)
    return pytest.skip.Exception(reason)


@pytest.fixture(scope="session")
def tryton() -> Iterator[Tryton]:
    """A Tryton 8.2 whose parties are the shared customers."""
    with required(running("tryton")) as told:
        yield Tryton(told["url"], told["database"], told["user"], told["password"])


@pytest.fixture(scope="session")
def soap_spyne() -> Iterator[str]:
    """The address of the WSDL of a Spyne server."""
    with required(running("soap_spyne")) as told:
        yield told["url"]


@pytest.fixture(scope="session")
def soap_node() -> Iterator[str]:
    """The address of the WSDL of a node-soap server."""
    with required(running("soap_node")) as told:
        yield told["url"]


@pytest.fixture(scope="session")
def soap_php() -> Iterator[str]:
    """The address of the WSDL of a PHP server."""
    with required(running("soap_php")) as told:
        yield told["url"]


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresServer]:
    """A PostgreSQL of this session's own."""
    with required(postgres_server()) as server:
        yield server


@pytest.fixture(scope="session")
def postgres(postgres_cluster: PostgresServer) -> str:
    """The SQLAlchemy URL of a PostgreSQL database, empty at first."""
    return postgres_cluster.database("bartack")


@pytest.fixture(scope="session")
def postgres_customers(postgres_cluster: PostgresServer) -> str:
    """The SQLAlchemy URL of a PostgreSQL database: the shared customers in a legacy schema."""
    url = postgres_cluster.database("customers")
    write_customers(url)
    return url


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariadbServer]:
    """A MariaDB of this session's own."""
    with required(mariadb_server()) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_customers(mariadb: MariadbServer) -> str:
    """The SQLAlchemy URL of a MariaDB database: the shared customers in a legacy schema."""
    url = mariadb.database("customers")
    write_customers(url)
    return url


@pytest.fixture(scope="session")
def sqlite_customers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The SQLAlchemy URL of an SQLite file: the shared customers in a legacy schema."""
    url = f"sqlite:///{tmp_path_factory.mktemp('databases') / 'customers.sqlite'}"
    write_customers(url)
    return url


@pytest.fixture(scope="session")
def northwind_postgres(corpus: Path, postgres_cluster: PostgresServer) -> str:
    """The SQLAlchemy URL of Northwind in PostgreSQL."""
    url = postgres_cluster.database("northwind")
    load_script(url, corpus / "db/northwind/northwind.sql")
    return url


@pytest.fixture(scope="session")
def northwind_sqlite(northwind_postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The SQLAlchemy URL of Northwind in an SQLite file."""
    url = f"sqlite:///{tmp_path_factory.mktemp('databases') / 'northwind.sqlite'}"
    copy_database(northwind_postgres, url)
    return url


@pytest.fixture(scope="session")
def beside() -> Callable[..., str]:
    """Runs a program beside a library that Bartack does not depend on, in an environment of its own; see ``run_in``."""

    def run(requirement: str, program: Path, *arguments: str) -> str:
        try:
            return run_in(requirement, program, *arguments)
        except PeerError as error:
            raise unavailable(str(error)) from None

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium. Of one module: playwright keeps an event loop running in this thread, so nobody else could run one."""
    from support.browsing import chromium  # here: few tests need it

    with required(chromium()) as found:
        yield found
