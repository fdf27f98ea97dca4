"""Apply the patches of a kustomization: `patches`, `patchesStrategicMerge` and `patchesJson6902`
(`PatchTransformer` and its elders).

In: an entry and the objects. Out: changed objects; an object that a patch deletes is gone.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from msgspec.structs import replace

from gitops_docs.kustomize import sops
from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.kustomize.files.loader import Loader, checked
from gitops_docs.kustomize.resources import factory
from gitops_docs.kustomize.resources.fieldspecs import with_field, with_metadata
from gitops_docs.kustomize.resources.output import through_json
from gitops_docs.kustomize.resources.printable import (
    MERGE,
    UNFOLLOWED,
    check_merge_keys,
    has_merge_key,
    without_merge_keys,
)
from gitops_docs.kustomize.resources.resource import Resource, Resources, text
from gitops_docs.kustomize.transform import generators, json_patch, selectors, strategic_merge
from gitops_docs.kustomize.transform.replacements import check_fit
from gitops_docs.yaml import limits
from gitops_docs.yaml.nodes import (
    TEXT,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    get_path,
    is_flow,
    is_null,
    is_true,
    mapping,
    scalar,
    scalar_kind,
)
from gitops_docs.yaml.parse import Document


class _Allowed(NamedTuple):
    """What of an object's identity a patch may change (`options`)."""

    name: bool = False
    kind: bool = False

    @property
    def something(self) -> bool:
        return self.name or self.kind


_NOTHING = _Allowed()


def apply(resources: Resources, entry: Map, loader: Loader) -> None:
    """Apply one entry of `patches`.

    Raises:
        Refused: The patch cannot be read, or does not fit its targets.
    """
    inline, path = entry.get("patch"), entry.get("path")
    if bool(text(inline).strip()) == bool(text(path)):
        raise refused("an entry of `patches` needs either `patch` or `path`", entry)
    found = _documents(inline, path, loader, trim=True)
    if found is None:
        return
    target, behaviour = entry.get("target"), loader.behaviour
    operations, failed = _json_of(found, inline, path, loader)
    try:
        patches = factory.resources(found, behaviour)
    except Refused:
        if failed is not None and _is_list(found):
            raise failed from None
        if operations is None:
            raise
        if operations or not behaviour.ignores_patches_of_nothing or _is_list(found):
            _select_and_patch(resources, operations, target, entry, loader)
        return
    if operations is not None and failed is None and not behaviour.takes_patches_of_comments:
        raise refused(
            "a patch that holds nothing; kustomize takes it for both kinds of patches", entry
        )
    if not patches:
        if not behaviour.ignores_patches_of_nothing:
            _select_and_patch(resources, operations or [], target, entry, loader, failed=failed)
        return
    if type(target) is Map:
        if len(patches) > 1:
            raise refused("a patch with a `target` holds one document", entry)
        _merge_selected(resources, patches[0].data, selectors.read(target), entry, loader)
    else:
        _merge_each(resources, patches, entry, loader)


def _merge_selected(
    resources: Resources, patch: Map, selector: selectors.Selector, entry: Map, loader: Loader
) -> None:
    """Lay a patch over all objects that its target selects, whatever it is called itself."""
    loader.spend(limits.OF_CHANGE * len(resources) + selector.cost(resources))
    patch, allowed = _targeted(patch), _allowed(entry)
    for resource in list(resources):
        if selector.selects(resource):
            version = resource.data.get("apiVersion")
            fitting = with_field(patch, "apiVersion", version) if version is not None else patch
            _merge(resources, resource, fitting, loader, allowed)


def _merge_each(resources: Resources, patches: list[Resource], entry: Map, loader: Loader) -> None:
    """Lay each patch over the one object that is called like it."""
    allowed = _allowed(entry)
    deleted = False
    for one in patches:
        if deleted and not loader.behaviour.deletes_several_in_one_patch:
            raise refused(
                "a patch goes on behind a `$patch: delete`, where this version of kustomize falls "
                "over",
                entry,
            )
        count = len(resources)
        if allowed.something:
            # Kept among the annotations of the patch, which become texts by it.
            one.replace(generators.with_text_annotations(one.data))
        _merge(resources, _find(resources, one, entry, loader), one.data, loader, allowed)
        deleted = len(resources) < count


def _allowed(entry: Map) -> _Allowed:
    options = as_map(entry.get("options"))
    return _Allowed(
        is_true(options.get("allowNameChange")), is_true(options.get("allowKindChange"))
    )


def apply_strategic(resources: Resources, item: Node, loader: Loader) -> None:
    """Apply one entry of `patchesStrategicMerge`: a path, or the patch itself.

    Raises:
        Refused: The patch cannot be read, or its target is not there.
    """
    parsed = (
        loader.inline(item) if "\n" in text(item) or text(item).lstrip().startswith("{") else None
    )
    if parsed is not None and parsed.closed:
        loader.miss(_CLOSED, item)
        return
    found = (
        parsed.documents
        if parsed is not None and parsed.complete
        else loader.documents(text(item), item)
    )
    patches = factory.resources(found, loader.behaviour)
    if not patches:
        raise refused("a patch that holds nothing", item)
    for patch in patches:
        _merge(resources, _find(resources, patch, item, loader), _targeted(patch.data), loader)


def apply_json(resources: Resources, entry: Map, loader: Loader) -> None:
    """Apply one entry of `patchesJson6902`.

    Raises:
        Refused: The patch cannot be read, or a path in it does not exist.
    """
    target = entry.get("target")
    if type(target) is not Map or not text(target.get("name")):
        raise refused("an entry of `patchesJson6902` needs the `name` of its target", entry)
    found = _documents(entry.get("patch"), entry.get("path"), loader)
    if found is None:
        return
    if not found or type(found[0].root) is not Seq or not found[0].root:
        raise refused("a JSON patch is a list of operations", entry)
    operations = _operations(found[0].root, entry.get("patch"), entry.get("path"), loader)
    _apply_json(resources, operations, selectors.read(target), loader, remember=False)


_CLOSED = "what a patch changes is made from a secret"


def _documents(
    inline: Node | None, path: Node | None, loader: Loader, *, trim: bool = False
) -> tuple[Document, ...] | None:
    """Return the documents of a patch; None where a secret decides what it changes, which is
    noted."""
    if text(path):
        return _decrypted(loader, text(path), path)
    parsed = loader.inline(inline, trim=trim)
    if parsed.closed or any(_has_secret_place(document.root) for document in parsed.documents):
        loader.miss(_CLOSED, inline)
        return None
    return checked(parsed, loader.notes) if type(inline) in (Scalar, Sealed) else ()


def _decrypted(loader: Loader, path: str, node: Node | None) -> tuple[Document, ...] | None:
    """Return the documents of a patch file, without what SOPS writes beside its content; None where
    it hides what is patched."""
    found = loader.documents(path, node)
    if not sops.is_encrypted(loader.read(path, node), sops.format_of(path)):
        return found
    made = []
    for document in found:
        root = document.root
        if type(root) is Map and "sops" in root:
            kept = mapping(
                root.file, root.line, ((key, root[key]) for key in root if key != "sops")
            )
            if any(type(get_path(kept, *place)) is Sealed for place in _PLACES):
                loader.miss(f"what `{path}` patches is encrypted", node)
                return None
            document = replace(document, root=kept)
        made.append(document)
    return tuple(made)


_PLACES = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


def _has_secret_place(root: Node) -> bool:
    """Return whether a JSON patch has an operation or a path that is secret."""
    operations = root if type(root) is Seq else ()
    return any(
        type(item) is Map and Sealed in map(type, map(item.get, ("op", "path", "from")))
        for item in operations
    )


def _json_of(
    found: tuple[Document, ...], inline: Node | None, path: Node | None, loader: Loader
) -> tuple[list[json_patch.Operation] | None, Refused | None]:
    """Return what a patch is as a JSON patch, of its first document only: its operations, none of
    an empty document, or None where it is not a JSON patch; with why it cannot be one."""
    written = _written(inline, path, loader)
    if not written:
        return None, None
    root = found[0].root if found and found[0].index == 0 else None
    if written.startswith("[") and not _is_json(written):
        return None, refused("a JSON patch that begins with `[` has to be JSON", root)
    if is_null(root):
        return [], None
    if type(root) is not Seq:
        return None, refused("a JSON patch is a list of operations", root)
    try:
        return json_patch.read(root), None
    except Refused as error:
        return None, error


def _is_list(found: tuple[Document, ...]) -> bool:
    return bool(found) and found[0].index == 0 and type(found[0].root) is Seq


def _select_and_patch(
    resources: Resources,
    operations: list[json_patch.Operation],
    target: Node | None,
    entry: Map,
    loader: Loader,
    *,
    failed: Refused | None = None,
) -> None:
    """Apply operations to what a target selects. `failed`: why the patch is none, which only
    matters where something is selected."""
    if type(target) is not Map:
        raise refused("a JSON patch needs a `target`", entry)
    selector = selectors.read(target)
    if failed is not None:
        if any(selector.selects(resource) for resource in resources):
            raise failed
        return
    _apply_json(resources, operations, selector, loader, remember=True)


def _operations(
    root: Seq, inline: Node | None, path: Node | None, loader: Loader
) -> list[json_patch.Operation]:
    """Return the operations of a JSON patch.

    Raises:
        Refused: It is none. One that begins with a bracket has to be JSON, not only YAML.
    """
    if is_flow(root) and not _is_json(_written(inline, path, loader)):
        raise refused("a JSON patch that begins with `[` has to be JSON", root)
    return json_patch.read(root)


def _written(inline: Node | None, path: Node | None, loader: Loader) -> str:
    return (
        loader.read(text(path), path).decode("utf-8-sig", "replace")
        if text(path)
        else text(inline).strip()
    )


def _is_json(written: str) -> bool:
    """Return whether a text that begins with `[` is JSON; any other is read as YAML."""
    if not written.startswith("["):
        return True
    try:
        json.loads(written)
    except (ValueError, RecursionError):
        return False
    return True


def _find(resources: Resources, patch: Resource, place: Node, loader: Loader) -> Resource:
    loader.spend(len(resources))
    try:
        return resources.find(patch.id)
    except Refused as error:
        raise refused(error.message, place) from None


def _apply_json(
    resources: Resources,
    operations: list[json_patch.Operation],
    selector: selectors.Selector,
    loader: Loader,
    *,
    remember: bool,
) -> None:
    loader.spend(limits.OF_CHANGE * len(resources) + selector.cost(resources))
    brings_merge_key = any(MERGE in item.path or has_merge_key(item.value) for item in operations)
    for resource in list(resources):
        if not selector.selects(resource):
            continue
        before = resource.weight
        loader.spend(before)
        if remember:
            resource.store_previous_id()
        data, settled = _as_json(resource)
        resource.shared = ()
        metadata = data.get("metadata")
        if (
            resource.has_build_annotations
            and type(metadata) is Map
            and type(metadata.get("annotations")) is not Map
        ):
            data = with_metadata(data, "annotations", mapping(data.file, data.line))
        made = generators.with_text_annotations(json_patch.apply(data, operations))
        merges = brings_merge_key and has_merge_key(made)
        if merges:
            check_merge_keys(made)
            resource.partial = UNFOLLOWED
        resource.replace(made)
        resource.json = resource.data if settled and not merges else None
        _count_growth(before, resource, loader)


def _as_json(resource: Resource) -> tuple[Map, bool]:
    """Return an object as it is after it has been written as JSON and read back, without keys `<<`;
    whether doing so again changes nothing.

    What the last JSON patch left is that already, but for its annotations, which were written anew
    since: a thousand patches of one object do not walk through it a thousand times.

    Raises:
        Refused: It holds what JSON does not have.
    """
    data = resource.data
    if resource.json is data:
        annotations = as_map(data.get("metadata")).get("annotations")
        return with_metadata(data, "annotations", through_json(annotations)) if type(
            annotations
        ) is Map else data, True
    check_fit(resource)
    data = through_json(data)
    return (without_merge_keys(data), False) if has_merge_key(data) else (data, True)


def _targeted(patch: Map) -> Map:
    """Return a patch as it is laid over selected objects: labels and annotations are read as texts
    (`CopyMergeMetaDataFieldsFrom`)."""
    metadata = patch.get("metadata")
    if type(metadata) is not Map:
        return patch
    for field in ("labels", "annotations"):
        if field not in metadata:
            continue
        found = metadata[field]
        if type(found) is not Map or not found:
            patch = with_metadata(patch, field, None)
            continue
        made = mapping(found.file, found.line)
        for key, value in found.items():
            is_text = type(value) is not Scalar or scalar_kind(value) == "str"
            made[key] = value if is_text else scalar(str(value), value.file, value.line, TEXT)
        patch = with_metadata(patch, field, made)
    return patch


def _merge(
    resources: Resources,
    target: Resource,
    patch: Map,
    loader: Loader,
    allowed: _Allowed = _NOTHING,
) -> None:
    """Lay a patch over an object; its name, namespace and kind stay unless the patch may change
    them (`ApplySmPatch`)."""
    old = target.data
    metadata = as_map(old.get("metadata"))
    if allowed.something:
        target.store_previous_id()
    if text(patch.get(strategic_merge.DIRECTIVE)) == "replace":
        return  # Upstream makes the new object and forgets to keep it.
    before = target.weight
    loader.spend(before + limits.weight(patch))
    merged = strategic_merge.merge(old, patch)
    if merged is None:
        resources.items.remove(target)
        return
    if not allowed.kind and merged.get("kind") is not old.get("kind"):
        merged = with_field(merged, "kind", old["kind"])
    now = as_map(merged.get("metadata"))
    if not allowed.name and now.get("name") is not metadata.get("name"):
        merged = with_metadata(merged, "name", metadata.get("name"))
    namespace = metadata.get("namespace")
    namespace = namespace if text(namespace) and not is_null(namespace) else None
    if now.get("namespace") is not namespace:
        merged = with_metadata(merged, "namespace", namespace)
    target.replace(merged)
    _count_growth(before, target, loader)


def _count_growth(before: int, made: Resource, loader: Loader) -> None:
    """Count what a patch has added to an object, which weighed `before`."""
    loader.spend(limits.OF_GROWTH * max(0, made.weight - before))
