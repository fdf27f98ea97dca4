"""Measure whether a live server grows: 200 edits of all kinds in one process, built as `mkdocs serve`
builds.

Usage: python -m bench.memory [--pages 60] [--edits 200]

A value is edited, a file comes and goes, a runbook is written, a release gets another version. What
counts is the memory after the first tenth of the edits, when everything has been loaded, and at the
end.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.measure import run
from bench.repository import release_file
from bench.site import ours

INSIDE = (
    "import json, sys; from bench.memory import edited; json.dump(edited(*map(json.loads, "
    "sys.argv[1:])), sys.stdout)"
)


@dataclass(frozen=True, slots=True)
class Growth:
    """Resident memory of a server in MiB: after the first tenth of the edits, and after all."""

    pages: int
    edits: int
    before: float
    after: float

    def row(self) -> list[str]:
        """Return a row of a Markdown table."""
        return [
            str(self.pages),
            str(self.edits),
            f"{self.before:.0f} MiB",
            f"{self.after:.0f} MiB",
            f"{self.after - self.before:+.1f} MiB",
        ]


HEADER = ["Pages", "Edits", "Memory after a tenth", "at the end", "Grown"]


def edited(site: str, edits: int) -> list[float]:
    """Build, and build again after each edit; the resident memory in MiB after the first tenth, and
    at the end."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    root = Path(site)
    manifest = root / release_file(3)
    text, added, page = (
        manifest.read_text(),
        root / "apps/base/app-0001/added.yaml",
        root / "docs/runbooks/app-0000.md",
    )
    found = []
    with tempfile.TemporaryDirectory(prefix="bench-") as out:
        for number in range(edits + 1):
            config = load_config(str(root / "mkdocs.yml"), site_dir=out)
            if not number:
                config.plugins.on_startup(command="serve", dirty=False)
            build(config, serve_url="http://127.0.0.1:8000/")
            if number in (edits // 10, edits):
                del config
                gc.collect()
                found.append(_resident())
            if number % 10 == 3:
                added.write_text(
                    f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: added-{number}}}\n"
                )
            elif number % 10 == 6:
                added.unlink()
            elif number % 10 == 8:
                page.write_text(
                    f"---\nalerts: [App0000Down]\n---\n# App {number}\n\nTry {number} times.\n"
                )
            elif number % 2:
                manifest.write_text(
                    re.sub(r"replicaCount: \d+", f"replicaCount: {1000 + number}", text)
                )
            else:
                manifest.write_text(re.sub(r"version: .*", f"version: 2.{number}.0", text))
    return found


def _resident() -> float:
    match = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(match[1]) / 1024 if match else 0.0


def measure(pages: int, edits: int) -> Growth:
    """Write a site and edit it in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        root = Path(temporary, "site")
        made = ours(root, pages)
        done = run(
            [sys.executable, "-c", INSIDE, json.dumps(str(root)), str(edits)],
            environment={"PYTHONPATH": os.getcwd()},
        )
        if done.status:
            raise SystemExit("the edited site cannot be built")
        return Growth(made.pages, edits, *json.loads(done.output))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how a server grows over many edits.")
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--edits", type=int, default=200)
    given = parser.parse_args()
    print(
        "  ".join(
            f"{name}: {cell}"
            for name, cell in zip(HEADER, measure(given.pages, given.edits).row(), strict=True)
        )
    )


if __name__ == "__main__":
    main()
