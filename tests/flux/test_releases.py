"""HelmReleases: chart and version and who set it, the name of the release, effective values, images in them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gitops_docs.inventory import inventory, schema
from gitops_docs.model import Platform, Release
from tests.support.scanning import config_map, flux, kustomization, scanned

ROOT = {"clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a")}
REPOSITORY = (
    "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: charts, namespace: apps}\n"
    "spec: {url: 'https://x:y@charts.example'}\n"
)
CHART = "chart: {spec: {chart: podinfo, version: 1.2.0, sourceRef: {kind: HelmRepository, name: charts}}}"


def release(spec: str, name: str = "podinfo") -> str:
    """A HelmRelease in YAML; each line of the spec is a field."""
    lines = "".join(f"  {line}\n" for line in spec.splitlines())
    return f"---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: apps}}\nspec:\n{lines}"


def oci(reference: str) -> str:
    """An OCIRepository of a chart in YAML."""
    return (
        "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: podinfo, namespace: apps}\n"
        f"spec: {{url: 'oci://registry.example/charts/podinfo/', ref: {reference}}}\n"
    )


def of(root: Path, files: dict[str, str], spec: str = "") -> Release:
    """The one release of a layer with these files."""
    platform = platform_of(root, files, spec)
    (found,) = platform.releases
    return found


def platform_of(root: Path, files: dict[str, str], spec: str = "") -> Platform:
    """A layer with these files of its directory."""
    below = {f"apps/{name}": text for name, text in files.items()}
    return scanned(root, {**ROOT, "clusters/a/apps.yaml": flux("apps", "./apps", spec), **below})


def test_chart_of_a_repository(tmp_path: Path) -> None:
    """Chart, version and source as written; credentials of the URL are not shown."""
    found = of(tmp_path, {"hr.yaml": release(CHART) + REPOSITORY})
    assert (found.chart, found.version, found.source.kind, found.source.url) == (
        "podinfo",
        "1.2.0",
        "HelmRepository",
        "https://charts.example",
    )
    assert (str(found.version_set_at), found.version_was) == ("apps/hr.yaml:6", None)


@pytest.mark.parametrize(
    ("reference", "version", "digest"),
    [
        ("{tag: 1.0.0}", "1.0.0", None),
        ("{semver: '1.x', tag: 1.0.0}", "1.x", None),
        ("{tag: 1.0.0, digest: 'sha256:ab'}", "1.0.0", "sha256:ab"),
        ("{digest: 'sha256:ab'}", "sha256:ab", "sha256:ab"),
        ("{tag: 1.10}", "1.10", None),  # As written, no number.
        ("{}", None, None),
    ],
)
def test_version_of_an_artifact(tmp_path: Path, reference: str, version: str | None, digest: str | None) -> None:
    """semver over tag; a digest pins, and names no version of its own where there is another."""
    found = of(tmp_path, {"hr.yaml": release("chartRef: {kind: OCIRepository, name: podinfo}") + oci(reference)})
    assert (found.chart, found.version, found.digest) == ("podinfo", version, digest)
    assert found.source.url == "oci://registry.example/charts/podinfo/"


def test_a_chart_that_another_object_holds(tmp_path: Path) -> None:
    """`chartRef` to a HelmChart leads on to its source."""
    chart = (
        "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmChart\nmetadata: {name: c, namespace: apps}\n"
        "spec: {chart: podinfo, version: '>=1', sourceRef: {kind: HelmRepository, name: charts}}\n"
    )
    found = of(tmp_path, {"hr.yaml": release("chartRef: {kind: HelmChart, name: c}") + chart + REPOSITORY})
    assert (found.chart, found.version, found.source.name) == ("podinfo", ">=1", "charts")


def test_an_artifact_that_is_not_here(tmp_path: Path) -> None:
    """The release is there, its version is not known."""
    found = of(tmp_path, {"hr.yaml": release("chartRef: {kind: OCIRepository, name: gone, namespace: else}")})
    assert (found.chart, found.version, found.source.namespace) == ("gone", None, "else")


def test_a_patch_sets_the_version(tmp_path: Path) -> None:
    """Which line of the patch, and what stood where before."""
    patch = release("chart: {spec: {version: 1.3.0}}").removeprefix("---\n")
    files = {
        "kustomization.yaml": kustomization("../base", more="patches:\n- path: patch.yaml\n"),
        "patch.yaml": patch,
        "../base/kustomization.yaml": kustomization("hr.yaml"),
        "../base/hr.yaml": release(CHART),
    }
    found = of(tmp_path, files)
    assert (found.version, str(found.version_set_at)) == ("1.3.0", "apps/patch.yaml:5")
    assert (found.version_was, str(found.version_was_at)) == ("1.2.0", "base/hr.yaml:6")


def test_a_patch_of_the_layer_sets_the_version(tmp_path: Path) -> None:
    """`spec.patches` of the Kustomization: the line in its file."""
    spec = (
        "patches: [{target: {kind: HelmRelease}, "
        "patch: '[{op: replace, path: /spec/chart/spec/version, value: 1.4.0}]'}]"
    )
    found = of(tmp_path, {"hr.yaml": release(CHART)}, spec)
    assert (found.version, str(found.version_set_at), found.version_was) == ("1.4.0", "clusters/a/apps.yaml:5", "1.2.0")


def test_a_variable_sets_the_version(tmp_path: Path) -> None:
    """Where the variable is defined; before stood the expression."""
    text = release(CHART.replace("1.2.0", '"${PODINFO}"'))
    found = of(tmp_path, {"hr.yaml": text}, "postBuild: {substitute: {PODINFO: 1.5.0}}")
    assert (found.version, str(found.version_set_at)) == ("1.5.0", "clusters/a/apps.yaml:5")
    assert (found.version_was, str(found.version_was_at)) == ("${PODINFO}", "apps/hr.yaml:6")


def test_a_patched_artifact_sets_the_version(tmp_path: Path) -> None:
    """The version stands in the OCIRepository, and so does what it was."""
    patch = "{apiVersion: source.toolkit.fluxcd.io/v1, kind: OCIRepository, metadata: {name: podinfo, namespace: apps}, spec: {ref: {tag: 2.0.0}}}"  # noqa: E501
    files = {
        "kustomization.yaml": kustomization("hr.yaml", more=f"patches:\n- patch: |\n    {patch}\n"),
        "hr.yaml": release("chartRef: {kind: OCIRepository, name: podinfo}") + oci("{tag: 1.0.0}"),
    }
    found = of(tmp_path, files)
    assert (found.version, found.version_was, str(found.version_was_at)) == ("2.0.0", "1.0.0", "apps/hr.yaml:11")


LONG = "a-name-that-is-quite-long-for-a-release"


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("", "podinfo"),
        ("targetNamespace: team\n", "team-podinfo"),
        ("targetNamespace: team\nreleaseName: mine\n", "mine"),
        (
            f"targetNamespace: {LONG}-x-{LONG}\n",
            f"{LONG}-x-{LONG}-podinfo"[:40]
            + "-"
            + hashlib.sha256(f"{LONG}-x-{LONG}-podinfo".encode()).hexdigest()[:12],
        ),
    ],
)
def test_release_name(tmp_path: Path, spec: str, name: str) -> None:
    """`[<targetNamespace>-]<name>`, shortened with a hash above 53 characters."""
    assert of(tmp_path, {"hr.yaml": release(spec + CHART)}).release_name == name


VALUES = """
valuesFrom:
- {kind: ConfigMap, name: one}
- {kind: ConfigMap, name: two, valuesKey: more.yaml}
- {kind: ConfigMap, name: two, valuesKey: flat, targetPath: 'deep.list[1]'}
- {kind: Secret, name: s, valuesKey: p, targetPath: 'deep.pass\\.word'}
- {kind: ConfigMap, name: gone, optional: true}
values:
  inline: 1
  deep: {two: inline}
""".strip()


def maps() -> str:
    """The ConfigMaps of the values."""
    head = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: apps}\ndata:\n"
    one = head % "one" + "  values.yaml: |\n    inline: 0\n    only: one\n    deep: {one: 1, two: 1, list: [a, b, c]}\n"
    return one + head % "two" + "  more.yaml: |\n    only: two\n  flat: B\n"


def test_effective_values(tmp_path: Path) -> None:
    """`valuesFrom` in order, then inline, then what has a `targetPath`; each with its place."""
    found = of(tmp_path, {"hr.yaml": release(VALUES + "\n" + CHART), "maps.yaml": maps()})
    assert {value.path: (value.value, f"{value.file}:{value.line}") for value in found.values} == {
        "inline": ("1", "apps/hr.yaml:13"),
        "only": ("two", "apps/maps.yaml:16"),
        "deep.one": ("1", "apps/maps.yaml:9"),
        "deep.two": ("inline", "apps/hr.yaml:14"),
        "deep.list[0]": ("a", "apps/maps.yaml:9"),
        "deep.list[1]": ("B", "apps/maps.yaml:17"),
        "deep.list[2]": ("c", "apps/maps.yaml:9"),
        "deep.pass.word": (None, "apps/hr.yaml:10"),
    }
    assert found.values_from == (
        "ConfigMap/one (values.yaml)",
        "ConfigMap/two (more.yaml)",
        "ConfigMap/two (flat to deep.list[1])",
        "Secret/s (p to deep.pass\\.word)",
        "ConfigMap/gone (values.yaml)",
    )
    assert found.partial == "values from Secret/s are not in the repository or secret"


def test_generated_values(tmp_path: Path) -> None:
    """Values from a generator's file: the name with its hash is found, the place is that of the file."""
    files = {
        "kustomization.yaml": kustomization(
            "hr.yaml",
            more="configMapGenerator:\n- {name: v, namespace: apps, files: [values.yaml]}\nconfigurations: [refs.yaml]\n",
        ),
        "refs.yaml": "nameReference:\n- kind: ConfigMap\n  version: v1\n"
        "  fieldSpecs: [{kind: HelmRelease, path: spec/valuesFrom/name}]\n",
        "hr.yaml": release("valuesFrom: [{kind: ConfigMap, name: v}]\n" + CHART),
        "values.yaml": "# words\nimage:\n  repository: registry.example/web\n  tag: v1\n",
    }
    platform = platform_of(tmp_path, files)
    (found,) = platform.releases
    assert [(value.path, value.value, value.file, value.line) for value in found.values] == [
        ("image.repository", "registry.example/web", "apps/values.yaml", 3),
        ("image.tag", "v1", "apps/values.yaml", 4),
    ]
    assert [(image.image, image.file, image.line, image.owner) for image in platform.images] == [
        ("registry.example/web:v1", "apps/values.yaml", 4, "HelmRelease apps/podinfo")
    ]


@pytest.mark.parametrize(
    ("values", "images"),
    [
        ("image: registry.example/a:1", ["registry.example/a:1"]),
        ("image: {repository: a/b, tag: '1.10'}", ["a/b:1.10"]),
        ("image: {registry: ghcr.io, repository: a/b, tag: v1}", ["ghcr.io/a/b:v1"]),
        ("image: {repository: a/b, tag: v1, digest: 'sha256:%s'}" % ("0" * 64), ["a/b:v1@sha256:" + "0" * 64]),
        ("sidecarImage: {repository: a/b}", ["a/b"]),  # The chart chooses the tag.
        ("x: {containers: {main: {image: {repository: a/b, tag: v1@sha256:%s}}}}" % ("0" * 64), ["a/b:v1@sha256:" + "0" * 64]),
        ("list: [{image: a/b:1}, {image: a/c:1}, {image: a/b:1}]", ["a/b:1", "a/c:1"]),
        ("git: {repository: org/repo, tag: v1}", []),
        ("source: {repository: 'https://git.example/x', tag: v1}", []),
        ("image: '${NOT_KNOWN}'", []),
        ("image: {pullPolicy: Always}", []),
    ],
)  # fmt: skip
def test_images_in_values(tmp_path: Path, values: str, images: list[str]) -> None:
    """The conventions of charts."""
    platform = platform_of(tmp_path, {"hr.yaml": release(f"values: {{{values}}}\n" + CHART)})
    assert [image.image for image in platform.images] == images


def test_a_chart_in_the_repository(tmp_path: Path) -> None:
    """Its metadata, where the GitRepository is this one; the JSON has it."""
    own = (
        "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\n"
        "spec: {url: 'https://git.example/x'}\n"
    )
    source = "{kind: GitRepository, name: flux-system, namespace: flux-system}"
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a") + own,
            "clusters/a/hr.yaml": release(f"chart: {{spec: {{chart: ./charts/web, sourceRef: {source}}}}}"),
            "charts/web/Chart.yaml": "name: web\nversion: 0.1.0\nappVersion: '1.10'\ndescription: A web\n"
            "dependencies: [{name: redis, version: 1.x, repository: 'https://r.example'}]\n",
            "charts/web/templates/x.yaml": "{{ if }}",
        },
    )
    (found,) = platform.releases
    assert found.chart_metadata is not None
    assert (found.chart_metadata.version, found.chart_metadata.app_version) == ("0.1.0", "1.10")
    assert found.chart_metadata.dependencies == (("redis", "1.x", "https://r.example"),)
    (described,) = inventory(platform)["helm_releases"]
    assert described["chart_metadata"]["file"] == "charts/web/Chart.yaml"
    assert "chart_metadata" in schema()["properties"]["helm_releases"]["items"]["properties"]


def test_the_same_release_on_two_clusters(tmp_path: Path) -> None:
    """A base that two clusters use gives a release of each, told apart by the cluster."""
    files = {"base/hr.yaml": release(CHART), "base/kustomization.yaml": kustomization("hr.yaml")}
    for name in ("east", "west"):
        files[f"clusters/{name}/flux-system/gotk-sync.yaml"] = flux("flux-system", f"./clusters/{name}")
        files[f"clusters/{name}/apps.yaml"] = flux("apps", "./base", f"postBuild: {{substitute: {{V: {name}}}}}")
    files["base/map.yaml"] = config_map("unused")
    platform = scanned(tmp_path, files)
    assert [(one.cluster, one.layer, one.namespace, one.name) for one in platform.releases] == [
        ("east", "east/flux-system/apps", "apps", "podinfo"),
        ("west", "west/flux-system/apps", "apps", "podinfo"),
    ]
