"""SQL sources: tables, views and selects, read only, as pages of native rows.

Importing this package loads neither SQLAlchemy nor a driver; opening a session does.
"""

from bartack.transports.sql.session import SqlSession
from bartack.transports.sql.settings import SqlSettings
from bartack.transports.sql.stream import SqlStream

__all__ = ["SqlSession", "SqlSettings", "SqlStream"]
