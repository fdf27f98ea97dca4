"""Pages about what charts make."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.index import addresses
from gitops_docs.pages import check_links, render
from gitops_docs.pages.html import across, parts
from gitops_docs.scanner.scanner import Scanner, scan
from gitops_docs.settings.options import Settings
from tests.helm.charts import archive
from tests.helm.platforms import make, release, source
from tests.helm.render.test_scan import platform
from tests.helm.test_inspect import URL, packed, store
from tests.pages.test_pages import Reading

RULES = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: many}
spec:
  groups:
    - name: first
      rules:
{{- range until 12 }}
        - alert: Alert{{ . }}
          expr: up == {{ . }}
          labels: {severity: {{ if eq . 3 }}critical{{ else }}warning{{ end }}}
          annotations: {runbook_url: "https://runbooks.example.org/alert{{ . }}"}
{{- end }}
"""


def read(html: str) -> str:
    return " ".join(Reading(html).text.split())


def test_release_page(tmp_path: Path, with_helm: None) -> None:
    """The page of a release has its objects by kind, hostnames, rights, hooks and what rendered
    them."""
    root = platform(tmp_path)
    pages = {one.uri: one for one in render(scan(root, Settings(sources={"own": "."})), None).pages}
    text = read(next(one.html for uri, one in pages.items() if "/releases/apps/web" in uri))
    for part in (
        "13 objects, 2 hooks",
        "rendered by helm v4.1.4 for Kubernetes 1.35.0",
        "web.example.org",
        "1 role, 1 with a wildcard",
        "Deployment: 1 object",
        "pre-install, pre-upgrade",
        "charts/first/templates/part.yaml",
    ):
        assert part in text
    objects = read(pages["platform/clusters/prod/objects.md"].html)
    assert "chart web 1.2.3, templates/rules.yaml" in objects
    assert "things.example.com" in read(pages["platform/crds.md"].html)


def test_without_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages say what is missing, which command helps, and how many charts were not rendered."""
    monkeypatch.setenv("PATH", "/nowhere")
    pages = {
        one.uri: one
        for one in render(scan(platform(tmp_path), Settings(sources={"own": "."})), None).pages
    }
    text = read(next(one.html for uri, one in pages.items() if "/releases/apps/web" in uri))
    assert "The chart could not be rendered: Helm is not installed here." in text
    assert "Not included: 1 Helm release whose charts were not rendered." in read(
        pages["platform/workloads.md"].html
    )


def many(root: Path) -> Path:
    make(root, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    store(root, packed(templates=RULES))
    return root


@pytest.mark.parametrize(("limit", "listed"), [(300, 0), (10, 11)])
def test_alerts(
    tmp_path: Path,
    with_helm: None,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    listed: int,
) -> None:
    """Few alerts have pages of their own; of many only the grave ones have, and the address of each
    leads to its place on the page of the chart."""
    monkeypatch.setattr(addresses, "MANY_ALERTS", limit)
    made = render(scan(many(tmp_path)), None)
    pages = {one.uri: one for one in made.pages}
    own = {uri for uri in pages if uri.startswith("platform/alerts/alert")}
    assert len(own) == 12 - listed
    assert "platform/alerts/alert3.md" in own
    assert len(made.redirects) == listed
    chart = pages["platform/alerts/from/web.md"].html
    for number in range(12):
        assert f'id="Alert{number}"' in chart
        assert f"https://runbooks.example.org/alert{number}" in chart
    if listed:
        assert made.redirects["platform/alerts/alert5/"] == "platform/alerts/from/web/#Alert5"
    text = read(pages["platform/alerts/index.md"].html)
    assert "0 alert rules in the manifests, 0 without a runbook. 12 rules from charts." in text


def test_rights(tmp_path: Path, with_helm: None) -> None:
    """A chart that binds wildcards is named."""
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    role = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web, namespace: {{ .Release.Namespace }}}]
"""
    store(tmp_path, packed(templates=role))
    found = [one for one in Scanner(tmp_path).scan().findings if one.code == "chart-rights-wide"]
    assert [one.message for one in found] == [
        "HelmRelease apps/web: the chart web grants ServiceAccount apps/web rights on the cluster: "
        "it may do everything"
    ]


MANY = """\
{{- range $n := until 6 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "{{ $.Release.Name }}-{{ $n }}"}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: "{{ $.Release.Name }}-{{ $n }}"}
spec:
  tls: [{hosts: ["{{ $.Release.Name }}{{ $n }}.example.org"], secretName: "{{ $.Release.Name }}-{{ $n }}-tls"}]
  rules: [{host: "{{ $.Release.Name }}{{ $n }}.example.org"}]
{{- end }}
"""


def test_many_objects(tmp_path: Path, with_helm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many objects there is a page for each namespace, kind and layer; roles that a chart makes
    alike are one row; of many certificates there is a page for each namespace. All are there."""
    monkeypatch.setattr(parts, "ROWS", 4)
    monkeypatch.setattr(across, "ROWS", 4)
    make(
        tmp_path,
        source("HelmRepository", "charts", URL),
        *(release(n, "web", "1.2.3") for n in "ab"),
    )
    store(tmp_path, packed(templates=MANY))
    pages = {one.uri: one.html for one in render(scan(tmp_path), None).pages}
    base = "platform/clusters/prod/objects"
    roles = pages[f"{base}/cluster/ClusterRole/apps.md"]
    for name in ("a-0", "b-5"):
        assert f"<code>{name}</code>" in roles
    assert "Ingress" in pages[f"{base}/apps.md"]
    assert f"{base}/apps/Ingress.md" in pages
    assert "ClusterRole" in pages[f"{base}/cluster.md"]
    assert "12 objects" in read(pages[f"{base}/cluster/ClusterRole.md"])
    access = pages["platform/access.md"]
    assert "11 alike" in read(access)
    for number in range(6):
        assert f"b-{number}" in access
        assert f"b{number}.example.org" in pages["platform/certificates/apps.md"]
    assert "apps" in read(pages["platform/certificates.md"])
    # What is too much for one page even so is counted, and the command that prints it is named.
    monkeypatch.setattr(parts, "MOST", 3)
    monkeypatch.setattr(parts, "_UNSEEN", 8)
    pages = {one.uri: one.html for one in render(scan(tmp_path), None).pages}
    roles = pages[f"{base}/cluster/ClusterRole/apps.md"]
    assert "The first 3 are listed; gitops-docs render . apps --charts prints all." in read(roles)
    assert "<code>a-2</code>" in roles
    assert "<code>a-3</code>" not in roles
    assert "a-0 a-1 a-2" not in pages[f"{base}/cluster/ClusterRole.md"]


def with_objects(root: Path, number: int, kinds: tuple[str, str]) -> Path:
    """A release whose chart makes so many objects, of two kinds, each kind in a template."""
    loop = """\
{{- range until %d }}
---
apiVersion: v1
kind: %s
metadata: {name: "web-dashboard-of-some-service-{{ . }}-%s"}
{{- end }}
"""
    files = {
        f"templates/{key}.yaml": loop % (number // 2, kind, key)
        for kind, key in zip(kinds, "ab", strict=True)
    }
    make(root, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    store(
        root,
        archive({"Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.2.3\n", **files}, top="web"),
    )
    return root  # fmt: skip


@pytest.mark.parametrize(
    ("number", "kinds", "pages"),
    [
        (60, ("ConfigMap", "Secret"), []),
        (62, ("ConfigMap", "Secret"), ["objects"]),
        (200, ("ConfigMap", "Secret"), ["objects"]),
        (
            210,
            ("ConfigMap", "Secret"),
            ["objects", "objects/ConfigMap", "objects/Secret"],
        ),
        (
            800,
            ("ConfigMap", "ConfigMap"),
            [
                "objects",
                "objects/ConfigMap",
                "objects/ConfigMap/templates-a-yaml-",
                "objects/ConfigMap/templates-b-yaml-",
            ],
        ),
    ],
)
def test_objects_of_a_release(
    tmp_path: Path, with_helm: None, number: int, kinds: tuple[str, str], pages: list[str]
) -> None:
    """Up to sixty objects stand on the page of the release; more have a page of their own, which is
    split by kind, then by template. Every object is on one of them, and none is too large."""
    every = render(scan(with_objects(tmp_path, number, kinds)), None).pages
    start = "platform/clusters/prod/releases/apps/web"
    found = {page.uri: page for page in every if page.uri.startswith(start)}
    own = found.pop(f"{start}.md")
    assert len(found) == len(pages)
    for uri, expected in zip(sorted(found), sorted(pages), strict=True):
        assert uri.startswith(f"{start}/{expected}")
        assert found[uri].parent in (own.uri, *found)
    shown = own.html + "".join(page.html for page in found.values())
    for index in range(number // 2):
        for key in "ab":
            assert f"<code>web-dashboard-of-some-service-{index}-{key}</code>" in shown
    assert ("All objects with their templates" in own.html) is bool(pages)
    assert all(len(page.html) < 120_000 for page in found.values())
    assert list(check_links(every)) == []
