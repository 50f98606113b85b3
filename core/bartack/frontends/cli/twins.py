"""``bartack cassette mutate``: hostile twins, the score of the matcher, and the kill report of somebody's tests."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from bartack.errors import BartackError, ConfigError, RecordingError
from bartack.frontends.cli.recorded import config_of, reader_of
from bartack.frontends.cli.tables import console, table
from bartack.reading.source import Feed
from bartack.recording import Cassette, load_recording
from bartack.recording.sql import SqlCassette
from bartack.twins import TableTwin, Trial, Twin, Violation, mutants, try_tables, try_twins
from bartack.twins.killing import CASSETTES, KillReport, kill
from bartack.twins.requests import Score, score_requests

__all__ = ["mutate"]

_FAILED = "hostile-twins"
"""Folder of the twins that were too much, unless another one is named."""


def mutate(options: argparse.Namespace) -> int:
    """Turn recordings hostile, and print what becomes of the reads; 1 where something is wrong."""
    bad = False
    for file in options.files:
        cassette = load_recording(file)
        if isinstance(cassette, SqlCassette):
            bad |= _tables(cassette, options)
        elif options.requests:
            bad |= _score(cassette, score_requests(cassette), options)
        elif options.kill:
            bad |= _kill(cassette, options)
        else:
            bad |= _try(cassette, options)
    return int(bad)


def _feeds(cassette: Cassette | SqlCassette, options: argparse.Namespace) -> list[Feed]:
    """Return what can be read of a recording; by what it says of itself, or through the source that is named."""
    config = config_of(options.config)
    if options.source is not None:
        from bartack.hub import Hub

        source = Hub(config).source(options.source)
    else:
        found = reader_of(config, options.connector).of(cassette)
        if found is None:
            raise ConfigError(
                f"{cassette.path} does not say which connector made it",
                next_step="name it: --connector NAME, or --source NAME of the configuration",
            )
        source = found
    recorded = {name.partition(">")[0] for name in cassette.about.mappings}
    feeds = source.feeds(stream=options.stream)
    return [feed for feed in feeds if options.stream or not recorded or feed.stream.name in recorded]


# -- twins ----------------------------------------------------------------------------------------------------------------


def _try(cassette: Cassette, options: argparse.Namespace) -> bool:
    how = {"seed": options.seed, "families": options.family or None}
    trials: list[Trial] = []
    refused: list[BartackError] = []
    for feed in _feeds(cassette, options):
        try:
            trials.append(try_twins(feed, cassette, count=options.count, **how))
        except RecordingError as error:
            refused.append(error)
            continue
        if options.write:
            for number, twin in enumerate(islice(mutants(cassette, feed, **how), options.count), 1):
                _save(twin, cassette, Path(options.write) / feed.stream.name / f"{number:04}-{_named(twin)}.yaml")
    if not trials:
        raise (
            refused[0]
            if refused
            else ConfigError(f"nothing feeds on {cassette.path}", next_step="name the stream: --stream NAME")
        )
    for trial in trials:
        (_print_json if options.json else _print)(cassette, trial)
    smallest = [one for trial in trials for one in _smallest(trial.violations)]
    for violation in smallest:
        name = f"{violation.kind}-{_named(violation.twin)}.yaml"
        saved = _save(violation.twin, cassette, Path(options.write or _FAILED) / name)
        if not options.json:
            sys.stdout.write(f"{violation}\n  {f'kept as {saved}' if saved else 'it cannot be kept as a file'}\n")
    return bool(smallest)


def _print(cassette: Cassette | SqlCassette, trial: Trial) -> None:
    bad = [one.twin.family for one in trial.violations]
    rows = [
        [family, count, count - bad.count(family), bad.count(family), _ends(trial, family)]
        for family, count in trial.tried.items()
    ]
    title = f"{cassette.path}: {trial.feed.stream.name} as {trial.feed.contract}, {trial.count} twins"
    console().print(table(["family", "twins", "survived", "violations", "ended as"], rows, title))


def _ends(trial: Trial, family: str) -> str:
    return ", ".join(f"{end} {count}" for end, count in sorted(trial.ends[family].items(), key=lambda one: -one[1]))


def _print_json(cassette: Cassette | SqlCassette, trial: Trial) -> None:
    _line(
        "trial",
        {
            "file": str(cassette.path),
            "stream": trial.feed.stream.name,
            "contract": trial.feed.contract,
            "twins": trial.count,
            "families": {name: {"twins": count, "ends": dict(trial.ends[name])} for name, count in trial.tried.items()},
            "violations": len(trial.violations),
        },
    )
    for one in trial.violations:
        twin = one.twin
        _line(
            "violation", {"kind": one.kind, "twin": twin.name, "seed": twin.seed, "said": one.said, "what": twin.said}
        )


def _smallest(violations: Sequence[Violation]) -> Iterator[Violation]:
    """Yield of each kind and change the twin with the least in it."""
    found: dict[tuple[str, str, str], tuple[int, Violation]] = {}
    for one in violations:
        if isinstance(one.twin, TableTwin):
            continue
        size = sum(len(item.response.body) for item in one.twin.cassette.interactions)
        key = (one.kind, one.twin.family, one.twin.change.name)
        if key not in found or size < found[key][0]:
            found[key] = (size, one)
    for _, violation in found.values():
        yield violation


def _named(twin: Twin | TableTwin) -> str:
    words = "".join(char if char.isalnum() else "-" for char in twin.name)
    return "-".join(part for part in words.split("-") if part)[:80]


def _save(twin: Twin | TableTwin, cassette: Cassette, path: Path) -> Path | None:
    """Keep a twin as a cassette; what is packed so that nobody can open it cannot be kept."""
    if isinstance(twin, TableTwin):
        return None
    try:
        interactions = [one.unpacked() for one in twin.cassette.interactions]
    except RecordingError:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    Cassette(path, interactions, about=cassette.about, allow_playback_repeats=True).save()
    return path


# -- databases ------------------------------------------------------------------------------------------------------------


def _tables(cassette: SqlCassette, options: argparse.Namespace) -> bool:
    if options.requests or options.kill or options.family:
        raise ConfigError(
            "of a recording of a database there are twins, and nothing else yet",
            where=str(cassette.path),
            next_step="leave --requests, --kill and --family out",
        )
    trials = [try_tables(feed, cassette, options.seed, options.count) for feed in _feeds(cassette, options)]
    if not sum(trial.count for trial in trials):
        raise ConfigError(
            "the recording holds no rows to change", where=str(cassette.path), next_step="record some rows"
        )
    for trial in trials:
        (_print_json if options.json else _print)(cassette, trial)
    bad = [one for trial in trials for one in trial.violations]
    for number, violation in enumerate(bad, 1):
        twin = violation.twin
        if isinstance(twin, TableTwin):
            path = Path(options.write or _FAILED) / f"{violation.kind}-{number:04}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            made = twin.cassette
            made.path = path
            made.save()
            if not options.json:
                sys.stdout.write(f"{violation}\n  kept as {path}\n")
    return bool(bad)


# -- requests -------------------------------------------------------------------------------------------------------------


def _score(cassette: Cassette, score: Score, options: argparse.Namespace) -> bool:
    seen, unseen, noise = (score.of(state) for state in ("seen", "unseen", "noise"))
    if options.json:
        about = {"file": str(cassette.path), "share": score.share, "seen": len(seen), "noise": len(noise)}
        places = [{"number": one.number, "request": one.request, "place": one.place} for one in unseen]
        _line("score", {**about, "unseen": places})
    else:
        sys.stdout.write(
            f"{cassette.path}: a replay sees {score.share:.1%} of {len(seen) + len(unseen)} changed requests"
            f" ({len(noise)} changes of secrets and noise are none)\n"
        )
        if unseen:
            console().print(table(["no", "request", "could change unseen"], [one[:3] for one in unseen]))
    return bool(unseen)


# -- tests ----------------------------------------------------------------------------------------------------------------


def _kill(cassette: Cassette, options: argparse.Namespace) -> bool:
    command = shlex.split(options.kill)

    def tests(folder: Path) -> bool:
        environ = {**os.environ, CASSETTES: str(folder)}
        try:
            return subprocess.run(command, env=environ, capture_output=True, check=False).returncode == 0  # noqa: S603
        except OSError as error:
            raise ConfigError(f"{command[0]} cannot be run: {error.strerror}", next_step="name a command") from None

    with tempfile.TemporaryDirectory() as name:
        report = kill(cassette, _feeds(cassette, options), tests, Path(name))
    _report(cassette, report, as_json=options.json)
    unseen: bool = len(report.fields) > options.survivors
    return unseen


def _report(cassette: Cassette, report: KillReport, *, as_json: bool) -> None:
    if as_json:
        survivors = [
            {"field": one.field, "change": one.change.name, "example": one.example} for one in report.survivors
        ]
        _line("kill", {"file": str(cassette.path), "noticed": len(report.noticed), "survivors": survivors})
        return
    tried = len(report.noticed) + len(report.survivors)
    sys.stdout.write(f"{cassette.path}: the tests noticed {len(report.noticed)} of {tried} changes\n")
    if report.survivors:
        rows = [[one.field, one.change.name, one.example] for one in report.survivors]
        console().print(table(["field", "change", "that no test noticed"], rows))


def _line(kind: str, about: dict[str, object]) -> None:
    sys.stdout.write(json.dumps({kind: about}, ensure_ascii=False) + "\n")
