"""Layers as the model holds them: dependencies, sources that are not here, paths that are not
there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.model import LayerStatus
from gitops_docs.scanner.scanner import analyse
from tests.support.scanning import config_map, flux, kustomization, layer, names, scanned, write

ROOT = {"clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a")}


def test_dependencies_keep_their_namespace(tmp_path: Path) -> None:
    """An entry without a namespace means the referrer's own, which may come from the parent's
    `namespace`."""
    platform = scanned(
        tmp_path,
        {
            **ROOT,
            "clusters/a/infra.yaml": flux("crds", "./apps")
            + flux("net", "./apps", namespace="net"),
            "clusters/a/apps/kustomization.yaml": kustomization(
                "ks.yaml", more="namespace: team\n"
            ),
            "clusters/a/apps/ks.yaml": flux(
                "web",
                "./apps",
                "dependsOn: [{name: db}, {name: net, namespace: net}, {name: crds}]",
            )
            + flux("db", "./apps"),
            "apps/map.yaml": config_map("x"),
        },
    )
    assert [
        (edge.namespace, edge.name, edge.layer) for edge in layer(platform, "web").depends_on
    ] == [
        ("team", "db", "a/team/db"),
        ("net", "net", "a/net/net"),
        ("team", "crds", None),
    ]


def test_a_patch_without_target_of_a_partly_remote_base(tmp_path: Path) -> None:
    """What the patch is for may be in the part that is not here: the layer is partial, Flux does
    not fail."""
    files = {
        **ROOT,
        "clusters/a/apps.yaml": flux("apps", "./apps"),
        "apps/kustomization.yaml": kustomization(
            "https://example.org/base.yaml",
            "map.yaml",
            more="patches:\n- patch: |\n    {apiVersion: apps/v1, kind: Deployment, metadata: {name: far}}\n",
        ),
        "apps/map.yaml": config_map("here"),
    }
    platform = scanned(tmp_path / "remote", files)
    apps = layer(platform, "apps")
    assert apps.status is LayerStatus.PARTIAL
    assert (
        apps.reason is not None
        and "https://example.org/base.yaml" in apps.reason
        and "Deployment" in apps.reason
    )
    assert names(platform, "apps") == ["ConfigMap here"]
    files["apps/kustomization.yaml"] = files["apps/kustomization.yaml"].replace(
        "- https://example.org/base.yaml\n", ""
    )
    assert layer(scanned(tmp_path / "local", files), "apps").status is LayerStatus.FAILED


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("./aps", "path-not-found"),
        ("../../outside", "path-escapes-repository"),
        ("./apps/map.yaml", "path-not-directory"),
    ],
)
def test_a_path_that_is_no_directory(tmp_path: Path, path: str, code: str) -> None:
    """The layer fails and the finding names the line of the path."""
    platform = scanned(
        tmp_path,
        {**ROOT, "clusters/a/apps.yaml": flux("apps", path), "apps/map.yaml": config_map("x")},
    )
    assert layer(platform, "apps").status is LayerStatus.FAILED
    (found,) = [finding for finding in platform.findings if finding.code.startswith("path-")]
    assert (found.code, found.file, found.line) == (code, "clusters/a/apps.yaml", 5)


def test_a_layer_without_path_applies_the_whole_source(tmp_path: Path) -> None:
    """`spec.path` defaults to the root of the artifact."""
    text = flux("all", "X").replace("path: 'X', ", "")
    platform = scanned(
        tmp_path,
        {
            "flux/gotk-sync.yaml": flux("flux-system", "./flux"),
            "flux/all.yaml": text,
            "kustomization.yaml": kustomization("map.yaml"),
            "map.yaml": config_map("top"),
        },
    )
    assert layer(platform, "all").directory == ""
    assert names(platform, "all") == ["ConfigMap top"]


def test_a_layer_of_another_cluster(tmp_path: Path) -> None:
    """`kubeConfig` sends the objects elsewhere; the layer says where."""
    spec = "kubeConfig: {secretRef: {name: edge-kubeconfig}}"
    platform = scanned(
        tmp_path,
        {
            **ROOT,
            "clusters/a/edge.yaml": flux("edge", "./apps", spec),
            "apps/map.yaml": config_map("x"),
        },
    )
    assert layer(platform, "edge").remote_cluster == "edge-kubeconfig"


def test_old_versions_of_the_api(tmp_path: Path) -> None:
    """v1beta2 Kustomizations and their fields count like v1."""
    text = flux("old", "./apps", "targetNamespace: team").replace(
        "fluxcd.io/v1", "fluxcd.io/v1beta2"
    )
    platform = scanned(
        tmp_path, {**ROOT, "clusters/a/old.yaml": text, "apps/map.yaml": config_map("x")}
    )
    assert [(item.namespace, item.name) for item in layer(platform, "old").resources] == [
        ("team", "x")
    ]


ENCRYPTED = "ENC[AES256_GCM,data:a=,iv:b=,tag:c=,type:str]"


def test_objects_that_are_encrypted_as_a_whole(tmp_path: Path) -> None:
    """Where `kind` and the name are ciphertext the layer is partial, and nothing without a name is
    listed."""
    encrypted = (
        f"apiVersion: {ENCRYPTED}\nkind: {ENCRYPTED}\nmetadata: {{name: '{ENCRYPTED}'}}\nsops: "
        f"{{mac: x}}\n"
    )
    platform = scanned(
        tmp_path,
        {
            **ROOT,
            "clusters/a/apps.yaml": flux("apps", "./apps", "commonMetadata: {labels: {team: x}}"),
            "apps/map.yaml": config_map("x"),
            "apps/vault.yaml": encrypted,
            "elsewhere/vault.yaml": encrypted,
        },
    )
    assert names(platform, "apps") == ["ConfigMap x"]
    apps = layer(platform, "apps")
    assert apps.status is LayerStatus.PARTIAL
    assert apps.reason is not None and "`apps/vault.yaml` is encrypted as a whole" in apps.reason


def test_patches_of_v1beta2(tmp_path: Path) -> None:
    """Up to v1beta2 strategic-merge patches are objects in the spec, and a JSON patch is a list."""
    spec = (
        "patchesStrategicMerge: [{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: "
        "default}, data: {a: merged}}], "
        "patchesJson6902: [{target: {version: v1, kind: ConfigMap, name: x}, "
        "patch: [{op: add, path: /data/b, value: patched}]}]"
    )
    files = {
        "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
        "clusters/a/apps.yaml": flux("apps", "./apps", spec).replace(
            "fluxcd.io/v1", "fluxcd.io/v1beta2"
        ),
        "apps/map.yaml": config_map("x", a="own"),
    }
    (built,) = [
        one
        for one in analyse(write(tmp_path, files)).built.values()
        if one.kustomization.name == "apps"
    ]
    assert built.status is LayerStatus.RENDERED
    assert built.objects[0].data["data"] == {"a": "merged", "b": "patched"}


def test_the_content_of_a_generator_is_no_manifest(tmp_path: Path) -> None:
    """A file that a generator takes may be of any form; the same file among the resources fails the
    layer."""
    files = {
        **ROOT,
        "clusters/a/apps.yaml": flux("content", "./content") + flux("manifest", "./manifest"),
        "content/kustomization.yaml": "configMapGenerator: [{name: x, files: [x.yaml]}]\n",
        "content/x.yaml": "provider: !KeyOf *provider\n",
        "manifest/kustomization.yaml": kustomization("x.yaml"),
        "manifest/x.yaml": "provider: !KeyOf *provider\n",
    }
    platform = scanned(tmp_path, files)
    assert layer(platform, "content").status is LayerStatus.RENDERED
    assert {finding.file for finding in platform.findings if finding.code.startswith("yaml-")} == {
        "manifest/x.yaml"
    }
