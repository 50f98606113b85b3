"""What a cassette tells about itself: when and with what it was recorded, so that it can be read again, and found stale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bartack.errors import RecordingError
from bartack.recording.files import Body

__all__ = ["About"]

_TEXTS = ("bartack", "connector", "connector_version", "source", "personal")
_MAPPINGS = ("query", "contracts", "mappings", "documents")


@dataclass(frozen=True, slots=True)
class About:
    """The origin of a cassette; whatever is not known (of another recorder's file) is ``None`` or empty.

    Parameters
    ----------
    recorded_at
        an aware moment: when the recording was saved.
    bartack, connector, connector_version, source
        who recorded: Bartack's version, the connector's name and version, the name of the source in the configuration.
    query
        what was asked of the stream, where that was not all of it in pages of the usual size: ``since``, ``id``, ``page_size``,
        ``limit`` (records).
    personal
        the id of the key with which personal data was replaced; ``kept`` where it was not, on purpose.
    settings
        the source's settings as in ``bartack.toml``, without its secrets.
    secrets
        the names of the settings that held secrets.
    contracts
        contract id -> its version and the digest of its schema: ``{"person/1": "1.2 sha256:…"}``.
    mappings
        ``stream`` or ``stream>contract`` -> digest of the mapping.
    documents
        what the reading rests on besides (a WSDL, a catalogue of tables) -> its digest.
    """

    recorded_at: datetime | None = None
    bartack: str = ""
    connector: str = ""
    connector_version: str = ""
    source: str = ""
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    personal: str = ""
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    secrets: tuple[str, ...] = ()
    contracts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mappings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    documents: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def to_document(self) -> dict[str, Any]:
        """Lay it down as part of a cassette file; what is not known is left out."""
        document: dict[str, Any] = {}
        if self.recorded_at is not None:
            document["recorded_at"] = self.recorded_at.isoformat(timespec="seconds")
        for name in (*_TEXTS, *_MAPPINGS):
            if value := getattr(self, name):
                document[name] = value if isinstance(value, str) else dict(value)
        if self.settings:
            # As JSON: a cassette file does not tell numbers from texts.
            document["settings"] = Body(json.dumps(dict(self.settings), ensure_ascii=False, indent=1))
        if self.secrets:
            document["secrets"] = list(self.secrets)
        return document

    @classmethod
    def from_document(cls, node: Mapping[str, Any]) -> About:
        """Read it from a cassette file's ``metadata``, in which numbers may have become texts; others' keys are passed over.

        Raises
        ------
        RecordingError
            one of the values is of another kind.
        """
        moment = node.get("recorded_at")
        if any(not isinstance(node.get(name), str | None) for name in ("recorded_at", *_TEXTS)):
            raise RecordingError(f"metadata: one of {', '.join(('recorded_at', *_TEXTS))} is no text")
        try:
            recorded_at = None if moment is None else datetime.fromisoformat(str(moment))
        except ValueError:
            raise RecordingError(f"metadata.recorded_at is no moment: {moment!r}") from None
        if recorded_at is not None and recorded_at.tzinfo is None:
            raise RecordingError(f"metadata.recorded_at tells no offset from UTC: {moment!r}")
        values: dict[str, Any] = {name: str(node[name]) for name in _TEXTS if node.get(name)}
        for name in ("settings", *_MAPPINGS):
            value = _settings(node.get(name)) if name == "settings" else node.get(name) or {}
            if not isinstance(value, dict):
                raise RecordingError(f"metadata.{name} is no mapping")
            values[name] = MappingProxyType(value)
        secrets = node.get("secrets") or []
        if not isinstance(secrets, list):
            raise RecordingError("metadata.secrets is no list of names")
        return cls(recorded_at=recorded_at, secrets=tuple(map(str, secrets)), **values)


def _settings(text: Any) -> Any:
    try:
        return json.loads(text) if text else {}
    except (TypeError, ValueError):
        raise RecordingError("metadata.settings is no JSON") from None
