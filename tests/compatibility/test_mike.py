"""mike: versions of a site beside each other, in directories of a branch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.support.history import commit
from tests.support.small import FILES

RULE = """apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: shop, namespace: shop}
spec:
  groups:
  - name: shop
    rules:
    - alert: ShopDown
      expr: up == 0
      labels: {severity: critical}
      annotations:
        runbook_url: https://docs.example.org/1.0/runbooks/shop-down/
"""


def test_version(tmp_path: Path) -> None:
    """A version is built, and the page of an alert leads to the runbook that a `runbook_url` with
    the version in it names."""
    root = tmp_path / "platform"
    settings = {
        "site_name": "x",
        "site_url": "https://docs.example.org/",
        "plugins": ["mike", "gitops"],
        "theme": {"name": "material", "font": False},
    }
    commit(
        root,
        {
            **FILES,
            "apps/rule.yaml": RULE,
            "docs/index.md": "# Home\n",
            "docs/runbooks/shop-down.md": "# The shop is down\n",
            "mkdocs.yml": yaml.safe_dump(settings),
        },
    )
    environment = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@example.org"}
    # mike starts the command of MkDocs or ProperDocs by its name.
    environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment |= {"GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@example.org"}
    subprocess.run(
        [sys.executable, "-c", "from mike.driver import main; main()", "deploy", "1.0", "latest"],
        cwd=root,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    show = ["git", "show", "gh-pages:1.0/platform/alerts/shopdown/index.html"]
    page = subprocess.run(show, cwd=root, check=True, capture_output=True, text=True).stdout
    assert "The shop is down" in page
