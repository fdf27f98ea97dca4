"""Assemble the extracts of all layers into a platform."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from msgspec.structs import replace

from gitops_docs import runbooks
from gitops_docs.extract.extractor import LISTS, LayerExtract
from gitops_docs.flux import roots
from gitops_docs.flux.walk import Walked, Walker
from gitops_docs.index import graph
from gitops_docs.kustomize import Rendered
from gitops_docs.model import (
    Cluster,
    Environment,
    LayerObject,
    LayerStatus,
    Ownership,
    Platform,
    Repository,
    Secret,
)
from gitops_docs.redaction import redact_struct
from gitops_docs.repository import codeowners
from gitops_docs.repository.globs import segment_matches
from gitops_docs.repository.tree import Tree
from gitops_docs.settings.options import Settings


def known_object(item: Rendered | roots.Manifest) -> runbooks.Known:
    return runbooks.Known(*item.key, item.data, item.file, item.line, type(item) is Rendered)


def walk_clusters(
    manifests: list[roots.Manifest], tree: Tree, settings: Settings, walker: Walker, prefix: str
) -> tuple[list[roots.Root], list[Walked], list[roots.Manifest]]:
    """Find the roots and walk each. Guessed roots that another one's layers already read are not
    roots.

    Of a repository of which a directory is scanned, clusters that begin in that directory are
    walked; where none does, those that read something in it.
    """
    starts = roots.find_roots(manifests, tree, settings.clusters, prefix, walker.sources.url)
    left_out: list[roots.Manifest] = []
    begun: frozenset[str] = frozenset()
    guessed = not any(map(roots.is_certain, starts))
    if guessed:
        found = roots.guess(manifests, tree)
        begun = frozenset(start.directory for start in starts if start.is_included)
        left_out = [] if begun else found.left_out
        more = [
            one
            for one in found.roots
            if not any(_is_below(one, start) for start in starts)
            # Beside a root that applies itself, a Kustomization that nothing applies is most often
            # one that is switched off.
            and (
                not begun
                or (
                    roots.is_below_clusters(one)
                    and one.directory in found.whole
                    and "/." not in f"/{one.directory}"
                )
            )
        ]
        starts = roots.named(replace(one, cluster="") for one in (*starts, *more))
    here = [start for start in starts if _begins_in(start, prefix)]
    starts = here or starts
    walked = [walker.cluster(start) for start in starts]
    if begun:
        both = [
            (start, one)
            for start, one in zip(starts, walked, strict=True)
            if start.directory in begun or all(layer.directory not in begun for layer in one.layers)
        ]
        starts, walked = [start for start, _ in both], [one for _, one in both]
    if guessed and any(map(_leads_somewhere, walked)):
        both = [
            (start, one)
            for start, one in zip(starts, walked, strict=True)
            if roots.is_certain(start) or _leads_somewhere(one)
        ]
        starts, walked = [start for start, _ in both], [one for _, one in both]
    if guessed and len(starts) > 1:
        kept = [
            index
            for index, start in enumerate(starts)
            if not any(
                start.entry.file in other.files and walked[index].files < other.files
                for position, other in enumerate(walked)
                if position != index
            )
        ]
        starts, walked = [starts[index] for index in kept], [walked[index] for index in kept]
    if prefix and not here:
        both = [
            (start, one)
            for start, one in zip(starts, walked, strict=True)
            if any(not file.startswith("../") for file in one.files)
        ]
        starts, walked = [start for start, _ in both], [one for _, one in both]
    contexts = settings.contexts
    starts = [
        replace(start, context=start.context or contexts.get(start.cluster)) for start in starts
    ]
    return starts, walked, left_out


def _leads_somewhere(cluster: Walked) -> bool:
    """Return whether one of its layers could be looked for with success."""
    return any(
        layer.directory is not None or layer.status is not LayerStatus.FAILED
        for layer in cluster.layers
    )


def _is_below(root: roots.Root, other: roots.Root) -> bool:
    return f"{root.directory}/".startswith(f"{other.directory}/") or not other.directory


def _begins_in(root: roots.Root, prefix: str) -> bool:
    """Return whether a cluster's directory, or what names it, lies in the directory that is
    scanned."""
    entry = root.entry.file
    return f"{root.directory}/".startswith(prefix) or (
        entry is not None and not entry.startswith("../")
    )


def assemble(
    repository: Repository,
    starts: Iterable[roots.Root],
    walked: Iterable[Walked],
    parts: list[LayerExtract],
) -> Platform:
    """Return the parts of all layers as one object, each list by identity."""
    each = chain.from_iterable
    found = (part.layer for part in parts if part.layer is not None)
    families: dict[str, object] = {
        name: _sorted(each(getattr(part, name) for part in parts)) for name in LISTS
    }
    platform = Platform(
        repository=repository,
        clusters=tuple(
            sorted(
                (
                    Cluster(
                        start.cluster,
                        start.directory,
                        start.entry,
                        start.context,
                        cluster.flux.version,
                        cluster.flux,
                    )
                    for start, cluster in zip(starts, walked, strict=True)
                ),
                key=lambda cluster: cluster.id,
            )
        ),
        layers=graph.with_waves(tuple(sorted(found, key=lambda layer: layer.id))),
        releases=tuple(
            sorted(
                each(p.releases for p in parts),
                key=lambda r: (r.layer, r.namespace, r.name, r.file, r.line),
            )
        ),
        images=tuple(
            sorted(each(p.images for p in parts), key=lambda i: (i.layer, i.image, i.file, i.line))
        ),
        sources=tuple(
            sorted(
                each(p.sources for p in parts),
                key=lambda s: (s.cluster, s.kind, s.namespace, s.name, s.layer),
            )
        ),
        variables=tuple(sorted(each(p.variables for p in parts), key=lambda v: (v.layer, v.name))),
        alerts=tuple(
            sorted(
                each(p.alerts for p in parts),
                key=lambda a: (a.cluster, a.kind, a.namespace, a.name, a.file, a.line),
            )
        ),
        providers=tuple(
            sorted(
                each(p.providers for p in parts),
                key=lambda p: (p.cluster, p.namespace, p.name, p.layer),
            )
        ),
        secrets=tuple(each(p.secrets for p in parts)),
        findings=tuple(each(p.findings for p in parts)),
    )
    return replace(platform, **families)


def _sorted(items: Iterable[LayerObject]) -> tuple[LayerObject, ...]:
    return tuple(
        sorted(
            items, key=lambda o: (o.cluster, o.kind, o.namespace, o.name, o.layer, o.file, o.line)
        )
    )


def redact_platform(platform: Platform) -> Platform:
    """Return the platform without credentials in any text. The parts of layers are redacted
    already, and may be many."""
    done = {
        name: getattr(platform, name)
        for name in (
            *("layers", "releases", "images", "sources", "variables", "alerts", "providers"),
            *LISTS,
        )
    }
    empty: dict[str, object] = dict.fromkeys(done, ())
    return replace(redact_struct(replace(platform, **empty)), **done)


def stated_environments(platform: Platform, settings: Settings) -> Iterable[Environment]:
    """Yield the environments of the settings, each with its clusters; the first one that names a
    cluster has it."""
    taken: set[str] = set()
    for stated in settings.environments:
        found = tuple(
            cluster.id
            for cluster in platform.clusters
            if cluster.id not in taken
            and any(segment_matches(pattern, cluster.id) for pattern in stated.clusters)
        )
        taken.update(found)
        yield Environment(stated.name, found)


def with_owners(platform: Platform, rules: codeowners.CodeOwners | None) -> Platform:
    """Return the platform with the owners of its files."""
    if rules is None:
        return platform
    files = {name for layer in platform.layers for name in (*layer.files, layer.file)}
    files |= {orphan.file for orphan in platform.orphans}
    owners = [Ownership(name, rules.of(name)) for name in sorted(files - {""})]
    if rules.is_exhausted:
        return platform
    return replace(platform, owners=tuple(item for item in owners if item.owners), has_owners=True)


def secret_order(secret: Secret) -> tuple[str, str, str, str, str, str, int]:
    return (
        secret.cluster,
        secret.layer,
        secret.namespace,
        secret.name,
        secret.kind,
        secret.file,
        secret.line,
    )
