"""`gitops-docs build` for repositories with and without a mkdocs.yml, and its exit status."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from gitops_docs import model
from gitops_docs.cli.main import main
from gitops_docs.model import Platform
from gitops_docs.scanner.scanner import Scan
from mkdocs_gitops import site as site_module
from mkdocs_gitops.commands import build as cli_module
from mkdocs_gitops.commands.build import build
from tests.pages.platforms import layer, platform, whole

Repository = Callable[[Mapping[str, str]], Path]


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> list[Platform]:
    """What the scanner finds, to be replaced by a test."""
    result = [platform(layer("apps"))]
    monkeypatch.setattr(
        site_module.BuildState, "scan", lambda self, root, settings: Scan(result[0])
    )
    return result


def run(repository: Path, *arguments: str) -> Result:
    """Run the command into `site` beside the repository."""
    return CliRunner().invoke(
        build, [str(repository), "--site-dir", str(repository.parent / "site"), *arguments]
    )


@pytest.mark.parametrize("where", [".", "..", "clusters", "../notes"])
def test_nothing_of_others_is_deleted(repository: Repository, where: str) -> None:
    """A directory with the repository, or with files that are not a site, is not built into: MkDocs
    would empty it."""
    root = repository({"clusters/prod/apps.yaml": "kept"})
    notes = root.parent / "notes"
    notes.mkdir()
    (notes / "thesis.txt").write_text("kept")
    done = CliRunner().invoke(main, ["build", str(root), "--site-dir", str(root / where)])
    assert done.exit_code == 2
    assert f"{root / where}: " in done.output and "--site-dir" in done.output
    assert (
        (root / "clusters/prod/apps.yaml").read_text()
        == (notes / "thesis.txt").read_text()
        == "kept"
    )


def test_earlier_site_is_replaced(repository: Repository) -> None:
    """A second build goes where the first one went, also below the repository."""
    root = repository({"clusters/prod/apps.yaml": ""})
    for _ in range(2):
        assert (
            CliRunner().invoke(build, [str(root), "--site-dir", str(root / "site")]).exit_code == 0
        )


def test_repository_without_mkdocs_yml(repository: Repository) -> None:
    """Material, a home page that leads to the overview, and nothing written into the repository."""
    root = repository({"clusters/prod/apps.yaml": ""})
    done = run(root, "--strict")
    assert done.exit_code == 0, done.output
    home = (root.parent / "site" / "index.html").read_text()
    assert 'href="platform/"' in home and "md-container" in home
    assert sorted(path.name for path in root.iterdir()) == ["clusters"]


def test_no_name_of_a_temporary_directory(repository: Repository, found: list[Platform]) -> None:
    """Where the repository has no `docs`, pages name that directory and not the one that the
    command makes instead."""
    found[0] = replace(whole(), runbooks=())
    root = repository({"clusters/prod/apps.yaml": ""})
    assert run(root).exit_code == 0
    pages = [path.read_text() for path in (root.parent / "site").rglob("*.html")]
    assert any("<code>docs/runbooks/</code>" in text for text in pages)
    assert not [text for text in pages if "gitops-docs-" in text]


def test_docs_stand_beside_the_generated_pages(repository: Repository) -> None:
    """Without mkdocs.yml, docs/ is used where there are pages in it."""
    root = repository({"docs/index.md": "# By hand\n", "docs/runbooks/a.md": "# A runbook\n"})
    assert run(root, "--strict").exit_code == 0
    assert "By hand" in (root.parent / "site" / "index.html").read_text()
    assert (root.parent / "site" / "runbooks" / "a" / "index.html").is_file()


@pytest.mark.parametrize(
    "plugins",
    [
        "",  # MkDocs' default, search
        "plugins: []",
        "plugins: [search]",
        "plugins: {search: {lang: en}}",
        "plugins: [search, gitops]",
    ],
)
def test_plugin_is_added_and_the_theme_left_alone(repository: Repository, plugins: str) -> None:
    """With a mkdocs.yml, its theme stays and the plugin is there, whatever form `plugins` has."""
    root = repository(
        {
            "mkdocs.yml": f"site_name: Mine\ntheme: readthedocs\n{plugins}\n",
            "docs/index.md": "# By hand\n",
        }
    )
    done = run(root, "--strict")
    assert done.exit_code == 0, done.output
    text = (root.parent / "site" / "platform" / "index.html").read_text()
    assert "md-container" not in text and "Mine" in text


def test_settings_file_counts(repository: Repository) -> None:
    """`.gitops-docs.yaml` reaches the plugin, with and without a mkdocs.yml."""
    root = repository({".gitops-docs.yaml": "directory: k8s\n"})
    assert run(root).exit_code == 0
    assert (root.parent / "site" / "k8s" / "index.html").is_file()
    root = repository(
        {
            "mkdocs.yml": "site_name: Mine\nplugins: [{gitops: {directory: other}}]\n",
            "docs/index.md": "# x",
        }
    )
    assert run(root).exit_code == 0
    assert (root.parent / "site" / "k8s" / "index.html").is_file()


def test_findings_fail_only_with_strict(repository: Repository, found: list[Platform]) -> None:
    """Status 1 is for findings with --strict; without it they are only said."""
    found[0] = whole()
    root = repository({"a.yaml": ""})
    assert run(root).exit_code == 0
    strict = run(root, "--strict")
    assert strict.exit_code == 1


def test_plugin_that_is_not_installed(
    repository: Repository, caplog: pytest.LogCaptureFixture
) -> None:
    """Status 2, with the name of the plugin."""
    root = repository(
        {"mkdocs.yml": "site_name: Mine\nplugins: [no-such-plugin]\n", "docs/index.md": "# x"}
    )
    done = run(root)
    assert done.exit_code == 2
    assert "no-such-plugin" in done.output + caplog.text


@pytest.mark.parametrize(
    "files",
    [
        {"mkdocs.yml": "site_name: [unclosed\n"},
        {"mkdocs.yml": "- no\n- mapping\n"},
        {".gitops-docs.yaml": "levels: {orphan: loud}\n"},
        {".gitops-docs.yaml": "repository: gone\n"},
    ],
)
def test_what_cannot_be_used(repository: Repository, files: dict[str, str]) -> None:
    """Status 2 and no traceback for a configuration that cannot be used."""
    done = run(repository(files))
    assert done.exit_code == 2, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.parametrize(
    ("known", "readme"),
    [
        (
            True,
            '<a href="https://git.example.org/team/platform/blob/{}/k8s/README.md#use">read</a>',
        ),
        (False, '<span title="README.md: not on this site">read</span>'),
    ],
)
def test_links_out_of_docs_are_not_dead(
    repository: Repository, found: list[Platform], known: bool, readme: str
) -> None:
    """A page of docs/ that links to what the site does not publish gets a link to the forge, or
    text where that is not known."""
    if not known:
        found[0] = replace(found[0], repository=model.Repository())
    page = "[read](../README.md#use) [gone](../gone.md) [own](b.md) [web](https://example.org)\n"
    root = repository({"docs/a.md": page, "docs/b.md": "# b\n", "README.md": "# r"})
    assert run(root, "--strict").exit_code == 0
    html = (root.parent / "site" / "a" / "index.html").read_text()
    assert readme.format(found[0].repository.revision) in html
    assert '<span title="../gone.md: not on this site">gone</span>' in html
    assert '<a href="../b/">own</a>' in html and '<a href="https://example.org">web</a>' in html


def test_first_lines_of_a_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What was found, where to look, ten findings at most, and of a server the address that leads
    to them."""
    terminal = cli_module._Terminal(logging.WARNING, tmp_path, 10)

    def log(level: int, text: str, **extra: object) -> None:
        record = logging.LogRecord("mkdocs", level, "", 0, text, None, None)
        record.__dict__.update(extra)
        terminal.emit(record)

    log(logging.INFO, "gitops: 1 cluster.", summary=True, start="k8s/")
    log(logging.INFO, "gitops: Overview: k8s/.", summary=True, start="k8s/")
    for number in range(20):
        log(logging.WARNING, f"finding {number}", finding="orphan")
    log(logging.INFO, "noise")
    log(logging.INFO, "[10:00:00] Serving on http://127.0.0.1:8000/docs/")
    said = capsys.readouterr().err
    assert (
        said.startswith("1 cluster.\nOverview: k8s/.\n")
        and said.count("finding ") == 10
        and "noise" not in said
    )
    assert f"gitops-docs check {tmp_path}" in said
    assert said.endswith("Look at http://127.0.0.1:8000/docs/k8s/ (Ctrl-C ends it)\n")


@pytest.mark.parametrize(
    "files", [{}, {"mkdocs.yml": "site_name: Own\ntheme: material\n", "docs/index.md": "# Own\n"}]
)
def test_library_of_the_environment(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    """GITOPS_DOCS_MERMAID names the library that the site serves itself, where the settings name
    none."""
    root = repository({"clusters/prod/apps.yaml": "", "lib.js": "library", **files})
    monkeypatch.setenv(cli_module.LIBRARY, str(root / "lib.js"))
    done = run(root)
    assert done.exit_code == 0, done.output
    assert (root.parent / "site/gitops/mermaid.min.js").read_text() == "library"


def test_the_name_of_the_site_is_not_twice_in_the_navigation(repository: Repository) -> None:
    """A made first page is called Home there; the name stands above."""
    root = repository({"clusters/prod/apps.yaml": ""})
    assert run(root).exit_code == 0
    home = (root.parent / "site/index.html").read_text()
    entries = re.findall(
        r'<span class="md-ellipsis">\s*([^<]*?)\s*</span>', home[home.index("md-nav--primary") :]
    )
    assert entries[0] == "Home" and root.name not in entries
    assert f">{root.name}" in home[home.index("<h1") :]
