"""Write the page of a layer: what to do when it is not ready, its place in the order, and
everything it applies."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup

from gitops_docs.diagrams import layers
from gitops_docs.index import commands
from gitops_docs.index.graph import branches
from gitops_docs.index.platform import is_custom
from gitops_docs.kubernetes.kinds import WORKLOADS
from gitops_docs.model import Alert, FieldChange, Layer, LayerStatus, Location, Release
from gitops_docs.pages.html import commits, owners
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, lines
from gitops_docs.pages.html.writer import Writer, states
from gitops_docs.pages.layers import deletion, objects
from gitops_docs.pages.layers.variables import VALUE_COLUMNS, variable_rows
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count, listing, unique
from gitops_docs.text.escape import shorten

_INCOMPLETE = {
    LayerStatus.PARTIAL: "Not fully rendered:",
    LayerStatus.EXTERNAL: "In another repository that was not scanned:",
    LayerStatus.FAILED: "Rejected by Flux; objects may be missing:",
}


@reused
def layer_page(writer: Writer, layer: Layer) -> Page:
    """Return the page of one layer."""
    facts = writer.facts
    page = writer.draft(writer.layer_uri[layer.id])
    cluster = facts.clusters.get(layer.cluster)
    releases = facts.releases.get(layer.id, [])
    findings = facts.findings.get(layer.id, [])
    dependents = facts.graph.dependents(layer.id)
    diagram = layers.neighbourhood(layer, facts, writer.hrefs(page, layers.relatives(layer, facts)))
    changed = facts.changes.of_layer(layer)
    last = facts.last_wave(layer.cluster)
    headline: list[Cell] = [
        *writer.switch(
            page,
            layer.cluster,
            {
                other.cluster: writer.layer_uri[other.id]
                for other in facts.names[layer.namespace, layer.name]
            },
            writer.layer_on_all(layer.namespace, layer.name),
        ),
        f"wave {layer.wave} of {last}"
        if layer.wave
        else "part of a dependency cycle, or waiting for one",
    ]
    if releases:
        headline.append(page.link(page.uri, count(len(releases), "release"), "releases"))
    of_charts = len(facts.chart_objects.get(layer.id, ()))
    number = count(len(layer.resources) + of_charts, "object")
    more = f", {of_charts} from charts" if of_charts else ""
    headline.append(page.link(page.uri, f"{number}{more}", "what-it-applies"))
    headline.append(
        page.link(page.uri, count(len(findings), "finding"), "findings")
        if findings
        else "0 findings"
    )
    headline.append(owners.headline(writer, page, facts.layer_owners[layer.id]))
    alerts = facts.joins.alerts(layer.id)
    remarks = {remark.field: remark.text for remark in layer.remarks}
    return writer.finish(
        page,
        "layer.html",
        f"{layer.name} (layer, {layer.cluster})",
        description=layer.description
        or f"{layer.name}: {count(len(layer.resources), 'object')} on {layer.cluster}",
        boost=writer.boost(layer, 3),
        words=[layer.namespace, layer.path, *sorted({item.name for item in releases})],
        edit=Location(layer.file, layer.line) if layer.file and not layer.synthetic else None,
        status=next(iter(states(layer)), None),
        tags=["layer", layer.cluster, *states(layer)],
        crumbs=writer.crumbs(layer.cluster, "layers", "Layers"),
        layer=layer,
        states=states(layer),
        headline=headline,
        incomplete=_INCOMPLETE.get(layer.status),
        reasons=(layer.reason or "Reason not known.").split("; "),
        steps=_steps(writer, page, layer),
        runbooks=[
            page.document(book.file, book.title)
            for book in facts.joins.runbooks(layer.id, general=False)
            or facts.joins.runbooks(layer.id)
        ],
        commands=commands.of_layer(layer, cluster.context if cluster else None),
        ways=[
            page.link(writer.below_layer(layer, "troubleshooting"), "Troubleshooting"),
            page.link(writer.below_layer(layer, "rollback"), "Roll back"),
        ],
        stops=_stops(writer, page, dependents),
        dependents=dependents,
        diagram=page.diagram(diagram) if diagram else None,
        requires=_requires(writer, page, layer),
        required_by=_required_by(writer, page, layer),
        tree=branches(layer.id, facts.graph, facts.layers)
        if facts.graph.requires[layer.id]
        else None,
        reverse_tree=branches(layer.id, facts.graph, facts.layers, reverse=True)
        if dependents
        else None,
        releases=_releases(writer, page, layer),
        groups=objects.groups(writer, page, layer),
        deletion=deletion.shown(writer, page, layer),
        parent=writer.layer(page, layer.parent) if layer.parent else None,
        children=[writer.layer(page, child) for child in facts.children.get(layer.id, [])],
        changed=commits.shown(changed, facts.platform.repository),
        unchanged=commits.none_because(facts.platform.repository),
        variables=Table(
            "variables",
            "Variables",
            ("Name", *VALUE_COLUMNS, "Used at"),
            variable_rows(page, facts.variables.get(layer.id, []), used=True),
        )
        if facts.variables.get(layer.id)
        else None,
        takes_from=layer.substitute_from,
        health=layer.health,
        alerts=[(page.link(_alert_uri(writer, alert), alert.name), alert) for alert in alerts],
        facts_of=_facts(writer, page, layer, remarks),
        remarks=[
            remark
            for remark in layer.remarks
            if remark.field not in _SHOWN_REMARKS and not remark.field.startswith("spec.dependsOn")
        ],
        patched=_patched(page, layer),
        findings=findings,
    )


def _patched(page: Draft, layer: Layer) -> list[tuple[Markup, list[FieldChange]]]:
    """Return the fields that patches set, by file. Variables have a table that says the same of
    them."""
    found: dict[str, list[FieldChange]] = defaultdict(list)
    for change in layer.changed_by:
        if not change.field.startswith("spec.postBuild.substitute."):
            found[change.file].append(change)
    return [(page.place(file), own) for file, own in found.items()]


def _alert_uri(writer: Writer, alert: Alert) -> str:
    if alert.kind == "flux":
        return writer.at.below_cluster(alert.cluster, "notifications", alert.namespace, alert.name)
    return writer.at.alert(alert.name)


def _steps(writer: Writer, page: Draft, layer: Layer) -> list[Markup]:
    """Return what to look at when the layer is not ready, in the order in which Flux stumbles over
    it."""
    steps: list[Markup] = []
    if layer.suspended:
        steps.append(
            Markup("<strong>Suspended in Git.</strong> Flux applies nothing until it is resumed.")
        )
    if layer.status is LayerStatus.FAILED and layer.reason:
        steps.append(filled("<strong>Rejected by Flux</strong>: {}", prose(layer.reason)))
    for edge in layer.depends_on:
        why = (
            filled(' <span class="gitops-why">{}</span>', prose(edge.reason))
            if edge.reason
            else Markup("")
        )
        if edge.layer in writer.facts.layers:
            steps.append(filled("Is {} ready?{}", writer.layer(page, edge.layer), why))
        else:
            steps.append(
                filled(
                    "{} does not exist. Flux waits without end.{}",
                    page.code(f"{edge.namespace}/{edge.name}"),
                    why,
                )
            )
    steps.append(filled("Source {}", _source(writer, page, layer)))
    if layer.health.wait:
        kinds = unique(
            [
                resource.kind
                for resource in layer.resources
                if resource.kind in WORKLOADS or is_custom(resource)
            ]
        )
        steps.append(
            filled(
                "<code>wait: true</code>: all objects must be ready{}",
                f" ({listing(kinds)})" if kinds else "",
            )
        )
    elif layer.health.checks:
        checks = [f"{check.kind} {check.namespace}/{check.name}" for check in layer.health.checks]
        steps.append(
            filled("{}: {}", page.link(page.uri, "Health checks", "health-checks"), listing(checks))
        )
    else:
        steps.append(Markup("No health checks: not ready means that the build or the apply failed"))
    return steps


def _stops(writer: Writer, page: Draft, dependents: tuple[str, ...]) -> Markup:
    if not dependents:
        return Markup("No layer depends on this one: suspending it affects nothing else.")
    shown = joined(", ", (writer.layer(page, identity) for identity in dependents[:4]))
    more = f" +{len(dependents) - 4}" if len(dependents) > 4 else ""
    get = "gets" if len(dependents) == 1 else "get"
    return filled(
        "While it is suspended, {} {} no new revisions: {}{}",
        count(len(dependents), "layer"),
        get,
        shown,
        more,
    )


def _requires(
    writer: Writer, page: Draft, layer: Layer
) -> list[tuple[Markup, Markup | None, Markup]]:
    found = []
    for edge in layer.depends_on:
        if edge.layer in writer.facts.layers:
            name = writer.layer(page, edge.layer)
        else:
            name = page.code(f"{edge.namespace}/{edge.name}") + Markup(
                " <strong>(missing)</strong>"
            )
        reason = prose(edge.reason) if edge.reason else None
        if edge.ready_expr:
            reason = (reason or Markup("")) + filled(
                " ready when <code>{}</code>", shorten(edge.ready_expr)
            )
        found.append((name, reason, page.place(edge.file, edge.line, near=layer.file)))
    return found


def _required_by(
    writer: Writer, page: Draft, layer: Layer
) -> list[tuple[Markup, Markup | None, Markup]]:
    found = []
    for identity in writer.facts.graph.required_by[layer.id]:
        other = writer.facts.layers[identity]
        edge = next(edge for edge in other.depends_on if edge.layer == layer.id)
        found.append(
            (
                writer.layer(page, other),
                prose(edge.reason) if edge.reason else None,
                page.place(edge.file, edge.line),
            )
        )
    return found


def _source(writer: Writer, page: Draft, layer: Layer) -> Markup:
    source = layer.source
    found = writer.facts.sources.get((layer.cluster, source.kind, source.namespace, source.name))
    name = page.code(f"{source.kind} {source.namespace}/{source.name}")
    if found is None:
        return name
    return name + filled(", {}{}", page.url(found.url), f", {found.ref}" if found.ref else "")


def _releases(writer: Writer, page: Draft, layer: Layer) -> Table | None:
    releases = writer.facts.releases.get(layer.id, [])
    if not releases:
        return None
    rows = [
        [
            page.link(
                writer.at.below_cluster(
                    release.cluster, "releases", release.namespace, release.name
                ),
                release.name,
            )
            + state_of(release.suspended),
            page.code(release.chart),
            version(page, release.version, release.version_was),
            page.code(release.namespace),
            place_of_version(page, release),
        ]
        for release in releases
    ]
    return Table(
        "releases", "Helm releases", ("Release", "Chart", "Version", "Namespace", "Set at"), rows
    )


def state_of(suspended: bool) -> Markup:
    """Return the text beside the name of something that is suspended."""
    return (
        Markup(' <span class="gitops-state gitops-state--suspended">suspended</span>')
        if suspended
        else Markup("")
    )


def place_of_version(page: Draft, release: Release) -> Markup:
    """Return where a release's version is set, and where the release is written if that is another
    file."""
    if release.version_set_at is None:
        return page.place(release.file, release.line)
    if release.version_set_at.file == release.file:
        return page.place(release.version_set_at)
    return lines([page.place(release.version_set_at), page.place(release.file, release.line)])


def version(page: Draft, text: str | None, was: str | None) -> Markup:
    """Return a version, and what it would be without what set it."""
    cell = page.code(text) if text else Markup("not pinned")
    return cell + (
        filled("<br>before the patch {}", page.code(was)) if was is not None and was != text else ""
    )


_SHOWN_REMARKS = {
    "spec.path",
    "spec.interval",
    "spec.prune",
    "spec.sourceRef",
    "spec.sourceRef.name",
    "spec.suspend",
    "spec.timeout",
    "spec.wait",
    "spec.retryInterval",
    "spec.deletionPolicy",
    "spec.force",
}


def _facts(
    writer: Writer, page: Draft, layer: Layer, remarks: dict[str, str]
) -> list[tuple[str, Markup, str | None]]:
    """Term, what is so, and the author's remark."""
    found: list[tuple[str, Markup, str | None]] = []

    def add(term: str, text: Markup | str | None, *fields: str) -> None:
        remark = next((remarks[name] for name in fields if name in remarks), None)
        if text:
            found.append((term, text if isinstance(text, Markup) else Markup.escape(text), remark))

    directory = layer.directory
    resolved = (
        page.place(directory)
        if directory
        else Markup("repository root")
        if directory == ""
        else Markup("in another repository")
    )
    add("Path", filled("{} ({})", page.code(layer.path or "."), resolved), "spec.path")
    add("Source", _source(writer, page, layer), "spec.sourceRef", "spec.sourceRef.name")
    if layer.interval:
        retry = f"; retry every {layer.retry_interval}" if layer.retry_interval else ""
        add(
            "Interval",
            f"every {layer.interval} and on a new source revision{retry}",
            "spec.interval",
            "spec.retryInterval",
        )
    add(
        "Timeout",
        f"{layer.timeout} for build, apply and health checks" if layer.timeout else None,
        "spec.timeout",
    )
    add(
        "Prune",
        "on: objects removed from Git are deleted from the cluster"
        if layer.prune
        else "off: objects removed from Git stay in the cluster",
        "spec.prune",
    )
    add("Wait", _wait(layer), "spec.wait")
    add("Deletion policy", _deletion(layer), "spec.deletionPolicy")
    add(
        "Force",
        "on: recreates objects when an immutable field changes" if layer.force else None,
        "spec.force",
    )
    add(
        "Suspended",
        "yes" if layer.suspended else None,
        "spec.suspend",
    )
    for term, name, meaning in (
        (
            "Target namespace",
            layer.target_namespace,
            "overrides the namespace of all objects",
        ),
        ("Service account", layer.service_account, "Flux impersonates it"),
        ("Decryption", layer.decryption, "decrypts files that are encrypted in Git"),
        (
            "Target cluster",
            layer.remote_cluster,
            "kubeconfig of the cluster that gets the objects",
        ),
    ):
        add(term, page.code(name) + f": {meaning}" if name else None)
    add("Files", f"{count(len(layer.files), 'file')}" if layer.files else None)
    return found


def _wait(layer: Layer) -> str:
    """`wait` and `healthChecks` (kustomization_types.go)."""
    if layer.health.wait:
        return "on: ready when all objects are ready"
    return f"off: ready when {'the health checks pass' if layer.health.checks else 'applied'}"


def _deletion(layer: Layer) -> str | None:
    """`deletionPolicy` (kustomization_types.go)."""
    return {
        "Delete": "Delete: objects are deleted, whatever prune is",
        "WaitForTermination": "WaitForTermination: objects are deleted, and Flux waits until they are gone",
        "Orphan": "Orphan: objects stay",
        "MirrorPrune": "MirrorPrune: objects are deleted if prune is on",
    }.get(layer.deletion_policy or "")
