"""A vendor's API on the loopback address: answers as it is told to, also in ways no server should."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Answer", "Asked", "Vendor", "running_vendor"]


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Answer:
    """What is sent back. ``wire`` goes out as it is, instead of everything else, and then the connection is closed."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: bytes | None = None

    @property
    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Reply = Answer | Callable[[Asked], Answer]


class Vendor:
    """Answers by path: the replies in their order, the last one again and again."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[Asked] = []
        self._replies: dict[str, list[Reply]] = {}

    def on(self, path: str, *replies: Any) -> None:
        """Say how ``path`` is answered: by an ``Answer``, a function of the request, or a document to send as JSON."""
        self._replies[path] = [
            reply if isinstance(reply, Answer) or callable(reply) else Answer(reply) for reply in replies
        ]

    def reply(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        replies = self._replies.get(asked.path, [Answer({"message": "no such path"}, 404)])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply if isinstance(reply, Answer) else reply(asked)

    @property
    def queries(self) -> list[dict[str, str]]:
        return [one.query for one in self.asked]


@contextmanager
def running_vendor() -> Iterator[Vendor]:
    """Serve until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            answer = vendor.reply(Asked(self.command, parts.path, query, headers, body, self.client_address[1]))
            if answer.wire is not None:
                self.wfile.write(answer.wire)
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            given = {
                "Date": self.date_time_string(),
                "Content-Type": "application/json",
                "Content-Length": str(len(answer.content)),
                **answer.headers,
            }
            for name, value in given.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_HEAD = do_POST = do_PATCH = handle_any

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    vendor = Vendor(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
