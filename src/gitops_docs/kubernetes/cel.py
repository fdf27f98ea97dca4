"""Parse expressions of the Common Expression Language (CEL), and evaluate those of the CRDs of
Flux.

The grammar is that of the language definition (google/cel-spec, `doc/langdef.md`) with the optional
field selection that Kubernetes turns on. Parsing is LALR(1), so it takes linear time and no
recursion, whatever the text holds.

`evaluate` knows the functions that the validation rules of Flux's CRDs use; it is not for
expressions of a repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeGuard

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
    """Yield the names that nothing inside the expression binds. No recursion: a text may nest as
    deep as it likes."""
    pending: list[tuple[Tree[Token] | Token, frozenset[str]]] = [(root, frozenset())]
    while pending:
        node, bound = pending.pop()
        if not _is_tree(node):
            continue
        children = node.children
        if node.data == "name":
            token = children[0]
            name = str(token)
            if name in _RESERVED:
                raise SyntaxFault(getattr(token, "start_pos", 0) + 1, False)
            if name not in bound:
                yield name
        elif node.data == "method" and str(children[1]) in _MACROS and len(children) == 3:
            arguments = _children(children[2])
            inner = bound
            if len(arguments) > 1 and getattr(arguments[0], "data", "") == "name":
                inner = bound | {str(_children(arguments[0])[0])}
                arguments = arguments[1:]
            pending.append((children[0], bound))
            pending.extend((argument, inner) for argument in arguments)
        else:
            pending.extend((child, bound) for child in children)


def _is_tree(node: Tree[Token] | Token | None) -> TypeGuard[Tree[Token]]:
    """Tell a tree from a token, which is a text, and from an optional part that is not there."""
    return hasattr(node, "data")


def _children(node: Tree[Token] | Token | None) -> list[Tree[Token] | Token]:
    return node.children if _is_tree(node) else []


Rule: TypeAlias = "list[str | int | float | bool | None | Rule]"
"""A compiled rule as JSON holds it: the operation and its arguments, which are rules, or texts for
names and fields."""


def compile_rule(text: str) -> Rule:
    """Turn a validation rule of a CRD into lists that JSON holds and `evaluate` takes. For the
    generator of the table.

    Raises:
        SyntaxFault: The text is not an expression of CEL.
        ValueError: It uses something that `evaluate` does not know.
    """
    return _compiled(_tree(text))


def _compiled(node: Tree[Token] | Token) -> Rule:
    if not _is_tree(node):
        raise ValueError(f"text {node}")
    children = node.children
    if node.data == "literal":
        return ["value", _literal(str(children[0]))]
    if node.data == "name":
        return ["name", str(children[0])]
    if node.data in ("or_", "and_", "not_", "ternary", "index"):
        return [str(node.data).rstrip("_"), *map(_compiled, children)]
    if node.data == "binary":
        if str(children[1]) not in ("==", "!=", "<", ">", "<=", ">="):
            raise ValueError(f"operator {children[1]}")
        return [str(children[1]), _compiled(children[0]), _compiled(children[2])]
    if node.data == "select":
        return ["select", _compiled(children[0]), str(children[1])]
    arguments = map(_compiled, _children(children[-1]))
    if node.data == "call" and str(children[0]) in ("has", "size"):
        return [str(children[0]), *arguments]
    if node.data == "method" and str(children[1]) in _METHODS | _MACROS - {"map"}:
        return [str(children[1]), _compiled(children[0]), *arguments]
    raise ValueError(f"{node.data} {children[:2]}")


def _literal(text: str) -> str | int | float | bool | None:
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    if text[0] in "'\"":
        return text[1:-1].replace("\\'", "'").replace('\\"', '"').replace("\\\\", "\\")
    return float(text) if "." in text else int(text)


_METHODS = frozenset({"startsWith", "endsWith", "contains", "substring", "size", "matches"})


class Unknown(Exception):
    """A rule asks for a value that the manifest does not say, such as the object before the
    change."""


def evaluate(rule: Rule, names: Mapping[str, object]) -> object:
    """Evaluate a compiled rule. Values are those of JSON.

    Raises:
        Unknown: A name, a field or a type is not there; the API server refuses such an object for
            another reason.
    """
    match rule:
        case ["value", value]:
            return value
        case ["name", str(name)] if name in names:
            return names[name]
        case ["has", ["select", list(holder), str(field)]]:
            held = evaluate(holder, names)
            return isinstance(held, dict) and held.get(field) is not None
        case ["select", list(holder), str(field)]:
            held = evaluate(holder, names)
            if isinstance(held, dict) and held.get(field) is not None:
                return held[field]
        case ["or" | "and" as kind, list(one), list(other)]:
            return _either(one, other, names, wanted=kind == "or")
        case ["not", list(inner)]:
            return not evaluate(inner, names)
        case ["ternary", list(test), list(yes), list(no)]:
            return evaluate(yes if evaluate(test, names) else no, names)
        case [
            "all" | "exists" | "exists_one" | "filter" as kind,
            list(items),
            ["name", str(variable)],
            list(test),
        ]:
            return _macro(kind, evaluate(items, names), variable, test, names)
        case [str(kind), *arguments]:
            values = [evaluate(one, names) for one in arguments if isinstance(one, list)]
            return _apply(kind, values)
    raise Unknown


def _either(one: Rule, other: Rule, names: Mapping[str, object], *, wanted: bool) -> bool:
    """`||` and `&&` of CEL: one side decides even where the other one fails."""
    unknown: Unknown | None = None
    for side in (one, other):
        try:
            if bool(evaluate(side, names)) is wanted:
                return wanted
        except Unknown as error:
            unknown = error
    if unknown is not None:
        raise unknown
    return not wanted


def _macro(
    kind: str, items: object, variable: str, test: Rule, names: Mapping[str, object]
) -> object:
    if not isinstance(items, (list, dict)):
        raise Unknown
    found = [bool(evaluate(test, {**names, variable: item})) for item in items]
    if kind == "filter":
        return [item for item, kept in zip(items, found, strict=True) if kept]
    return {"all": all(found), "exists": any(found), "exists_one": sum(found) == 1}[kind]


def _apply(kind: str, values: list[object]) -> object:
    match kind, values:
        case "==", [one, other]:
            return one == other
        case "!=", [one, other]:
            return one != other
        case "<" | ">" | "<=" | ">=", [one, other]:
            return _is_ordered(kind, one, other)
        case "size", [str() | list() | dict() as one]:
            return len(one)
        case "index", [dict() as one, key] if key in one:
            return one[key]
        case "index", [list() as one, int() as index] if index < len(one):
            return one[index]
        case "startsWith", [str() as one, str() as start]:
            return one.startswith(start)
        case "endsWith", [str() as one, str() as end]:
            return one.endswith(end)
        case "contains", [str() as one, str() as part]:
            return part in one
        case "substring", [str() as one, int() as first]:
            return one[first:]
        case "substring", [str() as one, int() as first, int() as last]:
            return one[first:last]
    raise Unknown


def _is_ordered(sign: str, one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return _holds(sign, one < other, one > other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return _holds(sign, one < other, one > other)
    raise Unknown


def _holds(sign: str, less: bool, more: bool) -> bool:
    return {"<": less, ">": more, "<=": not more, ">=": not less}[sign]
