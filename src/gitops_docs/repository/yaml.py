"""Read YAML from text: documents with lines, never an exception.

In: the bytes or text of a file. Out: a `Parsed` of `Document`s whose trees are `nodes.Map`, `Seq`, `Scalar` and `Sealed`, and a
`Finding` for whatever could not be read.

The tree is built straight from libyaml's events, because PyYAML's own loaders refuse what go-yaml accepts (an anchor defined twice, a
plain `=`, unknown tags), turn `1.10` into a number, and crash the process on deep nesting: libyaml composes recursively, its events do
not recurse. Depth, nodes and alias expansion are counted on the way, before anything is built from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from msgspec import Struct, field
from yaml import events as yaml_events
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # of the stubs

from gitops_docs.model import Finding, Severity
from gitops_docs.nodes import DOUBLE_QUOTED, PLAIN, Map, Node, Scalar, Sealed, Seq
from gitops_docs.repository.sealing import may_hold_secrets, opened, seal_document

MAX_BYTES = 16 * 1024 * 1024
"""Largest file that is parsed, in bytes. Bundles of CustomResourceDefinitions reach 5 MB."""
MAX_DEPTH = 200
"""Deepest nesting of mappings and sequences. Real CustomResourceDefinitions stay below 80."""
MAX_NODES = 500_000
"""Most nodes in one file, aliases not expanded. The largest bundles of CustomResourceDefinitions have some 200,000."""
MAX_COMMENTS = 50_000
"""Most comments of one file that are kept, the first ones. The largest values files of charts have some 3,000."""
MAX_ALIAS_NODES = 200_000
"""Most nodes that aliases alone may add to a file."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{|\{%")
_LEADING_TAB = re.compile(r"^ *\t")
_REMEDIES = {
    "mapping values are not allowed": "quote a text that has `: ` in it, or correct the indentation",
    "did not find expected key": "indent the line like those that it belongs to",
    "did not find expected '-' indicator": "indent the line like those that it belongs to",
    "did not find expected node content": "a value or a closing bracket is missing",
    "did not find expected ','": "close the bracket, or put a comma between the items",
    "could not find expected ':'": "put a colon behind the key, or indent the rest of a text",
    "unexpected end of stream": "close the quotes or the bracket that stand open",
    "cannot start any token": "quote a text that begins with this character",
    "unexpected document indicator": "close the quotes or the bracket that stand open",
    "block sequence entries are not allowed": "put the list on lines of its own",
    "incompatible YAML document": "remove the `%YAML` line",
    "unknown directive": "remove the line, or quote a text that begins with `%`",
    "undefined tag handle": "declare it with `%TAG`, or remove the tag",
    "unknown escape character": "use single quotes, or write the backslash twice",
}
"""What libyaml says, and what to do."""
_STRING_TAGS = frozenset({"tag:yaml.org,2002:str", "!", "tag:yaml.org,2002:binary"})
_TYPED_TAGS = frozenset(
    {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"}
)


class Document(Struct, frozen=True):
    """One YAML document that is not empty. `line` is where its content starts."""

    root: Node
    file: str
    line: int
    index: int


class Comment(Struct, frozen=True):
    """A comment without its `#`; `own_line` where nothing else stands on the line."""

    text: str
    own_line: bool


class Parsed(Struct, frozen=True):
    """What a text holds. `complete` is False where a document could not be read; the ones before it are there."""

    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    complete: bool = True
    sealed: tuple[Sealed, ...] = ()
    """Every secret value of the documents, once."""
    comments: dict[int, Comment] = field(default_factory=dict)
    """By line, 1-based; none where the file is not complete."""


class _Refused(Exception):
    """A document that is not read further."""

    def __init__(self, code: str, message: str, line: int, severity: Severity = Severity.ERROR) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.line = line
        self.severity = severity


def parse(text: bytes | str, file: str, *, first_line: int = 1, seal: bool = True) -> Parsed:
    """The documents of `text`, which stands in `file` from `first_line` on.

    Args:
        text: UTF-8 bytes (a byte-order mark is dropped) or text.
        file: What findings and nodes name, relative to the scan root.
        first_line: Line of `file` where the text begins, 1-based.
        seal: Whether secret values are replaced by `Sealed`. Off only for text that is secret as a whole.
    """
    try:
        decoded = _decode(text)
    except _Refused as refused:
        return Parsed((), (_finding(refused, file, first_line),), complete=False)
    reader = _Reader(file, first_line)
    try:
        reader.read(decoded)
    except _Refused as refused:
        reader.findings.append(_finding(refused, file, first_line))
        reader.complete = False
    except (yaml.YAMLError, ValueError) as error:
        reader.findings.append(_finding(_explain(error, decoded), file, first_line))
        reader.complete = False
    documents = tuple(reader.documents)
    sealed: tuple[Sealed, ...] = ()
    if seal and may_hold_secrets(decoded):
        sealed = tuple(value for document in documents for value in seal_document(document.root))
    found = _comments(decoded, reader.hidden) if reader.complete and "#" in decoded else {}
    return Parsed(documents, tuple(reader.findings), reader.complete, sealed, found)


def parse_inline(node: object, *, seal: bool = True, trim: bool = False) -> Parsed:
    """The documents held in a scalar, such as an inline patch; their lines point into the file that holds it.

    A text that is sealed because a Secret stands in it can be read too: the Secret's values are sealed again. With `trim` blanks at
    both ends are taken off before.
    """
    held = opened(node)
    if held is None:
        return Parsed()
    written, first_line = str(held), held.line + 1 if held.style in ("|", ">") else held.line
    if trim:
        first_line += written.count("\n", 0, len(written) - len(written.lstrip()))
        written = written.strip()
    return parse(written, held.file, first_line=first_line, seal=seal)


def _finding(refused: _Refused, file: str, first_line: int) -> Finding:
    return Finding(refused.code, refused.severity, refused.message, file, refused.line + first_line)


def _decode(text: bytes | str) -> str:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    if len(text) > MAX_BYTES:
        size = len(text) // (1024 * 1024)
        raise _Refused(
            "file-too-large",
            f"{size} MB of YAML is more than the {MAX_BYTES >> 20} MB that are read; split the file",
            0,
        )
    if text.startswith(_LFS_POINTER):
        raise _Refused(
            "lfs-pointer", "this is a Git LFS pointer, not the file; run `git lfs pull` or keep manifests out of LFS", 0
        )
    try:
        return text.decode("utf-16" if text.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start)
        message = "the file is not UTF-8; save it as UTF-8, or encrypt or encode binary data"
        raise _Refused("yaml-encoding", message, line) from None


def _explain(error: Exception, text: str) -> _Refused:
    """What is wrong, in our words: the error's own text quotes the source, which may be secret."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line if mark is not None else 0
    column = mark.column + 1 if mark is not None else 1
    conflict = _CONFLICT.search(text)
    if conflict is not None and "<<<<<<<" in text:
        return _Refused(
            "yaml-parse",
            "merge conflict markers: resolve the conflict and commit again",
            text.count("\n", 0, conflict.start()),
        )
    lines = text.split("\n")
    near = lines[line] if line < len(lines) else ""
    for number in (line, line - 1):
        if 0 <= number < len(lines) and _LEADING_TAB.match(lines[number]):
            tab = lines[number].index("\t") + 1
            return _Refused("yaml-parse", f"a tab indents this line (column {tab}); YAML takes spaces only", number)
    if _TEMPLATE.search(near) or (line and line - 1 < len(lines) and _TEMPLATE.search(lines[line - 1])):
        where = line if _TEMPLATE.search(near) else line - 1
        return _template(where)
    if isinstance(error, yaml.reader.ReaderError):
        position = error.position if isinstance(error.position, int) else 0
        line = text.encode("utf-8", "replace")[:position].count(b"\n")
        if "\0" in text:
            return _Refused(
                "yaml-parse",
                "a NUL byte: the file is binary, or UTF-16 without a byte-order mark; save it as UTF-8 or take it out",
                line,
            )
        return _Refused("yaml-parse", "a control character that YAML does not allow; remove it", line)
    if "nesting depth" in str(getattr(error, "problem", "")):
        return _too_deep(line)
    problem = _harmless(getattr(error, "problem", None))
    remedy = next(
        (found for words, found in _REMEDIES.items() if words in problem), "mind indentation, quotes and colons"
    )
    return _Refused("yaml-parse", f"not valid YAML (column {column}): {problem}; {remedy}", line)


def _template(line: int) -> _Refused:
    return _Refused(
        "yaml-template",
        "looks like a Helm or Jinja template, not a manifest; keep templates out of directories that Flux applies",
        line,
        Severity.WARNING,
    )


def _too_deep(line: int) -> _Refused:
    return _Refused("yaml-too-deep", f"nested more than {MAX_DEPTH} levels deep; no manifest needs that", line)


def _harmless(problem: str | None) -> str:
    """libyaml's problem text, which names tokens and never quotes the source; anything else is left out."""
    if problem and re.fullmatch(r"[a-zA-Z ,.'`:<>{}\[\]\-%#]{1,80}", problem):
        return problem
    return "it cannot be understood"


class _Open:
    """A container that is being filled."""

    __slots__ = ("anchor", "count", "height", "is_map", "key", "key_line", "merges", "node")

    def __init__(self, node: Map | Seq, anchor: str | None) -> None:
        self.node: Any = node
        self.is_map = type(node) is Map
        self.anchor = anchor
        self.count = 1
        self.height = 1
        self.key: str | None = None
        self.key_line = 0
        self.merges: list[Any] | None = None


class _Reader:
    def __init__(self, file: str, first_line: int) -> None:
        self.file = file
        self.base = first_line
        self.documents: list[Document] = []
        self.findings: list[Finding] = []
        self.hidden: list[tuple[int, int]] = []
        self.complete = True

    def read(self, text: str) -> None:
        """Turn events into documents. One long loop on purpose: it runs once for each scalar of the repository."""
        parser = CParser(text)
        next_event = parser.get_event
        file, base = self.file, self.base
        scalar_event, alias_event = yaml_events.ScalarEvent, yaml_events.AliasEvent
        mapping_start, sequence_start = yaml_events.MappingStartEvent, yaml_events.SequenceStartEvent
        mapping_end, sequence_end = yaml_events.MappingEndEvent, yaml_events.SequenceEndEvent
        stack: list[_Open] = []
        anchors: dict[str, tuple[Any, int, int]] = {}
        open_anchors: set[str] = set()
        aliased = nodes = index = 0
        first_alias: int | None = None
        top: _Open | None = None
        has_comments = "#" in text
        try:
            while True:
                event: Any = next_event()  # Which fields it has follows from its kind.
                kind = type(event)
                count, height = 1, 0
                if kind is scalar_event:
                    nodes += 1
                    value = event.value
                    mark = event.start_mark
                    if has_comments and "#" in value:
                        # The line on which a block begins may end with a comment.
                        start = text.find("\n", mark.index) if event.style in ("|", ">") else mark.index
                        self.hidden.append((start, event.end_mark.index))
                    if (
                        top is not None
                        and top.key is None
                        and top.is_map
                        and event.anchor is None
                        and value != "<<"
                        and nodes <= MAX_NODES
                    ):
                        top.count += 1
                        top.key = value
                        top.key_line = mark.line + base
                        continue
                    node: Any = Scalar(value)
                    node.file = file
                    node.line = mark.line + base
                    style = event.style or PLAIN
                    if event.tag is not None:
                        if event.tag in _STRING_TAGS and style == PLAIN:
                            style = DOUBLE_QUOTED
                        elif event.tag in _TYPED_TAGS:
                            style = PLAIN
                    node.style = style
                    if event.anchor is not None:
                        anchors[event.anchor] = (node, 1, 0)
                elif kind is mapping_start or kind is sequence_start:
                    nodes += 1
                    if len(stack) >= MAX_DEPTH:
                        raise _too_deep(event.start_mark.line)
                    container: Map | Seq = Map() if kind is mapping_start else Seq()
                    container.file = file
                    container.line = event.start_mark.line + base
                    if event.flow_style:
                        container.flow = True
                    if top is not None and top.is_map and top.key is None:
                        raise self._complex_key(text, event.start_mark.line)
                    if type(container) is Seq:
                        container.key_line = top.key_line if top is not None and top.key is not None else 0
                    if event.anchor is not None:
                        open_anchors.add(event.anchor)
                        anchors.pop(event.anchor, None)
                    top = _Open(container, event.anchor)
                    stack.append(top)
                    continue
                elif kind is mapping_end or kind is sequence_end:
                    closed = stack.pop()
                    node = closed.node
                    count, height = closed.count, closed.height
                    if closed.merges:
                        _merge(node, closed.merges, event.start_mark.line)
                    if closed.anchor is not None:
                        anchors[closed.anchor] = (node, count, height)
                        open_anchors.discard(closed.anchor)
                    top = stack[-1] if stack else None
                elif kind is alias_event:
                    found = anchors.get(event.anchor)
                    if found is None:
                        what = (
                            "refers to itself"
                            if event.anchor in open_anchors
                            else "has no anchor before it in this document"
                        )
                        raise _Refused(
                            # Not its name: a password that starts with `*` looks like one.
                            "yaml-alias-unknown",
                            f"an alias (`*name`) {what}; quote a text that starts with `*`",
                            event.start_mark.line,
                        )
                    node, count, height = found
                    aliased += count
                    if len(stack) + height > MAX_DEPTH:
                        raise _too_deep(event.start_mark.line)
                    if first_alias is None:
                        first_alias = event.start_mark.line
                    if aliased > MAX_ALIAS_NODES:
                        raise _Refused(
                            "yaml-alias-limit",
                            f"aliases from here on expand to more than {MAX_ALIAS_NODES} nodes; write the values out or drop the aliases",
                            first_alias,
                        )
                elif kind is yaml_events.DocumentStartEvent:
                    anchors.clear()
                    open_anchors.clear()
                    continue
                elif kind is yaml_events.DocumentEndEvent:
                    index += 1
                    continue
                elif kind is yaml_events.StreamEndEvent:
                    return
                else:
                    continue
                if nodes > MAX_NODES:
                    raise _Refused(
                        "yaml-too-large",
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
                if not top.is_map:
                    parent.append(node)
                    continue
                key = top.key
                if key is None:
                    if type(node) is not Scalar:
                        raise self._complex_key(text, event.start_mark.line)
                    top.key = _MERGE if node == "<<" and node.style == PLAIN else str(node)
                    top.key_line = node.line
                    continue
                top.key = None
                if key is _MERGE:
                    if top.merges is None:
                        top.merges = []
                    top.merges.append(node)
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
            Finding(
                "yaml-duplicate-key",
                Severity.ERROR,
                f"`{shown}` is written twice in one mapping; keep one",
                self.file,
                line,
            )
        )

    def _complex_key(self, text: str, line: int) -> _Refused:
        lines = text.split("\n")
        if line < len(lines) and _TEMPLATE.search(lines[line]):
            return _template(line)
        return _Refused("yaml-complex-key", "a mapping or list is used as a key; Kubernetes takes text keys only", line)


_MERGE = "<<\0merge"


def _merge(node: Map | Seq, merges: list[Any], line: int) -> None:
    """Apply merge keys: what the mapping says itself wins, then the earlier of several sources (YAML 1.1 merge key type).

    Raises:
        _Refused: A source is no mapping.
    """
    sources: list[Any] = []
    for value in merges:
        sources.extend(value if type(value) is Seq else [value])
    for source in sources:
        if type(source) is not Map or type(node) is not Map:
            raise _Refused("yaml-parse", "a merge key (`<<`) takes a mapping or a list of mappings", line)
        for key, value in source.items():
            node.setdefault(key, value)


_NODES = (
    yaml_events.ScalarEvent,
    yaml_events.AliasEvent,
    yaml_events.MappingStartEvent,
    yaml_events.SequenceStartEvent,
)


def keys(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The keys of a YAML text that stand without quotes, and those in quotes: a tree has forgotten which is which.

    Both are empty where the text is not YAML.
    """
    bare: set[str] = set()
    quoted: set[str] = set()
    awaits: list[bool | None] = []  # For each open container whether a key comes next; None in a list.
    parser = CParser(text)
    next_event: Callable[[], Any] = parser.get_event
    try:
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is yaml_events.MappingEndEvent or kind is yaml_events.SequenceEndEvent:
                awaits.pop()
            elif kind in _NODES:
                is_key = bool(awaits) and awaits[-1] is True
                if is_key and kind is yaml_events.ScalarEvent:
                    (quoted if event.style or event.tag else bare).add(event.value)
                if awaits and awaits[-1] is not None:
                    awaits[-1] = not is_key
                if kind is yaml_events.MappingStartEvent:
                    awaits.append(True)
                elif kind is yaml_events.SequenceStartEvent:
                    awaits.append(None)
    except yaml.YAMLError:
        return frozenset(), frozenset()
    finally:
        parser.dispose()
    return frozenset(bare), frozenset(quoted)


def comments(text: str) -> dict[int, Comment]:
    """The comments of a YAML text by line, 1-based; none where it is not YAML."""
    return parse(text, "", seal=False).comments


def _comments(text: str, hidden: list[tuple[int, int]]) -> dict[int, Comment]:
    """The comments of a text. libyaml drops them: they are what lies between its scalars.

    Args:
        text: As it was read.
        hidden: From where to where scalars stand that have a `#` in them, in their order.
    """
    found: dict[int, Comment] = {}
    line, counted = 1, 0
    spans = iter([*hidden, (len(text), len(text))])
    start, end = next(spans)
    at = text.find("#")
    while at >= 0 and len(found) < MAX_COMMENTS:
        while end <= at:
            start, end = next(spans)
        if start <= at:
            at = text.find("#", end)
            continue
        if at and text[at - 1] not in " \t\n":
            at = text.find("#", at + 1)
            continue
        line += text.count("\n", counted, at)
        counted = at
        ends = text.find("\n", at)
        ends = len(text) if ends < 0 else ends
        before = text[text.rfind("\n", 0, at) + 1 : at]
        found[line] = Comment(text[at + 1 : ends].strip("# \t\r"), not before.strip())
        at = text.find("#", ends)
    return found


__all__ = ["Comment", "Document", "Parsed", "Sealed", "comments", "keys", "parse", "parse_inline"]
