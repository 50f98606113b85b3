"""An agent of pydantic-ai with a scripted model: it searches, corrects itself, gets the record, and cites it."""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

import bartack


def returned(messages: list[ModelMessage]) -> list[Any]:
    return [part.content for one in messages for part in one.parts if isinstance(part, ToolReturnPart)]


def model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    answers = returned(messages)
    if not answers:
        assert {one.name for one in info.function_tools} >= {"bartack_search", "bartack_query", "bartack_get"}
        return ModelResponse([ToolCallPart("bartack_search", {"contract": "person", "txt": "zoë"})])
    if len(answers) == 1:
        assert answers[0]["error"]["type"] == "QuestionError", answers[0]
        return ModelResponse([ToolCallPart("bartack_search", {"contract": "person", "text": "zoë müller", "limit": 1})])
    if len(answers) == 2:
        return ModelResponse([ToolCallPart("bartack_get", {"citation": answers[1]["records"][0]["citation"]})])
    record, verdict = answers[2]["record"], answers[2]["verdict"]
    return ModelResponse(
        [TextPart(f"{record['value']['name']['full']} [{record['citation']}], {verdict['freshness']}")]
    )


with bartack.open(sys.argv[1]) as hub:
    agent = Agent(FunctionModel(model), toolsets=[bartack.tools(hub).to_pydantic_ai()])
    print(json.dumps({"answer": agent.run_sync("Who is Zoë?").output}))
