"""Put layers in order: what waits for what.

In: `model.Layer` tuples. Out: waves, cycles, who depends on whom, edges that say nothing new, text
trees. Pure functions of ids; an edge is a `dependsOn` entry that names a layer of the same cluster.
A parent adds no edge: Flux applies a child as soon as it exists.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.model import Layer
from gitops_docs.text import escape

NO_LAYERS = "No layers: nothing here says where Flux starts."
"""What the commands say of a repository without layers."""

Edges = Mapping[str, tuple[str, ...]]


class Graph(Struct, frozen=True):
    """The edges of some layers in both directions. Every layer is a key of both; targets are
    sorted, each once."""

    requires: Edges
    required_by: Edges

    @classmethod
    def of_edges(cls, requires: Mapping[str, Iterable[str]]) -> Graph:
        """Return the graph of edges between any things; targets that are not keys are left out."""
        edges = {
            identity: tuple(sorted({target for target in targets if target in requires}))
            for identity, targets in requires.items()
        }
        required_by: dict[str, list[str]] = {identity: [] for identity in sorted(edges)}
        for identity in sorted(edges):
            for target in edges[identity]:
                required_by[target].append(identity)
        return cls(edges, {identity: tuple(found) for identity, found in required_by.items()})

    @classmethod
    def of(cls, layers: Iterable[Layer]) -> Graph:
        """Return the graph of layers, of one cluster or of many."""
        return cls.of_edges(
            {
                layer.id: [edge.layer for edge in layer.depends_on if edge.layer is not None]
                for layer in layers
            }
        )

    def dependencies(self, identity: str) -> tuple[str, ...]:
        """Return everything that a layer waits for, direct ones first, itself never."""
        return _reach(self.requires, identity)

    def dependents(self, identity: str) -> tuple[str, ...]:
        """Return everything that waits for a layer, direct ones first, itself never: what stops
        when it fails or is suspended."""
        return _reach(self.required_by, identity)

    def waves(self) -> dict[str, int | None]:
        """Layer to wave: 1 plus the longest path of edges to a layer that waits for nothing; None
        in or behind a cycle."""
        waves: dict[str, int | None] = dict.fromkeys(self.requires)
        waiting = {identity: len(targets) for identity, targets in self.requires.items()}
        ready = deque(identity for identity in sorted(waiting) if not waiting[identity])
        while ready:
            identity = ready.popleft()
            waves[identity] = 1 + max(
                (waves[target] or 0 for target in self.requires[identity]), default=0
            )
            for dependent in self.required_by[identity]:
                waiting[dependent] -= 1
                if not waiting[dependent]:
                    ready.append(dependent)
        return waves

    def cycles(self) -> list[tuple[str, ...]]:
        """Return one cycle for each group of layers that wait for each other: `(a, b)` means that a
        waits for b, and b for a. Each cycle is the shortest one through the first id of its group,
        and starts there."""
        found = []
        left = [identity for identity, wave in sorted(self.waves().items()) if wave is None]
        covered: set[str] = set()
        for identity in left:
            if identity in covered:
                continue
            path = self._cycle(identity)
            if path:
                found.append(path)
                covered |= {identity, *self.dependencies(identity)} & {
                    identity,
                    *self.dependents(identity),
                }
        return found

    def _cycle(self, start: str) -> tuple[str, ...]:
        """Return the shortest way from a layer back to itself, empty where there is none."""
        came: dict[str, str] = {}
        queue = deque([start])
        while queue:
            here = queue.popleft()
            for target in self.requires[here]:
                if target == start:
                    path = [here]
                    while path[-1] != start:
                        path.append(came[path[-1]])
                    return tuple(reversed(path))
                if target not in came:
                    came[target] = here
                    queue.append(target)
        return ()

    def redundant(self) -> frozenset[tuple[str, str]]:
        """Return edges (from, to) that another path already gives. Edges of a cycle are never
        redundant."""
        found = set()
        waves = self.waves()
        reach = Reach.of(self.requires)
        for identity, targets in self.requires.items():
            if waves[identity] is None or len(targets) < 2:
                continue
            behind = 0
            for target in targets:
                behind |= reach.behind[target]
            found |= {(identity, target) for target in targets if reach.bit[target] & behind}
        return frozenset(found)

    def critical_path(self) -> tuple[str, ...]:
        """Return the longest chain, what comes first first; the first by name among equals."""
        waves = self.waves()
        numbered = sorted(
            ((wave, identity) for identity, wave in waves.items() if wave is not None),
            key=lambda p: (-p[0], p[1]),
        )
        if not numbered:
            return ()
        path = [numbered[0][1]]
        while self.requires[path[-1]]:
            path.append(
                min(self.requires[path[-1]], key=lambda target: (-(waves[target] or 0), target))
            )
        return tuple(reversed(path))


class Reach(Struct, frozen=True):
    """The transitive closure of a graph, as sets of bits: for thousands of layers, sets of names
    would fill the memory."""

    bit: Mapping[str, int]
    behind: Mapping[str, int]
    """The bits of all that edges lead to from a layer, its own only where it stands in a cycle."""

    @classmethod
    def of(cls, edges: Mapping[str, Iterable[str]]) -> Reach:
        """Return the reach of every key of `edges`; targets that are not keys are left out."""
        bit = {identity: 1 << number for number, identity in enumerate(edges)}
        known = {
            identity: [target for target in targets if target in bit]
            for identity, targets in edges.items()
        }
        behind = dict.fromkeys(edges, 0)
        order = _targets_first(known)
        changed = True
        while changed:  # Once, and once more for every group of cycles.
            changed = False
            for identity in order:
                found = 0
                for target in known[identity]:
                    found |= bit[target] | behind[target]
                if found != behind[identity]:
                    behind[identity] = found
                    changed = True
        return cls(bit, behind)


def _targets_first(edges: Mapping[str, list[str]]) -> list[str]:
    """Return all keys, each after what its edges lead to, as far as there are no cycles."""
    order: list[str] = []
    seen: set[str] = set()
    for start in edges:
        pending = [(start, iter(edges[start]))] if start not in seen else []
        seen.add(start)
        while pending:
            identity, targets = pending[-1]
            target = next((one for one in targets if one not in seen), None)
            if target is None:
                order.append(identity)
                pending.pop()
            else:
                seen.add(target)
                pending.append((target, iter(edges[target])))
    return order


def with_waves(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return the layers, each with its wave (see `Graph.waves`)."""
    waves = Graph.of(layers).waves()
    return tuple(replace(layer, wave=waves[layer.id]) for layer in layers)


def cycles(layers: tuple[Layer, ...]) -> list[tuple[str, ...]]:
    """See `Graph.cycles`."""
    return Graph.of(layers).cycles()


def text_tree(layers: tuple[Layer, ...], start: str | None = None, *, reverse: bool = False) -> str:
    """Return what layers wait for, as text with branches; with `reverse`, what waits for them.

    Args:
        layers: The layers of one or more clusters.
        start: Id of the layer at the top. None: every layer at which the order ends (with
            `reverse`: begins), below its cluster's name.
        reverse: Follow the edges backwards.

    Returns:
        Lines without a final newline. What stood before is not opened again (`…`), a cycle is
        named.
    """
    if not layers:
        return NO_LAYERS
    graph = Graph.of(layers)
    by_id = {layer.id: layer for layer in layers}
    if start is not None:
        return branches(start, graph, by_id, reverse=reverse)
    forward, backward = (
        (graph.required_by, graph.requires) if reverse else (graph.requires, graph.required_by)
    )
    lines: list[str] = []
    for cluster in sorted({layer.cluster for layer in layers}):
        own = [layer.id for layer in layers if layer.cluster == cluster]
        tops = [identity for identity in own if not backward[identity]]
        # If everything is one cycle, there is no end to begin with.
        cycles = [path[0] for path in graph.cycles() if path[0] in set(own)]
        shown: set[str] = set()
        lines.append(escape.line(cluster))
        for top in [*tops, *cycles]:
            if top not in shown:
                lines += [f"  {line}" for line in _branches(top, forward, by_id, shown)]
    return "\n".join(lines)


def branches(start: str, graph: Graph, by_id: Mapping[str, Layer], *, reverse: bool = False) -> str:
    """Return the tree of one layer as `text_tree` does, from a graph that is there already."""
    return "\n".join(_branches(start, graph.required_by if reverse else graph.requires, by_id))


def _branches(
    start: str, edges: Edges, by_id: Mapping[str, Layer], shown: set[str] | None = None
) -> list[str]:
    shown = set() if shown is None else shown
    lines: list[str] = []
    named = Counter((layer.cluster, layer.name) for layer in by_id.values())

    def descend(identity: str, lead: str, below: str, above: tuple[str, ...]) -> None:
        layer = by_id[identity]
        alone = named[layer.cluster, layer.name] == 1
        name = layer.name if alone else f"{layer.namespace}/{layer.name}"
        label = f"{escape.line(name)}{' (suspended)' if layer.suspended else ''}"
        if identity in above:
            lines.append(f"{lead}{label} (cycle)")
            return
        repeated = identity in shown and bool(edges[identity])
        lines.append(f"{lead}{label}{' …' if repeated else ''}")
        shown.add(identity)
        if repeated:
            return
        targets = edges[identity]
        for target in targets:
            last = target == targets[-1]
            descend(
                target,
                f"{below}{'└── ' if last else '├── '}",
                f"{below}{'    ' if last else '│   '}",
                (*above, identity),
            )

    descend(start, "", "", ())
    return lines


def _reach(edges: Edges, start: str) -> tuple[str, ...]:
    """Return everything that edges lead to from a layer, nearest first, then by id."""
    seen = {start}
    found: list[str] = []
    border = [start]
    while border:
        border = sorted({target for identity in border for target in edges[identity]} - seen)
        seen.update(border)
        found += border
    return tuple(found)
