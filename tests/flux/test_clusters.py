"""Many clusters in one repository, their roots made outside Git, and what a cluster says of its
Flux."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.model import EntryKind, LayerStatus, Severity
from gitops_docs.settings.options import ClusterSetting, Settings
from tests.support.scanning import config_map, flux, kustomization, layer, names, scanned

DEFAULTS = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: any}
spec:
  interval: 1m
  prune: true
  sourceRef: {kind: GitRepository, name: flux-config, namespace: flux-system}
  postBuild:
    substitute:
      ENVIRONMENT: "${ENVIRONMENT}"
      CLUSTER: "\\"${CLUSTER}\\""
      WHERE: "${ENVIRONMENT}/${CLUSTER}"
      NAME: "${ENVIRONMENT}-${CLUSTER}"
"""


def own(environment: str, cluster: str) -> str:
    """A patch that tells the root Kustomization of a cluster where it is."""
    return f"""
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: flux-system, namespace: flux-system}}
spec:
  path: ./clusters/{environment}/{cluster}
  postBuild: {{substitute: {{ENVIRONMENT: {environment}, CLUSTER: "{cluster}"}}}}
"""


def variable_paths() -> dict[str, str]:
    """Four clusters: one root Kustomization in a base, patched by each cluster; the others have
    variables in their paths."""
    files = {
        "apps/flux-system/base/root.yaml": flux(
            "flux-system",
            "./clusters/${ENVIRONMENT}/${CLUSTER}",
            source="GitRepository/flux-config",
        ),
        "apps/flux-system/base/kustomization.yaml": kustomization("root.yaml"),
        "apps/base/defaults.yaml": DEFAULTS,
        "apps/admin/base/ks.yaml": flux(
            "admin", "./apps/admin/${ENVIRONMENT}/${CLUSTER}", source=None
        ),
        "apps/crds/ks.yaml": flux("crds", "./apps/crds", source=None),
        "apps/crds/kustomization.yaml": kustomization("crd.yaml"),
        "apps/base/at.yaml": config_map("at-${NAME}"),
        "apps/crds/crd.yaml": config_map("crds"),
    }
    for environment in ("dev", "prod"):
        files[f"clusters/{environment}/base/kustomization.yaml"] = kustomization(
            "../../../apps/flux-system/base",
            "../../../apps/admin/base/ks.yaml",
            "../../../apps/crds/ks.yaml",
            "../../../apps/base/at.yaml",
            more="patches:\n- path: ../../../apps/base/defaults.yaml\n  target: {kind: Kustomization}\n",
        )
        for cluster in ("00", "01"):
            files[f"apps/flux-system/{environment}/{cluster}.yaml"] = own(environment, cluster)
            files[f"clusters/{environment}/{cluster}/kustomization.yaml"] = kustomization(
                "../base",
                more=f"patches:\n- path: ../../../apps/flux-system/{environment}/{cluster}.yaml\n",
            )
            files[f"apps/admin/{environment}/{cluster}/kustomization.yaml"] = kustomization(
                "map.yaml"
            )
            files[f"apps/admin/{environment}/{cluster}/map.yaml"] = config_map(
                f"admin-{environment}", where="${WHERE}", quoted="${CLUSTER}"
            )
    return files


def test_paths_made_of_variables(tmp_path: Path) -> None:
    """Each directory that nobody includes is a cluster; its own Kustomization substitutes the paths
    of the others."""
    platform = scanned(tmp_path, variable_paths())
    assert [(cluster.id, cluster.directory) for cluster in platform.clusters] == [
        ("dev-00", "clusters/dev/00"),
        ("dev-01", "clusters/dev/01"),
        ("prod-00", "clusters/prod/00"),
        ("prod-01", "clusters/prod/01"),
    ]
    assert len(platform.layers) == 12
    assert {one.status for one in platform.layers} == {LayerStatus.RENDERED}
    admin = layer(platform, "prod-01/admin")
    assert admin.path == "./apps/admin/prod/01"
    assert admin.parent == "prod-01/flux-system/flux-system"
    assert names(platform, "prod-01/admin") == ["ConfigMap admin-prod"]
    assert [
        finding.code for finding in platform.findings if finding.code.startswith("variable")
    ] == []
    values = {(v.layer, v.name): v.value for v in platform.variables}
    assert values["prod-01/flux-system/admin", "CLUSTER"] == '"01"'
    # The root applies itself: in its own variables are expressions that it fills in, too.
    assert "ConfigMap at-prod-01" in names(platform, "prod-01/flux-system")
    assert values["prod-01/flux-system/flux-system", "NAME"] == "prod-01"


def test_a_kustomization_beside_what_it_applies_is_no_root(tmp_path: Path) -> None:
    """It lies in the directory of its path, and the kustomization file there does not list it."""
    platform = scanned(tmp_path, variable_paths())
    assert "crds" not in [cluster.id for cluster in platform.clusters]
    assert names(platform, "dev-00/crds") == ["ConfigMap crds"]


def test_overlays_of_a_patched_root_are_clusters(tmp_path: Path) -> None:
    """Directories that patch one base, each with another path."""
    files = {
        "flux/base/kustomization.yaml": kustomization("root.yaml"),
        "flux/base/root.yaml": flux("cluster", "./clusters/none"),
    }
    for name in ("east", "west"):
        files[f"flux/{name}/kustomization.yaml"] = kustomization(
            "../base",
            more="patches:\n- target: {kind: Kustomization}\n"
            f"  patch: |\n    - {{op: replace, path: /spec/path, value: ./sites/{name}}}\n",
        )
        files[f"sites/{name}/map.yaml"] = config_map(name)
    platform = scanned(tmp_path, files)
    assert [(cluster.id, cluster.entry.kind) for cluster in platform.clusters] == [
        ("east", EntryKind.HEURISTIC),
        ("west", EntryKind.HEURISTIC),
    ]
    assert names(platform, "east/cluster") == ["ConfigMap east"]
    assert names(platform, "west/cluster") == ["ConfigMap west"]


def test_an_artifact_of_a_sub_directory(tmp_path: Path) -> None:
    """`flux push artifact --path ./kubernetes`: the paths of the FluxInstance and of all layers
    start there."""
    instance = (
        "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux, "
        "namespace: flux-system}\n"
        "spec: {sync: {kind: OCIRepository, url: 'oci://registry.example/manifests', ref: latest, "
        "path: ./clusters/one}}\n"
    )
    platform = scanned(
        tmp_path,
        {
            "kubernetes/clusters/one/flux.yaml": instance,
            "kubernetes/clusters/one/apps.yaml": flux("apps", "./apps", source="OCIRepository"),
            "kubernetes/apps/map.yaml": config_map("apps"),
            "README.md": "",
        },
    )
    (cluster,) = platform.clusters
    assert (cluster.id, cluster.directory) == ("one", "kubernetes/clusters/one")
    assert layer(platform, "apps").directory == "kubernetes/apps"
    assert names(platform, "apps") == ["ConfigMap apps"]


def test_configured_clusters(tmp_path: Path) -> None:
    """The setting names the entries; nothing else is looked for."""
    files = {
        "a/ks.yaml": flux("apps", "./apps"),
        "b/ks.yaml": flux("apps", "./apps"),
        "apps/map.yaml": config_map("x"),
    }
    settings = Settings(
        clusters=(ClusterSetting("alpha", "./a"), ClusterSetting("beta", "b", context="beta-admin"))
    )
    platform = scanned(tmp_path, files, settings)
    assert [(c.id, c.directory, c.entry.kind, c.context) for c in platform.clusters] == [
        ("alpha", "a", EntryKind.CONFIGURED, None),
        ("beta", "b", EntryKind.CONFIGURED, "beta-admin"),
    ]
    assert {one.id for one in platform.layers if one.name == "apps"} == {
        "alpha/flux-system/apps",
        "beta/flux-system/apps",
    }


def gotk(version: str, gate: str = "") -> str:
    """The manifests of `flux bootstrap`, as far as they tell the version."""
    labels = f"{{app.kubernetes.io/part-of: flux, app.kubernetes.io/version: {version}}}"
    arguments = f"[--feature-gates=StrictPostBuildSubstitutions={gate}]" if gate else "[]"
    return (
        f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: flux-system, labels: {labels}}}\n---\n"
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: kustomize-controller, "
        f"namespace: flux-system, labels: {labels}}}\n"
        f"spec: {{template: {{spec: {{containers: [{{name: manager, args: {arguments}}}]}}}}}}\n"
    )


@pytest.mark.parametrize(
    ("version", "gate", "setting", "status"),
    [
        ("v2.8.8", "", "", LayerStatus.RENDERED),
        ("v2.9.0", "", "", LayerStatus.FAILED),
        ("v2.10.1", "", "", LayerStatus.FAILED),
        ("v2.8.8", "true", "", LayerStatus.FAILED),  # Opted in before it was the default.
        ("v2.9.1", "false", "", LayerStatus.RENDERED),  # Opted out.
        ("v2.8.8", "", "2.9", LayerStatus.FAILED),  # The setting wins.
        ("v2.9.1", "", "2.7", LayerStatus.RENDERED),
    ],
)
def test_strictness_of_the_cluster(
    tmp_path: Path, version: str, gate: str, setting: str, status: LayerStatus
) -> None:
    """Whether an undefined variable fails a layer is what the cluster's own Flux says."""
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-components.yaml": gotk(version, gate),
            "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
            "clusters/a/apps.yaml": flux("apps", "./apps", "postBuild: {substitute: {A: a}}"),
            "apps/map.yaml": config_map("map-${A}", value="x${B}"),
        },
        Settings(flux_version=setting),
    )
    apps = layer(platform, "apps")
    assert apps.status is status
    assert names(platform, "apps") == ["ConfigMap map-a"]
    found = [finding for finding in platform.findings if finding.code == "variable-undefined"]
    assert [finding.severity.value for finding in found] == [
        "error" if status is LayerStatus.FAILED else "warning"
    ]


@pytest.mark.parametrize(
    ("instance", "status"),
    [
        ("{distribution: {version: 2.8.x}}", LayerStatus.RENDERED),
        ("{distribution: {version: 2.x}}", LayerStatus.FAILED),
        ("{distribution: {version: 2.x}, kustomize: {patches: [{patch: 'StrictPostBuildSubstitutions=false'}]}}", LayerStatus.RENDERED),
    ],
)  # fmt: skip
def test_strictness_of_a_flux_instance(tmp_path: Path, instance: str, status: LayerStatus) -> None:
    """A FluxInstance tells the version as a range, and the feature gate in its patches."""
    spec = (
        instance[:-1]
        + ", sync: {kind: GitRepository, url: 'https://git.example/x', path: clusters/a}}"
    )
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux.yaml": "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\n"
            f"metadata: {{name: flux, namespace: flux-system}}\nspec: {spec}\n",
            "clusters/a/apps.yaml": flux("apps", "./apps", "postBuild: {substitute: {A: a}}"),
            "apps/map.yaml": config_map("map", value="x${B}"),
        },
    )
    assert layer(platform, "apps").status is status


def test_a_patched_bootstrap(tmp_path: Path) -> None:
    """The kustomization file beside gotk-sync.yaml patches the root: its variables count in the
    root's own objects."""
    patch = (
        "patches:\n- target: {kind: Kustomization, name: flux-system}\n  patch: |\n"
        "    - {op: add, path: /spec/postBuild, value: {substitute: {ENV: prod}}}\n"
    )
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
            "clusters/a/flux-system/kustomization.yaml": kustomization(
                "gotk-sync.yaml", more=patch
            ),
            "clusters/a/apps.yaml": flux("apps", "./apps/${ENV}"),
            "apps/prod/map.yaml": config_map("x"),
        },
    )
    assert layer(platform, "apps").path == "./apps/prod"
    root = layer(platform, "flux-system")
    assert (root.parent, root.synthetic, root.file) == (
        None,
        False,
        "clusters/a/flux-system/gotk-sync.yaml",
    )
    assert [change.field for change in root.changed_by] == ["spec.postBuild.substitute.ENV"]


def test_a_patched_flux_instance(tmp_path: Path) -> None:
    """Patches of a FluxInstance reach the Kustomization that it makes; others do not disturb."""
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux.yaml": "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\n"
            "metadata: {name: flux, namespace: flux-system}\nspec:\n"
            "  sync: {kind: GitRepository, url: 'https://git.example/x', path: clusters/a}\n"
            "  kustomize:\n    patches:\n"
            "    - {target: {kind: Deployment}, patch: '- {op: remove, path: /spec/replicas}'}\n"
            "    - {target: {kind: Kustomization}, patch: '- {op: remove, path: /spec/nothing}'}\n"
            "    - target: {kind: Kustomization, name: flux-system}\n"
            "      patch: '- {op: add, path: /spec/postBuild, value: {substitute: {ENV: prod}}}'\n",
            "clusters/a/apps.yaml": flux("apps", "./apps/${ENV}"),
            "apps/prod/map.yaml": config_map("x"),
        },
    )
    assert layer(platform, "apps").path == "./apps/prod"


def test_a_guessed_root_whose_overlay_sets_the_path(tmp_path: Path) -> None:
    """The source that a guessed root's Kustomizations read existing directories from is this
    repository, also if a patch sets the path."""
    files = {
        "contrib/flux/base/kustomization.yaml": kustomization("sync.yaml", "source.yaml"),
        "contrib/flux/base/sync.yaml": flux(
            "cluster", "./clusters/none", source="GitRepository/ops"
        ),
        "contrib/flux/base/source.yaml": (
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n"
            "metadata: {name: ops, namespace: flux-system}\nspec: {interval: 1m, url: "
            "https://example.org/us/ops}\n"
        ),
        "contrib/flux/one/kustomization.yaml": kustomization(
            "../base",
            more="patches:\n- target: {kind: Kustomization}\n"
            '  patch: \'[{"op": "replace", "path": "/spec/path", "value": "./clusters/one"}]\'\n',
        ),
        "clusters/one/map.yaml": config_map("x"),
    }
    platform = scanned(tmp_path, files)
    assert names(platform, "cluster") == ["ConfigMap x"]


def test_a_readable_secret_in_the_directory_of_a_guessed_root(tmp_path: Path) -> None:
    """A cluster applies it, though no layer does: as grave as in a layer, and graver than in a
    file that nothing applies."""
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: %s, namespace: apps}\n"
        "stringData: {password: hunter2hunter2}\n"
    )
    files = {
        "clusters/a/apps.yaml": flux("apps", "./apps"),
        "clusters/a/secret.yaml": secret % "root",
        "apps/secret.yaml": secret % "layer",
        "old/secret.yaml": secret % "left",
    }
    found = {
        finding.file: finding.severity
        for finding in scanned(tmp_path, files).findings
        if finding.code == "secret-plaintext"
    }
    assert found == {
        "clusters/a/secret.yaml": Severity.ERROR,
        "apps/secret.yaml": Severity.ERROR,
        "old/secret.yaml": Severity.WARNING,
    }


def test_a_whole_repository_in_a_directory(tmp_path: Path) -> None:
    """Where a directory holds what is a repository of its own later, the paths in it begin
    there."""
    files = {
        "repos/ops/clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
        "repos/ops/clusters/a/apps.yaml": flux("apps", "./apps"),
        "repos/ops/apps/map.yaml": config_map("x"),
    }
    platform = scanned(tmp_path, files)
    assert names(platform, "apps") == ["ConfigMap x"]
    assert layer(platform, "apps").directory == "repos/ops/apps"


def test_a_root_that_a_flux_instance_outlived(tmp_path: Path) -> None:
    """The Kustomization that a cluster began with, above the directory that its FluxInstance
    applies, is not a second cluster."""
    files = {
        "flux/config/cluster.yaml": flux("cluster", "./flux"),
        "flux/cluster/apps.yaml": flux("apps", "./apps"),
        "apps/instance.yaml": "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\n"
        "metadata: {name: flux, namespace: flux-system}\n"
        "spec: {sync: {kind: GitRepository, url: 'https://git.example/x', path: flux/cluster}}\n",
    }
    platform = scanned(tmp_path, files)
    assert [cluster.directory for cluster in platform.clusters] == ["flux/cluster"]
    assert [one.name for one in platform.layers if one.name == "apps"] == ["apps"]


def test_a_path_that_is_a_variable_hides_no_cluster(tmp_path: Path) -> None:
    """A Kustomization whose path is a variable as a whole may apply anything: that is not a reason
    to take all for applied."""
    files = {
        "clusters/a/apps.yaml": flux("apps", "./apps"),
        "apps/map.yaml": config_map("x"),
        "tenant/more.yaml": flux("tenant", "${path}", source="GitRepository/tenant"),
    }
    platform = scanned(tmp_path, files)
    assert [cluster.directory for cluster in platform.clusters] == ["clusters/a"]
    assert names(platform, "apps") == ["ConfigMap x"]


BY_PATTERN = (
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: "
    "[maps.yaml]\nreplacements:\n"
    "- source: {kind: ConfigMap, name: source, fieldPath: data.value}\n"
    "  targets: [{select: {kind: ConfigMap, name: 'target.*'}}]\n"
)
"""Gives the ConfigMap `target-1` the name `found` where selectors are patterns."""
MAPS = config_map("source", value="found") + config_map("target-1", value="x")


@pytest.mark.parametrize(
    ("version", "setting", "found"),
    [
        ("v2.9.1", "", True),
        ("v2.8.8", "", True),
        ("v2.7.5", "", False),
        ("v2.4.0", "", False),
        ("v2.2.0", "", False),
        ("v2.7.5", "2.9", True),  # The setting wins.
        ("v2.9.1", "2.7", False),
    ],
)
def test_kustomize_of_the_cluster(tmp_path: Path, version: str, setting: str, found: bool) -> None:
    """Layers, the root among them, are built as the kustomize of the cluster's own Flux builds
    them."""
    place = "clusters/a/flux-system"
    platform = scanned(
        tmp_path,
        {
            f"{place}/gotk-components.yaml": gotk(version, "false"),
            f"{place}/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
            "clusters/a/apps.yaml": flux("apps", "./apps"),
            "clusters/a/maps.yaml": config_map("root-1"),
            "clusters/a/lists.yaml": "apiVersion: example.org/v1\nkind: AllowList\nmetadata: {name: hosts}\n",
            "apps/maps.yaml": MAPS,
            "apps/kustomization.yaml": BY_PATTERN,
        },
        Settings(flux_version=setting),
    )
    assert ("ConfigMap found" in names(platform, "apps")) is found
    oldest = (setting or version).removeprefix("v").startswith(("2.2", "2.4"))
    assert ("AllowList hosts" not in names(platform, "flux-system")) is oldest


def test_kustomize_that_is_told_late(tmp_path: Path) -> None:
    """A layer that comes before the one that installs Flux is built by its kustomize all the
    same."""
    instance = (
        "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux, "
        "namespace: flux-system}\n"
        "spec: {distribution: {version: 2.7.x}}\n"
    )
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
            "clusters/a/apps.yaml": flux("apps", "./apps"),
            "clusters/a/zz.yaml": flux("zz", "./zz"),
            "zz/instance.yaml": instance,
            "apps/maps.yaml": MAPS,
            "apps/kustomization.yaml": BY_PATTERN,
        },
    )
    assert names(platform, "apps") == ["ConfigMap source", "ConfigMap target-1"]


@pytest.mark.parametrize(
    ("version", "image"), [("2.9.3", "web:2"), ("2.9", "web:2"), ("2.9.2", "web"), ("2.8.8", "web")]
)
def test_images_of_a_layer(tmp_path: Path, version: str, image: str) -> None:
    """An entry of `spec.images` keeps the tag that the file's own one has since
    kustomize-controller 1.9.4, of Flux 2.9.3."""
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
            "clusters/a/apps.yaml": flux("apps", "./apps", "images: [{name: app, newName: web}]"),
            "apps/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: app}]}\n",
            "apps/kustomization.yaml": "resources: [pod.yaml]\nimages: [{name: app, newTag: '2'}]\n",
        },
        Settings(flux_version=version),
    )
    assert [found.image for found in platform.images] == [image]
