"""Small broken repositories as people make them: each gives the finding that tells what to do, and
the rest is shown all the same."""

# ruff: noqa: E501  (a case a line)

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitops_docs.model import Severity
from gitops_docs.scanner.scanner import scan
from gitops_docs.settings.options import Settings, SiteFacts
from tests.support.commands import gitops_docs

ERROR, WARNING = Severity.ERROR, Severity.WARNING
Write = Callable[[Mapping[str, str]], Path]
APPS = "clusters/prod/apps.yaml"
KUSTOMIZATION = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 10m
  path: ./apps
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""
OTHER = KUSTOMIZATION.replace("apps", "other")
WEB = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: flux-system}\ndata: {a: b}\n"
)
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: release, namespace: flux-system}
spec: {interval: 1h, chartRef: {kind: OCIRepository, name: charts}}
"""
FILES = {
    APPS: KUSTOMIZATION,
    "clusters/prod/other.yaml": OTHER,
    "apps/web.yaml": WEB,
    "other/other.yaml": WEB.replace("web", "other"),
}


@dataclass(frozen=True, slots=True)
class Bad:
    """What is written, and what is said of it: code, place, and some of its words."""

    name: str
    files: Mapping[str, str | bytes]
    code: str
    at: str
    words: str
    severity: Severity = ERROR


def spec(more: str) -> dict[str, str]:
    return {APPS: f"{KUSTOMIZATION}{more}"}


def changed(old: str, new: str) -> dict[str, str]:
    assert old in KUSTOMIZATION
    return {APPS: KUSTOMIZATION.replace(old, new)}


def bad(content: str | bytes) -> dict[str, str | bytes]:
    return {"apps/bad.yaml": content}


CASES = [
    # Encodings
    Bad("nul", bad(WEB + "x: a\0b\n"), "yaml-parse", "apps/bad.yaml:5", "a NUL byte"),
    Bad("utf-16", bad(WEB.encode("utf-16-be")), "yaml-parse", "apps/bad.yaml:1", "UTF-16 without a byte-order mark"),
    Bad("latin-1", bad(b"a: caf\xe9\n"), "yaml-encoding", "apps/bad.yaml:1", "save it as UTF-8"),
    # YAML
    Bad("quote", bad('a: "b\n'), "yaml-parse", "apps/bad.yaml:2", "close the quotes"),
    Bad("colon", bad("a: b: c\n"), "yaml-parse", "apps/bad.yaml:1", "quote a text that has"),
    Bad("indentation", bad("a:\n  b: c\n d: e\n"), "yaml-parse", "apps/bad.yaml:3", "indent the line like"),
    Bad("at sign", bad("a: @b\n"), "yaml-parse", "apps/bad.yaml:1", "quote a text that begins with this character"),
    Bad("directive", bad("%YAML 2.0\n---\na: b\n"), "yaml-parse", "apps/bad.yaml:1", "remove the `%YAML` line"),
    Bad("itself", bad("a: &a [*a]\n"), "yaml-alias-unknown", "apps/bad.yaml:1", "refers to itself"),
    Bad("template", bad("a: {{ .Values.x }}\n"), "yaml-template", "apps/bad.yaml:1", "Helm or Jinja template"),
    # Objects
    Bad("text", bad("hello\n"), "kustomize-build-failed", "apps/bad.yaml:1", "keep the file out of the directory"),
    Bad("null in a List", bad("kind: List\nitems:\n- null\n- hello\n"), "kustomize-build-failed", "apps/bad.yaml:4", "not an object"),
    Bad("no kind", bad("apiVersion: v1\nmetadata: {name: a}\n"), "kustomize-build-failed", "apps/bad.yaml:1", "without `kind`; add it"),
    Bad("no name", bad("apiVersion: v1\nkind: ConfigMap\nmetadata:\n"), "kustomize-build-failed", "apps/bad.yaml:1", "give it a name"),
    Bad("no apiVersion", bad("kind: ConfigMap\nmetadata: {name: a}\n"), "field-missing", "apps/bad.yaml:1", "Flux ignores it"),
    Bad("long name", bad(WEB.replace("web", "b" * 300)), "name-invalid", "apps/bad.yaml:3", "253 at most"),
    Bad("slash", bad(WEB.replace("web", "a/b")), "name-invalid", "apps/bad.yaml:3", "lower-case letters"),
    # Kustomization files
    Bad("list", {"apps/kustomization.yaml": "- web.yaml\n"}, "kustomize-build-failed", "apps/kustomization.yaml:1", "one mapping"),
    Bad("broken", {"apps/kustomization.yaml": "resources: [\n"}, "yaml-parse", "apps/kustomization.yaml:2", "closing bracket"),
    Bad("misspelt", {"apps/kustomization.yaml": "resource:\n- web.yaml\n"}, "field-unknown", "apps/kustomization.yaml:1", "did you mean `resources`?"),
    Bad("null", {"apps/kustomization.yaml": "resources: [web.yaml, null]\n"}, "kustomize-build-failed", "apps/kustomization.yaml:1", "an entry of `resources` is empty"),
    Bad("gone", {"apps/kustomization.yaml": "resources:\n- web.yaml\n- gone.yaml\n"}, "kustomize-build-failed", "apps/kustomization.yaml:3", "create it, or correct"),
    Bad("two", {"apps/kustomization.yaml": "resources: [web.yaml]\n", "apps/Kustomization": "resources: []\n"}, "kustomize-build-failed", "apps/Kustomization:1", "keep one"),
    # Kustomizations of Flux
    Bad("path is a list", changed("./apps", "[a]"), "field-invalid", f"{APPS}:6", "spec.path is a list; it must be a text"),
    Bad("path leaves", changed("./apps", "../../apps"), "path-escapes-repository", f"{APPS}:6", "takes `./apps`: write that", WARNING),
    Bad("interval is a list", changed("10m", "[1m]"), "field-invalid", f"{APPS}:5", "spec.interval is a list"),
    Bad("spec is a text", {APPS: KUSTOMIZATION.partition("spec:")[0] + "spec: hello\n"}, "field-invalid", f"{APPS}:4", "spec is a text"),
    Bad("dependsOn is a mapping", spec("  dependsOn: {name: other}\n"), "field-invalid", f"{APPS}:9", "spec.dependsOn is a mapping"),
    Bad("dependsOn a release", {**spec("  dependsOn: [{name: release}]\n"), "other/release.yaml": RELEASE}, "dependency-unknown", f"{APPS}:9", "release is a HelmRelease"),
    Bad("number", spec("  postBuild: {substitute: {count: 3}}\n"), "field-invalid", f"{APPS}:9", "substitute.count is a number"),
    Bad("boolean", spec("  postBuild: {substitute: {on: true}}\n"), "field-invalid", f"{APPS}:9", "put it in quotes"),
    Bad("substitute is a list", spec("  postBuild: {substitute: [a]}\n"), "field-invalid", f"{APPS}:9", "a mapping of names to texts"),
    Bad("no kind of variables", spec("  postBuild: {substituteFrom: [{name: x}]}\n"), "substitute-from-kind", f"{APPS}:9", "names no kind"),
    Bad("version", changed("io/v1\n", "io/v9\n"), "api-version-removed", f"{APPS}:1", "no version of Flux serves"),
    Bad("values are a text", bad(f"{RELEASE.replace('charts}', 'charts}, values: hello')}"), "field-invalid", "apps/bad.yaml:4", "has a text as spec.values", WARNING),
    # Pages and comments
    Bad("front matter", {"docs/runbooks/a.md": "---\nalerts: [A]\n# A\n"}, "runbook-front-matter", "docs/runbooks/a.md:1", "no line `---` ends it"),
    Bad("page", {"docs/a.md": b"# A\n\ncaf\xe9\n"}, "yaml-encoding", "docs/a.md:3", "MkDocs publishes no other", WARNING),
    Bad("comment", {"apps/web.yaml": WEB + "# gitops-docs: ignore\n"}, "ignore-unknown", "apps/web.yaml:5", "this one does nothing", WARNING),
]  # fmt: skip
"""Each of these once gave nothing, the wrong place, or a sentence that did not help."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input(repository: Write, case: Bad) -> None:
    """One finding at the right place, of the right severity, with the words that help; the other
    layer is whole."""
    root = repository(FILES)
    for name, content in case.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    platform = scan(root, Settings(site=SiteFacts(docs_dir="docs")))
    said = [
        (item.severity, f"{item.file}:{item.line}", item.message)
        for item in platform.findings
        if item.code == case.code
    ]
    assert [(severity, at) for severity, at, words in said if case.words in words] == [
        (case.severity, case.at)
    ], said
    other = next(layer for layer in platform.layers if layer.name == "other")
    assert "other" in {resource.name for resource in other.resources}


def test_empty_list(repository: Write) -> None:
    """A List without items is nothing, neither an error nor an object that is encrypted."""
    platform = scan(repository({**FILES, "apps/bad.yaml": "apiVersion: v1\nkind: List\n"}))
    assert [layer.reason for layer in platform.layers] == [None, None]


def test_alert_without_a_name(repository: Write) -> None:
    """A rule whose alert has no name is not an alert that somebody could look up."""
    rule = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a, namespace: flux-system}\n"
    groups = "spec: {groups: [null, {name: a, rules: [null, {alert: ''}, {alert: [a]}, {alert: Down, expr: up}]}]}\n"
    platform = scan(repository({**FILES, "apps/bad.yaml": rule + groups}))
    assert [alert.name for alert in platform.alerts] == ["Down"]


def test_cluster_setting_that_leads_nowhere(repository: Write) -> None:
    """The setting is named, since no file of the repository holds the mistake."""
    root = repository({**FILES, ".gitops-docs.yaml": "clusters: [{name: prod, path: nowhere}]\n"})
    done = gitops_docs("check", str(root), status=1)
    assert "the setting `clusters` names the directory `nowhere`" in done.stdout


@pytest.mark.parametrize("value", ["../../out", "..", "a/../..", "/", "."])
def test_pages_stay_in_the_site(repository: Write, value: str) -> None:
    """A repository's own settings cannot send pages out of the site, or onto its root."""
    root = repository({**FILES, ".gitops-docs.yaml": f"directory: {value}\n"})
    done = gitops_docs("build", str(root), "--site-dir", str(root.parent / "site"), status=2)
    assert "`directory` must be a directory of the site" in done.stderr
    assert sorted(path.name for path in root.parent.iterdir()) == ["repository"]


@pytest.mark.slow
def test_site_of_bad_pages(repository: Write) -> None:
    """A page that is not UTF-8, and a published inventory that is none, leave the rest of the site
    standing."""
    root = repository(
        {
            **FILES,
            "docs/index.md": "# Home\n",
            "old.json": '{"layers": 3}',
            ".gitops-docs.yaml": "previous_inventory: old.json\n",
        }
    )
    (root / "docs" / "bad.md").write_bytes(b"# caf\xe9\n")
    site = root.parent / "site"
    done = gitops_docs("build", str(root), "--site-dir", str(site))
    assert "docs/bad.md" in done.stderr and not (site / "bad").exists()
    assert (site / "platform/index.html").is_file() and (site / "index.html").is_file()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"mkdocs.yml": "site_name: A\nplugins: 3\n"}, "Config value 'plugins'"),
        ({"mkdocs.yml": "site_name: A\nINHERIT: mkdocs.yml\n"}, "inherits from itself"),
        ({"mkdocs.yml": "site_name: A\nplugins: [gitops, gitops]\n"}, "lists `gitops` twice"),
        ({"mkdocs.yml": "site_name: A\nextra_css: [3]\n"}, "mkdocs.utils fails with TypeError"),
        (
            {"docs/a.md": "---\nsearch: 3\n---\n# A\n"},
            "material.plugins.search.plugin fails with AttributeError",
        ),
        ({"docs/platform": "x"}, "platform stands where the site needs a directory"),
        ({"docs/gitops": "x"}, "gitops stands where the site needs a directory"),
        ({".gitops-docs.yaml": "directory: a?b\n"}, "`directory` must be a directory of the site"),
        (
            {".gitops-docs.yaml": "directory: '%2e%2e'\n"},
            "`directory` must be a directory of the site",
        ),
        ({".gitops-docs.yaml": "flux_version: newest\n"}, "must be a version of Flux"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value[:12],
)
def test_what_no_site_can_be_made_of(repository: Write, files: dict[str, str], words: str) -> None:
    """A configuration that MkDocs, a theme or we cannot use is exit status 2 with a sentence, and
    no traceback."""
    root = repository({**FILES, "docs/index.md": "# Home\n", **files})
    done = gitops_docs("build", str(root), "--site-dir", str(root.parent / "site"), status=2)
    assert words in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("docs", ["/", "..", "../outside"])
def test_pages_outside_of_the_repository(repository: Write, docs: str) -> None:
    """What mkdocs.yml calls the hand-written pages is not read where it leads out of the
    repository, and that is said."""
    root = repository({**FILES, "mkdocs.yml": f"site_name: A\ndocs_dir: {docs}\n"})
    (root.parent / "outside").mkdir()
    (root.parent / "outside" / "canary.md").write_text("---\nalerts: [canary]\n---\n# Canary\n")
    done = gitops_docs("check", str(root))
    assert "`docs_dir` is outside the repository" in done.stderr
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "files",
    [
        {"mkdocs.yml": "site_name: A\nINHERIT: endless.yml\n"},
        {".gitops-docs.yaml": "baseline: endless.yml\n"},
        {".gitops-docs.yaml": "previous_inventory: endless.yml\n"},
    ],
    ids=["INHERIT", "baseline", "previous_inventory"],
)
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_settings_that_name_no_file(repository: Write, files: dict[str, str], kind: str) -> None:
    """Nothing waits for a pipe, and nothing is read from a device, whatever names it."""
    root = repository({**FILES, "docs/index.md": "# Home\n", **files})
    if kind == "device":
        (root / "endless.yml").symlink_to("/dev/zero")
    else:
        os.mkfifo(root / "endless.yml")
    for command in (["inventory"], ["check"]):
        gitops_docs(command[0], str(root), *command[1:], status=None)
    if "mkdocs.yml" not in files:
        gitops_docs("build", str(root), "--site-dir", str(root.parent / "site"))
