"""The ``bartack.toml`` of a drafted plugin: the source itself, and one for each recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bartack.drafting.described import Described, Found
from bartack.drafting.names import Names
from bartack.transports.sql.drafts.text import quoted, toml_key

__all__ = ["configuration"]


def configuration(names: Names, described: Described, found: Sequence[Found]) -> str:
    """Return a configuration to try the connector with."""
    return "\n".join(_lines(names, described, found)) + "\n"


_DEFAULTS = (
    '# default_region = "DE"             # of phone numbers without a country code',
    '# default_zone = "Europe/Berlin"    # of timestamps without an offset',
    '# default_currency = "EUR"          # of amounts without a currency',
)


def _lines(names: Names, described: Described, found: Sequence[Found]) -> Iterator[str]:
    yield "# To try the connector with; those who use it write their own."
    yield from _source(names.connector, names, described)
    for setting in described.settings:
        if setting.default is not None and setting.name == "base_url":
            yield f"# {setting.name} = {quoted(setting.default)}"
    if described.kind == "soap":
        yield '# username, password = { env = "…" } and auth = "basic", "wsse" or "wsse_digest", where the service wants them'
    yield from _DEFAULTS
    for one in found:
        if one.recordable:
            name = f"{one.stream.name}-recorded"
            yield from _source(name, names, described)
            yield f'replay = "cassettes/{names.connector}/{one.stream.name}/{one.scenario}.yaml"   # nobody is asked'


def _source(source: str, names: Names, described: Described) -> Iterator[str]:
    yield from ("", f"[sources.{toml_key(source)}]", f"connector = {quoted(names.connector)}")
    if described.kind == "sql":
        yield f'url = {{ env = "{names.variable}_URL" }}   # sqlite:///crm.db, postgresql://reader:…@host/crm'
    for one in described.settings:
        if one.required:
            yield (
                f'{one.name} = {{ env = "{names.variable}_{one.name.upper()}" }}' if one.secret else f'{one.name} = ""'
            )
