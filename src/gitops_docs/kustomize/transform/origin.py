"""Record what kustomize says about the making of each object when a kustomization has
`buildMetadata` (`api/resource/origin.go`).

In: the path of a kustomization from the root of the build, and what is at work there. Out: the
texts of two annotations. Kustomize keeps them in the annotations while it builds, whatever
`buildMetadata` names, and takes out at the end what is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

from gitops_docs.kustomize.resources.fieldspecs import with_field, with_metadata
from gitops_docs.kustomize.resources.resource import Resource, text
from gitops_docs.kustomize.transform import generators
from gitops_docs.yaml.nodes import LITERAL, Map, as_map, mapping, scalar

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"


def of_file(path: str) -> str:
    """Return the origin of an object that stands in a file."""
    return f"path: {path}\n"


def of_plugin(path: str, config: Map) -> str:
    """Return the origin of what a generator or transformer makes: the file and the object that
    configure it (`OriginFromCustomPlugin`)."""
    lines = [f"configuredIn: {path}", "configuredBy:"]
    lines += [
        f"  {key}: {text(config[key])}" for key in ("apiVersion", "kind") if text(config.get(key))
    ]
    metadata = as_map(config.get("metadata"))
    lines += [
        f"  {key}: {text(metadata[key])}"
        for key in ("name", "namespace")
        if text(metadata.get(key))
    ]
    return "\n".join(lines) + "\n"


def of_built_in(path: str, kind: str) -> str:
    """Return the origin of what a field of a kustomization makes."""
    return of_plugin(
        path, mapping(items=[("apiVersion", scalar("builtin")), ("kind", scalar(kind))])
    )


def record(resources: Iterable[Resource], origin: str) -> None:
    """Note that a transformer has run (`AddTransformerAnnotation`): of every object, and all
    annotations become texts by it."""
    for resource in resources:
        if resource.origin is None:
            resource.origin = origin
        else:
            resource.transformations = (*resource.transformations, origin)
        resource.replace(generators.with_text_annotations(resource.data))


def annotated(data: Map, resource: Resource, wanted: frozenset[str]) -> Map:
    """Return an object with the notes that `buildMetadata` asks for."""
    if "originAnnotations" in wanted and resource.origin:
        data = _with(data, ORIGIN, resource.origin)
    if "transformerAnnotations" in wanted and resource.transformations:
        entries = (
            f"- {entry.rstrip().replace(chr(10), chr(10) + '  ')}\n"
            for entry in resource.transformations
        )
        data = _with(data, TRANSFORMATIONS, "".join(entries))
    return data


def _with(data: Map, key: str, note: str) -> Map:
    annotations = as_map(as_map(data.get("metadata")).get("annotations"))
    value = scalar(note, data.file, data.line, LITERAL)
    made = (
        with_field(annotations, key, value)
        if annotations
        else mapping(data.file, data.line, [(key, value)])
    )
    return with_metadata(data, "annotations", made)
