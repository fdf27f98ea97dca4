"""Show who owns a thing."""

from __future__ import annotations

from markupsafe import Markup

from gitops_docs.index.operations.owners import Claims
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined


def shown(claims: Claims) -> Markup:
    """Return the owners of the claim that counts, and what says so."""
    first = claims[0]
    return filled("{} <small>{}</small>", joined(", ", first.owners), prose(f"from {first.by}"))


def headline(writer: Writer, page: Draft, claims: Claims) -> Markup:
    """Return the owner for the headline of a page: a link to the page Owners."""
    at = writer.at.page("owners")
    if not claims:
        return page.link(at, "no owner")
    names = ", ".join(claims[0].owners)
    return filled("owner {}", page.link(at, names))
