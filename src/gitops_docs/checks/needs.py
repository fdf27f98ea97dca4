"""Find what each layer needs from another layer: sources and variables."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gitops_docs.checks.context import Context
from gitops_docs.index.objects import Held
from gitops_docs.kubernetes.flux import SOURCE_GROUP
from gitops_docs.model import Layer, Location


class Need(Struct, frozen=True):
    """A source or variable that `layer` takes from another layer."""

    layer: Layer
    what: str
    """E.g. `sources of charts`."""
    label: str
    makers: tuple[str, ...]
    place: Location
    blocks: bool
    """Whether the layer cannot be applied without it."""


def all_needs(context: Context) -> Iterator[Need]:
    """Yield what layers and releases take from objects that other layers apply."""
    for layer in context.platform.layers:
        if layer.remote_cluster is not None or layer.suspended:
            continue
        source = layer.source
        if layer.parent is not None:
            holders = context.holders(
                layer.cluster, SOURCE_GROUP, source.kind, source.namespace, source.name
            )
            makers = makers_of(holders)
            if makers and makers != (layer.id,):
                label = f"{source.kind} {source.namespace}/{source.name}"
                yield Need(layer, "the source", label, makers, layer.place("sourceRef.name"), True)
        for item in layer.substitute_from:
            makers = makers_of(
                context.holders(layer.cluster, "", item.kind, layer.namespace, item.name)
            )
            if makers:
                label = f"{item.kind} {layer.namespace}/{item.name}"
                yield Need(
                    layer,
                    "variables",
                    label,
                    makers,
                    Location(item.file, item.line),
                    not item.optional,
                )
    for release in context.platform.releases:
        source = release.source
        owner = context.layers.get(release.layer)
        if owner is None or owner.suspended or release.suspended:
            continue
        makers = makers_of(
            context.holders(
                release.cluster, SOURCE_GROUP, source.kind, source.namespace, source.name
            )
        )
        if makers:
            label = f"{source.kind} {source.namespace}/{source.name}"
            place = Location(release.file, release.line)
            yield Need(owner, "sources of charts", label, makers, place, False)


def makers_of(holders: list[Held]) -> tuple[str, ...]:
    """Return ids of the layers that hold an object, sorted."""
    return tuple(sorted({held.layer.id for held in holders}))
