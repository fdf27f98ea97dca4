"""Look at the whole model once more: no text of it holds a credential.

In: a struct of the model. Out: the same without credentials in any of its texts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.model import ChartValue, FieldChange
from gitops_docs.redaction.texts import prose, without_credentials, without_credentials_once
from gitops_docs.text.memo import memo

_IDENTITIES = frozenset(
    [
        "id",
        "cluster",
        "layer",
        "kind",
        "namespace",
        "name",
        "api_version",
        "file",
        "code",
        "parent",
        "keys",
    ]
)
"""Fields of the model that name things or places: changing one would break what refers to it."""
_PROSE = frozenset(["description", "text", "reason", "summary", "subject", "author", "title"])
"""Fields of the model that hold an author's own words."""

T = TypeVar("T")


def redact_struct(value: T) -> T:
    """Return a part of the model without credentials in any of its texts; the same one where there
    is none.

    It reads comments, reasons, expressions, addresses and subjects of commits. Names of objects and
    files stay as they are.
    """
    return cast(T, _redacted(value, prose=False))  # Every text becomes a text.


def _redacted(value: object, *, prose: bool) -> object:
    if type(value) is str:
        made = _text(value, prose)
        return value if made == value else made
    if type(value) is tuple:
        text_of = _ONLY_TEXT.get(type(value[0])) if value else None
        if text_of is not None:
            texts = "\n".join(map(text_of, value))
            if without_credentials_once(texts) == texts:
                return value
        for index, item in enumerate(value):
            new = _redacted(item, prose=prose)
            if new is not item:
                rest = (_redacted(other, prose=prose) for other in value[index + 1 :])
                return (*value[:index], new, *rest)
        return value
    if not isinstance(value, Struct):
        assert not is_dataclass(value), f"{type(value).__name__} is not a struct"
        return value
    changed: dict[str, object] = {}
    for name, is_prose in _texts_of(type(value)):
        old = getattr(value, name)
        # Most fields are empty, a number or a flag.
        if old and type(old) not in _NO_TEXT:
            new = _redacted(old, prose=is_prose)
            if new is not old:
                changed[name] = new
    return replace(value, **changed) if changed else value


@cache
def _texts_of(kind: type[Struct]) -> tuple[tuple[str, bool], ...]:
    """Return the fields of a struct that may hold free text, and whether that is an author's
    prose."""
    fields = _TEXT_FIELDS.get(kind)
    if fields is not None:
        return fields
    names = (
        name
        for name, written in kind.__annotations__.items()
        if name not in _IDENTITIES and written not in _NUMBERS
    )
    return tuple((name, name in _PROSE) for name in names)


_TEXT_FIELDS: dict[type, tuple[tuple[str, bool], ...]] = {
    # Their values are what `shown` made of them.
    FieldChange: (("field", False),),
    ChartValue: (("path", False),),
}
_ONLY_TEXT: dict[type, Callable[[object], str]] = {
    FieldChange: attrgetter("field"),
    ChartValue: attrgetter("path"),
}
"""Kinds of which there are many, with the one field to look at."""
_NUMBERS = frozenset(["int", "int | None", "bool", "bool | None"])
"""Types, as they are written in the model, of fields without text."""
_NO_TEXT = (bool, int, NoneType)


@memo(32768)
def _text(text: str, prose_: bool) -> str:
    return prose(text) if prose_ else without_credentials(text)
