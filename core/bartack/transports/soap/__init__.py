"""SOAP sources: operations of a WSDL as streams of rows, text exactly as in the XML.

Importing this package loads neither zeep nor lxml; opening an answer or a WSDL does. zeep reads the WSDL and writes the
requests, the bytes travel through an :class:`~bartack.transports.http.HttpSession`, and answers are read here: zeep's
response types turn what they cannot read into None or False without a word.
"""

from bartack.transports.soap.paging import OffsetArguments, PageArguments, TokenArguments
from bartack.transports.soap.session import SoapSession
from bartack.transports.soap.settings import SoapSettings
from bartack.transports.soap.stream import OneCall, SoapStream

__all__ = [
    "OffsetArguments",
    "OneCall",
    "PageArguments",
    "SoapSession",
    "SoapSettings",
    "SoapStream",
    "TokenArguments",
]
