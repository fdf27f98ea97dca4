"""Run `gitops-docs init`."""

from __future__ import annotations

import sys
from math import inf
from pathlib import Path

import click

from gitops_docs.cli import main
from gitops_docs.cli.terminal import say
from gitops_docs.index.summary import summary
from gitops_docs.settings.load import site_file
from gitops_docs.site.scaffold import Starter


def number(text: str) -> float:
    """Read a number, or `all`."""
    if text == "all":
        return inf
    if not text.isdecimal():
        raise click.BadParameter(f"`{text}` is neither a number nor `all`")
    return int(text)


def _most(given: float | None, usual: int) -> int | None:
    """Return how many; None for all."""
    return usual if given is None else None if given == inf else int(given)


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
    "--install",
    metavar="REQUIREMENT",
    help="What the workflow installs with pip.  [default: this release, or the Git address that "
    "this version came from]",
)
@click.option(
    "--alerts",
    type=number,
    metavar="N",
    help="Alerts without a runbook that get a template, critical ones first; `all` for all.  "
    "[default: 1 in a new site, else 0]",
)
@click.option(
    "--layers",
    type=number,
    metavar="N",
    help="Layers that get a template, the most waited for first; `all` for all.  [default: 1 in a "
    "new site, else 0]",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
def init(
    repo: Path,
    ci: str,
    install: str | None,
    alerts: float | None,
    layers: float | None,
    dry_run: bool,
) -> None:
    """Write mkdocs.yml, runbook templates and a publishing workflow for REPO.

    No file that is there is changed, but for lines that `.gitignore` lacks. The pages of alerts and
    layers propose the same templates in the same place.

    \b
    Examples:
      gitops-docs init .
      gitops-docs init . --dry-run
      gitops-docs init . --ci gitlab --alerts all
    """
    platform, settings = main.load(repo)
    for sentence in summary(platform, settings.directory)[:1]:
        say(sentence)
    starter = Starter(repo.resolve(), platform, settings, say)
    starter.site()
    usual = 0 if site_file(repo) is not None else 1
    starter.templates(_most(alerts, usual), _most(layers, usual))
    if ci != "none":
        starter.workflow(ci, install)
    sys.exit(main.FINE if starter.write(dry_run) else main.FINDINGS)
