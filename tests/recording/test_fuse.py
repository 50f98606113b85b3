"""The network fuse: while it is in, no thread reaches anybody; when it is out, all is as before."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from bartack.errors import RecordingError
from bartack.recording.fuse import network_fuse


@pytest.fixture
def listening() -> Iterator[tuple[str, int]]:
    """An address at which somebody counts who comes."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0.2)
        yield server.getsockname()
        with pytest.raises(TimeoutError):
            server.accept()  # nobody came


def by_socket(address: tuple[str, int]) -> Any:
    socket.create_connection(address, timeout=1)


def by_number(address: tuple[str, int]) -> Any:
    with closing(socket.socket()) as one:
        one.connect_ex(address)


def by_requests(address: tuple[str, int]) -> Any:
    requests.get("http://{}:{}".format(*address), timeout=1)


def by_name(address: tuple[str, int]) -> Any:
    socket.getaddrinfo("localhost", address[1])


def by_datagram(address: tuple[str, int]) -> Any:
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as one:
        one.sendto(b"hello", address)


def by_asyncio(address: tuple[str, int]) -> Any:
    asyncio.run(asyncio.open_connection(*address))


WAYS = [by_socket, by_number, by_requests, by_name, by_datagram, by_asyncio]


@pytest.mark.parametrize("way", WAYS)
def test_nobody_gets_out(way: Callable[[tuple[str, int]], Any], listening: tuple[str, int]) -> None:
    with network_fuse(), pytest.raises(RecordingError, match="the network is off"):
        way(listening)


@pytest.mark.parametrize("way", WAYS)
def test_no_other_thread_gets_out(way: Callable[[tuple[str, int]], Any], listening: tuple[str, int]) -> None:
    ends: list[BaseException] = []

    def go() -> None:
        try:
            way(listening)
        except BaseException as error:
            ends.append(error)

    with network_fuse():
        threads = [threading.Thread(target=go) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [type(end) for end in ends] == [RecordingError] * 4


def test_this_machine_may_be_let_through() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server, network_fuse(loopback=True):
        by_socket(server.getsockname())
        with pytest.raises(RecordingError, match=r"192\.0\.2\.1"):
            by_socket(("192.0.2.1", 80))
        with pytest.raises(RecordingError, match=r"crm\.example\.org"):
            socket.gethostbyname("crm.example.org")


def test_the_strictest_of_several_counts_and_afterwards_all_is_as_before() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        with network_fuse(loopback=True):
            with network_fuse(), pytest.raises(RecordingError):
                by_socket(server.getsockname())
            by_socket(server.getsockname())
        by_socket(server.getsockname())
