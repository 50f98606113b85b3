"""The reference connector: everything that the suite asks for, and nothing else."""

from __future__ import annotations

from pydantic import Field

from bartack.sdk import Bearer, Connector, CursorPaging, HttpSettings, HttpStream, Secret, Since, Size

__all__ = ["PEOPLE_STREAM", "Reference", "ReferenceSettings"]


class ReferenceSettings(HttpSettings):
    """Who asks."""

    base_url: str = Field("https://reference.example.org", description="address of the service")
    token: Secret = Field(description="token of a user that may read")


PEOPLE_STREAM = HttpStream(
    "people",
    path="/people",
    rows="data",
    key="id",
    mapping="people.yaml",
    paging=CursorPaging(next="meta.next", param="cursor"),
    page_size=Size("limit", 100),
    total="meta.total",
    since=Since("since"),
    evidence="live",
)


class Reference(Connector):
    """Reference, a service that is made up (https://reference.example.org/docs)."""

    name = "reference"
    settings = ReferenceSettings
    auth = Bearer("token")
    streams = (PEOPLE_STREAM,)
