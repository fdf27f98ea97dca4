"""Parse what Helm takes behind `--set`: `path=value`, as a `targetPath` of `valuesFrom` is merged.

Rules: `pkg/strvals` of Helm, and `ReplacePathValue` of fluxcd/pkg/chartutil, which puts the path
and the value together.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_INDEX = 65536
"""Highest index of a list that Helm accepts."""
MAX_NESTING = 30
"""Most names in a path that Helm accepts."""

Part = str | int
"""A key of a mapping, or an index of a list."""


class Assignment(NamedTuple):
    """One path and the text, or the texts of a list in braces, that it gets."""

    path: tuple[Part, ...]
    value: str | tuple[str, ...]


class SyntaxFault(ValueError):
    """The text is not what Helm takes; the message is one clause without any of the text."""


def target_path(path: str, value: str, *, literal: bool = False) -> list[Assignment]:
    """What a `targetPath` and the value of a key set.

    Args:
        path: The `targetPath`.
        value: The text of the key. Quotes around it make it text, as helm-controller has it.
        literal: Whether `literal: true` is set: then the value stands as it is.

    Raises:
        SyntaxFault: helm-controller refuses them.
    """
    if literal:
        return [Assignment(_parse_path(path), value)]
    quoted = len(value) > 1 and (value[0] == value[-1] == "'" or value[0] == value[-1] == '"')
    return parse(f"{path}={value.strip(chr(39) + chr(34)) if quoted else value}")


def _parse_path(path: str) -> tuple[Part, ...]:
    parsed = parse(f"{path}=")
    return parsed[0].path


def parse(text: str) -> list[Assignment]:
    """Parse `a.b[0]=x,c={y,z}`.

    Raises:
        SyntaxFault: Helm refuses the text.
    """
    found: list[Assignment] = []
    at = 0
    while at < len(text) or not found:
        path, at = _path(text, at)
        value, at = _value(text, at)
        found.append(Assignment(path, value))
    return found


def _path(text: str, at: int) -> tuple[tuple[Part, ...], int]:
    """The path that begins at a place, and the place behind its `=`."""
    parts: list[Part] = []
    after_index = False
    while True:
        name, stop, at = _until(text, at, "=[,.")
        if name or not after_index:
            if after_index and name:
                raise SyntaxFault("text follows an index of a list")
            if stop in ("", ","):
                why = (
                    "it ends with a comma"
                    if stop == "" and not name and parts == [] and at
                    else "a key has no value"
                )
                raise SyntaxFault(f"{why}: a comma in a value is written `\\,`")
            parts.append(name)
        elif stop in ("", ","):
            raise SyntaxFault("a list has no value: a comma in a value is written `\\,`")
        if len(parts) > MAX_NESTING:
            raise SyntaxFault(f"it nests more than {MAX_NESTING} names")
        if stop == "=":
            return tuple(parts), at
        after_index = stop == "["
        if after_index:
            digits, end, at = _until(text, at, "]")
            if (
                end != "]"
                or not (digits.isascii() and digits.isdigit())
                or int(digits[:6]) > MAX_INDEX
            ):
                raise SyntaxFault("an index of a list is not a number that Helm accepts")
            parts.append(int(digits))
            if text[at : at + 1] == ".":
                at += 1
                after_index = False


def _value(text: str, at: int) -> tuple[str | tuple[str, ...], int]:
    if text[at : at + 1] != "{":
        value, _, at = _until(text, at, ",")
        return value, at
    at += 1
    items: list[str] = []
    while True:
        value, stop, at = _until(text, at, ",}")
        if stop == "":
            raise SyntaxFault("a list in braces has no end")
        if stop == "," or value or items:
            items.append(value)
        if stop == "}":
            if text[at : at + 1] == ",":
                at += 1
            elif at < len(text):
                raise SyntaxFault("text follows a list in braces")
            return tuple(items), at


def _until(text: str, at: int, stops: str) -> tuple[str, str, int]:
    """The text up to one of the stops, the stop (empty at the end), and the place behind it. A
    backslash takes the next character."""
    made: list[str] = []
    while at < len(text):
        char = text[at]
        at += 1
        if char in stops:
            return "".join(made), char, at
        if char == "\\" and at < len(text):
            char = text[at]
            at += 1
        made.append(char)
    return "".join(made), "", at
