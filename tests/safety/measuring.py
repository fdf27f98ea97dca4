"""What a command costs: its peak of memory and how many calls it makes, counted in a process of its
own and held to what is promised.

Calls of functions, those of built-in ones included, are the same on every machine, however busy it
is; seconds are not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_MEGABYTES = 500
MOST_CALLS = 40_000_000
"""Of a whole budget. A call takes some 0.2 microseconds on a machine of 2024."""
CHECK = bool(os.environ.get("GITOPS_DOCS_CHECK"))
"""Whether this is `make budgets`: budgets are then whole, else a fortieth of what they are."""
PART = 1 if CHECK else 40

_CODE = """\
import cProfile, re, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from gitops_docs.cli.main import main
from gitops_docs.yaml import limits as budget
part = int(sys.argv.pop(1))
for name in ("MAX_APPLIED", "MAX_BYTES_READ", "MAX_MATCHED", "MAX_READ", "MAX_WORK"):
    setattr(budget, name, getattr(budget, name) // part)
profile = cProfile.Profile()
profile.enable()
try:
    main(prog_name="gitops-docs")
finally:
    profile.disable()
    calls = sum(entry.callcount for entry in profile.getstats())
    try:
        peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) >> 10
    except OSError:  # no Linux
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)
    print(f"\\ncost {peak} {calls}", file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command printed and cost."""

    stdout: str
    stderr: str
    status: int
    megabytes: int
    """Peak of resident memory of the process itself: what `fork` hands down from a large parent is
    not counted."""
    calls: int


def measured(
    *arguments: str, calls: int = MOST_CALLS, megabytes: int = MOST_MEGABYTES, part: int = 1
) -> Measured:
    """Run `gitops-docs`; fails where it crashes, or takes more than is promised.

    Args:
        arguments: Of the command line.
        calls: The most calls.
        megabytes: The most memory.
        part: The budgets of a scan are divided by this; the same repository then ends so much
            earlier.
    """
    command = [sys.executable, "-c", _CODE, str(part), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    stderr, found, cost = done.stderr.rpartition("\ncost ")
    assert found, done.stderr[-2000:]
    assert "Traceback" not in stderr and done.returncode in (0, 1), stderr[-2000:]
    peak, made = map(int, cost.split())
    assert peak <= megabytes, f"{peak} MB"
    assert made <= calls, f"{made} calls"
    return Measured(done.stdout, stderr, done.returncode, peak, made)


def inventory(root: Path, calls: int = MOST_CALLS, part: int = 1) -> dict[str, Any]:
    """The inventory of a repository, made within what is promised."""
    found: dict[str, Any] = json.loads(
        measured("inventory", str(root), calls=calls, part=part).stdout
    )
    return found


__all__ = ["CHECK", "MOST_CALLS", "MOST_MEGABYTES", "PART", "Measured", "inventory", "measured"]
