"""`gitops-docs init`: files that work unedited, and that are the user's from then on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gitops_docs.site.scaffold import _pages_address, _yaml
from gitops_docs.yaml.nodes import as_map
from gitops_docs.yaml.parse import parse
from tests.support.commands import gitops_docs, mkdocs
from tests.support.history import commit, git
from tests.support.links import dead_links
from tests.support.site import inventory
from tests.support.small import FILES

RULES = """apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: web, namespace: shop}
spec:
  groups:
  - name: web
    rules:
    - alert: WebDown
      expr: up{job="web"} == 0
      labels: {severity: critical}
      annotations: {summary: "Nobody answers at {{ $labels.instance }} `now` <b>"}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with an alert that has no runbook."""
    root = tmp_path / "platform"
    commit(root, {**FILES, "apps/rules.yaml": RULES})
    git(root, "remote", "add", "origin", "git@github.com:Acme/platform.git")
    return root


def files(root: Path) -> dict[str, bytes]:
    """Everything in a directory but Git's own."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git/" not in path.as_posix()
    }


def test_what_it_writes_works_unedited(root: Path) -> None:
    """A strict build of the written mkdocs.yml succeeds without a dead link, and a template does
    not count as a runbook."""
    said = gitops_docs("init", str(root)).stdout
    assert "wrote  mkdocs.yml" in said and "wrote  docs/runbooks/alerts/webdown.md" in said
    gitops_docs("check", str(root))
    mkdocs("build", cwd=root)
    assert dead_links(root / "site", "/platform/") == []
    [alert] = [item for item in inventory(root / "site")["alerts"] if item["name"] == "WebDown"]
    assert alert["runbook"]["status"] == "missing"
    template = root / "docs" / "runbooks" / "alerts" / "webdown.md"
    template.write_text(template.read_text().replace("kind: template", "kind: runbook"))
    mkdocs("build", cwd=root)
    [alert] = [item for item in inventory(root / "site")["alerts"] if item["name"] == "WebDown"]
    assert alert["runbook"]["status"] == "own"


def test_mkdocs_yml_knows_the_repository(root: Path) -> None:
    """Addresses come from the remote, the branch from Git."""
    gitops_docs("init", str(root))
    text = (root / "mkdocs.yml").read_text()
    settings = as_map(parse(text.encode(), "mkdocs.yml").documents[0].root)
    assert (
        settings["site_url"] == "https://acme.github.io/platform/"
        and settings["edit_uri"] == "edit/main/docs/"
    )
    assert yaml.safe_load((root / ".github" / "workflows" / "platform-docs.yml").read_text())[
        "jobs"
    ]["build"]


def test_second_run_changes_nothing(root: Path) -> None:
    """Not one byte, whether the user changed a file, deleted a template, or did nothing."""
    gitops_docs("init", str(root))
    before = files(root)
    gitops_docs("init", str(root))
    assert files(root) == before
    (root / "mkdocs.yml").write_text((root / "mkdocs.yml").read_text() + "# mine\n")
    (root / "docs" / "runbooks" / "layers" / "infra.md").unlink()
    before = files(root)
    gitops_docs("init", str(root))
    assert files(root) == before


def test_new_alerts_get_templates(root: Path) -> None:
    """A later run adds what is new, and only that."""
    gitops_docs("init", str(root))
    before = files(root)
    commit(
        root,
        {
            "apps/more.yaml": RULES.replace("name: web,", "name: more,").replace(
                "WebDown", "WebSlow"
            )
        },
    )
    gitops_docs("init", str(root))
    new = set(files(root)) - set(before)
    assert new == {"apps/more.yaml", "docs/runbooks/alerts/webslow.md"}


def test_dry_run_writes_nothing(root: Path) -> None:
    """--dry-run only says."""
    before = files(root)
    assert "would write  mkdocs.yml" in gitops_docs("init", str(root), "--dry-run").stdout
    assert files(root) == before


def test_site_that_is_there_is_left_alone(root: Path) -> None:
    """An own mkdocs.yml stays; the lines to add are printed; templates go where its pages lie."""
    (root / "mkdocs.yml").write_text("site_name: Mine\ndocs_dir: pages\n")
    (root / "pages").mkdir()
    (root / "pages" / "index.md").write_text("# Mine\n")
    said = gitops_docs("init", str(root)).stdout
    assert "plugins:\n  - search\n  - gitops" in said and "kept   mkdocs.yml" in said
    assert (root / "pages" / "runbooks" / "alerts" / "webdown.md").is_file()
    assert (root / "mkdocs.yml").read_text() == "site_name: Mine\ndocs_dir: pages\n" and not (
        root / "docs"
    ).exists()


def test_gitlab(root: Path) -> None:
    """The remote, or the option, decides whose workflow is written."""
    git(root, "remote", "set-url", "origin", "https://gitlab.example.org/acme/platform.git")
    gitops_docs("init", str(root), "--layers", "0")
    assert (root / ".gitlab-ci.yml").is_file() and not (root / ".github").exists()
    assert not (root / "docs" / "runbooks" / "layers").exists()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("apps", "apps"),
        ("a: b", '"a: b"'),
        ("yes", '"yes"'),
        ("x #y", '"x #y"'),
        ("a\nb", '"a\\nb"'),
    ],
)
def test_yaml_scalars(text: str, written: str) -> None:
    """Any text is one scalar that reads back as itself."""
    assert _yaml(text) == written and yaml.safe_load(_yaml(text)) == text


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://github.com/Acme/platform", "https://acme.github.io/platform/"),
        ("https://github.com/acme/acme.github.io", "https://acme.github.io/"),
        ("https://git.example.org/a/b", None),
        (None, None),
    ],
)
def test_pages_address(url: str | None, address: str | None) -> None:
    """Only GitHub's own addresses are guessed."""
    assert _pages_address(url) == address
