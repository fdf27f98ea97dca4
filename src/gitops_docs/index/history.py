"""Find which commits touched what: the last changes of a layer, a release or a file, and what a
revert reaches.

In: the model's commits and layers. Out: commits, newest first, the layers that one reaches, and the
commands that undo it.
"""

from __future__ import annotations

import shlex
import string
from collections.abc import Iterable

from msgspec import Struct

from gitops_docs.model import Commit, Layer, LayerStatus


class CommitIndex:
    """Commits by the files that they changed."""

    def __init__(self, commits: Iterable[Commit]) -> None:
        self.commits = tuple(commits)
        self._by_file: dict[str, list[int]] = {}
        for position, commit in enumerate(self.commits):
            for name in commit.files:
                self._by_file.setdefault(name, []).append(position)
        self._gone = [
            (position, name) for position, commit in enumerate(self.commits) for name in commit.gone
        ]

    def of_files(self, files: Iterable[str]) -> tuple[Commit, ...]:
        """Return the commits that touched one of these files, newest first."""
        found = {position for name in files for position in self._by_file.get(name, ())}
        return tuple(self.commits[position] for position in sorted(found))

    def of_layer(self, layer: Layer) -> tuple[Commit, ...]:
        """Return the commits that touched what a layer applies, its own object, or a file of its
        directory that is gone now."""
        found = {
            position
            for name in (*layer.files, layer.file)
            for position in self._by_file.get(name, ())
        }
        if layer.directory:
            below = f"{layer.directory}/"
            found |= {position for position, name in self._gone if name.startswith(below)}
        return tuple(self.commits[position] for position in sorted(found))


class Reach(Struct, frozen=True):
    """What a commit changes: files of it by the layers that read them."""

    layers: tuple[str, ...] = ()
    """Ids of the layers that read a file of it, or whose directory held one that is gone,
    sorted."""
    here: dict[str, int] = {}
    """Layer to the number of these files."""
    sole: dict[str, tuple[str, ...]] = {}
    """Layer to the files that it alone reads."""
    shared: dict[str, tuple[str, ...]] = {}
    """Layer to the files that others read too."""
    unread: int = 0
    """Files that no layer reads."""


class Readers:
    """Which layers read a file."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._readers: dict[str, list[str]] = {}
        self._below: dict[str, list[str]] = {}
        self._unsure: dict[str, list[str]] = {}
        for layer in layers:
            for name in dict.fromkeys((*layer.files, layer.file)):
                self._readers.setdefault(name, []).append(layer.id)
            if layer.directory is not None:
                self._below.setdefault(layer.directory, []).append(layer.id)
                if layer.status is not LayerStatus.RENDERED:
                    self._unsure.setdefault(layer.directory, []).append(layer.id)

    def of(self, file: str, *, gone: bool = False) -> tuple[str, ...]:
        """Return ids of the layers that read a file, sorted. A file that is gone was read by the
        layer of its directory.

        A layer that is not fully rendered may read any file of its directory.
        """
        found = set(self._readers.get(file, ()))
        below = self._below if gone else self._unsure
        if below:
            for directory in _above(file):
                found.update(below.get(directory, ()))
        return tuple(sorted(found))

    def reach(self, commit: Commit) -> Reach:
        """Return what a revert of a commit reaches."""
        here: dict[str, int] = {}
        sole: dict[str, list[str]] = {}
        shared: dict[str, list[str]] = {}
        unread = 0
        gone = frozenset(commit.gone)
        removed = frozenset(commit.removed)
        for file in (*commit.files, *commit.gone):
            readers = self.of(file, gone=file in gone)
            unread += not readers
            for reader in readers:
                here[reader] = here.get(reader, 0) + 1
            # What a later commit deleted has nothing left to undo.
            if len(readers) == 1 and (file not in gone or file in removed):
                sole.setdefault(readers[0], []).append(file)
            elif len(readers) > 1:
                for reader in readers:
                    shared.setdefault(reader, []).append(file)
        return Reach(
            tuple(sorted(here)),
            here,
            {layer: tuple(files) for layer, files in sole.items()},
            {layer: tuple(files) for layer, files in shared.items()},
            unread,
        )


def _above(file: str) -> Iterable[str]:
    """Yield the directories that a file lies in, the nearest first; the last is the root, `""`."""
    directory = file
    while directory:
        directory = directory.rpartition("/")[0]
        yield directory


def revert_command(commit: Commit) -> str:
    """Return the command that reverts a whole commit; a merge needs its main line named."""
    return f"git revert {'-m 1 ' if commit.merge else ''}{commit.revision[:12]}"


def undo_command(commit: Commit, files: Iterable[str], prefix: str = "") -> str:
    """Return the command that undoes a commit in some files, run at the top of the work tree. Later
    changes to them stay.

    The parent is the first one, so that a merge is undone as what it brought to the branch.

    Args:
        commit: A commit whose parent is known.
        files: Files relative to the scan root.
        prefix: Where the scan root lies below the top, with a final `/`.
    """
    one = commit.revision[:12]
    names = " ".join(quoted(_literal(f"{prefix}{file}")) for file in files)
    return f"git diff --binary {one}~1 {one} -- {names} | git apply --reverse --index --3way"


def _literal(path: str) -> str:
    """Quote a path against the pathspec syntax of Git (gitglossary(7))."""
    return (
        f":(literal){path}"
        if path.startswith(":") or any(char in path for char in "*?[\\")
        else path
    )


def quoted(name: str) -> str:
    """Return a name of a file for the command line of bash and zsh: on one line, every byte as it
    is in the file system."""
    if name.isprintable() and name.isascii():
        return shlex.quote(name)
    if name.isprintable() and not any("\ud800" <= char <= "\udfff" for char in name):
        return shlex.quote(name)
    parts = []
    for char in name:
        if char in "\\'":
            parts.append(f"\\{char}")
        elif char.isprintable():
            parts.append(char)
        else:
            parts += [f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape")]
    # A hexadecimal digit behind an escape would belong to it.
    return "".join(_pieces(parts))


def _pieces(parts: list[str]) -> Iterable[str]:
    yield "$'"
    for before, part in zip(("", *parts), parts, strict=False):
        if len(before) == 4 and before.startswith("\\x") and part[0] in string.hexdigits:
            yield "'$'"
        yield part
    yield "'"
