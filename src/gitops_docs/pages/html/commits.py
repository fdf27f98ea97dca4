"""Show commits on pages: when, what and by whom."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape
from msgspec import Struct

from gitops_docs.model import Commit, Repository
from gitops_docs.pages.html.prose import is_web
from gitops_docs.pages.markup import filled
from gitops_docs.text.escape import shorten

MOST = 5
"""A page shows the last of what it is about; Git has the rest."""


class Shown(Struct, frozen=True):
    """A commit on a page."""

    date: str
    subject: Markup
    """What it is about, as a link to the commit where the repository's address is known."""
    author: str


def shown(commits: Sequence[Commit], repository: Repository, limit: int = MOST) -> list[Shown]:
    """Return the first of some commits, newest first as they come."""
    return [
        Shown(commit.date, _link(commit, repository), shorten(commit.author, 60))
        for commit in commits[:limit]
    ]


def none_because(repository: Repository) -> str:
    """Return why there is no commit to show."""
    if repository.revision is None:
        return "Not known: built without Git history."
    if repository.shallow:
        return "No commit in the fetched history (shallow clone)."
    return "No commit in the history that was read."


def _link(commit: Commit, repository: Repository) -> Markup:
    subject = shorten(commit.subject, 100) or commit.revision[:8]
    if not repository.url or not is_web(repository.url):
        return escape(subject)
    return filled('<a href="{}/commit/{}">{}</a>', repository.url, commit.revision, subject)
