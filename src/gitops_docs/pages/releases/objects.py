"""Write the objects of a chart that are too many for the page of its release: one list, of many a
page for each kind, and of many of one kind a page for each template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gitops_docs.model import Release, Resource
from gitops_docs.pages.html import parts
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, grouped, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.pages.releases.rendered import by_kind, has_page
from gitops_docs.text.english import count

_CHANGES = 10


def objects_pages(writer: Writer, release: Release) -> list[Page]:
    """Write the pages; none where the objects stand on the page of the release."""
    if not has_page(writer, release):
        return []
    pages = [objects_page(writer, release)]
    if not parts.is_split(len(release.objects)):
        return pages
    for kind, found in by_kind(release.objects):
        pages.append(kind_page(writer, release, kind))
        if parts.is_split(len(found)):
            pages += [
                template_page(writer, release, kind, name) for name in sorted(_by_template(found))
            ]
    return pages


def _by_template(objects: Sequence[Resource]) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for one in objects:
        found[one.origin.template if one.origin is not None else ""].append(one)
    return dict(found)


def _names(objects: Sequence[Resource]) -> list[str]:
    return [one.name for one in objects]


@reused
def objects_page(writer: Writer, release: Release) -> Page:
    """Write all objects, or the index of their kinds."""
    page = writer.draft(writer.at.objects_of(release))
    kinds = by_kind(release.objects)
    if parts.is_split(len(release.objects)):
        names = {kind: _names(found) for kind, found in kinds}
        table = parts.index_table(page, "objects", "Objects by kind", "Kind", names)
    else:
        table = _table(page, release, [one for _, found in kinds for one in found])
    return _finish(writer, page, release, "Objects", release.objects, table)


@reused
def kind_page(writer: Writer, release: Release, kind: str) -> Page:
    """Write the objects of one kind, or the index of their templates."""
    index = writer.at.objects_of(release)
    kinds = dict(by_kind(release.objects))
    page = writer.draft(parts.part_of(index, kind, kinds))
    found = kinds[kind]
    if parts.is_split(len(found)):
        names = {name: _names(own) for name, own in sorted(_by_template(found).items())}
        table = parts.index_table(page, "objects", f"{kind} by template", "Template", names)
    else:
        table = _table(page, release, found)
    return _finish(writer, page, release, kind, found, table, [(index, "Objects")])


@reused
def template_page(writer: Writer, release: Release, kind: str, template: str) -> Page:
    """Write the objects of one kind that one template makes."""
    index = writer.at.objects_of(release)
    kinds = dict(by_kind(release.objects))
    above = parts.part_of(index, kind, kinds)
    templates = _by_template(kinds[kind])
    page = writer.draft(parts.part_of(above, template, templates))
    found = templates[template]
    crumbs = [(index, "Objects"), (above, kind)]
    table = _table(page, release, found[: parts.MOST])
    return _finish(writer, page, release, f"{kind} of {template}", found, table, crumbs)


def _finish(
    writer: Writer,
    page: Draft,
    release: Release,
    title: str,
    objects: Sequence[Resource],
    table: Table,
    crumbs: Sequence[tuple[str | None, str]] = (),
) -> Page:
    at = writer.at
    chart = f"{release.chart} {release.version or ''}".strip()
    number = count(len(objects), "object")
    more = ""
    if len(table.rows) == parts.MOST < len(objects):
        more = f" The first {parts.MOST} are listed; `gitops-docs render . {release.layer} --charts` prints all."
    return writer.finish(
        page,
        "tables.html",
        f"{title} of {release.name}",
        description=f"{number} of release {release.name} on {release.cluster}",
        boost=0,
        wide=True,
        crumbs=[
            *writer.crumbs(release.cluster, "releases", "Components"),
            (
                at.below_cluster(release.cluster, "releases", release.namespace, release.name),
                release.name,
            ),
            *crumbs,
        ],
        lead=f"{number} that the chart `{chart}` makes, with the template of each.{more}",
        sections=[(None, None, table)],
    )


def _table(page: Draft, release: Release, objects: Sequence[Resource]) -> Table:
    home = release.target_namespace or release.namespace
    rows: list[list[Cell]] = []
    for one in objects:
        template = one.origin.template if one.origin is not None else ""
        changes = [
            filled("{} by {}", page.code(change.field), page.place(change.file, change.line))
            for change in one.changed_by[:_CHANGES]
        ]
        space = "" if one.cluster_scoped else one.namespace or home
        where = lines([page.code(template), *changes])
        rows.append([page.code(one.name), one.kind, space, where])
    columns = ("Name", "Kind", "Namespace", "Template")
    groups = grouped([one.kind for one in objects])
    return Table("objects", "Objects", columns, rows, groups=groups)
