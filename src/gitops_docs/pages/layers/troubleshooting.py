"""Say what to look at when a layer is not ready: the chain with the likely root first, its source,
its health checks, common causes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.index import commands
from gitops_docs.index.commands import Command
from gitops_docs.index.platform import is_custom
from gitops_docs.kubernetes.flux import KINDS
from gitops_docs.kubernetes.kinds import WORKLOADS
from gitops_docs.model import Layer, Location, Severity
from gitops_docs.pages.html import commits
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count

_CHAIN = 15
_OBJECTS = 12
"""Objects whose command is shown; a layer with `wait` may have hundreds."""
CAUSES = "common causes"
"""A hand-written page that applies to the layer and has a heading of this name replaces our
words."""


class Cause(Struct, frozen=True):
    """What Flux says, what it means, what to do."""

    says: str
    means: str
    do: str


@reused
def troubleshooting_page(writer: Writer, layer: Layer) -> Page:
    """Return the troubleshooting page of a layer."""
    facts, at = writer.facts, writer.at
    page = writer.draft(writer.below_layer(layer, "troubleshooting"))
    cluster = facts.clusters.get(layer.cluster)
    context = cluster.context if cluster else None
    flag = f" --context {shlex.quote(context)}" if context else ""
    name, source = f"{shlex.quote(layer.name)} -n {shlex.quote(layer.namespace)}", layer.source
    known = KINDS.get(source.kind)
    order = facts.in_order(facts.graph.dependencies(layer.id))
    missing = [edge for edge in layer.depends_on if edge.layer not in facts.layers]
    books = [
        book
        for book in facts.joins.runbooks(layer.id)
        if book.kind in (None, "runbook", "procedure")
    ]
    own = next(
        (
            (book, section)
            for book in books
            for section in book.sections
            if section.title.strip().lower() == CAUSES
        ),
        None,
    )
    findings = [
        finding
        for finding in facts.findings.get(layer.id, [])
        if finding.severity is not Severity.INFO
    ]
    return writer.finish(
        page,
        "troubleshooting.html",
        f"Troubleshooting {layer.name} ({layer.cluster})",
        description=f"Checks for {layer.name} when it is not ready, in order",
        boost=writer.boost(layer, 0.8),
        edit=Location(layer.file, layer.line) if layer.file and not layer.synthetic else None,
        crumbs=[
            *writer.crumbs(layer.cluster, "layers", "Layers"),
            (writer.layer_uri[layer.id], layer.name),
        ],
        layer=layer,
        says=[
            commands.of_layer(layer, context)["first"][0],
            commands.of_layer(layer, context)["first"][2],
        ],
        known=list(_known_from_git(writer, page, layer)),
        findings=findings,
        chain=[
            (writer.layer(page, other), commands.of_layer(facts.layers[other], context)["first"][0])
            for other in order[:_CHAIN]
        ],
        chain_more=len(order) - _CHAIN if len(order) > _CHAIN else 0,
        missing=[page.code(f"{edge.namespace}/{edge.name}") for edge in missing],
        source=f"{layer.source.kind} {layer.source.namespace}/{layer.source.name}",
        source_command=Command(
            "Source",
            f"flux get source {known.source_command} {shlex.quote(source.name)} -n "
            f"{shlex.quote(source.namespace)}{flag}",
        )
        if known is not None and known.source_command is not None
        else None,
        build=Command(
            "Diff against the cluster",
            f"flux diff kustomization {name} --path {shlex.quote(f'./{layer.directory}')}{flag}",
        )
        if layer.directory
        else None,
        health=_health(layer, flag),
        health_more=max(0, len(_health_objects(layer)) - _OBJECTS),
        own_causes=(
            page.document(own[0].file, own[0].title, own[1].id),
            page.inline(own[0].file, own[1].id),
        )
        if own
        else None,
        causes=[] if own else list(_causes(writer, layer)),
        changed=commits.shown(facts.changes.of_layer(layer), facts.platform.repository),
        unchanged=commits.none_because(facts.platform.repository),
        alerts=[
            page.link(at.alert(alert.name), alert.name)
            for alert in facts.joins.alerts(layer.id)
            if alert.kind == "rule"
        ],
        runbooks=[page.document(book.file, book.title) for book in books],
        rollback=page.link(writer.below_layer(layer, "rollback"), "Roll back"),
    )


def _known_from_git(writer: Writer, page: Draft, layer: Layer) -> Iterator[Markup]:
    """Yield what Git alone says about why it may not become ready."""
    facts = writer.facts
    if layer.suspended:
        yield Markup("<strong>Suspended in Git.</strong> Flux applies nothing until it is resumed.")
    if layer.wave is None:
        yield Markup(
            "<strong>Part of a dependency cycle, or waiting for one.</strong> Flux never applies it."
        )
    if layer.reason and layer.status.value == "failed":
        yield filled("<strong>Rejected by Flux:</strong> {}", prose(layer.reason))
    held = [
        other
        for other in facts.in_order(facts.graph.dependencies(layer.id))
        if facts.layers[other].suspended
    ]
    for other in held:
        yield filled("Depends on {}, which is suspended.", writer.layer(page, other))
    for item in layer.substitute_from:
        if item.found is None and not item.optional:
            yield filled(
                "Reads variables from {}, which no layer creates. {}",
                page.code(f"{item.kind} {layer.namespace}/{item.name}"),
                page.place(item.file, item.line),
            )


def _health_objects(layer: Layer) -> list[tuple[str, str, str, str]]:
    """Return (API version, kind, namespace, name) of what the layer's readiness hangs on."""
    if layer.health.wait:
        return [
            (
                item.api_version,
                item.kind,
                "" if item.cluster_scoped else item.namespace or "",
                item.name,
            )
            for item in sorted(
                layer.resources,
                key=lambda item: (
                    item.kind not in ("HelmRelease", "Kustomization"),
                    item.kind,
                    item.name,
                ),
            )
            if item.kind in WORKLOADS or is_custom(item)
        ]
    return [
        (check.api_version, check.kind, check.namespace, check.name)
        for check in layer.health.checks
    ]


def _health(layer: Layer, flag: str) -> list[Command]:
    found = []
    for api_version, kind, namespace, name in _health_objects(layer)[:_OBJECTS]:
        where = f" -n {shlex.quote(namespace)}" if namespace else ""
        if kind in ("HelmRelease", "Kustomization") and "toolkit.fluxcd.io" in api_version:
            text = f"flux get {kind.lower()} {shlex.quote(name)}{where}{flag}"
        else:
            group = api_version.rpartition("/")[0]
            resource = f"{kind.lower()}.{group}" if "." in group else kind.lower()
            text = f"kubectl describe {shlex.quote(resource)} {shlex.quote(name)}{where}{flag}"
        label = f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
        found.append(Command(label, text))
    return found


def _causes(writer: Writer, layer: Layer) -> Iterator[Cause]:
    """Yield common causes in the order in which Flux stumbles over them; only those that this layer
    can have."""
    yield Cause(
        "Source artifact not found, or an old revision",
        "Flux could not fetch the source: credentials, network or a deleted branch.",
        "Read the message of the source.",
    )
    if layer.depends_on:
        yield Cause(
            "dependency ... is not ready",
            "A dependency is not ready, or has not applied this revision.",
            "Open that dependency and repeat.",
        )
    if layer.decryption:
        yield Cause(
            f"decryption failed ({layer.decryption})",
            "A file is encrypted for a key that the cluster does not have.",
            "Compare the recipients in the file with the key in the decryption Secret.",
        )
    yield Cause(
        "kustomize build failed",
        "A file is missing, a file is not valid YAML, or a patch has no target.",
        "Build the layer locally. The message names the file.",
    )
    if layer.variables or layer.substitute_from:
        external = sum(
            variable.status.value in ("external", "undefined")
            for variable in writer.facts.variables.get(layer.id, [])
        )
        note = (
            f" {count(external, 'variable')} of this layer {'comes' if external == 1 else 'come'} "
            f"from outside Git."
            if external
            else ""
        )
        yield Cause(
            "post build failed ... variable not set",
            f"A variable has neither a value nor a default.{note}",
            "Check the ConfigMaps and Secrets in `substituteFrom`.",
        )
    yield Cause(
        "no matches for kind ... in version ...",
        "The CRD is missing or does not serve this version.",
        "Add `dependsOn` for the layer that installs the CRD.",
    )
    if layer.service_account:
        yield Cause(
            "... is forbidden",
            f"Service account {layer.service_account} lacks this permission.",
            "Grant the permission, or move the object to another layer.",
        )
    if not layer.force:
        yield Cause(
            "dry-run failed ... field is immutable",
            "The field is immutable.",
            "Delete the object so that Flux creates it again, or undo the change.",
        )
    if layer.health.gated:
        timeout = f" {layer.timeout}" if layer.timeout else ""
        yield Cause(
            "health check failed ... timeout waiting for ...",
            f"Objects were applied; one was not ready within{timeout or ' the timeout'}.",
            "Check the object that the message names.",
        )
    if writer.facts.releases.get(layer.id):
        yield Cause(
            "HelmRelease: retries exhausted, or context deadline exceeded",
            "The install or upgrade used all retries, or ran into its timeout.",
            "Check the pods of the release. After the fix, reconcile with --reset.",
        )
