"""Parse expressions of the Common Expression Language (CEL), and evaluate those of the CRDs of
Flux.

The grammar is that of the language definition (google/cel-spec, `doc/langdef.md`) with the optional
field selection that Kubernetes turns on. A parser by precedence reads each token once and needs no
recursion, whatever the text holds.

`evaluate` knows the functions that the validation rules of Flux's CRDs use; it is not for
expressions of a repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct, field

from gitops_docs.text.patterns import Cursor, Pattern

_RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "package",
        "namespace",
        "null",
        "return",
        "true",
        "var",
        "void",
        "while",
    ]
)
_MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})


class SyntaxFault(Exception):
    """An expression is not CEL. `column` counts from 1; `expected` is None where the text ends too
    early."""

    def __init__(self, column: int, at_end: bool) -> None:
        super().__init__(
            "the expression ends too early" if at_end else f"unexpected text at column {column}"
        )
        self.column = column
        self.at_end = at_end


class Expression(NamedTuple):
    """A parsed expression. `names`: the free variables, sorted."""

    names: tuple[str, ...]


class _Node(Struct):
    """A part of an expression.

    `kind` is `literal`, `name`, `call`, `method`, `select`, `index`, `message`, `list`, `map`,
    `ternary`, `or`, `and`, `not`, `negative`, or the sign of any other operator.
    """

    kind: str
    parts: list[_Node]
    text: str = ""
    """A literal, a name, a function or a field."""
    at: int = 0
    """Where a name begins."""


class _Brackets(Struct):
    """What stands between two brackets, as far as it was read; the whole text has none."""

    node: _Node
    """Takes what they hold. Those that only group have no kind."""
    end: str = ""
    """The sign that closes them."""
    many: bool = False
    """Whether they hold any number of items; one otherwise."""
    operands: list[_Node] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)


_BLANKS = r"(?:[ \t\r\n\f]|//[^\n]*)*"
_WORD = r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
_OTHER = r"(?P<sign>(?s:.))|(?P<end>\z)"
_OPERAND = Pattern(
    _BLANKS + r"(?:(?P<literal>0x[0-9A-Fa-f]+u?|[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?"
    r"|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[uU]?|(?:true|false|null)\b"
    r"|[bB]?[rR]?(?s:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''"
    r"|\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*'))|" + f"{_WORD}|{_OTHER})"
)
"""What can begin an operand."""
_OPERATOR = Pattern(rf"{_BLANKS}(?:(?P<operator>\|\||&&|[<>=!]=|in\b)|{_OTHER})")
"""What can follow an operand."""
_NAME = Pattern(f"{_BLANKS}(?:{_WORD}|{_OTHER})")
_LEVELS = {
    "?": 0, ":": 0, "||": 1, "&&": 2, "<": 3, "<=": 3, ">=": 3, ">": 3, "==": 3, "!=": 3, "in": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "not": 6, "negative": 6,
}  # fmt: skip
"""How tightly operators bind."""
_PREFIXES = {"!": "not", "-": "negative"}
_SPELLED = {"||": "or", "&&": "and"}


class _Parser:
    """Reads a text from left to right. What is open stands in a list, so that a text may nest as
    deep as it likes."""

    def __init__(self, text: str) -> None:
        self._cursor = Cursor(text)
        self._at = 0
        """Where the last token ends."""
        self._start = 0
        """Where the last token begins."""
        self._kind = ""
        """Kind of the last token: the name of a group of the expressions above."""
        self._open = [_Brackets(_Node("", []))]

    def parse(self) -> _Node:
        whole = self._open[0].node
        is_operand = True
        while not whole.parts:
            is_operand = self._operand() if is_operand else self._operator()
        return whole.parts[0]

    def _take(self, pattern: Pattern) -> str:
        match = self._cursor.match(pattern, self._at)
        assert match is not None  # `_OTHER` matches everything.
        self._kind = match.lastgroup or ""
        self._start, self._at = match.span(self._kind)
        return str(match[self._kind])

    def _takes(self, sign: str) -> bool:
        """Whether the next token is a sign; only then it is taken."""
        before = self._at
        if self._take(_OPERATOR) == sign:
            return True
        self._at = before
        return False

    def _name(self) -> str:
        name = self._take(_NAME)
        if self._kind != "name":
            raise self._fault()
        return name

    def _fault(self) -> SyntaxFault:
        """That the last token cannot stand there."""
        return SyntaxFault(self._start + 1, self._kind == "end")

    def _operand(self) -> bool:
        """Read what begins an operand; whether another operand follows."""
        text = self._take(_OPERAND)
        kind, inside = self._kind, self._open[-1]
        if kind == "literal":
            inside.operands.append(_Node("literal", [], text))
            return False
        if text in _PREFIXES:
            inside.operators.append(_PREFIXES[text])
            return True
        if text == "(":
            return self._opens(_Brackets(_Node("", []), ")"))
        if text == "[":
            return self._opens(_Brackets(_Node("list", []), "]", many=True))
        if text == "{":
            return self._opens(_Brackets(_Node("map", []), "}", many=True))
        name = self._name() if text == "." else text
        if self._kind != "name":
            raise self._fault()
        at = self._start
        if self._takes("("):
            return self._opens(_Brackets(_Node("call", [], name), ")", many=True))
        inside.operands.append(_Node("name", [], name, at))
        return False

    def _operator(self) -> bool:
        """Read what follows an operand; whether an operand is next."""
        text, inside = self._take(_OPERATOR), self._open[-1]
        level = _LEVELS.get(text, 0)
        if level:
            self._reduce(inside, level)
            inside.operators.append(text)
            return True
        if text == ".":
            optional = self._takes("?")
            name, holder = self._name(), inside.operands.pop()
            if not optional and self._takes("("):
                return self._opens(_Brackets(_Node("method", [holder], name), ")", many=True))
            inside.operands.append(_Node("select", [holder], name))
            return False
        if text == "[":
            self._takes("?")
            return self._opens(_Brackets(_Node("index", [inside.operands.pop()]), "]"))
        if text == "{":
            message = _Node("message", [inside.operands.pop()])
            return self._opens(_Brackets(message, "}", many=True))
        return self._ended(text, inside)

    def _ended(self, text: str, inside: _Brackets) -> bool:
        """Go on behind a part of a ternary, a key, or an item; whether an operand is next."""
        self._reduce(inside, 1)
        waits = inside.operators[-1:] == ["?"]
        if text == "?" and not waits:
            inside.operators.append("?")
            return True
        if text == ":" and waits:
            inside.operators[-1] = ":"
            return True
        if waits:
            raise self._fault()
        self._reduce(inside, 0)
        parts = inside.node.parts
        parts.append(inside.operands.pop())
        is_key = inside.node.kind == "map" and len(parts) % 2 == 1
        if is_key and text == ":":
            return True
        if not is_key and inside.many and text == ",":
            return self._item(inside)
        if is_key or text != inside.end:
            raise self._fault()
        if self._kind != "end":
            self._close()
        return False

    def _opens(self, brackets: _Brackets) -> bool:
        """Go into brackets; whether an operand is next, so that they are not empty."""
        self._open.append(brackets)
        return self._item(brackets) if brackets.many else True

    def _item(self, inside: _Brackets) -> bool:
        """Read what stands before an item, or the end of the brackets instead of one; whether an
        operand is next."""
        if self._takes(inside.end):
            self._close()
            return False
        if inside.node.kind == "message":
            self._name()
            if not self._takes(":"):
                raise self._fault()
        elif inside.node.kind == "map":
            self._takes("?")
        return True

    def _close(self) -> None:
        node = self._open.pop().node
        self._open[-1].operands.append(node if node.kind else node.parts[0])

    def _reduce(self, inside: _Brackets, level: int) -> None:
        """Apply the operators that bind at least so tightly."""
        operands, operators = inside.operands, inside.operators
        while operators and _LEVELS[operators[-1]] >= level:
            operator = operators.pop()
            if operator == ":":
                operator, number = "ternary", 3
            else:
                number = 1 if operator in ("not", "negative") else 2
            taken = operands[-number:]
            del operands[-number:]
            operands.append(_Node(_SPELLED.get(operator, operator), taken))


def parse(text: str) -> Expression:
    """Check the syntax of an expression.

    Raises:
        SyntaxFault: The text is not an expression of CEL.
    """
    return Expression(tuple(sorted(set(_free(_Parser(text).parse())))))


def _free(root: _Node) -> Iterator[str]:
    """Names that nothing inside the expression binds. No recursion: a text may nest as deep as it
    likes."""
    pending: list[tuple[_Node, frozenset[str]]] = [(root, frozenset())]
    while pending:
        node, bound = pending.pop()
        if node.kind == "name":
            if node.text in _RESERVED:
                raise SyntaxFault(node.at + 1, False)
            if node.text not in bound:
                yield node.text
        elif node.kind == "method" and node.text in _MACROS and len(node.parts) > 1:
            arguments = node.parts[1:]
            inner = bound
            if len(arguments) > 1 and arguments[0].kind == "name":
                inner = bound | {arguments[0].text}
                arguments = arguments[1:]
            pending.append((node.parts[0], bound))
            pending.extend((argument, inner) for argument in arguments)
        else:
            pending.extend((part, bound) for part in node.parts)


def compile_rule(text: str) -> list[Any]:
    """Turn a validation rule of a CRD into lists that JSON holds and `evaluate` takes. For the
    generator of the table.

    Raises:
        SyntaxFault: The text is not an expression of CEL.
        ValueError: It uses something that `evaluate` does not know.
    """
    return _compiled(_Parser(text).parse())


def _compiled(node: _Node) -> list[Any]:
    kind, text = node.kind, node.text
    if kind == "literal":
        return ["value", _literal(text)]
    if kind == "name":
        return ["name", text]
    parts = [_compiled(part) for part in node.parts]
    if kind in ("or", "and", "not", "ternary", "index", "==", "!=", "<", ">", "<=", ">="):
        return [kind, *parts]
    if kind == "select":
        return ["select", parts[0], text]
    if (
        kind == "call"
        and text in ("has", "size")
        or kind == "method"
        and text in _METHODS | _MACROS - {"map"}
    ):
        return [text, *parts]
    raise ValueError(f"{kind} {text}")


def _literal(text: str) -> Any:
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    if text[0] in "'\"":
        return text[1:-1].replace("\\'", "'").replace('\\"', '"').replace("\\\\", "\\")
    return float(text) if "." in text else int(text)


_METHODS = frozenset({"startsWith", "endsWith", "contains", "substring", "size", "matches"})


class Unknown(Exception):
    """A rule asks for a value that the manifest does not say, such as the object before the
    change."""


def evaluate(rule: list[Any], names: dict[str, Any]) -> Any:
    """Evaluate a compiled rule. Values are those of JSON.

    Raises:
        Unknown: A name, a field or a type is not there; the API server refuses such an object for
            another reason.
    """
    kind, *arguments = rule
    if kind == "value":
        return arguments[0]
    if kind == "name":
        if arguments[0] not in names:
            raise Unknown
        return names[arguments[0]]
    if kind == "has":
        _, holder, field = arguments[0]
        held = evaluate(holder, names)
        return isinstance(held, dict) and held.get(field) is not None
    if kind == "select":
        held = evaluate(arguments[0], names)
        if not isinstance(held, dict) or held.get(arguments[1]) is None:
            raise Unknown
        return held[arguments[1]]
    if kind in ("or", "and"):
        return _either(arguments, names, wanted=kind == "or")
    if kind == "not":
        return not evaluate(arguments[0], names)
    if kind == "ternary":
        return evaluate(arguments[1] if evaluate(arguments[0], names) else arguments[2], names)
    if kind in _MACROS:
        return _macro(kind, arguments, names)
    try:
        return _apply(kind, *(evaluate(one, names) for one in arguments))
    except (TypeError, AttributeError, LookupError) as error:
        raise Unknown from error


def _either(arguments: list[Any], names: dict[str, Any], *, wanted: bool) -> bool:
    """`||` and `&&` of CEL: one side decides even where the other one fails."""
    unknown: Unknown | None = None
    for one in arguments:
        try:
            if bool(evaluate(one, names)) is wanted:
                return wanted
        except Unknown as error:
            unknown = error
    if unknown is not None:
        raise unknown
    return not wanted


def _macro(kind: str, arguments: list[Any], names: dict[str, Any]) -> Any:
    items, (_, variable), test = evaluate(arguments[0], names), arguments[1], arguments[2]
    if not isinstance(items, (list, dict)):
        raise Unknown
    found = [bool(evaluate(test, {**names, variable: item})) for item in items]
    if kind == "filter":
        return [item for item, kept in zip(items, found, strict=True) if kept]
    return {"all": all(found), "exists": any(found), "exists_one": sum(found) == 1}[kind]


def _apply(kind: str, *values: Any) -> Any:
    one = values[0]
    match kind:
        case "==":
            return one == values[1]
        case "!=":
            return one != values[1]
        case "<":
            return one < values[1]
        case ">":
            return one > values[1]
        case "<=":
            return one <= values[1]
        case ">=":
            return one >= values[1]
        case "size":
            return len(one)
        case "index":
            return one[values[1]]
        case "startsWith":
            return one.startswith(values[1])
        case "endsWith":
            return one.endswith(values[1])
        case "contains":
            return values[1] in one
        case "substring":
            return one[values[1] : values[2] if len(values) > 2 else None]
    raise Unknown
