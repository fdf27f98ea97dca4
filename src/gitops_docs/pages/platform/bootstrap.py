"""Write the checklist for a new cluster: how Flux comes to it, what must exist outside Git, in
which order layers come up."""

from __future__ import annotations

import shlex
from collections import Counter

from markupsafe import Markup

from gitops_docs.index.commands import Command
from gitops_docs.model import Cluster, EntryKind, Layer, Source
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, grouped
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count
from gitops_docs.text.patterns import Pattern

_VALUES_FROM = Pattern(r"(Secret|ConfigMap)/(\S+)")
INSTALL_OPERATOR = (
    "helm install flux-operator oci://ghcr.io/controlplaneio-fluxcd/charts/flux-operator -n "
    "flux-system --create-namespace"
)


@reused
def bootstrap_page(writer: Writer, cluster: Cluster) -> Page:
    """Return the bootstrap page of a cluster."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.section_of_cluster(cluster.id, "bootstrap"))
    layers = facts.of_cluster.get(cluster.id, [])
    roots = [layer for layer in layers if layer.parent is None]
    source = _root_source(writer, roots)
    rows = [
        *_credentials(page, cluster, source, roots),
        *_needs(writer, page, cluster, layers, source),
    ]
    external = sorted(
        {
            variable.name
            for variable in facts.platform.variables
            if variable.cluster == cluster.id and variable.status.value == "external"
        }
    )
    stores = Counter(
        secret.provider
        for secret in facts.platform.secrets
        if secret.cluster == cluster.id and secret.kind == "ExternalSecret" and secret.provider
    )
    waves, lost = facts.waves(cluster.id)
    way, steps = _way(cluster, source, writer)
    flag = f" --context {shlex.quote(cluster.context)}" if cluster.context else ""
    return writer.finish(
        page,
        "bootstrap.html",
        f"Bootstrap of {cluster.id}",
        description=f"Prerequisites of {cluster.id}: {count(len(rows), 'object')} not in Git",
        crumbs=[(at.cluster(cluster.id), cluster.id)],
        cluster=cluster,
        way=way,
        steps=steps,
        source=source,
        needs=Table(
            "needs",
            "Required objects",
            ("Object", "Used by", "Set at"),
            rows,
            "None: all referenced Secrets and ConfigMaps are in Git.",
        ),
        decryption=[layer for layer in layers if layer.decryption],
        external=external,
        stores=sorted(stores.items()),
        roots=roots,
        order=Table(
            "start-order",
            "Layers in order",
            ("Layer", "Depends on", "Ready when"),
            [_order_row(writer, page, layer) for _, members in waves for layer in members],
            "No layer.",
            groups=grouped([f"Wave {number}" for number, members in waves for _ in members]),
        ),
        lost=[writer.layer(page, layer) for layer in lost],
        watch=Command("Watch", f"flux get kustomizations -A --watch{flag}"),
        check=Command(
            "List objects that are not ready",
            f"flux get all -A --status-selector ready=false{flag}",
        ),
        runbooks=[
            page.document(book.file, book.title)
            for book in facts.platform.runbooks
            if book.kind in ("procedure", "runbook")
            and "bootstrap" in f"{book.file} {book.title}".lower()
        ],
    )


def _credentials(
    page: Draft, cluster: Cluster, source: Source | None, roots: list[Layer]
) -> list[list[Cell]]:
    """Return what the first source is fetched with. It must be there before the layer that may make
    it: that comes from the source."""
    entry = cluster.entry
    name = entry.secret or (source.secret if source else None)
    if not name:
        return []
    namespace = (
        source.namespace if source else roots[0].source.namespace if roots else "flux-system"
    )
    place = (
        page.place(entry.file, entry.line)
        if entry.secret
        else page.place(source.file, source.line)
        if source
        else ""
    )
    why = "Needed to fetch this repository, before any layer runs"
    return [[page.code(f"Secret {namespace}/{name}"), why, place]]


def _needs(
    writer: Writer, page: Draft, cluster: Cluster, layers: list[Layer], root: Source | None
) -> list[list[Cell]]:
    """Return objects that something names and no layer makes."""
    facts = writer.facts
    made = {
        (resource.kind, resource.namespace, resource.name)
        for layer in layers
        for resource in layer.resources
        if resource.kind in ("ConfigMap", "Secret", "ExternalSecret", "SealedSecret")
    }
    made |= {
        ("Secret", secret.namespace, secret.name)
        for secret in facts.platform.secrets
        if secret.cluster == cluster.id and secret.layer
    }
    rows: list[list[Cell]] = []
    seen: set[tuple[str, str, str, str]] = set()

    def need(kind: str, namespace: str, name: str, why: Markup, place: Markup) -> None:
        known = {
            (kind, namespace, name),
            ("ExternalSecret", namespace, name),
            ("SealedSecret", namespace, name),
        }
        if known & made or (kind, namespace, name, str(why)) in seen:
            return
        seen.add((kind, namespace, name, str(why)))
        rows.append([page.code(f"{kind} {namespace}/{name}"), why, place])

    for source in facts.platform.sources:
        if source.cluster == cluster.id and source.secret and source is not root:
            why = filled(
                "{}, for authentication",
                page.code(f"{source.kind} {source.namespace}/{source.name}"),
            )
            need(
                "Secret", source.namespace, source.secret, why, page.place(source.file, source.line)
            )
    for layer in layers:
        link = writer.layer(page, layer)
        for item in layer.substitute_from:
            if item.found is None and not item.optional:
                why = filled("{}, for variables", link)
                need(item.kind, layer.namespace, item.name, why, page.place(item.file, item.line))
        if layer.remote_cluster:
            why = filled("{}, to reach the target cluster", link)
            need(
                "Secret",
                layer.namespace,
                layer.remote_cluster,
                why,
                page.place(layer.file, layer.line),
            )
        for release in facts.releases.get(layer.id, []):
            for entry in release.values_from:
                match = _VALUES_FROM.match(entry)
                if match:
                    target = writer.at.below_cluster(
                        release.cluster, "releases", release.namespace, release.name
                    )
                    why = filled("{}, for values", page.link(target, release.name))
                    need(
                        match[1],
                        release.namespace,
                        match[2],
                        why,
                        page.place(release.file, release.line),
                    )
    for provider in facts.platform.providers:
        if provider.cluster == cluster.id and provider.secret:
            why = filled("Provider {}, to send messages", page.code(provider.name))
            need(
                "Secret",
                provider.namespace,
                provider.secret,
                why,
                page.place(provider.file, provider.line),
            )
    return rows


def _root_source(writer: Writer, roots: list[Layer]) -> Source | None:
    for layer in roots:
        found = writer.facts.sources.get(
            (layer.cluster, layer.source.kind, layer.source.namespace, layer.source.name)
        )
        if found is not None:
            return found
    return None


def _way(cluster: Cluster, source: Source | None, writer: Writer) -> tuple[str, list[Command]]:
    """Return how Flux comes to the cluster, in a sentence, and the commands for it."""
    entry = cluster.entry
    flag = f" --context {shlex.quote(cluster.context)}" if cluster.context else ""
    path = shlex.quote(f"./{cluster.directory}" if cluster.directory else ".")
    url = shlex.quote(
        (source.url if source and source.url else None)
        or writer.facts.platform.repository.url
        or "<repository>"
    )
    branch = (
        source.ref.removeprefix("branch ")
        if source and source.ref and source.ref.startswith("branch ")
        else "main"
    )
    if entry.kind is EntryKind.BOOTSTRAP:
        return (
            "Installed with `flux bootstrap`. The same command restores a cluster.",
            [
                Command("Check prerequisites", f"flux check --pre{flag}"),
                Command(
                    "Install Flux and apply the repository",
                    f"flux bootstrap git --url={url} --branch={shlex.quote(branch)} "
                    f"--path={path}{flag}",
                ),
                Command("Check Flux", f"flux check{flag}"),
            ],
        )
    helm_flag = flag.replace("--context", "--kube-context")
    if entry.kind is EntryKind.FLUX_INSTANCE:
        steps = [
            Command(
                "Install the Flux Operator",
                f"{INSTALL_OPERATOR}{helm_flag}",
            ),
        ]
        if entry.file and not _is_values(entry.file):
            steps.append(
                Command(
                    "Apply the FluxInstance", f"kubectl apply -f {shlex.quote(entry.file)}{flag}"
                )
            )
        steps.append(
            Command("Check the FluxInstance", f"kubectl get fluxinstance -n flux-system{flag}")
        )
        return (
            "Installed with the Flux Operator. A FluxInstance sets the version of Flux and what it applies.",
            steps,
        )
    return (
        "How Flux is installed is not in Git. Required: the controllers, a source for this repository, "
        "and the Kustomization that applies its directory.",
        [
            Command("Install the controllers", f"flux install{flag}"),
            Command(
                "Create the source",
                f"flux create source git flux-system --url={url} "
                f"--branch={shlex.quote(branch)}{flag}",
            ),
            Command(
                "Create the root layer",
                f"flux create kustomization flux-system --source=GitRepository/flux-system "
                f"--path={path} --prune{flag}",
            ),
        ],
    )


def _is_values(file: str) -> bool:
    return (
        "values" in file.rpartition("/")[2].lower()
        or "helmrelease" in file.rpartition("/")[2].lower()
    )


def _order_row(writer: Writer, page: Draft, layer: Layer) -> list[Cell]:
    waits = [
        writer.layer(page, edge.layer)
        if edge.layer in writer.facts.layers
        else page.code(f"{edge.namespace}/{edge.name}")
        for edge in layer.depends_on
    ]
    if layer.health.wait:
        ready = "all objects are ready"
    elif layer.health.checks:
        ready = (
            f"{count(len(layer.health.checks), 'health check')} "
            f"{'passes' if len(layer.health.checks) == 1 else 'pass'}"
        )
    else:
        ready = "it is applied"
    return [
        writer.layer(page, layer),
        joined(", ", waits) or "none",
        ready,
    ]
