"""Write the table of docs/guide/exactness.md: every layer and kustomization directory of real
repositories beside `kubectl kustomize`.

`python tools/exactness.py DIRECTORY` takes the repositories unpacked below DIRECTORY and this
project's example, prints every difference and writes the table. `--properties COUNT` also records a
clean run of that many generated trees (`make properties N=COUNT`) at the present commit or the one
named by `--commit`, and `--minutes` what it took.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from gitops_docs.kustomize.behaviour import LATEST

PROJECT = Path(__file__).parent.parent
PAGE = PROJECT / "docs" / "guide" / "exactness.md"
EXAMPLE = "examples/platform"
sys.path[:0] = [str(PROJECT)]

HEAD = (
    "| repository | layers | objects | equal | partial | elsewhere | directories | objects | equal "
    "| refused by both |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
)


def row(name: str, root: Path) -> str:
    """Return a repository's line of the table; differences are printed."""
    from tests.support import oracle

    cells = [name]
    for found, statuses in (
        (list(oracle.layers(root)), ("partial", "external")),
        (list(oracle.directories(root)), ("refused",)),
    ):
        for item in found:
            for difference in item.differences:
                print(f"{name} {item.name}: {difference}")
        counts = Counter(item.status for item in found)
        objects = sum(item.objects for item in found)
        equal = sum(item.objects for item in found if item.status == "equal")
        cells += [
            str(len(found)),
            str(objects),
            str(equal),
            *(str(counts[status]) for status in statuses),
        ]
    return f"| {' | '.join(cells)} |"


def table(roots: Iterable[Path]) -> str:
    """Return the table of some repositories, the example last."""
    rows = [row(root.name.replace("_", "/", 1), root) for root in sorted(roots)]
    return "\n".join((*HEAD, *rows, row(f"`{EXAMPLE}`", PROJECT / EXAMPLE)))


def put(text: str, mark: str, content: str) -> str:
    """`text` with what stands between `<!-- mark -->` and `<!-- /mark -->` replaced."""
    pattern = rf"(<!-- {mark}:[^\n]*-->\n).*?(<!-- /{mark} -->)"
    return re.sub(
        pattern, lambda match: f"{match[1]}{content}\n{match[2]}", text, count=1, flags=re.DOTALL
    )


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--properties", type=int)
    parser.add_argument("--minutes", type=int)
    parser.add_argument("--commit", default="HEAD")
    given = parser.parse_args()
    text = PAGE.read_text(encoding="utf-8")
    if given.directory is not None:
        text = put(
            text, "table", table(path for path in given.directory.iterdir() if path.is_dir())
        )
    if given.properties is not None:
        commit = subprocess.run(
            ["git", "rev-parse", "--short=10", given.commit],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        version = f"v{'.'.join(map(str, LATEST))}"
        took = f" in {given.minutes} minutes" if given.minutes else ""
        content = (
            f"{given.properties} generated trees{took} at commit `{commit}`, kustomize {version}: "
            f"no difference."
        )
        text = put(text, "properties", content)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
