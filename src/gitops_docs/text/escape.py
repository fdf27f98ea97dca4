"""Make text of a repository safe for the place that it goes to.

In: names, comments, messages and addresses as a repository holds them. Out: the same for a page, an
attribute, a terminal, JSON, YAML, Markdown or an address. Whatever prints, logs or writes text of a
repository calls one of these functions and escapes nothing itself; tests hold that
(`tests/project/test_one_way_out.py`).

The expressions are character classes, or begin at a fixed mark and repeat one class, so each takes
time linear in the text.
"""

from __future__ import annotations

import html
import json
import re
from typing import TypeAlias, overload
from urllib.parse import quote

from gitops_docs.text.patterns import Pattern

REPLACEMENT = "\ufffd"
"""Stands where a character was that must not be there, so that a reader sees that something was."""

_PAGE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What must not reach a page: control characters, those that turn the direction of text, halves of
characters. Joiners stay for scripts and pictures that need them."""

_TERMINAL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
"""What must not reach a terminal or a log: the same, and what is invisible there, by which two
names would look alike."""

_JSON = re.compile(
    "[<>&\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
"""What JSON lets stand as it is and HTML, a terminal or a log obeys; below U+0020 JSON escapes
itself."""

_LOG_COMMAND = Pattern(r"##([\pL\pN_]*)\[")
"""GitHub and Azure Pipelines obey `##[name]` and `##vso[name]`, TeamCity `##teamcity[name]`,
anywhere in a line."""
_LINE_COMMAND = Pattern(r"^([\t\x0b\f\r\x1c-\x1f\x{85}\pZ]*)::", multiline=True)
"""GitHub obeys `::name::` at the start of a line, after blanks of any kind."""
_STYLE = Pattern(r"(\x1b\[[0-9;]*m)")
"""The colours that `click.style` writes."""

_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""What no byte of a file's name is read as."""
_UNQUOTED = str.maketrans({"<": "&lt;", ">": "&gt;", '"': "&quot;"})
"""The apostrophe stays, for themes write attributes between quotation marks, and the search of some
shows a title as it is."""
_SCHEME = Pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")
_TICKS = Pattern("`+")
_ARGUMENT = Pattern(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")
_SCHEMES = ("http:", "https:", "mailto:")
_SAFE_IN_ADDRESS = "/!$&()*+,;=:@~?#%[]"
"""Characters with a meaning in an address. The apostrophe is none of them: it could end an
attribute."""


def page(text: str) -> str:
    """Return text, or a whole page, without control characters; each becomes U+FFFD."""
    return _PAGE.sub(REPLACEMENT, text)


def lines(text: str) -> str:
    """Return text of several lines for a terminal or a log: no control characters, and no line is a
    command to a CI runner."""
    return _without_commands(_TERMINAL.sub(REPLACEMENT, text))


def line(text: str) -> str:
    """Return text as one line of a terminal or a log; line breaks are control characters too."""
    return lines(text.replace("\n", REPLACEMENT).replace("\t", " "))


def styled(text: str) -> str:
    """Like `lines`, for text with colours of our own. Text of a repository in it has passed `line`,
    which takes an ESC out."""
    parts = _STYLE.split(text)
    shown = "".join(
        part if index % 2 else _TERMINAL.sub(REPLACEMENT, part) for index, part in enumerate(parts)
    )
    return _without_commands(shown)


def _without_commands(text: str) -> str:
    if "##" in text:
        text = _LOG_COMMAND.sub(lambda match: f"# #{match[1]}[", text)
    return _LINE_COMMAND.sub(lambda match: f"{match[1]}: :", text) if "::" in text else text


def is_command(text: str) -> bool:
    """Return whether a CI runner would obey some line of a text."""
    return _without_commands(text) != text


Json: TypeAlias = "str | int | float | bool | None | list[Json] | dict[str, Json]"
"""A value that JSON holds."""


def dumps(value: object, indent: int | None = None) -> str:
    """Return JSON text of the same value that is safe inside HTML, on a terminal and in a log: what
    they obey is written as an escape."""
    return json_text(json.dumps(value, indent=indent, ensure_ascii=False))


def json_text(text: str) -> str:
    """See `dumps`, for JSON text that is there already. Only strings hold any of what is
    escaped."""
    if text.isascii():
        for character in "<>&\x7f":  # All that can be found; below U+0020 JSON has escaped it.
            if character in text:
                text = text.replace(character, f"\\u{ord(character):04x}")
    else:
        text = _JSON.sub(_as_escape, text)
    return _LOG_COMMAND.sub(lambda match: f"#\\u0023{match[1]}[", text) if "##" in text else text


def _as_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def markup(text: str) -> str:
    """Return text as HTML for a place that a theme prints as it is, in an element or an attribute:
    a title, a description, a tag."""
    return html.escape(line(text), quote=True)


@overload
def theme_value(value: str) -> str: ...


@overload
def theme_value(value: object) -> object: ...


def theme_value(value: object) -> object:
    """Return what a hand-written page says of itself (its title, its front matter), for themes that
    print it as it is.

    Entities stay, so that a value which is escaped already is not escaped again. Keys and values of
    lists and mappings are treated alike; what is not text is left alone.
    """
    if isinstance(value, str):
        return page(value).translate(_UNQUOTED)
    if isinstance(value, dict):
        return {theme_value(key): theme_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [theme_value(item) for item in value]
    return value


def title(text: str) -> str:
    """Like `theme_value`, for a title that a page has from its heading or its file.

    Material takes entities out of such a title before it prints it in `<title>`, so nothing in it
    may end that element then.
    """
    made = theme_value(text)
    shown = html.unescape(made)
    return (
        made
        if "</" not in shown
        else shown.replace("<", "\u2039").replace(">", "\u203a").translate(_UNQUOTED)
    )


def address(url: str) -> str:
    """Return an address as it can stand in an attribute and in a URI: other characters become
    `%XX`, also those that are not UTF-8.

    Only http, https, mailto and relative addresses are addresses; whatever else begins with a
    scheme becomes `#`.
    """
    stripped = url.strip()
    scheme = _SCHEME.match(stripped)
    if scheme and scheme[0].lower() not in _SCHEMES:
        return "#"
    made = quote(_bytes(stripped), safe=_SAFE_IN_ADDRESS)
    # `java\nscript:` is a scheme to a browser: without one of ours, nothing before the first slash
    # has a colon.
    head, slash, rest = made.partition("/")
    return made if scheme else f"{head.replace(':', '%3A')}{slash}{rest}"


def path(file: str) -> str:
    """Return a path of the repository as the relative reference of an address: no character of it
    has a meaning there but the slash."""
    return quote(_bytes(file), safe="/!$&()*+,;=@~")


def _bytes(text: str) -> bytes:
    """Return the bytes of a text or a name of a file; halves of characters that stand for no byte
    are replaced."""
    return _HALVES.sub(REPLACEMENT, text).encode("utf-8", "surrogateescape")


def code(text: str, limit: int = 120) -> str:
    """Return any text as a code span of Markdown on one line, of at most `limit` characters."""
    shown = line(" ".join("".join(char if char.isprintable() else " " for char in text).split()))
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(shown)), default=0))
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{space}{shown or ' '}{space}{fence}"


def plain(text: str, limit: int = 200) -> str:
    """Return any text in a line of Markdown, with nothing in it that is markup."""
    shown = line(" ".join(page(text).split()))
    if len(shown) > limit:
        shown = f"{shown[: limit - 1].rstrip()}…"
    # Converters differ in what a backslash may stand before: in Python-Markdown `\\<b>` is a
    # backslash and an element.
    return "".join(
        f"\\{char}"
        if char in "\\`*_[]#!"
        else f"&#{ord(char)};"
        if char in "<>&|~@:{}\"'^=+$"
        else char
        for char in shown
    )


def argument(name: str) -> str:
    """Return the name of an object as an argument of a shell line in a code block of Markdown;
    `NAME` where it is none that Kubernetes takes.

    What is no such name could end the block, or mean something to a template language that looks
    through code too.
    """
    return name if _ARGUMENT.fullmatch(name) else "NAME"


def code_element(text: str, limit: int = 300) -> str:
    """Return any text as a `<code>` element in Markdown, for pages that template languages and
    preprocessors look through as well."""
    shown = line(" ".join(page(text).split()))
    if len(shown) > limit:
        shown = f"{shown[: limit - 1].rstrip()}…"
    inner = "".join(
        char if char.isalnum() or char in " ./-,()…" else f"&#{ord(char)};" for char in shown
    )
    return f"<code>{inner or ' '}</code>"


def shorten(text: str, limit: int = 160) -> str:
    """Return text as one line of at most `limit` characters."""
    flat = " ".join(page(text).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1].rstrip()}…"
