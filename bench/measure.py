"""Run a command to its end and say what it cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """A finished process: wall and CPU time in seconds, peak resident memory in MiB, what it
    printed, its exit status."""

    seconds: float
    cpu: float
    peak: float
    output: bytes
    status: int


def run(
    command: Iterable[str], cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Run:
    """Run a command; what it says on standard error is dropped."""
    started = time.perf_counter()
    process = subprocess.Popen(
        list(command),
        cwd=cwd,
        # An empty value is none: modules are compiled once, as after an installation.
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "PYTHONDONTWRITEBYTECODE": "",
            **(environment or {}),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Run(
        seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, output, process.returncode
    )


def cheapest(command: Iterable[str], rounds: int = ROUNDS, cwd: Path | None = None) -> Run:
    """Return the run of least CPU time: everything else on a machine only makes a run dearer."""
    command = list(command)
    return min((run(command, cwd) for _ in range(rounds)), key=lambda done: done.cpu)
