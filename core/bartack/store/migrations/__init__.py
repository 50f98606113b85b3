"""The history of the state's tables (https://alembic.sqlalchemy.org)."""

from typing import Final

__all__ = ["HEAD", "VERSION_TABLE"]

HEAD: Final = "0004"
"""The newest revision; a state that has it needs no migration, and alembic is not even imported."""

VERSION_TABLE: Final = "bartack_version"
