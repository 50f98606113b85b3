"""Engines whose logs and errors hold no value: neither what is bound to a statement, nor the rows that come back."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL

__all__ = ["discreet_engine"]


def discreet_engine(url: str | URL, **options: Any) -> Engine:
    """Return an engine made by SQLAlchemy's ``create_engine``, with a logger of its own that is told no rows.

    Statements are logged (INFO) as ever; SQLAlchemy would log each row beside them (DEBUG).
    """
    engine = create_engine(url, hide_parameters=True, logging_name="bartack", **options)
    logger = engine.logger
    if isinstance(logger, logging.Logger):  # its own by its name, sqlalchemy.engine.Engine.bartack
        logger.addFilter(_is_no_row)
    return engine


def _is_no_row(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
