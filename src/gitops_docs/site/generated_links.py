"""Check links of hand-written pages that lead to generated ones, as a site builder does.

In: the Markdown of `docs_dir` and a platform. Out: a finding for each link to a page that is not
made, or to an anchor that the page does not have.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gitops_docs.model import Finding, Location, Platform, Severity
from gitops_docs.repository.checkout import UnreadableFile
from gitops_docs.repository.tree import Tree
from gitops_docs.site import rules
from gitops_docs.text.patterns import Pattern

if TYPE_CHECKING:
    from gitops_docs.pages import Page

_FENCE = Pattern(r"^[ \t>]*(`{3,}|~{3,})")
_CODE = Pattern(r"`[^`]*`")
_LINK = Pattern(r"\]\(<?([^)\s#?]+\.md)(?:\?[^)\s#]*)?(?:#([^)\s>]*))?")
_DEFINED = Pattern(r"^ {0,3}\[[^\]]+\]: *<?([^\s#?]+\.md)(?:#([^\s>]*))?")


def check(
    platform: Platform, docs: Tree | None, docs_dir: str, directory: str
) -> Iterator[Finding]:
    """Yield a finding for each link that leads nowhere.

    Args:
        platform: What was scanned.
        docs: The files of `docs_dir`; None where there is none.
        docs_dir: The path of `docs_dir` from the scan root.
        directory: The setting `directory`: that of the generated pages.
    """
    below = f"{directory.strip('/')}/"
    pages: dict[str, Page] | None = None
    for path in sorted(docs.files) if docs is not None else ():
        if docs is None or not path.endswith(".md"):
            continue
        try:
            text = docs.read(path).decode("utf-8-sig")
        except (UnreadableFile, UnicodeDecodeError):
            continue  # said where pages are read
        for line, target, anchor in _links(text) if below in text else ():
            uri = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target)))
            if not uri.startswith(below) or uri in docs.files:
                continue
            if pages is None:
                pages = _pages(platform, directory)
            place = Location(posixpath.normpath(posixpath.join(docs_dir, path)), line)
            yield from _problem(pages, place, uri, target, unquote(anchor))


def _pages(platform: Platform, directory: str) -> dict[str, Page]:
    from gitops_docs.pages import Options, render  # late: few repositories have such links

    return {page.uri: page for page in render(platform, Options(directory)).pages}


def _problem(
    pages: dict[str, Page], place: Location, uri: str, target: str, anchor: str
) -> Iterator[Finding]:
    page = pages.get(uri)
    if page is None:
        near = get_close_matches(uri, list(pages), n=1, cutoff=0.8)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        message = f"the link to `{target}` leads to no generated page{hint}"
        yield rules.GeneratedLinkMissing.at(place, message)
    elif anchor and anchor not in page.anchors:
        near = get_close_matches(anchor, sorted(page.anchors), n=1)
        hint = f"; did you mean `#{near[0]}`?" if near else ""
        message = f"the generated page `{uri}` has no heading `#{anchor}`{hint}"
        severity = Severity.WARNING if near else Severity.INFO
        yield rules.GeneratedLinkMissing.at(place, message, severity=severity)


def _links(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, path and anchor of the links of a page; code holds none."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        start = _FENCE.match(line)
        if start is not None:
            mark = start[1]
            if not fence:
                fence = mark
            elif mark.startswith(fence) and not line.strip(" \t>").strip(fence[0]):
                fence = ""
            continue
        if fence:
            continue
        plain = _CODE.sub("", line)
        for found in (*_LINK.finditer(plain), *_DEFINED.finditer(plain)):
            if ":" not in found[1] and not found[1].startswith("/"):
                yield number, found[1], found[2] or ""
