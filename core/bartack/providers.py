"""Where secrets come from besides the environment and files: the system's keyring, HashiCorp Vault, and plugins.

A provider is a function ``(name, environ) -> text``. It is asked at the moment of use, reads its own settings from
``environ``, and raises a ``BartackError`` that holds nothing of the secret. Plugins add theirs with the hook
``bartack_register_secrets``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bartack.errors import AccessError, BartackError, ConfigError, SourceUnavailableError

__all__ = ["BUILTIN", "Provider", "builtin", "from_keyring", "from_vault", "resolved"]

Provider = Callable[[str, Mapping[str, str]], str]

BUILTIN: Mapping[str, str] = MappingProxyType(
    {"keyring": "bartack.providers:from_keyring", "vault": "bartack.providers:from_vault"}
)
"""The providers everybody has, by name; the packages behind them are extras."""

_TIMEOUT = 10.0


def builtin(name: str) -> Provider:
    """Return the provider of that name.

    Raises
    ------
    ConfigError
        there is none; those of plugins are known to a hub only.
    """
    if name not in BUILTIN:
        raise ConfigError(f"no secret provider named {name!r}", next_step=f"env, file, {', '.join(BUILTIN)}")
    return resolved(BUILTIN[name])


def resolved(provider: Provider | str) -> Provider:
    """Return the function that ``"module:function"`` names; imported now."""
    if not isinstance(provider, str):
        return provider
    module, _, name = provider.partition(":")
    found: Provider = getattr(importlib.import_module(module), name)
    return found


def from_keyring(name: str, environ: Mapping[str, str]) -> str:  # noqa: ARG001 - the keyring needs no settings
    """Read ``"service/user"`` from the system's keyring (https://keyring.readthedocs.io).

    Raises
    ------
    ConfigError
        no package keyring, no keyring on this machine, a locked one, or no such entry.
    """
    service, slash, user = name.rpartition("/")
    if not slash or not service or not user:
        raise ConfigError(f"{name!r} names no entry of the keyring", next_step='write { keyring = "service/user" }')
    try:
        import keyring
        from keyring.errors import KeyringError, KeyringLocked, NoKeyringError
    except ImportError:
        raise _missing("the keyring", "keyring") from None
    try:
        found = keyring.get_password(service, user)
    except NoKeyringError:
        raise ConfigError(
            "this machine has no keyring", next_step="use { env = … } or { file = … }, or install a keyring backend"
        ) from None
    except KeyringLocked:
        raise ConfigError("the keyring is locked", next_step="unlock it, as by logging in to the desktop") from None
    except KeyringError as error:
        raise ConfigError(
            f"the keyring cannot be read: {type(error).__name__}", next_step=f"try: keyring get {service} {user}"
        ) from None
    if not found:
        raise ConfigError(f"the keyring has no entry {name!r}", next_step=f"keyring set {service} {user}")
    return found


def from_vault(name: str, environ: Mapping[str, str]) -> str:
    """Read ``"mount/path#field"`` from HashiCorp Vault or OpenBao (KV version 2).

    ``VAULT_ADDR`` says where it is; ``VAULT_TOKEN``, else the file ``VAULT_TOKEN_FILE``, else ``~/.vault-token``, who is
    asking; ``VAULT_NAMESPACE`` and ``VAULT_CACERT`` (file) as for the ``vault`` command. No redirect is followed, and
    nothing else is taken from the environment.
    https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version

    Raises
    ------
    ConfigError
        no package hvac, no address or token, or no such entry or field.
    AccessError
        the token is refused.
    SourceUnavailableError
        Vault is not reached, or is sealed.
    """
    path, _, field = name.partition("#")
    mount, _, path = path.partition("/")
    if not mount or not path or not field:
        raise ConfigError(f"{name!r} names no entry of Vault", next_step='write { vault = "mount/path#field" }')
    data = _vault_entry(mount, path, environ)
    value = data.get(field) if isinstance(data, dict) else None
    if not isinstance(value, str) or not value:
        raise ConfigError(
            f"the entry {mount}/{path} of Vault has no text named {field!r}",
            next_step=f"vault kv put -mount={mount} {path} {field}=…",
        )
    return value


def _vault_entry(mount: str, path: str, environ: Mapping[str, str]) -> Any:
    try:
        import hvac
        import requests
    except ImportError:
        raise _missing("Vault", "vault") from None
    address = environ.get("VAULT_ADDR")
    if not address:
        raise ConfigError("the environment variable VAULT_ADDR is not set", next_step="export VAULT_ADDR=https://…")
    failure: BartackError
    try:
        with requests.Session() as session:
            session.trust_env = False
            client = hvac.Client(
                url=address,
                token=_vault_token(environ),
                namespace=environ.get("VAULT_NAMESPACE"),
                verify=environ.get("VAULT_CACERT") or True,
                timeout=_TIMEOUT,
                allow_redirects=False,
                session=session,
            )
            found = client.secrets.kv.v2.read_secret_version(path, mount_point=mount, raise_on_deleted_version=True)
            return found["data"]["data"]
    except hvac.exceptions.InvalidPath:
        failure = ConfigError(
            f"Vault has no entry {mount}/{path}", next_step=f"vault kv get -mount={mount} {path} shows what there is"
        )
    except (hvac.exceptions.Forbidden, hvac.exceptions.Unauthorized):
        failure = AccessError(
            f"Vault does not let us read {mount}/{path}", next_step="check VAULT_TOKEN and the policies it has"
        )
    except hvac.exceptions.VaultDown:
        failure = SourceUnavailableError("Vault is sealed or on standby", next_step="have it unsealed")
    except (hvac.exceptions.VaultError, KeyError, TypeError, ValueError) as error:
        failure = ConfigError(
            f"Vault gives no entry of KV version 2 at {mount}/{path} ({type(error).__name__})",
            next_step="check VAULT_ADDR, the mount and its version",
        )
    except (requests.RequestException, OSError) as error:
        failure = SourceUnavailableError(
            f"Vault is not reached ({type(error).__name__})", next_step="check VAULT_ADDR and the network"
        )
    raise failure  # out here, so that a request with the token in its headers is not the context


def _vault_token(environ: Mapping[str, str]) -> str:
    token = environ.get("VAULT_TOKEN")
    if token:
        return token
    file = Path(environ.get("VAULT_TOKEN_FILE") or Path(environ.get("HOME") or Path.home(), ".vault-token"))
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            f"VAULT_TOKEN is not set, and {file} cannot be read", next_step="vault login, or export VAULT_TOKEN=…"
        ) from None


def _missing(what: str, extra: str) -> ConfigError:
    return ConfigError(
        f"secrets from {what} need a package that is not installed", next_step=f'pip install "bartack[{extra}]"'
    )
