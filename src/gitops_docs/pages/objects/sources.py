"""Show Flux sources: what is followed, how Flux authenticates there, and who uses it."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup

from gitops_docs.model import Secret, Source
from gitops_docs.pages.html import across
from gitops_docs.pages.html.areas import facets
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, mark
from gitops_docs.pages.objects.secrets import PROTECTION, makers
from gitops_docs.text.english import count

_SHOWN = 4
_FACETS = {"unused": "Not used", "suspended": "Suspended", "open": "No authentication"}


@reused
def sources_page(writer: Writer) -> Page:
    """Return the inventory of sources."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.page("sources"))
    users: dict[tuple[str, str, str, str], list[Markup]] = defaultdict(list)
    for layer in facts.platform.layers:
        ref = layer.source
        users[layer.cluster, ref.kind, ref.namespace, ref.name].append(
            writer.layer_or_all(page, layer)
        )
    for release in facts.platform.releases:
        ref = release.source
        users[release.cluster, ref.kind, ref.namespace, ref.name].append(
            page.link(writer.component(release.namespace, release.name), release.name)
        )
    secrets = makers(facts.platform.secrets)
    sources = facts.platform.sources
    rows: list[list[Cell]] = []
    groups: dict[tuple[object, ...], list[Source]] = defaultdict(list)
    for source in sources:
        own = source.url, source.ref, source.secret, source.provider, source.suspended
        groups[(source.kind, source.namespace, source.name, *own)].append(source)
    placed = len(groups) <= across.PLACES
    authenticated = any(not _is_open(source) for source in sources)
    tags = []
    ordered = sorted(groups.values(), key=lambda group: group[0].kind)
    for group in ordered:
        source = group[0]
        used = {
            str(cell): cell
            for one in group
            for cell in users.get((one.cluster, one.kind, one.namespace, one.name), [])
        }
        row: list[Cell] = [
            _name(page, group, placed=placed),
            _followed(page, source),
            *([_authentication(page, source, secrets)] if authenticated else []),
            folded(list(used.values()), _SHOWN) if used else "nothing",
            writer.layer_or_all(page, facts.layers[source.layer])
            if source.layer in facts.layers
            else "Flux itself",
        ]
        if writer.many_clusters:
            row.insert(1, across.share(writer, [one.cluster for one in group]))
        rows.append(row)
        tags.append(_tags(source, used=bool(used)))
    columns = (
        "Source",
        *(("Clusters",) if writer.many_clusters else ()),
        "URL and ref",
        *(("Authentication",) if authenticated else ()),
        "Used by",
        "Applied by",
    )
    open_ones = sum(_is_open(source) for source in sources)
    unused = sum(not users.get((s.cluster, s.kind, s.namespace, s.name)) for s in sources)
    return writer.finish(
        page,
        "tables.html",
        "Sources",
        boost=2,
        wide=True,
        description=f"{count(len(sources), 'Flux source')}",
        lead=f"{count(len(sources), 'source')}: {open_ones} without authentication, {unused} not used.",
        sections=[
            (
                None,
                None,
                Table(
                    "sources",
                    "Sources",
                    columns,
                    rows,
                    "No sources.",
                    groups=grouped([group[0].kind for group in ordered]),
                    tags=tuple(tags),
                    facets=facets(page, tags, _FACETS, ()),
                ),
            )
        ],
    )


_DEFAULTS = {
    "GitRepository": "branch master (default)",
    "OCIRepository": "tag latest (default)",
}
"""What Flux takes of a source that names no reference (source-controller, `GitRepositorySpec`,
`OCIRepositorySpec`). Of a HelmRepository the version of each release says what is taken, a Bucket
is taken as it is."""


def _followed(page: Draft, source: Source) -> Markup:
    """Return the address, and what of it Flux follows."""
    what = source.ref or _DEFAULTS.get(source.kind)
    return lines([page.url(source.url) or Markup("not known"), *([what] if what else [])])


def _is_open(source: Source) -> bool:
    return not source.secret and source.provider in (None, "", "generic")


def _tags(source: Source, *, used: bool) -> str:
    found = {"open": _is_open(source), "unused": not used, "suspended": source.suspended}
    return " ".join(tag for tag, holds in found.items() if holds)


def _name(page: Draft, group: list[Source], *, placed: bool) -> Markup:
    source = group[0]
    name = f"{source.namespace}/{source.name}"
    words = (
        f"{source.kind} {name} on {across.names([one.cluster for one in group])}: {source.url or 'URL not known'}, "
        f"{source.ref or ''}"
    )
    cell = page.named(source.name, source.kind, words, f"{source.kind}-{name}")
    # The filter of a link from a component finds kind, namespace and name in one row.
    cell += filled("<br><small>{}</small>", f"{source.kind} {name}")
    if placed:
        cell = lines([cell, page.place(source.file, source.line)])
    return cell + Markup(" ") + mark("suspended") if source.suspended else cell


def _authentication(
    page: Draft, source: Source, secrets: dict[tuple[str, str, str], Secret]
) -> Markup:
    """Return the Secret, and what makes it; or the cloud's identity; or nothing."""
    cells = []
    if source.secret:
        cells.append(filled("Secret {}", page.code(source.secret)))
        maker = secrets.get((source.cluster, source.namespace, source.secret))
        cells.append(
            filled("{}, {}", PROTECTION[maker.protection], page.place(maker.file, maker.line))
            if maker
            else Markup("not in Git")
        )
    if source.provider and source.provider != "generic":
        cells.append(filled("workload identity ({})", source.provider))
    return lines(cells) if cells else Markup("none")
