"""Show how far long work is: one line on a terminal that is written over, and nothing in any log.

A command that a person waits for opens `shown`; within it `step` writes to its terminal. Everywhere
else, as in a library, `step` does nothing. The words are ours; no name of a repository stands in
the line.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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


_line: ContextVar[_Line | None] = ContextVar("progress", default=None)
"""The line of the command that runs; only `shown` sets it."""


@contextmanager
def shown() -> Iterator[None]:
    """Show how far work is until the block ends: on a terminal that can erase a line, but not in
    CI, which may have one."""
    visible = (
        sys.stderr.isatty()
        and not os.environ.get("CI")
        and os.environ.get("TERM", "dumb") != "dumb"
    )
    before = _line.set(_Line() if visible else None)
    try:
        yield
    finally:
        clear()
        _line.reset(before)


def step(what: str, number: int, of: int | None = None) -> None:
    """Show how far work is, e.g. `reading files: 1200 of 2060`."""
    line = _line.get()
    if line is not None:
        line.write(f"{what}: {number} of {of}" if of is not None else f"{what}: {number}")


def clear() -> None:
    """Erase the line, so that something else can be printed."""
    line = _line.get()
    if line is not None:
        line.erase()
