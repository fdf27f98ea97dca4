"""Count how much of a text an automaton reads when it looks for all matches of an expression, one
after another.

In: an expression and a text. Out: characters read. RE2 tells no such number; this walks the same
leftmost-first automaton, from the end of each match on, until no thread is left that could still
change the match.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

Test = Callable[[str, int], bool]

_MANY = 60
"""A repetition that may go on for longer than this counts as without end: it is then as long as any
text here."""


def parsed(expression: str) -> Any:
    """The tree of an expression of RE2, with what `re` calls by other names rewritten."""
    written = re.sub(r"\\x\{([0-9a-fA-F]{1,4})\}", lambda match: f"\\u{match[1]:0>4}", expression)
    written = (
        written.replace(r"\z", r"\Z")
        .replace(r"\pL", "a-zA-Zé")
        .replace(r"\pN", "0-9")
        .replace(r"\pZ", " ")
    )
    flags = 0
    while (found := re.match(r"\(\?([ims]+)\)", written)) is not None:
        flags |= sum(getattr(re, letter.upper()) for letter in found[1])
        written = written[found.end() :]
    return sre.parse(written, flags)


class Automaton:
    """An expression as a program of Thompson's kind; `read` runs it."""

    def __init__(
        self,
        expression: str,
        *,
        dot_all: bool = False,
        ignore_case: bool = False,
        multiline: bool = False,
    ) -> None:
        tree = parsed(expression)
        self.flags = (
            tree.state.flags
            | (re.S if dot_all else 0)
            | (re.I if ignore_case else 0)
            | (re.M if multiline else 0)
        )
        self.code: list[tuple[Any, ...]] = []
        self._sequence(tree)
        self.code.append(("match",))

    def _sequence(self, items: Any) -> None:
        for kind, value in items:
            self._one(kind, value)

    def _one(self, kind: Any, value: Any) -> None:
        code = self.code
        if kind in (kinds.LITERAL, kinds.NOT_LITERAL, kinds.IN, kinds.ANY):
            code.append(("char", self._test(kind, value)))
        elif kind is kinds.SUBPATTERN:
            self._sequence(value[3])
        elif kind is kinds.BRANCH:
            jumps = []
            for number, branch in enumerate(value[1]):
                last = number == len(value[1]) - 1
                at = len(code)
                if not last:
                    code.append(())
                self._sequence(branch)
                if not last:
                    jumps.append(len(code))
                    code.append(())
                    code[at] = ("split", at + 1, len(code))
            for jump in jumps:
                code[jump] = ("split", len(code), len(code))
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            least, most, inner = value
            for _ in range(min(least, _MANY)):
                self._sequence(inner)
            lazy = kind is kinds.MIN_REPEAT
            if most is kinds.MAXREPEAT or most > _MANY:
                at = len(code)
                code.append(())
                self._sequence(inner)
                code.append(("split", at, at))
                code[at] = ("split", len(code), at + 1) if lazy else ("split", at + 1, len(code))
            else:
                for _ in range(most - min(least, _MANY)):
                    at = len(code)
                    code.append(())
                    self._sequence(inner)
                    code[at] = (
                        ("split", len(code), at + 1) if lazy else ("split", at + 1, len(code))
                    )
        elif kind is kinds.AT:
            code.append(("at", self._place(value)))
        else:
            raise NotImplementedError(str(kind))

    def _test(self, kind: Any, value: Any) -> Callable[[str], bool]:
        if kind is kinds.ANY:
            everything = bool(self.flags & re.S)
            return lambda char: everything or char != "\n"
        one = re.compile(_written(kind, value), re.I if self.flags & re.I else 0)
        known: dict[str, bool] = {}

        def test(char: str) -> bool:
            if char not in known:
                known[char] = one.match(char) is not None
            return known[char]

        return test

    def _place(self, value: Any) -> Test:
        lines = bool(self.flags & re.M)
        if value in (kinds.AT_BEGINNING, kinds.AT_BEGINNING_STRING):
            begins = lines and value is kinds.AT_BEGINNING
            return lambda text, at: at == 0 or (begins and text[at - 1] == "\n")
        if value in (kinds.AT_END, kinds.AT_END_STRING):
            ends = lines and value is kinds.AT_END
            return lambda text, at: at == len(text) or (ends and text[at] == "\n")
        wanted = value is kinds.AT_BOUNDARY
        return lambda text, at: (
            (_is_word(text[at - 1 : at]) != _is_word(text[at : at + 1])) == wanted
        )

    def _follow(self, state: int, text: str, at: int, seen: set[int]) -> list[int]:
        made, pending = [], [state]
        while pending:
            state = pending.pop()
            if state in seen:
                continue
            seen.add(state)
            step = self.code[state]
            if step[0] == "split":
                pending += step[2], step[1]
            elif step[0] == "at":
                if step[1](text, at):
                    pending.append(state + 1)
            else:
                made.append(state)
        return made

    def read(self, text: str) -> int:
        """Characters that are read until the last match is found and no further one."""
        total = position = 0
        while position <= len(text):
            end, stopped = self._search(text, position)
            total += stopped - position + 1
            if end < 0:
                break
            position = end if end > position else position + 1
        return total

    def _search(self, text: str, position: int) -> tuple[int, int]:
        """Where the first match from a place on ends, -1 without one, and how far was read."""
        threads: list[int] = []
        end, at = -1, position
        while True:
            seen: set[int] = set()
            ready = [state for thread in threads for state in self._follow(thread, text, at, seen)]
            if end < 0:
                ready += self._follow(0, text, at, seen)
            threads = []
            for state in ready:
                step = self.code[state]
                if step[0] == "match":
                    end = at
                    break  # What comes after has a lower priority.
                if at < len(text) and step[1](text[at]):
                    threads.append(state + 1)
            if at >= len(text) or (not threads and end >= 0):
                return end, at
            at += 1


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")


def _written(kind: Any, value: Any) -> str:
    """One character of an expression, as an expression."""
    if kind in (kinds.LITERAL, kinds.NOT_LITERAL):
        return f"[{'^' if kind is kinds.NOT_LITERAL else ''}\\U{value:08x}]"
    parts = []
    for item, what in value:
        if item is kinds.NEGATE:
            parts.append("^")
        elif item is kinds.LITERAL:
            parts.append(f"\\U{what:08x}")
        elif item is kinds.RANGE:
            parts.append(f"\\U{what[0]:08x}-\\U{what[1]:08x}")
        else:
            name = str(what).removeprefix("CATEGORY_")
            parts.append("\\" + (name[4].upper() if name.startswith("NOT_") else name[0].lower()))
    return f"[{''.join(parts)}]"


def sample(items: Any, chosen: random.Random) -> str:
    """A text that a tree matches, places in it aside."""
    made = []
    for kind, value in items:
        if kind is kinds.SUBPATTERN:
            made.append(sample(value[3], chosen))
        elif kind is kinds.BRANCH:
            made.append(sample(chosen.choice(value[1]), chosen))
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            least, most, inner = value
            count = chosen.choice([least, least, least + 1])
            made += [
                sample(inner, chosen)
                for _ in range(min(count, most if most is not kinds.MAXREPEAT else count, 30))
            ]
        elif kind is not kinds.AT:
            one = re.compile("." if kind is kinds.ANY else _written(kind, value))
            likely = "a0 x\"'`<>()[]{}-_=:/#*.,|~\tA\n\u00e9"
            fitting = [char for char in likely if one.match(char)] or [
                char for char in map(chr, (*range(1, 0x2600), 0xFEFF)) if one.match(char)
            ]
            made.append(chosen.choice(fitting[:4]))
    return "".join(made)


def hostile(expression: str, seed: int = 0) -> Iterator[Callable[[int], str]]:
    """Shapes of texts made of what an expression begins with and matches: each gives a text of so
    many repetitions."""
    chosen = random.Random(seed)
    tree = parsed(expression)
    whole = sorted({sample(tree, chosen) for _ in range(8)}, key=lambda text: (len(text), text))
    begun = sorted(
        {text[:size] for text in whole for size in range(1, len(text))} | {""},
        key=lambda text: (len(text), text),
    )
    pairs = [(one, other) for one in begun for other in whole if one or other]
    chosen.shuffle(pairs)
    for one, other in pairs[:24]:
        yield lambda count, one=one, other=other: (one + other) * count  # type: ignore[misc]
        yield lambda count, one=one, other=other: one + other * count  # type: ignore[misc]
        yield lambda count, one=one, other=other: one * count + other  # type: ignore[misc]
