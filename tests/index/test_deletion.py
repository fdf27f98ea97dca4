"""What would be deleted with a layer."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.index.operations.deletion import Deletion
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.model import Platform
from gitops_docs.pages import render
from tests.extract.test_automation import SYNC
from tests.extract.test_storage import CLASS, RETAIN, claim
from tests.support.scanning import flux, scanned

CRD = "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: toys.example.org}\nspec: {group: example.org, names: {kind: Toy, plural: toys}, scope: Namespaced, versions: [{name: v1, served: true, storage: true}]}\n"
TOY = "---\napiVersion: example.org/v1\nkind: Toy\nmetadata: {name: ball, namespace: play}\n"
NAMESPACE = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: play}\n"
KEPT = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, namespace: apps, annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}}\n"
PLAIN = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain, namespace: apps}\n"
DATABASE = "---\napiVersion: mariadb.mmontes.io/v1alpha1\nkind: MariaDB\nmetadata: {name: db, namespace: apps}\n"
BALANCER = "---\napiVersion: v1\nkind: Service\nmetadata: {name: edge, namespace: apps}\nspec: {type: LoadBalancer, ports: [{port: 80}]}\n"
ISSUER = "---\napiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: le}\nspec: {selfSigned: {}}\n"
CERTIFICATE = "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: www, namespace: apps}\nspec: {secretName: www, dnsNames: [a.example.org], issuerRef: {kind: ClusterIssuer, name: le}}\n"


def platform(root: Path, own: str, other: str = PLAIN, spec: str = "") -> Platform:
    """A layer `own`, and one of others."""
    return scanned(
        root,
        {
            "own/all.yaml": own,
            "other/all.yaml": other,
            "clusters/prod/flux-system/gotk-sync.yaml": SYNC
            + flux("flux-system", "./clusters/prod"),
            "clusters/prod/layers.yaml": flux("own", "./own", spec) + flux("other", "./other"),
        },
    )


def of(root: Path, own: str, other: str = PLAIN, spec: str = "") -> Deletion:
    """What goes with the layer `own`."""
    return PlatformIndex(platform(root, own, other, spec)).deletions["prod/flux-system/own"]


@pytest.mark.parametrize(
    ("own", "other", "texts", "numbers"),
    [
        (PLAIN, "", [], (0, 1, 0)),
        (PLAIN + KEPT, "", [], (0, 1, 1)),
        (
            CLASS + claim(),
            "",
            ["1 PersistentVolumeClaim, 10Gi, reclaim policy Delete: the volumes go with them."],
            (1, 1, 0),
        ),
        (
            RETAIN + claim(),
            "",
            ["1 PersistentVolumeClaim, 10Gi, reclaim policy Retain: the volumes stay, without a claim."],
            (0, 2, 0),
        ),
        (
            claim(spec="storageClassName: other"),
            "",
            [
                "1 PersistentVolumeClaim, 10Gi, reclaim policy not known: Git does not say whether the volumes go with them."
            ],
            (1, 0, 0),
        ),
        (DATABASE, "", ["1 database: the operator may delete the data."], (1, 0, 0)),
        (
            CRD,
            TOY,
            [
                "1 CustomResourceDefinition with 1 custom resource of 1 other layer: Kubernetes deletes those too."
            ],
            (1, 0, 0),
        ),
        # Nobody else has one.
        (CRD + TOY, "", [], (0, 2, 0)),
        (
            NAMESPACE,
            TOY,
            ["Namespace `play` with 1 object of 1 other layer: Kubernetes deletes those too."],
            (1, 0, 0),
        ),
        (
            CLASS,
            claim(),
            [
                "StorageClass `fast`, used by 1 claim of other layers: volumes stay, new ones cannot be made."
            ],
            (0, 1, 0),
        ),
        (
            ISSUER,
            CERTIFICATE,
            ["ClusterIssuer `le`, used by 1 other layer: certificates are not renewed."],
            (0, 1, 0),
        ),
        (BALANCER, "", ["1 load balancer: the address may be another one afterwards."], (0, 1, 0)),
    ],
    ids=["plain", "kept", "delete", "retain", "class", "database", "crd", "own-crd", "namespace", "storage-class", "issuer", "balancer"],
)  # fmt: skip
def test_what_goes(
    tmp_path: Path, own: str, other: str, texts: list[str], numbers: tuple[int, int, int]
) -> None:
    """Data, custom resources and objects of others, and the rest as a number."""
    found = of(tmp_path, own, other or PLAIN.replace("plain", "other"))
    assert [loss.text for loss in found.losses] == texts
    assert (len(found.data), len(found.rest), len(found.stays)) == numbers


@pytest.mark.parametrize(
    ("spec", "happens", "rule"),
    [
        ("", True, "Prune is on; deletionPolicy is `MirrorPrune`."),
        ("prune: false", False, "Prune is off; deletionPolicy is `MirrorPrune`. Its objects stay: delete them by hand."),
        ("prune: false, deletionPolicy: Delete", True, "Prune is off; deletionPolicy is `Delete`."),
        ("deletionPolicy: Orphan", False, "Prune is on; deletionPolicy is `Orphan`. Its objects stay."),
        ("suspend: true", False, "Prune is on; deletionPolicy is `MirrorPrune`. The layer is suspended, so its objects stay."),
    ],
)  # fmt: skip
def test_policy(tmp_path: Path, spec: str, happens: bool, rule: str) -> None:
    """`prune`, `deletionPolicy` and `suspend` decide whether anything goes."""
    base = flux("own", "./own", "").replace("prune: true", spec or "prune: true")
    if spec and "prune" not in spec:
        base = flux("own", "./own", spec)
    files = {
        "own/all.yaml": PLAIN,
        "clusters/prod/flux-system/gotk-sync.yaml": SYNC + flux("flux-system", "./clusters/prod"),
        "clusters/prod/layers.yaml": base,
    }
    found = PlatformIndex(scanned(tmp_path, files)).deletions["prod/flux-system/own"]
    assert (found.happens, found.rule) == (happens, rule)


def test_page_of_the_layer(tmp_path: Path) -> None:
    """The layer's page says what is lost, and what it applies goes with it."""
    rendered = render(platform(tmp_path, CLASS + claim() + KEPT, TOY))
    pages = {page.uri: page.html for page in rendered.pages}
    html = pages["platform/clusters/prod/layers/flux-system/own.md"]
    part = html[html.index('id="deletion"') :].partition("<h2")[0]
    assert "What would be deleted" in part
    assert "1 PersistentVolumeClaim, 10Gi, reclaim policy Delete" in part
    assert "1 deleted, data is lost" in part
    assert "1 stay: prune: disabled" in part
    root = pages["platform/clusters/prod/layers/flux-system/flux-system.md"]
    assert "2 layers that it applies go with it" in root
