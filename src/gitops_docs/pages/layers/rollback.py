"""Say how to undo a change of a layer: the smallest step first, with what each reaches and what it
deletes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.index import commands
from gitops_docs.index.commands import Command
from gitops_docs.index.history import Reach, quoted, revert_command, undo_command
from gitops_docs.kubernetes.images import split_image
from gitops_docs.model import Commit, Layer, Location, Resource, ValueChange
from gitops_docs.pages.html import commits
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count, unique
from gitops_docs.text.escape import shorten
from gitops_docs.text.patterns import Pattern

_COMMITS = 10
_VALUES = 6
_FILES = 25
"""Files that a command names; a commit with more is undone in an editor."""
_NAMES = 4
_SHARED = 2
"""Of files that other layers read, and of sets of such layers, so many are named."""
_RELEASES = 6
"""Releases whose commands are shown; the others are named."""
_RISKY = {
    "PersistentVolumeClaim": "its volume goes with it, unless the reclaim policy is Retain",
    "PersistentVolume": "its data may go with it",
    "StatefulSet": "its PersistentVolumeClaims stay",
    "CustomResourceDefinition": "Kubernetes deletes every custom resource of that kind",
    "Namespace": "Kubernetes deletes everything in it",
    "Cluster": "the database goes with it",
    "PostgresCluster": "the database goes with it",
    "Kafka": "its data may go with it",
    "CephCluster": "its data may go with it",
    "HelmRelease": "Flux uninstalls the chart",
    "Kustomization": "Flux deletes what that layer applies, if it prunes",
}
"""Kinds whose deletion takes data or further objects along."""
_DATA = frozenset(_RISKY) - {"HelmRelease", "Kustomization", "StatefulSet"}


@reused
def rollback_page(writer: Writer, layer: Layer) -> Page:
    """Return the rollback page of a layer."""
    facts, at = writer.facts, writer.at
    page = writer.draft(writer.below_layer(layer, "rollback"))
    cluster = facts.clusters.get(layer.cluster)
    context = cluster.context if cluster else None
    repository = facts.platform.repository
    changed = facts.changes.of_layer(layer)
    listed = changed[:_COMMITS]
    rows = [_Row(writer, page, layer, commit) for commit in listed]
    dependents = facts.in_order(facts.graph.dependents(layer.id))
    releases = facts.releases.get(layer.id, [])
    named = commands.of_layer(layer, context)
    # An older commit is not a default: undoing it may break what the newer ones rely on.
    smallest = rows[0] if rows and rows[0].undo else None
    values = _values(writer, layer)
    where = quoted(repository.prefix + layer.directory) if layer.directory else "."
    finish = [
        Command("Check", "git diff --cached --stat"),
        Command(
            "Commit and push",
            f"git commit -m {shlex.quote(f'Roll back {shorten(layer.name)}')} && git push",
        ),
        named["first"][1],
        Command("Verify", named["first"][0].text),
    ]
    return writer.finish(
        page,
        "rollback.html",
        f"Roll back {layer.name} ({layer.cluster})",
        description=f"Undo a change of {layer.name}: versions, commits, and what each reaches",
        boost=writer.boost(layer, 0.8),
        words=["rollback", "revert", "undo"],
        edit=Location(layer.file, layer.line) if layer.file and not layer.synthetic else None,
        crumbs=[
            *writer.crumbs(layer.cluster, "layers", "Layers"),
            (writer.layer_uri[layer.id], layer.name),
        ],
        layer=layer,
        values=_value_table(writer, page, layer, values) if values else None,
        automated=_automated(writer, page, layer, values, context),
        downgrades=[change for change, _ in values if _major(change.before) < _major(change.now)],
        smallest=smallest,
        undo=[Command("Undo", smallest.undo), *finish] if smallest and smallest.undo else [],
        finish=finish,
        by_hand=[
            Command("Find", f"git log --oneline -- {where}"),
            Command(
                "Undo",
                f"git diff --binary <commit>~1 <commit> -- {where} | git apply --reverse --index "
                f"--3way",
            ),
            *finish,
        ],
        prefix=repository.prefix,
        parent=writer.layer(page, layer.parent) if layer.parent else None,
        table=_table(rows) if rows else None,
        rows=rows,
        dangers=[row for row in rows if row.danger],
        more=len(changed) - len(listed),
        log=f"git log --oneline -- {where}",
        unchanged=commits.none_because(repository),
        dependents=[writer.layer(page, identity) for identity in dependents[:_NAMES]],
        waiting=len(dependents),
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


class _Row:
    """A commit on the page of a layer: what a revert of it reaches, and what it deletes here."""

    def __init__(self, writer: Writer, page: Draft, layer: Layer, commit: Commit) -> None:
        facts = writer.facts
        reach = facts.reach[commit.revision]
        self.commit = commit
        self.sha = commit.revision[:8]
        [self.shown] = commits.shown([commit], facts.platform.repository, 1)
        self.own = reach.sole.get(layer.id, ())
        self.files = len(commit.files) + len(commit.gone)
        self.here = reach.here.get(layer.id, 0)
        self.unread = reach.unread
        self.shared = _shared(writer, page, layer, reach)
        self.alone = reach.layers == (layer.id,)
        self.reach = _reach_words(writer, layer, reach)
        others = [identity for identity in reach.layers if identity != layer.id]
        self.others = _layers(writer, page, others)
        self.revert = revert_command(commit) if self.alone and not commit.first else None
        prefix = facts.platform.repository.prefix
        self.undo = (
            undo_command(commit, self.own, prefix)
            if self.own and len(self.own) <= _FILES and not commit.first
            else None
        )
        self.too_many = len(self.own) > _FILES
        self.deleted = _deleted(layer, commit)
        self.risks = [
            (resource, _why(writer, layer, resource))
            for resource in self.deleted
            if resource.kind in _RISKY
        ]
        self.danger = [pair for pair in self.risks if pair[0].kind in _DATA]
        self.prune = layer.prune


def _reach_words(writer: Writer, layer: Layer, reach: Reach) -> str:
    """Return how far a revert goes, in a few words."""
    layers = [writer.facts.layers[identity] for identity in reach.layers]
    clusters = unique([item.cluster for item in layers])
    if reach.layers == (layer.id,):
        return "this layer only"
    if {(item.namespace, item.name) for item in layers} == {(layer.namespace, layer.name)}:
        return f"this layer on {count(len(clusters), 'cluster')}"
    if not layers:
        return "no layer"
    where = ", ".join(clusters) if len(clusters) <= _NAMES else count(len(clusters), "cluster")
    return f"{count(len(layers), 'layer')} on {where}"


def _shared(writer: Writer, page: Draft, layer: Layer, reach: Reach) -> list[tuple[Markup, Markup]]:
    """Return files of a commit that other layers read too, those together that the same layers
    read."""
    found: dict[tuple[str, ...], list[str]] = {}
    for file in reach.shared.get(layer.id, ()):
        readers = tuple(
            identity
            for identity in reach.layers
            if identity != layer.id and file in reach.shared.get(identity, ())
        )
        found.setdefault(readers, []).append(file)
    return [
        (
            _first([page.place(file) for file in files[:_SHARED]], len(files)),
            _layers(writer, page, readers),
        )
        for readers, files in list(found.items())[:_SHARED]
    ]


def _layers(writer: Writer, page: Draft, identities: Sequence[str]) -> Markup:
    """Return the first of some layers by name, linked, each with its clusters, and how many
    more."""
    found: dict[tuple[str, str], list[Layer]] = {}
    for identity in identities:
        layer = writer.facts.layers[identity]
        found.setdefault((layer.namespace, layer.name), []).append(layer)
    named = []
    for own in list(found.values())[:_NAMES]:
        link = writer.layer(page, own[0]) if len(own) == 1 else writer.layer_or_all(page, own[0])
        where = own[0].cluster if len(own) == 1 else count(len(own), "cluster")
        named.append(filled("{} on {}", link, where) if writer.many_clusters else link)
    return _first(named, len(found))


def _first(named: Sequence[Markup], number: int) -> Markup:
    rest = f" +{number - len(named)}" if number > len(named) else ""
    return joined(", ", named) + rest


def _deleted(layer: Layer, commit: Commit) -> list[Resource]:
    """Return the objects of a layer that the commit added: prune deletes them when it is undone."""
    added = frozenset(commit.added)
    written = frozenset(commit.objects)
    return [
        resource
        for resource in layer.resources
        if resource.made_by is None
        and ("prune", "disabled") not in resource.policies
        and (resource.file in added or (resource.file, resource.kind, resource.name) in written)
    ]


def _why(writer: Writer, layer: Layer, resource: Resource) -> str:
    """Return what goes with an object."""
    why = _RISKY[resource.kind]
    others = [
        item for item in writer.facts.of_cluster.get(layer.cluster, []) if item.id != layer.id
    ]
    if resource.kind == "CustomResourceDefinition":
        kinds = {(group, kind) for group, kind, _ in resource.defines}
        number = sum(
            (item.group, item.kind) in kinds for other in others for item in other.resources
        )
        return f"{why}: {count(number, 'object')} of other layers here" if number else why
    if resource.kind == "Namespace":
        number = sum(
            not item.cluster_scoped and item.namespace == resource.name
            for other in others
            for item in other.resources
        )
        return f"{why}: {count(number, 'object')} of other layers" if number else why
    return why


def _table(rows: Sequence[_Row]) -> Table:
    cells: list[list[Cell]] = []
    for row in rows:
        small = f"{row.here} of {count(row.files, 'file')} here"
        if row.unread:
            small += f", {row.unread} read by no layer"
        reach = filled("{}" if row.alone else "<strong>{}</strong>", row.reach)
        deletes: Cell = "nothing"
        if row.deleted:
            named = [
                filled("<strong>{}</strong>" if item.kind in _DATA else "{}", item.label)
                for item in row.deleted
            ]
            named.sort(key=lambda item: not item.startswith("<strong>"))
            rest = filled(" +{}", len(named) - _NAMES) if len(named) > _NAMES else Markup("")
            deletes = joined(", ", named[:_NAMES]) + rest
            if not row.prune:
                deletes = filled("nothing, prune is off; stays: {}", deletes)
        cells.append(
            [
                filled(
                    "{}<br><small>{} <code>{}</code> {}</small>",
                    row.shown.subject,
                    row.shown.date,
                    row.sha,
                    row.shown.author,
                ),
                filled("{}<br><small>{}</small>", reach, small),
                deletes,
            ]
        )
    columns = ("Commit", "A revert reaches", "Deletes here")
    return Table("commits", "Commits that changed files of this layer", columns, cells)


def _values(writer: Writer, layer: Layer) -> list[tuple[ValueChange, Commit]]:
    """Return versions and tags that were changed last in files of a layer, and of variables that
    are substituted in it, the newest first."""
    facts = writer.facts
    return [
        (change, commit)
        for commit in facts.platform.commits
        for change in commit.values
        if layer.id in _users(writer, change)
    ][:_VALUES]


def _users(writer: Writer, change: ValueChange) -> tuple[str, ...]:
    """Return the layers that read the file of a value, or that it is substituted in."""
    facts = writer.facts
    readers = facts.readers.get(change.file, ())
    return (*readers, *facts.substituted.get((change.file, change.line), ()))


def _value_table(
    writer: Writer, page: Draft, layer: Layer, values: Sequence[tuple[ValueChange, Commit]]
) -> Table:
    rows: list[list[Cell]] = []
    for change, commit in values:
        name, now, before = _without_name(change)
        what = [Markup.escape(change.key), page.code(name), page.place(change.file, change.line)]
        when = [Markup.escape(commit.date)]
        others = _others(writer, layer, change)
        if others:
            also = _layers(writer, page, others)
            when.append(filled("<strong>also read by</strong> {}", also))
        rows.append(
            [lines(list(filter(None, what))), page.code(now), page.code(before), lines(when)]
        )
    return Table("values", "Last version changes", ("Value", "Now", "Before", "Changed"), rows)


def _others(writer: Writer, layer: Layer, change: ValueChange) -> list[str]:
    """Return the other layers that read the file of a value."""
    return [one for one in dict.fromkeys(_users(writer, change)) if one != layer.id]


def _without_name(change: ValueChange) -> tuple[str, str, str]:
    """Return the name of an image whose tag changed, the new and the old tag; of any other value no
    name and the whole values."""
    now, before = split_image(change.now), split_image(change.before)
    if now[0] == before[0] and (now[1] or now[2]) and (before[1] or before[2]):
        return now.path, now[1] or now[2], before[1] or before[2]
    return "", change.now, change.before


def _automated(
    writer: Writer,
    page: Draft,
    layer: Layer,
    values: Sequence[tuple[ValueChange, Commit]],
    context: str | None,
) -> tuple[list[str], list[Command]]:
    """Return policies that would set a value again, and the commands that suspend what writes
    it."""
    policies = []
    suspend: dict[Command, None] = {}
    flag = f" --context {shlex.quote(context)}" if context else ""
    for policy in unique([change.policy for change, _ in values if change.policy]):
        space = policy.partition(":")[0]
        writers = [
            resource
            for other in writer.facts.of_cluster.get(layer.cluster, [])
            for resource in other.resources
            if resource.kind == "ImageUpdateAutomation" and resource.namespace == space
        ]
        for item in writers[:_NAMES]:
            text = (
                f"flux suspend image update {shlex.quote(item.name)} -n {shlex.quote(space)}{flag}"
            )
            suspend[Command("Suspend", text)] = None
        policies.append(policy.replace(":", "/", 1))
    return policies, list(suspend)


_MAJOR = Pattern(r"(?:.*:)?[vV=^~]?([0-9]{1,9})\.[0-9]")


def _major(version: str) -> int:
    found = _MAJOR.match(version)
    return int(found[1] or 0) if found else 0


def _undo(resource: Resource, context: str | None) -> str:
    flag = f" --context {shlex.quote(context)}" if context else ""
    target = shlex.quote(f"{resource.kind.lower()}/{resource.name}")
    return f"kubectl rollout undo {target} -n {shlex.quote(resource.namespace or 'default')}{flag}"


def _helm(name: str, namespace: str, context: str | None) -> list[Command]:
    flag = f" --kube-context {shlex.quote(context)}" if context else ""
    where = f"{shlex.quote(name)} -n {shlex.quote(namespace)}{flag}"
    return [
        Command("Show revisions", f"helm history {where}"),
        Command(
            "Roll back",
            f"helm rollback {shlex.quote(name)} <revision> -n {shlex.quote(namespace)}{flag}",
        ),
    ]
