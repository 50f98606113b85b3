"""A small source over HTTP: its configuration, its mapping, and two pages with a row of every fate."""

from __future__ import annotations

__all__ = ["CONFIG", "FIRST", "LAST", "PEOPLE"]

CONFIG = """
[sources.crm]
connector = "http"
base_url = "{url}"
token = {{ env = "CRM_TOKEN" }}
auth = {{ kind = "bearer" }}
limits = {{ attempts = 1 }}
[sources.crm.streams.people]
path = "/people"
rows = "items"
key = "id"
paging = {{ kind = "cursor", next = "next", param = "cursor" }}
mapping = "people.yaml"
"""
PEOPLE = """
contract: person/1
fields:
  name.full: {path: name, required: true}
  kind: {const: contact}
  deleted: {path: gone}
custom: true
"""
FIRST = {
    "items": [{"id": "id-1", "name": "Zoë Müller"}, {"id": "id-2"}, {"id": "id-1", "name": "Zoë Müller"}],
    "next": "page-two",
}
LAST = {"items": [{"id": "id-3", "name": "Ann Other"}, {"id": "id-4", "name": "Gone", "gone": True}], "next": None}
