"""The tools: the verbs of the service, with what a model must know to use them. None of them changes anything at a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, create_model

from bartack.errors import BartackError
from bartack.reviewing.problems import LONGEST
from bartack.service.answers import (
    Answered,
    ChangesAnswer,
    ContractsAnswer,
    ExplainAnswer,
    RecordAnswer,
    RecordsAnswer,
    ReportAnswer,
    SourcesAnswer,
)
from bartack.service.budget import compact
from bartack.service.failures import told
from bartack.service.pages import MOST
from bartack.service.parameters import (
    Citation,
    ContractName,
    Cursor,
    Fields,
    MaxAge,
    OneContract,
    OrderBy,
    Sources,
    Words,
)
from bartack.service.service import Service
from bartack.service.shapes import brief

__all__ = ["Tools", "tools_of"]

Where = Annotated[
    dict[str, Any] | None,
    Field(
        description="Conditions by path of bartack_contracts: a value, or operators eq ne in gt gte lt lte prefix exists.",
        examples=[{"status": "open", "total.amount": {"gte": "100.00"}, "emails.address": {"prefix": "zoe"}}],
    ),
]
Limit = Annotated[int, Field(ge=1, le=MOST, description="Records in one answer; fewer come where they are large.")]
Details = Annotated[Literal["concise", "full"], Field(description="full: with raw texts, custom fields, provenance.")]


class Tools:
    """The tools of one client. They are called in threads, as many at the same time as the client likes."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def sources(self) -> Annotated[CallToolResult, SourcesAnswer]:
        """List the sources with their health: how old and how complete each stream of the replica is. Call this first."""
        return _result(self._service.sources)

    def contracts(
        self,
        name: Annotated[
            str | None, Field(description="One contract: with its fields, and the paths to ask for.")
        ] = None,
        schema: Annotated[bool, Field(description="Its JSON Schema instead.")] = False,  # noqa: FBT002 - as a client sends it
    ) -> Annotated[CallToolResult, ContractsAnswer]:
        """List the contracts, the shapes that records of all sources share; with a name, its fields."""
        return _result(lambda: self._service.contracts(name, schema=schema))

    def search(
        self,
        contract: ContractName,
        text: Words,
        source: Sources = None,
        where: Where = None,
        limit: Limit = 20,
        cursor: Cursor = None,
        max_age: MaxAge = None,
        fields: Fields = None,
        detail: Details = "concise",
    ) -> Annotated[CallToolResult, RecordsAnswer]:
        """Find records of a contract by words, the best ones first. Answers from the replica; look at the verdict."""
        how: dict[str, Any] = {"source": source, "where": where, "limit": limit, "cursor": cursor, "max_age": max_age}
        return _result(lambda: self._service.search(contract, text, fields=fields, detail=detail, **how))

    def query(
        self,
        contract: ContractName,
        source: Sources = None,
        where: Where = None,
        order_by: OrderBy = None,
        limit: Limit = 20,
        cursor: Cursor = None,
        max_age: MaxAge = None,
        fields: Fields = None,
        detail: Details = "concise",
    ) -> Annotated[CallToolResult, RecordsAnswer]:
        """Find records of a contract by conditions on its fields, in an order. total says how many there are in all."""
        how: dict[str, Any] = {"source": source, "where": where, "limit": limit, "cursor": cursor, "max_age": max_age}
        return _result(lambda: self._service.query(contract, order_by=order_by, fields=fields, detail=detail, **how))

    def get(
        self,
        citation: Citation,
        fields: Fields = None,
        detail: Details = "full",
        live: Annotated[bool, Field(description="Ask the source itself now; slower, and it may be down.")] = False,  # noqa: FBT002
    ) -> Annotated[CallToolResult, RecordAnswer]:
        """Get one record as a whole: issues, provenance, and linked records of the same person or organisation."""
        return _result(lambda: self._service.get(citation, fields=fields, detail=detail, live=live))

    def explain(
        self,
        citation: Citation,
        fields: Annotated[list[str] | None, Field(description="Only these fields, such as emails.")] = None,
    ) -> Annotated[CallToolResult, ExplainAnswer]:
        """Read one record again at its source, and say how each field came about: native path, raw value, rule."""
        return _result(lambda: self._service.explain(citation, fields=fields))

    def changes(
        self,
        contract: OneContract = None,
        source: Sources = None,
        cursor: Annotated[
            str | None, Field(description="next_cursor of the answer before; none: from the beginning.")
        ] = None,
        limit: Limit = MOST,
        fields: Fields = None,
        detail: Details = "concise",
    ) -> Annotated[CallToolResult, ChangesAnswer]:
        """List what came, changed or was deleted since a cursor, the oldest change first: for an index that follows."""
        how: dict[str, Any] = {"source": source, "cursor": cursor, "limit": limit, "fields": fields, "detail": detail}
        return _result(lambda: self._service.changes(contract, **how))

    def report(
        self,
        citation: Citation,
        problem: Annotated[
            str, Field(description="What is wrong, in short, for a person.", min_length=1, max_length=LONGEST)
        ],
        field: Annotated[str | None, Field(description="The path it is about, such as emails.address.")] = None,
    ) -> Annotated[CallToolResult, ReportAnswer]:
        """Report that a record looks wrong: a person will see it in the review queue. The record itself does not change."""
        return _result(lambda: self._service.report(citation, problem, field=field))


def tools_of(service: Service) -> list[Tool]:
    """Return the tools of one client."""
    tools = Tools(service)
    known = [
        _tool(tools.sources, "Sources and their health"),
        _tool(tools.contracts, "Contracts and their fields"),
        _tool(tools.search, "Search records"),
        _tool(tools.query, "Query records"),
        _tool(tools.get, "Get one record", asks_source=True),
        _tool(tools.explain, "Explain one record", asks_source=True),
        _tool(tools.changes, "Changes since a cursor"),
    ]
    return [*known, _tool(tools.report, "Report a problem", reads=False)] if service.takes_reports else known


def _tool(verb: Callable[..., CallToolResult], title: str, *, asks_source: bool = False, reads: bool = True) -> Tool:
    """Return a tool that refuses arguments it does not know: a misspelt condition must not be dropped."""
    hints = ToolAnnotations(
        title=title, read_only_hint=reads, destructive_hint=False, idempotent_hint=True, open_world_hint=asks_source
    )
    tool = Tool.from_function(
        verb, name=f"bartack_{verb.__name__}", title=title, annotations=hints, structured_output=True
    )
    known: type[ArgModelBase] = tool.fn_metadata.arg_model
    tool.fn_metadata.arg_model = create_model(known.__name__, __base__=(known, _Strict))
    tool.parameters = tool.fn_metadata.arg_model.model_json_schema(by_alias=True)
    return tool


class _Strict(ArgModelBase):
    model_config = ConfigDict(extra="forbid", json_schema_extra=brief)


def _result(ask: Callable[[], Answered]) -> CallToolResult:
    """Return an answer as data and as compact JSON text; a failure as what kind it is, and what to do next."""
    try:
        plain = ask().model_dump(mode="json")
    except BartackError as error:
        return CallToolResult(content=[_text(told(error))], is_error=True)
    return CallToolResult(content=[_text(plain)], structured_content=plain)


def _text(plain: BaseModel | dict[str, Any]) -> TextContent:
    return TextContent(type="text", text=compact(plain))
