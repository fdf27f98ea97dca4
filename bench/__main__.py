"""Measure everything and write the tables of the guide.

Usage: python -m bench [REPO...] [--pages 1000] [--edits 10] [--write docs/guide/performance.md]

Takes some minutes. The tables go between the marks of the page, with the machine and the versions
they were made with; without `--write` they are printed.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench import memory, overhead, scan, serve, site
from bench.repository import Size, write

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def machine() -> str:
    """Return the processor, its cores and memory, as the system names them."""
    names = re.findall(r"model name\s*:\s*(.+)", _text("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+) kB", _text("/proc/meminfo"))
    size = f", {int(memory[1]) / (1 << 20):.0f} GiB" if memory else ""
    return (
        f"{names[0].strip() if names else platform.processor() or platform.machine()}, "
        f"{os.cpu_count()} cores{size}"
    )


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def versions() -> str:
    """Return what took part."""
    found = [f"Python {platform.python_version()}"]
    for name in ("mkdocs", "mkdocs-material", "zensical", "PyYAML"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    revision = subprocess.run(
        ["git", "describe", "--always"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"{', '.join(found)}, at {revision or 'no commit'}"


def growth(rounds: int = 2) -> list[list[str]]:
    """Measure scans of written repositories of rising size."""
    rows = []
    first = None
    for releases in (25, 250, 2500):
        with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
            root = Path(temporary)
            size = Size(clusters=1, layers=max(4, releases // 20), releases=releases, runbooks=0)
            write(root, size)
            found = scan.measure(root, rounds, kubectl=False)
        each = found.cold / size.manifests
        first = first or each
        rows.append(
            [
                str(size.manifests),
                f"{found.cold:.2f} s",
                f"{each / first:.2f}",
                f"{found.peak:.0f} MiB",
            ]
        )
    return rows


def main() -> None:
    """Measure and print or write."""
    parser = argparse.ArgumentParser(
        description="Measure everything and write the tables of the guide."
    )
    parser.add_argument("repositories", nargs="*", type=Path)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--edits", type=int, default=10)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    parts = [f"On {machine()}; {versions()}.", "### Scan"]
    if given.repositories:
        parts.append(table(scan.HEADER, [scan.measure(repo).row() for repo in given.repositories]))
    parts.append(table(["Manifests", "Scan", "each, of the first", "Peak memory"], growth()))
    parts += ["### Build", table(site.HEADER, site.compare(given.pages, given.pages // 5).rows())]
    parts += [
        "### A site of hand-written pages",
        table(overhead.HEADER, [overhead.measure(300).row()]),
    ]
    parts += [
        "### Edits under `serve`",
        table(serve.HEADER, serve.compare(given.pages, given.edits).rows()),
    ]
    parts.append(table(memory.HEADER, [memory.measure(60, 200).row()]))
    text = "\n\n".join(parts)
    if given.write is None:
        print(text)
        return
    page = given.write.read_text(encoding="utf-8")
    start, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    given.write.write_text(f"{page[:start]}\n\n{text}\n\n{page[end:]}", encoding="utf-8")


if __name__ == "__main__":
    main()
