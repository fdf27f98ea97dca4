"""Write text of authors as safe HTML."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from gitops_docs.index.commands import Command
from gitops_docs.text import patterns
from gitops_docs.text.escape import page as clean
from gitops_docs.text.patterns import Pattern

_CODE = Pattern(r"`([^`\n]+)`")
_ADDRESS = Pattern(r"https?://[^\s\pZ<>\"'`)\]]+[^\s\pZ<>\"'`)\].,;:]")


def prose(text: str) -> Markup:
    """A sentence as HTML: `code` between backticks and http(s) addresses are marked up, everything
    else is text."""
    parts: list[Markup] = []
    for index, piece in enumerate(_CODE.split(text)):
        parts.append(Markup("<code>{}</code>").format(piece) if index % 2 else _linked(piece))
    return Markup("").join(parts)


def paragraphs(text: str) -> Markup:
    """A comment block, whose paragraphs are separated by blank lines, as `<p>` elements."""
    blocks = [block for block in patterns.split(r"\n\s*\n", text.strip()) if block.strip()]
    return Markup("\n").join(
        Markup("<p>{}</p>").format(prose(" ".join(block.split()))) for block in blocks
    )


def _linked(text: str) -> Markup:
    parts: list[Markup] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        parts.append(escape(text[end : match.start()]))
        url = match.group()
        parts.append(Markup('<a href="{0}">{0}</a>').format(url) if is_web(url) else escape(url))
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def is_web(url: str) -> bool:
    """Whether an address may become a link: http, https or mailto, with something behind it,
    without user information or blanks."""
    if clean(url) != url or patterns.search(r"[\s\pZ]", url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def filled(
    purpose: str,
    text: str,
    context: str | None,
    *,
    fixed: Mapping[str, str] | None = None,
    **slots: str,
) -> Command:
    """A command whose `{slots}` are filled in from the address of the page (`?namespace=apps`);
    what is given stands there until then.

    Args:
        purpose: In a word or two.
        text: The command, a format string.
        context: The kubectl context.
        fixed: Values that stay as they are.
        slots: What stands in the slots at first.
    """
    parts = {name: Markup("{}").format(shlex.quote(value)) for name, value in (fixed or {}).items()}
    for name, value in slots.items():
        parts[name] = Markup('<span data-gitops-slot="{}">{}</span>').format(
            name, shlex.quote(value)
        )
    flag = f" --context {shlex.quote(context)}" if context else ""
    return Command(purpose, Markup(text).format(**parts) + flag)
