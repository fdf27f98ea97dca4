"""Write a directory as it was at a commit to another place: the working tree, the index and the
branches stay as they are.

In: a directory in a Git work tree and the name of a commit. Out: the regular files of that commit
below the directory, in a directory that the caller gives. Blobs are read with `git cat-file`, not
`git archive`: attributes (`export-ignore`, `export-subst`) and filters, which could run programs,
have no say in what the manifests were.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path

from gitops_docs.files.writer import Directory, clean
from gitops_docs.repository import git
from gitops_docs.repository.checkout import UnreadableFile, read_file
from gitops_docs.repository.tree import normalise
from gitops_docs.yaml.limits import MAX_DIRECTORIES

_REGULAR = (b"100644", b"100755")


class UnknownRevision(Exception):
    """A name that is not a commit here, or a directory that Git does not know; the text says what
    to do."""


def resolve(root: Path, revision: str) -> str:
    """Return the full hash of the commit that a name stands for.

    Raises:
        UnknownRevision: There is no Git, or no such commit.
    """
    problem = git.problem(root)
    if problem is not None:
        raise UnknownRevision(f"the Git repository of {root} is not read: {problem}")
    if git.toplevel(root) is None:
        raise UnknownRevision(f"{root} is not in a Git repository, so there is nothing to compare")
    found = git.resolve(root, revision)
    if found is None:
        raise UnknownRevision(f"no commit `{revision}` in this repository{_hint(root)}")
    return found


def merge_base(root: Path, one: str, other: str) -> str:
    """Return the full hash of the commit from which two others went apart.

    Raises:
        UnknownRevision: There is none, or it is not in this clone.
    """
    found = git.merge_base(root, one, other)
    if found is None:
        raise UnknownRevision(f"{one[:9]} and {other[:9]} have no commit in common{_hint(root)}")
    return found


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a commit and the files as they are: paths below a directory."""

    edited: frozenset[str]
    """New, or with other content."""
    removed: frozenset[str]

    def seen_from(self, prefix: str) -> Changes:
        """Return the same paths from a directory below, e.g. `../docs/index.md` from
        `manifests/`."""
        if not prefix:
            return self
        edited, removed = (
            frozenset(posixpath.relpath(name, prefix.rstrip("/")) for name in names)
            for names in (self.edited, self.removed)
        )
        return Changes(edited, removed)


def changes_since(root: Path, commit: str) -> Changes:
    """Return the files below `root` that are not as they were at a commit, committed or not.

    Each file is compared by the hash that Git gives its content
    (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects), so that neither the index nor a
    filter, which could be a program, has a say.

    Raises:
        UnknownRevision: The commit cannot be read.
    """
    listed = git.list_commit(root, commit)
    present = git.list_files(root)
    if listed is None or present is None:
        raise UnknownRevision(f"commit {commit[:9]} cannot be read")
    before = {name: identity for mode, identity, name in listed if mode in _REGULAR}
    edited = {name for name in present if before.get(name) != _identity(root, name, commit)}
    return Changes(frozenset(edited), frozenset(before.keys() - set(present)))


def contents(root: Path, commit: str, names: Iterable[str]) -> dict[str, bytes]:
    """Return files below `root` as they were at a commit; those that it does not have are left out.

    Raises:
        UnknownRevision: The commit cannot be read.
    """
    wanted = set(names)
    found = {
        name: identity
        for mode, identity, name in git.list_commit(root, commit) or ()
        if mode in _REGULAR and name in wanted
    }
    try:
        return dict(zip(found, git.blobs(root, list(found.values())), strict=True))
    except OSError as error:
        raise UnknownRevision(f"the files of commit {commit[:9]} cannot be had: {error}") from None


def _identity(root: Path, name: str, commit: str) -> bytes:
    """Return the hash of a file as a blob; empty where it cannot be read. A repository has SHA-1 or
    SHA-256, by the length of its hashes."""
    try:
        content = read_file(root, name)
    except UnreadableFile:
        return b""
    whole = sha256() if len(commit) == 64 else sha1(usedforsecurity=False)
    whole.update(b"blob %d\0" % len(content))
    whole.update(content)
    return whole.hexdigest().encode()


def _hint(root: Path) -> str:
    return (
        "; this clone is shallow: fetch the whole history (`fetch-depth: 0`)"
        if git.is_shallow(root)
        else ""
    )


def write(root: Path, commit: str, target: Path) -> None:
    """Write the files of a commit below `root` into `target`, which is made. Links and submodules
    are left out, as everywhere.

    Raises:
        UnknownRevision: The commit cannot be read.
    """
    listed = git.list_commit(root, commit)
    if listed is None:
        raise UnknownRevision(f"commit {commit[:9]} cannot be read")
    wanted: list[tuple[bytes, str]] = []
    for mode, identity, name in listed:
        path = normalise("", name)
        if (
            mode in _REGULAR
            and path
            and clean(path) is not None
            and path.count("/") <= MAX_DIRECTORIES
        ):
            wanted.append((identity, path))
    contents = git.blobs(root, [identity for identity, _ in wanted])
    try:
        with Directory(target, make=True) as directory:
            for (_, path), content in zip(wanted, contents, strict=True):
                directory.write(path, content, durable=False)
    except OSError as error:
        raise UnknownRevision(f"the files of commit {commit[:9]} cannot be had: {error}") from None
