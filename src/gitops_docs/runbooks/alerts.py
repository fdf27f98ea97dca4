"""Find the runbook of an alert.

In: alerts as they were found, runbooks, addresses. Out: alerts with their `RunbookLink`, and
findings about `runbook_url`s.

The first that leads to something wins: the front matter of a page; the rule's `runbook_url` (also
`runbook`, `playbook`, `a8r.io/runbook`); a page in the runbooks' directory whose file name is the
alert's name; a heading there that is the alert's name.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from msgspec.structs import replace

from gitops_docs.model import (
    Alert,
    Finding,
    Location,
    Platform,
    Rule,
    Runbook,
    RunbookLink,
    RunbookVia,
    Severity,
)
from gitops_docs.repository.globs import wildcard
from gitops_docs.runbooks import rules
from gitops_docs.runbooks.document import Document
from gitops_docs.runbooks.front_matter import in_directory, is_template
from gitops_docs.runbooks.links import Destination, LinkResolver
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern

_MAKES_ALERTS = Pattern(
    r"prometheus|victoria|alert|mixin|monitoring|mimir|loki|kube-state|thanos|grafana",
    ignore_case=True,
)
"""Charts that are known to bring alert rules along, which are not known here."""


class Joiner:
    """Finds the runbook of each alert."""

    def __init__(
        self,
        platform: Platform,
        runbooks: Sequence[Runbook],
        addresses: LinkResolver,
        directory: str,
    ) -> None:
        self.platform = platform
        self.addresses = addresses
        self.findings: list[Finding] = []
        self.documents = addresses.by_path
        current = [book for book in runbooks if not book.replaced_by]
        self.named: dict[str, list[Runbook]] = defaultdict(list)
        self.patterns: list[tuple[str, Runbook]] = []
        for book in current:
            for name in book.alerts:
                if patterns.search(r"[*?\[]", name):
                    self.patterns.append((name.lower(), book))
                else:
                    self.named[name.lower()].append(book)
        inside = [
            self.documents[book.file] for book in current if in_directory(book.file, directory)
        ]
        inside += [
            document
            for document in self.documents.values()
            if in_directory(document.path, directory)
            and document not in inside
            and not is_template(document)
            and document.path not in {b.file for b in runbooks}
        ]
        self.by_name: dict[str, Document] = {}
        self.by_heading: dict[str, tuple[Document, str]] = {}
        for document in sorted(inside, key=lambda item: item.path):
            self.by_name.setdefault(
                _squeezed(posixpath.basename(document.path).removesuffix(".md")), document
            )
        for book in current:
            for alias in book.aliases:
                self.by_name.setdefault(_squeezed(alias), self.documents[book.file])
        for document in sorted(inside, key=lambda item: item.path):
            for section in document.sections:
                self.by_heading.setdefault(_squeezed(section.title), (document, section.id))

    def join(self, alerts: Iterable[Alert]) -> tuple[Alert, ...]:
        """Return the alerts with their runbooks; findings are noted on the way."""
        joined = [self._join(alert) for alert in alerts]
        shared = Counter(
            (alert.runbook.target or "", alert.name)
            for alert in {
                (a.name, a.runbook.target): a for a in joined if a.runbook.status == "external"
            }.values()
        )
        targets = Counter(target for target, _ in shared)
        return tuple(
            replace(
                alert,
                runbook=replace(alert.runbook, shared=targets[alert.runbook.target or ""] - 1),
            )
            if alert.runbook.status == "external"
            else alert
            for alert in joined
        )

    def _join(self, alert: Alert) -> Alert:
        given, is_address = self._annotation(alert)
        page = self._front_matter(alert)
        if page is not None:
            document = self.documents[page.file]
            anchor = next(
                (
                    s.id
                    for s in document.sections
                    if s.level > 1 and _squeezed(s.title) == _squeezed(alert.name)
                ),
                None,
            )
            return replace(alert, runbook=_own_page_link(document, anchor, "front-matter"))
        if given is not None and is_address:
            return replace(alert, runbook=given)
        name = _squeezed(alert.name)
        if name and name in self.by_name:
            return replace(alert, runbook=_own_page_link(self.by_name[name], None, "file-name"))
        if name and name in self.by_heading:
            document, anchor = self.by_heading[name]
            return replace(alert, runbook=_own_page_link(document, anchor, "anchor"))
        if given is not None:
            return replace(alert, runbook=given)
        return replace(alert, runbook=RunbookLink("missing"))

    def _front_matter(self, alert: Alert) -> Runbook | None:
        books = self.named.get(alert.name.lower())
        if books:
            return books[0]
        return next(
            (book for pattern, book in self.patterns if wildcard(alert.name.lower(), pattern)), None
        )

    def _annotation(self, alert: Alert) -> tuple[RunbookLink | None, bool]:
        """Return what `runbook_url` leads to, and whether it is an address at all. Findings are
        noted, whatever else leads to a runbook."""
        url = alert.runbook_url
        if url is None:
            return None, False
        found = self.addresses.resolve(url, alert.file)
        at = alert.runbook_at or alert
        if found.kind in ("dead", "invalid"):
            rule = rules.RunbookDead if found.kind == "dead" else rules.RunbookUrlInvalid
            self._note(
                rule,
                alert,
                f"`runbook_url` of {alert.name} is a broken link: {found.reason}",
                at.file,
                at.line,
            )
            link = RunbookLink("dead", url, "annotation", reason=found.reason)
            return link, found.kind == "dead"
        if found.kind == "external":
            self._same_page_by_address(alert, url, at.file, at.line)
            return RunbookLink("external", url, "annotation", reason=found.reason), True
        if found.document is not None:
            if found.anchor_missing:
                self._missing_anchor(alert, found.document, found.anchor, at.file, at.line)
                reason = f"{found.document.source} has no heading `#{found.anchor}`"
                page = found.document.path
                return RunbookLink("dead", url, "annotation", page=page, reason=reason), True
            return _own_page_link(found.document, found.anchor or None, "annotation"), True
        return _own_file(found, url), True

    def _same_page_by_address(self, alert: Alert, url: str, file: str, line: int) -> None:
        """Note an address elsewhere that ends like that of the page which names the alert: the
        site's, whose address is not known here."""
        path, _, anchor = url.partition("#")
        if not anchor or self.addresses.settings.site.url:
            return
        for book in self.named.get(alert.name.lower(), ()):
            document = self.documents[book.file]
            own = document.path.removesuffix(".md").removesuffix("/index").lower()
            if path.rstrip("/").lower().endswith(f"/{own}") and not document.has_anchor(anchor):
                self._missing_anchor(alert, document, anchor, file, line)

    def _missing_anchor(
        self, alert: Alert, document: Document, anchor: str, file: str, line: int
    ) -> None:
        near = get_close_matches(anchor.lower(), sorted(document.ids), n=1)
        hint = f"; did you mean `#{near[0]}`?" if near else ""
        message = (
            f"`runbook_url` of {alert.name} leads to `#{anchor}`, which {document.source} does not "
            f"have{hint}"
        )
        self._note(rules.RunbookAnchorMissing, alert, message, file, line)

    def _note(self, rule: type[Rule], alert: Alert, message: str, file: str, line: int) -> None:
        if alert.origin is not None:  # The user of a chart does not write its rules.
            return
        place = Location(file, line)
        self.findings.append(rule.at(place, message, layers=[alert.layer], about=[alert]))


def _own_page_link(document: Document, anchor: str | None, via: RunbookVia) -> RunbookLink:
    return RunbookLink(
        "own",
        f"{document.path}#{anchor}" if anchor else document.path,
        via,
        page=document.path,
        anchor=anchor,
    )


def _own_file(found: Destination, url: str) -> RunbookLink:
    """Return a file of the repository that is not a page of the site, or a page that is generated:
    the address leads there."""
    target = found.file if found.file is not None else url
    return RunbookLink(
        "own", f"{target}#{found.anchor}" if found.anchor and found.file else target, "annotation"
    )


def check_names(
    platform: Platform, runbooks: Sequence[Runbook], lines: dict[tuple[str, str], int]
) -> Iterable[Finding]:
    """Yield alerts that pages name and that nothing defines, and alerts that several pages name.

    Args:
        platform: What was scanned.
        runbooks: The pages.
        lines: Where (file, name) is written.
    """
    known = {alert.name.lower() for alert in platform.alerts}
    charts = any(
        _MAKES_ALERTS.search(release.chart) and not release.is_rendered
        for release in platform.releases
    )
    first: dict[str, Runbook] = {}
    for book in runbooks:
        for name in book.alerts:
            line = lines.get((book.source, name), 1)
            low = name.lower()
            if not any(wildcard(alert, low) for alert in known):
                near = get_close_matches(low, sorted(known), n=1, cutoff=0.8)
                spelled = next(
                    (
                        alert.name
                        for alert in platform.alerts
                        if near and alert.name.lower() == near[0]
                    ),
                    None,
                )
                hint = (
                    f"; did you mean {spelled}?"
                    if spelled
                    else "; correct the name, or delete it with the page"
                )
                if charts and not near:
                    hint = " here; a chart may bring it along"
                severity = Severity.INFO if charts and not near else Severity.WARNING
                yield rules.RunbookAlertUnknown.at(
                    Location(book.source, line),
                    f"no rule defines the alert {name}{hint}",
                    severity=severity,
                )
            if book.replaced_by:
                continue
            other = first.setdefault(low, book)
            if other is not book and not patterns.search(r"[*?\[]", name):
                message = (
                    f"{name} is named by {other.source} too, which wins; name it in one page only"
                )
                yield rules.RunbookAmbiguous.at(Location(book.source, line), message)


def without_runbook(alerts: Iterable[Alert]) -> Iterable[Finding]:
    """Yield one finding for each file with alert rules that have no runbook, at the most severe of
    them."""
    by_file: dict[tuple[str, str | None], list[Alert]] = {}
    for alert in alerts:
        # The user of a chart does not write its rules.
        if alert.kind == "rule" and alert.runbook.status == "missing" and alert.origin is None:
            by_file.setdefault((alert.file, alert.layer), []).append(alert)
    for (file, layer), found in by_file.items():
        found.sort(
            key=lambda alert: (
                _GRAVITY.get((alert.severity or "").lower(), 2),
                alert.line,
                alert.name,
            )
        )
        named = list(
            dict.fromkeys(
                f"{alert.name} ({alert.severity})" if alert.severity else alert.name
                for alert in found
            )
        )
        if len(named) == 1:
            message = (
                f"the alert {named[0]} has no runbook; write a page that names it, or set "
                f"`runbook_url`"
            )
        else:
            shown = named if len(named) <= 4 else [*named[:3], f"{len(named) - 3} more"]
            message = (
                f"the alerts {', '.join(shown[:-1])} and {shown[-1]} have no runbook; write pages "
                f"that name them, or set `runbook_url`, "
                "the most severe first"
            )
        yield rules.AlertWithoutRunbook.at(Location(file, found[0].line), message, layers=[layer])


_GRAVITY = {
    "critical": 0,
    "page": 0,
    "emergency": 0,
    "high": 1,
    "error": 1,
    "major": 1,
    "info": 3,
    "none": 4,
}


def _squeezed(name: str) -> str:
    """Return a name without what file names, headings and alerts write differently."""
    return patterns.sub(r"[^a-z0-9]+", "", name.lower())
