"""What the exceptions of the HTTP libraries mean, in Bartack's errors; imported with ``requests``, so only by the wire."""

from __future__ import annotations

import http.client
import ssl
from typing import Final

import requests
import urllib3

from bartack.errors import AccessError, BartackError, ConfigError, SourceUnavailableError, WireError
from bartack.recording.faults import causes_of

__all__ = ["FOREIGN", "meaning"]

FOREIGN: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""All that the HTTP libraries raise: some of it are bare ``ValueError`` and ``OSError``."""

_DAMAGED = ("BAD_RECORD_MAC", "DECRYPTION_FAILED", "BAD_DECRYPT")
_CLIENT_CERTIFICATE = (
    "CERTIFICATE_REQUIRED",
    "HANDSHAKE_FAILURE",
    "UNKNOWN_CA",
    "BAD_CERTIFICATE",
    "CERTIFICATE_UNKNOWN",
)


def meaning(error: BaseException, timeout: float) -> BartackError:
    """Return what an exception means, with none of its own text, which may hold addresses and tokens."""
    causes = causes_of(error)

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) and not has(ssl.SSLCertVerificationError):
        return SourceUnavailableError(f"no answer within {timeout:g} seconds")
    if has(requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError):
        return _tls(causes)
    if has(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        return _proxy(causes)
    if has(http.client.RemoteDisconnected, ConnectionError):
        return SourceUnavailableError("the connection was closed before the whole answer came")
    if has(http.client.IncompleteRead, urllib3.exceptions.IncompleteRead):
        return WireError("the answer is cut off")
    if has(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, urllib3.exceptions.LocationValueError):
        return ConfigError("the address cannot be used", next_step="check base_url, path and proxy")
    return WireError("what came is not a well-formed HTTP answer")


def _tls(causes: list[BaseException]) -> BartackError:
    if any(isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError) for cause in causes):
        return SourceUnavailableError(
            "the connection was closed within TLS",
            next_step="try again; if it stays so, the source may ask for a client certificate: set client_cert",
        )
    said = " ".join(str(getattr(cause, "reason", "")) for cause in causes if isinstance(cause, ssl.SSLError)).upper()
    if any(word in said for word in _DAMAGED):
        return WireError("the answer was damaged on its way")
    if any(word in said for word in _CLIENT_CERTIFICATE):
        return ConfigError(
            "the source does not accept our TLS connection; it may ask for a client certificate",
            next_step="set client_cert and client_key to the files of a certificate that it knows",
        )
    reasons = (getattr(cause, "verify_message", None) for cause in causes)
    reason = next((str(reason) for reason in reasons if reason), "certificate or protocol do not fit")
    return ConfigError(
        f"no trusted TLS connection: {reason}",
        next_step="set ca_bundle to the file of your own certificate authority, or have the certificate renewed",
    )


def _proxy(causes: list[BaseException]) -> BartackError:
    if any("Tunnel connection failed: 407" in str(cause) for cause in causes):
        return AccessError("the proxy wants a user and password", next_step="write them into the setting proxy")
    return SourceUnavailableError("the proxy does not let the request through", next_step="check proxy")
