"""Find the fenced blocks of ours in the Markdown of a page, and check them.

A block is a code fence whose language begins with `gitops-`; the guide's page `embedding.md`
describes each with its keys.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from gitops_docs.model import Finding, Location, Platform
from gitops_docs.repository.checkout import UnreadableFile
from gitops_docs.repository.tree import Tree
from gitops_docs.site import rules
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Scalar, Seq
from gitops_docs.yaml.parse import parse

if TYPE_CHECKING:
    from gitops_docs.pages.embedded.blocks import Blocks

_START = Pattern(r"^([ \t>]*)(`{3,}|~{3,})")
_FENCE = Pattern(
    r"^(?P<lead>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*\{?[ \t]*\.?(?P<name>gitops-[\pL\pN_-]+)"
)

Value = str | tuple[str, ...]
"""What a key of a block may hold."""


class Fence(Struct, frozen=True):
    """A block: the line of its fence from 1, its name, and the text between its fences."""

    line: int
    name: str
    source: str

    @property
    def is_known(self) -> bool:
        """Whether there is a block of this name."""
        from gitops_docs.pages.embedded.blocks import KEYS

        return self.name in KEYS


def fences(lines: Sequence[str]) -> Iterator[Fence]:
    """Yield the blocks whose names begin with `gitops-`; those inside longer fences are text and
    left out."""
    number = 0
    while number < len(lines):
        start = _START.match(lines[number])
        if start is None:
            number += 1
            continue
        lead, fence = start[1], start[2]
        end = number + 1
        while end < len(lines) and not _closes(lines[end], fence):
            end += 1
        ours = _FENCE.match(lines[number])
        if ours is not None:
            content = [
                line[len(lead) :] if line.startswith(lead) else line.lstrip()
                for line in lines[number + 1 : end]
            ]
            yield Fence(number + 1, ours["name"], "\n".join(content))
        number = end + 1


def _closes(line: str, fence: str) -> bool:
    text = line.strip(" \t>")
    return len(text) >= len(fence) and not text.strip(fence[0])


def options(source: str) -> tuple[dict[str, tuple[Value, int]], list[tuple[int, str]]]:
    """Return the keys of a block.

    Args:
        source: The YAML between the fences.

    Returns:
        Key to its value and the line below the fence, and what is wrong as (line below the fence,
        sentence).
    """
    if not source.strip():
        return {}, []
    parsed = parse(source, "", seal=False)
    wrong = [(finding.line or 1, finding.message) for finding in parsed.findings]
    root = parsed.documents[0].root if parsed.documents else None
    if root is None:
        return {}, wrong
    if type(root) is not Map:
        return {}, [*wrong, (1, "write it as `key: value`")]
    found: dict[str, tuple[Value, int]] = {}
    for key, value in root.items():
        line = getattr(key, "line", 0) or getattr(value, "line", 0) or 1
        if type(value) is Scalar:
            found[str(key)] = (str(value), line)
        elif type(value) is Seq and all(type(item) is Scalar for item in value):
            found[str(key)] = (tuple(str(item) for item in value), line)
        else:
            wrong.append((line, f"`{key}` takes a name, or a list of names"))
    return found, wrong


def check(platform: Platform, docs: Tree | None, directory: str) -> list[Finding]:
    """Check the blocks of all hand-written pages, as a build of the site does.

    Args:
        platform: What was scanned.
        docs: The files of `docs_dir`; None where there is none.
        directory: The path of `docs_dir` from the scan root.
    """
    findings: list[Finding] = []
    blocks: Blocks | None = None
    for path in sorted(docs.files) if docs is not None else ():
        text = _text(docs, path) if docs is not None and path.endswith(".md") else ""
        if "gitops-" not in text:
            continue
        source = posixpath.normpath(posixpath.join(directory, path))
        for fence in fences(text.splitlines()):
            if blocks is None:
                blocks = _blocks(platform)
            for line, sentence in problems(blocks, path, fence):
                findings.append(rules.BlockInvalid.at(Location(source, line), sentence))
    return findings


def _blocks(platform: Platform) -> Blocks:
    # late: few repositories have such blocks, and the pages are half of what there is to import
    from gitops_docs.pages.embedded.blocks import Blocks
    from gitops_docs.pages.html.page import Options
    from gitops_docs.pages.html.writer import Writer

    return Blocks(Writer(platform, Options()))


def problems(blocks: Blocks, uri: str, fence: Fence) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a block: the line on the page, and a sentence."""
    from gitops_docs.pages.embedded.blocks import KEYS, near

    if not fence.is_known:
        yield fence.line, f"there is no block `{fence.name}`{near(fence.name, KEYS)}"
        return
    keys, wrong = options(fence.source)
    for at, sentence in wrong:
        yield fence.line + at, f"{fence.name}: {sentence}"
    _, found = blocks.render(
        blocks.draft(uri), fence.name, {key: value for key, (value, _) in keys.items()}
    )
    for problem in found:
        at = keys[problem.key][1] if problem.key in keys else 0
        yield fence.line + at, f"{fence.name}: {problem.sentence}"


def _text(docs: Tree, path: str) -> str:
    try:
        return docs.read(path).decode("utf-8-sig")
    except (UnreadableFile, UnicodeDecodeError):
        return ""  # said where pages are read
