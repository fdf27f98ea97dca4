"""What a command costs: its peak of memory and its time, measured in a process of its own and held to what is promised."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_MEGABYTES = 500
MOST_SECONDS = 10

_CODE = """\
import re, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from gitops_docs.cli import main
try:
    main(prog_name="gitops-docs")
finally:
    try:
        peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) >> 10
    except OSError:  # no Linux
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"\\ncost {peak} {used.ru_utime + used.ru_stime}", file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command printed and cost."""

    stdout: str
    stderr: str
    status: int
    megabytes: int
    """Peak of resident memory of the process itself: what `fork` hands down from a large parent is not counted."""
    seconds: float
    """Of a processor, so that a busy machine changes little."""


def measured(*arguments: str, seconds: float = MOST_SECONDS, megabytes: int = MOST_MEGABYTES) -> Measured:
    """Run `gitops-docs`; fails where it crashes, or takes more than is promised."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE, *arguments], capture_output=True, text=True, timeout=20 * seconds, check=False
    )
    stderr, found, cost = done.stderr.rpartition("\ncost ")
    assert found, done.stderr[-2000:]
    assert "Traceback" not in stderr and done.returncode in (0, 1), stderr[-2000:]
    peak, used = cost.split()
    made = Measured(done.stdout, stderr, done.returncode, int(peak), float(used))
    assert made.megabytes <= megabytes, f"{made.megabytes} MB"
    assert made.seconds <= seconds, f"{made.seconds} s"
    return made


def inventory(root: Path, seconds: float = MOST_SECONDS) -> dict[str, Any]:
    """The inventory of a repository, made within what is promised."""
    found: dict[str, Any] = json.loads(measured("inventory", str(root), seconds=seconds).stdout)
    return found


__all__ = ["MOST_MEGABYTES", "MOST_SECONDS", "Measured", "inventory", "measured"]
