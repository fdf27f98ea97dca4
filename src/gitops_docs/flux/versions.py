"""Tell which Flux a cluster runs, and what that changes.

In: the objects that the cluster's layers apply. Out: whether a variable that nothing sets fails a
layer, and the `Release`: which kustomize builds the layers.

kustomize-controller 1.9 (Flux 2.9) made that the default (`StrictPostBuildSubstitutions`). The
manifests of `flux bootstrap` carry their version as a label, a FluxInstance as
`spec.distribution.version`; the feature gate itself may stand in either.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.flux import HELM_GROUP, OPERATOR_GROUP, PACKED_KINDS, SOURCE_GROUP
from gitops_docs.kustomize.behaviour import NEWEST, Behaviour, Version, of_version
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Node, Scalar, as_map, get_path, walk_leaves

KINDS = (*sorted(PACKED_KINDS), "Namespace", "Deployment", "FluxInstance", "HelmRelease")
"""Kinds of the objects that may tell."""
_MANIFESTS = "/flux-manifests"
"""End of the address of the artifact from which Flux can be installed."""
STRICT_SINCE = (2, 9)
_GATE = Pattern(r"StrictPostBuildSubstitutions=(true|false)", ignore_case=True)
_VERSION = Pattern(r"v?(\d+)\.(\d+)(?:\.(\d+))?")
KUSTOMIZE: dict[tuple[int, int], Version] = {
    (2, 3): (5, 4, 0),
    (2, 4): (5, 4, 3),
    (2, 5): (5, 6, 0),
    (2, 6): (5, 6, 0),
    (2, 7): (5, 7, 1),
    (2, 8): (5, 8, 1),
    (2, 9): (5, 8, 1),
}
"""The kustomize of each minor version of Flux, from the `go.mod` of its kustomize-controller. One
that is older than the table has that of the first row, a newer one that of the last."""
IMAGE_FIELDS_SINCE = (2, 9, 3)
"""kustomize-controller 1.9.4, which merges an entry of `spec.images` with the file's own field by
field."""


class Release(Struct, frozen=True):
    """What a release of Flux does in its own way when it builds a layer."""

    behaviour: Behaviour = NEWEST
    merges_image_fields: bool = True


def release(version: str | None) -> Release:
    """Return the release of a version as it is written; the newest one where it names no minor
    version (`2.x`). `2.8.x` is its last patch."""
    match = _VERSION.match((version or "").strip())
    if match is None:
        return Release()
    minor = int(match[1]), int(match[2])
    known = [found for found in KUSTOMIZE if found <= minor]
    patch = int(match[3]) if match[3] else 1 << 30
    return Release(
        of_version(KUSTOMIZE[max(known, default=min(KUSTOMIZE))]),
        (*minor, patch) >= IMAGE_FIELDS_SINCE,
    )


def is_strict(version: str) -> bool | None:
    """Return whether substitution is strict in a version of Flux; None where the text names no
    minor version (`2.x`)."""
    match = _VERSION.match(version.strip())
    return None if match is None else (int(match[1]), int(match[2])) >= STRICT_SINCE


def strictness(items: Iterable[Map]) -> bool | None:
    """Return whether the objects say that substitution is strict: by the feature gate, else by the
    version; None where they say neither."""
    found: bool | None = None
    for data in items:
        gate = _gate(data)
        if gate is not None:
            return gate
        if found is None:
            version = _version(data)
            found = is_strict(version) if version else None
    return found


def installed(items: Iterable[Map]) -> str | None:
    """Return the version that the objects install, the first one that is stated."""
    return next((found for data in items if (found := _version(data)) is not None), None)


def describes_flux(data: Map) -> bool:
    """Return whether an object may say something about Flux's version."""
    if data.get("kind") not in KINDS:
        return False
    return (
        _settings(data) is not None
        or _labels(data).get("app.kubernetes.io/part-of") == "flux"
        or _packed(data) is not None
    )


def _packed(data: Map) -> str | None:
    """Return the version of Flux's own manifests that an OCIRepository is pinned to."""
    if not objects.is_a(data, SOURCE_GROUP, *PACKED_KINDS):
        return None
    url = objects.text(get_path(data, "spec", "url")) or ""
    reference = as_map(get_path(data, "spec", "ref"))
    tag = objects.text(reference.get("tag"))
    if not url.rstrip("/").endswith(_MANIFESTS) or reference.get("semver") or tag is None:
        return None
    return tag if _VERSION.match(tag) else None


def _labels(data: Map) -> Map:
    return as_map(get_path(data, "metadata", "labels"))


def _settings(data: Map) -> Node | None:
    """Return the part of a FluxInstance, or of a release of its chart, that settings stand in; the
    controller itself."""
    match objects.kind(data), objects.group(data):
        case "FluxInstance", group if group == OPERATOR_GROUP:
            return data.get("spec")
        case "HelmRelease", group if group == HELM_GROUP:
            return get_path(data, "spec", "values", "instance")
        case "Deployment", "apps" if objects.name(data) == "kustomize-controller":
            return data.get("spec")
    return None


def _gate(data: Map) -> bool | None:
    settings = _settings(data)
    for _, leaf in walk_leaves(settings) if settings is not None else ():
        match = _GATE.search(leaf) if type(leaf) is Scalar else None
        if match is not None:
            return match[1].lower() == "true"
    return None


def _version(data: Map) -> str | None:
    distribution = objects.text(get_path(_settings(data), "distribution", "version"))
    if distribution is not None:
        return distribution
    packed = _packed(data)
    if packed is not None:
        return packed
    labels = _labels(data)
    if labels.get("app.kubernetes.io/part-of") != "flux":
        return None
    return objects.text(labels.get("app.kubernetes.io/version"))
