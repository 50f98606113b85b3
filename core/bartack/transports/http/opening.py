"""From a source's settings to a wire. Imports no HTTP library before a wire is really opened."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bartack.settings import Secret, Settings, WireSettings
from bartack.transports.base import Runtime

if TYPE_CHECKING:
    from bartack.transports.http.wire import Wire

__all__ = ["open_wire", "wire_setting"]

_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def wire_setting(settings: Settings, name: str) -> Any:
    """Return a setting of :class:`WireSettings`, or its default where the source's settings are others."""
    return getattr(settings, name, WireSettings.model_fields[name].default)


def open_wire(settings: Settings, runtime: Runtime) -> Wire:
    """Return the wire that ``settings`` ask for; paths in them start from the configuration's folder.

    Raises
    ------
    ConfigError
        a file that they name does not exist, or a secret cannot be read.
    """
    from bartack.transports.http.trust import Trust
    from bartack.transports.http.wire import Wire, WireOptions

    def given(name: str) -> Any:
        return wire_setting(settings, name)

    def path(name: str) -> Path | None:
        return None if given(name) is None else Path(runtime.base_dir, given(name))

    environ = runtime.environ or os.environ
    proxy = given("proxy")
    authorities = path("ca_bundle")
    if authorities is None and given("trust_env"):
        named = next((environ[name] for name in _AUTHORITIES if environ.get(name)), None)
        authorities = None if named is None else Path(named)
    options = WireOptions(
        agent=f"bartack/{version('bartack')}",
        timeout=given("timeout"),
        deadline=given("deadline"),
        limit=given("max_body"),
        private=given("private"),
        trust=Trust(authorities, path("client_cert"), path("client_key")),
        proxy=runtime.reveal(proxy) if isinstance(proxy, Secret) else proxy,
        trust_env=given("trust_env"),
    )
    return Wire(options, runtime.adapter, runtime.monotonic)
