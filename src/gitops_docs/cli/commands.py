"""Run the commands of the engine: inventory, render, tree, graph, diff."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_docs.cli.main import FINDINGS, FINE, UNUSABLE, load, read_settings, scan_root
from gitops_docs.cli.terminal import say
from gitops_docs.text import escape
from gitops_docs.text.escape import line as one_line

if TYPE_CHECKING:
    from gitops_docs.diff.compare import Comparison
    from gitops_docs.model import Platform
    from gitops_docs.scanner.scanner import Scan


_REPO = click.argument("repo", type=click.Path(exists=True, file_okay=False, path_type=Path))


def _complete_layers(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return names of layers for the shell: whole ids where one is begun, else names."""
    platform = _completed(ctx)
    ids = [layer.id for layer in platform.layers] if platform is not None else []
    names = {identity.rpartition("/")[2] for identity in ids}
    return sorted(name for name in {*ids, *names} if name.startswith(incomplete))


def _complete_clusters(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return names of clusters for the shell."""
    platform = _completed(ctx)
    names = [cluster.id for cluster in platform.clusters] if platform is not None else []
    return [name for name in names if name.startswith(incomplete)]


def _completed(ctx: click.Context) -> Platform | None:
    """Return the platform of the repository on an unfinished command line; None where there is none
    yet."""
    from gitops_docs.scanner.scanner import scan
    from gitops_docs.settings.load import ConfigurationError, load_settings

    repo = Path(ctx.params.get("repo") or ".")
    try:
        settings, _ = load_settings(repo)
        return scan(
            (repo / settings.repository).resolve() if settings.repository else repo.resolve(),
            settings,
        )
    except (ConfigurationError, OSError):
        return None


_CLUSTER = click.option(
    "--cluster",
    "clusters",
    multiple=True,
    metavar="NAME",
    shell_complete=_complete_clusters,
    help="Only this cluster; may be given several times.",
)


@click.command()
@_REPO
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; standard output if absent.",
)
def inventory(repo: Path, output: Path | None) -> None:
    """Print the inventory of REPO as JSON.

    \b
    Example:
      gitops-docs inventory . | jq '.layers[].id'
    """
    from gitops_docs.inventory.codec import dumps

    platform, settings = load(repo)
    _print(dumps(platform, settings.directory), output, repo)


def _print(text: str, output: Path | None, repo: Path) -> None:
    """Print a text, or write it into the file that the user named."""
    from gitops_docs.files.writer import write_named

    if output is None:
        say(text, nl=False)
    else:
        write_named(output, text.encode("utf-8", "replace"), repo)


@click.command()
@_REPO
@click.argument("layer", shell_complete=_complete_layers)
@_CLUSTER
@click.option(
    "--charts", "with_charts", is_flag=True, help="Print the objects that Helm charts make too."
)
def render(repo: Path, layer: str, clusters: tuple[str, ...], with_charts: bool) -> None:
    """Render LAYER as Flux does, with secrets redacted.

    LAYER is `<cluster>/<namespace>/<name>`, or its end; --cluster tells layers of one name apart.

    \b
    Examples:
      gitops-docs render . production/flux-system/apps
      gitops-docs render . apps --cluster production
      gitops-docs render . apps --charts
    """
    from gitops_docs.flux.output import to_yaml
    from gitops_docs.redaction import without_credentials
    from gitops_docs.scanner.scanner import analyse

    settings = read_settings(repo)
    found = analyse(scan_root(repo, settings), settings)
    known = _of_clusters(sorted(found.built), found.platform, clusters)
    matches = _matching(layer, known)
    if len(matches) > 1:
        say(f"gitops-docs: layer `{layer}` is ambiguous; choose one:", err=True)
        for match in matches:
            say(f"  gitops-docs render {_quoted(str(repo))} {_quoted(match)}", err=True)
        sys.exit(UNUSABLE)
    identity = matches[0]
    built = found.built[identity]
    if built.reason:
        reason = one_line(without_credentials(built.reason))
        say(f"gitops-docs: {identity} is {built.status.value}: {reason}", err=True)
    for item in built.objects:
        say("---")
        say(to_yaml(built.applied(item)), nl=False)
    is_whole = built.status.value in ("rendered", "partial")
    if with_charts:
        is_whole &= _render_charts(found, identity)
    sys.exit(FINE if is_whole else FINDINGS)


def _render_charts(found: Scan, layer: str) -> bool:
    """Print what the charts of a layer make, each object with its release and template.

    Returns:
        Whether all were rendered.
    """
    from gitops_docs.flux.output import to_yaml

    for one in found.chart_objects(layer):
        release = one.release
        for made in one.objects:
            template = one_line(f"{release.chart}/{made.template}")
            say(f"---\n# Source: {template} (HelmRelease {release.namespace}/{release.name})")
            say(to_yaml(one.written(made)), nl=False)
    absent = [
        release
        for release in found.platform.releases
        if release.layer == layer and not release.is_rendered
    ]
    for release in absent:
        rendering = release.rendering
        more = f"; run: {rendering.help}" if rendering.help else ""
        say(
            f"gitops-docs: the chart of HelmRelease {release.namespace}/{release.name} was not "
            f"rendered: {one_line(rendering.absent or '')}{more}",
            err=True,
        )
    return not absent


def _matching(layer: str, known: list[str]) -> list[str]:
    """Return the ids that equal or end with what was given; the command ends where there is
    none."""
    matches = [identity for identity in known if identity == layer] or [
        identity for identity in known if identity.endswith(f"/{layer}")
    ]
    if not matches:
        from difflib import get_close_matches

        near = get_close_matches(
            layer, [*known, *(identity.rpartition("/")[2] for identity in known)], n=1, cutoff=0.4
        )
        hint = f"; did you mean `{near[0]}`?" if near else "; `gitops-docs tree` lists them"
        say(f"gitops-docs: no layer `{layer}`{hint}", err=True)
        sys.exit(UNUSABLE)
    return matches


def _of_clusters(known: list[str], platform: Platform, clusters: tuple[str, ...]) -> list[str]:
    """Return the ids of layers of the chosen clusters, all of them where none is chosen; the
    command ends where a cluster does not exist."""
    from gitops_docs.model import cluster_of

    names = [cluster.id for cluster in platform.clusters]
    for name in clusters:
        if name not in names:
            from difflib import get_close_matches

            near = get_close_matches(name, names, n=1, cutoff=0.5)
            hint = (
                f"; did you mean `{near[0]}`?"
                if near
                else f"; there are {', '.join(names)}"
                if names
                else ""
            )
            say(f"gitops-docs: no cluster `{name}`{hint}", err=True)
            sys.exit(UNUSABLE)
    return [identity for identity in known if not clusters or cluster_of(identity) in clusters]


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


@click.command()
@_REPO
@click.argument("layer", required=False, shell_complete=_complete_layers)
@_CLUSTER
@click.option(
    "--reverse", is_flag=True, help="Show what depends on a layer instead of what it depends on."
)
def tree(repo: Path, layer: str | None, clusters: tuple[str, ...], reverse: bool) -> None:
    """Print the dependency tree of LAYER, or of all layers without dependants.

    \b
    Example:
      gitops-docs tree . apps
    """
    from gitops_docs.index.graph import text_tree

    platform, _ = load(repo)
    known = _of_clusters([item.id for item in platform.layers], platform, clusters)
    if layer is None:
        say(
            text_tree(
                tuple(item for item in platform.layers if item.id in set(known)), reverse=reverse
            )
        )
        return
    matches = _matching(layer, known)
    trees = [text_tree(platform.layers, identity, reverse=reverse) for identity in matches]
    say(
        "\n\n".join(
            f"{_head(identity, matches)}{text}"
            for identity, text in zip(matches, trees, strict=True)
        )
    )


def _head(identity: str, matches: list[str]) -> str:
    """Return what stands above the part of a layer where several clusters have one of its name."""
    return f"{identity.partition('/')[0]}\n" if len(matches) > 1 else ""


@click.command()
@_REPO
@click.argument("layer", required=False, shell_complete=_complete_layers)
@_CLUSTER
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "dot", "json"]),
    default="text",
    show_default=True,
)
@click.option(
    "--depth",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Steps around LAYER; 0 for all.",
)
def graph(repo: Path, layer: str | None, clusters: tuple[str, ...], form: str, depth: int) -> None:
    """Print the dependency graph of all clusters, or around LAYER.

    Mermaid is what the pages draw: layers with the same neighbours are one node in a big cluster,
    and each cluster is a flowchart of its own, separated by an empty line.

    \b
    Examples:
      gitops-docs graph .
      gitops-docs graph . apps --depth 2
      gitops-docs graph . --format dot | dot -Tsvg -o layers.svg
      gitops-docs graph . --format json | jq '.edges[] | select(.redundant)'
    """
    from gitops_docs.diagrams.formats import draw

    platform, _ = load(repo)
    known = _of_clusters([item.id for item in platform.layers], platform, clusters)
    say(
        draw(
            platform,
            form,
            _matching(layer, known) if layer is not None else None,
            depth,
            only=frozenset(known),
        )
    )


@click.command()
@_REPO
@click.argument("base")
@click.argument("head", default="HEAD")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "json"]),
    default="markdown",
    show_default=True,
)
@click.option(
    "--merge-base", is_flag=True, help="Compare from the commit where HEAD went apart from BASE."
)
@click.option(
    "--working-tree",
    is_flag=True,
    help="Compare BASE with the working tree.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; standard output if absent.",
)
@click.option("--info", is_flag=True, help="List findings of the severity info too.")
@click.option(
    "--limit",
    type=click.IntRange(min=2000),
    default=60_000,
    show_default=True,
    help="Most characters of Markdown.",
)
@click.option("--exit-code", is_flag=True, help="Exit 1 if there are differences.")
def diff(
    repo: Path,
    base: str,
    head: str,
    form: str,
    merge_base: bool,
    working_tree: bool,
    output: Path | None,
    info: bool,
    limit: int,
    exit_code: bool,
) -> None:
    """Show what changes on the platform between BASE and HEAD.

    Layers, objects field by field, chart versions, images, variables, what waits for the layers
    that change, runbooks to have at hand and findings. Both commits are read from Git; the working
    tree stays as it is.

    \b
    Examples:
      gitops-docs diff . main
      gitops-docs diff . origin/main --merge-base --limit 60000
      gitops-docs diff . HEAD --working-tree
      gitops-docs diff . v1.0 v1.1 --format json | jq '.releases[] | select(.step == "major")'
    """
    from gitops_docs.diff.compare import as_values
    from gitops_docs.diff.markdown import markdown
    from gitops_docs.repository.revisions import UnknownRevision

    try:
        found = _compare(repo, base, head, merge_base=merge_base, working_tree=working_tree)
    except UnknownRevision as error:
        say(f"gitops-docs: {error}", err=True)
        sys.exit(UNUSABLE)
    text = (
        escape.dumps(as_values(found), indent=2) + "\n"
        if form == "json"
        else markdown(found, limit, info=info)
    )
    _print(text, output, repo)
    sys.exit(FINDINGS if exit_code and not found.empty else FINE)


def _compare(
    repo: Path, base: str, head: str, *, merge_base: bool, working_tree: bool
) -> Comparison:
    from gitops_docs.diff.compare import Side, compare
    from gitops_docs.files.temporary import temporary_directory
    from gitops_docs.repository import git, revisions
    from gitops_docs.scanner.scanner import analyse

    top, prefix = git.toplevel(repo) or repo, git.prefix(repo) or ""
    address = git.describe(repo, read_settings(repo).repository_url).url
    with temporary_directory() as temporary:
        scans, names = [], []
        for side, revision in (("base", base), ("head", head)):
            if side == "head" and working_tree:
                settings = read_settings(repo)
                settings = replace(settings, baseline=None)
                scans.append(analyse(scan_root(repo, settings), settings))
                names.append(Side("working tree"))
                continue
            commit = revisions.resolve(repo, revision)
            named = commit[:9] if revision in ("HEAD", commit) else f"{revision} ({commit[:9]})"
            if side == "base" and merge_base:
                commit = revisions.merge_base(repo, commit, revisions.resolve(repo, head))
                named = commit[:9]
            directory = temporary / side
            revisions.write(top, commit, directory)
            scans.append(scan_commit(repo, directory, prefix))
            below = scans[-1].platform.repository.prefix
            names.append(Side(named, f"{address}/blob/{commit}/{below}" if address else None))
    return compare(scans[0], scans[1], names[0], names[1])


def scan_commit(repo: Path, top: Path, prefix: str) -> Scan:
    """Scan the files of a commit by the settings of that commit, as a part of the repository that
    they come from.

    Args:
        repo: The directory that is compared.
        top: Where the files of the commit are.
        prefix: The path of `repo` in the commit, with a final `/`; empty for all of it.
    """

    from gitops_docs.files.writer import Directory
    from gitops_docs.repository import git
    from gitops_docs.scanner.scanner import analyse

    directory = top / prefix
    if prefix and not directory.is_dir():
        with Directory(top) as files:
            files.make(prefix.rstrip("/"))
    settings = read_settings(directory)
    url = settings.repository_url or git.describe(repo).url
    # Checkouts of other sources lie beside the repository, not beside the temporary directory.
    sources = {
        name: path if (directory / path).exists() else str((repo / path).resolve())
        for name, path in settings.sources.items()
    }
    root = scan_root(directory, settings)
    below = Path(os.path.relpath(root.resolve(), top.resolve())).as_posix()
    return analyse(
        root,
        # What a baseline knows is compared too: it may differ between the two.
        replace(settings, repository_url=url, sources=sources, baseline=None),
        "" if below == "." else f"{below}/",
        scan_root(repo, read_settings(repo)),
    )
