"""Run the command `gitops-docs`.

The engine's commands are in `cli.commands`. Those that build a site come from distributions that
register them in the entry-point group `gitops_docs.commands`; they are loaded when they are called,
so that `--help` stays quick and the engine never imports MkDocs.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_docs.cli.terminal import say
from gitops_docs.text import progress
from gitops_docs.text.escape import line as one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import EntryPoint
    from types import ModuleType

    from gitops_docs.model import Platform
    from gitops_docs.scanner.scanner import Scan
    from gitops_docs.settings.options import Settings

GROUP = "gitops_docs.commands"
_SUMMARIES = {
    "build": "Build the site of a GitOps repository.",
    "export": "Export the pages as Markdown for other site generators.",
    "hub": "Build one site from the inventories of several repositories.",
    "init": "Write mkdocs.yml, runbook templates and a publishing workflow.",
    "serve": "Serve the site and rebuild on change.",
}
"""What the list of commands says of those that are not loaded for it."""
_NAMES = frozenset({"charts", "check", "diff", "graph", "inventory", "render", "tree"})
"""The commands of the engine."""

FINE, FINDINGS, UNUSABLE = 0, 1, 2
"""Exit status: nothing to say; findings at or above the failing severity; arguments or repository
that cannot be used."""


def _commands() -> Iterable[EntryPoint]:
    """Return the commands of other distributions, whose metadata is read only if one of them is
    needed."""
    from importlib import metadata

    return metadata.entry_points(group=GROUP)


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """Let click print its errors like everything else: they quote arguments, which CI makes of
    names of branches."""
    try:
        yield
    except click.ClickException as error:
        message = one_line(error.format_message())
        error.format_message = lambda: message  # type: ignore[method-assign]  # what click prints, for every class of error
        raise


def _command_module(name: str) -> ModuleType:
    # It imports this module, and is loaded where one of its commands is asked for.
    if name == "charts":
        return import_module("gitops_docs.cli.charts")
    if name == "check":
        return import_module("gitops_docs.cli.check")
    return import_module("gitops_docs.cli.commands")


class _Commands(click.Group):
    """A group whose commands may come from other distributions."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*_NAMES, *(entry.name for entry in _commands())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _NAMES:
            own: click.Command = getattr(_command_module(cmd_name), cmd_name)
            return own
        found = next((entry for entry in _commands() if entry.name == cmd_name), None)
        command: click.Command | None = found.load() if found is not None else None
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a word, or the one that was probably meant."""
        from difflib import get_close_matches

        word = str(args[0])
        if self.get_command(ctx, word) is None and not word.startswith("-"):
            near = get_close_matches(word, self.list_commands(ctx), n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            ctx.fail(f"no command `{word}`{hint}")
        return super().resolve_command(ctx, args)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: object,
    ) -> click.Context:
        """Read the options of the group."""
        with _errors_in_one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; print a full disk or a file that cannot be written as one line."""
        try:
            with _errors_in_one_line():
                try:
                    return super().invoke(ctx)
                finally:
                    sys.stdout.flush()
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly if the reader has closed the pipe.
            place = f"{error.filename}: " if error.filename else ""
            say(f"gitops-docs: {place}{error.strerror or error}", err=True)
            _give_up_unwritten()
            sys.exit(UNUSABLE)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            own = self.get_command(ctx, name) if name in _NAMES else None
            rows.append(
                (name, own.get_short_help_str(100) if own is not None else _SUMMARIES.get(name, ""))
            )
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _give_up_unwritten() -> None:
    """Drop what standard output could not take, so that Python does not try and complain once
    more when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_EPILOG = """\b
Exit status:
  0  success
  1  findings at or above --fail-on, or output is incomplete
  2  invalid arguments, settings or repository
\b
Completion, in ~/.bashrc (zsh and fish alike, with zsh_source and fish_source):
  eval "$(_GITOPS_DOCS_COMPLETE=bash_source gitops-docs)"
"""


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EPILOG
)
@click.version_option(package_name="mkdocs-gitops", prog_name="gitops-docs")
def main() -> None:
    """Generate documentation from a Flux Git repository."""
    from gitops_docs.files.temporary import end_on_signals

    end_on_signals()
    click.get_current_context().with_resource(progress.shown())


def load(repo: Path) -> tuple[Platform, Settings]:
    """Platform and settings of a repository given on the command line."""
    scan, settings = analyse(repo)
    return scan.platform, settings


def analyse(repo: Path) -> tuple[Scan, Settings]:
    """Like `load`, with the layers as they were walked."""
    from gitops_docs.scanner import scanner

    settings = read_settings(repo)
    with scanner.without_collector():
        found = scanner.analyse(scan_root(repo, settings), settings)
        gc.freeze()  # It stays until the command ends: Python need not look for garbage in it, the last time when it exits.
    return found, settings


def read_settings(repo: Path) -> Settings:
    from gitops_docs.settings.load import ConfigurationError, load_settings

    try:
        settings, sentences = load_settings(repo)
    except ConfigurationError as error:
        say(f"gitops-docs: {error}", err=True)
        sys.exit(UNUSABLE)
    for sentence in sentences:
        say(f"gitops-docs: {sentence}", err=True)
    return settings


def scan_root(repo: Path, settings: Settings) -> Path:
    root = Path(os.path.realpath(repo / (settings.repository or "")))
    if not root.is_dir():
        say(
            f"gitops-docs: setting `repository`: `{settings.repository}` is not a directory",
            err=True,
        )
        sys.exit(UNUSABLE)
    return root
