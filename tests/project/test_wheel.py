"""The wheel holds the engine, the plugin and their data, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
PACKAGES = {"gitops_docs": "src", "mkdocs_gitops": "plugins"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built without network from what is here."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "--target",
            "wheel",
            "--directory",
            str(target),
        ],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    [path] = target.glob("*.whl")
    return zipfile.ZipFile(path)


def test_wheel_has_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    """Modules, templates, styles, scripts, schemas and type markers are all in."""
    expected = {
        path.relative_to(PROJECT / parent).as_posix()
        for package, parent in PACKAGES.items()
        for path in (PROJECT / parent / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".cache" not in path.parts
    }
    assert expected <= set(wheel.namelist())


def test_wheel_has_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Tests, examples and pages stay out."""
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_wheel_carries_licence_and_entry_points(wheel: zipfile.ZipFile) -> None:
    """The licence travels along, and MkDocs and the command find what they look for."""
    [info] = {name.partition("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
    assert "Apache License" in wheel.read(f"{info}/licenses/LICENSE").decode()
    points = wheel.read(f"{info}/entry_points.txt").decode()
    assert "gitops = mkdocs_gitops.plugin:GitopsPlugin" in points
    assert "gitops-docs = gitops_docs.cli.main:main" in points
