"""Flowcharts of layers: the order of a cluster, and the neighbours of one layer.

In: layers and their graph. Out: a `Diagram`, or None where there is nothing to draw. The lists
beside a picture say the same in words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from gitops_docs.diagrams.mermaid import MOST_NODES, Diagram
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.model import Layer, LayerStatus
from gitops_docs.text.english import count

_FLAT = 4
"""Orders with at most so many steps are drawn from left to right, one chain below the other."""
_WIDE = 1100
"""Pixels: of a wider picture one sees a part; layers that stand alike are then drawn as one."""
_HERE = '(["{}"])'
_ARROW = "An arrow points from a layer to the one that waits for it."


def state(layer: Layer, facts: PlatformIndex) -> str | None:
    """What is special about a layer, as the diagrams' class; None where nothing is."""
    if layer.id in facts.cyclic:
        return "cyclic"
    if layer.suspended:
        return "suspended"
    if layer.status is not LayerStatus.RENDERED:
        return layer.status.value
    return None


def of_cluster(
    cluster: str, facts: PlatformIndex, hrefs: Mapping[str, str], overview: str
) -> Diagram | None:
    """The order of a cluster's layers; None where no layer waits for another.

    Edges that a longer path already gives are left out, and layers without neighbours. Above
    `MOST_NODES` or `_WIDE`, layers with the same neighbours become one node; where that is not
    enough, those of a namespace in a wave, and in the end each wave.

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
    connected = {identity for edge in edges for identity in edge} | {
        identity for identity, _ in missing
    }
    drawn_layers = [layer for layer in layers if layer.id in connected]
    groups = [[layer] for layer in drawn_layers]

    def draw() -> Diagram:
        diagram = Diagram(
            f"Order of the layers of {cluster}",
            f"{count(len(layers), 'layer')}, {count(len(edges), 'edge')}; the list of waves says "
            f"the same",
            _ARROW,
        )
        drawn = _draw_groups(diagram, groups, facts, hrefs, overview)
        gone: set[tuple[str, str]] = set()
        for identity, name in missing[: max(0, MOST_NODES - len(groups))]:
            diagram.node(f"?{name}", name, state="missing")
            gone.add((f"?{name}", drawn[identity]))
        for start, end in sorted({(drawn[start], drawn[end]) for start, end in edges}):
            if start != end:
                diagram.edge(start, end)
        for start, end in sorted(gone):
            diagram.edge(start, end, dotted=True)
        if len(diagram.ranks) <= _FLAT:
            diagram.direction = "LR"
        return diagram

    if len(groups) <= MOST_NODES:
        diagram = draw()
    if len(groups) > MOST_NODES or diagram.width > _WIDE:
        groups = _groups(drawn_layers, edges, facts)
        diagram = draw()
    if any(layer.id == start for layer in layers for start, _ in facts.redundant):
        diagram.legend += " An arrow that a longer way already says is left out."
    if len(groups) < len(drawn_layers):
        diagram.legend += " Several layers that stand alike in the order are drawn as one."
    if len(drawn_layers) < len(layers):
        alone = len(layers) - len(drawn_layers)
        diagram.legend += f" Not drawn: {count(alone, 'layer')} without neighbours."
    return diagram


def _groups(
    layers: list[Layer], edges: list[tuple[str, str]], facts: PlatformIndex
) -> list[list[Layer]]:
    """The layers as fewer nodes to draw, each node a list of layers that stand alike."""
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        before[end].append(start)
        after[start].append(end)
    alike: dict[tuple[object, ...], list[Layer]] = defaultdict(list)
    for layer in layers:
        alike[
            tuple(sorted(before[layer.id])), tuple(sorted(after[layer.id])), state(layer, facts)
        ].append(layer)
    if len(alike) <= MOST_NODES:
        return list(alike.values())
    together: dict[tuple[object, ...], list[Layer]] = defaultdict(list)
    for layer in layers:
        together[layer.wave or 0, layer.namespace].append(layer)
    if len(together) <= MOST_NODES:
        return [together[key] for key in sorted(together, key=str)]
    waves: dict[int, list[Layer]] = defaultdict(list)
    for layer in layers:
        waves[layer.wave or 0].append(layer)
    return [waves[wave] for wave in sorted(waves)]


def _draw_groups(
    diagram: Diagram,
    groups: list[list[Layer]],
    facts: PlatformIndex,
    hrefs: Mapping[str, str],
    overview: str,
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
            kind = (
                state(first, facts) if len({state(layer, facts) for layer in group}) == 1 else None
            )
            diagram.node(
                first.id, f"{count(len(group), 'layer')}: {names}{more}", overview, state=kind
            )
        drawn.update({layer.id: first.id for layer in group})
    return drawn


def _layer_node(
    diagram: Diagram, layer: Layer, facts: PlatformIndex, hrefs: Mapping[str, str]
) -> None:
    diagram.node(layer.id, layer.name, hrefs.get(layer.id), state=state(layer, facts))


def neighbourhood(layer: Layer, facts: PlatformIndex, hrefs: Mapping[str, str]) -> Diagram | None:
    """A layer between what it waits for and what waits for it, one step each way.

    A layer without such neighbours is drawn with the layer that applies it and those that it
    applies; None where it has none of these.
    """
    requires = [facts.layers[identity] for identity in facts.graph.requires[layer.id]]
    required_by = [facts.layers[identity] for identity in facts.graph.required_by[layer.id]]
    missing = [
        f"{edge.namespace}/{edge.name}"
        for edge in layer.depends_on
        if edge.layer not in facts.layers
    ]
    if not requires and not required_by and not missing:
        return _family(layer, facts, hrefs)
    diagram = Diagram(
        f"Neighbours of {layer.name}",
        f"{layer.name} waits for {count(len(requires) + len(missing), 'layer')}, is waited for by "
        f"{count(len(required_by), 'layer')}",
        _ARROW,
        "LR",
    )
    room = (MOST_NODES - 1) // 2
    _side(diagram, requires, room, "<", facts, hrefs)
    for name in missing:
        diagram.node(f"?{name}", name, state="missing")
    diagram.node(layer.id, layer.name, style="here", shape=_HERE, state=state(layer, facts))
    _side(diagram, required_by, room, ">", facts, hrefs)
    for key in _keys(requires, room, "<"):
        if key != layer.id:
            diagram.edge(key, layer.id)
    for name in missing:
        diagram.edge(f"?{name}", layer.id, dotted=True)
    for key in _keys(required_by, room, ">"):
        diagram.edge(layer.id, key)
    return diagram


def _family(layer: Layer, facts: PlatformIndex, hrefs: Mapping[str, str]) -> Diagram | None:
    parent = facts.layers.get(layer.parent or "")
    children = facts.children.get(layer.id, [])
    if parent is None and not children:
        return None
    diagram = Diagram(
        f"What applies {layer.name}, and what it applies",
        f"{layer.name} waits for no layer and none waits for it; it applies "
        f"{count(len(children), 'layer')}",
        "No layer waits for this one, nor does it wait. A dotted arrow points from a layer to one "
        "that it applies.",
        "LR",
    )
    if parent is not None:
        _layer_node(diagram, parent, facts, hrefs)
    diagram.node(layer.id, layer.name, style="here", shape=_HERE, state=state(layer, facts))
    room = 12
    _side(diagram, children, room, ">", facts, hrefs)
    if parent is not None:
        diagram.edge(parent.id, layer.id, dotted=True)
    for key in _keys(children, room, ">"):
        diagram.edge(layer.id, key, dotted=True)
    return diagram


def relatives(layer: Layer, facts: PlatformIndex) -> list[Layer]:
    """The layers that `neighbourhood` may link to."""
    near = [
        facts.layers[key]
        for key in (*facts.graph.requires[layer.id], *facts.graph.required_by[layer.id])
    ]
    if near:
        return near
    parent = facts.layers.get(layer.parent or "")
    return [*([parent] if parent else []), *facts.children.get(layer.id, [])]


def _side(
    diagram: Diagram,
    layers: list[Layer],
    room: int,
    mark: str,
    facts: PlatformIndex,
    hrefs: Mapping[str, str],
) -> None:
    shown = layers if len(layers) <= room else layers[: room - 1]
    for layer in shown:
        _layer_node(diagram, layer, facts, hrefs)
    if len(shown) < len(layers):
        diagram.node(
            mark, f"and {count(len(layers) - len(shown), 'layer')} more", hrefs.get(mark, "#order")
        )


def _keys(layers: Iterable[Layer], room: int, mark: str) -> list[str]:
    keys = [layer.id for layer in layers]
    return keys if len(keys) <= room else [*keys[: room - 1], mark]
