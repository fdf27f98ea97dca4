"""Read `# gitops-docs: ignore CODE reason`: findings that an author has looked at.

In: findings, and the comments of the files that hold such words. Out: the findings that are left,
and what is wrong with the comments.

A comment beside something counts for its line. A comment of its own counts for the field below it
with all that is nested in it, and above an object for the whole object. A reason is required.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct, field

from gitops_docs.checks.registry import CODES
from gitops_docs.checks.rules import site as rules
from gitops_docs.model import Finding, Location
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern
from gitops_docs.text.suggest import near

_DIRECTIVE = Pattern(
    r"gitops-docs:\s*ignore\s+(?P<codes>[a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)(?P<reason>.*)\z",
    dot_all=True,
)
_MEANT = Pattern(r"gitops-docs:\s*ignore\b|gitops-docs:\s*[a-z-]+\s*\z")
_FENCE = Pattern(r"\s*(`{3,}|~{3,})")
"""A block in a Markdown page: a comment above it counts for all of it."""
_IN_MARKDOWN = Pattern(r"<!--\s*(gitops-docs:.*?)-->")


class Comment(Protocol):
    """A comment without its `#`; `own_line` where nothing else stands on the line."""

    @property
    def text(self) -> str: ...

    @property
    def own_line(self) -> bool: ...


class Commented(Struct, frozen=True):
    """A file, its text, and its comments by line."""

    file: str
    text: str
    comments: Mapping[int, Comment]


class _Ignore(Struct):
    file: str
    line: int
    code: str
    lines: range
    used: bool = field(default=False)


class _Note(Struct, frozen=True):
    text: str
    own_line: bool


def in_markdown(text: str) -> dict[int, Comment]:
    """Return the comments of a Markdown page that are for us, by line: `<!-- gitops-docs: ignore
    CODE reason -->`."""
    found: dict[int, Comment] = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = _IN_MARKDOWN.search(line)
        if match is not None:
            found[number] = _Note(match[1].strip(), not _IN_MARKDOWN.sub("", line).strip())
    return found


def apply(findings: Iterable[Finding], files: Iterable[Commented]) -> list[Finding]:
    """Return the findings that no comment ignores, and those about the comments."""
    about: list[Finding] = []
    ignores: dict[str, list[_Ignore]] = {}
    for file in files:
        for item in _read(file):
            if isinstance(item, Finding):
                about.append(item)
            else:
                ignores.setdefault(file.file, []).append(item)
    kept = [
        finding
        for finding in findings
        if not _ignored(finding, ignores.get(finding.file or "", ()))
    ]
    for items in ignores.values():
        for item in items:
            if not item.used:
                message = (
                    f"there is no finding `{item.code}` here to ignore; remove the comment or move "
                    f"it to the line of the finding"
                )
                about.append(rules.IgnoreUnused.at(item, message))
    return kept + about


def _ignored(finding: Finding, ignores: Iterable[_Ignore]) -> bool:
    hit = False
    for item in ignores:
        if item.code == finding.code and (finding.line or 1) in item.lines:
            item.used = hit = True
    return hit


def _read(file: Commented) -> Iterator[_Ignore | Finding]:
    lines = file.text.split("\n")
    for number, comment in sorted(file.comments.items()):
        match = _DIRECTIVE.match(comment.text)
        if match is None:
            # In a page, `gitops-docs: ignore` alone is for the check of excerpts, and a guide may
            # show the words.
            if _MEANT.match(comment.text) and not file.file.endswith(".md"):
                message = (
                    "a comment for this program reads `gitops-docs: ignore CODE reason`; this one "
                    "does nothing"
                )
                yield rules.IgnoreUnknown.at(Location(file.file, number), message)
            continue
        if not match["reason"].strip(" \t:-"):
            message = (
                "say why behind the code, e.g. `# gitops-docs: ignore orphan applied by hand`; "
                "without a reason nothing is ignored"
            )
            yield rules.IgnoreWithoutReason.at(Location(file.file, number), message)
            continue
        scope = (
            _block(lines, number, file.comments) if comment.own_line else range(number, number + 1)
        )
        for code in patterns.split(r"\s*,\s*", match["codes"]):
            if code not in CODES:
                likely = near(code, CODES)
                hint = (
                    f"; did you mean `{likely}`?"
                    if likely
                    else "; use the code that the finding shows"
                )
                yield rules.IgnoreUnknown.at(
                    Location(file.file, number), f"there is no finding `{code}`{hint}"
                )
            else:
                yield _Ignore(file.file, number, code, scope)


def _block(lines: list[str], number: int, comments: Mapping[int, Comment]) -> range:
    """Return the lines that a comment on line `number` stands above: a field with what is nested in
    it, or a whole document."""
    first = number + 1
    while first <= len(lines) and (_is_empty(lines[first - 1]) or _is_comment(first, comments)):
        first += 1
    if first > len(lines):
        return range(number, number + 1)
    fence = _FENCE.match(lines[first - 1])
    if fence is not None:
        closing = (
            end for end in range(first + 1, len(lines) + 1) if lines[end - 1].strip() == fence[1]
        )
        return range(number, next(closing, len(lines)) + 1)
    if lines[first - 1].startswith("---"):
        return range(number, _end_of_document(lines, first + 1))
    if _starts_document(lines, first, comments):
        return range(number, _end_of_document(lines, first))
    indent = _indent(lines[first - 1])
    item = lines[first - 1].lstrip().startswith("- ")
    last = first + 1
    while last <= len(lines):
        line = lines[last - 1]
        if not _is_empty(line):
            # A list may stand at the indentation of its key.
            listed = not item and _indent(line) == indent and line.lstrip().startswith("-")
            if line.startswith("---") or (_indent(line) <= indent and not listed):
                break
        last += 1
    return range(number, last)


def _starts_document(lines: list[str], first: int, comments: Mapping[int, Comment]) -> bool:
    if lines[first - 1][:1].isspace():
        return False
    for number in range(first - 1, 0, -1):
        line = lines[number - 1]
        if line.startswith("---"):
            return True
        if not _is_empty(line) and not _is_comment(number, comments):
            return False
    return True


def _end_of_document(lines: list[str], first: int) -> int:
    return next(
        (number for number in range(first, len(lines) + 1) if lines[number - 1].startswith("---")),
        len(lines) + 1,
    )


def _is_empty(line: str) -> bool:
    return not line.strip()


def _is_comment(number: int, comments: Mapping[int, Comment]) -> bool:
    comment = comments.get(number)
    return comment is not None and comment.own_line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
