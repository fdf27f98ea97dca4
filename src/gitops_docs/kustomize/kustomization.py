"""A kustomization file: found, read and checked as kustomize decodes it.

In: a directory of a tree. Out: its fields as a `Map`, deprecated ones folded into the present ones (`FixKustomization`). Field names match
without regard to case, as Go's JSON decoder has it; an unknown field is refused.
"""

from __future__ import annotations

from typing import Any

from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.kustomize.loader import Loader
from gitops_docs.kustomize.resource import text
from gitops_docs.nodes import Map, Scalar, Seq, is_null, mapping, scalar_kind, sequence

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

KUSTOMIZATION = "kustomize.config.k8s.io/v1beta1"
COMPONENT = "kustomize.config.k8s.io/v1alpha1"

_TEXT, _TEXTS, _MAPS, _MAP, _STRINGS = "text", "list of texts", "list of mappings", "mapping", "mapping of texts"
_FIELDS = {
    "apiVersion": _TEXT,
    "kind": _TEXT,
    "metadata": _MAP,
    "openapi": _STRINGS,
    "namePrefix": _TEXT,
    "nameSuffix": _TEXT,
    "namespace": _TEXT,
    "commonLabels": _STRINGS,
    "labels": _MAPS,
    "commonAnnotations": _STRINGS,
    "patchesStrategicMerge": _TEXTS,
    "patchesJson6902": _MAPS,
    "patches": _MAPS,
    "images": _MAPS,
    "imageTags": _MAPS,
    "replacements": _MAPS,
    "replicas": _MAPS,
    "vars": _MAPS,
    "sortOptions": _MAP,
    "resources": _TEXTS,
    "components": _TEXTS,
    "crds": _TEXTS,
    "bases": _TEXTS,
    "configMapGenerator": _MAPS,
    "secretGenerator": _MAPS,
    "helmGlobals": _MAP,
    "helmCharts": _MAPS,
    "helmChartInflationGenerator": _MAPS,
    "generatorOptions": _MAP,
    "configurations": _TEXTS,
    "generators": _TEXTS,
    "transformers": _TEXTS,
    "validators": _TEXTS,
    "buildMetadata": _TEXTS,
}
_BY_CASE = {name.lower(): name for name in _FIELDS}


def find(loader: Loader) -> str | None:
    """The kustomization file of the loader's directory, None where it has none.

    Raises:
        Refused: It has more than one.
    """
    prefix = f"{loader.directory}/" if loader.directory else ""
    found = [prefix + name for name in KUSTOMIZATION_NAMES if loader.tree.is_file(prefix + name)]
    if len(found) > 1:
        raise Refused(
            f"`{loader.directory or '.'}` has several kustomization files; keep one", loader.tree.origin(found[1]), 1
        )
    return found[0] if found else None


def load(loader: Loader) -> Map:
    """The kustomization of the loader's directory.

    Raises:
        Refused: There is none, or kustomize would not read it.
    """
    path = find(loader)
    if path is None:
        raise Refused(
            f"`{loader.directory or '.'}` has no kustomization.yaml", loader.tree.origin(loader.directory) or None
        )
    loader.notes.files.add(path)
    parsed = loader.tree.documents(path)
    if not parsed.documents:
        worst = parsed.findings[0] if parsed.findings else None
        if worst is not None:
            raise Refused(worst.message, worst.file, worst.line, worst.code)
        raise Refused("the kustomization file is empty", loader.tree.origin(path), 1)
    root = parsed.documents[0].root
    if type(root) is not Map:
        raise refused("a kustomization file holds one mapping", root)
    return checked(root)


def checked(root: Map, *, lenient: bool = False) -> Map:
    """The fields of a kustomization under their right names, their shapes checked.

    `lenient` drops unknown fields, as Flux does with the root's file.

    Raises:
        Refused: A field is unknown or of the wrong shape, or `kind` and `apiVersion` do not fit.
    """
    made = mapping(root.file, root.line)
    for key, value in root.items():
        name = key if key in _FIELDS else _BY_CASE.get(key.lower())
        if name is None:
            if lenient:
                continue
            raise Refused(
                f"`{key[:60]}` is not a field of a kustomization", root.file, getattr(value, "line", root.line)
            )
        if is_null(value):
            continue
        _check_shape(name, value)
        made[name] = value
    kind = text(made.get("kind")) or "Kustomization"
    if kind not in ("Kustomization", "Component"):
        raise refused("the `kind` of a kustomization file is Kustomization or Component", made["kind"])
    wanted = COMPONENT if kind == "Component" else KUSTOMIZATION
    version = made.get("apiVersion")
    if version is not None and text(version) not in ("", wanted):
        raise refused(f"the `apiVersion` of a {kind} is {wanted}", version)
    if not any(key not in ("apiVersion", "kind", "metadata") for key in made):
        raise Refused("the kustomization file is empty", root.file, root.line)
    for old, new in (("bases", "resources"), ("imageTags", "images")):
        if old in made:
            own = made.get(new) or ()
            made[new] = sequence(made[old].file, made[old].line, [*own, *made[old]])
            del made[old]
    return made


def _check_shape(name: str, value: Any) -> None:
    shape = _FIELDS[name]
    if shape == _TEXT:
        good = _is_string(value)
    elif shape == _MAP:
        good = type(value) is Map
    elif shape == _STRINGS:
        good = type(value) is Map and all(_is_string(item) or is_null(item) for item in value.values())
    else:
        inner = _is_string if shape == _TEXTS else _is_map
        good = type(value) is Seq and all(inner(item) or is_null(item) for item in value)
    if not good:
        raise refused(f"`{name}` of a kustomization is a {shape}", value)


def _is_string(value: Any) -> bool:
    return type(value) is Scalar and scalar_kind(value) in ("str", "timestamp")


def _is_map(value: Any) -> bool:
    return type(value) is Map


def is_component(kustomization: Map) -> bool:
    """Whether a kustomization is a Component."""
    return text(kustomization.get("kind")) == "Component"


__all__ = ["KUSTOMIZATION_NAMES", "checked", "find", "is_component", "load"]
