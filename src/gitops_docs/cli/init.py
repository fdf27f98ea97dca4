"""Run `gitops-docs init`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gitops_docs.cli import main
from gitops_docs.cli.terminal import say
from gitops_docs.index.summary import summary
from gitops_docs.site.scaffold import Starter


@click.command()
@click.argument("repo", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--ci",
    type=click.Choice(["auto", "github", "gitlab", "none"]),
    default="auto",
    show_default=True,
    help="Whose workflow to write; by the remote `origin`, else GitHub's.",
)
@click.option(
    "--layers",
    default=10,
    show_default=True,
    metavar="N",
    help="Layers that get a template: those most wait for.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
def init(repo: Path, ci: str, layers: int, dry_run: bool) -> None:
    """Write mkdocs.yml, runbook templates and a publishing workflow for REPO.

    Nothing that is there is changed. Run it again when alerts or layers are new: it then adds
    templates for those only.

    \b
    Examples:
      gitops-docs init .
      gitops-docs init . --dry-run
      gitops-docs init . --ci gitlab --layers 0
    """
    platform, settings = main.load(repo)
    for sentence in summary(platform, settings.directory)[:1]:
        say(sentence)
    starter = Starter(repo.resolve(), platform, settings, say)
    starter.site()
    starter.templates(layers)
    if ci != "none":
        starter.workflow(ci)
    sys.exit(main.FINE if starter.write(dry_run) else main.FINDINGS)
