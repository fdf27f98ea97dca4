"""Render charts for the process that started this one, with Helm's own engine, within limits.

In: requests on standard input. Out: an answer to each on standard output. It is started as a file,
`python -I -S worker.py command /usr/bin/helm 10`, in a directory of its own and with an empty
environment, and therefore imports the standard library only. It never gets a secret.

The worker leaves the network where the system allows it, and bounds address space, files and the
CPU time of each render; the process that started it kills the whole session where that is not
enough.
"""

from __future__ import annotations

import importlib
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, NamedTuple

MAX_SECONDS = 10
"""CPU time of one render."""
MAX_WAIT = 60
"""Time on the clock of one render: a guard for one that waits for something."""
MAX_MEMORY = 3 << 29
"""Address space, 1.5 GB."""
MAX_OUTPUT = 32 << 20
MAX_ERROR = 64 << 10
MAX_FRAME = 256 << 20
_FRAME = struct.Struct(">II")
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


class Closed(EOFError):
    """The other side is gone."""


def send(stream: IO[bytes], header: Mapping[str, object], payload: bytes = b"") -> None:
    """Write a frame: the sizes of header and payload, the header as JSON, the payload."""
    text = json.dumps(header).encode()
    stream.write(_FRAME.pack(len(text), len(payload)) + text + payload)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, object], bytes]:
    """Read a frame.

    Raises:
        Closed: There is none, or not a whole one.
    """
    header, payload = _FRAME.unpack(_exactly(stream, _FRAME.size))
    if header + payload > MAX_FRAME:
        raise Closed
    found: dict[str, object] = json.loads(_exactly(stream, header))
    return found, _exactly(stream, payload)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise Closed
    return content


def _limit_self() -> bool:
    """Bound this process and its children, and leave the network.

    Returns:
        Whether there is no network any more.
    """
    try:
        import resource
    except ImportError:  # Windows.
        return False
    for kind, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_FSIZE, 2 * MAX_FRAME),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (least, least))
        except (OSError, ValueError):  # macOS bounds no address space.
            continue
    if not sys.platform.startswith("linux"):
        return False
    import ctypes  # late: `guard` needs this module's constants only

    libc = ctypes.CDLL(None, use_errno=True)
    # No death signal here: it would come when the thread ends that started this process.
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    flags = (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    return any(libc.unshare(one) == 0 for one in flags)


def _child_limits(seconds: int) -> Callable[[], None] | None:
    """Return what a child does before it becomes `helm`: it dies with this process, and after some
    CPU time."""
    try:
        import resource
    except ImportError:
        return None
    import ctypes  # late, as above

    libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None

    def limit() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))

    return limit


class RenderRequest(NamedTuple):
    """What is asked of a render, besides the chart and the values."""

    name: str
    namespace: str
    kubernetes: str
    apis: tuple[str, ...]


class HelmCommand:
    """The program `helm`, one process for each render.

    Args:
        path: Its absolute path.
        seconds: CPU time of one render.
    """

    def __init__(self, path: str, seconds: int) -> None:
        self._path = path
        self._limit = _child_limits(seconds)
        home = os.path.join(os.getcwd(), "home")
        os.makedirs(home, exist_ok=True)
        # One thread and a lazy garbage collector: half of the CPU time of a short render.
        self._environment = {
            "HOME": home,
            "TMPDIR": home,
            "TZ": "UTC",
            "GOMAXPROCS": "1",
            "GOGC": "400",
            "GOMEMLIMIT": "160MiB",
            "HELM_NO_PLUGINS": "1",
        }
        if os.name == "nt":
            self._environment |= {
                name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ
            }

    def version(self) -> str:
        """Return the version of Helm, such as `v4.1.4`; empty where it says none."""
        state, out, _ = self._run(["version", "--template", "{{.Version}}"])
        return out.decode("utf-8", "replace").strip()[:60] if state == "rendered" else ""

    def render(self, chart: str, request: RenderRequest, values: bytes) -> tuple[str, bytes, str]:
        """Return what `helm template` gives.

        Args:
            chart: Name of the archive in the working directory.
            request: Name, namespace, Kubernetes version and API versions.
            values: The values of the release, as JSON.

        Returns:
            What became of it, the manifests, and what Helm says where it failed.
        """
        with open("values.json", "wb") as stream:
            stream.write(values)
        command = ["template", request.name, chart, f"--namespace={request.namespace}"]
        command += ["--values=values.json", "--include-crds"]
        command += [f"--kube-version={request.kubernetes}"] if request.kubernetes else []
        command += [f"--api-versions={one}" for one in request.apis]
        state, out, error = self._run(command)
        return state, out, error

    def _run(self, arguments: list[str]) -> tuple[str, bytes, str]:
        process = subprocess.Popen(
            [self._path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
            preexec_fn=self._limit,  # This process has one thread.
            close_fds=True,
        )
        with process:
            try:
                state, out, error = _read(process)
            finally:
                process.kill()
        text = error.decode("utf-8", "replace")
        if state == "rendered" and process.returncode != 0:
            state = _state(process.returncode, text)
        return state, out if state == "rendered" else b"", text


class HelmLibrary:
    """Helm's SDK as a library of this process (PyPI `helm-python-sdk`). It takes neither a
    Kubernetes version nor API versions.

    Args:
        path: The directory that holds the package `helm_python`.
        seconds: CPU time of one render.
        late: Says that it is up.
    """

    def __init__(self, path: str, seconds: int, late: Callable[[], None]) -> None:
        os.environ.update({"HOME": os.getcwd(), "GOMAXPROCS": "1", "GOGC": "400"})
        sys.path.append(path)
        self._helm = importlib.import_module("helm_python")
        self._late = late
        self._seconds = seconds

    def version(self) -> str:
        """Return the version of the SDK."""
        return str(self._helm.helm_sdk_version())

    def render(self, chart: str, request: RenderRequest, values: bytes) -> tuple[str, bytes, str]:
        """Return the same as `helm template` prints, as far as the SDK gives it."""
        with open(chart, "rb") as stream:
            content = stream.read()
        done = threading.Event()
        threading.Thread(target=self._watch, args=[done], daemon=True).start()
        try:
            # A second render of a loaded chart has lost its subcharts: each loads its own.
            with self._helm.Chart.load_archive(content) as loaded:
                parts = [(item["filename"], item["data"]) for item in loaded.crds]
                made = loaded.render(
                    json.loads(values),
                    name=request.name,
                    namespace=request.namespace,
                    is_install=True,
                )
        except self._helm.HelmError as error:
            return "failed", b"", f"Error: {error}"
        finally:
            done.set()
        parts += sorted(
            (name, text)
            for name, text in made.items()
            if not os.path.basename(name).startswith("_") and not name.endswith("NOTES.txt")
        )
        out = "".join(f"---\n# Source: {name}\n{text.rstrip()}\n" for name, text in parts).encode()
        return ("output", b"", "") if len(out) > MAX_OUTPUT else ("rendered", out, "")

    def _watch(self, done: threading.Event) -> None:
        """End this process where a render takes too long: nothing else ends a call of the
        library."""
        try:
            import resource
        except ImportError:
            return

        def used() -> float:
            found = resource.getrusage(resource.RUSAGE_SELF)
            return found.ru_utime + found.ru_stime

        end = used() + self._seconds
        while not done.wait(0.05):
            if used() > end:
                self._late()
                os._exit(0)


def _state(code: int, error: str) -> str:
    """Return why a process ended: `time`, `memory`, or `failed` where it says so itself."""
    if code < 0:
        cpu = getattr(signal, "SIGXCPU", None)
        return "time" if cpu is not None and code in (-cpu, -signal.SIGKILL) else "crashed"
    if any(
        mark in error
        for mark in ("out of memory", "cannot allocate memory", "failed to create new OS thread")
    ):
        return "memory"
    return "crashed" if error.startswith(("runtime:", "fatal error:", "panic:")) else "failed"


def _read(process: subprocess.Popen[bytes]) -> tuple[str, bytes, bytes]:
    """Output and errors of a process, up to their limits."""
    assert process.stdout is not None and process.stderr is not None
    found = {process.stdout: bytearray(), process.stderr: bytearray()}
    end = time.monotonic() + MAX_WAIT
    with selectors.DefaultSelector() as selector:
        for stream in found:
            selector.register(stream, selectors.EVENT_READ, found[stream])
        while selector.get_map():
            ready = selector.select(max(0.0, end - time.monotonic()))
            if not ready:
                return "time", b"", b""
            for key, _ in ready:
                part = os.read(key.fd, 1 << 18)
                held: bytearray = key.data
                if not part:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    held += part[: max(0, MAX_ERROR - len(held))]
                elif len(held) + len(part) > MAX_OUTPUT:
                    return "output", b"", b""
                else:
                    held += part
    process.wait(max(0.1, end - time.monotonic()))
    return "rendered", bytes(found[process.stdout]), bytes(found[process.stderr])


def main() -> None:
    """Answer requests until standard input ends."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # Whatever else prints must not get between the frames.
        os.dup2(nothing, number)
    is_alone = _limit_self()
    kind, path, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])

    def late() -> None:
        send(answers, {"state": "time", "error": ""})

    engine: HelmCommand | HelmLibrary
    engine = HelmLibrary(path, seconds, late) if kind == "library" else HelmCommand(path, seconds)
    send(answers, {"alone": is_alone})
    while True:
        try:
            request, payload = receive(requests)
        except Closed:
            return
        name = f"{request.get('chart', '')}.tgz"
        match request["do"]:
            case "version":
                send(answers, {"version": engine.version()})
            case "chart":
                with open(name, "wb") as stream:
                    stream.write(payload)
                send(answers, {})
            case "forget":
                os.unlink(name)
                send(answers, {})
            case "render":
                apis = request["apis"]
                wanted = RenderRequest(
                    str(request["name"]),
                    str(request["namespace"]),
                    str(request["kubernetes"] or ""),
                    tuple(map(str, apis)) if isinstance(apis, list) else (),
                )
                state, out, error = engine.render(name, wanted, payload)
                send(answers, {"state": state, "error": error}, out)


if __name__ == "__main__":
    main()
