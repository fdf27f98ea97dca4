"""The functions that ResourceSet templates may call.

In: plain values. Out: plain values. They are those of slim-sprig's hermetic map that people use,
with flux-operator's `slugify` and `toYaml` (`internal/builder/resourceset.go`). What would depend
on the clock, on chance or on the machine is not there, as in Go.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import math
import posixpath
import unicodedata
import zlib
from collections.abc import Callable
from typing import Any

import yaml

from gitops_docs.flux.resourcesets.template import (
    Function,
    Int64,
    Refusal,
    TemplateError,
    printed,
    truth,
)
from gitops_docs.text import patterns

_MAX_REPEAT = 1 << 20
_SLUG_LENGTH = 63


def _text(value: Any) -> str:
    """`strval`: what sprig makes of a value where it wants text."""
    return "" if value is None else printed(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _strings(function: Callable[..., Any]) -> Function:
    """A function whose every argument is text, as Go's types have it."""

    @functools.wraps(function)
    def checked(*values: Any) -> Any:
        return function(*map(_string, values))

    return checked


def _int(value: Any) -> int:
    """`toInt64`: 0 for what is not a number."""
    if isinstance(value, (int, float)):
        return int(value)
    try:
        return int(_text(value), 0)
    except ValueError:
        try:
            return int(_text(value), 10)
        except ValueError:
            return 0


def _number(value: Any) -> float:
    try:
        return float(value if isinstance(value, (int, float)) else _text(value))
    except ValueError:
        return 0.0


def _quote(*values: Any) -> str:
    return " ".join(
        json.dumps(_text(value), ensure_ascii=False) for value in values if value is not None
    )


def _default(default: Any, *given: Any) -> Any:
    return given[0] if given and truth(given[0]) else default


def _list(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return list(value)


def _truncate(length: Any, text: Any) -> str:
    count, whole = _int(length), _string(text)
    if count < 0 and len(whole) + count > 0:
        return whole[count:]
    return whole[:count] if 0 <= count < len(whole) else whole


def _indent(spaces: Any, text: Any) -> str:
    pad, whole = " " * min(max(0, _int(spaces)), 1000), _string(text)
    if whole.count("\n") * len(pad) > _MAX_REPEAT:
        raise TemplateError(f"`indent` gives more than {_MAX_REPEAT} characters")
    return pad + whole.replace("\n", "\n" + pad)


def _replace(old: Any, new: Any, text: Any) -> str:
    return _string(text).replace(_string(old), _string(new))


def _repeat(count: Any, text: Any) -> str:
    times, whole = max(0, _int(count)), _string(text)
    if times * len(whole) > _MAX_REPEAT:
        raise TemplateError(f"`repeat` gives more than {_MAX_REPEAT} characters")
    return whole * times


def _until(count: Any) -> list[int]:
    return _until_step(0, count, 1 if _int(count) >= 0 else -1)


def _until_step(start: Any, stop: Any, step: Any) -> list[int]:
    found = range(_int(start), _int(stop), _int(step))
    if len(found) > _MAX_REPEAT:
        raise TemplateError(f"a list of more than {_MAX_REPEAT} numbers")
    return list(found)


def _split(separator: Any, text: Any) -> dict[str, str]:
    return {f"_{index}": part for index, part in enumerate(_string(text).split(_string(separator)))}


def _join(separator: Any, values: Any) -> str:
    items = values if isinstance(values, (list, tuple)) else [values]
    return _string(separator).join(_text(item) for item in items if item is not None)


def _dict(*values: Any) -> dict[str, Any]:
    padded = [*values, ""] if len(values) % 2 else list(values)
    return {_text(key): value for key, value in zip(padded[::2], padded[1::2], strict=True)}


def _set(mapping: dict[str, Any], key: Any, value: Any) -> dict[str, Any]:
    mapping[_string(key)] = value
    return mapping


def _unset(mapping: dict[str, Any], key: Any) -> dict[str, Any]:
    mapping.pop(_string(key), None)
    return mapping


def _get(mapping: Any, key: Any) -> Any:
    if not isinstance(mapping, dict):
        raise TypeError
    return mapping.get(_string(key), "")


def _dig(*values: Any) -> Any:
    *keys, default, mapping = values
    for key in keys:
        if not isinstance(mapping, dict) or key not in mapping:
            return default
        mapping = mapping[key]
    return mapping


def _merge(*mappings: Any) -> dict[str, Any]:
    """`merge`: what the first ones have stays."""
    made: dict[str, Any] = {}
    for mapping in mappings:
        for key, value in mapping.items():
            mine = made.get(key)
            if isinstance(mine, dict) and isinstance(value, dict):
                made[key] = _merge(mine, value)
            elif not truth(mine):
                made[key] = value
    return made


def _unique(values: Any) -> list[Any]:
    made: list[Any] = []
    for value in _list(values):
        if value not in made:
            made.append(value)
    return made


def _kind(value: Any) -> str:
    if value is None:
        return "invalid"
    return {
        bool: "bool",
        Int64: "int64",
        int: "int",
        float: "float64",
        str: "string",
        dict: "map",
        list: "slice",
    }.get(type(value), "struct")


def _ternary(yes: Any, no: Any, value: Any) -> Any:
    if not isinstance(value, bool):
        raise TypeError
    return yes if value else no


def _fail(message: Any) -> Any:
    raise Refusal("a template calls `fail`")


def _required(message: Any, value: Any) -> Any:
    if value is None or value == "":
        raise Refusal("a template calls `required` for something that is empty")
    return value


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _whole(value: Any) -> Any:
    """Numbers as JSON writes them: a float that is whole has no point."""
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(inner) for inner in value]
    if type(value) is Int64:
        return int(value)
    return (
        int(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e21
        else value
    )


def to_yaml(value: Any) -> str:
    """`sigs.k8s.io/yaml`: keys sorted, a line break at the end."""
    text: str = yaml.dump(
        _whole(value), Dumper=_Dumper, allow_unicode=True, width=1 << 30, default_flow_style=False
    )
    return text.removesuffix("...\n")


def _to_json(value: Any) -> str:
    text = json.dumps(_whole(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def slugify(text: Any) -> str:
    """`slug.Make` with flux-operator's settings: at most 63 characters, cut between words where
    there are any."""
    plain = _string(text).strip().replace("&", "and").replace("@", "at")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
    made = patterns.sub(r"-+", "-", patterns.sub(r"[^a-z0-9-_]", "-", plain)).strip("-_")
    if len(made) <= _SLUG_LENGTH:
        return made
    cut = made.rfind("-", 0, _SLUG_LENGTH + 1)
    return made[: cut if cut >= 0 else _SLUG_LENGTH]


def _title(text: str) -> str:
    return patterns.sub(r"(^|\s)(\S)", lambda match: match[1] + match[2].upper(), text)


def _divide(one: Any, other: Any) -> int:
    return Int64(math.trunc(_int(one) / _int(other)))


def _modulo(one: Any, other: Any) -> int:
    return Int64(math.fmod(_int(one), _int(other)))


def _digest(name: str) -> Function:
    return _strings(
        lambda text: hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()
    )


FUNCTIONS: dict[str, Function] = {
    "slugify": slugify,
    "toYaml": to_yaml,
    "mustToYaml": to_yaml,
    "toJson": _to_json,
    "mustToJson": _to_json,
    "toRawJson": lambda value: json.dumps(_whole(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False),
    "toPrettyJson": lambda value: json.dumps(_whole(value), sort_keys=True, indent=2, ensure_ascii=False),
    "fromJson": _strings(json.loads),
    "default": _default,
    "empty": lambda value: not truth(value),
    "coalesce": lambda *values: next((value for value in values if truth(value)), None),
    "all": lambda *values: all(map(truth, values)),
    "any": lambda *values: any(map(truth, values)),
    "ternary": _ternary,
    "fail": _fail,
    "required": _required,
    "quote": _quote,
    "squote": lambda *values: " ".join(f"'{_text(value)}'" for value in values if value is not None),
    "upper": _strings(str.upper),
    "lower": _strings(str.lower),
    "title": _strings(_title),
    "trim": _strings(str.strip),
    "trimAll": _strings(lambda cut, text: text.strip(cut)),
    "trimSuffix": _strings(lambda cut, text: text.removesuffix(cut)),
    "trimPrefix": _strings(lambda cut, text: text.removeprefix(cut)),
    "trunc": _truncate,
    "substr": lambda start, end, text: _string(text)[max(0, _int(start)) : _int(end) if _int(end) >= 0 else None],
    "nospace": _strings(lambda text: "".join(text.split())),
    "replace": _replace,
    "repeat": _repeat,
    "contains": _strings(lambda part, text: part in text),
    "hasPrefix": _strings(lambda part, text: text.startswith(part)),
    "hasSuffix": _strings(lambda part, text: text.endswith(part)),
    "indent": _indent,
    "nindent": lambda spaces, text: "\n" + _indent(spaces, text),
    "cat": lambda *values: " ".join(printed(value) for value in values if value is not None),
    "join": _join,
    "split": _split,
    "splitList": lambda separator, text: _string(text).split(_string(separator)),
    "splitn": lambda separator, count, text: {
        f"_{index}": part for index, part in enumerate(_string(text).split(_string(separator), _int(count) - 1))
    },
    "toString": _text,
    "toStrings": lambda values: [_text(value) for value in values if value is not None],
    "int": _int,
    "int64": lambda value: Int64(_int(value)),
    "float64": _number,
    "atoi": _int,
    "add": lambda *values: Int64(sum(map(_int, values))),
    "add1": lambda value: Int64(_int(value) + 1),
    "sub": lambda one, other: Int64(_int(one) - _int(other)),
    "mul": lambda *values: Int64(math.prod(map(_int, values))),
    "div": _divide,
    "mod": _modulo,
    "max": lambda *values: Int64(max(map(_int, values))),
    "min": lambda *values: Int64(min(map(_int, values))),
    "ceil": lambda value: float(math.ceil(_number(value))),
    "floor": lambda value: float(math.floor(_number(value))),
    "until": _until,
    "untilStep": _until_step,
    "list": lambda *values: list(values),
    "tuple": lambda *values: list(values),
    "first": lambda values: _list(values)[0] if values else None,
    "last": lambda values: _list(values)[-1] if values else None,
    "rest": lambda values: _list(values)[1:],
    "initial": lambda values: _list(values)[:-1],
    "append": lambda values, value: [*_list(values), value],
    "push": lambda values, value: [*_list(values), value],
    "prepend": lambda values, value: [value, *_list(values)],
    "concat": lambda *lists: [item for values in lists for item in _list(values)],
    "reverse": lambda values: _list(values)[::-1],
    "uniq": _unique,
    "compact": lambda values: [value for value in _list(values) if truth(value)],
    "without": lambda values, *out: [value for value in _list(values) if value not in out],
    "has": lambda value, values: value in _list(values) if values is not None else False,
    "sortAlpha": lambda values: sorted(map(_text, values)) if isinstance(values, (list, tuple)) else [_text(values)],
    "dict": _dict,
    "get": _get,
    "set": _set,
    "unset": _unset,
    "hasKey": lambda mapping, key: key in mapping,
    "keys": lambda *mappings: [key for mapping in mappings for key in mapping],
    "values": lambda mapping: list(mapping.values()),
    "pick": lambda mapping, *keys: {key: mapping[key] for key in keys if key in mapping},
    "omit": lambda mapping, *keys: {key: value for key, value in mapping.items() if key not in keys},
    "pluck": lambda key, *mappings: [mapping[key] for mapping in mappings if key in mapping],
    "dig": _dig,
    "merge": _merge,
    "mergeOverwrite": lambda *mappings: _merge(*reversed(mappings)),
    "kindOf": _kind,
    "kindIs": lambda kind, value: _kind(value) == kind,
    "b64enc": _strings(lambda text: base64.b64encode(text.encode()).decode()),
    "b64dec": _strings(lambda text: base64.b64decode(text, validate=True).decode()),
    "sha1sum": _digest("sha1"),
    "sha256sum": _digest("sha256"),
    "adler32sum": _strings(lambda text: str(zlib.adler32(text.encode()))),
    "base": _strings(posixpath.basename),
    "dir": _strings(lambda path: posixpath.dirname(path) or "."),
    "ext": _strings(lambda path: posixpath.splitext(path)[1]),
    "clean": _strings(posixpath.normpath),
}  # fmt: skip
"""Name to function. Those with regular expressions are left out: Python's differ from Go's, and a
text can make them run without end."""
