"""Draw flowcharts of the order of a cluster: every layer while they are few, the critical path and
the areas around it, and of large clusters the areas only.

In: the layers of a cluster and their areas. Out: a `Diagram` within its limits, or None where no
layer waits for another. A node never lists layers: it has one name, or an area and a number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from gitops_docs.diagrams.layers import ARROW, layer_node, state
from gitops_docs.diagrams.mermaid import MOST_ARROWS, MOST_NODES, Diagram
from gitops_docs.index.graph import Graph
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.model import Layer
from gitops_docs.text.english import count, plural

EACH = 24
"""So many layers are drawn one by one."""
ALONG = 100
"""Of so many, the critical path is drawn layer by layer, the others as areas; of more, areas
only."""
_PATH = 14
"""A longer path leaves no room for the areas."""
_ATTENTION = 8
_FEWEST = 3
"""Fewer areas divide nothing."""
_AREAS = 12
"""More areas are drawn by bands of waves."""
_RANKS = 5
"""So many steps from left to right fit into the width of a page."""
_WIDTH = 1000
"""Pixels."""
_WORST = ("failed", "missing", "cyclic", "suspended", "partial", "external")

Node = str
Edges = Counter[tuple[Node, Node]]


def of_cluster(
    cluster: str,
    facts: PlatformIndex,
    hrefs: Mapping[str, str],
    area_href: Callable[[str], str | None],
    *,
    only_areas: bool = False,
) -> Diagram | None:
    """Draw the order of a cluster.

    Args:
        cluster: Id of the cluster.
        facts: The platform.
        hrefs: Layer id to the reference to its page.
        area_href: Gives the reference to the list of an area's layers.
        only_areas: Draw no single layer.
    """
    layers = facts.of_cluster.get(cluster, [])
    missing = [
        (layer.id, f"{edge.namespace}/{edge.name}")
        for layer in layers
        for edge in layer.depends_on
        if edge.layer not in facts.layers
    ]
    waits = any(facts.graph.requires[layer.id] for layer in layers)
    if not waits and not missing:
        return None
    connected = [
        layer
        for layer in layers
        if facts.graph.requires[layer.id]
        or facts.graph.required_by[layer.id]
        or any(identity == layer.id for identity, _ in missing)
    ]
    diagram = None
    if only_areas:
        pass
    elif len(connected) <= EACH:
        diagram = _each(cluster, facts, connected, missing, hrefs)
    elif len(layers) <= ALONG:
        diagram = _along_path(cluster, facts, connected, hrefs, area_href)
    if diagram is None or not _fits(diagram):
        diagram = _areas(cluster, facts, connected, area_href)
    if len(connected) < len(layers):
        alone = len(layers) - len(connected)
        verb = "is" if alone == 1 else "are"
        diagram.legend += f" {count(alone, 'layer')} without dependencies {verb} not drawn."
    return diagram


def _fits(diagram: Diagram) -> bool:
    return len(diagram) <= MOST_NODES and diagram.arrows <= MOST_ARROWS and diagram.width <= _WIDTH


def _begun(cluster: str, layers: Sequence[Layer], what: str = "layers") -> Diagram:
    return Diagram(
        f"Order of the {what} of {cluster}",
        f"{count(len(layers), 'layer')}; the list of waves says the same",
        ARROW,
    )


def _turned(diagram: Diagram) -> Diagram:
    """Draw from left to right what fits into the width of a page."""
    if len(diagram.ranks) <= _RANKS:
        diagram.direction = "LR"
        if diagram.width > _WIDTH:
            diagram.direction = "TB"
    return diagram


def _each(
    cluster: str,
    facts: PlatformIndex,
    layers: Sequence[Layer],
    missing: Sequence[tuple[str, str]],
    hrefs: Mapping[str, str],
) -> Diagram:
    diagram = _begun(cluster, layers)
    for layer in layers:
        layer_node(diagram, layer, facts, hrefs)
    for identity, name in missing[: max(0, MOST_NODES - len(layers))]:
        diagram.node(f"?{name}", name, state="missing")
        diagram.edge(f"?{name}", identity, dotted=True)
    path = _steps(Graph.of(layers).critical_path())
    left_out = False
    for layer in layers:
        for target in facts.graph.requires[layer.id]:
            if (layer.id, target) in facts.redundant:
                left_out = True
            else:
                diagram.edge(target, layer.id, thick=(target, layer.id) in path)
    if left_out:
        diagram.legend += " Arrows that follow from others are left out."
    return _turned(diagram)


def _steps(path: Sequence[str]) -> set[tuple[str, str]]:
    """Return the arrows of a path; none of one that is not a chain."""
    return set(zip(path, path[1:], strict=False)) if len(path) > 2 else set()


def _along_path(
    cluster: str,
    facts: PlatformIndex,
    layers: Sequence[Layer],
    hrefs: Mapping[str, str],
    area_href: Callable[[str], str | None],
) -> Diagram | None:
    """Return the critical path layer by layer, layers that need attention, and the others as areas
    on either side of the path; None where the path is too long for that."""
    path = Graph.of(layers).critical_path()
    if len(path) > _PATH:
        return None
    attention = sorted(
        (layer for layer in layers if layer.id not in path and state(layer, facts)),
        key=lambda layer: (_WORST.index(state(layer, facts) or "external"), layer.id),
    )
    on_path = set(path)
    waited = {target for identity in path for target in facts.graph.dependencies(identity)}
    for shown in range(min(_ATTENTION, len(attention)), -1, -1):
        single = on_path | {layer.id for layer in attention[:shown]}
        node_of = {
            layer.id: layer.id
            if layer.id in single
            else f"{'before' if layer.id in waited else 'after'} {facts.areas[layer.id]}"
            for layer in layers
        }
        if len(set(node_of.values())) <= MOST_NODES:
            break
    else:
        return None
    diagram = _begun(cluster, layers)
    groups: dict[Node, list[Layer]] = defaultdict(list)
    for layer in layers:
        groups[node_of[layer.id]].append(layer)
    for node, found in groups.items():
        if node in single:
            layer_node(diagram, found[0], facts, hrefs)
        else:
            _area_node(diagram, node, facts.areas[found[0].id], found, facts, area_href)
    thick = _steps(path)
    weights = _weights(layers, facts, node_of)
    order = {node: _mean(found) for node, found in groups.items()}
    kept, dropped = _drawn_arrows(weights, order, thick)
    for start, end in kept:
        diagram.edge(start, end, thick=(start, end) in thick)
    diagram.legend = f"{ARROW} Thick arrows are the critical path.{_left_out(dropped)}"
    return _turned(diagram)


def _areas(
    cluster: str,
    facts: PlatformIndex,
    layers: Sequence[Layer],
    area_href: Callable[[str], str | None],
) -> Diagram:
    groups: dict[Node, list[Layer]] = defaultdict(list)
    for layer in layers:
        groups[facts.areas[layer.id]].append(layer)
    names = {area: area for area in groups}
    what = "areas"
    if len(groups) < _FEWEST:
        groups, names = _waves(layers)
        what = "waves"
    elif len(groups) > _AREAS:
        groups, names = _bands(groups)
    diagram = _begun(cluster, layers, what)
    order = {node: _mean(found) for node, found in groups.items()}
    for node in sorted(groups, key=lambda one: (order[one], one)):
        _area_node(diagram, node, names[node], groups[node], facts, area_href)
    node_of = {layer.id: node for node, found in groups.items() for layer in found}
    kept, dropped = _drawn_arrows(_weights(layers, facts, node_of), order, set())
    for start, end in kept:
        diagram.edge(start, end)
    diagram.legend = (
        f"An arrow points to the layers that wait.{_left_out(dropped)}{_signs(diagram)}"
    )
    return _turned(diagram)


def _bands(groups: Mapping[Node, list[Layer]]) -> tuple[dict[Node, list[Layer]], dict[Node, str]]:
    """Return the largest areas, and the others together by when they are applied."""
    largest = sorted(groups, key=lambda area: (-len(groups[area]), area))[: _AREAS - 3]
    bands: dict[Node, list[Layer]] = {area: groups[area] for area in largest}
    names = {area: area for area in largest}
    rest = [area for area in groups if area not in bands]
    ordered = sorted(rest, key=lambda area: (_mean(groups[area]), area))
    size = max(1, -(-len(ordered) // 3))
    for number in range(0, len(ordered), size):
        part = ordered[number : number + size]
        node = f"band {number}"
        bands[node] = [layer for area in part for layer in groups[area]]
        names[node] = part[0] if len(part) == 1 else f"{part[0]} +{len(part) - 1}"
    return bands, names


def _waves(layers: Sequence[Layer]) -> tuple[dict[Node, list[Layer]], dict[Node, str]]:
    """Return layers that no area divides, by bands of waves."""
    numbered: dict[int, list[Layer]] = defaultdict(list)
    for layer in layers:
        numbered[layer.wave or 0].append(layer)
    ordered = sorted(numbered)
    size = max(1, -(-len(ordered) // _AREAS))
    bands: dict[Node, list[Layer]] = {}
    names: dict[Node, str] = {}
    for number in range(0, len(ordered), size):
        part = ordered[number : number + size]
        node = f"wave {part[0]}"
        bands[node] = [layer for wave in part for layer in numbered[wave]]
        names[node] = node if len(part) == 1 else f"waves {part[0]} to {part[-1]}"
    return bands, names


def _area_node(
    diagram: Diagram,
    node: Node,
    area: str,
    layers: Sequence[Layer],
    facts: PlatformIndex,
    area_href: Callable[[str], str | None],
) -> None:
    """Add an area: its number of layers, and the worst state with its number."""
    states = Counter(found for layer in layers if (found := state(layer, facts)))
    worst = next((one for one in _WORST if states[one]), None)
    under = count(len(layers), "layer")
    words = {"failed": "rejected", "external": "elsewhere", "cyclic": "in a cycle"}
    if worst:
        under = f"{len(layers)} · {states[worst]} {words.get(worst, worst)}"
    diagram.node(node, f"{area}\n{under}", area_href(area), style=worst)


def _weights(layers: Iterable[Layer], facts: PlatformIndex, node_of: Mapping[str, Node]) -> Edges:
    """Return how many layers stand behind each arrow between nodes."""
    found: Edges = Counter()
    for layer in layers:
        for target in facts.graph.requires[layer.id]:
            if target in node_of and node_of[target] != node_of[layer.id]:
                found[node_of[target], node_of[layer.id]] += 1
    return found


def _mean(layers: Sequence[Layer]) -> float:
    return sum(layer.wave or 0 for layer in layers) / len(layers)


def _drawn_arrows(
    weights: Edges, order: Mapping[Node, float], always: set[tuple[Node, Node]]
) -> tuple[list[tuple[Node, Node]], int]:
    """Return the arrows that are drawn, and how many are left out: those against the order of the
    nodes, those that follow from others, then those with the fewest layers."""
    rank = {node: (order[node], node) for node in order}
    forward = [edge for edge in weights if edge in always or rank[edge[0]] < rank[edge[1]]]
    backward = len(weights) - len(forward)
    behind: dict[Node, set[Node]] = defaultdict(set)
    for start, end in forward:
        behind[start].add(end)
    reduced = [
        (start, end)
        for start, end in forward
        if (start, end) in always or not _leads(behind, start, end)
    ]
    reduced.sort(key=lambda edge: (edge not in always, -weights[edge], edge))
    kept = sorted(reduced[:MOST_ARROWS], key=lambda edge: (rank[edge[0]], rank[edge[1]]))
    return kept, backward + max(0, len(reduced) - MOST_ARROWS)


def _leads(behind: Mapping[Node, set[Node]], start: Node, end: Node) -> bool:
    """Return whether a longer way leads from one node to another."""
    seen: set[Node] = set()
    waiting = [node for node in behind.get(start, ()) if node != end]
    while waiting:
        node = waiting.pop()
        if node == end:
            return True
        if node not in seen:
            seen.add(node)
            waiting += behind.get(node, ())
    return False


def _left_out(number: int) -> str:
    if not number:
        return ""
    return f" {number} {'arrow' if number == 1 else plural('arrow')} left out."


def _signs(diagram: Diagram) -> str:
    """Return what the outlines that occur mean."""
    words = {
        "suspended": "dotted orange: one is suspended",
        "partial": "dashed: one is not fully rendered",
        "external": "dotted: one is in another repository",
        "failed": "red: Flux would reject one",
        "cyclic": "thick red: one is in a cycle",
    }
    found = [text for name, text in words.items() if name in diagram.styles]
    return f" Outlines: {', '.join(found)}." if found else ""
