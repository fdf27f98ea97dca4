"""Define the rules for alerts, runbooks and hand-written pages.

They are met while something is read or rendered, so they have no check of their own.
"""

from __future__ import annotations

from gitops_docs.model import Family, Rule, Severity


class AlertWithoutRunbook(Rule):
    code = "alert-without-runbook"
    family = Family.RUNBOOKS
    severity = Severity.INFO
    title = "An alert has no runbook"
    about = (
        "The alert has no page that says what to do. One finding stands for a file "
        "of rules, at the most severe of its alerts."
    )
    remedy = "Write a page that names the alert in its front matter, or set `runbook_url`."
    bad = "labels: {severity: critical}"
    good = "annotations:\n  runbook_url: https://…/runbooks/web/"


class RunbookUrlInvalid(Rule):
    code = "runbook-url-invalid"
    family = Family.RUNBOOKS
    severity = Severity.WARNING
    title = "runbook_url is not an address"
    about = (
        "Only http and https addresses and paths of this repository become links; everything "
        "else is shown as text."
    )
    remedy = "Write the whole address, with its scheme."
    bad = "runbook_url: wiki.example.org/web"
    good = "runbook_url: https://wiki.example.org/web"


class RunbookDead(Rule):
    code = "runbook-dead"
    family = Family.RUNBOOKS
    severity = Severity.WARNING
    title = "runbook_url links a page that does not exist"
    about = "The page or file of this repository does not exist."
    remedy = "Correct the path, or write the page."
    bad = "runbook_url: docs/runbooks/old.md"
    good = "runbook_url: docs/runbooks/web.md"


class RunbookAnchorMissing(Rule):
    code = "runbook-anchor-missing"
    family = Family.RUNBOOKS
    severity = Severity.WARNING
    title = "runbook_url links a heading that does not exist"
    about = "The page exists, the heading does not."
    remedy = "Correct the anchor; it is the heading in lower case with `-`."
    bad = "runbook_url: …/web/#mitigaton"
    good = "runbook_url: …/web/#mitigation"


class RunbookFrontMatter(Rule):
    code = "runbook-front-matter"
    family = Family.RUNBOOKS
    severity = Severity.ERROR
    title = "The front matter of a page cannot be used"
    about = "The page is linked to no alert and to no component."
    remedy = "Correct the YAML between the `---` lines."
    bad = "---\nalerts: [WebDown\n---"
    good = "---\nalerts: [WebDown]\n---"
    varies = "A warning where one field has the wrong shape."


class RunbookTargetUnknown(Rule):
    code = "runbook-target-unknown"
    family = Family.RUNBOOKS
    severity = Severity.WARNING
    title = "A page applies to something that does not exist"
    about = "`applies_to` matches no layer, release or object."
    remedy = "Correct the pattern; the message names the nearest match."
    bad = "applies_to: [kustomization/flux-system/aps]"
    good = "applies_to: [kustomization/flux-system/apps]"
    varies = "A note where a part of the platform is not in this repository."


class RunbookAlertUnknown(Rule):
    code = "runbook-alert-unknown"
    family = Family.RUNBOOKS
    severity = Severity.WARNING
    title = "A runbook names an alert that no rule defines"
    about = "The rule was renamed, removed, or is made outside Git."
    remedy = "Correct the name, or delete it with the page."
    bad = "alerts: [WebDwon]"
    good = "alerts: [WebDown]"


class RunbookAmbiguous(Rule):
    code = "runbook-ambiguous"
    family = Family.RUNBOOKS
    severity = Severity.WARNING
    title = "Two runbooks name one alert"
    about = "The alert links only one of them, and it may be the wrong one."
    remedy = "Name the alert in one page only."
    bad = "alerts: [WebDown]  # in two pages"
    good = "alerts: [WebDown]  # in one"


class RunbookStale(Rule):
    code = "runbook-stale"
    family = Family.RUNBOOKS
    severity = Severity.INFO
    title = "A runbook is due for review"
    about = "Its `last_reviewed` is longer ago than its `review_every`."
    remedy = "Read it again and set the date."
    bad = "last_reviewed: 2019-01-01"
    good = "last_reviewed: 2026-05-01"


class RunbookOutdated(Rule):
    code = "runbook-outdated"
    family = Family.RUNBOOKS
    severity = Severity.INFO
    title = "A component has changed since the review of its runbook"
    about = "Commits touched the files of what the page applies to."
    remedy = "Read it again and set `last_reviewed`."
    bad = "last_reviewed: 2026-01-01"
    good = "last_reviewed: 2026-05-01"


class RunbookDateFuture(Rule):
    code = "runbook-date-future"
    family = Family.RUNBOOKS
    severity = Severity.WARNING
    title = "A review date is in the future"
    about = "The page counts as reviewed until then."
    remedy = "Correct the date."
    bad = "last_reviewed: 2999-12-31"
    good = "last_reviewed: 2026-05-01"


class DocPathMissing(Rule):
    code = "doc-path-missing"
    family = Family.PAGES
    severity = Severity.WARNING
    title = "A page names a file that does not exist"
    about = "It was moved, deleted or misspelt."
    remedy = "Correct the path."
    bad = "see `infrastructure/old.yaml`"
    good = "see `infrastructure/new.yaml`"
    varies = "A note where it may be an example."


class DocLinkMissing(Rule):
    code = "doc-link-missing"
    family = Family.PAGES
    severity = Severity.WARNING
    title = "A link has no target"
    about = "The file that a link of a page names does not exist."
    remedy = "Correct the link."
    bad = "[x](../nope.md)"
    good = "[x](../there.md)"


class DocAnchorMissing(Rule):
    code = "doc-anchor-missing"
    family = Family.PAGES
    severity = Severity.WARNING
    title = "A link names a heading that does not exist"
    about = "The page exists, the heading does not."
    remedy = "Correct the anchor."
    bad = "[x](page.md#wrnog)"
    good = "[x](page.md#wrong)"
    varies = "A note where the page may make the anchor in another way."


class DocObjectMissing(Rule):
    code = "doc-object-missing"
    family = Family.PAGES
    severity = Severity.WARNING
    title = "A command names an object that does not exist"
    about = "A copied command fails."
    remedy = "Correct the name or the namespace."
    bad = "flux get hr web -n defualt"
    good = "flux get hr web -n default"
    varies = "A note where a part of the platform is not in this repository."


class DocFluxCommand(Rule):
    code = "doc-flux-command"
    family = Family.PAGES
    severity = Severity.WARNING
    title = "A command of flux does not exist"
    about = "The subcommand was removed or never existed."
    remedy = "Use the one that the message names."
    bad = "flux get tree"
    good = "flux tree kustomization apps"


class ExcerptDiffers(Rule):
    code = "excerpt-differs"
    family = Family.PAGES
    severity = Severity.WARNING
    title = "A quoted manifest differs from the real one"
    about = (
        "A block of a page says that it shows an object or a file, and a value in it is "
        "different now."
    )
    remedy = "Copy the current text."
    bad = "```yaml\n# clusters/prod/apps.yaml\nspec: {interval: 5m}\n```"
    good = "```yaml\n# clusters/prod/apps.yaml\nspec: {interval: 10m}\n```"
