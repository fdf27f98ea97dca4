"""Image automation of small repositories: objects, markers, findings, and the page."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from gitops_docs.extract.automation import directory, rule
from gitops_docs.model import Finding, Platform, Severity
from gitops_docs.pages import render
from gitops_docs.yaml.nodes import as_map
from gitops_docs.yaml.parse import parse
from tests.support.scanning import flux, inventory, scanned

API = "image.toolkit.fluxcd.io/v1"
SYNC = (
    "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\n"
    "spec: {interval: 1m, url: 'https://example.org/fleet', ref: {branch: main}}\n"
)
WEB = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: apps}\nspec:\n  template:\n    spec:\n      containers:\n"
    '      - name: web\n        image: example.org/web:1.2.0 # {"$imagepolicy": "flux-system:web"}\n'
)


def manifest(kind: str, name: str, spec: str) -> str:
    """An object of image automation in namespace flux-system."""
    return f"---\napiVersion: {API}\nkind: {kind}\nmetadata: {{name: {name}, namespace: flux-system}}\nspec: {spec}\n"


POLICY = manifest(
    "ImagePolicy", "web", "{imageRepositoryRef: {name: web}, policy: {semver: {range: 1.x}}}"
)
UPDATE = manifest(
    "ImageUpdateAutomation",
    "all",
    "{interval: 5m, sourceRef: {kind: GitRepository, name: flux-system}, update: {path: ./apps, strategy: Setters}, "
    "git: {commit: {author: {name: fluxbot, email: bot@example.org}}}}",
)


def repository(*clusters: str, images: str = POLICY + UPDATE, web: str = WEB) -> dict[str, str]:
    """Clusters that apply the same two directories."""
    files = {"apps/web.yaml": web, "images/all.yaml": images}
    for cluster in clusters:
        layers = flux("apps", "./apps") + flux("images", "./images")
        files[f"clusters/{cluster}/flux-system/gotk-sync.yaml"] = SYNC + flux(
            "flux-system", f"./clusters/{cluster}"
        )
        files[f"clusters/{cluster}/layers.yaml"] = layers
    return files


def found(platform: Platform, code: str) -> list[Finding]:
    """The findings of a code."""
    return [finding for finding in platform.findings if finding.code == code]


def page(platform: Platform, name: str = "image-automation") -> str:
    """The text of a page."""
    [html] = [item.html for item in render(platform).pages if item.uri == f"platform/{name}.md"]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.replace("<wbr>", ""))).split())


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("policy: {semver: {range: '>=1.0 <2.0'}}", "newest version in `>=1.0 <2.0`"),
        ("policy: {alphabetical: {}}", "last in alphabetical order"),
        ("policy: {alphabetical: {order: desc}}", "first in alphabetical order"),
        ("policy: {numerical: {order: asc}}", "highest number"),
        ("policy: {numerical: {order: desc}}", "lowest number"),
        (
            "{policy: {numerical: {}}, filterTags: {pattern: '^main-(?P<ts>.*)', extract: $ts}}",
            "highest number of tags that match `^main-(?P<ts>.*)`, compared by `$ts`",
        ),
        (
            "{policy: {semver: {range: 1.x}}, digestReflectionPolicy: Always}",
            "newest version in `1.x`, with its digest",
        ),
        ("{}", "no rule"),
    ],
)
def test_rule_in_words(spec: str, words: str) -> None:
    """Each kind of policy has a sentence of its own."""
    assert rule(as_map(parse(spec, "a.yaml").documents[0].root)) == words


@pytest.mark.parametrize(
    ("path", "expected"), [("", ""), ("./", ""), ("./apps/", "apps"), ("/apps/../infra", "infra")]
)
def test_directory(path: str, expected: str) -> None:
    """`spec.update.path` counts from the root of the repository."""
    assert directory(path) == expected


@pytest.mark.parametrize("part", ["", ":tag", ":name", ":digest"])
def test_markers_have_the_value_of_their_line(part: str, tmp_path: Path) -> None:
    """A marker is read with its part, its place and what stands there now."""
    platform = scanned(tmp_path, repository("prod", web=WEB.replace(':web"', f':web{part}"')))
    [marker] = platform.image_markers
    assert (marker.namespace, marker.name, marker.part) == (
        "flux-system",
        "web",
        part.removeprefix(":"),
    )
    assert (marker.value, marker.file, marker.line) == ("example.org/web:1.2.0", "apps/web.yaml", 9)


def test_marker_in_a_secret_shows_no_value(tmp_path: Path) -> None:
    """What stands in a Secret stays hidden, marker or not."""
    secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: apps}\nstringData:\n  tag: hunter2secret # {"$imagepolicy": "flux-system:web:tag"}\n'
    platform = scanned(tmp_path, {**repository("prod"), "apps/secret.yaml": secret})
    assert [
        marker.value for marker in platform.image_markers if marker.file == "apps/secret.yaml"
    ] == [None]
    assert "hunter2secret" not in page(platform)


@pytest.mark.parametrize(
    "comment", ["# $imagepolicy flux-system:web", '# {"$imagepolicy": "web"}', "# renovate: web"]
)
def test_other_comments_are_no_markers(comment: str, tmp_path: Path) -> None:
    """Only the form that Flux's setters take is a marker."""
    web = WEB.replace('# {"$imagepolicy": "flux-system:web"}', comment)
    assert scanned(tmp_path, repository("prod", web=web)).image_markers == ()


def test_policy_without_marker_is_one_finding_for_all_clusters(tmp_path: Path) -> None:
    """A policy that no file uses is said once, with every layer that applies it."""
    platform = scanned(tmp_path, repository("one", "two", web=WEB.replace(':web"', ':other"')))
    [unused] = found(platform, "image-policy-unused")
    assert unused.severity is Severity.INFO
    assert unused.layers == ("one/flux-system/images", "two/flux-system/images")
    [unknown] = found(platform, "image-marker-unknown")
    assert (unknown.severity, unknown.file, unknown.line) == (Severity.WARNING, "apps/web.yaml", 9)


def test_unknown_marker_is_a_note_where_a_layer_is_not_rendered(tmp_path: Path) -> None:
    """What is not known may hold the policy."""
    files = repository("prod", images=UPDATE)
    files["images/kustomization.yaml"] = (
        "resources: [all.yaml, 'https://example.org/policies?ref=v1']\n"
    )
    assert [
        finding.severity for finding in found(scanned(tmp_path, files), "image-marker-unknown")
    ] == [Severity.INFO]


def test_marker_that_nothing_reads_is_no_finding(tmp_path: Path) -> None:
    """A file outside of layers and automations is nobody's."""
    files = {**repository("prod"), "old/web.yaml": WEB.replace(':web"', ':gone"')}
    assert found(scanned(tmp_path, files), "image-marker-unknown") == []


@pytest.mark.parametrize(
    ("clusters", "push", "number"),
    [
        (("prod-a", "dev"), "", 1),
        (("prod-a", "dev"), ", push: {branch: updates}", 0),
        (("prod-a", "dev"), ", push: {branch: main}", 1),
        (("prod-a",), "", 0),
        (("products", "dev"), "", 0),
    ],
)
def test_automation_that_writes_to_production(
    clusters: tuple[str, ...], push: str, number: int, tmp_path: Path
) -> None:
    """The branch and the files decide, and the name of the cluster, where there is more than
    one."""
    images = POLICY + UPDATE.replace(
        "email: bot@example.org}}", f"email: bot@example.org}}}}{push}"
    )
    platform = scanned(tmp_path, repository(*clusters, images=images))
    assert (
        len({finding.message for finding in found(platform, "image-automation-production")})
        == number
    )


def test_page_has_one_row_per_policy(tmp_path: Path) -> None:
    """A policy on two clusters is one row, with what it sets, its value and its automation."""
    text = page(scanned(tmp_path, repository("prod-a", "dev")))
    assert "1 policy, 1 automation, 1 marker." in text
    assert text.count("newest version in 1.x") == 1
    assert "apps/web.yaml:9" in text and "example.org/web:1.2.0" in text and "fluxbot" in text
    assert "Needs attention" in text and "prod-a reads 1 value that it changes" in text


def test_page_without_image_automation(tmp_path: Path) -> None:
    """The page says what it looked for, and is not in the navigation."""
    web = WEB.replace(' # {"$imagepolicy": "flux-system:web"}', "")
    platform = scanned(tmp_path, repository("prod", images="", web=web))
    assert "No ImagePolicy in the manifests." in page(platform)
    assert "Image automation" not in str(render(platform).navigation)


def test_inventory_lists_the_kinds(tmp_path: Path) -> None:
    """The inventory has the structs of image automation in one list, told apart by kind."""
    listed = inventory(scanned(tmp_path, repository("prod")))["image_automation"]
    assert [item["kind"] for item in listed] == ["ImagePolicy", "ImageUpdateAutomation", "marker"]
