"""The feed as it is, and as it would be: another mapping file, another configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bartack.errors import ConfigError
from bartack.mapping.compiled import compile_mapping
from bartack.mapping.loader import load
from bartack.reading.source import Feed, Source, key_rule

__all__ = ["counterpart", "with_mapping"]


def with_mapping(feed: Feed, path: Path) -> Feed:
    """Return a feed that maps by the rules of a file, with the source's own rules laid over them as before.

    Raises
    ------
    ConfigError
        the file cannot be read, is no mapping, or is one of a contract that is not there.
    """
    source = feed.source
    try:
        loaded = load(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), next_step="check the path") from None
    try:
        model = source.catalog.get(loaded.mapping.contract)
    except LookupError as error:
        raise ConfigError(
            str(error), where=loaded.place(("contract",)), next_step="bartack contracts lists them"
        ) from None
    if feed.stream.name in source.overrides:
        place = f"{source.file} [sources.{source.name}.overrides.{feed.stream.name}]"
        loaded = loaded.overridden(source.overrides[feed.stream.name], place)
    mapping = compile_mapping(loaded, model, key_rule(feed.stream.key), source.registry, source.settings.locale)
    return replace(feed, mapping=mapping)


def counterpart(feed: Feed, candidate: Source) -> Feed:
    """Return the feed of another configuration that takes the place of ``feed``: same stream, same contract by name.

    Raises
    ------
    ConfigError
        the candidate has no such stream, or it feeds nothing of that name any more.
    """
    found: Sequence[Feed] = candidate.feeds(stream=feed.stream.name)
    name = feed.contract.partition("/")[0]
    for one in found:
        if one.contract.partition("/")[0] == name:
            return one
    fed = ", ".join(one.contract for one in found) or "nothing"
    raise ConfigError(
        f"the candidate's stream {feed.stream.name} feeds {fed}, not {feed.contract}",
        where=candidate.file,
        next_step="add a mapping of that contract, or leave the stream out with --stream",
    )
