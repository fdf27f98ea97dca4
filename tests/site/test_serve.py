"""`mkdocs serve` follows an edited manifest."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.org/platform.git"}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/prod
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""
APPS = """\
# What people see in the morning.
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 10m
  path: ./apps
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""
FILES = {
    "mkdocs.yml": "site_name: Small\ntheme: material\nplugins: [search, {gitops: {repository: manifests}}]\n",
    "docs/index.md": "# Home\n",
    "manifests/clusters/prod/flux-system/gotk-sync.yaml": SYNC,
    "manifests/clusters/prod/flux-system/kustomization.yaml": "resources: [gotk-sync.yaml]\n",
    "manifests/clusters/prod/apps.yaml": APPS,
    "manifests/apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: apps}\n",
}
PAGE = "platform/clusters/prod/layers/flux-system/apps/"


@pytest.fixture
def server(repository: Callable[[Mapping[str, str]], Path], tmp_path: Path) -> Iterator[tuple[Path, str, Path]]:
    """A running server: the directory that it serves, its address, and the file of its log."""
    root = repository(FILES)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", address],
            cwd=root,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
        yield root, f"http://{address}/", log
        process.terminate()
        process.wait(timeout=10)


def wait_for(url: str, text: str, seconds: float = 40) -> bool:
    """Whether a page has a text, now or soon."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                if text in answer.read().decode():
                    return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.3)
    return False


def test_an_edited_manifest_is_served(server: tuple[Path, str, Path]) -> None:
    """The page of a layer follows its manifest, after one build more and no endless row of them."""
    root, address, log = server
    assert wait_for(address + PAGE, "What people see in the morning."), log.read_text()
    builds = log.read_text().count("Building documentation")
    manifest = root / "manifests" / "clusters" / "prod" / "apps.yaml"
    manifest.write_text(APPS.replace("morning", "evening"))
    assert wait_for(address + PAGE, "What people see in the evening."), log.read_text()
    time.sleep(3)
    assert log.read_text().count("Building documentation") == builds + 1
