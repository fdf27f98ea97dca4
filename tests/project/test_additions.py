"""Adding is easy: what CONTRIBUTING.md walks through is done in a copy of the source, and works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import PROJECT

_BLOCK = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
BLOCKS = _BLOCK.findall((PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
CHECK = """
import sys
from pathlib import Path

import yaml

import gitops_docs
from gitops_docs.checks.registry import CODES
from gitops_docs.inventory.codec import dumps
from gitops_docs.pages import render
from gitops_docs.scanner.scanner import scan
from tests.checks.cases import platform, row
from tests.support.manifests import SYNC, SYNC_FILE
from tests.support.scanning import write

root = Path(sys.argv[1])
assert Path(gitops_docs.__file__).is_relative_to(root), gitops_docs.__file__

code = "release-timeout-missing"
case = yaml.safe_load((root / f"tests/checks/cases/{code}.yaml").read_text())
found = [one for one in platform(root / "bad", case, case["bad"]).findings if one.code == code]
assert [row(one, two) for one, two in zip(found, case["expect"], strict=True)] == case["expect"]
good = platform(root / "good", case, {**case["bad"], **case["good"]})
assert code not in {one.code for one in good.findings}
assert CODES[code].title == "A HelmRelease has no timeout"

files = {
    SYNC_FILE: SYNC,
    "clusters/prod/high.yaml": (
        "apiVersion: scheduling.k8s.io/v1\\nkind: PriorityClass\\n"
        "metadata: {name: critical<b>}\\nvalue: 1000\\n"
    ),
    "clusters/prod/chart.yaml": (
        "apiVersion: source.toolkit.fluxcd.io/v1\\nkind: HelmChart\\n"
        "metadata: {name: web, namespace: flux-system}\\n"
        "spec: {interval: 1h, chart: web, sourceRef: {kind: HelmRepository, name: web}}\\n"
    ),
}
found = scan(write(root / "platform", files))
pages = {page.uri: page for page in render(found).pages}
page = pages["platform/priorities.md"]
html = page.html.replace("<wbr>", "")
assert "1000" in html and "critical&lt;b&gt;" in html and "1 PriorityClass" in html
assert "Priorities" in str(render(found).navigation)
assert '"is_default":false' in dumps(found)
assert "Priorities" not in str(render(good).navigation)
assert [source.kind for source in found.sources] == ["GitRepository", "HelmChart"]
"""


def apply(root: Path, kind: str, name: str, text: str) -> None:
    """A block of the walk-through: a file, the end of one that is there, or lines added behind a
    line of it. What somebody has added already stays as it is."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind != "diff":
        before = path.read_text(encoding="utf-8") + "\n\n" if path.exists() else ""
        if text not in before:
            path.write_text(before + text, encoding="utf-8")
        return
    before = path.read_text(encoding="utf-8")
    context = "".join(line[1:] for line in text.splitlines(True) if line[0] == " ")
    added = "".join(line[1:] for line in text.splitlines(True) if line[0] == "+")
    assert before.count(context) >= 1, (name, context)
    if context + added not in before:
        path.write_text(before.replace(context, context + added, 1), encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The engine with everything that the walk-through adds."""
    skipped = shutil.ignore_patterns("__pycache__", "node_modules")
    shutil.copytree(
        PROJECT / "src" / "gitops_docs", tmp_path / "src" / "gitops_docs", ignore=skipped
    )
    for kind, name, text in BLOCKS:
        apply(tmp_path, kind, name, text)
    return tmp_path


def test_walk_through(copy: Path) -> None:
    """The finding has its case, the page its rows and its entry in the navigation, the kind its row
    among the sources."""
    assert len(BLOCKS) == 14
    path = os.pathsep.join([str(copy / "src"), str(PROJECT)])
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(copy)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
