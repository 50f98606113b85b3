"""T3 to T5, T15, T35, T36: faults of the place itself. Nobody there, no way in, or a certificate that proves nothing."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bartack.errors import BartackError, ConfigError, SourceUnavailableError, WireError
from bartack.testing.catalogue import fault
from bartack.testing.certificates import Authority
from bartack.testing.plans import OnPage, Plan
from bartack.testing.server import FaultServer, Handler

__all__ = ["PLACE_FAULTS", "Place", "PlaceFault"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go: an address, and the file of the authority that vouches for it."""

    url: str
    ca_bundle: str | None = None
    server: FaultServer | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PlaceFault:
    """A place that a service cannot be reached at. ``expected`` is what a good reader ends with; ``None``: with the rows.

    Use it as ``with place_fault.at(answer) as place:`` and let the source go to ``place.url``.
    """

    name: str
    code: str
    says: str
    opened: Callable[[Handler, ExitStack], Place] = field(repr=False, compare=False)
    expected: type[BartackError] | None

    @contextmanager
    def at(self, answer: Handler) -> Iterator[Place]:
        """Make the place for a good service, until the block is left."""
        with ExitStack() as stack:
            yield self.opened(answer, stack)


def _refused(_: Handler, stack: ExitStack) -> Place:
    bound = stack.enter_context(socket.socket())
    bound.bind(("127.0.0.1", 0))
    return Place(f"http://127.0.0.1:{bound.getsockname()[1]}")


def _full(_: Handler, stack: ExitStack) -> Place:
    """Listen without ever accepting, and fill what the kernel lets wait."""
    listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _number in range(4):
        waiting = stack.enter_context(socket.socket())
        waiting.settimeout(0)
        waiting.connect_ex(listening.getsockname())
    return Place(f"http://127.0.0.1:{listening.getsockname()[1]}")


def _silent(scheme: str) -> Callable[[Handler, ExitStack], Place]:
    def opened(_: Handler, stack: ExitStack) -> Place:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        return Place(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}")

    return opened


def _named(url: str) -> Callable[[Handler, ExitStack], Place]:
    return lambda *_: Place(url)


def _plain_port(answer: Handler, stack: ExitStack) -> Place:
    server = stack.enter_context(FaultServer(answer))
    return Place(server.url.replace("http:", "https:"), server=server)


def _tls(
    *, host: str = "127.0.0.1", days: int = 1, known: bool = True, plan: Plan | None = None
) -> Callable[[Handler, ExitStack], Place]:
    """Return what serves https, with the authority known or not."""

    def opened(answer: Handler, stack: ExitStack) -> Place:
        authority = Authority()
        server = stack.enter_context(FaultServer(answer, plan, tls=authority.context(host=host, days=days)))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "ca.pem").write_bytes((authority if known else Authority()).pem)
        return Place(server.url, str(folder / "ca.pem"), server)

    return opened


_AWAY = SourceUnavailableError
PLACE_FAULTS: Final = (
    PlaceFault("host_label_empty", "T3", "a host name with an empty label", _named("http://a..b.test"), ConfigError),
    PlaceFault("host_label_long", "T3", "a host name with a label of 70 letters", _named(f"http://{'a' * 70}.test"), ConfigError),
    PlaceFault("refused", "T4", "nobody listens", _refused, _AWAY),
    PlaceFault("connect_timeout", "T5", "a port whose queue is full: no connection comes about", _full, _AWAY),
    PlaceFault("accepts_only", "T10", "a port that lets in and says nothing", _silent("http"), _AWAY),
    PlaceFault("tls_good", "T35", "https, with an authority that is known", _tls(), None),
    PlaceFault("tls_expired", "T35", "a certificate that has expired", _tls(days=-1), ConfigError),
    PlaceFault("tls_unknown", "T35", "a certificate of an authority that is not known", _tls(known=False), ConfigError),
    PlaceFault("tls_wrong_host", "T35", "a certificate for another host", _tls(host="crm.example.org"), ConfigError),
    PlaceFault("tls_stall", "T36", "silence in the handshake", _silent("https"), _AWAY),
    PlaceFault("tls_plain_port", "T36", "a port that speaks plain HTTP, asked for https", _plain_port, ConfigError),
    PlaceFault("tls_cut", "T15", "https, with a body that is cut",
               _tls(plan=OnPage(fault("cl_fin_mid_body"), 1, None)), WireError),
    PlaceFault("tls_ragged", "T15", "https, with a body cut where only the connection's end would end it",
               _tls(plan=OnPage(fault("nocl_cut"), 1, None)), WireError),
)  # fmt: skip
