"""The questions as tools of a language model, for any framework: typed functions, JSON schemas, and the frameworks' own tools.

A tool never raises: what went wrong is answered as data, ``{"error": {…}}``, with the next step, so that a model can take it.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from bartack.errors import BartackError
from bartack.mapping.loader import near
from bartack.reviewing.problems import LONGEST
from bartack.service.access import Access, named
from bartack.service.answers import Answered
from bartack.service.budget import BUDGET, compact
from bartack.service.failures import QuestionError, told
from bartack.service.parameters import (
    Citation,
    Conditions,
    ContractName,
    Cursor,
    Details,
    Fields,
    Limit,
    MaxAge,
    OneContract,
    OrderBy,
    Sources,
    Words,
    where_of,
)
from bartack.service.service import Service
from bartack.service.shapes import brief
from bartack.service.strict import strict

if TYPE_CHECKING:
    from bartack.hub import Hub

__all__ = ["Function", "Toolset", "tools"]


def tools(hub: Hub, *, token: str | None = None, budget: int = BUDGET) -> Toolset:
    """Return the tools of a hub.

    ``token``: the name of a table ``[serve.tokens.NAME]``, whose sources, contracts and mask bound what is answered; without
    one, everything is. ``budget``: characters of JSON in one answer.

    Raises
    ------
    ConfigError
        there is no such token.
    """
    access = Access.local() if token is None else named(hub, token)
    return Toolset(Service(hub, access, budget=budget))


@dataclass(frozen=True, slots=True)
class Function:
    """One tool: ``run`` takes its arguments by name and returns a JSON object; ``arguments`` is their model."""

    name: str
    about: str
    run: Callable[..., dict[str, Any]]
    arguments: type[BaseModel]

    def answer(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the tool answers to arguments as a model gives them: checked, and None where one is left out."""
        try:
            checked = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            return self.refuse(error)
        return self.run(**{name: getattr(checked, name) for name in type(checked).model_fields})

    def refuse(self, error: ValidationError) -> dict[str, Any]:
        """Return what is wrong with arguments, without repeating them."""
        found = [f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}" for one in error.errors()[:5]]
        return _failed(QuestionError(f"{self.name}: {'; '.join(found)}", next_step="look at the tool's parameters"))


class Toolset:
    """The questions of one service as tools. Safe to use from several threads.

    All of them only read, but for ``bartack_report``, which is there where the configuration lets problems be reported.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    @cached_property
    def tools(self) -> Mapping[str, Function]:
        """The tools by name."""
        verbs: tuple[Callable[..., dict[str, Any]], ...] = (
            self.bartack_sources,
            self.bartack_contracts,
            self.bartack_search,
            self.bartack_query,
            self.bartack_get,
            self.bartack_explain,
            self.bartack_changes,
            *((self.bartack_report,) if self._service.takes_reports else ()),
        )
        return {one.name: one for one in map(_function, verbs)}

    def functions(self) -> list[Callable[..., dict[str, Any]]]:
        """Return the tools as functions, their arguments annotated with types and descriptions."""
        return [one.run for one in self.tools.values()]

    def openai_schemas(self) -> list[dict[str, Any]]:
        """Return the tools as OpenAI's function calling declares them, in strict mode.

        https://platform.openai.com/docs/guides/function-calling; the Responses API takes the inner object beside its type.
        """
        return [
            {
                "type": "function",
                "function": {
                    "name": one.name,
                    "description": one.about,
                    "parameters": strict(one.arguments.model_json_schema()),
                    "strict": True,
                },
            }
            for one in self.tools.values()
        ]

    def call(self, name: str, arguments: str | Mapping[str, Any] = "{}") -> str:
        """Return the answer of a tool that a model calls, as JSON; ``arguments`` as they come from the model."""
        try:
            return compact(self._tool(name).answer(_parsed(name, arguments)))
        except BartackError as error:
            return compact(_failed(error))

    def to_langchain(self) -> list[Any]:
        """Return LangChain tools: a ``StructuredTool`` each.

        Raises
        ------
        ConfigError
            langchain-core is not installed.
        """
        from bartack.service.frameworks import langchain_tools

        return langchain_tools(self.tools.values())

    def to_llama_index(self) -> list[Any]:
        """Return LlamaIndex tools: a ``FunctionTool`` each.

        Raises
        ------
        ConfigError
            llama-index-core is not installed.
        """
        from bartack.service.frameworks import llama_index_tools

        return llama_index_tools(self.tools.values())

    def to_pydantic_ai(self) -> Any:
        """Return a toolset of pydantic-ai: a ``FunctionToolset``.

        Raises
        ------
        ConfigError
            pydantic-ai is not installed.
        """
        from bartack.service.frameworks import pydantic_ai_toolset

        return pydantic_ai_toolset(self.tools.values())

    # -- the tools ----------------------------------------------------------------------------------------------------

    def bartack_sources(self) -> dict[str, Any]:
        """List the sources with their health: how old and how complete each stream of the replica is. Call this first."""
        return _answered(self._service.sources)

    def bartack_contracts(
        self,
        name: Annotated[
            str | None, Field(description="One contract: with its fields, and the paths to ask for.")
        ] = None,
    ) -> dict[str, Any]:
        """List the contracts, the shapes that records of all sources share; with a name, its fields."""
        return _answered(lambda: self._service.contracts(name))

    def bartack_search(
        self,
        contract: ContractName,
        text: Words,
        source: Sources = None,
        where: Conditions = None,
        limit: Limit = None,
        cursor: Cursor = None,
        max_age: MaxAge = None,
        fields: Fields = None,
        detail: Details = None,
    ) -> dict[str, Any]:
        """Find records of a contract by words, the best ones first. Answers from the replica; look at the verdict."""
        how = _given(source=source, limit=limit, cursor=cursor, max_age=max_age, fields=fields, detail=detail)
        return _answered(lambda: self._service.search(contract, text, where=where_of(where), **how))

    def bartack_query(
        self,
        contract: ContractName,
        source: Sources = None,
        where: Conditions = None,
        order_by: OrderBy = None,
        limit: Limit = None,
        cursor: Cursor = None,
        max_age: MaxAge = None,
        fields: Fields = None,
        detail: Details = None,
    ) -> dict[str, Any]:
        """Find records of a contract by conditions on its fields, in an order. total says how many there are in all."""
        how = _given(source=source, limit=limit, cursor=cursor, max_age=max_age, fields=fields, detail=detail)
        return _answered(lambda: self._service.query(contract, where=where_of(where), order_by=order_by, **how))

    def bartack_get(
        self,
        citation: Citation,
        fields: Fields = None,
        detail: Details = None,
        live: Annotated[
            bool | None, Field(description="Ask the source itself now; slower, and it may be down.")
        ] = None,
    ) -> dict[str, Any]:
        """Get one record as a whole: issues, provenance, and linked records of the same person or organisation."""
        return _answered(lambda: self._service.get(citation, **_given(fields=fields, detail=detail, live=live)))

    def bartack_explain(
        self,
        citation: Citation,
        fields: Annotated[list[str] | None, Field(description="Only these fields, such as emails.")] = None,
    ) -> dict[str, Any]:
        """Read one record again at its source, and say how each field came about: native path, raw value, rule."""
        return _answered(lambda: self._service.explain(citation, fields=fields))

    def bartack_changes(
        self,
        contract: OneContract = None,
        source: Sources = None,
        cursor: Annotated[
            str | None, Field(description="next_cursor of the answer before; none: from the beginning.")
        ] = None,
        limit: Limit = None,
        fields: Fields = None,
        detail: Details = None,
    ) -> dict[str, Any]:
        """List what came, changed or was deleted since a cursor, the oldest change first: for an index that follows."""
        how = _given(source=source, cursor=cursor, limit=limit, fields=fields, detail=detail)
        return _answered(lambda: self._service.changes(contract, **how))

    def bartack_report(
        self,
        citation: Citation,
        problem: Annotated[
            str, Field(description="What is wrong, in short, for a person.", min_length=1, max_length=LONGEST)
        ],
        field: Annotated[str | None, Field(description="The path it is about, such as emails.address.")] = None,
    ) -> dict[str, Any]:
        """Report that a record looks wrong: a person will see it in the review queue. The record itself does not change."""
        return _answered(lambda: self._service.report(citation, problem, field=field))

    def _tool(self, name: str) -> Function:
        if name not in self.tools:
            raise QuestionError(
                f"no tool {name[:80]!r}{near(name, self.tools)}", next_step=f"one of {', '.join(self.tools)}"
            )
        return self.tools[name]


class _Arguments(BaseModel):
    """What a tool takes. What it does not know is refused: a misspelt condition must not be dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=brief)


def _function(verb: Callable[..., dict[str, Any]]) -> Function:
    hints = get_type_hints(verb, include_extras=True)
    given = inspect.signature(verb).parameters
    fields: dict[str, Any] = {
        name: (hints[name], ... if one.default is inspect.Parameter.empty else one.default)
        for name, one in given.items()
    }
    arguments = create_model(verb.__name__, __base__=_Arguments, **fields)
    return Function(verb.__name__, inspect.getdoc(verb) or "", verb, arguments)


def _answered(ask: Callable[[], Answered]) -> dict[str, Any]:
    try:
        return ask().model_dump(mode="json")
    except BartackError as error:
        return _failed(error)


def _failed(error: BartackError) -> dict[str, Any]:
    return {"error": told(error).model_dump(mode="json")}


def _parsed(name: str, arguments: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(arguments, str):
        return arguments
    try:
        found = json.loads(arguments or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise QuestionError(f"{name}: the arguments are no JSON object", next_step="look at the tool's parameters")
    return found


def _given(**wishes: Any) -> dict[str, Any]:
    """Return the wishes that were made: the others are as the service has them."""
    return {name: wish for name, wish in wishes.items() if wish is not None}
