"""The client of OpenAI against a scripted server on this machine: the loop of function calling, with strict schemas."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from openai import OpenAI
from openai.lib._pydantic import to_strict_json_schema

import bartack

ASKED: list[dict[str, Any]] = []
CALLS = [
    ("bartack_query", {"contract": "invoice", "where": [{"path": "total.amount", "operator": "gte", "value": "100.00"}],
                       "source": None, "order_by": ["-total.amount"], "limit": 1, "cursor": None, "max_age": None,
                       "fields": None, "detail": None}),
    ("bartack_refund", {}),
]  # fmt: skip


def untitled(schema: Any) -> Any:
    """Return a schema without the titles that pydantic makes of names."""
    if isinstance(schema, dict):
        return {key: untitled(part) for key, part in schema.items() if key != "title" or not isinstance(part, str)}
    return [untitled(one) for one in schema] if isinstance(schema, list) else schema


class Server(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ASKED.append(asked)
        message: dict[str, Any] = {"role": "assistant", "content": None}
        if len(ASKED) <= len(CALLS):
            name, arguments = CALLS[len(ASKED) - 1]
            call = {"name": name, "arguments": json.dumps(arguments)}
            message["tool_calls"] = [{"id": f"call_{len(ASKED)}", "type": "function", "function": call}]
        else:
            message["content"] = json.loads(asked["messages"][-3]["content"])["records"][0]["citation"]
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
        body = {"id": "1", "object": "chat.completion", "created": 1, "model": "scripted", "choices": [choice]}
        told = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


with bartack.open(sys.argv[1]) as hub:
    toolset = bartack.tools(hub)
    for declared in toolset.openai_schemas():
        function = declared["function"]
        theirs = untitled(to_strict_json_schema(toolset.tools[function["name"]].arguments))
        assert function["parameters"] == theirs, function["name"]

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none")
    messages: list[Any] = [{"role": "user", "content": "What is the largest invoice?"}]
    while True:
        reply = client.chat.completions.create(model="any", messages=messages, tools=toolset.openai_schemas())
        message = reply.choices[0].message
        messages.append(message)
        if not message.tool_calls:
            break
        for one in message.tool_calls:
            answer = toolset.call(one.function.name, one.function.arguments)
            messages.append({"role": "tool", "tool_call_id": one.id, "content": answer})
    client.close()
    server.shutdown()
    print(
        json.dumps(
            {
                "answer": message.content,
                "strict": [one["function"]["strict"] for one in ASKED[0]["tools"]],
                "unknown": json.loads(messages[-2]["content"])["error"]["message"],
            }
        )
    )
