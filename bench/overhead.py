"""Measure what the plugin costs a site of hand-written pages that documents a small repository beside them.

Usage: python -m bench.overhead [--pages 300]

The pages have four thousand characters each, with a table, a list, an admonition and code, and the
site has the extensions that Material's guide advises. It is built with and without the plugin, in
turn, each several times. CPU time of the whole command, the least of each.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.measure import ROUNDS, Run, run
from bench.repository import Size, write

SMALL = Size(clusters=1, layers=5, releases=5, variables=5, runbooks=3)
"""What counts as small: a cluster with a handful of layers and releases."""
SITE = """\
site_name: Handbook
theme: {name: material, font: false}
plugins: [%s]
markdown_extensions:
  - admonition
  - attr_list
  - tables
  - toc: {permalink: true}
  - pymdownx.details
  - pymdownx.highlight: {anchor_linenums: true}
  - pymdownx.inlinehilite
  - pymdownx.superfences
  - pymdownx.tabbed: {alternate_style: true}
"""
PAGE = """\
# How {subject} works

What {subject} is for, who looks after it, and what to know before changing it. It belongs to [{other}]({target}), which is where most
questions begin.

!!! note
    Nothing here is urgent. What is, stands in the runbooks.

## What there is

| Part | Where it runs | Who owns it | Since |
| --- | --- | --- | --- |
{rows}

## How to change it

1. Make a branch and change the *smallest* thing that helps.
2. Wait for the checks, and for somebody who knows **{subject}**.
3. Merge, and look at the dashboards for ten minutes.

```yaml
service:
  name: {subject}
  replicas: 3
  resources:
    requests: {{cpu: 100m, memory: 128Mi}}
```

```sh
kubectl --context production -n services get deployment {subject} -o yaml
kubectl --context production -n services rollout history deployment/{subject}
```

## What went wrong before

{paragraphs}

## Further reading

{links}
"""
PARAGRAPH = (
    "In week {week} `{subject}` was slow for an hour, because a queue was full and nobody had been "
    "told. Since then there is an alert, a "
    "limit on what one client may send, and a page that says what to do. The graph of the week "
    "before looked the same, so look at both."
)


def pages(number: int) -> dict[str, str]:
    """Return hand-written pages in sections of ten, by path."""
    names = [f"docs/area-{index // 10:02d}/service-{index:03d}.md" for index in range(number)]
    made = {
        "docs/index.md": "# Handbook\n\nStart with [the first service](area-00/service-000.md).\n"
    }
    for index, name in enumerate(names):
        other = (index * 7 + 3) % number
        target = f"../area-{other // 10:02d}/service-{other:03d}.md"
        subject = f"service-{index:03d}"
        made[name] = PAGE.format(
            subject=subject,
            other=f"service {other}",
            target=target,
            rows="\n".join(
                f"| part {row} | cluster-{row % 3} | team {row % 4} | 20{10 + row} |"
                for row in range(8)
            ),
            paragraphs="\n\n".join(
                PARAGRAPH.format(week=week, subject=subject) for week in range(9)
            ),
            links="\n".join(f"- [{other} and {step}]({target})" for step in range(6)),
        )
    return made


@dataclass(frozen=True, slots=True)
class Overhead:
    """The same site without the plugin, and with it; how many pages were written by hand, and how
    many are made."""

    without: Run
    plugin: Run
    pages: int
    made: int

    @property
    def ratio(self) -> float:
        """What the plugin adds, as a part of the site without it."""
        return self.plugin.cpu / self.without.cpu - 1

    def row(self) -> list[str]:
        """Return a row of a Markdown table."""
        return [
            str(self.pages), str(self.made), f"{self.without.cpu:.2f} s", f"{self.plugin.cpu:.2f} s", f"{self.ratio:.1%}",
        ]  # fmt: skip


HEADER = ["Pages by hand", "Pages made", "Without the plugin", "With it", "More"]


def measure(number: int, rounds: int = ROUNDS) -> Overhead:
    """Write the site and build it both ways."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        root, sites = Path(temporary, "repository"), Path(temporary, "sites")
        write(root, SMALL)
        for name, text in pages(number).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        (root / "mkdocs.yml").write_text(SITE % "search, gitops")
        (root / "plain.yml").write_text(SITE % "search")
        runs: dict[str, list[Run]] = {"plain.yml": [], "mkdocs.yml": []}
        # One after the other, so that both meet the same moods of the machine.
        for _ in range(rounds):
            for name, done in runs.items():
                shutil.rmtree(sites / name, ignore_errors=True)
                command = [
                    sys.executable,
                    "-m",
                    "mkdocs",
                    "build",
                    "-q",
                    "-f",
                    name,
                    "-d",
                    str(sites / name),
                ]
                done.append(run(command, root))
                if done[-1].status:
                    raise SystemExit(f"the site of {name} cannot be built")
        built = {name: len(list((sites / name).rglob("*.html"))) for name in runs}
        made = built["mkdocs.yml"] - built["plain.yml"]
        least = {name: min(done, key=lambda one: one.cpu) for name, done in runs.items()}
        return Overhead(least["plain.yml"], least["mkdocs.yml"], number, made)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description="Measure what the plugin adds to a site of hand-written pages."
    )
    parser.add_argument("--pages", type=int, default=300)
    given = parser.parse_args()
    print(
        "  ".join(
            f"{name}: {cell}" for name, cell in zip(HEADER, measure(given.pages).row(), strict=True)
        )
    )


if __name__ == "__main__":
    main()
