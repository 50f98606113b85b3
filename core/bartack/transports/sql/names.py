"""Finding a server by its name, within the time there is to connect: no driver counts that time."""

from __future__ import annotations

import socket
import threading
from typing import Any

from bartack.errors import SourceUnavailableError

__all__ = ["find_host"]


def find_host(host: str | None, seconds: float) -> None:
    """Look up a host, so that the driver will find it at once.

    The system's resolver cannot be interrupted, so it is waited for in a thread that is left behind when it hangs.

    Raises
    ------
    SourceUnavailableError
        the host has no address, or the name service does not answer in time.
    """
    if not host or "/" in host or "," in host:  # a socket in the file system, or several servers
        return
    found: list[Any] = []

    def look() -> None:
        try:
            found.append(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=look, name=f"find {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise SourceUnavailableError(
            f"the name service did not find {host} within {seconds:g} s",
            next_step="try again later; check the name service, or raise connect_timeout",
        )
    if isinstance(found[0], Exception):
        raise SourceUnavailableError(f"the host {host} is not found", next_step="check url, or the name service")
