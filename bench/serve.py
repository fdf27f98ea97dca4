"""Measure what one edit costs under `mkdocs serve`: from the write to the reload that the browser gets.

Usage: python -m bench.serve [--pages 1000] [--edits 20]

The server is asked as the browser asks it: a request that is answered when the site was built
again. A value of a HelmRelease is edited; after each reload the page of the release is read and
must show it. Wall time, beside an edit of a page in a site of stock Material.
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


@contextmanager
def _server(root: Path, *arguments: str) -> Iterator[str]:
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
        yield f"http://{address}/"
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


def _edits(
    root: Path, number: int, edit: Callable[[int], str], page: str, *arguments: str
) -> float:
    """Edit again and again: seconds at the median. `edit` changes a file and gives the text that
    the page must have then."""
    seconds = []
    with _server(root, *arguments) as address:
        for count in range(number):
            epoch = re.search(r"livereload\((\d+), (\d+)\)", _read(address + page))
            assert epoch is not None
            started = time.perf_counter()
            wanted = edit(count)
            # Answered when there is a newer build, or empty-handed after a while: then the browser
            # asks again.
            while int(_read(f"{address}livereload/{epoch[1]}/{epoch[2]}") or 0) <= int(epoch[1]):
                pass
            seconds.append(time.perf_counter() - started)
            if wanted not in _read(address + page):
                raise SystemExit(f"after a reload, {page} does not show {wanted}")
    return statistics.median(seconds)


def of_ours(root: Path, number: int, *arguments: str) -> float:
    """Edits of a manifest in a site of this plugin."""
    manifest = root / release_file(3)
    text = manifest.read_text()

    def edit(count: int) -> str:
        manifest.write_text(re.sub(r"replicaCount: \d+", f"replicaCount: {1000 + count}", text))
        return str(1000 + count)

    return _edits(
        root, number, edit, "platform/clusters/cluster-00/releases/layer-003/app-0003/", *arguments
    )


def of_stock(root: Path, number: int) -> float:
    """Edits of a page in a site of Material alone."""
    page = next(path for path in sorted((root / "docs").rglob("app-0003/index.md")))
    text = page.read_text()

    def edit(count: int) -> str:
        page.write_text(f"{text}\n\nEdit {1000 + count}.\n")
        return f"Edit {1000 + count}."

    return _edits(root, number, edit, f"{page.parent.relative_to(root / 'docs').as_posix()}/")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds from an edit to its reload at the median: of our site, of the same with `--dirty`,
    and of stock Material."""

    ours: float
    dirty: float
    stock: float

    def rows(self) -> list[list[str]]:
        """Return the rows of a Markdown table."""
        named = [
            ("this plugin", self.ours),
            ("this plugin, `--dirty`", self.dirty),
            ("stock Material", self.stock),
        ]
        return [
            [name, f"{seconds:.1f} s", f"{seconds / self.stock:.3f}"] for name, seconds in named
        ]


HEADER = ["Served by", "Edit to reload", "of stock Material"]


def compare(pages: int, edits: int) -> Comparison:
    """Build the sites and edit them."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        root = Path(temporary)
        ours(root / "ours", pages)
        write_stock(root / "stock", root / "ours" / "out")
        # What was built to be copied is not part of the repository.
        shutil.rmtree(root / "ours" / "out")
        return Comparison(
            of_ours(root / "ours", edits),
            of_ours(root / "ours", edits, "--dirty"),
            of_stock(root / "stock", 2),
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
