"""Who can talk to what: connectors, contracts, normalizers and providers of secrets, from plugins.

Plugins announce themselves by entry points of the group ``bartack``. They are listed from their metadata; a plugin is
imported only when it is Bartack's own, when a source names a connector after the plugin, or when ``[plugins] allow``
lists it. A broken plugin is reported, and stops nothing. This is the only module that calls hooks.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pluggy

from bartack import hookspecs
from bartack.errors import ConfigError
from bartack.events import Emit
from bartack.providers import BUILTIN, Provider, resolved
from bartack.sdk.card import ConnectorCard

if TYPE_CHECKING:
    from bartack.normalizers.base import Normalizer, Registry
    from bartack.sdk.connector import Connector
    from bartack_contracts import Catalog, Contract

__all__ = ["GROUP", "Plugin", "Plugins", "load", "with_connector"]

T = TypeVar("T")

GROUP = "bartack"
_OWN = "builtin"


@dataclass(frozen=True, slots=True)
class Plugin:
    """What is known of an installed plugin. ``error`` says why a broken one could not be loaded."""

    name: str
    distribution: str
    version: str
    state: Literal["loaded", "not loaded", "broken"]
    error: str | None = None


@dataclass(frozen=True)
class Plugins:
    """Everything the loaded plugins offer. Immutable; made by :func:`load`."""

    plugins: tuple[Plugin, ...]
    cards: Mapping[str, ConnectorCard]
    contracts: tuple[type[Contract], ...] = ()
    functions: Mapping[str, Normalizer | str] = field(default_factory=lambda: MappingProxyType({}))
    providers: Mapping[str, Provider | str] = field(default_factory=lambda: BUILTIN)
    listeners: tuple[tuple[str, Emit], ...] = ()
    given: Mapping[str, type[Connector]] = field(default_factory=lambda: MappingProxyType({}))
    """Connectors that are there as classes, and go before those of the plugins."""

    def connector(self, name: str) -> type[Connector]:
        """Import and return the connector class of that name.

        Raises
        ------
        ConfigError
            no loaded plugin offers it (near names and plugins that are not loaded are named), or its import fails.
        """
        if name in self.given:
            return self.given[name]
        card = self.cards.get(name)
        if card is None:
            raise ConfigError(
                f"no connector named {name!r}{self._hint(name, self.cards)}", next_step="bartack connectors lists them"
            )
        module, _, attribute = card.target.partition(":")
        try:
            found: type[Connector] = getattr(importlib.import_module(module), attribute)
        except Exception as error:
            raise ConfigError(
                f"the connector {name!r} cannot be imported: {type(error).__name__}: {error}",
                next_step=f"repair or reinstall what provides {card.target}",
            ) from error
        return found

    def secret_provider(self, name: str) -> Provider:
        """Import and return the provider of secrets of that name.

        Raises
        ------
        ConfigError
            no loaded plugin offers it (near names and plugins that are not loaded are named), or its import fails.
        """
        provider = self.providers.get(name)
        if provider is None:
            raise ConfigError(
                f"no provider of secrets named {name!r}{self._hint(name, self.providers)}",
                next_step=f"a secret comes from env, file, {', '.join(self.providers)}",
            )
        try:
            return resolved(provider)
        except Exception as error:
            raise ConfigError(
                f"the provider of secrets {name!r} cannot be imported: {type(error).__name__}: {error}",
                next_step=f"repair or reinstall what provides {provider}",
            ) from error

    def _hint(self, name: str, names: Iterable[str]) -> str:
        import difflib

        near = difflib.get_close_matches(name, list(names), n=1)
        broken = [plugin for plugin in self.plugins if plugin.name == name and plugin.state == "broken"]
        if broken:
            return f"; the plugin {name!r} is broken: {broken[0].error}"
        waiting = [plugin.name for plugin in self.plugins if plugin.state == "not loaded"]
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return hint + (f"; installed but not allowed by [plugins] allow: {', '.join(waiting)}" if waiting else "")

    def catalog(self) -> Catalog:
        """Return the shared contracts and those of the plugins."""
        from bartack_contracts import Catalog as _Catalog

        return _Catalog(*self.contracts)

    def normalizers(self) -> Registry:
        """Return the built-in normalizers and those of the plugins."""
        from bartack.normalizers import builtin

        return builtin().with_functions(self.functions)


def load(wanted: Collection[str] = (), entry_points: Iterable[importlib.metadata.EntryPoint] | None = None) -> Plugins:
    """Load Bartack's own plugin and those in ``wanted``; list the others.

    ``entry_points`` stands in for the installed ones.
    """
    manager = pluggy.PluginManager("bartack")
    manager.add_hookspecs(hookspecs)
    found = sorted(entry_points if entry_points is not None else _installed(), key=lambda p: (p.name != _OWN, p.name))
    listed = [_load_one(manager, point, wanted) for point in found]
    offers = _Offers()
    for name, plugin in manager.list_name_plugin():
        try:
            offers = _collect(manager, name, plugin, offers)
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
            listed = [replace(one, state="broken", error=fault) if one.name == name else one for one in listed]
    return Plugins(
        tuple(listed),
        MappingProxyType(offers.cards),
        tuple(offers.contracts),
        MappingProxyType(offers.functions),
        MappingProxyType(offers.providers),
        tuple(offers.listeners),
    )


def with_connector(plugins: Plugins, kind: type[Connector]) -> Plugins:
    """Return plugins to which a connector was added that is there as a class: one that is not installed yet."""
    return replace(plugins, given=MappingProxyType({**plugins.given, kind.name: kind}))


def _installed() -> Iterator[importlib.metadata.EntryPoint]:
    seen = set()
    for point in importlib.metadata.entry_points(group=GROUP):
        if point.name not in seen:
            seen.add(point.name)
            yield point


def _load_one(manager: pluggy.PluginManager, point: importlib.metadata.EntryPoint, wanted: Collection[str]) -> Plugin:
    distribution = point.dist.name if point.dist is not None else point.module
    version = point.dist.version if point.dist is not None else ""
    if point.name != _OWN and point.name not in wanted:
        return Plugin(point.name, distribution, version, "not loaded")
    try:
        manager.register(point.load(), name=point.name)
    except Exception as error:
        return Plugin(point.name, distribution, version, "broken", f"{type(error).__name__}: {error}")
    return Plugin(point.name, distribution, version, "loaded")


@dataclass(frozen=True)
class _Offers:
    """What the plugins offer that have been asked so far."""

    cards: dict[str, ConnectorCard] = field(default_factory=dict)
    contracts: list[type[Contract]] = field(default_factory=list)
    functions: dict[str, Normalizer | str] = field(default_factory=dict)
    providers: dict[str, Provider | str] = field(default_factory=lambda: dict(BUILTIN))
    listeners: list[tuple[str, Emit]] = field(default_factory=list)


def _collect(manager: pluggy.PluginManager, name: str, plugin: Any, offers: _Offers) -> _Offers:
    """Call the hooks of one plugin and add what it registers; ``offers`` stays as it is, should one of them fail."""
    new = _Offers(
        dict(offers.cards),
        list(offers.contracts),
        dict(offers.functions),
        dict(offers.providers),
        list(offers.listeners),
    )
    others = [one for _, one in manager.list_name_plugin() if one is not plugin]

    def register_card(card: ConnectorCard) -> None:
        _enter(new.cards, "connector", card.name, card)

    def register_function(name: str, function: Normalizer | str) -> None:
        _enter(new.functions, "normalizer", name, function)

    def register_provider(name: str, provider: Provider | str) -> None:
        if name in ("env", "file", "text"):
            msg = f"the name {name!r} is Bartack's own"
            raise ValueError(msg)
        _enter(new.providers, "secret provider", name, provider)

    manager.subset_hook_caller("bartack_register_connectors", others)(register=register_card)
    manager.subset_hook_caller("bartack_register_contracts", others)(register=new.contracts.append)
    manager.subset_hook_caller("bartack_register_normalizers", others)(register=register_function)
    manager.subset_hook_caller("bartack_register_secrets", others)(register=register_provider)
    event = manager.subset_hook_caller("bartack_event", others)
    if event.get_hookimpls():
        new.listeners.append((name, lambda step: event(event=step)))
    return new


def _enter(entries: dict[str, T], kind: str, name: str, entry: T) -> None:
    if name in entries:
        msg = f"the {kind} name {name!r} is taken"
        raise ValueError(msg)
    entries[name] = entry
