"""Match texts of a repository in linear time: the only door to RE2.

Python's own engine backtracks, and a text of a repository can make it run without end. RE2 never
does: one search costs at most the size of the pattern times the length of the text. It has Go's
syntax and semantics, which is also what kustomize's selectors mean
(https://github.com/google/re2/wiki/Syntax). What is different from `re`:

- no look-around and no back-references;
- `\\z` is the end of the text, `\\Z` is an error, and `$` without `multiline` is `\\z`;
- `\\d`, `\\w`, `\\s` and `\\b` know ASCII only; `\\pL` and `\\pN` are the letters and digits of all
  languages;
- `\\x{2028}` instead of `\\u2028`; at most 1,000 repetitions in `{m,n}`;
- a group that took no part in a match has the empty text (see `Match`).

A search is linear, a loop of searches need not be: where one match is found only after the rest of
the text was read, n matches read n times the rest. So there is no argument `pos` (see `Cursor`),
and `tests/safety/test_linear.py` counts what the loops (`finditer`, `findall`, `sub`, `split`) of
our expressions read.

Offsets are code points of the given text, as in `re`. Half surrogates, which UTF-8 cannot hold, are
matched as U+FFFD; groups still return the original text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypeAlias

from gitops_docs.text.memo import memo

if TYPE_CHECKING:
    import re2

__all__ = [
    "Cursor",
    "Match",
    "Pattern",
    "PatternError",
    "PatternSet",
    "compile",
    "escape",
    "findall",
    "fullmatch",
    "match",
    "search",
    "split",
    "sub",
]

_MEMORY = 16 << 20
"""Bytes that the automaton of one pattern may take. Where they do not suffice, RE2 uses a slower
engine, also linear."""
_MEMORY_OF_SET = 64 << 20
"""The same for a set, which has no slower engine."""
_MEMORY_OF_FOREIGN = 2 << 20
"""The same for a pattern that a repository wrote. Limits its program to some 90,000
instructions."""


class PatternError(ValueError):
    """Not a regular expression, or one that is too large."""


class Pattern:
    """A regular expression, compiled when it is first used.

    Args:
        pattern: The expression.
        ignore_case: Letters match in either case, as with `(?i)`.
        multiline: `^` and `$` match at each line, as with `(?m)`.
        dot_all: `.` matches a line feed, as with `(?s)`.

    Every method may raise PatternError where the expression is not valid; `compile` does so at once.
    """

    __slots__ = ("_compiled", "_memory", "_plain", "flags", "pattern")

    def __init__(
        self,
        pattern: str,
        *,
        ignore_case: bool = False,
        multiline: bool = False,
        dot_all: bool = False,
    ) -> None:
        letters = (
            ("i" if ignore_case else "") + ("m" if multiline else "") + ("s" if dot_all else "")
        )
        self._start(pattern, letters, _MEMORY)

    def _start(self, pattern: str, flags: str, memory: int) -> None:
        self.pattern = pattern
        self.flags = flags
        self._memory = memory
        self._compiled: _Program | None = None
        self._plain: _Program | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.pattern, self.flags, self._memory)

    def __repr__(self) -> str:
        return f"Pattern({self.pattern!r}{f', flags={self.flags!r}' if self.flags else ''})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pattern):
            return NotImplemented
        return (self.pattern, self.flags) == (other.pattern, other.flags)

    def __hash__(self) -> int:
        return hash((self.pattern, self.flags))

    def _program(self) -> _Program:
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = _compiled(self.pattern, self.flags, self._memory)
        return compiled

    @property
    def groups(self) -> int:
        """How many groups the expression captures."""
        return self._program().groups

    @property
    def groupindex(self) -> dict[str, int]:
        """Number of each named group; it is not changed."""
        return self._program().names

    def cost(self, text: str) -> int:
        """Return the most that one search in a text may take, in steps: the size of the program
        times the characters."""
        return self._program().size * (len(text) + 1)

    def contains(self, text: str) -> bool:
        """Return whether the text holds a match. Quicker than `search`, for it looks for no
        group."""
        plain = self._plain
        if plain is None:
            plain = self._plain = _compiled(self.pattern, self.flags, self._memory, captures=False)
        encoded = _encoded(text)
        return plain.search(encoded, 0, len(encoded))[0][0] >= 0

    def search(self, text: str) -> Match | None:
        """Return the first match in the text."""
        encoded = _encoded(text)
        return self._made(self._program().search(encoded, 0, len(encoded)), text, encoded)

    def match(self, text: str) -> Match | None:
        """Return the match that begins where the text does."""
        encoded = _encoded(text)
        return self._made(self._program().match(encoded, 0, len(encoded)), text, encoded)

    def fullmatch(self, text: str) -> Match | None:
        """Return the match that is the whole text."""
        encoded = _encoded(text)
        return self._made(self._program().fullmatch(encoded, 0, len(encoded)), text, encoded)

    def _made(self, found: _Spans, text: str, encoded: bytes) -> Match | None:
        if found[0][0] < 0:
            return None
        spans = found if len(text) == len(encoded) else _in_characters(found, encoded, 0, 0)
        return Match(self, text, spans)

    def finditer(self, text: str) -> Iterator[Match]:
        """Yield all matches that do not overlap, from the left. An empty match may follow another
        match, as in `re`.

        Unlike there, no match that is not empty begins where an empty one was found: `(?:)|a` never
        finds the `a`.
        """
        search = self._program().search
        encoded = _encoded(text)
        end = len(encoded)
        is_ascii = end == len(text)
        at = done = chars = 0  # the next search; a place in bytes, and the same place in characters
        while at <= end:
            found = search(encoded, at, end)
            start, stop = found[0]
            if start < 0:
                return
            spans = found if is_ascii else _in_characters(found, encoded, done, chars)
            yield Match(self, text, spans)
            done, chars = start, spans[0][0]
            at = stop
            if start == stop:
                at += 1
                while at < end and encoded[at] & 0xC0 == 0x80:
                    at += 1

    def findall(self, text: str) -> list[str]:
        """Return the text of each match; of its group where the expression has one.

        Raises:
            ValueError: The expression has several groups.
        """
        groups = self.groups
        if groups > 1:
            raise ValueError("an expression with several groups: use finditer")
        encoded = _encoded(text)
        if len(encoded) != len(text):
            return [found[groups] for found in self.finditer(text)]
        search, pieces, at, end = self._program().search, list[str](), 0, len(encoded)
        while at <= end:
            found = search(encoded, at, end)
            start, stop = found[0]
            if start < 0:
                break
            at = stop + 1 if start == stop else stop
            if groups:
                start, stop = found[1]
            pieces.append(text[start:stop] if start >= 0 else "")
        return pieces

    def sub(self, replacement: str | Callable[[Match], str], text: str, count: int = 0) -> str:
        """Return the text with its matches replaced.

        Args:
            replacement: The text to put there as it stands (nothing in it is special), or a
                function that makes it of the match.
            text: Where to replace.
            count: How many matches at most; 0 for all.
        """
        pieces: list[str] = []
        end = 0
        for number, found in enumerate(self.finditer(text), 1):
            start, stop = found.span()
            pieces += (
                text[end:start],
                replacement if isinstance(replacement, str) else replacement(found),
            )
            end = stop
            if number == count:
                break
        if not pieces:
            return text
        pieces.append(text[end:])
        return "".join(pieces)

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        """Return the pieces between matches, with the groups of each match between them as in `re`.

        Args:
            text: What to split.
            maxsplit: At how many matches at most; 0 for all.
        """
        pieces: list[str] = []
        end = 0
        for number, found in enumerate(self.finditer(text), 1):
            start, stop = found.span()
            pieces.append(text[end:start])
            pieces += found.groups()
            end = stop
            if number == maxsplit:
                break
        pieces.append(text[end:])
        return pieces


_Spans: TypeAlias = list[tuple[int, int]]
"""Where the match and each group of it begin and end; (-1, -1) where a group took no part."""
_Search: TypeAlias = Callable[[bytes, int, int], _Spans]


class Match:
    """One match; places are characters of `string`.

    `match[1]` and `match["name"]` are the text of a group. A group that took no part has the empty
    text, as in Go; `has` tells the difference.
    """

    __slots__ = ("_spans", "re", "string")

    def __init__(self, pattern: Pattern, text: str, spans: _Spans) -> None:
        self.re = pattern
        self.string = text
        self._spans = spans

    def __repr__(self) -> str:
        return f"Match(span={self.span()})"  # not the text, which may be a secret

    def _number(self, group: int | str) -> int:
        if isinstance(group, str):
            try:
                return self.re.groupindex[group]
            except KeyError:
                raise IndexError(f"no group {group}") from None
        return group

    def __getitem__(self, group: int | str) -> str:
        start, end = self._spans[self._number(group)]
        return "" if start < 0 else self.string[start:end]

    def has(self, group: int | str) -> bool:
        """Return whether a group took part in the match; its text may still be empty."""
        return self._spans[self._number(group)][0] >= 0

    def groups(self) -> tuple[str, ...]:
        """Return the text of each group."""
        return tuple("" if start < 0 else self.string[start:end] for start, end in self._spans[1:])

    def groupdict(self) -> dict[str, str]:
        """Return the text of each named group."""
        return {name: self[index] for name, index in self.re.groupindex.items()}

    @property
    def lastgroup(self) -> str | None:
        """Name of the last named group, by number, that took part."""
        # Not quite `re.Match.lastgroup`, which takes the outer one of two groups that end together.
        taken = [
            (index, name)
            for name, index in self.re.groupindex.items()
            if self._spans[index][0] >= 0
        ]
        return max(taken)[1] if taken else None

    def span(self, group: int | str = 0) -> tuple[int, int]:
        """Return where a group begins and ends; (-1, -1) where it took no part."""
        return self._spans[self._number(group)]

    def start(self, group: int | str = 0) -> int:
        """Return where a group begins; -1 where it took no part."""
        return self._spans[self._number(group)][0]

    def end(self, group: int | str = 0) -> int:
        """Return where a group ends; -1 where it took no part."""
        return self._spans[self._number(group)][1]


class Cursor:
    """A text that a reader goes through from left to right, for grammars that one expression cannot
    hold.

    Every call says where to begin; the text is encoded once. Going back is possible, and costs what
    going there did.
    """

    __slots__ = ("_byte", "_char", "_encoded", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._encoded = _encoded(text)
        self._byte = self._char = 0

    def match(self, pattern: Pattern, at: int) -> Match | None:
        """Return the match that begins at a character."""
        start = self._go(at)
        found = pattern._program().match(self._encoded, start, len(self._encoded))
        return self._made(pattern, found)

    def search(self, pattern: Pattern, at: int) -> Match | None:
        """Return the first match from a character on."""
        start = self._go(at)
        found = pattern._program().search(self._encoded, start, len(self._encoded))
        return self._made(pattern, found)

    def _go(self, at: int) -> int:
        if len(self.text) == len(self._encoded):
            return at
        if at < self._char:
            self._byte = self._char = 0
        self._byte += len(_encoded(self.text[self._char : at]))
        self._char = at
        return self._byte

    def _made(self, pattern: Pattern, found: _Spans) -> Match | None:
        if found[0][0] < 0:
            return None
        if len(self.text) != len(self._encoded):
            found = _in_characters(found, self._encoded, self._byte, self._char)
        return Match(pattern, self.text, found)


class PatternSet:
    """Many expressions that are looked for in one pass over a text.

    Args:
        patterns: The expressions. What is true of all of them (`(?i)`) is written into each.
        whole: Whether an expression must match the whole text.
    """

    __slots__ = ("_set", "patterns", "whole")

    def __init__(self, patterns: Iterable[str], *, whole: bool = False) -> None:
        self.patterns = tuple(patterns)
        self.whole = whole
        self._set: re2.Set | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return _set_again, (self.patterns, self.whole)

    def _compile(self) -> re2.Set:
        import re2

        options = _options(_MEMORY_OF_SET)
        made = re2.Set.FullMatchSet(options) if self.whole else re2.Set.SearchSet(options)
        try:
            for pattern in self.patterns:
                made.Add(_encoded(pattern))
            made.Compile()
        except re2.error as error:
            raise PatternError(_reason(error)) from None
        return made

    def matches(self, text: str) -> list[int]:
        """Return numbers of the expressions, from 0, that match, in ascending order.

        Raises:
            PatternError: An expression is not valid, or all of them are too large together.
        """
        if not self.patterns:
            return []
        if self._set is None:
            self._set = self._compile()
        return sorted(self._set.Match(_encoded(text)) or ())


@memo(1024)
def compile(
    pattern: str, *, ignore_case: bool = False, multiline: bool = False, dot_all: bool = False
) -> Pattern:
    """Return a regular expression that a repository wrote; for our own, `Pattern` is enough.

    Args:
        pattern: The expression.
        ignore_case: Letters match in either case.
        multiline: `^` and `$` match at each line.
        dot_all: `.` matches a line feed.

    Raises:
        PatternError: The expression is not valid in Go, or it is too large.
    """
    letters = ("i" if ignore_case else "") + ("m" if multiline else "") + ("s" if dot_all else "")
    if _has_byte_class(pattern):
        raise PatternError("invalid escape sequence: \\C")
    made = _again(pattern, letters, _MEMORY_OF_FOREIGN)
    made._program()
    return made


def search(pattern: str, text: str) -> Match | None:
    """Return the first match of one of our own expressions; the functions below are like those of
    `re`, and compile it once."""
    return _known(pattern).search(text)


def match(pattern: str, text: str) -> Match | None:
    """Return the match of one of our own expressions that begins where the text does."""
    return _known(pattern).match(text)


def fullmatch(pattern: str, text: str) -> Match | None:
    """Return the match of one of our own expressions that is the whole text."""
    return _known(pattern).fullmatch(text)


def findall(pattern: str, text: str) -> list[str]:
    """Return the text of each match of one of our own expressions."""
    return _known(pattern).findall(text)


def sub(pattern: str, replacement: str | Callable[[Match], str], text: str, count: int = 0) -> str:
    """Return the text with the matches of one of our own expressions replaced."""
    return _known(pattern).sub(replacement, text, count)


def split(pattern: str, text: str, maxsplit: int = 0) -> list[str]:
    """Return the pieces of a text between the matches of one of our own expressions, with its
    groups."""
    return _known(pattern).split(text, maxsplit)


_known = lru_cache(maxsize=512)(Pattern)


def escape(text: str) -> str:
    """Return an expression that matches a text and nothing else."""
    import re2

    return re2.escape(_encoded(text)).decode()


def _has_byte_class(pattern: str) -> bool:
    """Return whether an expression has `\\C`, a single byte, which RE2 knows and Go does not."""
    at = pattern.find("\\")
    while at >= 0:
        escaped = pattern[at + 1 : at + 2]
        if escaped == "C":
            return True
        after = at + 2
        if escaped == "Q":
            after = pattern.find("\\E", after)
            if after < 0:
                return False
            after += 2
        at = pattern.find("\\", after)
    return False


def _again(pattern: str, flags: str, memory: int) -> Pattern:
    made = Pattern.__new__(Pattern)
    made._start(pattern, flags, memory)
    return made


def _set_again(patterns: tuple[str, ...], whole: bool) -> PatternSet:
    return PatternSet(patterns, whole=whole)


def _options(memory: int, *, captures: bool = True) -> re2.Options:
    import re2

    options = re2.Options()
    options.max_mem = memory
    options.never_capture = not captures
    options.log_errors = False  # they go to standard error, with the pattern
    return options


class _Program:
    """A compiled expression.

    `search`, `match` and `fullmatch` take bytes, a begin and an end, and give the spans of the match
    and of its groups in bytes; that of the match is (-1, -1) where there is none.
    """

    __slots__ = ("fullmatch", "groups", "match", "names", "search", "size")

    def __init__(self, compiled: re2.Regexp) -> None:
        import re2

        # The methods of `re2` begin a generator for each search, which takes longer than the search.
        ask, anchor = compiled._regexp.Match, re2._Anchor
        self.search: _Search = partial(ask, anchor.UNANCHORED)
        self.match: _Search = partial(ask, anchor.ANCHOR_START)
        self.fullmatch: _Search = partial(ask, anchor.ANCHOR_BOTH)
        self.groups = compiled.groups
        self.size = compiled.programsize
        self.names = {
            name.decode() if isinstance(name, bytes) else name: index
            for name, index in compiled.groupindex.items()
        }


def _compiled(pattern: str, flags: str, memory: int, *, captures: bool = True) -> _Program:
    # Loading it costs some milliseconds, which `gitops-docs --help` need not wait for.
    import re2

    whole = f"(?{flags}){pattern}" if flags else pattern
    try:
        return _Program(re2.compile(_encoded(whole), _options(memory, captures=captures)))
    except re2.error as error:
        raise PatternError(_reason(error)) from None


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text).encode()


def _in_characters(found: _Spans, encoded: bytes, done: int, chars: int) -> _Spans:
    """Return the spans of a match in characters; `done` is a place before it in bytes, `chars` the
    same in characters."""
    first = found[0][0]
    # An empty match can lie inside of a character; `ignore` moves it before that.
    base = chars + len(encoded[done:first].decode(errors="ignore"))
    return [
        (
            base + len(encoded[first:start].decode(errors="ignore")),
            base + len(encoded[first:end].decode(errors="ignore")),
        )
        if start >= 0
        else (-1, -1)
        for start, end in found
    ]
