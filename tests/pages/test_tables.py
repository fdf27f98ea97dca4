"""Tables: columns that say nothing go, notes of few rows stand below their names, and versions are
listed where a column for each cluster would not fit."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gitops_docs.index.across.environments import Environments, Stage
from gitops_docs.index.across.promotion import Promoted, promoted
from gitops_docs.model import Cluster, Platform
from gitops_docs.pages.html import versions
from gitops_docs.pages.html.page import Options
from gitops_docs.pages.html.tables import Cell, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import Markup
from tests.pages.platforms import REPOSITORY

QUIET = Markup('<span class="gitops-why">–</span>')


def table(*rows: tuple[Cell, ...], look: str = "") -> Table:
    """A table of four columns: a name, a note, a word and a number."""
    return Table(
        "t", "T", ("Name", "Note", "Word", "Number"), rows, look=look, low=frozenset({1, 2}),
        numeric=frozenset({3}), notes=frozenset({1}),
    )  # fmt: skip


@pytest.mark.parametrize("nothing", ["", "–", QUIET])
def test_empty_columns_go(nothing: Cell) -> None:
    """A column that says nothing in any row is left out, and what is said of the others moves."""
    found = table(("a", "first", nothing, "1"), ("b", "second", nothing, "0")).fitted()
    assert found.columns == ("Name", "Note", "Number")
    assert list(map(list, found.rows)) == [["a", "first", "1"], ["b", "second", "0"]]
    assert found.low == {1} and found.numeric == {2}


def test_first_column_stays() -> None:
    """Also where it is empty; and a matrix keeps the columns of its clusters."""
    assert table(("", "–", "–", "–")).fitted().columns == ("Name",)
    assert len(table(("a", "", "–", "–"), look="matrix").fitted().columns) == 4


def test_few_notes_stand_below_names() -> None:
    """A note that one row in ten has takes no column; one that half of them have does."""
    rows = [(f"n{number}", "", "w", "1") for number in range(9)]
    few = table(("a", "what it is", "w", "1"), *rows).fitted()
    assert few.columns == ("Name", "Word", "Number")
    assert few.rows[0][0] == "a <small>what it is</small>" and few.rows[1][0] == "n0"
    assert len(table(("a", "what it is", "w", "1"), ("b", "", "w", "1")).fitted().columns) == 4


STAGES = [("dev", 2), ("test", 2), ("prod", 12)]
CLUSTERS = [f"{name}-{number:02}" for name, size in STAGES for number in range(size)]


def writer() -> Writer:
    """A writer for sixteen clusters in three environments."""
    clusters = tuple(Cluster(name, f"clusters/{name}", None, ()) for name in CLUSTERS)
    made = Writer(Platform(REPOSITORY, clusters=clusters), Options())
    made.facts.environments = Environments(
        tuple(
            Stage(name, tuple(one for one in CLUSTERS if one.startswith(f"{name}-")), True)
            for name, _ in STAGES
        ),
        is_ordered=True,
    )
    return made


def matrix(of: Mapping[str, str]) -> Table:
    """The versions of one image side by side."""
    own = writer()
    row: Promoted = promoted("", "registry.example.org/app", of, own.facts.environments, {})
    columns = [(cluster, (cluster,)) for cluster in CLUSTERS]
    return versions.matrix(own, own.draft("platform/x.md"), [row], columns, "Versions")


def test_short_versions_have_a_column_each() -> None:
    """Sixteen columns of a few characters do not fit either; five do."""
    own = writer()
    row = promoted("", "app", {"dev-00": "1.2.3"}, own.facts.environments, {})
    columns = [(cluster, (cluster,)) for cluster in CLUSTERS[:5]]
    found = versions.matrix(own, own.draft("platform/x.md"), [row], columns, "Versions")
    assert found.look == "matrix" and len(found.columns) == 6


def test_long_versions_are_listed() -> None:
    """Each version once, with its clusters: an environment for all of its own, and a number, with
    the names folded, for many."""
    tags = dict.fromkeys(CLUSTERS, "prod-416b7c9-20260820070951")
    tags |= {"dev-00": "1.27.0", "dev-01": "1.27.0", "test-01": "1.19.1"}
    tags["prod-03"] = "pr-1"
    found = matrix(tags)
    assert found.look == "" and found.columns == ("Image", "Versions and clusters", "Clusters")
    cell = str(found.rows[0][1])
    assert "<div><code>1.27.0</code>  <small>dev</small></div>" in cell
    assert "▼8 minor</small> <small>test-01</small>" in cell
    assert "<summary>12 clusters</summary>test-00, prod-00, prod-01" in cell
    assert cell.index("1.27.0") < cell.index("416b7c9") < cell.index("pr-1")
    assert found.rows[0][2] == "16"
