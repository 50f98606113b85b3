"""What can be typed after ``bartack review``. Only argparse is imported here."""

from __future__ import annotations

import argparse

from bartack.frontends.cli.parsing import Commands, positive, step

__all__ = ["add_review"]

_STATES = ("waiting", "fixed", "dismissed", "superseded", "all")


def add_review(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add ``bartack review`` and its steps."""
    about = "rows that could not become records: look, correct, map again, dismiss, undo; no source is asked"
    parser: argparse.ArgumentParser = commands.add_parser("review", help=about, description=about)
    steps = parser.add_subparsers(title="steps", metavar="STEP", required=True)
    _look(steps)
    _decide(steps)
    exported = step(steps, "export", "review:export", "what waits as JSON lines; with N a regression test of it")
    exported.add_argument("number", nargs="?", type=positive, metavar="N", help="write a test and its row instead")
    exported.add_argument(
        "--to",
        default="tests/regressions",
        metavar="FOLDER",
        help="where to write the test (default: tests/regressions)",
    )
    _of(exported)


def _look(steps: Commands[argparse.ArgumentParser]) -> None:
    listed = step(steps, "list", "review:queue", "what waits, and why")
    listed.add_argument("--state", choices=_STATES, default="waiting", help="default: waiting")
    causes = step(steps, "causes", "review:causes", "what waits, grouped by what is wrong with it")
    shown = step(steps, "show", "review:show", "one of them: what was sent, all reasons, what can be done")
    shown.add_argument("number", type=positive, metavar="N", help="number in review list")
    past = step(steps, "history", "review:history", "who decided what, when and why, and who took it back")
    past.add_argument("number", nargs="?", type=positive, metavar="N", help="over this one; default: the newest first")
    reported = step(steps, "problems", "problems:problems", "what agents and people reported of records")
    reported.add_argument("--state", choices=("waiting", "settled", "all"), default="waiting", help="default: waiting")
    reported.add_argument("--source", metavar="S", help="only of this source")
    for one in (listed, causes, past):
        _of(one)


def _decide(steps: Commands[argparse.ArgumentParser]) -> None:
    fixed = step(steps, "fix", "review:fix", "correct one, so that it becomes a record")
    how = fixed.add_mutually_exclusive_group(required=True)
    how.add_argument("--set", action="append", metavar="FIELD=VALUE", help="a contract field, as total.amount=12.50")
    how.add_argument("--override", metavar="RULES", help="rules laid over the mapping: a YAML file, or {fields: …}")
    accepted = step(steps, "accept", "review:accept", "correct one by what is proposed for it (see review show)")
    dismissed = step(steps, "dismiss", "review:dismiss", "take one out of the queue for good")
    undone = step(steps, "undo", "review:undo", "take a decision back: it waits again")
    settled = step(steps, "settle", "problems:settle", "say that you have looked at a reported problem")
    settled.add_argument("number", type=positive, metavar="N", help="number in review problems")
    retried = step(steps, "retry", "review:retry", "map what waits again, after the mapping has changed")
    retried.add_argument("number", nargs="?", type=positive, metavar="N", help="default: all that wait")
    _of(retried)
    undone.add_argument("number", type=positive, metavar="N", help="number in review history")
    for one in (fixed, accepted, dismissed):
        one.add_argument("number", nargs="?", type=positive, metavar="N", help="number in review list")
        one.add_argument("--cause", metavar="KEY", help="instead of N: all that wait for it (see review causes)")
    for one in (fixed, accepted, dismissed, undone, settled):
        one.add_argument("--by", metavar="WHO", help="who decides (default: the user of this process)")
        one.add_argument("--note", metavar="TEXT", help="why; kept with the decision")


def _of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", metavar="S", help="only of this source")
    parser.add_argument("--stream", metavar="STREAM", help="only of this stream")
