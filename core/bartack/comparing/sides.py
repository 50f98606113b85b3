"""Makes sides to compare: of recordings, each read with the connector it was made with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bartack.comparing.comparison import Side
from bartack.comparing.findings import Undecided
from bartack.comparing.sampling import sample
from bartack.errors import ConfigError
from bartack.reading.replayed import source_of
from bartack.reading.source import Source
from bartack.recording import Cassette
from bartack.recording.library import files
from bartack.recording.sql.cassette import SqlCassette
from bartack.registry import Plugins
from bartack.transports.base import Runtime

__all__ = ["Reader", "pairs", "side_of"]


@dataclass(frozen=True)
class Reader:
    """How recordings are read. ``plugins`` loads a connector by its name; ``connector`` goes before what a recording says.

    ``source``: a configured source, for recordings that say nothing of their origin.
    """

    plugins: Callable[[str], Plugins]
    runtime: Runtime
    connector: str | None = None
    source: Source | None = None

    def of(self, cassette: Cassette | SqlCassette) -> Source | None:
        """Return what reads a cassette; None where nobody knows which connector made it.

        Raises
        ------
        ConfigError
            its connector is not there, or does not accept its settings any more.
        """
        name = self.connector if self.connector is not None else cassette.about.connector
        if name:
            return source_of(cassette.about, self.plugins(name), self.runtime, connector=name)
        return self.source


def _replayed(source: Source, cassette: Cassette | SqlCassette) -> Source:
    return replace(source, replay=cassette, runtime=replace(source.runtime, sleep=_at_once))


def _at_once(_: float) -> None:
    """Wait for nothing: a recording is spared by nobody."""


def side_of(
    cassettes: Sequence[Cassette | SqlCassette], reader: Reader, streams: Sequence[str] = (), most: int | None = None
) -> tuple[Side, list[Undecided]]:
    """Return what recordings hold, and what keeps one from being read by a mapping; its answers are compared all the same."""
    label = ", ".join(str(one.path) for one in cassettes)
    samples, undecided = [], []
    for cassette in cassettes:
        try:
            source = reader.of(cassette)
            feeds = [] if source is None else _replayed(source, cassette).feeds()
        except ConfigError as error:
            feeds = []
            undecided.append(Undecided(str(cassette.path), "fields of contracts", error.message))
        samples += [sample(feed, most) for feed in feeds if not streams or feed.stream.name in streams]
    http = [one for one in cassettes if isinstance(one, Cassette)]
    whole = [one for cassette in http for one in cassette.interactions]
    answers = Cassette(http[0].path, whole, about=http[0].about) if http else None
    return Side(label, samples, answers), undecided


def pairs(before: Path, after: Path) -> Iterator[tuple[Path | None, Path | None]]:
    """Yield which recordings belong together: the two files, or those at the same place in two folders; None for lone ones.

    Raises
    ------
    ConfigError
        one is a file and the other a folder, or one is not there.
    """
    for path in (before, after):
        if not path.exists():
            raise ConfigError("there is no such recording", where=str(path), next_step="check the path")
    if before.is_file() != after.is_file():
        raise ConfigError("a file and a folder cannot be compared", next_step="name two recordings, or two folders")
    if before.is_file():
        yield before, after
        return
    one, other = _below(before), _below(after)
    for place in sorted(one.keys() | other.keys()):
        yield one.get(place), other.get(place)


def _below(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in files(folder)}
