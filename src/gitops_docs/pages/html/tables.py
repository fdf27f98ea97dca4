"""Tables: rows of cells with a caption, which the site's script lets a reader sort and filter."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.model import Variable, VariableStatus
from gitops_docs.pages.html.draft import Draft

Cell = str | Markup


class Table(Struct, frozen=True):
    """A table of a page. `id` names it on its page and in the address (`?id=what+is+filtered`)."""

    id: str
    caption: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    empty: str = "None."
    """What is said where there are no rows."""


def mark(state: str) -> Markup:
    """A word that a reader must see beside a name, e.g. `suspended`."""
    return Markup('<span class="gitops-state gitops-state--{0}">{0}</span>').format(state)


def marked(name: Markup, *states: str) -> Markup:
    """A name with what is special about it."""
    return Markup(" ").join([name, *map(mark, states)])


def lines(cells: Sequence[Cell]) -> Markup:
    """Several things in one cell, each on its own line."""
    return Markup("<br>").join(cells)


def folded(cells: Sequence[Markup], most: int, noun: str = "more") -> Markup:
    """Several things in one cell, each on its own line, those beyond `most` behind a click."""
    if len(cells) <= most + 1:
        return lines(cells)
    rest = Markup('<details class="gitops-more"><summary>{} {}</summary>{}</details>').format(
        len(cells) - most, noun, lines(cells[most:])
    )
    return lines(cells[:most]) + rest


def value(page: Draft, variable: Variable) -> Markup:
    """What a variable is, in a cell: never a secret, and never nothing."""
    if variable.status is VariableStatus.SECRET:
        return Markup("<em>secret</em>")
    if variable.status is VariableStatus.UNDEFINED:
        return Markup("<strong>undefined</strong>")
    if variable.status is VariableStatus.EXTERNAL:
        return Markup("<em>not in this repository</em>")
    if variable.status is VariableStatus.ESCAPED:
        return Markup("<em>escaped: stays as it is written</em>")
    if variable.status is VariableStatus.DISABLED:
        return Markup("<em>not substituted</em>")
    if variable.value is None:
        return Markup("<em>unknown</em>")
    return page.code(variable.value) or Markup("<em>empty</em>")
