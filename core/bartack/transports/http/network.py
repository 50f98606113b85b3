"""Where ``requests`` and ``urllib3`` are told to connect, wait, read and trust in Bartack's ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from bartack.errors import ConfigError
from bartack.transports.http.deadline import Deadline
from bartack.transports.http.dialing import Dialer
from bartack.transports.http.receiving import Response
from bartack.transports.http.trust import Trust

__all__ = ["Network"]


class Network(HTTPAdapter):
    """The way to the network of one wire: looks up and checks addresses, keeps to a deadline, reads strictly."""

    def __init__(self, deadline: Deadline, trust: Trust, *, private: bool) -> None:
        dialer = Dialer(deadline, private=private)
        self._context = cache(
            partial(trust.context, deadline)
        )  # loading the authorities takes a while, so only for https
        self._pools: Mapping[str, Callable[..., Any]] = {
            "http": partial(_pool, _DiscreetPool, partial(_Plain, dialer=dialer)),
            "https": partial(_pool, _SecurePool, partial(_Secure, dialer=dialer)),
        }
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return what connects through a proxy; with SOCKS the addresses would not be ours to check.

        Raises
        ------
        ConfigError
            it is no http(s) proxy.
        """
        scheme = proxy.partition("://")[0].lower()
        if scheme not in self._pools:
            raise ConfigError("the proxy is neither http nor https", next_step="set proxy to such an address")
        if scheme == "https":
            kwargs["proxy_ssl_context"] = self._context()
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, _ = super().build_connection_pool_key_attributes(request, verify=True)
        secure = host["scheme"] == "https"
        return host, {"ssl_context": self._context(), "cert_reqs": "CERT_REQUIRED"} if secure else {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Do nothing: the context already knows whom to trust."""


class _Dialed(HTTPConnection):
    """A connection that Bartack's dialer opens and Bartack's feed is read from."""

    response_class = Response

    def __init__(self, *args: Any, dialer: Dialer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialer = dialer
        self.query = ""

    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        super().putrequest(method, url + self.query, *args, **kwargs)

    def _new_conn(self) -> Any:
        return self._dialer.connect(
            self._dns_host, self.port, self.timeout, self.socket_options, to_proxy=self.proxy is not None
        )

    @property
    def is_connected(self) -> bool:
        return not getattr(self.sock, "spoiled", False) and super().is_connected


class _Plain(_Dialed):
    pass


class _Secure(_Dialed, HTTPSConnection):
    pass


class _DiscreetPool(HTTPConnectionPool):
    """Tells log and exceptions where it asks, and not with which parameters: they may be secrets."""

    def _make_request(self, conn: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        path, mark, query = url.partition("?")
        conn.query = mark + query
        return super()._make_request(conn, method, path, *args, **kwargs)


class _SecurePool(_DiscreetPool, HTTPSConnectionPool):
    pass


def _pool(kind: type[HTTPConnectionPool], connection: Any, host: str, port: int, **options: Any) -> HTTPConnectionPool:
    pool = kind(host, port, **options)
    pool.ConnectionCls = connection
    return pool
