"""From a host name to a connection: looked up once, checked, and connected to the very address that was checked.

Addresses beyond the public internet are for those who configured them. A host counts as such where it is written as an
address or as a name that can only be an internal one: a single label (``localhost``, ``crm``), or one of the labels of
``INWARD`` anywhere in it (``tickets.intra.example``, ``crm.corp.example.com``). Any other name that leads to a private,
loopback or link-local address is refused, unless the source's setting ``private`` says that this is meant: a public name
that suddenly leads inwards is how requests are smuggled into a network. Behind a proxy it is the proxy that looks up.
"""

from __future__ import annotations

import socket
import threading
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from bartack.errors import BartackError, ConfigError, SourceUnavailableError
from bartack.transports.http.deadline import Deadline, TimelySocket

__all__ = ["INWARD", "Dialer"]

INWARD: Final = frozenset(
    "corp home internal intra intranet lan local localdomain localhost private".split()
)  # RFC 6762 appendix G, ICANN's .internal
"""Labels that say of a host name that it belongs to an internal network."""

_NAT64 = IPv6Network("64:ff9b::/96")
_Address = tuple[int, Any]
"""Family, and what ``connect`` takes."""


class Dialer:
    """Opens connections for one wire. ``private``: whether any name may lead to a private address."""

    def __init__(self, deadline: Deadline, *, private: bool) -> None:
        self._deadline = deadline
        self._private = private
        self._lookups: dict[tuple[str, int], Future[list[_Address]]] = {}

    def connect(
        self, host: str, port: int, patience: float | None, options: list[Any] | None, *, to_proxy: bool
    ) -> TimelySocket:
        """Return a socket connected to ``host``.

        Raises
        ------
        ConfigError
            the name leads to an address that it may not lead to; nothing was sent.
        SourceUnavailableError
            the name is unknown, or nothing answers there.
        TimeoutError
            it took too long.
        """
        addresses = self._resolved(host.strip("[]"), port, patience)
        if not to_proxy:
            self._check(host.strip("[]"), addresses)
        failure: OSError | None = None
        for family, address in addresses:
            try:
                return TimelySocket.connected(family, address, options or [], patience, self._deadline)
            except OSError as error:
                failure = error.with_traceback(None)
        if isinstance(failure, TimeoutError):
            raise failure
        raise _unreachable(to_proxy=to_proxy)

    def _resolved(self, host: str, port: int, patience: float | None) -> list[_Address]:
        if _literal(host) is not None:
            return _look_up(host, port, socket.AI_NUMERICHOST)
        found = self._lookup(host, port)
        unknown = False
        try:
            return found.result(self._deadline.within(patience))
        except (socket.gaierror, UnicodeError):
            unknown = True
        finally:
            if unknown or found.done():
                self._lookups.pop((host, port), None)
        raise SourceUnavailableError("the host name cannot be resolved", next_step="check base_url and the network")

    def _lookup(self, host: str, port: int) -> Future[list[_Address]]:
        """Return a look-up under way. It cannot be stopped, so there is never more than one for the same name."""
        running = self._lookups.get((host, port))
        if running is not None and not running.done():
            return running
        found: Future[list[_Address]] = Future()
        self._lookups[host, port] = found

        def look_up() -> None:
            try:
                found.set_result(_look_up(host, port))
            except BaseException as error:
                found.set_exception(error)

        threading.Thread(target=look_up, name=f"bartack-lookup-{host}", daemon=True).start()
        return found

    def _check(self, host: str, addresses: list[_Address]) -> None:
        if self._private or _literal(host) is not None:
            return
        for _, address in addresses:
            if not _permitted(host, address[0]):
                raise ConfigError(
                    f"the host name {host!r} leads to an address that is not public",
                    next_step="nothing was sent; set private = true for this source if it lives in your own network",
                )


def _look_up(host: str, port: int, flags: int = 0) -> list[_Address]:
    found = socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM, 0, flags)
    return [(family, address) for family, _, _, _, address in found]


def _permitted(host: str, address: str) -> bool:
    ip = _innermost(ip_address(address.partition("%")[0]))
    if ip.is_global and not ip.is_multicast:
        return True
    reserved = ip.is_link_local or ip.is_multicast or ip.is_unspecified  # clouds keep credentials at link-local ones
    labels = host.lower().rstrip(".").split(".")
    return not reserved and (len(labels) == 1 or not INWARD.isdisjoint(labels))


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _unreachable(*, to_proxy: bool) -> BartackError:
    if to_proxy:
        return SourceUnavailableError("the proxy does not let the request through", next_step="check proxy")
    return SourceUnavailableError("no connection (refused or unreachable)", next_step="check base_url and the network")
