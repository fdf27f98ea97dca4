"""Replace secret values by placeholders, so that a chart can be rendered without any secret.

In: the values of a release. Out: the same as JSON values, with a placeholder of the same type and
likely shape for each leaf that is sealed or that redaction hides. Two sets of placeholders differ in
every character run that a template could pass on, so what depends on a secret differs between two
renders.
"""

from __future__ import annotations

import base64
import json
from typing import TypeAlias

from gitops_docs import redaction
from gitops_docs.redaction import REDACTED
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Node, Plain, Scalar, Sealed, Seq, plain_value, scalar_kind
from gitops_docs.yaml.parse import parse_inline
from gitops_docs.yaml.sealing import SOPS_CIPHERTEXT

SETS = ("a", "b")
_SHORTEST = 6
"""Shortest value, in characters, that is looked for in a text."""
_SOPS_TYPE = Pattern(r",type:(str|int|float|bool)\]\z")
_SCHEME = Pattern(r"(https?|postgres(?:ql)?|mysql|mongodb|redis|amqps?|ldaps?|smtps?|nats)://")


_Path: TypeAlias = tuple[str | int, ...]
_Leaf: TypeAlias = str | int | bool | None
"""A placeholder."""


class NotJson(ValueError):
    """A value that JSON does not have, such as `.nan`."""


class Filled:
    """Values with placeholders. `has_placeholders` says whether there is any.

    Args:
        values: The effective values of a release.
        which: Which set of placeholders, one of `SETS`.
    """

    def __init__(self, values: Map, which: str) -> None:
        self._set = which
        self._number = 0
        hidden: dict[_Path, _Leaf] = {}
        for path, node, judged in redaction.leaves(values):
            if type(node) is Sealed:
                hidden[path] = self._sealed(node)
            elif type(node) is Scalar:
                made = self._scalar(node, judged)
                if made is not node:
                    hidden[path] = made
        self.text = json.dumps(self._plain(values, (), hidden), allow_nan=False).encode()
        """The values as JSON."""
        self.has_placeholders = self._number > 0

    def _text(self) -> str:
        """Return a placeholder: letters and digits, and base64 of letters and digits, since
        templates decode some values."""
        self._number += 1
        return base64.b64encode(f"hidden{self._set}{self._number:05d}value0".encode()).decode()

    def _number_text(self) -> int:
        self._number += 1
        return (71_000_000 if self._set == "a" else 82_000_000) + self._number

    def _scalar(self, node: Scalar, judged: _Path) -> str | int:
        """Return what stands for a scalar: itself where it is no secret."""
        kind = scalar_kind(node)
        if kind in ("null", "bool"):
            return node
        text = str(node)
        shown = redaction.shown(judged, text)
        if shown == text:
            return node
        if kind in ("int", "float"):
            return self._number_text()
        if shown is None:
            return self._shaped(text)
        return self._text().join(shown.split(REDACTED)) if REDACTED in shown else self._shaped(text)

    def _shaped(self, text: str) -> str:
        """Return a placeholder that looks like a text: an address stays one of its kind."""
        scheme = _SCHEME.match(text)
        if scheme is not None:
            return f"{scheme[0]}{self._text()}.invalid"
        return f'{{"hidden": "{self._text()}"}}' if text.lstrip()[:1] == "{" else self._text()

    def _sealed(self, node: Sealed) -> _Leaf:
        value = node.unseal()
        text = str(value)
        inner = parse_inline(node)
        if inner.complete and any(type(one.root) is Map for one in inner.documents):
            # A text with a Secret in it, of which only some values are secret.
            roots = [one.root for one in inner.documents]
            return self._within(text, roots) or "\n---\n".join(map(self._document, roots))
        if text.startswith(SOPS_CIPHERTEXT):
            kind = _SOPS_TYPE.search(text)
            match kind[1] if kind is not None else "str":
                case "int" | "float":
                    return self._number_text()
                case "bool":
                    return True
            return self._text()
        match scalar_kind(value):
            case "int" | "float":
                return self._number_text()
            case "bool":
                return True
            case "null":
                return None
        return self._shaped(text)

    def _within(self, text: str, roots: list[Node]) -> str | None:
        """Return the text with a placeholder for each secret value in it, so that templates in it
        stay as they are; None where a value is not written as it is."""
        leaves = [leaf for root in roots for _, leaf, _ in redaction.leaves(root)]
        secrets = {str(leaf.unseal()) for leaf in leaves if type(leaf) is Sealed}
        for secret in sorted(secrets, key=lambda one: (-len(one), one)):
            if len(secret) < _SHORTEST or secret not in text:
                return None
            text = text.replace(secret, self._text())
        return text

    def _document(self, root: Node) -> str:
        hidden = {
            path: self._sealed(leaf)
            for path, leaf, _ in redaction.leaves(root)
            if type(leaf) is Sealed
        }
        return json.dumps(self._plain(root, (), hidden), indent=1)

    def _plain(self, node: Node, path: _Path, hidden: dict[_Path, _Leaf]) -> Plain:
        if path in hidden:
            return hidden[path]
        if type(node) is Map:
            return {
                str(key): self._plain(value, (*path, key), hidden) for key, value in node.items()
            }
        if type(node) is Seq:
            return [
                self._plain(value, (*path, number), hidden) for number, value in enumerate(node)
            ]
        value = plain_value(node)
        if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
            raise NotJson("its values hold `.inf` or `.nan`")
        return value
