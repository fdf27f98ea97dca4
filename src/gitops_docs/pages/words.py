"""Small words: numbers with their nouns, text without control characters, the author's Markdown-like comments as safe HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from gitops_docs.text import escape as escape_text
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern

_CODE = Pattern(r"`([^`\n]+)`")
_ADDRESS = Pattern(r"https?://[^\s\pZ<>\"'`)\]]+[^\s\pZ<>\"'`)\].,;:]")


clean = escape_text.page
"""Text without control characters; each becomes U+FFFD, so that one sees that something was there."""


def one_line(text: str, limit: int = 160) -> str:
    """Text as one line of at most `limit` characters."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1].rstrip()}…"


def count(number: int, noun: str) -> str:
    """`0 layers`, `1 layer`, `2 layers`."""
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """The plural of one of our nouns, or of a kind: `directories`, `NetworkPolicies`, `Ingresses`."""
    if noun.endswith("y") and noun[-2:-1] not in ("a", "e", "o", ""):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def listing(items: Sequence[str], limit: int = 4) -> str:
    """`a, b and c`, or `a, b, c, d and 3 more`."""
    if len(items) > limit:
        return f"{', '.join(items[:limit])} and {len(items) - limit} more"
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def prose(text: str) -> Markup:
    """A sentence as HTML: `code` between backticks and http(s) addresses are marked up, everything else is text."""
    parts: list[Markup] = []
    for index, piece in enumerate(_CODE.split(text)):
        parts.append(Markup("<code>{}</code>").format(piece) if index % 2 else _linked(piece))
    return Markup("").join(parts)


def paragraphs(text: str) -> Markup:
    """A comment block, whose paragraphs are separated by blank lines, as `<p>` elements."""
    blocks = [block for block in patterns.split(r"\n\s*\n", text.strip()) if block.strip()]
    return Markup("\n").join(Markup("<p>{}</p>").format(prose(" ".join(block.split()))) for block in blocks)


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
    """Whether an address may become a link: http, https or mailto, with something behind it, without user information or blanks."""
    if clean(url) != url or patterns.search(r"[\s\pZ]", url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def unique(items: Iterable[str]) -> list[str]:
    """The items in their order, each once."""
    return list(dict.fromkeys(items))
