"""Container images that an object names.

In: a rendered object. Out: the scalars that hold images, or an image put together from a chart's `repository` and `tag`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gitops_docs.flux import objects
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Image
from gitops_docs.nodes import Map, Scalar, Seq, as_text

_IMAGE = re.compile(r"[a-z0-9][\w.-]*(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?\Z", re.IGNORECASE)
_SKIPPED_KINDS = frozenset({"CustomResourceDefinition", "Kustomization", "Secret"})
_IMAGE_KEYS = frozenset({"image", "imageName", "package"})


def images(rendered: Rendered, layer: str) -> list[Image]:
    """The images of one object, each once, in the order of the object."""
    data = rendered.data
    kind = objects.kind(data)
    if kind in _SKIPPED_KINDS:
        return []
    owner = " ".join(filter(None, [kind, "/".join(filter(None, [objects.namespace(data), objects.name(data)]))]))
    found: dict[str, Image] = {}
    for text, node in _find(data):
        if text not in found:
            found[text] = Image(layer, text, node.file or rendered.file, node.line or rendered.line, owner)
    return list(found.values())


def _find(node: Any) -> Iterator[tuple[str, Scalar]]:
    kind = type(node)
    if kind is Map:
        for key, value in node.items():
            inner = type(value)
            if inner is Scalar:
                if key in _IMAGE_KEYS and _looks_like_image(key, value):
                    yield str(value), value
            elif inner is Map or inner is Seq:
                if inner is Map and "repository" in value:
                    put = _from_parts(key, value)
                    if put is not None:
                        yield put
                yield from _find(value)
    elif kind is Seq:
        for value in node:
            if type(value) is Map or type(value) is Seq:
                yield from _find(value)


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
