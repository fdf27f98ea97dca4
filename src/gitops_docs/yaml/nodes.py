"""Define the YAML values that the engine works on: plain containers that know where they were
written.

A parsed document is a tree of `Map`, `Seq`, `Scalar` and `Sealed`. All four carry the file and the
line they came from, so that provenance needs no second structure: a value that a patch, a component
or a variable put into an object still points at the line that holds it. Trees are shared (aliases,
files used by many layers) and therefore never changed in place by code that did not make them: take
a `copy_tree` first.

A `Scalar` is its text as written. `1.10` is the text `1.10`; what YAML makes of it is asked for
with `scalar_kind` and `plain_value`. Never test a scalar for truth to learn a boolean (`"false"` is
true): use `is_true`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from math import isfinite
from typing import Literal, NoReturn, TypeAlias, TypeVar, final, overload

from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern

ScalarKind: TypeAlias = Literal["str", "int", "float", "bool", "null", "timestamp"]

PLAIN = ""
SINGLE_QUOTED = "'"
DOUBLE_QUOTED = '"'
LITERAL = "|"
FOLDED = ">"
TEXT = "!"
"""Written without quotes, but known to be text: what a transformer sets. Printed with quotes where
it needs them."""


@final
class Scalar(str):
    """A YAML scalar: its text, how it was quoted, and where it stands."""

    __slots__ = ("anchor", "file", "line", "style")

    file: str
    """Path relative to the scan root; empty for a value that no file holds."""
    line: int
    """1-based; 0 where `file` is empty."""
    style: str
    """One of PLAIN, SINGLE_QUOTED, DOUBLE_QUOTED, LITERAL, FOLDED, TEXT."""
    anchor: Scalar
    """Of an alias, which has a line of its own: what it stands for. Not set on any other scalar."""

    def __reduce__(self) -> tuple[object, ...]:
        return scalar, (str(self), self.file, self.line, self.style)

    def __deepcopy__(self, memo: object) -> Scalar:
        return self

    def __copy__(self) -> Scalar:
        return self


class BareKey(str):
    """A key without quotes that YAML 1.2 or 1.1 takes for something else than a text, such as `1`,
    `true` or `yes`.

    It is a key like any other, except where it is printed.
    """

    __slots__ = ("line",)

    line: int
    """1-based; 0 where no file holds it."""

    def __reduce__(self) -> tuple[object, ...]:
        return bare_key, (str(self), self.line)

    def __deepcopy__(self, memo: object) -> BareKey:
        return self


@final
class Map(dict[str, "Node"]):
    """A YAML mapping; keys are strings in the order of the file. `flow`, which `is_flow` asks for,
    is there if it is in braces."""

    __slots__ = ("file", "flow", "line")

    file: str
    line: int
    flow: bool


@final
class Seq(list["Node"]):
    """A YAML sequence. A list in block style begins on the line of its first item: `key_line`,
    which only a list that was read has, is that of its key. `flow` is there if it is in
    brackets."""

    __slots__ = ("file", "flow", "key_line", "line")

    file: str
    line: int
    key_line: int
    flow: bool


OUTLINED = "sealed-value"
"""What stands for a secret in the outline of a text: a word that is text and stays one wherever it
stands."""


@final
class Sealed:
    """A secret's value: it can be carried and replaced, and read only by `kustomize/` and `flux/`
    through `unseal`.

    No text, no equality, no pickle: code that prints, compares, caches or logs it gets nothing.
    """

    __slots__ = ("__outline", "__value", "file", "line")

    def __init__(self, value: Scalar, file: str, line: int, outline: Scalar | None = None) -> None:
        self.__value = value
        self.__outline = outline
        self.file = file
        self.line = line

    def like(self, value: Scalar) -> Sealed:
        """Return another form of the same text, sealed."""
        return Sealed(value, self.file, self.line, self.__outline)

    def at(self, file: str, line: int) -> Sealed:
        """Return the same value in another place."""
        return Sealed(self.__value, file, line, self.__outline)

    def outline(self) -> Scalar | None:
        """Return the text without its secrets, by which a reader of YAML in it finds what has to
        stay sealed; None where the whole text is secret.

        A substituted variable stands in it as the expression. A text in which a Secret is written
        is its own outline: reading it seals the Secret again.
        """
        return self.__outline

    def unseal(self) -> Scalar:
        """Return the value, for a hash suffix, a merge or a substitution. Whatever is made from it
        is sealed again."""
        return self.__value

    def __repr__(self) -> str:
        return "Sealed(...)"

    def __str__(self) -> NoReturn:
        raise TypeError("a sealed value has no text")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("a sealed value has no text")

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a sealed value is never stored")

    def __deepcopy__(self, memo: object) -> Sealed:
        return self


Node: TypeAlias = Scalar | Map | Seq | Sealed
Container = TypeVar("Container", Map, Seq)
Plain: TypeAlias = "str | int | float | bool | None | Sealed | list[Plain] | dict[str, Plain]"
"""A JSON value; a secret in it stays sealed."""


def scalar(text: str, file: str = "", line: int = 0, style: str = PLAIN) -> Scalar:
    """Return a scalar that stands at `file:line`."""
    made = Scalar(text)
    made.file = file
    made.line = line
    made.style = style
    return made


def bare_key(text: str, line: int = 0) -> str:
    """Return a key that was written without quotes: a `BareKey` where YAML 1.1 or 1.2 takes it for
    something else than a text, otherwise `text` itself."""
    if plain_kind(text) == "str" and text not in OLD_BOOLS:
        return text
    made = BareKey(text)
    made.line = line
    return made


def mapping(file: str = "", line: int = 0, items: Iterable[tuple[str, Node]] = ()) -> Map:
    """Return a mapping that starts at `file:line`. Make them here: a bare `Map()` has no place."""
    made = Map(items)
    made.file = file
    made.line = line
    return made


def sequence(file: str = "", line: int = 0, items: Iterable[Node] = ()) -> Seq:
    """Return a sequence that starts at `file:line`."""
    made = Seq(items)
    made.file = file
    made.line = line
    made.key_line = 0
    return made


def is_flow(node: object) -> bool:
    """Return whether a mapping or list is written in braces or brackets, where kustomize prints
    some values in another way."""
    return getattr(node, "flow", False)


def placed(made: Container, like: Map | Seq) -> Container:
    """Return a new container, put where another stands and written like it."""
    made.file = like.file
    made.line = like.line
    if getattr(like, "flow", False):
        made.flow = True
    return made


def text_like(text: str, origin: object, style: str | None = None) -> Scalar:
    """Return a string scalar (never resolved to a number or bool unless `style` says PLAIN) that
    stands where `origin` stands."""
    return scalar(
        text,
        getattr(origin, "file", ""),
        getattr(origin, "line", 0),
        DOUBLE_QUOTED if style is None else style,
    )


@overload
def copy_tree(node: Map) -> Map: ...


@overload
def copy_tree(node: Seq) -> Seq: ...


@overload
def copy_tree(node: Node) -> Node: ...


def copy_tree(node: Node) -> Node:
    """Return a copy whose containers may be changed; scalars and sealed values are shared, since
    they never change."""
    if type(node) is Map:
        made = placed(Map(), node)
        for key, value in node.items():
            inner = type(value)
            made[key] = value if inner is Scalar or inner is Sealed else copy_tree(value)
        return made
    if type(node) is Seq:
        items = Seq(
            [
                value if type(value) is Scalar or type(value) is Sealed else copy_tree(value)
                for value in node
            ]
        )
        placed(items, node)
        items.key_line = getattr(node, "key_line", 0)
        return items
    return node


def depth_exceeds(node: object, limit: int) -> bool:
    """Return whether mappings and sequences nest deeper than `limit`; counted without recursion."""
    level = [node]
    for _ in range(limit):
        level = [
            value
            for container in level
            if type(container) is Map or type(container) is Seq
            for value in (container.values() if type(container) is Map else container)
            if type(value) is Map or type(value) is Seq
        ]
        if not level:
            return False
    return True


def is_text_key(key: str) -> bool:
    """Return whether a key is a text to YAML 1.2, in quotes or not."""
    return type(key) is not BareKey or plain_kind(key) == "str"


def not_finite(node: object) -> Scalar | Sealed | None:
    """Return the first value in a tree that is `.inf` or `.nan`, which JSON does not have; None
    where there is none."""
    if type(node) is Scalar:
        return node if node.style == PLAIN and node in NOT_FINITE else None
    if type(node) is Sealed:
        return node if not_finite(node.unseal()) is not None else None
    for value in node.values() if type(node) is Map else node if type(node) is Seq else ():
        if type(value) is Scalar and (value.style != PLAIN or value not in NOT_FINITE):
            continue
        found = not_finite(value)
        if found is not None:
            return found
    return None


def deep_merge(base: Map, over: Map) -> Map:
    """`over` merged into `base` as Helm merges values: mappings deeply, everything else
    replaced."""
    result = mapping(base.file, base.line, base.items())
    for key, value in over.items():
        mine = result.get(key)
        result[key] = deep_merge(mine, value) if type(mine) is Map and type(value) is Map else value
    return result


_INT = Pattern(
    r"(?:[-+]?(?:0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|[0-9]+)|0b[-+][01]+|0o[-+][0-7]+)\z"
)
_FLOAT = Pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\z")
NOT_FINITE = frozenset(
    sign + word for word in (".inf", ".Inf", ".INF") for sign in ("", "+", "-")
) | {
    ".nan",
    ".NaN",
    ".NAN",
}
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
OLD_BOOLS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), "true"),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), "false"),
}
"""Words that are booleans to YAML 1.1, which go-yaml v2 reads, and what they mean."""
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_DATE = Pattern(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?\z"
)


def _is_date(text: str) -> bool:
    """Return whether a text is one of the four forms of a time that go-yaml knows
    (`parseTimestamp`), and such a time exists."""
    match = _DATE.match(text)
    if match is None:
        return False
    year, month, day, hour, minute, second = (
        [int(part) for part in match.groups() if part] + [0, 0, 0]
    )[:6]
    try:
        datetime(year or 4, month, day, hour, minute, second)
    except ValueError:
        return False
    return True


@memo(65536)
def plain_kind(text: str) -> ScalarKind:
    """Return what an unquoted scalar of this text is, by the rules of go-yaml v3 (`resolve.go`):
    1.2 core, `0644` octal, no `yes`/`no`."""
    if text in _NULLS:
        return "null"
    if text in _BOOLS:
        return "bool"
    first = text[0]
    if first in "+-.0123456789":
        if text in NOT_FINITE:
            return "float"
        if _is_date(text):
            return "timestamp"
        plain = text.replace("_", "")  # Wherever they stand, but in front.
        if _INT.match(plain) and _int_value(plain) is not None:
            return "int"
        # Digits that are too many for an integer are a float, with `0x` before them a text.
        if _FLOAT.match(plain) and isfinite(float(plain)):
            return "float"
    return "str"


def _int_value(text: str) -> int | float | None:
    plain = text.replace("_", "")
    sign = 1
    if plain[:1] in "+-":
        sign = -1 if plain[0] == "-" else 1
        plain = plain[1:]
    try:
        if plain[:2] in ("0x", "0X"):
            value = int(plain[2:], 16)
        elif plain[:2] in ("0o", "0O"):
            value = int(plain[2:], 8)
        elif plain[:2] in ("0b", "0B"):
            value = int(plain[2:], 2)
        elif len(plain) > 1 and plain[0] == "0":
            value = int(plain, 8)
        else:
            value = int(plain)
    except ValueError:
        return None
    value *= sign
    return value if -(2**63) <= value < 2**64 else None


def scalar_kind(node: Scalar) -> ScalarKind:
    """`str` for anything quoted or in a block, else what YAML resolves the text to."""
    return plain_kind(node) if node.style == PLAIN else "str"


def plain_value(node: Node | None) -> Plain:
    """Return the JSON value of a node as kustomize sees it: `0644` is 420, `1.10` is 1.1, dates
    stay text.

    Sealed values stay sealed: the caller decides what to show in their place.
    """
    if type(node) is Map:
        return {
            key if type(key) is str else str(key): plain_value(value) for key, value in node.items()
        }
    if type(node) is Seq:
        return [plain_value(value) for value in node]
    if type(node) is Scalar:
        return scalar_value(node)
    return node


def scalar_value(node: Scalar) -> str | int | float | bool | None:
    """Return the JSON value of a scalar: see `plain_value`."""
    text, kind = str(node), scalar_kind(node)
    if kind == "null":
        return None
    if kind == "bool":
        return _BOOLS[text]
    if kind == "int":
        return _int_value(text)
    if kind == "float":
        low = text.lower()
        if low.endswith(".inf"):
            return float("-inf" if low.startswith("-") else "inf")
        if low == ".nan":
            return float("nan")
        return float(text.replace("_", ""))
    return text


def number_value(node: Scalar) -> int | float | None:
    """Return the number that a scalar is; None where it is something else."""
    value = scalar_value(node)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def is_old_word(node: Scalar) -> bool:
    """Return whether an unquoted text is something else to YAML 1.1 (`IsYaml1_1NonString`): `yes`,
    or a text that looks like 1."""
    return node in OLD_BOOLS or (
        node.style == TEXT and node != "" and plain_kind(node) not in ("str", "timestamp")
    )


def as_yaml_1_1(node: Node) -> Node:
    """Return a tree as go-yaml v2 reads it, which kustomize uses for kustomization files and JSON
    patches.

    `yes` and `on` are booleans, a date is the text that is written, and how a text is folded is
    forgotten. (Keys are not looked at.)
    """
    if type(node) is Scalar:
        return scalar_as_yaml_1_1(node)
    if type(node) is Sealed:
        inner = scalar_as_yaml_1_1(node.unseal())
        return node if inner is node.unseal() else node.like(inner)
    if type(node) is Map:
        changed = {
            key: made for key, value in node.items() if (made := as_yaml_1_1(value)) is not value
        }
        return mapping(node.file, node.line, {**node, **changed}.items()) if changed else node
    if type(node) is Seq:
        items = [as_yaml_1_1(value) for value in node]
        same = all(one is other for one, other in zip(items, node, strict=True))
        return node if same else sequence(node.file, node.line, items)
    return node


def scalar_as_yaml_1_1(node: Scalar) -> Scalar:
    """Return a scalar as go-yaml v2 reads it: see `as_yaml_1_1`."""
    if node.style == FOLDED:
        return scalar(str(node), node.file, node.line, LITERAL)
    if node.style != PLAIN or plain_kind(node) not in ("str", "timestamp"):
        return node if node or node.style != PLAIN else scalar("null", node.file, node.line)
    if plain_kind(node) == "timestamp":
        return scalar(str(node), node.file, node.line, DOUBLE_QUOTED)
    word = OLD_BOOLS.get(node)
    return node if word is None else scalar(word, node.file, node.line)


def is_true(node: object) -> bool:
    """Return true for a plain `true`; anything else, absent included, is False."""
    return type(node) is Scalar and scalar_kind(node) == "bool" and _BOOLS[str(node)]


def is_null(node: object) -> bool:
    """Return true for an absent value, an empty one, `null` and `~`."""
    return node is None or (
        type(node) is Scalar and len(node) < 5 and node.style == PLAIN and node in _NULLS
    )


def as_map(node: object) -> Map:
    """Return the node if it is a mapping, else an empty one."""
    return node if type(node) is Map else mapping()


def as_seq(node: object) -> Seq:
    """Return the node if it is a sequence, else an empty one."""
    return node if type(node) is Seq else sequence()


def maps(node: object) -> tuple[Map, ...]:
    """Return the mappings of a sequence; none for anything else."""
    return tuple(item for item in node if type(item) is Map) if type(node) is Seq else ()


def as_text(node: object) -> Scalar | None:
    """Return the scalar if the node is one that is not null, else None."""
    return node if type(node) is Scalar and not is_null(node) else None


def written(node: object) -> str:
    """Return the text of a scalar that is not null, as plain text; empty for anything else."""
    return (
        str(node) if type(node) is Scalar and (len(node) > 4 or not is_null(node)) else ""
    )  # No null is longer.


def object_key(data: Map) -> tuple[str, str, str]:
    """Kind, namespace and name of an object as they are written, empty where they are not."""
    metadata = as_map(data.get("metadata"))
    return (
        written(data.get("kind")),
        written(metadata.get("namespace")),
        written(metadata.get("name")),
    )


def get_path(node: Node | None, *keys: str) -> Node | None:
    """`node[k1][k2]...`, or None where a step is missing or not a mapping."""
    for key in keys:
        if type(node) is not Map:
            return None
        node = node.get(key)
    return node


def walk_leaves(
    node: Node, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Scalar | Sealed]]:
    """Yield every scalar and sealed value below `node` with its path of keys and indexes."""
    if type(node) is Map:
        for key, value in node.items():
            yield from walk_leaves(value, (*path, key))
    elif type(node) is Seq:
        for index, value in enumerate(node):
            yield from walk_leaves(value, (*path, index))
    else:
        yield path, node
