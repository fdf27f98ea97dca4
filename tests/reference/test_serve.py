"""`mkdocs serve` follows whatever a page depends on, with one build for each edit and none
without."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mkdocs_gitops.serving.build_state import BuildState
from tests.reference.edits import OBJECT, built, commit, generated, git

pytestmark = pytest.mark.slow
PATIENCE = 600
"""Seconds after which a build that follows no edit counts as missing, on any machine."""
LAYER = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: added, namespace: flux-system}
spec: {interval: 10m, path: ./added, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""


@dataclass(frozen=True)
class Server:
    """A running `mkdocs serve`: its address, the directory that it serves, the file of its log."""

    address: str
    files: Path
    log: Path

    def epoch(self) -> str:
        """The build that a page knows of."""
        found = re.search(r"livereload\((\d+),", read(self.address))
        assert found is not None
        return found[1]

    def builds(self) -> int:
        """How often it has built."""
        return self.log.read_text().count("Building documentation")

    def wait(self, epoch: str) -> None:
        """Until there is a newer build, as a browser does."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with urllib.request.urlopen(
                f"{self.address}livereload/{epoch}/{epoch}", timeout=PATIENCE
            ) as answer:
                if int(answer.read()) > int(epoch):
                    return
        raise AssertionError(f"no build followed: {self.log.read_text()[-2000:]}")


def read(url: str) -> str:
    """A page, when the server has begun to answer."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                text: str = answer.read().decode()
                return text
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < deadline
            time.sleep(0.2)


@contextmanager
def serving(site: Path, place: Path, *arguments: str) -> Iterator[Server]:
    """Serve a site; its files lie below `place`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    (place / "tmp").mkdir(parents=True)
    with (place / "log").open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", address, *arguments],
            cwd=site,
            env={
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                "TMPDIR": str(place / "tmp"),
                "NO_MKDOCS_2_WARNING": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
        try:
            read(f"http://{address}/")
            [files] = (place / "tmp").glob("mkdocs_*")
            yield Server(f"http://{address}/", files, place / "log")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE)


def contents(files: Path, *, dirty: bool) -> dict[str, object]:
    """What a site says. With `--dirty` the navigation of a page may be old, as MkDocs warns, and
    pages that are gone are still there."""
    found: dict[str, object] = {}
    for path in sorted(files.rglob("*")):
        name = path.relative_to(files).as_posix()
        if path.name in ("sitemap.xml", "sitemap.xml.gz") or not path.is_file():
            continue
        found[name] = path.read_bytes()
        if dirty and name.endswith(".html"):
            found[name] = path.read_bytes().partition(b"<article")[2].partition(b"</article>")[0]
        if dirty and name == "search/search_index.json":
            found[name] = json.loads(path.read_text())["docs"]
    return found


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(site: Path) -> None:
        text = (site / path).read_text()
        assert old in text
        (site / path).write_text(text.replace(old, new))

    return change


def new_directory(site: Path) -> None:
    (site / "manifests/added").mkdir()
    (site / "manifests/added/web.yaml").write_text(OBJECT.format(name="added-web", value="1"))
    (site / "manifests/clusters/cluster-00/added.yaml").write_text(LAYER)
    listed = site / "manifests/clusters/cluster-00/kustomization.yaml"
    listed.write_text(f"{listed.read_text()}  - added.yaml\n")


def other_branch(site: Path) -> None:
    commit(site, "All of it")
    git(site, "checkout", "-q", "-b", "other", "HEAD~1")


EDITS: dict[str, Callable[[Path], None]] = {
    "a "
    "value": edit("manifests/apps/base/app-0003/helmrelease.yaml", "replicaCount:", "replicaCount: 77 #"),
    "a version": edit("manifests/apps/cluster-00/layer-001/kustomization.yaml", "1.1.1", "7.7.7"),
    "a new directory": new_directory,
    "a file in "
    "it": lambda site: (site / "manifests/added/more.yaml").write_text(OBJECT.format(name="more", value="2")) and None,
    "a file of another source": lambda site: (site.parent / "team/deploy/web.yaml").write_text(
        OBJECT.format(name="renamed", value="2")
    )
    and None,
    "settings of the repository": lambda site: (site / "manifests/.gitops-docs.yaml").write_text(
        "levels: {orphan: error}\n"
    )
    and None,
    "what is "
    "ignored": lambda site: (site / "manifests/.sourceignore").write_text("/added/more.yaml\n") and None,
    "a directory that is gone": lambda site: shutil.rmtree(site / "manifests/added"),
    "the same again": lambda site: git(site, "stash", "-q", "-u"),
    "a commit": lambda site: commit(site, "Nothing"),
    "a runbook": edit("docs/runbooks/app-0001.md", "# ", "# Really "),
    "options of the "
    "plugin": edit("mkdocs.yml", "repository: manifests", "repository: manifests\n    variables: [X]"),
    "another branch": other_branch,
}  # fmt: skip


FEW = ("a value", "a runbook", "a commit")


@pytest.mark.parametrize(
    ("arguments", "edits"),
    [
        pytest.param((), FEW, id="few"),
        pytest.param((), tuple(EDITS), id="all", marks=pytest.mark.long),
        pytest.param(("--dirty",), tuple(EDITS), id="dirty", marks=pytest.mark.long),
    ],
)
def test_what_is_served_is_right(
    tmp_path: Path, arguments: tuple[str, ...], edits: tuple[str, ...]
) -> None:
    """After each kind of edit the served files are those of a build from nothing, and then there is
    no build more."""
    site = generated(tmp_path)
    with serving(site, tmp_path / "server", *arguments) as server:
        for name in edits:
            epoch = server.epoch()
            EDITS[name](site)
            server.wait(epoch)
            # What is told in two pieces may take two builds.
            builds, still = server.builds(), time.monotonic()
            while time.monotonic() - still < 1.5:
                time.sleep(0.1)
                if server.builds() != builds:
                    assert server.builds() < builds + 4, f"{name}: it builds again and again"
                    builds, still = server.builds(), time.monotonic()
            again = server.epoch()
            cold = tmp_path / "cold"
            built(site, cold, BuildState(), server.address)
            served, right = (
                contents(server.files, dirty=bool(arguments)),
                contents(cold, dirty=bool(arguments)),
            )
            differing = sorted(key for key, content in right.items() if served.get(key) != content)
            assert differing == [], (name, differing[:5])
            assert server.epoch() == again, f"{name}: a build without an edit"
            shutil.rmtree(cold)
