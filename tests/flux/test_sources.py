"""From a sourceRef to files: which sources are this repository, what an artifact leaves out, what
lies elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.model import LayerStatus, Platform
from gitops_docs.settings.options import Settings
from tests.support.scanning import config_map, flux, kustomization, layer, names, scanned, write

URL = "https://git.example/org/platform"


def source(kind: str, name: str, spec: str, namespace: str = "flux-system") -> str:
    """A source in YAML."""
    return (
        f"---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: {kind}\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )


def cluster(own: str = f"{{url: {URL}, ref: {{branch: main}}}}", **files: str) -> dict[str, str]:
    """A bootstrapped cluster whose source has this spec, with more files of its directory."""
    sync = flux("flux-system", "./clusters/a") + source("GitRepository", "flux-system", own)
    return {
        "clusters/a/flux-system/gotk-sync.yaml": sync,
        **{f"clusters/a/{name}.yaml": text for name, text in files.items()},
        "apps/map.yaml": config_map("own"),
    }


@pytest.mark.parametrize(
    ("declared", "status", "reason"),
    [
        (source("GitRepository", "other", f"{{url: {URL}.git, ref: {{branch: main}}}}"), LayerStatus.RENDERED, None),
        (source("GitRepository", "other", "{url: 'ssh://git@git.example/org/platform', ref: {branch: main}}"), LayerStatus.RENDERED, None),
        (source("GitRepository", "other", f"{{url: {URL}, ref: {{branch: dev}}}}"), LayerStatus.EXTERNAL, "follows branch dev"),
        (source("GitRepository", "other", f"{{url: {URL}, ref: {{branch: main, tag: v1}}}}"), LayerStatus.EXTERNAL, "follows tag v1"),
        (source("GitRepository", "other", "{url: 'https://x:hunter2@git.example/org/else'}"), LayerStatus.EXTERNAL, "https://x:**REDACTED**@git.example/org/else"),
        (source("OCIRepository", "other", "{url: 'oci://registry.example/x'}"), LayerStatus.EXTERNAL, "oci://registry.example/x"),
        (source("Bucket", "other", "{bucketName: b, endpoint: s3.example}"), LayerStatus.EXTERNAL, "is another repository"),
        ("", LayerStatus.RENDERED, None),  # Nothing declares it: bootstrap may have made it.
    ],
)  # fmt: skip
def test_which_source_is_this_repository(
    tmp_path: Path, declared: str, status: LayerStatus, reason: str | None
) -> None:
    """The same URL and the same reference as the root's source; credentials of a URL are shown
    nowhere."""
    kind = declared.partition("kind: ")[2].partition("\n")[0] or "GitRepository"
    files = cluster(apps=flux("apps", "./apps", source=f"{kind}/other") + declared)
    platform = scanned(tmp_path, files)
    apps = layer(platform, "apps")
    assert apps.status is status
    assert (apps.reason is None) is (reason is None)
    assert reason is None or reason in str(apps.reason)
    assert "hunter2" not in repr(platform)


def test_a_source_that_no_layer_applies(tmp_path: Path) -> None:
    """The URL stands beside the root Kustomization, also where the directory's kustomization file
    leaves both out."""
    files = cluster(
        kustomization=kustomization("apps.yaml"),
        apps=flux("apps", "./apps", source="GitRepository/other")
        + source("GitRepository", "other", f"{{url: {URL}, ref: {{branch: main}}}}"),
    )
    platform = scanned(tmp_path, files)
    assert layer(platform, "apps").status is LayerStatus.RENDERED
    assert not [finding for finding in platform.findings if finding.code == "source-unknown"]


def test_an_undeclared_source_without_the_path(tmp_path: Path) -> None:
    """A source that nothing declares and whose path is not here is another repository, not a wrong
    path."""
    platform = scanned(
        tmp_path, cluster(apps=flux("apps", "./elsewhere", source="GitRepository/other"))
    )
    assert layer(platform, "apps").status is LayerStatus.EXTERNAL
    assert not [finding for finding in platform.findings if finding.code == "path-not-found"]


@pytest.mark.parametrize("key", ["flux-system/other", "other"])
def test_another_checkout(tmp_path: Path, key: str) -> None:
    """The setting `sources` says where a source lies; files are named from there."""
    write(tmp_path / "infra", {"apps/map.yaml": config_map("far"), "apps/logo.png": ""})
    files = cluster(
        apps=flux("apps", "./apps", source="GitRepository/other")
        + source("GitRepository", "other", "{url: 'https://git.example/org/infra'}")
    )
    platform = scanned(tmp_path / "fleet", files, Settings(sources={key: "../infra"}))
    apps = layer(platform, "apps")
    assert (apps.status, apps.directory) == (LayerStatus.RENDERED, "../infra/apps")
    assert [(item.name, item.file) for item in apps.resources] == [
        ("far", "../infra/apps/map.yaml")
    ]


def test_a_checkout_that_is_not_there(tmp_path: Path) -> None:
    """The reason names the setting."""
    files = cluster(apps=flux("apps", "./apps", source="GitRepository/other"))
    apps = layer(scanned(tmp_path, files, Settings(sources={"other": "../nowhere"})), "apps")
    assert apps.status is LayerStatus.EXTERNAL
    assert apps.reason == "the setting `sources` maps it to `../nowhere`, which is not a directory"


def test_an_artifact_called_as_its_directory(tmp_path: Path) -> None:
    """One repository, an OCI artifact for each of its components: the last segment of the URL says
    which."""
    tree = {f"components/{name}/prod/map.yaml": config_map(name) for name in ("db", "web")}
    write(tmp_path / "infra", {**tree, "README.md": ""})
    declared = "".join(
        flux(name, "./prod", source=f"OCIRepository/{name}")
        + source("OCIRepository", name, f"{{url: 'oci://registry.example/infra/{name}'}}")
        for name in ("db", "web")
    )
    settings = Settings(sources={"db": "../infra", "web": "../infra"})
    platform = scanned(tmp_path / "fleet", cluster(apps=declared), settings)
    assert layer(platform, "db").directory == "../infra/components/db/prod"
    assert names(platform, "web") == ["ConfigMap web"]


def applied(platform: Platform) -> set[str]:
    """Names of the objects of the layer `apps`."""
    return {item.name for item in layer(platform, "apps").resources}


IGNORED = {
    "apps/map.yaml": config_map("map"),
    "apps/.sops.yaml": config_map("sops"),
    "apps/skip.yaml": config_map("skip"),
    "apps/sub/keep.yaml": config_map("keep"),
    "apps/sub/drop.yaml": config_map("drop"),
    "apps/.github/ci.yaml": config_map("ci"),
}


@pytest.mark.parametrize(
    ("files", "ignore", "found"),
    [
        ({}, None, {"map", "skip", "keep", "drop"}),
        # Any pattern at all takes the place of the defaults.
        ({".sourceignore": "skip.yaml\n# words\n\n"}, None, {"map", "sops", "keep", "drop", "ci"}),
        ({".sourceignore": "# words\n"}, None, {"map", "skip", "keep", "drop"}),
        (
            {"apps/sub/.sourceignore": "*\n!keep.yaml\n"},
            None,
            {"map", "sops", "skip", "keep", "ci"},
        ),
        ({".sourceignore": "/apps/sub/\n"}, None, {"map", "sops", "skip", "ci"}),
        ({}, "skip.yaml", {"map", "sops", "keep", "drop", "ci"}),
        ({".sourceignore": "drop.yaml"}, "skip.yaml", {"map", "sops", "keep", "ci"}),
        (
            {".sourceignore": "skip.yaml"},
            "!skip.yaml",
            {"map", "sops", "skip", "keep", "drop", "ci"},
        ),
        ({}, "/*\n!/apps\n!/clusters\n/apps/sub", {"map", "sops", "skip", "ci"}),
        # Unlike Git, what lies below a directory that is left out can be brought back.
        ({}, "/*\n!/clusters\n!/apps/sub\n!/apps/map.yaml", {"map", "keep", "drop"}),
        ({}, "apps/**/keep.yaml\n**/drop.yaml", {"map", "sops", "skip", "ci"}),
        ({}, "apps/*.yaml\n!apps/m*.yaml", {"map", "keep", "drop", "ci"}),
    ],
)
def test_what_an_artifact_leaves_out(
    tmp_path: Path, files: dict[str, str], ignore: str | None, found: set[str]
) -> None:
    """Defaults where there is nothing else, `.sourceignore` at any depth, `spec.ignore`: the last
    pattern that matches decides."""
    spec = (
        f"{{url: {URL}, ref: {{branch: main}}"
        + (f", ignore: {ignore!r}".replace("'", '"') if ignore else "")
        + "}"
    )
    tree = {**cluster(spec, apps=flux("apps", "./apps")), **IGNORED, **files}
    assert applied(scanned(tmp_path, tree)) == found


@pytest.mark.parametrize(
    ("own", "files"),
    [
        (", ignore: '/*apps'", {}),
        (", sparseCheckout: [clusters]", {}),
        ("", {".sourceignore": "apps\n"}),
    ],
)
def test_layers_whose_directories_an_artifact_leaves_out(
    tmp_path: Path, own: str, files: dict[str, str]
) -> None:
    """One finding at the first path, with all layers."""
    tree = cluster(
        f"{{url: {URL}, ref: {{branch: main}}{own}}}",
        apps=flux("apps", "./apps"),
        more=flux("more", "./apps/more"),
        others=flux("others", "./apps"),
    )
    tree["apps/more/map.yaml"] = config_map("more")
    platform = scanned(tmp_path, {**tree, **files})
    (found,) = [one for one in platform.findings if one.code == "path-not-found"]
    assert f"{found.file}:{found.line}" == "clusters/a/apps.yaml:5"
    assert [layer.rpartition("/")[2] for layer in found.layers] == ["apps", "more", "others"]
    assert found.extent == "× 3 layers"


def test_one_template_that_gives_many_layers_a_path(tmp_path: Path) -> None:
    """Paths that one place makes and that are nowhere are one finding."""
    resource_set = (
        "apiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSet\n"
        "metadata: {name: tenants, namespace: flux-system}\n"
        "spec:\n  inputs: [{tenant: a}, {tenant: b}, {tenant: c}]\n  resources:\n  - "
        + flux("<< inputs.tenant >>", "./tenants/<< inputs.tenant >>")
        .removeprefix("---\n")
        .replace("\n", "\n    ")
    )
    platform = scanned(tmp_path, cluster(tenants=resource_set))
    (found,) = [one for one in platform.findings if one.code == "path-not-found"]
    assert found.extent == "× 3 layers" and "./tenants/a" in found.message


def test_included_repositories(tmp_path: Path) -> None:
    """`spec.include` puts directories of other GitRepositories into the artifact."""
    write(tmp_path / "lib", {"bases/web/map.yaml": config_map("lib")})
    include = (
        "include: [{repository: {name: lib}, fromPath: bases/web, toPath: vendor/web}, "
        "{repository: {name: gone}}]"
    )
    files = cluster(
        f"{{url: {URL}, ref: {{branch: main}}, {include}}}",
        apps=flux("apps", "./vendor/web")
        + source("GitRepository", "lib", "{url: 'https://git.example/org/lib'}")
        + source("GitRepository", "gone", "{url: 'https://git.example/org/gone'}"),
    )
    platform = scanned(tmp_path / "fleet", files, Settings(sources={"lib": "../lib"}))
    apps = layer(platform, "apps")
    assert [(item.name, item.file) for item in apps.resources] == [
        ("lib", "../lib/bases/web/map.yaml")
    ]
    assert apps.status is LayerStatus.RENDERED


def test_the_sources_of_the_model(tmp_path: Path) -> None:
    """Every source that a layer applies, with what it follows by Flux's order of precedence."""
    text = (
        source("GitRepository", "g", "{url: 'https://x:y@git.example/g', ref: {branch: b, tag: t, semver: '1.x', commit: c}, secretRef: {name: s}}")  # noqa: E501
        + source("OCIRepository", "o", "{url: 'oci://r.example/o', ref: {tag: t, semver: '1.x', digest: 'sha256:0'}, provider: aws, suspend: true}")  # noqa: E501
        + source("HelmRepository", "h", "{url: 'https://charts.example'}")
        + source("Bucket", "b", "{endpoint: s3.example, bucketName: n}")
    )  # fmt: skip
    found = {one.name: one for one in scanned(tmp_path, cluster(sources=text)).sources}
    assert {
        name: (one.kind, one.url, one.ref) for name, one in found.items() if name != "flux-system"
    } == {
        "g": ("GitRepository", "https://x:**REDACTED**@git.example/g", "commit c"),
        "o": ("OCIRepository", "oci://r.example/o", "digest sha256:0"),
        "h": ("HelmRepository", "https://charts.example", None),
        "b": ("Bucket", "s3.example", None),
    }
    assert (found["g"].secret, found["o"].provider, found["o"].suspended) == ("s", "aws", True)
