"""``bartack drift``: what is different from when it was recorded, how grave it is, and whom it hits."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bartack import registry
from bartack.comparing.comparison import Comparison
from bartack.comparing.consumers import consumers_of
from bartack.comparing.findings import SEVERITIES, Finding
from bartack.comparing.junit import write_junit
from bartack.comparing.running import compare_recordings, compare_source, compare_stored, newest, noise_of
from bartack.comparing.sides import Reader
from bartack.config import Config
from bartack.errors import ConfigError
from bartack.frontends.cli.main import INCOMPLETE
from bartack.frontends.cli.recorded import config_of, reader_of
from bartack.frontends.cli.tables import console, table
from bartack.frontends.cli.texts import shown
from bartack.hub import Hub, open_hub
from bartack.recording import load_recording
from bartack.store.presence import is_there
from bartack_contracts import Catalog

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Compare, tell what was found, and say by the exit status whether something is as grave as that."""
    failing = _severities(options.fail_on)
    found = list(_compared(options))
    if options.junit is not None:
        write_junit(Path(options.junit), found, failing)
    for one in found:
        _print_json(one) if options.json else _print(one)
    return INCOMPLETE if any(one.at_least(failing) for one in found) else 0


def _severities(text: str) -> list[str]:
    names = [name.strip().upper() for name in text.split(",")]
    for name in names:
        if name not in SEVERITIES:
            raise ConfigError(f"no severity {name!r}", where="--fail-on", next_step=f"one of {', '.join(SEVERITIES)}")
    return names


def _compared(options: argparse.Namespace) -> Iterator[Comparison]:
    match options.sides:
        case [source]:
            with open_hub(options.config) as hub:
                yield _source(hub, source, options)
        case [before, after] if options.against is None:
            config = config_of(options.config)
            catalog = registry.load(config.allow).catalog
            how = _how(options, reader_of(config, options.connector), config, catalog)
            yield from compare_recordings(Path(before), Path(after), **how)
        case [_, _]:
            raise ConfigError("two recordings are compared with each other", next_step="leave --against out")
        case _:
            raise ConfigError("more than two sides", next_step="bartack drift SOURCE, or bartack drift BEFORE AFTER")


def _source(hub: Hub, name: str, options: argparse.Namespace) -> Comparison:
    """Compare a source with the recording that is named, else with the newest of each stream, else with the store."""
    source = hub.source(name)
    reader = replace(reader_of(hub.config, options.connector), source=source)
    how: dict[str, Any] = _how(options, reader, hub.config, lambda: hub.contracts) | {"most": options.sample}
    if options.against not in (None, "store"):
        return compare_source(source, [load_recording(options.against)], **how)
    cassettes = newest(Path(hub.config.folder) / "cassettes", source, options.stream) if options.against is None else []
    if cassettes:
        return compare_source(source, cassettes, **how)
    if options.against is None and not is_there(hub.config.store, source.runtime):
        raise ConfigError(
            "there is nothing to compare it with",
            where=name,
            next_step=f"--against FILE, a recording in cassettes/{source.connector.name}/STREAM, or bartack sync {name}",
        )
    return compare_stored(source, hub.store, most=options.sample, streams=options.stream, consumers=how["consumers"])


def _how(options: argparse.Namespace, reader: Reader, config: Config, catalog: Callable[[], Catalog]) -> dict[str, Any]:
    """Return what all comparisons are told; consumers are held against the contracts only where there are some."""
    consumers = consumers_of(config, catalog()) if config.consumers else ()
    noise = noise_of(Path(options.noise[0]), Path(options.noise[1]), reader) if options.noise else None
    return {"reader": reader, "streams": options.stream, "consumers": consumers, "noise": noise}


def _print_json(one: Comparison) -> None:
    lines: list[dict[str, object]] = [{"finding": finding.to_document()} for finding in one.findings]
    lines += [{"undecided": asdict(what)} for what in one.undecided]
    streams = [
        {"stream": s.name, "before": s.before, "after": s.after, "common": s.common, "mapped": s.mapped}
        for s in one.streams
    ]
    proof = {"before": one.before, "after": one.after, "streams": streams, "self_test": asdict(one.self_test)}
    for line in (*lines, {"compared": proof}):
        sys.stdout.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


def _print(one: Comparison) -> None:
    out = console()
    out.print(f"{one.before} → {one.after}", markup=False, soft_wrap=True)
    for stream in one.streams:
        read = "" if stream.mapped else ", not read by a mapping"
        counts = f"{stream.before} and {stream.after} rows, {stream.common} on both sides"
        out.print(f"  {stream.name}: {counts}{read}", markup=False, soft_wrap=True)
    if one.findings:
        heads = ["severity", "where", "what is different", "before", "after", "for example", "hits"]
        out.print(table(heads, [_row(finding) for finding in one.findings]))
        for finding in one.at_least(("BREAKING", "SILENT", "RISK")):
            out.print(f"{finding.severity} {_where(finding)}: {finding.why}", markup=False, soft_wrap=True)
            out.print(f"  next step: {finding.next_step}", markup=False, soft_wrap=True)
    else:
        out.print("no difference")
    for what in one.undecided:
        out.print(f"undecided: {what.stream}: {what.about}: {what.reason}", markup=False, soft_wrap=True)
    out.print(f"self-test: {one.self_test.injected}: found", markup=False, soft_wrap=True)


def _row(one: Finding) -> list[object]:
    fields = f"\n{', '.join(one.fields)}" if one.fields else ""
    return [
        one.severity,
        f"{one.stream}{fields}",
        shown(one.message),
        f"{one.before.part} of {one.before.whole}",
        f"{one.after.part} of {one.after.whole}",
        shown(one.example),
        ", ".join(one.consumers),
    ]


def _where(one: Finding) -> str:
    return one.path or ", ".join(one.fields) or one.stream
