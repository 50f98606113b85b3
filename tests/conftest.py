"""Fixtures every test may ask for: live peers, databases with the shared customers, the corpus of recordings.

A peer starts when the first test asks for it and ends with the session. One that cannot start skips its tests with
the reason, or fails them where ``BARTACK_REQUIRE_PEERS=1``. The marks ``peer`` and ``corpus`` follow from the fixtures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from support.network import loopback_only
from support.peers import PeerError, Tryton, running

collect_ignore_glob = ["peers/*/*.py"]  # programs of the peers: they run in environments of their own

PEER_FIXTURES = frozenset({"tryton", "soap_spyne", "soap_node", "soap_php"})


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


@contextmanager
def peer(name: str) -> Iterator[Mapping[str, str]]:
    """Run a peer for the session, or skip (fail where it is required) with the reason."""
    with ExitStack() as stack:
        try:
            told = stack.enter_context(running(name))
        except PeerError as error:
            unavailable(str(error))
        yield told


def unavailable(reason: str) -> NoReturn:
    """Skip with this reason, or fail where BARTACK_REQUIRE_PEERS=1."""
    if os.environ.get("BARTACK_REQUIRE_PEERS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def tryton() -> Iterator[Tryton]:
    """A Tryton 8.2 whose parties are the shared customers."""
    with peer("tryton") as told:
        yield Tryton(told["url"], told["database"], told["user"], told["password"])


@pytest.fixture(scope="session")
def soap_spyne() -> Iterator[str]:
    """The address of the WSDL of a Spyne server."""
    with peer("soap_spyne") as told:
        yield told["url"]


@pytest.fixture(scope="session")
def soap_node() -> Iterator[str]:
    """The address of the WSDL of a node-soap server."""
    with peer("soap_node") as told:
        yield told["url"]


@pytest.fixture(scope="session")
def soap_php() -> Iterator[str]:
    """The address of the WSDL of a PHP server."""
    with peer("soap_php") as told:
        yield told["url"]
