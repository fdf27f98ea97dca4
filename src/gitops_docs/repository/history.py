"""Read the last commits, and what each of them touched: one pass over `git log`.

In: the scan root. Out: `model.Commit`s, newest first, empty where there is no Git. The first
parents are followed, so that a merge counts for what it brought to the branch and can be reverted
with one command.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator
from pathlib import Path

from msgspec.structs import replace

from gitops_docs.model import Commit
from gitops_docs.repository import git, patches

MAX_COMMITS = 1000
"""Most commits that are read."""
MAX_PATCHES = 400
"""Most commits whose patches are read;"""
FEW_PATCHES = 40
"""so many where those of all are more than a call of Git may print."""

_FIELDS = "%x00%H%x00%cs%x00%an%x00%P%x00%s%x00%b"
"""NUL alone can stand in no message, author or file name. An empty field, which no file name is,
begins a commit."""


def read(root: Path, existing: Container[str], limit: int = MAX_COMMITS) -> tuple[Commit, ...]:
    """Return the commits that touched something below `root`, newest first.

    Args:
        root: The scan root; paths in the result are relative to it.
        existing: The files that are there now; others that a commit touched are `gone`.
        limit: Most commits.
    """
    out = git.log(root, _FIELDS, limit)
    if not out:
        return ()
    return tuple(_commits(out.split(b"\0"), existing))


def with_values(
    root: Path, commits: tuple[Commit, ...], content: Callable[[str], bytes | None]
) -> tuple[Commit, ...]:
    """Return the commits, the newest ones with the versions and tags that they changed and the
    objects that they added.

    Args:
        root: The scan root.
        commits: What `read` gave.
        content: The content of a file as it is now; None where it must not or cannot be read.
    """
    out = git.patches(root, "%x00%H", MAX_PATCHES) or git.patches(root, "%x00%H", FEW_PATCHES)
    found = patches.read(out)
    made = []
    current = patches.Current(content)
    for commit in commits:
        patch = found.get(commit.revision)
        if patch is not None:
            values = tuple(change for change in map(current.of, patch.values) if change is not None)
            commit = replace(
                commit,
                added=tuple(file for file in commit.added if not patch.moved(file)),
                objects=tuple(
                    one for one in dict.fromkeys(patch.objects) if one[1:] not in patch.lost
                ),
                values=values,
                held=tuple(dict.fromkeys(patch.held)),
            )
        made.append(commit)
    return tuple(made)


def _commits(parts: list[bytes], existing: Container[str]) -> Iterator[Commit]:
    start = 0
    while start + 6 < len(parts):
        fields, start = parts[start + 1 : start + 7], start + 7
        end = next((index for index in range(start, len(parts)) if not parts[index]), len(parts))
        yield _commit(fields, parts[start:end], existing)
        start = end


def _commit(fields: list[bytes], touched: list[bytes], existing: Container[str]) -> Commit:
    revision, date, author, parents, subject, body = (
        field.decode("utf-8", "replace") for field in fields
    )
    states = {
        os.fsdecode(name): state.removeprefix(b"\n")[:1].decode("ascii", "replace")
        for state, name in zip(touched[::2], touched[1::2], strict=False)
    }
    names = sorted(states)
    merge = len(parents.split()) > 1
    first_line = next((line.strip() for line in body.splitlines() if line.strip()), "")
    return Commit(
        revision=revision,
        date=date,
        author=author,
        # A forge writes what a merge is about into the first line of its body.
        subject=first_line
        if merge and first_line and subject.startswith("Merge pull request")
        else subject,
        files=tuple(name for name in names if name in existing),
        gone=tuple(name for name in names if name not in existing),
        merge=merge,
        added=tuple(name for name in names if states[name] == "A"),
        removed=tuple(name for name in names if states[name] == "D"),
        first=not parents.strip(),
    )
