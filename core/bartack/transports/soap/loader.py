"""Where the documents of a WSDL come from: one folder or one host, a catalog for the rest, and never ``file://``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree

from bartack.errors import (
    AccessError,
    ConfigError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)
from bartack.transports.base import Body, utcnow
from bartack.transports.soap.envelope import read_xml

__all__ = ["Catalog", "Loader"]

_XSD = "http://www.w3.org/2001/XMLSchema"
_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"

_WELL_KNOWN = {
    "schemas.xmlsoap.org/soap/encoding": "soap-enc.xsd",
    "www.w3.org/2005/05/xmlmime": "xmlmime.xsd",
    "www.w3.org/2001/xml.xsd": "xml.xsd",
    "www.w3.org/2009/01/xml.xsd": "xml.xsd",
    "www.w3.org/2005/08/addressing/ws-addr.xsd": "ws-addr.xsd",
    "www.w3.org/2005/08/addressing": "ws-addr.xsd",
    "www.w3.org/2006/03/addressing/ws-addr.xsd": "ws-addr.xsd",
    "schemas.xmlsoap.org/ws/2004/08/addressing": "addressing-2004-08.xsd",
    "www.w3.org/2004/08/xop/include": "xop-include.xsd",
    "www.w3.org/2003/05/soap-envelope": "soap12-envelope.xsd",
    "www.w3.org/2003/05/soap-encoding": "soap12-encoding.xsd",
    "www.w3.org/TR/xmldsig-core/xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
    "www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
    "www.w3.org/2000/09/xmldsig": "xmldsig-core-schema.xsd",
}
"""File names under which a catalog folder holds the schemas that half of all WSDLs import. Their texts belong to the
W3C, OASIS and others and are not shipped: the user saves them once."""


class Catalog:
    """Local copies of documents that a WSDL imports from elsewhere: a folder, or addresses with their files.

    In a folder the well-known schemas go by the names above, any other by the last step of its address.
    """

    def __init__(self, entries: str | Mapping[str, str] | None, base_dir: str) -> None:
        self._base = Path(base_dir)
        self._folder = self._base / entries if isinstance(entries, str) else None
        self._files = {_plain(url): path for url, path in entries.items()} if isinstance(entries, Mapping) else {}
        if self._folder is not None and not self._folder.is_dir():
            raise ConfigError(f"the catalog {self._folder} is no folder", next_step="correct the setting catalog")

    def find(self, location: str) -> Path | None:
        """Return the local file for an address (``http`` and ``https`` alike) or file name, or None."""
        named = self._files.get(_plain(location)) or self._files.get(location.rpartition("/")[2])
        if named is not None:
            return self._base / named
        if self._folder is None:
            return None
        path = self._folder / self.name_for(location)
        return path if path.is_file() else None

    @staticmethod
    def name_for(location: str) -> str:
        """Return the file name under which a catalog folder would hold ``location``."""
        plain = _plain(location)
        return _WELL_KNOWN.get(plain) or plain.rpartition("/")[2].replace("..", "") or "schema.xsd"


class Loader:
    """What zeep knows as a transport: hands out documents by location, checked, or says why not.

    ``fetch`` gets a document over HTTP, ``allows`` tells whether it may. ``operations`` collects the names that the
    documents declare in their port types, to compare with what zeep makes of them.
    """

    def __init__(
        self, root: str, fetch: Callable[[str], Body], allows: Callable[[str], bool], catalog: Catalog, base_dir: str
    ) -> None:
        self._root = root
        self._fetch = fetch
        self._allows = allows
        self._catalog = catalog
        self._folders = (Path(base_dir).resolve(), Path(root).resolve().parent)
        self._digests: set[str] = set()
        self.operations: set[str] = set()

    def load(self, location: str) -> bytes:
        """Return a document's text.

        Raises
        ------
        ConfigError
            the document is missing, foreign, forbidden, or not XML; the next step says how to provide it.
        """
        try:
            body = self._read(location)
            root = read_xml(body, utcnow())
        except (AccessError, SourceUnavailableError) as error:
            raise error.at(f"WSDL {location}") from None
        except (SourceChangedError, SourceRefusedError, WireError) as error:
            raise ConfigError(
                f"the document {location} of the WSDL cannot be used: {error.message}",
                next_step="provide a corrected copy: " + self._provide(location),
                retryable=error.retryable and urlsplit(location).scheme in {"http", "https"},  # cut on the way, perhaps
            ) from None
        for defect in _defects(root):
            raise ConfigError(
                f"the document {location} of the WSDL is incomplete: {defect}", next_step="correct it in a local copy"
            )
        self._digests.add(_digest(root))
        self.operations.update(
            operation.get("name", "") for operation in root.iterfind(f".//{_WSDL}portType/{_WSDL}operation")
        )
        return _without_meta_schema(root, body.content)

    @property
    def digest(self) -> str:
        """``sha256:…`` over what all documents say: not over their addresses, comments or the order of attributes."""
        return f"sha256:{hashlib.sha256(''.join(sorted(self._digests)).encode()).hexdigest()}"

    def _read(self, location: str) -> Body:
        path = self._catalog.find(location) if location != self._root else None
        scheme = urlsplit(location).scheme
        if path is None and scheme in {"http", "https"}:
            if location != self._root and not self._allows(location):
                raise ConfigError(
                    f"the WSDL imports {location}, from neither its own host nor one of the setting hosts",
                    next_step=self._provide(location),
                )
            return self._fetch(location)
        if path is None:
            if scheme or urlsplit(self._root).scheme:
                raise ConfigError(
                    f"the WSDL imports {location}, which is no address to fetch from", next_step=self._provide(location)
                )
            path = Path(location).resolve()
            if not any(path.is_relative_to(folder) for folder in self._folders):
                raise ConfigError(
                    f"the WSDL imports {location}, outside of its own folder", next_step=self._provide(location)
                )
        try:
            return Body(path.read_bytes())
        except OSError as error:
            raise ConfigError(
                f"the WSDL needs {path}, which cannot be read: {error.strerror}", next_step=self._provide(location)
            ) from None

    def _provide(self, location: str) -> str:
        if location == self._root:
            return "set wsdl to another file or address"
        return (
            f'save that document as {self._catalog.name_for(location)} in a folder and set catalog = "<folder>", '
            f'or name its file: catalog = {{ "{_short(location)}" = "<file>" }}'
        )


def _digest(root: etree._Element) -> str:
    try:
        text = etree.tostring(root, method="c14n", with_comments=False)
    except etree.C14NError:  # namespaces that are no absolute addresses have no canonical form
        text = etree.tostring(root)
    return hashlib.sha256(text).hexdigest()


def _defects(root: etree._Element) -> Iterator[str]:
    """Name the references without which zeep stumbles and cannot say over what."""
    for element, attribute in (("port", "binding"), ("binding", "type"), ("operation", "name")):
        for node in root.iter(f"{_WSDL}{element}"):
            if not node.get(attribute):
                yield f"line {node.sourceline}: the {element} {node.get('name') or ''} names no {attribute}"


def _plain(location: str) -> str:
    parts = urlsplit(location)
    if parts.scheme not in {"http", "https"}:
        return unquote(location)
    return f"{parts.netloc}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")


def _short(location: str) -> str:
    return location if urlsplit(location).scheme else location.rpartition("/")[2]


def _without_meta_schema(root: etree._Element, content: bytes) -> bytes:
    """Take out imports of XML Schema's own schema: Mono's WCF points them at an HTML page, and nobody needs them."""
    imports = [node for node in root.iter(f"{{{_XSD}}}import") if node.get("namespace") == _XSD]
    if not imports:
        return content
    for node in imports:
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
    return etree.tostring(root)
