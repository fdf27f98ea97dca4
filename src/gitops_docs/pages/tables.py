"""Tables: rows of cells with a caption, which the site's script lets a reader sort and filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

Cell = str | Markup


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page. `id` names it on its page and in the address (`?id=what+is+filtered`)."""

    id: str
    caption: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    empty: str = "None."
    """What is said where there are no rows."""


def lines(cells: Sequence[Cell]) -> Markup:
    """Several things in one cell, each on its own line."""
    return Markup("<br>").join(cells)
