"""Run Go's text/template, as far as ResourceSets use it.

In: a template with `<<` and `>>`, and the inputs. Out: the text. Syntax and evaluation follow
`text/template` (`parse/lex.go`, `exec.go`) with `missingkey=error`; the functions are those of
slim-sprig that depend on nothing but their arguments (`template_functions`). Not here: `define`,
`block`, `template` and methods.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Protocol, TypeAlias, TypeGuard

from msgspec import Struct, field

from gitops_docs.text import patterns
from gitops_docs.text.patterns import Cursor, Match, Pattern
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import Budget

LEFT, RIGHT = "<<", ">>"
MAX_OUTPUT = 4 << 20
"""Most characters that a template may give."""
MAX_STEPS = 200_000
"""Most nodes that are executed for one template."""

Value: TypeAlias = "None | bool | int | float | str | NotKnown | list[Value] | dict[str, Value]"
"""What a template works on: JSON, and what only the cluster knows."""


class Variadic(Protocol):
    """A function of any number of values."""

    def __call__(self, *values: Value) -> Value: ...


Some: TypeAlias = Callable[[Value, *tuple[Value, ...]], Value]
"""A function of one value or more."""
Function: TypeAlias = (
    Variadic
    | Some
    | Callable[[], Value]
    | Callable[[Value], Value]
    | Callable[[Value, Value], Value]
    | Callable[[Value, Value, Value], Value]
)
"""What a template calls. `TypeError`, `ValueError` and the like say that it does not take what it is
given, another number of values included."""


class TemplateError(Exception):
    """A template that cannot be executed. The message holds names of the template only, never a
    value."""


class Refusal(TemplateError):
    """What Go refuses too: a key that is not there (`missingkey=error`), `fail`, a function that is
    not defined, an `if` without its `end`."""


class Int64(int):
    """A number that Go holds as int64: from inputs, or from arithmetic; a literal is an int."""


class NotKnown:
    """A value that only the cluster knows. Printing it raises."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __str__(self) -> str:
        raise TemplateError(self.reason)

    __repr__ = __str__


class Shown(NotKnown):
    """A value that only the cluster knows, printed as its name, so that the text around it can be
    shown. A decision or computation with it raises."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(reason)
        self.text = text

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


_PRINTING = frozenset({"print", "printf", "quote", "squote", "toString"})
"""Functions that only print their arguments."""


class OpenMap(dict[str, Value]):
    """A map of which only some keys are known: a template that reads another one, or the map as a
    whole, learns why."""

    def __init__(self, known: Mapping[str, Value], reason: str) -> None:
        super().__init__(known)
        self.reason = reason


class _Token(Struct, frozen=True):
    kind: str
    text: str
    start: int
    end: int


_TOKEN = Pattern(
    r"(?P<space>\s+)"
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<raw>`[^`]*`)"
    r"|(?P<char>'(?:\\.[^']*|[^'\\\n])')"
    r"|(?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?))"
    r"|(?P<field>\.[A-Za-z_][\pL\pN_]*)"
    r"|(?P<dot>\.)"
    r"|(?P<variable>\$[\pL\pN_]*)"
    r"|(?P<name>[A-Za-z_][\pL\pN_]*)"
    r"|(?P<sign>:=|=|\||\(|\)|,)"
)
_SPACE = " \t\r\n"
_KEYWORDS = frozenset(
    {"if", "else", "end", "range", "with", "break", "continue", "define", "block", "template"}
)


_ELSEWHERE = """
    date dateInZone dateModify date_in_zone date_modify env expandenv getHostByName htmlDate
    htmlDateInZone now randAlpha randAlphaNum randAscii randBytes randNumeric uuidv4
    abbrev abbrevboth bcrypt camelcase decryptAES deepCopy derivePassword encryptAES genCA
    genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert
    genSignedCertWithKey htpasswd initials kebabcase merge mergeOverwrite mustDeepCopy mustMerge
    mustMergeOverwrite nospace semver semverCompare shuffle snakecase swapcase untitle wrap wrapWith
    fromJsonArray fromToml fromYaml fromYamlArray include lookup required toToml tpl
"""
_UNDEFINED = frozenset(_ELSEWHERE.split())
"""Functions of Sprig and Helm that a ResourceSet does not have: those that give something else each
time, those that slim-sprig leaves out (`HermeticTxtFuncMap`), and Helm's own."""


# The tree


class _Literal(Struct, frozen=True):
    value: str | int | float | bool | None


class _Dot(Struct, frozen=True):
    pass


class _Variable(Struct, frozen=True):
    name: str


class _Name(Struct, frozen=True):
    name: str


class _Fields(Struct, frozen=True):
    base: _Operand
    names: tuple[str, ...]


class _Pipeline(Struct, frozen=True):
    commands: tuple[_Command, ...]
    variables: tuple[str, ...] = ()
    assigns: bool = False


_Operand: TypeAlias = _Literal | _Dot | _Variable | _Name | _Fields | _Pipeline
_Command: TypeAlias = tuple[_Operand, ...]
"""A value, or the name of a function and what it is given."""


class _Text(Struct, frozen=True):
    text: str


class _Action(Struct, frozen=True):
    pipeline: _Pipeline


class _Branch(Struct):
    """`if`, `range` or `with`."""

    kind: str
    pipeline: _Pipeline
    body: list[_Node] = field(default_factory=list)
    otherwise: list[_Node] = field(default_factory=list)


class _Leave(Struct, frozen=True):
    """`break` or `continue`."""

    kind: str


_Node: TypeAlias = _Text | _Action | _Branch | _Leave


class _Left(Exception):
    """Raised by `break` and `continue` up to their range."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Template:
    """A template that can be executed again and again.

    Raises:
        TemplateError: It is malformed.
    """

    def __init__(self, text: str) -> None:
        try:
            self._nodes = _Parser(text).parse()
        except RecursionError:
            raise _too_deep() from None

    def execute(self, functions: Mapping[str, Function], work: Budget | None = None) -> str:
        """The text that it gives.

        Args:
            functions: By name; those that Go itself defines are added.
            work: What the steps and the text are taken from; None: nothing.

        Raises:
            TemplateError: A key is missing, or it uses what is not known here.
        """
        run = _Run({**_BUILT_IN, **functions})
        try:
            run.nodes(self._nodes, None)
        except _Left as left:
            raise TemplateError(f"`{left.kind}` outside of a range") from None
        except RecursionError:
            raise _too_deep() from None
        finally:
            if work is not None:
                work.spend(run.steps + run.length // limits.OF_LOADED)
        return "".join(run.out)


def _too_deep() -> TemplateError:
    return TemplateError("the template is nested too deeply")


class _Parser:
    def __init__(self, template: str) -> None:
        self.pieces = list(_split(template))
        self.position = 0

    def parse(self) -> list[_Node]:
        nodes, stop = self._list()
        if stop is not None:
            raise Refusal(f"a template has `{stop[0].text}` without `if`, `range` or `with`")
        return nodes

    def _list(self) -> tuple[list[_Node], list[_Token] | None]:
        """Nodes up to `else`, `end` or the end of the text; the tokens of what stopped it."""
        nodes: list[_Node] = []
        while self.position < len(self.pieces):
            piece = self.pieces[self.position]
            self.position += 1
            if isinstance(piece, str):
                nodes.append(_Text(piece))
                continue
            if not piece:
                raise Refusal("a template has an action without a command")
            word = piece[0].text if piece[0].kind == "name" else ""
            if word in ("else", "end"):
                return nodes, piece
            if word in ("if", "range", "with"):
                nodes.append(self._branch(word, piece[1:]))
            elif word in ("break", "continue"):
                nodes.append(_Leave(word))
            elif word in _KEYWORDS:
                raise TemplateError(f"`{word}` is not supported here")
            else:
                nodes.append(_Action(_Expression(piece).whole()))
        return nodes, None

    def _branch(self, kind: str, tokens: list[_Token]) -> _Branch:
        made = _Branch(kind, _Expression(tokens, ranges=kind == "range").whole())
        made.body, stop = self._list()
        if stop is not None and stop[0].text == "else":
            rest = stop[1:]
            if rest and rest[0].text in ("if", "with"):
                made.otherwise = [self._branch(rest[0].text, rest[1:])]
                return made
            made.otherwise, stop = self._list()
        if stop is None or stop[0].text != "end":
            raise Refusal(f"a template has `{kind}` without `end`")
        return made


def _split(template: str) -> Iterator[str | list[_Token]]:
    """Texts and the tokens of actions, white space trimmed where `<<-` and `->>` say so; comments
    left out."""
    position, trim = 0, False
    cursor = Cursor(template)
    while True:
        start = template.find(LEFT, position)
        text = template[position:] if start < 0 else template[position:start]
        if trim:
            text = text.lstrip(_SPACE)
        if start < 0:
            if text:
                yield text
            return
        inside = start + len(LEFT)
        if template[inside : inside + 1] == "-" and template[inside + 1 : inside + 2] in tuple(
            _SPACE
        ):
            text = text.rstrip(_SPACE)
            inside += 1
        if text:
            yield text
        first = inside
        while template[first : first + 1] in tuple(_SPACE):
            first += 1
        if template.startswith("/*", first):
            end = template.find("*/", inside)
            close = template.find(RIGHT, end) if end >= 0 else -1
            if close < 0:
                raise Refusal("a template has a comment that is not closed")
            trim = template[end + 2 : close].strip(_SPACE) == "-"
            position = close + len(RIGHT)
            continue
        tokens, position, trim = _tokens(cursor, inside)
        yield tokens


def _tokens(cursor: Cursor, position: int) -> tuple[list[_Token], int, bool]:
    template = cursor.text
    found: list[_Token] = []
    while position < len(template):
        if template.startswith(RIGHT, position):
            return found, position + len(RIGHT), False
        if template.startswith("-" + RIGHT, position) and template[position - 1] in _SPACE:
            return found, position + 1 + len(RIGHT), True
        match = cursor.match(_TOKEN, position)
        if match is None or match.lastgroup is None:
            raise TemplateError("an action with a character that is not allowed there")
        if match.lastgroup != "space":
            found.append(_Token(match.lastgroup, match[0], position, match.end()))
        position = match.end()
    raise Refusal("a template has an action that is not closed")


class _Expression:
    """Parses the tokens of one action."""

    def __init__(self, tokens: Sequence[_Token], *, ranges: bool = False) -> None:
        self.tokens = tokens
        self.position = 0
        self.ranges = ranges

    def whole(self) -> _Pipeline:
        made = self._pipeline()
        if self.position < len(self.tokens):
            raise TemplateError(f"unexpected `{self.tokens[self.position].text}`")
        return made

    def _peek(self, offset: int = 0) -> _Token | None:
        at = self.position + offset
        return self.tokens[at] if at < len(self.tokens) else None

    def _is(self, text: str, offset: int = 0) -> bool:
        token = self._peek(offset)
        return token is not None and token.kind == "sign" and token.text == text

    def _pipeline(self) -> _Pipeline:
        variables, assigns = self._declared()
        commands = [self._command()]
        while self._is("|"):
            self.position += 1
            commands.append(self._command())
        return _Pipeline(tuple(commands), variables, assigns)

    def _declared(self) -> tuple[tuple[str, ...], bool]:
        token, names = self._peek(), 1
        if token is None or token.kind != "variable":
            return (), False
        second = self._peek(2)
        if self.ranges and self._is(",", 1) and second is not None and second.kind == "variable":
            names = 3
        if not (self._is(":=", names) or self._is("=", names)):
            return (), False
        assigns = self._is("=", names)
        found = tuple(self.tokens[self.position + index].text for index in range(0, names, 2))
        self.position += names + 1
        return found, assigns

    def _command(self) -> _Command:
        operands: list[_Operand] = []
        while (token := self._peek()) is not None and not (
            token.kind == "sign" and token.text in ("|", ")")
        ):
            operands.append(self._operand())
        if not operands:
            raise TemplateError("a pipeline without a command")
        return tuple(operands)

    def _operand(self) -> _Operand:
        token = self.tokens[self.position]
        self.position += 1
        base: _Operand
        names: list[str] = []
        if token.kind == "sign":
            if token.text != "(":
                raise TemplateError(f"unexpected `{token.text}`")
            base = self._pipeline()
            if not self._is(")"):
                raise TemplateError("a parenthesis that is not closed")
            token = self.tokens[self.position]
            self.position += 1
        elif token.kind == "field":
            base, names = _Dot(), [token.text[1:]]
        elif token.kind == "dot":
            base = _Dot()
        elif token.kind == "variable":
            base = _Variable(token.text)
        elif token.kind == "name" and token.text in _UNDEFINED:
            raise Refusal(f"a template calls `{token.text}`, which is not defined")
        elif token.kind == "name" and token.text not in ("true", "false", "nil"):
            base = _Name(token.text)
        else:
            return _Literal(_literal(token))
        end = token.end
        while (after := self._peek()) is not None and after.kind == "field" and after.start == end:
            names.append(after.text[1:])
            end = after.end
            self.position += 1
        return _Fields(base, tuple(names)) if names else base


def _literal(token: _Token) -> str | int | float | bool | None:
    text = token.text
    if token.kind == "string":
        try:
            return str(json.loads(text.replace("\\'", "'").replace("\\x", "\\u00"), strict=False))
        except ValueError:
            raise TemplateError("a string with an escape that is not known") from None
    if token.kind == "raw":
        return text[1:-1]
    if token.kind == "char":
        return ord(text[1]) if text[1] != "\\" else ord(json.loads(f'"{text[1:-1]}"'))
    if token.kind == "number":
        plain = text.replace("_", "")
        try:
            return int(plain, 0) if plain.lstrip("+-") != "0" else 0
        except ValueError:
            return float(plain)
    return {"true": True, "false": False, "nil": None}[text]


class _Run:
    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self.out: list[str] = []
        self.length = 0
        self.steps = 0
        self.variables: list[tuple[str, Value]] = []

    def nodes(self, nodes: Sequence[_Node], dot: Value) -> None:
        mark = len(self.variables)
        for node in nodes:
            self.steps += 1
            if self.steps > MAX_STEPS:
                raise TemplateError(f"it takes more than {MAX_STEPS} steps")
            if isinstance(node, _Text):
                self._write(node.text)
            elif isinstance(node, _Action):
                value = self._pipeline(node.pipeline, dot)
                if not node.pipeline.variables:
                    self._write(printed(_bounded(value), top=True))
            elif isinstance(node, _Branch):
                self._branch(node, dot)
            else:
                raise _Left(node.kind)
        del self.variables[mark:]

    def _write(self, text: str) -> None:
        self.length += len(text)
        if self.length > MAX_OUTPUT:
            raise TemplateError(f"it gives more than {MAX_OUTPUT} characters")
        self.out.append(text)

    def _branch(self, node: _Branch, dot: Value) -> None:
        mark = len(self.variables)
        if node.kind == "range":
            self._range(node, dot)
        else:
            value = self._pipeline(node.pipeline, dot)
            if truth(value):
                self.nodes(node.body, value if node.kind == "with" else dot)
            else:
                self.nodes(node.otherwise, dot)
        del self.variables[mark:]

    def _range(self, node: _Branch, dot: Value) -> None:
        pipeline = node.pipeline
        value = self._pipeline(_Pipeline(pipeline.commands), dot)
        pairs: list[tuple[Value, Value]]
        if isinstance(value, OpenMap | NotKnown):
            raise TemplateError(value.reason)
        if isinstance(value, dict):
            pairs = [*sorted(value.items(), key=itemgetter(0))]
        elif isinstance(value, list):
            pairs = [*enumerate(value)]
        elif isinstance(value, int) and not isinstance(value, bool):
            pairs = [(index, index) for index in range(min(value, MAX_STEPS))]
        elif value is None:
            pairs = []
        else:
            raise TemplateError("a range over something that is not a list")
        for key, item in pairs:
            mark = len(self.variables)
            if len(pipeline.variables) == 1:
                self._set(pipeline.variables[0], item, assigns=pipeline.assigns)
            elif pipeline.variables:
                self._set(pipeline.variables[0], key, assigns=pipeline.assigns)
                self._set(pipeline.variables[1], item, assigns=pipeline.assigns)
            try:
                self.nodes(node.body, item)
            except _Left as left:
                if left.kind == "break":
                    break
            finally:
                del self.variables[mark:]
        if not pairs:
            self.nodes(node.otherwise, dot)

    def _set(self, name: str, value: Value, *, assigns: bool) -> None:
        if assigns:
            for index in range(len(self.variables) - 1, -1, -1):
                if self.variables[index][0] == name:
                    self.variables[index] = (name, value)
                    return
            raise TemplateError(f"the variable `{name}` is not declared")
        self.variables.append((name, value))

    def _pipeline(self, pipeline: _Pipeline, dot: Value) -> Value:
        value: Value = None
        for index, command in enumerate(pipeline.commands):
            value = self._command(command, dot, (value,) if index else ())
        if pipeline.variables:
            self._set(pipeline.variables[0], value, assigns=pipeline.assigns)
        return value

    def _command(self, command: _Command, dot: Value, piped: tuple[Value, ...]) -> Value:
        first = command[0]
        if isinstance(first, _Name):
            return self._call(first.name, command[1:], dot, piped)
        if len(command) > 1 or piped:
            raise TemplateError("arguments for something that is not a function")
        return self._operand(first, dot)

    def _call(self, name: str, operands: _Command, dot: Value, piped: tuple[Value, ...]) -> Value:
        if name in ("and", "or"):
            return self._logical(name, operands, dot, piped)
        function = self.functions.get(name)
        if function is None:
            raise TemplateError(f"the function `{name}` is not known here")
        arguments = [*(self._operand(operand, dot) for operand in operands), *piped]
        if name in _PRINTING:
            arguments = [str(one) if isinstance(one, Shown) else one for one in arguments]
        for argument in arguments:
            if isinstance(argument, NotKnown):
                raise TemplateError(argument.reason)
            _bounded(argument)
        try:
            made = function(*arguments)
            # What is made of nothing is what was given from outside: it is bounded where something
            # is done with it.
            return _bounded(made) if arguments else made
        except TemplateError:
            raise
        except (
            TypeError,
            ValueError,
            KeyError,
            IndexError,
            AttributeError,
            ArithmeticError,
            patterns.PatternError,
        ):
            raise TemplateError(
                f"the function `{name}` cannot work with what it is given"
            ) from None

    def _logical(
        self, name: str, operands: _Command, dot: Value, piped: tuple[Value, ...]
    ) -> Value:
        value: Value = None
        for operand in operands:
            value = self._operand(operand, dot)
            if truth(value) == (name == "or"):
                return value
        return piped[0] if piped else value

    def _operand(self, operand: _Operand, dot: Value) -> Value:
        if isinstance(operand, _Literal):
            return operand.value
        if isinstance(operand, _Dot):
            return dot
        if isinstance(operand, _Name):
            return self._call(operand.name, (), dot, ())
        if isinstance(operand, _Pipeline):
            return self._pipeline(operand, dot)
        if isinstance(operand, _Fields):
            value = self._operand(operand.base, dot)
            for name in operand.names:
                if isinstance(value, NotKnown):
                    raise TemplateError(value.reason)
                if isinstance(value, OpenMap) and name not in value:
                    raise TemplateError(value.reason)
                if not isinstance(value, dict) or name not in value:
                    raise Refusal(f"a template asks for `{name}`, which is not there")
                value = value[name]
            return value
        for name, value in reversed(self.variables):
            if name == operand.name:
                return value
        if operand.name == "$":
            return None
        raise TemplateError(f"the variable `{operand.name}` is not declared")


def _bounded(value: Value) -> Value:
    """Return the value. Raises where it is too large to print or compare in bounded time."""
    if isinstance(value, str):
        if len(value) > MAX_OUTPUT:
            raise TemplateError(f"a text of more than {MAX_OUTPUT} characters")
        return value
    if not isinstance(value, dict | list):
        return value
    count = 0
    queue: list[list[Value] | dict[str, Value]] = [value]
    while queue:
        inner = queue.pop()
        if isinstance(inner, OpenMap):
            raise TemplateError(inner.reason)
        items = list(inner.values() if isinstance(inner, dict) else inner)
        count += len(items)
        if count > MAX_STEPS:
            raise TemplateError(f"a value with more than {MAX_STEPS} parts")
        queue.extend(item for item in items if isinstance(item, dict | list))
    return value


def truth(value: Value) -> bool:
    """Whether Go's `text/template` takes a value for true: it is not false, zero, nil or empty
    (`IsTrue`)."""
    if isinstance(value, NotKnown) or (isinstance(value, OpenMap) and not value):
        raise TemplateError(value.reason)
    return bool(value)


def printed(value: Value, *, top: bool = False) -> str:
    """A value as `fmt` prints it with `%v`; nil is `<no value>` at the top of a template."""
    if value is None:
        return "<no value>" if top else "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, OpenMap):
        raise TemplateError(value.reason)
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{printed(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(printed(inner) for inner in value) + "]"
    return str(value)


def _float(value: float) -> str:
    """The shortest text; with an exponent from 1e+06 on and below 1e-4 (`%g` of `strconv/ftoa.go`).
    A whole number has no point."""
    if not math.isfinite(value):
        return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}[str(value)]
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + int(exponent)
    minus = "-" if sign else ""
    power = point - 1
    if power < -4 or power >= 6:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        return f"{minus}{text[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    if len(text) <= point:
        return f"{minus}{text.ljust(point, '0')}"
    return f"{minus}{text[:point]}.{text[point:]}"


def string(value: Value) -> str:
    """Return a value that is a text.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, str):
        raise TypeError
    return value


def whole(value: Value) -> int:
    """Return a value that is a whole number.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _compare(one: Value, other: Value) -> int:
    """Negative, zero or positive, as `one` comes before, with or behind `other`.

    Raises:
        TypeError: They are neither two texts nor two numbers.
    """
    if isinstance(one, str) and isinstance(other, str):
        return int(one > other) - int(one < other)
    if not _is_number(one) or not _is_number(other):
        raise TypeError
    return int(one > other) - int(one < other)


def _is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _length(value: Value) -> int:
    """Return the number of bytes, elements or keys (`len`)."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    if not isinstance(value, list | dict):
        raise TypeError
    return len(value)


def index(value: Value, *keys: Value) -> Value:
    """The element of a list, the value of a mapping or the byte of a text, again and again."""
    for key in keys:
        if isinstance(value, dict):
            value = value.get(string(key))
            continue
        at = whole(key)
        if at < 0:
            raise IndexError
        if isinstance(value, str):
            value = value.encode("utf-8", "surrogatepass")[at]
        elif isinstance(value, list):
            value = value[at]
        else:
            raise TypeError
    return value


def _slice(value: Value, *places: Value) -> Value:
    """The part of a text or list from one place to another, to the end where there is none."""
    if not isinstance(value, list | str) or len(places) > 2:
        raise TypeError
    start = whole(places[0]) if places else 0
    end = whole(places[1]) if len(places) > 1 else len(value)
    if not 0 <= start <= end <= len(value):
        raise IndexError
    return value[start:end]


def format_go(pattern: Value, *values: Value) -> str:
    """`fmt.Sprintf` for the verbs that people use."""
    rest = list(values)

    def one(match: Match) -> str:
        flags, verb = match[1], match[2]
        if verb == "%":
            return "%"
        if not rest:
            return f"%!{verb}(MISSING)"
        value = rest.pop(0)
        if verb == "d" and isinstance(value, str):
            return f"%!d(string={value})"
        if verb == "d" and isinstance(value, int | float):
            return ("%" + flags + verb) % int(value)
        if verb in "xXo" and isinstance(value, int):
            return ("%" + flags + verb) % value
        if verb in "feg" and isinstance(value, int | float | str):
            return ("%" + flags + verb) % float(value)
        if verb == "q":
            return json.dumps(printed(value), ensure_ascii=False)
        if verb in "svt":
            return ("%" + flags.replace("+", "").replace("#", "") + "s") % printed(value)
        raise TemplateError(f"the verb `%{verb}` of printf is not known here")

    return patterns.sub(r"%([-+ #0]*\d{0,3}(?:\.\d{1,2})?)([a-zA-Z%])", one, string(pattern))


def _print(*values: Value) -> str:
    text = ""
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            text += " "
        text += printed(value)
    return text


def _print_line(*values: Value) -> str:
    return " ".join(printed(value) for value in values) + "\n"


def _equal(one: Value, *others: Value) -> bool:
    if not others:
        raise TypeError
    return any(
        one == other and (type(one) is type(other) or (_is_number(one) and _is_number(other)))
        for other in others
    )


_OF_ONE: dict[str, Callable[[Value], Value]] = {
    "not": lambda value: not truth(value),
    "len": _length,
}
_OF_TWO: dict[str, Callable[[Value, Value], Value]] = {
    "ne": lambda one, other: not _equal(one, other),
    "lt": lambda one, other: _compare(one, other) < 0,
    "le": lambda one, other: _compare(one, other) <= 0,
    "gt": lambda one, other: _compare(one, other) > 0,
    "ge": lambda one, other: _compare(one, other) >= 0,
}
_OF_SOME: dict[str, Some] = {
    "eq": _equal,
    "index": index,
    "slice": _slice,
    "printf": format_go,
}
_OF_ANY: dict[str, Variadic] = {"print": _print, "println": _print_line}
_BUILT_IN: dict[str, Function] = {**_OF_ONE, **_OF_TWO, **_OF_SOME, **_OF_ANY}
