"""The command `gitops-docs export`: the generated pages as Markdown files for builders that run no plugin (Zensical, Backstage TechDocs).

In: a repository. Out: below a directory, a `.md` file for each page (front matter and the HTML fragment as one raw block), style sheet,
scripts and inventory; on request a mkdocs.yml with the navigation, and a Backstage catalog-info.yaml. Nothing here imports MkDocs.

The fragment passes a Markdown converter that this project does not know. Python-Markdown's preprocessors (fences, snippets) and template
plugins look at every line, raw HTML or not, so each character that could begin something for them is written as an entity, and blank lines,
which end a raw block elsewhere, are taken out.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import click
import yaml

import gitops_docs
from gitops_docs import cli
from gitops_docs.inventory import dumps
from gitops_docs.leaks import Gate
from gitops_docs.model import Platform
from gitops_docs.pages import Fence, NavItem, Options, Page, render
from gitops_docs.summary import summary
from gitops_docs.terminal import say
from gitops_docs.text import escape

ASSETS = Path(__file__).parent / "assets"
PUBLISHED = "gitops"
RECORD = f"{PUBLISHED}/exported.json"
"""What the last export wrote: a later one removes what is gone, and never touches a file that is not in it."""
HOME = "index.md"
_ENTITIES = str.maketrans({character: f"&#{ord(character)};" for character in "`~{}"})
_PRE = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)
_BLANK = re.compile(r"\n[ \t]*(?=\n)")


@click.command()
@click.argument("repo", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="Write a mkdocs.yml with the navigation, too."
)
@click.option(
    "--catalog", type=click.Path(dir_okay=False, path_type=Path), help="Write a Backstage catalog-info.yaml, too."
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
    repo: Path, out: Path, config: Path | None, catalog: Path | None, fence: str, no_directory_urls: bool
) -> None:
    """Write the pages of REPO as Markdown files below OUT, the docs directory of another builder.

    A file of OUT that this command did not write is never replaced. Run it again after each change: pages that are gone are removed.

    \b
    Examples:
      gitops-docs export . docs
      gitops-docs export . portal/docs --config portal/mkdocs.yml --catalog portal/catalog-info.yaml
      gitops-docs export . site/docs --config site/mkdocs.yml && zensical build -f site/mkdocs.yml
    """
    scan, settings = cli.analyse(repo)
    platform = scan.platform
    rendered = render(platform, Options(settings.directory, not no_directory_urls, Fence(fence)))
    files = {place(page.uri, not no_directory_urls): document(page, platform).encode() for page in rendered.pages}
    files[f"{PUBLISHED}/inventory.json"] = dumps(platform, settings.directory).encode()
    files |= {f"{PUBLISHED}/{name}": (ASSETS / name).read_bytes() for name in ("gitops.css", "gitops.js")}
    if not (out / HOME).exists() or HOME in written(out):
        files[HOME] = _home(repo.resolve().name, place(_first(rendered.navigation), not no_directory_urls)).encode()
    kept = write(out, files)
    for name in kept:
        say(f"gitops-docs: {out / name} is not from an earlier export and stays as it is", err=True)
    leaks = Gate(scan.checkouts, scan.built.values(), platform).leaks(out, [Path(gitops_docs.__file__).parent, ASSETS])
    for leak in leaks:
        if leak.page in files and leak.page not in kept:
            (out / leak.page).unlink(missing_ok=True)
        say(
            f"gitops-docs: {out / leak.page} has a value of the Secret in {leak.file}:{leak.line} [secret-leak]",
            err=True,
        )
    for sentence in summary(platform, settings.directory):
        say(sentence, err=True)
    if config is not None:
        _write_new(config, site_config(repo.resolve().name, out, config, rendered.navigation, not no_directory_urls))
    if catalog is not None:
        _write_new(catalog, catalog_info(repo.resolve().name, platform))
    say(f"{len(files) - len(kept)} files are in {out}", err=True)
    sys.exit(cli.FINDINGS if kept or leaks else cli.FINE)


def place(uri: str, directory_urls: bool) -> str:
    """Where a page's file lies. `a/b.md` becomes `a/b/index.md`, which has the same address.

    The fragment's links are relative to the address. MkDocs leaves them as they are; Zensical takes them to be relative to the file. Both
    are right where every page is the index of a directory of its own.
    """
    if not directory_urls or uri.endswith("/index.md") or uri == HOME:
        return uri
    return f"{uri.removesuffix('.md')}/index.md"


def document(page: Page, platform: Platform) -> str:
    """A page as a Markdown file."""
    meta: dict[str, Any] = {
        "title": escape.markup(page.title),
        "description": escape.markup(page.description),
        "search": {"boost": page.boost} if page.boost else {"exclude": True},
        "render_macros": False,
        "generated": True,
        # The headings stand in raw HTML, where no builder looks for them.
        "hide": ["toc"],
    }
    lines = [f"{name}: {json.dumps(value)}" for name, value in meta.items()]
    revision = platform.repository.revision
    commit = f", commit {revision}" if revision else ""
    mark = f"<!-- generated by gitops-docs export{commit}: change the manifests, not this file -->"
    return "\n".join(["---", *lines, "---", "", mark, "", raw(page.html), ""])


def raw(html: str) -> str:
    """A fragment as one raw block that no preprocessor of a Markdown converter changes."""
    parts = _PRE.split(html.translate(_ENTITIES).strip())
    return "".join(
        part.replace("\n\n", "\n&#10;") if index % 2 else _BLANK.sub("", part) for index, part in enumerate(parts)
    )


def _home(name: str, overview: str) -> str:
    """A first page for a site that has none."""
    return (
        f"# {re.sub(r'[^A-Za-z0-9 _.-]', ' ', name)}\n\nThese pages are made from a Git repository by gitops-docs. "
        f"[The overview]({overview}) shows what it applies, and in which order.\n"
    )


def written(out: Path) -> set[str]:
    """The files that the last export wrote."""
    try:
        return set(json.loads((out / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return set()


def write(out: Path, files: dict[str, bytes]) -> list[str]:
    """Write files, remove those that an earlier export wrote and that are gone. The names of those that were not ours to replace."""
    before = written(out)
    foreign = sorted(name for name in files if name not in before and (out / name).exists())
    for name, content in files.items():
        if name not in foreign:
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_bytes() != content:
                path.write_bytes(content)
    for name in sorted(before - set(files)):
        clean = PurePosixPath(name)
        if not clean.is_absolute() and ".." not in clean.parts and not (out / name).is_symlink():
            (out / name).unlink(missing_ok=True)
    record = json.dumps(sorted(set(files) - set(foreign)), indent=0, ensure_ascii=False)
    (out / RECORD).parent.mkdir(parents=True, exist_ok=True)
    (out / RECORD).write_text(record + "\n", encoding="utf-8")
    return foreign


def site_config(name: str, out: Path, config: Path, navigation: NavItem, directory_urls: bool) -> str:
    """A mkdocs.yml for the exported pages, as Material, Zensical and TechDocs read it."""
    docs = os.path.relpath(out.resolve(), config.resolve().parent).replace(os.sep, "/")
    settings = {
        "site_name": escape.markup(name),
        "docs_dir": docs,
        "use_directory_urls": directory_urls,
        "theme": {"name": "material", "font": False, "features": ["navigation.indexes", "content.code.copy"]},
        "extra_css": [f"{PUBLISHED}/gitops.css"],
        "extra_javascript": [f"{PUBLISHED}/gitops.js"],
        "markdown_extensions": ["admonition", "attr_list", "tables", "pymdownx.superfences"],
        "nav": [{"Home": HOME}, _nav(navigation, directory_urls)],
    }
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def _nav(item: NavItem, directory_urls: bool) -> dict[str, Any]:
    if item.uri is not None:
        return {escape.markup(item.title): place(item.uri, directory_urls)}
    return {escape.markup(item.title): [_nav(child, directory_urls) for child in item.children]}


def _first(item: NavItem) -> str:
    return item.uri if item.uri is not None else _first(item.children[0])


def catalog_info(name: str, platform: Platform) -> str:
    """A Backstage entity for each cluster, and the component whose documentation the site is (`backstage.io/techdocs-ref`)."""
    own = _entity_name(name)
    annotations = {"backstage.io/techdocs-ref": "dir:."}
    if platform.repository.url:
        annotations["backstage.io/source-location"] = f"url:{platform.repository.url}"
    entities: list[dict[str, Any]] = [
        {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {
                "name": own,
                "description": f"GitOps repository: {len(platform.clusters)} clusters, {len(platform.layers)} layers",
                "annotations": annotations,
                "tags": ["flux", "gitops", "kubernetes"],
            },
            "spec": {
                "type": "gitops",
                "lifecycle": "production",
                "owner": "unknown",
                "dependsOn": [
                    f"resource:default/{_entity_name(f'{own}-{cluster.id}')}" for cluster in platform.clusters
                ],
            },
        }
    ]
    entities += [
        {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Resource",
            "metadata": {"name": _entity_name(f"{own}-{cluster.id}"), "title": cluster.id},
            "spec": {"type": "kubernetes-cluster", "owner": "unknown"},
        }
        for cluster in platform.clusters
    ]
    return yaml.safe_dump_all(entities, sort_keys=False, allow_unicode=True)


def _entity_name(text: str) -> str:
    """A name that Backstage takes: at most 63 letters, digits, `-`, `_` and `.`."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:63].strip("-") or "platform"


def _write_new(path: Path, text: str) -> None:
    """Write a file that the user may change later: an existing one stays."""
    if path.exists():
        say(f"gitops-docs: {path} is there already and stays as it is", err=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
