"""The tools as those of frameworks. Each framework is imported when its tools are asked for, and none is a dependency."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from bartack.errors import ConfigError
from bartack.service.budget import compact
from bartack.service.strict import strict

if TYPE_CHECKING:
    from bartack.service.toolset import Function

__all__ = ["langchain_tools", "llama_index_tools", "pydantic_ai_toolset"]


def langchain_tools(functions: Iterable[Function]) -> list[Any]:
    """Return a ``StructuredTool`` for each function; what it answers is JSON text."""
    tools = _imported("langchain_core.tools", "LangChain", "langchain-core")
    return [
        tools.StructuredTool(
            name=one.name,
            description=one.about,
            args_schema=one.arguments,
            func=_answering(one),
            handle_validation_error=lambda error, one=one: compact(one.refuse(error)),
        )
        for one in functions
    ]


def llama_index_tools(functions: Iterable[Function]) -> list[Any]:
    """Return a ``FunctionTool`` for each function; what it answers is JSON text."""
    tools = _imported("llama_index.core.tools", "LlamaIndex", "llama-index-core")
    return [
        tools.FunctionTool.from_defaults(
            fn=_answering(one), name=one.name, description=one.about, fn_schema=one.arguments
        )
        for one in functions
    ]


def pydantic_ai_toolset(functions: Iterable[Function]) -> Any:
    """Return a ``FunctionToolset`` with a tool for each function."""
    library = _imported("pydantic_ai", "pydantic-ai", "pydantic-ai-slim")
    made = [
        library.Tool.from_schema(
            function=_answered(one),
            name=one.name,
            description=one.about,
            json_schema=strict(one.arguments.model_json_schema()),
        )
        for one in functions
    ]
    return library.FunctionToolset(made, id="bartack")


def _answered(function: Function) -> Callable[..., dict[str, Any]]:
    def answer(**arguments: Any) -> dict[str, Any]:
        return function.answer(arguments)

    return answer


def _answering(function: Function) -> Callable[..., str]:
    def answer(**arguments: Any) -> str:
        return compact(function.answer(arguments))

    return answer


def _imported(module: str, what: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(
            f"{what} is not installed ({error.name or module} cannot be imported)", next_step=f'pip install "{package}"'
        ) from None
