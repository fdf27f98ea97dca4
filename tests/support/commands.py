"""Run the commands as a user does, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def gitops_docs(
    *arguments: str, cwd: Path | None = None, status: int | None = 0
) -> subprocess.CompletedProcess[str]:
    """Run `gitops-docs`; its output. Fails where the exit status is not `status` (None: any but a
    crash's)."""
    code = "from gitops_docs.cli.main import main; main(prog_name='gitops-docs')"
    return _run([sys.executable, "-c", code, *arguments], cwd, status)


def mkdocs(
    *arguments: str, cwd: Path, status: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `mkdocs`; its output. Fails where the exit status is not `status`."""
    return _run([sys.executable, "-m", "mkdocs", *arguments], cwd, status, environment)


def _run(
    command: list[str],
    cwd: Path | None,
    status: int | None,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert status is None or done.returncode == status, (
        f"{command[3:]} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    )
    return done
