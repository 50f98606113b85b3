"""Tries a drafted connector before it is written: it reads what it is drafted from, and is recorded while it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from pydantic import create_model
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse

from bartack.config import SourceConfig
from bartack.drafting.described import Described, Found
from bartack.reading.recorded import record
from bartack.reading.replayed import Take, play
from bartack.reading.source import Source
from bartack.recording.names import PLACEHOLDER
from bartack.recording.sql import SqlCassette
from bartack.sdk.connector import Connector
from bartack.settings import HttpSettings, Secret, Settings
from bartack.transports.base import Runtime, Session
from bartack.transports.http import HttpSession
from bartack.transports.soap import SoapSession, SoapSettings
from bartack.transports.sql import SqlSession, SqlSettings

if TYPE_CHECKING:
    from bartack.registry import Plugins

__all__ = ["source_of", "tried"]

_SETTINGS: Mapping[str, type[Settings]] = {"http": HttpSettings, "soap": SoapSettings, "sql": SqlSettings}


_ROWS = 20
"""Rows of a live system that are recorded."""


def source_of(
    name: str,
    described: Described,
    found: Sequence[Found],
    mappings: Mapping[str, str],
    plugins: Plugins,
    runtime: Runtime,
) -> Source:
    """Return a source of the connector as it is drafted, without having written or imported it.

    ``found``: its lists, with the names of their mapping files; ``mappings``: file -> text.
    """
    settings = _settings(described)

    class DraftedConnector(Connector):
        """As it is drafted."""

        streams = tuple(one.stream for one in found)

        def open(self, runtime: Runtime) -> Session:
            match described.kind:
                case "soap":
                    return SoapSession(self.options, runtime)
                case "sql":
                    return SqlSession(self.options, runtime)
            return HttpSession(self.options, described.auth, runtime)

        def mapping_text(self, name: str, runtime: Runtime) -> tuple[str, str]:
            return mappings[name], name

    DraftedConnector.name = name
    return Source(
        name,
        DraftedConnector(settings),
        settings,
        runtime,
        plugins.catalog(),
        plugins.normalizers(),
        config=SourceConfig(name, name),
    )


def _settings(described: Described) -> Settings:
    """Return the drafted settings, with a placeholder for each secret."""
    fields: Any = {
        one.name: (Secret, ...) if one.secret else (str, ... if one.required else one.default)
        for one in described.settings
        if one.name not in described.given
    }
    secrets: dict[str, Any] = {one.name: Secret(PLACEHOLDER) for one in described.settings if one.secret}
    return create_model("DraftedSettings", __base__=_SETTINGS[described.kind], **fields)(**secrets, **described.given)


def tried(source: Source, found: Found, file: Path, version: str) -> tuple[Take, ...]:
    """Record the list of ``found`` into ``file``, and read it again from there, once for each contract.

    Raises
    ------
    BartackError
        the drafted stream cannot read what it is answered.
    """
    if not found.live:
        source = replace(source, runtime=replace(source.runtime, adapter=_Canned(found.answers, found.headers)))
    take, cassette = record(source, found.stream.name, file, limit=_ROWS if found.live else None)
    if take.error is not None:
        raise take.error
    cassette.about = replace(cassette.about, connector_version=version)
    if isinstance(cassette, SqlCassette):  # where it is, is no matter of the plugin
        cassette.database = replace(cassette.database, label=source.name)
    cassette.save()
    return tuple(play(feed, cassette) for feed in source.feeds(stream=found.stream.name))


class _Canned(BaseAdapter):
    """Gives answers in order, whatever is asked, and tokens to whoever logs in."""

    def __init__(self, answers: Sequence[bytes], headers: Sequence[Mapping[str, str]]) -> None:
        super().__init__()
        self._answers = list(zip(answers, [*headers, *({} for _ in answers)], strict=False))

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Return the next answer; the last one again where more is asked for than there is."""
        asked = request.body if isinstance(request.body, str) else (request.body or b"").decode("latin-1")
        if "grant_type=" in asked:
            return _response(request, b'{"access_token": "scrubbed", "expires_in": 3600}', {})
        body, headers = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return _response(request, body, headers)

    def close(self) -> None:
        """Do nothing: there is no connection."""


def _response(request: requests.PreparedRequest, body: bytes, more: Mapping[str, str]) -> requests.Response:
    kind = "text/xml; charset=utf-8" if body.startswith(b"<") else "application/json"
    if b"http://www.w3.org/2003/05/soap-envelope" in body[:300]:
        kind = "application/soap+xml; charset=utf-8"
    headers = HTTPHeaderDict({"Content-Type": kind, "Content-Length": str(len(body)), **more})
    response = requests.Response()
    response.status_code, response.reason = 200, "OK"
    response.raw = HTTPResponse(
        body=BytesIO(body), headers=headers, status=200, reason="OK", version=11, preload_content=False
    )
    response.headers = CaseInsensitiveDict(headers)
    response.url = request.url or ""
    response.request = request
    return response
