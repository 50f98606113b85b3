"""Takes secrets out of running text: parameters of URLs, header lines, credentials behind their scheme, well-known shapes."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from bartack.recording.names import PLACEHOLDER, is_secret_header, is_secret_parameter

__all__ = ["SHAPES", "scrub_credentials", "scrub_prose"]

_SCHEMES = "apikey|aws4-hmac-sha256|basic|bearer|digest|hawk|negotiate|ntlm|oauth|session|ssws|token|zoho-oauthtoken"
_CREDENTIALS = re.compile(rf"^({_SCHEMES})\s+.+$", re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(r"([?&;#]|\\u0026|&amp;)([\w.\-\[\]%]{2,64})=([^&\s\"'<>\\#;]+)")
_HEADER_LINE = re.compile(r"^([A-Za-z][\w-]{2,64}):[ \t]*([^\r\n]+)", re.MULTILINE)
_USER_INFO = re.compile(r"(?<=://)[^/?#\s@\"'<>\\]+@")

SHAPES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("web token", "eyJ", re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){2,4}")),
    (
        "private key",
        "PRIVATE KEY-----",
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    ),
    ("Salesforce session", "!", re.compile(r"\b00D\w{12,15}![\w.]{20,}")),
    ("HubSpot token", "pat-", re.compile(r"\bpat-[a-z]{2,3}\d-[0-9a-f-]{20,}")),
    ("Slack token", "xox", re.compile(r"\bxox[abeoprs]-[\w-]{10,}")),
    ("GitHub token", "gh", re.compile(r"\bgh[oprsu]_\w{30,}")),
    ("Stripe key", "k_", re.compile(r"\b[rs]k_(?:live|test)_\w{10,}")),
    ("Google key", "AIza", re.compile(r"\bAIza[\w-]{35}")),
    ("AWS key id", "AKIA", re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    ("bearer token", "Bearer ", re.compile(r"(?<=\bBearer )(?=[\w.~+/-]*\d)[\w.~+/-]{16,}=*")),
    ("basic credentials", "Basic ", re.compile(r"(?<=\bBasic )[A-Za-z0-9+/]{12,}={1,2}")),
)
"""Name, a piece without which there is none, and looks of secrets that are known by their looks."""


def scrub_prose(text: str) -> str:
    """Return text without the secrets that its names and looks give away."""
    if "=" in text:
        text = _PARAMETER.sub(_scrub_parameter, text)
    if ":" in text:
        text = _HEADER_LINE.sub(_scrub_header_line, text)
    if "://" in text and "@" in text:
        text = _USER_INFO.sub(f"{PLACEHOLDER}@", text)
    for _, needle, shape in SHAPES:
        if needle in text:
            text = shape.sub(PLACEHOLDER, text)
    return text


def scrub_credentials(value: str) -> str:
    """Return the value of a header of authorization with nothing left but its scheme."""
    scheme = _CREDENTIALS.match(value)
    return f"{scheme[1]} {PLACEHOLDER}" if scheme else PLACEHOLDER


def _scrub_parameter(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}={PLACEHOLDER}" if is_secret_parameter(unquote_plus(found[2])) else found[0]


def _scrub_header_line(found: re.Match[str]) -> str:
    name = found[1].lower()
    # "Session: Tuesday" is prose; a header of that kind has a hyphen or is one of these two.
    if is_secret_header(name) and ("-" in name or name in ("authorization", "cookie")):
        return f"{found[1]}: {scrub_credentials(found[2])}"
    return found[0]
