"""Dependencies of charts that lie in files: pulled into the store, handed to Helm, or switched off."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gitops_docs.cli.main import main
from gitops_docs.helm import dependencies, fetch, metadata
from gitops_docs.helm.archive import Archive
from gitops_docs.helm.metadata import Dependency
from gitops_docs.model import Release
from gitops_docs.scanner.scanner import scan
from gitops_docs.settings.options import Settings
from gitops_docs.yaml.nodes import Map
from gitops_docs.yaml.parse import parse
from tests.helm.charts import archive
from tests.helm.platforms import make, release, source
from tests.helm.servers import Server, push, repository, serving
from tests.helm.test_inspect import URL, indented, store

OBJECT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-{{ .Chart.Name }}-{{ .Chart.Version }}"}
"""


def part(name: str, version: str) -> bytes:
    """A chart with one object, named after it."""
    files = {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n",
        "templates/a.yaml": OBJECT,
    }
    return archive(files, top=name)


def chart(requirements: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The files of a chart with dependencies."""
    return {
        "Chart.yaml": f"apiVersion: v2\nname: web\nversion: 1.2.3\ndependencies:\n{requirements}",
        "values.yaml": "side: {enabled: false}\ntags: {extras: false}\n",
        "templates/a.yaml": OBJECT,
        **(more or {}),
    }


def repo(root: Path, files: Mapping[str, str | bytes], values: str = "") -> Path:
    """A repository with a release of a chart in its own directory."""
    own = source("GitRepository", "own", "https://git.example.org/own")
    text = release("web", "./charts/web", source="own").replace("HelmRepository", "GitRepository")
    make(root, own, f"{text}  values:\n{indented(values)}" if values else text)
    for name, content in files.items():
        path = root / "charts/web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    (root / ".gitops-docs.yaml").write_text("sources: {own: .}\n")
    return root


def found(root: Path) -> Release:
    [one] = scan(root, Settings(sources={"own": "."})).releases
    return one


def names(one: Release) -> list[str]:
    return [item.name for item in one.objects]


def run(*arguments: object) -> Result:
    made = CliRunner().invoke(main, ["charts", *map(str, arguments)], catch_exceptions=False)
    assert "Traceback" not in made.output
    return made


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(fetch, "getproxies", dict)
    with serving() as one:
        yield one


def test_pulled_and_rendered(server: Server, tmp_path: Path, with_helm: None) -> None:
    """What `Chart.yaml` names and `charts/` lacks is pulled once, from repositories and registries,
    and rendered with the chart; what a condition switches off is neither asked for nor missed."""
    repository(
        server, {"cache": [("1.4.0", part("cache", "1.4.0")), ("2.0.0", part("cache", "2.0.0"))]}
    )
    root = repo(
        tmp_path,
        chart(
            f"  - {{name: cache, version: 1.x, repository: {server.url}/}}\n"
            f"  - {{name: side, version: 1.x, repository: {server.url}, condition: side.enabled}}\n"
            f"  - {{name: more, version: 1.x, repository: {server.url}, tags: [extras]}}\n"
        ),
    )  # fmt: skip
    before = found(root).rendering
    assert before.absent == "its dependency `cache` has not been pulled"
    assert before.help == "gitops-docs charts pull ."
    assert "1 of 1 chart is missing" in run("list", root).output
    pulled = run("pull", root)
    assert (pulled.exit_code, "cache 1.4.0" in pulled.output) == (0, True)
    assert not [path for path in server.paths() if "side" in path or "more" in path]
    assert names(found(root)) == ["web-cache-1.4.0", "web-web-1.2.3"]
    seen = len(server.seen)
    assert run("pull", root).exit_code == 0 and len(server.seen) == seen
    assert "0 archives removed" in run("prune", root).output


def test_registry(server: Server, tmp_path: Path, with_helm: None) -> None:
    """A repository `oci://` holds the chart below its name. A HelmRepository of the same address
    beside the chart's source says that it has no TLS."""
    push(server, "team/cache", "1.4.0", part("cache", "1.4.0"))
    url = f"oci://{server.host}/team"
    root = repo(tmp_path, chart(f"  - {{name: cache, version: ~1.4, repository: '{url}'}}\n"))
    failed = run("pull", root)
    assert failed.exit_code == 1 and "`insecure: true` for a registry" in failed.output
    declared = source("HelmRepository", "mirror", f"{url}/", ", type: oci, insecure: true")
    other = declared.replace("namespace: apps", "namespace: elsewhere")
    for text, status in ((other, 1), (declared, 0)):
        with (root / "apps/apps.yaml").open("a") as file:
            file.write(f"---\n{text}")
        assert run("pull", root).exit_code == status
    assert names(found(root)) == ["web-cache-1.4.0", "web-web-1.2.3"]


def test_lock_file_decides(server: Server, tmp_path: Path, with_helm: None) -> None:
    """`Chart.lock` says which version of a range it is."""
    versions = [(one, part("cache", one)) for one in ("1.4.0", "1.5.0")]
    repository(server, {"cache": versions})
    lock = f"dependencies:\n- {{name: cache, version: 1.4.0, repository: {server.url}}}\n"
    files = chart(
        f"  - {{name: cache, version: 1.x, repository: {server.url}}}\n", {"Chart.lock": lock}
    )
    root = repo(tmp_path, files)
    assert run("pull", root).exit_code == 0
    assert names(found(root)) == ["web-cache-1.4.0", "web-web-1.2.3"]


def test_same_chart_twice(server: Server, tmp_path: Path, with_helm: None) -> None:
    """Two aliases of one chart are one archive and two sets of objects."""
    repository(server, {"cache": [("1.4.0", part("cache", "1.4.0"))]})
    one = f"{{name: cache, version: 1.4.0, repository: {server.url}, alias: "
    root = repo(tmp_path, chart(f"  - {one}left}}\n  - {one}right}}\n"))
    assert run("pull", root).exit_code == 0
    assert names(found(root)) == ["web-left-1.4.0", "web-right-1.4.0", "web-web-1.2.3"]


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_lies_in_charts(
    server: Server, tmp_path: Path, with_helm: None, is_packed: bool
) -> None:
    """A dependency in `charts/`, as a directory or an archive, is not pulled."""
    more: dict[str, str | bytes] = {"charts/cache-1.4.0.tgz": part("cache", "1.4.0")}
    if not is_packed:
        more = {
            "charts/cache/Chart.yaml": "apiVersion: v2\nname: cache\nversion: 1.4.0\n",
            "charts/cache/templates/a.yaml": OBJECT,
        }
    files = chart(f"  - {{name: cache, version: 1.x, repository: {server.url}}}\n")
    root = repo(tmp_path, {**files, **more})
    assert run("pull", root).exit_code == 0 and not server.seen
    assert names(found(root)) == ["web-cache-1.4.0", "web-web-1.2.3"]


def test_switched_on_by_the_release(server: Server, tmp_path: Path, with_helm: None) -> None:
    """A value of the release asks for what the chart's defaults switch off."""
    repository(server, {"side": [("1.0.0", part("side", "1.0.0"))]})
    files = chart(
        f"  - {{name: side, version: 1.x, repository: {server.url}, condition: side.enabled}}\n"
    )
    root = repo(tmp_path, files, "side: {enabled: true}\n")
    assert found(root).rendering.absent == "its dependency `side` has not been pulled"
    assert run("pull", root).exit_code == 0
    assert names(found(root)) == ["web-side-1.0.0", "web-web-1.2.3"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("'@stable'", "its address is not an http, https or oci URL"),
        ("alias:stable", "its address is not an http, https or oci URL"),
        ("ftp://example.org", "its address is not an http, https or oci URL"),
    ],
)
def test_address_is_not_one(tmp_path: Path, with_helm: None, address: str, reason: str) -> None:
    """A name of somebody's Helm configuration is none that Flux knows, and the pull says so."""
    root = repo(tmp_path, chart(f"  - {{name: cache, version: 1.x, repository: {address}}}\n"))
    said = run("pull", root)
    assert f"of its dependency `cache`, {reason}" in said.output
    assert found(root).rendering.absent == "its dependency `cache` has not been pulled"


@pytest.mark.parametrize(
    ("repository", "reason"),
    [
        ("file://../gone", "its chart lacks the dependency `cache`"),
        ("''", "its chart lacks the dependency `cache`"),
    ],
)
def test_missing_in_the_source(
    tmp_path: Path, with_helm: None, repository: str, reason: str
) -> None:
    """What should lie beside the chart is not pulled."""
    root = repo(tmp_path, chart(f"  - {{name: cache, version: 1.x, repository: {repository}}}\n"))
    assert "0 pulled" in run("pull", root).output
    one = found(root).rendering
    assert (one.absent, one.remedy) == (reason, "correct the chart in its source")


@pytest.mark.parametrize(("values", "is_needed"), [("", False), ("side: {enabled: true}\n", True)])
def test_pulled_archive_lacks_one(
    tmp_path: Path, with_helm: None, values: str, is_needed: bool
) -> None:
    """Of a released archive nothing is fetched. One that is switched off is not missed, and one
    that is switched on is a finding."""
    files = chart("  - {name: side, version: 1.x, repository: 'https://example.org', condition: side.enabled}\n")  # fmt: skip
    text = release("web", "web", "1.2.3")
    root = make(tmp_path, source("HelmRepository", "charts", URL), text + (f"  values:\n{indented(values)}" if values else ""))  # fmt: skip
    store(root, archive(files, top="web"))
    platform = scan(root)
    [one] = platform.releases
    codes = {finding.code for finding in platform.findings if "dependency" in finding.code}
    if is_needed:
        assert one.rendering.absent == "its archive lacks the dependency `side`"
        assert codes == {"chart-dependency-missing"}
    else:
        assert (names(one), codes) == (["web-web-1.2.3"], set())


ENABLED = [
    ("", "", "", True),
    ("a.enabled", "", "a: {enabled: false}", False),
    ("a.enabled", "", "a: {enabled: 'false'}", True),
    ("a.enabled,b.enabled", "", "b: {enabled: false}", False),
    ("a.enabled,b.enabled", "", "a: {enabled: true}\nb: {enabled: false}", True),
    ("a", "", "a: {enabled: false}", True),
    ("", "x,y", "tags: {x: false}", False),
    ("", "x,y", "tags: {x: false, y: true}", True),
    ("", "x", "tags: {x: 'false'}", True),
    ("", "x", "", True),
    ("a.enabled", "x", "a: {enabled: true}\ntags: {x: false}", True),
    ("a.enabled", "x", "a: {enabled: false}\ntags: {x: true}", False),
]


@pytest.mark.parametrize(("conditions", "tags", "values", "expected"), ENABLED)
def test_enabled(conditions: str, tags: str, values: str, expected: bool) -> None:
    """Tags first, then the first condition that is a boolean."""
    one = Dependency(
        name="d",
        conditions=tuple(filter(None, conditions.split(","))),
        tags=tuple(filter(None, tags.split(","))),
    )
    root = parse(values.encode(), "v").documents[0].root if values else None
    assert dependencies.is_enabled(one, root if isinstance(root, Map) else Map()) is expected


@pytest.mark.parametrize(("conditions", "tags", "values", "expected"), ENABLED)
def test_enabled_as_helm_has_it(
    helm: Path, tmp_path: Path, conditions: str, tags: str, values: str, expected: bool
) -> None:
    """The same as Helm decides."""
    import subprocess

    listed = f"  - {{name: d, version: 1.0.0, condition: '{conditions}', tags: [{tags}]}}\n"
    files = chart(listed) | {"values.yaml": values}
    for name, content in {**files, "charts/d-1.0.0.tgz": part("d", "1.0.0")}.items():
        path = tmp_path / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    out = subprocess.run(
        [str(helm), "template", "web", str(tmp_path / "web")],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(tmp_path), "PATH": os.defpath},
    ).stdout
    assert ("web-d-1.0.0" in out) is expected


def test_requirements_of_version_1() -> None:
    """Charts of version 1 name their dependencies in a file of their own."""
    one = Archive(
        {
            "Chart.yaml": b"apiVersion: v1\nname: web\nversion: 1.0.0\n",
            "requirements.yaml": b"dependencies: [{name: a, version: 1.x, repository: 'https://a.example.org/'}]",
            "requirements.lock": b"dependencies: [{name: a, version: 1.2.0, repository: 'https://a.example.org'}]",
        }
    )
    [absent] = dependencies.absent(one)
    assert (absent.name, absent.version, absent.repository) == (
        "a",
        "1.2.0",
        "https://a.example.org",
    )
    assert not list(metadata.dependencies(dependencies.without(one, [absent])))
