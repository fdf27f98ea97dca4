"""Write text of authors as safe HTML."""

from __future__ import annotations

from markupsafe import Markup, escape

from gitops_docs.pages.markup import filled, joined
from gitops_docs.text import patterns
from gitops_docs.text.addresses import split
from gitops_docs.text.escape import page as clean
from gitops_docs.text.patterns import Pattern

_CODE = Pattern(r"`([^`\n]+)`")
_ADDRESS = Pattern(r"https?://[^\s\pZ<>\"'`)\]]+[^\s\pZ<>\"'`)\].,;:]")


def prose(text: str, links: bool = True) -> Markup:
    """Return a sentence as HTML: `code` between backticks and http(s) addresses are marked up,
    everything else is text. Without `links` addresses are text too, for what is itself a
    control."""
    if text.endswith("…") and text.count("`") % 2:
        text += "`"  # Cut off within code.
    parts: list[Markup] = []
    for index, piece in enumerate(_CODE.split(text)):
        parts.append(
            filled("<code>{}</code>", piece)
            if index % 2
            else _linked(piece)
            if links
            else escape(piece)
        )
    return joined("", parts)


def paragraphs(text: str) -> Markup:
    """Return a comment block, whose paragraphs are separated by blank lines, as `<p>` elements."""
    blocks = [block for block in patterns.split(r"\n\s*\n", text.strip()) if block.strip()]
    return joined("\n", (filled("<p>{}</p>", prose(" ".join(block.split()))) for block in blocks))


def _linked(text: str) -> Markup:
    parts: list[Markup] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        parts.append(escape(text[end : match.start()]))
        url = match[0]
        parts.append(filled('<a href="{0}">{0}</a>', url) if is_web(url) else escape(url))
        end = match.end()
    return joined("", [*parts, escape(text[end:])])


def is_web(url: str) -> bool:
    """Return whether an address may become a link: http, https or mailto, with something behind it,
    without user information or blanks."""
    if clean(url) != url or patterns.search(r"[\s\pZ]", url) or "\\" in url:
        return False
    parts = split(url)
    if parts.scheme == "mailto":
        return "@" in parts.path
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
