"""Write, replace and delete files below a directory that the user named, or one file that the
user named.

In: a directory and names below it, or a path. Out: whole files. A file is written beside its place
and renamed, so that a full disk or a signal leaves the old one as it was; its permissions are kept.
No link is followed below the directory, nothing named `.git` is written, and only regular files are
replaced or removed.

Durability: a file is synchronised before it is renamed, so that after a power failure the old or
the new one is there; the files of a site, an export and a cache are not, since the next build makes
them again.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self

from gitops_docs.files.folder import Folder, Refused, identity, is_git, open_folder, open_parent

__all__ = ["Directory", "Refused", "clean", "is_stream", "write_named"]

TEMPORARY = ".gitops-docs-"
"""How names of files and directories begin that are there only while something is written."""
_STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/")


def clean(name: str) -> tuple[str, ...] | None:
    """Return the parts of a name below a directory; None where it leaves it, names `.git`, or is
    empty."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return None
    parts = name.split("/")
    if os.name == "nt" and ("\\" in name or ":" in name):
        return None
    if any(part in ("", ".", "..") or "\0" in part or is_git(part) for part in parts):
        return None
    return tuple(parts)


class Directory:
    """A directory that the user named. Every name is relative to it, with `/` between its parts.

    Args:
        path: The directory, as the user named it.
        repository: The repository that is read: its links on the way to the directory are not
            followed.
        make: Make the directory, and those above it, where they are missing.

    Raises:
        Refused: The path leads through a link of the repository, or into `.git`.
        OSError: There is no such directory, or the system refuses.
    """

    def __init__(self, path: Path, repository: Path | None = None, *, make: bool = False) -> None:
        self.path = path
        self._top = open_folder(path, repository, make=make)
        # Names mostly come sorted, so the directory of the last one is that of the next one.
        self._last: tuple[tuple[str, ...], Folder] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the directory back."""
        self._forget()
        self._top.close()

    def _forget(self) -> None:
        if self._last is not None:
            self._last[1].close()
            self._last = None

    @property
    def folder(self) -> Folder:
        """The open directory itself."""
        return self._top

    def place(self, name: str, *, make: bool = False) -> tuple[Folder, str]:
        """Return the open directory that holds a name, which is valid until the next call, and the
        last part of the name.

        Raises:
            Refused: The name leaves the directory, or leads through a link or something else that
                is not a directory.
            FileNotFoundError: A directory is missing, and none is to be made.
        """
        parts = clean(name)
        if parts is None:
            raise Refused(
                self.path / name, "is not a name below this directory; nothing is written there"
            )
        above, leaf = parts[:-1], parts[-1]
        if (
            self._last is not None
            and self._last[0] == above
            and (not make or self._is_there(above))
        ):
            return self._last[1], leaf
        self._forget()
        folder = self._top
        for number, part in enumerate(above):
            try:
                status = folder.look(part)
                if status is None and make:
                    folder.make(part)
                elif status is not None and not stat.S_ISDIR(status.st_mode):
                    what = (
                        "a link, which is not followed"
                        if stat.S_ISLNK(status.st_mode)
                        else "no directory"
                    )
                    where = self.path.joinpath(*above[: number + 1])
                    raise Refused(self.path / name, f"is not written: {where} is {what}; remove it")
                deeper = folder.enter(part)
            except BaseException:
                if folder is not self._top:
                    folder.close()
                raise
            if folder is not self._top:
                folder.close()
            folder = deeper
        if above:
            self._last = (above, folder)
        return folder, leaf

    def _is_there(self, above: tuple[str, ...]) -> bool:
        """Return whether the directory that was used last still has its name: another process may
        have removed it."""
        if not above or self._last is None:
            return True
        try:
            return (
                identity(os.lstat(os.path.join(self._top.path, *above))) == self._last[1].identity()
            )
        except OSError:
            return False

    def look(self, name: str) -> os.stat_result | None:
        """Return what a name is, itself and not what it leads to; None where there is none.

        Raises:
            Refused: As for `place`.
        """
        try:
            folder, leaf = self.place(name)
        except FileNotFoundError:
            return None
        return folder.look(leaf)

    def read(self, name: str, most: int) -> bytes | None:
        """Return the bytes of a regular file; None where there is none, it has more than `most`
        bytes, or a link is in the way."""
        try:
            folder, leaf = self.place(name)
            descriptor = folder.open(leaf, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            parts, left = [], most + 1
            while left > 0 and (part := os.read(descriptor, min(left, 1 << 20))):
                parts.append(part)
                left -= len(part)
        finally:
            os.close(descriptor)
        return b"".join(parts) if left > 0 else None

    def write(
        self,
        name: str,
        content: bytes,
        *,
        new: bool = False,
        durable: bool = True,
        over_link: bool = False,
    ) -> bool:
        """Write a file, with the directories above it. False where one is there and `new` asks for
        none.

        Args:
            name: The file.
            content: Its bytes.
            new: Leave what is there, whatever it is.
            durable: Synchronise it with the disk.
            over_link: Put the file in the place of a link; the link is replaced, and what it leads
                to stays.

        Raises:
            Refused: The name leaves the directory, leads through a link, or is there and no regular
                file.
            OSError: It cannot be written; what was there is as it was.
        """
        folder, leaf = self.place(name, make=True)
        return _write(
            folder, leaf, self.path / name, content, new=new, durable=durable, over_link=over_link
        )

    def remove(self, name: str) -> bool:
        """Remove a regular file; False where there is none.

        Raises:
            Refused: The name leaves the directory, or leads through a link.
        """
        try:
            folder, leaf = self.place(name)
        except FileNotFoundError:
            return False
        status = folder.look(leaf)
        if status is None or not stat.S_ISREG(status.st_mode):
            return False
        folder.unlink(leaf)
        return True

    def remove_directory(self, name: str) -> bool:
        """Remove an empty directory; False where it is not a directory, or not empty."""
        try:
            folder, leaf = self.place(name)
            folder.remove_directory(leaf)
        except OSError:
            return False
        self._forget()
        return True

    def remove_tree(self, name: str) -> None:
        """Remove a directory with all that is in it."""
        folder, leaf = self.place(name)
        folder.remove_tree(leaf)
        self._forget()

    def make(self, name: str) -> None:
        """Make a directory, with those above it."""
        folder, leaf = self.place(name, make=True)
        folder.make(leaf)

    def files(self) -> list[str]:
        """Return the names of all that is not a directory below this one, sorted. A directory that
        is a link is one entry."""
        found: list[str] = []
        pending = [""]
        while pending:
            above = pending.pop()
            folder = self._top if not above else self.place(f"{above}x")[0]
            for entry in folder.entries():
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{above}{entry.name}/")
                else:
                    found.append(f"{above}{entry.name}")
        return sorted(found)


def write_named(
    path: Path,
    content: bytes,
    repository: Path | None = None,
    *,
    new: bool = False,
    make: bool = False,
) -> bool:
    """Write one file that the user named. False where one is there and `new` asks for none.

    A terminal, a pipe or another device that the user names is written to as it is. A link of the
    user's own is followed.

    Args:
        path: The file.
        content: Its bytes.
        repository: The repository that is read: its links on the way to the file are not followed.
        new: Leave what is there, whatever it is.
        make: Make the directories above it where they are missing.

    Raises:
        Refused: The path is or leads through a link of the repository, or into `.git`.
        OSError: It cannot be written; what was there is as it was.
    """
    if is_stream(path):
        with open(path, "wb", buffering=0) as stream:
            _all(stream.fileno(), content)
        return True
    folder, name = open_parent(path, repository, make=make)
    with folder:
        status = folder.look(name)
        if (
            status is not None
            and (stat.S_ISCHR(status.st_mode) or stat.S_ISFIFO(status.st_mode))
            and not new
        ):
            _into_device(folder, name, content)
            return True
        return _write(folder, name, path, content, new=new, durable=True, over_link=False)


def is_stream(path: Path) -> bool:
    """Return whether a path is one of the process's own streams, as the shell hands them over."""
    return os.path.abspath(path).startswith(_STREAMS)


def _write(
    folder: Folder,
    name: str,
    path: Path,
    content: bytes,
    *,
    new: bool,
    durable: bool,
    over_link: bool,
) -> bool:
    status = folder.look(name)
    if status is not None:
        if new:
            return False
        if stat.S_ISLNK(status.st_mode) and not over_link:
            raise Refused(path, "is a link, which is not followed; remove it")
        if not stat.S_ISLNK(status.st_mode) and not stat.S_ISREG(status.st_mode):
            raise Refused(path, "is there and no regular file; remove it")
    mode = (
        stat.S_IMODE(status.st_mode) & 0o777
        if status is not None and stat.S_ISREG(status.st_mode)
        else None
    )
    temporary = f"{TEMPORARY}{os.urandom(8).hex()}.tmp"
    try:
        descriptor = folder.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600
        )
        try:
            _all(descriptor, content)
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        folder.move(temporary, folder, name)
    except BaseException as error:
        # A signal ends the command with an exception too.
        with suppress(OSError):
            folder.unlink(temporary)
        if isinstance(error, OSError):
            # The name that the user knows, not that of the temporary file.
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
    return True


def _into_device(folder: Folder, name: str, content: bytes) -> None:
    """Write into a device or pipe. A pipe without a reader is an error; nothing waits for one."""
    descriptor = folder.open(name, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        os.set_blocking(descriptor, True)
        _all(descriptor, content)
    finally:
        os.close(descriptor)


def _all(descriptor: int, content: bytes) -> None:
    """Write all bytes; where the disk is full in the middle, the next call says so."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]
