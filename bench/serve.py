"""What one edit costs under `mkdocs serve`: from the write to the reload that the browser gets.

Usage: python -m bench.serve [--pages 1000] [--edits 20]

The server is asked as the browser asks it: a request that is answered when the site was built again. A value of a HelmRelease is edited;
after each reload the page of the release is read and must show it. Wall time, beside an edit of a page in a site of stock Material.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.repository import release_file
from bench.site import ours, write_stock

PATIENCE = 300
"""Seconds after which a server counts as stuck."""


@dataclass(frozen=True, slots=True)
class Edits:
    """Seconds from an edit to its reload, at the median; growth of the server's memory over all edits, in MiB."""

    median: float
    growth: float


@contextmanager
def _server(root: Path, *arguments: str) -> Iterator[tuple[str, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    process = subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "serve", "-q", "--dev-addr", address, *arguments],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _read(f"http://{address}/")
        yield f"http://{address}/", process.pid
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def _read(url: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                text: str = answer.read().decode()
                return text
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _memory(pid: int) -> float:
    """Resident memory in MiB; 0 where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(match[1]) / 1024 if match else 0.0


def _edits(root: Path, number: int, edit: Callable[[int], str], page: str, *arguments: str) -> Edits:
    """Edit again and again; `edit` changes a file and gives the text that the page must have then."""
    seconds = []
    with _server(root, *arguments) as (address, pid):
        before = 0.0
        for count in range(number):
            epoch = re.search(r"livereload\((\d+), (\d+)\)", _read(address + page))
            assert epoch is not None
            started = time.perf_counter()
            wanted = edit(count)
            # Answered when there is a newer build, or empty-handed after a while: then the browser asks again.
            while int(_read(f"{address}livereload/{epoch[1]}/{epoch[2]}") or 0) <= int(epoch[1]):
                pass
            seconds.append(time.perf_counter() - started)
            if wanted not in _read(address + page):
                raise SystemExit(f"after a reload, {page} does not show {wanted}")
            if count == 2:
                before = _memory(pid)
        growth = _memory(pid) - before
    return Edits(statistics.median(seconds), growth)


def of_ours(root: Path, number: int, *arguments: str) -> Edits:
    """Edits of a manifest in a site of this plugin."""
    manifest = root / release_file(3)
    text = manifest.read_text()

    def edit(count: int) -> str:
        manifest.write_text(re.sub(r"replicaCount: \d+", f"replicaCount: {1000 + count}", text))
        return str(1000 + count)

    return _edits(root, number, edit, "platform/clusters/cluster-00/releases/layer-003/app-0003/", *arguments)


def of_stock(root: Path, number: int) -> Edits:
    """Edits of a page in a site of Material alone."""
    page = next(path for path in sorted((root / "docs").rglob("app-0003/index.md")))
    text = page.read_text()

    def edit(count: int) -> str:
        page.write_text(f"{text}\n\nEdit {1000 + count}.\n")
        return f"Edit {1000 + count}."

    return _edits(root, number, edit, f"{page.parent.relative_to(root / 'docs').as_posix()}/")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Edits of our site, the same with `--dirty`, and of stock Material."""

    ours: Edits
    dirty: Edits
    stock: Edits

    def rows(self) -> list[list[str]]:
        """The rows of a Markdown table."""
        named = [("this plugin", self.ours), ("this plugin, `--dirty`", self.dirty), ("stock Material", self.stock)]
        return [
            [name, f"{edits.median:.1f} s", f"{edits.median / self.stock.median:.3f}", f"{edits.growth:.0f} MiB"]
            for name, edits in named
        ]


HEADER = ["Served by", "Edit to reload", "of stock Material", "Memory grown"]


def compare(pages: int, edits: int) -> Comparison:
    """Build the sites and edit them."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        root = Path(temporary)
        ours(root / "ours", pages)
        write_stock(root / "stock", root / "ours" / "out")
        # What was built to be copied is no part of the repository.
        shutil.rmtree(root / "ours" / "out")
        return Comparison(
            of_ours(root / "ours", edits), of_ours(root / "ours", edits, "--dirty"), of_stock(root / "stock", 2)
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure edits under `mkdocs serve`.")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--edits", type=int, default=20)
    given = parser.parse_args()
    for row in compare(given.pages, given.edits).rows():
        print("  ".join(f"{name}: {cell}" for name, cell in zip(HEADER, row, strict=True)))


if __name__ == "__main__":
    main()
