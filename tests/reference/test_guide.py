"""The guide: made pages are up to date, and every code block is run or validated."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from gitops_docs.cli.main import main
from gitops_docs.pages import Options, render
from gitops_docs.settings.load import values_of
from mkdocs_gitops.config import GitopsConfig
from tests.pages.platforms import whole
from tests.project.test_workflows import valid
from tests.support import PROJECT
from tests.support.commands import gitops_docs
from tests.support.history import commit, git
from tests.support.small import FILES, WEB
from tests.support.steps import Runner
from tools import guide

GUIDE = PROJECT / "docs" / "guide"
_BLOCK = re.compile(
    r'^(?P<indent> *)```(?P<language>[\w-]+)(?: title="(?P<title>[^"]+)")?[^\n]*\n(?P<text>.*?)^(?P=indent)```$',
    re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """A code block and the page that it is on."""

    page: str
    line: int
    language: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> Iterator[Block]:
    """Every code block of the guide and the README."""
    for page in [PROJECT / "README.md", *sorted(GUIDE.glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            inside = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.M)
            if match["language"] == "console":
                inside = "\n".join(
                    line[2:] for line in inside.splitlines() if line.startswith("$ ")
                )
            yield Block(
                page.name,
                text.count("\n", 0, match.start()) + 1,
                match["language"],
                match["title"] or "",
                inside,
            )


BLOCKS = list(blocks())


def of(*languages: str) -> list[Block]:
    """The blocks in some languages."""
    return [block for block in BLOCKS if block.language in languages]


@pytest.mark.parametrize(
    "path",
    [GUIDE / name for name in ("options.md", "commands.md", "architecture.md")],
    ids=lambda path: path.name,
)
def test_made_pages_are_up_to_date(path: Path) -> None:
    """Options, commands and the picture of the rooms are what the code says; `make guide` writes
    them again."""
    assert path.read_text(encoding="utf-8") == guide.pages()[path]


def test_every_page_is_in_the_navigation() -> None:
    """No page of the guide is left out of mkdocs.yml."""
    text = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [page.name for page in GUIDE.glob("*.md") if f"guide/{page.name}" not in text] == []


def test_languages_are_known_here() -> None:
    """Every block has a language that this module runs or validates."""
    known = {
        "bash",
        "console",
        "css",
        "html",
        "yaml",
        "json",
        "text",
        "mermaid",
        "markdown",
        "toml",
        "python",
    }
    embedded = {block.language for block in BLOCKS if block.language.startswith("gitops-")}
    assert {block.language for block in BLOCKS} <= known | embedded
    assert len(of("bash")) > 10 and len(of("yaml")) > 10


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A small repository with some history, and the programs that the guide names."""
    root = tmp_path_factory.mktemp("guide") / "platform"
    files = {
        name.replace("prod", "production"): text.replace("clusters/prod", "clusters/production")
        for name, text in FILES.items()
    }
    commit(root, files)
    for tag in ("v1.0", "v1.1"):
        commit(root, {"apps/web.yaml": WEB.replace("web:1.0.0", f"web:{tag[1:]}")})
        git(root, "tag", tag)
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD~1")
    other = root / "path" / "to" / "your" / "repository"
    commit(other, FILES)
    found = gitops_docs("inventory", str(root)).stdout
    commit(root, dict.fromkeys(("inventories/team-b.inventory.json", "a.json", "b.json"), found))
    runner = Runner(tmp_path_factory.mktemp("machine"), root)
    for name in (
        "dot",
        "jq",
        "zensical",
        "kubectl",
        "flux",
        "helm",
        "npm",
        "pip",
        "pipx",
        "uvx",
        "docker",
    ):
        runner.program(name, "cat >/dev/null <&0 || true\n")
    # A server would never end; that the command takes these arguments is what can be tested.
    real = (runner.bin / "gitops-docs").read_text().partition("\n")[2]
    runner.program(
        "gitops-docs",
        f'if [ "$1" = serve ]; then test -d "${{@: -1}}" && set -- serve --help; fi\n{real}',
    )
    return runner


@pytest.mark.parametrize("block", of("bash", "console"), ids=str)
def test_commands_run(block: Block, machine: Runner) -> None:
    """A `bash` block, and what stands behind `$` in a `console` one, runs in a small repository,
    without an error of ours."""
    if "make " in block.text or "git clone" in block.text:
        for line in filter(None, block.text.splitlines()):
            assert shlex.split(line, comments=True) is not None
        return
    ran = machine.run(f"git reset -q --hard; git clean -qfdx -e inventories -e path\n{block.text}")
    assert ran.status in (0, 1), f"{block}\n{ran.text}"
    assert "Traceback" not in ran.text and "Usage:" not in ran.text.replace(
        "Usage: gitops-docs serve", ""
    ), ran.text


def _site(text: str) -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        """Knows the tags of mkdocs.yml."""

    Loader.add_multi_constructor("", lambda loader, suffix, node: None)
    loaded: dict[str, Any] = yaml.load(text, Loader)
    return loaded


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_yaml_is_what_it_says(block: Block, tmp_path: Path) -> None:
    """A mkdocs.yml has options that exist, a `.gitops-docs.yaml` too, workflows and pipelines
    follow their schemas; the rest is YAML."""
    path = tmp_path / "file.yml"
    path.write_text(block.text, encoding="utf-8")
    if block.title.startswith(".github/workflows/"):
        valid("vendor.github-workflows", path)
    elif block.title == ".gitlab-ci.yml":
        valid("vendor.gitlab-ci", path, transform="gitlab-ci")
    elif block.title == ".gitops-docs.yaml":
        _, sentences = values_of(yaml.safe_load(block.text), block.title)
        assert sentences == []
    elif block.title == "mkdocs.yml" or re.search(r"^plugins:", block.text, re.M):
        for plugin in _site(block.text).get("plugins", []):
            if isinstance(plugin, dict) and plugin.get("gitops"):
                config = GitopsConfig()
                config.load_dict(plugin["gitops"])
                assert config.validate() == ([], [])
    else:
        list(yaml.safe_load_all(block.text))


def test_templates_render(tmp_path: Path) -> None:
    """An `html` block is a template of the theme, and the pages of a platform are written with
    it."""
    for block in of("html"):
        assert block.title.startswith("overrides/gitops/"), block
        (tmp_path / Path(block.title).name).write_text(block.text, encoding="utf-8")
    assert render(whole(), Options(templates=(tmp_path,))).pages


def test_style_sheets_are_whole() -> None:
    """A `css` block has rules, and as many braces that close as open."""
    for block in of("css"):
        assert block.text.count("{") == block.text.count("}") > 0, block


def test_json_is_json() -> None:
    """A `json` block is JSON."""
    for block in of("json"):
        json.loads(block.text)


def test_comparison_is_dated() -> None:
    """What is said of other tools says when."""
    assert re.search(
        r"As of [A-Z][a-z]+ 20\d\d", (GUIDE / "comparison.md").read_text(encoding="utf-8")
    )


_NAMED = re.compile(r"`gitops-docs (?P<rest>[a-z][^`\n]*)`")


@pytest.mark.parametrize(
    "page", [PROJECT / "README.md", *sorted(GUIDE.glob("*.md"))], ids=lambda path: path.name
)
def test_named_commands_exist(page: Path) -> None:
    """A command that a sentence names exists, with the options that stand there."""
    context = click.Context(main)
    for found in _NAMED.finditer(page.read_text(encoding="utf-8")):
        words = found["rest"].replace("\\|", " ").split()
        command: click.Command | None = main.get_command(context, words[0].rstrip(","))
        assert command is not None, found[0]
        if isinstance(command, click.Group):
            names = [word for word in words[1:] if word in command.commands]
            assert names, found[0]
            command = command.commands[names[0]]
        options = {option for param in command.params for option in param.opts}
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= options | {"--help"}, found[0]


def test_completion_of_the_shell(machine: Runner) -> None:
    """The completion that the guide and `--help` name gives a script for each shell, which knows
    the commands."""
    for shell in ("bash", "zsh", "fish"):
        ran = machine.run("gitops-docs", {"_GITOPS_DOCS_COMPLETE": f"{shell}_source"})
        assert ran.status == 0 and "_GITOPS_DOCS_COMPLETE" in ran.text
    ran = machine.run(
        "gitops-docs",
        {"_GITOPS_DOCS_COMPLETE": "bash_complete", "COMP_WORDS": "gitops-docs ", "COMP_CWORD": "1"},
    )
    assert "plain,build" in ran.text and "plain,tree" in ran.text
