"""Parse, list and replace Flux's `${...}` expressions in a text.

In: a text and a look-up from names to values. Out: the text that Flux's engine makes of it, or a
`SubstitutionError` where that engine fails. The grammar and its oddities are those of
`fluxcd/pkg/envsubst` (`parse/parse.go`, `parse/scan.go`, `funcs.go`, `path/match.go`).

Go strings are bytes. Here texts are `str`; a byte that is not UTF-8 (a value cut inside a
character) is a lone surrogate, as `surrogateescape` makes it.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Cursor, Pattern

Lookup: TypeAlias = Callable[[str], str | None]
"""Name to value; None where there is no such variable."""

MAX_NESTING = 100
"""Deepest nesting of expressions. Go has no limit; people nest two."""
MAX_PATTERN_VALUE = 4096
"""Longest value, in bytes, that a pattern with wildcards is removed from: that takes quadratic
time."""

DEFAULT_OPERATORS = frozenset({"=", ":=", ":-", ":?", ":+"})
"""They give their argument where the value is empty or unset; `:?` and `:+` too (`lookupFunc`)."""

_TOKEN = Pattern(r"\$\$|\$\{(?:([A-Za-z0-9_]+)\})?")
_ESCAPED = Pattern(r"\$\$\{([^}\n]{0,200})\}")
_MARK = Pattern(r"\$[${]")
_DIGITS = frozenset(b"0123456789")
_MAX_INT = 2**63 - 1


class SubstitutionError(Exception):
    """What Flux's engine would report. The message holds names and syntax only, never a value.

    `kind` is `syntax`, `unset` (strict, no default), `panic` (Go would crash: a length that ends
    before its start) or `limit` (ours).
    """

    def __init__(self, message: str, kind: str, name: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.name = name


class Function(Struct, frozen=True):
    """A parsed `${...}`: it stands at `start:end` of the text it was parsed from."""

    name: str
    operator: str
    arguments: tuple[str | Function, ...]
    start: int
    end: int

    @property
    def has_default(self) -> bool:
        return self.operator in DEFAULT_OPERATORS

    def walk(self) -> Iterator[Function]:
        """Yield this expression, then those in its arguments."""
        yield self
        for argument in self.arguments:
            if isinstance(argument, Function):
                yield from argument.walk()


class Expression(Struct, frozen=True):
    """A `${...}` that stands in a text at `offset`, as written. `name` is what it asks for; an
    escaped one asks for nothing."""

    text: str
    offset: int
    name: str
    operator: str = ""
    escaped: bool = False
    nested: bool = False
    """True inside the argument of another expression."""

    @property
    def has_default(self) -> bool:
        return self.operator in DEFAULT_OPERATORS


def concerns(text: str) -> bool:
    """Return whether substitution could change a text: an expression, or `$$`, may stand in it."""
    return "$" in text and _MARK.search(text) is not None


def substitute(text: str, lookup: Lookup, *, strict: bool) -> str:
    """Return the text with every expression replaced and `$$` turned into `$`.

    Args:
        text: Any text.
        lookup: Name to value, None where unset.
        strict: Whether an unset variable without a default is an error; else it is empty.

    Raises:
        SubstitutionError: Flux would fail the whole layer.
    """
    if not concerns(text):
        return text
    return "".join(
        [
            part if isinstance(part, str) else evaluate(part, lookup, strict=strict)
            for part in parse(text)
        ]
    )


@memo(16384)
def expressions(text: str) -> tuple[Expression, ...]:
    """Return every expression in the order of the text, nested and escaped ones included; up to the
    first one that is malformed."""
    if not concerns(text):
        return ()
    found = [
        Expression(match[0], match.start(), match[1], escaped=True)
        for match in _ESCAPED.finditer(text)
        if not _odd_dollars_before(text, match.start())
    ]
    parts: list[str | Function] = []
    with contextlib.suppress(SubstitutionError):
        _parse(text, parts)
    for part in parts:
        if isinstance(part, Function):
            for function in part.walk():
                written = text[function.start : function.end]
                found.append(
                    Expression(
                        written,
                        function.start,
                        function.name,
                        function.operator,
                        nested=function is not part,
                    )
                )
    outer = [part for part in parts if isinstance(part, Function)]
    starts = [part.start for part in outer]
    shown = (one for one in found if not (one.escaped and _inside(one.offset, outer, starts)))
    return tuple(sorted(shown, key=lambda one: one.offset))


def _inside(offset: int, outer: list[Function], starts: list[int]) -> bool:
    index = bisect_right(starts, offset) - 1
    return index >= 0 and offset < outer[index].end


def _odd_dollars_before(text: str, position: int) -> bool:
    """Return whether a `$` before the position takes the first one of the pair there."""
    count = 0
    while position - count > 0 and text[position - count - 1] == "$":
        count += 1
    return count % 2 == 1


@memo(16384)
def parse(text: str) -> tuple[str | Function, ...]:
    """Return the text as literal parts and expressions; literal parts have their `$$` resolved.

    Raises:
        SubstitutionError: An expression is malformed.
    """
    parts: list[str | Function] = []
    _parse(text, parts)
    return tuple(parts)


def _parse(text: str, parts: list[str | Function]) -> None:
    text = text.partition("\0")[0]  # Go's scanner takes a NUL for the end
    position = 0
    parser: _Parser | None = None
    cursor = Cursor(text)
    while (match := cursor.search(_TOKEN, position)) is not None:
        start = match.start()
        if start > position:
            parts.append(text[position:start])
        position = match.end()
        if match.has(1):
            parts.append(Function(match[1], "", (), start, position))
        elif match[0] == "$$":
            parts.append("$")
        else:
            parser = parser or _Parser(text)
            function = parser.function(position, 1)
            parts.append(function)
            position = function.end
    if position < len(text):
        parts.append(text[position:])


class _Parser:
    """Parses expressions in a text; positions are always right behind their `${`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def function(self, position: int, depth: int) -> Function:
        """`parseFunc`: one expression up to and with its `}`."""
        if depth > MAX_NESTING:
            raise SubstitutionError(f"expressions are nested more than {MAX_NESTING} deep", "limit")
        start = position - 2
        if self._at(position) == "#":
            name, position = self._name(position + 1, "bad substitution")
            return Function(name, "#", (), start, self._close(position))
        name, position = self._name(position, "unable to parse variable name")
        first = self._at(position)
        if first == ":" and self._at(position + 1) in ("=", "-", "?", "+"):
            return self._default(name, start, position, 2, depth)
        if first == ":":
            return self._substring(name, start, position, depth)
        if first == "=":
            return self._default(name, start, position, 1, depth)
        if first in (",", "^"):
            length = 2 if self._at(position + 1) in (",", "^") else 1
            operator = self.text[position : position + length]
            return Function(name, operator, (), start, self._close(position + length))
        if first == "/":
            return self._replace(name, start, position, depth)
        if first in ("#", "%"):
            length = 2 if self._at(position + 1) == first else 1
            argument, end = self._argument(position + length, "}", depth)
            operator = self.text[position : position + length]
            return Function(name, operator, (argument,), start, self._close(end))
        if first != "}":
            raise SubstitutionError("missing closing brace", "syntax", name)
        return Function(name, "", (), start, position + 1)

    def _at(self, position: int) -> str:
        return self.text[position : position + 1]

    def _name(self, position: int, problem: str) -> tuple[str, int]:
        text, end = self.text, position
        while end < len(text) and (
            text[end] == "_" or text[end].isalpha() or text[end].isdecimal()
        ):
            end += 1
        if end == position:
            raise SubstitutionError(problem, "syntax")
        return text[position:end], end

    def _close(self, position: int) -> int:
        if self._at(position) != "}":
            raise SubstitutionError("bad substitution", "syntax")
        return position + 1

    def _default(self, name: str, start: int, position: int, length: int, depth: int) -> Function:
        """`${v:=word}` and its kin: the word is a run of texts and expressions up to `}`; no
        escapes in it."""
        operator = self.text[position : position + length]
        position += length
        arguments: list[str | Function] = []
        while self._at(position) != "}":
            argument, position = self._argument(position, "}", depth)
            arguments.append(argument)
        return Function(name, operator, tuple(arguments), start, position + 1)

    def _substring(self, name: str, start: int, position: int, depth: int) -> Function:
        """`${v:offset}` and `${v:offset:length}`."""
        if not self._at(position + 1) or self._at(position + 1) > "\x7f":
            raise SubstitutionError(
                "bad substitution", "syntax", name
            )  # Go steps back by the width of that character
        offset, position = self._argument(position + 1, ":}", depth)
        if self._at(position) == "}":
            return Function(name, ":", (offset,), start, position + 1)
        if self._at(position) != ":":
            raise SubstitutionError("bad substitution", "syntax", name)
        while self._at(position) == ":":
            position += 1
        length, position = self._argument(position, "}", depth)
        return Function(name, ":", (offset, length), start, self._close(position))

    def _replace(self, name: str, start: int, position: int, depth: int) -> Function:
        """`${v/old/new}`, `//` all, `/#` prefix, `/%` suffix."""
        length = 2 if self._at(position + 1) in ("/", "#", "%") else 1
        operator = self.text[position : position + length]
        old, position = self._argument(position + length, "/", depth, escapes=True)
        if self._at(position) != "/":
            raise SubstitutionError("bad substitution", "syntax", name)
        while self._at(position) == "/":
            position += 1
        if self._at(position) == "}":
            return Function(name, operator, (old,), start, position + 1)
        new, position = self._argument(position, "}", depth, escapes=True)
        return Function(name, operator, (old, new), start, self._close(position))

    def _argument(
        self, position: int, stops: str, depth: int, *, escapes: bool = False
    ) -> tuple[str | Function, int]:
        """`parseParam`: one expression, or a text up to a stop character or the next `${`; the text
        is never empty."""
        text = self.text
        if text.startswith("${", position):
            function = self.function(position + 2, depth + 1)
            return function, function.end
        taken: list[str] = []
        at = position
        while at < len(text):
            character = text[at]
            following = text[at + 1 : at + 2]
            if character == "$" and following == "{":
                break
            if escapes and (
                (character == "$" and following == "$")
                or (character == "\\" and following in ("/", "\\") and following)
            ):
                taken.append(text[position:at])
                position = at + 1
                at += 2
                continue
            if character in stops:
                break
            at += 1
        taken.append(text[position:at])
        argument = "".join(taken)
        if not argument:
            raise SubstitutionError("unable to parse substitution within function", "syntax")
        return argument, at


def evaluate(function: Function, lookup: Lookup, *, strict: bool) -> str:
    """Return the value of an expression. Arguments are evaluated first, also where they are not
    needed (`template.go`).

    Raises:
        SubstitutionError: Strict, and a variable is unset; or Go would panic.
    """
    arguments = [
        part if isinstance(part, str) else evaluate(part, lookup, strict=strict)
        for part in function.arguments
    ]
    value = lookup(function.name)
    if value is None:
        if strict and not function.has_default:
            raise SubstitutionError(
                f'variable not set (strict mode): "{function.name}"', "unset", function.name
            )
        value = ""
    operator = function.operator
    if not operator:
        return value
    if operator in DEFAULT_OPERATORS:
        return value or _joined("".join(arguments))
    made = _apply(operator, value, arguments)
    return _joined(made)


def _apply(operator: str, value: str, arguments: list[str]) -> str:
    if operator == "#":
        return (
            _remove_prefix(value, arguments[0], shortest=True)
            if arguments
            else str(len(_bytes(value)))
        )
    if operator == "##":
        return _remove_prefix(value, arguments[0], shortest=False)
    if operator in ("%", "%%"):
        backwards = _remove_prefix(
            _valid(value)[::-1], _valid(arguments[0])[::-1], shortest=operator == "%"
        )
        return _valid(backwards)[::-1]
    if operator == ":":
        return _text(_substring(_bytes(value), [_bytes(argument) for argument in arguments]))
    if operator.startswith("/"):
        return _replace(operator, value, arguments)
    if operator == "^^":
        return "".join(map(_upper, value))
    if operator == ",,":
        return "".join(map(_lower, value))
    if operator == "^":
        return _upper(value[:1]) + value[1:]
    if operator == ",":
        return _lower(value[:1]) + value[1:]
    return value  # `,^` and `^,`: no such function, Go takes the default's


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _joined(text: str) -> str:
    """Return bytes that came together may be a character again."""
    return text if text.isascii() else _text(_bytes(text))


def _valid(text: str) -> str:
    """Return what is left after Go turned a string into runes: a byte that is not UTF-8 becomes
    U+FFFD."""
    return (
        text
        if text.isascii()
        else "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in text)
    )


def _upper(character: str) -> str:
    """Go's simple mapping: one character stays one (`ß` has none)."""
    for made in (character.upper(), character.title()):
        if len(made) == 1:
            return _valid(made)
    return _valid(character)


def _lower(character: str) -> str:
    made = character.lower()
    return _valid(made) if len(made) == 1 else made[:1]


def _replace(operator: str, value: str, arguments: list[str]) -> str:
    old, new = arguments[0], arguments[1] if len(arguments) > 1 else None
    if operator in ("/", "//"):
        count = 1 if operator == "/" else -1
        if not old:
            return value.replace("", new or "", count)
        return _text(_bytes(value).replace(_bytes(old), _bytes(new or ""), count))
    if new is None:
        return value
    if operator == "/#":
        return new + value.removeprefix(old) if value.startswith(old) else value
    return value.removesuffix(old) + new if value.endswith(old) else value


def _number(data: bytes) -> int | None:
    """`strconv.Atoi`."""
    digits = data[1:] if data[:1] in (b"+", b"-") else data
    if len(data) > 64 or not digits or not _DIGITS.issuperset(digits):
        return None
    number = int(data)
    return number if -_MAX_INT - 1 <= number <= _MAX_INT else None


def _substring(value: bytes, arguments: list[bytes]) -> bytes:
    position = _number(arguments[0])
    if position is None:
        return value
    if position < 0:
        position = max(0, len(value) + position)
    if len(arguments) == 1:
        return value[position:]
    length = _number(arguments[1])
    if length is None:
        return value
    end = position + length
    if end > _MAX_INT:
        end -= 2**64
    if end >= len(value):
        return value[position:]
    if end < position:
        raise SubstitutionError(
            "the length of a substring ends before its start; Flux's engine crashes on it", "panic"
        )
    return value[position:end]


def _remove_prefix(value: str, pattern: str, *, shortest: bool) -> str:
    """`trimShortest` and `trimLongest`: remove the shortest or longest prefix that the pattern
    matches."""
    data, wanted = _bytes(value), _bytes(pattern)
    if not any(special in wanted for special in (b"*", b"?", b"[", b"\\")):
        return _text(data.removeprefix(wanted))
    if len(data) > MAX_PATTERN_VALUE:
        raise SubstitutionError(
            f"a wildcard is matched against more than {MAX_PATTERN_VALUE} bytes", "limit"
        )
    found = 0
    for end in range(len(data), 0, -1):
        try:
            matched = _match(wanted, data[:end])
        except _BadPattern:
            return value
        if matched:
            found = end
            if not shortest:
                break
    return _text(data[found:])


class _BadPattern(Exception):
    pass


def matches(pattern: str, name: str) -> bool:
    """Go's `path.Match` of a pattern and one segment of a path; False for a pattern that is
    malformed."""
    try:
        return _match(_bytes(pattern), _bytes(name))
    except _BadPattern:
        return False


def _match(pattern: bytes, name: bytes) -> bool:
    """`path.Match` as envsubst changed it: `*` matches `/` too."""
    while pattern:
        star, chunk, pattern = _scan_chunk(pattern)
        if star and not chunk:
            return True
        rest = _match_chunk(chunk, name)
        if rest is not None and (not rest or pattern):
            name = rest
            continue
        if not star:
            return False
        for start in range(1, len(name) + 1):
            rest = _match_chunk(chunk, name[start:])
            if rest is not None and (pattern or not rest):
                name = rest
                break
        else:
            return False
    return not name


def _scan_chunk(pattern: bytes) -> tuple[bool, bytes, bytes]:
    stripped = pattern.lstrip(b"*")
    in_range = False
    at = 0
    while at < len(stripped):
        character = stripped[at : at + 1]
        if character == b"\\":
            at += 1 if at + 1 < len(stripped) else 0
        elif character == b"[":
            in_range = True
        elif character == b"]":
            in_range = False
        elif character == b"*" and not in_range:
            break
        at += 1
    return len(stripped) != len(pattern), stripped[:at], stripped[at:]


def _match_chunk(chunk: bytes, name: bytes) -> bytes | None:
    """Return what is left of the name behind the chunk; None where it does not match."""
    while chunk:
        if not name:
            return None
        first = chunk[:1]
        if first == b"[":
            rune, width = _rune(name)
            name = name[width:]
            chunk = chunk[1:]
            negated = chunk[:1] == b"^"
            chunk = chunk[1:] if negated else chunk
            inside, ranges = False, 0
            while not (chunk[:1] == b"]" and ranges):
                low, chunk = _range_end(chunk)
                high = low
                if chunk[:1] == b"-":
                    high, chunk = _range_end(chunk[1:])
                inside = inside or low <= rune <= high
                ranges += 1
            chunk = chunk[1:]
            if inside == negated:
                return None
        elif first == b"?":
            name = name[_rune(name)[1] :]
            chunk = chunk[1:]
        else:
            if first == b"\\":
                chunk = chunk[1:]
                if not chunk:
                    raise _BadPattern
            if chunk[0] != name[0]:
                return None
            name, chunk = name[1:], chunk[1:]
    return name


def _range_end(chunk: bytes) -> tuple[int, bytes]:
    if not chunk or chunk[:1] in (b"-", b"]"):
        raise _BadPattern
    if chunk[:1] == b"\\":
        chunk = chunk[1:]
        if not chunk:
            raise _BadPattern
    rune, width = _rune(chunk)
    if (rune == 0xFFFD and width == 1) or width >= len(chunk):
        raise _BadPattern
    return rune, chunk[width:]


def _rune(data: bytes) -> tuple[int, int]:
    """`utf8.DecodeRune`: the code point and how many bytes it takes; U+FFFD and 1 for a byte that
    is not UTF-8."""
    character = data[:4].decode("utf-8", "surrogateescape")[:1]
    if "\ud800" <= character <= "\udfff":
        return 0xFFFD, 1
    return ord(character), len(character.encode())
