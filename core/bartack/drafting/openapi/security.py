"""Who asks, and where: security schemes and servers of a description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from bartack.drafting.described import Setting
from bartack.drafting.openapi.references import Resolver
from bartack.errors import BartackError
from bartack.transports.http import (
    Auth,
    Basic,
    Bearer,
    HeaderKey,
    OAuth2ClientCredentials,
    OAuth2Refresh,
    QueryKey,
)
from bartack.transports.http.addresses import Base

__all__ = ["Access", "access", "server"]

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}")


@dataclass(frozen=True, slots=True)
class Access:
    """How requests are signed, the settings it needs, and how sure that is."""

    auth: Auth | None
    settings: tuple[Setting, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class _Scheme:
    name: str
    node: Mapping[str, Any]
    scopes: tuple[str, ...] = field(default=())


_TOKEN = (Setting("token", "access token", secret=True),)
_CLIENT = (
    Setting("client_id", "of the application", secret=True),
    Setting("client_secret", "of the application", secret=True),
)


def access(resolver: Resolver, security: Any) -> Access:
    """Return how requests are signed. ``security``: requirements of an operation, where it has its own."""
    declared = resolver.at(resolver.document.get("components")).get("securitySchemes")
    declared = declared if declared is not None else resolver.document.get("securityDefinitions")
    schemes = {str(name): resolver.at(node) for name, node in resolver.at(declared).items()}
    wanted = security if isinstance(security, list) else resolver.document.get("security")
    several = [one for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
    alone = [one for one in several if len(one) == 1] or [{name: []} for name in schemes]
    for requirement in alone:
        for name, scopes in requirement.items():
            asked = tuple(map(str, scopes)) if isinstance(scopes, list) else ()
            found = _access(_Scheme(str(name), schemes.get(str(name), {}), asked))
            if found is not None:
                return found
    if schemes:
        return Access(None, (), f"TODO: auth: the description names {', '.join(schemes)}; how is a request signed so?")
    return Access(None, (), "TODO: auth: the description names no security scheme; may anybody ask?")


def _access(scheme: _Scheme) -> Access | None:
    node = scheme.node
    kind, because = str(node.get("type", "")).lower(), f"the security scheme {scheme.name}"
    if kind == "http" and str(node.get("scheme", "")).lower() == "bearer":
        return Access(Bearer("token"), _TOKEN, f"confidence: high: {because}")
    if kind == "basic" or (kind == "http" and str(node.get("scheme", "")).lower() == "basic"):
        both = (Setting("user", "user name", secret=True), Setting("password", "of that user", secret=True))
        return Access(Basic("user", "password"), both, f"confidence: high: {because}")
    if kind == "apikey":
        return _key(str(node.get("name", "")), str(node.get("in", "")), because)
    if kind == "oauth2":
        return _oauth2(scheme, because)
    if kind == "openidconnect":
        return Access(
            Bearer("token"), _TOKEN, f"confidence: low: {because} is OpenID Connect; a token that is given will do"
        )
    return None


def _key(name: str, place: str, because: str) -> Access | None:
    if place == "header" and _HEADER.fullmatch(name):
        if name.lower() == "authorization":
            remark = f'TODO: auth: {because}: does anything stand before the key? prefix="Token "'
            return Access(HeaderKey(name, "token"), _TOKEN, remark)
        return Access(HeaderKey(name, "token"), _TOKEN, f"confidence: high: {because}")
    if place == "query" and name:
        return Access(QueryKey(name, "token"), _TOKEN, f"confidence: high: {because}")
    return None


def _oauth2(scheme: _Scheme, because: str) -> Access | None:
    flows = scheme.node.get("flows")
    flows = flows if isinstance(flows, dict) else {str(scheme.node.get("flow", "")): scheme.node}
    for flow in ("clientCredentials", "application"):
        if (url := _token_url(flows.get(flow))) is not None:
            auth = OAuth2ClientCredentials(url, scope=" ".join(scheme.scopes) or None)
            return Access(auth, _CLIENT, f"confidence: high: {because}, {flow}")
    for flow in ("authorizationCode", "accessCode", "password"):
        if (url := _token_url(flows.get(flow))) is not None:
            more = (*_CLIENT, Setting("refresh_token", "of the person who agreed", secret=True))
            return Access(OAuth2Refresh(url), more, f"confidence: medium: {because}, {flow}: with a refresh token")
    return None


def _token_url(flow: Any) -> str | None:
    url = flow.get("tokenUrl") if isinstance(flow, dict) else None
    if not isinstance(url, str) or not url or "{" in url:
        return None
    if "://" not in url:
        return url if url.startswith("/") else f"/{url}"
    return url if _is_address(url) else None


def server(resolver: Resolver, otherwise: str) -> tuple[str, str]:
    """Return where the API is, and how sure that is; ``otherwise`` where the description does not say."""
    for url in _servers(resolver):
        absolute = urljoin(f"{otherwise}/", url)
        if _is_address(absolute):
            if absolute != url.rstrip("/") and "://" not in url:
                return absolute.rstrip("/"), "TODO: base_url: the description says only the path; on which host?"
            return absolute.rstrip("/"), "confidence: high: the first server of the description"
    return otherwise, "TODO: base_url: the description names no server"


def _servers(resolver: Resolver) -> list[str]:
    document = resolver.document
    if isinstance(host := document.get("host"), str):  # Swagger 2.0
        schemes = document.get("schemes")
        scheme = "http" if isinstance(schemes, list) and schemes and "https" not in schemes else "https"
        return [f"{scheme}://{host}{document.get('basePath') or ''}"]
    if isinstance(base := document.get("basePath"), str):
        return [base]
    servers = document.get("servers")
    return [_filled(one) for one in servers if isinstance(one, dict)] if isinstance(servers, list) else []


def _filled(node: Mapping[str, Any]) -> str:
    """Return a server's address with the defaults of its variables."""
    variables = node.get("variables")
    known = variables if isinstance(variables, dict) else {}

    def default(found: re.Match[str]) -> str:
        variable = known.get(found[1])
        return str(variable.get("default", "")) if isinstance(variable, dict) else ""

    return re.sub(r"\{([^}]*)\}", default, str(node.get("url", "")))


def _is_address(url: str) -> bool:
    try:
        Base.parse(url)
    except BartackError:
        return False
    return True
