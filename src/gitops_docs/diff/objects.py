"""Compare two objects, or two states of one, field by field.

In: two objects as Flux applies them. Out: the fields with the text before and after, where no
secret is involved. Secret values are compared here, since only this module and `kustomize` may open
them, and never handed on: the output says only that a value changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from gitops_docs.redaction import REDACTED, is_secret, leaves, shown
from gitops_docs.text.base64 import decoded
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, Seq, plain_value

Path = tuple[str | int, ...]
LOSES = frozenset(
    {
        "Namespace",
        "CustomResourceDefinition",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "StatefulSet",
        "Cluster",
        "Database",
    }
)
"""Kinds that take something with them which Git cannot bring back."""


class Difference(Struct, frozen=True):
    """A field with its text before and after; None where it was not there, `**REDACTED**` where it
    may not be shown."""

    field: str
    was: str | None
    becomes: str | None


def differences(before: Map, after: Map) -> tuple[Difference, ...]:
    """Return the fields that differ, in the order of the objects, those that are gone last.

    Items of a list are matched by their `name` where all of them have one of their own (containers,
    variables), alert rules by what they are called, all others by position.
    """
    (old, old_judged), (new, new_judged) = _leaves_of(before), _leaves_of(after)
    _leave_out_encryption(old, new)
    changed = [
        path for path, value in new.items() if path not in old or not _same(old[path], value)
    ]
    gone = [path for path in old if path not in new]
    return tuple(
        Difference(
            _dotted(path),
            _text(old[path], old_judged[path]) if path in old else None,
            _text(new[path], new_judged[path]) if path in new else None,
        )
        for path in [*changed, *gone]
    )


_OF_SOPS = frozenset({"enc", "mac", "lastmodified", "version"})
"""What SOPS writes anew whenever it encrypts."""


def _leave_out_encryption(old: dict[Path, Node], new: dict[Path, Node]) -> None:
    """Drop the differences that come only from SOPS having encrypted the same values again.

    An edit with `sops` keeps the data key, and so the `enc` of each recipient and the ciphertext of
    unchanged values. With another data key it is not known whether a value changed, nor where the
    data key is missing and every value differs.
    """
    both = [
        path
        for path in old
        if path in new and _ciphertext(old[path]) is not None and _ciphertext(new[path]) is not None
    ]
    if not both and not any(_is_of_sops(path) for path in old):
        return
    keys = [
        {_plain(value) for path, value in side.items() if _is_of_sops(path) and path[-1] == "enc"}
        for side in (old, new)
    ]
    apart = [path for path in both if not _same(old[path], new[path])]
    rotated = keys[0] != keys[1] if any(keys) else len(apart) == len(both)
    for path in apart:
        files = [
            [one[0] for one in _DATA_KEY.finditer(_ciphertext(side[path]) or "")]
            for side in (old, new)
        ]
        if not _is_of_sops(path) and (files[0] != files[1] if any(files) else rotated):
            del old[path], new[path]
    for side in (old, new):
        for path in [path for path in side if _is_of_sops(path) and path[-1] in _OF_SOPS]:
            del side[path]


def _is_of_sops(path: Path) -> bool:
    return bool(path) and path[0] == "sops"


def _plain(node: object) -> str:
    return str(node.unseal()) if isinstance(node, Sealed) else str(node)


def _ciphertext(node: object) -> str | None:
    """Return the SOPS ciphertext of a value, or the encrypted file that the value holds in base64;
    None where it is neither."""
    text = _plain(node)
    if text.startswith(_CIPHERTEXT):
        return text
    if len(text) < len(_CIPHERTEXT) or not isinstance(node, Sealed):
        return None
    content = decoded(text) or b""
    return content.decode("utf-8", "replace") if _CIPHERTEXT.encode() in content else None


_DATA_KEY = Pattern(r"(?m)\benc[\"']?:\s*(?:\|-?\s+)?(\S[^\n]*(?:\n\s+[A-Za-z0-9+/=]+)*)")
"""The data key of an encrypted file, as each recipient can decrypt it."""
_CIPHERTEXT = "ENC[AES256_GCM,"


def _leaves_of(node: Map) -> tuple[dict[Path, Node], dict[Path, Path]]:
    """Return the leaves of an object by their paths, what is secret sealed; and the paths by which
    to judge them."""
    by_place = {path: by for path, _, by in leaves(node)}
    found: dict[Path, Node] = {}
    judged: dict[Path, Path] = {}
    for path, place, leaf in _leaves(node):
        by = judged[path] = by_place.get(place, place)
        if type(leaf) is Scalar and is_secret(by, leaf):
            leaf = Sealed(leaf, leaf.file, leaf.line)
        found[path] = leaf
    return found, judged


def _leaves(node: Node, path: Path = (), place: Path = ()) -> Iterator[tuple[Path, Path, Node]]:
    """Yield every leaf, with its path by the names of items and by their numbers."""
    if type(node) is Map and node:
        for key, value in node.items():
            yield from _leaves(value, (*path, key), (*place, key))
    elif type(node) is Seq and node:
        names = _names(node)
        for index, value in enumerate(node):
            yield from _leaves(
                value, (*path, f"[{names[index]}]" if names else index), (*place, index)
            )
    else:
        yield path, place, node


def _names(items: Seq) -> list[str]:
    """Return what identifies each item of a list; nothing where only its position does."""
    for key in ("name", "alert"):
        found = [
            str(item[key]) if type(item) is Map and isinstance(item.get(key), str) else ""
            for item in items
        ]
        if key == "alert":
            # A group mixes alerts and recordings, and may have several of one name.
            found = [
                one or (str(item.get("record")) if type(item) is Map and "record" in item else "")
                for one, item in zip(found, items, strict=True)
            ]
            seen: Counter[str] = Counter()
            for index, one in enumerate(found):
                seen[one] += 1
                found[index] = f"{one} {seen[one]}" if one and seen[one] > 1 else one
        if all(found) and len(set(found)) == len(found):
            return found
    return []


def _same(left: Node | None, right: Node | None) -> bool:
    if isinstance(left, Sealed) or isinstance(right, Sealed):
        return (
            isinstance(left, Sealed)
            and isinstance(right, Sealed)
            and str(left.unseal()) == str(right.unseal())
        )
    return plain_value(left) == plain_value(right)


def _text(node: object, judged: Path) -> str:
    if isinstance(node, Sealed):
        return REDACTED
    if not isinstance(node, Scalar):
        return "{}" if type(node) is Map else "[]" if type(node) is Seq else "null"
    text = shown(judged, str(node))
    return REDACTED if text is None else text


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.startswith("["):
            text += part
        else:
            text += f'["{part}"]' if "." in part else f".{part}" if text else part
    return text
