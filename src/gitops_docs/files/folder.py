"""Open directories without following a link that a repository brings, and work on the entries of
one.

In: a path, and the repository whose links are not followed. Out: a `Folder`. Each component is
opened from the directory before it (`openat` with `O_NOFOLLOW`), so that a link that is put there
between the check and the use is an error and not another directory. Where the system has no
`openat` (Windows), each component is looked at just before it is used.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

RELATIVE = {
    os.open,
    os.stat,
    os.mkdir,
    os.unlink,
    os.rmdir,
    os.rename,
    os.readlink,
} <= os.supports_dir_fd
"""Whether the system takes names relative to an open directory."""
_DIRECTORY = (
    os.O_RDONLY
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_THROUGH = getattr(os, "O_PATH", os.O_RDONLY) | (_DIRECTORY & ~os.O_RDONLY)
"""For directories that are only passed: these need not be readable."""
_MOST_LINKS = 40
"""Links that a path given by the user may lead through, as in Linux."""
_IGNORED_BY_HFS = dict.fromkeys(
    [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF],
)
"""Characters that HFS+ ignores in names, so that `.g\\u200cit` is `.git` there (CVE-2014-9390)."""

Identity = tuple[int, int]
"""Device and inode."""


class Refused(OSError):
    """A path that is not written or deleted. `filename` is the path, `strerror` the sentence that
    says why and what to do."""

    def __init__(self, path: str | Path, sentence: str) -> None:
        super().__init__(errno.EPERM, sentence, str(path))


def is_git(name: str) -> bool:
    """Return whether a file system may take a name for `.git`: upper case, `GIT~1`, dots and blanks
    at the end, streams of NTFS."""
    plain = name.translate(_IGNORED_BY_HFS).casefold().partition(":")[0].rstrip(". ")
    return plain in (".git", "git~1")


def identity(status: os.stat_result) -> Identity:
    """Return what tells two directories apart."""
    return status.st_dev, status.st_ino


class Folder:
    """An open directory; every name is an entry of it, without `/`.

    Args:
        path: Its path without links, for messages and for systems without `openat`.
        descriptor: The open directory, which this object closes; None where names are looked up by
            path.
    """

    def __init__(self, path: str, descriptor: int | None) -> None:
        self.path = path
        self.descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the directory back."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def at(self, name: str) -> tuple[str, dict[str, int]]:
        """Return a name as the functions of `os` take it."""
        if self.descriptor is None:
            return os.path.join(self.path, name), {}
        return name, {"dir_fd": self.descriptor}

    def look(self, name: str) -> os.stat_result | None:
        """Return what an entry is, itself and not what it leads to; None where there is none."""
        path, at = self.at(name)
        try:
            return os.stat(path, follow_symlinks=False, **at)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, name: str, flags: int, mode: int = 0o666) -> int:
        """Return a descriptor of an entry that is not a link."""
        path, at = self.at(name)
        return os.open(
            path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), mode, **at
        )

    def make(self, name: str) -> None:
        """Make a directory, unless it is there."""
        path, at = self.at(name)
        with suppress(FileExistsError):
            os.mkdir(path, **at)

    def enter(self, name: str, *, through: bool = False) -> Folder:
        """Return the directory that an entry is.

        Args:
            name: The entry, or `..`.
            through: It is only passed, and nothing in it is listed.

        Raises:
            OSError: It is not a directory, or a link to one.
        """
        path = os.path.dirname(self.path) if name == ".." else os.path.join(self.path, name)
        if self.descriptor is None:
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            return Folder(path, None)
        try:
            opened = os.open(name, _THROUGH if through else _DIRECTORY, dir_fd=self.descriptor)
        except OSError as error:
            raise type(error)(error.errno, error.strerror, path) from None
        return Folder(path, opened)

    def identity(self) -> Identity:
        """Device and inode of the directory itself."""
        return identity(os.stat(self.path if self.descriptor is None else self.descriptor))

    def unlink(self, name: str) -> None:
        """Remove an entry that is not a directory; a link itself, never what it leads to."""
        path, at = self.at(name)
        os.unlink(path, **at)

    def remove_directory(self, name: str) -> None:
        """Remove an empty directory."""
        path, at = self.at(name)
        os.rmdir(path, **at)

    def move(self, name: str, to: Folder, new: str) -> None:
        """Give a file another name in a directory of the same file system; a file that has it is
        replaced in one step."""
        if self.descriptor is None or to.descriptor is None:
            os.replace(os.path.join(self.path, name), os.path.join(to.path, new))
        else:
            os.replace(name, new, src_dir_fd=self.descriptor, dst_dir_fd=to.descriptor)

    def entries(self) -> Iterator[os.DirEntry[str]]:
        """Yield the entries, in the order of the system."""
        with os.scandir(self.path if self.descriptor is None else self.descriptor) as found:
            yield from found

    def remove_tree(self, name: str) -> None:
        """Remove a directory with all that is in it, however deep. Links in it are removed and not
        followed.

        One directory is open at a time, and the way up is checked: another process may move a
        directory while its files are removed.
        """
        here, above, names = self.enter(name), [self.identity()], [name]
        try:
            while names:
                if (below := here._remove_files()) is not None:
                    deeper = here.enter(below)
                    above.append(here.identity())
                    names.append(below)
                else:
                    deeper = here.enter("..")
                    if deeper.identity() != above.pop():
                        deeper.close()
                        raise Refused(
                            here.path, "was moved while it was removed; remove what is left of it"
                        )
                    deeper.remove_directory(names.pop())
                here.close()
                here = deeper
        finally:
            here.close()

    def _remove_files(self) -> str | None:
        """Remove all files up to a directory, whose name is given; None where nothing is left."""
        while True:
            none = True
            for entry in self.entries():
                none = False
                if entry.is_dir(follow_symlinks=False):
                    return str(entry.name)
                self.unlink(entry.name)
            # What is removed while it is listed may hide other entries on some file systems.
            if none:
                return None


def open_folder(path: Path, repository: Path | None = None, *, make: bool = False) -> Folder:
    """Return a directory that the user named.

    Links outside of `repository` are the user's and followed; one that lies in its work tree came
    with it and is refused.

    Raises:
        Refused: A component is such a link, or `.git`.
        OSError: It does not exist, is not a directory, or the system refuses.
    """
    parent, name = _walk(path, repository, make=make, last=False)
    assert not name
    return parent


def open_parent(
    path: Path, repository: Path | None = None, *, make: bool = False
) -> tuple[Folder, str]:
    """Return the directory of a file that the user named, and its name there; rules as in
    `open_folder`."""
    return _walk(path, repository, make=make, last=True)


def work_tree(directory: Path) -> Path:
    """Return the nearest directory above, or the directory itself, that has a `.git`; the directory
    where none has."""
    start = Path(os.path.realpath(directory))
    return next((one for one in (start, *start.parents) if os.path.lexists(one / ".git")), start)


def _walk(path: Path, repository: Path | None, *, make: bool, last: bool) -> tuple[Folder, str]:
    tree = work_tree(repository) if repository is not None else None
    root = identity(os.stat(tree)) if tree is not None else None
    whole = os.path.join(os.getcwd(), path)
    top = Path(whole).anchor or os.sep
    pending = _parts(whole[len(top) :])
    folder, depth = _top(top, root)
    links = 0
    try:
        while pending:
            part = pending.pop()
            if part == "..":
                folder = _next(folder, folder.enter("..", through=True))
                depth = depth - 1 if depth else None
                continue
            where = os.path.join(folder.path, part)
            if is_git(part) and (
                depth is not None or tree is None or not tree.is_relative_to(where)
            ):
                raise Refused(
                    path,
                    "lies in a directory `.git`, where nothing is written; choose another place",
                )
            status = folder.look(part)
            if status is not None and stat.S_ISLNK(status.st_mode):
                if depth is not None:
                    raise Refused(
                        path,
                        f"leads through the link {where} of the repository, which is not followed; "
                        f"remove the link",
                    )
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
                name, at = folder.at(part)
                target = os.readlink(name, **at)
                if os.path.isabs(target):
                    top = Path(target).anchor or os.sep
                    folder.close()
                    folder, depth = _top(top, root)
                    target = target[len(top) :]
                pending += _parts(target)
                continue
            if last and not pending:
                return _next(folder, Folder(folder.path, _again(folder))), part
            if status is None and make:
                folder.make(part)
            folder = _next(folder, folder.enter(part, through=bool(pending)))
            depth = depth + 1 if depth is not None else 0 if folder.identity() == root else None
    except BaseException as error:
        folder.close()
        if isinstance(error, OSError) and not isinstance(error, Refused):
            # The path that the user knows, not a part of it.
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
    if last:
        folder.close()
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return _next(folder, Folder(folder.path, _again(folder))), ""


def _parts(path: str) -> list[str]:
    """Return the components of a path, the first one last."""
    separated = path.replace(os.altsep, os.sep) if os.altsep else path
    return [part for part in reversed(separated.split(os.sep)) if part not in ("", ".")]


def _top(path: str, root: Identity | None) -> tuple[Folder, int | None]:
    """Return the directory that paths begin at; 0 where it is the repository."""
    folder = Folder(path, os.open(path, _DIRECTORY) if RELATIVE else None)
    return folder, 0 if folder.identity() == root else None


def _next(folder: Folder, other: Folder) -> Folder:
    folder.close()
    return other


def _again(folder: Folder) -> int | None:
    """Return a descriptor of the same directory that can be listed, where it may be."""
    if folder.descriptor is None:
        return None
    try:
        return os.open(".", _DIRECTORY, dir_fd=folder.descriptor)
    except PermissionError:
        return os.dup(folder.descriptor)
