"""Check the links of a built site, as files: every internal address and anchor must exist.

In: the directory of a site. Out: a sentence for each dead link. Links of Mermaid diagrams,
redirects and the entries of the search index count too; other hosts are not asked.
"""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ADDRESSES = {"href", "src", "data-src", "poster"}
_CLICK = re.compile(r'^\s*click \S+ href "([^"]+)"', re.MULTILINE)
_REFRESH = re.compile(r"url=(\S+)", re.IGNORECASE)


@dataclass(slots=True)
class Page:
    """Ids that a page offers, those it offers more than once, and addresses that it refers to."""

    ids: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._diagram = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if "id" in given and given["id"] in self.page.ids:
            self.page.repeated.add(given["id"])
        self.page.ids |= {given[name] for name in ("id", "name") if name in given}
        self.page.references |= {given[name] for name in _ADDRESSES & given.keys()}
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.page.references |= set(_REFRESH.findall(given.get("content", "")))
        if tag == "pre":
            self._diagram += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._diagram -= 1

    def handle_data(self, data: str) -> None:
        if self._diagram > 0:
            self.page.references |= set(_CLICK.findall(data))


@cache
def read(path: Path) -> Page:
    """Ids and references of an HTML file."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def dead_links(site: Path, base: str = "/") -> list[str]:
    """A sentence for each internal link that leads nowhere.

    Args:
        site: Directory of the built site.
        base: Path of the site's address, where pages refer to it absolutely (404.html does).
    """
    dead = []
    for path in sorted(site.rglob("*.html")):
        here = path.relative_to(site).as_posix()
        dead += [
            f"{here}: {problem}"
            for ref in sorted(read(path).references)
            if (problem := _problem(site, here, ref, base))
        ]
    index = site / "search" / "search_index.json"
    if index.is_file():
        for entry in json.loads(index.read_text(encoding="utf-8"))["docs"]:
            if problem := _problem(site, "", entry["location"], base):
                dead.append(f"search index: {problem}")
    return dead


def _problem(site: Path, here: str, reference: str, base: str) -> str | None:
    """What is wrong with a reference on the page `here`; None where it is alive or leaves the
    site."""
    parts = urlsplit(reference)
    if parts.scheme in ("http", "https", "mailto", "data") or parts.netloc:
        return None
    if parts.scheme:
        return f"`{reference}` has the scheme {parts.scheme}"
    address = unquote(parts.path)
    if address.startswith("/"):
        if not address.startswith(base):
            return f"`{reference}` is outside of {base}"
        target = address.removeprefix(base)
    else:
        target = (
            posixpath.normpath(posixpath.join(posixpath.dirname(here), address))
            if address
            else here
        )
    if target.startswith(".."):
        return f"`{reference}` leaves the site"
    file = site / target
    if address.endswith("/") or file.is_dir():
        file /= "index.html"
    if not file.is_file():
        return f"`{reference}` is not there"
    anchor = unquote(parts.fragment)
    if anchor and file.suffix == ".html" and anchor not in read(file).ids:
        return f"`{reference}`: no such anchor in {file.relative_to(site).as_posix()}"
    return None
