"""Validate values by the JSON Schema of a chart, without asking anybody for what it refers to.

References that lead out of the schema are not followed: then nothing is said. Patterns run on RE2,
and the work is counted, so that a schema cannot make it run for ever. A sentence names the path and
what the schema wants, never the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct

from gitops_docs import redaction
from gitops_docs.text import patterns
from gitops_docs.text.patterns import PatternError
from gitops_docs.yaml.nodes import Map, Scalar, Seq, plain_value

MAX_STEPS = 200_000
"""Most keywords that are applied for one release."""
MAX_ERRORS = 20
_OPEN = frozenset(
    {
        "required",
        "oneOf",
        "anyOf",
        "not",
        "if",
        "allOf",
        "minProperties",
        "dependentRequired",
        "contains",
        "minItems",
        "dependencies",
    }
)
"""Keywords that may fail for what is not known."""
HIDDEN = "hidden"
"""What stands for a value that is secret or not known; no error at its place counts."""


class Checked(Struct, frozen=True):
    """What a schema says of values: sentences, or why it says nothing."""

    refused: tuple[str, ...] = ()
    unchecked: str | None = None


class _TooMuch(Exception):
    """The schema wants more steps than are given."""


def check(schema: Any, values: Map, *, partial: bool = False) -> Checked:
    """Validate values.

    Args:
        schema: What values.schema.json holds.
        values: The values of the chart and of the release, merged.
        partial: Whether some values are not known.
    """
    from jsonschema import exceptions
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    hidden: set[tuple[str | int, ...]] = set()
    plain = _plain(values, (), hidden)
    try:
        kind = validator_for(schema, default=_default())
        kind.check_schema(schema)
        validator = _bounded(kind)(schema, registry=Registry())
        found = []
        for error in validator.iter_errors(plain):
            path = tuple(error.absolute_path)
            keyword = str(error.validator)
            is_open = keyword in _OPEN and (
                partial or any(one[: len(path)] == path for one in hidden)
            )
            is_hidden = any(path[: len(one)] == one for one in hidden) or _is_secret(
                path, error.instance
            )
            if not is_open and not is_hidden:
                found.append(
                    _sentence(path, keyword, error.validator_value, error.instance, error.schema)
                )
            if len(found) == MAX_ERRORS:
                break
    except exceptions.SchemaError:
        return Checked(unchecked="its schema is not JSON Schema")
    except Unresolvable:
        return Checked(
            unchecked="its schema refers to an address outside of it, which is not asked"
        )
    except (_TooMuch, RecursionError, PatternError):
        return Checked(
            unchecked="its schema is too deep, takes too many steps, or has a pattern that is not understood"
        )
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, ArithmeticError):
        return Checked(unchecked="its schema cannot be applied")
    return Checked(tuple(dict.fromkeys(found)))


def _default() -> Any:
    from jsonschema import Draft7Validator

    return Draft7Validator


def _bounded(kind: Any) -> Any:
    """The same validator, with counted steps and patterns on RE2."""
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend

    left = MAX_STEPS

    def counted(keyword: Callable[..., Iterable[Any] | None]) -> Callable[..., Iterator[Any]]:
        def applied(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            nonlocal left
            left -= 1
            if left < 0:
                raise _TooMuch
            yield from keyword(validator, value, instance, schema) or ()

        return applied

    def pattern(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, str) and not patterns.compile(value).search(instance):
            yield ValidationError("pattern")

    def pattern_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, dict):
            for text, below in value.items():
                compiled = patterns.compile(text)
                for key, held in instance.items():
                    if compiled.search(key):
                        yield from validator.descend(held, below, path=key, schema_path=text)

    def additional(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not isinstance(instance, dict):
            return
        extra = _extra(instance, schema)
        if isinstance(value, dict):
            for key in extra:
                yield from validator.descend(instance[key], value, path=key)
        elif value is False and extra:
            yield ValidationError("additionalProperties")

    def nothing(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        yield from ()

    own = {
        "pattern": pattern,
        "patternProperties": pattern_properties,
        "additionalProperties": additional,
    }
    # Python's own expressions are behind these; what they would say is left out.
    own |= dict.fromkeys(("unevaluatedProperties", "unevaluatedItems"), nothing)
    keywords = {name: counted(own.get(name, keyword)) for name, keyword in kind.VALIDATORS.items()}
    return extend(kind, keywords)  # type: ignore[no-untyped-call]


def _extra(instance: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The keys that neither `properties` nor `patternProperties` names."""
    compiled = [patterns.compile(text) for text in schema.get("patternProperties", {})]
    known = schema.get("properties", {})
    return [
        key for key in instance if key not in known and not any(one.search(key) for one in compiled)
    ]


def _sentence(
    path: tuple[str | int, ...], keyword: str, wanted: Any, instance: Any, schema: Any
) -> str:
    where = f"`{_dotted(path)}`" if path else "the top of the values"
    match keyword:
        case "type":
            names = wanted if isinstance(wanted, list) else [wanted]
            return f"{where} must be of type {' or '.join(str(name) for name in names)}"
        case "enum" if isinstance(wanted, list):
            shown = ", ".join(f"`{item}`" for item in wanted[:8])
            return f"{where} must be one of {shown}{' ...' if len(wanted) > 8 else ''}"
        case "const":
            return f"{where} must be `{wanted}`"
        case "required" if isinstance(wanted, list) and isinstance(instance, dict):
            missing = ", ".join(f"`{key}`" for key in wanted if key not in instance)
            return f"{where} has no {missing}"
        case "additionalProperties" if isinstance(instance, dict):
            extra = ", ".join(f"`{key}`" for key in _extra(instance, schema)[:5])
            return f"{where} may not have {extra}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "pattern":
            return f"{where} breaks the rule `{keyword}: {wanted}`"
    return f"{where} breaks the rule `{keyword}`"


def _is_secret(path: tuple[str | int, ...], value: Any) -> bool:
    """Whether a value is one that pages hide; what a rule says of it would tell something of it."""
    return isinstance(value, str) and redaction.shown_field(_dotted(path), value) is None


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def _plain(node: Any, path: tuple[str | int, ...], hidden: set[tuple[str | int, ...]]) -> Any:
    """JSON values as Helm hands them to the schema: nulls are left out, what is not known is
    `HIDDEN`."""
    if type(node) is Map:
        made = {}
        for key, value in node.items():
            held = _plain(value, (*path, str(key)), hidden)
            if held is not None:
                made[str(key)] = held
        return made
    if type(node) is Seq:
        return [_plain(value, (*path, number), hidden) for number, value in enumerate(node)]
    if type(node) is not Scalar or "${" in node:
        hidden.add(path)
        return HIDDEN
    return plain_value(node)
