"""Show single facts of a layer, each by a short name, for tables and for blocks of hand-written
pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.model import Layer, LayerStatus
from gitops_docs.pages.html import commits
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.tables import Cell, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count

_SHOWN = 6


class Fact(Struct, frozen=True):
    """What a fact is called, and how it is had."""

    term: str
    of: Callable[[Writer, Draft, Layer], Cell]


def _wave(writer: Writer, page: Draft, layer: Layer) -> Cell:
    last = writer.facts.last_wave(layer.cluster)
    return (
        f"{layer.wave} of {last}"
        if layer.wave
        else "none: part of a dependency cycle, or waiting for one"
    )


def _waits_for(writer: Writer, page: Draft, layer: Layer) -> Cell:
    named = []
    for edge in layer.depends_on:
        if edge.layer in writer.facts.layers:
            named.append(writer.layer(page, edge.layer))
        else:
            named.append(page.code(f"{edge.namespace}/{edge.name}") + Markup(" (missing)"))
    return joined(", ", named) or "none"


def _needed_by(writer: Writer, page: Draft, layer: Layer) -> Cell:
    return (
        joined(
            ", ", (writer.layer(page, item) for item in writer.facts.graph.required_by[layer.id])
        )
        or "none"
    )


def _path(writer: Writer, page: Draft, layer: Layer) -> Cell:
    return page.place(layer.directory) if layer.directory else page.code(layer.path or ".")


def _source(writer: Writer, page: Draft, layer: Layer) -> Cell:
    source = layer.source
    found = writer.facts.sources.get((layer.cluster, source.kind, source.namespace, source.name))
    name = page.code(f"{source.kind} {source.namespace}/{source.name}")
    return lines([name, *([Markup.escape(found.ref)] if found and found.ref else [])])


def _applied_by(writer: Writer, page: Draft, layer: Layer) -> Cell:
    return (
        writer.layer(page, layer.parent)
        if layer.parent
        else "root layer: no other layer applies it"
    )


def _ready(writer: Writer, page: Draft, layer: Layer) -> Cell:
    if layer.health.wait:
        return "all objects are ready"
    if layer.health.checks:
        named = [
            page.code(f"{check.kind} {check.namespace}/{check.name}")
            for check in layer.health.checks
        ]
        return folded(named, _SHOWN)
    return "applied (no health checks)"


def _releases(writer: Writer, page: Draft, layer: Layer) -> Cell:
    releases = writer.facts.releases.get(layer.id, [])
    named = [
        writer.release(page, release)
        + Markup(" ")
        + (page.code(release.version) or Markup("not pinned"))
        for release in releases
    ]
    return folded(named, _SHOWN) or "none"


def _variables(writer: Writer, page: Draft, layer: Layer) -> Cell:
    names = [
        writer.variable(page, variable.name)
        for variable in writer.facts.variables.get(layer.id, [])
    ]
    return folded(names, _SHOWN) or "none"


def _state(writer: Writer, page: Draft, layer: Layer) -> Cell:
    words = ["suspended"] if layer.suspended else []
    if layer.status is not LayerStatus.RENDERED:
        words.append(
            f"{layer.status.value}: {layer.reason}" if layer.reason else layer.status.value
        )
    return prose("; ".join(words)) if words else "rendered"


def _prune(writer: Writer, page: Draft, layer: Layer) -> Cell:
    return (
        "on: objects removed from Git are deleted"
        if layer.prune
        else "off: objects removed from Git stay"
    )


def _last_change(writer: Writer, page: Draft, layer: Layer) -> Cell:
    repository = writer.facts.platform.repository
    found = commits.shown(writer.facts.changes.of_layer(layer), repository, 1)
    return (
        filled("{}, {}", found[0].date, found[0].subject)
        if found
        else commits.none_because(repository)
    )


FACTS: Mapping[str, Fact] = {
    "wave": Fact("Wave", _wave),
    "waits-for": Fact("Depends on", _waits_for),
    "needed-by": Fact("Needed by", _needed_by),
    "path": Fact("Path", _path),
    "source": Fact("Source", _source),
    "applied-by": Fact("Applied by", _applied_by),
    "ready": Fact("Ready when", _ready),
    "releases": Fact("Releases", _releases),
    "objects": Fact("Objects", lambda writer, page, layer: count(len(layer.resources), "object")),
    "variables": Fact("Variables", _variables),
    "interval": Fact(
        "Interval",
        lambda writer, page, layer: f"every {layer.interval}" if layer.interval else "not set",
    ),
    "timeout": Fact("Timeout", lambda writer, page, layer: layer.timeout or "not set"),
    "prune": Fact("Prune", _prune),
    "state": Fact("State", _state),
    "last-change": Fact("Last change", _last_change),
    "defined-at": Fact(
        "Defined at", lambda writer, page, layer: page.place(layer.file, layer.line)
    ),
}
"""Name to fact, in the order in which they are listed in the guide."""
USUAL = ("wave", "waits-for", "needed-by", "path", "ready", "releases", "defined-at")
"""What is shown where a block does not choose."""
