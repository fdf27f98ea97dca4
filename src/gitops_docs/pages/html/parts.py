"""Split a list that is too long for one page: an index with a row for each group, and a page for
each.

In: the rows of a list, each with the group it belongs to. Out: how they are divided, and the table
of the index. A group is a name that lasts (a namespace, a kind), never a number of a page. The
index has the names of all rows for its filter, so that a name leads to its group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from gitops_docs.index.addresses import segment
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.tables import Cell, Table
from gitops_docs.pages.markup import filled

ROWS = 200
"""A list with more rows is split."""
MOST = 400
"""Most rows of a part that is not divided further."""
_UNSEEN = 80_000
"""Most letters that an index has for its filter; of more names each group has the first ones."""


def is_split(number: int) -> bool:
    """Return whether a list of so many rows needs an index."""
    return number > ROWS


def part_of(uri: str, group: str, groups: Iterable[str]) -> str:
    """Return the page of a group, below that of the index.

    Args:
        uri: The index.
        group: Its name; empty for what lies in no namespace.
        groups: The names of all groups of the index. Of two whose addresses differ in case only,
            or not at all, the first by name has the plain one.
    """
    named = group or "cluster"
    place = segment(named)
    same = [one for one in groups if (one or "cluster").casefold() == named.casefold()]
    if group != min(same, default=group):
        place += f"-{sha256(group.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return f"{uri.removesuffix('.md')}/{place}.md"


def index_table(
    page: Draft,
    table: str,
    caption: str,
    column: str,
    groups: Mapping[str, Sequence[str]],
) -> Table:
    """Return the index: each group with its number of rows. Names are there for the filter only.

    Args:
        page: The index page.
        table: Id of the table, that of the list that is split.
        caption: See `Table`.
        column: What the groups are.
        groups: Group to the names of its rows.
    """
    rows: list[list[Cell]] = []
    room = _UNSEEN // max(len(groups), 1)
    texts = {group: " ".join(dict.fromkeys(names)) for group, names in groups.items()}
    is_whole = sum(map(len, texts.values())) <= _UNSEEN
    for group, names in groups.items():
        shown = group or "cluster-scoped"
        text = texts[group] if is_whole else texts[group][:room].rpartition(" ")[0]
        hidden = filled(' <span class="gitops-unseen">{}</span>', text)
        link = page.link(part_of(page.uri, group, groups), shown)
        rows.append([link + hidden, str(len(names))])
    return Table(table, caption, (column, "Objects"), rows, numeric=frozenset({1}))
