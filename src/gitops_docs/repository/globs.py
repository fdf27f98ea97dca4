"""Match patterns of `.gitignore`'s kind in bounded time, however many there are.

In: patterns and paths. Out: which of them mean a path. Expressions made of such patterns try every
way in which stars can share a path out: one line with eight `**` takes hours. Here each segment of
a path is looked at once for each segment of a pattern.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from gitops_docs.text import patterns
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Match, Pattern, PatternError

_TOKEN = Pattern(r"\\(.)|\*+|[?]|[^*?\\]+|\\", dot_all=True)
_SPECIAL = Pattern(r"\\.|[*?/\\]+")
_FEW = 16
"""So many patterns are tried one by one."""


class Glob(Struct, frozen=True):
    """A pattern of a gitignore file, which means a path and all below it; `!` and `[ ]` mean
    themselves."""

    segments: tuple[str, ...]
    directories_only: bool
    direct: bool
    """Whether it ends with `/*` and is read as in CODEOWNERS: for the files of that directory
    only."""

    @classmethod
    def of(cls, pattern: str) -> Glob | None:
        """Return a pattern as it is written; None for one that means nothing."""
        anchored = pattern.startswith("/")
        parts = [part for part in pattern.split("/") if part]
        if not parts:
            return None
        directories_only = pattern.endswith("/")
        if len(parts) == 1 and not anchored and parts[0] != "**":
            parts.insert(0, "**")
        return cls(
            tuple(parts), directories_only, pattern.endswith("/*") and not pattern.endswith("*/*")
        )

    def matches(self, path: Sequence[str]) -> bool:
        """Return whether a file, given by the segments of its path, is meant."""
        ends = self._ends(path)
        if self.direct:
            return ends == {len(path)}
        return any(end < len(path) for end in ends) if self.directories_only else bool(ends)

    def _ends(self, path: Sequence[str]) -> set[int]:
        """Return how many segments of a path the whole pattern can mean."""
        here = {0}
        for index, segment in enumerate(self.segments):
            if segment == "**":
                least = min(here)
                # At the end it stands for what is inside, before anything else for nothing too.
                least += index == len(self.segments) - 1
                here = set(range(least, len(path) + 1))
            else:
                here = {
                    at + 1 for at in here if at < len(path) and segment_matches(segment, path[at])
                }
            if not here:
                break
        return here


@memo(65536)
def segment_matches(pattern: str, name: str) -> bool:
    """Return whether a segment with `*`, `?` and escaped characters means a name."""
    if pattern == name:
        return True
    first, *rest = _pieces(pattern)
    if not first.expression.match(name):
        return False
    at = first.length
    if not rest:
        return at == len(name)
    for piece in rest[:-1]:
        found = piece.expression.search(name, at)
        if found is None:
            return False
        at = found.end()
    # The last piece stands at the end.
    last = rest[-1]
    start = len(name) - last.length
    return start >= at and last.expression.match(name, start) is not None


class _Piece(Struct, frozen=True):
    """What stands between the stars of a segment: literal characters, and dots for `?`.

    There is no repetition in the expression, so there is nothing to go back to: looking for it
    costs at most its length times that of the name. There may be tens of thousands of them, and
    Python's take a tenth of the memory of RE2's.
    """

    expression: re.Pattern[str]
    length: int


@memo(65536)
def _pieces(pattern: str) -> tuple[_Piece, ...]:
    pieces, lengths = [""], [0]
    for token in _TOKEN.finditer(pattern):
        if token[0][0] == "*":
            pieces.append("")
            lengths.append(0)
            continue
        literal = token[1] or token[0]
        pieces[-1] += "." if token[0] == "?" else re.escape(literal)
        lengths[-1] += len(literal)
    return tuple(
        _Piece(re.compile(piece, re.DOTALL), length)
        for piece, length in zip(pieces, lengths, strict=True)
    )


class Candidates:
    """Which of many patterns may mean a path: those of which the longest literal part stands in
    it."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._always: list[int] = []
        self._holders: list[list[int]] = []
        by_literal: dict[str, list[int]] = defaultdict(list)
        number = 0
        for number, pattern in enumerate(patterns, 1):
            # What stands last tells most: paths have their beginnings in common.
            literal = max(reversed(_SPECIAL.split(pattern.partition("[")[0])), key=len)
            (by_literal[literal] if literal else self._always).append(number - 1)
        self._all = range(number)
        self._search: AhoCorasick | None = None
        if number > _FEW and by_literal:
            self._holders = list(by_literal.values())
            self._search = AhoCorasick(list(by_literal))

    def of(self, path: str) -> list[int]:
        """Return the numbers of the patterns, the last one first."""
        if self._search is None:
            return list(reversed(self._all))
        readable = path if path.isascii() else path.encode("utf-8", "replace").decode()
        found = {
            index
            for index, _, _ in self._search.find_matches_as_indexes(readable, overlapping=True)
        }
        numbers = [*self._always, *(number for index in found for number in self._holders[index])]
        return sorted(numbers, reverse=True)


_PART = Pattern(r"\\(.)|\*+|[?]|/|\[[!^]?\]?[^\]]*\]|[{},]|[^\\*?/\[{},]+|.", dot_all=True)
_UNCLASSED = Pattern(r"\\(.)|\*+|[?]|/|[{},]|[^\\*?/{},]+|.", dot_all=True)


@memo(1024)
def doublestar(pattern: str) -> Pattern:
    """Return a pattern across directories as an expression for whole paths
    (github.com/bmatcuk/doublestar): a segment `**` stands for any number of directories, `*` and
    `?` stay in one segment, `{a,b}` and `[a-z]` are alternatives, and a backslash takes a meaning
    away.

    Raises:
        PatternError: It is not valid, or is too large.
    """
    parts = _parts(pattern)
    closing = _braces([part[0] for part in parts])
    opened: list[tuple[int, bool]] = []
    written: list[str] = []
    begins = True  # a segment
    for number, part in enumerate(parts):
        text, began = part[0], begins
        begins = False
        if text[0] == "*":
            next_part = _after(parts, number + 1, [closing[brace] for brace, _ in opened])
            if text != "**" or not began or next_part not in ("", "/"):
                written.append("[^/]*")
            elif next_part == "/" and parts[number + 1][0] == "/":
                written.append("(?:[^/]+/)*")  # with its slash
            else:
                # At the end there is something below, or everything.
                written.append(".+" if number and parts[number - 1][0] == "/" else ".*")
        elif text == "/":
            written.append("" if number and written[-1] == "(?:[^/]+/)*" else "/")
            begins = True
        elif text == "?":
            written.append("[^/]")
        elif number in closing:
            opened.append((number, began))
            written.append("(?:")
            begins = began
        elif opened and number == closing[opened[-1][0]]:
            opened.pop()
            written.append(")")
        elif text == "," and opened:
            written.append("|")
            begins = opened[-1][1]
        elif text[0] == "[" and len(text) > 2:
            written.append(_class(text[1:-1]))
        else:
            written.append(patterns.escape(part[1] or text))
    return patterns.compile("".join(written), dot_all=True)


def _parts(pattern: str) -> list[Match]:
    """Return what a pattern consists of. Behind the last bracket none is closed: each would read
    the rest for its end."""
    end = pattern.rfind("]") + 1
    return [*_PART.finditer(pattern[:end]), *_UNCLASSED.finditer(pattern[end:])]


def _after(parts: list[Match], number: int, ends: list[int]) -> str:
    """Return what stands behind a part, behind the braces that it is the end of an alternative
    in."""
    while ends and number < len(parts) and (number == ends[-1] or parts[number][0] == ","):
        number = ends.pop() + 1
    return parts[number][0] if number < len(parts) else ""


def _braces(parts: list[str]) -> dict[int, int]:
    """Return where each `{` with a comma inside is closed; others mean themselves."""
    opened: list[tuple[int, bool]] = []
    found: dict[int, int] = {}
    for number, part in enumerate(parts):
        if part == "{":
            opened.append((number, False))
        elif part == "," and opened:
            opened[-1] = opened[-1][0], True
        elif part == "}" and opened:
            start, several = opened.pop()
            if several:
                found[start] = number
    return found


def _class(inside: str, negation: str = "!^") -> str:
    negated = inside[0] in negation
    members = patterns.sub(r"[\\\[\]^&~|]", lambda match: f"\\{match[0]}", inside[negated:])
    return f"[^/{members}]" if negated else f"[{members}]"


def wildcard(name: str, pattern: str) -> bool:
    """Return whether a pattern of `*`, `?` and `[a-z]`, which take any character, `/` too, means a
    whole name (`fnmatch.fnmatchcase`)."""
    try:
        return pattern == name or _wildcard(pattern).fullmatch(name) is not None
    except PatternError:
        return False


@memo(1024)
def _wildcard(pattern: str) -> Pattern:
    written = []
    for part in _parts(pattern):
        text = part[0]
        if text[0] == "*":
            written.append(".*")
        elif text == "?":
            written.append(".")
        elif text[0] == "[" and len(text) > 2:
            inside = _class(text[1:-1], "!")
            written.append(f"[^{inside[3:]}" if inside.startswith("[^/") else inside)
        else:
            written.append(patterns.escape(text))
    return patterns.compile("".join(written), dot_all=True)
