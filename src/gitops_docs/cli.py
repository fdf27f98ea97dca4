"""The command `gitops-docs`.

The engine's commands stand here. Those that build a site come from distributions that register them in the entry-point group
`gitops_docs.commands`; they are loaded when they are called, so that `--help` stays quick and the engine never imports MkDocs.
"""

from __future__ import annotations

import json
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gitops_docs.model import Finding, Platform
    from gitops_docs.settings import Settings

GROUP = "gitops_docs.commands"
_SUMMARIES = {"build": "Build a site of a GitOps repository.", "serve": "Serve a site of a GitOps repository, live."}

FINE, FINDINGS, UNUSABLE = 0, 1, 2
"""Exit status: nothing to say; findings at or above the failing severity; arguments or repository that cannot be used."""


class _Commands(click.Group):
    """A group whose commands may come from other distributions."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *(entry.name for entry in metadata.entry_points(group=GROUP))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for entry in metadata.entry_points(group=GROUP, name=cmd_name):
            command: click.Command = entry.load()
            return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            own = self.commands.get(name)
            rows.append((name, own.get_short_help_str() if own is not None else _SUMMARIES.get(name, "")))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mkdocs-gitops", prog_name="gitops-docs")
def main() -> None:
    """Document a Kubernetes platform from the Git repository that Flux applies."""


_REPO = click.argument("repo", type=click.Path(exists=True, file_okay=False, path_type=Path))


def load(repo: Path) -> tuple[Platform, Settings]:
    """Settings and platform of a repository given on the command line."""
    from gitops_docs.scan import scan

    settings = _settings(repo)
    return scan(_scan_root(repo, settings), settings), settings


def _settings(repo: Path) -> Settings:
    from gitops_docs.configuration import ConfigurationError, load_settings

    try:
        settings, sentences = load_settings(repo)
    except ConfigurationError as error:
        click.echo(f"gitops-docs: {error}", err=True)
        sys.exit(UNUSABLE)
    for sentence in sentences:
        click.echo(f"gitops-docs: {sentence}", err=True)
    return settings


def _scan_root(repo: Path, settings: Settings) -> Path:
    root = (repo / settings.repository).resolve() if settings.repository else repo.resolve()
    if not root.is_dir():
        click.echo(
            f"gitops-docs: the setting `repository` names `{settings.repository}`, which is no directory", err=True
        )
        sys.exit(UNUSABLE)
    return root


@main.command()
@_REPO
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output if absent."
)
def inventory(repo: Path, output: Path | None) -> None:
    """Print everything that was found in REPO as JSON.

    \b
    Example:
      gitops-docs inventory . | jq '.layers[].id'
    """
    from gitops_docs.inventory import dumps

    platform, settings = load(repo)
    text = dumps(platform, settings.directory)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@main.command()
@_REPO
@click.argument("layer")
def render(repo: Path, layer: str) -> None:
    """Print the objects of LAYER as Flux would apply them, secrets redacted.

    LAYER is `<cluster>/<namespace>/<name>`, or its end as far as it is unique.

    \b
    Example:
      gitops-docs render . production/flux-system/apps
    """
    from gitops_docs.flux.output import to_yaml
    from gitops_docs.scan import analyse

    settings = _settings(repo)
    found = analyse(_scan_root(repo, settings), settings)
    identity = _choose(layer, sorted(found.built))
    built = found.built[identity]
    if built.reason:
        click.echo(f"gitops-docs: {identity} is {built.status.value}: {built.reason}", err=True)
    for item in built.objects:
        click.echo("---")
        click.echo(to_yaml(item.data), nl=False)
    sys.exit(FINE if built.status.value in ("rendered", "partial") else FINDINGS)


def _choose(given: str, known: list[str]) -> str:
    """The one id that equals or ends with what was given."""
    matches = [identity for identity in known if identity == given] or [
        identity for identity in known if identity.endswith(f"/{given}")
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        click.echo(f"gitops-docs: `{given}` is not unique: {', '.join(matches)}", err=True)
    else:
        from difflib import get_close_matches

        near = get_close_matches(given, [*known, *(identity.rpartition("/")[2] for identity in known)], n=1, cutoff=0.4)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        click.echo(f"gitops-docs: no layer `{given}`{hint}", err=True)
    sys.exit(UNUSABLE)


@main.command()
@_REPO
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    default="error",
    show_default=True,
    help="Severity that fails.",
)
def check(repo: Path, form: str, fail_on: str) -> None:
    """Print the findings of REPO; fail where one is as bad as --fail-on.

    \b
    Example:
      gitops-docs check . --fail-on warning
    """
    platform, _ = load(repo)
    for line in _report(platform.findings, form):
        click.echo(line)
    worst = {"error": ("error",), "warning": ("error", "warning"), "info": ("error", "warning", "info")}[fail_on]
    sys.exit(FINDINGS if any(finding.severity.value in worst for finding in platform.findings) else FINE)


def _report(findings: tuple[Finding, ...], form: str) -> list[str]:
    if form == "json":
        rows: list[dict[str, Any]] = [
            {
                "code": f.code, "severity": f.severity.value, "message": f.message, "file": f.file, "line": f.line, "layer": f.layer
            }
            for f in findings
        ]  # fmt: skip
        return [json.dumps(rows, indent=2, ensure_ascii=False)]
    if form == "github":
        level = {"error": "error", "warning": "warning", "info": "notice"}
        return [
            f"::{level[f.severity.value]} file={_property(f.file or '')},line={f.line or 1},title={f.code}::{_data(f.message)}"
            for f in findings
        ]
    return [f"{f.file or '-'}:{f.line or 1}: {f.severity.value}: {_printable(f.message)} [{f.code}]" for f in findings]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _printable(text: str) -> str:
    """Text for a terminal: no control characters."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


@main.command()
@_REPO
@click.argument("layer", required=False)
@click.option("--reverse", is_flag=True, help="Show what depends on a layer instead of what it depends on.")
def tree(repo: Path, layer: str | None, reverse: bool) -> None:
    """Print the dependsOn chain of LAYER, or of every layer that nothing depends on.

    \b
    Example:
      gitops-docs tree . apps
    """
    from gitops_docs.graph import text_tree

    platform, _ = load(repo)
    chosen = _choose(layer, [item.id for item in platform.layers]) if layer else None
    click.echo(text_tree(platform.layers, chosen, reverse=reverse))
