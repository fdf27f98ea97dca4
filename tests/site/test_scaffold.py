"""`gitops-docs init`: files that work unedited, and that are the user's from then on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gitops_docs.site import scaffold
from gitops_docs.site.scaffold import _pages_address, _yaml
from gitops_docs.yaml.nodes import as_map
from gitops_docs.yaml.parse import parse
from tests.support.commands import gitops_docs, mkdocs
from tests.support.history import commit, git
from tests.support.links import dead_links
from tests.support.site import inventory
from tests.support.small import FILES

INSTALL = ("--install", "mkdocs-gitops @ git+https://git.example.org/x@abc")
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
    before = set(files(root))
    said = gitops_docs("init", str(root), *INSTALL).stdout
    new = sorted(set(files(root)) - before)
    assert len(new) <= 8 and "docs/runbooks/web-down.md" in new
    told = [line.split()[-1] for line in said.splitlines() if line.startswith("  ")]
    assert sorted(told) == new
    gitops_docs("check", str(root))
    mkdocs("build", cwd=root)
    assert dead_links(root / "site", "/platform/") == []
    [alert] = [item for item in inventory(root / "site")["alerts"] if item["name"] == "WebDown"]
    assert alert["runbook"]["status"] == "missing"
    template = root / "docs" / "runbooks" / "web-down.md"
    template.write_text(template.read_text().replace("kind: template", "kind: runbook"))
    mkdocs("build", cwd=root)
    [alert] = [item for item in inventory(root / "site")["alerts"] if item["name"] == "WebDown"]
    assert alert["runbook"]["status"] == "own"


def test_mkdocs_yml_knows_the_repository(root: Path) -> None:
    """Addresses come from the remote, the branch from Git."""
    gitops_docs("init", str(root), *INSTALL)
    text = (root / "mkdocs.yml").read_text()
    settings = as_map(parse(text.encode(), "mkdocs.yml").documents[0].root)
    assert (
        settings["site_url"] == "https://acme.github.io/platform/"
        and settings["edit_uri"] == "edit/main/docs/"
    )
    assert yaml.safe_load((root / ".github" / "workflows" / "platform-docs.yml").read_text())[
        "jobs"
    ]["build"]


def test_templates_show_facts_that_live(root: Path) -> None:
    """Templates hold no fact of the day on which they were written, but blocks."""
    gitops_docs("init", str(root), "--ci", "none")
    alert = (root / "docs/runbooks/web-down.md").read_text()
    assert 'gitops-alerts\nnames: ["WebDown"]' in alert and "Nobody answers" not in alert
    layer = (root / "docs/runbooks/infra.md").read_text()
    assert "```gitops-layer\nlayer: " in layer and "extras" not in layer


def test_second_run_changes_nothing(root: Path) -> None:
    """Not one byte, whether the user changed a file, deleted a template, or did nothing."""
    gitops_docs("init", str(root), *INSTALL)
    before = files(root)
    gitops_docs("init", str(root), *INSTALL)
    assert files(root) == before
    (root / "mkdocs.yml").write_text((root / "mkdocs.yml").read_text() + "# mine\n")
    (root / "docs" / "runbooks" / "infra.md").unlink()
    before = files(root)
    gitops_docs("init", str(root), *INSTALL)
    assert files(root) == before


def test_more_on_demand(root: Path) -> None:
    """`--alerts all` adds a template for each alert that has no runbook, and only those."""
    more = RULES.replace("name: web,", "name: more,").replace("WebDown", "WebSlow")
    commit(root, {"apps/more.yaml": more})
    gitops_docs("init", str(root), "--ci", "none", "--alerts", "0", "--layers", "0")
    before = files(root)
    assert not [name for name in before if "web-" in name]
    gitops_docs("init", str(root), "--ci", "none", "--alerts", "all")
    new = set(files(root)) - set(before)
    assert new == {"docs/runbooks/web-down.md", "docs/runbooks/web-slow.md"}


def test_ignore_file_is_completed(root: Path) -> None:
    """Lines that `.gitignore` lacks are added once; what stands there stays."""
    (root / ".gitignore").write_text("*.bak\nsite/")
    said = gitops_docs("init", str(root), "--ci", "none").stdout
    text = (root / ".gitignore").read_text()
    assert text.startswith("*.bak\nsite/\n") and "added to  .gitignore" in said
    assert "/.cache/" in text and "/site/" not in text.replace("\nsite/", "")


def test_workflow_installs_what_exists(root: Path) -> None:
    """Where this version has no release and no address, there is no workflow that cannot run; a
    given requirement is what it installs."""
    said = gitops_docs("init", str(root)).stdout
    workflow = root / ".github" / "workflows" / "platform-docs.yml"
    assert "--install" in said and not workflow.exists()
    gitops_docs("init", str(root), *INSTALL)
    assert f"pip-version-check '{INSTALL[1]}'" in workflow.read_text()
    assert "example-org" not in "".join(
        text.decode() for name, text in files(root).items() if name.startswith(("docs", "mkdocs"))
    )


@pytest.mark.parametrize(
    ("noted", "version", "wanted"),
    [
        (None, "0.9.2", "mkdocs-gitops~=0.9.2"),
        (None, "0.9.3.dev1", None),
        ('{"url": "file:///x", "dir_info": {"editable": true}}', "0.9.2", None),
        (
            '{"url": "https://git.example.org/x", "vcs_info": {"vcs": "git", "commit_id": "ab"}}',
            "0.0",
            "mkdocs-gitops @ git+https://git.example.org/x@ab",
        ),
        ("no JSON", "0.9.2", None),
    ],
)
def test_requirement(
    monkeypatch: pytest.MonkeyPatch, noted: str | None, version: str, wanted: str | None
) -> None:
    """A release is installed by its version, another version from where it came."""

    class Installed:
        def __init__(self) -> None:
            self.version = version

        def read_text(self, name: str) -> str | None:
            return noted

    monkeypatch.setattr(scaffold.metadata, "distribution", lambda name: Installed())
    assert scaffold._requirement() == wanted


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
    said = gitops_docs("init", str(root), "--alerts", "1").stdout
    assert "plugins:\n  - search\n  - gitops" in said and "kept   mkdocs.yml" in said
    assert (root / "pages" / "runbooks" / "web-down.md").is_file()
    assert (root / "mkdocs.yml").read_text() == "site_name: Mine\ndocs_dir: pages\n" and not (
        root / "docs"
    ).exists()


def test_gitlab(root: Path) -> None:
    """The remote, or the option, decides whose workflow is written."""
    git(root, "remote", "set-url", "origin", "https://gitlab.example.org/acme/platform.git")
    gitops_docs("init", str(root), "--layers", "0", *INSTALL)
    assert (root / ".gitlab-ci.yml").is_file() and not (root / ".github").exists()
    assert not (root / "docs" / "runbooks" / "infra.md").exists()


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
