"""Read the identity of an object: API version, kind, namespace, name, policies, places of
fields."""

from __future__ import annotations

from typing import NamedTuple

from gitops_docs.kubernetes.flux import KUSTOMIZE_GROUP
from gitops_docs.model import Location, Ref
from gitops_docs.yaml.nodes import Map, Scalar, Sealed, Seq, as_map, as_text, written

_SPELLED = {
    word.lower(): word
    for word in ("disabled", "enabled", "Ignore", "IfNotPresent", "Merge", "Override")
}
_POLICIES = (f"{KUSTOMIZE_GROUP}/", "helm.sh/")
_NODES = (Scalar, Map, Seq, Sealed)
_OWNER = frozenset({"name", "namespace"})
"""Labels that Flux itself sets, to say which Kustomization applied an object."""


class Identity(NamedTuple):
    """What tells one object of a cluster from another; `namespace` is empty where none is
    written."""

    group: str
    kind: str
    namespace: str
    name: str


def api_version(data: Map) -> str:
    return written(data.get("apiVersion"))


def group(data: Map) -> str:
    """Return the API group, empty for the core group."""
    return api_version(data).rpartition("/")[0]


def kind(data: Map) -> str:
    return written(data.get("kind"))


def name(data: Map) -> str:
    metadata = data.get("metadata")
    return written(metadata.get("name")) if type(metadata) is Map else ""


def namespace(data: Map) -> str:
    metadata = data.get("metadata")
    return written(metadata.get("namespace")) if type(metadata) is Map else ""


def identity(data: Map) -> Identity:
    return Identity(group(data), kind(data), namespace(data), name(data))


def ref(data: Map, cluster: str) -> Ref:
    """Return the object in a cluster."""
    return Ref(cluster, group(data), kind(data), namespace(data), name(data))


def is_a(data: Map, wanted_group: str, *kinds: str) -> bool:
    """Return whether the object is of one of these kinds of a group, whatever the version."""
    return data.get("kind") in kinds and kind(data) in kinds and group(data) == wanted_group


def policies(data: Map) -> tuple[tuple[str, str], ...]:
    """Return what labels and annotations tell Flux (`kustomize.toolkit.fluxcd.io/`) and Helm
    (`helm.sh/`) to do with an object, sorted. Values of Flux are spelled as in its documentation,
    since their case does not count (`AnyInMetadata` of fluxcd/pkg/ssa)."""
    metadata = as_map(data.get("metadata"))
    found = {
        key.rpartition("/")[2]: _SPELLED.get(value.lower(), str(value))
        for field in ("labels", "annotations")
        for key, value in as_map(metadata.get(field)).items()
        if key.startswith(_POLICIES)
        and key.rpartition("/")[2] not in _OWNER
        and type(value) is Scalar
    }
    return tuple(sorted(found.items()))


def places(spec: Map) -> tuple[tuple[str, Location], ...]:
    """Return where the fields of a `spec` and those of its mappings are written, sorted; of a list
    the line of its key."""
    found: dict[str, Location] = {}
    for key, value in spec.items():
        _place(key, value, found)
        if type(value) is Map and key not in ("values", "patches"):
            for inner, leaf in value.items():
                _place(f"{key}.{inner}", leaf, found)
    return tuple(sorted(found.items()))


def _place(field: str, value: object, found: dict[str, Location]) -> None:
    if isinstance(value, _NODES) and value.file:
        line = getattr(value, "key_line", 0) or value.line
        found[field] = Location(value.file, line)


def is_flux_kustomization(data: Map) -> bool:
    return is_a(data, KUSTOMIZE_GROUP, "Kustomization")


def text(node: object) -> str | None:
    """Return the text of a scalar, None for anything else and for null."""
    return str(node) if isinstance(node, Scalar) and as_text(node) is not None else None
