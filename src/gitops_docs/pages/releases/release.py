"""Write the page of a Helm release: version and who sets it, chart and source, values with where
each is set, images, commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.index import commands
from gitops_docs.model import ChartDefault, Image, Location, Relation, Release
from gitops_docs.pages.html import commits, owners
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Group, Table, grouped
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.pages.releases.rendered import rendered
from gitops_docs.text.english import count
from gitops_docs.text.escape import shorten

_FEW_IMAGES = 3
_LONG = 60
"""A list with more values has a group for each first key."""


@reused
def release_page(writer: Writer, release: Release) -> Page:
    """Return the page of one release."""
    facts, at = writer.facts, writer.at
    page = writer.draft(
        at.below_cluster(release.cluster, "releases", release.namespace, release.name)
    )
    cluster = facts.clusters.get(release.cluster)
    owner = f"HelmRelease {release.namespace}/{release.name}"
    images = [
        image
        for image in facts.images.get(release.layer, [])
        if image.owner == owner
        or (
            image.origin is not None
            and (image.origin.namespace, image.origin.release) == (release.namespace, release.name)
        )
    ]
    source = facts.sources.get(
        (release.cluster, release.source.kind, release.source.namespace, release.source.name)
    )
    others = [
        other
        for other in facts.twins.get((release.namespace, release.name), [])
        if other.cluster != release.cluster
    ]
    waits = []
    for namespace, name in release.depends_on:
        known = any(
            other.cluster == release.cluster for other in facts.twins.get((namespace, name), [])
        )
        uri = at.below_cluster(release.cluster, "releases", namespace, name)
        waits.append(
            page.link(uri, name)
            if known
            else filled("{} (missing)", page.code(f"{namespace}/{name}"))
        )
    return writer.finish(
        page,
        "release.html",
        f"{release.name} (release, {release.cluster})",
        description=f"Helm release {release.name}, chart {release.chart} {release.version or ''} on {release.cluster}",
        boost=4 if writer.component(release.namespace, release.name) == page.uri else 0,
        words=[release.namespace, release.source.name, *sorted({image.image for image in images})],
        edit=Location(release.file, release.line),
        status="suspended" if release.suspended else None,
        tags=["release", release.cluster, *(["suspended"] if release.suspended else [])],
        crumbs=writer.crumbs(release.cluster, "releases", "Components"),
        release=release,
        states=["suspended"] if release.suspended else [],
        headline=[
            *writer.switch(
                page,
                release.cluster,
                {
                    other.cluster: at.below_cluster(
                        other.cluster, "releases", other.namespace, other.name
                    )
                    for other in facts.twins.get((release.namespace, release.name), [])
                },
                writer.component(release.namespace, release.name),
            ),
            filled("version {}", page.code(release.version))
            if release.version
            else "version not pinned",
            filled("chart {}", page.code(release.chart)),
            filled("namespace {}", page.code(release.target_namespace or release.namespace)),
            filled("layer {}", writer.layer(page, release.layer)),
            owners.headline(
                writer, page, facts.release_owners[release.layer, release.namespace, release.name]
            ),
        ],
        set_at=release.version_set_at or Location(release.file, release.line),
        was=release.version_was if release.version_was != release.version else None,
        needed_by=_needed_by(writer, page, release),
        alerts=[
            page.link(at.alert(alert.name), alert.name) for alert in facts.joins.alerts(release)
        ],
        changed=commits.shown(facts.changes.of_files(_files(release)), facts.platform.repository),
        unchanged=commits.none_because(facts.platform.repository),
        source=source,
        source_name=f"{release.source.kind} {release.source.namespace}/{release.source.name}",
        source_url=(source.url if source else None) or release.source.url,
        commands=commands.of_release(release, cluster.context if cluster else None),
        waits=waits,
        others=_elsewhere(writer, page, release, others),
        values=_values(page, release),
        chart=release.chart_details,
        missing=release.chart_absent,
        made=rendered(writer, page, release),
        few_images=_few_images(page, release, images),
        images=Table(
            "images",
            "Images of the chart" if release.is_rendered else "Images in the values",
            ("Image", "Used by", "Set at"),
            [
                [
                    page.code(image.image),
                    page.code(image.owner) if image.origin is not None else "",
                    page.code(image.origin.template)
                    if image.origin is not None and image.line == release.line
                    else page.place(image.file, image.line, near=release.file),
                ]
                for image in images
            ],
            "No images." if release.is_rendered else "No image in the values; the chart sets it.",
        ),
        findings=facts.concerns.get(
            (release.layer, "Release", release.namespace, release.name), ()
        ),
        runbooks=[page.document(book.file, book.title) for book in facts.joins.runbooks(release)],
    )


def _elsewhere(
    writer: Writer, page: Draft, release: Release, others: Sequence[Release]
) -> Markup | None:
    """Return which version the other clusters have: a number where it is the same, else names by
    version."""
    if not others:
        return None
    different = [other for other in others if other.version != release.version]
    same = len(others) - len(different)
    parts = [Markup.escape(f"the same version on {count(same, 'other cluster')}")] if same else []
    versions: dict[str | None, list[Markup]] = defaultdict(list)
    for other in different:
        uri = writer.at.below_cluster(other.cluster, "releases", other.namespace, other.name)
        versions[other.version].append(page.link(uri, other.cluster))
    for version, links in versions.items():
        name = page.code(version) if version else Markup("not pinned")
        parts.append(filled("<strong>{}</strong> on {}", name, joined(", ", links)))
    return filled("Other clusters: {}.", joined(", ", parts))


def _few_images(page: Draft, release: Release, images: Sequence[Image]) -> Markup | None:
    """Return the images of a release whose chart was not rendered, where they need no table."""
    if release.is_rendered or len(images) > _FEW_IMAGES:
        return None
    if not images:
        return Markup("none in the values; the chart sets them")
    return joined(
        "<br>",
        (
            page.code(image.image)
            + Markup(" ")
            + page.place(image.file, image.line, near=release.file)
            for image in images
        ),
    )


_RELATIONS = {
    Relation.SAME: "same as the default",
    Relation.NONE: "no default",
    Relation.UNKNOWN: "not known to the chart",
    Relation.HIDDEN: "not shown",
}


def _values(page: Draft, release: Release) -> Table:
    """Return the values, and beside each what the chart says of it, where the chart is known."""
    defaults = (
        {one.path: one for one in release.chart_details.defaults}
        if release.chart_details is not None
        else {}
    )
    rows = []
    for value in release.values:
        default = defaults.get(value.path)
        path = page.code(value.path)
        if default is not None and default.comment:
            path += filled("<br><small>{}</small>", prose(default.comment))
        cells: list[Cell] = [
            path,
            _value(page, value.value),
        ]
        if release.chart_details is not None:
            cells.append(_default(page, default))
        rows.append([*cells, page.place(value.file, value.line, near=release.file)])
    keys = [_first_key(value.path) for value in release.values]
    groups: tuple[Group, ...] = ()
    if len(rows) > _LONG:
        first = {key: number for number, key in reversed(list(enumerate(keys)))}
        order = sorted(range(len(rows)), key=lambda number: first[keys[number]])
        rows = [rows[number] for number in order]
        groups = grouped([keys[number] for number in order])
    chart = ("Chart default",) if release.chart_details is not None else ()
    columns = ("Path", "Value", *chart, "Set at")
    return Table(
        "values", "Values", columns, rows, "No values set: chart defaults apply.", groups=groups
    )


def _value(page: Draft, value: str | None) -> Markup:
    if value is None:
        return Markup("<em>secret or not known</em>")
    return page.code(shorten(value, 300)) if value else Markup("<em>empty</em>")


def _first_key(path: str) -> str:
    """Return the first key of a path of values."""
    return path.partition(".")[0].partition("[")[0]


def _default(page: Draft, default: ChartDefault | None) -> Markup | str:
    if default is None:
        return ""
    if default.relation in _RELATIONS:
        return filled("<em>{}</em>", _RELATIONS[default.relation])
    if default.summary is not None:
        return default.summary
    return page.code(shorten(default.default or "", 300)) or Markup("<em>empty</em>")


def _files(release: Release) -> set[str]:
    """Return files that say something about a release."""
    places = [release.version_set_at, release.version_was_at, Location(release.file, release.line)]
    return {place.file for place in places if place} | {value.file for value in release.values}


def _needed_by(writer: Writer, page: Draft, release: Release) -> list[tuple[Markup, Markup | str]]:
    """Return who breaks without a release, and why we think so."""
    facts, at = writer.facts, writer.at
    found: list[tuple[Markup, Markup | str]] = []
    for other in facts.waiting_releases.get((release.cluster, release.namespace, release.name), []):
        uri = at.below_cluster(other.cluster, "releases", other.namespace, other.name)
        found.append((page.link(uri, other.name), page.code("dependsOn")))
    for layer in facts.checked_by.get(
        (release.cluster, "HelmRelease", release.namespace, release.name), []
    ):
        found.append((writer.layer(page, layer), "health check of this layer"))
    for identity in facts.graph.required_by.get(release.layer, ()):
        found.append(
            (
                writer.layer(page, identity),
                filled("depends on layer {}", writer.layer(page, release.layer)),
            )
        )
    return found
