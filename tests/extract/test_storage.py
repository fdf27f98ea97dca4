"""Storage: classes, claims, what saves them, and what needs attention."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.index.volumes import Volume, volumes
from gitops_docs.pages import render
from gitops_docs.pages.html import across
from tests.extract.test_automation import page
from tests.extract.test_workloads import of

CLASS = "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: ebs.csi.aws.com\n"
DEFAULT = CLASS.replace(
    "{name: fast}",
    "{name: fast, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}",
)
RETAIN = CLASS + "reclaimPolicy: Retain\n"


def claim(
    name: str = "data", spec: str = "storageClassName: fast", meta: str = "", size: str = "10Gi"
) -> str:
    """A PersistentVolumeClaim in namespace apps."""
    return (
        f"---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}, namespace: apps{meta}}}\n"
        f"spec: {{{spec + ', ' if spec else ''}accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}\n"
    )


def manifest(
    api: str, kind: str, spec: str, name: str = "all", namespace: str = "velero", meta: str = ""
) -> str:
    """An object of a backup tool."""
    return f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}{meta}}}\nspec: {{{spec}}}\n"


STATEFUL = (
    "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, namespace: apps}\nspec:\n  replicas: 3\n  selector: {matchLabels: {app: db}}\n"
    "  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}}]\n"
)
POSTGRES = manifest(
    "postgresql.cnpg.io/v1",
    "Cluster",
    "instances: 2, storage: {size: 20Gi, storageClass: fast}",
    "pg",
    "apps",
)


def only(root: Path, *manifests: str) -> Volume:
    """The one claim of some manifests."""
    [found] = volumes(of(root, prod="".join(manifests)))
    return found


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        ((CLASS, claim()), ("no backup found",)),
        ((RETAIN, claim()), ()),
        ((claim(),), ("class not in manifests",)),
        ((claim(spec=""),), ()),
        ((DEFAULT, claim(spec="")), ("no backup found",)),
        ((claim(spec="storageClassName: '', volumeName: pv"),), ()),
        ((CLASS, STATEFUL), ("no backup found",)),
        ((CLASS, POSTGRES), ("no backup found",)),
        ((CLASS, claim(), manifest("velero.io/v1", "Schedule", "schedule: '@daily', template: {}")), ()),
        ((CLASS, claim(), manifest("velero.io/v1", "Schedule", "template: {includedNamespaces: ['*']}")), ()),
        ((CLASS, claim(), manifest("velero.io/v1", "Schedule", "template: {includedNamespaces: [other]}")), ("no backup found",)),
        ((CLASS, claim(), manifest("velero.io/v1", "Schedule", "template: {excludedNamespaces: [apps]}")), ("no backup found",)),
        ((CLASS, claim(), manifest("velero.io/v1", "Schedule", "template: {labelSelector: {matchLabels: {save: 'yes'}}}")), ("no backup found",)),
        ((CLASS, claim(meta=", labels: {save: 'yes'}"), manifest("velero.io/v1", "Schedule", "template: {labelSelector: {matchLabels: {save: 'yes'}}}")), ()),
        ((CLASS, claim(), manifest("volsync.backube/v1alpha1", "ReplicationSource", "sourcePVC: data", namespace="apps")), ()),
        ((CLASS, claim(), manifest("volsync.backube/v1alpha1", "ReplicationSource", "sourcePVC: data")), ("no backup found",)),
        ((CLASS, claim(), manifest("k8up.io/v1", "Schedule", "backup: {schedule: '@daily'}", namespace="apps")), ()),
        ((CLASS, POSTGRES, manifest("postgresql.cnpg.io/v1", "ScheduledBackup", "cluster: {name: pg}", namespace="apps")), ()),
        ((CLASS, POSTGRES, manifest("postgresql.cnpg.io/v1", "ScheduledBackup", "cluster: {name: other}", namespace="apps")), ("no backup found",)),
        ((CLASS, POSTGRES.replace("instances: 2", "instances: 2, backup: {barmanObjectStore: {destinationPath: 's3://x'}}")), ()),
        ((CLASS, claim(), manifest("batch/v1", "CronJob", "jobTemplate: {spec: {template: {spec: {volumes: [{name: a, persistentVolumeClaim: {claimName: data}}]}}}}", namespace="apps", meta=", labels: {app: data-backup}")), ()),
        ((CLASS, claim(), manifest("batch/v1", "CronJob", "jobTemplate: {spec: {template: {spec: {volumes: [{name: a, persistentVolumeClaim: {claimName: data}}]}}}}", namespace="apps", meta=", labels: {app: report}")), ("no backup found",)),
    ],
)  # fmt: skip
def test_what_needs_attention(
    manifests: tuple[str, ...], expected: tuple[str, ...], tmp_path: Path
) -> None:
    """Each tool saves what it says, and nothing else."""
    assert only(tmp_path, *manifests).problems == expected


def test_two_claims_of_one_name(tmp_path: Path) -> None:
    """Two layers that ask for one claim are named; claims of templates are named after their
    owner."""
    other = STATEFUL.replace("name: db", "name: cache")
    assert [one.problems for one in volumes(of(tmp_path, prod=RETAIN + STATEFUL + other))] == [
        (),
        (),
    ]


@pytest.mark.parametrize(
    ("manifests", "shown"),
    [
        (CLASS + claim(), "10Gi fast ReadWriteOnce Delete none found deleted"),
        (CLASS + claim(meta=", labels: {kustomize.toolkit.fluxcd.io/prune: disabled}"), "Delete none found stays"),
        (CLASS + STATEFUL, "3 × 10Gi fast ReadWriteOnce Delete none found stays"),
        (CLASS + STATEFUL.replace("replicas: 3", "replicas: 3\n  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}"), "none found deleted"),
        (claim(spec=""), "default, not in the manifests ReadWriteOnce not known none found deleted"),
        (claim(spec="storageClassName: '', volumeName: pv"), "none ReadWriteOnce that of volume pv none found"),
        (CLASS + claim(size="'${size}'"), "0 B and 1 claim of unknown size requested"),
    ],
)  # fmt: skip
def test_a_row_says_what_becomes_of_the_data(manifests: str, shown: str, tmp_path: Path) -> None:
    """Size, class, reclaim policy, backup, and what prune does."""
    assert shown in page(of(tmp_path, prod=manifests), "storage")


def test_one_row_per_name_and_totals(tmp_path: Path) -> None:
    """Sizes that differ stand in the row with their cluster; totals count each cluster."""
    platform = of(tmp_path, dev=CLASS + claim(), prod=CLASS + claim(size="100Gi"))
    text = page(platform, "storage")
    assert "2 PersistentVolumeClaims, 110 GiB requested, 1 StorageClass. 2 of 2 claims have" in text
    assert "10Gi dev 100Gi prod" in text
    assert "Storage" in str(render(platform).navigation)


def test_page_without_storage(tmp_path: Path) -> None:
    """The page says what it looked for, and is not in the navigation."""
    platform = of(tmp_path, prod="---\napiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n")
    assert "No PersistentVolumeClaim, volumeClaimTemplate or Cluster of CloudNativePG" in page(
        platform, "storage"
    )
    assert "'Storage'" not in str(render(platform).navigation)


def test_long_lists_are_split_by_cluster(tmp_path: Path) -> None:
    """With many claims the page counts, and each cluster has a page with its rows."""
    many = CLASS + "".join(claim(f"c{number}x") for number in range(across.ROWS + 1))
    pages = {item.uri: item.html for item in render(of(tmp_path, dev=many, prod=many)).pages}
    assert (
        "c99x" not in pages["platform/storage.md"]
        and "c99x" in pages["platform/clusters/dev/storage.md"]
    )


def test_a_class_may_come_from_a_chart(tmp_path: Path) -> None:
    """Where a chart is installed, the class is not called missing, and the reclaim policy is said
    to be not known."""
    release = (
        "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: rook, namespace: rook}\n"
        "spec: {interval: 1h, chart: {spec: {chart: x, version: 1.0.0, sourceRef: {kind: HelmRepository, name: x}}}}\n"
    )
    platform = of(tmp_path, prod=claim() + release)
    assert [one.problems for one in volumes(platform)] == [()]
    assert "1 more has no backup found and a reclaim policy that is not known." in page(
        platform, "storage"
    )
