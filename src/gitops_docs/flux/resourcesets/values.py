"""Define the values of Go's text/template, and print them as Go does.

In: JSON, and what only the cluster knows. Out: truth, text and type of a value, or why a template
cannot go on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol, TypeAlias

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


class OpenMap(dict[str, Value]):
    """A map of which only some keys are known: a template that reads another one, or the map as a
    whole, learns why."""

    def __init__(self, known: Mapping[str, Value], reason: str) -> None:
        super().__init__(known)
        self.reason = reason


def bounded(value: Value) -> Value:
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
    """Return whether Go's `text/template` takes a value for true: it is not false, zero, nil or
    empty (`IsTrue`)."""
    if isinstance(value, NotKnown) or (isinstance(value, OpenMap) and not value):
        raise TemplateError(value.reason)
    return bool(value)


def printed(value: Value, *, top: bool = False) -> str:
    """Return a value as `fmt` prints it with `%v`; nil is `<no value>` at the top of a template."""
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
    """Return the shortest text; with an exponent from 1e+06 on and below 1e-4 (`%g` of
    `strconv/ftoa.go`). A whole number has no point."""
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
