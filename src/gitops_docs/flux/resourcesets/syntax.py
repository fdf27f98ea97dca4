"""Parse Go's text/template (`parse/lex.go`, `parse/parse.go`).

In: a template with `<<` and `>>`. Out: its nodes. Not here: `define`, `block` and `template`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from gitops_docs.flux.resourcesets.values import Refusal, TemplateError
from gitops_docs.text.patterns import Cursor, Pattern

LEFT, RIGHT = "<<", ">>"


class Literal(Struct, frozen=True):
    """A constant."""

    value: str | int | float | bool | None


class Dot(Struct, frozen=True):
    """`.`, the value that the nodes around it work on."""


class Variable(Struct, frozen=True):
    """`$name`, or `$`."""

    name: str


class Name(Struct, frozen=True):
    """The name of a function."""

    name: str


class Fields(Struct, frozen=True):
    """Fields of a value, one in the other: `.a.b`."""

    base: Operand
    names: tuple[str, ...]


class Pipeline(Struct, frozen=True):
    """Commands, each with the result of the one before; `variables` take the last result."""

    commands: tuple[Command, ...]
    variables: tuple[str, ...] = ()
    assigns: bool = False


Operand: TypeAlias = Literal | Dot | Variable | Name | Fields | Pipeline
Command: TypeAlias = tuple[Operand, ...]
"""A value, or the name of a function and what it is given."""


class Text(Struct, frozen=True):
    """Text outside of actions."""

    text: str


class Action(Struct, frozen=True):
    """A pipeline whose result is printed, unless variables take it."""

    pipeline: Pipeline


class Branch(Struct):
    """`if`, `range` or `with`."""

    kind: str
    pipeline: Pipeline
    body: list[Node] = field(default_factory=list)
    otherwise: list[Node] = field(default_factory=list)


class Leave(Struct, frozen=True):
    """`break` or `continue`."""

    kind: str


Node: TypeAlias = Text | Action | Branch | Leave


class Token(Struct, frozen=True):
    """A token of an action, with its place in the template."""

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


def parse(text: str) -> list[Node]:
    """Return the nodes of a template.

    Raises:
        TemplateError: It is malformed.
    """
    return _Parser(text).parse()


class _Parser:
    def __init__(self, template: str) -> None:
        self.pieces = list(_split(template))
        self.position = 0

    def parse(self) -> list[Node]:
        nodes, stop = self._list()
        if stop is not None:
            raise Refusal(f"a template has `{stop[0].text}` without `if`, `range` or `with`")
        return nodes

    def _list(self) -> tuple[list[Node], list[Token] | None]:
        """Return nodes up to `else`, `end` or the end of the text; the tokens of what stopped
        it."""
        nodes: list[Node] = []
        while self.position < len(self.pieces):
            piece = self.pieces[self.position]
            self.position += 1
            if isinstance(piece, str):
                nodes.append(Text(piece))
                continue
            if not piece:
                raise Refusal("a template has an action without a command")
            word = piece[0].text if piece[0].kind == "name" else ""
            if word in ("else", "end"):
                return nodes, piece
            if word in ("if", "range", "with"):
                nodes.append(self._branch(word, piece[1:]))
            elif word in ("break", "continue"):
                nodes.append(Leave(word))
            elif word in _KEYWORDS:
                raise TemplateError(f"`{word}` is not supported here")
            else:
                nodes.append(Action(_Expression(piece).whole()))
        return nodes, None

    def _branch(self, kind: str, tokens: list[Token]) -> Branch:
        made = Branch(kind, _Expression(tokens, ranges=kind == "range").whole())
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


def _split(template: str) -> Iterator[str | list[Token]]:
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


def _tokens(cursor: Cursor, position: int) -> tuple[list[Token], int, bool]:
    template = cursor.text
    found: list[Token] = []
    while position < len(template):
        if template.startswith(RIGHT, position):
            return found, position + len(RIGHT), False
        if template.startswith("-" + RIGHT, position) and template[position - 1] in _SPACE:
            return found, position + 1 + len(RIGHT), True
        match = cursor.match(_TOKEN, position)
        if match is None or match.lastgroup is None:
            raise TemplateError("an action with a character that is not allowed there")
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup, match[0], position, match.end()))
        position = match.end()
    raise Refusal("a template has an action that is not closed")


class _Expression:
    """Parses the tokens of one action."""

    def __init__(self, tokens: Sequence[Token], *, ranges: bool = False) -> None:
        self.tokens = tokens
        self.position = 0
        self.ranges = ranges

    def whole(self) -> Pipeline:
        made = self._pipeline()
        if self.position < len(self.tokens):
            raise TemplateError(f"unexpected `{self.tokens[self.position].text}`")
        return made

    def _peek(self, offset: int = 0) -> Token | None:
        at = self.position + offset
        return self.tokens[at] if at < len(self.tokens) else None

    def _is(self, text: str, offset: int = 0) -> bool:
        token = self._peek(offset)
        return token is not None and token.kind == "sign" and token.text == text

    def _pipeline(self) -> Pipeline:
        variables, assigns = self._declared()
        commands = [self._command()]
        while self._is("|"):
            self.position += 1
            commands.append(self._command())
        return Pipeline(tuple(commands), variables, assigns)

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

    def _command(self) -> Command:
        operands: list[Operand] = []
        while (token := self._peek()) is not None and not (
            token.kind == "sign" and token.text in ("|", ")")
        ):
            operands.append(self._operand())
        if not operands:
            raise TemplateError("a pipeline without a command")
        return tuple(operands)

    def _operand(self) -> Operand:
        token = self.tokens[self.position]
        self.position += 1
        base: Operand
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
            base, names = Dot(), [token.text[1:]]
        elif token.kind == "dot":
            base = Dot()
        elif token.kind == "variable":
            base = Variable(token.text)
        elif token.kind == "name" and token.text in _UNDEFINED:
            raise Refusal(f"a template calls `{token.text}`, which is not defined")
        elif token.kind == "name" and token.text not in ("true", "false", "nil"):
            base = Name(token.text)
        else:
            return Literal(_literal(token))
        end = token.end
        while (after := self._peek()) is not None and after.kind == "field" and after.start == end:
            names.append(after.text[1:])
            end = after.end
            self.position += 1
        return Fields(base, tuple(names)) if names else base


def _literal(token: Token) -> str | int | float | bool | None:
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
