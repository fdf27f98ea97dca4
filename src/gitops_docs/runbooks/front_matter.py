"""Read the keys of a page's front matter that join it with the platform.

In: a `Document`. Out: a `model.Runbook`, and a finding for what cannot be understood; the rest of
the front matter counts all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from difflib import get_close_matches

from gitops_docs.model import Finding, Location, Runbook, Severity
from gitops_docs.runbooks import rules
from gitops_docs.runbooks.document import Document
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Scalar, Seq, is_null

KINDS = ("runbook", "procedure", "decision", "reference")
JOINS = ("alerts", "applies_to", "aliases")
"""Keys that are lists; one text stands for a list of one."""
ALIASES = {
    "lastVerified": "last_reviewed",
    "last_reviewed_on": "last_reviewed",
    "last_verified": "last_reviewed",
    "review_in": "review_every",
}
"""Other spellings of our keys, used by other tools."""
TEXTS = ("kind", "severity", "owner", "last_reviewed", "review_every", "escalation", "replaced_by")
REVIEW_EVERY = 365
"""Days after which a page is to be read again, where it does not say."""
_PERIOD = Pattern(r"(\d{1,4})\s*(d|w|m|mo|y|days?|weeks?|months?|years?)\z")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class Reader:
    """Reads the front matter of one page; `findings` are its complaints."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Finding] = []
        self.keys = {ALIASES.get(key, key): value for key, value in document.front.items()}

    def line(self, key: str, item: object = None) -> int:
        """Return where a key, or an item of its list, is written."""
        value = item if item is not None else self.keys.get(key)
        return getattr(value, "line", 0) or 1

    def complain(self, key: str, wanted: str, item: object = None) -> None:
        """Note that a key is not what it must be."""
        self.findings.append(
            rules.RunbookFrontMatter.at(
                Location(self.document.source, self.line(key, item)),
                f"`{key}` must be {wanted}; it is left out",
                severity=Severity.WARNING,
            )
        )

    def text(self, key: str) -> str | None:
        """Return a key's text, None where there is none."""
        value = self.keys.get(key)
        if value is None or is_null(value):
            return None
        if type(value) is not Scalar:
            self.complain(key, "a text")
            return None
        return str(value).strip() or None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a key's list of texts."""
        value = self.keys.get(key)
        if value is None or is_null(value):
            return ()
        items = list(value) if type(value) is Seq else [value]
        found = []
        for item in items:
            if type(item) is Scalar and str(item).strip():
                found.append(str(item).strip())
            else:
                self.complain(key, "a list of texts", item)
        return tuple(dict.fromkeys(found))


TEMPLATE = "template"
"""The kind of a page that `gitops-docs init` wrote and that is not filled in: it is published, and
is not a runbook yet."""


def is_template(document: Document) -> bool:
    """Return whether a page is a template that still has to be written."""
    return str(document.front.get("kind", "")).strip() == TEMPLATE


def is_joined(document: Document, directory: str) -> bool:
    """Return whether a page takes part in the joins: it lies in the runbooks' directory and is not
    an index, or its front matter says so."""
    if is_template(document):
        return False
    keys = {ALIASES.get(key, key) for key in document.front}
    if keys & {"alerts", "applies_to"} or str(document.front.get("kind")) in KINDS:
        return True
    name = document.path.rpartition("/")[2].lower()
    return in_directory(document.path, directory) and name not in ("index.md", "readme.md")


def in_directory(path: str, directory: str) -> bool:
    """Return whether a page lies below the directory of the runbooks."""
    directory = directory.strip("/").removeprefix("./")
    return not directory or directory == "." or path.startswith(f"{directory}/")


def runbook(
    document: Document, owner_of: Callable[[str], str | None], *, inside: bool
) -> tuple[Runbook, list[Finding]]:
    """Return a page as a runbook, and what its front matter has wrong.

    Args:
        document: The page.
        owner_of: Owners of a file by CODEOWNERS, for a page that names none.
        inside: Whether it lies in the runbooks' directory: only there is broken front matter surely
            ours.
    """
    reader = Reader(document)
    if document.front_error is not None:
        line, reason = document.front_error
        if inside or any(
            patterns.search(rf"(?m)^{key}\s*:", document.front_text)
            for key in ("alerts", "applies_to")
        ):
            message = f"front matter cannot be read, so the page is joined with nothing: {reason}"
            reader.findings.append(
                rules.RunbookFrontMatter.at(Location(document.source, line), message)
            )
    kind = reader.text("kind")
    if kind is not None and kind.lower() not in KINDS:
        if inside:
            near = get_close_matches(kind.lower(), KINDS, n=1, cutoff=0.6)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            reader.complain("kind", f"one of {', '.join(KINDS)}{hint}")
        kind = None
    reviewed, every = reader.text("last_reviewed"), reader.text("review_every")
    if reviewed is not None and parse_date(reviewed) is None:
        reader.complain("last_reviewed", "a date such as 2026-01-31")
        reviewed = None
    if every is not None and days(every) is None:
        reader.complain("review_every", "a period such as 180d, 26w, 6m or 1y")
        every = None
    book = Runbook(
        file=document.path,
        title=document.title,
        alerts=reader.texts("alerts"),
        applies_to=reader.texts("applies_to"),
        owner=reader.text("owner") or owner_of(document.source),
        last_reviewed=reviewed,
        kind=kind.lower() if kind else None,
        source=document.source,
        severity=reader.text("severity"),
        review_every=every,
        review_due=_due(reviewed, every),
        states_owner=reader.text("owner") is not None,
        escalation=reader.text("escalation"),
        aliases=reader.texts("aliases"),
        replaced_by=reader.text("replaced_by"),
        sections=tuple(document.sections),
    )
    return book, reader.findings


_OF_OTHERS = frozenset(
    {
        "authors", "categories", "comments", "date", "description", "draft", "hide", "icon", "layout", "nav_order", "nav_title",
        "parent", "search", "severities", "slug", "social", "status", "subtitle", "tags", "template", "title", "weight",
    }
)  # fmt: skip
"""Keys of MkDocs, themes and plugins that look like ours."""
_OURS_ONLY = ("applies_to", "last_reviewed", "review_every", "replaced_by")
"""Keys that no other tool has: what is close to one of them is meant for us on every page."""


def misspelt(document: Document, *, inside: bool) -> list[Finding]:
    """Return keys that are close to one of ours: the page joins nothing by them, and nothing else
    says so.

    Args:
        document: The page.
        inside: Whether it lies in the runbooks' directory; elsewhere only keys count that no other
            tool has.
    """
    known = {*JOINS, *TEXTS, *ALIASES}
    found = []
    for key, value in document.front.items():
        if key in known or key in _OF_OTHERS:
            continue
        near = get_close_matches(
            key.replace("-", "_").lower(), known if inside else _OURS_ONLY, n=1, cutoff=0.75
        )
        if near:
            line = (
                getattr(key, "line", 0)
                or getattr(value, "key_line", 0)
                or getattr(value, "line", 0)
                or 1
            )
            message = (
                f"`{key}` is not a key of a runbook, so it is left out; did you mean `{near[0]}`?"
            )
            found.append(
                rules.RunbookFrontMatter.at(
                    Location(document.source, line), message, severity=Severity.WARNING
                )
            )
    return found


def parse_date(text: str) -> date | None:
    """Return the date that a text begins with; a time behind it is allowed."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def days(period: str) -> int | None:
    """Return the days of `180d`, `26w`, `6m`, `1y`."""
    match = _PERIOD.match(period.strip().lower())
    return int(match[1]) * _DAYS[match[2][0]] if match else None


def _due(reviewed: str | None, every: str | None) -> str | None:
    start = parse_date(reviewed) if reviewed else None
    if start is None:
        return None
    try:
        return (
            start + timedelta(days=(days(every) if every else None) or REVIEW_EVERY)
        ).isoformat()
    except OverflowError:
        return None
