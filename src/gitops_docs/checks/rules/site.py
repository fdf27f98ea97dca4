"""A platform of more things than a site has pages for."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.checks.context import Context
from gitops_docs.index import addresses
from gitops_docs.model import Finding, Severity
from gitops_docs.text.english import listed


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family: what has no page of its own."""
    found = addresses.extent(context.listed)
    if not found.left_out:
        return
    parts = [
        f"{number:,} {kind}{'s' if number > 1 else ''}" for kind, number in found.left_out.items()
    ]
    message = (
        f"{listed(parts)} without a page of their own, only in the lists: "
        f"the site would have {found.wanted:,} pages, more than the {addresses.MAX_PAGES:,} that "
        f"are written; "
        "document a part of the repository, or look for what multiplies"
    )
    yield Finding("site-too-large", Severity.WARNING, message)
