"""How far long work is, for somebody who waits at a terminal: one line that is written over, and
nothing in any log.

In: what is being done, and how much of it. Out: nothing, unless a command has said `show` and
standard error is a terminal. The words are ours; no name of a repository stands in the line.
"""

from __future__ import annotations

import atexit
import os
import sys
import time

_PATIENCE, _PAUSE = 0.5, 0.1
"""Seconds before the first line, and between two."""
_ERASE = "\r\x1b[K"


class _Line:
    def __init__(self) -> None:
        self.due = time.monotonic() + _PATIENCE
        self.shown = False

    def write(self, text: str) -> None:
        now = time.monotonic()
        if now >= self.due:
            self.due, self.shown = now + _PAUSE, True
            sys.stderr.write(f"{_ERASE}{text}\r")
            sys.stderr.flush()

    def erase(self) -> None:
        if self.shown:
            self.shown = False
            sys.stderr.write(_ERASE)
            sys.stderr.flush()


_line: _Line | None = None


def show() -> None:
    """From now on say how far work is, where somebody sees it: on a terminal that can erase a line,
    but not in CI, which may have one."""
    global _line
    if (
        _line is None
        and sys.stderr.isatty()
        and not os.environ.get("CI")
        and os.environ.get("TERM", "dumb") != "dumb"
    ):
        _line = _Line()
        atexit.register(clear)


def step(what: str, number: int, of: int | None = None) -> None:
    """Say how far work is, e.g. `reading files: 1200 of 2060`."""
    if _line is not None:
        _line.write(f"{what}: {number} of {of}" if of is not None else f"{what}: {number}")


def clear() -> None:
    """Make room for something else to be printed."""
    if _line is not None:
        _line.erase()
