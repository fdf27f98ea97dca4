"""Complete the search index under `--dirty`, where search plugins know nothing but the pages that
were written again.

In: the index as it was, the one that a search plugin has written, and which pages were written.
Out: one index of all pages, in the order in which a full build has them. MkDocs' own search forgets
all other pages. That of Material keeps them, but takes away what lies below the first page that was
written, and has the others twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TypedDict, TypeGuard

from gitops_docs.files.writer import Directory

INDEX = "search/search_index.json"

Entries = list[dict[str, object]]


class _Index(TypedDict):
    """An index as it is published, with whatever else a search plugin puts into it."""

    docs: Entries


class SearchIndex:
    """The index of one site, from one build to the next."""

    def __init__(self) -> None:
        self._entries: dict[str, Entries] | None = None

    def begin(self, site: Path) -> None:
        """Before a build with `--dirty`: the index of the build before, which may have been another
        process."""
        if self._entries is None:
            before = _read(site / INDEX)
            self._entries = _by_page(before["docs"]) if before is not None else {}

    def complete(self, site: Path, pages: Iterable[str], written: Collection[str]) -> None:
        """After it: add what is missing.

        Args:
            site: Directory of the built site.
            pages: The addresses of all pages, in the order in which they are built.
            written: Those that this build has written.
        """
        made = _read(site / INDEX)
        if made is None or self._entries is None:
            return
        fresh = _by_page(made["docs"])
        self._entries = {
            page: entries
            for page in pages
            if (
                entries := _last(fresh.get(page, []), page)
                if page in written
                else self._entries.get(page, [])
            )
        }
        made["docs"] = [entry for entries in self._entries.values() for entry in entries]
        with Directory(site) as directory:
            directory.write(INDEX, json.dumps(made, separators=(",", ":")).encode(), durable=False)


def _read(path: Path) -> _Index | None:
    """Return an index as search plugins of this theme and of MkDocs write it; None for any
    other."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    # With `prebuild_index`, what was built ahead would not have what is added.
    return found if _is_index(found) else None


def _is_index(found: object) -> TypeGuard[_Index]:
    return isinstance(found, dict) and isinstance(found.get("docs"), list) and "index" not in found


def _by_page(entries: Entries) -> dict[str, Entries]:
    found: dict[str, Entries] = {}
    for entry in entries:
        found.setdefault(str(entry.get("location", "")).partition("#")[0], []).append(entry)
    return found


def _last(entries: Entries, page: str) -> Entries:
    """Return the entries of a page that were written last; its own comes before those of its
    headings."""
    start = max(
        (index for index, entry in enumerate(entries) if entry.get("location") == page), default=0
    )
    return entries[start:]
