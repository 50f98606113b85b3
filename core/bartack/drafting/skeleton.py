"""What a connector looks like, where nothing is known of the system: a list of contacts, to be changed."""

from __future__ import annotations

from bartack.drafting.described import Described, Found, Setting
from bartack.drafting.names import Names
from bartack.drafting.rows import columns, fields_of, json_text
from bartack.transports.http import Bearer, CursorPaging, HttpStream

__all__ = ["described"]

_ROWS = (
    {
        "id": 1,
        "full_name": "Ada Example",
        "email": "ada@example.org",
        "phone": "+49 30 901820",
        "updated_at": "2026-01-15T09:30:00Z",
        "favourite_colour": "green",
    },
    {
        "id": 2,
        "full_name": "Bo Example",
        "email": None,
        "phone": "",
        "updated_at": "2026-02-01T10:00:00Z",
        "favourite_colour": "blue",
    },
)


def described(names: Names) -> Described:
    """Describe a REST API that lists contacts in pages by cursor, as many do."""
    stream = HttpStream(
        "contacts",
        path="/v1/contacts",
        rows="data",
        key="id",
        mapping="contacts.yaml",
        paging=CursorPaging(next="meta.next", param="cursor"),
        total="meta.total",
        changed="updated_at",
        one="/v1/contacts/{id}",
    )
    pages = (
        {"data": [_ROWS[0]], "meta": {"next": "c2", "total": 2}},
        {"data": [_ROWS[1]], "meta": {"next": None, "total": 2}},
    )
    remarks = {
        "path": "below base_url",
        "rows": 'where the list is in an answer; "" where the answer is the list. Not there: an error, never zero rows',
        "key": "what identifies a row: a path, or several",
        "paging": "also PagePaging, OffsetPaging, LinkHeaderPaging, NextUrlPaging, NoPaging",
        "total": "how many rows the source says it has: every read is held against it",
        "changed": 'when a row was changed last; since=Since("updated_after") would ask for changes only',
    }
    found = Found(
        "contacts",
        stream,
        columns("contacts", fields_of(_ROWS), {}),
        tuple(json_text(page).encode() for page in pages),
        remarks=remarks,
    )
    return Described(
        "http",
        "the skeleton",
        f"{names.connector}, a REST API",
        (found,),
        documentation=f"https://{names.connector}.example",
        settings=(
            Setting("base_url", "address of the API", default=f"https://{names.connector}.example"),
            Setting("token", "access token", secret=True),
        ),
        auth=Bearer("token"),
        remarks={"quota": "Quota(100, per=10) would wait so that no more than 100 requests go out in 10 seconds"},
    )
