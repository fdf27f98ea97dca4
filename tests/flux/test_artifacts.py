"""What an ArtifactGenerator copies together: `cp -r`, globs, exclusions, merges, one artifact for
each directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.flux.sources.artifacts import Alias, Artifact, artifacts
from gitops_docs.model import LayerStatus
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import MergedFile, Tree
from gitops_docs.yaml.nodes import Map, plain_value
from gitops_docs.yaml.parse import parse
from tests.support.scanning import config_map, flux, layer, scanned, write

FILES = {
    "README.md": "",
    "base/app.yaml": "a: 1\nlist: [x, y]\nm: {x: 1, y: 2}\n",
    "base/deep/more.yaml": "d: 1\n",
    "base/deep/notes.md": "",
    "apps/list.yaml": "- a\n",
    "prod/app.yaml": "a: 2\nlist: [z]\nm: {y: 3, z: 4}\n",
    "prod/deep/more.yaml": "d: 2\n",
    "apps/Web/envs/dev/a.yaml": "",
    "apps/Web/envs/prod/a.yaml": "",
    "apps/api/envs/dev/a.yaml": "",
    ".hidden/x.yaml": "",
}
Made = Callable[[str], list[Artifact]]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Artifacts of a spec in YAML, with the aliases `r` (these files), `gone` (known, not here)."""
    tree = Tree.of(Checkout(write(tmp_path, FILES)))

    def generate(spec: str) -> list[Artifact]:
        root = parse(spec, "generator.yaml").documents[0].root
        assert isinstance(root, Map)
        return list(artifacts(root, [Alias("r", tree), Alias("gone", None)]))

    return generate


def rule(source: str, target: str, more: str = "") -> str:
    """A spec with one artifact of one copy rule."""
    return f"artifacts: [{{name: x, copy: [{{from: '{source}', to: '{target}'{more}}}]}}]"


def paths(artifact: Artifact) -> dict[str, str]:
    """Path in the artifact to path in the source."""
    return {path: ref.path for path, ref in sorted(artifact.files.items())}


@pytest.mark.parametrize(
    ("source", "target", "more", "result"),
    [
        # A directory is copied as a directory, whether or not its name ends with a slash.
        ("@r/prod", "@artifact/", "", {"prod/app.yaml": "prod/app.yaml", "prod/deep/more.yaml": "prod/deep/more.yaml"}),
        ("@r/prod/", "@artifact/prod/", "", {"prod/prod/app.yaml": "prod/app.yaml", "prod/prod/deep/more.yaml": "prod/deep/more.yaml"}),
        ("@r/prod", "@artifact/to", "", {"to/prod/app.yaml": "prod/app.yaml", "to/prod/deep/more.yaml": "prod/deep/more.yaml"}),
        # `/**` copies what is in it.
        ("@r/prod/**", "@artifact/to/", "", {"to/app.yaml": "prod/app.yaml", "to/deep/more.yaml": "prod/deep/more.yaml"}),
        ("@r/prod/**", "@artifact/", "", {"app.yaml": "prod/app.yaml", "deep/more.yaml": "prod/deep/more.yaml"}),
        # Other patterns keep the path.
        ("@r/prod/*.yaml", "@artifact/to/", "", {"to/prod/app.yaml": "prod/app.yaml"}),
        ("@r/*/app.yaml", "@artifact/", "", {"base/app.yaml": "base/app.yaml", "prod/app.yaml": "prod/app.yaml"}),
        ("@r/[bp]*/app.yaml", "@artifact/", "", {"base/app.yaml": "base/app.yaml", "prod/app.yaml": "prod/app.yaml"}),
        # `**` in the middle is one segment only.
        ("@r/**/envs", "@artifact/", "", {}),
        ("@r/apps/**/envs", "@artifact/", "", {
            "apps/Web/envs/dev/a.yaml": "apps/Web/envs/dev/a.yaml",
            "apps/Web/envs/prod/a.yaml": "apps/Web/envs/prod/a.yaml",
            "apps/api/envs/dev/a.yaml": "apps/api/envs/dev/a.yaml",
        }),
        # A file goes to a name, or into a directory.
        ("@r/prod/app.yaml", "@artifact/renamed.yaml", "", {"renamed.yaml": "prod/app.yaml"}),
        ("@r/prod/app.yaml", "@artifact/to/", "", {"to/app.yaml": "prod/app.yaml"}),
        ("@r/prod/app.yaml", "@artifact/", "", {"app.yaml": "prod/app.yaml"}),
        # Exclusions count from the root of the source, from the selection, and by name alone.
        ("@r/base/**", "@artifact/", ", exclude: ['*.md']", {"app.yaml": "base/app.yaml", "deep/more.yaml": "base/deep/more.yaml"}),
        ("@r/base/**", "@artifact/", ", exclude: ['deep/**']", {"app.yaml": "base/app.yaml"}),
        ("@r/base/**", "@artifact/", ", exclude: ['base/deep']", {"app.yaml": "base/app.yaml"}),
        ("@r/base", "@artifact/", ", exclude: ['**/*.md', app.yaml]", {"base/deep/more.yaml": "base/deep/more.yaml"}),
        ("@r/base/app.yaml", "@artifact/", ", exclude: ['*.yaml']", {}),
        # Hidden files are files.
        ("@r/.hidden/**", "@artifact/", "", {"x.yaml": ".hidden/x.yaml"}),
    ],
)  # fmt: skip
def test_copy(made: Made, source: str, target: str, more: str, result: Mapping[str, str]) -> None:
    """One rule."""
    (artifact,) = made(rule(source, target, more))
    assert paths(artifact) == result


def test_the_whole_source(made: Made) -> None:
    """`@r/**` and `@r/.` copy everything but what is never packed."""
    for source in ("@r/**", "@r/."):
        (artifact,) = made(rule(source, "@artifact/"))
        assert set(artifact.files) == set(FILES)


def test_later_rules_overwrite(made: Made) -> None:
    """Rules are carried out in order."""
    rules = "{from: '@r/base/**', to: '@artifact/'}, {from: '@r/prod/**', to: '@artifact/'}"
    (artifact,) = made(f"artifacts: [{{name: x, copy: [{rules}]}}]")
    assert paths(artifact)["app.yaml"] == "prod/app.yaml"
    assert paths(artifact)["deep/more.yaml"] == "prod/deep/more.yaml"
    assert "deep/notes.md" in artifact.files


def test_merge(made: Made) -> None:
    """Files that a rule names are merged, mappings deeply, lists as a whole; files of directories
    are copied over."""
    rules = (
        "{from: '@r/base/**', to: '@artifact/'}, {from: '@r/prod/**', to: '@artifact/', strategy: "
        "Merge}"
    )
    (artifact,) = made(f"artifacts: [{{name: x, copy: [{rules}]}}]")
    merged = artifact.files["app.yaml"]
    assert isinstance(merged, MergedFile)
    (document,) = merged.documents().documents
    assert plain_value(document.root) == {"a": 2, "list": ["z"], "m": {"x": 1, "y": 3, "z": 4}}
    assert b"a: 2" in merged.read()
    assert merged.origin == "base/app.yaml"
    root = document.root
    assert (root["a"].file, root["a"].line) == ("prod/app.yaml", 1)
    assert (root["m"]["x"].file, root["m"]["x"].line) == ("base/app.yaml", 3)
    assert not isinstance(artifact.files["deep/more.yaml"], MergedFile)
    assert artifact.files["deep/more.yaml"].path == "prod/deep/more.yaml"


def test_merge_of_nothing_is_a_copy(made: Made) -> None:
    """Where there is no file yet, Merge copies."""
    (artifact,) = made(rule("@r/prod/app.yaml", "@artifact/", ", strategy: Merge"))
    assert not isinstance(artifact.files["app.yaml"], MergedFile)


def test_merge_of_what_is_no_mapping(made: Made) -> None:
    """source-watcher refuses to merge a file that is not YAML with a mapping."""
    rules = (
        "{from: '@r/base/app.yaml', to: '@artifact/app.yaml'}, "
        "{from: '@r/apps/list.yaml', to: '@artifact/app.yaml', strategy: Merge}"
    )
    (artifact,) = made(f"artifacts: [{{name: x, copy: [{rules}]}}]")
    assert (
        artifact.refused == "`list.yaml` cannot be merged into `app.yaml`: it is not a YAML mapping"
    )


def test_path_pattern(made: Made) -> None:
    """One artifact for each directory that matches; captures are lower case in names and as they
    are in paths."""
    found = made(
        "pathPattern: '@r/apps/{app}/envs/{env}'\n"
        "artifacts: [{name: '{app}-{env}', copy: [{from: '@r/apps/{app}/envs/{env}/**', to: "
        "'@artifact/{app}/'}]}]"
    )
    assert {artifact.name: paths(artifact) for artifact in found} == {
        "web-dev": {"Web/a.yaml": "apps/Web/envs/dev/a.yaml"},
        "web-prod": {"Web/a.yaml": "apps/Web/envs/prod/a.yaml"},
        "api-dev": {"api/a.yaml": "apps/api/envs/dev/a.yaml"},
    }


@pytest.mark.parametrize(
    "pattern", ["@r/apps/{a}/{a}", "@gone/{a}", "@other/{a}", "@r/nothing/{a}", "r/{a}"]
)
def test_path_patterns_without_artifacts(made: Made, pattern: str) -> None:
    """A name twice, a source that is not here, no directory: no artifact."""
    assert made(f"pathPattern: '{pattern}'\nartifacts: [{{name: 'x-{{a}}', copy: []}}]") == []


@pytest.mark.parametrize(
    ("source", "target", "more", "reason"),
    [
        ("@gone/x", "@artifact/", "", "the source `gone` is not in the repository"),
        ("@other/x", "@artifact/", "", "`other` is not among the generator's sources"),
        ("@r/nowhere", "@artifact/", "", "matches no file"),
        ("@r/nowhere/*.yaml", "@artifact/", "", "matches no file"),
        ("@r/prod/*.yaml", "@artifact/", ", exclude: ['*.yaml']", "matches is excluded"),
        ("r/prod", "@artifact/", "", "cannot be read"),
        ("@r", "@artifact/", "", "cannot be read"),
        ("@r/prod", "artifact/", "", "cannot be read"),
        ("@r/x.tgz", "@artifact/", ", strategy: Extract", "archives are not opened"),
    ],
)
def test_what_cannot_be_copied(
    made: Made, source: str, target: str, more: str, reason: str
) -> None:
    """The reason is named, nothing raises."""
    (artifact,) = made(rule(source, target, more))
    assert artifact.files == {}
    (found,) = artifact.missing or (artifact.refused,)
    assert found is not None and reason in found


def test_a_source_that_nothing_declares(tmp_path: Path) -> None:
    """What it holds is not known: what it does not seem to hold is missing, not wrong."""
    tree = Tree.of(Checkout(write(tmp_path, {"x/a.yaml": ""})))
    spec = parse("artifacts: [{name: x, copy: [{from: '@r/gone/**', to: '@artifact/'}]}]", "g.yaml")
    (artifact,) = artifacts(spec.documents[0].root, [Alias("r", tree, True)])
    assert artifact.refused is None and "is not declared here" in artifact.missing[0]


def test_default_patterns_count_once_more(tmp_path: Path) -> None:
    """When an artifact is packed the default patterns leave files out, wherever they were copied
    to."""
    files = {"ci/github/a.yaml": "", "ci/logo.png": "", "ci/b.yaml": ""}
    tree = Tree.of(Checkout(write(tmp_path, files)))
    spec = parse("artifacts: [{name: x, copy: [{from: '@r/ci/github/**', to: '@artifact/.github/'}, {from: '@r/ci/**', to: '@artifact/'}]}]", "g.yaml")  # noqa: E501  # fmt: skip
    (artifact,) = artifacts(spec.documents[0].root, [Alias("r", tree)])
    assert set(artifact.files) == {"b.yaml", "github/a.yaml"}


GENERATOR = """---
apiVersion: source.extensions.fluxcd.io/v1beta1
kind: ArtifactGenerator
metadata: {name: apps, namespace: flux-system}
spec:
  sources: [{alias: r, kind: GitRepository, name: flux-system}, {alias: far, kind: OCIRepository, name: far}]
  pathPattern: "@r/apps/{app}"
  artifacts:
  - name: "app-{app}"
    copy:
    - {from: "@r/apps/{app}/**", to: "@artifact/{app}/"}
    - {from: "@r/shared", to: "@artifact/"}
"""
FAR = """---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: far, namespace: flux-system}
spec: {url: "oci://registry.example/far", interval: 10m}
"""


def test_layers_of_artifacts(tmp_path: Path) -> None:
    """A layer reads what the generator copies: its directory is that of the repository, files are
    named as there."""
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
            "clusters/a/generator.yaml": GENERATOR + FAR,
            "clusters/a/apps.yaml": flux("web", "./web", source="ExternalArtifact/app-web"),
            "apps/web/kustomization.yaml": "kind: Kustomization\nresources: [map.yaml, ../shared/more.yaml]\n",
            "apps/web/map.yaml": config_map("web"),
            "shared/more.yaml": config_map("shared"),
        },
    )
    web = layer(platform, "web")
    assert web.status is LayerStatus.RENDERED
    assert web.directory == "apps/web"
    assert [(item.name, item.file) for item in web.resources] == [
        ("shared", "shared/more.yaml"),
        ("web", "apps/web/map.yaml"),
    ]


def test_an_artifact_that_nobody_makes(tmp_path: Path) -> None:
    """The layer is external, and the reason names the artifact."""
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
            "clusters/a/apps.yaml": flux("web", "./web", source="ExternalArtifact"),
        },
    )
    web = layer(platform, "web")
    assert web.status is LayerStatus.EXTERNAL
    assert web.reason is not None and "flux-system/flux-system" in web.reason
