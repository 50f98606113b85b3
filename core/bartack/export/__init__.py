"""Records as files and columns: JSON lines, CSV, Arrow and Parquet, with schemas derived from the contracts.

:func:`record_batches`, :func:`records_of` and the files of these last two formats need pyarrow
(``pip install "bartack[parquet]"``), which is imported when they are asked for and not before.
"""

from bartack.export.batches import record_batches, records_of
from bartack.export.manifest import Manifest, verify
from bartack.export.parts import to_folder
from bartack.export.whole import to_file

__all__ = ["Manifest", "record_batches", "records_of", "to_file", "to_folder", "verify"]
