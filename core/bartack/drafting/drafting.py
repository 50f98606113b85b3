"""From an origin to a plugin on disk: read, guess, try, write; all of it or nothing."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bartack.drafting.guessing import Drafted, drafted, targets_of
from bartack.drafting.names import Names
from bartack.drafting.origins import described_from
from bartack.drafting.plugin import VERSION, DraftedPlugin
from bartack.drafting.trial import source_of, tried
from bartack.errors import BartackError, ConfigError
from bartack.reading.replayed import Take
from bartack.transports.base import Runtime

if TYPE_CHECKING:
    from bartack.registry import Plugins

__all__ = ["Written", "draft", "write"]


@dataclass(frozen=True, slots=True)
class Written:
    """A plugin on disk. ``recorded``: its cassettes; ``remarks``: what the trial has shown."""

    plugin: DraftedPlugin
    folder: Path
    recorded: tuple[Path, ...]
    remarks: tuple[str, ...]


def draft(name: str, origin: str | None, plugins: Plugins, runtime: Runtime) -> DraftedPlugin:
    """Draft the connector ``name`` from an OpenAPI document, a WSDL, a database's URL or a sample; without any, a skeleton.

    Raises
    ------
    ConfigError
        the name cannot be used, or there is nothing in ``origin`` that a contract describes.
    BartackError
        ``origin`` cannot be read.
    """
    names = Names.of(name, plugins.cards)
    described = described_from(origin, names, runtime)
    targets = targets_of(described.found)
    streams: list[Drafted] = []
    left_out = list(described.left_out)
    for found in described.found:
        outcome = drafted(found, targets)
        if isinstance(outcome, str):
            left_out.append(f"{found.stream.name}: {outcome}")
        else:
            streams.append(_declared(outcome))
    if not streams:
        why = "; ".join(left_out[:3]) or "it has no lists"
        renamed = (
            "; or name the file after what is in it (contacts.json)" if origin and origin.endswith(".json") else ""
        )
        raise ConfigError(
            f"no stream can be drafted: {why}",
            where=described.origin,
            next_step=f"bartack new connector {name} writes a skeleton to fill in by hand{renamed}",
        )
    return DraftedPlugin(names, described, tuple(streams), tuple(left_out))


def write(plugin: DraftedPlugin, folder: Path, plugins: Plugins, runtime: Runtime) -> Written:
    """Try the plugin and write it to ``folder``, which must not be there. Streams that fail on trial are left out.

    Raises
    ------
    ConfigError
        the folder is there already, or cannot be written; or no stream has passed its trial.
    """
    if folder.exists():
        raise ConfigError(
            f"{folder.name} is there already", where=str(folder), next_step="move it away, or use --folder"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
            place = Path(work) / folder.name
            trial = _record(plugin, place, plugins, runtime)
            kept = plugin.without(trial.failed)
            for name, content in (*kept.files.items(), ("README.md", kept.readme())):
                path = place / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
            place.rename(folder)
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror}", where=str(folder), next_step="choose another --folder"
        ) from None
    return Written(kept, folder, tuple(folder / path for path in trial.recorded), tuple(trial.remarks))


def _declared(outcome: Drafted) -> Drafted:
    """Return the drafted list with the names of its mappings in its declaration."""
    files = tuple(one.file for one in outcome.mappings)
    stream: Any = outcome.found.stream
    return replace(
        outcome, found=replace(outcome.found, stream=replace(stream, mapping=files[0] if len(files) == 1 else files))
    )


@dataclass(frozen=True, slots=True)
class _Trial:
    """What was recorded, what is remarkable of it, and the streams that failed, each with the reason."""

    recorded: list[Path] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def _record(plugin: DraftedPlugin, place: Path, plugins: Plugins, runtime: Runtime) -> _Trial:
    """Record the streams that have answers, and say what their rows become."""
    source = source_of(plugin.names.connector, plugin.described, plugin.found, plugin.mappings, plugins, runtime)
    trial = _Trial()
    for found in plugin.found:
        name = found.stream.name
        path = Path("cassettes") / plugin.names.connector / name / f"{found.scenario}.yaml"
        try:
            takes = tried(source, found, place / path, VERSION) if found.recordable else ()
        except BartackError as error:
            trial.failed[name] = f"its example cannot be read: {error.message}"
            continue
        trial.recorded.extend([path] if takes else [])
        trial.remarks.extend(f"{name}: {said}" for take in takes if (said := _said(take)))
    return trial


def _said(take: Take) -> str:
    """Say what went wrong with a read of drafted answers; blank where nothing did."""
    if take.error is not None:
        return take.error.message
    if take.report.completeness not in ("complete", "limited"):
        return f"read from its example it is {take.report.completeness}: {'; '.join(take.report.reasons)}"
    if not take.report.rejected:
        return ""
    reasons = sorted({f"{issue.field}: {issue.message}" for one in take.rejects for issue in one.issues})
    return f"{take.report.rejected} of {take.report.rows} example rows are rejected: {reasons[0]}"
