"""What a page asks: the runbooks and the alerts of a layer or a release.

In: a platform whose runbooks are joined. Out: parts of it, in the order in which a reader wants them.
"""

from __future__ import annotations

from gitops_docs.model import Alert, Platform, Release, Runbook

_FIRST = {"runbook": 0, "procedure": 1, None: 2, "reference": 3, "decision": 4}


def runbooks_of(platform: Platform, target: str | Release) -> tuple[Runbook, ...]:
    """Hand-written pages that apply to a layer (its id) or a release: those made for it first, then by kind, the general ones last."""
    if isinstance(target, Release):
        key = (target.layer, target.namespace, target.name)
        own = [book for book in platform.runbooks if key in book.releases]
        general = [book for book in platform.runbooks if key in book.general_releases]
    else:
        own = [book for book in platform.runbooks if target in book.layers]
        general = [book for book in platform.runbooks if target in book.general_layers]

    def rank(book: Runbook) -> tuple[bool, int, str, str]:
        return (book not in own, _FIRST.get(book.kind, 2), book.title.lower(), book.file)

    return tuple(sorted({book.file: book for book in (*general, *own)}.values(), key=rank))


def alerts_of(platform: Platform, target: str | Release) -> tuple[Alert, ...]:
    """Alerts that a layer (its id) defines or that are about a release of it; for a release, those about it. By severity as written."""
    if isinstance(target, Release):
        key = (target.layer, target.namespace, target.name)
        found = [alert for alert in platform.alerts if alert.component == key]
    else:
        found = [
            alert
            for alert in platform.alerts
            if alert.layer == target or (alert.component is not None and alert.component[0] == target)
        ]
    return tuple(
        sorted(found, key=lambda alert: (severity_rank(alert.severity), alert.name.lower(), alert.cluster, alert.file))
    )


def severity_rank(severity: str | None) -> int:
    """What to look at first: 0 for what wakes somebody."""
    return {"critical": 0, "page": 0, "error": 1, "high": 1, "warning": 2, "warn": 2, "info": 4, "none": 5}.get(
        (severity or "").lower(), 3
    )
