"""Make a private temporary directory that is gone when it is no longer needed, also where a signal
ends the command.

In: nothing. Out: a path. `end_on_signals` makes SIGTERM and SIGHUP an exception, so that whatever
cleans up gets to do so.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gitops_docs.files.folder import open_parent
from gitops_docs.files.writer import TEMPORARY

PREFIX = TEMPORARY.removeprefix(".")


@contextmanager
def temporary_directory() -> Iterator[Path]:
    """Make a directory of this process that only its user may read, until the block ends.

    Raises:
        OSError: None can be made.
    """
    import tempfile  # late: most scans need none

    name: str | None = None
    try:
        name = tempfile.mkdtemp(prefix=PREFIX)
        yield Path(name).resolve()
    finally:
        if name is not None:
            _remove(name)


def temporary_file(suffix: str) -> Path:
    """Return an empty file of this process, until it ends.

    Raises:
        OSError: None can be made.
    """
    import tempfile  # late, as above

    descriptor, name = tempfile.mkstemp(prefix=PREFIX, suffix=suffix)
    os.close(descriptor)
    path = Path(name).resolve()
    atexit.register(_unlink, str(path))
    return path


def _remove(name: str) -> None:
    with suppress(OSError):
        folder, last = open_parent(Path(name))
        with folder:
            folder.remove_tree(last)


def _unlink(name: str) -> None:
    with suppress(OSError):
        os.unlink(name)


def end_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the process with 128 + the number of the signal, after everything
    has cleaned up.

    A handler that is set already, and other threads than the first one, are left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: object) -> None:
    # A second one does not wait for the cleaning up of the first.
    signal.signal(number, signal.SIG_DFL)
    raise SystemExit(128 + number)
