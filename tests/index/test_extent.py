"""A platform of more things than a site has pages for: the first have theirs, the others stand in
the lists, and no link is dead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.index import addresses
from gitops_docs.model import Platform
from gitops_docs.pages import check_links, render
from gitops_docs.scanner.scanner import scan

Write = Callable[[Mapping[str, str]], Path]
LAYER = """\
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {0}, namespace: flux-system}}
spec: {{interval: 10m, path: ./{0}, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}{1}}}
"""
THINGS = """\
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {0}, namespace: {1}}}
spec: {{chart: {{spec: {{chart: a, version: 1.0.0}}}}, dependsOn: [{{name: a}}]}}
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata: {{name: {0}, namespace: {1}}}
spec: {{providerRef: {{name: p}}, eventSources: [{{kind: HelmRelease, name: {0}}}]}}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {{name: {0}, namespace: {1}}}
spec: {{groups: [{{name: g, rules: [{{alert: Down{0}, expr: up}}, {{alert: Slow{0}, expr: up}}]}}]}}
"""
PROVIDER = """\
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Provider
metadata: {name: p, namespace: one}
spec: {type: slack}
"""
FILES = {
    "clusters/prod/all.yaml": LAYER.format("one", "")
    + LAYER.format("two", ", dependsOn: [{name: one}]"),
    "one/all.yaml": "".join(THINGS.format(name, "one") for name in "abc") + PROVIDER,
    "two/all.yaml": "".join(THINGS.format(name, "two") for name in "ab"),
}
WANTED = 2 * addresses.OF_LAYER + 5 + 5 + 6


def told(platform: Platform) -> list[str]:
    return [finding.message for finding in platform.findings if finding.code == "site-too-large"]


def test_all_have_a_page(repository: Write) -> None:
    """As many as fit are not a finding."""
    assert told(scan(repository(FILES))) == []


@pytest.mark.parametrize(
    ("most", "words"),
    [
        (WANTED, None),
        (WANTED - 1, "1 alert rule without"),
        (WANTED - 6, "6 alert rules without"),
        (WANTED - 8, "2 Flux Alerts and 6 alert rules without"),
        (2 * addresses.OF_LAYER, "5 releases, 5 Flux Alerts and 6 alert rules without"),
        (addresses.OF_LAYER, "1 layer, 5 releases, 5 Flux Alerts and 6 alert rules without"),
    ],
)
def test_some_are_only_listed(
    repository: Write, monkeypatch: pytest.MonkeyPatch, most: int, words: str | None
) -> None:
    """The finding counts them, each list names them, and every link leads somewhere."""
    root = repository(FILES)
    before = render(scan(root))
    monkeypatch.setattr(addresses, "MAX_PAGES", most)
    platform = scan(root)
    made = render(platform)
    assert check_links(made.pages) == []
    if words is None:
        assert told(platform) == [] and {page.uri for page in made.pages} >= {
            page.uri for page in before.pages
        }
        return
    assert [words in message for message in told(platform)] == [True]
    own = {page.uri for page in before.pages} - {page.uri for page in made.pages}
    assert len(own) == WANTED - most
    alerts = next(page for page in made.pages if page.uri == "platform/alerts/index.md")
    assert all(f"Down{name}" in alerts.html for name in "abc") and re.search(
        "(has|have) no page of (its|their) own", alerts.html
    )
