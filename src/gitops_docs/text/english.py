"""Write numbers with their nouns, and lists of names, as English."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `0 layers`, `1 layer`, `1,024 layers`."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of one of our nouns, or of a kind: `directories`, `NetworkPolicies`,
    `Ingresses`."""
    if noun.endswith("y") and noun[-2:-1] not in ("a", "e", "o", ""):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def listing(items: Sequence[str], limit: int = 4) -> str:
    """Join names for a sentence: `a, b and c`; of more than `limit` names `a, b, c, d and 3 more`."""
    if len(items) > limit:
        return f"{', '.join(items[:limit])} and {len(items) - limit} more"
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def unique(items: Iterable[T]) -> list[T]:
    """Return the items in their order, each once."""
    return list(dict.fromkeys(items))


def listed(names: Iterable[str], most: int = 5) -> str:
    """Join names for a sentence: `a, b and 3 more`; a single name beyond `most` is written out, and
    no names give `nothing`."""
    shown = list(names)
    rest = len(shown) - most
    if rest > 1:
        return f"{', '.join(shown[:most])} and {rest} more"
    return (
        shown[0]
        if len(shown) == 1
        else f"{', '.join(shown[:-1])} and {shown[-1]}"
        if shown
        else "nothing"
    )
