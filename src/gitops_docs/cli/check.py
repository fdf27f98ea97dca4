"""Run the command `check`: findings as text, JSON, SARIF or annotations, all of them or those that
concern a change."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_docs.cli.main import FINDINGS, FINE, UNUSABLE, read_settings, scan_root
from gitops_docs.cli.terminal import say, say_commands, say_styled
from gitops_docs.flux.rules import ClusterNone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitops_docs.model import Finding
    from gitops_docs.repository.revisions import Changes
    from gitops_docs.settings.options import Settings


@click.command()
@click.argument("repo", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="github: annotations of a workflow.",
)
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Baseline file; overrides the setting `baseline`.",
)
@click.option("--write-baseline", is_flag=True, help="Write current findings to the baseline.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    default="error",
    show_default=True,
    help="Severity that fails.",
)
@click.option(
    "--changed",
    "base",
    metavar="BASE",
    help="Only findings that concern the change since the merge base with BASE, uncommitted files "
    "included.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; standard output if absent.",
)
def check(
    repo: Path,
    form: str,
    baseline: Path | None,
    write_baseline: bool,
    fail_on: str,
    base: str | None,
    output: Path | None,
) -> None:
    """Check REPO and print findings. Exits 1 if a finding reaches --fail-on.

    --changed keeps the findings in files of the change, about objects that these files define, and
    of layers that the change builds differently.

    \b
    Examples:
      gitops-docs check . --fail-on warning
      gitops-docs check . --format sarif --output findings.sarif
      gitops-docs check . --changed origin/main --fail-on warning
      gitops-docs check . --baseline known.json --write-baseline
    """
    from gitops_docs.checks import baseline as known
    from gitops_docs.checks import formats
    from gitops_docs.checks.changed import concerned
    from gitops_docs.checks.settle import settle
    from gitops_docs.files.writer import write_named
    from gitops_docs.scanner.scanner import analyse
    from gitops_docs.site import fences, generated_links
    from gitops_docs.text.english import count

    settings = read_settings(repo)
    root = scan_root(repo, settings)
    file = baseline or (root / settings.baseline if settings.baseline else None)
    if write_baseline and file is None:
        say(
            "gitops-docs: --write-baseline requires --baseline FILE or the setting `baseline`",
            err=True,
        )
        sys.exit(UNUSABLE)
    if write_baseline and base is not None:
        say("gitops-docs: --write-baseline needs all findings; omit --changed", err=True)
        sys.exit(UNUSABLE)
    changes, gone = _changes(root, settings, base) if base is not None else (None, frozenset())
    settings = replace(settings, baseline=None)
    scan = analyse(root, settings)
    platform = scan.platform
    findings = platform.findings
    docs = settings.site.docs_dir or ""
    of_pages = [
        *fences.check(platform, scan.docs, docs),
        *generated_links.check(platform, scan.docs, docs, settings.directory),
    ]
    if of_pages:
        findings = settle([*findings, *of_pages], settings)
    try:
        if file is not None and write_baseline:
            text = known.dumps(findings).encode("utf-8", "surrogateescape")
            if baseline is not None:
                write_named(baseline, text, repo)
            else:
                _write_setting(repo, file, text)
            say(f"{file}: {formats.summary(findings)}", err=True)
            return
        if file is not None:
            findings = tuple(known.apply(findings, known.load(file)))
    except (known.BaselineError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        verb = "write" if write_baseline else "read"
        say(f"gitops-docs: cannot {verb} baseline {file}: {reason}", err=True)
        sys.exit(UNUSABLE)
    if changes is not None:
        every = len(findings)
        findings = concerned(findings, platform, changes.edited, changes.removed, gone)
        if form == "text" and every > len(findings):
            number = every - len(findings)
            verb = "does" if number == 1 else "do"
            say(f"{count(number, 'finding')} {verb} not concern the change", err=True)
    _print(form, findings, platform.repository.prefix, output, repo)
    failing = {
        "error": ("error",),
        "warning": ("error", "warning"),
        "info": ("error", "warning", "info"),
    }[fail_on]
    failed = any(
        finding.severity.value in failing
        or (finding.code == ClusterNone.code and finding.severity.value != "info")
        for finding in findings
    )
    sys.exit(FINDINGS if failed else FINE)


def _changes(root: Path, settings: Settings, base: str) -> tuple[Changes, frozenset[str]]:
    """Return what differs from the commit where HEAD went apart from `base`, as paths from the scan
    root, and the names of objects that are gone with it; the command ends where there is no such
    commit."""
    from gitops_docs.repository import git, revisions

    # The pages of a site may lie beside the directory that is scanned.
    beside = (settings.site.docs_dir or "").startswith("..")
    top = (git.toplevel(root) or root) if beside else root
    try:
        commit = revisions.merge_base(
            root, revisions.resolve(root, base), revisions.resolve(root, "HEAD")
        )
        found = revisions.changes_since(top, commit)
        before = revisions.contents(top, commit, found.edited | found.removed)
    except revisions.UnknownRevision as error:
        say(f"gitops-docs: {error}", err=True)
        sys.exit(UNUSABLE)
    now = (_content(top, name) for name in found.edited)
    gone = _names(before.values()) - _names(now)
    return found.seen_from((git.prefix(root) or "") if beside else ""), gone


def _content(root: Path, name: str) -> bytes:
    from gitops_docs.repository.checkout import UnreadableFile, read_file

    try:
        return read_file(root, name) if name.endswith((".yaml", ".yml")) else b""
    except UnreadableFile:
        return b""


def _names(contents: Iterable[bytes]) -> frozenset[str]:
    """Return the names of the objects in YAML files; a file that is not YAML has no names."""
    from gitops_docs.yaml.nodes import as_map, as_text
    from gitops_docs.yaml.parse import parse

    return frozenset(
        name
        for content in contents
        if b"metadata" in content
        for document in parse(content, "").documents
        if (name := as_text(as_map(as_map(document.root).get("metadata")).get("name")))
    )


def _print(
    form: str, findings: Sequence[Finding], prefix: str, output: Path | None, repo: Path
) -> None:
    """Print findings in a format, or write them into the file that the user named."""
    from importlib.metadata import version

    from gitops_docs.checks import formats
    from gitops_docs.files.writer import write_named

    if form == "text" and output is None:
        say_styled(formats.text(findings, _coloured if _wants_colour() else None))
        return
    text = {
        "text": lambda: formats.text(findings),
        "sarif": lambda: formats.sarif(findings, version("mkdocs-gitops"), prefix),
        "json": lambda: formats.as_json(findings),
        "github": lambda: formats.github(findings, prefix),
    }[form]()
    if output is not None:
        write_named(output, f"{text}\n".encode("utf-8", "replace") if text else b"", repo)
    elif form != "github":
        say(text)
    elif text:
        say_commands(text)


def _write_setting(repo: Path, file: Path, content: bytes) -> None:
    """Write a file that a setting names. A repository brings its own settings, so it must lie in
    the directory that the user named.

    Raises:
        OSError: It does not, or cannot be written.
    """
    from gitops_docs.files.writer import Directory, Refused

    name = Path(os.path.relpath(os.path.normpath(file), repo.resolve())).as_posix()
    if name.split("/")[0] == ".." or os.path.isabs(name):
        raise Refused(
            file,
            f"the setting `baseline` leads out of {repo}; name a file in it, or give --baseline",
        )
    with Directory(repo, repo) as directory:
        directory.write(name, content)


def _wants_colour() -> bool:
    """Colours on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and sys.stdout.isatty()


def _coloured(text: str, what: str) -> str:
    colour = {"error": "red", "warning": "yellow", "info": "blue"}.get(what)
    return click.style(text, fg=colour, bold=what == "file" or None, dim=what == "quiet" or None)
