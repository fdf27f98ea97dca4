"""Make the model's `Layer`s from walked layers.

In: the `Built` layers of one cluster and its objects. Out: frozen `model.Layer`s without waves,
which `graph` adds.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs import redaction
from gitops_docs.extract import comments as remarks
from gitops_docs.extract.comments import Comments
from gitops_docs.extract.variables import configmap_variables
from gitops_docs.flux.kustomization import FluxKustomization
from gitops_docs.flux.layer import RenderedLayer
from gitops_docs.flux.makers import copied, maker_of
from gitops_docs.flux.objects import ObjectIndex
from gitops_docs.flux.substitution.variables import SETTING
from gitops_docs.kubernetes import definitions, objects
from gitops_docs.kubernetes.definitions import Scopes
from gitops_docs.kustomize import Rendered, changes, sops
from gitops_docs.model import (
    Dependency,
    FieldChange,
    Health,
    HealthCheck,
    HealthExpression,
    Layer,
    Location,
    Resource,
    SubstituteFrom,
)
from gitops_docs.repository.tree import Tree
from gitops_docs.yaml.comments import Comment
from gitops_docs.yaml.nodes import Map, Scalar, as_seq, as_text, get_path, is_true

_SHOWN_ABOVE = 120
"""Longest text, in characters, of a changed value that is kept; longer ones are shortened."""


def layer(
    built: RenderedLayer, index: ObjectIndex, scopes: Scopes, words: Comments, known: frozenset[str]
) -> Layer:
    """Return the layer that a walked Kustomization is. `known`: ids of all layers of the cluster,
    for `dependsOn`."""
    kustomization = built.kustomization
    spec = kustomization.spec
    synthetic = built.rendered is None and built.root.synthetic
    comments = words.of(kustomization.file) if not synthetic else {}
    cluster = built.root.cluster
    substitution = built.substitution
    return Layer(
        id=built.id,
        cluster=cluster,
        namespace=kustomization.namespace,
        name=kustomization.name,
        file=kustomization.file,
        line=kustomization.line,
        parent=built.parent,
        path=kustomization.path,
        directory=_repository_directory(built.tree, built.directory),
        source=built.source,
        status=built.status,
        reason=built.reason,
        suspended=kustomization.suspended,
        wave=None,
        depends_on=(
            *_dependencies(kustomization, cluster, comments, known),
            *_waits(built, cluster, known),
        ),
        health=_health(kustomization),
        resources=tuple(
            sorted((resource(item, scopes) for item in built.objects), key=_resource_key)
        ),
        variables=tuple(sorted({use.name for use in substitution.uses}))
        if substitution is not None
        else (),
        given=configmap_variables(substitution) if substitution is not None else (),
        description=remarks.description(kustomization.line, comments) if comments else None,
        remarks=remarks.remarks(kustomization.data, kustomization.file, comments),
        interval=objects.text(spec.get("interval")),
        retry_interval=objects.text(spec.get("retryInterval")),
        timeout=objects.text(spec.get("timeout")),
        prune=is_true(spec.get("prune")),
        force=is_true(spec.get("force")),
        deletion_policy=objects.text(spec.get("deletionPolicy")),
        target_namespace=objects.text(spec.get("targetNamespace")),
        service_account=objects.text(spec.get("serviceAccountName")),
        decryption=objects.text(get_path(spec, "decryption", "provider")),
        remote_cluster=objects.text(get_path(spec, "kubeConfig", "secretRef", "name"))
        or objects.text(get_path(spec, "kubeConfig", "configMapRef", "name")),
        substitute_from=_substitute_from(kustomization, index),
        synthetic=synthetic,
        files=tuple(sorted(built.files)),
        changed_by=shown_changes(built.rendered) if built.rendered is not None else (),
        places=objects.places(spec),
        api_version=objects.api_version(kustomization.data),
    )


def shown_changes(rendered: Rendered) -> tuple[FieldChange, ...]:
    """Return what changed an object on its way, credentials taken out."""
    kind = objects.kind(rendered.data)
    return changes(rendered, lambda field, text: _shown(kind, field, text))


def _shown(kind: str, field: str, text: str) -> str:
    kept = redaction.shown_field(field, text, kind)
    if kept is None:
        return redaction.REDACTED
    return kept if len(kept) <= _SHOWN_ABOVE else kept[: _SHOWN_ABOVE - 1] + "…"


def resource(item: Rendered, scopes: Scopes) -> Resource:
    """Return what the model keeps of an object that a layer applies.

    Args:
        item: The object.
        scopes: The scopes of the kinds of its cluster.
    """
    data = item.data
    api_version = objects.api_version(data)
    kind, namespace, name = item.key
    return Resource(
        api_version=api_version,
        kind=kind,
        namespace=namespace or None,
        name=name,
        file=item.file,
        line=item.line,
        generated=item.generated,
        cluster_scoped=scopes.cluster_scoped(api_version.rpartition("/")[0], kind),
        namespaced=scopes.namespaced(api_version.rpartition("/")[0], kind),
        partial=item.partial,
        changed_by=shown_changes(item),
        policies=objects.policies(data),
        defines=definitions.defines(data),
        made_by=item.made_by,
        encrypted=sops.FIELD in data,
    )


def _resource_key(resource: Resource) -> tuple[str, ...]:
    return (
        resource.kind,
        resource.namespace or "",
        resource.name,
        resource.api_version,
        resource.file,
    )


def _dependencies(
    kustomization: FluxKustomization,
    cluster: str,
    comments: dict[int, Comment],
    known: frozenset[str],
) -> tuple[Dependency, ...]:
    found = []
    for item in as_seq(kustomization.spec.get("dependsOn")):
        if type(item) is not Map:
            continue
        name = as_text(item.get("name"))
        if name is None:
            continue
        namespace = objects.text(item.get("namespace")) or kustomization.namespace
        identity = f"{cluster}/{namespace}/{name}"
        found.append(
            Dependency(
                namespace=namespace,
                name=str(name),
                layer=identity if identity in known else None,
                reason=_beside(item, kustomization.file, comments),
                file=name.file or kustomization.file,
                line=name.line or kustomization.line,
                ready_expr=objects.text(item.get("readyExpr")),
            )
        )
    return tuple(found)


def _waits(built: RenderedLayer, cluster: str, known: frozenset[str]) -> Iterator[Dependency]:
    for wait in built.waits:
        identity = f"{cluster}/{wait.namespace}/{wait.name}"
        if identity in known:
            yield Dependency(
                wait.namespace,
                wait.name,
                identity,
                None,
                wait.file,
                wait.line,
                wait.ready_expr,
                wait.via,
            )


def _beside(item: Map, file: str, comments: dict[int, Comment]) -> str | None:
    """Return the comment on the line of a list entry, else the block right above it."""
    leaves = [value for value in item.values() if type(value) is Scalar and value.file == file]
    for value in leaves:
        comment = comments.get(value.line)
        if comment is not None and not comment.own_line and comment.text:
            return comment.text
    if not leaves:
        return None
    words: list[str] = []
    number = min(value.line for value in leaves) - 1
    while number in comments and comments[number].own_line:
        words.insert(0, comments[number].text)
        number -= 1
    return " ".join(words) or None


def _health(kustomization: FluxKustomization) -> Health:
    spec = kustomization.spec
    checks, expressions = [], []
    for item in as_seq(spec.get("healthChecks")):
        if type(item) is Map:
            place = as_text(item.get("name")) or item
            checks.append(
                HealthCheck(
                    api_version=objects.api_version(item),
                    kind=objects.kind(item),
                    namespace=objects.text(item.get("namespace")) or kustomization.namespace,
                    name=objects.text(item.get("name")) or "",
                    file=place.file or kustomization.file,
                    line=place.line or kustomization.line,
                )
            )
    for item in as_seq(spec.get("healthCheckExprs")):
        if type(item) is Map:
            expressions.append(
                HealthExpression(
                    api_version=objects.api_version(item),
                    kind=objects.text(item.get("kind")),
                    current=objects.text(item.get("current")),
                    in_progress=objects.text(item.get("inProgress")),
                    failed=objects.text(item.get("failed")),
                    file=item.file or kustomization.file,
                    line=item.line or kustomization.line,
                )
            )
    return Health(is_true(spec.get("wait")), tuple(checks), tuple(expressions))


def _substitute_from(
    kustomization: FluxKustomization, index: ObjectIndex
) -> tuple[SubstituteFrom, ...]:
    found = []
    for item in as_seq(get_path(kustomization.spec, "postBuild", "substituteFrom")):
        if type(item) is not Map:
            continue
        kind, name = objects.kind(item), objects.text(item.get("name")) or ""
        held = index.get(kind, kustomization.namespace, name)
        namespace, made_by = kustomization.namespace, None
        where = Location(held.rendered.file, held.rendered.line) if held is not None else None
        if held is not None and not held.rendered.file:
            where, made_by = None, SETTING
        elif held is None and (source := copied(kind, namespace, name, index)) is not None:
            where = Location(source.rendered.file, source.rendered.line)
            made_by = (
                f"a copy of {source.rendered.key[0]} "
                f"{'/'.join(filter(None, source.rendered.key[1:]))}"
            )
        elif held is None and (maker := maker_of(kind, namespace, name, index)) is not None:
            where, made_by = maker.place, maker.label
        written = as_text(item.get("name")) or item
        file, line = written.file or kustomization.file, written.line or kustomization.line
        optional = is_true(item.get("optional"))
        found.append(SubstituteFrom(kind, name, optional, where, file, line, made_by))
    return tuple(found)


def _repository_directory(tree: Tree | None, directory: str | None) -> str | None:
    """Return the repository directory behind a directory of an artifact; None where its files come
    from several places."""
    if tree is None:
        return None
    if directory is None or tree.is_checkout:
        return directory
    return tree.home(directory)
