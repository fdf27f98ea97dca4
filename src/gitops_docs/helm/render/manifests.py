"""Read what Helm renders: documents as Helm splits them, with their template, and what of them
depends on a secret or is another one each time.

In: the output of one, two or three renders of the same release: with one set of placeholders, with
another, and with the first again. Out: objects as plain data, which a cache can keep since no secret
was ever in it, and as YAML nodes.

Rules: `SplitManifests` of Helm (`pkg/release/v1/util/manifest.go`): a document begins at each line
that starts with `---`, whatever follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    FOLDED,
    LITERAL,
    PLAIN,
    SINGLE_QUOTED,
    TEXT,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    as_seq,
    as_yaml_1_1,
    is_null,
    mapping,
    scalar,
    sequence,
)
from gitops_docs.yaml.parse import parse
from gitops_docs.yaml.sealing import sealed_object

RANDOM = "<random>"
"""Stands for what is another value each time that the chart is rendered."""
FROM_SECRET = "<from-a-secret>"
"""Stands for a key or a name that is made from a secret."""
_SOURCE = "# Source: "
_STYLES = {
    PLAIN: "p",
    SINGLE_QUOTED: "s",
    DOUBLE_QUOTED: "d",
    LITERAL: "l",
    FOLDED: "f",
    TEXT: "t",
}
_OF_LETTER = {letter: style for style, letter in _STYLES.items()}
_SEALED, _VARIES = "!", "?"
_MAX_DEPTH = 200
_LONGEST = 253
"""Most characters of a name that Kubernetes takes (RFC 1123, a DNS subdomain)."""

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"
"""A node without its place: a text that begins with the letter of its style, a list or a mapping."""


class Document(Struct, frozen=True):
    """An object that a chart makes, and the template that it comes from, such as
    `charts/grafana/templates/role.yaml`."""

    template: str
    data: Plain


class ManifestError(ValueError):
    """Output that cannot be used; the text says why."""


def split(text: str) -> Iterator[tuple[str, str]]:
    """Yield the documents of Helm's output, each with its template."""
    template, lines = "", list[str]()
    for line in (*text.split("\n"), "---"):
        if not line.startswith("---"):
            lines.append(line)
            continue
        while lines and not lines[0].strip():
            lines.pop(0)
        if lines and lines[0].startswith(_SOURCE):
            template = lines.pop(0).removeprefix(_SOURCE).strip().partition("/")[2]
        if any(one.strip() for one in lines):
            # With its last line break, which belongs to a block scalar that ends the document.
            yield template, "\n".join([*lines, ""])
        rest = line[3:].lstrip(" \t")
        lines = [rest] if rest else []


def read(manifests: bytes) -> list[Document]:
    """Return the objects in Helm's output; those of lists one by one.

    Raises:
        ManifestError: A template gives no YAML.
    """
    found = []
    for template, text in split(manifests.decode("utf-8", "replace")):
        parsed = parse(text, template)
        if not parsed.complete:
            raise ManifestError(f"the template `{template}` gives YAML that cannot be read")
        for document in parsed.documents:
            for data in _objects(document.root):
                metadata = as_map(data.get("metadata"))
                named = (data.get("kind"), metadata.get("name"), metadata.get("namespace"))
                if any(type(one) is Scalar and len(one) > _LONGEST for one in named):
                    raise ManifestError(
                        f"the template `{template}` makes an object with a kind, name or namespace "
                        f"of more than {_LONGEST} characters"
                    )
                # Helm reads YAML 1.1: a plain `yes` is true in the cluster.
                old = as_map(as_yaml_1_1(data))
                found.append(Document(template, _plain(sealed_object(old), 0)))
    return found


def _objects(root: Node | None) -> Iterator[Map]:
    """Yield an object, or those in a list, as kubectl takes them apart."""
    if type(root) is not Map or not root:
        return
    kind = root.get("kind")
    if type(kind) is Scalar and kind.endswith("List") and type(root.get("items")) is Seq:
        for item in as_seq(root["items"]):
            yield from _objects(item)
    elif type(kind) is Scalar and not is_null(kind):
        yield root


def _plain(node: Node, depth: int) -> Plain:
    if depth > _MAX_DEPTH:
        raise ManifestError("a template gives YAML that is nested too deeply")
    if type(node) is Map:
        return {str(key): _plain(value, depth + 1) for key, value in node.items()}
    if type(node) is Seq:
        return [_plain(value, depth + 1) for value in node]
    return _STYLES[node.style] + str(node) if type(node) is Scalar else _SEALED


def combine(
    first: list[Document], other: list[Document] | None, again: list[Document] | None
) -> list[Document]:
    """Return one list of objects from several renders of the same release.

    Args:
        first: With the first set of placeholders.
        other: With another set, where there are any: what differs depends on a secret.
        again: With the first set again, where templates may vary: what differs is random.
    """
    made = first
    for second, mark in ((again, _VARIES), (other, _SEALED)):
        if second is None:
            continue
        pairs = _paired(made, second)
        if pairs is None:
            raise ManifestError(
                "its templates make other objects each time"
                if mark == _VARIES
                else "its templates make other objects for another secret"
            )
        made = [Document(one.template, _merged(one.data, two.data, mark)) for one, two in pairs]
    return made


def _paired(
    first: list[Document], second: list[Document]
) -> list[tuple[Document, Document]] | None:
    """Return each object with the same one of another render; None where these are others.
    Templates that go through a map with `keys` give their objects in another order each time: then
    they are told by their names."""
    names, others = [_identity(one) for one in first], [_identity(one) for one in second]
    if names != others and sorted(names) == sorted(others) and len(set(names)) == len(names):
        by_name = dict(zip(others, second, strict=True))
        return [(one, by_name[name]) for name, one in zip(names, first, strict=True)]
    same = [one.template for one in first] == [one.template for one in second]
    return list(zip(first, second, strict=True)) if same else None


def _identity(document: Document) -> tuple[str, ...]:
    data = document.data
    held = data if isinstance(data, dict) else {}
    metadata = held.get("metadata")
    inner = metadata if isinstance(metadata, dict) else {}
    kind, api = held.get("kind"), held.get("apiVersion")
    found = kind, api, inner.get("namespace"), inner.get("name")
    return document.template, *(one if isinstance(one, str) else "" for one in found)


def _merged(one: Plain, two: Plain, mark: str) -> Plain:
    if one == two or one in (_SEALED, _VARIES):
        return one
    if isinstance(one, dict) and isinstance(two, dict) and len(one) == len(two):
        made: dict[str, Plain] = {}
        same = one.keys() == two.keys()
        pairs = (
            ((key, value, key, two[key]) for key, value in one.items())
            if same
            else ((*mine, *theirs) for mine, theirs in zip(one.items(), two.items(), strict=True))
        )
        for number, (key, value, other, theirs) in enumerate(pairs):
            if key != other:
                key = f"{RANDOM if mark == _VARIES else FROM_SECRET}{number}"
            made[key] = _merged(value, theirs, mark)
        return made
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        return [_merged(*pair, mark) for pair in zip(one, two, strict=True)]
    return mark


def is_random(data: Plain) -> bool:
    """Return whether something of an object is another one each time."""
    if isinstance(data, dict):
        return any(key.startswith(RANDOM) or is_random(value) for key, value in data.items())
    return any(map(is_random, data)) if isinstance(data, list) else data == _VARIES


def node(data: Plain, file: str, line: int) -> Node:
    """Return the YAML node of plain data, put at `file:line`."""
    if isinstance(data, dict):
        return mapping(file, line, [(key, node(value, file, line)) for key, value in data.items()])
    if isinstance(data, list):
        return sequence(file, line, [node(value, file, line) for value in data])
    if data == _SEALED:
        return Sealed(scalar("hidden", file, line, TEXT), file, line)
    if data == _VARIES:
        return scalar(RANDOM, file, line, TEXT)
    return scalar(data[1:], file, line, _OF_LETTER[data[0]])


def with_names(data: Map) -> Map:
    """Return the object with a text where its name or namespace is made from a secret."""
    metadata = data.get("metadata")
    if type(metadata) is Map:
        for key in ("name", "namespace"):
            if type(metadata.get(key)) is Sealed:
                metadata[key] = scalar(FROM_SECRET, data.file, data.line, TEXT)
    return data
