"""Make a Git repository with some commits."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

_WHO = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]


def git(root: Path, *arguments: str, given: str = "") -> str:
    """Run `git` in a directory, with a standard input; its output."""
    done = subprocess.run(
        ["git", *_WHO, *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
        input=given,
    )
    return done.stdout


def commit(root: Path, files: Mapping[str, str | None], message: str = "change") -> None:
    """Write files (None: remove) and commit them; the first call makes the repository."""
    root.mkdir(parents=True, exist_ok=True)
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
    for name, content in files.items():
        path = root / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
