"""Define the fields of a kustomization file and their types (`api/types`), and decoding by them as
Go's JSON decoder does it.

In: a parsed kustomization. Out: the same with every field under its right name. Names match without
regard to case, a null counts as absent, an unknown field is refused (or left out, as Flux leaves it
out of the file that it merges), a wrong type is refused.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from typing import TypeAlias, overload

from gitops_docs.kustomize.behaviour import Behaviour
from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.kustomize.resources.output import go_number
from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    PLAIN,
    BareKey,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    is_null,
    is_true,
    mapping,
    number_value,
    placed,
    plain_value,
    scalar,
    scalar_as_yaml_1_1,
    scalar_kind,
    sequence,
)


@dataclass(frozen=True, slots=True)
class Each:
    """A list of something."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping from free names to something."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Struct:
    """A mapping with known fields."""

    fields: dict[str, Shape]
    by_case: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_case", {name.lower(): name for name in self.fields})


Shape: TypeAlias = Each | Named | Struct | str

TEXT, FLAG, NUMBER, ANYTHING = "text", "true or false", "whole number", "anything"
_TEXTS, _PAIRS = Each(TEXT), Named(TEXT)


def _texts(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, TEXT)


_GVK = _texts("group", "version", "kind")
_SELECTOR = Struct({**_GVK, **_texts("name", "namespace", "labelSelector", "annotationSelector")})
_FIELD_SPEC = Struct({**_GVK, "path": TEXT, "create": FLAG})
_FIELD_OPTIONS = Struct({**_texts("delimiter", "encoding"), "index": NUMBER, "create": FLAG})
_METADATA = Struct({**_texts("name", "namespace"), "labels": _PAIRS, "annotations": _PAIRS})
_GENERATOR_OPTIONS = Struct(
    {"labels": _PAIRS, "annotations": _PAIRS, "disableNameSuffixHash": FLAG, "immutable": FLAG}
)
_GENERATOR: dict[str, Shape] = {
    **_texts("namespace", "name", "behavior", "env"),
    **dict.fromkeys(("literals", "files", "envs"), _TEXTS),
    "options": _GENERATOR_OPTIONS,
}
_IMAGE = Struct(_texts("name", "newName", "tagSuffix", "newTag", "digest"))
_REPLICA = Struct({"name": TEXT, "count": NUMBER})
_HELM_GLOBALS: dict[str, Shape] = _texts("chartHome", "configHome")
_HELM_CHART = Struct(
    {
        **_texts(
            "name",
            "version",
            "repo",
            "releaseName",
            "namespace",
            "valuesFile",
            "valuesMerge",
            "kubeVersion",
        ),
        "nameTemplate": TEXT,
        "additionalValuesFiles": _TEXTS,
        "valuesInline": Named(ANYTHING),
        "apiVersions": _TEXTS,
        **dict.fromkeys(("includeCRDs", "skipHooks", "skipTests", "debug"), FLAG),
    }
)
_HELM_CHART_ARGS = Struct(
    {
        **_texts(
            "chartName",
            "chartVersion",
            "chartRepoUrl",
            "chartHome",
            "chartRepoName",
            "helmBin",
            "helmHome",
        ),
        **_texts("values", "valuesMerge", "releaseName", "releaseNamespace"),
        "valuesLocal": Named(ANYTHING),
        "extraArgs": _TEXTS,
    }
)


@lru_cache(maxsize=16)
def kustomization(behaviour: Behaviour) -> Struct:
    """Return a kustomization file."""
    patch = _patch(behaviour)
    return Struct(
        {
            **_texts("apiVersion", "kind", "namePrefix", "nameSuffix", "namespace"),
            "metadata": _METADATA,
            "openapi": _PAIRS,
            "commonLabels": _PAIRS,
            "labels": Each(
                Struct(
                    {
                        "pairs": _PAIRS,
                        "includeSelectors": FLAG,
                        "includeTemplates": FLAG,
                        "fields": Each(_FIELD_SPEC),
                    }
                )
            ),
            "commonAnnotations": _PAIRS,
            "patchesStrategicMerge": _TEXTS,
            "patchesJson6902": Each(patch),
            "patches": Each(patch),
            "images": Each(_IMAGE),
            "imageTags": Each(_IMAGE),
            "replacements": Each(_replacement(behaviour)),
            "replicas": Each(_REPLICA),
            "vars": Each(
                Struct(
                    {
                        "name": TEXT,
                        "objref": Struct({**_GVK, **_texts("apiVersion", "name", "namespace")}),
                        "fieldref": Struct({"fieldPath": TEXT}),
                    }
                )
            ),
            "sortOptions": Struct(
                {
                    "order": TEXT,
                    "legacySortOptions": Struct({"orderFirst": _TEXTS, "orderLast": _TEXTS}),
                }
            ),
            **dict.fromkeys(
                (
                    "resources",
                    "components",
                    "crds",
                    "bases",
                    "configurations",
                    "generators",
                    "transformers",
                    "validators",
                ),
                _TEXTS,
            ),
            "configMapGenerator": Each(Struct(_GENERATOR)),
            "secretGenerator": Each(Struct({**_GENERATOR, "type": TEXT})),
            "helmGlobals": Struct(_HELM_GLOBALS),
            "helmCharts": Each(_HELM_CHART),
            "helmChartInflationGenerator": Each(_HELM_CHART_ARGS),
            "generatorOptions": _GENERATOR_OPTIONS,
            "buildMetadata": _TEXTS,
        }
    )


@lru_cache(maxsize=16)
def replacements(behaviour: Behaviour) -> Each:
    """Return what a file of replacements holds, or one of them."""
    return Each(_replacement(behaviour))


@lru_cache(maxsize=16)
def plugins(behaviour: Behaviour) -> dict[str, Struct]:
    """Return the built-in generators and transformers that are read as JSON, by kind: what an
    object that configures one holds."""
    specs: dict[str, Shape] = {"fieldSpecs": Each(_FIELD_SPEC)}
    target = Struct({"selector": _SELECTOR, "fieldPath": TEXT, "filePathPosition": NUMBER})
    found: dict[str, dict[str, Shape]] = {
        "AnnotationsTransformer": {"annotations": _PAIRS, **specs},
        "ConfigMapGenerator": {"metadata": _METADATA, **_GENERATOR},
        "IAMPolicyGenerator": {
            "cloud": TEXT,
            "kubernetesService": Struct(_texts("name", "namespace")),
            "serviceAccount": Struct(_texts("name", "projectId")),
        },
        "ImageTagTransformer": {"imageTag": _IMAGE, **specs},
        "LabelTransformer": {"labels": _PAIRS, **specs},
        "NamespaceTransformer": {
            "metadata": _METADATA,
            "unsetOnly": FLAG,
            "setRoleBindingSubjects": TEXT,
            **specs,
        },
        "PatchJson6902Transformer": {"target": _SELECTOR, **_texts("path", "jsonOp")},
        "PatchStrategicMergeTransformer": {"paths": _TEXTS, "patches": TEXT},
        "PatchTransformer": _patch(behaviour).fields,
        "ReplacementTransformer": {"replacements": Each(_replacement(behaviour))},
        "ReplicaCountTransformer": {"replica": _REPLICA, **specs},
        "SecretGenerator": {"metadata": _METADATA, **_GENERATOR, "type": TEXT},
        "ValueAddTransformer": {"targets": Each(target), **_texts("value", "targetFilePath")},
    }
    return {kind: Struct(fields) for kind, fields in found.items()}


def _patch(behaviour: Behaviour) -> Struct:
    options: Shape = Named(FLAG)
    if behaviour.has_typed_patch_options:
        options = Struct(dict.fromkeys(("allowNameChange", "allowKindChange"), FLAG))
    return Struct({**_texts("path", "patch"), "target": _SELECTOR, "options": options})


def _replacement(behaviour: Behaviour) -> Struct:
    target: dict[str, Shape] = {
        "select": _SELECTOR,
        "reject": Each(_SELECTOR),
        "fieldPaths": _TEXTS,
        "options": _FIELD_OPTIONS,
    }
    source: dict[str, Shape] = {
        **_GVK,
        **_texts("name", "namespace", "fieldPath"),
        "options": _FIELD_OPTIONS,
    }
    return Struct(
        {
            **_texts("path", *(["sourceValue"] if behaviour.has_source_value else [])),
            "source": Struct(source),
            "targets": Each(Struct(target)),
        }
    )


@overload
def decoded(
    node: Node,
    shape: Struct | Named,
    where: str = "",
    *,
    lenient: bool = False,
    coerce: bool = False,
) -> Map: ...


@overload
def decoded(
    node: Node, shape: Each, where: str = "", *, lenient: bool = False, coerce: bool = False
) -> Seq: ...


@overload
def decoded(
    node: Node, shape: Shape, where: str = "", *, lenient: bool = False, coerce: bool = False
) -> Node: ...


def decoded(
    node: Node, shape: Shape, where: str = "", *, lenient: bool = False, coerce: bool = False
) -> Node:
    """Return a node by its shape.

    Args:
        node: A parsed value.
        shape: What it should be.
        where: What to call it in an error.
        lenient: Whether unknown fields are left out.
        coerce: Whether a number or boolean becomes a text where one is wanted, as
            `sigs.k8s.io/yaml` has it where it knows the type.

    Raises:
        Refused: It is something else.
    """
    if isinstance(shape, Struct):
        if type(node) is not Map:
            raise _not_a("mapping", node, where)
        return _struct(node, shape, where, lenient, coerce)
    if isinstance(shape, Named):
        if type(node) is not Map:
            raise _not_a("mapping", node, where)
        of = shape.of
        items = (
            (key, _or_empty(value, of, f"{where}.{key}", lenient, coerce))
            for key, value in node.items()
        )
        return mapping(node.file, node.line, items)
    if isinstance(shape, Each):
        if type(node) is not Seq:
            raise _not_a("list", node, where)
        of = shape.of
        return sequence(
            node.file,
            node.line,
            (_or_empty(value, of, f"{where}[]", lenient, coerce) for value in node),
        )
    if coerce and shape == TEXT and type(node) is Scalar:
        node = _coerced(node)
    if shape != ANYTHING and not _is(node, shape):
        raise _not_a(shape, node, where)
    return node


def _struct(node: Map, shape: Struct, where: str, lenient: bool, coerce: bool) -> Map:
    made = mapping(node.file, node.line)
    for key, value in node.items():
        name = key if key in shape.fields else shape.by_case.get(key.lower())
        inner = f"{where}.{name or key[:60]}" if where else name or key[:60]
        if name is None:
            if not lenient:
                raise refused(f"`{inner}` is not a field of a kustomization", value)
        elif not is_null(value):
            made[name] = decoded(value, shape.fields[name], inner, lenient=lenient, coerce=coerce)
    return made


def _or_empty(value: Node, shape: Shape, where: str, lenient: bool, coerce: bool) -> Node:
    """Return an entry of a list or mapping; null is the type's zero value."""
    if not is_null(value) or shape == ANYTHING:
        return decoded(value, shape, where, lenient=lenient, coerce=coerce)
    if isinstance(shape, Struct | Named):
        return mapping(value.file, value.line)
    if isinstance(shape, Each):
        return sequence(value.file, value.line)
    return scalar("", value.file, value.line, DOUBLE_QUOTED if shape == TEXT else PLAIN)


def _coerced(node: Scalar) -> Scalar:
    """Return a number or boolean as a text."""
    if scalar_kind(node) == "bool":
        return scalar("true" if is_true(node) else "false", node.file, node.line, DOUBLE_QUOTED)
    value = number_value(node)
    if value is None:
        return node
    written = str(value) if isinstance(value, int) else go_number(value)
    return scalar(written, node.file, node.line, DOUBLE_QUOTED)


def _not_a(wanted: str, node: Node, where: str) -> Refused:
    return refused(f"`{where}` of a kustomization is a {wanted}", node)


def _is(node: Node, shape: str) -> bool:
    """Return whether a scalar, sealed or not, is a `TEXT`, a `FLAG` or a `NUMBER`."""
    if type(node) is Sealed:
        node = node.unseal()
    if type(node) is not Scalar:
        return False
    kind = scalar_kind(node)
    if shape == TEXT:
        return kind in ("str", "timestamp")
    if shape == FLAG:
        return kind == "bool"
    value = number_value(node)
    return value is not None and value == value and abs(value) < 2**63 and value == int(value)


@overload
def with_json_keys(value: Map) -> Map: ...


@overload
def with_json_keys(value: Node) -> Node: ...


def with_json_keys(value: Node) -> Node:
    """Return a value with the keys that JSON has in place of its own (`convertToJSONableObject`);
    the same one where none changes.

    Raises:
        Refused: A key is null.
    """
    if type(value) is Map:
        made = [
            (_json_key(key, inner) if type(key) is BareKey else key, with_json_keys(inner))
            for key, inner in value.items()
        ]
        same = all(
            key is new and inner is value[key]
            for key, (new, inner) in zip(value, made, strict=True)
        )
        return value if same else placed(Map(made), value)
    if type(value) is Seq:
        items = [with_json_keys(item) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else placed(Seq(items), value)
    return value


def _json_key(key: BareKey, value: Node) -> str:
    """Return a key as a text: a fraction is printed with the precision of four bytes."""
    found = scalar_as_yaml_1_1(scalar(str(key)))
    kind = scalar_kind(found)
    number = number_value(found)
    if kind == "null":
        raise Refused("a key that is null; put it in quotes", value.file, key.line)
    if kind == "float" and number is not None and isfinite(number):
        narrow = struct.unpack("f", struct.pack("f", number))[0]
        shortest = (float(f"{number:.{digits}g}") for digits in range(1, 18))
        return go_number(
            next(
                text for text in shortest if struct.unpack("f", struct.pack("f", text))[0] == narrow
            )
        )
    return str(found).lower() if kind == "bool" else str(plain_value(found))


__all__ = ["Struct", "decoded", "kustomization", "plugins", "replacements", "with_json_keys"]
