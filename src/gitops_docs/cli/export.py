"""Run `gitops-docs export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import gitops_docs
from gitops_docs.cli import main
from gitops_docs.cli.terminal import say
from gitops_docs.files.writer import Directory, write_named
from gitops_docs.index.summary import summary
from gitops_docs.inventory.codec import dumps
from gitops_docs.pages import Fence, NavItem, Options, render
from gitops_docs.site.export import (
    ASSETS,
    COMMENT,
    HOME,
    MARK,
    PUBLISHED,
    SCRIPT,
    asset,
    catalog_info,
    document,
    is_ours,
    place,
    site_config,
    write,
)
from gitops_docs.site.leaks import Gate
from gitops_docs.site.rules import SecretLeak
from gitops_docs.text import patterns


@click.command()
@click.argument("repo", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a mkdocs.yml with the navigation, too.",
)
@click.option(
    "--catalog",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a Backstage catalog-info.yaml, too.",
)
@click.option(
    "--fence",
    type=click.Choice([fence.value for fence in Fence]),
    default=Fence.MATERIAL.value,
    show_default=True,
    help="Markup of diagrams: as Material and Zensical draw it, or as `language-mermaid`.",
)
@click.option("--no-directory-urls", is_flag=True, help="For a site whose addresses end in .html.")
def export(
    repo: Path,
    out: Path,
    config: Path | None,
    catalog: Path | None,
    fence: str,
    no_directory_urls: bool,
) -> None:
    """Export the pages of REPO as Markdown for other site generators, below OUT.

    A file of OUT that this command did not write is never replaced. Run it again after each change:
    pages that are gone are removed.

    \b
    Examples:
      gitops-docs export . docs
      gitops-docs export . portal/docs --config portal/mkdocs.yml --catalog portal/catalog-info.yaml
      gitops-docs export . site/docs --config site/mkdocs.yml && zensical build -f site/mkdocs.yml
    """
    scan, settings = main.analyse(repo)
    platform = scan.platform
    rendered = render(platform, Options(settings.directory, not no_directory_urls, Fence(fence)))
    files = {
        place(page.uri, not no_directory_urls): document(page, platform).encode()
        for page in rendered.pages
    }
    files[f"{PUBLISHED}/inventory.json"] = dumps(platform, settings.directory).encode()
    files[f"{PUBLISHED}/names.json"] = rendered.names
    files |= {
        f"{PUBLISHED}/{name}": COMMENT + asset(name).encode() for name in ("gitops.css", SCRIPT)
    }
    home = _home(
        repo.resolve().name, place(_first(rendered.navigation), not no_directory_urls)
    ).encode()
    with Directory(out, repo, make=True) as directory:
        if directory.look(HOME) is None or is_ours(directory, HOME):
            files[HOME] = home
        kept = write(directory, files)
        for name, reason in kept.items():
            say(f"gitops-docs: {out / name} {reason}", err=True)
        gate = Gate(scan.checkouts, scan.built.values(), platform)
        leaks = gate.leaks(out, [Path(gitops_docs.__file__).parent, ASSETS])
        for leak in leaks:
            if leak.page in files and leak.page not in kept:
                directory.remove(leak.page)
            say(
                f"gitops-docs: {out / leak.page} has a value of the Secret in "
                f"{leak.file}:{leak.line} [{SecretLeak.code}]",
                err=True,
            )
    for sentence in summary(platform, settings.directory):
        say(sentence, err=True)
    name = repo.resolve().name
    if config is not None:
        text = site_config(name, out, config, rendered.navigation, not no_directory_urls)
        _write_new(config, text, repo)
    if catalog is not None:
        _write_new(catalog, catalog_info(name, platform), repo)
    say(f"{len(files) - len(kept)} files are in {out}", err=True)
    sys.exit(main.FINDINGS if kept or leaks else main.FINE)


def _home(name: str, overview: str) -> str:
    """Return a first page for a site that has none."""
    return (
        f"{MARK} -->\n\n# {patterns.sub(r'[^A-Za-z0-9 _.-]', ' ', name)}\n\nThese pages are made "
        f"from a Git repository by gitops-docs. "
        f"[The overview]({overview}) shows what it applies, and in which order.\n"
    )


def _first(item: NavItem) -> str:
    return item.uri if item.uri is not None else _first(item.children[0])


def _write_new(path: Path, text: str, repo: Path) -> None:
    """Write a file that the user may change later: an existing one stays."""
    if not write_named(path, text.encode(), repo, new=True, make=True):
        say(f"gitops-docs: {path} is there already and stays as it is", err=True)
