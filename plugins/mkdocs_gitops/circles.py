"""Looks at the directories of the hand-written pages before MkDocs goes through them, with all links and by recursion.

In: `docs_dir`. Out: a link that leads to a directory in which it lies, and how deep the directories are. MkDocs follows such a link until
the names get too long, or for ever.
"""

from __future__ import annotations

import os
from contextlib import suppress


def circle_and_depth(docs: str) -> tuple[str | None, int]:
    """The first directory, relative to `docs`, from which links lead back to one that it lies in, and the most directories in each other.

    The first is None where there is none.
    """
    deepest = 0
    done: set[str] = set()
    # The directories that lie in each other, by their real paths, in order.
    above: dict[str, None] = {}
    # What is still to be entered, with its real path; None ends the directory that was entered last.
    pending: list[tuple[str, str] | None] = [(docs, os.path.realpath(docs))]
    while pending:
        entered = pending.pop()
        if entered is None:
            done.add(above.popitem()[0])
            continue
        directory, real = entered
        if real in above:
            return os.path.relpath(directory, docs), deepest
        if real in done:
            continue
        above[real] = None
        deepest = max(deepest, len(above) - 1)
        pending.append(None)
        with suppress(OSError), os.scandir(directory) as entries:
            below = sorted((entry.name, entry.path, entry.is_symlink()) for entry in entries if entry.is_dir())
            # Only a link needs to be resolved: for each directory it would take as many steps as there are above it.
            pending += [
                (path, os.path.realpath(path) if is_link else os.path.join(real, name))
                for name, path, is_link in reversed(below)
            ]
    return None, deepest
