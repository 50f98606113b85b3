"""An open connection to one source over HTTP: strict about where it goes, what comes back, and what it lets slip."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from bartack.errors import AccessError, BartackError, ConfigError, SourceRefusedError
from bartack.settings import HttpSettings, Secret
from bartack.transports.base import Body, Runtime
from bartack.transports.http.addresses import Base, is_same_origin
from bartack.transports.http.auth import Auth, Outgoing, Token
from bartack.transports.http.documents import read_json
from bartack.transports.http.refusals import status_error
from bartack.transports.http.sending import address_of, outgoing_of, send, wire
from bartack.transports.http.texts import safe_url

__all__ = ["HttpSession"]

_EARLY = timedelta(seconds=30)
"""A token is renewed so long before it expires."""


class HttpSession:
    """Sends requests to one source.

    Nothing comes from the environment (proxies, ``.netrc``), no redirect is followed, no request leaves the scheme, host
    and port of ``base_url``, no body grows beyond ``max_body`` bytes. Every failure is a ``BartackError`` without
    addresses' parameters, headers or secrets in it. Belongs to one thread at a time.
    """

    def __init__(self, settings: HttpSettings, auth: Auth | None = None, runtime: Runtime | None = None) -> None:
        self.settings = settings
        self.runtime = runtime or Runtime()
        self.token: Token | None = None
        self._auth = auth
        self._base = Base.parse(settings.base_url)
        self._secrets: set[str] = set()
        self._client = wire().client(
            self.runtime.adapter, proxy=settings.proxy, ca_bundle=self._ca_bundle(settings.ca_bundle)
        )

    @property
    def base_url(self) -> str:
        """Where requests go: the configured address, or the one a log-in named."""
        return self._base.url

    def now(self) -> datetime:
        """Return the present moment by the runtime's clock."""
        return self.runtime.clock()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: bytes | str | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Collection[int] = (200,),
    ) -> Body:
        """Send one request and return the whole answer.

        Parameters
        ----------
        path
            below ``base_url``, or an absolute URL on its scheme, host and port.
        params
            values of the query; a list gives the parameter several times, ``None`` leaves it out.
        json, data
            a JSON document, or a body as bytes, text (UTF-8) or form fields.
        expect
            statuses that are handed back; all others are errors (see :func:`~.refusals.status_error`).

        Raises
        ------
        BartackError
            whatever goes wrong. A 401 leads to one new log-in where the authentication can, then to ``AccessError``.
        """
        self._log_in_when_due()
        body = self._attempt(method, path, params, json, data, headers)
        if body.status == 401 and 401 not in expect and self.token is not None:
            self._log_in()
            body = self._attempt(method, path, params, json, data, headers)
        return self._expected(body, expect, method)

    def exchange(self, url: str, form: Mapping[str, str]) -> Any:
        """Post a log-in form, without other credentials, to a declared address and return the JSON answer.

        ``url`` is absolute or a path on ``base_url``. Here alone a request may go to another host, because the
        declaration of the connector names it.

        Raises
        ------
        AccessError
            the log-in is refused.
        """
        target = url if "://" in url else self._base.join(url)
        base = Base.parse(target)
        for name, value in form.items():
            if name not in {"grant_type", "client_id", "scope"}:
                self.keep_secret(value)
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        outgoing = Outgoing("POST", target, headers=headers, content=urlencode(form).encode())
        refused: BartackError
        try:
            return read_json(self._expected(self._exchanged(outgoing, base), (200,), "POST"))
        except SourceRefusedError as error:
            refused = AccessError(
                f"the log-in is refused: {error.message}",
                where=error.where,
                next_step="check this source's credentials",
            )
        except BartackError as error:
            refused = self.clean(error.at(f"POST {safe_url(target)}"))
        raise refused

    def secret(self, name: str) -> str:
        """Return the text of a setting that authenticates, and remember that it must never be shown.

        Raises
        ------
        ConfigError
            it is not set.
        """
        return self.keep_secret(self.setting(name))

    def setting(self, name: str) -> str:
        """Return the text of a setting.

        Raises
        ------
        ConfigError
            there is no such setting, or it is not set.
        """
        value = getattr(self.settings, name, None)
        text = value.reveal(self.runtime.environ or None) if isinstance(value, Secret) else value
        if text is None or text == "":
            raise ConfigError(
                f"the setting {name!r} is not set", next_step=f"set {name} for this source in bartack.toml"
            )
        return str(text)

    def keep_secret(self, text: str) -> str:
        """Return ``text``, which from now on is replaced by ``***`` in all that this session says."""
        if len(text) >= 4:  # shorter ones would blacken ordinary words
            self._secrets |= {text, quote(text, safe=""), quote(text)}
        return text

    def clean(self, error: BartackError) -> BartackError:
        """Return ``error`` without any secret of this session."""
        error.message = self._without(error.message)
        error.args = (error.message,)
        error.where = error.where and self._without(error.where)
        error.next_step = error.next_step and self._without(error.next_step)
        return error

    def without_secrets(self, cursor: str) -> str:
        """Return a cursor without parameters that hold a secret; the next request adds them again."""
        if "://" not in cursor or not any(secret in cursor for secret in self._secrets):
            return cursor
        parts = urlsplit(cursor)
        kept = [
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if value not in self._secrets
        ]
        return urlunsplit(parts._replace(query=urlencode(kept)))

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"HttpSession({self.base_url!r})"

    def _open_wire(self) -> Wire:
        from bartack.transports.http.wire import Wire  # here, for it imports requests

        return Wire(
            self.runtime.adapter,
            agent=f"bartack/{version('bartack')}",
            timeout=self.settings.timeout,
            limit=self.settings.max_body,
            proxy=self.settings.proxy,
            ca_bundle=self._ca_bundle(),
        )

    def _log_in_when_due(self) -> None:
        due = self.token is None or (self.token.expires_at is not None and self.token.expires_at - _EARLY <= self.now())
        if self._auth is not None and due:
            self._log_in()

    def _log_in(self) -> None:
        token = self._auth.login(self) if self._auth is not None else None
        if token is None:
            return
        self.keep_secret(token.text)
        if token.refresh is not None:
            self.keep_secret(token.refresh)
        if token.base_url is not None:
            self._base = Base.parse(token.base_url)
        self.token = token

    def _attempt(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        json: Any,
        data: bytes | str | Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> Body:
        outgoing = outgoing_of(method, self._base.join(path), params, json, data, headers)
        shown = address_of(outgoing)
        if self._auth is not None:
            self._auth.apply(outgoing, self)
        return self._exchanged(outgoing, self._base, shown)

    def _exchanged(self, request: Outgoing, base: Base, shown: str) -> Body:
        try:
            return self._wire.exchange(request, base, shown)
        except BartackError as error:
            raise self.clean(error.at(f"{request.method} {safe_url(shown.partition('?')[0])}"))  # noqa: B904 - itself

    def _expected(self, body: Body, expect: Collection[int], method: str) -> Body:
        if body.status in expect:
            return body
        error = status_error(body, self.now()).at(f"{method} {safe_url(body.url or self.base_url)}")
        raise self.clean(error)

    def _without(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _ca_bundle(self, path: str | None) -> str | None:
        if path is None:
            return None
        found = Path(self.runtime.base_dir) / path
        if not found.is_file():
            raise ConfigError(f"ca_bundle: there is no file {path!r}", next_step="check the path")
        return str(found)
