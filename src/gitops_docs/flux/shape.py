"""What the API server would refuse of Flux's own objects: fields that are missing, misspelt, or of the wrong kind.

In: a rendered object. Out: findings. Rules: the CustomResourceDefinitions of the controllers (`api/v1/*_types.go`). Server-side
apply, which Flux uses, refuses a field that the schema does not know. Only a name that is close to a known one is called wrong: newer
versions add fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

from gitops_docs.flux import objects
from gitops_docs.model import Finding, Severity
from gitops_docs.nodes import Map, Scalar, Seq, as_map, as_seq, get_path, is_null, scalar_kind
from gitops_docs.text.patterns import Pattern

_DURATION = Pattern(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+\z")
_NAME = Pattern(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\z")
_KEY = Pattern(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}|\.[A-Za-z0-9_-][A-Za-z0-9._-]{0,251})\z")
_WITH_KEYS = frozenset({"ConfigMap", "Secret"})
_DURATIONS = ("interval", "timeout", "retryInterval")
_BOOLS = (
    "prune",
    "wait",
    "suspend",
    "force",
    "insecure",
    "recurseSubmodules",
    "passCredentials",
    "ignoreMissingComponents",
)


class _Kind(Struct, frozen=True):
    """What a kind's `spec` needs and knows. A path is dotted; `choices` gives the values that a field may have."""

    required: tuple[str, ...]
    fields: frozenset[str] = frozenset()
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()


_KUSTOMIZATION = _Kind(
    ("interval", "prune", "sourceRef.kind", "sourceRef.name"),
    frozenset(
        {
            "buildMetadata", "commonMetadata", "components", "decryption", "deletionPolicy", "dependsOn", "force", "healthCheckExprs",
            "healthChecks", "ignore", "ignoreMissingComponents", "images", "interval", "kubeConfig", "namePrefix", "nameSuffix", "patches",
            "patchesJson6902", "patchesStrategicMerge", "path", "postBuild", "prune", "retryInterval", "serviceAccountName", "sourceRef",
            "suspend", "targetNamespace", "timeout", "validation", "wait",
        }
    ),
    (
        ("sourceRef.kind", ("GitRepository", "OCIRepository", "Bucket", "ExternalArtifact")),
        ("deletionPolicy", ("MirrorPrune", "Delete", "WaitForTermination", "Orphan")),
    ),
)  # fmt: skip
_HELM_RELEASE = _Kind(
    ("interval",),
    frozenset(
        {
            "chart", "chartRef", "commonMetadata", "dependsOn", "driftDetection", "healthCheckExprs", "install", "interval", "kubeConfig",
            "maxHistory", "persistentClient", "postRenderers", "releaseName", "rollback", "serviceAccountName", "storageNamespace",
            "suspend", "targetNamespace", "test", "timeout", "uninstall", "upgrade", "values", "valuesFrom", "waitStrategy",
        }
    ),
    (
        ("chart.spec.sourceRef.kind", ("HelmRepository", "GitRepository", "Bucket")),
        ("chartRef.kind", ("OCIRepository", "HelmChart", "ExternalArtifact")),
    ),
)  # fmt: skip
_KINDS: dict[tuple[str, str], _Kind] = {
    (objects.KUSTOMIZE_GROUP, "Kustomization"): _KUSTOMIZATION,
    (objects.HELM_GROUP, "HelmRelease"): _HELM_RELEASE,
    (objects.SOURCE_GROUP, "GitRepository"): _Kind(("interval", "url")),
    (objects.SOURCE_GROUP, "OCIRepository"): _Kind(("interval", "url")),
    (objects.SOURCE_GROUP, "HelmRepository"): _Kind(("url",), choices=(("type", ("default", "oci")),)),
    (objects.SOURCE_GROUP, "Bucket"): _Kind(("interval", "bucketName", "endpoint")),
    (objects.NOTIFICATION_GROUP, "Alert"): _Kind(
        ("providerRef.name", "eventSources"), choices=(("eventSeverity", ("info", "error")),)
    ),
    (objects.NOTIFICATION_GROUP, "Provider"): _Kind(("type",)),
    (objects.NOTIFICATION_GROUP, "Receiver"): _Kind(("type", "resources", "secretRef.name")),
}
_STRICT_GROUPS = frozenset({"", "apps", "batch", "networking.k8s.io", "policy", *(group for group, _ in _KINDS)})
"""API groups whose names are all those of DNS; roles and some custom resources take more."""
KINDS = tuple(sorted({kind for _, kind in _KINDS}))
"""Kinds that are looked at."""


def shape(data: Map, file: str, line: int, layer: str | None) -> Iterator[Finding]:
    """What would be refused of an object; nothing for kinds that are not Flux's.

    Args:
        data: The object as Flux applies it.
        file: Where it is written.
        line: See `file`.
        layer: Id of the layer that applies it, or that it is.
    """
    yield from _identity(data, file, line, layer)
    if objects.kind(data) in _WITH_KEYS and objects.group(data) == "":
        yield from _keys(data, file, line, layer)
    kind = _KINDS.get((objects.group(data), objects.kind(data)))
    if kind is None:
        return
    name = objects.name(data)
    label = f"{objects.kind(data)} {name}"
    spec = as_map(data.get("spec"))

    def finding(code: str, text: str, node: Any = None) -> Finding:
        where = getattr(node, "file", "") or file
        number = getattr(node, "line", 0) or line
        return Finding(code, Severity.ERROR, f"{label} is refused: {text}", where, number, layer)

    for field in kind.required:
        if is_null(get_path(spec, *field.split("."))):
            yield finding("field-missing", f"spec.{field} is missing; add it", spec if spec.file else None)
    for field, choices in kind.choices:
        node = get_path(spec, *field.split("."))
        if type(node) is Scalar and "${" not in node and not is_null(node) and str(node) not in choices:
            yield finding("field-invalid", f"spec.{field} is `{_short(node)}`; it must be {_or(choices)}", node)
    if not is_null(data.get("spec")) and type(data["spec"]) is not Map:
        yield finding("field-invalid", f"spec is {_type_of(data['spec'])}; it must be a mapping")
    yield from (finding(code, text, node) for code, text, node in _leaves(spec))
    yield from (finding(code, text, node) for code, text, node in _types(objects.kind(data), spec))
    if kind.fields:
        yield from (finding(code, text, node) for code, text, node in _unknown(spec, kind.fields))
    if kind is _HELM_RELEASE and bool(spec.get("chart")) == bool(spec.get("chartRef")):
        both = "both chart and chartRef are set; keep one" if spec.get("chart") else "neither chart nor chartRef is set"
        yield finding("field-invalid", f"in spec, {both}", spec if spec.file else None)
    if kind is _KUSTOMIZATION:
        yield from (finding(code, text, node) for code, text, node in (*_entries(spec), *_variables(spec)))


def _keys(data: Map, file: str, line: int, layer: str | None) -> Iterator[Finding]:
    """Keys of a ConfigMap or a Secret, which may be names of files (`IsConfigMapKey`)."""
    for field in ("data", "binaryData", "stringData"):
        for key, value in as_map(data.get(field)).items():
            if not _KEY.match(key) and "${" not in key:
                label = f"{objects.kind(data)} {objects.name(data)}"
                message = (
                    f"{label} is refused: the key `{_short(key)}` of its {field}; a key has letters, digits, `-`, `_` and `.` only, 253 at "
                    "most: rename it"
                )
                yield Finding("name-invalid", Severity.ERROR, message, value.file or file, value.line or line, layer)


def _identity(data: Map, file: str, line: int, layer: str | None) -> Iterator[Finding]:
    """What every object needs: an apiVersion, without which Flux leaves it out, and a name that can stand in an address."""
    kind, name = objects.kind(data), objects.name(data)
    label = f"{kind} {name[:40]}{'…' if len(name) > 40 else ''}"
    if not objects.api_version(data):
        message = f"{label} has no apiVersion, and Flux leaves it out without a word; add it"
        yield Finding("field-missing", Severity.ERROR, message, file, line, layer)
    if not name or "${" in name:
        return
    strict = objects.group(data) in _STRICT_GROUPS
    if strict and not _NAME.match(name):
        why = "a name has lower-case letters, digits, `-` and `.` only, 253 at most"
    elif len(name) > 253 or "/" in name or "%" in name or name in (".", ".."):
        why = "a name has no `/` and no `%`, and 253 characters at most"
    else:
        return
    node = get_path(data, "metadata", "name")
    place = getattr(node, "file", "") or file, getattr(node, "line", 0) or line
    yield Finding("name-invalid", Severity.ERROR, f"{label} is refused: {why}; rename it", *place, layer)


def _leaves(spec: Map) -> Iterator[tuple[str, str, Any]]:
    for field in _DURATIONS:
        node = spec.get(field)
        if type(node) is Scalar and not is_null(node) and "${" not in node and not _DURATION.match(node):
            yield (
                "duration-invalid",
                f"spec.{field} is `{_short(node)}`; a duration is written `10m`, `1h30m`, with h, m, s and ms only",
                node,
            )
    for field in _BOOLS:
        node = spec.get(field)
        if type(node) is Scalar and not is_null(node) and "${" not in node and scalar_kind(node) != "bool":
            yield "field-invalid", f"spec.{field} is text; it must be true or false, without quotes", node


_LISTS = {
    "Kustomization": ("dependsOn", "healthChecks", "healthCheckExprs", "patches", "components", "images"),
    "HelmRelease": ("dependsOn", "valuesFrom", "postRenderers"),
    "Alert": ("eventSources", "inclusionList", "exclusionList"),
}
_MAPPINGS = {
    "Kustomization": ("sourceRef", "postBuild", "commonMetadata", "decryption", "kubeConfig"),
    "HelmRelease": ("chart", "chartRef", "values", "install", "upgrade"),
    "Alert": ("providerRef",),
}
_TEXTS = ("path", "targetNamespace", "namePrefix", "nameSuffix", "serviceAccountName", "url", *_DURATIONS)


def _types(kind: str, spec: Map) -> Iterator[tuple[str, str, Any]]:
    """Fields that hold a list, a mapping or a text where the schema wants another of them."""
    for fields, wanted in (
        (_LISTS.get(kind, ()), "a list"),
        (_MAPPINGS.get(kind, ()), "a mapping"),
        (_TEXTS, "a text"),
    ):
        for field in fields:
            node = spec.get(field)
            if not is_null(node) and not _templated(node) and _type_of(node) != wanted:
                yield "field-invalid", f"spec.{field} is {_type_of(node)}; it must be {wanted}", node


def _type_of(node: Any) -> str:
    return "a mapping" if type(node) is Map else "a list" if type(node) is Seq else "a text"


def _templated(node: Any) -> bool:
    return type(node) is Scalar and "${" in node


def _variables(spec: Map) -> Iterator[tuple[str, str, Any]]:
    """`postBuild.substitute` maps texts to texts; a number or a boolean without quotes is refused."""
    node = get_path(spec, "postBuild", "substitute")
    if not is_null(node) and type(node) is not Map and not _templated(node):
        yield (
            "field-invalid",
            f"spec.postBuild.substitute is {_type_of(node)}; it must be a mapping of names to texts",
            node,
        )
    for name, value in as_map(node).items():
        kind = scalar_kind(value) if type(value) is Scalar else None
        if type(value) in (Map, Seq):
            found = _type_of(value)
        elif kind in ("int", "float", "bool") and "${" not in value:
            found = "a boolean" if kind == "bool" else "a number"
        else:
            continue
        advice = "put it in quotes" if kind else "write it as a text"
        yield (
            "field-invalid",
            f"spec.postBuild.substitute.{_short(name)} is {found}; values of variables are texts: {advice}",
            value,
        )


def _unknown(spec: Map, known: frozenset[str]) -> Iterator[tuple[str, str, Any]]:
    for field, value in spec.items():
        near = get_close_matches(field, known, n=1, cutoff=0.8) if field not in known else []
        if near:
            yield "field-unknown", f"it has no field spec.{field}; did you mean `{near[0]}`?", value


def _entries(spec: Map) -> Iterator[tuple[str, str, Any]]:
    """What entries of lists need."""
    for field, keys in (
        ("dependsOn", ("name",)),
        ("healthChecks", ("kind", "name")),
        ("healthCheckExprs", ("apiVersion", "kind", "current")),
    ):
        for item in as_seq(spec.get(field)):
            missing = [key for key in keys if type(item) is not Map or is_null(item.get(key))]
            if missing:
                yield "field-missing", f"an entry of spec.{field} has no {_or(tuple(missing), 'and')}; add it", item


def _short(text: str) -> str:
    return text if len(text) <= 40 and text.isprintable() else "something else"


def _or(values: tuple[str, ...], word: str = "or") -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} {word} {values[-1]}"
