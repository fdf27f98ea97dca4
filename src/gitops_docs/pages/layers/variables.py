"""Show substitution variables: rows for a layer's table, and the page of all of them with every
place where one is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import islice

from markupsafe import Markup

from gitops_docs.model import Layer, Variable, VariableStatus, VariableUse, cluster_of
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.side_by_side import Row, Side, side_by_side
from gitops_docs.pages.html.tables import Cell, Table, folded, lines, value
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count, unique
from gitops_docs.text.escape import shorten

VALUE_COLUMNS = ("Value", "Source", "Overrides")
_SHOWN_USES = 3
_SHOWN_VALUES = 3
_SHOWN_LAYERS = 6
_SHOWN_UNDEFINED = 12


def variable_rows(page: Draft, variables: Sequence[Variable], *, used: bool) -> list[list[Cell]]:
    """Return a row for each variable: name, value, where from, what it overrides, and where it is
    used."""
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


def _origin(page: Draft, variable: Variable) -> Markup:
    parts = []
    if variable.provider:
        parts.append(page.code(variable.provider))
    elif variable.status in (VariableStatus.INLINE, VariableStatus.DEFAULT):
        parts.append(
            Markup("inline")
            if variable.status is VariableStatus.INLINE
            else Markup("default at its use")
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
            else page.code(lost.value) or Markup("<em>not known</em>")
        )
        parts.append(shown + Markup(" ") + page.place(lost.defined_at))
    return lines(parts) if parts else Markup("–")


def _uses(page: Draft, variable: Variable) -> Markup:
    parts = []
    for use in variable.used_at[:_SHOWN_USES]:
        becomes = (
            filled(" → {}", page.code(use.becomes))
            if use.becomes is not None and use.becomes != variable.value
            else Markup("")
        )
        parts.append(page.place(use.file, use.line) + becomes)
    if len(variable.used_at) > _SHOWN_USES:
        rest = joined(
            "<br>", (page.place(use.file, use.line) for use in variable.used_at[_SHOWN_USES:])
        )
        parts.append(
            filled(
                '<details class="gitops-fold"><summary>+{}</summary>{}</details>',
                len(variable.used_at) - _SHOWN_USES,
                rest,
            )
        )
    return lines(parts) if parts else Markup("not used")


def variables_pages(writer: Writer) -> list[Page]:
    """Write the page of all variables, and where their places are too many for it, a page for each
    first letter."""
    pages = [variables_page(writer)]
    if writer.at.variables_by_letter:
        uris = sorted({writer.at.variable(name) for name in _by_name(writer)})
        pages += [letter_page(writer, uri) for uri in uris]
    return pages


def _by_name(writer: Writer) -> dict[str, list[Variable]]:
    found: dict[str, list[Variable]] = defaultdict(list)
    for variable in writer.facts.platform.variables:
        found[variable.name].append(variable)
    return dict(sorted(found.items()))


def _on(writer: Writer, layers: Sequence[Layer]) -> str:
    """Return the clusters of layers of one name, behind that: ` on prod`, ` on all 14 clusters`."""
    if not writer.many_clusters:
        return ""
    where = across.share(writer, [layer.cluster for layer in layers])
    return f" on {where}{' clusters' if where.removeprefix('all ').isdecimal() else ''}"


@reused
def variables_page(writer: Writer) -> Page:
    """Return all variables: their values on each cluster, then for each where it comes from and
    what it becomes where it is used."""
    facts = writer.facts
    page = writer.draft(writer.at.page("variables"))
    by_name = _by_name(writer)
    places = {
        name: (writer.at.variable(name), writer.at.anchor_of_variable(name)) for name in by_name
    }
    undefined: dict[tuple[str, str], list[Layer]] = defaultdict(list)
    for variable in facts.platform.variables:
        if variable.status is VariableStatus.UNDEFINED:
            layer = facts.layers[variable.layer]
            undefined[variable.name, f"{layer.namespace}/{layer.name}"].append(layer)
    literal = {name: found for name, found in by_name.items() if _literal(found)}
    filled = {name: found for name, found in by_name.items() if name not in literal}
    overridden = sum(any(item.overridden for item in found) for found in by_name.values())
    lead = (
        f"{count(len(filled), 'substitution variable')} (`postBuild`). Precedence: inline, then the "
        "last `substituteFrom`"
    )
    if overridden:
        lead += f"; {overridden} {'has' if overridden == 1 else 'have'} an overridden value"
    return writer.finish(
        page,
        "variables.html",
        "Variables",
        wide=True,
        description=f"{count(len(filled), 'substitution variable')} and where each comes from",
        boost=3,
        lead=f"{lead}. Values from Secrets are not shown.",
        undefined=[
            (
                page.link(places[name][0], name, places[name][1]),
                writer.layer_or_all(page, layers[0]),
                _on(writer, layers),
            )
            for (name, _), layers in islice(sorted(undefined.items()), _SHOWN_UNDEFINED)
        ],
        more=max(0, len(undefined) - _SHOWN_UNDEFINED),
        table=_table(writer, page, filled, places),
        literal=_literals(page, literal, places),
        heading="Sources of each value",
        details=[] if writer.at.variables_by_letter else _details(writer, page, by_name),
    )


@reused
def letter_page(writer: Writer, uri: str) -> Page:
    """Return the variables that begin with a letter: where each comes from and where it is used."""
    page = writer.draft(uri)
    own = {
        name: found for name, found in _by_name(writer).items() if writer.at.variable(name) == uri
    }
    letter = uri.rpartition("/")[2].removesuffix(".md")
    title = f"Variables: {letter.upper() if len(letter) == 1 else letter}"
    return writer.finish(
        page,
        "variables.html",
        title,
        wide=True,
        description=f"{count(len(own), 'substitution variable')} and where each comes from",
        boost=0.5,
        crumbs=[(writer.at.page("variables"), "Variables")],
        lead=f"{count(len(own), 'substitution variable')}, the sources of each value and the places "
        "where it is used.",
        undefined=[],
        more=0,
        table=None,
        literal=None,
        heading="",
        details=_details(writer, page, own),
    )


def _details(
    writer: Writer, page: Draft, by_name: dict[str, list[Variable]]
) -> list[dict[str, object]]:
    details: list[dict[str, object]] = []
    for name, found in by_name.items():
        anchor = page.anchor(writer.at.anchor_of_variable(name))
        # With and without its braces: searches split at blanks only.
        page.findable(name, f"${{{name}}} {_words(name, found)}", anchor, "variable")
        details.append(
            {
                "name": name,
                "anchor": anchor,
                "summary": _summary(found),
                "origins": _origins(writer, page, found),
                "uses": _places(writer, page, found),
            }
        )
    return details


def _literal(found: list[Variable]) -> bool:
    """Return whether Flux fills in nothing for a name: all places are escaped, or in objects that
    are left alone."""
    return all(
        variable.status in (VariableStatus.ESCAPED, VariableStatus.DISABLED) for variable in found
    )


def _literals(
    page: Draft, by_name: dict[str, list[Variable]], places: dict[str, tuple[str, str]]
) -> Table | None:
    """Return what looks like a variable and stays as it is."""
    if not by_name:
        return None
    rows: list[list[Cell]] = [
        [
            page.link(places[name][0], name, places[name][1]),
            folded(sorted({value(page, variable) for variable in found}), _SHOWN_VALUES),
            _summary(found).partition(", ")[2],
        ]
        for name, found in sorted(by_name.items())
    ]
    return Table("literal", "Not substituted", ("Written as", "Reason", "Used"), rows)


def _words(name: str, found: list[Variable]) -> str:
    """Return what the search says of a variable: where it comes from, never a secret."""
    parts = []
    for variable in found:
        shown = "" if variable.status is VariableStatus.SECRET else variable.value or ""
        place = f" at {variable.defined_at}" if variable.defined_at else ""
        origin = variable.provider or variable.status.value
        parts.append(f"{shown} on {variable.cluster}, from {origin}{place}".strip())
    return f"Substitution variable ${{{name}}}: {'; '.join(unique(parts)[:4])}"


def _summary(found: list[Variable]) -> str:
    uses = len({(use.file, use.line) for variable in found for use in variable.used_at})
    values = len({(variable.status, variable.value) for variable in found})
    return f"{count(values, 'value')}, used in {count(uses, 'place')}"


def _table(
    writer: Writer,
    page: Draft,
    by_name: dict[str, list[Variable]],
    places: dict[str, tuple[str, str]],
) -> Table:
    """Return each variable with its value on each cluster, or with its one value and where that
    comes from."""
    if writer.many_clusters:
        rows = []
        for name, found in sorted(by_name.items()):
            sides: dict[str, dict[Markup, None]] = defaultdict(dict)
            for variable in found:
                sides[variable.cluster][value(page, variable)] = None
            rows.append(
                Row(
                    page.link(places[name][0], name, places[name][1]),
                    {
                        cluster: Side(folded(sorted(values), _SHOWN_VALUES))
                        for cluster, values in sides.items()
                    },
                )
            )
        return side_by_side(
            writer,
            page,
            rows,
            table="variables",
            caption="Variables",
            what="Name",
            empty="No variables.",
        )
    cells: list[list[Cell]] = []
    for name, found in sorted(by_name.items()):
        cells.append(
            [
                page.link(places[name][0], name, places[name][1]),
                folded(sorted({value(page, variable) for variable in found}), _SHOWN_VALUES),
                folded(sorted({_origin(page, variable) for variable in found}), _SHOWN_VALUES),
                _summary(found).partition(", ")[2],
            ]
        )
    return Table(
        "variables",
        "Variables",
        ("Name", "Value", "Source", "Used"),
        cells,
        "No variables.",
    )


def _origins(writer: Writer, page: Draft, found: list[Variable]) -> list[dict[str, object]]:
    """Return the values of one variable: each with where it is set, what it was set over, and the
    layers that have it so."""
    same: dict[Hashable, list[Variable]] = {}
    for variable in found:
        same.setdefault(_origin_key(variable), []).append(variable)
    return [
        {
            "clusters": across.clusters(writer, page, variables) if writer.many_clusters else None,
            "value": value(page, variables[0]),
            "origin": None
            if variables[0].status is VariableStatus.UNDEFINED
            else _origin(page, variables[0])
            if _is_known(variables[0])
            else _perhaps(writer, page, variables),
            "instead": _overridden(page, variables[0]) if variables[0].overridden else None,
            "layers": _layers(writer, page, variables),
        }
        for variables in same.values()
    ]


def _origin_key(variable: Variable) -> Hashable:
    """Return what variables of one name have in common that are one value from one place."""
    return (
        variable.name,
        variable.status,
        variable.value,
        variable.provider,
        variable.defined_at,
        variable.overridden,
    )


def _layers(writer: Writer, page: Draft, variables: list[Variable]) -> Markup:
    layers = [writer.facts.layers.get(variable.layer) for variable in variables]
    links = unique(
        writer.layer_or_all(page, layer)
        if layer is not None and len({variable.cluster for variable in variables}) > 1
        else writer.layer(page, layer or variable.layer)
        for layer, variable in zip(layers, variables, strict=True)
    )
    shown = joined(", ", links[:_SHOWN_LAYERS])
    if len(links) <= _SHOWN_LAYERS:
        return shown
    rest = Markup('<details class="gitops-more"><summary>+{}</summary>{}</details>')
    return shown + rest.format(
        count(len(links) - _SHOWN_LAYERS, "more layer"), joined(", ", links[_SHOWN_LAYERS:])
    )


def _is_known(variable: Variable) -> bool:
    return variable.status is not VariableStatus.EXTERNAL or bool(
        variable.provider or variable.defined_at
    )


def _perhaps(writer: Writer, page: Draft, variables: list[Variable]) -> Markup:
    """Return where a variable that Git does not hold may come from: what its layers take variables
    from and no layer creates."""
    found: dict[str, None] = {}
    for variable in variables:
        layer = writer.facts.layers.get(variable.layer)
        if layer is not None:
            found.update(
                {
                    f"{item.kind} {layer.namespace}/{item.name}": None
                    for item in layer.substitute_from
                    if not item.found
                }
            )
    if not found:
        return Markup("outside Git, by the option `variables`")
    return Markup("outside Git: ") + joined(" or ", (page.code(name) for name in found))


def _places(writer: Writer, page: Draft, found: list[Variable]) -> Table | None:
    """Return where a variable stands, as written, and what it becomes there for whom."""
    uses: dict[tuple[str, int, str], dict[Markup, list[str]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for variable in found:
        for use in variable.used_at:
            uses[use.file, use.line, use.expression][becomes(page, variable, use)].append(
                variable.layer
            )
    if not uses:
        return None
    rows: list[list[Cell]] = []
    for (file, line, expression), results in sorted(uses.items()):
        shown = [
            result
            if len(results) == 1
            else filled(
                "{} in {}",
                result,
                _whom(writer, page, layers),
            )
            for result, layers in results.items()
        ]
        rows.append(
            [page.place(file, line), page.code(shorten(expression)), folded(shown, _SHOWN_VALUES)]
        )
    return Table(
        f"uses-{found[0].name}",
        f"Where {found[0].name} is used",
        ("Where", "Written", "Becomes"),
        rows,
    )


def _whom(writer: Writer, page: Draft, layers: Sequence[str]) -> Markup:
    """Return the clusters, or the layers of the only one, for which a place becomes something."""
    if writer.many_clusters:
        return Markup.escape(across.names(map(cluster_of, layers)))
    shown = joined(", ", (writer.layer(page, layer) for layer in layers[: across.SHOWN]))
    return shown + (f" +{len(layers) - across.SHOWN}" if len(layers) > across.SHOWN else "")


def becomes(page: Draft, variable: Variable, use: VariableUse) -> Markup:
    """Return what a use of a variable turns into; the reason where there is nothing to show."""
    if use.becomes is not None:
        return page.code(shorten(use.becomes)) or Markup("<em>empty</em>")
    return value(page, variable)
