"""Show custom resources, and the CustomResourceDefinitions that make their kinds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup, escape

from gitops_docs.index.platform import is_custom
from gitops_docs.kubernetes.flux import KUSTOMIZE_GROUP, NOTIFICATION_GROUP
from gitops_docs.model import Layer, Resource
from gitops_docs.pages.html import across, parts
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count

_SHOWN = 4


Found = list[tuple[Resource, Layer]]
Groups = dict[tuple[str, str, str, str], Found]
"""Kind, group, namespace and name to the objects of that name on all clusters."""


def custom_resources_pages(writer: Writer) -> list[Page]:
    """Write the list of custom resources; of many, a page for each kind."""
    groups = _groups(writer)
    if not parts.is_split(len(groups)):
        return [custom_resources_page(writer)]
    kinds = dict.fromkeys((kind, group) for kind, group, _, _ in groups)
    pages = [custom_resources_page(writer)]
    for kind, group in kinds:
        pages.append(kind_page(writer, kind, group))
        spaces = tuple(_spaces(groups, kind, group))
        pages += [namespace_page(writer, kind, group, one, spaces) for one in spaces]
    return pages


def _spaces(groups: Groups, kind: str, group: str) -> dict[str, list[str]]:
    """Return the namespaces whose objects of a kind have a page of their own."""
    found = [key for key in groups if key[:2] == (kind, group)]
    return across.by_namespace((namespace, name) for _, _, namespace, name in found)


def _groups(writer: Writer) -> Groups:
    found = sorted(
        (
            (resource, layer)
            for layer in writer.facts.platform.layers
            for resource in layer.resources
            if is_custom(resource)
        ),
        key=lambda pair: (pair[0].kind, pair[0].name, pair[1].id),
    )
    groups: Groups = defaultdict(list)
    for resource, layer in found:
        groups[resource.kind, resource.group, resource.namespace or "", resource.name].append(
            (resource, layer)
        )
    return dict(groups)


@reused
def custom_resources_page(writer: Writer) -> Page:
    """Return objects of kinds that Kubernetes itself does not have."""
    page = writer.draft(writer.at.page("custom-resources"))
    groups = _groups(writer)
    number = sum(map(len, groups.values()))
    kinds: dict[str, list[str]] = defaultdict(list)
    for kind, group, _, name in groups:
        kinds[f"{kind}.{group}"].append(name)
    if parts.is_split(len(groups)):
        table = parts.index_table(
            page, "custom-resources", "Custom resources by kind", "Kind", dict(kinds)
        )
    else:
        table = _table(writer, page, groups)
    return writer.finish(
        page,
        "tables.html",
        "Custom resources",
        description=f"{count(number, 'custom resource')} of {count(len(kinds), 'kind')}",
        boost=0.5,
        wide=True,
        lead=f"{count(number, 'custom resource')} of {count(len(kinds), 'kind')}",
        sections=[(None, None, table)],
    )


@reused
def kind_page(writer: Writer, kind: str, group: str) -> Page:
    """Write the objects of one kind."""
    every = _groups(writer)
    page = writer.draft(_uri(writer, every, kind, group))
    groups = _of_kind(every, kind, group)
    spaces = _spaces(every, kind, group)
    table = (
        parts.index_table(page, "custom-resources", f"{kind} by namespace", "Namespace", spaces)
        if spaces
        else _table(writer, page, groups)
    )
    return _finish(writer, page, kind, group, kind, groups, table)


@reused
def namespace_page(
    writer: Writer, kind: str, group: str, namespace: str, spaces: tuple[str, ...]
) -> Page:
    """Write the objects of one kind in one namespace."""
    every = _groups(writer)
    above = _uri(writer, every, kind, group)
    page = writer.draft(parts.part_of(above, namespace, spaces))
    groups = {key: own for key, own in _of_kind(every, kind, group).items() if key[2] == namespace}
    title, table = f"{kind} in {namespace or 'no namespace'}", _table(writer, page, groups)
    return _finish(writer, page, kind, group, title, groups, table, [(above, kind)])


def _uri(writer: Writer, every: Groups, kind: str, group: str) -> str:
    named = {f"{key[0]}.{key[1]}" for key in every}
    return parts.part_of(writer.at.page("custom-resources"), f"{kind}.{group}", named)


def _of_kind(every: Groups, kind: str, group: str) -> Groups:
    found = [item for item in every.items() if item[0][:2] == (kind, group)]
    return dict(sorted(found, key=lambda item: item[0][2]))


def _finish(
    writer: Writer,
    page: Draft,
    kind: str,
    group: str,
    title: str,
    groups: Groups,
    table: Table,
    crumbs: Sequence[tuple[str | None, str]] = (),
) -> Page:
    return writer.finish(
        page,
        "tables.html",
        title,
        description=f"{count(len(groups), 'name')} of {kind}.{group}",
        boost=0.5,
        wide=True,
        lead=f"{count(sum(map(len, groups.values())), kind)} of the API group `{group}`.",
        crumbs=[(writer.at.page("custom-resources"), "Custom resources"), *crumbs],
        sections=[(None, None, table)],
    )


def _table(writer: Writer, page: Draft, groups: Groups) -> Table:
    links = Objects(writer)
    kinds = {(kind, group) for kind, group, *_ in groups}
    spaces = [namespace or "no namespace" for _, _, namespace, _ in groups]
    rows: list[list[Cell]] = []
    for own in groups.values():
        resource, layer = own[0]
        layers = {other.name: other for _, other in own}
        places = dict.fromkeys((one.file, one.line) for one, _ in own)
        row: list[Cell] = [
            links.of_name(page, resource, layer)
            if len(own) > 1
            else links.name(page, resource, layer),
            filled("{}<br><small>{}</small>", resource.kind, resource.api_version),
            namespace_cell(resource),
            folded([writer.layer_or_all(page, other) for other in layers.values()], _SHOWN),
            folded([page.place(*place) for place in places], 2),
        ]
        if writer.many_clusters:
            row.insert(3, across.share(writer, [other.cluster for _, other in own]))
        rows.append(row)
    return Table(
        "custom-resources",
        "Custom resources",
        (
            "Name",
            "Kind",
            "Namespace",
            *(("Clusters",) if writer.many_clusters else ()),
            "Layer",
            "Defined at",
        ),
        rows,
        "No layer applies a custom resource.",
        groups=grouped(spaces if len(kinds) == 1 else [kind for kind, *_ in groups]),
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
    by_name: dict[str, list[tuple[Layer, Resource]]] = defaultdict(list)
    for layer, resource in sorted(made, key=lambda item: (item[1].name, item[0].id)):
        by_name[resource.name].append((layer, resource))
    for name, own in by_name.items():
        used: dict[str, int] = {}
        for layer, resource in own:
            used.update(users.get((layer.cluster, group_of(resource)), {}))
        layers = {layer.name: layer for layer, _ in own}
        clusters = [layer.cluster for layer, _ in own]
        row: list[Cell] = [
            page.named(
                name,
                "CRD",
                f"CustomResourceDefinition of layer {', '.join(list(layers)[:4])} on "
                f"{across.names(clusters)}",
            ),
            folded([writer.layer_or_all(page, layer) for layer in layers.values()], _SHOWN),
            _users(writer, page, used) or "no layer",
            across.place(page, own[0][1]),
        ]
        if writer.many_clusters:
            row.insert(1, across.share(writer, clusters))
        rows.append(row)
    absent: list[list[Cell]] = []
    elsewhere: dict[tuple[str, str], list[tuple[str, dict[str, int]]]] = defaultdict(list)
    for (cluster, group, kind), used in sorted(kinds.items()):
        if (cluster, group) not in defined:
            elsewhere[group, kind].append((cluster, used))
    for (group, kind), uses in sorted(elsewhere.items()):
        every = {layer: number for _, used in uses for layer, number in used.items()}
        row = [
            page.code(f"{kind}.{group}"),
            str(sum(every.values())),
            _users(writer, page, every),
        ]
        if writer.many_clusters:
            row.insert(1, across.share(writer, [cluster for cluster, _ in uses]))
        absent.append(row)
    cluster_column = ("Clusters",) if writer.many_clusters else ()
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
    """Return the API group that a CustomResourceDefinition is for: what follows the first dot of
    its name."""
    return definition.name.partition(".")[2]


def _users(writer: Writer, page: Draft, used: dict[str, int]) -> Markup:
    """Return the layers with objects, one for each name, with their numbers of objects."""
    found: dict[str, list[tuple[Layer, int]]] = defaultdict(list)
    for identity, number in sorted(used.items()):
        layer = writer.facts.layers[identity]
        found[layer.name].append((layer, number))
    return folded(
        [
            filled(
                "{} ({})",
                writer.layer(page, own[0][0])
                if len(own) == 1
                else writer.layer_or_all(page, own[0][0]),
                across.numbers([number for _, number in own]),
            )
            for own in found.values()
        ],
        _SHOWN,
    )


def namespace_cell(resource: Resource) -> Cell:
    """Return a resource's namespace, a dash where it has none."""
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

    def of_name(self, page: Draft, resource: Resource, layer: Layer) -> Markup:
        """Return the name of an object of several clusters: a link to the page about all of
        them."""
        namespace = resource.namespace or ""
        if layer.remote_cluster is None:
            if resource.group == KUSTOMIZE_GROUP:
                uri = self.writer.layer_on_all(namespace, resource.name)
                if uri:
                    return page.link(uri, resource.name)
            if resource.kind == "HelmRelease" and (
                (namespace, resource.name) in self.writer.facts.twins
            ):
                return page.link(self.writer.component(namespace, resource.name), resource.name)
        return page.code(resource.name)

    def name(self, page: Draft, resource: Resource, layer: Layer) -> Markup:
        """Return an object's name: a link to its page where it has one."""
        key = (layer.cluster, resource.namespace or "", resource.name)
        at = self.writer.at
        if layer.remote_cluster is None:
            if resource.group == KUSTOMIZE_GROUP and key in self._layers:
                return page.link(self.writer.layer_uri[self._layers[key].id], resource.name)
            if resource.kind == "HelmRelease" and (release := self.writer.facts.release(*key)):
                return self.writer.release(page, release)
            if resource.group == NOTIFICATION_GROUP and resource.kind == "Alert":
                return page.link(
                    at.below_cluster(key[0], "notifications", key[1], key[2]), resource.name
                )
        return page.code(resource.name)
