"""Settings of a source that is a database."""

from __future__ import annotations

import codecs

from pydantic import ConfigDict, Field, field_validator

from bartack.settings import DatabaseUrl, Settings

__all__ = ["DatabaseUrl", "SqlSettings"]


class SqlSettings(Settings):
    """Where a database is, and how long it may take.

    ``url`` is an SQLAlchemy URL (``sqlite:///crm.db``, ``postgresql://reader:…@host/crm``). A relative SQLite path is
    resolved against the folder of the configuration.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    url: DatabaseUrl = Field(description='SQLAlchemy URL; with a password in it: { env = "NAME" }')
    connect_timeout: float = Field(10.0, gt=0, le=600, description="seconds to connect; on SQLite to wait for a lock")
    statement_timeout: float = Field(300.0, gt=0, le=86_400, description="seconds of one statement or fetch")
    encoding: str = Field(
        "utf-8",
        description="what text is read as that the database stores unchecked and that is not UTF-8, like cp1252",
    )

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError:
            msg = f"{value!r} is no encoding (like cp1252)"
            raise ValueError(msg) from None
