"""Commands that take a layer whose name stands on several clusters."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gitops_docs.cli.main import main
from tests.support.scanning import config_map, flux, write


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clusters, each with a layer `apps` that waits for `base`."""
    files = {"apps/cm.yaml": config_map("a"), "base/cm.yaml": config_map("b")}
    for cluster in ("east", "west"):
        files[f"clusters/{cluster}/flux-system/gotk-sync.yaml"] = flux(
            "flux-system", f"./clusters/{cluster}"
        )
        files[f"clusters/{cluster}/layers.yaml"] = flux("base", "./base") + flux(
            "apps", "./apps", "dependsOn: [{name: base}]"
        )
    return write(tmp_path_factory.mktemp("repository"), files)


def run(repository: Path, command: str, *arguments: str, status: int = 0) -> str:
    """Run a command in this process; what it prints."""
    result = CliRunner().invoke(main, [command, str(repository), *arguments])
    assert result.exit_code == status, result.output
    return result.output


@pytest.mark.parametrize(
    ("command", "arguments"), [("tree", ()), ("graph", ()), ("graph", ("--format", "mermaid"))]
)
def test_side_by_side(repository: Path, command: str, arguments: tuple[str, ...]) -> None:
    """Without a cluster every layer of the name is shown, with its cluster; with one, only that
    one."""
    both = run(repository, command, "apps", *arguments)
    assert "east" in both and "west" in both and "base" in both
    assert "west" not in run(repository, command, "apps", "--cluster", "east", *arguments)
    assert "west" not in run(repository, command, "--cluster", "east", *arguments)


def test_render_prints_what_to_choose_from(repository: Path) -> None:
    """Objects of two layers are no one answer: the commands that give one are printed, ready to
    paste."""
    said = run(repository, "render", "apps", status=2)
    commands = [
        line.split() for line in said.splitlines() if line.startswith("  gitops-docs render ")
    ]
    assert [words[-1] for words in commands] == ["east/flux-system/apps", "west/flux-system/apps"]
    for words in commands:
        assert "name: a" in run(repository, "render", words[-1])
    assert "name: a" in run(repository, "render", "apps", "--cluster", "west")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [(("apps", "--cluster", "eats"), "did you mean `east`?"), (("aps",), "did you mean `apps`?")],
)
def test_unknown_names(repository: Path, arguments: tuple[str, ...], hint: str) -> None:
    """A name that does not exist ends the command, with the nearest one."""
    assert hint in run(repository, "tree", *arguments, status=2)


def test_completion(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell completes names of layers and clusters."""
    words = {"_GITOPS_DOCS_COMPLETE": "bash_complete", "COMP_CWORD": "3"}
    runner = CliRunner(env={**words, "COMP_WORDS": f"gitops-docs tree {repository} ba"})
    result = runner.invoke(main, prog_name="gitops-docs", complete_var="_GITOPS_DOCS_COMPLETE")
    assert result.output.splitlines() == ["plain,base"]
