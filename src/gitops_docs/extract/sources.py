"""Convert a Flux source object into a `Source`."""

from __future__ import annotations

from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Source
from gitops_docs.redaction import without_credentials
from gitops_docs.yaml.nodes import Map, as_map, as_text, get_path, is_true


def source(item: Rendered, layer: str, cluster: str) -> Source:
    spec = as_map(item.data.get("spec"))
    url = objects.text(spec.get("url")) or objects.text(spec.get("endpoint"))
    return Source(
        cluster=cluster,
        layer=layer,
        kind=objects.kind(item.data),
        namespace=objects.namespace(item.data),
        name=objects.name(item.data),
        url=without_credentials(url) if url else None,
        ref=_reference(spec),
        file=item.file,
        line=item.line,
        secret=objects.text(get_path(spec, "secretRef", "name")),
        provider=objects.text(spec.get("provider")),
        suspended=is_true(spec.get("suspend")),
    )


def _reference(spec: Map) -> str | None:
    """What a source follows, by Flux's order of precedence."""
    reference = as_map(spec.get("ref"))
    for key in ("digest", "commit", "name", "semver", "tag", "branch"):
        value = as_text(reference.get(key))
        if value is not None:
            return f"{key} {value}"
    return None
