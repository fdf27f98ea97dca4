"""REPO may be any directory of a Git repository: paths count from its root."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.model import Platform
from gitops_docs.scanner.scanner import Scanner, scan
from gitops_docs.settings.options import ClusterSetting, Settings
from tests.support.scanning import config_map, flux, kustomization, write

FLEET = {
    "kubernetes/clusters/east/flux-system/gotk-sync.yaml": flux(
        "flux-system", "./kubernetes/clusters/east"
    ),
    "kubernetes/clusters/east/apps.yaml": flux("apps", "./kubernetes/apps")
    + flux("base", "./infra/base"),
    "kubernetes/apps/kustomization.yaml": kustomization("map.yaml", "../../infra/shared"),
    "kubernetes/apps/map.yaml": config_map("web"),
    "kubernetes/orphan.yaml": config_map("orphan"),
    "infra/base/map.yaml": config_map("base"),
    "infra/shared/kustomization.yaml": kustomization("map.yaml"),
    "infra/shared/map.yaml": config_map("shared"),
    "infra/orphan.yaml": config_map("far"),
    "sites/west/flux-system/gotk-sync.yaml": flux("flux-system", "./sites/west"),
}


def layers(platform: Platform) -> dict[str, tuple[str, list[str]]]:
    """Status and names of objects of each layer."""
    return {
        layer.id: (
            layer.status.value,
            [item.name for item in layer.resources if item.kind == "ConfigMap"],
        )
        for layer in platform.layers
    }


def test_the_same_layers_as_from_the_root(tmp_path: Path) -> None:
    """Limited to the clusters that begin in the directory; files beside it are read where layers
    lead there."""
    root = write(tmp_path, FLEET)
    whole, part = scan(root), Scanner(root / "kubernetes", prefix="kubernetes/").scan()
    expected = {name: facts for name, facts in layers(whole).items() if name.startswith("east/")}
    assert layers(part) == expected and expected["east/flux-system/base"] == ("rendered", ["base"])
    assert [cluster.directory for cluster in part.clusters] == ["kubernetes/clusters/east"]
    assert not [finding for finding in part.findings if finding.severity.value == "error"]


def test_names_of_files(tmp_path: Path) -> None:
    """Files of the directory are named from it, others lead out of it; only those that layers read
    are mentioned."""
    part = Scanner(write(tmp_path, FLEET) / "kubernetes", prefix="kubernetes/").scan()
    assert {
        item.file for layer in part.layers for item in layer.resources if item.kind == "ConfigMap"
    } == {
        "apps/map.yaml",
        "../infra/base/map.yaml",
        "../infra/shared/map.yaml",
    }
    assert [orphan.file for orphan in part.orphans] == ["orphan.yaml"]
    assert {layer.directory for layer in part.layers} == {"clusters/east", "apps", "../infra/base"}


def test_a_directory_in_which_no_cluster_begins(tmp_path: Path) -> None:
    """The clusters that read something in it."""
    part = Scanner(write(tmp_path, FLEET) / "infra", prefix="infra/").scan()
    assert [cluster.id for cluster in part.clusters] == ["east"]
    assert [orphan.file for orphan in part.orphans] == ["orphan.yaml"]


def test_a_repository_of_its_own(tmp_path: Path) -> None:
    """An example has its own paths: they count from where most of them exist."""
    files = {
        f"examples/fleet/{name.removeprefix('kubernetes/')}": text.replace("./kubernetes/", "./")
        for name, text in FLEET.items()
    }
    root = write(tmp_path, {name: text for name, text in files.items() if "infra" not in name})
    found = Scanner(root / "examples/fleet", prefix="examples/fleet/").scan()
    assert layers(found)["east/flux-system/flux-system"][0] == "rendered"
    below = Scanner(root / "examples/fleet/clusters", prefix="examples/fleet/clusters/").scan()
    assert layers(below)["east/flux-system/flux-system"][0] == "rendered"


@pytest.mark.parametrize("path", ["kubernetes/apps", "./apps"])
def test_configured_clusters(tmp_path: Path, path: str) -> None:
    """A path of the setting counts from the root of the repository, or from the directory that is
    scanned."""
    settings = Settings(clusters=(ClusterSetting("mine", path),))
    found = Scanner(write(tmp_path, FLEET) / "kubernetes", settings, prefix="kubernetes/").scan()
    assert [cluster.directory for cluster in found.clusters] == ["kubernetes/apps"]
    assert layers(found)["mine/flux-system/flux-system"] == ("rendered", ["shared", "web"])
