"""What a document says its own words mean; addresses in it are never fetched."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

STANDARD: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
KNOWN: Final = frozenset(
    {
        STANDARD,
        "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld",
        "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "https://gs1.github.io/EPCIS/epcis-context.jsonld",
    }
)
"""Addresses of the vocabulary of the standard."""


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Prefixes and the addresses they stand for."""

    addresses: Mapping[str, str]

    @classmethod
    def read(cls, context: Any) -> "Namespaces":
        """Read them from the context of a document."""
        found: dict[str, str] = {}
        for part in context if isinstance(context, list | tuple) else [context]:
            if isinstance(part, Mapping):
                for name, meaning in part.items():
                    address = meaning.get("@id") if isinstance(meaning, Mapping) else meaning
                    if isinstance(address, str) and not name.startswith("@"):
                        found[name] = address
        return cls(found)

    def expand(self, text: str) -> str:
        """Return text with a known prefix replaced by its address."""
        prefix, colon, rest = text.partition(":")
        return self.addresses[prefix] + rest if colon and prefix in self.addresses else text

    def expand_key(self, text: str) -> str:
        """Return a key with the address of its prefix in braces."""
        prefix, colon, rest = text.partition(":")
        known = colon and prefix in self.addresses
        return f"{{{self.addresses[prefix]}}}{rest}" if known else text


def own_parts(context: Any) -> list[Any]:
    """Return what a context holds besides the vocabulary of the standard."""
    parts = context if isinstance(context, list) else [context]
    return [
        part
        for part in parts
        if part is not None and not (isinstance(part, str) and part in KNOWN)
    ]


def joined(parts: list[Any]) -> list[Any]:
    """Return a context of the standard with further parts, each once."""
    kept: list[Any] = [STANDARD]
    for part in parts:
        if part not in kept:
            kept.append(part)
    return kept
