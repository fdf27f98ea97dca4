"""Keep the directory of a built site: what an earlier build made is replaced by what a new one
made, and nothing else is touched.

In: the directory that the user named. Out: a directory below it to build into, and, once the build
is whole, the site in its place.

A directory is an earlier site where it has the marker `.gitops-docs-site.json`, which lists the
files that the build made. Only these are replaced and removed; files of others beside them stay.
The list counts below the directory of the marker and nowhere else.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Self

from gitops_docs.files.folder import Folder, Refused
from gitops_docs.files.writer import TEMPORARY, Directory, clean

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MARKER = ".gitops-docs-site.json"
VERSION = 1
_BUILDING = f"{TEMPORARY}building-"
_MOST = 64 << 20
"""Largest marker that is read, in bytes: a site of a million files has one of that size."""


class BuiltSite:
    """The directory of a site while one is built.

    Use it as a context: what a build that fails has made is removed, and the earlier site stays.

    Args:
        path: The directory, as the user named it.
        repository: The repository that is read; None where there is none.

    Raises:
        Refused: The directory has files and is not an earlier site, holds the repository, or is
        reached
            through a link of the repository.
        OSError: It cannot be made or read.
    """

    def __init__(self, path: Path, repository: Path | None = None) -> None:
        self.path = path
        if repository is not None and Path(os.path.realpath(repository)).is_relative_to(
            os.path.realpath(path)
        ):
            raise Refused(
                path,
                "holds the repository, and a build replaces what is in its directory; choose "
                "another --site-dir",
            )
        self._made = _missing(path)
        self._target = Directory(path, repository, make=True)
        self._lock: Folder | None = None
        try:
            self._earlier = self._read()
            self._remove_left()
            self._name = f"{_BUILDING}{os.urandom(8).hex()}"
            self._target.make(self._name)
            self._lock = self._locked(self._name)
        except BaseException:
            self._target.close()
            self._remove_made()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._target.remove_tree(self._name)
        if self._lock is not None:
            self._lock.close()
        self._target.close()
        self._remove_made()

    def _remove_made(self) -> None:
        """Remove the directories that were made for this and are still empty: the build has
        failed."""
        for directory in self._made:
            with suppress(OSError):
                os.rmdir(directory)

    @property
    def building(self) -> Path:
        """The directory to build into, empty; it lies in that of the site, so that files can be
        renamed into their place."""
        return Path(self._target.folder.path) / self._name

    def replace(self) -> None:
        """Put what was built in the place of the earlier site.

        Raises:
            Refused: A file that no build made, or a link, stands where the site has one. Nothing is
                changed then.
            OSError: The system refuses.
        """
        with Directory(self.building) as built:
            names = [name for name in built.files() if name != MARKER]
            self._check(names)
            wanted = set(names)
            for name in sorted(self._earlier - wanted):
                # What a link or something else of others now stands in the way of is no longer
                # ours.
                with suppress(Refused):
                    self._target.remove(name)
            self._remove_empty(self._earlier - wanted)
            # Before any file is in its place, so that each of them is known as ours wherever this
            # ends.
            self._write_marker(wanted | self._earlier)
            for name in names:
                folder, last = built.place(name)
                to, new = self._target.place(name, make=True)
                folder.move(last, to, new)
        self._write_marker(wanted)

    def _check(self, names: list[str]) -> None:
        """Refuse what would replace something that no build made."""
        passable: dict[str, bool] = {"": True}
        for name in names:
            if not self._passable(name.rpartition("/")[0], passable):
                continue
            status = self._target.look(name)
            if status is None or (stat.S_ISREG(status.st_mode) and name in self._earlier):
                continue
            if not (stat.S_ISDIR(status.st_mode) and self._all_ours(name)):
                raise Refused(
                    self.path / name,
                    "is not from an earlier build, and the new site has a file there; move it away",
                )

    def _passable(self, above: str, known: dict[str, bool]) -> bool:
        """Return whether a directory is there; a file of ours that will be removed may stand in its
        place."""
        if above not in known:
            known[above] = self._passable(above.rpartition("/")[0], known)
            status = self._target.look(above) if known[above] else None
            if status is None or (stat.S_ISREG(status.st_mode) and above in self._earlier):
                known[above] = False
            elif not stat.S_ISDIR(status.st_mode):
                raise Refused(
                    self.path / above,
                    "is not from an earlier build, and the new site has a directory there; move it "
                    "away",
                )
        return known[above]

    def _all_ours(self, name: str) -> bool:
        """Return whether a directory holds nothing but files of the earlier site that go."""
        with Directory(Path(self._target.folder.path) / name) as directory:
            return all(f"{name}/{below}" in self._earlier for below in directory.files())

    def _remove_empty(self, names: set[str]) -> None:
        """Remove the directories of files that are gone, where nothing is left in them."""
        directories = {str(above) for name in names for above in PurePosixPath(name).parents[:-1]}
        for directory in sorted(directories, key=lambda path: (-path.count("/"), path)):
            self._target.remove_directory(directory)

    def _read(self) -> set[str]:
        """Return the files that the earlier build made.

        Raises:
            Refused: There is something in the directory, and it is not an earlier site.
        """
        empty = all(entry.name.startswith(_BUILDING) for entry in self._target.folder.entries())
        if empty:
            return set()
        content = self._target.read(MARKER, _MOST)
        try:
            found = json.loads(content) if content is not None else None
            known = (
                found["files"]
                if isinstance(found, dict) and found.get("version") == VERSION
                else None
            )
        except (ValueError, KeyError, RecursionError):
            known = None
        if not isinstance(known, list):
            raise Refused(
                self.path,
                f"has files, and no {MARKER} says that a build of gitops-docs made them; "
                "choose a new --site-dir, or empty it",
            )
        return {name for name in known if isinstance(name, str) and clean(name) is not None}

    def _write_marker(self, names: set[str]) -> None:
        record = {"version": VERSION, "made_by": "gitops-docs", "files": sorted(names)}
        text = json.dumps(record, indent=0) + "\n"
        self._target.write(MARKER, text.encode(), durable=False)

    def _remove_left(self) -> None:
        """Remove what builds have left that were killed; one that is running holds a lock."""
        left = [
            entry.name
            for entry in self._target.folder.entries()
            if entry.name.startswith(_BUILDING)
        ]
        for name in left:
            with suppress(OSError):
                lock = self._locked(name)
                try:
                    self._target.remove_tree(name)
                finally:
                    if lock is not None:
                        lock.close()

    def _locked(self, name: str) -> Folder | None:
        """Return the open directory, locked.

        Raises:
            OSError: Another process holds the lock.
        """
        folder = self._target.folder.enter(name)
        if fcntl is None or folder.descriptor is None:
            return folder
        try:
            fcntl.flock(folder.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            folder.close()
            raise
        return folder


def site_of(building: Path) -> Path:
    """Return the directory of the site that is built in a directory: another one only where
    `BuiltSite` gave it."""
    return building.parent if building.name.startswith(_BUILDING) else building


def _missing(path: Path) -> list[Path]:
    """Return the directories on the way to a path that are not there, the deepest first."""
    whole = Path(os.path.abspath(path))
    return [one for one in (whole, *whole.parents) if not os.path.lexists(one)]
