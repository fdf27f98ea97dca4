"""Watch what a live server needs besides the pages, so that no edit of a repository goes unseen and
no build causes another.

In: MkDocs' server, and after each build the paths that count. MkDocs itself looks at `docs_dir` and
mkdocs.yml. Directories are looked at as a whole, but a scan root is not: the site and the cache may
lie in it. What comes and goes directly below it is heard here, and told to the server through a
file that it watches.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from watchdog.events import (
    EVENT_TYPE_CREATED,
    EVENT_TYPE_DELETED,
    EVENT_TYPE_MOVED,
    FileSystemEvent,
    FileSystemEventHandler,
)

from gitops_docs.files.temporary import temporary_file
from gitops_docs.files.writer import write_named
from gitops_docs.flux.sources.ignore import IGNORE_FILE
from gitops_docs.repository import codeowners, git
from gitops_docs.repository.checkout import SKIPPED_DIRECTORIES

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer

    from gitops_docs.repository.checkout import Checkout

YAML = (".yaml", ".yml")
_NAMES = frozenset({IGNORE_FILE, "CODEOWNERS"})


class Watching:
    """The paths that one server looks at for us."""

    def __init__(self, server: LiveReloadServer) -> None:
        self._server = server
        self._watched: set[str] = set()
        self._roots: dict[str, _Root] = {}
        self._stamp = str(temporary_file(".changed"))
        server.watch(self._stamp)

    def follow(self, paths: Iterable[Path], roots: Iterable[Path], written: Iterable[Path]) -> None:
        """Look at these paths, and at what lies directly below these directories, from now on; and
        at no other.

        Args:
            paths: Directories, looked at with all that is in them, and files. What is not there is
                left out.
            roots: Directories of which only files with the names of manifests and settings count,
                and directories that come and go.
            written: Directories that a build writes to, wherever they lie.
        """
        made, looked, wanted = [path.resolve() for path in written], list(roots), set()
        for path in paths:
            if path.exists():
                whole, more = apart(path.resolve(), made)
                wanted |= set(map(str, whole))
                looked += more
        for root in {str(root.resolve()) for root in looked} - self._roots.keys():
            self._roots[root] = handler = _Root(self._stamp)
            self._server.observer.schedule(handler, root, recursive=False)
        # A directory that vanished is no longer looked at, though it may be there again.
        vanished = {name for handler in self._roots.values() for name in handler.take_vanished()}
        for name in sorted(self._watched & ((self._watched - wanted) | vanished)):
            self._server.unwatch(name)
            self._watched.discard(name)
        for name in sorted(wanted - self._watched):
            self._server.watch(name)
            self._watched.add(name)


class _Root(FileSystemEventHandler):
    """Hears what happens directly below a directory."""

    def __init__(self, stamp: str) -> None:
        self._stamp = stamp
        self._vanished: set[str] = set()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Tell the server of what counts."""
        for path in [os.fsdecode(given) for given in (event.src_path, event.dest_path) if given]:
            name = os.path.basename(path)
            if event.is_directory:
                if name in SKIPPED_DIRECTORIES or event.event_type not in _COME_OR_GONE:
                    continue
                self._vanished.add(path)
            elif not name.endswith(YAML) and name not in _NAMES:
                continue
            write_named(
                Path(self._stamp), f"{event.event_type} {path}\n".encode("utf-8", "replace")
            )

    def take_vanished(self) -> set[str]:
        """Return the directories that came or went since the last time."""
        taken, self._vanished = self._vanished, set()
        return taken


_COME_OR_GONE = (EVENT_TYPE_CREATED, EVENT_TYPE_DELETED, EVENT_TYPE_MOVED)


def of_checkout(checkout: Checkout) -> Iterator[Path]:
    """Yield what counts in a checkout: its directories with manifests, its owners, and where Git
    notes that HEAD or the remote is another one."""
    tops = {path.partition("/")[0] for path in checkout.files if path.endswith(YAML)}
    yield from (checkout.root / top for top in tops if top not in SKIPPED_DIRECTORIES)
    yield from (checkout.root / place for place in codeowners.PLACES)
    yield from git.watched(checkout.root)


def apart(path: Path, written: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Return a path without what a build writes: paths to look at as a whole, and directories of
    which only what lies directly below counts."""
    if not any(other.is_relative_to(path) for other in written):
        return [path], []
    whole: list[Path] = []
    roots = [path] if path not in written else []
    for below in sorted(path.iterdir()) if roots and path.is_dir() else []:
        if below.is_dir() and below.name not in SKIPPED_DIRECTORIES and not below.is_symlink():
            more, others = apart(below, written)
            whole += more
            roots += others
    return whole, roots
