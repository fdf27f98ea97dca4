"""Write the dependency graph for a terminal and for other programs: text, Mermaid, DOT, JSON.

In: a platform, and the layer around which to look. Out: text. An arrow leads from a layer to the
one that waits for it, as on the pages; JSON names both ends (`layer` waits for `depends_on`). Text,
JSON and DOT are whole; Mermaid is what the pages draw, so it stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitops_docs.diagrams import layers as diagrams
from gitops_docs.diagrams import order
from gitops_docs.diagrams.mermaid import Diagram
from gitops_docs.index.graph import NO_LAYERS
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.model import Layer, LayerStatus, Platform
from gitops_docs.text import escape

FORMATS = ("text", "mermaid", "dot", "json")


def draw(
    platform: Platform,
    form: str,
    around: Sequence[str] | None = None,
    depth: int = 1,
    only: frozenset[str] | None = None,
) -> str:
    """Return the graph of all clusters, or the neighbourhood of a layer on each cluster that has
    it.

    Args:
        platform: What was scanned.
        form: One of `FORMATS`.
        around: Ids of the layers in the middle; None for everything.
        depth: How many steps around them; 0 for all.
        only: Ids of the layers that are drawn where `around` is None; None for all.
    """
    facts = PlatformIndex(platform)
    if around is None:
        chosen = tuple(layer for layer in platform.layers if only is None or layer.id in only)
        return _drawn(form, chosen, facts, None)
    parts = [(layer, _around(layer, facts, depth)) for layer in around]
    if form in ("json", "dot"):
        together = {item.id for _, found in parts for item in found}
        return _drawn(
            form, tuple(item for item in platform.layers if item.id in together), facts, around[0]
        )
    return "\n\n".join(_drawn(form, found, facts, layer) for layer, found in parts)


def _drawn(form: str, chosen: tuple[Layer, ...], facts: PlatformIndex, layer: str | None) -> str:
    match form:
        case "json":
            return escape.dumps(as_values(chosen, facts), indent=2)
        case "dot":
            return _dot(chosen, facts, layer)
        case "mermaid":
            return _mermaid(chosen, facts, layer)
    return _text(chosen, facts, layer)


def _around(layer: str, facts: PlatformIndex, depth: int) -> tuple[Layer, ...]:
    """Return the layers within some steps of one, forwards and backwards, each way by itself."""
    kept = {layer}
    for edges in (facts.graph.requires, facts.graph.required_by):
        border, step = {layer}, 0
        seen = {layer}
        while border and (not depth or step < depth):
            border = {target for identity in border for target in edges[identity]} - seen
            seen |= border
            step += 1
        kept |= seen
    return tuple(item for item in facts.platform.layers if item.id in kept)


def as_values(layers: Iterable[Layer], facts: PlatformIndex) -> dict[str, object]:
    """Return the graph of some layers as plain values, sorted."""
    layers = tuple(layers)
    known = {layer.id for layer in layers}
    return {
        "layers": [
            {
                "id": layer.id,
                "cluster": layer.cluster,
                "namespace": layer.namespace,
                "name": layer.name,
                "wave": layer.wave,
                "status": layer.status.value,
                "suspended": layer.suspended,
                "dependents": len(facts.graph.dependents(layer.id)),
            }
            for layer in layers
        ],
        "edges": [
            {
                "layer": layer.id,
                "depends_on": edge.layer,
                "reason": edge.reason,
                "redundant": (layer.id, edge.layer) in facts.redundant,
            }
            for layer in layers
            for edge in layer.depends_on
            if edge.layer in known
        ],
        "missing": [
            {"layer": layer.id, "namespace": edge.namespace, "name": edge.name}
            for layer in layers
            for edge in layer.depends_on
            if edge.layer not in facts.layers
        ],
        "cycles": [list(path) for path in facts.graph.cycles() if known.intersection(path)],
    }


def _state(layer: Layer, facts: PlatformIndex) -> str:
    words = [
        *(["suspended"] if layer.suspended else []),
        *([layer.status.value] if layer.status is not LayerStatus.RENDERED else []),
        *(["in a dependency cycle"] if layer.id in facts.cyclic else []),
    ]
    return f" ({', '.join(words)})" if words else ""


def _names(identities: Iterable[str], facts: PlatformIndex) -> str:
    return ", ".join(_named(facts.layers[identity], facts) for identity in identities)


def _named(layer: Layer, facts: PlatformIndex) -> str:
    return escape.line(layer.name) + _state(layer, facts)


def _missing(layer: Layer, facts: PlatformIndex) -> list[str]:
    return [
        escape.line(f"{edge.namespace}/{edge.name} (missing)")
        for edge in layer.depends_on
        if edge.layer not in facts.layers
    ]


def _text(layers: tuple[Layer, ...], facts: PlatformIndex, layer: str | None) -> str:
    if layer is not None:
        return _text_around(facts.layers[layer], facts)
    if not layers:
        return NO_LAYERS
    lines: list[str] = []
    for cluster in sorted({item.cluster for item in layers}):
        own = [item for item in layers if item.cluster == cluster]
        lines.append(escape.line(cluster))
        width = min(max(len(_named(item, facts)) for item in own), 48)
        for wave in sorted({item.wave or 0 for item in own}, key=lambda number: number or 1 << 30):
            lines.append(
                f"  wave {wave}" if wave else "  never: in a dependency cycle, or waiting for one"
            )
            for item in own:
                if (item.wave or 0) == wave:
                    needs = ", ".join(
                        [
                            *(
                                escape.line(facts.layers[i].name)
                                for i in facts.graph.requires[item.id]
                            ),
                            *_missing(item, facts),
                        ]
                    )
                    name = _named(item, facts)
                    lines.append(f"    {name:<{width}}  <- {needs}" if needs else f"    {name}")
    return "\n".join(lines)


def _text_around(layer: Layer, facts: PlatformIndex) -> str:
    graph = facts.graph
    direct, behind = graph.required_by[layer.id], graph.dependents(layer.id)
    rows = [
        (
            "waits for",
            ", ".join(
                filter(None, [_names(graph.requires[layer.id], facts), *_missing(layer, facts)])
            ),
        ),
        (
            "and, through them, for",
            _names(
                [i for i in graph.dependencies(layer.id) if i not in graph.requires[layer.id]],
                facts,
            ),
        ),
        ("needed by", _names(direct, facts)),
        ("and, through them, by", _names([i for i in behind if i not in direct], facts)),
    ]
    wave = (
        f"wave {layer.wave}"
        if layer.wave
        else "never ready: in a dependency cycle, or waiting for one"
    )
    stops = f"{len(behind)} layer{'' if len(behind) == 1 else 's'}"
    return "\n".join(
        [
            f"{escape.line(layer.id)}{_state(layer, facts)}: {wave}, suspending it stops {stops}",
            *(f"  {label:<23}{text}" for label, text in rows if text),
        ]
    )  # fmt: skip


def _quoted(text: str) -> str:
    """Return a text as a string of DOT, in which `\\` begins an escape."""
    shown = escape.line("".join(char if char.isprintable() else " " for char in text))
    return '"{}"'.format(shown.replace("\\", "\\\\").replace('"', '\\"'))


def _dot(layers: tuple[Layer, ...], facts: PlatformIndex, here: str | None) -> str:
    known = {layer.id for layer in layers}
    lines = ["digraph layers {", "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    for cluster in sorted({layer.cluster for layer in layers}):
        lines += [
            f"  subgraph {_quoted(f'cluster_{cluster}')} {{",
            f"    label={_quoted(cluster)};",
        ]
        for layer in layers:
            if layer.cluster == cluster:
                style = ', style="rounded,dashed"' if layer.suspended else ""
                width = ", penwidth=3" if layer.id == here else ""
                lines.append(
                    f"    {_quoted(layer.id)} "
                    f"[label={_quoted(layer.name + _state(layer, facts))}{style}{width}];"
                )
        lines.append("  }")
    for layer in layers:
        for target in facts.graph.requires[layer.id]:
            if target in known:
                lines.append(f"  {_quoted(target)} -> {_quoted(layer.id)};")
        for name in _missing(layer, facts):
            lines.append(
                f"  {_quoted(name)} [style=dotted]; {_quoted(name)} -> {_quoted(layer.id)} "
                f"[style=dotted];"
            )
    return "\n".join([*lines, "}"])


def _mermaid(layers: tuple[Layer, ...], facts: PlatformIndex, layer: str | None) -> str:
    """Return what the pages draw: for one layer its neighbours (as far as was asked), for a
    platform a flowchart for each cluster."""
    if layer is None:
        drawn = [
            diagram.source
            for cluster in sorted({item.cluster for item in layers})
            if (diagram := order.of_cluster(cluster, facts, {}, lambda _: None)) is not None
        ]
        return "\n\n".join(drawn)
    diagram = Diagram(
        f"Neighbours of {facts.layers[layer].name}",
        f"{len(layers)} layers around {layer}",
        direction="LR",
    )
    for item in layers:
        diagram.node(
            item.id,
            item.name + _state(item, facts),
            style="here" if item.id == layer else diagrams.state(item, facts),
        )
    known = {item.id for item in layers}
    for item in layers:
        for target in facts.graph.requires[item.id]:
            if target in known and (
                (item.id, target) not in facts.redundant or layer in (item.id, target)
            ):
                diagram.edge(target, item.id)
        for name in _missing(item, facts):
            diagram.node(f"?{name}", name, style="missing")
            diagram.edge(f"?{name}", item.id, dotted=True)
    return diagram.source
