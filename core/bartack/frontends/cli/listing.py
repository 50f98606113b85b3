"""connectors and contracts: what there is, and what it looks like."""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from bartack import registry
from bartack.errors import BartackError, ConfigError
from bartack.frontends.cli.tables import console, table
from bartack.policies import POLICIES
from bartack.reading.source import offline
from bartack.resilience.quota import LimitHeader, Quota, RateLimitFields, RemainingHeader, UsageHeader
from bartack.transports.base import Runtime
from bartack_contracts import describe

__all__ = ["connectors", "contracts"]


def connectors(options: argparse.Namespace) -> int:
    """List connectors and plugins, or show one connector."""
    plugins = registry.load({options.name} if options.name else ())
    if options.name is not None:
        shown = _connector(plugins, options.name)
        _print_connector(shown) if not options.json else _print_json(shown)
        return 0
    listed = [
        {"name": card.name, "title": card.title} for card in sorted(plugins.cards.values(), key=lambda one: one.name)
    ]
    others = [one for one in plugins.plugins if one.state != "loaded"]
    if options.json:
        _print_json({"connectors": listed, "plugins": [_plugin(one) for one in plugins.plugins]})
        return 0
    out = console()
    out.print(table(["connector", "what it reads"], [(one["name"], one["title"]) for one in listed]))
    if others:
        rows = [(one.name, one.distribution, one.version, one.state, one.error or "") for one in others]
        out.print(table(["plugin", "distribution", "version", "state", "why"], rows))
    return 0


def contracts(options: argparse.Namespace) -> int:
    """List contracts, or show the fields or the schema of one."""
    catalog = registry.load().catalog()
    if options.name is None:
        rows: list[tuple[str, ...]] = [(one.contract, one.version, _first_line(one.__doc__)) for one in catalog]
        if options.json:
            _print_json([{"contract": name, "version": version, "title": title} for name, version, title in rows])
        else:
            console().print(table(["contract", "version", "what it is"], rows))
        return 0
    try:
        model = catalog.get(options.name)
    except LookupError as error:
        raise ConfigError(str(error), next_step="bartack contracts lists them") from None
    if options.schema:
        from bartack_contracts import schema

        sys.stdout.write(json.dumps(schema(model), indent=2, ensure_ascii=False) + "\n")
        return 0
    fields = [field._asdict() for field in describe(model)]
    if options.json:
        _print_json({"contract": model.contract, "version": model.version, "fields": fields})
        return 0
    rows = []
    for one in describe(model):
        marks = ", ".join(["required"] * one.required + ["personal"] * one.personal)
        rows.append((one.name, one.type, marks, one.meaning))
    console().print(table(["field", "type", "", "meaning"], rows, f"{model.contract} (version {model.version})"))
    return 0


def _connector(plugins: registry.Plugins, name: str) -> dict[str, Any]:
    kind = plugins.connector(name)
    source = offline(kind, name, plugins, Runtime())
    streams = []
    for stream in source.streams:
        try:
            feeds = ", ".join(feed.contract for feed in source.feeds(stream=stream.name))
        except BartackError as error:
            feeds = f"mapping: {error.message}"
        title = getattr(stream, "title", None) or ""
        streams.append({"stream": stream.name, "feeds": feeds, "evidence": stream.evidence, "title": title})
    return {
        "name": name,
        "about": (kind.__doc__ or "").strip(),
        "quota": _quota(kind.quota),
        "settings": [_field(field, one) for field, one in kind.settings.model_fields.items()],
        "stream_settings": _stream_settings(kind.settings),
        "streams": streams,
        "policies": {
            table: [_field(field, one) for field, one in model.model_fields.items()]
            for table, model in POLICIES.items()
        },
    }


def _quota(quota: Quota | None) -> dict[str, Any] | None:
    if quota is None:
        return None
    return {"requests": quota.requests, "per": quota.per, "headers": [_name(one) for one in quota.headers]}


def _name(header: LimitHeader) -> str:
    match header:
        case RemainingHeader():
            return header.remaining
        case UsageHeader():
            return header.header
    return "RateLimit" if isinstance(header, RateLimitFields) else type(header).__name__


def _print_connector(shown: dict[str, Any]) -> None:
    out = console()
    out.print(f"{shown['name']}: {shown['about']}", markup=False)
    if quota := shown["quota"]:
        own = f"{quota['requests']} requests in {quota['per']:g} s; " if quota["requests"] else ""
        out.print(f"quota: {own}what it says is left is read from {', '.join(quota['headers'])}", soft_wrap=True)
    rows = [(one["field"], one["type"], _default(one), one["description"]) for one in shown["settings"]]
    out.print(table(["setting", "type", "default", "meaning"], rows))
    if shown["streams"]:
        rows = [(one["stream"], one["feeds"], one["evidence"], one["title"]) for one in shown["streams"]]
        out.print(table(["stream", "feeds", "evidence", ""], rows))
    if shown["stream_settings"]:
        rows = [(one["field"], one["type"], _default(one), one["description"]) for one in shown["stream_settings"]]
        out.print(table(["stream setting", "type", "default", "[sources.NAME.streams.STREAM]"], rows))
    for name, fields in shown["policies"].items():
        rows = [(one["field"], one["type"], _default(one), one["description"]) for one in fields]
        out.print(table([name, "type", "default", f"[sources.NAME.{name}], of any source"], rows))


def _stream_settings(settings: type[Any]) -> list[dict[str, Any]]:
    """Return the settings of a stream, where streams are declared in the configuration."""
    field = settings.model_fields.get("streams")
    if field is None:
        return []
    model = get_args(field.annotation)[1]
    return [_field(name, one) for name, one in model.model_fields.items()]


def _default(field: dict[str, Any]) -> str:
    return "required" if field["required"] else "" if field["default"] is None else str(field["default"])


def _field(name: str, field: Any) -> dict[str, Any]:
    default = None if field.default is PydanticUndefined else field.default
    if isinstance(default, timedelta):
        default = _age(default)
    return {
        "field": field.alias or name,
        "type": _type(field.annotation),
        "required": field.is_required(),
        "default": default if isinstance(default, str | int | float | bool) else None,
        "description": field.description or "",
    }


def _age(age: timedelta) -> str:
    """Write an age as it is written in a configuration."""
    seconds = int(age.total_seconds())
    unit, of = next((unit, of) for unit, of in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)) if seconds % of == 0)
    return f"{seconds // of}{unit}"


def _type(annotation: Any) -> str:
    """Return a setting's type for people: without modules, and without the None of a setting that may be left out."""
    plain = _plain(annotation)
    text = plain.__name__ if isinstance(plain, type) and not get_args(plain) else str(plain)
    return re.sub(r"[\w.]+\.(\w+)", r"\1", text).replace("timedelta", "age")


def _plain(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    options = [one for one in get_args(annotation) if one is not NoneType]
    return _plain(options[0]) if get_origin(annotation) in (Union, UnionType) and len(options) == 1 else annotation


def _plugin(plugin: registry.Plugin) -> dict[str, Any]:
    return {name: getattr(plugin, name) for name in ("name", "distribution", "version", "state", "error")}


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]


def _print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
