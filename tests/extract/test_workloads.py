"""Workloads: replicas, resources, probes, budgets, and what needs attention."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gitops_docs.index.workloads import Running, probes, resources, running
from gitops_docs.kubernetes import quantities
from gitops_docs.model import Platform, Selector
from gitops_docs.pages import render
from gitops_docs.pages.html import across
from tests.extract.test_automation import SYNC, page
from tests.support.scanning import flux, scanned

LIMITS = "resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 128Mi}}"
READY = "ports: [{containerPort: 80}], readinessProbe: {httpGet: {path: /, port: 80}}"


def deployment(
    container: str = f"{LIMITS}, {READY}",
    pod: str = "",
    spec: str = "replicas: 2",
    name: str = "web",
    kind: str = "Deployment",
) -> str:
    """A workload of one container, sound unless something else is given."""
    return (
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: apps}}\nspec:\n  {spec or 'paused: false'}\n"
        f"  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{{pod}containers: [{{name: web, image: web, {container}}}]}}\n"
    )


def budget(spec: str, selector: str = "{matchLabels: {app: web}}") -> str:
    """A PodDisruptionBudget."""
    return f"---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web, namespace: apps}}\nspec: {{{spec}, selector: {selector}}}\n"


def autoscaler(spec: str, target: str = "kind: Deployment, name: web") -> str:
    """A HorizontalPodAutoscaler."""
    return f"---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web, namespace: apps}}\nspec: {{scaleTargetRef: {{{target}}}, {spec}}}\n"


def of(root: Path, **clusters: str) -> Platform:
    """Clusters, each with manifests of its own."""
    files = {}
    for cluster, manifests in clusters.items():
        files[f"apps/{cluster}/all.yaml"] = manifests
        files[f"clusters/{cluster}/flux-system/gotk-sync.yaml"] = SYNC + flux(
            "flux-system", f"./clusters/{cluster}"
        )
        files[f"clusters/{cluster}/layers.yaml"] = flux("apps", f"./apps/{cluster}")
    return scanned(root, files)


def only(root: Path, *manifests: str) -> Running:
    """The one workload of some manifests."""
    [found] = running(of(root, prod="".join(manifests)))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250m", "0.25"),
        ("2", "2"),
        ("1.5", "1.5"),
        ("1Ki", "1024"),
        ("1M", "1000000"),
        ("1e3", "1000"),
        ("x", None),
        ("", None),
        ("1.2.3", None),
    ],
)
def test_quantities(text: str, expected: str | None) -> None:
    """A quantity is a number with a unit of Kubernetes, and nothing else."""
    assert quantities.parse(text) == (Decimal(expected) if expected else None)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [(["64Mi", "64Mi"], "128Mi"), (["1Gi", "512Mi"], "1.5Gi"), (["100M"], "100000000")],
)
def test_memory(texts: list[str], expected: str) -> None:
    """Sums are written with a binary unit where that is exact."""
    amount = quantities.total(texts)
    assert amount is not None and quantities.memory(amount) == expected


@pytest.mark.parametrize(
    ("texts", "expected"), [(["100m", "150m"], "250m"), (["500m", "1.5"], "2")]
)
def test_cpu(texts: list[str], expected: str) -> None:
    """Sums of CPU are whole cores or thousandths."""
    amount = quantities.total(texts)
    assert amount is not None and quantities.cpu(amount) == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (Selector(), True),
        (Selector((("app", "web"),)), True),
        (Selector((("app", "api"),)), False),
        (Selector((), (("app", "In", ("web", "api")),)), True),
        (Selector((), (("app", "NotIn", ("web",)),)), False),
        (Selector((), (("tier", "NotIn", ("web",)),)), True),
        (Selector((), (("app", "Exists", ()),)), True),
        (Selector((), (("app", "DoesNotExist", ()),)), False),
        (Selector((), (("app", "Near", ()),)), False),
    ],
)
def test_selectors(selector: Selector, expected: bool) -> None:
    """A selector selects as Kubernetes does; an operator that does not exist selects nothing."""
    assert selector.selects((("app", "web"), ("release", "a"))) is expected


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        ((deployment(),), ()),
        ((deployment(spec="replicas: 1"),), ("single replica, no PDB",)),
        ((deployment(spec=""),), ("single replica, no PDB",)),
        ((deployment(spec="", kind="DaemonSet"),), ()),
        ((deployment(spec="replicas: 1"), budget("maxUnavailable: 1")), ()),
        ((deployment(spec="replicas: 1"), budget("minAvailable: 1")), ("PDB blocks eviction",)),
        ((deployment(), budget("minAvailable: 1")), ()),
        ((deployment(), budget("minAvailable: 2")), ("PDB blocks eviction",)),
        ((deployment(), budget("minAvailable: 100%")), ("PDB blocks eviction",)),
        ((deployment(), budget("maxUnavailable: 0")), ("PDB blocks eviction",)),
        ((deployment(), budget("maxUnavailable: 0", "{matchLabels: {app: other}}")), ()),
        ((deployment(), budget("maxUnavailable: 0", "{}")), ("PDB blocks eviction",)),
        ((deployment(spec="replicas: 1"), autoscaler("minReplicas: 2, maxReplicas: 4")), ()),
        ((deployment(), autoscaler("maxReplicas: 4")), ("single replica, no PDB",)),
        ((deployment(spec="replicas: 1"), autoscaler("minReplicas: 2, maxReplicas: 4", "kind: StatefulSet, name: web")), ("single replica, no PDB",)),
        ((deployment(READY),), ("no memory limit",)),
        ((deployment(f"{LIMITS}, ports: [{{containerPort: 80}}]"),), ("no readiness probe",)),
        ((deployment(LIMITS),), ()),
        ((deployment(f"{LIMITS}, securityContext: {{privileged: true}}"),), ("privileged",)),
        ((deployment(LIMITS, "hostNetwork: true, "),), ("hostNetwork",)),
        ((deployment(LIMITS, "volumes: [{name: a, hostPath: {path: /var}}], "),), ("hostPath",)),
        ((deployment(spec="replicas: ${replicas}"),), ()),
    ],
)  # fmt: skip
def test_what_needs_attention(
    manifests: tuple[str, ...], expected: tuple[str, ...], tmp_path: Path
) -> None:
    """Each fault has its word, and a sound workload has none."""
    assert only(tmp_path, *manifests).problems == expected


def test_resources_of_several_containers(tmp_path: Path) -> None:
    """Requests are those of the pod: the sum of its containers, not set where one has none."""
    two = deployment(
        f"{LIMITS}}}, {{name: proxy, image: proxy, resources: {{requests: {{cpu: 50m, memory: 64Mi}}}}"
    )
    item = only(tmp_path, two).workload
    found = [
        resources(item, name)
        for name in ("cpu_request", "cpu_limit", "memory_request", "memory_limit")
    ]
    assert found == ["100m", None, "128Mi", None]


def test_probes_and_host(tmp_path: Path) -> None:
    """Probes are letters; what a pod takes from the node is read."""
    item = only(
        tmp_path, deployment(f"{LIMITS}, {READY}, livenessProbe: {{exec: {{}}}}", "hostPID: true, ")
    ).workload
    assert (probes(item), item.host_pid) == ("R L", True)


@pytest.mark.parametrize(
    ("manifest", "kind", "shown"),
    [
        ("---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web, namespace: apps}\nspec: {schedule: '5 * * * *', jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: a}]}}}}}\n", "CronJob", "5 * * * * schedule"),
        (deployment(kind="DaemonSet", spec=""), "DaemonSet", "per node"),
        (deployment() + autoscaler("minReplicas: 3, maxReplicas: 10"), "Deployment", "3–10 HPA"),
        (deployment() + "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: web, namespace: apps}\nspec: {scaleTargetRef: {name: web}}\n", "Deployment", "0–100 KEDA"),
        ("---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: apps}\nspec: {containers: [{name: a, image: a}]}\n", "Pod", "1"),
    ],
)  # fmt: skip
def test_replicas_in_words(manifest: str, kind: str, shown: str, tmp_path: Path) -> None:
    """Each kind says how many pods there are."""
    text = page(of(tmp_path, prod=manifest), "workloads")
    assert f"web {kind} in apps apps {shown} " in text


def test_one_row_per_name(tmp_path: Path) -> None:
    """Clusters that differ stand inside the row: a range of replicas, the cluster beside a
    fault."""
    platform = of(tmp_path, dev=deployment(spec="replicas: 1"), prod=deployment(spec="replicas: 3"))
    text = page(platform, "workloads")
    assert "1 workload name, 2 workloads on 2 clusters." in text
    assert "1–3" in text and "single replica, no PDB dev" in text
    assert "Workloads" in str(render(platform).navigation)


def test_problems_come_first(tmp_path: Path) -> None:
    """What needs attention stands before what is sound, the serious first."""
    sound, bare = deployment(name="a"), deployment(READY, name="b")
    serious = deployment(f"{LIMITS}, securityContext: {{privileged: true}}", name="c")
    text = page(of(tmp_path, prod=sound + bare + serious), "workloads")
    assert [text.index(f"{name} Deployment") for name in "cba"] == sorted(
        text.index(f"{name} Deployment") for name in "abc"
    )


def test_page_without_workloads(tmp_path: Path) -> None:
    """The page says what it looked for, and is not in the navigation."""
    platform = of(tmp_path, prod="---\napiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n")
    assert "No Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod in the manifests." in page(
        platform, "workloads"
    )
    assert "'Workloads'" not in str(render(platform).navigation)


def test_long_lists_are_split_by_cluster(tmp_path: Path) -> None:
    """With many workloads the page counts, and each cluster has a page with its rows."""
    many = "".join(deployment(name=f"w{number}x") for number in range(across.ROWS + 1))
    pages = {item.uri: item.html for item in render(of(tmp_path, dev=many, prod=many)).pages}
    assert (
        "w200x" not in pages["platform/workloads.md"]
        and "w200x" in pages["platform/clusters/dev/workloads.md"]
    )
