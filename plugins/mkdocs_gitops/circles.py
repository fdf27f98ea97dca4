"""Links among the hand-written pages that lead round in a circle: MkDocs follows them until the names get too long, or for ever.

In: `docs_dir`. Out: a link that leads to a directory in which it lies.
"""

from __future__ import annotations

import os
from contextlib import suppress


def circle(docs: str) -> str | None:
    """The first directory, relative to `docs`, from which links lead back to one that it lies in; None where there is none."""
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
            return os.path.relpath(directory, docs)
        if real in done:
            continue
        above.append(real)
        pending.append(None)
        with suppress(OSError), os.scandir(directory) as entries:
            pending += sorted((entry.path for entry in entries if entry.is_dir()), reverse=True)
    return None
