"""Write tables: rows of cells with a caption, which the site's script lets a reader sort and
filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.model import Variable, VariableStatus
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.markup import breakable, escaped, filled, joined, mark, safe
from gitops_docs.text.patterns import sub

Cell = str | Markup
FOLDED = 60
"""Most names in a fold."""


class Facet(Struct, frozen=True):
    """A link above a table: without a script it jumps to `href`, with one it shows the rows that
    have the tag `value`. Links of one `name` exclude each other, and stay in the address."""

    name: str
    value: str
    text: str
    number: int
    href: str


class Group(Struct, frozen=True):
    """A head row before the row `start`. The site's script folds the groups of a long table."""

    start: int
    title: str
    anchor: str


class Table(Struct, frozen=True):
    """A table of a page. `id` names it on its page and in the address (`?id=what+is+filtered`)."""

    id: str
    caption: str
    columns: tuple[Cell, ...]
    rows: Sequence[Sequence[Cell]]
    empty: str = "None."
    """The text if there are no rows."""
    look: str = ""
    """A table fits the page, and its head stays in sight. `matrix`: narrow cells in a frame that
    scrolls; `presence`: cells of one sign, heads that stand upright."""
    low: frozenset[int] = frozenset()
    """Columns that a phone does not show; the page of a row has their facts."""
    numeric: frozenset[int] = frozenset()
    """Columns of numbers."""
    notes: frozenset[int] = frozenset()
    """Columns with a sentence about the row. Where few rows have one, it stands below their names."""
    groups: tuple[Group, ...] = ()
    tags: tuple[str, ...] = ()
    """Of each row the values of facets that it has, separated by blanks."""
    facets: tuple[tuple[str, tuple[Facet, ...]], ...] = ()
    """Rows of facets, each with its label."""

    def body(self, page: Draft) -> Markup:
        """Return the rows. Made here: a template takes ten times as long for each cell."""
        groups = {group.start: group for group in self.groups}
        ends = ["</th>", *("</td>" for _ in self.columns[1:])]
        starts = ['<th scope="row">', *map(self._start, range(1, len(self.columns)))]
        parts: list[str] = []
        for index, row in enumerate(self.rows):
            group = groups.get(index)
            if group is not None:
                parts.append(
                    filled(
                        '<tr class="gitops-group" id="{}"><th scope="rowgroup" colspan="{}">{}</th></tr>\n',
                        page.anchor(group.anchor),
                        len(self.columns),
                        group.title,
                    )
                )
            tag = self.tags[index] if self.tags else ""
            parts.append(filled('<tr data-f="{}">', tag) if tag else "<tr>")
            for start, cell, end in zip(starts, row, ends, strict=True):
                parts += (start, escaped(cell), end)
            parts.append("</tr>\n")
        return safe(breakable("".join(parts)))

    def _start(self, column: int) -> str:
        names = self.classes(column)
        return f'<td class="{names}">' if names else "<td>"

    def fitted(self) -> Table:
        """Return the table without the columns that say nothing in any row, and without a column of
        notes that few rows have. A matrix keeps the columns of all its clusters."""
        if self.look or not self.rows:
            return self
        said = [0] * len(self.columns)
        for row in self.rows:
            for column, cell in enumerate(row):
                said[column] += cell not in _NOTHING
        few = len(self.rows) * _FEW
        below = [column for column in sorted(self.notes) if 0 < said[column] < few]
        kept = [
            column
            for column, number in enumerate(said)
            if not column or (number and column not in below)
        ]
        if len(kept) == len(said):
            return self
        names = [
            joined("", [row[0], *(_note(row[column]) for column in below)]) for row in self.rows
        ]
        return replace(
            self,
            columns=tuple(self.columns[column] for column in kept),
            rows=[
                [name, *(row[column] for column in kept[1:])]
                for name, row in zip(names, self.rows, strict=True)
            ],
            low=_moved(self.low, kept),
            numeric=_moved(self.numeric, kept),
            notes=frozenset(),
        )

    def classes(self, column: int) -> str:
        """Return what the style sheet must know of a cell."""
        names = ["gitops-low"] if column in self.low else []
        return " ".join([*names, *(["gitops-number"] if column in self.numeric else [])])


_NOTHING = frozenset({"", "–", '<span class="gitops-why">–</span>'})
"""Cells that say nothing."""
_FEW = 0.2
"""A column of notes has one in so many of its rows."""


def _note(cell: Cell) -> Markup | str:
    return "" if cell in _NOTHING else filled(" <small>{}</small>", cell)


def _moved(columns: frozenset[int], kept: Sequence[int]) -> frozenset[int]:
    """Return where columns are among those that are kept."""
    return frozenset(kept.index(column) for column in columns if column in kept)


_PLAIN = 12
"""Most rows of a list without groups."""
_MIDDLING = 60
"""Most rows of a list that has groups only where they are few."""
_GROUPS = 9
"""Most groups of such a list."""


def grouped(keys: Sequence[str], identity: str = "") -> tuple[Group, ...]:
    """Head rows of rows that are sorted by a key, each with its number of rows; none where all
    have the same key, and in a list that is so short that they would not help.

    With an `identity` other pages link to the groups, so that they are always there.
    """
    counts = Counter(keys)
    few = len(keys) <= _PLAIN or (len(keys) <= _MIDDLING and len(counts) > _GROUPS)
    if len(counts) < 2 or (few and not identity):
        return ()
    identity = identity or "group"
    return tuple(
        Group(index, f"{key} ({counts[key]})", f"{identity}-{tag(key)}")
        for index, key in enumerate(keys)
        if index == 0 or keys[index - 1] != key
    )


def tag(text: str) -> str:
    """Return a text as one word of an attribute and an anchor."""
    return sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-") or "none"


def marked(name: Markup, *states: str) -> Markup:
    """Return a name with what is special about it."""
    return joined(" ", [name, *map(mark, states)])


def lines(cells: Sequence[Cell]) -> Markup:
    """Return several things in one cell, each on its own line."""
    return joined("<br>", cells)


def folded(cells: Sequence[Markup], most: int, noun: str = "more") -> Markup:
    """Return several things in one cell, each on its own line, those beyond `most` behind a
    click."""
    if len(cells) <= most + 1:
        return lines(cells)
    inside = list(cells[most : most + FOLDED])
    if len(cells) > most + FOLDED:
        inside.append(filled("+{}", len(cells) - most - FOLDED))
    rest = filled(
        '<details class="gitops-more"><summary>{} {}</summary>{}</details>',
        len(cells) - most,
        noun,
        lines(inside),
    )
    return lines(cells[:most]) + rest


def value(page: Draft, variable: Variable) -> Markup:
    """Return what a variable is, in a cell: never a secret, and never nothing."""
    if variable.status is VariableStatus.SECRET:
        return Markup("<em>secret</em>")
    if variable.status is VariableStatus.UNDEFINED:
        return Markup("<strong>undefined</strong>")
    if variable.status is VariableStatus.EXTERNAL:
        return Markup("<em>not in this repository</em>")
    if variable.status is VariableStatus.ESCAPED:
        return Markup("<em>escaped: not substituted</em>")
    if variable.status is VariableStatus.DISABLED:
        return Markup("<em>not substituted</em>")
    if variable.value is None:
        return Markup("<em>not known</em>")
    return page.code(variable.value) or Markup("<em>empty</em>")
