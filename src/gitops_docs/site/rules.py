"""Define the rules for what a site builder reports.

They are met while something is read or rendered, so they have no check of their own.
"""

from __future__ import annotations

from gitops_docs.model import Family, Rule, Severity


class SecretLeak(Rule):
    code = "secret-leak"
    family = Family.SECRETS
    severity = Severity.ERROR
    title = "A value of a Secret is in the site"
    about = (
        "The build searches the finished site for every value of a Secret. A value that it finds, "
        "plain, in base64 or in a URL, fails the build. The message names the file and the "
        "Secret, never the value."
    )
    remedy = (
        "Find where the value stands in plain text outside of its Secret: in a hand-written "
        "page, a name, a commit. Change the value."
    )
    bad = "The password of db is hunter2hunter2."
    good = "The password of db is in the Secret db."


class BlockInvalid(Rule):
    code = "block-invalid"
    family = Family.PAGES
    severity = Severity.WARNING
    title = "An embedded block is not valid"
    about = (
        "A block such as `gitops-layer` names a layer, cluster or key that does not exist. The "
        "page shows the sentence of the finding in its place."
    )
    remedy = "Correct the name; the message gives the nearest one."
    bad = "```gitops-layer\nlayer: aps\n```"
    good = "```gitops-layer\nlayer: apps\n```"


class GeneratedLinkMissing(Rule):
    code = "generated-link-missing"
    family = Family.PAGES
    severity = Severity.WARNING
    title = "A link of a hand-written page leads to no generated page"
    about = (
        "The page that it names is not made from this repository, or has no such heading: a layer, "
        "a release or an alert has another name or is gone."
    )
    remedy = "Correct the path; the message gives the nearest one."
    bad = "[apps](platform/clusters/prod/layers/flux-system/aps.md)"
    good = "[apps](platform/clusters/prod/layers/flux-system/apps.md)"
    varies = "Info for a heading that resembles none of the page."


class PageCollision(Rule):
    code = "page-collision"
    family = Family.SITE
    severity = Severity.WARNING
    title = "A hand-written page has the address of a generated page"
    about = "The hand-written page is published, the generated one is left out."
    remedy = "Rename it, or set the option `directory`."
    bad = "docs/platform/index.md"
    good = "docs/our-platform.md"


class PageTooLarge(Rule):
    code = "page-too-large"
    family = Family.SITE
    severity = Severity.WARNING
    title = "A generated page is larger than 250 kB"
    about = (
        "Lists are split by namespace, kind or cluster. A page that is still that large is slow "
        "to open on a phone."
    )
    remedy = "Report it, with what the page lists. The page is published."
    bad = "platform/custom-resources/ with 260 kB"
    good = "platform/custom-resources/ with 40 kB"


class PageGone(Rule):
    code = "page-gone"
    family = Family.SITE
    severity = Severity.INFO
    title = "A page of the previous site is gone"
    about = "`previous_inventory` lists a layer that has no page now: links to it are broken."
    remedy = "Name its successor in `redirects`."
    bad = "redirects: {}"
    good = "redirects: {platform/old/: platform/new/}"
