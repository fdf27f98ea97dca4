"""Measure what building a site costs beside stock Material and Zensical on the same content, in one run on
one machine.

Usage: python -m bench.site [--pages 1000] [--small 200]

A repository of a fitting size is written and built with this plugin. What it says is also written
as Markdown, a page for each of ours with the same headings, table, diagram and commands, and built
by Material with its own navigation and search, and by Zensical where that is installed. All times
are CPU time.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from bench.measure import Run, run
from bench.repository import Size, write

STOCK = "site_name: Stock\ntheme: {{name: material, font: false}}\nplugins: [search]\n{extensions}"
EXTENSIONS = """\
markdown_extensions:
  - tables
  - attr_list
  - toc: {permalink: true}
  - pymdownx.superfences:
      custom_fences:
        - {name: mermaid, class: mermaid, format: !!python/name:pymdownx.superfences.fence_code_format }
"""
PLAIN = "markdown_extensions: [tables, attr_list, pymdownx.superfences]\n"
"""Zensical reads no Python names."""


@dataclass(frozen=True, slots=True)
class Build:
    """A built site: how many pages, what it cost, bytes of HTML a page at the median and at the
    95th percentile."""

    pages: int
    run: Run
    median: int
    high: int


def ours(root: Path, pages: int) -> Build:
    """Write a repository that gives about so many pages, and build its site with the plugin."""
    # A release gives a page for each cluster and an alert gives one; some layers and inventories
    # come to that.
    layers = max(4, pages // 50)
    write(
        root,
        Size(
            clusters=2,
            layers=layers,
            releases=max(8, (pages - 8 * layers) // 3),
            runbooks=5,
            mkdocs=True,
        ),
    )
    return _build([sys.executable, "-m", "mkdocs", "build", "-q", "-d", "out"], root)


def write_stock(root: Path, made: Path) -> None:
    """Write the same content as Markdown, for Material alone."""
    _as_markdown(made, root / "docs")
    (root / "mkdocs.yml").write_text(STOCK.format(extensions=EXTENSIONS))


def stock(root: Path, made: Path) -> Build:
    """Return the same content, built by Material alone."""
    write_stock(root, made)
    return _build([sys.executable, "-m", "mkdocs", "build", "-q", "-d", "out"], root)


def zensical(root: Path) -> Build | None:
    """Return the Markdown of `stock`, built by Zensical; None where it is not installed."""
    program = shutil.which("zensical", path=str(Path(sys.executable).parent)) or shutil.which(
        "zensical"
    )
    if program is None:
        return None
    (root / "mkdocs.yml").write_text(STOCK.format(extensions=PLAIN) + "site_dir: out\n")
    shutil.rmtree(root / "out", ignore_errors=True)
    shutil.rmtree(root / ".cache", ignore_errors=True)
    return _build([program, "build", "--clean"], root)


def _build(command: list[str], root: Path) -> Build:
    done = run(command, root)
    sizes = sorted(path.stat().st_size for path in (root / "out").rglob("*.html"))
    if done.status or not sizes:
        raise SystemExit(f"{' '.join(command)} in {root} ended with {done.status}")
    return Build(len(sizes), done, int(statistics.median(sizes)), sizes[int(len(sizes) * 0.95)])


class _Text(HTMLParser):
    """A generated fragment as Markdown with the same content."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._text: list[str] = []
        self._row: list[str] = []
        self._rows = 0
        self._diagram = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self._diagram = "mermaid" in dict(attrs).get("class", "") or ""
        if tag in ("h1", "h2", "h3", "p", "td", "th", "pre", "li"):
            self._text = []

    def handle_endtag(self, tag: str) -> None:
        text = "".join(self._text)
        flat = re.sub(r"[|\s]+", " ", text).strip()
        if tag in ("h1", "h2", "h3"):
            self.lines += [f"{'#' * int(tag[1])} {flat.rstrip('¶')}", ""]
        elif tag in ("p", "li"):
            self.lines += [flat, ""]
        elif tag in ("td", "th"):
            self._row.append(f"`{flat}`" if tag == "td" and flat else flat)
        elif tag == "tr":
            self.lines.append(f"| {' | '.join(self._row)} |")
            if not self._rows:
                self.lines.append("|" + " --- |" * len(self._row))
            self._row, self._rows = [], self._rows + 1
        elif tag == "table":
            self.lines.append("")
            self._rows = 0
        elif tag == "pre":
            self.lines += ["```mermaid" if self._diagram else "```sh", text.strip("\n"), "```", ""]
        if tag in ("h1", "h2", "h3", "p", "td", "th", "pre", "li"):
            self._text = []

    def handle_data(self, data: str) -> None:
        self._text.append(data)


def _as_markdown(site: Path, docs: Path) -> None:
    """Every page of a built site as a Markdown file with the same content."""
    for path in site.rglob("*.html"):
        html = path.read_text("utf-8")
        start, end = html.find("<article"), html.find("</article>")
        if start < 0:
            continue
        text = _Text()
        text.feed(html[html.index(">", start) + 1 : end])
        target = docs / path.relative_to(site).with_suffix(".md")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(text.lines), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Our build of some pages and of a fifth of them, and the others' of the same content."""

    ours: Build
    small: Build
    stock: Build
    zensical: Build | None

    def rows(self) -> list[list[str]]:
        """Return the rows of a Markdown table: name, pages, CPU time, of stock Material, memory,
        HTML."""
        base = self.stock.run.cpu
        named = [
            ("this plugin", self.ours),
            ("this plugin", self.small),
            ("stock Material", self.stock),
        ]
        if self.zensical is not None:
            named.append(("Zensical", self.zensical))
        return [
            [
                name,
                str(build.pages),
                f"{build.run.cpu:.1f} s",
                "" if build is self.small else f"{build.run.cpu / base:.2f}",
                f"{build.run.peak:.0f} MiB",
                f"{build.median / 1000:.0f} kB, {build.high / 1000:.0f} kB",
            ]
            for name, build in named
        ]


HEADER = [
    "Built by",
    "Pages",
    "Time",
    "of stock Material",
    "Peak memory",
    "HTML a page (median, 95 %)",
]


def compare(pages: int, small: int) -> Comparison:
    """Build all of them."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        root = Path(temporary)
        large, few = ours(root / "large", pages), ours(root / "small", small)
        plain = stock(root / "stock", root / "large" / "out")
        return Comparison(large, few, plain, zensical(root / "stock"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare builds of the same content.")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--small", type=int, default=200)
    given = parser.parse_args()
    for row in compare(given.pages, given.small).rows():
        print("  ".join(f"{name}: {cell}" for name, cell in zip(HEADER, row, strict=True)))


if __name__ == "__main__":
    main()
