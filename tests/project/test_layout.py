"""What stands in the repository, and what must not."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent

EXPECTED = [
    "mkdocs.yml",
    "docs/runbooks/bootstrap.md",
    "docs/runbooks/rollback.md",
    "docs/runbooks/troubleshooting.md",
    "examples/platform",
    "src/gitops_docs/py.typed",
    "plugins/mkdocs_gitops/py.typed",
    "overrides/main.html",
    "bench",
    "pyproject.toml",
    "Makefile",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    ".ci/run",
]
MACHINE_PATH = re.compile(r"/(?:tmp/[a-z]|root/|work/(?:main|shared)|home/[a-z]+/)")
"""An address on somebody's machine. Manifests may name directories of containers."""


def tracked(*patterns: str) -> list[Path]:
    """Files that Git knows or would add."""
    command = [
        "git",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
        "--",
        *patterns,
    ]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False, text=True)
    if done.returncode:
        pytest.skip("not a Git checkout")
    return [path for name in done.stdout.split("\0") if name and (path := PROJECT / name).is_file()]


@pytest.mark.parametrize("name", EXPECTED)
def test_expected_files(name: str) -> None:
    """The layout that the architecture describes is there."""
    assert (PROJECT / name).exists()


def test_no_machine_paths() -> None:
    """No file names a directory of the machine that it was written on."""
    here = Path(__file__).relative_to(PROJECT)
    found = []
    for path in tracked(
        "*.py",
        "*.md",
        "*.toml",
        "*.yml",
        "*.html",
        "*.js",
        "*.css",
        "Makefile",
        ".ci",
        ":!examples",
        f":!{here}",
    ):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if MACHINE_PATH.search(line):
                found.append(f"{path.relative_to(PROJECT)}:{number}: {line.strip()}")
    assert not found


def test_modules_say_what_they_do() -> None:
    """Every module has a docstring."""
    silent = [
        str(path.relative_to(PROJECT))
        for path in tracked("src/*.py", "plugins/*.py", "bench/*.py", "tools/*.py", "tests/*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_tests_say_what_they_assert() -> None:
    """Every test has a docstring."""
    silent = [
        f"{path.relative_to(PROJECT)}:{node.lineno}"
        for path in tracked("tests/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_entry_points_lead_somewhere() -> None:
    """Every entry point of the distribution names a module and an object that exist."""
    import importlib

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    targets = [
        *project["scripts"].values(),
        *(value for group in project["entry-points"].values() for value in group.values()),
    ]
    assert targets
    for target in targets:
        module, _, name = target.partition(":")
        assert hasattr(importlib.import_module(module), name), target


def test_relative_links_of_the_front_pages() -> None:
    """What README and its neighbours link to is there. The pages in docs/ are checked by the strict
    build."""
    dead = []
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "examples/platform/README.md",
    ):
        page = PROJECT / name
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                dead.append(f"{name}: {target}")
    assert not dead
