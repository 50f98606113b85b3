"""How a native row is kept: as text that gives the equal row back, encrypted, or not at all.

The text is ASCII JSON with tags (:mod:`bartack.typed_json`). An encrypted row is ``fernet:`` and a Fernet token
(https://github.com/fernet/spec). Rows that were kept under an earlier policy are read all the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from bartack.errors import ConfigError, StoreError
from bartack.typed_json import tagged, untagged

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

    from bartack.policies import Keep

__all__ = ["ENCRYPTED", "Payloads"]

ENCRYPTED = "fernet:"
"""An encrypted payload begins with this."""

_NEW_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


@dataclass(frozen=True, slots=True)
class Payloads:
    """Packs native rows by policy, and unpacks what was packed. ``drop`` keeps nothing; the key encrypts where there is one.

    Made by :meth:`for_policy`. Safe to use from several threads.
    """

    _keep: bool
    _encrypt: bool
    _cipher: Fernet | None

    @classmethod
    def for_policy(cls, keep: Keep, key: str | None) -> Self:
        """Return what keeps payloads as ``keep.payload`` says; ``key`` also reads rows that were encrypted earlier.

        Raises
        ------
        ConfigError
            the policy is ``encrypt`` and there is no key, no readable key, or no package cryptography.
        """
        encrypt = keep.payload == "encrypt"
        if encrypt and not key:
            raise ConfigError(
                'payload = "encrypt" needs a key',
                where="[store]",
                next_step=f'set key = {{ env = "NAME" }}; {_NEW_KEY}',
            )
        return cls(keep.payload != "drop", encrypt, _cipher(key) if key else None)

    def pack(self, row: Any) -> str | None:
        """Return the text a row is kept as; ``None`` where the policy keeps none.

        Raises
        ------
        TypeError
            the row holds what no row can hold (see :data:`bartack.transports.base.Row`).
        """
        if not self._keep:
            return None
        text = json.dumps(tagged(row), separators=(",", ":"), allow_nan=False)
        if not self._encrypt or self._cipher is None:
            return text
        return ENCRYPTED + self._cipher.encrypt(text.encode()).decode()

    def repack(self, text: str | None) -> str | None:
        """Return what was packed by any policy as this one packs it.

        Raises
        ------
        StoreError
            it is encrypted with another key, or damaged.
        """
        return None if text is None else self.pack(self.unpack(text))

    def unpack(self, text: str) -> Any:
        """Return the row that was packed as ``text``.

        Raises
        ------
        StoreError
            it is encrypted with another key, or damaged.
        """
        if text.startswith(ENCRYPTED):
            text = self._decrypted(text.removeprefix(ENCRYPTED))
        damaged = StoreError(
            "a stored payload is damaged", next_step="restore the store, or sync the source again in full"
        )
        try:
            return untagged(json.loads(text))
        except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
            pass
        raise damaged  # out here, so that no part of the payload is its context

    def _decrypted(self, token: str) -> str:
        if self._cipher is None:
            raise StoreError(
                "a stored payload is encrypted, and there is no key", next_step="set key in [store] to the key it had"
            )
        from cryptography.fernet import InvalidToken

        try:
            return self._cipher.decrypt(token.encode()).decode()
        except (InvalidToken, ValueError):
            raise StoreError(
                "a stored payload cannot be decrypted: it is damaged, or was encrypted with another key",
                next_step="set key in [store] to the key it had; without it, sync the source again in full",
            ) from None


def _cipher(key: str) -> Fernet:
    try:
        from cryptography.fernet import Fernet
    except ImportError:
        raise ConfigError(
            "encrypting payloads needs the package cryptography", next_step='pip install "bartack[encrypt]"'
        ) from None
    try:
        return Fernet(key)
    except ValueError:
        raise ConfigError(
            "the key is no Fernet key (32 bytes, as 44 characters of base64)",
            where="[store]",
            next_step=f"make one: {_NEW_KEY}",
        ) from None
