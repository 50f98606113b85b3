"""The module ``connector.py`` of a drafted plugin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bartack.drafting.code import call, comment, literal, names_in, written
from bartack.drafting.described import Described, Found, Setting
from bartack.drafting.names import Names

__all__ = ["connector_source"]

_SETTINGS = {"http": "HttpSettings", "soap": "SoapSettings", "sql": "SqlSettings"}
_SESSION = {"soap": "SoapSession", "sql": "SqlSession"}
_OPENING = {
    "soap": "Open a session; the WSDL is loaded with the first call.",
    "sql": "Open the database; it is connected when it is first read.",
}
_WHERE = {"http": "Where the API is, and who asks.", "soap": "Where the service is.", "sql": "Where the database is."}


def connector_source(names: Names, described: Described, found: Sequence[Found]) -> str:
    """Return the module's text; ``found`` are the lists that became streams, with their mapping files."""
    parts = [_head(described), _imports(described, found), _exports(names), *_settings(names, described)]
    return "\n".join([*parts, *_connector(names, described, found)]) + "\n"


def _title(described: Described) -> str:
    return _docstring(f"{comment(described.title)[:60]} ({described.documentation})")


def _docstring(text: str) -> str:
    """Return a text that can stand between three quotes, on one line."""
    plain = comment(text)[:110].replace("\\", "/").replace('"', "'").strip() or "A foreign system"
    return plain if plain.endswith((".", ")", "!", "?")) else f"{plain}."


def _head(described: Described) -> str:
    return f'"""{_title(described)}"""\n\nfrom __future__ import annotations\n'


def _imports(described: Described, found: Sequence[Found]) -> str:
    needed = {"Connector", *names_in([one.stream for one in found])}
    if described.settings:
        needed.add(_SETTINGS[described.kind])
    if described.auth is not None:
        needed |= names_in(described.auth)
    if any(one.secret for one in described.settings):
        needed.add("Secret")
    if described.kind in _SESSION:
        needed |= {_SESSION[described.kind], _SETTINGS[described.kind], "Runtime"}
    lines = ["from datetime import timedelta"] if "timedelta" in needed else []
    lines += ["from importlib import resources"] if described.files else []
    lines += [""] if lines else []
    listed = sorted(needed - {"timedelta"})
    flat = f"from bartack.sdk import {', '.join(listed)}"
    if len(flat) <= 120:
        lines.append(flat)
    else:
        lines += ["from bartack.sdk import (", *(f"    {name}," for name in listed), ")"]
    if described.settings:
        lines.append("from pydantic import Field")
    return "\n".join(lines)


def _exports(names: Names) -> str:
    return f'\n__all__ = ["{names.classname}", "{names.classname}Settings"]\n'


def _settings(names: Names, described: Described) -> Iterator[str]:
    base = _SETTINGS[described.kind]
    yield f'\nclass {names.classname}Settings({base}):\n    """{_WHERE[described.kind]}"""'
    if described.settings:
        yield ""
    for one in described.settings:
        if one.name in described.remarks:
            yield f"    # {comment(described.remarks[one.name])}"
        yield f"    {_setting(one)}"


def _setting(one: Setting) -> str:
    given = [] if one.default is None else [literal(one.default)]
    if one.packaged is not None:
        given = [f'default_factory=lambda: str(resources.files(__package__ or "") / {literal(one.packaged)})']
    given.append(f"description={literal(comment(one.description)[:80])}")
    head = f"{one.name}: {'Secret' if one.secret else 'str'} = Field("
    flat = f"{head}{', '.join(given)})"
    return flat if len(flat) <= 116 else "\n".join([head, *(f"        {item}," for item in given), "    )"])


def _connector(names: Names, described: Described, found: Sequence[Found]) -> Iterator[str]:
    yield f'\n\nclass {names.classname}(Connector):\n    """{_title(described)}"""\n'
    if "documentation" in described.remarks:
        yield f"    # {comment(described.remarks['documentation'])}\n"
    yield f"    name = {literal(names.connector)}"
    yield f"    settings = {names.classname}Settings"
    for attribute in ("auth", "quota"):
        if attribute in described.remarks:
            yield f"    # {comment(described.remarks[attribute])}"
        if attribute == "auth" and described.auth is not None:
            yield f"    auth = {written(described.auth, 4, 7)}"
    yield "    streams = ("
    for one in found:
        yield f"        {call(one.stream, 8, one.remarks)},"
    yield "    )"
    if described.kind in _SESSION:
        session = _SESSION[described.kind]
        yield f'\n    def open(self, runtime: Runtime) -> {session}:\n        """{_OPENING[described.kind]}"""'
        yield f"        return {session}(self.options, runtime)"
