"""Parse expressions of the Common Expression Language (CEL), and evaluate those of the CRDs of
Flux.

The grammar is that of the language definition (google/cel-spec, `doc/langdef.md`) with the optional
field selection that Kubernetes turns on. Parsing is LALR(1), so it takes linear time and no
recursion, whatever the text holds.

`evaluate` knows the functions that the validation rules of Flux's CRDs use; it is not for
expressions of a repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

_GRAMMAR = r"""
?start: expr
?expr: or_ | or_ "?" or_ ":" expr -> ternary
?or_: and_ | or_ "||" and_ -> or_
?and_: relation | and_ "&&" relation -> and_
?relation: sum | relation RELATION sum -> binary
?sum: product | sum SIGN product -> binary
?product: unary | product TIMES unary -> binary
?unary: member | "!" unary -> not_ | MINUS unary -> negative
?member: primary
  | member "." SELECTOR -> select
  | member "." SELECTOR "(" [list] ")" -> method
  | member "." "?" SELECTOR -> select
  | member "[" expr "]" -> index
  | member "[" "?" expr "]" -> index
  | member "{" [fields] "}" -> message
?primary: SELECTOR -> name
  | "." SELECTOR -> name
  | SELECTOR "(" [list] ")" -> call
  | "." SELECTOR "(" [list] ")" -> call
  | "(" expr ")"
  | "[" [list] "]" -> list_
  | "{" [entries] "}" -> map_
  | LITERAL -> literal
list: expr ("," expr)* [","]
fields: SELECTOR ":" expr ("," SELECTOR ":" expr)* [","]
entries: entry ("," entry)* [","]
entry: ["?"] expr ":" expr

RELATION: /<=|>=|==|!=|<|>|in(?![A-Za-z0-9_])/
SIGN: "+" | MINUS
MINUS.2: "-"
TIMES: "*" | "/" | "%"
SELECTOR: /[A-Za-z_][A-Za-z0-9_]*/
LITERAL.3: NUMBER | STRING | /(?:true|false|null)(?![A-Za-z0-9_])/
NUMBER: /(?:0x[0-9A-Fa-f]+u?|[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[uU]?)/
STRING: /[bB]?[rR]?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')/s
%ignore /[ \t\r\n\f]+/
%ignore /\/\/[^\n]*/
"""
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


@cache
def _parser() -> Lark:
    from lark import Lark  # late: only repositories with expressions need it

    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def _tree(text: str) -> Tree[Token] | Token:
    from lark.exceptions import (
        UnexpectedCharacters,
        UnexpectedEOF,
        UnexpectedInput,
        UnexpectedToken,
    )

    try:
        return _parser().parse(text)
    except UnexpectedEOF as error:
        raise SyntaxFault(len(text) + 1, True) from error
    except UnexpectedToken as error:
        at_end = error.token.type == "$END"
        raise SyntaxFault(
            len(text) + 1 if at_end else (error.pos_in_stream or 0) + 1, at_end
        ) from error
    except UnexpectedCharacters as error:
        raise SyntaxFault((error.pos_in_stream or 0) + 1, False) from error
    except UnexpectedInput as error:
        raise SyntaxFault(1, False) from error


def parse(text: str) -> Expression:
    """Check the syntax of an expression.

    Raises:
        SyntaxFault: The text is not an expression of CEL.
    """
    return Expression(tuple(sorted(set(_free(_tree(text))))))


def _free(root: Tree[Token] | Token) -> Iterator[str]:
    """Names that nothing inside the expression binds. No recursion: a text may nest as deep as it
    likes."""
    pending: list[tuple[Any, frozenset[str]]] = [(root, frozenset())]
    while pending:
        node, bound = pending.pop()
        if not hasattr(node, "data"):
            continue
        children = node.children
        if node.data == "name":
            name = str(children[0])
            if name in _RESERVED:
                raise SyntaxFault(children[0].start_pos + 1, False)
            if name not in bound:
                yield name
        elif node.data == "method" and str(children[1]) in _MACROS and len(children) == 3:
            arguments = children[2].children
            inner = bound
            if len(arguments) > 1 and getattr(arguments[0], "data", "") == "name":
                inner = bound | {str(arguments[0].children[0])}
                arguments = arguments[1:]
            pending.append((children[0], bound))
            pending.extend((argument, inner) for argument in arguments)
        else:
            pending.extend((child, bound) for child in children)


def compile_rule(text: str) -> list[Any]:
    """Turn a validation rule of a CRD into lists that JSON holds and `evaluate` takes. For the
    generator of the table.

    Raises:
        SyntaxFault: The text is not an expression of CEL.
        ValueError: It uses something that `evaluate` does not know.
    """
    return _compiled(_tree(text))


def _compiled(node: Any) -> list[Any]:
    if node.data == "literal":
        return ["value", _literal(str(node.children[0]))]
    if node.data == "name":
        return ["name", str(node.children[0])]
    children = list(node.children)
    if node.data in ("or_", "and_", "not_", "ternary", "index"):
        return [node.data.rstrip("_"), *map(_compiled, children)]
    if node.data == "binary":
        if str(children[1]) not in ("==", "!=", "<", ">", "<=", ">="):
            raise ValueError(f"operator {children[1]}")
        return [str(children[1]), _compiled(children[0]), _compiled(children[2])]
    if node.data == "select":
        return ["select", _compiled(children[0]), str(children[1])]
    arguments = (
        [_compiled(one) for one in children[-1].children]
        if hasattr(children[-1], "children")
        else []
    )
    if node.data == "call" and str(children[0]) in ("has", "size"):
        return [str(children[0]), *arguments]
    if node.data == "method" and str(children[1]) in _METHODS | _MACROS - {"map"}:
        return [str(children[1]), _compiled(children[0]), *arguments]
    raise ValueError(f"{node.data} {children[:2]}")


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
