"""Strict readers of the wire: http, soap, sql. Each turns answers into :class:`~bartack.transports.base.Page`."""
