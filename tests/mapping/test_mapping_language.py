"""What a mapping file may say, and what its author is told when it is wrong."""

from __future__ import annotations

import pytest

from bartack.errors import ConfigError
from bartack.mapping.compiled import CompiledMapping, compile_mapping
from bartack.mapping.loader import load
from bartack.mapping.rules import Mapping, Rule
from bartack.normalizers import builtin
from bartack.settings import Locale
from bartack_contracts import Contract, Deal, Person


def compiled(text: str, model: type[Contract] = Person, **locale: str) -> CompiledMapping:
    return compile_mapping(load(text, "people.yaml"), model, Rule(path="id"), builtin(), Locale(**locale))


def fault(text: str, model: type[Contract] = Person) -> str:
    with pytest.raises(ConfigError) as caught:
        compiled(text, model)
    return str(caught.value)


def test_yaml_and_python_are_two_spellings_of_one_mapping() -> None:
    written = load(
        "contract: person/1\nfields:\n  name.full: {path: name, use: text, required: true}\n", "p.yaml"
    ).mapping
    spelled = Mapping(contract="person/1", fields={"name.full": Rule(path="name", use="text", required=True)})
    assert written == spelled


def test_only_plain_words_are_text_and_nothing_else_is_guessed() -> None:
    table = load(
        "contract: person/1\nfields:\n  kind: {path: k, values: {no: lead, on: contact, 007: unknown}}", "p.yaml"
    )
    assert table.mapping.fields["kind"].values == {"no": "lead", "on": "contact", "007": "unknown"}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("contract: person/1\nfields:\n  name.full: nm\n  nam.given: x\n", "people.yaml:4", "no field 'nam'"),
        ("contract: person/1\nfields:\n  name.full: nm\n  titel: x\n", "people.yaml:4", "did you mean 'title'"),
        ("contract: person/1\nfields:\n  title: {path: x, use: uper}\n", "people.yaml:3", "did you mean 'upper'"),
        ("contract: person/1\nfields:\n  title: {path: x, use: {date: {formt: iso}}}\n", "people.yaml:3", "'format'"),
        (
            "contract: person/1\nfields:\n  birth_date: {path: x, use: {date: {format: dd.mm.yyyy}}}\n",
            "people.yaml:3",
            "no date format 'dd.mm.yyyy'",
        ),
        ("contract: person/1\nfields:\n  title: {pth: x}\n", "people.yaml:3", "exactly one of"),
        ("contract: person/1\nfields:\n  title: {path: x, const: y}\n", "people.yaml:3", "path and const"),
        ("contract: person/1\nfields:\n  title: 'a..b'\n", "people.yaml:3", "is no path"),
        (
            "contract: person/1\nfields:\n  emails: {each: [{path: x, use: email, lable: work}]}\n",
            "people.yaml:3",
            "'label'",
        ),
        ("contract: person/1\nfields:\n  kind: {path: x, values: {a: boss}}\n", "people.yaml:3", "'boss' is no word"),
        ("contract: person/1\nfields:\n  title: a\n  title: b\n", "people.yaml:4", "stands twice"),
        ("contract: person/1\nfields:\n  name: a\n  name.full: b\n", "people.yaml:4", "field above"),
        ("contract: person/1\nfields: [\n", "people.yaml:3", "not YAML"),
        ("contract: person/1\nfields:\n  title: {each: [a]}\n", "people.yaml:3", "one value"),
        ("contract: person/1\nfields:\n  owner: {ref: user/1}\n", "people.yaml:3", "a reference is written"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(text: str, place: str, words: str) -> None:
    message = fault(text)
    assert message.startswith(place)
    assert words in message


def test_an_unsafe_tag_is_refused_and_nothing_is_made_of_it() -> None:
    loaded = load("contract: person/1\nfields:\n  title: {const: !!python/object/apply:os.getcwd []}\n", "p.yaml")
    assert loaded.mapping.fields["title"].const == []


def test_the_source_can_lay_its_own_rules_over_a_mapping() -> None:
    base = load("contract: person/1\nfields:\n  name.full: name\n  title: job\nignore: [etag]\n", "p.yaml")
    changed = base.overridden(
        {"fields": {"title": "position", "department": "dept"}, "ignore": ["rev"]}, "bartack.toml"
    )
    assert changed.mapping.fields["title"].path == "position"
    assert changed.mapping.ignore == ("etag", "rev")
    assert changed.digest != base.digest
    dropped = base.overridden({"fields": {"title": None}}, "bartack.toml")
    assert "title" not in dropped.mapping.fields


def test_a_wrong_override_names_the_configuration() -> None:
    base = load("contract: person/1\nfields:\n  name.full: name\n", "p.yaml")
    with pytest.raises(ConfigError, match=r"^bartack\.toml"):
        base.overridden({"fields": {"title": {"pth": "x"}}}, "bartack.toml")


def test_a_deal_has_fields_a_person_has_not() -> None:
    assert "no field 'amount'" in fault("contract: person/1\nfields:\n  amount: {path: a, use: money}\n")
    compiled("contract: deal/1\nfields:\n  title: t\n  amount: {path: a, use: money}\n", Deal)
