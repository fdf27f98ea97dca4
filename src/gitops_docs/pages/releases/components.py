"""All Helm releases of all clusters: what runs here, in which version, who says so, and whom to
ask."""

from __future__ import annotations

from markupsafe import Markup

from gitops_docs.model import Release
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, lines, marked
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count


@reused
def components_page(writer: Writer) -> Page:
    """The inventory of releases."""
    facts = writer.facts
    page = writer.draft(writer.at.page("components"))
    releases = facts.platform.releases
    charts = len({release.chart for release in releases})
    loose = sum(release.version is None for release in releases)
    lead = (
        f"{count(len(releases), 'Helm release')} of {count(charts, 'chart')}: what runs here, in "
        f"which version, and who says so."
    )
    if loose:
        lead += (
            f" {loose} of them {'is' if loose == 1 else 'are'} not pinned: Flux takes the newest "
            f"version that the source has."
        )
    if facts.platform.has_owners:
        lead += " Owners are those that CODEOWNERS gives the file with the HelmRelease."
    lead += writer.only_listed("release")
    return writer.finish(
        page,
        "tables.html",
        "Components",
        description=f"{count(len(releases), 'Helm release')} and their versions",
        boost=2,
        lead=lead,
        sections=[(None, None, components(writer, page, releases))],
    )


def components(
    writer: Writer,
    page: Draft,
    releases: tuple[Release, ...] | list[Release],
    table: str = "releases",
) -> Table:
    """A table of releases; columns that would say the same in each row are left out."""
    facts = writer.facts
    clusters = writer.many_clusters
    owners = facts.platform.has_owners
    columns = (
        "Release",
        "Version, where it is set",
        "Chart, and where it is from",
        "Namespace",
        *(("Cluster",) if clusters else ()),
        "Layer",
        *(("Owner",) if owners else ()),
    )
    rows = []
    for release in releases:
        cells: list[Cell] = [
            marked(writer.release(page, release), *(["suspended"] if release.suspended else [])),
            version(page, release),
            lines([page.code(release.chart), source(writer, page, release)]),
            page.code(release.target_namespace or release.namespace),
        ]
        if clusters:
            cells.append(writer.cluster(page, release.cluster))
        cells.append(writer.layer(page, release.layer))
        if owners:
            cells.append(owner(writer, release.file))
        rows.append(cells)
    return Table(table, "Helm releases", columns, rows, "No layer applies a HelmRelease.")


def version(page: Draft, release: Release) -> Markup:
    """A release's version and the line that sets it; what it would be without a patch."""
    cells = [page.code(release.version) if release.version else Markup("not pinned")]
    place = page.place(release.version_set_at)
    if place:
        cells.append(place)
    if release.version_was is not None and release.version_was != release.version:
        cells.append(Markup("was {}").format(page.code(release.version_was)))
    return lines(cells)


def source(writer: Writer, page: Draft, release: Release) -> Markup:
    """Where the chart comes from: a link to the source where some layer applies it."""
    ref = release.source
    if (release.cluster, ref.kind, ref.namespace, ref.name) in writer.facts.sources:
        uri, query = writer.at.page("sources"), f"{ref.kind} {ref.namespace}/{ref.name}"
        return Markup("<small>{} {}</small>").format(
            ref.kind, page.link(uri, ref.name, sources=query)
        )
    return Markup("<small>{} {}</small>").format(ref.kind, ref.name)


def owner(writer: Writer, file: str) -> Markup:
    """Who owns a file."""
    return lines([Markup.escape(name) for name in writer.facts.owners.get(file, ())]) or Markup(
        "nobody"
    )
