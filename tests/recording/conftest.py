"""A source on loopback, and adapters that stand in for one."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from bartack.recording import Headers


class _Source(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        body = json.dumps({"path": self.path, "asked": asked, "name": "Zoë Müller"}, ensure_ascii=False).encode()
        if self.path.startswith("/cut"):
            self._send(gzip.compress(body)[:-9], ("Content-Encoding", "gzip"))
        elif self.path.startswith("/gzip"):
            self._send(gzip.compress(body), ("Content-Encoding", "gzip"))
        elif self.path.startswith("/short"):
            self._send(body, promised=len(body) + 10)
        elif self.path.startswith("/login"):
            self._send(body, ("Set-Cookie", "session=first; Path=/; HttpOnly"), ("Set-Cookie", "lang=de; Path=/"))
        else:
            self._send(body)

    do_POST = do_GET

    def _send(self, body: bytes, *headers: tuple[str, str], promised: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body) if promised is None else promised))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if promised is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def source() -> Iterator[str]:
    """The address of a small source: it answers with JSON, packed, cut off or with cookies, as its path says."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Source)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Answering(BaseAdapter):
    """Gives the same answer to everything, without a network."""

    def __init__(self, body: bytes, headers: Headers) -> None:
        super().__init__()
        self._body, self._headers = body, headers

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response.request = 200, request
        response.raw = HTTPResponse(BytesIO(self._body), headers=HTTPHeaderDict(self._headers), preload_content=False)
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def answering() -> Callable[[bytes, Headers], Answering]:
    return Answering


def session(adapter: BaseAdapter) -> requests.Session:
    mounted = requests.Session()
    mounted.trust_env = False
    mounted.mount("http://", adapter)
    mounted.mount("https://", adapter)
    return mounted


@pytest.fixture
def session_on() -> Callable[[BaseAdapter], requests.Session]:
    """A session of requests whose only way out is the given adapter."""
    return session
