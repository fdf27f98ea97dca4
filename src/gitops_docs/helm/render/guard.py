"""Start the worker that renders charts, find the program it uses, and end it where it takes too
long.

The program is looked up in the user's own `PATH`, in absolute directories only, and never below
the repository that is scanned: nothing that a repository holds can choose what runs.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from gitops_docs.files.temporary import temporary_directory
from gitops_docs.helm.archive import ArchiveError
from gitops_docs.helm.render import worker
from gitops_docs.helm.render.worker import Closed, receive, send

MAX_SECONDS = worker.MAX_SECONDS
OLDEST = (3, 14)
"""The oldest Helm that is used."""
_PROGRAM = "helm.exe" if os.name == "nt" else "helm"
_GRACE = 10
"""Seconds that the worker gets beyond those of a render, before it is killed."""


class Engine(Struct, frozen=True):
    """What renders charts: the program `helm`, or Helm's SDK as a library."""

    path: str
    """Of the program, or the directory that holds the package `helm_python`."""
    is_library: bool = False

    @property
    def label(self) -> str:
        """What pages call it, before its version."""
        return "helm SDK" if self.is_library else "helm"


class Request(Struct, frozen=True, kw_only=True):
    """One render."""

    chart: str
    """What the worker knows the archive by: a hexadecimal digest."""
    load: Callable[[], bytes]
    """Gives the archive, without a schema and without links."""
    name: str
    namespace: str
    kubernetes: str
    """Version, such as `1.35.0`."""
    apis: tuple[str, ...]
    """API versions besides the built-in ones, sorted."""
    values: bytes
    """JSON, without a secret."""


class Answer(Struct, frozen=True):
    """What became of a render: `rendered`, `failed` (Helm refuses it), `archive` (the chart cannot be
    packed), or which limit ended it: `time`, `memory`, `output`, `crashed`."""

    state: str
    manifests: bytes = b""
    error: str = ""
    """What Helm says. It may quote values."""


def find(environment: Mapping[str, str], repository: Path | None = None) -> Engine | None:
    """Return the `helm` of the user, else Helm's SDK; None where there is none that may be used.

    Args:
        environment: That of this process.
        repository: The repository that is scanned: a program below it is left alone.
    """
    root = os.path.realpath(repository) if repository is not None else None
    for directory in environment.get("PATH", "").split(os.pathsep):
        if not directory or not os.path.isabs(directory):
            continue
        path = os.path.join(directory, _PROGRAM)
        if not (os.path.isfile(path) and os.access(path, os.X_OK)):
            continue
        real = os.path.realpath(path)
        places = (real, os.path.realpath(directory))
        if root is not None and any(f"{place}/".startswith(f"{root}/") for place in places):
            continue
        return Engine(real)
    return _library()


def _library() -> Engine | None:
    """Helm's SDK where Python's own packages are, which the extra `helm` installs: from there this
    process runs itself."""
    for name in ("platlib", "purelib"):
        place = os.path.realpath(sysconfig.get_paths()[name])
        if os.path.isfile(os.path.join(place, "helm_python", "__init__.py")):
            return Engine(place, is_library=True)
    return None


def is_supported(version: str) -> bool:
    """Return whether a version of Helm, such as `v4.1.4`, is new enough."""
    parts = version.removeprefix("v").split(".")[:2]
    return (
        all(part.isdigit() for part in parts)
        and len(parts) == 2
        and tuple(map(int, parts)) >= OLDEST
    )


class Worker:
    """A process that renders one release after another; a new one is started after it was killed.

    Args:
        engine: What renders.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_alone = False
        """Whether the last process had no network."""
        self._process: subprocess.Popen[bytes] | None = None
        self._directory: AbstractContextManager[Path] | None = None
        self._charts: list[str] = []

    def version(self) -> str:
        """Return the version of Helm; empty where it does not start."""
        try:
            header, _ = self._ask({"do": "version"})
        except (Closed, OSError):
            self.close()
            return ""
        return str(header.get("version", ""))

    def render(self, request: Request) -> Answer:
        """Render a release. Never raises for what a chart holds."""
        try:
            if request.chart not in self._charts or self._process is None:
                self._ask({"do": "chart", "chart": request.chart}, request.load())
                self._charts.append(request.chart)
                if len(self._charts) > 4:
                    self._ask({"do": "forget", "chart": self._charts.pop(0)})
            header, payload = self._ask(
                {
                    "do": "render",
                    "chart": request.chart,
                    "name": request.name,
                    "namespace": request.namespace,
                    "kubernetes": request.kubernetes,
                    "apis": request.apis,
                },
                request.values,
            )
        except ArchiveError as error:
            return Answer("archive", error=str(error))
        except (Closed, OSError):
            self.close()
            return Answer("crashed")
        if self.engine.is_library and header["state"] == "time":
            self.close()  # It has ended itself.
        return Answer(str(header["state"]), payload, str(header["error"]))

    def _ask(
        self, header: Mapping[str, object], payload: bytes = b""
    ) -> tuple[dict[str, object], bytes]:
        process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        timer = threading.Timer(worker.MAX_WAIT + _GRACE, _kill, [process])
        timer.daemon = True
        timer.start()
        try:
            send(process.stdin, header, payload)
            return receive(process.stdout)
        finally:
            timer.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        self.close()
        self._directory = temporary_directory()
        place = self._directory.__enter__()
        # More arenas of memory than one would use up the address space of a library with threads.
        environment = {"MALLOC_ARENA_MAX": "1"}
        environment |= {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", os.path.abspath(worker.__file__)),
                "library" if self.engine.is_library else "command",
                *(self.engine.path, str(MAX_SECONDS)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=place,
            env=environment,
            start_new_session=True,
            close_fds=True,
        )
        self._process = process
        assert process.stdout is not None
        self.is_alone = bool(receive(process.stdout)[0].get("alone"))
        return process

    def close(self) -> None:
        """End the process and remove what it had."""
        process, self._process, self._charts = self._process, None, []
        if process is not None:
            _kill(process)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
            process.wait()
        directory, self._directory = self._directory, None
        if directory is not None:
            directory.__exit__(None, None, None)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the worker with whatever it has started."""
    if process.poll() is not None:
        return
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


@contextmanager
def workers(engine: Engine, number: int) -> Iterator[list[Worker]]:
    """Start some workers, which are ended when the block ends."""
    made = [Worker(engine) for _ in range(number)]
    try:
        yield made
    finally:
        for one in made:
            one.close()


def render_all(pool: list[Worker], requests: Iterable[Request]) -> list[Answer]:
    """Render several releases, as many at a time as there are workers. The answers are in the order
    of the requests."""
    wanted = list(requests)
    answers: list[Answer] = [Answer("crashed")] * len(wanted)
    pending: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(wanted)):
        pending.put(number)

    def work(one: Worker) -> None:
        while True:
            try:
                number = pending.get_nowait()
            except queue.Empty:
                return
            answers[number] = one.render(wanted[number])

    threads = [threading.Thread(target=work, args=[one], daemon=True) for one in pool]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
