"""Runs commands in one process and says what they opened for writing, renamed, removed or made, and
where that really lies.

Usage: python -m tests.safety.observed RUNS.json. RUNS is a list of `{"arguments": [...], "allowed":
[directories]}`; the answer on standard output is a list of `{"status": ..., "said": ..., "outside":
[...]}`. Linux only: descriptors are looked up in /proc.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
EVENTS: dict[str, tuple[tuple[int, int | None], ...]] = {
    # Where the paths stand among the arguments of an event, and the descriptors that they are
    # relative to.
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.utime": ((0, 3),),
    "os.truncate": ((0, None),),
    "os.setxattr": ((0, None),),
    "os.mkfifo": ((0, 2),),
    "os.mknod": ((0, 3),),
    "shutil.rmtree": ((0, None),),
    "shutil.move": ((0, None), (1, None)),
    "shutil.copyfile": ((1, None),),
    "shutil.copytree": ((1, None),),
    "shutil.unpack_archive": ((1, None),),
}


class Observer:
    """An audit hook."""

    def __init__(self) -> None:
        self.allowed: tuple[str, ...] = ()
        self.outside: list[str] = []
        self.known = False
        """Whether the file that is being opened has been looked at: the event `open` does not know
        the directory of `openat`."""
        self.busy = False

    def look(self, event: str, path: Any, descriptor: Any) -> None:
        """Note a path that does not lie in an allowed directory."""
        if isinstance(path, int):
            return  # It was opened before.
        text = os.fsdecode(path)
        if isinstance(descriptor, int) and descriptor >= 0 and not os.path.isabs(text):
            text = os.path.join(os.readlink(f"/proc/self/fd/{descriptor}"), text)
        above, name = os.path.split(os.path.abspath(text))
        # `open` follows a link at the end; the others change the entry itself.
        real = (
            os.path.realpath(text)
            if event == "open" and not self.known
            else os.path.join(os.path.realpath(above), name)
        )
        if real.startswith("/dev/") or "__pycache__" in real.split(os.sep):
            return
        if ".git" in (part.casefold() for part in real.split(os.sep)):
            self.outside.append(f"{event} {real} (.git)")
        elif not any(real == one or real.startswith(f"{one}{os.sep}") for one in self.allowed):
            self.outside.append(f"{event} {real}")

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.busy or not self.allowed:
            return
        self.busy = True
        try:
            if event == "open":
                path, mode, flags = arguments
                writes = flags & WRITING if mode is None else set(mode) & set("wax+")
                if writes and not self.known:
                    self.look(event, path, None)
            for place, descriptor in EVENTS.get(event, ()):
                at = (
                    None
                    if descriptor is None or descriptor >= len(arguments)
                    else arguments[descriptor]
                )
                self.look(event, arguments[place], at)
        finally:
            self.busy = False

    @contextlib.contextmanager
    def opening(self, path: str, directory: int | None) -> Iterator[None]:
        """Look at a file before it is opened relative to a directory."""
        if self.allowed:
            self.busy = self.known = True
            self.look("open", path, directory)
            self.busy = False
        try:
            yield
        finally:
            self.known = False


def main(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run the commands; what each said and did."""
    from gitops_docs.cli.main import main as command
    from gitops_docs.files import folder

    observer = Observer()
    real = folder.Folder.open

    def opens(self: folder.Folder, name: str, flags: int, mode: int = 0o666) -> int:
        if not flags & WRITING:
            return real(self, name, flags, mode)
        path, at = self.at(name)
        with observer.opening(path, at.get("dir_fd")):
            return real(self, name, flags, mode)

    folder.Folder.open = opens  # type: ignore[method-assign]  # to see what it opens
    sys.addaudithook(observer)
    done = []
    for run in runs:
        said = io.StringIO()
        observer.outside = []
        private = os.path.realpath(tempfile.gettempdir())
        observer.allowed = (*map(os.path.realpath, run["allowed"]), private)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                command(run["arguments"], prog_name="gitops-docs")
                status: Any = 0
            except SystemExit as end:
                status = end.code
            except BaseException:
                status = traceback.format_exc()
        observer.allowed = ()
        done.append({"status": status, "said": said.getvalue(), "outside": observer.outside})
    return done


if __name__ == "__main__":
    assert importlib.util.find_spec("mkdocs_gitops")
    sys.stdout.write(json.dumps(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
