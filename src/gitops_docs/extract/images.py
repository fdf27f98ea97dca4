"""List the container images that an object names.

In: a rendered object. Out: the scalars that hold images, or an image put together from a chart's
`repository` and `tag`.
"""

from __future__ import annotations

from gitops_docs.kubernetes.images import (
    IMAGE_KEYS,
    image_from_parts,
    looks_like_image,
    split_image,
)
from gitops_docs.kustomize import Rendered
from gitops_docs.kustomize.transform.images import is_named, renamed
from gitops_docs.model import Image
from gitops_docs.yaml.nodes import Map, Node, Scalar, Seq, as_map, as_seq, as_text, get_path
from gitops_docs.yaml.parse import parse_inline

_SKIPPED_KINDS = frozenset(
    {"CustomResourceDefinition", "ImagePolicy", "ImageRepository", "Kustomization", "Secret"}
)
"""Kinds whose images are not in use: an ImageRepository names what is scanned for tags."""


def images(rendered: Rendered, layer: str, values: Map | None = None) -> list[Image]:
    """Return the images of one object, each once, in the order of the object.

    Args:
        rendered: The object.
        layer: Id of the layer that applies it.
        values: Of a HelmRelease, its effective values with the defaults of the chart as far as they
            are known.
    """
    kind, namespace, name = rendered.key
    if kind in _SKIPPED_KINDS:
        return []
    nodes: dict[str, Scalar] = {}
    if values is not None:
        _find(values, nodes)
        nodes = _post_rendered(nodes, rendered.data)
    else:
        _find(rendered.data, nodes)
    if not nodes:
        return []
    owner = " ".join(filter(None, [kind, "/".join(filter(None, [namespace, name]))]))
    return [
        Image(layer, text, node.file or rendered.file, node.line or rendered.line, owner)
        for text, node in nodes.items()
    ]


def _post_rendered(nodes: dict[str, Scalar], data: Map) -> dict[str, Scalar]:
    """Return the images after `postRenderers`, which run in their order behind the chart. One that
    a patch sets takes the place of those whose last part is the same (`a.example/x/web`,
    `b.example/web`), else it is added: in which container the chart puts an image is not known."""
    for item in as_seq(get_path(data, "spec", "postRenderers")):
        kustomize = as_map(as_map(item).get("kustomize"))
        for patch in as_seq(kustomize.get("patches")):
            text = as_text(as_map(patch).get("patch"))
            if text is not None and "image" in text:
                found: dict[str, Scalar] = {}
                for document in parse_inline(text).documents:
                    _find_in_patch(document.root, found)
                replaced = {_last_part(image) for image in found}
                nodes = {
                    image: node
                    for image, node in nodes.items()
                    if _last_part(image) not in replaced
                }
                nodes |= found
        for entry in as_seq(kustomize.get("images")):
            if type(entry) is Map and as_text(entry.get("name")) is not None:
                nodes = dict(_renamed(text, node, entry) for text, node in nodes.items())
    return nodes


def _last_part(image: str) -> str:
    return split_image(image).name.rpartition("/")[2]


def _renamed(text: str, node: Scalar, entry: Map) -> tuple[str, Scalar]:
    if not is_named(text, str(entry["name"])):
        return text, node
    setters = (as_text(entry.get(key)) for key in ("newTag", "digest", "newName"))
    return renamed(text, entry), next((one for one in setters if one is not None), node)


def _find_in_patch(root: Node, found: dict[str, Scalar]) -> None:
    """Add the images of a strategic-merge patch, or of the operations of a JSON patch whose path
    ends in `image`."""
    if type(root) is Map:
        _find(root, found)
    for operation in root if type(root) is Seq else ():
        value, path = as_map(operation).get("value"), as_text(as_map(operation).get("path")) or ""
        if type(value) is Scalar and path.endswith("/image") and looks_like_image("image", value):
            found.setdefault(str(value), value)
        elif type(value) is Map or type(value) is Seq:
            _find(value, found)


def _find(container: Map | Seq, found: dict[str, Scalar]) -> None:
    """Add the images below a mapping or list; of equal ones the first."""
    if type(container) is Map:
        for key, value in container.items():
            if type(value) is Scalar:
                if key in IMAGE_KEYS and looks_like_image(key, value):
                    found.setdefault(str(value), value)
            elif type(value) is Map:
                if "repository" in value:
                    put = image_from_parts(key, value)
                    if put is not None:
                        found.setdefault(*put)
                _find(value, found)
            elif type(value) is Seq:
                _find(value, found)
    else:
        for value in container:
            if type(value) is Map or type(value) is Seq:
                _find(value, found)
