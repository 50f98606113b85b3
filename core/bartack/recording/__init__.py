"""Recording and replay of HTTP and SOAP at the transport.

::

    with recording("cassettes/crm/contacts/first_page.yaml", secrets=[token]) as adapter:
        ...                                   # Runtime(adapter=adapter): everything that is asked is recorded
    adapter = replaying("cassettes/crm/contacts/first_page.yaml")
    ...                                       # Runtime(adapter=adapter): nothing reaches the network
    assert not adapter.unplayed

Files have the format of vcrpy, which can play them; the recordings of vcrpy can be played here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bartack.recording.about import About
from bartack.recording.cassette import Cassette
from bartack.recording.messages import Failure, Headers, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.scrub import Scrubber
from bartack.secrets import KnownSecrets

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from bartack.recording.adapters import RecordingAdapter, ReplayAdapter

__all__ = [
    "About",
    "Cassette",
    "Failure",
    "Headers",
    "Interaction",
    "RecordedRequest",
    "RecordedResponse",
    "Scrubber",
    "recording",
    "replaying",
]


def recording(
    path: str | Path,
    *,
    secrets: Iterable[str] | KnownSecrets = (),
    inner: BaseAdapter | None = None,
    about: About | None = None,
) -> RecordingAdapter:
    """Return an adapter that records into a new cassette at ``path``; used in ``with``, it saves it at the end.

    ``secrets`` are values that must not be written wherever they occur; what goes under a secret's name is replaced in
    any case. ``inner`` reaches the network (default: the network of the session that uses the adapter; of a bare session
    of ``requests`` one that does not retry). ``about`` is written into the file.
    """
    from bartack.recording.adapters import RecordingAdapter

    return RecordingAdapter(inner, Cassette(path, about=about), Scrubber(secrets))


def replaying(cassette: str | Path | Cassette, *, secrets: Iterable[str] | KnownSecrets = ()) -> ReplayAdapter:
    """Return an adapter that answers from a cassette, or from the one at a path.

    ``secrets`` are the values the requests will carry now in places where the recording knew a secret by its value.

    Raises
    ------
    RecordingError
        there is no such cassette, or it cannot be read.
    """
    from bartack.recording.adapters import ReplayAdapter

    return ReplayAdapter(cassette if isinstance(cassette, Cassette) else Cassette.load(cassette), Scrubber(secrets))
