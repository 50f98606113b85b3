"""Connectors that are wrong in one way each: in their settings, mappings, recordings and documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pydantic import ConfigDict, Field

import support.unfinished.connector as unfinished_module
from bartack import registry
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse
from bartack.sdk import ConnectorCard, HttpStream, Page, Query, QueryKey
from bartack.testing.conformance.bench import Bench
from support.conforming.broken_streams import filled_down, handing
from support.conforming.connector import PEOPLE_STREAM, ReferenceSettings
from support.conforming.service import PEOPLE
from support.conforming.workbench import Workbench, variant_of

__all__ = ["BROKEN"]

MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: text, required: true}
  kind: {const: contact}
  emails: {each: [{path: email}], use: email}
  lifecycle: {path: state, values: {A: customer, B: lead}}
  updated_at: {path: changed, use: datetime}
ignore: [etag]
"""


class Lax(ReferenceSettings):
    """Who asks."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)


class Telling(ReferenceSettings):
    """Who asks."""

    def __repr__(self) -> str:
        return f"Telling(token={self.token.reveal()})"


class Open(ReferenceSettings):
    """Who asks."""

    password: str = Field("", description="password of that user")


class Wordless(ReferenceSettings):
    """Who asks."""

    depth: int = 3


class Moody(HttpStream):
    """Leaves the first row out when it is read again."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        known = vars(session.connector)
        tired = known.get("tired") and query.cursor is None
        for number, page in enumerate(super().pages(session, query)):
            yield replace(page, rows=page.rows[1:], total=None) if tired and not number else page
        known["tired"] = True


class Shared(HttpStream):
    """Keeps its place in the connector."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        place = vars(session.connector)
        if place.get("busy"):
            return
        place["busy"] = True
        try:
            yield from super().pages(session, query)
        finally:
            place["busy"] = False


def with_itself(stream: HttpStream, bench: Workbench) -> Bench:
    """Put a stream on the bench that looks at its connector by its session."""
    from support.conforming.connector import Reference

    def opened(self: Any, runtime: Any) -> Any:
        session = Reference.open(self, runtime)
        session.connector = self  # type: ignore[attr-defined]
        return session

    return bench(stream, open=opened)


def more(change: Callable[[Cassette], None], **how: Any) -> Callable[[Workbench], Bench]:
    """Put a connector on the bench whose recording was tampered with."""
    return lambda bench: bench(tamper=change, **how)


def mapped(old: str, new: str) -> Callable[[Workbench], Bench]:
    """Put a connector on the bench whose mapping says something else."""
    assert old in MAPPING
    return lambda bench: bench(mapping=MAPPING.replace(old, new))


def of_other_paths(bench: Workbench) -> Bench:
    """Its mapping looks for names where there are none."""
    return bench(mapping=MAPPING.replace("path: name", "path: full_name").replace("[etag]", "[etag, name]"))


def of_one_id(bench: Workbench) -> Bench:
    """Two of its people have the same id."""
    return bench(people=[{**PEOPLE[0], "id": PEOPLE[1]["id"]}, *PEOPLE[1:]])


def homeless(bench: Workbench) -> Bench:
    """It comes from a package without a page for people."""
    (bench.folder / "people.yaml").write_text(MAPPING, encoding="utf-8")
    return bench(__module__="support.bare.connector")


def unfinished(bench: Workbench) -> Bench:
    """It comes from a package in which something is left to do."""
    (bench.folder / "people.yaml").write_text(MAPPING, encoding="utf-8")
    return bench(__module__=unfinished_module.__name__)


def declared(**attributes: Any) -> Callable[[Workbench], Bench]:
    """Put a connector on the bench whose class declares something else."""
    return lambda bench: bench(**attributes)


def unasked(cassette: Cassette) -> None:
    asked = RecordedRequest("GET", "https://reference.example.org/never")
    cassette.append(Interaction(asked, RecordedResponse(200, body=b"{}")))


def leaking(cassette: Cassette) -> None:
    first = cassette.interactions[0]
    headers = (*first.request.headers, ("X-Api-Key", "s3cr3t-0815"))
    changed = replace(first, request=replace(first.request, headers=headers))
    held = cassette._items
    held[0] = changed


def about(**changes: Any) -> Callable[[Cassette], None]:
    def change(cassette: Cassette) -> None:
        cassette.about = replace(cassette.about, **changes)

    return change


def unmapped(bench: Workbench) -> Bench:
    """A second stream, whose mapping names a field that no person has."""
    (bench.folder / "visits.yaml").write_text("contract: person/1\nfields:\n  nmae: {path: name}\n", encoding="utf-8")
    made = bench(PEOPLE_STREAM, replace(PEOPLE_STREAM, name="visits", path="/visits", mapping="visits.yaml"))
    second = bench.folder / "cassettes/reference/visits/all.yaml"
    second.parent.mkdir()
    cassette = Cassette.load(bench.folder / "cassettes/reference/people/all.yaml")
    Cassette(second, cassette.interactions[:1], about=replace(cassette.about, mappings={"visits": "sha256:0"})).save()
    return made


def unrecorded(bench: Workbench) -> Bench:
    """A second stream that nobody has recorded."""
    return bench(PEOPLE_STREAM, replace(PEOPLE_STREAM, name="visits", path="/visits"))


def twice_recorded(bench: Workbench) -> Bench:
    made = bench()
    path = bench.folder / "cassettes/reference/people/all.yaml"
    path.with_name("again.yaml").write_bytes(path.read_bytes())
    return made


def sparse(bench: Workbench) -> Bench:
    """A second stream, of which a single row was recorded."""
    made = bench(PEOPLE_STREAM, replace(PEOPLE_STREAM, name="visits"))
    bench.record(made.kind, PEOPLE[:1], 2, None, stream="visits")
    return made


def untitled(bench: Workbench) -> Bench:
    """A connector whose card has no title."""
    made = bench()
    card = ConnectorCard(made.name, f"{made.kind.__module__}:Reference")
    plugins = registry.load()
    cards = MappingProxyType({**plugins.cards, made.name: card})
    listed = replace(plugins, cards=cards, given=MappingProxyType({made.name: made.kind}))
    return replace(made, connector=made.name, found=listed)


def nameless(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "state": "" if row["id"] == "p4" else row["state"]}


BROKEN: dict[str, Callable[[Workbench], Bench]] = {
    "is_named": declared(name="Reference"),
    "refuses_unknown_settings": declared(settings=Lax),
    "hides_secret_settings": declared(settings=Telling),
    "types_secrets_as_secrets": declared(settings=Open),
    "mappings_compile": unmapped,
    "streams_are_recorded": unrecorded,
    "recordings_replay": more(unasked),
    "rows_become_records": of_other_paths,
    "nothing_is_left_to_do": unfinished,
    "ids_are_ids": of_one_id,
    "recordings_hold_no_secret": more(leaking),
    "sends_no_secret_in_addresses": declared(auth=QueryKey("key", "token")),
    "takes_each_row_by_itself": lambda bench: bench(
        handing(filled_down), people=[nameless(row) for row in PEOPLE], tamper=None
    ),
    "reads_the_same_again": lambda bench: with_itself(variant_of(Moody), bench),
    "reads_side_by_side": lambda bench: with_itself(variant_of(Shared), bench),
    "names_its_system": declared(__doc__="Reference."),
    "has_a_page_for_people": homeless,
    "describes_its_settings": declared(settings=Wordless),
    "is_listed_without_being_imported": untitled,
    "recordings_say_where_from": lambda bench: bench(tamper=about(recorded_at=None)),
    "recordings_are_of_this_version": more(about(mappings={"people": "sha256:0815"})),
    "recordings_differ": twice_recorded,
    "shows_its_paging": lambda bench: bench(page_size=100),
    "every_rule_is_seen_at_work": mapped("ignore:", "  title: {path: job}\nignore:"),
    "every_code_is_known": mapped("B: lead", "C: lead"),
    "nothing_is_left_unread": mapped("ignore: [etag]", ""),
    "tells_when_records_changed": mapped(
        "  updated_at: {path: changed, use: datetime}\nignore: [etag]", "ignore: [etag, changed]"
    ),
    "is_a_baseline_for_drift": sparse,
}
"""By the check that each one fails."""
