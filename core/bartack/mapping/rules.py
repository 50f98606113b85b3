"""The model behind both spellings of a mapping: rules that say where each contract field comes from.

A rule is written short (``title: Title``) or long. Exactly one key says where the value comes from, the others what
happens to it. Keys that are none of these set a field beside the value (``label: work`` on an e-mail address).
"""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from bartack.paths import parse

__all__ = ["Condition", "CustomRule", "Mapping", "Parameter", "Rule", "Use"]

_FROZEN = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _path(text: str | None) -> str | None:
    if text is not None:
        parse(text)
    return text


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


class Parameter(BaseModel):
    """A parameter of a normalizer: a constant, or read from the same row by a rule."""

    model_config = _FROZEN

    constant: Any = None
    rule: Rule | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, Parameter):
            return value
        if isinstance(value, dict) and ("path" in value or "first" in value):
            return {"rule": value}
        return {"constant": value}


class Use(BaseModel):
    """One normalizer of a chain, with its parameters."""

    model_config = _FROZEN

    name: str
    parameters: dict[str, Parameter] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and len(value) == 1 and "name" not in value:
            ((name, parameters),) = value.items()
            return {"name": name, "parameters": parameters or {}}
        return value

    def __str__(self) -> str:
        inner = ", ".join(
            f"{key}={p.constant!r}" if p.rule is None else f"{key}←{p.rule.source}"
            for key, p in self.parameters.items()
        )
        return f"{self.name}({inner})" if inner else self.name


class Condition(BaseModel):
    """A test on a native value, compared as text: ``{path: type, in: [person]}``, ``not_in``, or ``present: true``."""

    model_config = _FROZEN

    path: str
    in_: tuple[str, ...] | None = Field(None, alias="in")
    not_in: tuple[str, ...] | None = None
    present: bool | None = Field(None, description="true: neither absent nor blank; false: absent or blank")

    _check = field_validator("path")(_path)

    @field_validator("in_", "not_in", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        from bartack.paths import as_text

        return (
            None
            if value is None
            else tuple(as_text(one) for one in ([value] if not isinstance(value, list | tuple) else value))
        )

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if sum(test is not None for test in (self.in_, self.not_in, self.present)) != 1:
            msg = "a condition has exactly one of: in, not_in, present"
            raise ValueError(msg)
        return self

    def __str__(self) -> str:
        if self.present is not None:
            return f"{self.path} {'has a value' if self.present else 'has no value'}"
        return (
            f"{self.path} in {list(self.in_)}"
            if self.in_ is not None
            else f"{self.path} not in {list(self.not_in or ())}"
        )


_SOURCES = ("path", "first", "join", "split", "each", "fields", "ref", "function", "const")


class Rule(BaseModel):
    """Where one contract field comes from, and what happens to the value on the way."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    path: str | None = Field(None, description="native path")
    first: tuple[Rule, ...] | None = Field(None, description="the first alternative that is present and not blank")
    join: tuple[Rule, ...] | None = Field(None, description="parts put together; blank parts are left out")
    with_: str = Field(" ", alias="with", description="what stands between joined parts")
    split: str | None = Field(None, description="native path of a text that holds several values")
    by: str = Field(
        ";", description="what separates the values of a split text; beside `over`: of a text in place of a list"
    )
    const: JsonValue = Field(None, description="a constant")
    each: tuple[Rule, ...] | None = Field(None, description="a list, gathered from several items")
    over: str | None = Field(
        None, description="native path of a list: the rule runs for each element, paths relative to it"
    )
    fields: dict[str, Rule] | None = Field(None, description="a nested object, field by field")
    ref: str | None = Field(None, description="a reference to a record of this contract")
    id: Rule | None = Field(None, description="of a reference: where the id is")
    name: Rule | None = Field(None, description="of a reference: where the display name is")
    function: str | None = Field(None, description="a registered function, called with the values of `of`")
    of: tuple[Rule, ...] | None = None

    when: tuple[Condition, ...] = Field((), description="the rule gives nothing unless all conditions hold")
    use: tuple[Use, ...] = Field((), description="normalizers, in order")
    values: dict[str, JsonValue] | None = Field(
        None, description="code table: native word -> word of the contract; '*' is any other"
    )
    required: bool = Field(default=False, description="a row without this value is rejected")

    _check = field_validator("path", "split", "over")(_path)
    _lists = field_validator("first", "join", "each", "of", "use", "when", mode="before")(_as_list)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"path": value}
        if isinstance(value, bool | int) or value is None:
            return {"const": value}
        return value

    @field_validator("values", mode="before")
    @classmethod
    def _text_keys(cls, value: Any) -> Any:
        return {str(key): word for key, word in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in _SOURCES if self._has(name)]
        if len(given) > 1 or (not given and self.over is None):
            extra = f" (unknown keys: {', '.join(self.extras)})" if self.extras and not given else ""
            msg = (
                f"a rule has exactly one of: {', '.join(_SOURCES)}; this one has {' and '.join(given) or 'none'}{extra}"
            )
            raise ValueError(msg)
        if (self.ref is None) != (self.id is None) or (self.name is not None and self.ref is None):
            msg = "a reference is written {ref: contract/1, id: path, name: path}"
            raise ValueError(msg)
        if (self.function is None) != (self.of is None):
            msg = "a function is written {function: name, of: [paths]}"
            raise ValueError(msg)
        return self

    def _has(self, name: str) -> bool:
        return "const" in self.model_fields_set if name == "const" else getattr(self, name) is not None

    @property
    def extras(self) -> dict[str, Any]:
        """Fields set beside the value: name -> constant or rule as written."""
        return dict(self.model_extra or {})

    @property
    def source(self) -> str:
        """The source part of the rule in one line, for people."""
        inner = self._source()
        return f"each of {self.over}: {inner}" if self.over is not None else inner

    def _source(self) -> str:
        if self.path is not None:
            return self.path
        if self.first is not None:
            return "first of " + " | ".join(rule.source for rule in self.first)
        if self.join is not None:
            return "join " + " + ".join(rule.source for rule in self.join)
        if self.split is not None:
            return f"{self.split} split by {self.by!r}"
        if self.each is not None:
            return "each of " + ", ".join(rule.source for rule in self.each)
        if self.fields is not None:
            return "object of " + ", ".join(self.fields)
        if self.id is not None:
            return f"{self.ref} {self.id.source}"
        if self.of is not None:
            return f"{self.function}({', '.join(rule.source for rule in self.of)})"
        return f"constant {self.const!r}" if self._has("const") else "."

    def __str__(self) -> str:
        steps = [self.source, *map(str, self.use)]
        if self.values is not None:
            steps.append(f"values({len(self.values)})")
        return " → ".join(steps)


class CustomRule(BaseModel):
    """A typed custom field: kept in ``custom`` under its own name."""

    model_config = _FROZEN

    path: str
    type: str = Field("text", description="text, integer, decimal, boolean, date, datetime, json")
    label: str | None = None
    use: tuple[Use, ...] = ()

    _check = field_validator("path")(_path)
    _lists = field_validator("use", mode="before")(_as_list)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value


class Mapping(BaseModel):
    """A declared table native path -> contract field, for one stream and one contract."""

    model_config = _FROZEN

    contract: str = Field(description="contract id, as person/1")
    fields: dict[str, Rule] = Field(description="contract field (dots step into objects) -> rule")
    when: tuple[Condition, ...] = Field((), description="rows for which a condition fails are skipped, and counted")
    custom: bool = Field(default=False, description="keep what no rule reads under `custom`")
    custom_fields: dict[str, CustomRule] = Field(default_factory=dict)
    ignore: tuple[str, ...] = Field(
        (), description="native paths left out on purpose; '*' stands for any name in a step"
    )

    _lists = field_validator("when", "ignore", mode="before")(_as_list)

    @field_validator("ignore")
    @classmethod
    def _paths(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            parse(text)
        return value

    def overridden(self, override: AbstractMapping[str, Any]) -> Mapping:
        """Return this mapping with another one's ``fields``, ``custom_fields`` and ``ignore`` laid over it.

        ``override`` is spelled as a mapping without ``contract``; a field set to ``null`` drops the rule.
        """
        data = {key: getattr(self, key) for key in type(self).model_fields}
        for key, value in override.items():
            if key in ("fields", "custom_fields"):
                merged = {**data[key], **value}
                data[key] = {name: rule for name, rule in merged.items() if rule is not None}
            elif key == "ignore":
                data[key] = (*data[key], *_as_list(value))
            else:
                data[key] = value
        return Mapping.model_validate(data)
