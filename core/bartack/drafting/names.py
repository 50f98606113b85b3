"""Names: what a connector may be called, and what follows from it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass

from bartack import sdk
from bartack.errors import ConfigError
from bartack.transports.sql.drafts.columns import words

__all__ = ["Names", "free_name", "singular"]

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_OUR_PACKAGES = frozenset({"connectors", "contracts"})


@dataclass(frozen=True, slots=True)
class Names:
    """What a plugin and its parts are called, by the name of its connector.

    >>> names = Names.of("acme-crm", taken=())
    >>> names.distribution, names.package, names.classname, names.variable
    ('bartack-acme-crm', 'bartack_acme_crm', 'AcmeCrm', 'ACME_CRM')
    """

    connector: str

    @classmethod
    def of(cls, name: str, taken: Collection[str]) -> Names:
        """Check a name; ``taken`` are those of other connectors.

        Raises
        ------
        ConfigError
            it cannot be a connector's name, or is taken.
        """
        if not _NAME.fullmatch(name) or len(name) > 40:
            likely = "-".join(words(name))[:40].strip("-") or "acme"
            likely = likely if _NAME.fullmatch(likely) else "acme"
            raise ConfigError(
                f"{name[:60]!r} cannot be the name of a connector",
                next_step=f"use up to 40 small letters, digits and single dashes, like {likely!r}",
            )
        if name in taken or name in _OUR_PACKAGES:
            raise ConfigError(f"the name {name!r} is taken", next_step="choose another; bartack connectors lists them")
        return cls(name)

    @property
    def distribution(self) -> str:
        """Name of the distribution, and of its folder."""
        return f"bartack-{self.connector.replace('_', '-')}"

    @property
    def package(self) -> str:
        """Name of the import package."""
        return f"bartack_{self.connector.replace('-', '_')}"

    @property
    def classname(self) -> str:
        """Name of the connector's class; none of the names beside it."""
        plain = "".join(part.capitalize() for part in re.split(r"[_-]", self.connector))
        taken = keyword.iskeyword(plain) or plain in {*sdk.__all__, "Field"} or f"{plain}Settings" in sdk.__all__
        return f"{plain}Connector" if taken else plain

    @property
    def variable(self) -> str:
        """Beginning of the names of environment variables."""
        return re.sub(r"\W", "_", self.connector).upper()


def free_name(text: str, taken: Collection[str], otherwise: str) -> str:
    """Return a name for a stream, which is also the name of a file and of a folder: small, plain, and not taken.

    >>> free_name("Kunden / Adressen", {"kunden_adressen"}, "rows")
    'kunden_adressen_2'
    """
    base = "_".join(re.findall(r"[a-z0-9]+", "_".join(words_and_digits(text))))[:60].strip("_") or otherwise
    return next(free for free in (base, *(f"{base}_{at}" for at in range(2, 100_000))) if free not in taken)


def words_and_digits(name: str) -> list[str]:
    """Return the words and numbers of a name, in small letters."""
    import unicodedata

    apart = re.sub(r"([a-zà-ÿ0-9])([A-ZÀ-Þ])", r"\1 \2", name)
    spelled = apart.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    plain = "".join(char for char in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(char))
    return re.findall(r"[a-z]+|[0-9]+", plain)


def singular(noun: str) -> str:
    """Return a noun in the singular, as far as English endings tell.

    >>> [singular(one) for one in ("companies", "contacts", "addresses", "status", "person")]
    ['company', 'contact', 'address', 'status', 'person']
    """
    for end, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x")):
        if noun.endswith(end) and len(noun) > len(end) + 1:
            return noun.removesuffix(end) + instead
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "us", "is")) else noun
