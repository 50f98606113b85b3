"""The table of a contract: its fields as columns, and beside them where each record comes from and how good it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from bartack.errors import ConfigError
from bartack.export.arrow.kinds import INSTANT, TEXT, Kind, Many
from bartack.export.arrow.structs import Struct, text_beside
from bartack_contracts import Contract, Issue, Provenance, Record, shape_digest

__all__ = ["ENVELOPE", "Layout", "beyond", "layout_of"]

C = TypeVar("C", bound=Contract)

_ISSUES = Many(Struct.of(Issue))
_PROVENANCE = Struct.of(Provenance)

_BEFORE: Sequence[tuple[str, Kind, str]] = (
    ("_ref", TEXT, "Which record: source/stream/id."),
    ("_source", TEXT, "The source."),
    ("_stream", TEXT, "The stream within the source."),
    ("_id", TEXT, "The native id within the stream, always text."),
    ("_contract", TEXT, "What the record is, such as person/1."),
)
_AFTER: Sequence[tuple[str, Kind, str]] = (
    ("_issues", _ISSUES, "Remarks of severity info and warning."),
    ("_freshness", TEXT, "Whether the source answered now (live), or the store in its place (cached, stale)."),
    ("_as_of", INSTANT, "When it was true at the source, where it is not live; UTC."),
    ("_provenance", _PROVENANCE, "Where it comes from."),
)
ENVELOPE = tuple(name for name, _, _ in (*_BEFORE, *_AFTER))
"""The columns every table has, whatever the contract. They begin with an underscore, which no field does."""


class Layout(Generic[C]):
    """The table of one contract. Made once by :func:`layout_of`."""

    def __init__(self, model: type[C]) -> None:
        self.model = model
        self._value = Struct.of(model)
        about = {"bartack.contract": model.contract, "bartack.version": model.version}
        self.schema: pa.Schema = pa.schema(
            [*map(_column, _BEFORE), *self._value.fields, *map(_column, _AFTER)],
            metadata={**about, "bartack.shape": shape_digest(model)},
        )
        self._record = Record[model]  # type: ignore[valid-type]

    def batch(self, records: Sequence[Record[Any]]) -> pa.RecordBatch:
        """Return records as one batch.

        Raises
        ------
        ConfigError
            one of them is of another contract.
        """
        for one in records:
            if not isinstance(one.value, self.model):
                raise ConfigError(
                    f"{one.ref} is {one.contract}, not {self.model.contract}",
                    next_step="read one contract at a time",
                )
        refs = [one.ref for one in records]
        columns = [
            pa.array(map(str, refs), pa.string()),
            *(pa.array([getattr(ref, part) for ref in refs], pa.string()) for part in ("source", "stream", "id")),
            pa.array([one.contract for one in records], pa.string()),
            *self._value.arrays([one.value for one in records]),
            *(kind.array([getattr(one, name[1:]) for one in records]) for name, kind, _ in _AFTER),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def records(self, batch: pa.RecordBatch | pa.Table) -> Iterator[Record[C]]:
        """Yield the records that a batch was made of.

        Raises
        ------
        ConfigError
            the columns are not those of this contract, or hold what it does not allow.
        """
        try:
            for row in batch.to_pylist():
                yield self._from_row(row)
        except (KeyError, TypeError, ValueError) as error:  # a ValidationError is a ValueError, and may quote the value
            what = f"no column {error.args[0]!r}" if isinstance(error, KeyError) else _told(error)
            raise ConfigError(
                f"this is no table of {self.model.contract}: {what}", next_step="name the contract it was made of"
            ) from None

    def _from_row(self, row: dict[str, Any]) -> Record[C]:
        document = {
            "ref": row["_ref"],
            "contract": row["_contract"],
            "value": self._value.json(row),
            **{name[1:]: kind.json(row[name]) for name, kind, _ in _AFTER},
        }
        record: Record[C] = self._record.model_validate_json(json.dumps(document))
        return record


def _told(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return type(error).__name__
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _column(entry: tuple[str, Kind, str]) -> pa.Field:
    name, kind, meaning = entry
    about = {"bartack.meaning": meaning}
    return pa.field(name, kind.type, nullable=name == "_as_of", metadata=about)


@lru_cache(maxsize=64)
def layout_of(model: type[C]) -> Layout[C]:
    """Return the table of a contract."""
    return Layout(model)


def beyond(batch: pa.RecordBatch) -> Counter[str]:
    """Return how many numbers of a batch no number of Arrow holds exactly, by column: only their texts have them."""
    found: Counter[str] = Counter()
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    _count(columns, "", found)
    return +found


def _count(columns: dict[str, pa.Array], place: str, found: Counter[str]) -> None:
    for name, column in columns.items():
        at = f"{place}{name}"
        text = columns.get(text_beside(name)) if name != "number" else columns.get("text")
        if text is not None and (pa.types.is_decimal(column.type) or pa.types.is_int64(column.type)):
            found[at] += column.null_count - text.null_count
        while pa.types.is_list(column.type):
            column = pc.list_flatten(column)
        if pa.types.is_struct(column.type):
            _count(dict(zip(column.type.names, column.flatten(), strict=True)), f"{at}.", found)
