"""Speed and memory of the engine beside `kubectl kustomize`, in one run on one machine.

Usage: python bench/inventory.py REPO

Prints ratios, since seconds depend on the machine: `gitops-docs inventory REPO` against `kubectl kustomize` run on the directory of each
layer, one after another. The start of the two programs is measured apart, and the engine is also timed inside one process, which leaves
Python's start out. Directories that kustomize refuses (Flux would write their kustomization.yaml) are timed as they are and counted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 3
INSIDE = """
import sys, time
from pathlib import Path
from gitops_docs.scan import scan
started = time.perf_counter()
scan(Path(sys.argv[1]))
print(time.perf_counter() - started)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished process: wall time in seconds, peak resident memory in MiB, what it printed, its exit status."""

    seconds: float
    peak: float
    output: bytes
    status: int


def run(command: list[str]) -> Run:
    """Run a command to its end."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Run(seconds, usage.ru_maxrss / unit, output, process.returncode)


def fastest(command: list[str]) -> Run:
    """The fastest of some runs, since everything else on a machine only makes a run slower."""
    return min((run(command) for _ in range(ROUNDS)), key=lambda done: done.seconds)


def main(repo: Path) -> int:
    """Measure and print; the exit status."""
    engine = [sys.executable, "-c", "from gitops_docs.cli import main; main()"]
    inventory = fastest([*engine, "inventory", str(repo)])
    if inventory.status not in (0, 1) or not inventory.output:
        print(f"gitops-docs inventory ended with {inventory.status}", file=sys.stderr)
        return 2
    layers = json.loads(inventory.output)["layers"]
    directories = [repo / layer["directory"] for layer in layers if layer["directory"] is not None]
    start = fastest([*engine, "--version"]).seconds
    inside = float(fastest([sys.executable, "-c", INSIDE, str(repo)]).output)

    print(f"{repo.resolve().name}: {len(layers)} layers")
    print(f"gitops-docs inventory   {inventory.seconds:8.2f} s   peak {inventory.peak:.0f} MiB")
    print(f"  of that, start        {start:8.2f} s")
    print(f"  scan in one process   {inside:8.2f} s")
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        print("kubectl is not here: nothing to compare with")
        return 0
    baseline = [
        run([kubectl, "kustomize", "--load-restrictor", "LoadRestrictionsNone", str(path)]) for path in directories
    ]
    total = sum(done.seconds for done in baseline)
    own = fastest([kubectl, "version", "--client"]).seconds
    refused = sum(done.status != 0 for done in baseline)
    print(f"kubectl kustomize       {total:8.2f} s   peak {max((done.peak for done in baseline), default=0):.0f} MiB"
          f"   {len(baseline)} runs, {refused} refused")  # fmt: skip
    print(f"  of that, start        {own * len(baseline):8.2f} s   {own:.3f} s each")
    print(f"ratio                   {total / inventory.seconds:8.1f}     kubectl / gitops-docs, as a user runs them")
    without = max(total - own * len(baseline), 0.0)
    print(f"ratio without start     {without / inside:8.1f}     the same without the start of either")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(Path(sys.argv[1])))
