"""What goes wrong around a repository: disks, caches, Git, signals. A clear message or a correct
site, never a wrong one or a traceback."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.model import LayerStatus, Platform
from gitops_docs.repository import checkout
from gitops_docs.repository.checkout import read_file
from gitops_docs.scanner.scanner import scan
from tests.support.commands import gitops_docs

ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
WEB = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
SITE = "site_name: A\ntheme: {name: material, font: false}\nplugins: [search, gitops]\n"
FILES = {
    "clusters/prod/apps.yaml": ROOT,
    "apps/web.yaml": WEB,
    "docs/index.md": "# Home\n",
    "mkdocs.yml": SITE,
}
MAIN = "from gitops_docs.cli.main import main; main(prog_name='gitops-docs')"
Write = Callable[[Mapping[str, str]], Path]


def git(root: Path, *arguments: str) -> None:
    identity = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.org",
        "-c",
        "protocol.file.allow=always",
    ]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "First")


def names(platform: Platform) -> set[str]:
    return {item.name for layer in platform.layers for item in layer.resources}


def overview(site: Path) -> str:
    return (site / "platform" / "index.html").read_text(encoding="utf-8")


def test_cache_that_cannot_be_made(repository: Write, tmp_path: Path) -> None:
    """Where a file stands in place of the cache, another one is used; the file stays."""
    root = repository({**FILES, ".cache": "mine"})
    gitops_docs("build", str(root), "--site-dir", str(tmp_path / "site"))
    assert "apps" in overview(tmp_path / "site")
    assert (root / ".cache").read_text() == "mine"


def test_corrupt_and_stale_cache(repository: Write, tmp_path: Path) -> None:
    """Stubs that somebody broke are written anew, those of pages that are gone are removed, and the
    site is the same."""
    root = repository(FILES)
    gitops_docs("build", str(root), "--site-dir", str(tmp_path / "one"))
    cache = root / ".cache" / "gitops"
    (cache / "platform" / "index.md").write_bytes(b"\xff\x00---\ntitle: [")
    (cache / "platform" / "gone.md").write_text("---\ntitle: Gone\n---\n")
    (cache / "platform" / "findings.md").mkdir(exist_ok=True)
    gitops_docs("build", str(root), "--site-dir", str(tmp_path / "two"))
    assert overview(tmp_path / "one") == overview(tmp_path / "two")
    assert not (cache / "platform" / "gone.md").exists() and not list(
        (tmp_path / "two").rglob("gone")
    )


@pytest.mark.parametrize("limit", [0, 4096])
def test_full_disk(repository: Write, tmp_path: Path, limit: int) -> None:
    """Where nothing can be written any more, the command says so and ends with status 2."""
    root = repository(FILES)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-c", MAIN, "build", str(root), "--site-dir", str(tmp_path / "site")]
    # Python itself would keep half a compiled module, and end with an exception ever after.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        preexec_fn=limited,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    assert "File too large" in done.stderr or "temporary directory" in done.stderr


def test_output_that_cannot_be_written(repository: Write, tmp_path: Path) -> None:
    """`--output` below something that is no directory is named."""
    root = repository(FILES)
    (tmp_path / "file").write_text("")
    done = gitops_docs(
        "inventory", str(root), "--output", str(tmp_path / "file" / "out.json"), status=2
    )
    assert "out.json" in done.stderr


def test_file_deleted_during_the_scan(repository: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is listed and gone when it is read is a finding; the rest is there."""
    root = repository({**FILES, "apps/second.yaml": WEB.replace("web", "second")})
    read = read_file

    def reads(directory: Path, path: str) -> bytes:
        if path == "apps/web.yaml":
            (directory / path).unlink(missing_ok=True)
        return read(directory, path)

    monkeypatch.setattr(checkout, "read_file", reads)
    platform = scan(root)
    assert names(platform) == {"second"}
    assert [
        (item.code, item.file) for item in platform.findings if item.code == "file-unreadable"
    ] == [("file-unreadable", "apps/web.yaml")]
    assert platform.layers[0].status is LayerStatus.FAILED


def test_file_that_may_not_be_read(repository: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the system refuses is a finding."""
    root = repository(FILES)
    real = os.open

    def refuses(path: str | Path, flags: int, *rest: int) -> int:
        if str(path).endswith("web.yaml"):
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", refuses)
    platform = scan(root)
    assert [item.file for item in platform.findings if item.code == "file-unreadable"] == [
        "apps/web.yaml"
    ]


@pytest.mark.parametrize(
    "kind", ["none", "no git", "unborn", "broken", "shallow", "worktree", "below"]
)
def test_git(repository: Write, tmp_path: Path, kind: str) -> None:
    """Without Git, without a commit, with half of the history, in a worktree or a directory of one:
    the same objects and layers."""
    root = repository(FILES)
    environment = {**os.environ}
    revision = True
    if kind in ("none", "unborn", "broken"):
        revision = False
        if kind == "unborn":
            git(root, "init", "-q")
        elif kind == "broken":
            (root / ".git").write_text("gitdir: /nowhere\n")
    else:
        commit(root)
        (root / "apps" / "web.yaml").write_text(WEB + "data: {a: b}\n")
        git(root, "commit", "-qam", "Second")
    if kind == "no git":
        environment["PATH"] = ""
        revision = False
    elif kind == "shallow":
        git(tmp_path, "clone", "-q", "--depth", "1", root.as_uri(), "shallow")
        root = tmp_path / "shallow"
    elif kind == "worktree":
        git(root, "worktree", "add", "-q", "--detach", str(tmp_path / "worktree"), "HEAD")
        root = tmp_path / "worktree"
    elif kind == "below":
        (root / "platform").mkdir()
        for name in ("clusters", "apps", "docs", "mkdocs.yml"):
            (root / name).rename(root / "platform" / name)
        git(root, "add", ".")
        git(root, "commit", "-qm", "Third")
        root = root / "platform"
    command = [sys.executable, "-c", MAIN, "build", str(root), "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False, timeout=120
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    found = json.loads((tmp_path / "site/gitops/inventory.json").read_text())
    assert [item["name"] for layer in found["layers"] for item in layer["resources"]] == ["web"]
    assert bool(found["repository"]["revision"]) is revision
    assert found["repository"]["prefix"] == ("platform/" if kind == "below" else "")


def test_submodule(repository: Write, tmp_path: Path) -> None:
    """What lies in a submodule belongs to another repository: its layer is external, what includes
    it partial, and both say why."""
    other = tmp_path / "other"
    (other / "base").mkdir(parents=True)
    (other / "base" / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    (other / "base" / "a.yaml").write_text(WEB.replace("web", "other"))
    commit(other)
    root = repository(
        {
            **FILES,
            "clusters/prod/more.yaml": ROOT.replace("name: apps", "name: more").replace(
                "./apps", "./vendor/other/base"
            ),
            "apps/kustomization.yaml": "resources: [web.yaml, ../vendor/other/base]\ncomponents: [../vendor/other/base]\n",
        }
    )
    git(root, "init", "-q", "-b", "main")
    git(root, "submodule", "--quiet", "add", other.as_uri(), "vendor/other")
    git(root, "add", ".")
    git(root, "commit", "-qm", "First")
    platform = scan(root)
    layers = {layer.name: layer for layer in platform.layers}
    assert layers["more"].status is LayerStatus.EXTERNAL and "submodule" in (
        layers["more"].reason or ""
    )
    assert layers["apps"].status is LayerStatus.PARTIAL and "submodule" in (
        layers["apps"].reason or ""
    )
    assert names(platform) == {"web"}
    assert not [item for item in platform.findings if item.code == "path-not-found"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("broken", [False, True], ids=["clean", "with findings"])
@pytest.mark.parametrize("command", ["check", "tree", "graph", "inventory"])
def test_output_on_a_full_disk(repository: Write, command: str, broken: bool) -> None:
    """Standard output that takes nothing is one line and the status of an error, however little was
    to be written."""
    root = repository({**FILES, **({"apps/broken.yaml": "a: [\n"} if broken else {})})
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", MAIN, command, str(root)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "gitops-docs: No space left on device\n")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("wait", ["while it builds", "served"])
def test_interrupted_serve(repository: Write, tmp_path: Path, wait: str) -> None:
    """Ctrl-C ends `serve` without a traceback, while it builds and while it serves; nothing stays
    in the temporary directory."""
    root = repository(FILES)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    port = _free_port()
    command = [sys.executable, "-c", MAIN, "serve", str(root), "--dev-addr", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        try:
            end = time.monotonic() + 60
            if wait == "while it builds":
                assert process.stdout is not None
                while "Building documentation" not in process.stdout.readline():
                    assert process.poll() is None
            while wait == "served" and time.monotonic() < end:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=300)
        finally:
            process.kill()
    assert "Traceback" not in said
    assert process.returncode in (0, 1, -signal.SIGINT), said
    # MkDocs leaves its own, where it was interrupted before it could notice.
    assert list(temporary.glob("gitops-docs-*")) == []
