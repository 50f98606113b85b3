"""Writes a read into a folder, part by part, so that it can be killed anywhere and goes on where it was.

A part belongs to one feed. It is written whole, then named in the journal together with the place behind it; from that line
on it counts. Whatever else a killed process leaves is removed by the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from bartack.errors import BartackError, IncompleteRead
from bartack.export.files import WholeFile
from bartack.export.folders import make_room, same_export, still_there, sweep
from bartack.export.journal import Begun, Journal, Step, journal_of
from bartack.export.lines import item_line
from bartack.export.manifest import DataFile, Manifest, RejectsFile, load, rejects_of, save
from bartack.export.part import Part
from bartack.export.places import PlacedWay, known_of
from bartack.export.whole import begin_manifest, contract_of, ended
from bartack.export.writers import format_of
from bartack.reading.fetch import Item
from bartack.reading.read import Read
from bartack.transports.base import Clock, utcnow
from bartack_contracts import Contract, Record, Reject, Report, shape_digest

__all__ = ["to_folder"]

PART = 10_000
"""Records a part; so much of a stream, at most, is read again after a kill."""

_LONGEST = timedelta(minutes=1)
"""A part takes no longer: of a source that is asked slowly, so much is read again at most."""


def to_folder(
    read: Read[Any],
    target: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    spreadsheet: bool = False,
    size: int = PART,
    watch: Callable[[Iterator[Item]], Iterator[Item]] = iter,
    clock: Clock = utcnow,
) -> Manifest:
    """Write a read into a folder, in parts of about ``size`` records or a minute; go on with one that was interrupted there.

    Beside the folder stand ``FOLDER.manifest.json``, which names the finished parts, and ``FOLDER.rejects.jsonl``. A source
    is asked from behind the last page of which all is in a part. An export that is finished is not read again: its manifest is
    returned. As long as a feed fails the export stays ``unfinished``, and the next call tries on.

    Raises
    ------
    ConfigError
        there can be no such folder, something else is in it, or another export was begun there.
    ConflictError
        another process is writing it; or connector, mapping or snapshot have changed since it began.
    ExportError
        the disk is full, or fails.
    IncompleteRead
        some is missing, and the read was made without ``allow_partial=True``; what there is, is there.
    """
    path = Path(target)
    begun = Begun(
        format=format_of(format, path.name),
        spreadsheet=spreadsheet,
        contract=contract_of(read).contract,
        shape=shape_digest(contract_of(read)),
        asked=read.asked,
        at=clock(),
    )
    before = load(path)
    if before is not None and before.state == "finished" and not journal_of(path).exists():
        same_export(path, begun, before)
        _owed(read, before)
        return before
    make_room(path, begun=before is not None or journal_of(path).exists())
    with Journal(journal_of(path)) as journal:
        if journal.begun is None:
            journal.begin(begun)
        else:
            same_export(path, begun, journal.begun)
        export = _Export(path, contract_of(read), journal, size, clock)
        sweep(path, journal)
        manifest = export.run(read, watch)
        if manifest.state == "finished":
            journal.remove()
    _owed(read, manifest)
    return manifest


class _Export:
    """An export that is being written.

    What comes waits in ``_waiting`` until the read has passed a place behind it; then it is gathered for the next part.
    """

    def __init__(self, path: Path, model: type[Contract], journal: Journal, size: int, clock: Clock) -> None:
        assert journal.begun is not None  # noqa: S101 - it was begun before
        self._path = path
        self._model = model
        self._journal = journal
        self._begun = journal.begun
        self._size = size
        self._clock = clock
        self._draft = Part(path, model, journal.begun, journal.used())
        self._since = clock()
        self._failure: BartackError | None = None
        self._waiting: list[Item] = []
        self._step: Step | None = None
        self._rejects: list[str] = []
        self._left: list[str] = []
        self._seen: dict[str, str] = {}
        self._files: list[DataFile] = []
        self._told: Counter[str] = Counter()
        self._rejected = 0

    def run(self, read: Read[Any], watch: Callable[[Iterator[Item]], Iterator[Item]]) -> Manifest:
        """Read what is left; once more where a source has forgotten the place in one of its feeds."""
        while True:
            self._recount()
            self._waiting.clear()
            self._left.clear()
            known = known_of(self._journal)
            still_there(self._path, known, read)
            way = PlacedWay(known, self._size, self._passed)
            current = read.anew(way, taken=sum(one.records for one in known.values()))
            try:
                self._take(watch(current.items()))
            except BartackError:
                with suppress(BartackError):
                    self._conclude(current, finished=False)
                raise
            finally:
                self._draft.discard()
            if not way.lost:
                return self._conclude(current, finished=not current.errors)
            for feed in way.lost:
                self._journal.add(Step(feed=feed, made_by=known[feed].made_by, dropped=True))
            sweep(self._path, self._journal)

    def _take(self, items: Iterator[Item]) -> None:
        """Take what comes; the read says by :meth:`_passed` when all before a place has come."""
        for item in items:
            self._waiting.append(item)
            self._raise()
        self._raise()
        self._leave(self._waiting)
        self._commit()

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _passed(self, step: Step) -> None:
        """Gather what came before a place; a part is written when there is enough, before anything more is asked for.

        The read must not take a failure of this for one of its own: it is raised when it hands on the next item.
        """
        if self._failure is not None:
            return
        try:
            self._gather(step)
        except BartackError as error:
            self._failure = error

    def _gather(self, step: Step) -> None:
        if self._step is not None and self._step.feed != step.feed:
            self._commit()
        items, others = _split(self._waiting, step.feed)
        self._leave(others)
        self._waiting.clear()
        self._draft.add([one for one in items if isinstance(one, Record)])
        self._rejects += [item_line(one) for one in items if isinstance(one, Reject)]
        self._seen |= step.seen
        self._step = step
        enough = self._draft.records + len(self._rejects) >= self._size
        if step.ended is not None or enough or self._clock() - self._since >= _LONGEST:
            self._commit()

    def _leave(self, items: list[Item]) -> None:
        """Leave what the read has handed on before it failed, and no place is behind: it comes again; rejects may tell why."""
        self._left += [item_line(one) for one in items if isinstance(one, Reject)]

    def _commit(self) -> None:
        """Let what was gathered become a part, then write the step that makes it count."""
        if self._step is None:
            return
        parts, told = self._draft.publish()
        whole = {"parts": parts, "rejects": tuple(self._rejects), "seen": self._seen, "told": told}
        step = self._step.model_copy(update=whole)
        self._journal.add(step)
        self._step, self._rejects, self._seen = None, [], {}
        self._since = self._clock()
        self._count(step)
        save(self._path, self._manifest())

    def _count(self, step: Step) -> None:
        self._files += step.parts
        self._told.update(step.told)
        self._rejected += len(step.rejects)

    def _recount(self) -> None:
        """Count what the journal holds."""
        self._files, self._told, self._rejected = [], Counter(), 0
        for step in self._journal.steps():
            self._count(step)

    def _manifest(self) -> Manifest:
        """Return what counts by now."""
        begun = self._begun
        base = begin_manifest(begun.format, self._model, begun.asked, begun.at, spreadsheet=begun.spreadsheet)
        return base.model_copy(
            update={
                "written_at": self._clock(),
                "records": sum(one.records for one in self._files),
                "files": tuple(self._files),
                "rejects": RejectsFile(rejects=self._rejected),
                "told": dict(sorted(self._told.items())),
            }
        )

    def _conclude(self, read: Read[Any], *, finished: bool) -> Manifest:
        """Write the rejects and the manifest of an export that has come to an end, or as far as it can."""
        manifest = self._manifest()
        count = self._rejected + len(self._left)
        if count:
            with WholeFile(rejects_of(self._path)) as file:
                for lines in (*(step.rejects for step in self._journal.steps()), self._left):
                    file.write("".join(f"{line}\n" for line in lines).encode())
                written = file.publish()
            kept = RejectsFile(rejects=count, **written._asdict())
            manifest = manifest.model_copy(update={"rejects": kept})
        manifest = ended(manifest, read.errors, read.report, self._clock())
        if not finished:
            manifest = manifest.model_copy(update={"state": "unfinished"})
        save(self._path, manifest)
        return manifest


def _split(items: list[Item], feed: str) -> tuple[list[Item], list[Item]]:
    """Return the items of a feed, and those of others."""
    mine: list[Item] = []
    others: list[Item] = []
    for one in items:
        (mine if f"{one.ref.source}/{one.ref.stream}" == feed else others).append(one)
    return mine, others


def _owed(read: Read[Any], manifest: Manifest) -> None:
    """Raise what the caller wants to hear of an export that is not all there is."""
    verdict = manifest.verdict
    assert verdict is not None  # noqa: S101 - it has come to an end
    if read.allow_partial or (manifest.state == "finished" and verdict.completeness in ("complete", "limited")):
        return
    reasons = "; ".join(verdict.reasons) or verdict.completeness
    again = "call it again: it goes on where it was" if manifest.state == "unfinished" else "look at its manifest"
    raise IncompleteRead(
        f"the export is {verdict.completeness}: {reasons}",
        report=Report(streams=manifest.streams, verdict=verdict),
        next_step=f"{again}, or pass allow_partial=True to the read",
    )
