"""YAML as people write it: nested values to text, in block style or in braces, and the paths inside
a value.

In: dicts, lists, `Raw`s and `Block`s. Out: text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Raw:
    """A scalar as it is written."""

    text: str


@dataclass(frozen=True)
class Block:
    """A block scalar."""

    header: str
    lines: tuple[str, ...]


def dump(node: Any, indent: int = 0) -> str:
    """YAML text of nested dicts, lists, `Raw`s and `Block`s in block style; plain texts are quoted
    where they must be."""
    pad = "  " * indent
    if isinstance(node, dict) and node:
        return "".join(f"{pad}{key}:{_after(value, indent)}" for key, value in node.items())
    if isinstance(node, list) and node:
        return "".join(f"{pad}-{_after(value, indent)}" for value in node)
    return f"{pad}{_inline(node)}\n"


def _after(value: Any, indent: int) -> str:
    if isinstance(value, Block):
        pad = "  " * (indent + 2)
        return f" {value.header}\n" + "".join(
            f"{pad}{line}\n" if line else "\n" for line in value.lines
        )
    if isinstance(value, dict | list) and value:
        return "\n" + dump(value, indent + 1)
    written = _inline(value)
    return f" {written}\n" if written else "\n"


def _inline(value: Any) -> str:
    if isinstance(value, Raw):
        return value.text
    if value == {}:
        return "{}"
    if value == []:
        return "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def text(value: Any) -> Block:
    """A value as an inline text of its own, such as a patch."""
    return Block("|-", tuple(dump(value).rstrip("\n").split("\n")))


def flow(value: Any) -> Any:
    """A value as an inline text in braces, which most of the time is not JSON."""
    return Block("|-", (braced(value),))


def braced(node: Any) -> str:
    """YAML text in flow style."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{key}: {braced(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(braced(value) or "~" for value in node) + "]"
    if isinstance(node, Block):
        return '"' + "\\n".join(line.replace('"', '\\"') for line in node.lines) + '"'
    return _inline(node)


def odd_form(content: str, form: int) -> str:
    """A text as some editors leave it, in one of `FORMS` forms: other ends of lines, comments,
    marks of documents, blanks."""
    lines = content.split("\n")
    return [
        content.replace("\n", "\r\n"),
        "\ufeff" + content,
        "---\n" + content,
        content + "---\n",
        "# first\n---\n# second\n---\n" + content,
        content + "...\n",
        content.rstrip("\n"),
        "\n\n" + content + "\n\n  \n",
        "\n".join(f"{line} # said" if line.endswith(":") else line for line in lines),
        "# only a comment\n",
        "%YAML 1.1\n---\n" + content,
        content + "---\nnull\n---\n{}\n",
        content.replace("---\n", "--- # another\n"),
        "--- " + content,
    ][form]


FORMS = 14


def paths(node: Any, path: str = "") -> list[str]:
    """JSON pointers of all that is inside a value."""
    found = []
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, inner in items:
        if key == "<<":
            continue  # Once read there is no such key.
        here = f"{path}/{read_key(key).replace('~', '~0').replace('/', '~1')}"
        found += [here, *paths(inner, here)]
    return found


def value_at(node: Any, path: str) -> Any:
    """The value at a JSON pointer."""
    for part in path.split("/")[1:]:
        wanted = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = next(value for key, value in node.items() if read_key(key) == wanted)
        elif isinstance(node, list):
            node = node[int(wanted)]
    return node


def read_key(key: Any) -> str:
    """A key as it is read: without quotes and anchor."""
    return str(key).removeprefix("&k ").removeprefix("? ").strip("\"'")


def dotted(node: Any) -> list[str]:
    """Replacements' paths of all that is inside a value."""
    found = [
        path[1:].replace("~1", "/").replace("/", ".") for path in paths(node) if "~" not in path
    ]
    return [
        path
        for path in found
        if path not in ("apiVersion", "kind", "metadata", "metadata.name", "metadata.namespace")
    ]
