"""Follow links of hand-written pages that lead out of `docs/` into the repository, for sites of
repositories that have no mkdocs.yml.

Such pages were written for the forge, where `../README.md` works. On the site it would be a dead
link, so it becomes one to the forge where the repository's address and revision are known, and text
that says so where they are not. Only sites whose mkdocs.yml is made by `gitops-docs` get this:
where an author has configured MkDocs, its own warnings about links are theirs to act on.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from posixpath import dirname, normpath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from markdown import Extension
from markdown.treeprocessors import Treeprocessor

from gitops_docs.text.addresses import split

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from markdown import Markdown
    from mkdocs.structure.files import File, Files

    from gitops_docs.model import Repository

MARK = "made_by_gitops_docs"
"""Key of `extra` in a mkdocs.yml that `gitops-docs` made."""


class Outside(Extension):
    """Changes the links of the page that is set as `here`."""

    def __init__(self, docs: Path, root: Path) -> None:
        super().__init__()
        self.docs = docs.resolve()
        self.root = root.resolve()
        self.repository: Repository | None = None
        self.files: Files | None = None
        self.here: File | None = None

    def extendMarkdown(self, md: Markdown) -> None:
        """Run after links are elements (20) and before MkDocs makes addresses of them (0)."""
        md.treeprocessors.register(_Links(md, self), "gitops-outside", 5)

    def change(self, link: Element) -> None:
        """Leave a link alone that leads to a file of the site or elsewhere; the others become a
        link to the forge, or text."""
        parts = split(link.get("href") or "")
        if (
            self.here is None
            or self.files is None
            or parts.scheme
            or parts.netloc
            or not parts.path
        ):
            return
        if parts.path.startswith("/"):
            return
        target = normpath(f"{dirname(self.here.src_uri)}/{unquote(parts.path)}".lstrip("/"))
        if self.files.get_file_from_path(target) is not None:
            return
        path = Path(os.path.realpath(self.docs / target))
        there = (
            path.relative_to(self.root).as_posix()
            if path.is_relative_to(self.root) and path.exists()
            else None
        )
        url = self._forge(there, path.is_dir()) if there is not None else None
        if url is not None:
            link.set("href", f"{url}#{parts.fragment}" if parts.fragment else url)
            return
        link.tag = "span"
        link.attrib.pop("href")
        link.set("title", f"{there or unquote(parts.path)}: not on this site")

    def _forge(self, path: str, directory: bool) -> str | None:
        repository = self.repository
        if repository is None or not repository.url or not repository.revision:
            return None
        place = quote(f"{repository.prefix}{path}")
        return f"{repository.url}/{'tree' if directory else 'blob'}/{quote(repository.revision)}/{place}"


class _Links(Treeprocessor):
    def __init__(self, md: Markdown, extension: Outside) -> None:
        super().__init__(md)
        self.extension = extension

    def run(self, root: Element) -> None:
        for link in root.iter("a"):
            self.extension.change(link)


class Looked(NamedTuple):
    """What the directories below `docs_dir` are like."""

    cycle: str | None
    """The first directory with a link to one of the directories above it."""
    depth: int
    """How deep directories are nested."""
    nameless: str | None
    """The first file or directory whose name is not UTF-8."""


def look(docs: str) -> Looked:
    """Look through `docs_dir` before MkDocs does; paths are relative to it."""
    deepest = 0
    nameless = None
    done: set[str] = set()
    # The directories that lie in each other, by their real paths, in order.
    above: dict[str, None] = {}
    # What is still to be entered, with its real path; None ends the directory that was entered
    # last.
    pending: list[tuple[str, str] | None] = [(docs, os.path.realpath(docs))]
    while pending:
        entered = pending.pop()
        if entered is None:
            done.add(above.popitem()[0])
            continue
        directory, real = entered
        if real in above:
            return Looked(os.path.relpath(directory, docs), deepest, nameless)
        if real in done:
            continue
        above[real] = None
        deepest = max(deepest, len(above) - 1)
        pending.append(None)
        with suppress(OSError), os.scandir(directory) as entries:
            found = list(entries)
            if nameless is None:
                names = (entry.path for entry in found if not _is_utf8(entry.name))
                nameless = min((os.path.relpath(path, docs) for path in names), default=None)
            below = sorted(
                (entry.name, entry.path, entry.is_symlink()) for entry in found if entry.is_dir()
            )
            # Only a link needs to be resolved: for each directory it would take as many steps as
            # there are above it.
            pending += [
                (path, os.path.realpath(path) if is_link else os.path.join(real, name))
                for name, path, is_link in reversed(below)
            ]
    return Looked(None, deepest, nameless)


def _is_utf8(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)
