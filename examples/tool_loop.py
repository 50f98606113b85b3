"""A tool-using loop as one writes it around a language model: the model calls Bartack's tools, the loop carries their answers.

The model is a script, so that nothing leaves this machine and the same is said each time. It does what a careful model is told
to do: it reads the verdict before the records, cites what it says, treats values as data, and hands over what it cannot know.

Run: ``bartack demo --keep estate && python examples/tool_loop.py estate``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bartack
from incidents import Days, a_poisoned_record_arrives, a_schema_drifts, a_source_dies, copied

MOST_CALLS = 5


@dataclass(frozen=True, slots=True)
class Call:
    """That the model wants a tool called, as the chat APIs say it: a name, and arguments as JSON."""

    name: str
    arguments: str


Model = Callable[[str, list[Mapping[str, Any]]], Call | str]
"""Takes the question and the answers of the tools so far; returns a call, or what it says."""


def run(hub: bartack.Hub, model: Model, question: str) -> Iterator[str]:
    """Carry calls and answers between a model and the tools, until it says something."""
    tools = bartack.tools(hub)
    answers: list[Mapping[str, Any]] = []
    for _ in range(MOST_CALLS):
        said = model(question, answers)
        if isinstance(said, str):
            yield from said.splitlines()
            return
        yield f"calls        {said.name} {said.arguments}"
        answers.append(json.loads(tools.call(said.name, said.arguments)))
    yield "GAVE UP      too many calls"


def invoices(question: str, answers: list[Mapping[str, Any]]) -> Call | str:
    """Play a model that is asked about an invoice by its number."""
    number = next(word.strip("?") for word in question.split() if word.startswith("R-"))
    if not answers:
        where = [{"path": "number", "operator": "eq", "value": number}]
        return Call("bartack_query", json.dumps({"contract": "invoice", "where": where}))
    return _reported(answers[-1], lambda value: f"{number} is {value['status']['value']}: {_money(value['total'])}")


def persons(question: str, answers: list[Mapping[str, Any]]) -> Call | str:
    """Play a model that is asked who somebody is."""
    name = question.removeprefix("Who is ").strip("?")
    if not answers:
        return Call("bartack_search", json.dumps({"contract": "person", "text": name, "detail": "full"}))
    return _reported(answers[-1], lambda value: f"a {value['kind']} with the name {json.dumps(value['name']['full'])}")


def story(estate: Path) -> Iterator[str]:
    """Tell how what the model says changes while the systems behind it do."""
    days = Days()
    with copied(estate) as folder:

        def day(what: str) -> Iterator[str]:
            yield f"\n# {what}"
            with bartack.open(folder, clock=days) as hub:
                for ended in hub.sync(streams=["parties", "customers", "invoices"], full=True):
                    if ended.state != "published":
                        yield f"sync         {ended.source}/{ended.stream}: {ended.state}"

        def ask(question: str, model: Model) -> Iterator[str]:
            yield f"? {question}"
            with bartack.open(folder, clock=days) as hub:
                yield from run(hub, model, question)

        yield from day("All systems are well.")
        yield from ask("Is invoice R-2025/003 paid?", invoices)
        yield from ask("Is invoice R-2025/002 paid?", invoices)

        days.another()
        a_poisoned_record_arrives(folder)
        yield from day("A poisoned record arrives.")
        yield from ask("Who is Mallory?", persons)

        days.another()
        a_source_dies(folder)
        yield from day("The billing service dies.")
        yield from ask("Is invoice R-2025/003 paid?", invoices)

        days.another()
        a_schema_drifts(folder)
        yield from day("Somebody renames a column of the legacy database.")
        yield from ask("Who is Mallory?", persons)


def _reported(answer: Mapping[str, Any], told: Callable[[Mapping[str, Any]], str]) -> str:
    """Say what an answer holds, and how far that can be trusted: the verdict first."""
    if "error" in answer:
        return f"CANNOT SAY   {answer['error']['message']}; {answer['error']['next_step']}"
    waiting = [one for one in answer["standings"] if one["waiting"]]
    if not answer["records"]:
        if not waiting:
            return "UNKNOWN      no source has it"
        places = ", ".join(f"{one['waiting']} of {one['source']}/{one['stream']}" for one in waiting)
        return f"HANDED OVER  it may be among the rows that wait for a person: {places} (bartack review list)"
    lines = []
    for record in answer["records"]:
        mark = "STALE" if record["freshness"] == "stale" else "FRESH"
        lines.append(f"{mark:<12} {told(record['value'])}")
        lines.append(f"             [{record['citation']}, as of {record['as_of'][:10]}]")
        lines += [f"             remark: {remark}" for remark in _remarks(record)]
    if answer["verdict"]["freshness"] == "stale":
        lines += [f"             because {reason}" for reason in answer["verdict"]["reasons"]]
    return "\n".join(lines)


def _remarks(record: Mapping[str, Any]) -> Iterator[str]:
    for one in record.get("issues", []):
        if one["code"] == "text.cleaned":
            yield f"{one['field']}: {one.get('remark', one['code'])}"


def _money(value: Mapping[str, Any]) -> str:
    return f"{value['amount']} {value['currency']}"


if __name__ == "__main__":
    for line in story(Path(sys.argv[1] if len(sys.argv) > 1 else "estate")):
        sys.stdout.write(f"{line}\n")
