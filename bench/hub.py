"""Measure how the hub grows: time and memory of `gitops-docs hub` over invented inventories.

`python bench/hub.py [COUNT ...]` prints a row for each number of repositories, each with 200 layers
and 100 releases.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LAYERS, RELEASES, CHARTS, RESOURCES = 200, 100, 300, 4


def inventory(number: int) -> dict[str, Any]:
    """Return the inventory of one invented repository."""
    layers = [f"prod/flux-system/layer-{index}" for index in range(LAYERS)]
    source = {
        "kind": "HelmRepository",
        "namespace": "flux-system",
        "name": "charts",
        "url": "https://charts.example.org",
    }
    return {
        "schema_version": 2,
        "repository": {"url": f"https://git.example.org/team-{number}/platform-{number}", "revision": "0" * 40, "prefix": ""},
        "clusters": [{"id": "prod", "directory": "clusters/prod", "entry": {"kind": "bootstrap", "file": None, "line": None}}],
        "layers": [
            {
                "id": layer, "cluster": "prod", "status": "rendered", "reason": None, "suspended": False,
                "resources": [
                    {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "a", "name": f"{layer}-{n}", "file": "a/b.yaml", "line": n,
                     "changed_by": []}
                    for n in range(RESOURCES)
                ],
            }
            for layer in layers
        ],
        "helm_releases": [
            {"layer": layers[index], "namespace": "apps", "name": f"release-{index}", "chart": f"chart-{(index * 7 + number) % CHARTS}",
             "version": f"1.{(number * 13 + index) % 20}.0", "source": source, "suspended": False, "file": "a.yaml", "line": 1}
            for index in range(RELEASES)
        ],
        "images": [
            {"layer": layers[index], "image": f"registry.example.org/image-{index}:1.{number % 9}", "file": "a.yaml", "line": 1}
            for index in range(RELEASES)
        ],
        "variables": [], "runbooks": [], "orphans": [],
        "alerts": [
            {"kind": "rule", "cluster": "prod", "name": f"Alert{index}", "severity": "critical", "layer": layers[index],
             "runbook": {"status": "missing" if (index + number) % 3 else "own"}}
            for index in range(40)
        ],
        "findings": [
            {"code": "orphan", "severity": "warning", "message": "nothing applies it", "file": "a.yaml", "line": index, "layer": None}
            for index in range(20)
        ],
    }  # fmt: skip


def measure(count: int) -> tuple[float, float, float]:
    """Return seconds, megabytes of inventories, megabytes of memory at the peak so far."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        size = 0
        for number in range(count):
            path = directory / f"{number}.inventory.json"
            path.write_text(json.dumps(inventory(number), indent=2))
            size += path.stat().st_size
        start = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "gitops_docs",
            "hub",
            name,
            "--site-dir",
            str(directory / "site"),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
    return seconds, size / 1e6, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    print(
        "| repositories | inventories, MB | seconds | ms a repository | peak MB "
        "|\n|---|---|---|---|---|"
    )
    for count in [int(argument) for argument in sys.argv[1:]] or [100, 300, 1000]:
        seconds, size, memory = measure(count)
        print(
            f"| {count} | {size:.0f} | {seconds:.1f} | {1000 * seconds / count:.0f} | {memory:.0f} "
            f"|"
        )


if __name__ == "__main__":
    main()
