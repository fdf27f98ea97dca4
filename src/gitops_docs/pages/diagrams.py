"""Mermaid flowcharts of layers.

In: layers and their graph. Out: a `Diagram` with the source, its links and a legend. Node ids are `n0..nK`; labels are entity-escaped, so
that no name can leave its quotes; a picture never has more than about fifty nodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from gitops_docs.model import Layer, LayerStatus
from gitops_docs.pages.facts import Facts
from gitops_docs.pages.words import count, one_line

MOST_NODES = 50
"""More than this nobody reads."""
_CHARACTER, _LABEL, _AROUND = 8, 200, 110
"""Pixels of a character, of the widest label before Mermaid breaks it, and of what is around one."""
_SMALL = 12
"""Pictures with at most so many nodes have few arrows that pass others."""
_FLAT = 4
"""Orders with at most so many steps are drawn from left to right, one chain below the other."""
_STYLES = {
    "here": "stroke-width:3px",
    "suspended": "stroke:#b26a00,stroke-width:2px,stroke-dasharray:6 4",
    "missing": "stroke:#c62828,stroke-width:2px,stroke-dasharray:2 3",
    "cyclic": "stroke:#c62828,stroke-width:3px",
    "failed": "stroke:#c62828,stroke-width:3px",
    "partial": "stroke:#5e7ea8,stroke-width:2px,stroke-dasharray:8 3",
    "external": "stroke:#5e7ea8,stroke-width:2px,stroke-dasharray:8 3",
}
"""Outlines only, so that the theme's own colours stay, light and dark. Every class is also said in the node's label."""
_ENTITIES = str.maketrans({character: f"#{ord(character)};" for character in "#&<>\"'`\\{}[]()|;%*_~"})


_PLAIN = str.maketrans({"%": " ", ";": ",", "{": "(", "}": ")", "#": " ", '"': "'"})


@dataclass(slots=True)
class Diagram:
    """A flowchart that is being put together. `href`s are page-relative and made by this package from safe names."""

    title: str
    description: str
    legend: str = ""
    direction: str = "TB"
    _lines: list[str] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)
    _widths: dict[str, int] = field(default_factory=dict)
    _edges: list[tuple[str, str]] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._ids)

    def node(
        self, key: str, label: str, href: str | None = None, style: str | None = None, shape: str = '["{}"]'
    ) -> None:
        """Add a node; a key that is there already is left alone."""
        if key in self._ids:
            return
        node = self._ids[key] = f"n{len(self._ids)}"
        self._widths[key] = min(_CHARACTER * len(label), _LABEL) + _AROUND
        self._lines.append(f"  {node}{shape.format(_label(label))}{f':::{style}' if style else ''}")
        if style:
            self._used.add(style)
        if href:
            self._lines.append(f'  click {node} href "{href}"')

    def edge(self, start: str, end: str, *, dotted: bool = False) -> None:
        """Add an arrow between two nodes."""
        self._edges.append((start, end))
        self._lines.append(f"  {self._ids[start]} {'-.->' if dotted else '-->'} {self._ids[end]}")

    @property
    def ranks(self) -> list[list[str]]:
        """The nodes in the steps in which Mermaid sets them, along the arrows. Nodes of a circle come last."""
        before = {key: [start for start, end in self._edges if end == key and start != key] for key in self._ids}
        ranks: list[list[str]] = []
        placed: set[str] = set()
        while len(placed) < len(before):
            ready = [key for key in before if key not in placed and placed.issuperset(before[key])]
            ranks.append(ready or [key for key in before if key not in placed])
            placed.update(ranks[-1])
        return ranks

    @property
    def width(self) -> int:
        """About how wide the picture is, in pixels, so that a page can let it scroll where it would be too small to read."""
        if self.direction == "LR":
            return sum(max(self._widths[key] for key in rank) for rank in self.ranks)
        widest = max((sum(self._widths[key] for key in rank) for rank in self.ranks), default=0)
        # Arrows that pass by a step take room in it.
        return widest * 7 // 5 if len(self._ids) > _SMALL else widest

    @property
    def source(self) -> str:
        """The Mermaid text."""
        head = [
            f"flowchart {self.direction}",
            f"  accTitle: {_line(self.title)}",
            f"  accDescr: {_line(self.description)}",
        ]
        styles = [f"  classDef {name} {_STYLES[name]}" for name in sorted(self._used)]
        return "\n".join([*head, *self._lines, *styles])


def _line(text: str) -> str:
    """Text for accTitle and accDescr: one line, without what would end it, start a directive or look like one."""
    return one_line(text, 300).translate(_PLAIN)


def _label(text: str) -> str:
    return one_line(text, 60).translate(_ENTITIES)


def state(layer: Layer, facts: Facts) -> str | None:
    """What is special about a layer, as the diagrams' class; None where nothing is."""
    if layer.id in facts.cyclic:
        return "cyclic"
    if layer.suspended:
        return "suspended"
    if layer.status is not LayerStatus.RENDERED:
        return layer.status.value
    return None


def of_cluster(cluster: str, facts: Facts, hrefs: dict[str, str], overview: str) -> Diagram | None:
    """The order of a cluster's layers; None where no layer waits for another.

    Edges that a longer path already gives are left out, and layers without neighbours. Above `MOST_NODES`, layers with the same
    neighbours become one node, and where that is not enough, each wave.

    Args:
        cluster: Id of the cluster.
        facts: The platform.
        hrefs: Layer id to the reference to its page.
        overview: Reference to the list of waves, for nodes that stand for several layers.
    """
    layers = facts.of_cluster.get(cluster, [])
    edges = [
        (target, layer.id)
        for layer in layers
        for target in facts.graph.requires[layer.id]
        if (layer.id, target) not in facts.redundant
    ]
    missing = [
        (layer.id, f"{edge.namespace}/{edge.name}")
        for layer in layers
        for edge in layer.depends_on
        if edge.layer not in facts.layers
    ]
    if not edges and not missing:
        return None
    connected = {identity for edge in edges for identity in edge} | {identity for identity, _ in missing}
    drawn_layers = [layer for layer in layers if layer.id in connected]
    groups = _groups(drawn_layers, edges, facts)
    diagram = Diagram(
        f"Order of the layers of {cluster}",
        f"{count(len(layers), 'layer')}, {count(len(edges), 'edge')}; the list of waves says the same",
        "An arrow points from a layer to the one that waits for it.",
    )
    drawn = _draw_groups(diagram, groups, facts, hrefs, overview)
    gone: set[tuple[str, str]] = set()
    for identity, name in missing[: max(0, MOST_NODES - len(groups))]:
        diagram.node(f"?{name}", f"{name} (does not exist)", style="missing")
        gone.add((f"?{name}", drawn[identity]))
    for start, end in sorted({(drawn[start], drawn[end]) for start, end in edges}):
        if start != end:
            diagram.edge(start, end)
    for start, end in sorted(gone):
        diagram.edge(start, end, dotted=True)
    if len(diagram.ranks) <= _FLAT:
        diagram.direction = "LR"
    if any(layer.id == start for layer in layers for start, _ in facts.redundant):
        diagram.legend += " An arrow that a longer way already says is left out."
    if len(groups) < len(drawn_layers):
        diagram.legend += " Layers with the same neighbours are drawn as one."
    if len(drawn_layers) < len(layers):
        alone = len(layers) - len(drawn_layers)
        diagram.legend += f" Not drawn: {count(alone, 'layer')} without neighbours."
    return diagram


def _groups(layers: list[Layer], edges: list[tuple[str, str]], facts: Facts) -> list[list[Layer]]:
    """The layers as nodes to draw, each node a list of layers."""
    if len(layers) <= MOST_NODES:
        return [[layer] for layer in layers]
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        before[end].append(start)
        after[start].append(end)
    alike: dict[tuple[tuple[str, ...], tuple[str, ...], str | None], list[Layer]] = defaultdict(list)
    for layer in layers:
        alike[tuple(sorted(before[layer.id])), tuple(sorted(after[layer.id])), state(layer, facts)].append(layer)
    if len(alike) <= MOST_NODES:
        return list(alike.values())
    waves: dict[int, list[Layer]] = defaultdict(list)
    for layer in layers:
        waves[layer.wave or 0].append(layer)
    return [waves[wave] for wave in sorted(waves)]


def _draw_groups(
    diagram: Diagram, groups: list[list[Layer]], facts: Facts, hrefs: dict[str, str], overview: str
) -> dict[str, str]:
    """Add a node for each group; layer id to the key of its node."""
    drawn = {}
    for group in groups:
        first = group[0]
        if len(group) == 1:
            _layer_node(diagram, first, facts, hrefs)
        else:
            names = ", ".join(layer.name for layer in group[:3])
            more = f" and {len(group) - 3} more" if len(group) > 3 else ""
            kind = state(first, facts) if len({state(layer, facts) for layer in group}) == 1 else None
            diagram.node(first.id, f"{count(len(group), 'layer')}: {names}{more}", overview, kind)
        drawn.update({layer.id: first.id for layer in group})
    return drawn


def _layer_node(diagram: Diagram, layer: Layer, facts: Facts, hrefs: dict[str, str], style: str | None = None) -> None:
    kind = state(layer, facts)
    label = f"{layer.name} ({kind})" if kind else layer.name
    diagram.node(layer.id, label, hrefs.get(layer.id), style or kind)


def neighbourhood(layer: Layer, facts: Facts, hrefs: dict[str, str]) -> Diagram | None:
    """A layer between what it waits for and what waits for it, one step each way; None where it stands alone."""
    requires = [facts.layers[identity] for identity in facts.graph.requires[layer.id]]
    required_by = [facts.layers[identity] for identity in facts.graph.required_by[layer.id]]
    missing = [f"{edge.namespace}/{edge.name}" for edge in layer.depends_on if edge.layer not in facts.layers]
    if not requires and not required_by and not missing:
        return None
    diagram = Diagram(
        f"Neighbours of {layer.name}",
        f"{layer.name} waits for {count(len(requires) + len(missing), 'layer')}, {count(len(required_by), 'layer')} wait for it",
        "An arrow points from a layer to the one that waits for it.",
        "LR",
    )
    room = (MOST_NODES - 1) // 2
    _side(diagram, requires, room, "<", facts, hrefs)
    for name in missing:
        diagram.node(f"?{name}", f"{name} (does not exist)", style="missing")
    kind = state(layer, facts)
    diagram.node(layer.id, f"{layer.name} ({kind})" if kind else layer.name, style=kind or "here", shape='(["{}"])')
    _side(diagram, required_by, room, ">", facts, hrefs)
    for key in _keys(requires, room, "<"):
        if key != layer.id:
            diagram.edge(key, layer.id)
    for name in missing:
        diagram.edge(f"?{name}", layer.id, dotted=True)
    for key in _keys(required_by, room, ">"):
        diagram.edge(layer.id, key)
    return diagram


def _side(diagram: Diagram, layers: list[Layer], room: int, mark: str, facts: Facts, hrefs: dict[str, str]) -> None:
    shown = layers if len(layers) <= room else layers[: room - 1]
    for layer in shown:
        _layer_node(diagram, layer, facts, hrefs)
    if len(shown) < len(layers):
        diagram.node(mark, f"and {count(len(layers) - len(shown), 'layer')} more", "#order")


def _keys(layers: Iterable[Layer], room: int, mark: str) -> list[str]:
    keys = [layer.id for layer in layers]
    return keys if len(keys) <= room else [*keys[: room - 1], mark]
