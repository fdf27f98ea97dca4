"""Where Flux starts, for each layout that is met in the wild."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.flux.roots import Manifest, Root, find_roots, guess
from gitops_docs.model import EntryKind
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import Tree
from gitops_docs.settings.options import ClusterSetting
from gitops_docs.yaml.nodes import Map, as_map, is_true
from tests.support.scanning import flux, scanned

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"


def layer(name: str, path: str, source: str = "GitRepository", extra: str = "") -> str:
    """A Flux Kustomization in YAML."""
    return (
        f"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: "
        f"{name}, namespace: flux-system}}\n"
        f"spec: {{path: {path}, sourceRef: {{kind: {source}, name: flux-system}}{extra}}}\n"
    )


def load(root: Path, files: dict[str, str]) -> tuple[list[Manifest], Tree]:
    """The manifests and the tree of a repository with these files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    tree = Tree.of(Checkout(root))
    manifests = [
        Manifest(document.root, path, document.file, document.line)
        for path in sorted(tree.files)
        if path.endswith(".yaml")
        for document in tree.documents(path).documents
        if isinstance(document.root, Map)
    ]
    return manifests, tree


def summary(roots: list[Root]) -> dict[str, tuple[str, EntryKind, str | None]]:
    """Cluster id to directory, kind of entry, file of entry."""
    return {root.cluster: (root.directory, root.entry.kind, root.entry.file) for root in roots}


def test_flux_bootstrap(tmp_path: Path) -> None:
    """`<path>/flux-system/gotk-sync.yaml` holds a Kustomization that applies the directory it lies
    in, one for each cluster."""
    files = {
        f"clusters/{name}/flux-system/gotk-sync.yaml": layer("flux-system", f"./clusters/{name}")
        for name in ("prod", "test")
    }
    manifests, tree = load(
        tmp_path,
        {**files, "clusters/prod/apps.yaml": layer("apps", "./apps"), "apps/ns.yaml": NAMESPACE},
    )
    roots = find_roots(manifests, tree, ())
    assert summary(roots) == {
        "prod": ("clusters/prod", EntryKind.BOOTSTRAP, "clusters/prod/flux-system/gotk-sync.yaml"),
        "test": ("clusters/test", EntryKind.BOOTSTRAP, "clusters/test/flux-system/gotk-sync.yaml"),
    }
    assert not roots[0].synthetic


def test_flux_instance_object(tmp_path: Path) -> None:
    """The operator makes a Kustomization that is named after the namespace and never in Git."""
    instance = (
        "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux, "
        "namespace: flux-system}\n"
        "spec: {sync: {kind: OCIRepository, url: 'oci://example.org/x', path: clusters/eu}}\n"
    )
    manifests, tree = load(
        tmp_path,
        {"clusters/eu/flux-system/instance.yaml": instance, "clusters/eu/ns.yaml": NAMESPACE},
    )
    (root,) = find_roots(manifests, tree, ())
    assert summary([root]) == {
        "eu": ("clusters/eu", EntryKind.FLUX_INSTANCE, "clusters/eu/flux-system/instance.yaml")
    }
    assert root.synthetic and root.kustomization is not None and root.source is not None
    assert (root.kustomization.namespace, root.kustomization.name) == ("flux-system", "flux-system")
    assert is_true(as_map(root.kustomization.data["spec"]).get("prune"))
    assert (root.source.kind, root.source.url) == ("OCIRepository", "oci://example.org/x")


def test_flux_instance_in_helm_values(tmp_path: Path) -> None:
    """The chart `flux-instance` takes the same sync in a HelmRelease's values, or in a file that a
    generator reads."""
    values = (
        "instance: {sync: {kind: GitRepository, url: 'https://example.org/a/b', path: "
        "./flux/cluster, name: home}}"
    )
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x, namespace: "
        "ops}\n"
        f"spec: {{values: {{{values}}}}}\n"
    )
    for file, text, namespace in (
        ("a/release.yaml", release, "ops"),
        ("a/values.yaml", values, "flux-system"),
    ):
        manifests, tree = load(
            tmp_path / namespace, {file: text, "flux/cluster/ns.yaml": NAMESPACE}
        )
        (root,) = find_roots(manifests, tree, ())
        assert (root.cluster, root.directory, root.entry.kind) == (
            "cluster",
            "flux/cluster",
            EntryKind.FLUX_INSTANCE,
        )
        assert root.kustomization is not None
        assert (root.kustomization.namespace, root.kustomization.name) == (namespace, "home")


def test_a_configured_cluster_wins(tmp_path: Path) -> None:
    """What the user says counts more than what is found."""
    manifests, tree = load(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-sync.yaml": layer("flux-system", "./clusters/a"),
            "b/ns.yaml": NAMESPACE,
        },
    )
    (root,) = find_roots(manifests, tree, [ClusterSetting("mine", "./b")])
    assert (root.cluster, root.directory, root.entry.kind) == ("mine", "b", EntryKind.CONFIGURED)


def test_a_root_that_is_made_outside_git_is_guessed(tmp_path: Path) -> None:
    """Directories with Kustomizations that nothing applies, one cluster each; parts of one
    directory belong together."""
    manifests, tree = load(
        tmp_path,
        {
            "clusters/a/apps.yaml": layer("apps", "./apps"),
            "clusters/a/flux/sources.yaml": layer("sources", "./sources"),
            "clusters/b/apps.yaml": layer("apps", "./apps"),
            "apps/nested.yaml": layer("nested", "./nested"),  # applied by apps
            "sources/ns.yaml": NAMESPACE,
            "nested/ns.yaml": NAMESPACE,
            "examples/x/apps.yaml": layer("apps", "./apps"),  # A cluster, whatever it is called.
            ".archive/y/apps.yaml": layer("apps", "./gone"),  # It leads nowhere.
        },
    )
    assert find_roots(manifests, tree, ()) == []
    assert summary(guess(manifests, tree).roots) == {
        "a": ("clusters/a", EntryKind.HEURISTIC, "clusters/a/apps.yaml"),
        "b": ("clusters/b", EntryKind.HEURISTIC, "clusters/b/apps.yaml"),
        "x": ("examples/x", EntryKind.HEURISTIC, "examples/x/apps.yaml"),
    }


def test_one_directory_per_application_is_one_cluster(tmp_path: Path) -> None:
    """The usual home-lab layout without its root."""
    manifests, tree = load(
        tmp_path,
        {
            f"kubernetes/apps/{space}/{name}/ks.yaml": layer(
                name, f"./kubernetes/apps/{space}/{name}/app"
            )
            for space, name in [("a", "x"), ("b", "y")]
        },
    )
    assert summary(guess(manifests, tree).roots) == {
        "apps": ("kubernetes/apps", EntryKind.HEURISTIC, "kubernetes/apps/a/x/ks.yaml")
    }


def test_a_tenant_that_applies_its_own_directory_is_no_root(tmp_path: Path) -> None:
    """A Kustomization with path `./` of another source lies in its own path without being a
    root."""
    manifests, tree = load(
        tmp_path,
        {
            "clusters/a/infra.yaml": layer("infra", "./infra"),
            "infra/sync.yaml": layer("kyverno", "./", "OCIRepository"),
        },
    )
    assert find_roots(manifests, tree, ()) == []


def test_what_waits_for_others_is_no_root(tmp_path: Path) -> None:
    """A Kustomization that applies its own directory and has dependencies was left out by what
    used to list it."""
    files = {
        "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
        "bootstrap/services/ks.yaml": flux(
            "services", "./bootstrap/services", "dependsOn: [{name: apps}]"
        ),
    }
    platform = scanned(tmp_path, files)
    assert [cluster.id for cluster in platform.clusters] == ["a"]
    assert [one.code for one in platform.findings if one.severity == "error"] == []
    assert [one.file for one in platform.findings if one.code == "orphan"] == [
        "bootstrap/services/ks.yaml"
    ]


def test_a_layer_that_nothing_applies_is_no_cluster(tmp_path: Path) -> None:
    """Beside what `flux bootstrap` wrote, a Kustomization that applies its own directory is a
    cluster only with a source of its own."""
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": layer("flux-system", "./clusters/prod"),
        "bases/operator/ks.yaml": layer("operator", "./bases/operator"),
        "bases/operator/ns.yaml": NAMESPACE,
    }
    manifests, tree = load(tmp_path / "a", files)
    assert [root.directory for root in find_roots(manifests, tree, ())] == ["clusters/prod"]
    files["bases/operator/source.yaml"] = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n"
        "metadata: {name: flux-system, namespace: flux-system}\n"
        "spec: {interval: 1m, url: 'https://example.org/fleet'}\n"
    )
    manifests, tree = load(tmp_path / "b", files)
    assert sorted(root.directory for root in find_roots(manifests, tree, ())) == [
        "bases/operator",
        "clusters/prod",
    ]


def test_an_exported_instance_is_no_root(tmp_path: Path) -> None:
    """What was read from a cluster into a file says nothing of where Flux starts."""
    exported = (
        "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\n"
        "metadata: {name: flux, namespace: flux-system, uid: 25411a5e-2044-441e-acf3-93fc7efe8c68}\n"
        "spec: {sync: {kind: GitRepository, url: 'https://example.org/fleet', path: clusters/old}}\n"
    )
    manifests, tree = load(tmp_path, {"backup.yaml": exported, "apps/ns.yaml": NAMESPACE})
    assert find_roots(manifests, tree, ()) == []


def test_cluster_ids_are_made_unique(tmp_path: Path) -> None:
    """The last segment, leading ones joined until it is unique."""
    files = {
        f"{place}/flux-system/gotk-sync.yaml": layer("flux-system", f"./{place}")
        for place in ("eu/clusters/prod", "us/clusters/prod", "lab")
    }
    manifests, tree = load(tmp_path, files)
    assert sorted(root.cluster for root in find_roots(manifests, tree, ())) == [
        "eu-clusters-prod",
        "lab",
        "us-clusters-prod",
    ]


@pytest.mark.parametrize("name", ["test", "docs", "examples", "templates", "disabled", "archive"])
def test_no_name_hides_a_cluster(tmp_path: Path, name: str) -> None:
    """A root whose path exists is a cluster, whatever its directory is called, guessed or applied
    by hand."""
    guessed = {f"{name}/apps.yaml": layer("apps", "./apps"), "apps/ns.yaml": NAMESPACE}
    assert [root.directory for root in guess(*load(tmp_path / "a", guessed)).roots] == [name]
    by_hand = {
        f"{name}/root.yaml": layer(name, f"./{name}"),
        f"{name}/kustomization.yaml": "resources: [ns.yaml]",
        f"{name}/ns.yaml": NAMESPACE,
    }
    manifests, tree = load(tmp_path / "b", by_hand)
    assert [root.directory for root in find_roots(manifests, tree, ())] == [name]


@pytest.mark.parametrize(
    ("file", "text", "url", "found"),
    [
        ("clusters/a/flux-system/gotk-sync.yaml", layer("flux-system", "./clusters/b"), None, True),
        ("clusters/a/flux.yaml", "FLUX", None, True),
        ("clusters/a/flux.yaml", "FLUX", "https://git.example/org/fleet", True),
        ("clusters/a/flux.yaml", "FLUX", "https://git.example/org/other", False),
        ("clusters/a/flux.yaml", "FLUX", "https://mirror.example/org/fleet", True),
        ("clusters/a/release.yaml", "CHART", None, True),
        ("clusters/a/release.yaml", "CHART", "https://git.example/org/other", False),
    ],
)
def test_a_root_whose_path_is_not_there(
    tmp_path: Path, file: str, text: str, url: str | None, found: bool
) -> None:
    """It stays, unless its source is another repository."""
    instance = (
        "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux, "
        "namespace: flux-system}\n"
        "spec: {sync: {kind: GitRepository, url: 'https://git.example/org/fleet', path: "
        "clusters/b}}\n"
    )
    chart = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: flux-instance, "
        "namespace: flux-system}\n"
        "spec: {values: {instance: {sync: {kind: GitRepository, url: "
        "'https://git.example/org/fleet', path: clusters/b}}}}\n"
    )
    text = {"FLUX": instance, "CHART": chart}.get(text, text)
    manifests, tree = load(tmp_path, {file: text, "apps/ns.yaml": NAMESPACE})
    assert [root.directory for root in find_roots(manifests, tree, (), url=url)] == (
        ["clusters/b"] if found else []
    )
