"""Define the functions that ResourceSet templates may call.

In: plain values. Out: plain values. They are those of slim-sprig's hermetic map that people use,
with flux-operator's `slugify` and `toYaml` (`internal/builder/resourceset.go`). What would depend
on the clock, on chance or on the machine is not there, as in Go.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import posixpath
import unicodedata
import zlib
from collections.abc import Callable
from typing import NoReturn, TypeAlias

import yaml

from gitops_docs.flux.resourcesets.values import (
    Function,
    Int64,
    NotKnown,
    Refusal,
    Some,
    TemplateError,
    Value,
    Variadic,
    printed,
    string,
    truth,
)
from gitops_docs.text import patterns

_MAX_REPEAT = 1 << 20
_SLUG_LENGTH = 63


_Of1: TypeAlias = Callable[[Value], Value]
_Of2: TypeAlias = Callable[[Value, Value], Value]
_Of3: TypeAlias = Callable[[Value, Value, Value], Value]


def _text(value: Value) -> str:
    """`strval`: what sprig makes of a value where it wants text."""
    return "" if value is None else printed(value)


def _of_text(function: Callable[[str], Value]) -> _Of1:
    """Return a function of a text, as Go's types have it."""
    return lambda text: function(string(text))


def _of_texts(function: Callable[[str, str], Value]) -> _Of2:
    """Return a function of two texts, as Go's types have it."""
    return lambda one, other: function(string(one), string(other))


def _int(value: Value) -> int:
    """`toInt64`: 0 for what is not a number."""
    if isinstance(value, int | float):
        return int(value)
    try:
        return int(_text(value), 0)
    except ValueError:
        try:
            return int(_text(value), 10)
        except ValueError:
            return 0


def _number(value: Value) -> float:
    try:
        return float(value if isinstance(value, int | float) else _text(value))
    except ValueError:
        return 0.0


def _quote(*values: Value) -> str:
    return " ".join(
        json.dumps(_text(value), ensure_ascii=False) for value in values if value is not None
    )


def _single_quote(*values: Value) -> str:
    return " ".join(f"'{_text(value)}'" for value in values if value is not None)


def _default(default: Value, *given: Value) -> Value:
    return given[0] if given and truth(given[0]) else default


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _map(value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _truncate(length: Value, text: Value) -> str:
    count, whole = _int(length), string(text)
    if count < 0 and len(whole) + count > 0:
        return whole[count:]
    return whole[:count] if 0 <= count < len(whole) else whole


def _substring(start: Value, end: Value, text: Value) -> str:
    return string(text)[max(0, _int(start)) : _int(end) if _int(end) >= 0 else None]


def _indent(spaces: Value, text: Value) -> str:
    pad, whole = " " * min(max(0, _int(spaces)), 1000), string(text)
    if whole.count("\n") * len(pad) > _MAX_REPEAT:
        raise TemplateError(f"`indent` gives more than {_MAX_REPEAT} characters")
    return pad + whole.replace("\n", "\n" + pad)


def _replace(old: Value, new: Value, text: Value) -> str:
    return string(text).replace(string(old), string(new))


def _repeat(count: Value, text: Value) -> str:
    times, whole = max(0, _int(count)), string(text)
    if times * len(whole) > _MAX_REPEAT:
        raise TemplateError(f"`repeat` gives more than {_MAX_REPEAT} characters")
    return whole * times


def _until(count: Value) -> Value:
    return _until_step(0, count, 1 if _int(count) >= 0 else -1)


def _until_step(start: Value, stop: Value, step: Value) -> Value:
    found = range(_int(start), _int(stop), _int(step))
    if len(found) > _MAX_REPEAT:
        raise TemplateError(f"a list of more than {_MAX_REPEAT} numbers")
    return [*found]


def _split(separator: Value, text: Value) -> Value:
    return _numbered(string(text).split(string(separator)))


def _split_into(separator: Value, count: Value, text: Value) -> Value:
    return _numbered(string(text).split(string(separator), _int(count) - 1))


def _numbered(parts: list[str]) -> Value:
    return {f"_{index}": part for index, part in enumerate(parts)}


def _join(separator: Value, values: Value) -> str:
    items = values if isinstance(values, list) else [values]
    return string(separator).join(_text(item) for item in items if item is not None)


def _cat(*values: Value) -> str:
    return " ".join(printed(value) for value in values if value is not None)


def _dict(*values: Value) -> Value:
    padded = [*values, ""] if len(values) % 2 else [*values]
    return {_text(key): value for key, value in zip(padded[::2], padded[1::2], strict=True)}


def _set(mapping: Value, key: Value, value: Value) -> Value:
    found = _map(mapping)
    found[string(key)] = value
    return found


def _unset(mapping: Value, key: Value) -> Value:
    found = _map(mapping)
    found.pop(string(key), None)
    return found


def _pick(mapping: Value, *keys: Value) -> Value:
    found = _map(mapping)
    return {key: found[key] for key in map(string, keys) if key in found}


def _omit(mapping: Value, *keys: Value) -> Value:
    left_out = set(map(string, keys))
    return {key: value for key, value in _map(mapping).items() if key not in left_out}


def _pluck(key: Value, *mappings: Value) -> Value:
    name = string(key)
    return [mapping[name] for mapping in map(_map, mappings) if name in mapping]


def _keys(*mappings: Value) -> Value:
    return [key for mapping in mappings for key in _map(mapping)]


def _dig(*values: Value) -> Value:
    *keys, default, mapping = values
    for key in map(string, keys):
        if not isinstance(mapping, dict) or key not in mapping:
            return default
        mapping = mapping[key]
    return mapping


def _unique(values: Value) -> Value:
    made: list[Value] = []
    for value in _list(values):
        if value not in made:
            made.append(value)
    return made


def _without(values: Value, *out: Value) -> Value:
    return [value for value in _list(values) if value not in out]


def _texts(values: Value) -> list[str]:
    """`strslice`: the elements of a list as texts; anything else is the only one."""
    if not isinstance(values, list):
        return [_text(values)] if values is not None else []
    return [_text(value) for value in values if value is not None]


def _sorted(values: Value) -> Value:
    return [*sorted(_texts(values))]


def _element(values: Value, at: int) -> Value:
    """Return the first or last element; nil of an empty list."""
    found = _list(values)
    return found[at] if found else None


_KINDS: dict[type, str] = {
    bool: "bool",
    Int64: "int64",
    int: "int",
    float: "float64",
    str: "string",
    dict: "map",
    list: "slice",
}


def _kind(value: Value) -> str:
    return "invalid" if value is None else _KINDS.get(type(value), "struct")


def _ternary(yes: Value, no: Value, value: Value) -> Value:
    if not isinstance(value, bool):
        raise TypeError
    return yes if value else no


def _fail(message: Value) -> NoReturn:
    raise Refusal("a template calls `fail`")


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _json_numbers(value: Value) -> Value:
    """Return numbers as JSON writes them: a float that is whole has no point.

    Raises:
        TemplateError: A value in it is not known.
    """
    if isinstance(value, NotKnown):
        raise TemplateError(value.reason)
    if isinstance(value, dict):
        return {key: _json_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_json_numbers(inner) for inner in value]
    if type(value) is Int64:
        return int(value)
    return (
        int(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e21
        else value
    )


def to_yaml(value: Value) -> str:
    """`sigs.k8s.io/yaml`: keys sorted, a line break at the end."""
    text: str = yaml.dump(
        _json_numbers(value),
        Dumper=_Dumper,
        allow_unicode=True,
        width=1 << 30,
        default_flow_style=False,
    )
    return text.removesuffix("...\n")


def _to_json(value: Value) -> str:
    text = _to_raw_json(value)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _to_raw_json(value: Value) -> str:
    return json.dumps(
        _json_numbers(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def _to_pretty_json(value: Value) -> str:
    return json.dumps(_json_numbers(value), sort_keys=True, indent=2, ensure_ascii=False)


def _from_json(text: str) -> Value:
    found: Value = json.loads(text)
    return found


def slugify(text: Value) -> str:
    """`slug.Make` with flux-operator's settings: at most 63 characters, cut between words where
    there are any."""
    plain = string(text).strip().replace("&", "and").replace("@", "at")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
    made = patterns.sub(r"-+", "-", patterns.sub(r"[^a-z0-9-_]", "-", plain)).strip("-_")
    if len(made) <= _SLUG_LENGTH:
        return made
    cut = made.rfind("-", 0, _SLUG_LENGTH + 1)
    return made[: cut if cut >= 0 else _SLUG_LENGTH]


def _title(text: str) -> str:
    return patterns.sub(r"(^|\s)(\S)", lambda match: match[1] + match[2].upper(), text)


def _divide(one: Value, other: Value) -> Value:
    return Int64(math.trunc(_int(one) / _int(other)))


def _modulo(one: Value, other: Value) -> Value:
    return Int64(math.fmod(_int(one), _int(other)))


def _add(*values: Value) -> Value:
    return Int64(sum(map(_int, values)))


def _multiply(*values: Value) -> Value:
    return Int64(math.prod(map(_int, values)))


def _largest(*values: Value) -> Value:
    return Int64(max(map(_int, values)))


def _smallest(*values: Value) -> Value:
    return Int64(min(map(_int, values)))


def _coalesce(*values: Value) -> Value:
    return next((value for value in values if truth(value)), None)


def _all(*values: Value) -> Value:
    return all(map(truth, values))


def _any(*values: Value) -> Value:
    return any(map(truth, values))


def _listed(*values: Value) -> Value:
    return [*values]


def _concat(*lists: Value) -> Value:
    return [item for values in lists for item in _list(values)]


def _digest(name: str) -> _Of1:
    return _of_text(
        lambda text: hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()
    )


_OF_ONE: dict[str, _Of1] = {
    "slugify": slugify,
    "toYaml": to_yaml,
    "mustToYaml": to_yaml,
    "toJson": _to_json,
    "mustToJson": _to_json,
    "toRawJson": _to_raw_json,
    "toPrettyJson": _to_pretty_json,
    "fromJson": _of_text(_from_json),
    "empty": lambda value: not truth(value),
    "fail": _fail,
    "kindOf": _kind,
    # Texts
    "upper": _of_text(str.upper),
    "lower": _of_text(str.lower),
    "title": _of_text(_title),
    "trim": _of_text(str.strip),
    "toString": _text,
    "b64enc": _of_text(lambda text: base64.b64encode(text.encode()).decode()),
    "b64dec": _of_text(lambda text: base64.b64decode(text, validate=True).decode()),
    "sha1sum": _digest("sha1"),
    "sha256sum": _digest("sha256"),
    "adler32sum": _of_text(lambda text: str(zlib.adler32(text.encode()))),
    "base": _of_text(posixpath.basename),
    "dir": _of_text(lambda path: posixpath.dirname(path) or "."),
    "ext": _of_text(lambda path: posixpath.splitext(path)[1]),
    "clean": _of_text(posixpath.normpath),
    # Numbers
    "int": _int,
    "int64": lambda value: Int64(_int(value)),
    "float64": _number,
    "atoi": _int,
    "add1": lambda value: Int64(_int(value) + 1),
    "ceil": lambda value: float(math.ceil(_number(value))),
    "floor": lambda value: float(math.floor(_number(value))),
    "until": _until,
    # Lists and mappings
    "first": lambda values: _element(values, 0),
    "last": lambda values: _element(values, -1),
    "rest": lambda values: _list(values)[1:],
    "initial": lambda values: _list(values)[:-1],
    "reverse": lambda values: _list(values)[::-1],
    "uniq": _unique,
    "compact": lambda values: [value for value in _list(values) if truth(value)],
    "sortAlpha": _sorted,
    "toStrings": lambda values: [*_texts(values)],
    "values": lambda mapping: [*_map(mapping).values()],
}
_OF_TWO: dict[str, _Of2] = {
    "kindIs": lambda kind, value: _kind(value) == kind,
    # Texts
    "trimAll": _of_texts(lambda cut, text: text.strip(cut)),
    "trimSuffix": _of_texts(lambda cut, text: text.removesuffix(cut)),
    "trimPrefix": _of_texts(lambda cut, text: text.removeprefix(cut)),
    "contains": _of_texts(lambda part, text: part in text),
    "hasPrefix": _of_texts(lambda part, text: text.startswith(part)),
    "hasSuffix": _of_texts(lambda part, text: text.endswith(part)),
    "trunc": _truncate,
    "repeat": _repeat,
    "indent": _indent,
    "nindent": lambda spaces, text: "\n" + _indent(spaces, text),
    "join": _join,
    "split": _split,
    "splitList": lambda separator, text: [*string(text).split(string(separator))],
    # Numbers
    "sub": lambda one, other: Int64(_int(one) - _int(other)),
    "div": _divide,
    "mod": _modulo,
    # Lists and mappings
    "append": lambda values, value: [*_list(values), value],
    "push": lambda values, value: [*_list(values), value],
    "prepend": lambda values, value: [value, *_list(values)],
    "has": lambda value, values: value in _list(values) if values is not None else False,
    "get": lambda mapping, key: _map(mapping).get(string(key), ""),
    "unset": _unset,
    "hasKey": lambda mapping, key: string(key) in _map(mapping),
}
_OF_THREE: dict[str, _Of3] = {
    "ternary": _ternary,
    "substr": _substring,
    "replace": _replace,
    "splitn": _split_into,
    "untilStep": _until_step,
    "set": _set,
}
_OF_SOME: dict[str, Some] = {
    "default": _default,
    "without": _without,
    "pick": _pick,
    "omit": _omit,
    "pluck": _pluck,
}
_OF_ANY: dict[str, Variadic] = {
    "coalesce": _coalesce,
    "all": _all,
    "any": _any,
    "quote": _quote,
    "squote": _single_quote,
    "cat": _cat,
    "add": _add,
    "mul": _multiply,
    "max": _largest,
    "min": _smallest,
    "list": _listed,
    "tuple": _listed,
    "concat": _concat,
    "dict": _dict,
    "keys": _keys,
    "dig": _dig,
}
FUNCTIONS: dict[str, Function] = {**_OF_ONE, **_OF_TWO, **_OF_THREE, **_OF_SOME, **_OF_ANY}
"""Name to function. Those with regular expressions are left out: Python's differ from Go's, and a
text can make them run without end."""
