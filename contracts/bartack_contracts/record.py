"""The envelope of a record: which one it is, what it says, what is remarkable, where it comes from."""

from __future__ import annotations

from typing import Annotated, Any, Generic, NamedTuple, Self, TypeVar
from urllib.parse import quote, unquote

from pydantic import Field, GetCoreSchemaHandler, SerializeAsAny, StringConstraints, model_validator
from pydantic_core import CoreSchema, core_schema

from bartack_contracts.base import FrozenModel
from bartack_contracts.contract import Contract
from bartack_contracts.freshness import Freshness, says_how_old
from bartack_contracts.issues import Issue
from bartack_contracts.raw import RawJson
from bartack_contracts.scalars import ContractId, Many, Personal, Text, UtcDateTime

__all__ = ["Provenance", "Record", "Ref", "Reject"]

C = TypeVar("C", bound=Contract)

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]+$")]

_SCHEME = "bartack://"


class _Parts(NamedTuple):
    source: str
    stream: str
    id: str


class Ref(_Parts):
    """The identity of a native record everywhere: ``source/stream/id``. The id is text and may hold slashes.

    >>> ref = Ref("crm", "contacts", "7/a")
    >>> str(ref), ref.uri
    ('crm/contacts/7/a', 'bartack://crm/contacts/7/a')
    >>> Ref.parse("bartack://crm/contacts/7/a") == Ref.parse("crm/contacts/7/a") == ref
    True
    """

    __slots__ = ()

    def __new__(cls, source: str, stream: str, id: str) -> Self:  # noqa: A002 - the word of the design
        """Make a ref; a part that is empty, or a slash in source or stream, is a ``ValueError``."""
        if not source or not stream or not id or "/" in source or "/" in stream:
            given = "/".join(part for part in (source, stream, id) if part)
            msg = f"a ref is source/stream/id, no slash in source and stream: not {given!r}"
            raise ValueError(msg)
        return super().__new__(cls, source, stream, id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``source/stream/id`` or the URI of it; a ``ValueError`` says what is missing."""
        source, _, rest = text.removeprefix(_SCHEME).partition("/")
        stream, _, native_id = rest.partition("/")
        if text.startswith(_SCHEME):
            return cls(unquote(source), unquote(stream), unquote(native_id))
        return cls(source, stream, native_id)

    @property
    def uri(self) -> str:
        """``bartack://source/stream/id``, percent-encoded (RFC 3986), for citations."""
        return _SCHEME + quote(str(self), safe="/")

    def __str__(self) -> str:
        return f"{self.source}/{self.stream}/{self.id}"

    @classmethod
    def _read(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        msg = "a ref is text of the form source/stream/id"
        raise ValueError(msg)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read,
            json_schema_input_schema=core_schema.str_schema(),
            serialization=core_schema.to_string_ser_schema(when_used="json"),
        )


class Provenance(FrozenModel):
    """Where a record comes from."""

    connector: Text = Field(description="The connector that read it.")
    mapping: Digest = Field(description="Digest of the mapping that was used.")
    payload: Digest = Field(description="Digest of the native row.")
    fetched_at: UtcDateTime = Field(description="When the source answered; UTC.")
    request: Text | None = Field(None, description="What was asked, for people; without secrets.")


class Record(FrozenModel, Generic[C]):
    """A native record as a contract value. Write ``Record[Person]``."""

    ref: Ref = Field(description="Which record: source/stream/id.")
    contract: ContractId = Field(description="What the value is, such as person/1.")
    value: SerializeAsAny[C] = Field(description="The contract value.")
    issues: Many[Issue] = Field((), description="Remarks of severity info and warning.")
    provenance: Provenance = Field(description="Where it comes from.")
    freshness: Freshness = Field("live", description="Whether the source answered now, or the store in its place.")
    as_of: UtcDateTime | None = Field(None, description="When it was true at the source, where it is not live; UTC.")

    @model_validator(mode="after")
    def _is_what_it_says(self) -> Self:
        says_how_old(self)
        if self.contract != self.value.contract:
            msg = f"the record says {self.contract}, its value is {self.value.contract}"
            raise ValueError(msg)
        return self


class Reject(FrozenModel):
    """A native row that could not become a record, with all reasons; waits in the review queue."""

    ref: Ref = Field(description="Which record: source/stream/id.")
    contract: ContractId = Field(description="What it should have become.")
    issues: Many[Issue] = Field(description="All reasons, at least one.", min_length=1)
    payload: Personal[RawJson] = Field(description="The native row.")
    raw: Personal[Text | None] = Field(None, description="The row's text as it was sent, where that is not JSON.")
    provenance: Provenance = Field(description="Where it comes from.")
