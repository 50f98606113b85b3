"""The plain functions, read by a framework that looks at annotations: their schemas are those that are declared."""

from __future__ import annotations

import json
import sys

from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

import bartack

with bartack.open(sys.argv[1]) as hub:
    model = TestModel(call_tools=["bartack_sources"])
    agent = Agent(model, tools=bartack.tools(hub).functions())
    answer = json.loads(agent.run_sync("How are the sources?").output)
    tools = {one.name: one for one in model.last_model_request_parameters.function_tools}
    search = tools["bartack_search"].parameters_json_schema
    print(
        json.dumps(
            {
                "sources": [one["name"] for one in answer["bartack_sources"]["sources"]],
                "about": tools["bartack_search"].description,
                "limit": search["properties"]["limit"],
            }
        )
    )
