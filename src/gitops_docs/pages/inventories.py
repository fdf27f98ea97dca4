"""Tables over everything: images, custom resources and their definitions, sources, namespaces, health checks."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup, escape

from gitops_docs.model import Resource
from gitops_docs.pages.facts import is_custom
from gitops_docs.pages.page import Page
from gitops_docs.pages.tables import Cell, Table, lines
from gitops_docs.pages.words import count, unique
from gitops_docs.pages.writer import Writer


def images_page(writer: Writer) -> Page:
    """Container images that manifests name, each once, with who uses it."""
    page = writer.draft(writer.at.page("images"))
    by_image: dict[str, list[tuple[str, str, str, int]]] = defaultdict(list)
    for image in writer.facts.platform.images:
        by_image[image.image].append((image.layer, image.owner, image.file, image.line))
    rows: list[list[Cell]] = []
    for name, uses in sorted(by_image.items()):
        layers = unique([layer for layer, _, _, _ in uses])
        places = unique([f"{file}:{line}" for _, _, file, line in uses])
        by_place = {f"{file}:{line}": (file, line) for _, _, file, line in uses}
        rows.append(
            [
                page.code(name),
                lines([page.code(owner) for owner in unique([owner for _, owner, _, _ in uses if owner])]) or "–",
                lines([writer.layer(page, layer, with_cluster=writer.many_clusters) for layer in layers]),
                lines([page.place(*by_place[place]) for place in places]),
            ]
        )
    return writer.finish(
        page,
        "tables.html",
        "Images",
        description=f"{count(len(rows), 'container image')} that manifests name",
        lead=f"{count(len(rows), 'container image')} that manifests and chart values name. What a chart chooses by itself "
        "is not in Git and not here.",
        sections=[
            (
                None,
                None,
                Table(
                    "images", "Images", ("Image", "Used by", "Layer", "Named at"), rows, "No manifest names an image."
                ),
            )
        ],
    )


def custom_resources_page(writer: Writer) -> Page:
    """Objects of kinds that Kubernetes itself does not have."""
    page = writer.draft(writer.at.page("custom-resources"))
    rows: list[list[Cell]] = []
    kinds: set[tuple[str, str]] = set()
    for layer in writer.facts.platform.layers:
        for resource in layer.resources:
            if is_custom(resource):
                kinds.add((resource.group, resource.kind))
                rows.append(
                    [
                        page.code(resource.name),
                        resource.kind,
                        resource.api_version,
                        namespace_cell(resource),
                        writer.layer(page, layer, with_cluster=writer.many_clusters),
                        page.place(resource.file, resource.line),
                    ]
                )
    rows.sort(key=lambda row: (str(row[1]), str(row[0])))
    return writer.finish(
        page,
        "tables.html",
        "Custom resources",
        description=f"{count(len(rows), 'object')} of {count(len(kinds), 'custom kind')}",
        boost=0.5,
        lead=f"{count(len(rows), 'object')} of {count(len(kinds), 'custom kind')}.",
        sections=[
            (
                None,
                None,
                Table(
                    "custom-resources",
                    "Custom resources",
                    ("Name", "Kind", "API version", "Namespace", "Layer", "Defined at"),
                    rows,
                    "No layer applies a custom resource.",
                ),
            )
        ],
    )


def sources_page(writer: Writer) -> Page:
    """Flux sources: what is followed, with which Secret, and who uses it."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.page("sources"))
    users: dict[tuple[str, str, str, str], list[Markup]] = defaultdict(list)
    for layer in facts.platform.layers:
        users[layer.cluster, layer.source.kind, layer.source.namespace, layer.source.name].append(
            writer.layer(page, layer)
        )
    for release in facts.platform.releases:
        key = (release.cluster, release.source.kind, release.source.namespace, release.source.name)
        users[key].append(
            page.link(at.below_cluster(release.cluster, "releases", release.namespace, release.name), release.name)
        )
    rows: list[list[Cell]] = []
    for source in facts.platform.sources:
        used = users.get((source.cluster, source.kind, source.namespace, source.name), [])
        rows.append(
            [
                page.code(f"{source.namespace}/{source.name}")
                + (
                    Markup(' <span class="gitops-state gitops-state--suspended">suspended</span>')
                    if source.suspended
                    else ""
                ),
                source.kind,
                page.url(source.url) or "unknown",
                source.ref or "not said",
                page.code(source.secret) or source.provider or "none",
                Markup(", ").join(used) if used else "nothing",
                writer.layer(page, source.layer, with_cluster=writer.many_clusters)
                if source.layer
                else "not by a layer",
                page.place(source.file, source.line),
            ]
        )
    return writer.finish(
        page,
        "tables.html",
        "Sources",
        description=f"{count(len(rows), 'Flux source')}",
        lead=f"{count(len(rows), 'Flux source')}: where Flux gets manifests and charts from, and how it authenticates.",
        sections=[
            (
                None,
                None,
                Table(
                    "sources",
                    "Sources",
                    ("Source", "Kind", "Address", "Follows", "Authentication", "Used by", "Applied by", "Defined at"),
                    rows,
                    "No layer applies a source.",
                ),
            )
        ],
    )


def namespaces_page(writer: Writer) -> Page:
    """Namespaces: which layer creates each, and what lies in it."""
    facts = writer.facts
    page = writer.draft(writer.at.page("namespaces"))
    makers: dict[tuple[str, str], list[tuple[str, Resource]]] = defaultdict(list)
    holds: dict[tuple[str, str], int] = defaultdict(int)
    guests: dict[tuple[str, str], list[str]] = defaultdict(list)
    for layer in facts.platform.layers:
        for resource in layer.resources:
            if resource.kind == "Namespace" and not resource.group:
                makers[layer.cluster, resource.name].append((layer.id, resource))
            elif resource.namespace and not resource.cluster_scoped:
                holds[layer.cluster, resource.namespace] += 1
                if layer.id not in guests[layer.cluster, resource.namespace][-1:]:
                    guests[layer.cluster, resource.namespace].append(layer.id)
    rows: list[list[Cell]] = []
    for cluster, name in sorted({*makers, *holds}):
        made = makers.get((cluster, name), [])
        rows.append(
            [
                page.code(name),
                writer.cluster(page, cluster),
                lines(
                    [
                        writer.layer(page, layer) + Markup(" ") + page.place(resource.file, resource.line)
                        for layer, resource in made
                    ]
                )
                if made
                else "no layer here",
                count(holds[cluster, name], "object"),
                Markup(", ").join(writer.layer(page, layer) for layer in guests[cluster, name]) or "–",
            ]
        )
    unmade = sum(1 for key in holds if key not in makers)
    return writer.finish(
        page,
        "tables.html",
        "Namespaces",
        description=f"{count(len(rows), 'namespace')} and which layer creates each",
        lead=f"{count(len(rows), 'namespace')}. {unmade} of them no layer creates: Kubernetes, Flux's bootstrap or a "
        "Helm release does, or somebody must.",
        sections=[
            (
                None,
                None,
                Table(
                    "namespaces",
                    "Namespaces",
                    ("Namespace", "Cluster", "Created by", "Holds", "Used by"),
                    rows,
                    "No namespace.",
                ),
            )
        ],
    )


def namespace_cell(resource: Resource) -> Cell:
    """A resource's namespace, a dash where it has none."""
    if resource.cluster_scoped or not resource.namespace:
        return "–"
    return Markup(f"<code>{escape(resource.namespace)}</code>")


def definitions_page(writer: Writer) -> Page:
    """CustomResourceDefinitions that layers apply, and which layers have objects of their API group."""
    facts = writer.facts
    page = writer.draft(writer.at.page("crds"))
    users: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    made: list[tuple[str, str, Resource]] = []
    for layer in facts.platform.layers:
        for resource in layer.resources:
            if resource.kind == "CustomResourceDefinition":
                made.append((layer.cluster, layer.id, resource))
            elif is_custom(resource):
                users[layer.cluster, resource.group][layer.id] += 1
    rows: list[list[Cell]] = []
    for cluster, identity, resource in sorted(made, key=lambda item: (item[2].name, item[0], item[1])):
        used = users.get((cluster, resource.name.partition(".")[2]), {})
        rows.append(
            [
                page.code(resource.name),
                writer.cluster(page, cluster),
                writer.layer(page, identity),
                page.place(resource.file, resource.line),
                lines([Markup("{} ({})").format(writer.layer(page, user), number) for user, number in used.items()])
                or "no layer",
            ]
        )
    groups = {(cluster, resource.name.partition(".")[2]) for cluster, _, resource in made}
    absent = sorted({group for cluster, group in users if (cluster, group) not in groups})
    return writer.finish(
        page,
        "tables.html",
        "CRDs",
        description=f"{count(len(rows), 'CustomResourceDefinition')} in the manifests",
        boost=0.5,
        lead=f"{count(len(rows), 'CustomResourceDefinition')} that layers apply, each with the layers that have objects of its API group. "
        "Those that a chart installs are not in Git and not here"
        + (f"; objects of these groups need such: {', '.join(f'`{group}`' for group in absent)}." if absent else "."),
        sections=[
            (
                None,
                None,
                Table(
                    "crds",
                    "Definitions",
                    ("Name", "Cluster", "Applied by", "Defined at", "Group used by"),
                    rows,
                    "No layer applies one.",
                ),
            )
        ],
    )


def health_page(writer: Writer) -> Page:
    """What makes each layer ready, and which layers others wait for without a check."""
    facts = writer.facts
    page = writer.draft(writer.at.page("health"))
    rows: list[list[Cell]] = []
    for layer in facts.platform.layers:
        health = layer.health
        if health.wait:
            ready: Cell = Markup("everything it applies is ready (<code>wait: true</code>)")
        elif health.checks:
            ready = lines([page.code(f"{check.kind} {check.namespace}/{check.name}") for check in health.checks])
        else:
            ready = "applied, nothing is checked"
        rows.append(
            [
                writer.layer(page, layer, with_cluster=writer.many_clusters),
                ready,
                lines([page.code(expression.kind or expression.api_version) for expression in health.expressions])
                or "–",
                str(len(facts.graph.required_by[layer.id])),
                page.place(layer.file, layer.line),
            ]
        )
    unchecked = sum(
        1 for layer in facts.platform.layers if not layer.health.gated and facts.graph.required_by[layer.id]
    )
    return writer.finish(
        page,
        "tables.html",
        "Health checks",
        description=f"When each of {count(len(rows), 'layer')} counts as ready",
        lead=f"When Flux calls a layer ready, and so starts those that wait for it. {unchecked} of {count(len(rows), 'layer')} "
        "have others waiting for them and check nothing.",
        sections=[
            (
                None,
                None,
                Table(
                    "health",
                    "Layers",
                    ("Layer", "Ready means", "Own expressions for", "Waiting for it", "Defined at"),
                    rows,
                    "No layer.",
                ),
            )
        ],
    )
