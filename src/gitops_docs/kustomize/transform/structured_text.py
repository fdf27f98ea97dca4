"""Change a value inside a text that holds JSON or YAML, as replacements do since kustomize 5.8
(`setValueInStructuredData`).

In: the text, the rest of a path, a value. Out: the text as kustomize writes it again: JSON with
sorted keys, YAML with its comments, order and styles. Upstream parses with go-yaml v3, walks with
`PathMatcher` and prints with kyaml's encoder; the printer here is PyYAML's, which is a port of the
same one, with the comments put in.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from math import isfinite

import yaml
from msgspec import Struct, field
from yaml.emitter import Emitter

from gitops_docs.kustomize.resources.hashing import go_json
from gitops_docs.kustomize.transform import regexp
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml import escapes
from gitops_docs.yaml.events import Event, Events, parse_events
from gitops_docs.yaml.limits import MAX_ALIAS_NODES, MAX_DEPTH
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Plain,
    Scalar,
    Sealed,
    Seq,
    is_flow,
    plain_kind,
    scalar,
    scalar_kind,
    scalar_value,
)

_WIDTH = 1 << 30
_COMMENT = Pattern(r"(?:\s*:)?\s+(#.*)\z")
_DATE = Pattern(r"\d{4}-\d\d-\d\d")
_LONG = "tag:yaml.org,2002:"
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


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
        """The value of a key, the first of those that are written twice."""
        pairs = zip(self.items[::2], self.items[1::2], strict=True)
        return next(
            (value for name, value in pairs if name.kind == "scalar" and name.value == key), None
        )


def replaced(text: str, path: tuple[str, ...], value: Node, *, create: bool) -> str:
    """The text with a value at a path.

    Args:
        text: What the field holds.
        path: The parts of the path that lead on inside the text.
        value: The node to put there; a scalar gives its text only, so that the style of what was
            there stays.
        create: Whether what is missing is made.

    Raises:
        NotFound: The path leads to nothing.
        Unwritten: kustomize leaves the text as it is.
        Unknown: The result is not known here.
    """
    root, comments = _parse(text)
    for found in _matched(root, path, value, create):
        _put(found, value)
    start = text.strip()[:1]
    return _as_json(root, text) if start in ("{", "[") else _as_yaml(root, comments)


def leads_to(text: str, path: tuple[str, ...], value: Node, *, create: bool) -> bool:
    """Whether a path leads to something inside a text (`handleStructuredDataInScalar`, which
    forgets what it finds)."""
    try:
        return bool(_matched(_parse(text)[0], path, value, create))
    except NotFound:
        return False


# Reading


def _parse(text: str) -> tuple[TextNode, tuple[str, ...]]:
    """The first document of a text with its comments, and those behind it.

    Raises:
        NotFound: The text is not YAML.
        Unknown: See `replaced`.
    """
    try:
        root = _compose(text)
    except (yaml.YAMLError, ValueError):
        raise NotFound from None
    return root, _attach_comments(text, root)


def _compose(text: str) -> TextNode:
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
    """The node that an event begins; None where it begins none."""
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
    """All of them in the order of the text."""
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
    """The line of the last entry that stands as deep as `following`."""
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
    """The scalars, and the lists and mappings in brackets, inner ones first; whether each is in
    brackets itself."""
    for item in node.items:
        yield from _ended(item, in_flow or node.flow)
    if node.kind in ("scalar", "alias") or (node.flow and not in_flow):
        yield node, in_flow


def _shown(block: list[str], *, leading: bool, trailing: bool) -> tuple[str, ...]:
    """The lines of comments as they are written again: at both ends of a text with their blank
    lines, else mostly without."""
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


# Walking


def _matched(root: TextNode, path: tuple[str, ...], value: Node, create: bool) -> list[TextNode]:
    """The nodes that a path leads to.

    Raises:
        NotFound: There is none.
    """
    kind = "map" if type(value) is Map else "seq" if type(value) is Seq else "scalar"
    found = _walk(root, path, kind if create else "")
    if not found:
        raise NotFound
    return found


def _walk(node: TextNode, path: tuple[str, ...], create: str) -> list[TextNode]:
    if not path:
        return [node]
    part, rest = path[0], path[1:]
    if part.isdigit() or part == "*" or _is_condition(part):
        if node.is_null or (node.kind != "seq"):
            raise NotFound
        return _walk_list(node, part, rest, create)
    if node.is_null:
        return []
    if node.kind != "map":
        raise NotFound
    child = node.get(part)
    if child is None:
        if not create:
            return []
        child = _blank(rest, create)
        node.items += [TextNode("scalar", part), child]
    if child.kind == "alias":
        raise Unknown("the path leads through an alias")
    if child.kind == "scalar" and rest:
        inner = _compose_or_not(child.value)
        if inner is None:
            raise NotFound
        return _walk(inner, rest, create)
    return _walk(child, rest, create)


def _compose_or_not(text: str) -> TextNode | None:
    try:
        return _compose(text)
    except (NotFound, yaml.YAMLError, ValueError):
        return None


def _walk_list(node: TextNode, part: str, rest: tuple[str, ...], create: str) -> list[TextNode]:
    if part == "*":
        return [found for item in node.items for found in _walk(item, rest, create)]
    if part.isdigit():
        if int(part) == len(node.items) and create:
            node.items.append(_blank(rest, create))
        if int(part) >= len(node.items):
            raise NotFound
        return _walk(node.items[int(part)], rest, create)
    name, equals, wanted = part[1:-1].partition("=")
    if not equals:
        raise NotFound
    chosen = [item for item in node.items if _fits(item, name, wanted)]
    found = [one for item in chosen for one in _walk(item, rest if name else (), create)]
    if not found and create:
        made = TextNode("scalar", wanted)
        if name:
            made = TextNode("map", items=[TextNode("scalar", name), made])
        node.items.append(made)
        return _walk(made, rest if name else (), create)
    return found


def _fits(item: TextNode, name: str, pattern: str) -> bool:
    held = item if not name else item.get(name) if item.kind == "map" else None
    if held is None:
        return False
    if held.kind != "scalar":
        raise Unknown("a condition of the path is about a list or mapping")
    shown = f"{held.style}{held.value}{held.style}" if held.style in ("'", '"') else held.value
    try:
        return regexp.matches(pattern, shown, whole=False)
    except regexp.PatternError:
        raise NotFound from None


def _is_condition(part: str) -> bool:
    return part.startswith("[") and part.endswith("]")


def _blank(rest: tuple[str, ...], create: str) -> TextNode:
    """Return the empty node that is created for the rest of a path."""
    if not rest:
        return TextNode(create)
    return TextNode(
        "seq" if rest[0].isdigit() or rest[0] == "*" or _is_condition(rest[0]) else "map"
    )


def _put(node: TextNode, value: Node) -> None:
    held = value.unseal() if type(value) is Sealed else value
    if node.kind == "alias":
        raise Unknown("the path leads to an alias")
    if node.kind == "scalar":
        node.value = str(held) if type(held) is Scalar else ""
        return
    made = _of_value(held)
    node.kind, node.value, node.tag, node.style = made.kind, made.value, made.tag, made.style
    node.flow, node.items = made.flow, made.items


def _of_value(value: Node) -> TextNode:
    """Convert a node of an object to a node of a text."""
    if type(value) is Sealed:
        value = value.unseal()
    if type(value) is Map:
        items = [
            node
            for key, inner in value.items()
            for node in (TextNode("scalar", str(key), "str"), _of_value(inner))
        ]
        return TextNode("map", flow=is_flow(value), items=items)
    if type(value) is Seq:
        return TextNode("seq", flow=is_flow(value), items=[_of_value(inner) for inner in value])
    style = value.style if value.style in ("'", '"', "|", ">") else ""
    return TextNode("scalar", str(value), scalar_kind(value), style)


# Writing


def _as_json(root: TextNode, text: str) -> str:
    """JSON as Go writes it: keys sorted, in two spaces where the text looked so, else without any.

    Raises:
        Unwritten: Something is not JSON.
    """
    value = _json(root)
    wide = "\n" in text and "  " in text
    return _go_json(value, "\n" if wide else "")


def _json(node: TextNode) -> Plain:
    if node.kind == "alias" or node.anchor:
        raise Unknown("it has an anchor")
    if node.kind == "seq":
        return [_json(item) for item in node.items]
    if node.kind == "map":
        made: dict[str, Plain] = {}
        for key, value in zip(node.items[::2], node.items[1::2], strict=True):
            if key.kind == "scalar" and key.tag == "merge":
                raise Unknown("it has a merge key")
            if key.kind != "scalar" or _type_of(key) != "str" or key.value in made:
                raise Unwritten
            made[key.value] = _json(value)
        return made
    return _json_scalar(node)


def _type_of(node: TextNode) -> str:
    """Return the type that a scalar has when the text is read again."""
    if node.tag.startswith("!"):
        raise Unknown("it has a tag")
    if node.tag:
        return node.tag
    return plain_kind(node.value) if node.value else "str"


def _json_scalar(node: TextNode) -> Plain:
    kind = _type_of(node)
    if kind == "str":
        return node.value
    if plain_kind(node.value) != kind:
        raise Unwritten
    if kind == "timestamp":
        if not _DATE.fullmatch(node.value):
            raise Unknown("it has a time without quotes")
        return f"{node.value}T00:00:00Z"
    value = scalar_value(scalar(node.value))
    if isinstance(value, float) and not isfinite(value):
        raise Unwritten
    return value


def _go_json(value: Plain, end: str, indent: str = "") -> str:
    deeper = f"{indent}  "
    if isinstance(value, dict) and value:
        colon = ": " if end else ":"
        inner = [
            f"{_go_json(key, '')}{colon}{_go_json(value[key], end, deeper)}"
            for key in sorted(value)
        ]
    elif isinstance(value, list) and value:
        inner = [_go_json(item, end, deeper) for item in value]
    elif isinstance(value, float):
        return go_json(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    else:
        return go_json(value)
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    if not end:
        return f"{opened}{','.join(inner)}{closed}"
    return f"{opened}\n{deeper}" + f",\n{deeper}".join(inner) + f"\n{indent}{closed}"


def _as_yaml(root: TextNode, behind: tuple[str, ...]) -> str:
    out = io.StringIO()
    printer = _Printer(out)
    printer.emit(yaml.StreamStartEvent())
    printer.emit(yaml.DocumentStartEvent(explicit=False))
    for event, node in _events(root):
        printer.write(event, node)
    printer.emit(yaml.DocumentEndEvent(explicit=False))
    printer.emit(yaml.StreamEndEvent())
    written = out.getvalue()
    if behind:
        written = "\n".join([written.rstrip("\n"), *behind])
    return written.strip()


def _events(node: TextNode) -> Iterator[tuple[yaml.Event, TextNode]]:
    """The events of a tree, each with its node."""
    event: yaml.Event
    if node.kind == "alias":
        event = yaml.AliasEvent(node.value)
    elif node.kind == "scalar":
        event = _scalar_event(node)
    elif node.kind == "map":
        event = yaml.MappingStartEvent(node.anchor, None, True, flow_style=node.flow)
    else:
        event = yaml.SequenceStartEvent(node.anchor, None, True, flow_style=node.flow)
    yield event, node
    for item in node.items:
        yield from _events(item)
    if node.kind == "map" or node.kind == "seq":
        yield yaml.MappingEndEvent() if node.kind == "map" else yaml.SequenceEndEvent(), node


def _scalar_event(node: TextNode) -> yaml.Event:
    """A scalar with the style and tag that go-yaml v3 gives it (`encoder.node`)."""
    value, style, tag = node.value, node.style, None
    if node.tag.startswith("!"):
        tag = node.tag[1:]
    elif node.tag == "merge":
        tag = f"{_LONG}merge"
    elif node.tag and not (node.tag == "str" and style):
        kind = plain_kind(value)
        if kind != node.tag:
            if node.tag == "str":
                style = style or '"'
            else:
                tag = f"{_LONG}{node.tag}"
    if not style and "\n" in value:
        style = "|"
    if any(ord(character) > 0xFFFF for character in value):
        style = '"'
    return yaml.ScalarEvent(
        node.anchor, tag, (tag is None, tag is None), value, style=style or None
    )


class _Printer(Emitter):
    """Writes events as go-yaml v3 does, comments with them."""

    def __init__(self, stream: io.StringIO) -> None:
        super().__init__(stream, indent=2, width=_WIDTH, allow_unicode=True)
        self._nodes: dict[yaml.Event | None, TextNode] = {}
        """The node of each event: the emitter reads some events ahead."""
        self._key: TextNode | None = None
        self._header: TextNode | None = None

    def write(self, event: yaml.Event, node: TextNode) -> None:
        """Write the event of a node."""
        self._nodes[event] = node
        self.emit(event)

    def choose_scalar_style(self) -> str:
        event = self.event
        if isinstance(event, yaml.ScalarEvent) and not event.style and event.tag is not None:
            if self.analysis is None:
                self.analysis = self.analyze_scalar(event.value)
            fits = (
                self.analysis.allow_flow_plain
                if self.flow_level
                else self.analysis.allow_block_plain
            )
            empty = not event.value and not self.flow_level and not self.simple_key_context
            if empty or (event.value and fits):
                return ""
        return super().choose_scalar_style()

    def expect_block_sequence_item(self, first: bool = False) -> None:
        self._write_comments()
        super().expect_block_sequence_item(first)

    def expect_block_mapping_key(self, first: bool = False) -> None:
        self._write_comments()
        super().expect_block_mapping_key(first)

    def expect_block_mapping_simple_value(self) -> None:
        key, self._key = self._key, None
        self.write_indicator(":", False)
        self._write_beside(key)
        self.states.append(self.expect_block_mapping_key)
        self.expect_node(mapping=True)

    def expect_scalar(self) -> None:
        node = self._nodes[self.event]
        if self.simple_key_context:
            self._key = node
        self._header = node if self.style in ("|", ">") else None
        super().expect_scalar()
        if not self.simple_key_context and not self.flow_level and not self._header:
            self._write_beside(node)

    def expect_alias(self) -> None:
        node = self._nodes[self.event]
        super().expect_alias()
        if not self.flow_level:
            self._write_beside(node)

    def expect_flow_sequence_item(self) -> None:
        self._end_of_flow(super().expect_flow_sequence_item)

    def expect_first_flow_sequence_item(self) -> None:
        self._end_of_flow(super().expect_first_flow_sequence_item)

    def expect_flow_mapping_key(self) -> None:
        self._end_of_flow(super().expect_flow_mapping_key)

    def expect_first_flow_mapping_key(self) -> None:
        self._end_of_flow(super().expect_first_flow_mapping_key)

    def _end_of_flow(self, write: Callable[[], None]) -> None:
        event = self.event
        write()
        if not self.flow_level and isinstance(event, _ENDS):
            self._write_beside(self._nodes[event])

    def write_indicator(
        self,
        indicator: str,
        need_whitespace: bool,
        whitespace: bool = False,
        indention: bool = False,
    ) -> None:
        super().write_indicator(indicator, need_whitespace, whitespace, indention)
        if self._header is not None and indicator[:1] in ("|", ">"):
            self._write_beside(self._header)

    def write_folded(self, text: str) -> None:
        super().write_folded(text)
        self.open_ended = False
        if text.endswith("\n"):
            self.write_line_break()

    def write_literal(self, text: str) -> None:
        super().write_literal(text)
        self.open_ended = False

    def _write_comments(self) -> None:
        """Write what stands before the next key or element, or behind the last one."""
        node = self._nodes[self.event]
        is_end = isinstance(self.event, _ENDS)
        for line in node.foot if is_end else node.head:
            if line:
                self.write_indent()
                self._write_raw(line)
            else:
                self.write_indent()
                self.write_line_break()

    def _write_beside(self, node: TextNode | None) -> None:
        if node is not None and node.beside:
            self._write_raw(f" {node.beside}")

    def _write_raw(self, text: str) -> None:
        self.stream.write(text)
        self.column += len(text)
        self.whitespace = self.indention = False


__all__ = ["NotFound", "Unknown", "Unwritten", "leads_to", "replaced"]
