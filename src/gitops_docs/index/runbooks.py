"""Look up the runbooks and the alerts of a layer or a release.

In: a platform whose runbooks are joined. Out: parts of it, in the order in which a reader wants
them.
"""

from __future__ import annotations

from collections import defaultdict

from gitops_docs.model import Alert, Platform, Release, Runbook

ReleaseKey = tuple[str, str, str]
"""Layer id, namespace, name."""

_FIRST = {"runbook": 0, "procedure": 1, None: 2, "reference": 3, "decision": 4}


class RunbookIndex:
    """The results of `runbooks_of` and `alerts_of` for all layers and releases, looked up once."""

    def __init__(self, platform: Platform) -> None:
        self._runbooks: dict[str | ReleaseKey, list[tuple[bool, int, str, str, Runbook]]] = (
            defaultdict(list)
        )
        for book in platform.runbooks:
            order = (_FIRST.get(book.kind, 2), book.title.lower(), book.file, book)
            own: set[str | ReleaseKey] = {*book.layers, *book.releases}
            general: set[str | ReleaseKey] = {*book.general_layers, *book.general_releases}
            for key in own:
                self._runbooks[key].append((False, *order))
            for key in general - own:
                self._runbooks[key].append((True, *order))
        self._alerts: dict[str | ReleaseKey, list[Alert]] = defaultdict(list)
        for alert in platform.alerts:
            keys: set[str | ReleaseKey] = {alert.layer} if alert.layer else set()
            if alert.subject.layer is not None:
                keys |= {
                    alert.subject.layer,
                    *((alert.subject.release,) if alert.subject.release else ()),
                }
            for one in keys:
                self._alerts[one].append(alert)

    def runbooks(self, target: str | Release, *, general: bool = True) -> tuple[Runbook, ...]:
        """Return pages that apply to a layer (its id) or a release; without the general ones where
        asked."""
        found = sorted(self._runbooks.get(_key(target), ()), key=lambda entry: entry[:4])
        return tuple(entry[4] for entry in found if general or not entry[0])

    def alerts(self, target: str | Release) -> tuple[Alert, ...]:
        """Return alerts that a layer (its id) ships or that are about it; for a release, those
        about it."""
        found = self._alerts.get(_key(target), ())
        return tuple(
            sorted(
                found,
                key=lambda alert: (
                    severity_rank(alert.severity),
                    alert.name.lower(),
                    alert.cluster,
                    alert.file,
                ),
            )
        )


def _key(target: str | Release) -> str | ReleaseKey:
    return (target.layer, target.namespace, target.name) if isinstance(target, Release) else target


def runbooks_of(platform: Platform, target: str | Release) -> tuple[Runbook, ...]:
    """Return hand-written pages that apply to a layer (its id) or a release: those made for it
    first, then by kind, the general ones last."""
    return RunbookIndex(platform).runbooks(target)


def alerts_of(platform: Platform, target: str | Release) -> tuple[Alert, ...]:
    """Return alerts that a layer (its id) ships or that are about it; for a release, those about
    it. The worst first."""
    return RunbookIndex(platform).alerts(target)


def severity_rank(severity: str | None) -> int:
    """Return the rank of a severity: 0 for critical alerts."""
    return {
        "critical": 0,
        "page": 0,
        "error": 1,
        "high": 1,
        "warning": 2,
        "warn": 2,
        "info": 4,
        "none": 5,
    }.get((severity or "").lower(), 3)
