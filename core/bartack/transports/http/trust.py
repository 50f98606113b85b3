"""Whom a source trusts over TLS, and how it proves who it is itself."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from bartack.errors import ConfigError
from bartack.transports.http.deadline import Deadline, TLSContext

__all__ = ["Trust"]


@dataclass(frozen=True, slots=True)
class Trust:
    """Files in PEM form: ``authorities`` (a file or folder; the public ones where there is none), and a client certificate.

    ``key`` may be left out where the certificate's file holds it too.

    Raises
    ------
    ConfigError
        a file does not exist.
    """

    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        for name, path in (
            ("ca_bundle", self.authorities),
            ("client_cert", self.certificate),
            ("client_key", self.key),
        ):
            if path is not None and not path.exists():
                raise ConfigError(f"{name} {path.name!r} does not exist", next_step="check the path")
        if self.key is not None and self.certificate is None:
            raise ConfigError("client_key is set, and client_cert is not", next_step="set both")

    def context(self, deadline: Deadline) -> TLSContext:
        """Return what TLS connections are made with.

        Raises
        ------
        ConfigError
            a file cannot be used.
        """
        context = TLSContext.until(deadline)
        self._load_authorities(context)
        if self.certificate is not None:
            self._load_certificate(context, self.certificate)
        return context

    def _load_authorities(self, context: ssl.SSLContext) -> None:
        from requests.utils import DEFAULT_CA_BUNDLE_PATH  # the public authorities

        path = self.authorities or Path(DEFAULT_CA_BUNDLE_PATH)
        try:
            context.load_verify_locations(**{"capath" if path.is_dir() else "cafile": str(path)})
        except (ssl.SSLError, OSError):
            pass
        else:
            return
        raise ConfigError(
            f"ca_bundle {path.name!r} cannot be read", next_step="check that it holds certificates in PEM form"
        )

    def _load_certificate(self, context: ssl.SSLContext, certificate: Path) -> None:
        try:
            context.load_cert_chain(certificate, self.key, password=lambda: "")  # without it, OpenSSL asks the terminal
        except (ssl.SSLError, OSError, ValueError):
            pass
        else:
            return
        raise ConfigError(
            f"the client certificate {certificate.name!r} and its key cannot be used",
            next_step="check that both are in PEM form, belong together, and that the key has no password",
        )
