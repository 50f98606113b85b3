"""A connector: the settings of one kind of system, and the streams it offers."""

from __future__ import annotations

import inspect
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

from bartack.errors import ConfigError
from bartack.resilience.quota import Quota
from bartack.settings import Settings
from bartack.transports.base import Runtime, Session, Stream

__all__ = ["Connector"]


class Connector:
    """Base of connectors; a subclass declares, and overrides at most :meth:`streams_of` and :meth:`open`.

    ``settings`` is the class of the source's settings, ``auth`` how requests are signed (see
    :mod:`bartack.transports.http.auth`), ``quota`` how much the source allows and how it says what is left,
    ``streams`` what can be read. The subclass' docstring names the system, its version and the address of its documentation.
    """

    name: ClassVar[str]
    settings: ClassVar[type[Settings]] = Settings
    auth: ClassVar[Any] = None
    quota: ClassVar[Quota | None] = None
    streams: ClassVar[tuple[Stream, ...]] = ()

    def __init__(self, options: Any) -> None:
        self.options = options

    def streams_of(self) -> tuple[Stream, ...]:
        """Return the streams of this source: as declared, unless the configuration declares them."""
        return type(self).streams

    def open(self, runtime: Runtime) -> Session:
        """Open a session with the source: HTTP, unless the connector says otherwise.

        Raises
        ------
        BartackError
            the source cannot be reached or refuses the credentials.
        """
        from bartack.transports.http import HttpSession

        return HttpSession(self.options, self.auth, runtime)

    def mapping_text(self, name: str, runtime: Runtime) -> tuple[str, str]:
        """Return a mapping's YAML text and its file name: from beside the connector, else from the configuration's folder.

        Raises
        ------
        ConfigError
            there is no such file.
        """
        package = inspect.getmodule(type(self))
        anchor = (package.__package__ or package.__name__) if package is not None else ""
        if anchor and anchor != "__main__":
            folder = resources.files(anchor)
            for place in (folder / "mappings" / name, folder / name):
                if place.is_file():
                    return place.read_text(encoding="utf-8"), name
        beside = (
            Path(inspect.getfile(type(self))).parent / name
            if package is not None and package.__name__ != "bartack"
            else None
        )
        for path in (Path(runtime.base_dir) / name, beside):
            if path is not None and path.is_file():
                return path.read_text(encoding="utf-8"), str(path)
        raise ConfigError(
            f"there is no mapping file {name!r}",
            where=self.name,
            next_step=f"put {name} beside the connector (mappings/{name}) or beside bartack.toml",
        )
