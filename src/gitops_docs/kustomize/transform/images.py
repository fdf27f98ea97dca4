"""Take image names apart, and put new names, tags and digests in (`api/internal/image`,
`api/filters/imagetag`).

In: an `images` entry and an image's text. Out: the new text.
"""

from __future__ import annotations

from typing import overload

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.resources.fieldspecs import (
    Change,
    FieldSpec,
    apply,
    shallow,
    untagged,
    with_field,
)
from gitops_docs.kustomize.resources.resource import Resources, text
from gitops_docs.kustomize.transform import regexp
from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, Seq, sequence


def is_named(image: str, name: str) -> bool:
    """Return whether an image has this name, whatever its tag and digest; the name is a regular
    expression, as upstream has it.

    Raises:
        PatternError: The name is not a regular expression.
        Refused: It is too large for the image.
    """
    # No group around the name: of `a|b` upstream looks for `a` at the start, or for `b` at the end.
    return regexp.matches(
        rf"^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$", image, whole=False
    )


def _literal_begin(name: str) -> str:
    """Return what every image of a name begins with: most are for other images, and need no
    expression to say so."""
    special = next((at for at, char in enumerate(name) if char in "\\.+*?()|[]{}^$"), len(name))
    if special < len(name) and (name[special] in "*?{" or "|" in name):
        special = 0 if "|" in name else max(0, special - 1)
    return name[:special]


def split(image: str) -> tuple[str, str, str]:
    """Return name, tag and digest of an image; a port of the registry stays in the name."""
    slash = image.find("/")
    domain, rest = (image[:slash], image[slash:]) if slash > 0 else ("", image)
    before, at, digest = rest.partition("@")
    name, colon, tag = before.partition(":")
    return domain + name, tag if colon else "", digest if at else ""


def renamed(image: str, entry: Map) -> str:
    """Return the image after an `images` entry that is for it."""
    name, tag, digest = split(image)
    new_tag, new_digest, suffix = (
        text(entry.get(key)) for key in ("newTag", "digest", "tagSuffix")
    )
    name = text(entry.get("newName")) or name
    if new_tag or new_digest:
        tag, digest = new_tag, new_digest
    elif suffix:
        tag, digest = tag + suffix, ""
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def transform(resources: Resources, entry: Map, specs: tuple[FieldSpec, ...]) -> None:
    """Put an `images` entry into every object; CustomResourceDefinitions are left alone.

    Raises:
        Refused: The field that should hold an image is not a scalar.
    """
    wanted = text(entry.get("name"))
    try:
        is_named("", wanted)
        begins = _literal_begin(wanted)
    except regexp.PatternError:
        begins = ""  # The first image tells, if there is one.
    origin = next(
        (
            entry[key]
            for key in ("newTag", "digest", "newName", "tagSuffix")
            if text(entry.get(key))
        ),
        entry,
    )

    def put(node: Node) -> Node:
        if type(node) is not Scalar and type(node) is not Sealed:
            raise refused("an image field that is not text", node)
        image = text(node)
        if not image.startswith(begins):
            return node
        try:
            if not is_named(image, wanted):
                return node
        except regexp.PatternError:
            # kustomize stops with a panic.
            raise refused(
                "the name in an entry of `images` is not a regular expression", entry
            ) from None
        new = renamed(image, entry)
        return node if new == image else untagged(node, new, origin)

    for resource in resources:
        if resource.id.kind != "CustomResourceDefinition":
            resource.replace(_in_containers(resource.data, put))
            for spec in specs:
                apply(resource, spec, put)


_CONTAINERS = frozenset({"containers", "initContainers"})


@overload
def _in_containers(node: Map, put: Change) -> Map: ...


@overload
def _in_containers(node: Node, put: Change) -> Node: ...


def _in_containers(node: Node, put: Change) -> Node:
    """Return a tree with `put` applied to the image of every element of any list called
    `containers` or `initContainers` (`LegacyFilter`); the same one where nothing changes."""
    if type(node) is Map:
        made: Map | None = None
        for key, value in node.items():
            if type(value) is Scalar or type(value) is Sealed:
                continue
            new = _in_containers(value, put)
            if key in _CONTAINERS and type(new) is Seq:
                new = _in_elements(new, put)
            if new is not value:
                made = shallow(node) if made is None else made
                made[key] = new
        return node if made is None else made
    if type(node) is Seq:
        items: Seq | None = None
        for index, value in enumerate(node):
            new = _in_containers(value, put)
            if new is not value:
                items = shallow(node) if items is None else items
                items[index] = new
        return node if items is None else items
    return node


def _in_elements(node: Seq, put: Change) -> Seq:
    made: list[Node] = []
    changed = False
    for item in node:
        if type(item) is Map and "image" in item:
            new = put(item["image"])
            changed = changed or new is not item["image"]
            made.append(with_field(item, "image", new))
        else:
            made.append(item)
    return sequence(node.file, node.line, made) if changed else node
