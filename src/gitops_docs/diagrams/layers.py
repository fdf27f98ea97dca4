"""Draw flowcharts of the neighbours of one layer.

In: layers and their graph. Out: a `Diagram`, or None where there is nothing to draw. The lists
beside a picture say the same in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gitops_docs.diagrams.mermaid import Diagram
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.model import Layer, LayerStatus
from gitops_docs.text.english import count

_NEIGHBOURS = 5
"""So many layers are drawn on each side of one."""
_HERE = '(["{}"])'
ARROW = "An arrow points to the layer that waits."


def state(layer: Layer, facts: PlatformIndex) -> str | None:
    """Return what is special about a layer, as the diagrams' class; None where nothing is."""
    if layer.id in facts.cyclic:
        return "cyclic"
    if layer.suspended:
        return "suspended"
    if layer.status is not LayerStatus.RENDERED:
        return layer.status.value
    return None


def layer_node(
    diagram: Diagram, layer: Layer, facts: PlatformIndex, hrefs: Mapping[str, str]
) -> None:
    """Add a layer, with what is special about it."""
    diagram.node(layer.id, layer.name, hrefs.get(layer.id), state=state(layer, facts))


def neighbourhood(layer: Layer, facts: PlatformIndex, hrefs: Mapping[str, str]) -> Diagram | None:
    """Return a layer between what it waits for and what waits for it, one step each way.

    At most five on each side: of those that wait, first those that need attention, then those that
    most others wait for. One dashed node stands for the others; it leads to the list. A layer
    without such neighbours is drawn with the layer that applies it and those that it applies; None
    where it has none of these.
    """
    requires = [facts.layers[identity] for identity in facts.graph.requires[layer.id]]
    required_by = sorted(
        (facts.layers[identity] for identity in facts.graph.required_by[layer.id]),
        key=lambda one: (
            state(one, facts) is None,
            -len(facts.graph.required_by[one.id]),
            one.id,
        ),
    )
    missing = [
        f"{edge.namespace}/{edge.name}"
        for edge in layer.depends_on
        if edge.layer not in facts.layers
    ]
    if not requires and not required_by and not missing:
        return _family(layer, facts, hrefs)
    behind = len(facts.graph.dependents(layer.id)) - len(required_by)
    diagram = Diagram(
        f"Neighbours of {layer.name}",
        f"{layer.name} waits for {count(len(requires) + len(missing), 'layer')}, is waited for by "
        f"{count(len(required_by), 'layer')}",
        ARROW + (f" {count(behind, 'layer')} further behind." if behind else ""),
        "LR",
    )
    _side(diagram, requires, "<", facts, hrefs)
    for name in missing[:_NEIGHBOURS]:
        diagram.node(f"?{name}", name, state="missing")
    diagram.node(layer.id, layer.name, style="here", shape=_HERE, state=state(layer, facts))
    _side(diagram, required_by, ">", facts, hrefs)
    for key in _keys(requires, "<"):
        if key != layer.id:
            diagram.edge(key, layer.id)
    for name in missing[:_NEIGHBOURS]:
        diagram.edge(f"?{name}", layer.id, dotted=True)
    for key in _keys(required_by, ">"):
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
        "A dotted arrow points from a layer to one that it applies.",
        "LR",
    )
    if parent is not None:
        layer_node(diagram, parent, facts, hrefs)
    diagram.node(layer.id, layer.name, style="here", shape=_HERE, state=state(layer, facts))
    _side(diagram, children, ">", facts, hrefs)
    if parent is not None:
        diagram.edge(parent.id, layer.id, dotted=True)
    for key in _keys(children, ">"):
        diagram.edge(layer.id, key, dotted=True)
    return diagram


def relatives(layer: Layer, facts: PlatformIndex) -> list[Layer]:
    """Return the layers that `neighbourhood` may link to."""
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
    mark: str,
    facts: PlatformIndex,
    hrefs: Mapping[str, str],
) -> None:
    shown = layers if len(layers) <= _NEIGHBOURS + 1 else layers[:_NEIGHBOURS]
    for layer in shown:
        layer_node(diagram, layer, facts, hrefs)
    if len(shown) < len(layers):
        rest = layers[len(shown) :]
        areas = list(dict.fromkeys(facts.areas[layer.id] for layer in rest))
        more = f" +{len(areas) - 2}" if len(areas) > 2 else ""
        text = f"+{count(len(rest), 'layer')}\n{', '.join(areas[:2])}{more}"
        diagram.node(mark, text, hrefs.get(mark, "#order"), style="more")


def _keys(layers: Iterable[Layer], mark: str) -> list[str]:
    keys = [layer.id for layer in layers]
    return keys if len(keys) <= _NEIGHBOURS + 1 else [*keys[:_NEIGHBOURS], mark]
