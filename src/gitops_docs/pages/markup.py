"""Put text into HTML: what is not HTML already is escaped.

The same as `Markup.format` and `Markup.join`, several times faster: pages call these a hundred
thousand times.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape


def safe(html: str) -> Markup:
    """Say of a text that it is HTML, made from literals and from what was escaped."""
    return str.__new__(Markup, html)


def escaped(part: object) -> Markup:
    """A part of a page as HTML; what is HTML stays as it is."""
    if type(part) is Markup:
        return part
    if type(part) is not str:
        return escape(part)
    for character, entity in _ENTITIES:
        if character in part:
            part = part.replace(character, entity)
    return safe(part)


_ENTITIES = tuple((character, str(escape(character))) for character in "&<>'\"")
"""The ampersand first: the others become something that begins with one."""


def filled(html: str, *parts: object) -> Markup:
    """HTML with each part in place of its `{}`, or of `{0}` and so on.

    Args:
        html: A literal.
        parts: Text, which is escaped, or HTML.
    """
    return safe(html.format(*map(escaped, parts)))


def joined(between: str, parts: Iterable[object]) -> Markup:
    """All parts, with HTML between them."""
    return safe(between.join(map(escaped, parts)))
