"""Write the components: what runs, in which versions, on which clusters, and whom to ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.index.across.promotion import Promoted
from gitops_docs.index.operations.owners import Claims
from gitops_docs.model import Layer, Location, Release
from gitops_docs.pages.html import across, commits
from gitops_docs.pages.html import owners as ownership
from gitops_docs.pages.html.areas import facets, in_order
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, grouped, lines, marked, tag
from gitops_docs.pages.html.versions import gap_text
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count
from gitops_docs.text.escape import shorten

_VERSIONS = 4
_REPLICAS = ("replicaCount", "replicas")
_DIFFERENT = 60
"""Most paths whose values are compared."""
_NO_RELEASE = "No layer applies a HelmRelease."
Name = tuple[str, str]


def component_pages(writer: Writer, releases: Sequence[Release]) -> list[Page]:
    """Write the list, that of each cluster, and a page for each component on several clusters.

    `releases` are those of the platform with their values.
    """
    found: dict[Name, list[Release]] = defaultdict(list)
    for release in releases:
        found[release.namespace, release.name].append(release)
    pages = [components_page(writer)]
    if not writer.many_clusters:
        return pages
    for cluster in writer.facts.platform.clusters:
        if any(release.cluster == cluster.id for release in releases):
            pages.append(cluster_page(writer, cluster.id))
    for own in found.values():
        if len({release.cluster for release in own}) > 1:
            pages.append(component_page(writer, tuple(own)))
    return pages


@reused
def components_page(writer: Writer) -> Page:
    """Write the list of all components, one row each."""
    facts = writer.facts
    page = writer.draft(writer.at.page("components"))
    releases = facts.platform.releases
    number = len({release.chart for release in releases})
    loose = sum(release.version is None for release in releases)
    lead = (
        f"{count(len(facts.charts), 'component')}, {count(len(releases), 'Helm release')} of "
        f"{count(number, 'chart')}"
    )
    if writer.many_clusters:
        lead += (
            f" on {count(len(facts.clusters), 'cluster')}. A row is a component: the releases of "
            f"one name and namespace"
        )
    lead += "."
    if loose:
        lead += f" {count(loose, 'release')} {'is' if loose == 1 else 'are'} not pinned."
    if facts.owners_are_stated:
        lead += " The page Owners says where an owner comes from."
    lead += writer.only_listed("release")
    return writer.finish(
        page,
        "tables.html",
        "Components",
        description=f"{count(len(releases), 'Helm release')} and their versions",
        boost=2,
        wide=True,
        lead=lead,
        words=["who owns owner version chart helm releases"],
        sections=[(None, None, _table(writer, page, facts.twins))],
    )


def _table(writer: Writer, page: Draft, names: dict[Name, list[Release]]) -> Table:
    """Return a row for each component; columns that would say the same in each row are left out."""
    facts = writer.facts
    area_of = {name: facts.areas.get(own[0].layer, "") for name, own in names.items()}
    layers: dict[str, list[Layer]] = defaultdict(list)
    for layer in facts.platform.layers:
        layers[facts.areas[layer.id]].append(layer)
    order = {area: position for position, area in enumerate(in_order(layers))}
    versions = {(row.namespace, row.name): row for row in facts.charts}
    ordered = sorted(names, key=lambda name: (order.get(area_of[name], -1), name[1], name[0]))
    owners = facts.owners_are_stated
    placed = len(ordered) <= across.PLACES
    rows: list[list[Cell]] = []
    tags = []
    for name in ordered:
        own = names[name]
        row = versions[name]
        cells: list[Cell] = [
            _name(writer, page, name, own),
            versions_of(writer, page, row, own, placed=placed),
            lines([page.code(chart) for chart in dict.fromkeys(item.chart for item in own)]),
            name[0] if not writer.many_clusters else str(len(row.versions)),
        ]
        if owners:
            cells.append(owner(writer, own[0]))
        rows.append(cells)
        tags.append(" ".join([*_tags(writer, row, own), tag(area_of[name])]))
    fourth = "Clusters" if writer.many_clusters else "Namespace"
    areas = [area_of[name] for name in ordered]
    return Table(
        "releases",
        "Components",
        (
            "Component",
            "Versions and clusters" if writer.many_clusters else _version_head(placed),
            "Chart",
            fourth,
            *(("Owner",) if owners else ()),
        ),
        rows,
        _NO_RELEASE,
        low=frozenset({2, 3, 4}),
        numeric=frozenset({3}) if writer.many_clusters else frozenset(),
        groups=grouped(areas, "area"),
        tags=tuple(tags),
        facets=facets(page, tags, _FACETS, areas),
    )


_FACETS = {
    "differs": "Versions differ",
    "behind": "Behind",
    "loose": "Not pinned",
    "suspended": "Suspended",
    "absent": "Chart not rendered",
    "unowned": "No owner",
}


def _tags(writer: Writer, row: Promoted, own: Sequence[Release]) -> list[str]:
    found = [] if row.is_equal else ["differs"]
    if row.behind:
        found.append("behind")
    if any(release.version is None for release in own):
        found.append("loose")
    if any(release.suspended for release in own):
        found.append("suspended")
    if any(release.chart_absent for release in own):
        found.append("absent")
    if writer.facts.owners_are_stated and not claims(writer, own[0]):
        found.append("unowned")
    return found


def _name(writer: Writer, page: Draft, name: Name, own: Sequence[Release]) -> Markup:
    link = page.link(writer.component(*name), name[1])
    suspended = [release.cluster for release in own if release.suspended]
    if not suspended:
        return link
    if len(suspended) == len(own):
        return marked(link, "suspended")
    return link + filled(
        ' <span class="gitops-state gitops-state--suspended">suspended on {}</span>',
        across.names(suspended),
    )


def versions_of(
    writer: Writer, page: Draft, row: Promoted, own: Sequence[Release], *, placed: bool
) -> Markup:
    """`1.20.0 × 11`, the most frequent first; the others with their environments. With one cluster,
    the version, and the line that sets it where it is `placed`."""
    if not writer.many_clusters:
        return version(page, own[0], placed=placed)
    environments = writer.facts.environments.of
    found: dict[str | None, list[str]] = defaultdict(list)
    for cluster, text in row.versions.items():
        found[text].append(cluster)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0] or ""))
    cells = []
    for position, (text, clusters) in enumerate(ordered[:_VERSIONS]):
        cell = filled("{} × {}", page.code(text) if text else Markup("not pinned"), len(clusters))
        if position or len(ordered) > 1:
            stages = dict.fromkeys(
                environments[one].name for one in clusters if one in environments
            )
            if position:
                cell += filled(" <small>{}</small>", across.names(stages))
        cells.append(cell)
    if len(ordered) > _VERSIONS:
        cells.append(filled("<small>+{}</small>", len(ordered) - _VERSIONS))
    return lines(cells)


@reused
def cluster_page(writer: Writer, cluster: str) -> Page:
    """Write the list of a cluster's releases."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.section_of_cluster(cluster, "releases"))
    releases = [release for release in facts.platform.releases if release.cluster == cluster]
    return writer.finish(
        page,
        "tables.html",
        f"Components of {cluster}",
        description=f"{count(len(releases), 'Helm release')} of {cluster}",
        boost=0.5,
        wide=True,
        lead=f"{count(len(releases), 'Helm release')} on {cluster}.",
        crumbs=[(at.index("clusters"), "Clusters"), (at.cluster(cluster), cluster)],
        sections=[(None, None, components(writer, page, releases))],
    )


def components(
    writer: Writer,
    page: Draft,
    releases: tuple[Release, ...] | list[Release],
    table: str = "releases",
) -> Table:
    """Return a table of the releases of one cluster; columns that would say the same in each row
    are left out."""
    facts = writer.facts
    owners = facts.owners_are_stated
    versions = {(row.namespace, row.name): row for row in facts.charts}
    several = len({release.cluster for release in releases}) > 1
    placed = len(releases) <= across.PLACES
    rows = []
    for release in releases:
        row = versions[release.namespace, release.name]
        gap = row.behind.get(release.cluster)
        cells: list[Cell] = [
            marked(writer.release(page, release), *(["suspended"] if release.suspended else [])),
            version(page, release, placed=placed) + (gap_text(gap) if gap else ""),
            page.code(release.chart),
            page.code(release.target_namespace or release.namespace),
            writer.layer(page, release.layer),
        ]
        if several:
            cells.insert(1, writer.cluster(page, release.cluster))
        if owners:
            cells.append(owner(writer, release))
        rows.append(cells)
    return Table(
        table,
        "Helm releases",
        (
            "Release",
            *(("Cluster",) if several else ()),
            _version_head(placed),
            "Chart",
            "Namespace",
            "Layer",
            *(("Owner",) if owners else ()),
        ),
        rows,
        _NO_RELEASE,
        low=frozenset({3, 4, 5, 6} if several else {2, 3, 5}),
    )


@reused
def component_page(writer: Writer, releases: tuple[Release, ...]) -> Page:
    """Write the page of a component on all its clusters."""
    facts, at = writer.facts, writer.at
    first = releases[0]
    page = writer.draft(at.on_all("components", first.namespace, first.name))
    row = next(
        one for one in facts.charts if (one.namespace, one.name) == (first.namespace, first.name)
    )
    own = {release.cluster: release for release in releases}
    order = [cluster for cluster in facts.environments.clusters() if cluster in own]
    different = _different(own)
    rows = [_row(writer, page, row, own[cluster], different) for cluster in order]
    places = {Markup.escape(cells[2]) for cells in rows}
    set_at = places.pop() if len(places) == 1 else None
    if set_at is not None:
        rows = [[*cells[:2], "–", *cells[3:]] for cells in rows]
    charts = sorted({release.chart for release in releases})
    alerts = {
        alert.name: page.link(at.alert(alert.name), alert.name)
        for release in releases
        for alert in facts.joins.alerts(release)
    }
    layer = facts.layers.get(first.layer)
    headline: list[Cell] = [
        ownership.headline(writer, page, claims(writer, first)) if facts.owners_are_stated else "",
        count(len(order), "cluster"),
        filled("chart {}", joined(", ", (page.code(chart) for chart in charts))),
        filled("namespace {}", page.code(first.target_namespace or first.namespace)),
    ]
    if layer is not None:
        uri = writer.layer_on_all(layer.namespace, layer.name) or writer.layer_uri[layer.id]
        headline.append(filled("layer {}", page.link(uri, layer.name)))
    files = {place for release in releases for place in _files(release)}
    return writer.finish(
        page,
        "component.html",
        first.name,
        wide=True,
        boost=5,
        description=f"{first.name}: chart {', '.join(charts)}, "
        f"{', '.join(sorted({text or 'not pinned' for text in row.versions.values()}))} on "
        f"{count(len(order), 'cluster')}",
        words=[first.namespace, *order],
        tags=["component"],
        kind="component",
        crumbs=[(at.page("components"), "Components")],
        headline=[cell for cell in headline if cell],
        about=first.description,
        held=_held_back(row),
        clusters=Table(
            "clusters",
            f"{first.name} by cluster",
            ("Cluster", "Version", "Set at", "Images", "Replicas", "Hostnames", "Values that differ"),
            rows,
            low=frozenset({2, 3, 4, 5}),
        ),
        set_at=set_at,
        values=_values(page, own, order, different),
        more=max(0, len(different) - _DIFFERENT),
        alerts=list(alerts.values())[:12],
        hidden=max(0, len(alerts) - 12),
        runbooks=[page.document(book.file, book.title) for book in facts.joins.runbooks(first)],
        changed=commits.shown(facts.changes.of_files(files), facts.platform.repository, 10),
        unchanged=commits.none_because(facts.platform.repository),
    )  # fmt: skip


def _held_back(row: Promoted) -> list[tuple[str, str]]:
    """Return why a component is held back, with the clusters."""
    return [
        (
            text.removeprefix("held back:").strip(),
            across.names([cluster for cluster, other in row.held.items() if other == text]),
        )
        for text in dict.fromkeys(row.held.values())
    ]


def _files(release: Release) -> set[str]:
    """Return files that set the version of a release."""
    places = [release.version_set_at, Location(release.file, release.line)]
    return {place.file for place in places if place}


def _different(own: dict[str, Release]) -> list[str]:
    """Return paths whose values are not the same on all clusters."""
    found: dict[str, dict[str, str | None]] = defaultdict(dict)
    for cluster, release in own.items():
        for value in release.values:
            found[value.path][cluster] = value.value
    return [
        path for path in sorted(found) if len(found[path]) < len(own) or len(set(found[path].values())) > 1
    ]  # fmt: skip


def _row(
    writer: Writer, page: Draft, row: Promoted, release: Release, different: Sequence[str]
) -> list[Cell]:
    facts = writer.facts
    values = {value.path: value.value for value in release.values}
    number = sum(path in values for path in different)
    owner_of = f"HelmRelease {release.namespace}/{release.name}"
    images = [
        image.image.rpartition("/")[2]
        for image in facts.images.get(release.layer, [])
        if image.owner == owner_of
    ]
    gap = row.behind.get(release.cluster)
    hosts = dict.fromkeys(
        endpoint.host
        for endpoint in facts.endpoints_of.get(release.layer, ())
        if endpoint.route.namespace == release.namespace
    )
    text = page.code(release.version) if release.version else Markup("not pinned")
    if gap:
        text += gap_text(gap)
    if release.cluster in row.held:
        text += filled(
            "<small>held back: {}</small>",
            prose(shorten(row.held[release.cluster].removeprefix("held back:").strip(), 80)),
        )
    replicas = next((values[path] for path in _REPLICAS if values.get(path)), None)
    return [
        marked(
            writer.release(page, release, release.cluster),
            *(["suspended"] if release.suspended else []),
        ),
        text,
        lines(
            [page.place(release.version_set_at) or page.place(release.file, release.line), since(writer, release)]
        ),
        lines([page.code(image) for image in dict.fromkeys(images[:4])]) or "–",
        replicas or "–",
        lines([page.code(host) for host in list(hosts)[:2]]) or "–",
        str(number) if number else "–",
    ]  # fmt: skip


def since(writer: Writer, release: Release) -> Markup:
    """Since when a release has its version, and by whom."""
    place = release.version_set_at or Location(release.file, release.line)
    commit = writer.facts.setter(place)
    if commit is None:
        return Markup("")
    return filled("<small>{} {}</small>", commit.date, shorten(commit.author, 30))


def _values(
    page: Draft, own: dict[str, Release], order: Sequence[str], different: Sequence[str]
) -> Table | None:
    if not different:
        return None
    rows: list[list[Cell]] = []
    for path in different[:_DIFFERENT]:
        found: dict[str | None, list[str]] = defaultdict(list)
        for cluster in order:
            value = next((item for item in own[cluster].values if item.path == path), None)
            if value is None:
                found[None].append(cluster)
            else:
                found[value.value if value.value is not None else "secret or unknown"].append(
                    cluster
                )
        counted = sorted(found.items(), key=lambda item: (-len(item[1]), item[0] or ""))
        cells = [
            filled(
                "{} <small>{}</small>",
                page.code(shorten(text, 80)) if text is not None else Markup("not set"),
                f"× {len(clusters)}" if position == 0 else across.names(clusters),
            )
            for position, (text, clusters) in enumerate(counted[:4])
        ]
        if len(counted) > 4:
            cells.append(filled("<small>+{} other values</small>", len(counted) - 4))
        rows.append([page.code(path), lines(cells)])
    return Table("values", "Values that differ", ("Path", "Values and clusters"), rows)


def _version_head(placed: bool) -> str:
    return "Version, set at" if placed else "Version"


def version(page: Draft, release: Release, *, placed: bool = True) -> Markup:
    """Return a release's version, and the line that sets it where it is `placed`; what it would be
    without a patch."""
    cells = [page.code(release.version) if release.version else Markup("not pinned")]
    place = page.place(release.version_set_at) if placed else Markup("")
    if place:
        cells.append(place)
    if release.version_was is not None and release.version_was != release.version:
        cells.append(filled("was {}", page.code(release.version_was)))
    return lines(cells)


def claims(writer: Writer, release: Release) -> Claims:
    """Return what says who owns a release, the claim that counts first."""
    return writer.facts.release_owners.get((release.layer, release.namespace, release.name), ())


def owner(writer: Writer, release: Release) -> Markup:
    """Return who owns a release."""
    found = claims(writer, release)
    return lines([Markup.escape(name) for name in found[0].owners] if found else ["no owner"])
