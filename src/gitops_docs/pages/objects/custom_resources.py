"""Custom resources, and the CustomResourceDefinitions that make their kinds."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup, escape

from gitops_docs.index.platform import is_custom
from gitops_docs.model import Layer, Resource
from gitops_docs.pages.html.across import place
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count

_SHOWN = 4


@reused
def custom_resources_page(writer: Writer) -> Page:
    """Objects of kinds that Kubernetes itself does not have."""
    page = writer.draft(writer.at.page("custom-resources"))
    links = Objects(writer)
    found = sorted(
        (
            (resource, layer)
            for layer in writer.facts.platform.layers
            for resource in layer.resources
            if is_custom(resource)
        ),
        key=lambda pair: (pair[0].kind, pair[0].name, pair[1].id),
    )
    rows: list[list[Cell]] = [
        [
            links.name(page, resource, layer),
            Markup("{}<br><small>{}</small>").format(resource.kind, resource.api_version),
            namespace_cell(resource),
            writer.layer(page, layer, with_cluster=writer.many_clusters),
            page.place(resource.file, resource.line),
        ]
        for resource, layer in found
    ]
    kinds = {(resource.group, resource.kind) for resource, _ in found}
    return writer.finish(
        page,
        "tables.html",
        "Custom resources",
        description=f"{count(len(rows), 'custom resource')} of {count(len(kinds), 'kind')}",
        boost=0.5,
        lead=f"{count(len(rows), 'custom resource')} of {count(len(kinds), 'kind')}.",
        sections=[
            (
                None,
                None,
                Table(
                    "custom-resources",
                    "Custom resources",
                    ("Name", "Kind", "Namespace", "Layer", "Defined at"),
                    rows,
                    "No custom resources.",
                ),
            )
        ],
    )


@reused
def definitions_page(writer: Writer) -> Page:
    """CustomResourceDefinitions that layers apply, who has objects of their kinds, and kinds that
    no layer here defines."""
    facts = writer.facts
    page = writer.draft(writer.at.page("crds"))
    users: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    kinds: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    made: list[tuple[Layer, Resource]] = []
    for layer in facts.platform.layers:
        for resource in (*layer.resources, *facts.chart_objects.get(layer.id, ())):
            if resource.kind == "CustomResourceDefinition":
                made.append((layer, resource))
            elif is_custom(resource):
                users[layer.cluster, resource.group][layer.id] += 1
                kinds[layer.cluster, resource.group, resource.kind][layer.id] += 1
    defined = {(layer.cluster, group_of(resource)) for layer, resource in made}
    rows: list[list[Cell]] = []
    for layer, resource in sorted(made, key=lambda item: (item[1].name, item[0].id)):
        used = users.get((layer.cluster, group_of(resource)), {})
        row: list[Cell] = [
            page.named(
                resource.name,
                "CRD",
                f"CustomResourceDefinition of layer {layer.name} on {layer.cluster}",
            ),
            writer.layer(page, layer),
            _users(writer, page, used) or "no layer",
            place(page, resource),
        ]
        if writer.many_clusters:
            row.insert(1, writer.cluster(page, layer.cluster))
        rows.append(row)
    absent: list[list[Cell]] = []
    for (cluster, group, kind), used in sorted(
        kinds.items(), key=lambda item: (item[0][1], item[0][2], item[0][0])
    ):
        if (cluster, group) not in defined:
            row = [
                page.code(f"{kind}.{group}"),
                str(sum(used.values())),
                _users(writer, page, used),
            ]
            if writer.many_clusters:
                row.insert(1, writer.cluster(page, cluster))
            absent.append(row)
    cluster_column = ("Cluster",) if writer.many_clusters else ()
    return writer.finish(
        page,
        "tables.html",
        "CRDs",
        wide=True,
        description=f"{count(len(rows), 'CustomResourceDefinition')} in the manifests",
        boost=0.5,
        lead=f"{count(len(rows), 'CustomResourceDefinition')}, and {count(len(absent), 'kind')} in use "
        "without a CRD in this repository.",
        sections=[
            (
                "CRDs in this repository",
                "With the layers that have objects of the API group.",
                Table(
                    "crds",
                    "CustomResourceDefinitions",
                    ("Name", *cluster_column, "Layer", "Used by layers", "Defined at"),
                    rows,
                    "No CRDs.",
                ),
            ),
            (
                "Used, without a CRD here",
                "Installed by a chart that was not rendered, by Flux, or outside Git.",
                Table(
                    "kinds",
                    "Kinds without a CRD here",
                    ("Kind", *cluster_column, "Objects", "Used by layers"),
                    absent,
                    "All kinds in use have a CRD in this repository.",
                ),
            ),
        ],
    )


def group_of(definition: Resource) -> str:
    """The API group that a CustomResourceDefinition is for: what follows the first dot of its
    name."""
    return definition.name.partition(".")[2]


def _users(writer: Writer, page: Draft, used: dict[str, int]) -> Markup:
    return folded(
        [
            Markup("{} ({})").format(writer.layer(page, user, with_cluster=False), number)
            for user, number in sorted(used.items())
        ],
        _SHOWN,
    )


def namespace_cell(resource: Resource) -> Cell:
    """A resource's namespace, a dash where it has none."""
    if resource.cluster_scoped or not resource.namespace:
        return "–"
    return Markup(f"<code>{escape(resource.namespace)}</code>")


class Objects:
    """Which objects have a page of their own: layers, releases and Flux Alerts."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._layers = {
            (layer.cluster, layer.namespace, layer.name): layer
            for layer in writer.facts.platform.layers
        }

    def name(self, page: Draft, resource: Resource, layer: Layer) -> Markup:
        """An object's name: a link to its page where it has one."""
        key = (layer.cluster, resource.namespace or "", resource.name)
        at = self.writer.at
        if layer.remote_cluster is None:
            if resource.group == "kustomize.toolkit.fluxcd.io" and key in self._layers:
                return page.link(self.writer.layer_uri[self._layers[key].id], resource.name)
            if resource.kind == "HelmRelease" and (release := self.writer.facts.release(*key)):
                return self.writer.release(page, release)
            if resource.group == "notification.toolkit.fluxcd.io" and resource.kind == "Alert":
                return page.link(
                    at.below_cluster(key[0], "notifications", key[1], key[2]), resource.name
                )
        return page.code(resource.name)
