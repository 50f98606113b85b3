"""Options and arguments may be typed in any order, also where an argument may be left out."""

from __future__ import annotations

import argparse

import pytest

from bartack.frontends.cli.parser import build_parser


def parsed(line: str) -> argparse.Namespace:
    return build_parser().parse_args(line.split())


@pytest.mark.parametrize(
    "line",
    [
        "normalize http people answer.json --source crm",
        "normalize http people --source crm answer.json",
        "normalize http --source crm people answer.json",
        "normalize --source crm http people answer.json",
    ],
)
def test_the_file_is_found_wherever_it_stands(line: str) -> None:
    options = parsed(line)
    assert (options.connector, options.stream, options.source, options.file) == ("http", "people", "crm", "answer.json")


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("normalize http people --source crm", "file", "-"),
        ("check --json crm", "source", "crm"),
        ("check --json", "source", None),
        ("sync crm --full billing", "sources", ["crm", "billing"]),
        ("sync --full", "sources", []),
        ("connectors --json http", "name", "http"),
        ("erase --reason gone crm/people/1", "refs", ["crm/people/1"]),
        ("review export --source crm 7", "number", 7),
        ("cassette doctor --tests tests recordings", "folder", "recordings"),
        ("cassette doctor --tests tests", "folder", "cassettes"),
        ("drift before.yaml --json after.yaml", "sides", ["before.yaml", "after.yaml"]),
    ],
)
def test_what_may_be_left_out_is_taken_where_it_is_there(line: str, name: str, value: object) -> None:
    assert getattr(parsed(line), name) == value


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("normalize http", "the following arguments are required: STREAM"),
        ("check crm billing", "unrecognized arguments: billing"),
        ("read person --sauce crm", "unrecognized arguments: --sauce"),
        ("read person --cached --live", "not allowed with argument"),
        ("review fix 7", "one of the arguments --set --override is required"),
    ],
)
def test_mistakes_are_still_told(line: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(line)
    assert told in capsys.readouterr().err
