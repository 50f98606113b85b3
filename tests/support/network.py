"""Keep tests on this machine: every way out of the loopback interface is an error."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

__all__ = ["NetworkBlockedError", "loopback_only"]


class NetworkBlockedError(RuntimeError):
    """A test tried to leave this machine; no OSError, so that no retry takes it for a bad line."""


@contextmanager
def loopback_only() -> Iterator[None]:
    """Refuse connections and look-ups of names beyond loopback; unix sockets stay free."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[-1]  # of sendto(data, [flags,] address) too
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise NetworkBlockedError(f"a test may not connect to {address[0]}")
        return method(self, *args)

    return guarded


def _guarded_lookup(lookup: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *args: Any, **options: Any) -> Any:
        if host and not _is_loopback(host) and not _is_number(host):
            raise NetworkBlockedError(f"a test may not look up {host}")
        return lookup(host, *args, **options)

    return guarded


def _is_loopback(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    return name == "localhost" or (_is_number(name) and ipaddress.ip_address(name.partition("%")[0]).is_loopback)


def _is_number(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
