"""The example platform is what kustomize renders, and what we say about it."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from typing import Any

import pytest
import yaml

from tests.support import PROJECT
from tests.support.commands import gitops_docs

PLATFORM = PROJECT / "examples" / "platform"

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def layers() -> list[dict[str, Any]]:
    """The layers of the example, from the inventory."""
    found: list[dict[str, Any]] = json.loads(gitops_docs("inventory", str(PLATFORM)).stdout)[
        "layers"
    ]
    return found


def test_kubectl_renders_every_directory(kubectl: str) -> None:
    """Each kustomization file of the example builds without error."""
    directories = sorted(
        {
            path.parent
            for path in PLATFORM.rglob("kustomization.yaml")
            if "components" not in path.parts
        }
    )
    assert len(directories) > 20
    for directory in directories:
        done = subprocess.run(
            [kubectl, "kustomize", str(directory)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{directory.relative_to(PLATFORM)}: {done.stderr}"


def test_layers_have_what_kubectl_renders(layers: list[dict[str, Any]], kubectl: str) -> None:
    """Each layer over a kustomization file has the objects of `kubectl kustomize`, by kind; Flux
    may change their names."""
    compared = 0
    for layer in layers:
        if layer["status"] not in ("rendered", "partial"):
            continue
        directory = PLATFORM / layer["directory"]
        if not (directory / "kustomization.yaml").is_file():
            continue
        done = subprocess.run(
            [kubectl, "kustomize", str(directory)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        kinds = Counter(
            (item["apiVersion"], item["kind"]) for item in yaml.safe_load_all(done.stdout) if item
        )
        assert (
            Counter((item["apiVersion"], item["kind"]) for item in layer["resources"]) == kinds
        ), layer["id"]
        compared += 1
    assert compared > 20
