"""Directories eleven hundred deep, where functions that call themselves end, and paths that come
near the longest of a system."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_docs.scanner.scanner import scan
from gitops_docs.yaml.limits import MAX_DIRECTORIES
from tests.support.commands import gitops_docs
from tests.support.history import commit

DEPTH = 1100
ROOT = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
WEB = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, namespace: x}\n"
PAGE = "---\nlayers: [apps]\n---\n# Deep\n"


def bury(place: Path, depth: int, name: str, text: str) -> None:
    """Write a file into directories in each other, each named `a`."""
    place.mkdir(parents=True, exist_ok=True)
    here = os.open(place, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("a", dir_fd=here)
        below = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:
        file.write(text)
    os.close(here)


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A committed platform with manifests and pages that lie too deep, and an inventory beside."""
    box = tmp_path_factory.mktemp("deep")
    root = box / "repo"
    files = {
        "clusters/prod/k.yaml": ROOT,
        "apps/web.yaml": WEB.replace("NAME", "web"),
        "docs/index.md": "# Home\n",
    }
    commit(root, {**files, "docs/runbooks/apps.md": PAGE})
    for place, name, text in (
        ("apps", "deep.yaml", WEB.replace("NAME", "deep")),
        ("docs/runbooks", "deep.md", PAGE),
    ):
        bury(root / place, DEPTH, name, text)
    bury(root / "near", MAX_DIRECTORIES - 1, "near.yaml", WEB.replace("NAME", "near"))
    commit(root, {})
    yield root
    # What pytest itself would do calls itself.
    subprocess.run(["rm", "-rf", str(box)], check=True)


def test_a_scan_names_them(deep: Path) -> None:
    """What lies at most a hundred deep is read; of the rest there is one finding, at the first
    file."""
    platform = scan(deep)
    assert [resource.name for layer in platform.layers for resource in layer.resources] == ["web"]
    assert any(orphan.name == "near" for orphan in platform.orphans)
    found = [finding for finding in platform.findings if finding.code == "file-too-deep"]
    assert len(found) == 1 and found[0].message.startswith("2 files are not read")
    assert (found[0].file or "").startswith("apps/a/a/") and found[0].line == 1


@pytest.mark.parametrize("command", ["inventory", "diff", "export", "init"])
def test_commands(deep: Path, tmp_path: Path, command: str) -> None:
    """Each ends as always."""
    more = {"diff": ["HEAD~1", "HEAD"], "export": [str(tmp_path / "out")], "init": ["--dry-run"]}
    done = gitops_docs(command, str(deep), *more.get(command, []))
    assert done.stdout or "files are in" in done.stderr


def test_a_site(deep: Path, tmp_path: Path) -> None:
    """MkDocs goes through all pages; those that lie too deep are not published, and the others
    are."""
    done = gitops_docs("build", str(deep), "--site-dir", str(tmp_path / "site"))
    assert "is not published: more than" in done.stderr
    assert (tmp_path / "site" / "runbooks" / "apps" / "index.html").is_file()
    assert not (tmp_path / "site" / "runbooks" / "a").exists()


def test_a_hub(deep: Path, tmp_path: Path) -> None:
    """Inventories are looked for in deep directories too, pipes and devices among them are refused,
    and an odd date does not count."""
    place = deep.parent / "inventories"
    text = gitops_docs("inventory", str(deep)).stdout
    assert json.loads(text)["layers"]
    place.mkdir()
    (place / "a.inventory.json").write_text(text)
    os.mkfifo(place / "b.inventory.json")
    (place / "c.inventory.json").symlink_to("/dev/zero")
    (place / "d.inventory.json").symlink_to("d.inventory.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "²")
        done = gitops_docs("hub", str(deep.parent), "--site-dir", str(tmp_path / "site"), status=1)
    assert done.stderr.count("is not a regular file") == 2 and "symlink loop" in done.stderr
    assert "SOURCE_DATE_EPOCH" in done.stderr and (tmp_path / "site" / "index.html").is_file()
