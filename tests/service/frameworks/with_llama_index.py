"""LlamaIndex's tools: called as an agent calls them, answered with JSON that a model can be shown."""

from __future__ import annotations

import json
import sys

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms import MockLLM
from llama_index.core.tools import ToolSelection
from llama_index.core.tools.calling import call_tool_with_selection

import bartack

with bartack.open(sys.argv[1]) as hub:
    toolset = bartack.tools(hub)
    tools = toolset.to_llama_index()
    by_name = {one.metadata.name: one for one in tools}
    where = [{"path": "emails.address", "operator": "prefix", "value": "zoe"}]
    selection = ToolSelection(
        tool_id="1", tool_name="bartack_query", tool_kwargs={"contract": "person", "where": where}
    )
    output = call_tool_with_selection(selection, tools)
    wrong = by_name["bartack_query"].call(contract="person", limit="many")
    assert MockLLM().chat([ChatMessage(role=MessageRole.USER, content=output.content)]).message.content
    print(
        json.dumps(
            {
                "records": [one["citation"] for one in json.loads(output.content)["records"]],
                "refused": json.loads(wrong.content)["error"]["message"],
                "declared": by_name["bartack_query"].metadata.to_openai_tool()["function"]["parameters"]["required"],
            }
        )
    )
