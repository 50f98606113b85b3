"""Which streams of which sources answer for a contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bartack.errors import BartackError, ConfigError
from bartack.mapping.loader import near
from bartack.reading.source import Feed, Source
from bartack_contracts import Contract

__all__ = ["chosen"]


def chosen(
    source: Callable[[str], Source],
    names: Sequence[str],
    model: type[Contract],
    stream: str | None,
    *,
    named: bool,
) -> tuple[list[Feed], list[tuple[str, BartackError]]]:
    """Return the feeds of a contract, and the sources that are not ready, with the reason.

    ``named``: the caller has named the sources, so that one which is not ready is an error.

    Raises
    ------
    ConfigError
        no such source or stream, or no stream that feeds the contract.
    """
    feeds: list[Feed] = []
    streams: list[str] = []
    unready: list[tuple[str, BartackError]] = []
    for name in names:
        try:
            ready = source(name)
            streams += [one.name for one in ready.streams]
            if named or stream is None or stream in {one.name for one in ready.streams}:
                feeds += ready.feeds(model, stream)
        except ConfigError as error:
            if named:
                raise
            unready.append((name, error))
    if stream is not None and stream not in streams and not unready:
        raise ConfigError(f"no stream named {stream!r}{near(stream, streams)}", next_step="bartack check lists them")
    if not feeds and not unready:
        raise ConfigError(
            f"no stream of {', '.join(names) or 'no source'} feeds {model.contract}",
            next_step="bartack connectors NAME lists what each stream feeds",
        )
    return feeds, unready
