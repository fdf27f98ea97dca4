"""Say where something stands."""

from __future__ import annotations

from msgspec import Struct


class Location(Struct, frozen=True, order=True):
    """A line of a file: `file` relative to the scan root, `line` 1-based."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
