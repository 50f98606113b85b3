"""Records for pandas, Polars, DuckDB and whatever else speaks Arrow: batch by batch, as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from bartack.errors import ConfigError
from bartack.export.extras import need_pyarrow
from bartack_contracts import Contract, Record

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BATCH", "chunks", "record_batches", "records_of"]

C = TypeVar("C", bound=Contract)

BATCH = 500
"""So many records are turned into columns at once. More are slower: Python looks through all that it holds, again and again."""


def record_batches(
    records: Iterable[Record[C]], contract: type[C] | None = None, *, size: int = BATCH
) -> pa.RecordBatchReader:
    """Return records as a reader of Arrow batches, of at most ``size`` records each.

    ``records``: a read (``hub.read(Person)``), which is then read as the batches are asked for, or any records of one
    contract, which must be named where they are no read. The schema comes from the contract alone; see ``docs/exports.md``.
    A read that ends incomplete raises its error after its last batch, as always.

    Raises
    ------
    ConfigError
        pyarrow is not installed, or nothing says which contract it is.
    """
    need_pyarrow("record_batches")
    import pyarrow as pa

    from bartack.export.arrow.layout import layout_of

    model = contract if contract is not None else getattr(records, "contract", None)
    if model is None:
        raise ConfigError("nothing says of which contract the records are", next_step="record_batches(records, Person)")
    layout = layout_of(model)
    return pa.RecordBatchReader.from_batches(layout.schema, map(layout.batch, chunks(records, size)))


def records_of(batches: pa.RecordBatch | pa.Table | pa.RecordBatchReader, contract: type[C]) -> Iterator[Record[C]]:
    """Yield the records that batches or a table were made of.

    Raises
    ------
    ConfigError
        pyarrow is not installed, or the columns are not those of the contract.
    """
    need_pyarrow("records_of")
    import pyarrow as pa

    from bartack.export.arrow.layout import layout_of

    layout = layout_of(contract)
    parts = [batches] if isinstance(batches, pa.RecordBatch) else batches
    for batch in parts.to_batches(max_chunksize=BATCH) if isinstance(parts, pa.Table) else parts:
        yield from layout.records(batch)


def chunks(records: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Cut records into lists; what was read before an error comes before it.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    some: list[Any] = []
    try:
        for one in records:
            some.append(one)
            if len(some) == size:
                yield some
                some = []
    except Exception:
        if some:
            yield some
        raise
    if some:
        yield some
