"""Seal secret values in a parsed document, in place, before anyone else sees it.

In: the root of a fresh document. Out: what was sealed: `data` and `stringData` of Secrets wherever
an object stands in the document (a List, Helm values, a policy), literals of secret generators,
texts that hold a Secret or patch one, SOPS ciphertext and its keys, and the copies that `kubectl
apply` leaves in an annotation. Key names stay readable.

An object can become a Secret, or get a value, later on its way (a JSON patch, a replacement, a
variable): `sealed_object` is for those who change objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import overload

from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, Seq, as_seq, is_null, placed, sequence

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SOPS_CIPHERTEXT = "ENC["

_VALUES = ("data", "stringData")
_MARKS = (
    "Secret",
    "secretGenerator",
    "stringData",
    "/data/",
    SOPS_CIPHERTEXT,
    LAST_APPLIED,
    "\nsops:",
    "\\",
)
_SECRET_INSIDE = Pattern(r"""\bkind\\*["']?\s*:\s*\\*["']?Secret(?:List)?(?:[^\w.-]|\z)""")
_VALUES_INSIDE = Pattern(r"""\b(?:stringData|data)\\*["']?\s*:""")
_SECRET_PATH = Pattern(r"/(?:stringData|data)\b|\b(?:stringData|data)\\*[\"']?\s*:")
_PART_OF_PATTERN = Pattern(r"[A-Za-z]+\z")


def may_hold_secrets(text: str) -> bool:
    """Return whether a YAML text is worth a look: it names something that is secret, or writes
    characters as escapes."""
    return any(mark in text for mark in _MARKS)


def holds_secret(text: str) -> bool:
    """Return whether a text, such as a patch or a template, has a Secret with values in it, or SOPS
    ciphertext."""
    if "ENC[AES256_GCM," in text:
        return True
    return "Secret" in text and bool(_SECRET_INSIDE.search(text) and _VALUES_INSIDE.search(text))


def seal_document(root: Node | None) -> tuple[Sealed, ...]:
    """Seal what is secret in one document. An alias of a sealed value is sealed too."""
    found: dict[int, Scalar] = {}
    texts: set[int] = set()
    secret: set[int] = set()
    for node in _containers(root):
        for leaf, is_text in _secret_leaves(node):
            if not is_null(leaf):  # Null tells a patch to remove a value, and no secret.
                found[_identity(leaf)] = leaf
                (texts if is_text else secret).add(_identity(leaf))
    if not found:
        return ()
    texts -= secret
    made = {
        identity: Sealed(leaf, leaf.file, leaf.line, leaf if identity in texts else None)
        for identity, leaf in found.items()
    }
    for node in _containers(root):
        if type(node) is Map:
            for key, value in list(node.items()):
                node[key] = _sealed(value, made)
        else:
            node[:] = [_sealed(value, made) for value in node]
    return tuple(made.values())


def _sealed(value: Node, made: Mapping[int, Sealed]) -> Node:
    known = made.get(_identity(value)) if type(value) is Scalar else None
    if known is None:
        return value
    return known if value.line == known.line else known.at(value.file, value.line)


def _identity(leaf: Scalar) -> int:
    """Return what an alias shares with its anchor."""
    return id(getattr(leaf, "anchor", leaf))


def sealed_object(data: Map) -> Map:
    """Return the object with every value sealed if it is a Secret; the same one where nothing is to
    be done."""
    if data.get("kind") != "Secret":
        return data
    made: Map | None = None
    for field in _VALUES:
        if field in data and any(_leaves(data[field])):
            if made is None:
                made = placed(Map(data), data)
            made[field] = seal(data[field])
    return data if made is None else made


def seal(node: Node) -> Node:
    """Return the sealed form of a scalar; containers are sealed leaf by leaf."""
    if type(node) is Map:
        return placed(Map((key, seal(value)) for key, value in node.items()), node)
    if type(node) is Seq:
        return placed(sequence(node.file, node.line, (seal(value) for value in node)), node)
    if type(node) is Scalar:
        return node if is_null(node) else Sealed(node, node.file, node.line)
    return node


class SecretShape(Exception):
    """A secret decides about more than values: a key, or how many there are."""


@overload
def seal_where_secret(node: Map, outline: Node) -> Map: ...


@overload
def seal_where_secret(node: Node, outline: Node) -> Node: ...


def seal_where_secret(node: Node, outline: Node) -> Node:
    """Return what was read from a text with a secret in it, with every value sealed that is another
    one in what its outline gives.

    Raises:
        SecretShape: What is secret are not values only.
    """
    if type(node) is Map and type(outline) is Map:
        if node.keys() != outline.keys():
            raise SecretShape
        items = ((key, seal_where_secret(value, outline[key])) for key, value in node.items())
        return placed(Map(items), node)
    if type(node) is Seq and type(outline) is Seq and len(node) == len(outline):
        return placed(
            Seq(seal_where_secret(*pair) for pair in zip(node, outline, strict=True)), node
        )
    if type(node) is Map or type(node) is Seq:
        raise SecretShape
    if node is outline or (
        type(node) is Scalar
        and type(outline) is Scalar
        and node == outline
        and node.style == outline.style
    ):
        return node
    return seal(node)


def opened(node: Node | None) -> Scalar | None:
    """Return the scalar that a node is, sealed or not; None for anything else. What is made from it
    is sealed where it was."""
    if type(node) is Sealed:
        node = node.unseal()
    return node if type(node) is Scalar else None


def _containers(root: Node | None) -> Iterator[Map | Seq]:
    """Yield every mapping and sequence, each once: aliases share them."""
    pending = [root]
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if (type(node) is not Map and type(node) is not Seq) or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        pending.extend(node.values() if type(node) is Map else node)


def _leaves(node: Node | None) -> Iterator[Scalar]:
    """Yield the scalars in a node that are not sealed."""
    if type(node) is Scalar:
        yield node
        return
    for container in _containers(node):
        for value in container.values() if type(container) is Map else container:
            if type(value) is Scalar:
                yield value


def _secret_leaves(node: Map | Seq) -> Iterator[tuple[Scalar, bool]]:
    """Yield the scalars that a container of a document keeps secret, by its own fields; whether one
    is a text that has a secret in it."""
    if type(node) is Seq:
        yield from _secret_texts(node)
        return
    for part in _secret_parts(node):
        for leaf in _leaves(part):
            yield leaf, False
    yield from _secret_texts(node.values())
    if "patch" in node and _patches_secret(node.get("target"), node["patch"]):
        for leaf in _leaves(node["patch"]):
            yield leaf, leaf is node["patch"]


def _secret_parts(node: Map) -> Iterator[Node | None]:
    """Yield the values of a mapping of which every scalar is secret."""
    kind = node.get("kind")
    if kind == "Secret":
        yield from (node.get(field) for field in _VALUES)
    elif kind == "SecretList":
        items = as_seq(node.get("items"))
        yield from (item.get(field) for item in items if type(item) is Map for field in _VALUES)
    elif kind == "SecretGenerator":
        yield node.get("literals")
    generators = node.get("secretGenerator")
    if type(generators) is Seq:
        yield from (entry.get("literals") for entry in generators if type(entry) is Map)
    yield node.get(LAST_APPLIED)
    if type(node.get("sops")) is not Scalar:
        yield node.get("sops")


def _secret_texts(values: Iterable[Node]) -> Iterator[tuple[Scalar, bool]]:
    for value in values:
        if type(value) is Scalar:
            # Most texts hold neither of the two.
            if SOPS_CIPHERTEXT in value and value.startswith(SOPS_CIPHERTEXT):
                yield value, False
            elif len(value) > 20 and holds_secret(value):
                yield value, True


def _patches_secret(target: Node | None, patch: Node | None) -> bool:
    """Return whether a patch is laid over Secrets: its target's kind, a regular expression,
    matches; without a kind, what it sets tells."""
    kind = target.get("kind") if type(target) is Map else None
    if type(kind) is not Scalar or not kind:
        return (
            type(target) is Map and type(patch) is Scalar and _SECRET_PATH.search(patch) is not None
        )
    if kind == "Secret":
        return True
    if _PART_OF_PATTERN.match(kind):
        return False
    try:
        return patterns.compile(f"^(?:{kind})$").contains("Secret")
    except patterns.PatternError:
        return "Secret" in kind
