"""Write a changed text: JSON as Go does, YAML as go-yaml v3 does.

In: the root of a text. Out: the text.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from math import isfinite

import yaml
from yaml.emitter import Emitter

from gitops_docs.kustomize.resources.hashing import go_json
from gitops_docs.kustomize.transform.structured_text.nodes import TextNode, Unknown, Unwritten
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Plain, plain_kind, scalar, scalar_value

_WIDTH = 1 << 30
_DATE = Pattern(r"\d{4}-\d\d-\d\d")
_LONG = "tag:yaml.org,2002:"
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def as_json(root: TextNode, text: str) -> str:
    """Return JSON as Go writes it: keys sorted, in two spaces where the text looked so, else
    without any.

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


def as_yaml(root: TextNode, behind: tuple[str, ...]) -> str:
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
    """Yield the events of a tree, each with its node."""
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
    """Return a scalar with the style and tag that go-yaml v3 gives it (`encoder.node`)."""
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
