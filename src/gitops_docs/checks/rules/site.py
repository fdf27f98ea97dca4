"""Check for a platform of more things than a site has pages for, and define the rules for what the
user told this program: comments, levels and the baseline.

The latter are met while findings are settled, so they have no check of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context
from gitops_docs.index import addresses
from gitops_docs.model import Family, Finding, Rule, Severity
from gitops_docs.text.english import listed


class SiteTooLarge(Check):
    code = "site-too-large"
    family = Family.SITE
    severity = Severity.WARNING
    title = "A site has more pages than are written"
    about = (
        "Each layer, release, Flux Alert and alert rule has a page of its own, up to 20,000 "
        "pages: ten thousand manifests need some 13,000. What is beyond has no page, layers last "
        "of all; it stands in the lists, and links to it lead there."
    )
    remedy = (
        "Document a part of the repository (the option `repository`), or look for what "
        "multiplies, such as rules that a generator writes."
    )
    bad = "rules: [{alert: A0}, {alert: A1}, …]  # 30,000"
    good = "rules: [{alert: A}]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        found = addresses.extent(context.listed)
        if not found.left_out:
            return
        parts = [
            f"{number:,} {kind}{'s' if number > 1 else ''}"
            for kind, number in found.left_out.items()
        ]
        message = (
            f"{listed(parts)} without a page of their own, only in the lists: "
            f"the site would have {found.wanted:,} pages, more than the {addresses.MAX_PAGES:,} "
            f"that are written; "
            "document a part of the repository, or look for what multiplies"
        )
        yield cls.at(None, message)


class IgnoreWithoutReason(Rule):
    code = "ignore-without-reason"
    family = Family.SITE
    severity = Severity.WARNING
    title = "A finding is ignored without a reason"
    about = "A comment that ignores a finding has to say why; without a reason it has no effect."
    remedy = "Add the reason behind the code."
    bad = "# gitops-docs: ignore orphan"
    good = "# gitops-docs: ignore orphan applied by hand in an emergency"


class IgnoreUnknown(Rule):
    code = "ignore-unknown"
    family = Family.SITE
    severity = Severity.WARNING
    title = "A comment ignores a code that does not exist"
    about = "The code was renamed or misspelt, and the comment has no effect."
    remedy = "Use the code that the finding shows."
    bad = "# gitops-docs: ignore orphans on purpose"
    good = "# gitops-docs: ignore orphan on purpose"


class IgnoreUnused(Rule):
    code = "ignore-unused"
    family = Family.SITE
    severity = Severity.INFO
    title = "A comment ignores nothing"
    about = "The finding is gone, or the comment is at the wrong place."
    remedy = (
        "Remove the comment, or move it to the line of the finding, above its field, or above "
        "its object."
    )
    bad = "# gitops-docs: ignore orphan on purpose\nkind: ConfigMap  # applied"
    good = "kind: ConfigMap"


class BaselineUnreadable(Rule):
    code = "baseline-unreadable"
    family = Family.SITE
    severity = Severity.WARNING
    title = "The baseline cannot be used"
    about = (
        "The file that the setting `baseline` names does not exist, or is not a baseline; every "
        "finding is reported."
    )
    remedy = "Write it with `gitops-docs check REPO --baseline FILE --write-baseline`."
    bad = "baseline: gone.json"
    good = "baseline: findings.json"


class BaselineUnused(Rule):
    code = "baseline-unused"
    family = Family.SITE
    severity = Severity.INFO
    title = "The baseline has entries without a finding"
    about = "The findings are fixed. If they came back, the baseline would hide them."
    remedy = "Write the baseline again."
    bad = "# 3 entries match nothing"
    good = "gitops-docs check REPO --baseline FILE --write-baseline"


class LevelUnknown(Rule):
    code = "level-unknown"
    family = Family.SITE
    severity = Severity.WARNING
    title = "A level is set for a code that does not exist"
    about = "The setting `levels` names a code that does not exist."
    remedy = "Use the code that the finding shows."
    bad = "levels: {orphans: off}"
    good = "levels: {orphan: off}"
