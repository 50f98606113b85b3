"""The feed as it is, and as it would be: another mapping file, another configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bartack.errors import ConfigError
from bartack.reading.source import Feed, Source

__all__ = ["counterpart", "with_mapping"]


def with_mapping(feed: Feed, path: Path) -> Feed:
    """Return a feed that maps by the rules of a file, with the source's own rules laid over them as before.

    Raises
    ------
    ConfigError
        the file cannot be read, is no mapping, or is one of a contract that is not there.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), next_step="check the path") from None
    tried = feed.source.feed_by(feed.stream, text, str(path))
    assert tried is not None  # noqa: S101 - any contract will do
    return tried


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
