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
    above: list[str] = []
    # What is still to be entered; None ends the directory that was entered last.
    pending: list[str | None] = [docs]
    while pending:
        directory = pending.pop()
        if directory is None:
            done.add(above.pop())
            continue
        real = os.path.realpath(directory)
        if real in above:
            return os.path.relpath(directory, docs), deepest
        if real in done:
            continue
        above.append(real)
        deepest = max(deepest, len(above) - 1)
        pending.append(None)
        with suppress(OSError), os.scandir(directory) as entries:
            pending += sorted((entry.path for entry in entries if entry.is_dir()), reverse=True)
    return None, deepest
