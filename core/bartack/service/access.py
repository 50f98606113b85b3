"""Who asks, and what of everything they may see."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from bartack.errors import ConfigError
from bartack.mapping.loader import near
from bartack.policies import Role, TokenPolicy

if TYPE_CHECKING:
    from bartack.hub import Hub

__all__ = ["Access", "Deed", "Doors"]

Deed = Literal["report", "review"]
"""What changes something: reporting a problem into the review queue, and deciding in it."""

_DEEDS: Mapping[Role, frozenset[Deed]] = {
    "reader": frozenset(),
    "reporter": frozenset({"report"}),
    "reviewer": frozenset({"report", "review"}),
}
_SHORTEST = 16
"""A shorter token can be guessed."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, and what they may see: these ``sources`` and ``contracts``, all of them where it is None.

    A contract is named by its id (``invoice/1``), or without the version (``invoice``) for all of them. ``mask``: personal
    fields are masked, whatever the source's own policy says.
    """

    name: str
    role: Role = "reader"
    sources: frozenset[str] | None = None
    contracts: frozenset[str] | None = None
    mask: bool = False

    @classmethod
    def local(cls, name: str = "local") -> Self:
        """Return the access of who runs Bartack on this machine, and could open its files as well."""
        return cls(name, "reviewer")

    @classmethod
    def of(cls, name: str, policy: TokenPolicy) -> Self:
        """Return the access of a token, as ``[serve.tokens.NAME]`` says."""
        return cls(name, policy.role, _some(policy.sources), _some(policy.contracts), policy.mask)

    def sees_source(self, name: str) -> bool:
        """Tell whether a source may be asked."""
        return self.sources is None or name in self.sources

    def sees_contract(self, contract: str) -> bool:
        """Tell whether records of a contract (``person/1``) may be seen."""
        return self.contracts is None or bool(self.contracts & {contract, contract.partition("/")[0]})

    def may(self, deed: Deed) -> bool:
        """Tell whether the role allows to change something."""
        return deed in _DEEDS[self.role]


class Doors:
    """Where those who ask over the network come in: each token is somebody, and nobody is let in without one.

    Only where no token is configured, and nobody from elsewhere can reach this machine's loopback address, whoever comes is
    the one who runs it.
    """

    def __init__(self, tokens: Mapping[str, Access], *, open_access: Access | None = None) -> None:
        self._entries = [(_digest(token), access) for token, access in tokens.items()]
        self._open = open_access

    @classmethod
    def of(cls, hub: Hub, *, loopback: bool) -> Self:
        """Return the doors of a configuration, all of its tokens looked up; ``loopback``: it is served there, and only there.

        Raises
        ------
        ConfigError
            a token cannot be looked up, is too short or there twice, or names a source or contract that is not there; or
            there is none at all, beyond loopback.
        """
        found: dict[str, Access] = {}
        for name, policy in hub.config.serve.tokens.items():
            where = f"{hub.config.file} [serve.tokens.{name}]"
            _check(policy, hub, where)
            token = _looked_up(hub, policy, where)
            if token in found:
                raise ConfigError(f"the same token as {found[token].name}'s", where=where, next_step="make another one")
            found[token] = Access.of(name, policy)
        if not found and not loopback:
            raise ConfigError(
                "beyond this machine nobody is served without a token, and there is none",
                where=hub.config.file,
                next_step='write [serve.tokens.NAME] with token = { env = "…" }, or serve on 127.0.0.1',
            )
        return cls(found, open_access=None if found else Access.local())

    def enter(self, authorization: str | None) -> Access | None:
        """Return who asks, by the ``Authorization`` header (RFC 6750); None where nobody is let in with it."""
        if self._open is not None:
            return self._open
        scheme, _, token = (authorization or "").partition(" ")
        return self.holder(token.strip()) if scheme.lower() == "bearer" else None

    def holder(self, token: str) -> Access | None:
        """Return whose token it is; all are compared, in a time that does not tell how much of one was right."""
        given, found = _digest(token), None
        for digest, access in self._entries:
            if hmac.compare_digest(digest, given):
                found = access
        return found

    @property
    def everybody(self) -> tuple[Access, ...]:
        """All who may come in."""
        return (self._open,) if self._open is not None else tuple(access for _, access in self._entries)


def named(hub: Hub, name: str) -> Access:
    """Return the access of a token of the configuration, for who starts Bartack for somebody else.

    Raises
    ------
    ConfigError
        there is no such token, or it names a source or contract that is not there.
    """
    tokens = hub.config.serve.tokens
    if name not in tokens:
        known = ", ".join(tokens) or "none"
        raise ConfigError(
            f"no token named {name!r}{near(name, tokens)}", where=hub.config.file, next_step=f"[serve.tokens]: {known}"
        )
    _check(tokens[name], hub, f"{hub.config.file} [serve.tokens.{name}]")
    return Access.of(name, tokens[name])


def _some(names: Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _check(policy: TokenPolicy, hub: Hub, where: str) -> None:
    ids = hub.contracts.ids
    contracts = {*ids, *(one.partition("/")[0] for one in ids)}
    _known("source", policy.sources, hub.sources, where)
    _known("contract", policy.contracts, contracts, where)


def _known(what: str, named: Iterable[str] | None, known: Collection[str], where: str) -> None:
    for name in named or ():
        if name not in known:
            raise ConfigError(
                f"no {what} {name!r}{near(name, known)}", where=where, next_step=f"{what}s: {', '.join(sorted(known))}"
            )


def _looked_up(hub: Hub, policy: TokenPolicy, where: str) -> str:
    try:
        token = hub.reveal(policy.token)
    except ConfigError as error:
        raise error.at(where) from None
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(
            f"a token is at least {_SHORTEST} ASCII characters without blanks",
            where=where,
            next_step='python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return token
