"""Write a page to begin with: what the runbook of an alert needs, as far as the repository already
says it.

In: an alert. Out: the text of a Markdown page, which the page of an alert without a runbook offers.
Text of a manifest stands in it as text: nothing of it is markup.
"""

from __future__ import annotations

from gitops_docs.model import Alert, Layer, Platform
from gitops_docs.text import escape, patterns


def file_name(name: str) -> str:
    """Return the file of an alert's runbook: `FluxReconciliationFailure` is
    `flux-reconciliation-failure.md`."""
    spaced = patterns.sub(r"([A-Z])([A-Z][a-z])", lambda match: f"{match[1]}-{match[2]}", name)
    spaced = patterns.sub(r"([a-z0-9])([A-Z])", lambda match: f"{match[1]}-{match[2]}", spaced)
    return f"{patterns.sub(r'[^a-z0-9]+', '-', spaced.lower()).strip('-') or 'alert'}.md"


TEMPLATE = "# Set `kind: runbook` when the page is written: until then it counts as missing."


def alert_page(alert: Alert, platform: Platform, *, kind: str = "runbook") -> str:
    """Return a page for an alert: front matter that joins it, and the four headings. What the rule
    says stands in a block that each build fills in.

    Args:
        alert: The rule.
        platform: Where it comes from.
        kind: `runbook`, or `template` for a page that is still to be written.
    """
    subject = alert.subject
    layer = next(
        (item for item in platform.layers if subject.certain and item.id == subject.layer), None
    )
    applies = []
    if alert.component is not None:
        applies.append(f"helmrelease/{alert.component[1]}/{alert.component[2]}")
    elif layer is not None:
        applies.append(f"layer:{layer.name}")
    meaning = (
        "What has happened, in a sentence or two. The rule says:\n\n"
        f"```gitops-alerts\nnames: [{escape.dumps(alert.name)}]\n```"
    )
    front = [
        f"title: {escape.dumps(alert.name)}",
        *([TEMPLATE] if kind == "template" else []),
        f"kind: {kind}",
        f"alerts: [{escape.dumps(alert.name)}]",
        *(
            [f"applies_to: [{', '.join(escape.dumps(item) for item in applies)}]"]
            if applies
            else []
        ),
        *([f"severity: {escape.dumps(alert.severity)}"] if alert.severity else []),
        *(
            [f"last_reviewed: {platform.repository.date}"]
            if platform.repository.date and kind != "template"
            else []
        ),
        "review_every: 180d",
    ]
    command = _status(alert, layer)
    return _page(
        front,
        alert.name,
        [
            ("Meaning", meaning),
            ("Impact", "What does not work for whom, and what still does."),
            ("Diagnosis", f"```bash\n{command}\n```\n\nWhat to look for in it."),
            (
                "Mitigation",
                "What to do, most likely cause first, each with its command; and how to see that "
                "it helped.",
            ),
        ],
    )


def _status(alert: Alert, layer: Layer | None) -> str:
    if alert.component is not None:
        _, namespace, name = alert.component
        release, place = escape.argument(name), escape.argument(namespace)
        return f"flux get helmrelease {release} -n {place}\nkubectl get pods -n {place}"
    if layer is not None:
        return (
            f"flux get kustomization {escape.argument(layer.name)} -n "
            f"{escape.argument(layer.namespace)}"
        )
    return "flux get all -A --status-selector ready=false"


def _page(front: list[str], title: str, sections: list[tuple[str, str]]) -> str:
    body = "\n".join(f"\n## {heading}\n\n{text}" for heading, text in sections)
    return "---\n" + "\n".join(front) + f"\n---\n# {escape.plain(title)}\n{body}\n"
