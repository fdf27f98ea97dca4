"""Suggest the known name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to `name`, other than `name` itself; None where none
    has a similarity of 0.75 (`difflib.get_close_matches`)."""
    matches = get_close_matches(name, sorted(set(known) - {name}), n=1, cutoff=0.75)
    return matches[0] if matches else None
