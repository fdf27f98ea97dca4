"""Patterns of `.gitignore`'s kind that a repository writes, matched so that none of them can take for ever, however many there are.

In: patterns and paths. Out: which of them mean a path. Expressions made of such patterns try every way in which stars can share a path out:
one line with eight `**` takes hours. Here each segment of a path is looked at once for each segment of a pattern.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

MAX_STARS = 4
"""Most `*` in a segment of a pattern that becomes one expression; people write two."""
_DIRECT = re.compile(r"(?<!\*)/\*\Z")
_STARS = re.compile(r"(?<!\\)(?:\\\\)*\*+")
_TOKEN = re.compile(r"\\(.)|(\?)|(.)", re.DOTALL)
_SPECIAL = re.compile(r"\\.|[*?/\\]+")
_FEW = 16
"""So many patterns are tried one by one."""


def too_many_stars(pattern: str) -> bool:
    """Whether a glob has more `*` in one segment than can be matched in time: each multiplies it by the length of a name."""
    return any(len(re.findall(r"\*+", segment)) > MAX_STARS for segment in pattern.split("/"))


class Glob(Struct, frozen=True):
    """A pattern of a gitignore file, which means a path and all below it; `!` and `[ ]` mean themselves."""

    segments: tuple[str, ...]
    directories_only: bool
    direct: bool
    """Whether it ends with `/*` and is read as in CODEOWNERS: for the files of that directory only."""

    @classmethod
    def of(cls, pattern: str) -> Glob | None:
        """A pattern as it is written; None for one that means nothing."""
        anchored = pattern.startswith("/")
        parts = [part for part in pattern.split("/") if part]
        if not parts:
            return None
        directories_only = pattern.endswith("/")
        if len(parts) == 1 and not anchored and parts[0] != "**":
            parts.insert(0, "**")
        return cls(tuple(parts), directories_only, bool(_DIRECT.search(pattern)))

    def matches(self, path: Sequence[str]) -> bool:
        """Whether a file, given by the segments of its path, is meant."""
        ends = self._ends(path)
        if self.direct:
            return ends == {len(path)}
        return any(end < len(path) for end in ends) if self.directories_only else bool(ends)

    def _ends(self, path: Sequence[str]) -> set[int]:
        """How many segments of a path the whole pattern can mean."""
        here = {0}
        for index, segment in enumerate(self.segments):
            if segment == "**":
                least = min(here)
                # At the end it stands for what is inside, before anything else for nothing too.
                least += index == len(self.segments) - 1
                here = set(range(least, len(path) + 1))
            else:
                here = {at + 1 for at in here if at < len(path) and segment_matches(segment, path[at])}
            if not here:
                break
        return here


@lru_cache(maxsize=65536)
def segment_matches(pattern: str, name: str) -> bool:
    """Whether a segment with `*`, `?` and escaped characters means a name."""
    if pattern == name:
        return True
    first, *rest = _pieces(pattern)
    match = first.match(name)
    if match is None:
        return False
    if not rest:
        return match.end() == len(name)
    at = match.end()
    for piece in rest[:-1]:
        found = piece.search(name, at)
        if found is None:
            return False
        at = found.end()
    # The last piece stands at the end; how long each is, is known.
    start = len(name) - _length(rest[-1])
    return start >= at and rest[-1].match(name, start) is not None


@lru_cache(maxsize=65536)
def _pieces(pattern: str) -> tuple[re.Pattern[str], ...]:
    """What stands between the stars of a segment: literal characters, and dots for `?`."""
    pieces, at = [], 0
    for stars in _STARS.finditer(pattern):
        end = stars.start() + len(stars[0]) - len(stars[0].lstrip("\\"))
        pieces.append(pattern[at:end])
        at = stars.end()
    pieces.append(pattern[at:])
    return tuple(
        re.compile(_TOKEN.sub(lambda match: "." if match[2] else re.escape(match[1] or match[3]), piece), re.DOTALL)
        for piece in pieces
    )


@lru_cache(maxsize=65536)
def _length(piece: re.Pattern[str]) -> int:
    """How many characters a piece means."""
    return len(re.sub(r"\\(.)", r"\1", piece.pattern, flags=re.DOTALL))


class Candidates:
    """Which of many patterns may mean a path: those of which the longest literal part stands in it."""

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
        """The numbers of the patterns, the last one first."""
        if self._search is None:
            return list(reversed(self._all))
        readable = path if path.isascii() else path.encode("utf-8", "replace").decode()
        found = {index for index, _, _ in self._search.find_matches_as_indexes(readable, overlapping=True)}
        numbers = [*self._always, *(number for index in found for number in self._holders[index])]
        return sorted(numbers, reverse=True)
