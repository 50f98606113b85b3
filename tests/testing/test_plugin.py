"""The fixture that comes with the pytest plugin: servers that end with the test."""

from __future__ import annotations

import socket
from collections.abc import Callable

from bartack.testing import Answer, FaultServer, Nth, fault

pytest_plugins = ["bartack.testing.plugin"]

PORTS: list[int] = []


def test_a_server_is_started_by_a_call(fault_server: Callable[..., FaultServer]) -> None:
    for server in (
        fault_server(lambda _: Answer.json({})),
        fault_server(lambda _: Answer.json({}), Nth(fault("s503"))),
    ):
        PORTS.append(int(server.url.rpartition(":")[2]))
        socket.create_connection(("127.0.0.1", PORTS[-1])).close()


def test_it_has_ended_with_the_test() -> None:
    assert len(PORTS) == 2
    for port in PORTS:
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))
