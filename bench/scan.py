"""Measure what a scan costs beside `kubectl kustomize` and beside libyaml, in one run on one machine.

Usage: python -m bench.scan REPO...

In: repositories. Out: a row for each, with ratios, since seconds depend on the machine. All times
are CPU time.

- kubectl: `kubectl kustomize`, of the development dependencies or else of PATH, on the directory
  of each layer, one after another, divided by the whole engine in one process. Directories that
  kustomize refuses (Flux would write their kustomization.yaml) are run as they are and
  counted.
- libyaml: the engine divided by libyaml composing every file that was read, and the rendered output
  of each layer, once.
- warm: a scan after one file changed, divided by the first.
- git and the start of Python are left out of the engine's time and given apart.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.measure import cheapest, run

INSIDE = """
import json, resource, sys, time
from pathlib import Path
import yaml
from gitops_docs.flux.output import to_yaml
from gitops_docs.repository.work_tree import WorkTree
from gitops_docs.scanner.scanner import Scanner

root = Path(sys.argv[1])
spent = [0.0]
ask = WorkTree.ask

def asked(*arguments, **named):
    started = time.process_time()
    try:
        return ask(*arguments, **named)
    finally:
        spent[0] += time.process_time() - started

WorkTree.ask = asked

def timed(work):
    spent[0] = 0.0
    started = time.process_time()
    result = work()
    return result, time.process_time() - started - spent[0], spent[0]

scanner = Scanner(root)
scan, cold, git_time = timed(scanner.analyse)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))
layers = scan.platform.layers
read = sorted({file for layer in layers for file in layer.files})
texts = [(root / file).read_text("utf-8", "replace") for file in read if (root / file).is_file()]
texts += ["---\\n".join(to_yaml(item.data) for item in built.objects) for built in scan.built.values()]

def compose():
    for text in texts:
        try:
            for _ in yaml.compose_all(text, Loader=yaml.CSafeLoader):
                pass
        except (yaml.YAMLError, ValueError):
            pass  # An anchor that is defined twice, a template: what PyYAML refuses costs it less.

_, composed, _ = timed(compose)
warm = []
edited = root / next(file for file in read if file.endswith(".yaml"))
for number in range(3):
    edited.write_text(edited.read_text() + f"# {number}\\n")
    warm.append(timed(scanner.scan)[1])
print(json.dumps({
    "layers": len(layers),
    "directories": [layer.directory for layer in layers if layer.directory is not None],
    "files": len(read), "cold": cold, "git": git_time, "composed": composed, "warm": min(warm), "peak": peak,
}))
"""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was measured of one repository. Times in CPU seconds, memory in MiB; `kubectl` None
    where there is none."""

    name: str
    layers: int
    files: int
    cold: float
    warm: float
    git: float
    composed: float
    peak: float
    start: float
    kubectl: float | None
    refused: int

    def row(self) -> list[str]:
        """Return the cells of a Markdown table."""
        return [
            self.name,
            str(self.layers),
            str(self.files),
            f"{self.cold:.2f} s",
            "–" if self.kubectl is None else f"1 / {self.kubectl / self.cold:.0f}",
            f"{self.cold / self.composed:.1f}",
            f"{self.warm / self.cold:.2f}",
            f"{self.peak:.0f} MiB",
        ]


HEADER = [
    "Repository",
    "Layers",
    "Files read",
    "Scan",
    "of kubectl kustomize",
    "times libyaml",
    "warm, of cold",
    "Peak memory",
]


def measure(repo: Path, rounds: int = 3, *, kubectl: bool = True) -> Scan:
    """Measure one repository; it is copied first, since a file is edited."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        copy = Path(temporary) / "repository"
        shutil.copytree(repo, copy, symlinks=True)
        found = min(
            (
                json.loads(run([sys.executable, "-c", INSIDE, str(copy)]).output)
                for _ in range(rounds)
            ),
            key=lambda one: one["cold"],
        )
        start = cheapest([sys.executable, "-c", "import gitops_docs.scanner.scanner"]).cpu
        total, refused = None, 0
        if kubectl and (program := _kubectl()):
            command = [program, "kustomize", "--load-restrictor", "LoadRestrictionsNone"]
            done = [run([*command, str(copy / directory)]) for directory in found["directories"]]
            total, refused = sum(one.cpu for one in done), sum(one.status != 0 for one in done)
    return Scan(
        repo.resolve().name, found["layers"], found["files"], found["cold"], found["warm"], found["git"], found["composed"],
        found["peak"], start, total, refused,
    )  # fmt: skip


def _kubectl() -> str | None:
    beside = Path(sys.executable).with_name("kubectl")
    return str(beside) if beside.is_file() else shutil.which("kubectl")


def main() -> int:
    """Measure and print; the exit status."""
    repositories = [Path(argument) for argument in sys.argv[1:]]
    if not repositories:
        print(__doc__, file=sys.stderr)
        return 2
    for repo in repositories:
        found = measure(repo)
        print("  ".join(f"{name}: {cell}" for name, cell in zip(HEADER, found.row(), strict=True)))
        print(
            f"    start of Python and imports {found.start:.2f} s, git {found.git:.2f} s, kubectl "
            f"refused {found.refused} directories"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
