"""Convert a Flux source object into a `Source`."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.flux import KINDS, FluxKind
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Include, Source
from gitops_docs.redaction import without_credentials
from gitops_docs.yaml.nodes import Map, as_map, as_seq, as_text, get_path, is_true


def source(item: Rendered, layer: str, cluster: str) -> Source:
    """Return a Flux source as the model has it; its kind is a row of `kubernetes.flux` with
    `is_source`."""
    spec = as_map(item.data.get("spec"))
    kind = KINDS[objects.kind(item.data)]
    url = objects.text(spec.get(kind.address))
    return Source(
        cluster=cluster,
        layer=layer,
        kind=kind.kind,
        namespace=objects.namespace(item.data),
        name=objects.name(item.data),
        url=without_credentials(url) if url else None,
        ref=_reference(spec, kind),
        file=item.file,
        line=item.line,
        secret=objects.text(get_path(spec, "secretRef", "name")),
        provider=objects.text(spec.get("provider")),
        suspended=is_true(spec.get("suspend")),
        includes=tuple(_includes(spec)) if kind.kind == "GitRepository" else (),
    )


def _includes(spec: Map) -> Iterator[Include]:
    for entry in as_seq(spec.get("include")):
        name = as_text(get_path(entry, "repository", "name"))
        if name is not None:
            yield Include(str(name), name.file, name.line)


def _reference(spec: Map, kind: FluxKind) -> str | None:
    """Return what a source follows, e.g. `branch main`."""
    for field in kind.reference:
        path = field.split(".")
        value = as_text(get_path(spec, *path))
        if value is not None:
            return f"{path[-1]} {value}"
    return None
