"""Tests stay on this machine."""

from __future__ import annotations

import socket

import pytest

from support.network import NetworkBlockedError


@pytest.mark.parametrize("address", ["192.0.2.1", "169.254.169.254", "2001:db8::1"])
def test_no_test_connects_beyond_loopback(address: str) -> None:
    with pytest.raises(NetworkBlockedError, match=address):
        socket.create_connection((address, 80), timeout=1)


def test_no_test_sends_a_datagram_beyond_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire, pytest.raises(NetworkBlockedError):
        wire.sendto(b"", ("192.0.2.1", 9))


def test_no_test_looks_up_a_name_elsewhere() -> None:
    with pytest.raises(NetworkBlockedError, match=r"crm\.example"):
        socket.create_connection(("crm.example", 443), timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_stays_open(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=1).close()


def test_unix_sockets_stay_open() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        one.sendall(b"stitch")
        assert other.recv(6) == b"stitch"
