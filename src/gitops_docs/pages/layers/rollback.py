"""How to take a change of a layer back: its last commits with the commands, what depends on it,
what a suspend does."""

from __future__ import annotations

import shlex

from gitops_docs.index import commands
from gitops_docs.index.commands import Command
from gitops_docs.model import Layer, Location, Resource
from gitops_docs.pages.html import commits
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count, listing, plural, unique

_COMMITS = 10
_RELEASES = 6
"""Releases whose commands are shown; the others are named."""
_KEEPS_DATA = (
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StatefulSet",
    "CustomResourceDefinition",
    "Namespace",
    "Cluster",
    "PostgresCluster",
)
"""Kinds whose deletion takes data along."""


@reused
def rollback_page(writer: Writer, layer: Layer) -> Page:
    """The rollback page of a layer."""
    facts, at = writer.facts, writer.at
    page = writer.draft(writer.below_layer(layer, "rollback"))
    cluster = facts.clusters.get(layer.cluster)
    context = cluster.context if cluster else None
    changed = facts.changes.of_layer(layer)
    shown = commits.shown(changed, facts.platform.repository, _COMMITS)
    dependents = facts.in_order(facts.graph.dependents(layer.id))
    releases = facts.releases.get(layer.id, [])
    named = commands.of_layer(layer, context)
    newest = shown[0].revert if shown else "git revert <commit>"
    lost = unique([resource.kind for resource in layer.resources if resource.kind in _KEEPS_DATA])
    return writer.finish(
        page,
        "rollback.html",
        f"Roll back {layer.name} ({layer.cluster})",
        description=f"Take a change of {layer.name} back: its last commits with the commands",
        boost=0.8,
        words=["rollback", "revert", "undo"],
        edit=Location(layer.file, layer.line) if layer.file and not layer.synthetic else None,
        crumbs=[
            (at.cluster(layer.cluster), layer.cluster),
            (writer.layer_uri[layer.id], layer.name),
        ],
        layer=layer,
        first=[
            Command(
                "Take the newest change back" if shown else "Take a change back",
                f"{newest} --no-edit",
            ),
            Command("Publish it", "git push"),
            named["first"][1],
            Command("Its revision is yours", named["first"][0].text),
        ],
        parent=writer.layer(page, layer.parent) if layer.parent else None,
        changed=shown,
        more=len(changed) - len(shown),
        unchanged=commits.none_because(facts.platform.repository),
        dependents=[writer.layer(page, identity) for identity in dependents],
        lost=listing([plural(kind) for kind in lost], 6) if lost and layer.prune else None,
        pause=named["pause"][0],
        resume=named["pause"][1],
        releases=[
            (
                item.name,
                page.link(
                    at.below_cluster(item.cluster, "releases", item.namespace, item.name), item.name
                ),
                _helm(
                    item.release_name or item.name, item.target_namespace or item.namespace, context
                ),
                commands.of_release(item, context)["pause"],
            )
            for item in releases[:_RELEASES]
        ],
        other_releases=count(len(releases) - _RELEASES, "more release")
        if len(releases) > _RELEASES
        else None,
        workloads=[
            Command(resource.label, _undo(resource, context))
            for resource in layer.resources
            if resource.kind in ("Deployment", "StatefulSet", "DaemonSet")
        ][:_RELEASES],
        runbooks=[
            page.document(book.file, book.title)
            for book in facts.joins.runbooks(layer.id)
            if book.kind in (None, "runbook", "procedure")
        ],
        troubleshooting=page.link(writer.below_layer(layer, "troubleshooting"), "Troubleshooting"),
    )


def _undo(resource: Resource, context: str | None) -> str:
    flag = f" --context {shlex.quote(context)}" if context else ""
    target = shlex.quote(f"{resource.kind.lower()}/{resource.name}")
    return f"kubectl rollout undo {target} -n {shlex.quote(resource.namespace or 'default')}{flag}"


def _helm(name: str, namespace: str, context: str | None) -> list[Command]:
    flag = f" --kube-context {shlex.quote(context)}" if context else ""
    where = f"{shlex.quote(name)} -n {shlex.quote(namespace)}{flag}"
    return [
        Command("Its revisions", f"helm history {where}"),
        Command(
            "Go back",
            f"helm rollback {shlex.quote(name)} <revision> -n {shlex.quote(namespace)}{flag}",
        ),
    ]
