"""Define the nodes of a text that holds JSON or YAML, and why it cannot be changed."""

from __future__ import annotations

from msgspec import Struct, field


class NotFound(Exception):
    """The path leads to no node, or the text is neither JSON nor YAML."""


class Unwritten(Exception):
    """kustomize cannot write the changed text, and keeps the old one without an error."""


class Unknown(Exception):
    """It is not known what kustomize makes of the text; the message says why."""


class TextNode(Struct, eq=False):
    """A node of a parsed text, with its place in it."""

    kind: str
    """`scalar`, `map`, `seq` or `alias`."""
    value: str = ""
    tag: str = ""
    """`str`, `int` and so on; a written one whole, behind a `!`; empty for a scalar that a
    replacement has made."""
    style: str = ""
    flow: bool = False
    anchor: str | None = None
    items: list[TextNode] = field(default_factory=list)
    """The elements of a list; keys and values of a mapping by turns."""
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    head: tuple[str, ...] = ()
    """The lines before it; an empty one is blank."""
    foot: tuple[str, ...] = ()
    """The lines behind the last of its items."""
    beside: str = ""
    """The comment on its line."""

    @property
    def is_null(self) -> bool:
        return self.kind == "scalar" and self.tag == "null"

    def get(self, key: str) -> TextNode | None:
        """Return the value of a key, the first of those that are written twice."""
        pairs = zip(self.items[::2], self.items[1::2], strict=True)
        return next(
            (value for name, value in pairs if name.kind == "scalar" and name.value == key), None
        )
