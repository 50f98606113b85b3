"""An open connection to one source over HTTP: strict about where it goes, what comes back, and what it lets slip."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bartack.errors import AccessError, BartackError, ConfigError, SourceChangedError, SourceRefusedError
from bartack.events import Event
from bartack.secrets import KnownSecrets
from bartack.settings import Secret, Settings
from bartack.transports.base import Body, Runtime
from bartack.transports.http.addresses import Base, origin_for_people
from bartack.transports.http.auth import Auth, Token
from bartack.transports.http.documents import read_json
from bartack.transports.http.expiry import is_expired, is_login_page, still_a_page, with_clock_skew
from bartack.transports.http.opening import open_wire, wire_setting
from bartack.transports.http.outgoing import Outgoing, outgoing
from bartack.transports.http.refusals import status_error

__all__ = ["HttpSession"]

_EARLY = timedelta(seconds=30)
"""A token is renewed so long before it expires."""

_PUBLIC_FIELDS = frozenset({"grant_type", "client_id", "scope"})
_CHECK_CREDENTIALS = "check the credentials of this source"


class HttpSession:
    """Sends requests to one source.

    No request leaves the scheme, host and port of ``base_url``, except for the origins of ``allow_hosts``, and to those
    no credentials go; no redirect is followed unless ``redirects`` says so; nothing comes from the environment unless
    ``trust_env`` does; no exchange takes longer than ``deadline``, no body grows beyond ``max_body`` bytes. Every failure
    is a ``BartackError`` without addresses' parameters, headers or secrets in it. Belongs to one thread at a time.
    """

    def __init__(self, settings: Settings, auth: Auth | None = None, runtime: Runtime | None = None) -> None:
        """Open a session; ``settings`` has a ``base_url``, and where it is none of :class:`WireSettings`, their defaults."""
        self.settings = settings
        self.runtime = runtime or Runtime()
        self.token: Token | None = None
        self._auth = auth
        self._home = self._base = Base.parse(
            str(getattr(settings, "base_url", "")), wire_setting(settings, "allow_hosts")
        )
        self._hidden = KnownSecrets()
        self._asked: dict[str, str] = {}
        self._wire = open_wire(settings, self.runtime)

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
        unframed: bool = False,
    ) -> Body:
        """Send one request and return the whole answer.

        Parameters
        ----------
        path
            below ``base_url``, or an absolute URL on its scheme, host and port, or on an allowed origin.
        params
            values of the query; a list gives the parameter several times, ``None`` leaves it out.
        json, data
            a JSON document, or a body as bytes, text (UTF-8) or form fields.
        expect
            statuses that are handed back; all others are errors (see :func:`~.refusals.status_error`).
        unframed
            take also an answer that ends with the connection and announced no length: only where what comes shows by
            itself that it is whole, as the last bracket of a JSON document does, or the last tag of an XML document.

        Raises
        ------
        BartackError
            whatever goes wrong. A 401, or a page to log in on, leads to one new log-in where the authentication can,
            then to ``AccessError``.
        """
        self._log_in_when_due()
        asked = outgoing(method, self._base.join(path), params=params, json=json, data=data, headers=headers)
        asked.expect, asked.unframed, asked.hops = expect, unframed, wire_setting(self.settings, "redirects")
        body = self._attempt(asked)
        if self.token is not None and is_expired(body, expect, asked):
            self._log_in()
            body = self._attempt(replace(asked, url=self._base.join(path)))
            if is_login_page(body, expect, asked):
                raise self.clean(still_a_page(body).at(asked.where))
        return self._expected(body, expect, asked)

    def exchange(self, url: str, form: Mapping[str, str]) -> Any:
        """Post a log-in form, without other credentials, to a declared address and return the JSON answer.

        ``url`` is absolute or a path on the configured ``base_url``. Here alone a request with secrets may go to another
        host, because the declaration of the connector names it; no redirect is followed.

        Raises
        ------
        AccessError
            the log-in is refused.
        """
        target = url if "://" in url else self._home.join(url)
        for name in form.keys() - _PUBLIC_FIELDS:
            self.keep_secret(form[name])
        asked = outgoing("POST", target, data=form, headers={"Accept": "application/json"})
        body = self._exchanged(asked, Base.parse(target), asked)
        failure: BartackError
        try:
            return read_json(self._expected(body, (200,), asked))
        except SourceRefusedError as error:
            failure = AccessError(f"the log-in is refused: {error.message}", next_step=_CHECK_CREDENTIALS)
        except BartackError as error:
            failure = error
        if isinstance(failure, AccessError) and "assertion" in form:
            failure = with_clock_skew(failure, body, self.now())
        raise self.clean(failure.at(asked.where))

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
        text = self._revealed(name, value) if isinstance(value, Secret) else value
        if text is None or text == "":
            raise ConfigError(
                f"the setting {name!r} is not set", next_step=f"set {name} for this source in bartack.toml"
            )
        return str(text)

    def keep_secret(self, text: str) -> str:
        """Return ``text``, which from now on is replaced by ``***`` in all that this session says."""
        self._hidden.add(text)
        return text

    def clean(self, error: BartackError) -> BartackError:
        """Return ``error`` without any secret of this session."""
        return error.rewritten(self._without)

    def without_secrets(self, cursor: str) -> str:
        """Return a cursor without parameters that hold a secret; the next request adds them again."""
        if "://" not in cursor or self._without(cursor) == cursor:
            return cursor
        parts = urlsplit(cursor)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if self._without(value) == value]
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

    def allows(self, url: str) -> bool:
        """Tell whether a request may go to an absolute URL: on ``base_url``'s origin, or on one of ``allow_hosts``."""
        return self._base.allows(url)

    def _log_in_when_due(self) -> None:
        if self._auth is not None and (self.token is None or not self._lasts(self.token)):
            self._log_in()

    def _lasts(self, token: Token) -> bool:
        return token.expires_at is None or token.expires_at - _EARLY > self.now()

    def _log_in(self) -> None:
        """Take the token that another session of this source has got meanwhile, or log in."""
        used = self.token
        token = self.runtime.logins.token(
            self._home.url, lambda present: present is not used and self._lasts(present), self._granted
        )
        if token is not None:
            self._use(token)

    def _granted(self, present: Token | None) -> Token | None:
        """Log in with the refresh token that counts now, whichever session got it."""
        if self._auth is None:
            return None
        self.token = present
        try:
            token = self._auth.login(self)
        except BartackError as error:
            self._tell_log_in(type(error).__name__)
            raise
        if token is not None:
            self._tell_log_in("ok")
        return token

    def _tell_log_in(self, outcome: str) -> None:
        self.runtime.emit(Event("login", self.now(), self.runtime.source, outcome=outcome))

    def _use(self, token: Token) -> None:
        self.runtime.known.add(token.text, token.refresh or "")
        if token.base_url is not None:
            self._base = _moved(token.base_url, self._home)
        self.token = token

    def _attempt(self, asked: Outgoing) -> Body:
        """Send a request with credentials, or without where it goes to another origin than the source's own."""
        if self._base.origin_of(asked.url) != self._base.origin:
            plain = asked.elsewhere(asked.url)
            return self._exchanged(plain, self._base, plain)
        if self._auth is None:
            return self._exchanged(asked, self._base, asked)
        signed = replace(asked, params=list(asked.params), headers=dict(asked.headers))
        self._auth.apply(signed, self)
        return self._exchanged(signed, self._base, asked)

    def _exchanged(self, signed: Outgoing, base: Base, asked: Outgoing) -> Body:
        """Send a request; what is said about it shows the address of ``asked``, which has no credentials."""
        try:
            with self.runtime.gate.passing(base.host) as call:
                body = self._wire.exchange(signed, base, asked)
                call.answered(body.status, body.headers)
                return body
        except BartackError as error:
            failure = error
        raise self.clean(failure.at(signed.where))

    def _expected(self, body: Body, expect: Collection[int], asked: Outgoing) -> Body:
        if body.status in expect:
            return body
        raise self.clean(status_error(body, self.now()).at(asked.where))

    def _without(self, text: str) -> str:
        return self.runtime.known.redactor().text(self._hidden.redactor().text(text))

    def _revealed(self, name: str, secret: Secret) -> str:
        """Return a secret's text; a provider is asked once a session, not with every request."""
        if secret.provider is None:
            return self.runtime.reveal(secret)
        if name not in self._asked:
            self._asked[name] = self.runtime.reveal(secret)
        return self._asked[name]


def _moved(url: str, home: Base) -> Base:
    """Return the address that a log-in names as the one to go to: never one that is not allowed, or less protected."""
    try:
        base = Base.parse(url)
    except ConfigError:
        base = None
    if base is None or (home.origin[0] == "https" and base.origin[0] != "https"):
        raise SourceChangedError("the log-in sends us to an address that is not plain https")
    if not home.allows(base.url):
        raise SourceChangedError(
            f"the log-in sends us to {origin_for_people(base.url)}, where this source is not said to be",
            next_step="set base_url to that address, or put it into allow_hosts, if it is right",
        )
    return replace(base, also=home.also)
