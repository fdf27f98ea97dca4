"""Write the address of the project's repository into every file that names it.

Usage: python tools/project_address.py OWNER/NAME

Code, metadata, workflows, guide and the links of the example platform name the repository on GitHub and the site on GitHub Pages. What they
name now is read from `Source` in pyproject.toml.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def current(root: Path) -> str:
    """Return the repository that the files of a checkout name, as `owner/name`."""
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    source: str = metadata["project"]["urls"]["Source"]
    return source.removeprefix("https://github.com/")


def spellings(repository: str) -> tuple[str, str]:
    """Return how a file names a repository: as on GitHub, and as its site on GitHub Pages."""
    owner, _, name = repository.partition("/")
    return repository, f"{owner.lower()}.github.io/{name}"


def rename(root: Path, repository: str) -> list[str]:
    """Replace what the files of a checkout name now; the files that changed."""
    pairs = list(zip(spellings(current(root)), spellings(repository), strict=True))
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    )
    changed = []
    for name in filter(None, listed.stdout.split("\0")):
        path = root / name
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        made = text
        for old, new in pairs:
            made = re.sub(rf"(?<![\w.-]){re.escape(old)}(?![\w-])", new, made)
        if made != text:
            path.write_text(made, encoding="utf-8")
            changed.append(name)
    return changed


if __name__ == "__main__":
    if len(sys.argv) != 2 or not re.fullmatch(r"[\w.-]+/[\w.-]+", sys.argv[1]):
        sys.exit(__doc__)
    print("\n".join(rename(PROJECT, sys.argv[1])))
