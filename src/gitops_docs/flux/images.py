"""Container images that an object names.

In: a rendered object. Out: the scalars that hold images, or an image put together from a chart's `repository` and `tag`.
"""

from __future__ import annotations

from gitops_docs.kustomize import Rendered
from gitops_docs.model import Image
from gitops_docs.nodes import Map, Scalar, Seq, as_text
from gitops_docs.text.patterns import Pattern

_IMAGE = Pattern(r"[a-z0-9][\w.-]*(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?\z", ignore_case=True)
_SKIPPED_KINDS = frozenset({"CustomResourceDefinition", "Kustomization", "Secret"})
_IMAGE_KEYS = frozenset({"image", "imageName", "package"})


def images(rendered: Rendered, layer: str) -> list[Image]:
    """The images of one object, each once, in the order of the object."""
    kind, namespace, name = rendered.key
    if kind in _SKIPPED_KINDS:
        return []
    nodes: dict[str, Scalar] = {}
    _find(rendered.data, nodes)
    if not nodes:
        return []
    owner = " ".join(filter(None, [kind, "/".join(filter(None, [namespace, name]))]))
    return [
        Image(layer, text, node.file or rendered.file, node.line or rendered.line, owner)
        for text, node in nodes.items()
    ]


def _find(container: Map | Seq, found: dict[str, Scalar]) -> None:
    """Add the images below a mapping or list, of several alike the first."""
    if type(container) is Map:
        for key, value in container.items():
            kind = type(value)
            if kind is Scalar:
                if key in _IMAGE_KEYS and _looks_like_image(key, value):
                    found.setdefault(str(value), value)
            elif kind is Map:
                if "repository" in value:
                    put = _from_parts(key, value)
                    if put is not None:
                        found.setdefault(*put)
                _find(value, found)
            elif kind is Seq:
                _find(value, found)
    else:
        for value in container:
            if type(value) is Map or type(value) is Seq:
                _find(value, found)


def _looks_like_image(key: str, value: Scalar) -> bool:
    text = as_text(value)
    if text is None or not _IMAGE.match(text):
        return False
    return key == "image" or "/" in text


def _from_parts(key: str, value: Map) -> tuple[str, Scalar] | None:
    """An image from a chart's `{registry, repository, tag, digest}`; None where there is neither tag nor digest."""
    repository, tag, digest = (as_text(value.get(part)) for part in ("repository", "tag", "digest"))
    if repository is None or (tag is None and digest is None) or "://" in repository or "git" in key.lower():
        return None
    registry = as_text(value.get("registry"))
    name = f"{registry}/{repository}" if registry else str(repository)
    text = name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return (text, tag or digest or repository) if _IMAGE.match(text) else None
