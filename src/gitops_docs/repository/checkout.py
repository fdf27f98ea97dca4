"""Read the files of a directory: which there are, their bytes and their parsed documents."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.model import Location, Rule, Severity
from gitops_docs.repository import git, rules
from gitops_docs.repository.work_tree import NotRead
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import MAX_BYTES, MAX_DIRECTORIES, Budget
from gitops_docs.yaml.nodes import Node, Sealed
from gitops_docs.yaml.parse import Comment, Parsed, parse
from gitops_docs.yaml.rules import FileTooLarge, RepositoryTooLarge

SKIPPED_DIRECTORIES = frozenset(
    {
        ".git",
        ".cache",
        ".venv",
        ".tox",
        ".mypy_cache",
        ".pytest_cache",
        "__pycache__",
        "node_modules",
    }
)
"""Never listed where there is no Git to say what belongs to the repository."""


MARK = b"gitops-docs:"
IMAGE_POLICY = b"$imagepolicy"
"""Begins the comments that image automation looks for."""
"""What a file must hold for its comments to be for us."""


class UnreadableFile(Exception):
    """A file that cannot be read; `rule` is what the finding is of, `reason` a sentence without the
    file's content."""

    def __init__(self, rule: type[Rule], reason: str) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason

    @property
    def is_too_large(self) -> bool:
        """Whether it holds more than is read."""
        return self.rule is FileTooLarge


class Checkout:
    """The files of a directory on disk that belong to the repository: what Git tracks or would
    track, else all.

    `label` is put before a path wherever the path is shown: empty for the scanned repository, the
    directory as configured for others. `written` are directories below the root that a build writes
    to: what it made before is nothing that it reads. Files whose path begins with `without` are
    those of another checkout.
    """

    def __init__(
        self, root: Path, label: str = "", written: Iterable[str] = (), without: str = ""
    ) -> None:
        self.root = root
        self.label = label
        self._written = tuple(f"{directory}/" for directory in written)
        if without:
            self._written = (*self._written, without)
        self._parsed: dict[str, Parsed] = {}
        self._marked: dict[str, dict[bytes, bool]] = {}
        self._values = Budget(limits.MAX_READ)
        self._bytes = Budget(limits.MAX_BYTES_READ)
        self._cost: dict[str, int] = {}
        self.unread: set[str] = set()
        """Files that the budgets of a scan do not cover."""
        self._listed = self._list()
        self.files: frozenset[str] = frozenset(self._listed.signatures)

    @property
    def submodules(self) -> frozenset[str]:
        """The directories that are submodules."""
        return self._listed.submodules

    @property
    def problem(self) -> str | None:
        """Why what Git knows of these files is not used; None where it is, or where there is no
        Git."""
        return self._listed.problem

    @property
    def too_deep(self) -> tuple[str, ...]:
        """The files that are not read because too many directories lie above them."""
        return self._listed.too_deep

    @property
    def _signatures(self) -> dict[str, Signature]:
        return self._listed.signatures

    def refresh(self) -> frozenset[str] | None:
        """Look at the files again and forget what was read of those that changed.

        Returns:
            The files that changed; None where one came or went.
        """
        before = self._signatures
        self._listed = self._list()
        changed = {
            path for path, signature in self._signatures.items() if before.get(path) != signature
        }
        for path in changed | (before.keys() - self._signatures.keys()):
            self._parsed.pop(path, None)
            self._marked.pop(path, None)
            self._values.left += self._cost.pop(path, 0)
        self._bytes.left = limits.MAX_BYTES_READ
        for path in self.unread:
            self._parsed.pop(path, None)
        self.unread.clear()
        if before.keys() != self._signatures.keys():
            self.files = frozenset(self._signatures)
            return None
        return frozenset(changed)

    def _list(self) -> _Listed:
        listed = _list_files(self.root)
        if not self._written:
            return listed
        kept = {
            path: found
            for path, found in listed.signatures.items()
            if not path.startswith(self._written)
        }
        return replace(listed, signatures=kept)

    def origin(self, path: str) -> str:
        """Return the path as findings, provenance and JSON name it."""
        return f"{self.label}/{path}" if self.label else path

    def size(self, path: str) -> int:
        """Return the bytes of a listed file, counted when it was listed; 0 for any other."""
        signature = self._signatures.get(path)
        return signature[2] if signature is not None else 0

    def read(self, path: str) -> bytes:
        """Return the bytes of a listed file.

        Raises:
            UnreadableFile: Not a regular file any more, too large, or the system refuses.
        """
        if path not in self.files:
            raise UnreadableFile(rules.FileNotFound, "no such file in the repository")
        if self._bytes.left < 0:
            raise self._too_much(path)
        content = read_file(self.root, path)
        self._bytes.spend(len(content))
        self._marked[path] = {mark: mark in content for mark in (MARK, IMAGE_POLICY)}
        return content

    def _too_much(self, path: str) -> UnreadableFile:
        self.unread.add(path)
        return UnreadableFile(
            RepositoryTooLarge, "is not read: the files of this repository hold too much together"
        )

    def documents(self, path: str) -> Parsed:
        """Return the YAML documents of a listed file; an unreadable one gives a finding."""
        parsed = self._parsed.get(path)
        if parsed is None:
            name = self.origin(path)
            try:
                parsed = self._parse(path, name)
            except UnreadableFile as error:
                parsed = Parsed(
                    (),
                    (error.rule.at(Location(name, 1), error.reason, severity=Severity.ERROR),),
                    complete=False,
                )
            self._parsed[path] = parsed
        return parsed

    def _parse(self, path: str, name: str) -> Parsed:
        if self._values.left < 0:
            raise self._too_much(path)
        content = self.read(path)
        parsed = parse(content, name)
        # What a file that cannot be read has cost is not known: at most a value for each few bytes.
        cost = limits.of_bytes(len(content)) if parsed.complete else len(content) >> 2
        cost += 2 * len(parsed.comments) + sum(
            limits.weight(document.root, limits.MAX_READ) for document in parsed.documents
        )
        self._cost[path] = cost
        self._values.spend(cost)
        return parsed

    def sealed(self) -> Iterator[Sealed]:
        """Yield every secret value in the files that were read so far."""
        for parsed in self._parsed.values():
            yield from parsed.sealed

    def roots(self) -> Iterator[tuple[str, Node]]:
        """Yield the documents that were read so far, each with the path of its file."""
        for path, parsed in self._parsed.items():
            for document in parsed.documents:
                yield path, document.root

    def is_marked(self, path: str) -> bool:
        """Return whether a listed file has something that is meant for us; not where it cannot be
        read."""
        return self.contains(path, MARK)

    def contains(self, path: str, mark: bytes) -> bool:
        """Return whether a listed file has `mark` in it; not where it cannot be read. The answer is
        kept until the file changes."""
        found = self._marked.setdefault(path, {})
        if mark not in found:
            try:
                found[mark] = mark in self.read(path)
            except UnreadableFile:
                found[mark] = False
        return found[mark]

    def comments(self, path: str) -> dict[int, Comment]:
        """Return the comments of a listed YAML file by line; empty where it cannot be read."""
        return self.documents(path).comments


_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


def read_file(root: Path, path: str, most: int = MAX_BYTES) -> bytes:
    """Return the bytes of a regular file below a directory; symbolic links are not followed,
    nothing waits for a pipe.

    Raises:
        UnreadableFile: Not a regular file, too large, or the system refuses.
    """
    try:
        descriptor = os.open(os.path.join(root, path), _OPEN)
    except OSError as error:
        raise UnreadableFile(rules.FileUnreadable, f"cannot be read: {error.strerror}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFile(rules.FileUnreadable, "not a regular file")
        if status.st_size > most:
            raise UnreadableFile(
                FileTooLarge,
                f"{status.st_size >> 20} MB is more than the {most >> 20} MB that are read",
            )
        content = b""
        # One byte more than its size tells that the file does not grow while it is read.
        while part := os.read(descriptor, max(status.st_size - len(content), 0) + 1):
            content += part
            if len(content) > most:
                raise UnreadableFile(FileTooLarge, "it grows while it is read")
        return content
    except OSError as error:
        raise UnreadableFile(rules.FileUnreadable, f"cannot be read: {error.strerror}") from None
    finally:
        os.close(descriptor)


Signature = tuple[int, int, int, int]
"""What tells a changed file: time of change in ns of content and of inode, size in bytes, inode."""


def signature(status: os.stat_result) -> Signature:
    """Return the signature of a file, from what the system says of it."""
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


class _Listed(Struct, frozen=True):
    """The files of a directory."""

    signatures: dict[str, Signature]
    """The regular files, with what tells whether one changed."""
    submodules: frozenset[str]
    too_deep: tuple[str, ...]
    problem: str | None


def _list_files(root: Path) -> _Listed:
    found: dict[str, Signature] = {}
    submodules = set()
    too_deep = []
    prefix = os.path.join(root, "")
    real: dict[str, bool] = {"": True}
    paths, problem = _paths(root)
    for path in paths:
        if path.count("/") > MAX_DIRECTORIES:
            too_deep.append(path)
            continue
        try:
            if not _is_below(prefix, path.rpartition("/")[0], real):
                continue
            status = os.lstat(prefix + path)
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            found[path] = signature(status)
        elif stat.S_ISDIR(status.st_mode):
            # Git lists files only, but for what it takes from another repository.
            submodules.add(path.rstrip("/"))
    return _Listed(found, frozenset(submodules), tuple(too_deep), problem)


def _is_below(prefix: str, directory: str, known: dict[str, bool]) -> bool:
    """Return whether a directory and all above it are directories and no links: Git lists what it
    tracks, whatever stands there now."""
    unknown = []
    while directory not in known:
        unknown.append(directory)
        directory = directory.rpartition("/")[0]
    found = known[directory]
    for name in reversed(unknown):
        found = known[name] = found and stat.S_ISDIR(os.lstat(prefix + name).st_mode)
    return found


def _paths(root: Path) -> tuple[list[str], str | None]:
    problem = None
    try:
        listed = git.list_files(root)
    except NotRead as error:
        listed, problem = None, str(error)
    return walk(root) if listed is None else listed, problem


def walk(root: Path) -> list[str]:
    """Return the files below a directory. Links are not followed."""
    found: list[str] = []
    pending = [""]
    while pending:
        prefix = pending.pop()
        directories = []
        try:
            with os.scandir(os.path.join(root, prefix)) as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        if entry.name != ".git":
                            found.append(prefix + entry.name)
                    elif entry.name not in SKIPPED_DIRECTORIES:
                        directories.append(f"{prefix}{entry.name}/")
        except OSError:
            continue
        pending += sorted(directories, reverse=True)
    return found
