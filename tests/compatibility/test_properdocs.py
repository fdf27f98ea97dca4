"""ProperDocs, which continues MkDocs 1.x, runs the plugin as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.support.commands import gitops_docs
from tests.support.history import commit
from tests.support.links import dead_links
from tests.support.site import inventory
from tests.support.small import FILES


def test_same_site(tmp_path: Path) -> None:
    """A strict build with ProperDocs has the pages that MkDocs gives, by the configuration file of
    its own name."""
    root = tmp_path / "platform"
    settings = {
        "site_name": "x",
        "theme": {"name": "material", "font": False},
        "plugins": ["search", "gitops"],
    }
    commit(root, {**FILES, "docs/index.md": "# Home\n", "properdocs.yml": yaml.safe_dump(settings)})
    command = [
        sys.executable,
        "-m",
        "properdocs",
        "build",
        "--strict",
        "--site-dir",
        str(tmp_path / "proper"),
    ]
    done = subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": ""},
    )
    assert done.returncode == 0, done.stderr
    gitops_docs("build", str(root), "--site-dir", str(tmp_path / "mkdocs"), "--strict")
    names = [
        {page.relative_to(site).as_posix() for page in site.rglob("*.html")}
        for site in (tmp_path / "proper", tmp_path / "mkdocs")
    ]
    assert names[0] == names[1] and "platform/index.html" in names[0]
    assert inventory(tmp_path / "proper") == inventory(tmp_path / "mkdocs")
    assert dead_links(tmp_path / "proper") == []
