"""Run `gitops-docs charts`: pull, list and prune the Helm charts of a repository."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_docs.cli.main import FINDINGS, FINE, UNUSABLE, read_settings, scan_root
from gitops_docs.cli.terminal import say
from gitops_docs.text import progress
from gitops_docs.text.english import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_docs.helm.pull import Result
    from gitops_docs.helm.references import ChartReference, Needed
    from gitops_docs.helm.store import Charts

_REPO = click.argument("repo", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group()
def charts() -> None:
    """Pull, list and prune the Helm charts of a repository.

    Pages show what is in the charts that are here. Only `charts pull` uses the network; all other commands read what it has stored.
    """


_STORE = click.option(
    "--store",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of the archives.  [default: the setting `charts`, else "
    ".cache/gitops-docs/charts in REPO]",
)


def _charts(repo: Path, store: Path | None) -> tuple[Needed, Charts, Path]:
    """Return the charts that a repository needs, those that are known, and the scan root."""
    from gitops_docs.helm.lock import FILE, LockError
    from gitops_docs.helm.references import needed
    from gitops_docs.helm.store import StoreError, location, open_charts
    from gitops_docs.scanner import scanner

    settings = read_settings(repo)
    root = scan_root(repo, settings)
    try:
        known = open_charts(root, store or location(root, settings.charts))
    except (LockError, StoreError) as error:
        place = f"{FILE} " if isinstance(error, LockError) else ""
        say(f"gitops-docs: {place}{error}", err=True)
        sys.exit(UNUSABLE)
    return needed(scanner.scan(root, settings)), known, root


@contextmanager
def _charts_before(repo: Path, base: str, known: Charts) -> Iterator[tuple[Needed, Charts]]:
    """Find the charts that were needed at the commit where HEAD left another one, with the lock file
    of that commit, while its files are there."""
    from gitops_docs.cli.commands import scan_commit
    from gitops_docs.files.temporary import temporary_directory
    from gitops_docs.helm.lock import FILE, LockError
    from gitops_docs.helm.references import needed
    from gitops_docs.helm.store import open_charts
    from gitops_docs.repository import git, revisions

    top, prefix = git.toplevel(repo) or repo, git.prefix(repo) or ""
    try:
        head = revisions.resolve(repo, "HEAD")
        commit = revisions.merge_base(repo, revisions.resolve(repo, base), head)
        with temporary_directory() as directory:
            revisions.write(top, commit, directory)
            scan = scan_commit(repo, directory, prefix)
            below = directory / prefix
            root = scan_root(below, read_settings(below))
            yield needed(scan.platform), open_charts(root, known.store.path, known.store.repository)
    except (revisions.UnknownRevision, LockError) as error:
        place = f"{FILE} of {base} " if isinstance(error, LockError) else ""
        say(f"gitops-docs: {place}{error}", err=True)
        sys.exit(UNUSABLE)


@charts.command("pull")
@_REPO
@_STORE
@click.option(
    "--lock",
    "write_lock",
    is_flag=True,
    help="Write charts.lock into REPO. Where it exists, it is always kept up to date.",
)
@click.option(
    "--update", is_flag=True, help="Resolve ranges and tags again, and take what is newest now."
)
@click.option(
    "--base",
    metavar="COMMIT",
    help="Also fetch what was used where HEAD left this commit, for `gitops-docs diff`.",
)
def charts_pull(
    repo: Path, store: Path | None, write_lock: bool, update: bool, base: str | None
) -> None:
    """Fetch the charts that the releases of REPO use.

    What is in the store is not fetched again, so an interrupted pull goes on where it ended.
    Credentials come from environment variables, `helm registry login` and `docker login`; see the
    guide's page on charts.

    \b
    Examples:
      gitops-docs charts pull .
      gitops-docs charts pull . --update --lock
      gitops-docs charts pull . --base origin/main
    """
    from gitops_docs.files.writer import Directory
    from gitops_docs.helm import lock
    from gitops_docs.helm.fetch import Fetcher
    from gitops_docs.helm.pull import State, locked_entries, pull

    wanted, known, root = _charts(repo, store)
    references = [reference for reference, _ in wanted.charts]
    fetcher = Fetcher(os.environ, _home())

    def fetched(some: list[ChartReference], charts: Charts, *, again: bool) -> list[Result]:
        return pull(
            some,
            charts,
            fetcher.fetch,
            update=again,
            done=lambda number: progress.step("pulling charts", number, len(some)),
        )

    try:
        results = fetched(references, known, again=update)
        if write_lock or known.has_lock:
            content = lock.dumps(locked_entries(known, references, results))
            with Directory(root, repo) as directory:
                if directory.read(lock.FILE, lock.MOST) != content:
                    directory.write(lock.FILE, content)
        if base is not None:
            with _charts_before(repo, base, known) as (before, charts_before):
                older = [one for one, _ in before.charts if one not in references]
                results += fetched(older, charts_before, again=False)
    finally:
        fetcher.close()
    failed = [result for result in results if result.state is State.FAILED]
    for result in results:
        one = result.reference
        if result.state is State.FAILED:
            say(f"gitops-docs: {one.name} {one.asked} from {one.url}: {result.reason}", err=True)
        elif result.state is State.PULLED and result.entry is not None:
            say(f"{one.name} {result.entry.resolved} from {one.url}")
    pulled = sum(result.state is State.PULLED for result in results)
    say(f"{pulled} pulled, {len(results) - pulled - len(failed)} were there, {len(failed)} failed")
    _say_unknown(wanted)
    sys.exit(FINDINGS if failed else FINE)


@charts.command("list")
@_REPO
@_STORE
def charts_list(repo: Path, store: Path | None) -> None:
    """List the charts of REPO and which are missing.

    Missing ones come first. `charts.lock` has the whole digests.
    """
    wanted, known, _ = _charts(repo, store)
    rows = [("STATE", "CHART", "ASKED FOR", "IN THE STORE", "RELEASES", "DIGEST", "ADDRESS")]
    missing = 0
    for reference, releases in wanted.charts:
        entry = known.entry(reference)
        is_here = entry is not None and known.store.has(entry.archive)
        missing += not is_here
        rows.append(
            (
                "present" if is_here else "missing",
                reference.name,
                reference.asked,
                entry.resolved if entry is not None else "-",
                str(len(releases)),
                entry.archive[7:19] if entry is not None else "-",
                reference.url,
            )
        )
    if len(rows) > 1:
        widths = [max(len(row[column]) for row in rows) for column in range(6)]
        for row in sorted(rows, key=lambda row: ("STATE", "missing", "present").index(row[0])):
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            say("  ".join([*cells, row[6]]))
    _say_unknown(wanted)
    if missing:
        say(
            f"gitops-docs: {missing} of {count(len(rows) - 1, 'chart')} {'is' if missing == 1 else 'are'} missing; run: gitops-docs charts "
            f"pull {shlex.quote(str(repo))}",
            err=True,
        )
    sys.exit(FINDINGS if missing else FINE)


@charts.command("prune")
@_REPO
@_STORE
def charts_prune(repo: Path, store: Path | None) -> None:
    """Remove archives that no release of REPO uses."""
    wanted, known, _ = _charts(repo, store)
    kept = [
        entry for reference, _ in wanted.charts if (entry := known.entry(reference)) is not None
    ]
    gone = known.store.prune(kept)
    size = sum(one.size for one in gone)
    say(f"{count(len(gone), 'archive')} removed, {size:,} bytes")


def _say_unknown(wanted: Needed) -> None:
    for release, why in wanted.unknown:
        say(
            f"gitops-docs: {release.cluster}: the chart of HelmRelease "
            f"{release.namespace}/{release.name} is not known: {why}",
            err=True,
        )


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None
