"""Show facts on hand-written pages: what the fenced blocks `gitops-graph`, `gitops-layer` ...
become.

In: the name of a block, its keys, and the `Draft` of the page it stands on. Out: HTML, and a
`Problem` for each key or name that means nothing, with what was probably meant. Nothing here knows
Markdown; the guide's page `embedding.md` describes every key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

from markupsafe import Markup
from msgspec import Struct, field

from gitops_docs.diagrams import layers as diagrams
from gitops_docs.diagrams import order
from gitops_docs.index import commands
from gitops_docs.index.commands import Command
from gitops_docs.index.graph import branches, text_tree
from gitops_docs.index.runbooks import severity_rank
from gitops_docs.model import Cluster, Layer, Release, Variable
from gitops_docs.pages.alerts.alerts import runbook, summary
from gitops_docs.pages.html import versions
from gitops_docs.pages.html.areas import area_href
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.tables import Cell, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.layers import facts as facts_of_layer
from gitops_docs.pages.layers.variables import VALUE_COLUMNS, variable_rows
from gitops_docs.pages.markup import filled, joined
from gitops_docs.pages.releases.components import components
from gitops_docs.text.english import unique
from gitops_docs.text.escape import page as clean

KEYS: Mapping[str, tuple[str, ...]] = {
    "gitops-graph": ("cluster", "layer"),
    "gitops-tree": ("cluster", "layer", "reverse"),
    "gitops-layer": ("cluster", "layer", "facts"),
    "gitops-components": ("cluster", "layer", "namespace", "releases"),
    "gitops-variables": ("cluster", "layer", "names"),
    "gitops-alerts": ("cluster", "layer", "severity", "names"),
    "gitops-alert": ("name",),
    "gitops-promotion": ("what", "names"),
    "gitops-commands": ("cluster", "layer", "release", "show"),
}
"""Block to its keys."""
_LISTS = frozenset({"facts", "names", "releases", "severity", "show"})
"""Keys that take a list, or one name."""
_FLAGS = frozenset({"reverse"})
_FIRST_COMMANDS = 3
_COMMANDS = {
    "status": "Status",
    "reconcile": "Reconcile",
    "events": "Events",
    "suspend": "Suspend",
    "resume": "Resume",
    "logs": "Logs",
}
"""What `show` may name, to the command's purpose; `all` is every command."""


class Problem(Struct, frozen=True):
    """What is wrong with a block: a sentence, and the key that it is about."""

    sentence: str
    key: str | None = None


class _Request(Struct):
    """A block while it is read: its keys, and what was wrong."""

    writer: Writer
    page: Draft
    options: Mapping[str, str | tuple[str, ...]]
    problems: list[Problem] = field(default_factory=list)

    def name(self, key: str) -> str | None:
        given = self.options.get(key)
        return given if isinstance(given, str) else None

    def names(self, key: str) -> tuple[str, ...]:
        given = self.options.get(key, ())
        return (given,) if isinstance(given, str) else given

    def unknown(self, what: str, name: str, known: Iterable[str], key: str) -> None:
        """Note a name that does not exist, with the one that was probably meant."""
        self.problems.append(Problem(f"no {what} `{name}`{near(name, known)}", key))

    def chosen(self, what: str, key: str, known: Iterable[str]) -> tuple[str, ...]:
        """Return the names of a key that exist."""
        known = sorted(set(known))
        found = []
        for name in self.names(key):
            if name in known:
                found.append(name)
            else:
                self.unknown(what, name, known, key)
        return tuple(found)

    def clusters(self) -> list[Cluster]:
        """Return the cluster that is named, else all."""
        known = self.writer.facts.clusters
        name = self.name("cluster")
        if name is None:
            return list(known.values())
        if name in known:
            return [known[name]]
        self.unknown("cluster", name, known, "cluster")
        return []

    def layers(self) -> list[Layer] | None:
        """Return the layers that are named (`name`, `namespace/name`), one for each cluster that
        has it; None where the key is absent."""
        name = self.name("layer")
        if name is None:
            return None
        clusters = {cluster.id for cluster in self.clusters()}
        layers = [layer for layer in self.writer.facts.platform.layers if layer.cluster in clusters]
        found = [
            layer
            for layer in layers
            if name in (layer.name, f"{layer.namespace}/{layer.name}", layer.id)
        ]
        if not found and clusters:
            self.unknown("layer", name, {layer.name for layer in layers}, "layer")
        first: dict[str, Layer] = {}
        for layer in found:
            if first.setdefault(layer.cluster, layer) is not layer:
                sentence = (
                    f"several layers of {layer.cluster} are called `{name}`: name one as "
                    f"`namespace/name`"
                )
                self.problems.append(Problem(sentence, "layer"))
        return list(first.values())


class Blocks:
    """Makes the blocks of hand-written pages."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._make: Mapping[str, Callable[[_Request], list[Markup]]] = {
            "gitops-graph": _graph,
            "gitops-tree": _tree,
            "gitops-layer": _layer,
            "gitops-components": _components,
            "gitops-variables": _variables,
            "gitops-alerts": _alerts,
            "gitops-alert": _alert,
            "gitops-promotion": _promotion,
            "gitops-commands": _commands,
        }

    def draft(self, uri: str) -> Draft:
        """Return what blocks of one page share: where links start, and which ids are taken. `uri`
        is like that of a generated page."""
        return self.writer.draft(uri)

    def render(
        self, page: Draft, block: str, options: Mapping[str, str | tuple[str, ...]]
    ) -> tuple[Markup, list[Problem]]:
        """Return a block as HTML.

        Args:
            page: The page that it stands on.
            block: One of `KEYS`.
            options: Key to a text, or to several.
        """
        known = KEYS[block]
        request = _Request(
            self.writer, page, {key: value for key, value in options.items() if key in known}
        )
        for key, value in options.items():
            if key not in known:
                request.problems.append(Problem(f"unknown key `{key}`{near(key, known)}", key))
            elif isinstance(value, tuple) and key not in _LISTS:
                request.problems.append(Problem(f"`{key}` takes one name, not a list", key))
            elif key in _FLAGS and value not in ("true", "false"):
                request.problems.append(Problem(f"`{key}` is true or false", key))
        parts = self._make[block](request)
        html = joined("\n", parts) if parts else _problem_note(request)
        # The search finds these facts on their own pages.
        made = filled('<div class="gitops gitops-block" data-search-exclude>\n{}\n</div>', html)
        return Markup(clean(made)), request.problems


def near(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` where a known name is close, else which there are while they are
    few."""
    known = sorted(set(known))
    matches = get_close_matches(name, known, n=1, cutoff=0.6)
    if matches:
        return f"; did you mean `{matches[0]}`?"
    return f"; there are {', '.join(f'`{item}`' for item in known)}" if 0 < len(known) <= 8 else ""


def _problem_note(request: _Request) -> Markup:
    """Return what stands where there is nothing to show."""
    sentences = [problem.sentence for problem in request.problems] or ["nothing to show"]
    return filled('<p class="gitops-warning">{}</p>', "; ".join(sentences).capitalize() + ".")


def _titled(
    request: _Request, clusters: Iterable[str], make: Callable[[str], Markup | None]
) -> list[Markup]:
    """Return a part for each cluster, with the cluster's name above it where there are several."""
    made = [(cluster, part) for cluster in clusters if (part := make(cluster)) is not None]
    if len(made) < 2:
        return [part for _, part in made]
    return [
        filled(
            '<p class="gitops-block-title">{}</p>\n{}',
            request.writer.cluster(request.page, cluster),
            part,
        )
        for cluster, part in made
    ]


def _graph(request: _Request) -> list[Markup]:
    writer, page, facts = request.writer, request.page, request.writer.facts
    layers = request.layers()
    if layers is None:
        ids = [cluster.id for cluster in request.clusters()]
        return _titled(request, ids, lambda cluster: _order(writer, page, cluster))
    by_cluster = {layer.cluster: layer for layer in layers}

    def around(cluster: str) -> Markup:
        layer = by_cluster[cluster]
        rest = page.to(writer.layer_uri[layer.id], "order")
        hrefs = {**writer.hrefs(page, diagrams.relatives(layer, facts)), "<": rest, ">": rest}
        diagram = diagrams.neighbourhood(layer, facts, hrefs)
        alone = filled(
            "<p>{} has no dependencies and no dependants.</p>", writer.layer(page, layer)
        )
        return page.diagram(diagram) if diagram else alone

    return _titled(request, by_cluster, around)


def _order(writer: Writer, page: Draft, cluster: str) -> Markup:
    facts = writer.facts
    layers = facts.of_cluster.get(cluster, [])
    diagram = order.of_cluster(
        cluster,
        facts,
        writer.hrefs(page, layers),
        lambda area: area_href(writer, page, cluster, area),
    )
    if diagram is None:
        return Markup(
            "<p>No layer depends on another. Flux applies all of them at the same time.</p>"
        )
    waves, lost = facts.waves(cluster)
    rows = [
        filled(
            "<li>wave {}: {}</li>",
            number,
            joined(", ", (writer.layer(page, layer) for layer in found)),
        )
        for number, found in waves
    ]
    if lost:
        rows.append(
            filled(
                "<li>in a dependency cycle: {}</li>",
                joined(", ", (writer.layer(page, item) for item in lost)),
            )
        )
    return page.diagram(diagram) + filled(
        '<details class="gitops-fold"><summary>The same as a list</summary><ul>{}</ul></details>',
        joined("", rows),
    )


def _tree(request: _Request) -> list[Markup]:
    facts = request.writer.facts
    reverse = request.name("reverse") == "true"
    layers = request.layers()

    def block(text: str) -> Markup:
        return filled('<pre class="gitops-text"><code>{}\n</code></pre>', text)

    if layers is not None:
        return _titled(
            request,
            [layer.cluster for layer in layers],
            lambda cluster: block(
                branches(
                    next(item.id for item in layers if item.cluster == cluster),
                    facts.graph,
                    facts.layers,
                    reverse=reverse,
                )
            ),
        )
    chosen = {cluster.id for cluster in request.clusters()}
    found = tuple(layer for layer in facts.platform.layers if layer.cluster in chosen)
    return [block(text_tree(found, reverse=reverse))] if found else []


def _layer(request: _Request) -> list[Markup]:
    layers = request.layers()
    if layers is None:
        request.problems.append(Problem("the key `layer` is missing"))
        return []
    names = request.chosen("fact", "facts", facts_of_layer.FACTS) or facts_of_layer.USUAL
    if not layers:
        return []
    writer, page = request.writer, request.page
    rows = [
        (
            facts_of_layer.FACTS[name].term,
            [facts_of_layer.FACTS[name].of(writer, page, layer) for layer in layers],
        )
        for name in names
    ]
    if len(layers) == 1:
        link = page.link(writer.layer_uri[layers[0].id], layers[0].cluster)
        items = (
            [filled("<dt>Layer</dt><dd>{} on {}</dd>", layers[0].name, link)]
            if writer.many_clusters
            else []
        )
        items += [filled("<dt>{}</dt><dd>{}</dd>", term, cells[0]) for term, cells in rows]
        return [filled('<dl class="gitops-facts">{}</dl>', joined("", items))]
    heads = joined(
        "",
        (
            filled('<th scope="col">{}</th>', page.link(writer.layer_uri[layer.id], layer.cluster))
            for layer in layers
        ),
    )
    body = joined(
        "\n",
        (
            filled(
                '<tr><th scope="row">{}</th>{}</tr>',
                term,
                joined("", (filled("<td>{}</td>", c) for c in cells)),
            )
            for term, cells in rows
        ),
    )
    label = f"Layer {layers[0].name}"
    return [
        filled(
            '<div class="gitops-scroll" role="region" tabindex="0" aria-label="{}"><table '
            'class="gitops-table">'
            '<thead><tr><th scope="col">{}</th>{}</tr></thead>\n<tbody>{}</tbody></table></div>',
            label,
            layers[0].name,
            heads,
            body,
        )
    ]


def _table(request: _Request, table: Table) -> list[Markup]:
    macros = request.writer.templates.get_template("macros.html").module
    return [Markup(macros.table(request.page, table))]  # type: ignore[attr-defined]  # of Jinja's modules


def _components(request: _Request) -> list[Markup]:
    facts = request.writer.facts
    layers = request.layers()
    clusters = {cluster.id for cluster in request.clusters()}
    found = [
        release
        for release in facts.platform.releases
        if release.cluster in clusters
        and (layers is None or release.layer in {layer.id for layer in layers})
    ]
    namespace = request.name("namespace")
    if namespace is not None:
        known = {release.target_namespace or release.namespace for release in found}
        if namespace not in known:
            request.unknown("release in namespace", namespace, known, "namespace")
        found = [
            release
            for release in found
            if (release.target_namespace or release.namespace) == namespace
        ]
    if "releases" in request.options:
        names = request.chosen("release", "releases", {release.name for release in found})
        found = [release for release in found if release.name in names]
    if not found:
        return []
    return _table(request, components(request.writer, request.page, found, "components"))


def _variables(request: _Request) -> list[Markup]:
    writer, page = request.writer, request.page
    layers = request.layers()
    clusters = {cluster.id for cluster in request.clusters()}
    found = [
        variable
        for variable in writer.facts.platform.variables
        if variable.cluster in clusters
        and (layers is None or variable.layer in {layer.id for layer in layers})
    ]
    if "names" in request.options:
        names = request.chosen("variable", "names", {variable.name for variable in found})
        found = [variable for variable in found if variable.name in names]
    once: dict[tuple[object, ...], Variable] = {}
    for variable in found:
        key = (
            variable.name,
            variable.cluster,
            variable.status,
            variable.value,
            variable.provider,
            variable.defined_at,
        )
        once.setdefault(key, variable)
    if not once:
        return []
    chosen = sorted(once.values(), key=lambda variable: (variable.name, variable.cluster))
    rows = variable_rows(page, chosen, used=False)
    for row, variable in zip(rows, chosen, strict=True):
        row[0] = page.link(
            writer.at.variable(variable.name), variable.name, f"variable-{variable.name}"
        )
        if len(clusters) > 1:
            row.insert(1, writer.cluster(page, variable.cluster))
    columns = ("Name", *(("Cluster",) if len(clusters) > 1 else ()), *VALUE_COLUMNS)
    if not any(variable.overridden for variable in chosen):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return _table(request, Table("variables", "Variables", columns, rows))


def _alerts(request: _Request) -> list[Markup]:
    writer, page = request.writer, request.page
    layers = request.layers()
    clusters = {cluster.id for cluster in request.clusters()}
    found = [
        alert
        for alert in writer.facts.platform.alerts
        if alert.kind == "rule"
        and alert.cluster in clusters
        and (layers is None or alert.layer in {layer.id for layer in layers})
    ]
    if "severity" in request.options:
        severities = request.chosen(
            "severity", "severity", {alert.severity or "none" for alert in found}
        )
        found = [alert for alert in found if (alert.severity or "none") in severities]
    if "names" in request.options:
        names = request.chosen("alert", "names", {alert.name for alert in found})
        found = [alert for alert in found if alert.name in names]
    if not found:
        return []
    many = len(clusters) > 1
    rows: list[list[Cell]] = []
    for alert in sorted(
        found, key=lambda item: (severity_rank(item.severity), item.name, item.cluster)
    ):
        row: list[Cell] = [
            page.link(writer.at.alert(alert.name), alert.name),
            alert.severity or "none given",
            alert.duration or "at once",
            writer.layer(page, alert.layer),
            runbook(page, alert, short=True),
        ]
        if many:
            row.insert(3, writer.cluster(page, alert.cluster))
        rows.append(row)
    columns = ("Alert", "Severity", "After", *(("Cluster",) if many else ()), "Layer", "Runbook")
    return _table(request, Table("alerts", "Alert rules", columns, rows))


def _alert(request: _Request) -> list[Markup]:
    """Return what an alert means and what to run first."""
    rules = request.writer.facts.rules
    name = request.name("name")
    if name is None:
        request.problems.append(Problem("the key `name` is missing"))
        return []
    if name.lower() not in rules:
        request.unknown("alert", name, {found[0].name for found in rules.values()}, "name")
        return []
    found = summary(request.writer, request.page, rules[name.lower()])
    macros = request.writer.templates.get_template("macros.html").module
    # The first screen of a written page; the page of the alert has all.
    chosen = found.commands[:_FIRST_COMMANDS]
    parts = [
        filled("<p><strong>{}</strong> <small>{}</small></p>", found.link, found.about),
        *(filled("<p>{}</p>", meaning) for meaning in found.meanings[:1]),
        Markup(macros.commands(chosen)),  # type: ignore[attr-defined]  # of Jinja's modules
    ]
    if found.component:
        parts.append(filled("<p>What fails: {}</p>", found.component))
    return parts


def _promotion(request: _Request) -> list[Markup]:
    """Return which version each environment has, of components or images that are not equal
    everywhere."""
    facts = request.writer.facts
    what = request.name("what") or "charts"
    if what not in ("charts", "images"):
        request.problems.append(Problem("`what` is charts or images", "what"))
        return []
    rows = facts.charts if what == "charts" else facts.image_versions
    if "names" in request.options:
        names = request.chosen("component", "names", {row.name for row in rows})
        rows = [row for row in rows if row.name in names]
    else:
        rows = [row for row in rows if not row.is_equal]
    if not rows:
        return []
    columns = [(stage.name, stage.clusters) for stage in facts.environments.stages]
    caption = "Chart versions by environment" if what == "charts" else "Image tags by environment"
    return _table(request, versions.matrix(request.writer, request.page, rows, columns, caption))


def _commands(request: _Request) -> list[Markup]:
    facts = request.writer.facts
    shown = request.chosen("command", "show", (*_COMMANDS, "all")) or (
        "status",
        "reconcile",
        "events",
    )
    name = request.name("release")
    targets: list[Layer] | list[Release]
    if name is not None:
        clusters = {cluster.id for cluster in request.clusters()}
        releases = [release for release in facts.platform.releases if release.cluster in clusters]
        targets = [
            item for item in releases if name in (item.name, f"{item.namespace}/{item.name}")
        ]
        if not targets and clusters:
            request.unknown("release", name, {release.name for release in releases}, "release")
    else:
        layers = request.layers()
        if layers is None:
            request.problems.append(Problem("one of the keys `layer` and `release` is needed"))
            return []
        targets = layers
    # Without contexts, the commands of two clusters are the same.
    made: dict[tuple[Command, ...], list[str]] = {}
    for target in targets:
        context = facts.clusters[target.cluster].context
        groups = (
            commands.of_layer(target, context)
            if isinstance(target, Layer)
            else commands.of_release(target, context)
        )
        every = [command for group in groups.values() for command in group]
        wanted = [_COMMANDS[item] for item in shown if item != "all"]
        chosen = (
            every
            if "all" in shown
            else [command for item in wanted for command in every if command.purpose == item]
        )
        made.setdefault(tuple(chosen), []).append(target.cluster)
    macros = request.writer.templates.get_template("macros.html").module
    parts = {
        ", ".join(unique(clusters)): Markup(macros.commands(chosen))  # type: ignore[attr-defined]  # of Jinja's modules
        for chosen, clusters in made.items()
    }
    if len(parts) < 2:
        return list(parts.values())
    return [
        filled('<p class="gitops-block-title">{}</p>\n{}', title, part)
        for title, part in parts.items()
    ]
