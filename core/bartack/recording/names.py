"""Which names announce a secret: headers, query parameters, fields of bodies, elements of envelopes; what takes its place."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "PLACEHOLDER",
    "is_secret_branch",
    "is_secret_element",
    "is_secret_field",
    "is_secret_header",
    "is_secret_parameter",
]

PLACEHOLDER = "scrubbed"

# Names are compared in lower case without separators: client_secret, Client-Secret and clientSecret are one.
_FIELD_NAMES = """
accesskey apikey appkey appsecret assertion authenticitytoken authorization authtoken bearertoken clientassertion
codeverifier cookie credential credentials csrf csrfmiddlewaretoken csrftoken devicecode hapikey hmac jsessionid jwt
otp pass passcode passphrase passwd password passwordconfirm passwordconfirmation passwordhash phpsessid privatekey
proxyauthorization pwd refreshtoken samlrequest samlresponse secret secretkey sessid session sessionid sessionkey
sessionname setcookie sharedsecret signingkey token userpassword xapikey xcsrftoken
"""
_FIELDS = frozenset(_FIELD_NAMES.split())
# "token" is no ending: a page token or sync token leads to the next page and is no secret.
_ENDINGS = (
    "accesskey",
    "accesstoken",
    "accountkey",
    "apikey",
    "apitoken",
    "authtoken",
    "bearertoken",
    "csrftoken",
    "idtoken",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "refreshtoken",
    "secret",
    "secretkey",
    "securitytoken",
    "sessionid",
    "sessiontoken",
    "subscriptionkey",
    "webtoken",
    "xsrftoken",
)
_PARAMETERS = frozenset(
    ("sid", "sig", "signature", "xamzcredential", "xamzsignature", "xgoogcredential", "xgoogsignature")
)
_ELEMENTS = frozenset(
    ("binarysecuritytoken", "ciphervalue", "digestvalue", "nonce", "signaturevalue", "x509certificate")
)
# What stands below these is secret as a whole, or made anew for every request.
_ENVELOPES = frozenset(
    ("assertion", "encryptedassertion", "encrypteddata", "encryptedkey", "requestedsecuritytoken", "tokenpassport")
)
_HEADERS = re.compile(
    r"token|secret|passw|api-?key|subscription-key|access-key|(proxy-)?authori[sz]ation$|auth-key|session|cookie|signature"
    r"|csrf|xsrf|credential|^authentication-info$"
)
_HARMLESS_HEADERS = re.compile(r"^access-control-|^sec-")


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rpartition(":")[2].lower())


@lru_cache(maxsize=4096)
def is_secret_field(name: str) -> bool:
    """Tell whether a field of a JSON or form body, or an XML element or attribute, holds a secret."""
    folded = _folded(name)
    return folded in _FIELDS or folded.endswith(_ENDINGS)


@lru_cache(maxsize=1024)
def is_secret_parameter(name: str) -> bool:
    """Tell whether a parameter of a URL holds a secret."""
    return is_secret_field(name) or _folded(name) in _PARAMETERS


@lru_cache(maxsize=4096)
def is_secret_element(name: str) -> bool:
    """Tell whether the text of an XML element is secret (WS-Security and XML signatures included)."""
    return is_secret_field(name) or _folded(name) in _ELEMENTS


@lru_cache(maxsize=4096)
def is_secret_branch(name: str) -> bool:
    """Tell whether everything below a JSON field or an XML element is secret.

    Below a plain ``session`` is as often the session of a conference: there the names of its own fields decide.
    """
    folded = _folded(name)
    return folded in _ENVELOPES or (is_secret_field(name) and folded not in ("session", "pass"))


@lru_cache(maxsize=1024)
def is_secret_header(name: str) -> bool:
    """Tell whether a header holds a secret. Headers hardly matter in a replay, so this leans to yes."""
    lowered = name.lower()
    return bool(_HEADERS.search(lowered)) and not _HARMLESS_HEADERS.match(lowered)
