"""review: the queue of rows that could not become records, and what people decide over them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bartack.errors import ConfigError
from bartack.frontends.cli.cases import (
    as_data,
    case_data,
    cause_data,
    entry_data,
    print_case,
    print_causes,
    print_history,
    print_list,
    write,
)
from bartack.frontends.cli.main import INCOMPLETE, USAGE
from bartack.frontends.cli.texts import shown
from bartack.hub import Hub, open_hub
from bartack.mapping.corrections import as_typed
from bartack.mapping.loader import plain
from bartack.reading.personal import personal_of
from bartack.recording import Scrubber
from bartack.rehearsing import regression
from bartack.reviewing.review import Settled

__all__ = ["accept", "causes", "dismiss", "export", "fix", "history", "queue", "retry", "show", "undo"]


def queue(options: argparse.Namespace) -> int:
    """List rejects."""
    with open_hub(options.config) as hub:
        state = None if options.state == "all" else options.state
        found = hub.review.list(source=options.source, stream=options.stream, state=state)
        reported = len(hub.review.problems.list(source=options.source))
        if not found:
            _known(hub, options.source)
    if options.json:
        for one in found:
            write({"reject": as_data(one)})
    else:
        print_list(found, "nothing waits" if options.state == "waiting" else "nothing found")
        if reported:
            sys.stdout.write(f"{reported} reported problems wait, too: bartack review problems\n")
    return 0


def show(options: argparse.Namespace) -> int:
    """Show everything of one reject."""
    with open_hub(options.config) as hub:
        case = hub.review.show(options.number)
    if options.json:
        write({"reject": case_data(case)})
    else:
        print_case(case)
    return 0


def causes(options: argparse.Namespace) -> int:
    """List what waits, grouped by what is wrong with it."""
    with open_hub(options.config) as hub:
        found = hub.review.causes(source=options.source, stream=options.stream)
        if not found:
            _known(hub, options.source)
    if options.json:
        for one in found:
            write({"cause": cause_data(one)})
    else:
        print_causes(found)
    return 0


def history(options: argparse.Namespace) -> int:
    """List who decided what, when and why, and who took it back."""
    with open_hub(options.config) as hub:
        found = hub.review.history(options.number, source=options.source, stream=options.stream)
        if not found:
            _known(hub, options.source)
    if options.json:
        for one in found:
            write({"decided": entry_data(one)})
    else:
        print_history(found)
    return 0


def fix(options: argparse.Namespace) -> int:
    """Correct rejects by values or by an override."""
    with open_hub(options.config) as hub:
        override = _override(options.override) if options.override else None

        def one(number: int) -> Settled:
            values = _values(hub, number, options.set) if options.set else None
            return hub.review.fix(number, values, override=override, by=options.by, note=options.note)

        return _decide(hub, options, one)


def accept(options: argparse.Namespace) -> int:
    """Correct rejects by what is proposed for each."""
    with open_hub(options.config) as hub:
        return _decide(hub, options, lambda number: hub.review.accept(number, by=options.by, note=options.note))


def dismiss(options: argparse.Namespace) -> int:
    """Take rejects out of the queue."""
    with open_hub(options.config) as hub:
        return _decide(hub, options, lambda number: hub.review.dismiss(number, by=options.by, note=options.note))


def undo(options: argparse.Namespace) -> int:
    """Take a decision back."""
    with open_hub(options.config) as hub:
        done = hub.review.undo(options.number, by=options.by, note=options.note)
    if options.json:
        told = {"number": done.number, "ref": str(done.ref), "contract": done.contract, "effect": done.effect}
        write({"undone": {**told, "decision": entry_data(done.entry)}})
    else:
        record = {"removed": "; there is no record of it", None: ""}.get(
            done.effect, "; its record is as it was before"
        )
        sys.stdout.write(f"{shown(done.ref)} as {done.contract}: waits again, {done.entry.who} had decided{record}\n")
    return 0


def retry(options: argparse.Namespace) -> int:
    """Map rejects that wait once more."""
    with open_hub(options.config) as hub:
        done = hub.review.retry(options.number, source=options.source, stream=options.stream)
        if not done.examined:
            _known(hub, options.source)
    if options.json:
        counts = {name: getattr(done, name) for name in ("examined", "covered", "moot", "waiting")}
        write({"retried": {**counts, "errors": [str(error) for error in done.errors]}})
    else:
        moot = f", {done.moot} are moot (the source has something else by now)" if done.moot else ""
        sys.stdout.write(f"{done.covered} of {done.examined} became records{moot}, {done.waiting} wait still\n")
        for error in done.errors:
            sys.stderr.write(f"{error}\n")
    return USAGE if done.errors else INCOMPLETE if done.waiting else 0


def export(options: argparse.Namespace) -> int:
    """Write rejects that wait as JSON lines, with all that show shows; one that is named as a regression test."""
    if options.number is not None:
        return _export_test(options)
    with open_hub(options.config) as hub:
        review = hub.review
        found = review.list(source=options.source, stream=options.stream)
        if not found:
            _known(hub, options.source)
        for one in found:
            write({"reject": case_data(review.show(one.number))})
    return 0


def _export_test(options: argparse.Namespace) -> int:
    with open_hub(options.config) as hub:
        reject, feed, row = hub.review.row(options.number)
        source = feed.source
        personal = None if source.config.keep.personal == "keep" else personal_of(source, recording=True)
        clean = Scrubber(source.known_secrets(), personal).text
        done = regression.export(reject, feed, row, clean, Path(options.to), hub.config.folder)
    if options.json:
        write({"exported": {"test": str(done.test), "fixture": str(done.fixture), "replaced": done.replaced}})
    else:
        sys.stdout.write(f"{done.fixture}: the row{', without what must not be written' if done.replaced else ''}\n")
        sys.stdout.write(f"{done.test}: fails until the row becomes a record\n  next step: pytest {done.test}\n")
    return 0


def _decide(hub: Hub, options: argparse.Namespace, do: Callable[[int], Settled]) -> int:
    """Decide over the reject that was named, or over each that waits for a cause."""
    if (options.number is None) == (options.cause is None):
        raise ConfigError("name one reject, or one cause", next_step="N, or --cause KEY (see bartack review causes)")
    if options.cause is None:
        _print_settled(do(options.number), as_json=options.json)
        return 0
    done = hub.review.each(hub.review.cause(options.cause).numbers, do)
    for one in done.done:
        _print_settled(one, as_json=options.json)
    for number, error in done.refused:
        if options.json:
            write({"refused": {"number": number, **error.told()}})
        else:
            sys.stderr.write(f"reject {number}: {error}\n")
    return INCOMPLETE if done.refused else 0


def _known(hub: Hub, source: str | None) -> None:
    """Refuse a name that no source has; of one that is not configured any more rejects may wait still."""
    if source is not None and source not in hub.sources:
        raise ConfigError(
            f"nothing waits of {source!r}, and no source has that name", next_step=f"sources: {', '.join(hub.sources)}"
        )


def _values(hub: Hub, number: int, given: list[str]) -> dict[str, Any]:
    """Read ``--set field=value``, each as its field in the contract wants it."""
    model = hub.contract(hub.review.show(number).reject.contract)
    values: dict[str, Any] = {}
    for one in given:
        field, mark, text = one.partition("=")
        if not mark or not field or field in values:
            fault = "a field is set twice" if field in values else "--set is written field=value"
            raise ConfigError(f"{fault}: {one}", next_step="--set total.amount=12.50 --set total.currency=EUR")
        values[field] = as_typed(model, field, text)
    return values


def _override(given: str) -> Mapping[str, Any]:
    """Read rules, as a file or written out."""
    if given.lstrip().startswith("{"):
        text, name = given, "--override"
    else:
        try:
            text, name = Path(given).read_text(encoding="utf-8"), given
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot be read: {error}", where=given, next_step="check the path") from None
    rules, _ = plain(text, name)
    if not isinstance(rules, dict) or not rules:
        raise ConfigError("an override is an object", where=name, next_step="{fields: {total: amount}}")
    return rules


def _print_settled(done: Settled, *, as_json: bool) -> None:
    decision = done.decision
    if as_json:
        told = {
            "number": done.number,
            "ref": str(done.ref),
            "contract": done.contract,
            "action": decision.action,
            "changed": done.changed,
            "effect": done.effect,
            "by": decision.who,
            "at": decision.decided_at.isoformat(),
        }
        write({"decided": told})
        return
    what = f"is a record now ({done.effect})" if done.effect else "is dismissed; the same payload does not come back"
    again = f"was decided so before, by {decision.who}; nothing was changed"
    sys.stdout.write(f"{shown(done.ref)} as {done.contract}: {what if done.changed else again}\n")
