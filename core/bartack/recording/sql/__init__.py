"""Recordings of databases: at the module of the driver (PEP 249), so that SQLAlchemy, its types and dialects stay real.

Recorded is what is selected; replayed it needs neither server nor driver. Other statements are refused on both sides.
"""

from bartack.recording.sql.cassette import Answer, Database, SqlCassette, SqlError, Statement
from bartack.recording.sql.player import SqlPlayer
from bartack.recording.sql.recorder import SqlRecorder

__all__ = ["Answer", "Database", "SqlCassette", "SqlError", "SqlPlayer", "SqlRecorder", "Statement"]
