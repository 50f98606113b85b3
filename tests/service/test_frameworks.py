"""The tools in the frameworks themselves: each installed in an environment of its own, with a scripted model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import ConfigError
from bartack.frontends.cli import main
from bartack.hub import open_hub
from bartack.service.toolset import tools

HERE = Path(__file__).parent / "frameworks"
ZOES = {"bartack://crm/parties/3", "bartack://billing/customers/101", "bartack://legacy/customers/00000101"}


@pytest.fixture(scope="module")
def estate(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("frameworks") / "estate"))
    main(["sync", "--config", str(folder)])
    return folder


Told = Callable[[str, str], dict[str, Any]]


@pytest.fixture
def told(beside: Callable[..., str], estate: Path) -> Told:
    """Return what a program says at its end that runs beside a library."""

    def run(requirement: str, program: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(beside(requirement, HERE / program, str(estate)).splitlines()[-1])
        return found

    return run


PYDANTIC_AI = "pydantic-ai-slim[openai]>=2"


def test_an_agent_of_pydantic_ai_finds_corrects_itself_and_cites(told: Told) -> None:
    answer = told(PYDANTIC_AI, "with_pydantic_ai.py")["answer"]
    assert answer.startswith("Zoë Müller [bartack://")
    assert answer.endswith("], cached")


def test_plain_functions_are_understood_by_their_annotations(told: Told) -> None:
    found = told(PYDANTIC_AI, "with_functions.py")
    assert found["sources"] == ["crm", "billing", "legacy"]
    assert found["about"].startswith("Find records of a contract by words")
    assert found["limit"]["anyOf"][0] == {"maximum": 100, "minimum": 1, "type": "integer"}


def test_the_client_of_openai_goes_round_the_loop_with_strict_schemas(told: Told) -> None:
    found = told(PYDANTIC_AI, "with_openai.py")
    assert found["answer"].startswith("bartack://")
    assert found["strict"] == [True] * 7
    assert found["unknown"].startswith("no tool 'bartack_refund'")


def test_langchain_calls_the_tools_and_hands_refusals_to_the_model(told: Told) -> None:
    found = told("langchain-core>=1", "with_langchain.py")
    assert set(found["records"]) == ZOES
    assert found["refused"].startswith("bartack_query: limit: Input should be a valid integer")
    assert (found["required"], found["declared"]) == (["contract"], True)


@pytest.mark.slow
def test_llama_index_calls_the_tools(told: Told) -> None:
    found = told("llama-index-core>=0.14", "with_llama_index.py")
    assert set(found["records"]) == ZOES
    assert found["refused"].startswith("bartack_query: limit: Input should be a valid integer")
    assert found["declared"] == ["contract"]


@pytest.mark.parametrize(
    ("framework", "package"),
    [
        ("to_langchain", "langchain-core"),
        ("to_llama_index", "llama-index-core"),
        ("to_pydantic_ai", "pydantic-ai-slim"),
    ],
)
def test_a_framework_that_is_not_installed_is_named_with_the_line_that_installs_it(
    estate: Path, framework: str, package: str
) -> None:
    with open_hub(estate) as hub, pytest.raises(ConfigError) as caught:
        getattr(tools(hub), framework)()
    assert caught.value.next_step == f'pip install "{package}"'
