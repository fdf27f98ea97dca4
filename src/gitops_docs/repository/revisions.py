"""A directory as it was at a commit, written elsewhere: the working tree, the index and the
branches stay as they are.

In: a directory in a Git work tree and the name of a commit. Out: the regular files of that commit
below the directory, in a directory that the caller gives. Blobs are read with `git cat-file`, not
`git archive`: attributes (`export-ignore`, `export-subst`) and filters, which could run programs,
have no say in what the manifests were.
"""

from __future__ import annotations

from pathlib import Path

from gitops_docs.files.writer import Directory, clean
from gitops_docs.repository import git
from gitops_docs.repository.tree import normalise
from gitops_docs.yaml.limits import MAX_DIRECTORIES

_REGULAR = (b"100644", b"100755")


class UnknownRevision(Exception):
    """A name that is no commit here, or a directory that Git does not know; the text says what to
    do."""


def resolve(root: Path, revision: str) -> str:
    """The full hash of the commit that a name stands for.

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
    """The full hash of the commit from which two others went apart.

    Raises:
        UnknownRevision: There is none, or it is not in this clone.
    """
    found = git.merge_base(root, one, other)
    if found is None:
        raise UnknownRevision(f"{one[:9]} and {other[:9]} have no commit in common{_hint(root)}")
    return found


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
