"""Make documents from the events of libyaml.

In: a text. Out: `Document`s whose nodes know file and line, and where scalars stand that a comment
could be mistaken for.
"""

from __future__ import annotations

import base64

from msgspec import Struct
from yaml import events as yaml_events

from gitops_docs.model import Finding, Location
from gitops_docs.yaml import escapes, rules
from gitops_docs.yaml.errors import Refused, complex_key, too_deep
from gitops_docs.yaml.events import Event, parse_events
from gitops_docs.yaml.limits import MAX_ALIAS_NODES, MAX_DEPTH, MAX_NODES
from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    PLAIN,
    Map,
    Node,
    Scalar,
    ScalarKind,
    Seq,
    bare_key,
    plain_kind,
    scalar,
)

_BINARY = "tag:yaml.org,2002:binary"
_TIME = "tag:yaml.org,2002:timestamp"
_OPEN_TAGS = frozenset({"!", _TIME})
"""Tags that leave it to the text what a plain scalar is. One that Go does not know makes a text of
it."""
_FITTING: dict[str, frozenset[ScalarKind]] = {
    "tag:yaml.org,2002:int": frozenset({"int"}),
    "tag:yaml.org,2002:float": frozenset({"int", "float"}),
    "tag:yaml.org,2002:bool": frozenset({"bool"}),
    "tag:yaml.org,2002:null": frozenset({"null"}),
    _TIME: frozenset({"timestamp"}),
}
"""Tags that ask for a kind of scalar, and what the text may be then (`resolve` of go-yaml v3)."""


_ENDS_OF_LINES = {ord(sign): None for sign in "\r\n"}
"""What Go's base64 passes over."""
_WORDS = frozenset(
    written
    for word in ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
    for written in (word, word.capitalize(), word.upper())
) | {"~"}
"""Words that may be something else than a text; what else may be begins with a character before
`A`."""


class Document(Struct, frozen=True):
    """One YAML document that is not empty. `line` is where its content starts."""

    root: Node
    file: str
    line: int
    index: int


class _Open:
    """A container that is being filled."""

    __slots__ = ("anchor", "count", "height", "is_map", "key", "key_line", "merges", "node")

    def __init__(self, node: Map | Seq, anchor: str | None) -> None:
        self.node = node
        self.is_map = type(node) is Map
        self.anchor = anchor
        self.count = 1
        self.height = 1
        self.key: str | None = None
        self.key_line = 0
        self.merges: Node | None = None


class _Anchors:
    """The anchors of one document, and how many nodes the aliases of one text stand for."""

    __slots__ = ("aliased", "first_line", "ready", "unfinished")

    def __init__(self) -> None:
        self.ready: dict[str | None, tuple[Node, int, int]] = {}
        """Name to the node, the nodes in it and its height."""
        self.unfinished: set[str | None] = set()
        self.aliased = 0
        self.first_line: int | None = None

    def begin_document(self) -> None:
        """Forget the anchors of the document before."""
        self.ready.clear()
        self.unfinished.clear()

    def begin(self, name: str | None) -> None:
        """Note a container with an anchor, which it may not hold itself."""
        self.unfinished.add(name)
        self.ready.pop(name, None)

    def end(self, name: str | None, node: Node, count: int, height: int) -> None:
        """Note that the container is read."""
        self.ready[name] = (node, count, height)
        self.unfinished.discard(name)

    def behind(self, name: str | None, line: int, depth: int) -> tuple[Node, int, int]:
        """Return the node behind an alias, the nodes in it and its height.

        Args:
            name: The name of the anchor.
            line: The line of the alias, from 0.
            depth: How many containers it lies in.

        Raises:
            Refused: There is no such anchor, or what aliases stand for is too deep or too large.
        """
        found = self.ready.get(name)
        if found is None:
            what = (
                "refers to itself"
                if name in self.unfinished
                else "has no anchor before it in this document"
            )
            raise Refused(
                # Not its name: a password that starts with `*` looks like one.
                rules.YamlAliasUnknown,
                f"an alias (`*name`) {what}; quote a text that starts with `*`",
                line,
            )
        node, count, height = found
        if depth + height > MAX_DEPTH:
            raise too_deep(line)
        self.aliased += count
        if self.first_line is None:
            self.first_line = line
        if self.aliased > MAX_ALIAS_NODES:
            raise Refused(
                rules.YamlAliasLimit,
                f"aliases from here on expand to more than {MAX_ALIAS_NODES} nodes; "
                f"write the values out or drop the aliases",
                self.first_line,
            )
        return node, count, height


class Reader:
    """Reads one text: `documents`, `findings` and `hidden`, from where to where scalars stand that
    have a `#` in them."""

    def __init__(self, file: str, first_line: int) -> None:
        self.file = file
        self.base = first_line
        self.documents: list[Document] = []
        self.findings: list[Finding] = []
        self.hidden: list[tuple[int, int]] = []
        self.complete = True

    def read(self, text: str) -> None:
        """Turn events into documents. One long loop on purpose: it runs once for each scalar of the
        repository."""
        parser = parse_events(text)
        next_event = parser.get_event
        file, base = self.file, self.base
        scalar_event, alias_event = yaml_events.ScalarEvent, yaml_events.AliasEvent
        mapping_start, sequence_start = (
            yaml_events.MappingStartEvent,
            yaml_events.SequenceStartEvent,
        )
        mapping_end, sequence_end = yaml_events.MappingEndEvent, yaml_events.SequenceEndEvent
        stack: list[_Open] = []
        anchors = _Anchors()
        nodes = index = 0
        top: _Open | None = None
        has_comments = "#" in text
        # A list on its own is a JSON patch, which is read as JSON.
        has_slashes = "\\/" in text and not text.lstrip().startswith("[")
        try:
            while (event := next_event()) is not None:
                kind: type[object] = type(event)
                count, height = 1, 0
                if kind is scalar_event:
                    nodes += 1
                    value = event.value
                    mark = event.start_mark
                    if has_comments and "#" in value:
                        # The line on which a block begins may end with a comment.
                        start = (
                            text.find("\n", mark.index) if event.style in ("|", ">") else mark.index
                        )
                        self.hidden.append((start, event.end_mark.index))
                    if has_slashes and event.style == DOUBLE_QUOTED:
                        _refuse_slash(text, mark.index, event.end_mark.index)
                    if (
                        top is not None
                        and top.key is None
                        and top.is_map
                        and event.anchor is None
                        and value != "<<"
                        and nodes <= MAX_NODES
                    ):
                        top.count += 1
                        top.key_line = mark.line + base
                        top.key = (
                            _key(event, top.key_line) if value < "A" or value in _WORDS else value
                        )
                        continue
                    made = Scalar(value if event.tag != _BINARY else _decoded(value, mark.line))
                    made.file = file
                    made.line = mark.line + base
                    made.style = (
                        event.style or PLAIN if event.tag is None else _style(event, mark.line)
                    )
                    node: Node = made
                    if event.anchor is not None:
                        anchors.ready[event.anchor] = (node, 1, 0)
                elif kind is mapping_start or kind is sequence_start:
                    nodes += 1
                    if len(stack) >= MAX_DEPTH:
                        raise too_deep(event.start_mark.line)
                    container: Map | Seq = Map() if kind is mapping_start else Seq()
                    container.file = file
                    container.line = event.start_mark.line + base
                    if event.flow_style:
                        container.flow = True
                    if top is not None and top.is_map and top.key is None:
                        raise complex_key(text, event.start_mark.line)
                    if type(container) is Seq:
                        container.key_line = (
                            top.key_line if top is not None and top.key is not None else 0
                        )
                    if event.anchor is not None:
                        anchors.begin(event.anchor)
                    top = _Open(container, event.anchor)
                    stack.append(top)
                    continue
                elif kind is mapping_end or kind is sequence_end:
                    closed = stack.pop()
                    node = closed.node
                    count, height = closed.count, closed.height
                    if closed.merges is not None:
                        _merge(node, closed.merges, event.start_mark.line)
                    if closed.anchor is not None:
                        anchors.end(closed.anchor, node, count, height)
                    top = stack[-1] if stack else None
                elif kind is alias_event:
                    line = event.start_mark.line
                    node, count, height = anchors.behind(event.anchor, line, len(stack))
                    if type(node) is Scalar:
                        node = _alias(node, line + base)
                elif kind is yaml_events.DocumentStartEvent:
                    anchors.begin_document()
                    continue
                elif kind is yaml_events.DocumentEndEvent:
                    index += 1
                    continue
                elif kind is yaml_events.StreamEndEvent:
                    return
                else:
                    continue
                if nodes > MAX_NODES:
                    raise Refused(
                        rules.YamlTooLarge,
                        f"more than {MAX_NODES} values in one file; split it",
                        event.start_mark.line,
                    )
                if top is None:
                    if type(node) is not Scalar or node or node.style != PLAIN:
                        self.documents.append(Document(node, file, node.line, index))
                    continue
                top.count += count
                if height >= top.height:
                    top.height = height + 1
                parent = top.node
                if type(parent) is Seq:
                    parent.append(node)
                    continue
                key = top.key
                if key is None:
                    if type(node) is not Scalar:
                        raise complex_key(text, event.start_mark.line)
                    if node.style != PLAIN:
                        top.key = str(node)
                    else:
                        top.key = _MERGE if node == "<<" else bare_key(str(node), node.line)
                    top.key_line = node.line
                    continue
                top.key = None
                if key is _MERGE:
                    if top.merges is not None:
                        raise Refused(
                            rules.YamlParse,
                            "a second merge key (`<<`) in one mapping; write one with a list: "
                            "`<<: [*a, *b]`",
                            top.key_line - base,
                        )
                    top.merges = node
                elif key in parent:
                    self._duplicate(key, top.key_line)
                    parent[key] = node
                else:
                    parent[key] = node
        finally:
            parser.dispose()

    def _duplicate(self, key: str, line: int) -> None:
        shown = key if len(key) <= 60 and key.isprintable() else "a key"
        self.findings.append(
            rules.YamlDuplicateKey.at(
                Location(self.file, line), f"`{shown}` is written twice in one mapping; keep one"
            )
        )


def _refuse_slash(text: str, start: int, end: int) -> None:
    """Raise Refused where a quoted scalar has an escape that YAML 1.1 does not know."""
    slash = escapes.of_slash(text, start, end)
    if slash >= 0:
        message = "Kubernetes and Flux do not know the escape `\\/`; write `/`"
        raise Refused(rules.YamlParse, message, text.count("\n", 0, slash))


def _style(event: Event, line: int) -> str:
    """Return the style by which to read a scalar with a tag.

    Raises:
        Refused: The value does not fit the tag.
    """
    style: str = event.style or PLAIN
    if event.tag in _FITTING:
        if plain_kind(event.value) not in _FITTING[event.tag]:
            raise _wrong_tag(event.tag, line)
        return style if event.tag == _TIME else PLAIN
    return DOUBLE_QUOTED if event.tag not in _OPEN_TAGS and style == PLAIN else style


def _wrong_tag(tag: str, line: int) -> Refused:
    short = f"!!{tag.rpartition(':')[2]}"
    message = f"the value does not fit its tag `{short}`; drop the tag, or write a value that fits"
    return Refused(rules.YamlParse, message, line)


def _decoded(value: str, line: int) -> str:
    """Return the text behind `!!binary`; the base64 as written where its bytes are not UTF-8.

    Unlike values of Secrets (`text.base64`), only line ends may break it, as in go-yaml.

    Raises:
        Refused: The value is not base64.
    """
    try:
        found = base64.b64decode(value.translate(_ENDS_OF_LINES), validate=True)
    except ValueError:
        raise _wrong_tag(_BINARY, line) from None
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError:
        return value


def _key(event: Event, line: int) -> str:
    """Return a key that is a number or a word unless quotes or a tag make a text of it."""
    written: str = event.value
    typed = event.tag in _FITTING if event.tag is not None else not event.style
    return bare_key(written, line) if typed else written


def _alias(node: Scalar, line: int) -> Scalar:
    """Return the scalar behind an alias, where the alias stands."""
    made = scalar(str(node), node.file, line, node.style)
    made.anchor = getattr(node, "anchor", node)
    return made


_MERGE = "<<\0merge"


def _merge(node: Map | Seq, merged: Node, line: int) -> None:
    """Apply a merge key: what the mapping says itself wins, then the earlier of several sources
    (YAML 1.1 merge key type).

    Raises:
        Refused: A source is not a mapping.
    """
    for source in merged if type(merged) is Seq else [merged]:
        if type(source) is not Map or type(node) is not Map:
            raise Refused(
                rules.YamlParse, "a merge key (`<<`) takes a mapping or a list of mappings", line
            )
        for key, value in source.items():
            node.setdefault(key, value)
