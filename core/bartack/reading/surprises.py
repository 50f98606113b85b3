"""Does what the operator decided about surprises: accept, warn, reject or stop; see ``docs/surprises.md``.

A surprise is told once a path and read: a new or a missing field by one issue, at the first row it concerns, a changed type by an
issue at each row that has it. Nothing is remembered from one read to the next, so that a decision takes effect at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from bartack.drift.baseline import Baseline
from bartack.drift.novelty import Novelties, Novelty
from bartack.drift.shape import Shape
from bartack.errors import SourceChangedError
from bartack.events import Event
from bartack.mapping.compiled import Outcome
from bartack.policies import Action, Surprise, Surprises
from bartack.reading.source import Feed
from bartack_contracts import Issue

__all__ = ["Policy", "SurpriseJudge", "policy_rows"]

_MOST_TOLD = 20
"""So many new fields are told in one read: a source whose keys are data has more."""

_FEWEST_JUDGED = 20

_WORDS = {
    "new_field": "{path} is new",
    "missing_field": "{path} is not sent any more: {was}, now {now}",
    "changed_type": "{path} holds {now} where it held {was}",
    "unknown_code": "{path} holds a code that the mapping's table does not know",
}


class SurpriseJudge:
    """Looks at what a page's rows have become, beside what the stream usually looks like, for one read of one feed."""

    def __init__(self, feed: Feed, baseline: Baseline | None = None) -> None:
        self._feed = feed
        self._policy = feed.source.config.surprises
        self._novelties: Novelties | None = None
        if baseline is not None and baseline.rows:
            self._novelties = Novelties(baseline, Shape.of(feed.mapping))
        self._told: set[tuple[str, str]] = set()
        self._rejected = 0
        self._judged = 0

    def __call__(self, rows: Sequence[Any], outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Return the outcomes of a page as the operator wants them.

        Raises
        ------
        SourceChangedError
            a surprise is to stop the read; names the path, what was and what is, and the line of the configuration.
        """
        judged = list(outcomes)
        for at, outcome in enumerate(outcomes):
            if any(issue.code == "code.unknown" for issue in outcome.issues):
                judged[at] = self._codes(outcome)
        for novelty in self._novelties.page(rows) if self._novelties is not None else ():
            self._meet(novelty, rows, judged)
        self._watch_rejects(judged)
        return judged

    # -- each kind --------------------------------------------------------------------------------------------------------

    def _meet(self, novelty: Novelty, rows: Sequence[Any], judged: list[Outcome]) -> None:
        action = self._decided(novelty.kind, novelty.path)
        message = _WORDS[novelty.kind].format(path=novelty.path, was=novelty.was, now=novelty.now)
        concerned = [at for at in novelty.rows if judged[at].kind in ("record", "reject")]
        if action == "accept" or not concerned:
            return
        told = (novelty.kind, novelty.path) in self._told
        self._tell(novelty.kind, novelty.path, action)
        if action == "stop":
            raise self._stopped(novelty.kind, novelty.path, message)
        if action == "warn" and novelty.kind != "changed_type":
            many = sum(kind == novelty.kind for kind, _ in self._told) > _MOST_TOLD
            concerned = [] if told or many else concerned[:1]
        for at in concerned:
            judged[at] = _with(judged[at], self._issue(novelty, message, action), rejected=action == "reject")

    def _codes(self, outcome: Outcome) -> Outcome:
        """Decide over the codes that the mapping did not know; their fields say ``unknown`` in any case."""
        issues = list(outcome.issues)
        rejected = False
        for at, issue in enumerate(issues):
            if issue.code != "code.unknown":
                continue
            path = _anywhere(issue.path or "")
            action = self._decided("unknown_code", path)
            if action == "accept":
                issues[at] = issue.model_copy(update={"severity": "info"})
                continue
            self._tell("unknown_code", path, action)
            if action == "stop":
                raise self._stopped("unknown_code", path, f"{issue.message} ({path})")
            if action == "reject" and outcome.kind in ("record", "reject"):
                issues[at] = issue.model_copy(update={"severity": "error"})
                rejected = True
        changed = outcome._replace(issues=tuple(issues))
        return changed._replace(kind="reject", value=None) if rejected else changed

    def _watch_rejects(self, judged: Sequence[Outcome]) -> None:
        """Warn of too many rejects; the books stop the read where that was decided."""
        self._rejected += sum(one.kind == "reject" for one in judged)
        self._judged += sum(one.kind in ("record", "reject") for one in judged)
        share = self._policy.most_rejects(self._feed.stream.name)
        if self._judged >= _FEWEST_JUDGED and self._rejected > share * self._judged:
            action = self._decided("too_many_rejects", None)
            if action != "accept":
                self._tell("too_many_rejects", "", action)

    # -- what is said -----------------------------------------------------------------------------------------------------

    def _decided(self, kind: Surprise, path: str | None) -> Action:
        return self._policy.decided(kind, self._feed.stream.name, path).action

    def _tell(self, kind: Surprise, path: str, action: Action) -> None:
        """Emit an event, once a path and read."""
        if (kind, path) not in self._told:
            self._told.add((kind, path))
            runtime, about = self._feed.source.runtime, {"kind": kind, "action": action}
            place = self._feed.source.name, self._feed.stream.name
            runtime.emit(Event("surprise", runtime.clock(), *place, attributes=about))

    def _issue(self, novelty: Novelty, message: str, action: Action) -> Issue:
        severity = "error" if action == "reject" else "warning"
        code = f"surprise.{novelty.kind}"
        return Issue(path=novelty.path, code=code, message=message, severity=severity)  # type: ignore[arg-type]

    def _stopped(self, kind: Surprise, path: str, message: str) -> SourceChangedError:
        names = ["sources", self._feed.source.name, "surprises", "streams", self._feed.stream.name, "fields", path]
        table = ".".join(map(_toml_key, names))
        return SourceChangedError(
            f"{kind}: {message}",
            where=self._feed.name,
            next_step=f'ask whoever runs the source; to go on, write {kind} = "accept" (or "warn", or "reject")'
            f" under [{table}] in {self._feed.source.file}",
        )


def _toml_key(name: str) -> str:
    """Spell a name as a key of TOML (v1.0.0, keys): bare where it may be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _with(outcome: Outcome, issue: Issue, *, rejected: bool) -> Outcome:
    issues = (*outcome.issues, issue)
    if rejected:
        return outcome._replace(kind="reject", value=None, issues=issues)
    return outcome._replace(issues=issues)


def _anywhere(path: str) -> str:
    """Spell a path for whichever element of a list: ``lines[3].unit`` as ``lines[].unit``."""
    return re.sub(r"\[[^\]]*\]", "[]", path)


class Policy(NamedTuple):
    """One decision in force. ``stream`` and ``path`` are None where it holds for all; ``origin``: where it was said."""

    stream: str | None
    path: str | None
    kind: Surprise
    action: Action
    origin: str


_KINDS: tuple[Surprise, ...] = ("new_field", "missing_field", "changed_type", "unknown_code", "too_many_rejects")


def policy_rows(surprises: Surprises) -> list[Policy]:
    """Return what is decided about surprises: all that holds for the source, then what streams and fields have of their own."""
    rows = []
    for kind in _KINDS:
        action, origin = surprises.decided(kind, "")
        rows.append(Policy(None, None, kind, action, origin))
    for stream, of_stream in sorted(surprises.streams.items()):
        rows += [
            Policy(stream, None, kind, getattr(of_stream, kind), "stream")
            for kind in _KINDS
            if getattr(of_stream, kind)
        ]
        for path, of_field in sorted(of_stream.fields.items()):
            own = [kind for kind in _KINDS if getattr(of_field, kind, None)]
            rows += [Policy(stream, path, kind, getattr(of_field, kind), "field") for kind in own]
    return rows
