"""Waves, cycles and blast radius, from edges written as `a: b c`."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gitops_docs.index.graph import Graph, cycles, text_tree, with_waves
from gitops_docs.model import Dependency, Layer, LayerStatus, SourceRef


def layer(name: str, depends_on: str = "", *, cluster: str = "c", suspended: bool = False) -> Layer:
    """A layer that depends on the named ones of its cluster; `?name` is one that does not exist."""
    edges = tuple(
        Dependency(
            "ns",
            target.lstrip("?"),
            None if target.startswith("?") else f"{cluster}/ns/{target}",
            None,
            "f.yaml",
            1,
        )
        for target in depends_on.split()
    )
    return Layer(
        id=f"{cluster}/ns/{name}", cluster=cluster, namespace="ns", name=name, file="f.yaml", line=1, parent=None, path=".",
        directory="", source=SourceRef("GitRepository", "ns", "s"), status=LayerStatus.RENDERED, reason=None,
        suspended=suspended, wave=None, depends_on=edges,
    )  # fmt: skip


def build(**edges: str) -> tuple[Layer, ...]:
    """Layers by name with what each depends on."""
    return tuple(layer(name, targets) for name, targets in edges.items())


def names(identities: tuple[str, ...]) -> str:
    """Ids as names in a line."""
    return " ".join(identity.rpartition("/")[2] for identity in identities)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (build(a=""), {"a": 1}),
        (build(a="", b="a", c="b a"), {"a": 1, "b": 2, "c": 3}),  # the longest path counts
        (build(a="?gone"), {"a": 1}),  # an unknown dependency is a finding, not an edge
        (
            build(a="b", b="a", c="b", d=""),
            {"a": None, "b": None, "c": None, "d": 1},
        ),  # in and behind a cycle
        (build(a="a", b=""), {"a": None, "b": 1}),
        (build(), {}),
    ],
)
def test_waves(layers: tuple[Layer, ...], expected: dict[str, int | None]) -> None:
    """A wave is 1 plus the longest path, None in or behind a cycle."""
    assert {item.name: item.wave for item in with_waves(layers)} == expected


def test_waves_of_two_clusters_do_not_mix() -> None:
    """Layers of the same name in two clusters have their own waves."""
    layers = (layer("a", cluster="x"), layer("b", "a", cluster="x"), layer("b", cluster="y"))
    assert [item.wave for item in with_waves(layers)] == [1, 2, 1]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (build(a="", b="a"), []),
        (build(a="b", b="c", c="a"), ["a b c"]),
        (build(a="a"), ["a"]),
        (build(a="b", b="a c", c="a"), ["a b"]),  # the shortest of a knot
        (build(a="b", b="a", c="d", d="c", e="a d"), ["a b", "c d"]),  # e is behind, not in
    ],
)
def test_cycles(layers: tuple[Layer, ...], expected: list[str]) -> None:
    """One path for each knot, each layer followed by what it waits for."""
    assert [names(path) for path in cycles(layers)] == expected


def test_reach_in_both_directions() -> None:
    """Dependencies and dependents are transitive, nearest first, and end in cycles."""
    graph = Graph.of(build(a="", b="a", c="b", d="b a", x="y", y="x"))
    assert names(graph.dependencies("c/ns/c")) == "b a"
    assert names(graph.dependents("c/ns/a")) == "b d c"
    assert names(graph.dependents("c/ns/x")) == "y"


def test_redundant_edges() -> None:
    """An edge is redundant where a longer path says the same; edges of cycles never are."""
    assert Graph.of(build(a="", b="a", c="b a")).redundant() == {("c/ns/c", "c/ns/a")}
    assert Graph.of(build(a="b c", b="a c", c="")).redundant() == frozenset()


def test_critical_path() -> None:
    """The longest chain, first layer first."""
    assert names(Graph.of(build(a="", b="a", c="b", d="a")).critical_path()) == "a b c"
    assert Graph.of(()).critical_path() == ()


def test_text_tree_of_a_layer() -> None:
    """Branches follow the edges; what was shown is not opened twice."""
    layers = build(a="", b="a", c="b", d="b c")
    assert text_tree(layers, "c/ns/d").splitlines() == [
        "d",
        "├── b",
        "│   └── a",
        "└── c",
        "    └── b …",
    ]
    assert text_tree(layers, "c/ns/a", reverse=True).splitlines() == [
        "a",
        "└── b",
        "    ├── c",
        "    │   └── d",
        "    └── d",
    ]


def test_text_tree_of_all() -> None:
    """Without a layer every end of the order is a top, below its cluster; cycles are named and do
    not hang."""
    layers = (
        layer("a", cluster="x"),
        layer("b", "a", cluster="x", suspended=True),
        layer("m", "n", cluster="y"),
        layer("n", "m", cluster="y"),
    )
    assert text_tree(layers).splitlines() == [
        "x", "  b (suspended)", "  └── a", "y", "  m", "  └── n", "      └── m (cycle)",
    ]  # fmt: skip


def test_text_tree_of_layers_with_one_name() -> None:
    """Layers of one name have their namespaces with them, within their cluster."""
    other = replace(layer("a", "b"), id="c/team/a", namespace="team")
    layers = (layer("a"), other, layer("b"), layer("a", cluster="d"))
    assert text_tree(layers).splitlines() == [
        "c", "  ns/a", "  team/a", "  └── b", "d", "  a",
    ]  # fmt: skip


def test_tree_of_nothing_says_so() -> None:
    """Without layers the tree is a sentence, not an empty line."""
    assert text_tree(()) == "No layers: nothing here says where Flux starts."
