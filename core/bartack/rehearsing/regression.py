"""A reject as a regression test: its row without secrets, and a test that fails until the row becomes a record."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from bartack.errors import BartackError, ConfigError
from bartack.mapping.compiled import Outcome
from bartack.policies import Keep
from bartack.reading.source import Feed, Source
from bartack.store.payloads import Payloads
from bartack.store.rejects import Waiting

if TYPE_CHECKING:
    from bartack_contracts import Issue

__all__ = ["RegressionTest", "export", "map_row", "read_row"]

_TEST = Template('''\
"""$ref as $contract was rejected: $reasons.

Written by `bartack review export $number`; the row beside this file is without secrets and personal data. The test fails
until the row becomes a record, or until somebody writes down here that it must not.
"""

from pathlib import Path

import bartack
from bartack.testing import map_row, read_row

HERE = Path(__file__).parent


def test_${name}_becomes_a_record() -> None:
    row = read_row(HERE / "$fixture")
    with bartack.open($config) as hub:
        outcome = map_row(hub.source("$source"), "$stream", "$contract", row)
    assert outcome.kind == "record", [f"{one.code} at {one.path}: {one.message}" for one in outcome.issues]
''')


@dataclass(frozen=True, slots=True)
class RegressionTest:
    """The two files that were written. ``replaced``: the row held something that was not to be written."""

    test: Path
    fixture: Path
    replaced: bool


def export(
    reject: Waiting, feed: Feed, row: Any, clean: Callable[[str], str], folder: Path, config: Path
) -> RegressionTest:
    """Write a reject's row and a test of it into ``folder``; ``clean`` takes out of JSON what must not be written.

    ``config``: the folder of ``bartack.toml``. What is written was tried: the row is rejected for the same reasons still.

    Raises
    ------
    ConfigError
        it is not rejected any more, or not without what was taken out; or the files are there already or cannot be written.
    """
    name = re.sub(r"\W+", "_", str(reject.ref), flags=re.ASCII).strip("_").lower()
    test, fixture = folder / f"test_{name}.py", folder / f"{name}.json"
    for path in (test, fixture):
        if path.exists():
            raise ConfigError(
                "there is such a file already", where=str(path), next_step="move it, or name another folder"
            )
    text = _packed(row)
    cleaned = clean(text)
    _still_rejected(reject, feed, row, _unpacked(cleaned))
    above = config.resolve() in (folder.resolve(), *folder.resolve().parents)
    step = "HERE" if above else f'HERE / "{os.path.relpath(config.resolve(), folder.resolve())}"'
    written = _TEST.substitute(
        ref=reject.ref,
        contract=reject.contract,
        reasons=", ".join(f"{code} at {field or 'row'}" for code, field in sorted(_reasons(reject.issues))),
        number=reject.number,
        fixture=fixture.name,
        name=name,
        config=step,
        source=reject.source,
        stream=reject.stream,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fixture.write_text(cleaned + "\n", encoding="utf-8")
        test.write_text(written, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror}", where=str(folder), next_step="name another folder with --to"
        ) from None
    return RegressionTest(test, fixture, cleaned != text)


def read_row(path: str | Path) -> Any:
    """Return the native row that :func:`export` wrote: the types of a database's row are restored.

    Raises
    ------
    ConfigError
        the file cannot be read, or is none of these.
    """
    try:
        return _unpacked(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), next_step="check the path") from None


def map_row(source: Source, stream: str, contract: str, row: Any) -> Outcome:
    """Return what a source's mapping makes of one native row; nothing is asked, and nothing is stored.

    Raises
    ------
    ConfigError
        no such stream, or it does not feed the contract.
    """
    for feed in source.feeds(stream=stream):
        if feed.contract == contract:
            return _mapped(feed, row)
    raise ConfigError(
        f"{source.name}/{stream} does not feed {contract}", next_step=f"bartack connectors {source.connector.name}"
    )


def _still_rejected(reject: Waiting, feed: Feed, row: Any, cleaned: Any) -> None:
    before, after = _mapped(feed, row), _mapped(feed, cleaned)
    if before.kind != "reject":
        raise ConfigError(
            "the row is no reject any more", where=str(reject.ref), next_step=f"bartack review retry {reject.number}"
        )
    if after.kind != "reject" or _reasons(after.issues) != _reasons(before.issues):
        raise ConfigError(
            "without its secrets and personal data the row is not rejected for the same reasons",
            where=str(reject.ref),
            next_step=f'if its data is invented: [sources.{reject.source}.keep] personal = "keep"; else write the test by hand',
        )


def _mapped(feed: Feed, row: Any) -> Outcome:
    (outcome,) = feed.mapping.page([row], Counter())
    return outcome


def _reasons(issues: tuple[Issue, ...]) -> set[tuple[str, str | None]]:
    return {(one.code, one.field) for one in issues if one.severity == "error"}


def _packed(row: Any) -> str:
    packed = Payloads.for_policy(Keep(), None).pack(row)
    return json.dumps(json.loads(packed or "null"), indent=2, ensure_ascii=False)


def _unpacked(text: str) -> Any:
    try:
        return Payloads.for_policy(Keep(), None).unpack(text)
    except BartackError:
        raise ConfigError("this is no row that was exported", next_step="bartack review export N writes them") from None
