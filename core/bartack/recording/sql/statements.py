"""When two statements ask for the same: the form of a statement in which only what matters is left."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bartack.errors import RecordingError
from bartack.typed_json import tagged

__all__ = ["fingerprint", "is_control", "ordered", "refuse_writes"]

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<text>[nNeEbBxX]?'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*"|`[^`]*`|\[[^\]\s]*\])
      | (?P<mark>%\((?P<named>\w+)\)s|%s|\?|:(?P<colon>[A-Za-z_]\w*)|\$\d+)
      | (?P<cast>::\s*[A-Za-z_][\w ]*?(?:\(\s*\d+(?:\s*,\s*\d+)?\s*\))?(?:\[\])?(?=[\s,)=<>]|$))
      | (?P<word>[A-Za-z_]\w*)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<sign>\S)""",
    re.VERBOSE | re.DOTALL,
)
_MADE_UP = re.compile(r"(anon|param)_\d+")
_LIST = re.compile(r"\( \?(?: , \?)+ \)")
_READS = frozenset(("select", "with", "show", "pragma", "explain", "describe", "values", "table"))
_WRITES = frozenset(
    "insert update delete merge replace truncate create alter drop call exec execute grant revoke copy lock vacuum".split()
)
_BEFORE = frozenset(("", "(", ")", "explain", "analyze", "verbose", "for"))
"""What a verb stands behind; elsewhere the word is a name."""
_CONTROL = frozenset(("begin", "start", "commit", "rollback", "set", "savepoint", "release"))


def fingerprint(sql: str) -> str:
    r"""Return a statement without what does not matter.

    White space, comments, the case of words outside of quotes, the way parameters are marked (and the casts that drivers put
    behind them), the length of a list of parameters, and the numbers of the names that SQLAlchemy makes up.

    >>> fingerprint("SELECT a FROM t -- all\n WHERE b IN (%(b_1)s::INTEGER, %(b_2)s::INTEGER)")
    'select a from t where b in ( ?* )'
    """
    names: dict[str, str] = {}
    words = []
    for kind, word in _tokens(sql):
        match kind:
            case "mark":
                words.append("?")
            case "word":
                lowered = word.lower()
                if _MADE_UP.fullmatch(lowered):
                    lowered = names.setdefault(lowered, f"{lowered.partition('_')[0]}_{len(names) + 1}")
                words.append(lowered)
            case _:
                words.append(word)
    return _LIST.sub("( ?* )", " ".join(words))


def ordered(sql: str, parameters: Any) -> str:
    """Return parameters in the order in which the statement uses them, as JSON; however the driver wants them."""
    if isinstance(parameters, Mapping):
        found = (match["named"] or match["colon"] for match in _TOKEN.finditer(sql))
        values: Sequence[Any] = [parameters[name] for name in found if name is not None and name in parameters]
    else:
        values = tuple(parameters or ())
    return json.dumps([tagged(_plain(value)) for value in values], ensure_ascii=False)


def refuse_writes(sql: str) -> None:
    """Refuse what is no single statement that reads.

    Raises
    ------
    RecordingError
        it writes, or there are several statements.
    """
    words = [word.lower() for kind, word in _tokens(sql) if kind in ("word", "sign", "quoted")]
    first = next((word for word in words if word.isalpha()), "")
    pairs = zip(["", *words], words, strict=False)
    inside = {word for before, word in pairs if word in _WRITES and before in _BEFORE}
    if "into" in words or (first == "pragma" and "=" in words) or "/*!" in sql:
        inside.add("into" if "into" in words else first or "a comment that is run")
    if first not in _READS or inside:
        raise RecordingError(
            f"a statement that begins with {first.upper() or 'nothing'} is neither recorded nor replayed"
            + (f": it may do more than read ({', '.join(sorted(inside))})" if inside else ""),
            next_step="record statements that read",
        )
    if ";" in words[:-1]:
        raise RecordingError(
            "several statements at once are neither recorded nor replayed", next_step="send them one by one"
        )


def is_control(sql: str) -> bool:
    """Tell whether a statement only rules its transaction or session: one alone, for another may hide behind it."""
    words = [word.lower() for kind, word in _tokens(sql) if kind in ("word", "sign")]
    return bool(words) and words[0] in _CONTROL and ";" not in words[:-1]


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    marked = False
    for match in _TOKEN.finditer(sql):
        kind = str(match.lastgroup if match.lastgroup not in ("named", "colon") else "mark")
        if kind == "comment" or (kind == "cast" and marked):
            marked = False
            continue
        marked = kind == "mark"
        yield kind, match[0]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, set | frozenset) else value
