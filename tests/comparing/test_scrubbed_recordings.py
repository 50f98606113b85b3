"""A source is compared with a recording of it without personal data as if that were there: no alarm, and none is missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bartack
from bartack.frontends.cli import main
from support.http_vendor import Answer, running_vendor

MAPPING = """contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  kind: {const: contact}
  emails: {each: [{path: mail}], use: email}
  phones: {each: [{path: tel}], use: phone}
  birth_date: {path: born, use: {date: {format: iso}}}
  addresses: {each: [{fields: {city: city, postal_code: zip}}]}
  department: status
"""
TOML = """[sources.helpdesk]
connector = "http"
base_url = "{url}"
{record}
[sources.helpdesk.streams.people]
path = "/people"
rows = "items"
key = "id"
mapping = "people-rules.yaml"
"""
FIRST = ("Zoë", "Max", "Jörg", "Anna", "Siobhán", "Kai", "李", "Ada", "Élodie", "Bo")
LAST = ("Müller", "Grünwald", "O'Brien", "Żółć", "Smith", "van der Berg", "García-López")
HOSTS = ("gmx.de", "firma-gmbh.com", "web.net")


def person(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "name": f"{FIRST[n % 10]} {LAST[n % 7]}",
        "mail": f"u{n}.{'abc'[n % 3]}@{HOSTS[n % 3]}",
        "tel": f"+49 221 98{n:05d}",
        "born": f"19{50 + n % 40}-{1 + n % 12:02d}-{1 + n % 28:02d}",
        "zip": f"{10000 + n * 37}",
        "city": ("Köln", "Bonn", "Berlin")[n % 3],
        "status": ("lead", "customer")[n % 2],
    }


@pytest.mark.parametrize(("changed", "status"), [({}, 0), ({"status": "12"}, 1), ({"tel": None}, 1)])
def test_what_was_replaced_is_no_drift_and_what_has_changed_is(
    tmp_path: Path, changed: dict[str, Any], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [person(n) for n in range(1, 120)]
    (tmp_path / "people-rules.yaml").write_text(MAPPING, encoding="utf-8")
    with running_vendor() as vendor:
        vendor.on("/people", Answer({"items": rows}))
        (tmp_path / "bartack.toml").write_text(TOML.format(url=vendor.url, record='record = "people.yaml"'))
        with bartack.open(tmp_path) as hub:
            assert len(list(hub.read("person"))) == len(rows)
        assert "Müller" not in (tmp_path / "people.yaml").read_text(encoding="utf-8")
        (tmp_path / "bartack.toml").write_text(TOML.format(url=vendor.url, record=""))
        vendor.on("/people", Answer({"items": [one | changed for one in rows]}))
        compared = main(["drift", "helpdesk", "--against", str(tmp_path / "people.yaml"), "--config", str(tmp_path)])
    assert compared == status, capsys.readouterr().out
