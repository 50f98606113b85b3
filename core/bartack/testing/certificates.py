"""Certificates made while a test runs: by an authority of its own, for the right host or a wrong one, valid or not."""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bartack.errors import ConfigError

if TYPE_CHECKING:
    from cryptography import x509

__all__ = ["Authority"]

_DAY = timedelta(days=1)


class Authority:
    """A certificate authority. ``pem`` is its certificate, to be written into the file that ``ca_bundle`` names.

    Raises
    ------
    ConfigError
        the package ``cryptography`` is not installed.
    """

    def __init__(self) -> None:
        try:
            from cryptography.hazmat.primitives.serialization import Encoding
        except ImportError:
            raise ConfigError(
                "certificates are made with the package cryptography, which is not installed",
                next_step="pip install 'bartack[testing]'",
            ) from None
        self._key = _new_key()
        self._name = _name("Bartack test authority")
        self._certificate = self._signed(self._name, self._key, [], days=365)
        self.pem: bytes = self._certificate.public_bytes(Encoding.PEM)

    def context(self, *, host: str = "127.0.0.1", days: int = 1) -> ssl.SSLContext:
        """Return what serves TLS with a certificate for ``host`` that ends in so many days (before today, if negative)."""
        from cryptography.hazmat.primitives import serialization as forms

        key = _new_key()
        certificate = self._signed(_name(host), key, [host], days=days)
        chain = certificate.public_bytes(forms.Encoding.PEM)
        secret = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "server.pem")
            file.touch(mode=0o600)
            file.write_bytes(chain + secret)
            context.load_cert_chain(file)
        return context

    def _signed(self, name: x509.Name, key: Any, hosts: list[str], *, days: int) -> x509.Certificate:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        until = datetime.now(UTC) + days * _DAY
        signed = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(until - 2 * (abs(days) + 1) * _DAY)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
        )
        if hosts:
            signed = signed.add_extension(
                x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False
            )
        return signed.sign(self._key, hashes.SHA256())


def _new_key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _name(common: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _general(host: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
