"""What a cluster needs that Git does not hold: to be there before Flux can apply everything."""

from __future__ import annotations

from markupsafe import Markup

from gitops_docs.model import Cluster
from gitops_docs.pages.page import Page
from gitops_docs.pages.remembering import remembered
from gitops_docs.pages.tables import Cell, Table
from gitops_docs.pages.words import count
from gitops_docs.pages.writer import Writer


@remembered
def bootstrap_page(writer: Writer, cluster: Cluster) -> Page:
    """Secrets and ConfigMaps that are named and that no layer applies, keys for decryption, and the order of the start."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.section_of_cluster(cluster.id, "bootstrap"))
    layers = facts.of_cluster.get(cluster.id, [])
    made = {
        (resource.kind, resource.namespace, resource.name)
        for layer in layers
        for resource in layer.resources
        if resource.kind in ("ConfigMap", "Secret", "ExternalSecret", "SealedSecret")
    }
    rows: list[list[Cell]] = []

    def need(kind: str, namespace: str, name: str, why: Markup, place: Markup) -> None:
        if (kind, namespace, name) in made:
            return
        maker = next((other for other in ("ExternalSecret", "SealedSecret") if (other, namespace, name) in made), None)
        if kind == "Secret" and maker:
            return
        rows.append([page.code(f"{kind} {namespace}/{name}"), why, place])

    for source in facts.platform.sources:
        if source.cluster == cluster.id and source.secret:
            why = Markup("{} authenticates with it").format(
                page.code(f"{source.kind} {source.namespace}/{source.name}")
            )
            need("Secret", source.namespace, source.secret, why, page.place(source.file, source.line))
    for layer in layers:
        link = writer.layer(page, layer)
        for item in layer.substitute_from:
            if item.found is None and not item.optional:
                need(
                    item.kind,
                    layer.namespace,
                    item.name,
                    Markup("{} takes variables from it").format(link),
                    page.place(item.file, item.line),
                )
        if layer.remote_cluster:
            why = Markup("{} reaches another cluster with it").format(link)
            need("Secret", layer.namespace, layer.remote_cluster, why, page.place(layer.file, layer.line))
    for provider in facts.platform.providers:
        if provider.cluster == cluster.id and provider.secret:
            why = Markup("Provider {} sends with it").format(page.code(provider.name))
            need("Secret", provider.namespace, provider.secret, why, page.place(provider.file, provider.line))
    external = sorted(
        {
            variable.name
            for variable in facts.platform.variables
            if variable.cluster == cluster.id and variable.status.value == "external"
        }
    )
    waves, _ = facts.waves(cluster.id)
    return writer.finish(
        page,
        "bootstrap.html",
        f"Bootstrap of {cluster.id}",
        description=f"What must exist before Flux can apply {cluster.id}: {count(len(rows), 'object')} that Git does not hold",
        crumbs=[(at.cluster(cluster.id), cluster.id)],
        cluster=cluster,
        needs=Table(
            "needs",
            "Named here, applied by no layer",
            ("Object", "Why", "Where"),
            rows,
            "Nothing: every Secret and ConfigMap that is named here is applied by some layer.",
        ),
        decryption=[layer for layer in layers if layer.decryption],
        external=external,
        first=waves[0][1] if waves else [],
        roots=[layer for layer in layers if layer.parent is None],
    )
