"""LangChain's tools: called as a chat model calls them, declared as one is told of them, refused with words to go on by."""

from __future__ import annotations

import json
import sys

from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

import bartack

with bartack.open(sys.argv[1]) as hub:
    toolset = bartack.tools(hub)
    tools = {one.name: one for one in toolset.to_langchain()}
    where = [{"path": "emails.address", "operator": "prefix", "value": "zoe"}]
    asked = AIMessage(
        "", tool_calls=[ToolCall(name="bartack_query", args={"contract": "person", "where": where}, id="1")]
    )
    model = GenericFakeChatModel(messages=iter([asked, AIMessage("done")]))
    (call,) = model.invoke("Who is Zoë?").tool_calls
    message = tools[call["name"]].invoke(call)
    assert isinstance(message, ToolMessage)
    refused = json.loads(tools["bartack_query"].invoke({"contract": "person", "limit": "many"}))
    declared = convert_to_openai_tool(tools["bartack_query"])["function"]
    print(
        json.dumps(
            {
                "records": [one["citation"] for one in json.loads(message.content)["records"]],
                "refused": refused["error"]["message"],
                "required": declared["parameters"]["required"],
                "declared": declared["description"] == toolset.tools["bartack_query"].about,
            }
        )
    )
