"""A directory as it was at a commit, written elsewhere: the working tree, the index and the branches stay as they are.

In: a directory in a Git work tree and the name of a commit. Out: the regular files of that commit below the directory, in a directory
that the caller gives. Blobs are read with `git cat-file`, not `git archive`: attributes (`export-ignore`, `export-subst`) and filters,
which could run programs, have no say in what the manifests were.
"""

from __future__ import annotations

import os
from pathlib import Path

from gitops_docs.files.writer import Directory, clean
from gitops_docs.repository import git
from gitops_docs.repository.tree import normalise

_REGULAR = (b"100644", b"100755")


class UnknownRevision(Exception):
    """A name that is no commit here, or a directory that Git does not know; the text says what to do."""


def resolve(root: Path, revision: str) -> str:
    """The full hash of the commit that a name stands for.

    Raises:
        UnknownRevision: There is no Git, or no such commit.
    """
    if git.toplevel(root) is None:
        raise UnknownRevision(f"{root} is not in a Git repository, so there is nothing to compare")
    found = None
    if not revision.startswith("-"):
        found = git.run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not found:
        hint = ""
        if git.run(root, "rev-parse", "--is-shallow-repository") == b"true\n":
            hint = "; this clone is shallow: fetch the whole history (`fetch-depth: 0`)"
        raise UnknownRevision(f"no commit `{revision}` in this repository{hint}")
    return found.decode().strip()


def write(root: Path, commit: str, target: Path) -> None:
    """Write the files of a commit below `root` into `target`, which is made. Links and submodules are left out, as everywhere.

    Raises:
        UnknownRevision: The commit cannot be read.
    """
    prefix = git.run(root, "rev-parse", "--show-prefix")
    where = os.fsdecode((prefix or b"").rstrip(b"\n"))
    listed = git.run(root, "ls-tree", "-r", "-z", "--full-tree", commit, *(["--", where] if where else []))
    if listed is None:
        raise UnknownRevision(f"commit {commit[:9]} cannot be read")
    wanted: list[tuple[bytes, str]] = []
    for entry in filter(None, listed.split(b"\0")):
        facts, _, name = entry.partition(b"\t")
        mode, kind, identity = facts.split()
        path = normalise("", os.fsdecode(name).removeprefix(where))
        if mode in _REGULAR and kind == b"blob" and path and clean(path) is not None:
            wanted.append((identity, path))
    contents = git.blobs(root, [identity for identity, _ in wanted])
    try:
        with Directory(target, make=True) as directory:
            for (_, path), content in zip(wanted, contents, strict=True):
                directory.write(path, content, durable=False)
    except OSError as error:
        raise UnknownRevision(f"the files of commit {commit[:9]} cannot be had: {error}") from None
