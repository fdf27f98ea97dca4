"""Do to rendered objects what helm-controller does after Helm: CRD policy, hooks apart,
`postRenderers`, `commonMetadata`, the namespace.

Rules: helm-controller `docs/spec/v2/helmreleases.md` and `internal/postrender/build.go`. Hooks and
what lies in `crds/` go through no post-renderer. The labels by which helm-controller marks its
objects are left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.flux.render import with_common_metadata
from gitops_docs.helm.render.manifests import Document, ManifestError, node, with_names
from gitops_docs.helm.render.package import is_in_crds
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.definitions import Scopes
from gitops_docs.kubernetes.kinds import BUILT_IN
from gitops_docs.kustomize import Rendered, build
from gitops_docs.repository.tree import HeldFile, Tree
from gitops_docs.yaml.nodes import (
    TEXT,
    Map,
    Scalar,
    as_map,
    as_seq,
    copy_tree,
    get_path,
    mapping,
    scalar,
    sequence,
)
from gitops_docs.yaml.parse import Document as YamlDocument
from gitops_docs.yaml.parse import Parsed

_HOOK = "helm.sh/hook"
_FILE = "objects.yaml"
_POST_RENDERED = ("patches", "images", "patchesStrategicMerge", "patchesJson6902")


class Made(Struct, frozen=True):
    """An object that a release makes."""

    rendered: Rendered
    template: str
    hooks: tuple[str, ...] = ()
    is_placed: bool = False
    """Whether it has its namespace only because Helm puts it there."""


class Result(Struct, frozen=True):
    """The objects of a release, and what of them is not known, as sentences."""

    objects: tuple[Made, ...]
    unsure: tuple[str, ...] = ()


def apply(
    documents: Iterable[Document], release: Rendered, namespace: str, scopes: Scopes
) -> Result:
    """Return the objects as they are in the cluster.

    Args:
        documents: What the chart renders to.
        release: The HelmRelease.
        namespace: Where Helm installs what names no namespace.
        scopes: The scopes of the kinds of the cluster, those of the chart among them.
    """
    spec = as_map(release.data.get("spec"))
    made_by = f"HelmRelease {release.key[1]}/{release.key[2]}"
    keeps_definitions = objects.text(get_path(spec, "install", "crds")) != "Skip"
    found: list[Made] = []
    try:
        for one in documents:
            is_definition = is_in_crds(one.template)
            if is_definition and not keeps_definitions:
                continue
            data = with_names(as_map(node(one.data, release.file, release.line)))
            item = Rendered(data, None, release.file, release.line, made_by=made_by)
            found.append(Made(item, one.template, () if is_definition else hooks(data)))
    except ManifestError as error:
        return Result((), (str(error),))
    plain = [one for one in found if not one.hooks and not is_in_crds(one.template)]
    others = [one for one in found if one.hooks or is_in_crds(one.template)]
    unsure: list[str] = []
    for number, entry in enumerate(as_seq(spec.get("postRenderers"))):
        kustomize = as_map(as_map(entry).get("kustomize"))
        if kustomize:
            changed = _post_rendered(plain, kustomize)
            if isinstance(changed, str):
                unsure.append(f"entry {number + 1} of `postRenderers` is not applied: {changed}")
            else:
                plain = changed
    common = as_map(spec.get("commonMetadata"))
    items = with_common_metadata([one.rendered for one in plain], common)
    plain = [replace(one, rendered=item) for one, item in zip(plain, items, strict=True)]
    placed = (_placed(one, namespace, scopes) for one in (*plain, *others))
    return Result(tuple(placed), tuple(unsure))


def hooks(data: Map) -> tuple[str, ...]:
    """Return the moments at which Helm applies a hook, such as `pre-install`; none for any other
    object."""
    written = get_path(data, "metadata", "annotations", _HOOK)
    if type(written) is not Scalar:
        return ()
    return tuple(part.strip().lower() for part in written.split(",") if part.strip())


def _post_rendered(found: list[Made], kustomize: Map) -> list[Made] | str:
    """Return what one post-renderer makes of the objects; a text says why it cannot."""
    file, line = kustomize.file, kustomize.line
    root = mapping(
        file,
        line,
        [
            ("resources", sequence(file, line, [scalar(_FILE, file, line)])),
            *((key, kustomize[key]) for key in _POST_RENDERED if key in kustomize),
        ],
    )
    documents = tuple(
        YamlDocument(one.rendered.data, file, line, number) for number, one in enumerate(found)
    )
    tree = Tree({_FILE: HeldFile.of(file, Parsed(documents))})
    done = build(tree, "", root)
    if done.error is not None:
        return done.error.message
    if done.missing:
        return "it refers to a file"
    before = {id(one.rendered.data): one for one in found}
    made = []
    for item in done.objects:
        origin = before.get(id(item.original))
        if origin is None:
            return "it makes objects that the chart does not have"
        rendered = replace(
            origin.rendered,
            data=item.data,
            original=item.original
            if origin.rendered.original is None
            else origin.rendered.original,
            partial=item.partial or origin.rendered.partial,
            _key=None,
        )
        made.append(replace(origin, rendered=rendered))
    return made


def _placed(made: Made, namespace: str, scopes: Scopes) -> Made:
    """Return the object in the namespace that Helm puts it into, where it names none. A kind
    without a CRD here counts as namespaced, unless its name says otherwise."""
    data = made.rendered.data
    group, kind = objects.group(data), objects.kind(data)
    is_outside = scopes.cluster_scoped(group, kind) or (
        not scopes.namespaced(group, kind) and (group in BUILT_IN or kind.startswith("Cluster"))
    )
    if objects.namespace(data) or is_outside:
        return made
    placed = mapping(data.file, data.line, data.items())
    metadata = copy_tree(as_map(data.get("metadata")))
    metadata["namespace"] = scalar(namespace, data.file, data.line, TEXT)
    placed["metadata"] = metadata
    return replace(made, rendered=made.rendered.with_data(placed), is_placed=True)
