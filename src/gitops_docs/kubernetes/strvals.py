"""Set in values what Helm takes behind `--set`: `path=value`, as a `targetPath` of `valuesFrom` is
merged.

Rules: `pkg/strvals` of Helm, and `ReplacePathValue` of fluxcd/pkg/chartutil, which puts the path
and the value together.
"""

from __future__ import annotations

from collections.abc import Callable

from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import (
    PLAIN,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    is_null,
    mapping,
    scalar,
    sequence,
    text_like,
)

MAX_INDEX = 65536
"""Highest index of a list that Helm accepts."""
MAX_NESTING = 30
"""Most names in a path that Helm accepts."""
_TYPED = Pattern(r"(?i)(?:true|false|null|0|[+-]?[1-9]\d{0,17}|[+-]0\d{0,17})\z")
"""What Helm takes for a boolean, null or a number (`typedVal`)."""
_INDEX = Pattern(r"[+-]?\d{1,6}\z")


class SyntaxFault(ValueError):
    """The text is not what Helm takes, or does not fit the values; the message is one clause
    without any of the text."""


def set_target(values: Map, path: str, held: Scalar | Sealed, *, literal: bool) -> None:
    """Set what a `targetPath` and the value of a key say, in place.

    Args:
        values: The values; a mapping or list that is there is changed itself.
        path: The `targetPath`.
        held: The value of the key. Quotes around it make it text, as helm-controller has it; one
            that is sealed stands at the path as it is.
        literal: Whether `literal: true` is set: then the value stands as it is.

    Raises:
        SyntaxFault: helm-controller refuses them. Some of it may have been set before.
    """
    if type(held) is Sealed or literal:
        _Parser(f"{path}=", held, lambda _: held).into(values)
        return
    value = str(held)
    quoted = len(value) > 1 and (value[0] == value[-1] == "'" or value[0] == value[-1] == '"')
    if quoted:
        text = f"{path}={value.strip(chr(39) + chr(34))}"
        _Parser(text, held, lambda part: text_like(part, held)).into(values)
    else:
        _Parser(f"{path}={value}", held, lambda part: _typed(part, held)).into(values)


def _typed(text: str, held: Node) -> Scalar:
    if _TYPED.match(text) is None:
        return text_like(text, held)
    return text_like(text.lower().lstrip("+"), held, PLAIN)


class _Parser:
    """Reads the text once; `at` is the place of the next character."""

    def __init__(self, text: str, held: Node, make: Callable[[str], Node]) -> None:
        self.text = text
        self.at = 0
        self.make = make
        self.file = getattr(held, "file", "")
        self.line = getattr(held, "line", 0)

    def into(self, values: Map) -> None:
        """Set every assignment of the text."""
        while not self._key(values, 0):
            pass

    def _key(self, values: Map, nesting: int) -> bool:
        """Read a key and what belongs to it; whether the text ends there."""
        name, stop = self._until("=[,.")
        if stop == "":
            if name:
                raise SyntaxFault("a key has no value: a comma in a value is written `\\,`")
            return True
        if stop == ",":
            raise SyntaxFault("a key has no value: a comma in a value is written `\\,`")
        if stop == "=":
            value, ends = self._value()
            _set(values, name, value)
            return ends
        if stop == "[":
            index = self._index()
            there = values.get(name)
            if there is not None and type(there) is not Seq:
                raise SyntaxFault("a list is meant where the values have something else")
            items, ends = self._item(there if there is not None else self._list(), index, nesting)
            _set(values, name, items)
            return ends
        if nesting >= MAX_NESTING:
            raise SyntaxFault(f"it nests more than {MAX_NESTING} names")
        inner = values.get(name)
        if inner is not None and type(inner) is not Map:
            raise SyntaxFault("a mapping is meant where the values have something else")
        inner = inner if inner is not None else mapping(self.file, self.line)
        ends = self._key(inner, nesting + 1)
        if inner:
            _set(values, name, inner)
        elif not ends:
            raise SyntaxFault("a key has no value")
        return ends

    def _item(self, items: Seq, index: int, nesting: int) -> tuple[Seq, bool]:
        """Read what is set at an index of a list: the list, another one where it had to grow, and
        whether the text ends there."""
        name, stop = self._until("[.=")
        if name:
            raise SyntaxFault("text follows an index of a list")
        if stop == "":
            raise SyntaxFault("a list has no value: a comma in a value is written `\\,`")
        there = items[index] if index < len(items) else None
        if stop == "=":
            value, ends = self._value()
            return self._put(items, index, value), ends
        if stop == "[":
            following = self._index()
            if not is_null(there) and type(there) is not Seq:
                raise SyntaxFault("a list is meant where the values have something else")
            nested, ends = self._item(
                there if type(there) is Seq else self._list(), following, nesting
            )
            return self._put(items, index, nested), ends
        inner = there if type(there) is Map else mapping(self.file, self.line)
        ends = self._key(inner, nesting)
        return self._put(items, index, inner), ends

    def _index(self) -> int:
        digits, stop = self._until("]")
        if stop == "" or _INDEX.match(digits) is None or not 0 <= int(digits) <= MAX_INDEX:
            raise SyntaxFault("an index of a list is not a number that Helm accepts")
        return int(digits)

    def _put(self, items: Seq, index: int, value: Node) -> Seq:
        """Return the list with an item in place; a longer list where there is no such place yet."""
        if index >= len(items):
            more = index + 1 - len(items)
            nothing = scalar("null", self.file, self.line)
            items = sequence(items.file, items.line, [*items, *[nothing] * more])
        items[index] = value
        return items

    def _value(self) -> tuple[Node, bool]:
        """Read a value, or a list in braces, and the comma behind it; whether the text ends
        there."""
        if self.at == len(self.text):
            return self.make(""), True
        if self.text[self.at] != "{":
            return self.make(self._until(",")[0]), False
        self.at += 1
        items = self._list()
        while True:
            value, stop = self._until(",}")
            if stop == "":
                raise SyntaxFault("a list in braces has no end")
            items.append(self.make(value))
            if stop == "}":
                self.at += self.text[self.at : self.at + 1] == ","
                return items, False

    def _list(self) -> Seq:
        return sequence(self.file, self.line)

    def _until(self, stops: str) -> tuple[str, str]:
        """Read up to one of the stops: the text before, and the stop, empty at the end. A backslash
        takes the next character."""
        made: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char in stops:
                return "".join(made), char
            if char == "\\":
                if self.at == len(self.text):
                    break
                char = self.text[self.at]
                self.at += 1
            made.append(char)
        return "".join(made), ""


def _set(values: Map, key: str, value: Node) -> None:
    """Set a key; Helm passes over an empty one."""
    if key:
        values[key] = value
