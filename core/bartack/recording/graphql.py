"""GraphQL documents by what they ask for (https://spec.graphql.org/October2021/).

What the specification ignores is left out (2.1: white space, commas, comments), and what it calls unordered is ordered:
arguments (2.6), fields of input objects (2.9.8), definitions in a document. The order of selected fields stays: the answer has
it, too. Aliases and variables are part of what is asked.
"""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["is_graphql", "plain_document"]

_TOKEN = re.compile(
    r"(?P<ignored>[\s,\ufeff]+|\#[^\n\r]*)"
    r'|"""(?P<block>(?:\\"""|[^"]|"(?!""))*)"""'
    r'|(?P<string>"(?:\\.|[^"\\\n\r])*")'
    r"|(?P<token>\.\.\.|[!$&()*:=@\[\]{|}]|[_A-Za-z]\w*|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)",
    re.ASCII,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NAME = re.compile(r"[_A-Za-z]\w*", re.ASCII)

_Node = str | list["_Node"]
"""A token, or a group: its opening bracket and what is in it."""


def is_graphql(document: Any) -> bool:
    """Tell whether a JSON body looks like a request of GraphQL over HTTP."""
    return isinstance(document, dict) and isinstance(document.get("query"), str) and "{" in document["query"]


def plain_document(text: str) -> tuple[str, str]:
    """Return a document in a form that all of the same meaning share, and the name of its first operation.

    Raises
    ------
    ValueError
        it is no GraphQL.
    """
    definitions: list[list[_Node]] = [[]]
    for node in _grouped(text):
        definitions[-1].append(node)
        if isinstance(node, list) and node[0] == "{":
            definitions.append([])
    if len(definitions) < 2 or definitions.pop():
        raise ValueError("a document ends with a selection")
    for definition in definitions:
        if len(definition) == 1:  # the short form of a query
            definition.insert(0, "query")
    named = (one[1] for one in definitions if one[0] != "fragment" and isinstance(one[1], str))
    plain = sorted(" ".join(_written(node) for node in definition) for definition in definitions)
    return "\n".join(plain), next((name for name in named if _NAME.fullmatch(name)), "")


def _grouped(text: str) -> list[_Node]:
    root: list[_Node] = [""]
    groups = [root]
    for token in _tokens(text):
        if token in _CLOSING:
            group: list[_Node] = [token]
            groups[-1].append(group)
            groups.append(group)
        elif token in _CLOSING.values():
            if _CLOSING.get(str(groups.pop()[0])) != token:
                raise ValueError("a bracket is closed that was not opened")
        else:
            groups[-1].append(token)
    if len(groups) != 1:
        raise ValueError("a bracket is not closed")
    return root[1:]


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ValueError(f"no token of GraphQL at {position}")
        position = found.end()
        if (block := found["block"]) is not None:
            tokens.append(json.dumps(_dedented(block.replace('\\"""', '"""'))))
        elif found["string"] is not None:
            tokens.append(_string(found["string"]))
        elif found["token"] is not None:
            tokens.append(found["token"])
    return tokens


def _string(written: str) -> str:
    try:
        return json.dumps(json.loads(written))
    except ValueError:  # \\u{1F600}
        return written


def _dedented(block: str) -> str:
    """Return the value of a block string (2.9.4): without its common indentation and blank first and last lines."""
    lines = re.split(r"\r\n|[\n\r]", block)
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines[1:] if line.strip(" \t")]
    common = min(indents, default=0)
    lines = [lines[0], *(line[common:] for line in lines[1:])]
    while lines and not lines[0].strip(" \t"):
        lines.pop(0)
    while lines and not lines[-1].strip(" \t"):
        lines.pop()
    return "\n".join(lines)


def _written(node: _Node, *, value: bool = False) -> str:
    """Write a node; ``value``: braces are an input object, and no selection."""
    if isinstance(node, str):
        return node
    bracket = str(node[0])
    within = [_written(one, value=value or bracket == "(") for one in node[1:]]
    if bracket == "(" or (bracket == "{" and value):
        within = sorted(_pairs(within))
    return f"{bracket} {' '.join(within)} {_CLOSING[bracket]}"


def _pairs(tokens: list[str]) -> list[str]:
    """Return ``name : value`` for each of the arguments, fields or variables that stand in a row."""
    starts = [at for at in range(len(tokens) - 1) if tokens[at + 1] == ":" and _NAME.fullmatch(tokens[at])]
    starts = [at - 1 if at and tokens[at - 1] == "$" else at for at in starts]
    return [" ".join(tokens[start:end]) for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True)]
