"""Fuzz the engine, guided by coverage: `python -m tests.fuzz.run --seconds 30`, or `--runs
1000000`, for all targets or those named.

With `--runs`, whole repositories get a hundredth of the inputs: each is scanned and every page of
it written, which takes a hundred times as long as an input of the others. Only the code that a
target is about is watched for what is new, since watching costs most of the time.

libFuzzer (through Atheris) runs each target in a process of its own. New inputs that reach new code
are kept in `.cache/fuzz/<target>`; a choice of them is committed in
`tests/fuzz/corpus/<target>.txt`, one in base64 a line. An input fails that raises, takes more than
two minutes (a busy machine makes ten seconds of one) or needs more than 500 MB; it is saved beside
the corpus and named.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
KEPT = HERE / "corpus"


@dataclass(frozen=True, slots=True)
class Target:
    """What is particular about a target: the packages that are watched, the longest input in bytes,
    and a part of the runs."""

    watched: tuple[str, ...]
    longest: int
    share: int = 1


TARGETS = {
    "yaml": Target(
        ("gitops_docs.yaml.parse", "gitops_docs.yaml.reader", "gitops_docs.yaml.sealing"), 1024
    ),
    "substitution": Target(
        (
            "gitops_docs.flux.substitution.envsubst",
            "gitops_docs.flux.substitution.substitute",
            "gitops_docs.flux.substitution.printing",
        ),
        512,
    ),
    "patches": Target(("gitops_docs.kustomize",), 2048),
    "repository": Target(("gitops_docs",), 2048, share=100),
}
MOST_SECONDS, MOST_MEGABYTES = 120, 500
MOST_KEPT = 300
"""Inputs of a target that are committed."""


def child(target: str, arguments: list[str]) -> None:
    """Fuzz in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=list(TARGETS[target].watched)):
        from tests.fuzz import targets

    targets.without_git()
    atheris.Setup([sys.argv[0], *arguments], targets.TARGETS[target])
    atheris.Fuzz()


def fuzz(target: str, runs: int, seconds: int, seed: int = 0) -> bool:
    """Fuzz one target and print what came of it; whether nothing failed. With a seed, what was
    found earlier and not kept is left aside."""
    grown = PROJECT / ".cache" / "fuzz" / (f"{target}-{seed}" if seed else target)
    if seed:
        shutil.rmtree(grown, ignore_errors=True)
    grown.mkdir(parents=True, exist_ok=True)
    options = [
        *(
            [f"-runs={-(-runs // TARGETS[target].share)}"]
            if runs
            else [f"-max_total_time={seconds}"]
        ),
        f"-seed={seed}",
        f"-timeout={MOST_SECONDS}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
        "-print_final_stats=1",
        f"-max_len={TARGETS[target].longest}",
        f"-artifact_prefix={grown.parent}/failed-{target}-",
    ]
    directories = [str(grown), str(_unpacked(target))]
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.run",
        "--child",
        target,
        "--",
        *options,
        *directories,
    ]
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "PYTHONHASHSEED": str(seed) if seed else "random"},
    )
    lasted = time.monotonic() - started
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    count, slowest, peak = (
        stats.get(name, "?")
        for name in ("number_of_executed_units", "slowest_unit_time_sec", "peak_rss_mb")
    )
    outcome = "failed" if done.returncode else "nothing found"
    print(
        f"{target}: {count} inputs in {lasted:.0f} s, slowest {slowest} s, peak {peak} MB, "
        f"{outcome}",
        flush=True,
    )
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-3000:], sep="\n", flush=True)
    return done.returncode == 0


def kept(target: str) -> list[bytes]:
    """The inputs that are committed, shortest first."""
    return [
        base64.b64decode(line)
        for line in (KEPT / f"{target}.txt").read_text(encoding="ascii").split()
    ]


def keep(target: str) -> None:
    """Commit a choice of the inputs that reached new code, of all lengths, beside those that are
    committed already."""
    before = set(kept(target))
    found = {
        path.read_bytes() for path in (PROJECT / ".cache" / "fuzz" / target).iterdir()
    } - before
    grown = sorted(found, key=lambda data: (len(data), data))
    room = max(1, MOST_KEPT - len(before))
    inputs = sorted(
        before.union(grown[:: -(-len(grown) // room) or 1]), key=lambda data: (len(data), data)
    )
    lines = "".join(f"{base64.b64encode(data).decode()}\n" for data in inputs if data)
    (KEPT / f"{target}.txt").write_text(lines, encoding="ascii")


def _unpacked(target: str) -> Path:
    """A directory with the committed inputs, as libFuzzer wants them."""
    directory = PROJECT / ".cache" / "fuzz" / f"kept-{target}"
    directory.mkdir(parents=True, exist_ok=True)
    for data in kept(target):
        (directory / hashlib.sha1(data).hexdigest()).write_bytes(data)
    return directory


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], help="Default: all.")
    parser.add_argument(
        "--runs",
        type=int,
        default=0,
        help="Inputs for each target; of whole repositories a hundredth.",
    )
    parser.add_argument(
        "--seconds", type=int, default=30, help="Seconds for each target, where there is no --runs."
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="Of the random numbers. Default: another one each time."
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="Afterwards, keep the inputs that reach new code in tests/fuzz/corpus.",
    )
    given = parser.parse_args()
    fine = [
        fuzz(target, given.runs, given.seconds, given.seed) for target in given.targets or TARGETS
    ]
    if given.keep:
        for target in given.targets or TARGETS:
            keep(target)
    return 0 if all(fine) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[4:])
    else:
        sys.exit(main())
