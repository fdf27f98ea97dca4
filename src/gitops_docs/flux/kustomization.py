"""Read a Flux Kustomization: its spec, and the kustomization file that Flux builds from it.

In: the data of a `kustomize.toolkit.fluxcd.io` Kustomization as its parent rendered it, and the
tree of its source. Out: the merged kustomization file as a `Map` whose values keep their file and
line.

The rules are those of `fluxcd/pkg/kustomize/kustomize_generator.go`: a directory without a
kustomization file gets a generated one; `targetNamespace`, `namePrefix` and `nameSuffix` replace
the file's, `patches` and `components` are appended, `images` merge by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches

from msgspec import Struct

from gitops_docs.flux import rules
from gitops_docs.flux.substitution.scalars import has_sealed
from gitops_docs.flux.versions import Release
from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import kustomization_file, to_json
from gitops_docs.model import Finding, Location
from gitops_docs.repository.tree import Tree, clamp, normalise
from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    OUTLINED,
    Map,
    Node,
    Plain,
    Scalar,
    Sealed,
    Seq,
    as_map,
    as_seq,
    as_text,
    copy_tree,
    get_path,
    is_true,
    mapping,
    scalar,
    sequence,
)

DEFAULT_NAMESPACE = "default"

_KNOWN_FIELDS = frozenset(
    [
        "apiVersion",
        "kind",
        "metadata",
        "openapi",
        "namePrefix",
        "nameSuffix",
        "namespace",
        "commonLabels",
        "labels",
        "commonAnnotations",
        "patchesStrategicMerge",
        "patchesJson6902",
        "patches",
        "images",
        "imageTags",
        "replacements",
        "replicas",
        "vars",
        "sortOptions",
        "resources",
        "components",
        "crds",
        "bases",
        "configMapGenerator",
        "secretGenerator",
        "helmGlobals",
        "helmCharts",
        "helmChartInflationGenerator",
        "generatorOptions",
        "configurations",
        "generators",
        "transformers",
        "validators",
        "buildMetadata",
    ]
)
_LOWER = frozenset(map(str.lower, _KNOWN_FIELDS))
_PATCH_FIELDS = ("patch", "target")
_SELECTOR_FIELDS = frozenset(
    {"group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"}
)
_REMOTE_PREFIXES = (
    "git::",
    "gh:",
    "ssh://",
    "https://",
    "http://",
    "git@",
    "github.com:",
    "github.com/",
    "file:///",
    "/",
)


class FluxKustomization(Struct, frozen=True):
    """The object and the fields of it that the walk needs. `file:line` is where it is written."""

    data: Map
    file: str
    line: int

    @property
    def spec(self) -> Map:
        return as_map(self.data.get("spec"))

    @property
    def name(self) -> str:
        return objects.name(self.data)

    @property
    def namespace(self) -> str:
        return objects.namespace(self.data) or DEFAULT_NAMESPACE

    @property
    def path(self) -> str:
        """`spec.path` as written; empty means the root of the artifact."""
        return str(as_text(self.spec.get("path")) or "")

    @property
    def suspended(self) -> bool:
        return is_true(self.spec.get("suspend"))

    @property
    def source_kind(self) -> str:
        return str(as_text(get_path(self.spec, "sourceRef", "kind")) or "GitRepository")

    @property
    def source_name(self) -> str:
        return str(as_text(get_path(self.spec, "sourceRef", "name")) or "")

    @property
    def source_namespace(self) -> str:
        return str(as_text(get_path(self.spec, "sourceRef", "namespace")) or self.namespace)

    def line_of(self, *path: str) -> int:
        """Return the line of a field, or of the nearest one above it that is there."""
        line = self.line
        node: object = self.data
        for key in path:
            node = node.get(key) if type(node) is Map else None
            if node is None:
                break
            if getattr(node, "file", "") == self.file:
                line = getattr(node, "line", line)
        return line


class Refused(Exception):
    """Flux would not build this Kustomization; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def directory(kustomization: FluxKustomization, tree: Tree) -> str | None:
    """Return the directory of the tree that `spec.path` names, joined as SecureJoin does; None
    where there is none."""
    path = clamp(kustomization.path)
    return path if tree.is_dir(path) else None


def merged(
    kustomization: FluxKustomization, tree: Tree, path: str, release: Release | None = None
) -> Map | None:
    """Return the kustomization file that Flux would write into `path`; None where the directory's
    own file is used unchanged.

    Raises:
        Refused: A component is remote or absolute.
    """
    found = kustomization_file(tree, path)
    if found is None:
        result = generated(tree, path, kustomization.file, kustomization.line)
    else:
        root = _root(tree, found)
        if root is None:
            return None  # The build says why it cannot be read.
        if not _changes_anything(kustomization.spec) and _plain(root):
            return None
        known = mapping(
            root.file,
            root.line,
            ((key, value) for key, value in root.items() if key in _KNOWN_FIELDS),
        )
        result = copy_tree(known)
        if not as_seq(root.get("resources")) and not as_seq(root.get("bases")):
            result["buildMetadata"] = _texts(["originAnnotations"], kustomization)
    _apply_spec(result, kustomization, tree, path, release or Release())
    return result


def generated(tree: Tree, path: str, file: str, line: int) -> Map:
    """Return the file that Flux generates where there is none (`scanManifests`).

    Every `.yaml` and `.yml` below is a resource; a sub-directory with a kustomization file is one
    resource and is not entered.
    """
    result = mapping(file, line)
    result["apiVersion"] = scalar("kustomize.config.k8s.io/v1beta1", file, line)
    result["kind"] = scalar("Kustomization", file, line)
    found: list[str] = []
    _scan(tree, path, "", found)
    if found:
        result["resources"] = sequence(
            file, line, (scalar(f"./{item}", file, line, DOUBLE_QUOTED) for item in found)
        )
    else:
        result["namespace"] = scalar("_placeholder", file, line, DOUBLE_QUOTED)
    return result


def _scan(tree: Tree, base: str, below: str, found: list[str]) -> None:
    here = "/".join(part for part in (base, below) if part)
    for name in tree.entries(here):
        full = f"{here}/{name}" if here else name
        relative = f"{below}/{name}" if below else name
        if tree.is_dir(full):
            if kustomization_file(tree, full) is not None:
                found.append(relative)
            else:
                _scan(tree, base, relative, found)
        elif name.endswith((".yaml", ".yml")):
            found.append(relative)


def _root(tree: Tree, file: str) -> Map | None:
    """Return the fields of a kustomization file, none of an empty one; None where it cannot be read
    or is not a mapping."""
    parsed = tree.documents(file)
    if (
        not parsed.documents or parsed.documents[0].index > 0
    ):  # What stands in a later document is never read.
        return mapping(tree.origin(file), 1) if parsed.complete else None
    root = parsed.documents[0].root
    return root if type(root) is Map else None


def misspelt(tree: Tree, path: str) -> Iterator[Finding]:
    """Yield fields of the directory's kustomization file that Flux ignores without an error, and
    which are close to a known one."""
    file = kustomization_file(tree, path)
    root = _root(tree, file) if file is not None else None
    for key, value in (root or {}).items():
        if key.lower() in _LOWER:
            continue
        near = get_close_matches(key, sorted(_KNOWN_FIELDS), n=1, cutoff=0.8)
        if near:
            message = (
                f"a kustomization file has no field `{key}`, and Flux ignores it without an "
                f"error; did you mean `{near[0]}`?"
            )
            line = getattr(value, "key_line", 0) or value.line or 1
            yield rules.FieldUnknown.at(
                Location(value.file or tree.origin(file or path), line), message
            )


def _plain(root: Map) -> bool:
    """Return whether kustomize reads the file as Flux does: no unknown field that Flux would drop,
    and something to build."""
    return all(key in _KNOWN_FIELDS for key in root) and bool(
        as_seq(root.get("resources")) or as_seq(root.get("bases"))
    )


def _changes_anything(spec: Map) -> bool:
    return any(
        spec.get(key)
        for key in ("targetNamespace", "namePrefix", "nameSuffix", "patches", "components", "images", "buildMetadata",
                    "patchesStrategicMerge", "patchesJson6902")
    )  # fmt: skip


def _apply_spec(
    result: Map, kustomization: FluxKustomization, tree: Tree, path: str, release: Release
) -> None:
    spec = kustomization.spec
    for field, target in (
        ("targetNamespace", "namespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
    ):
        value = as_text(spec.get(field))
        if value is not None:
            result[target] = value
    _extend(
        result,
        "patches",
        [_patch(item) for item in as_seq(spec.get("patches")) if type(item) is Map],
    )
    _extend(result, "components", _components(kustomization, tree, path))
    _extend(
        result,
        "patchesStrategicMerge",
        [_written(item) for item in as_seq(spec.get("patchesStrategicMerge"))],
    )
    _extend(
        result,
        "patchesJson6902",
        [_json_patch(item) for item in as_seq(spec.get("patchesJson6902"))],
    )
    for image in as_seq(spec.get("images")):
        if type(image) is Map:
            _merge_image(result, image, whole=not release.merges_image_fields)
    if as_seq(spec.get("buildMetadata")):
        result["buildMetadata"] = spec["buildMetadata"]


def _extend(result: Map, field: str, items: Sequence[Node]) -> None:
    if not items:
        return
    own = as_seq(result.get(field))
    result[field] = sequence(own.file or result.file, own.line or result.line, [*own, *items])


def _patch(item: Map) -> Map:
    """Return a patch as Flux hands it on: `patch` and `target` only, the target's fields only
    (`adaptSelector`)."""
    made = mapping(item.file, item.line, ((key, item[key]) for key in _PATCH_FIELDS if key in item))
    target = item.get("target")
    if type(target) is Map:
        made["target"] = mapping(
            target.file,
            target.line,
            ((key, target[key]) for key in target if key in _SELECTOR_FIELDS),
        )
    return made


def _json_patch(item: Node) -> Node:
    """Return an entry of `patchesJson6902`, whose `patch` is a list in a Flux Kustomization (up to
    v1beta2) and a text in kustomize's."""
    if type(item) is not Map or type(item.get("patch")) is not Seq:
        return item
    made = _patch(item)
    made["patch"] = _written(item["patch"])
    return made


def _written(node: Node) -> Node:
    """Return a mapping or list as the JSON text that Flux hands on for it; what holds a secret is
    sealed."""
    if type(node) is Scalar or type(node) is Sealed:
        return node
    value = to_json(node)

    def text(of_sealed: Callable[[Sealed], Plain]) -> Scalar:
        return scalar(
            json.dumps(_opened(value, of_sealed), ensure_ascii=False),
            node.file,
            node.line,
            DOUBLE_QUOTED,
        )

    made = text(lambda sealed: to_json(sealed.unseal()))
    return (
        Sealed(made, node.file, node.line, text(lambda _: OUTLINED)) if has_sealed(node) else made
    )


def _opened(value: Plain, of_sealed: Callable[[Sealed], Plain]) -> Plain:
    """Return a JSON value with another value for each that is sealed."""
    if isinstance(value, Sealed):
        return of_sealed(value)
    if isinstance(value, dict):
        return {key: _opened(inner, of_sealed) for key, inner in value.items()}
    return [_opened(inner, of_sealed) for inner in value] if isinstance(value, list) else value


def _components(kustomization: FluxKustomization, tree: Tree, path: str) -> list[Scalar]:
    lenient = is_true(kustomization.spec.get("ignoreMissingComponents"))
    kept = []
    for item in as_seq(kustomization.spec.get("components")):
        component = as_text(item)
        if component is None:
            continue
        if component.lower().startswith(_REMOTE_PREFIXES):
            message = (
                f"component `{component}` must be local and relative to spec.path; Flux rejects "
                f"the layer"
            )
            raise Refused(rules.ComponentRemote.at(component, message))
        full = normalise(path, component)
        if lenient and (full is None or not (tree.is_dir(full) or tree.is_file(full))):
            continue
        kept.append(component)
    return kept


def _merge_image(result: Map, image: Map, *, whole: bool) -> None:
    """Merge by name: a new name replaces the name, a tag or digest replaces both
    (`checkKustomizeImageExists` and what follows).

    `whole`: the entry takes the place of the file's own one, as it did before kustomize-controller
    1.9.4.
    """
    images = sequence(result.file, result.line, as_seq(result.get("images")))
    result["images"] = images
    for index, own in enumerate(images):
        if type(own) is Map and own.get("name") == image.get("name"):
            if whole:
                fields = ("name", "newName", "newTag", "digest")
                items = ((field, image[field]) for field in fields if as_text(image.get(field)))
                images[index] = mapping(image.file, image.line, items)
                return
            changed = copy_tree(own)
            if as_text(image.get("newName")):
                changed["newName"] = image["newName"]
            if as_text(image.get("newTag")) or as_text(image.get("digest")):
                for field in ("newTag", "digest"):
                    changed.pop(field, None)
                    if as_text(image.get(field)):
                        changed[field] = image[field]
            images[index] = changed
            return
    images.append(image)


def _texts(values: list[str], kustomization: FluxKustomization) -> Seq:
    file, line = kustomization.file, kustomization.line
    return sequence(file, line, (scalar(value, file, line, DOUBLE_QUOTED) for value in values))
