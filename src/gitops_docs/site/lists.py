"""Indent lists of a hand-written page as Python-Markdown needs them.

In: Markdown whose lists are indented as GitHub and CommonMark accept them: below the text of an
item, so three columns under `1.` and two under `-`. Out: the same page with four columns a level,
which is what Python-Markdown reads (https://python-markdown.github.io/#differences). CommonMark's
own parser finds the lists; a page without any is returned as it is, and so is every line outside of
lists. Lists that already have four columns do not change.

What else differs between the two is settled here too: a list that follows a paragraph without an
empty line, `1)`, fences whose end is indented otherwise than their beginning, a code block on the
line of the marker, and a numbered list directly followed by a bulleted one. So are `<details>`,
whose contents are Markdown elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from gitops_docs.text.patterns import Pattern

LEVEL = 4
"""Columns of a level (`tab_length` of Python-Markdown)."""
_MARKER = Pattern(r"([-*+]|(\d{1,9})([.)]))( *)(.*)")
_LIST = Pattern(r"(?m)^[ \t>]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_BOX = Pattern(r"(?:!!!|\?\?\?\+?|===[!+]*)[ \t]+\S|\[\^[^\]]+\]:|:[ \t]{3}")
"""The head of an admonition, of details, of a tab, of a footnote, of a definition."""
_DETAILS = Pattern(r"(?i) {0,3}<details((?:[ \t][^>]*)?)>(.*)")
_FENCE = Pattern(r"(`{3,})[^`]*\z|(~{3,})")
_QUOTED = Pattern(r" {0,3}> ?")
_BETWEEN = "<!-- -->"
"""Ends a list for Python-Markdown."""
_MAX_DEPTH = 12
"""Levels of boxes and quotations that are followed."""
_LISTS = ("bullet_list", "ordered_list")
_SHORT = frozenset({*_LISTS, "list_item", "paragraph", "inline"})
"""Blocks that Python-Markdown ends at the next marker, without an empty line between."""


def indent(text: str) -> str:
    """Return a page with its lists indented by four columns a level.

    Args:
        text: Markdown without front matter. Lines end with a line feed.
    """
    if not _LIST.search(text):
        return text
    lines = text.split("\n")
    changed = _container(lines, 0)
    return text if changed == lines else "\n".join(changed)


def _container(lines: list[str], depth: int) -> list[str]:
    """Return the lines of a page, a box or a quotation, indented."""
    if depth > _MAX_DEPTH:
        return lines
    rows = [_Row(line) for line in lines]
    _boxes(rows, depth)
    seen = "\n".join("" if row.box is not None else row.line for row in rows)
    tree = SyntaxTreeNode(_parser().parse(seen))
    _blocks(tree.children, rows, 0, 0, depth)
    return [line for row in rows for line in row.lines()]


class _Row:
    """A line, where it goes, and what is put before it."""

    def __init__(self, line: str) -> None:
        blanks = line[: len(line) - len(line.lstrip(" \t"))]
        self.old = len(blanks.expandtabs(LEVEL))
        self.text = line[len(blanks) :]
        self.line = " " * self.old + self.text if "\t" in blanks else line
        self.before: list[str] = []
        self.after: list[str] = []
        self.new = self.old
        self.box: _Row | None = None
        """The head of the admonition, tab or block that it belongs to."""
        self.original = line

    def lines(self) -> Iterator[str]:
        yield from self.before
        move = self.new - self.old if self.box is None else self.box.new - self.box.old
        if not self.text or not move and self.line == self.original:
            yield self.line
        else:
            yield " " * max(0, self.old + move) + self.text
        yield from self.after

    def empty_before(self) -> None:
        if not self.before:
            self.before.append("")


def open_details(text: str) -> str:
    """Mark the `<details>` of a page whose contents GitHub and CommonMark read as Markdown: those
    with an empty line below their summary. Python-Markdown takes them for HTML (`md_in_html`)."""
    if "<details" not in text.lower():
        return text
    lines = text.split("\n")
    fence = ""
    for number, line in enumerate(lines):
        bare = line.strip()
        mark = _FENCE.match(bare)
        if fence:
            if bare.startswith(fence) and not bare.strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark[1] or mark[2]
        elif (found := _DETAILS.match(line)) and "markdown" not in found[1].lower():
            head = [found[2].strip()]
            for below in lines[number + 1 :]:
                if not below.strip():
                    break
                head.append(below.strip())
            if not (words := "".join(head).lower()) or words.endswith("</summary>"):
                start = line.lower().index("<details") + len("<details")
                lines[number] = f'{line[:start]} markdown="1"{line[start:]}'
    return "\n".join(lines)


def _boxes(rows: list[_Row], depth: int) -> None:
    """Indent what stands in admonitions, details and tabs, which CommonMark does not know: their
    content is four columns further in. Mark it as theirs."""
    number, fence = 0, ""
    while number < len(rows):
        row = rows[number]
        number += 1
        mark = _FENCE.match(row.text)
        if fence:
            if row.text.startswith(fence) and not row.text.strip(fence[0] + " "):
                fence = ""
            continue
        if mark:
            fence = mark[1] or mark[2]
            continue
        if not _BOX.match(row.text):
            continue
        end = last = number
        while end < len(rows) and (not rows[end].text or rows[end].old >= row.old + LEVEL):
            end += 1
            if rows[end - 1].text:
                last = end
        body = rows[number:last]
        if not body:
            continue
        inner = row.old + LEVEL
        inside = _container([one.line[inner:] if one.text else "" for one in body], depth + 1)
        replaced = [_Row(" " * inner + line if line else "") for line in inside]
        for one in replaced:
            one.box = row
        rows[number:last] = replaced
        number += len(replaced)


def _blocks(
    nodes: list[SyntaxTreeNode], rows: list[_Row], out: int, offset: int, depth: int
) -> None:
    """Place blocks that follow one another at column `out`; `offset` is where their container has
    its content now."""
    before: SyntaxTreeNode | None = None
    for node in nodes:
        if node.map is None:
            continue
        first, end = _extent(node, rows)
        is_list = node.type in _LISTS
        if before is not None and first:
            above = rows[first - 1]
            if is_list and before.type in _LISTS and before.type != node.type:
                rows[first].before[:] = ["", " " * out + _BETWEEN, ""]
            elif above.text and (is_list and before.type == "paragraph" or out):
                rows[first].empty_before()
        if is_list:
            _list(node, rows, out, depth)
        elif node.type == "blockquote":
            _quotation(rows, first, end, depth)
            if out:
                _move(rows, first, end, out - rows[first].old)
        elif out:
            _block(node, rows, first, end, out, offset)
        before = node


def _extent(node: SyntaxTreeNode, rows: list[_Row]) -> tuple[int, int]:
    """Return the first line of a block, and the one after its last that is not empty."""
    first, end = node.map or (0, 0)
    while end > first + 1 and (not rows[end - 1].text or rows[end - 1].box is not None):
        end -= 1
    return first, end


def _block(
    node: SyntaxTreeNode, rows: list[_Row], first: int, end: int, out: int, offset: int
) -> None:
    """Place a block that is not a list at column `out`."""
    if node.type == "code_block":
        least = min(row.old for row in rows[first:end] if row.text)
        if least < out + LEVEL:
            _move(rows, first, end, out - offset)
    elif node.type == "fence":
        for row in rows[first:end]:
            row.new = max(out, row.old + out - rows[first].old)
        _close(node, rows, first, end, out)
    elif node.type == "paragraph":
        for row in rows[first:end]:
            row.new = max(out, row.old + out - rows[first].old)
    else:
        _move(rows, first, end, out - rows[first].old)


def _close(node: SyntaxTreeNode, rows: list[_Row], first: int, end: int, out: int) -> None:
    """Put the end of a fence below its beginning, and give one to a fence that has none."""
    last = rows[end - 1]
    if (
        end - 1 > first
        and last.text.startswith(node.markup)
        and not last.text.strip(node.markup[0] + " ")
    ):
        last.new = out
    else:
        last.after.append(" " * out + node.markup)


def _move(rows: list[_Row], first: int, end: int, by: int) -> None:
    for row in rows[first:end]:
        row.new = row.old + by


def _quotation(rows: list[_Row], first: int, end: int, depth: int) -> None:
    """Indent the lists in a quotation; the lines that only go on with a paragraph stay."""
    inside, quoted = [], []
    for row in rows[first:end]:
        mark = _QUOTED.match(row.text)
        quoted.append(mark is not None)
        inside.append(row.text[mark.end() :] if mark else row.text)
    if not all(quoted):
        return
    changed = _container(inside, depth + 1)
    if changed == inside:
        return
    head, tail = changed[: len(inside)], changed[len(inside) :]
    for row, line in zip(rows[first:end], head, strict=False):
        row.text = f"> {line}".rstrip()
        row.original = ""
    rows[end - 1].after += [f"{' ' * rows[first].old}> {line}".rstrip() for line in tail]


def _list(node: SyntaxTreeNode, rows: list[_Row], out: int, depth: int) -> None:
    """Place a list, its markers at column `out`."""
    long_item = False
    for item in node.children:
        if item.map is None:
            continue
        first, end = item.map
        row = rows[first]
        marker = _MARKER.match(row.text)
        if marker is None:
            # Begins on the line of the item that it is in.
            continue
        if long_item and first and rows[first - 1].text:
            row.empty_before()
        row.new = out
        if marker[3] == ")":
            row.text = f"{marker[2]}.{row.text[len(marker[1]) :]}"
            row.original = ""
        width = len(marker[1]) + (len(marker[4]) if 1 <= len(marker[4]) <= LEVEL else 1)
        offset = row.old + (width if marker[5] else len(marker[1]) + 1)
        children = [child for child in item.children if child.map is not None]
        if children and (children[0].map or (0,))[0] == first and marker[5]:
            _first(children.pop(0), rows, first, out + LEVEL, marker[1], marker[5])
        _blocks(children, rows, out + LEVEL, offset, depth)
        if (
            children
            and rows[_extent(children[0], rows)[0] - 1].text
            and (children[0].type not in _LISTS and _extent(children[0], rows)[0] > first)
        ):
            rows[_extent(children[0], rows)[0]].empty_before()
        long_item = any(not rows[at].text for at in range(first, max(first, end - 1))) or any(
            one.type not in _SHORT for one in item.walk(include_self=False) if one.block
        )


def _first(
    node: SyntaxTreeNode, rows: list[_Row], first: int, out: int, marker: str, text: str
) -> None:
    """Place the block that begins on the line of the marker."""
    begin, end = _extent(node, rows)
    row = rows[first]
    if node.type == "fence":
        # Python-Markdown knows no fence behind a marker.
        for one in rows[begin + 1 : end]:
            one.new = max(out, one.old + out - row.old - len(marker) - 1)
        _close(node, rows, begin, end, out)
        row.text = row.text[: len(row.text) - len(text)].rstrip() + " &#8203;"
        row.original = ""
        row.after[:0] = ["", " " * out + text]
    elif node.type == "paragraph":
        for one in rows[begin + 1 : end]:
            one.new = max(out, one.old)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")
