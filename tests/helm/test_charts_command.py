"""`gitops-docs charts`: pull, list and prune over a repository and servers on 127.0.0.1."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gitops_docs.cli.main import main
from gitops_docs.helm import fetch, lock
from gitops_docs.helm.pull import ChartError, Fetched, pull
from gitops_docs.helm.references import ChartReference, needed, reference
from gitops_docs.helm.store import DEFAULT, Store, StoreError, location, open_charts
from gitops_docs.scanner.scanner import scan
from tests.helm.charts import archive, chart, sha
from tests.helm.platforms import by_reference, make, release, source
from tests.helm.servers import Server, push, repository, serving
from tests.helm.servers import index as serve_index
from tests.support.history import git

WEB, API = chart("web", "1.2.3"), chart("api", "2.0.0")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(fetch, "getproxies", dict)
    with serving() as found:
        yield found


@pytest.fixture
def repo(server: Server, tmp_path: Path) -> Path:
    """Two releases from an HTTP repository, of which two use the same chart, and one from a
    registry."""
    repository(server, {"web": [("1.2.3", WEB), ("1.2.0", chart("web", "1.2.0"))]})
    push(server, "team/api", "2.0.0", API)
    return make(
        tmp_path / "repo",
        source("HelmRepository", "charts", server.url),
        source(
            "OCIRepository",
            "api",
            f"oci://{server.host}/team/api",
            ", insecure: true, ref: {semver: 2.x}",
        ),
        release("one", "web", "1.x"),
        release("two", "web", "1.x"),
        by_reference("three", "api"),
    )


def run(*arguments: object, env: Mapping[str, str] | None = None) -> Result:
    found = CliRunner().invoke(
        main, ["charts", *map(str, arguments)], env=dict(env or {}), catch_exceptions=False
    )
    assert "Traceback" not in found.output
    return found


def test_pull_list_prune(server: Server, repo: Path) -> None:
    """Each chart is pulled once; a second pull asks nobody; what nobody uses any more can be
    removed."""
    before = run("list", repo)
    assert (
        before.exit_code == 1
        and "2 of 2 charts are missing; run: gitops-docs charts pull" in before.output
    )
    first = run("pull", repo)
    assert first.exit_code == 0 and "2 pulled, 0 were there, 0 failed" in first.output, first.output
    assert server.paths().count("/web-1.2.3.tgz") == 1
    server.seen.clear()
    assert "0 pulled, 2 were there, 0 failed" in run("pull", repo).output and server.seen == []
    after = run("list", repo)
    assert after.exit_code == 0 and after.output.count("present") == 2
    assert after.output.startswith("STATE ") and sha(WEB)[7:19] in after.output
    assert server.seen == []
    (repo / "apps/apps.yaml").write_text(
        source("HelmRepository", "charts", server.url) + "---\n" + release("one", "web", "1.x")
    )
    assert "1 archive removed" in run("prune", repo).output
    assert [one.digest for one in Store(repo / DEFAULT).archives()] == [sha(WEB)]
    assert run("list", repo).exit_code == 0


def test_lock(server: Server, repo: Path) -> None:
    """The lock file holds each chart once, keeps a range where it is, and moves with `--update`
    only."""
    assert run("pull", repo, "--lock").exit_code == 0
    content = (repo / lock.FILE).read_bytes()
    entries = {entry.name: entry for entry in lock.loads(content).values()}
    assert (entries["web"].asked, entries["web"].resolved, entries["web"].archive) == (
        "1.x",
        "1.2.3",
        sha(WEB),
    )
    assert lock.is_digest(entries["api"].manifest)
    newer = chart("web", "1.4.0")
    repository(server, {"web": [("1.4.0", newer), ("1.2.3", WEB)]})
    for path in (repo / DEFAULT / "sha256").iterdir():
        path.unlink()
    assert run("pull", repo).exit_code == 0 and (repo / lock.FILE).read_bytes() == content
    assert run("pull", repo, "--update").exit_code == 0
    assert {entry.name: entry.resolved for entry in lock.loads((repo / lock.FILE).read_bytes()).values()} == {
        "web": "1.4.0", "api": "2.0.0",
    }  # fmt: skip


def test_replaced_version(server: Server, repo: Path) -> None:
    """With a lock another archive of the same version is an error, with `--update` too where the
    version is exact."""
    (repo / "apps/apps.yaml").write_text(
        source("HelmRepository", "charts", server.url) + "---\n" + release("one", "web", "1.2.3")
    )
    assert run("pull", repo, "--lock").exit_code == 0
    content = (repo / lock.FILE).read_bytes()
    repository(server, {"web": [("1.2.3", chart("web", "1.2.3", {"more.yaml": "x"}))]})
    Store(repo / DEFAULT).prune([])
    for arguments in ([], ["--update"]):
        failed = run("pull", repo, *arguments)
        assert failed.exit_code == 1 and "charts.lock says" in failed.output
        assert (repo / lock.FILE).read_bytes() == content


def test_interrupted(server: Server, repo: Path) -> None:
    """What one pull has fetched the next one does not fetch again, though another chart has
    failed."""
    server.files.pop("/v2/team/api/manifests/2.0.0")
    failed = run("pull", repo)
    assert failed.exit_code == 1 and "1 pulled, 0 were there, 1 failed" in failed.output
    push(server, "team/api", "2.0.0", API)
    server.seen.clear()
    assert "1 pulled, 1 were there, 0 failed" in run("pull", repo).output
    assert not any("web" in path for path in server.paths())


def test_stopped(tmp_path: Path) -> None:
    """Whoever stops a pull waits for no server: threads that ask one end with the program."""
    answers = threading.Event()
    waiting = threading.Semaphore(0)

    def fetch(reference: ChartReference, *_: object) -> Fetched:
        waiting.release()
        if reference.name == "slow":
            answers.wait()
        raise ChartError("gone")

    def stop(number: int) -> None:
        if number:
            waiting.acquire()
            raise KeyboardInterrupt

    wanted = [ChartReference("http://127.0.0.1:9", name) for name in ("fast", *["slow"] * 20)]
    with pytest.raises(KeyboardInterrupt):
        pull(wanted, open_charts(tmp_path, tmp_path / "store"), fetch, done=stop)
    assert not answers.is_set()
    answers.set()


def test_charts_of_the_base(server: Server, repo: Path) -> None:
    """What the commit needs that a branch began at is fetched too, by its own lock file; the lock
    file of the branch names its own charts only."""
    text = (repo / "apps/apps.yaml").read_text()
    (repo / "apps/apps.yaml").write_text(text.replace("'1.x'", "'1.2.0'"))
    assert run("pull", repo, "--lock").exit_code == 0
    git(repo, "init", "-q")
    git(repo, "add", "apps", "clusters", lock.FILE)
    git(repo, "commit", "-qm", "a")
    (repo / "apps/apps.yaml").write_text(text.replace("'1.x'", "'1.2.3'"))
    git(repo, "commit", "-qam", "b")
    shutil.rmtree(repo / DEFAULT)
    pulled = run("pull", repo, "--base", "HEAD~1")
    assert pulled.exit_code == 0 and "3 pulled, 0 were there" in pulled.output
    assert "web 1.2.0" in pulled.output and "web 1.2.3" in pulled.output
    held = (repo / lock.FILE).read_text()
    assert "1.2.3" in held and "1.2.0" not in held
    server.seen.clear()
    assert "0 pulled, 3 were there" in run("pull", repo, "--base", "HEAD~1").output
    assert server.seen == []
    assert run("pull", repo, "--base", "gone").exit_code == 2


def test_damaged_store(server: Server, repo: Path) -> None:
    """An archive that is no longer what its name says does not count, and is pulled again."""
    assert run("pull", repo).exit_code == 0
    path = repo / DEFAULT / "sha256" / f"{sha(WEB)[7:]}.tgz"
    path.write_bytes(b"other")
    assert "1 of 2 charts is missing" in run("list", repo).output
    assert "1 pulled, 1 were there" in run("pull", repo).output and path.read_bytes() == WEB
    (repo / DEFAULT / "charts.json").write_text("{")
    assert "2 pulled" in run("pull", repo).output


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (chart("api", "1.2.3"), "another name"),
        (chart("web", "1.2.4"), "another version"),
        (archive({"Chart.yaml": "name: [web]\nversion: 1.2.3\n"}), "without a name"),
        (archive({"Chart.yaml": "name: web\n"}), "semantic version"),
        (archive({"Chart.yaml": "- x\n"}), "not a YAML mapping"),
        (
            archive(
                {"Chart.yaml": "name: web\nversion: 1.2.3\n"}, more=lambda tar: None, top="a/.."
            ),
            "leads out",
        ),
        (b"<html>", "gzip"),
    ],
)
def test_wrong_archives(server: Server, repo: Path, content: bytes, reason: str) -> None:
    """An archive that is not a chart, or that of another one, is not kept, whatever the index says
    of its digest."""
    serve_index(
        server, {"web": [{"version": "1.2.3", "urls": ["web.tgz"], "digest": sha(content)[7:]}]}
    )
    server.put("/web.tgz", content)
    failed = run("pull", repo)
    assert failed.exit_code == 1 and reason in failed.output
    assert sha(content) not in [one.digest for one in Store(repo / DEFAULT).archives()]


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"version": 2, "charts": []}',
        '{"version": 1, "charts": [{"url": 7}]}',
        "<<<<<<< HEAD",
    ],
)
def test_damaged_lock(repo: Path, content: str) -> None:
    """A lock file that cannot be used ends the command, and is not written over."""
    (repo / lock.FILE).write_text(content)
    failed = run("pull", repo)
    assert failed.exit_code == 2 and failed.output.startswith("gitops-docs: charts.lock ")
    assert (repo / lock.FILE).read_text() == content


def test_store_and_lock_are_no_links(server: Server, repo: Path, tmp_path: Path) -> None:
    """A repository cannot make the command write elsewhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo / ".cache").symlink_to(outside)
    found = CliRunner().invoke(main, ["charts", "pull", str(repo)])
    assert found.exit_code != 0 and list(outside.iterdir()) == []
    os.unlink(repo / ".cache")
    (repo / lock.FILE).symlink_to(outside / "new")
    found = CliRunner().invoke(main, ["charts", "pull", str(repo), "--lock"])
    assert found.exit_code == 2 and list(outside.iterdir()) == []


@pytest.mark.parametrize("setting", ["../x", "/var/x", "a/../../x", "a\0b"])
def test_setting_leads_out(tmp_path: Path, setting: str) -> None:
    """The setting names a directory in the repository; a repository brings its own settings."""
    with pytest.raises(StoreError):
        location(tmp_path, setting)
    assert (
        location(tmp_path, "a/b") == tmp_path / "a/b"
        and location(tmp_path, None) == tmp_path / DEFAULT
    )


def test_setting_and_option(server: Server, repo: Path, tmp_path: Path) -> None:
    """The setting names another directory, the option any."""
    (repo / ".gitops-docs.yaml").write_text("charts: vendor/charts\n")
    assert run("pull", repo).exit_code == 0 and len(Store(repo / "vendor/charts").archives()) == 2
    assert run("pull", repo, "--store", tmp_path / "store").exit_code == 0
    assert len(Store(tmp_path / "store").archives()) == 2
    (repo / ".gitops-docs.yaml").write_text("charts: ../x\n")
    assert run("list", repo).exit_code == 2


def test_same_bytes(server: Server, repo: Path) -> None:
    """Two pulls into two stores write the same bytes, whatever order the answers come in."""
    found = []
    for name in ("a", "b"):
        assert run("pull", repo, "--store", repo / name).exit_code == 0
        found.append(
            {
                path.relative_to(repo / name): path.read_bytes()
                for path in (repo / name).rglob("*")
                if path.is_file()
            }
        )
    assert found[0] == found[1]


def test_references(tmp_path: Path) -> None:
    """Where the charts of releases are, by Flux's rules."""
    root = make(
        tmp_path,
        source("HelmRepository", "http", "https://user:S3CRET@charts.example.org/stable/"),
        source("HelmRepository", "oci", "oci://registry.example.org/charts", ", type: oci"),
        source(
            "OCIRepository",
            "digest",
            "oci://r.example.org/a",
            f", ref: {{digest: 'sha256:{'a' * 64}', semver: 1.x, tag: x}}",
        ),
        source(
            "OCIRepository",
            "semver",
            "oci://r.example.org/a",
            ", ref: {semver: 1.x, tag: x, semverFilter: '^v'}",
        ),
        source(
            "OCIRepository",
            "tag",
            "oci://r.example.org/a",
            ", ref: {tag: x}, layerSelector: {mediaType: m}",
        ),
        source("OCIRepository", "newest", "oci://r.example.org/a"),
        source("HelmRepository", "variable", "https://${domain}"),
        source("HelmRepository", "file", "file:///etc"),
        release("a", "web", "1.x", "http"),
        release("b", "web", "", "http"),
        release("c", "web", "2.0.0", "oci"),
        *(by_reference(f"d-{name}", name) for name in ("digest", "semver", "tag", "newest")),
        *(release(f"e-{name}", "web", "1.0.0", name) for name in ("variable", "file", "missing")),
    )
    platform = scan(root)
    found = {one.name: reference(one) for one in platform.releases}
    http = "https://charts.example.org/stable"
    assert found == {
        "a": ChartReference(http, "web", "1.x"),
        "b": ChartReference(http, "web", ""),
        "c": ChartReference("oci://registry.example.org/charts/web", "web", "2.0.0"),
        "d-digest": ChartReference("oci://r.example.org/a", "a", digest=f"sha256:{'a' * 64}"),
        "d-semver": ChartReference("oci://r.example.org/a", "a", "1.x", tags="^v"),
        "d-tag": ChartReference("oci://r.example.org/a", "a", tag="x", layer="m"),
        "d-newest": ChartReference("oci://r.example.org/a", "a", tag="latest"),
        "e-variable": "its address or version contains a variable whose value is not known",
        "e-file": "its address is not an http, https or oci URL",
        "e-missing": "HelmRepository apps/missing is not in this repository",
    }
    keys = [one.key for one, _ in needed(platform).charts]
    assert len(set(keys)) == len(keys) == 7 and "S3CRET" not in str(keys)
    listed = run("list", root).output
    assert (
        "S3CRET" not in listed and "the chart of HelmRelease apps/e-missing is not known" in listed
    )


def test_no_password_anywhere(server: Server, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What logs in appears neither in what is printed nor in what is written."""
    name = fetch.variable(server.host)
    environment = {f"{fetch.USER}{name}": "robot-S3CRET", f"{fetch.PASSWORD}{name}": "S3CRET-p4ss"}
    output = run("pull", repo, "--lock", env=environment).output
    server.hook = lambda path, headers: (403, {}, b"S3CRET")
    output += run("pull", repo, "--update", env=environment).output
    assert "refuses access" in output and "S3CRET" not in output
    assert not any(b"S3CRET" in path.read_bytes() for path in repo.rglob("*") if path.is_file())


def test_lock_file_form() -> None:
    """One field a line, sorted, no field that is empty."""
    entry = lock.Locked(
        url="https://a", name="b", asked="1.x", resolved="1.0.0", archive=f"sha256:{'a' * 64}"
    )
    text = lock.dumps([entry]).decode()
    assert json.loads(text)["charts"] == [
        {
            "url": "https://a",
            "name": "b",
            "asked": "1.x",
            "resolved": "1.0.0",
            "archive": f"sha256:{'a' * 64}",
        }
    ]
    assert lock.loads(text.encode()) == {entry.key: entry}
