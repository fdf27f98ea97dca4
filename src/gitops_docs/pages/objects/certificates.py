"""Write the page about certificates: which there are, who signs them, for how long, and where they
are used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.index.operations.certificates import PROBLEMS, Certified, by_issuer
from gitops_docs.model import Issuer
from gitops_docs.pages.html import across, parts
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, mark
from gitops_docs.text.english import count

Group = list[Certified]
Sections = list[tuple[str | None, str | None, Table]]


def certificates_pages(writer: Writer) -> list[Page]:
    """Write the page; of many certificates one for each namespace."""
    found = writer.facts.certified
    if not parts.is_split(len(_grouped(found))):
        return [certificates_page(writer)]
    spaces = sorted({one.namespace for one in found})
    return [certificates_page(writer), *(namespace_page(writer, space) for space in spaces)]


@reused
def certificates_page(writer: Writer) -> Page:
    """Write the page of all certificates."""
    page = writer.draft(writer.at.page("certificates"))
    found = writer.facts.certified
    groups = _grouped(found)
    if not parts.is_split(len(groups)):
        return _finish(writer, page, found, "Certificates", _sections(writer, page, found))
    names: dict[str, list[str]] = defaultdict(list)
    for group in sorted(groups, key=lambda group: group[0].namespace):
        first = group[0]
        names[first.namespace].append(" ".join([first.secret, *first.names]))
    caption = "Certificates by namespace"
    table = parts.index_table(page, "certificates", caption, "Namespace", dict(names))
    wrong = _grouped([one for one in found if one.problems])
    sections: Sections = (
        [("Needs attention", None, _attention(writer, page, wrong))] if wrong else []
    )
    unknown = across.not_rendered(writer) or None
    return _finish(writer, page, found, "Certificates", [*sections, ("Namespaces", unknown, table)])


@reused
def namespace_page(writer: Writer, namespace: str) -> Page:
    """Write the certificates of one namespace."""
    index = writer.at.page("certificates")
    spaces = {one.namespace for one in writer.facts.certified}
    page = writer.draft(parts.part_of(index, namespace, spaces))
    found = [one for one in writer.facts.certified if one.namespace == namespace]
    title = f"Certificates in {namespace}"
    crumbs = [(index, "Certificates")]
    return _finish(writer, page, found, title, _sections(writer, page, found), crumbs)


def _sections(writer: Writer, page: Draft, found: list[Certified]) -> Sections:
    issuers = writer.facts.platform.issuers
    sections: Sections = []
    wrong = _grouped([one for one in found if one.problems])
    if wrong:
        sections.append(("Needs attention", None, _attention(writer, page, wrong)))
    unknown = across.not_rendered(writer)
    for name, certified in by_issuer(found).items():
        groups = _grouped(certified)
        sections.append(
            (
                _heading(name, issuers),
                unknown or None,
                Table(
                    f"by-{name}" if name else "no-issuer",
                    f"Certificates of {name}" if name else "Certificates without an issuer in Git",
                    _columns(writer),
                    [_row(writer, page, group) for group in groups],
                ),
            )
        )
        unknown = ""
    return sections


def _finish(
    writer: Writer,
    page: Draft,
    found: Sequence[Certified],
    title: str,
    sections: Sections,
    crumbs: Sequence[tuple[str | None, str]] = (),
) -> Page:
    return writer.finish(
        page,
        "tables.html",
        title,
        boost=2,
        wide=True,
        description=f"{count(len(_grouped(found)), 'certificate')}, who signs them and where they are used",
        lead=_lead(found, writer.facts.platform.issuers),
        words=("certificate", "TLS", "issuer", "renew", "expiry", "cert-manager"),
        sections=sections,
        crumbs=crumbs,
    )


def _lead(found: Sequence[Certified], issuers: Sequence[Issuer]) -> str:
    if not found:
        return (
            "No certificate found: no Certificate of cert-manager, and no Ingress or Gateway that "
            "names a Secret for TLS."
        )
    outside = {(one.namespace, one.secret) for one in found if "Secret not in Git" in one.problems}
    names = {(one.kind, one.namespace, one.name) for one in issuers}
    are = "is" if len(outside) == 1 else "are"
    return (
        f"{count(len(_grouped(found)), 'certificate')}, {count(len(names), 'issuer')}. "
        f"{count(len(outside), 'Secret')} {are} made outside Git. "
        f"Expiry dates are in the cluster, not in Git."
    )


def _heading(name: str, issuers: Sequence[Issuer]) -> str:
    if not name:
        return "Without an issuer in Git"
    kind, _, short = name.partition(" ")
    types = sorted({one.type for one in issuers if (one.kind, one.name) == (kind, short)} - {""})
    return f"{short} ({', '.join([kind, *types])})" if short else name


def _grouped(found: Sequence[Certified]) -> list[Group]:
    """Return one group for each Secret that is made alike."""
    groups: dict[tuple[object, ...], Group] = defaultdict(list)
    for one in found:
        groups[one.namespace, one.secret, one.issuer, one.maker].append(one)
    return list(groups.values())


def _columns(writer: Writer) -> tuple[str, ...]:
    clusters = ("Clusters",) if writer.many_clusters else ()
    return ("Names", "Secret", "Used by", "Duration and renewal", "Layer", *clusters)


def _row(writer: Writer, page: Draft, group: Group) -> list[Cell]:
    first = group[0]
    names = list(dict.fromkeys(name for one in group for name in one.names))
    uses = list(dict.fromkeys(use for one in group for use in one.uses))
    cells: list[Cell] = [
        _title(page, first, names),
        lines(
            [
                page.code(first.secret),
                filled(
                    "<small>{}</small>",
                    prose(f"in {first.namespace}, {first.maker or 'not in Git'}"),
                ),
            ]
        ),
        folded([prose(use) for use in uses], across.SHOWN) or "no use found",
        _time(first),
        folded(list(dict.fromkeys(_layers(writer, page, group))), across.SHOWN),
    ]
    if writer.many_clusters:
        cells.append(_clusters(writer, page, group))
    return cells


def _title(page: Draft, first: Certified, names: list[str]) -> Markup:
    words = f"Certificate {' '.join(names)}"
    title = page.named(
        names[0] if names else first.secret,
        "certificate",
        words,
        f"certificate-{first.namespace}-{first.secret}",
    )
    shown = [title, *(page.code(name) for name in names[1:])]
    cell = folded(shown, across.SHOWN)
    for problem in first.problems:
        cell += filled("<br>{}", mark(problem))
    return cell


def _layers(writer: Writer, page: Draft, group: Group) -> list[Markup]:
    found: dict[str, str] = {}
    for one in group:
        if one.item is not None:
            layer = writer.facts.layers.get(one.item.layer)
            found.setdefault(layer.name if layer else one.item.layer, one.item.layer)
    return [writer.layer(page, identity) for identity in found.values()]


def _clusters(writer: Writer, page: Draft, group: Group) -> Markup:
    names = dict.fromkeys(one.cluster for one in group)
    return folded([writer.cluster(page, name) for name in names], across.SHOWN)


def _time(one: Certified) -> Cell:
    if not one.issuer:
        return "not known"
    times = [one.duration or "90 days by default"]
    times.append(f"renew {one.renew_before} before" if one.renew_before else "renew at two thirds")
    return lines(times)


def _attention(writer: Writer, page: Draft, groups: list[Group]) -> Table:
    rows: list[list[Cell]] = []
    for problem, why in PROBLEMS.items():
        for group in groups:
            first = group[0]
            if problem not in first.problems:
                continue
            names = next((one.names for one in group if one.names), ())
            cells: list[Cell] = [
                page.code(names[0] if names else first.secret),
                filled("{}<br><small>{}</small>", prose(_text(problem, first)), why),
                folded([prose(use) for use in dict.fromkeys(first.uses)], across.SHOWN) or "–",
            ]
            if writer.many_clusters:
                cells.append(_clusters(writer, page, group))
            rows.append(cells)
    clusters = ("Clusters",) if writer.many_clusters else ()
    shown = rows[: across.ATTENTION]
    columns = ("Certificate", "Needs attention", "Used by", *clusters)
    more = f" ({len(rows) - len(shown)} more below)" if len(rows) > len(shown) else ""
    return Table("attention", f"Needs attention{more}", columns, shown)


def _text(problem: str, one: Certified) -> str:
    if problem == "Secret not in Git":
        return f"Secret `{one.namespace}/{one.secret}` is made outside Git"
    if problem == "issuer not in the manifests":
        return f"`{one.issuer}` is not in the manifests"
    return f"`{one.issuer}` is self-signed and served to the Internet"
