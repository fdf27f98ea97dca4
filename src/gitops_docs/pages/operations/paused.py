"""Write the page about what is held back: suspended, pinned, pruning switched off; since when, and
why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.index.operations.held import Pause
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count

_KINDS = {"Kustomization": "layer", "HelmRelease": "release"}


@reused
def paused_page(writer: Writer) -> Page:
    """Write the page."""
    facts = writer.facts
    page = writer.draft(writer.at.page("paused"))
    suspended = _grouped([one for one in facts.paused if one.what == "suspended"])
    off = _grouped([one for one in facts.paused if one.what != "suspended"])
    pinned = _grouped(facts.pinned)
    sections = [
        (title, None, _table(writer, page, identity, title, rows, columns))
        for identity, title, rows, columns in (
            ("suspended", "Suspended", suspended, ("Waits",)),
            ("pinned", "Pinned", pinned, ("Newer elsewhere",)),
            ("disabled", "Not managed by Flux in full", off, ()),
        )
        if rows
    ]
    prune = sum(group[0].what.startswith("prune") for group in off)
    lead = (
        f"{len(suspended)} suspended, {len(pinned)} pinned, {prune} with prune disabled, "
        f"{len(off) - prune} not reconciled in full."
        if sections
        else "Nothing is suspended, pinned or excluded from pruning."
    )
    return writer.finish(
        page,
        "tables.html",
        "Suspended and pinned",
        boost=2,
        wide=True,
        description=f"{len(suspended)} suspended, {len(pinned)} pinned",
        lead=lead,
        words=(
            "suspended",
            "paused",
            "pinned",
            "held back",
            "prune disabled",
            "reconcile disabled",
        ),
        sections=sections,
    )


def _grouped(found: Sequence[Pause]) -> list[list[Pause]]:
    """Return one group for each name and what holds it back at one place."""
    groups: dict[tuple[object, ...], list[Pause]] = defaultdict(list)
    for one in found:
        groups[one.kind, one.namespace, one.name, one.what, one.at].append(one)
    return list(groups.values())


def _table(
    writer: Writer,
    page: Draft,
    identity: str,
    title: str,
    groups: list[list[Pause]],
    more: tuple[str, ...],
) -> Table:
    rows = [_row(writer, page, group, more) for group in groups]
    clusters = ("Clusters",) if writer.many_clusters else ()
    return Table(identity, title, ("Name", *clusters, "Since", "Reason", *more), rows)


def _row(writer: Writer, page: Draft, group: list[Pause], more: tuple[str, ...]) -> list[Cell]:
    first = group[0]
    kind = _KINDS.get(first.kind, first.kind)
    what = "" if first.what == "suspended" else f", {first.what}"
    cells: list[Cell] = [
        lines(
            [
                _link(writer, page, first),
                filled(
                    "<small>{}{}{}</small>",
                    kind,
                    f" in {first.namespace}" if first.namespace else "",
                    what,
                ),
            ]
        )
    ]
    if writer.many_clusters:
        names = dict.fromkeys(one.cluster for one in group)
        cells.append(folded([writer.cluster(page, name) for name in names], across.SHOWN))
    cells += [_since(writer, first), _reason(page, first)]
    if "Waits" in more:
        cells.append(_waits(writer, page, group))
    elif more:
        cells.append(folded([page.code(version) for version in first.others], across.SHOWN) or "–")
    return cells


def _link(writer: Writer, page: Draft, one: Pause) -> Markup:
    if one.kind == "Kustomization":
        identity = f"{one.cluster}/{one.namespace}/{one.name}"
        if identity in writer.layer_uri:
            return page.link(writer.layer_uri[identity], one.name)
    if one.kind == "HelmRelease":
        release = writer.facts.release(one.cluster, one.namespace, one.name)
        if release is not None:
            return writer.release(page, release)
    return page.code(one.name)


def _since(writer: Writer, one: Pause) -> Cell:
    if one.commit is not None:
        return filled("{}<br><small>{}</small>", one.commit.date, one.commit.author)
    if not writer.facts.platform.commits:
        return "not known: built without Git history"
    return "not known: before the last commits"


def _reason(page: Draft, one: Pause) -> Cell:
    place = page.place(one.at)
    if one.reason:
        return filled("{}<br>{}", prose(one.reason), place)
    if one.commit is not None:
        return filled("{} <small>commit</small><br>{}", prose(one.commit.subject), place)
    return filled("No reason given at {}", place)


def _waits(writer: Writer, page: Draft, group: list[Pause]) -> Cell:
    """Return how many layers get no new revision, by the cluster with most."""
    most = max(group, key=lambda one: len(one.waits))
    if not most.waits:
        return "none"
    shown = folded([writer.layer(page, identity) for identity in most.waits], across.SHOWN)
    return filled("{}<br>{}", count(len(most.waits), "layer"), shown)
