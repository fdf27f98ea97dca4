"""Which directory a build may have: MkDocs empties it first.

In: the directory, and the repository that is read. Out: why not, as a sentence, or None.
"""

from __future__ import annotations

from pathlib import Path

_OF_A_SITE = ("404.html", "index.html", "sitemap.xml", "search/search_index.json")
"""Files by which the directory of an earlier build is known."""


def would_delete(site_dir: Path, repo: Path | None = None) -> str | None:
    """Why a directory is none to build into: MkDocs empties it, and what is there is no earlier site. None where nothing is lost."""
    target = site_dir.resolve()
    if repo is not None and repo.resolve().is_relative_to(target):
        return f"{site_dir} holds the repository, and a build empties its directory: choose another --site-dir"
    if not target.is_dir() or not any(target.iterdir()) or any((target / name).is_file() for name in _OF_A_SITE):
        return None
    return (
        f"{site_dir} has files and is no site, and a build empties its directory: choose a new --site-dir, or empty it"
    )
