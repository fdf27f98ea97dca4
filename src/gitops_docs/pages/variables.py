"""Substitution variables: rows for a layer's table, the page of all clusters with the matrix."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.model import Variable, VariableStatus
from gitops_docs.pages.draft import Draft
from gitops_docs.pages.page import Page
from gitops_docs.pages.tables import Cell, Table, lines
from gitops_docs.pages.words import count
from gitops_docs.pages.writer import Writer

VALUE_COLUMNS = ("Value", "Comes from", "Instead of")
_SHOWN_USES = 3


def variable_rows(page: Draft, variables: Sequence[Variable], *, used: bool) -> list[list[Cell]]:
    """A row for each variable: name, value, where from, what it overrides, and where it is used."""
    rows: list[list[Cell]] = []
    for variable in variables:
        row: list[Cell] = [
            page.code(variable.name),
            value(page, variable),
            _origin(page, variable),
            _overridden(page, variable),
        ]
        if used:
            row.append(_uses(page, variable))
        rows.append(row)
    return rows


def value(page: Draft, variable: Variable) -> Markup:
    """What a variable is, in a cell: never a secret, and never nothing."""
    if variable.status is VariableStatus.SECRET:
        return Markup("<em>secret</em>")
    if variable.status is VariableStatus.UNDEFINED:
        return Markup("<strong>undefined</strong>")
    if variable.status is VariableStatus.EXTERNAL:
        return Markup("<em>not in this repository</em>")
    if variable.status is VariableStatus.ESCAPED:
        return Markup("<em>escaped: stays as it is written</em>")
    if variable.status is VariableStatus.DISABLED:
        return Markup("<em>not substituted</em>")
    if variable.value is None:
        return Markup("<em>unknown</em>")
    return page.code(variable.value) or Markup("<em>empty</em>")


def _origin(page: Draft, variable: Variable) -> Markup:
    parts = []
    if variable.provider:
        parts.append(page.code(variable.provider))
    elif variable.status in (VariableStatus.INLINE, VariableStatus.DEFAULT):
        parts.append(
            Markup("inline") if variable.status is VariableStatus.INLINE else Markup("default where it is used")
        )
    if variable.defined_at:
        parts.append(page.place(variable.defined_at))
    return lines(parts) if parts else Markup("–")


def _overridden(page: Draft, variable: Variable) -> Markup:
    parts = []
    for lost in variable.overridden:
        shown = (
            Markup("<em>secret</em>")
            if lost.status is VariableStatus.SECRET
            else page.code(lost.value) or Markup("<em>unknown</em>")
        )
        parts.append(shown + Markup(" ") + page.place(lost.defined_at))
    return lines(parts) if parts else Markup("–")


def _uses(page: Draft, variable: Variable) -> Markup:
    parts = []
    for use in variable.used_at[:_SHOWN_USES]:
        becomes = (
            Markup(" → {}").format(page.code(use.becomes))
            if use.becomes is not None and use.becomes != variable.value
            else Markup("")
        )
        parts.append(page.place(use.file, use.line) + becomes)
    if len(variable.used_at) > _SHOWN_USES:
        rest = Markup("<br>").join(page.place(use.file, use.line) for use in variable.used_at[_SHOWN_USES:])
        parts.append(
            Markup('<details class="gitops-fold"><summary>{} more</summary>{}</details>').format(
                len(variable.used_at) - _SHOWN_USES, rest
            )
        )
    return lines(parts) if parts else Markup("nowhere")


def variables_page(writer: Writer) -> Page:
    """All variables: a matrix of the clusters, then a table for each."""
    facts = writer.facts
    page = writer.draft(writer.at.page("variables"))
    variables = facts.platform.variables
    anchors = _anchors(page, variables)
    matrix = _matrix(writer, page, variables, anchors) if writer.many_clusters else None
    tables = [
        (cluster, _of_cluster(writer, page, cluster.id, variables, {} if matrix else anchors))
        for cluster in facts.platform.clusters
    ]
    undefined = [variable for variable in variables if variable.status is VariableStatus.UNDEFINED]
    return writer.finish(
        page,
        "variables.html",
        "Variables",
        description=f"{count(len({v.name for v in variables}), 'substitution variable')} and where each comes from",
        number=len({variable.name for variable in variables}),
        undefined=[
            (page.code(variable.name), writer.layer(page, variable.layer, with_cluster=writer.many_clusters))
            for variable in undefined
        ],
        matrix=matrix,
        tables=tables,
    )


def _anchors(page: Draft, variables: Sequence[Variable]) -> dict[str, str]:
    """An anchor for each name, where the search leads to."""
    known: dict[str, list[str]] = {}
    for variable in variables:
        shown = None if variable.status is VariableStatus.SECRET else variable.value
        known.setdefault(variable.name, []).extend(filter(None, (variable.cluster, variable.provider, shown)))
    anchors = {}
    for name, words in sorted(known.items()):
        anchors[name] = page.anchor(f"variable-{name}")
        page.findable(name, f"Substitution variable ${{{name}}}: {' '.join(dict.fromkeys(words))}", anchors[name])
    return anchors


def _named(page: Draft, name: str, anchors: dict[str, str]) -> Markup:
    """The name of a variable, with its anchor the first time."""
    anchor = anchors.pop(name, None)
    return Markup('<code id="{}">{}</code>').format(anchor, name) if anchor else page.code(name)


def _of_cluster(
    writer: Writer, page: Draft, cluster: str, variables: Sequence[Variable], anchors: dict[str, str]
) -> Table:
    """One row for each variable and value of a cluster, with the layers that have it so."""
    same: dict[tuple[object, ...], list[Variable]] = {}
    for variable in variables:
        if variable.cluster == cluster:
            key = (variable.name, variable.status, variable.value, variable.defined_at, variable.overridden)
            same.setdefault(key, []).append(variable)
    rows: list[list[Cell]] = []
    for found in sorted(same.values(), key=lambda found: found[0].name):
        users = [variable for variable in found if variable.used_at]
        uses = sum(len(variable.used_at) for variable in users)
        where = Markup(", ").join(writer.layer(page, variable.layer) for variable in users)
        rows.append(
            [
                _named(page, found[0].name, anchors),
                *variable_rows(page, found[:1], used=False)[0][1:],
                Markup("{} in {}").format(count(uses, "place"), where) if users else "nowhere",
            ]
        )
    return Table(
        f"variables-{cluster}",
        f"Variables of {cluster}",
        ("Name", *VALUE_COLUMNS, "Used"),
        rows,
        "No layer of this cluster uses variables.",
    )


def _matrix(writer: Writer, page: Draft, variables: Sequence[Variable], anchors: dict[str, str]) -> Table:
    clusters = [cluster.id for cluster in writer.facts.platform.clusters]
    cells: dict[str, dict[str, list[Markup]]] = {}
    for variable in variables:
        shown = cells.setdefault(variable.name, {}).setdefault(variable.cluster, [])
        text = value(page, variable)
        if text not in shown:
            shown.append(text)
    rows = [
        [_named(page, name, anchors), *(lines(found[cluster]) if cluster in found else "–" for cluster in clusters)]
        for name, found in sorted(cells.items())
    ]
    return Table("matrix", "Values on each cluster", ("Name", *clusters), rows, "No layer uses variables.")
