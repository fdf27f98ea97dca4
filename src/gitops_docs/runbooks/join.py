"""Join and check hand-written pages in one call.

In: a platform as it was scanned, the settings, the checkouts of the repository and of `docs_dir`,
and the objects that layers apply. Out: the platform with its runbooks and the runbook of each
alert, and findings.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs.model import Finding, Location, Platform, Runbook, Severity
from gitops_docs.repository.checkout import Checkout, UnreadableFile
from gitops_docs.repository.tree import Tree
from gitops_docs.runbooks import alerts, front_matter, references, reviews, rules
from gitops_docs.runbooks.applies_to import Matched, Targets
from gitops_docs.runbooks.document import Document, Documents
from gitops_docs.runbooks.excerpts import Excerpts, Known
from gitops_docs.runbooks.links import LinkResolver
from gitops_docs.runbooks.subjects import KnownSubjects
from gitops_docs.settings.options import Settings
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.rules import YamlEncoding


class Kept(Struct, frozen=True):
    """What a scan keeps for the next one of the same scanner."""

    documents: Documents = field(default_factory=Documents)
    subjects: KnownSubjects = field(default_factory=KnownSubjects)


def join(
    platform: Platform,
    settings: Settings,
    checkout: Checkout,
    docs: Tree | None,
    known: Iterable[Known],
    owner_of: Callable[[str], str | None],
    before: Kept,
) -> tuple[Platform, list[Finding]]:
    """Join the hand-written pages with a platform and check them.

    Args:
        platform: What was scanned, commits included.
        settings: Where pages are, and what the site says of itself.
        checkout: The scanned repository.
        docs: The directory of the hand-written pages; None where there is none.
        known: Every object of the repository, as Flux applies it and as it is written.
        owner_of: Owners of a file, by CODEOWNERS.
        before: What was read in the scan before.
    """
    findings: list[Finding] = []
    documents = list(_documents(docs, settings.site.docs_dir or "", before.documents, findings))
    addresses = LinkResolver(platform, settings, documents, checkout.files)
    runbooks, lines = _runbooks(documents, settings, owner_of, findings)
    targets = Targets(platform)
    runbooks = [_applied(book, targets, lines, findings) for book in runbooks]

    joiner = alerts.Joiner(platform, runbooks, addresses, settings.runbooks)
    joined = joiner.join(platform.alerts)
    findings += joiner.findings
    findings += alerts.check_names(platform, runbooks, lines)
    findings += alerts.without_runbook(joined)
    joined = before.subjects.of(platform, runbooks, joined)

    pages_with_alerts = {alert.runbook.page for alert in joined}
    runbooks = [
        replace(book, linked=book.file in pages_with_alerts or _applies(book)) for book in runbooks
    ]
    platform = replace(platform, alerts=joined, runbooks=tuple(runbooks))
    runbooks = [reviews.with_commits(book, platform) for book in runbooks]
    platform = replace(platform, runbooks=tuple(runbooks))
    findings += reviews.check(runbooks, reviews.today(platform), lines)
    findings += _successors(runbooks, addresses, lines)

    excerpts = Excerpts(checkout, known)
    published = docs.files if docs is not None else ()
    mentioned = references.ReferenceChecker(
        platform, checkout.files, published, addresses.by_source, settings
    )
    kinds = {book.file: book.kind for book in runbooks}
    for document in documents:
        strict = document.path in kinds
        if (
            kinds.get(document.path) == "decision"
            or not strict
            and _OF_ANOTHER_TIME.search(document.path)
        ):
            continue
        findings += excerpts.check(document, strict=strict)
        findings += mentioned.check(document, strict=strict)
    return platform, findings


def _applies(book: Runbook) -> bool:
    return bool(book.layers or book.releases or book.general_layers or book.general_releases)


_OF_ANOTHER_TIME = Pattern(
    r"(?:^|/)(?:\d{4}-\d\d[^/]*|changelog|(?:.*[-_])?(?:plans?|specs?|proposals?|rfcs?|adrs?|decisions?|archived?|designs?|releases?))(?:/|\.md\z)",
    ignore_case=True,
)
"""Pages that tell what was or will be: plans, proposals, decisions, changelogs. They are not held
to what is."""


def _documents(
    docs: Tree | None, directory: str, pages: Documents, findings: list[Finding]
) -> Iterable[Document]:
    pages.begin()
    for path in sorted(docs.files) if docs is not None else ():
        if not path.endswith(".md"):
            continue
        source = posixpath.normpath(posixpath.join(directory, path))
        try:
            content = docs.read(path) if docs is not None else b""
        except UnreadableFile as error:
            findings.append(
                error.rule.at(Location(source, 1), error.reason, severity=Severity.WARNING)
            )
            continue
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            message = "the page is not UTF-8, and MkDocs publishes no other; save it as UTF-8"
            findings.append(
                YamlEncoding.at(Location(source, line), message, severity=Severity.WARNING)
            )
            continue
        yield pages.read(text, path, source)


def _runbooks(
    documents: Iterable[Document],
    settings: Settings,
    owner_of: Callable[[str], str | None],
    findings: list[Finding],
) -> tuple[list[Runbook], dict[tuple[str, str], int]]:
    """Return pages that take part in joins, and where what they name is written."""
    found: list[Runbook] = []
    lines: dict[tuple[str, str], int] = {}
    for document in documents:
        inside = front_matter.in_directory(document.path, settings.runbooks)
        book, complaints = front_matter.runbook(document, owner_of, inside=inside)
        taken = front_matter.is_joined(document, settings.runbooks)
        findings += front_matter.misspelt(document, inside=inside)
        if taken or document.front_error is not None:
            findings += complaints
        if not taken:
            continue
        found.append(book)
        reader = front_matter.Reader(document)
        for key, value in reader.keys.items():
            lines[document.source, key] = reader.line(key)
            for item in value if isinstance(value, list) else [value]:
                lines.setdefault(
                    (document.source, str(item).strip())
                    if isinstance(item, str)
                    else (document.source, key),
                    reader.line(key, item),
                )
    return found, lines


def _applied(
    book: Runbook, targets: Targets, lines: dict[tuple[str, str], int], findings: list[Finding]
) -> Runbook:
    """Return the runbook with what its `applies_to` means."""
    own, general = Matched(), Matched()
    for pattern in book.applies_to:
        found = targets.match(pattern)
        if not found and targets.platform.layers:
            near = targets.nearest(pattern)
            hint = f"; did you mean `{near}`?" if near else ""
            severity = Severity.WARNING if targets.complete or near else Severity.INFO
            why = "" if targets.complete else " among what is known"
            message = f"`applies_to` names `{pattern}`, which matches nothing{why}{hint}"
            findings.append(
                rules.RunbookTargetUnknown.at(
                    Location(book.source, lines.get((book.source, pattern), 1)),
                    message,
                    severity=severity,
                )
            )
        if found.general:
            general = Matched(general.layers | found.layers, general.releases | found.releases)
        else:
            own = Matched(own.layers | found.layers, own.releases | found.releases)
    return replace(
        book,
        layers=tuple(sorted(own.layers)),
        releases=tuple(sorted(own.releases)),
        general_layers=tuple(sorted(general.layers)),
        general_releases=tuple(sorted(general.releases)),
    )


def _successors(
    runbooks: Iterable[Runbook], addresses: LinkResolver, lines: dict[tuple[str, str], int]
) -> Iterable[Finding]:
    """Yield a finding for each page whose `replaced_by` names a page that does not exist."""
    for book in runbooks:
        if book.replaced_by is None:
            continue
        found = addresses.resolve(book.replaced_by, book.source)
        if found.kind in ("dead", "invalid"):
            message = f"`replaced_by` names `{book.replaced_by}`, which does not exist"
            yield rules.DocLinkMissing.at(
                Location(book.source, lines.get((book.source, "replaced_by"), 1)), message
            )
