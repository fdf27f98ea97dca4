"""Read a text that holds JSON or YAML, with its comments.

In: a text. Out: its first document as `TextNode`s with their comments, and the comments behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from msgspec import Struct

from gitops_docs.kustomize.transform.structured_text.nodes import NotFound, TextNode, Unknown
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml import escapes
from gitops_docs.yaml.events import Event, Events, parse_events
from gitops_docs.yaml.limits import MAX_ALIAS_NODES, MAX_DEPTH
from gitops_docs.yaml.nodes import plain_kind

_COMMENT = Pattern(r"(?:\s*:)?\s+(#.*)\z")
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def parse(text: str) -> tuple[TextNode, tuple[str, ...]]:
    """Return the first document of a text with its comments, and those behind it.

    Raises:
        NotFound: The text is not YAML.
        Unknown: See `replaced`.
    """
    try:
        root = compose(text)
    except (yaml.YAMLError, ValueError):
        raise NotFound from None
    return root, _attach_comments(text, root)


def compose(text: str) -> TextNode:
    events = parse_events(text)
    try:
        return _composed(events, text)
    finally:
        events.dispose()


def _composed(events: Events, text: str) -> TextNode:
    stack: list[TextNode] = []
    root: TextNode | None = None
    count = 0
    while (event := events.get_event()) is not None:
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, _ENDS):
            ended = stack.pop()
            ended.end_line, ended.end_column = event.end_mark.line, event.end_mark.column
            continue
        made = _node(event)
        if made is None:
            continue
        start, end = event.start_mark.index, event.end_mark.index
        if made.style == '"' and escapes.of_slash(text, start, end) >= 0:
            raise NotFound
        count += 1
        if count > MAX_ALIAS_NODES or len(stack) >= MAX_DEPTH:
            raise Unknown("it holds more than is looked at")
        if stack:
            stack[-1].items.append(made)
        elif root is None:
            root = made
        if made.kind in ("map", "seq"):
            stack.append(made)
    if root is None:
        raise NotFound
    return root


def _node(event: Event) -> TextNode | None:
    """Return the node that an event begins; None where it begins none."""
    if isinstance(event, yaml.ScalarEvent):
        made = TextNode("scalar", event.value, style=event.style or "")
        made.tag = _resolved(event.value, made.style) if event.tag is None else f"!{event.tag}"
    elif isinstance(event, yaml.AliasEvent):
        made = TextNode("alias", event.anchor or "")
    elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
        if event.tag is not None:
            raise Unknown("it has a list or mapping with a tag")
        made = TextNode(
            "map" if isinstance(event, yaml.MappingStartEvent) else "seq",
            flow=bool(event.flow_style),
        )
    else:
        return None
    made.anchor = None if made.kind == "alias" else event.anchor
    made.line, made.column = event.start_mark.line, event.start_mark.column
    made.end_line, made.end_column = event.end_mark.line, event.end_mark.column
    return made


def _resolved(value: str, style: str) -> str:
    if style:
        return "str"
    return "merge" if value == "<<" else plain_kind(value)


class _Entry(Struct, eq=False):
    """A key of a mapping or an element of a list, both in block style, and where it begins."""

    node: TextNode
    line: int
    column: int
    holder: TextNode


def _entries(node: TextNode) -> Iterator[_Entry]:
    """Yield all of them in the order of the text."""
    if node.flow:
        return
    if node.kind == "map":
        for key, value in zip(node.items[::2], node.items[1::2], strict=True):
            yield _Entry(key, key.line, key.column, node)
            yield from _entries(value)
    for item in node.items if node.kind == "seq" else ():
        yield _Entry(item, item.line, node.column, node)
        yield from _entries(item)


def _attach_comments(text: str, root: TextNode) -> tuple[str, ...]:
    """Give the comments of a text to its nodes; those behind the last one are returned.

    Raises:
        Unknown: A comment stands where it is not known how kustomize writes it.
    """
    if "#" not in text:
        return ()
    lines = [line.rstrip("\r") for line in text.split("\n")]
    taken = _beside(lines, root)
    entries = list(_entries(root))
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if at in taken or not line.startswith("#"):
            if (
                at not in taken
                and line.startswith(("---", "..."))
                and any("#" in rest for rest in lines[at:])
            ):
                raise Unknown("it has comments and marks of documents")
            at += 1
            continue
        index = next(
            (number for number, entry in enumerate(entries) if entry.line >= at), len(entries)
        )
        following = entries[index] if index < len(entries) else None
        stop = following.line if following is not None else len(lines)
        first = at
        while first and first - 1 not in taken and not lines[first - 1].strip():
            first -= 1
        block = lines[first:stop]
        if any(one.strip() and not one.strip().startswith("#") for one in block):
            raise Unknown("it has a comment inside brackets")
        shown = _shown(block, leading=not index, trailing=following is None)
        if following is None:
            return shown
        _place(shown, block, entries[:index], following)
        at = stop
    return ()


def _place(
    shown: tuple[str, ...], block: list[str], before: list[_Entry], following: _Entry
) -> None:
    columns = [len(line) - len(line.lstrip()) for line in block if line.strip()]
    if not before or max(columns) <= following.column:
        following.node.head = shown
        return
    last = before[-1]
    inner = {entry.column for entry in before if entry.line >= _start_of_sibling(before, following)}
    if (
        min(columns) <= following.column
        or len(inner - {following.column}) > 1
        or last.column <= following.column
    ):
        raise Unknown("it has comments at the end of a mapping or list in another one")
    last.holder.foot = shown


def _start_of_sibling(before: list[_Entry], following: _Entry) -> int:
    """Return the line of the last entry that stands as deep as `following`."""
    return next((entry.line for entry in reversed(before) if entry.column <= following.column), 0)


def _beside(lines: list[str], root: TextNode) -> set[int]:
    """Give the comments on lines of nodes to these; the lines that nodes take."""
    ends: dict[int, tuple[TextNode, bool]] = {}
    taken: set[int] = set()
    headers: set[int] = set()
    for node, in_flow in _ended(root):
        last = node.end_line
        if node.style in ("|", ">"):
            last = last - 1 if node.end_column == 0 else last
            taken.update(range(node.line, last + 1))
            headers.add(node.line)
            header = lines[node.line][node.column :]
            if "#" in header:
                node.beside = header[header.index("#") :].rstrip()
            continue
        if node.kind == "map" or node.kind == "seq":
            taken.update(range(node.line, last + 1))
        elif last > node.line:
            taken.update(range(node.line, last + 1))
            if any("#" in line for line in lines[node.line : last]):
                raise Unknown("it has a `#` in a text of several lines")
        taken.add(last)
        other = ends.get(last)
        if other is None or other[0].end_column <= node.end_column:
            ends[last] = node, in_flow
    for at, (node, in_flow) in ends.items():
        if at in headers:
            continue
        rest = lines[at][node.end_column :]
        found = _COMMENT.match(rest)
        if in_flow and "#" in rest:
            raise Unknown("it has a comment inside brackets")
        if found is not None:
            node.beside = found[1].rstrip()
        elif "#" in rest:
            raise Unknown("it has a comment that is not understood")
    for number, line in enumerate(lines):
        if number not in taken and "#" in line and not line.strip().startswith("#"):
            raise Unknown("it has a comment behind a mark")
    return taken


def _ended(node: TextNode, in_flow: bool = False) -> Iterator[tuple[TextNode, bool]]:
    """Yield the scalars, and the lists and mappings in brackets, inner ones first; whether each is
    in brackets itself."""
    for item in node.items:
        yield from _ended(item, in_flow or node.flow)
    if node.kind in ("scalar", "alias") or (node.flow and not in_flow):
        yield node, in_flow


def _shown(block: list[str], *, leading: bool, trailing: bool) -> tuple[str, ...]:
    """Return the lines of comments as they are written again: at both ends of a text with their
    blank lines, else mostly without."""
    groups: list[list[str]] = []
    blank = True
    for line in block:
        if line.strip():
            if blank:
                groups.append([])
            groups[-1].append(line.strip())
        blank = not line.strip()
    opens, closes = not block[0].strip(), not block[-1].strip()
    joined = [
        line for number, group in enumerate(groups) for line in (["", *group] if number else group)
    ]
    if leading:
        return (*joined, *([""] if closes else []))
    if trailing:
        return (*([""] if opens else []), *joined)
    if len(groups) == 1:
        return (*joined, *([""] if closes and not opens else []))
    if len(groups) == 2 and not opens and not closes:
        return tuple(joined)
    raise Unknown("it has several comments in one place, with blank lines")
