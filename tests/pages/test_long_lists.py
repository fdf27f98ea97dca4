"""Lists of one cluster that are too long for one page stand on pages of namespaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.pages import check_links, render
from gitops_docs.pages.html import across, parts
from gitops_docs.scanner.scanner import scan
from tests.helm.platforms import SYNC

OBJECTS = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: NAME, namespace: SPACE}
spec:
  selector: {matchLabels: {app: NAME}}
  template: {metadata: {labels: {app: NAME}}, spec: {containers: [{name: a, image: "a:1"}]}}
  volumeClaimTemplates: [{metadata: {name: NAME-data}, spec: {resources: {requests: {storage: 1Gi}}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: NAME, namespace: SPACE}
spec:
  rules: [{host: NAME.example.org, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 1}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: NAME, namespace: SPACE}
spec: {podSelector: {matchLabels: {app: NAME}}}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: NAME, namespace: SPACE}
"""
SPACES = ("left", "right")
FAMILIES = ("workloads", "storage", "exposure", "network-policies")


def platform(root: Path, clusters: tuple[str, ...]) -> dict[str, str]:
    """The pages of clusters with two namespaces of three objects of each kind."""
    for cluster in clusters:
        (root / "clusters" / cluster).mkdir(parents=True)
        (root / "clusters" / cluster / "apps.yaml").write_text(SYNC)
    (root / "apps").mkdir()
    text = "---\n".join(
        OBJECTS.replace("NAME", f"{space}-{number}").replace("SPACE", space)
        for space in SPACES
        for number in range(3)
    )
    (root / "apps/apps.yaml").write_text(text)
    made = render(scan(root), None)
    assert check_links(made.pages) == []
    return {
        page.uri.removeprefix("platform/").removesuffix(".md"): page.html for page in made.pages
    }


@pytest.mark.parametrize("clusters", [("prod",), ("prod", "test")])
def test_pages_of_namespaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clusters: tuple[str, ...]
) -> None:
    """Each name is on the page of its namespace, and found by the filter of the index."""
    for module, name in ((across, "MOST"), (across, "ROWS"), (parts, "ROWS")):
        monkeypatch.setattr(module, name, 4)
    pages = platform(tmp_path, clusters)
    many = len(clusters) > 1
    starts = [
        f"clusters/{cluster}/{family}" if many else family
        for family in FAMILIES
        for cluster in clusters
    ]
    for start in (*starts, "custom-resources/Thing.example.com"):
        assert all(f"{space}-{number}" in pages[start] for space in SPACES for number in range(3))
        assert "gitops-unseen" in pages[start]
        for space, other in (SPACES, SPACES[::-1]):
            html = pages[f"{start}/{space}"]
            assert all(f"{space}-{number}" in html for number in range(3)), start
            assert f"{other}-1" not in html, start


def test_short_lists(tmp_path: Path) -> None:
    """A list that fits stays whole."""
    pages = platform(tmp_path, ("prod",))
    assert not [uri for uri in pages if uri.endswith(SPACES) and "objects" not in uri]
