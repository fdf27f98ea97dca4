"""Define the functions that Go's text/template has itself (`text/template/funcs.go`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeGuard

from gitops_docs.flux.resourcesets.values import (
    Function,
    Some,
    TemplateError,
    Value,
    Variadic,
    printed,
    string,
    truth,
    whole,
)
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Match


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
    """Return the element of a list, the value of a mapping or the byte of a text, again and
    again."""
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
    """Return the part of a text or list from one place to another, to the end where there is
    none."""
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
BUILT_IN: dict[str, Function] = {**_OF_ONE, **_OF_TWO, **_OF_SOME, **_OF_ANY}
