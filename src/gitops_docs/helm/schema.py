"""Validate values by the JSON Schema of a chart, without network for what it refers to.

References that lead out of the schema are not followed: then the values count as not checked.
Patterns run on RE2, and the work is counted, so that a schema cannot make it run without end. A
sentence names the path and what the schema wants, never the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from msgspec import Struct

from gitops_docs import redaction
from gitops_docs.text import patterns
from gitops_docs.text.escape import Json
from gitops_docs.text.patterns import PatternError
from gitops_docs.yaml.nodes import Map, Node, Scalar, Seq, scalar_value

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

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


class _Descending(Protocol):
    """What a keyword asks of its validator."""

    def descend(
        self, instance: object, schema: object, path: object = None, schema_path: object = None
    ) -> Iterable[ValidationError]: ...


_Keyword: TypeAlias = Callable[
    [_Descending, object, object, object], "Iterable[ValidationError] | None"
]


class _TooMuch(Exception):
    """The schema wants more steps than are given."""


def check(schema: object, values: Map, *, partial: bool = False) -> Checked:
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

    if isinstance(schema, bool):
        schema = {} if schema else {"not": {}}
    if not isinstance(schema, dict):
        return Checked(unchecked="its schema is not a JSON Schema")
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


def _default() -> type[Validator]:
    from jsonschema import Draft7Validator

    return Draft7Validator


def _bounded(kind: type[Validator]) -> type[Validator]:
    """Yield the same validator, with counted steps and patterns on RE2."""
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend

    left = MAX_STEPS

    def counted(keyword: _Keyword) -> _Keyword:
        def applied(
            validator: _Descending, value: object, instance: object, schema: object
        ) -> Iterator[ValidationError]:
            nonlocal left
            left -= 1
            if left < 0:
                raise _TooMuch
            yield from keyword(validator, value, instance, schema) or ()

        return applied

    def pattern(
        validator: _Descending, value: object, instance: object, schema: object
    ) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not patterns.compile(str(value)).search(instance):
            yield ValidationError("pattern")

    def pattern_properties(
        validator: _Descending, value: object, instance: object, schema: object
    ) -> Iterator[ValidationError]:
        if isinstance(instance, dict) and isinstance(value, dict):
            for text, below in value.items():
                compiled = patterns.compile(text)
                for key, held in instance.items():
                    if compiled.search(key):
                        yield from validator.descend(held, below, path=key, schema_path=text)

    def additional(
        validator: _Descending, value: object, instance: object, schema: object
    ) -> Iterator[ValidationError]:
        if not isinstance(instance, dict):
            return
        extra = _extra(instance, schema)
        if isinstance(value, dict):
            for key in extra:
                yield from validator.descend(instance[key], value, path=key)
        elif value is False and extra:
            yield ValidationError("additionalProperties")

    def nothing(
        validator: _Descending, value: object, instance: object, schema: object
    ) -> Iterator[ValidationError]:
        yield from ()

    own = {
        "pattern": pattern,
        "patternProperties": pattern_properties,
        "additionalProperties": additional,
    }
    # Python's own expressions are behind these; what they would say is left out.
    own |= dict.fromkeys(("unevaluatedProperties", "unevaluatedItems"), nothing)
    keywords = {name: counted(keyword) for name, keyword in {**kind.VALIDATORS, **own}.items()}
    made: type[Validator] = extend(kind, keywords)  # type: ignore[no-untyped-call]  # of jsonschema
    return made


def _extra(instance: Mapping[str, object], schema: object) -> list[str]:
    """Return the keys that neither `properties` nor `patternProperties` names."""
    rules = schema if isinstance(schema, dict) else {}
    compiled = [patterns.compile(text) for text in rules.get("patternProperties", {})]
    known = rules.get("properties", {})
    return [
        key for key in instance if key not in known and not any(one.search(key) for one in compiled)
    ]


def _sentence(
    path: tuple[str | int, ...], keyword: str, wanted: object, instance: object, schema: object
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


def _is_secret(path: tuple[str | int, ...], value: object) -> bool:
    """Return whether a value is one that pages hide; what a rule says of it would tell something of
    it."""
    return isinstance(value, str) and redaction.shown_field(_dotted(path), value) is None


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def _plain(node: Node, path: tuple[str | int, ...], hidden: set[tuple[str | int, ...]]) -> Json:
    """Return JSON values as Helm hands them to the schema: nulls are left out, what is not known is
    `HIDDEN`."""
    if type(node) is Map:
        made: dict[str, Json] = {}
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
    return scalar_value(node)
