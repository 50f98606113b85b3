"""The formats: each writes records into a binary file, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from io import RawIOBase
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, get_args

from bartack.errors import BartackError, ConfigError
from bartack.export import csv_text
from bartack.export.extras import need_pyarrow
from bartack.export.lines import error_line, item_line, verdict_line
from bartack_contracts import Contract, Record, Reject, Report

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMATS", "Format", "Writer", "format_of", "writer"]

Format = Literal["jsonl", "csv", "parquet", "arrow"]
FORMATS: tuple[Format, ...] = get_args(Format)

_GROUP = 20_000
"""Records a row group of Parquet, which is compressed, and skipped by a reader, as a whole; and a batch of an Arrow file."""


class Writer(Protocol):
    """Writes one file. ``takes_rejects``: rejects stand among the records; else they need a file of their own.

    ``told``: what a reader should know of the values, counted by column.
    """

    takes_rejects: bool
    told: Counter[str]

    def write(self, items: Sequence[Record[Any] | Reject]) -> None:
        """Write a batch."""

    def end(self, errors: Sequence[BartackError], report: Report | None) -> None:
        """Write what comes last. ``report``: how the read ended, where this file is all of it."""


def format_of(wanted: str | None, name: str) -> Format:
    """Return the format that is wanted, else that of a file's ending, else JSON lines.

    Raises
    ------
    ConfigError
        there is no such format.
    """
    ending = name.rpartition(".")[2]
    found = wanted or (ending if ending in FORMATS else "jsonl")
    if found not in FORMATS:
        raise ConfigError(f"there is no format {found!r}", next_step=f"formats: {', '.join(FORMATS)}")
    return found


def writer(kind: Format, file: RawIOBase, contract: type[Contract], *, spreadsheet: bool = False) -> Writer:
    """Return what writes a format.

    Raises
    ------
    ConfigError
        pyarrow is needed and not installed, or ``spreadsheet`` is asked of what none opens.
    """
    if spreadsheet and kind != "csv":
        raise ConfigError(f"{kind} is not for a spreadsheet", next_step="write csv")
    if kind == "jsonl":
        return _JsonLines(file)
    if kind == "csv":
        return _Csv(file, contract, spreadsheet=spreadsheet)
    need_pyarrow(kind)
    return _Table(kind, file, contract)


class _JsonLines:
    """The lines that ``bartack read --json`` prints."""

    takes_rejects = True

    def __init__(self, file: RawIOBase) -> None:
        self.told: Counter[str] = Counter()
        self._file = file

    def write(self, items: Sequence[Record[Any] | Reject]) -> None:
        self._lines([item_line(item) for item in items])

    def end(self, errors: Sequence[BartackError], report: Report | None) -> None:
        if report is not None:
            self._lines([*map(error_line, errors), verdict_line(report)])

    def _lines(self, lines: Sequence[str]) -> None:
        self._file.write("".join(f"{line}\n" for line in lines).encode())


class _Csv:
    """See :mod:`bartack.export.csv_text`. For a spreadsheet it begins with a byte order mark, without which Excel guesses."""

    takes_rejects = False

    def __init__(self, file: RawIOBase, contract: type[Contract], *, spreadsheet: bool) -> None:
        self.told: Counter[str] = Counter()
        self._file = file
        self._spreadsheet = spreadsheet
        self._columns = csv_text.header(contract)
        file.write(csv_text.line(self._columns).encode("utf-8-sig" if spreadsheet else "utf-8"))

    def write(self, items: Sequence[Record[Any] | Reject]) -> None:
        lines = []
        for item in items:
            row = csv_text.row_of(cast("Record[Any]", item))
            if self._spreadsheet:
                row = csv_text.tamed(row, self.told)
            lines.append(csv_text.line(row[name] for name in self._columns))
        self._file.write("".join(lines).encode())

    def end(self, errors: Sequence[BartackError], report: Report | None) -> None:
        """Nothing comes last."""


class _Table:
    """Parquet, or the Arrow IPC file format (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format)."""

    takes_rejects = False

    def __init__(self, kind: Format, file: RawIOBase, contract: type[Contract]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        from bartack.export.arrow.layout import layout_of

        self.told: Counter[str] = Counter()
        self._layout = layout_of(contract)
        self._batches: list[pa.RecordBatch] = []
        schema = self._layout.schema
        self._out = (
            pq.ParquetWriter(file, schema, compression="zstd") if kind == "parquet" else pa.ipc.new_file(file, schema)
        )

    def write(self, items: Sequence[Record[Any] | Reject]) -> None:
        from bartack.export.arrow.layout import beyond

        batch = self._layout.batch(cast("Sequence[Record[Any]]", items))
        self.told += beyond(batch)
        self._batches.append(batch)
        if sum(one.num_rows for one in self._batches) >= _GROUP:
            self._write()

    def _write(self) -> None:
        import pyarrow as pa

        if self._batches:
            self._out.write_table(pa.Table.from_batches(self._batches).combine_chunks())
            self._batches.clear()

    def end(self, errors: Sequence[BartackError], report: Report | None) -> None:
        self._write()
        self._out.close()
