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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bartack.errors import RecordingError
from bartack.recording.about import About
from bartack.recording.cassette import Cassette
from bartack.recording.files import read
from bartack.recording.keys import ScrubKey
from bartack.recording.messages import Failure, Headers, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.personal import Personal
from bartack.recording.readings import KEPT
from bartack.recording.scrub import Scrubber
from bartack.recording.tokens import Tokens
from bartack.secrets import KnownSecrets

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from bartack.recording.adapters import RecordingAdapter, ReplayAdapter
    from bartack.recording.sql.cassette import SqlCassette

__all__ = [
    "KEPT",
    "About",
    "Cassette",
    "Failure",
    "Headers",
    "Interaction",
    "Personal",
    "RecordedRequest",
    "RecordedResponse",
    "ScrubKey",
    "Scrubber",
    "Tokens",
    "load_recording",
    "recording",
    "replaying",
]


def recording(
    path: str | Path,
    *,
    secrets: Iterable[str] | KnownSecrets = (),
    personal: Personal | None = None,
    keep_personal: bool = False,
    inner: BaseAdapter | None = None,
    about: About | None = None,
) -> RecordingAdapter:
    """Return an adapter that records into a new cassette at ``path``; used in ``with``, it saves it at the end.

    ``secrets`` are values that must not be written wherever they occur; what goes under a secret's name is replaced in
    any case. ``personal`` says what is personal, and what stands for it (default: tokens of a key that nobody keeps);
    ``keep_personal`` leaves it as it is, which is for invented data. ``inner`` reaches the network (default: the network of
    the session that uses the adapter; of a bare session of ``requests`` one that does not retry). ``about`` is written into
    the file.
    """
    from bartack.recording.adapters import RecordingAdapter

    if keep_personal:
        personal = None
    elif personal is None:
        personal = Personal(Tokens(ScrubKey.new()))
    about = replace(about or About(), personal=KEPT if personal is None else personal.key_id)
    return RecordingAdapter(inner, Cassette(path, about=about), Scrubber(secrets, personal))


def replaying(
    cassette: str | Path | Cassette,
    *,
    secrets: Iterable[str] | KnownSecrets = (),
    personal: Personal | None = None,
) -> ReplayAdapter:
    """Return an adapter that answers from a cassette, or from the one at a path.

    ``secrets`` are the values the requests will carry now in places where the recording knew a secret by its value,
    ``personal`` what replaced the personal ones. Without the key of the recording, a request with personal values finds its
    answer where only one was recorded that differs in nothing else.

    Raises
    ------
    RecordingError
        there is no such cassette, or it cannot be read.
    """
    from bartack.recording.adapters import ReplayAdapter

    loaded = cassette if isinstance(cassette, Cassette) else Cassette.load(cassette)
    return ReplayAdapter(loaded, Scrubber(secrets, personal))


def load_recording(path: str | Path) -> Cassette | SqlCassette:
    """Read a recording, of HTTP or of a database.

    Raises
    ------
    RecordingError
        there is no such file, or it is neither.
    """
    from bartack.recording.sql.cassette import SqlCassette

    path = Path(path)
    document = read(path)
    kind = SqlCassette if isinstance(document, dict) and "statements" in document else Cassette
    try:
        return kind.from_document(path, document)
    except RecordingError as error:
        raise error.at(str(path)) from None
