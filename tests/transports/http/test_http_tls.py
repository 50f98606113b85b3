"""Whom a source trusts, and how it shows who it is: against real TLS servers on the loopback address."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bartack.errors import BartackError, ConfigError, SourceUnavailableError
from bartack.testing.certificates import Authority
from bartack.transports.base import Runtime
from bartack.transports.http import HttpSession
from support.raw_server import Raw, raw_server

Connect = Callable[..., HttpSession]

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@contextmanager
def secured(context: ssl.SSLContext) -> Iterator[str]:
    """Answer ``{}`` to whoever completes a handshake; yield the address."""

    def script(raw: Raw, held: socket.socket) -> None:
        with context.wrap_socket(held, server_side=True, do_handshake_on_connect=False) as wrapped:
            try:
                wrapped.do_handshake()
            except ssl.SSLError:
                raw.ending.wait(0.5)  # a connection that is closed with bytes unread takes its last words along
                raise
            raw.request(wrapped)
            wrapped.sendall(ANSWER)

    with raw_server(script) as raw:
        yield raw.url.replace("http:", "https:")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def bundle(authority: Authority, tmp_path: Path) -> str:
    (tmp_path / "own.pem").write_bytes(authority.pem)
    return str(tmp_path / "own.pem")


def test_an_authority_counts_only_where_it_is_configured(
    connect: Connect, authority: Authority, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secured(authority.context()) as url:
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, bundle)
        with pytest.raises(ConfigError, match=r"no trusted TLS connection: .*certificate") as caught:
            connect(base_url=url).request("GET", "/contacts")
        assert not caught.value.retryable
        assert connect(base_url=url, ca_bundle=bundle).request("GET", "/contacts").content == b"{}"
        assert connect(base_url=url, trust_env=True).request("GET", "/contacts").content == b"{}"


def test_paths_start_from_the_configurations_folder(connect: Connect, authority: Authority, bundle: str) -> None:
    runtime = Runtime(base_dir=str(Path(bundle).parent))
    with secured(authority.context()) as url:
        session = connect(None, runtime, base_url=url, ca_bundle=Path(bundle).name)
        assert session.request("GET", "/contacts").content == b"{}"


@pytest.mark.parametrize(("host", "days"), [("127.0.0.1", -1), ("crm.example.org", 1)], ids=["expired", "wrong host"])
def test_a_certificate_that_is_not_valid_here_is_refused(
    connect: Connect, authority: Authority, bundle: str, host: str, days: int
) -> None:
    with secured(authority.context(host=host, days=days)) as url:
        with pytest.raises(ConfigError, match="no trusted TLS connection") as caught:
            connect(base_url=url, ca_bundle=bundle).request("GET", "/contacts")
        assert not caught.value.retryable


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_of_tls_are_refused(connect: Connect, authority: Authority, bundle: str) -> None:
    old = authority.context()
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with secured(old) as url, pytest.raises(ConfigError) as caught:
        connect(base_url=url, ca_bundle=bundle).request("GET", "/contacts")
    assert not caught.value.retryable


def test_a_connection_that_closes_within_the_handshake_may_work_later(connect: Connect) -> None:
    def closes(raw: Raw, held: socket.socket) -> None:
        held.recv(10)

    with raw_server(closes) as raw, pytest.raises(SourceUnavailableError) as caught:
        connect(base_url=f"https://127.0.0.1:{raw.port}").request("GET", "/contacts")
    assert caught.value.retryable


def test_tls_is_not_believed_to_show_the_end_of_a_body(connect: Connect, authority: Authority, bundle: str) -> None:
    context = authority.context()

    def ragged(raw: Raw, held: socket.socket) -> None:
        wrapped = context.wrap_socket(held, server_side=True)
        raw.request(wrapped)
        wrapped.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"data": [')
        wrapped.detach()  # no close_notify
        held.close()

    with raw_server(ragged) as raw, pytest.raises(BartackError, match="neither its length nor its end"):
        connect(base_url=f"https://127.0.0.1:{raw.port}", ca_bundle=bundle).request("GET", "/contacts")


def test_a_proxy_over_tls_is_trusted_like_the_source(connect: Connect, authority: Authority, bundle: str) -> None:
    with secured(authority.context()) as url:
        given = {"base_url": "http://crm.example.org", "proxy": url}
        assert connect(ca_bundle=bundle, **given).request("GET", "/contacts").content == b"{}"
        with pytest.raises(ConfigError, match="no trusted TLS connection"):
            connect(**given).request("GET", "/contacts")


def test_a_source_over_tls_is_reached_through_a_proxys_tunnel(
    connect: Connect, authority: Authority, bundle: str
) -> None:
    context = authority.context(host="crm.example.org")

    def tunnel(raw: Raw, held: socket.socket) -> None:
        raw.request(held)
        held.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(held, server_side=True) as wrapped:
            raw.request(wrapped)
            wrapped.sendall(ANSWER)

    with raw_server(tunnel) as raw:
        proxy = raw.url.replace("http://", "http://zoe:hush-example@")
        session = connect(base_url="https://crm.example.org", proxy=proxy, ca_bundle=bundle)
        assert session.request("GET", "/contacts").content == b"{}"
        assert raw.requests[0].startswith(b"CONNECT crm.example.org:443 ")
        assert b"Proxy-Authorization: Basic" in raw.requests[0]
        assert b"proxy-authorization" not in raw.requests[1].lower()


# ---- client certificates --------------------------------------------------------------------------------------------


def test_a_client_certificate_lets_us_in(connect: Connect, authority: Authority, bundle: str, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "client")
    stranger, stranger_key = self_signed(tmp_path, "stranger")
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    context = authority.context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)

    def ask(**settings: Any) -> bytes:
        return connect(base_url=url, ca_bundle=bundle, **settings).request("GET", "/contacts").content

    with secured(context) as url:
        assert ask(client_cert=str(certificate), client_key=str(key)) == b"{}"
        assert ask(client_cert=str(both)) == b"{}"
        for settings in ({}, {"client_cert": str(stranger), "client_key": str(stranger_key)}):
            with pytest.raises(ConfigError, match="set client_cert and client_key") as caught:
                ask(**settings)
            assert not caught.value.retryable


def test_files_that_are_not_there_or_not_usable_are_said(connect: Connect, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "client")
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        serialization.load_pem_private_key(key.read_bytes(), None).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hush"),
        )
    )
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    for settings, told in (
        ({"ca_bundle": "own.pem"}, r"ca_bundle 'own\.pem' does not exist"),
        ({"client_cert": "own.pem"}, r"client_cert 'own\.pem' does not exist"),
        ({"client_key": str(key)}, "client_cert is not"),
        ({"ca_bundle": str(junk)}, r"ca_bundle 'junk\.pem' cannot be read"),
        ({"client_cert": str(certificate)}, "cannot be used"),
        ({"client_cert": str(junk), "client_key": str(key)}, "cannot be used"),
        ({"client_cert": str(certificate), "client_key": str(locked)}, "cannot be used"),
    ):
        with pytest.raises(ConfigError, match=told):
            connect(base_url="https://127.0.0.1:9", **settings).request("GET", "/contacts")


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{name}.example.org")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files
