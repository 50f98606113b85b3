"""A cassette as a server on the loopback address, for clients in any language.

::

    with CassetteServer(Cassette.load("cassettes/crm/contacts/all.yaml"), Manner(rate=50, failing={"429": 0.05})) as server:
        server.addresses                      # {"https://crm.example.org": "http://127.0.0.1:40123"}
        ...                                   # whatever asks there gets what was recorded
    server.counts                             # {"answered": 950, "429": 50}

Each recorded origin has a port of its own, so that all paths are as they were. Where an answer or its headers name a recorded
origin (the next page, a redirect), they name the local address instead, and requests are led back the same way.
"""

from __future__ import annotations

from bartack.recording.serving.manner import FAILURES, Manner
from bartack.recording.serving.server import CassetteServer

__all__ = ["FAILURES", "CassetteServer", "Manner"]
