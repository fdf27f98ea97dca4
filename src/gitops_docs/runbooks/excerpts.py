"""Compare a fenced YAML block in a page with the manifest that it shows.

In: a block and the objects of the repository. Out: findings, each with the line in the page and the
line in the manifest.

A block is compared where its first line is a comment with a path of the repository, or where it
holds an object whose kind and name (and namespace, if it is written) exist. It may show a part:
what it leaves out of a mapping is not a difference. What it shows must be so in the file as it is
written, or in the object as Flux applies it. A list is complete, unless the block has an ellipsis
(`...`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs import redaction
from gitops_docs.kubernetes import durations
from gitops_docs.model import Finding, Location, Severity
from gitops_docs.repository.checkout import Checkout
from gitops_docs.runbooks import rules
from gitops_docs.runbooks.document import Block, Document
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    as_text,
    is_null,
    plain_value,
)
from gitops_docs.yaml.parse import parse

LANGUAGES = frozenset({"yaml", "yml"})
_PATH_COMMENT = Pattern(
    r"\s*#+\s*`?((?:\./)?[\pL\pN_.@-]+(?:/[\pL\pN_.@-]+)+\.ya?ml)`?\s*(?:[(:#-].*)?\z"
)
_ELLIPSIS = Pattern(r"(?:^|[\s#])(?:\.\.\.|…)")
_PLACEHOLDER = Pattern(r"<[^<>]+>|\.\.\.|…|\A(?:YOUR|MY)[-_ ]|xxx+", ignore_case=True)
_TO_BE_DONE = Pattern(r"#.*\b(?:add|insert|append|new)\b", ignore_case=True)
"""A comment of a block that tells the reader to change the file: it shows what the file is not
yet."""
_LIMIT = 12
"""Differences of one object that are reported one by one."""
_LIMIT_OF_EXAMPLES = 3
"""The same, where the block may be an example."""
_QUOTED = 80


class Known(Struct, frozen=True):
    """An object of the repository, as Flux applies it or as it is written, and where."""

    kind: str
    namespace: str
    name: str
    data: Map
    file: str
    line: int
    applied: bool = True
    """Whether a layer applies it. Where one does, what stands in other files (patches, other
    overlays) is not what a page shows."""


class Difference(Struct, frozen=True):
    """A field that is not as the page shows it; `actual` None where the manifest lacks it or it
    must not be shown."""

    path: str
    line: int
    said: str | None
    actual: str | None
    file: str
    at: int


class Excerpts:
    """Compares the blocks of pages with the objects of a repository."""

    def __init__(self, checkout: Checkout, known: Iterable[Known]) -> None:
        self.checkout = checkout
        self._known = known

    @cached_property
    def by_name(self) -> dict[tuple[str, str], list[Known]]:
        """By kind and name; few repositories have a page that shows an object."""
        found: dict[tuple[str, str], list[Known]] = defaultdict(list)
        for item in self._known:
            found[item.kind, item.name].append(item)
        return found

    def check(self, document: Document, *, strict: bool) -> Iterator[Finding]:
        """Yield findings about all blocks of a page.

        Args:
            document: The page.
            strict: Whether it is a runbook. On other pages a block that does not name its file, or
                that says what to add to it, may be an example.
        """
        for block in document.blocks:
            if block.language in LANGUAGES and not block.ignored:
                claims = strict or (
                    self.named_path(block) is not None and not _TO_BE_DONE.contains(block.text)
                )
                for finding in self._block(
                    document, block, _LIMIT if claims else _LIMIT_OF_EXAMPLES
                ):
                    yield finding if claims else replace(finding, severity=Severity.INFO)

    def named_path(self, block: Block) -> str | None:
        """Return the path that the first line of a block names."""
        first = next((line for line in block.lines if line.strip()), "")
        match = _PATH_COMMENT.match(first)
        return match[1].removeprefix("./") if match else None

    def _block(self, document: Document, block: Block, limit: int) -> Iterator[Finding]:
        path = self.named_path(block)
        path = path if path is not None and path in self.checkout.files else None
        if path is None and "kind" not in block.text:
            return
        parsed = parse(block.text, document.source, first_line=block.line)
        if not parsed.complete:
            return
        partial = any(_ELLIPSIS.search(line) for line in block.lines)
        for part in parsed.documents:
            shown = part.root
            if type(shown) is not Map or not shown:
                continue
            kind, name = _text(shown.get("kind")), _text(as_map(shown.get("metadata")).get("name"))
            if kind and name and not _PLACEHOLDER.search(name):
                yield from self._object(document, shown, kind, name, path, partial, limit)
            elif path is not None and not kind:
                yield from self._fragment(document, shown, path, partial, limit)

    def _object(
        self,
        document: Document,
        shown: Map,
        kind: str,
        name: str,
        path: str | None,
        partial: bool,
        limit: int,
    ) -> Iterator[Finding]:
        if kind == "Secret":
            return
        namespace = _text(as_map(shown.get("metadata")).get("namespace"))
        known = [
            item
            for item in self.by_name.get((kind, name), ())
            if (namespace is None or item.namespace in (namespace, ""))
            and _group(item.data) == _group(shown)
        ]
        candidates = [
            (item.file, item.line, [item.data, *self._written(item.file, kind, name)])
            for item in known
            if item.applied or path is not None or not any(other.applied for other in known)
        ]
        if path is not None:
            written = self._written(path, kind, name)
            here = [candidate for candidate in candidates if candidate[0] == path]
            if not written and not here:
                message = f"{path} has no {kind} `{name}`, which this block says it shows"
                yield rules.ExcerptDiffers.at(Location(document.source, shown.line), message)
                return
            candidates = here or [(path, written[0].line, list(written))]
        if not candidates:
            return
        best: list[Difference] | None = None
        place = ("", 0)
        for file, line, nodes in candidates:
            found = list(_compare(shown, nodes, "", file, line, partial))
            if best is None or len(found) < len(best):
                best, place = found, (file, line)
        yield from self._report(document, f"{kind} {name}", best or [], place, limit)

    def _fragment(
        self, document: Document, shown: Map, path: str, partial: bool, limit: int
    ) -> Iterator[Finding]:
        """Yield a part of a file: it must be so at the top of one of its documents."""
        roots = [
            part.root for part in self.checkout.documents(path).documents if type(part.root) is Map
        ]
        roots = [root for root in roots if set(shown) <= set(root)]
        if not roots:
            return
        results = [list(_compare(shown, [root], "", path, root.line, partial)) for root in roots]
        yield from self._report(document, path, min(results, key=len), (path, roots[0].line), limit)

    def _written(self, file: str, kind: str, name: str) -> list[Map]:
        """Return the objects of a file as they are written."""
        if file not in self.checkout.files or not file.endswith((".yaml", ".yml")):
            return []
        return [
            part.root
            for part in self.checkout.documents(file).documents
            if type(part.root) is Map
            and _text(part.root.get("kind")) == kind
            and _text(as_map(part.root.get("metadata")).get("name")) == name
        ]

    def _report(
        self,
        document: Document,
        what: str,
        differences: Sequence[Difference],
        place: tuple[str, int],
        limit: int,
    ) -> Iterator[Finding]:
        for item in differences[:limit]:
            where = f"{item.file}:{item.at}" if item.at else f"{place[0]}:{place[1]}"
            if item.said is None:
                message = (
                    f"{what}: `{item.path}` also has `{item.actual}` at {where}, which this page "
                    f"leaves out"
                )
            elif item.actual is None:
                message = (
                    f"{what}: `{item.path}` is shown as `{item.said}`; {where} has no such value"
                )
            else:
                message = (
                    f"{what}: `{item.path}` is shown as `{item.said}` and is `{item.actual}` at "
                    f"{where}"
                )
            yield rules.ExcerptDiffers.at(Location(document.source, item.line), message)
        if len(differences) > limit:
            message = (
                f"{what}: {len(differences) - limit} more fields differ from {place[0]}:{place[1]}"
            )
            yield rules.ExcerptDiffers.at(
                Location(document.source, differences[limit].line), message
            )


def _compare(
    shown: Node, actual: Sequence[Node], path: str, file: str, line: int, partial: bool
) -> Iterator[Difference]:
    """Differences between what a page shows and any of the ways in which it is so (as applied, as
    written)."""
    if type(shown) is Map:
        yield from _compare_maps(
            shown, [node for node in actual if type(node) is Map], actual, path, file, line, partial
        )
    elif type(shown) is Seq:
        yield from _compare_lists(
            shown, [node for node in actual if type(node) is Seq], actual, path, file, line, partial
        )
    elif type(shown) is Scalar:
        if _PLACEHOLDER.search(shown) or is_null(shown) and partial:
            return
        known = [node for node in actual if type(node) is Scalar]
        if any(_same(shown, node) for node in known) or any(
            type(node) is Sealed for node in actual
        ):
            return
        origin = known[-1] if known else None
        yield Difference(
            path,
            shown.line,
            _quote(path, shown) or "a value",
            _quote(path, origin) if origin is not None else None,
            *_place(origin, file, line),
        )


def _compare_maps(
    shown: Map,
    known: list[Map],
    actual: Sequence[Node],
    path: str,
    file: str,
    line: int,
    partial: bool,
) -> Iterator[Difference]:
    if not known:
        if shown and not any(type(node) is Sealed for node in actual):
            yield Difference(
                path, shown.line, "a mapping", None, *_place(next(iter(actual), None), file, line)
            )
        return
    for key, value in shown.items():
        below = [node[key] for node in known if key in node]
        inner = f"{path}.{key}" if path else key
        if below:
            yield from _compare(value, below, inner, file, line, partial)
        elif not (is_null(value) or _PLACEHOLDER.search(key)):
            yield Difference(
                inner,
                getattr(value, "line", 0) or shown.line,
                _summary(inner, value),
                None,
                *_place(known[-1], file, line),
            )


def _compare_lists(
    shown: Seq,
    known: list[Seq],
    actual: Sequence[Node],
    path: str,
    file: str,
    line: int,
    partial: bool,
) -> Iterator[Difference]:
    if not known:
        yield Difference(
            path, shown.line, "a list", None, *_place(next(iter(actual), None), file, line)
        )
        return
    used: list[set[int]] = [set() for _ in known]
    for item in shown:
        if type(item) is Scalar and _PLACEHOLDER.search(item):
            continue
        matches = [(index, _match(item, node, used[index])) for index, node in enumerate(known)]
        below = []
        for index, position in matches:
            if position is not None:
                used[index].add(position)
                below.append(known[index][position])
        label = _label(path, item)
        inner = f"{path}[{label}]"
        if below:
            yield from _compare(item, below, inner, file, line, partial)
        else:
            yield Difference(
                path,
                getattr(item, "line", 0) or shown.line,
                label,
                None,
                *_place(known[-1], file, line),
            )
    if partial or not shown:
        return
    # Of the ways in which it is so, the one that was quoted: the others have other texts.
    quoted = min(range(len(known)), key=lambda index: len(known[index]) - len(used[index]))
    for position, item in enumerate(known[quoted]):
        if position not in used[quoted]:
            before = known[quoted][position - 1] if position else None
            behind_flag = type(before) is Scalar and redaction.is_secret_flag(before)
            label = redaction.REDACTED if behind_flag else _label(path, item)
            yield Difference(path, shown.line, None, label, *_place(item, file, line))


def _match(item: Node, among: Seq, used: set[int]) -> int | None:
    """Return the entry of a list that an entry of the page shows: the same text, the same name, or
    the least different one."""
    free = [index for index in range(len(among)) if index not in used]
    if type(item) is Map:
        for keys in (
            ("kind", "name", "namespace"),
            ("kind", "name"),
            ("name",),
            ("alert",),
            ("key",),
            ("secretKey",),
            ("path",),
            ("url",),
        ):
            if not any(key in item for key in keys) or any(
                type(item.get(key)) is Map for key in keys
            ):
                continue
            wanted = {key: str(item[key]) for key in keys if key in item}
            if len(wanted) < len([key for key in keys if key != "namespace"]):
                continue
            for index in free:
                other = as_map(among[index])
                if all(str(other.get(key)) == value for key, value in wanted.items()):
                    return index
            if keys in (("name",), ("kind", "name")):
                return None
        mappings = [index for index in free if type(among[index]) is Map]
        scored = [
            (sum(1 for _ in _compare(item, [among[index]], "", "", 0, True)), index)
            for index in mappings
        ]
        return min(scored)[1] if scored else None
    return next(
        (index for index in free if type(among[index]) is type(item) and _same(item, among[index])),
        None,
    )


def _same(left: Node, right: Node) -> bool:
    if type(left) is Scalar and type(right) is Scalar:
        if str(left).strip() == str(right).strip() or str(plain_value(left)) == str(
            plain_value(right)
        ):
            return True
        seconds = durations.seconds(left)
        return seconds is not None and seconds == durations.seconds(right)
    return plain_value(left) == plain_value(right)


def _label(path: str, item: Node) -> str:
    """Return an entry of the list at a path in a word or two."""
    if type(item) is Map:
        for key in ("name", "alert", "key", "kind", "path"):
            if type(item.get(key)) is Scalar:
                return _quote(key, item[key]) or key
        return ", ".join(list(item)[:3])
    return _quote(f"{path}[]", item) or "a value" if type(item) is Scalar else "a list"


def _summary(path: str, value: Node) -> str:
    if type(value) is Scalar:
        return _quote(path, value) or "a value"
    return "a mapping" if type(value) is Map else "a list"


def _quote(path: str, value: Node) -> str | None:
    """Return a value as a message may show it: one line, no credential."""
    if type(value) is not Scalar:
        return "a mapping" if type(value) is Map else "a list" if type(value) is Seq else None
    text = redaction.shown_field(path, str(value))
    if text is None:
        return redaction.REDACTED
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTED else f"{flat[: _QUOTED - 1]}…"


def _place(node: Node | None, file: str, line: int) -> tuple[str, int]:
    return (getattr(node, "file", "") or file, getattr(node, "line", 0) or line)


def _group(data: Map) -> str:
    """Return the API group of an object: another group is another kind, another version is a
    difference."""
    return (_text(data.get("apiVersion")) or "").rpartition("/")[0]


def _text(node: Node | None) -> str | None:
    found = as_text(node)
    return str(found) if found is not None else None
