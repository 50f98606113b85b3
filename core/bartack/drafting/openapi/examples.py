"""Values for fields of which only the schema is known: the author's own examples, else something of that form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bartack.drafting.openapi.references import Resolver, Schema
from bartack.drafting.rows import spelled
from bartack.transports.sql.drafts.columns import bare

__all__ = ["own_examples", "text_for", "value"]

_DEEPEST = 4
_FORMATS: Mapping[str, Callable[[int], str]] = {
    "date-time": lambda n: f"2026-01-{10 + n:02d}T09:30:00Z",
    "date": lambda n: f"2026-01-{10 + n:02d}",
    "time": lambda _: "09:30:00Z",
    "email": lambda n: f"ada{n}@example.org",
    "uuid": lambda n: f"00000000-0000-4000-8000-{n:012d}",
    "uri": lambda n: f"https://www.example.org/{n}",
    "url": lambda n: f"https://www.example.org/{n}",
    "hostname": lambda _: "www.example.org",
    "decimal": lambda n: f"{100 + n}.50",
}
_LOOKS: tuple[tuple[re.Pattern[str], Callable[[int], str]], ...] = (
    (re.compile(r"mail"), _FORMATS["email"]),
    (re.compile(r"phone|mobile|^tel|fax"), lambda n: f"+4930901820{n}"),
    (re.compile(r"currency"), lambda _: "EUR"),
    (re.compile(r"country"), lambda _: "DE"),
    (re.compile(r"zip|post(?:al)?code|plz"), lambda _: "10115"),
    (re.compile(r"city|town"), lambda _: "Berlin"),
    (re.compile(r"url|website|link|href"), _FORMATS["uri"]),
    (
        re.compile(r"(?:^|[^a-z])(?:birth|.*date)$|(?:created|updated|modified|changed)(?:at|on)?$|at$"),
        _FORMATS["date"],
    ),
    (re.compile(r"first|given"), lambda _: "Ada"),
    (re.compile(r"last|family|surname"), lambda n: f"Example {n}"),
    (re.compile(r"name"), lambda n: f"Ada Example {n}"),
    (re.compile(r"amount|total|price|revenue"), lambda n: f"{100 + n}.50"),
    (re.compile(r"id$|key$|number$|code$|no$"), lambda n: f"{1000 + n}"),
)


def own_examples(schema: Schema) -> list[Any]:
    """Return the values that a schema itself shows: its examples, its constant, or all it allows."""
    if isinstance(enum := schema.get("enum"), list) and enum:
        return [one for one in enum if one is not None]
    if "const" in schema:
        return [schema["const"]]
    if isinstance(several := schema.get("examples"), list) and several:
        return [one for one in several if one is not None]
    example = schema.get("example", schema.get("default"))
    return [] if example is None else [example]


def value(resolver: Resolver, node: Any, steps: tuple[str, ...], n: int) -> Any:
    """Return the ``n``-th example of what stands at ``steps``, deep enough to be looked at, and no deeper."""
    schema = resolver.schema(node)
    shown = own_examples(schema)
    if shown and schema["type"] not in ("object", "array"):
        return _typed(shown[(n - 1) % len(shown)], schema["type"])
    if shown and isinstance(shown[0], dict if schema["type"] == "object" else list):
        return shown[(n - 1) % len(shown)]
    match schema["type"]:
        case "object":
            properties = schema.get("properties")
            if not isinstance(properties, dict) or len(steps) >= _DEEPEST:
                return {}
            return {str(name): value(resolver, one, (*steps, str(name)), n) for name, one in properties.items()}
        case "array":
            return [] if len(steps) >= _DEEPEST else [value(resolver, schema.get("items"), steps, n)]
        case "integer":
            return max(1000 + n if bare(steps[-1] if steps else "").endswith("id") else n, _least(schema))
        case "number":
            return max(100 + n, _least(schema))
        case "boolean":
            return n % 2 == 1
        case "string":
            return _text(schema, steps, n)
    return None


def text_for(name: str, form: str, n: int) -> str:
    """Return the ``n``-th text for a field of that name, written in a format of JSON Schema."""
    if form in _FORMATS:
        return _FORMATS[form](n)
    plain = bare(name)
    return next((make for pattern, make in _LOOKS if pattern.search(plain)), lambda n: f"text {n}")(n)


def _text(schema: Schema, steps: tuple[str, ...], n: int) -> str:
    form = schema.get("format")
    made = text_for(spelled(steps) if steps else "", form if isinstance(form, str) else "", n)
    longest = schema.get("maxLength")
    return made[:longest] if isinstance(longest, int) and 0 < longest < len(made) else made


def _typed(shown: Any, kind: str) -> Any:
    """Return an example of the declared type: people write numbers for texts."""
    if kind == "string" and not isinstance(shown, str | dict | list):
        return str(shown)
    return shown


def _least(schema: Schema) -> int:
    least = schema.get("minimum")
    return least if isinstance(least, int) and not isinstance(least, bool) else 0
