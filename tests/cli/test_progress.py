"""Long work shows how far it is on a terminal, and leaves nothing there, in a file, a pipe or a log
of CI."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
FILES = {
    "clusters/prod/apps.yaml": ROOT,
    "apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
    "docs/index.md": "# Home\n",
    "mkdocs.yml": "site_name: A\ntheme: {name: material, font: false}\nplugins: [search, gitops]\n",
}
AT_ONCE = "from gitops_docs.text import progress; progress._PATIENCE = progress._PAUSE = 0\n"
COMMANDS = {
    "inventory": (
        f"{AT_ONCE}from gitops_docs.cli.main import main; main(['inventory', '.'])",
        ["reading files", "rendering layers"],
    ),
    "build": (
        f"{AT_ONCE}from gitops_docs.cli.main import main; main(['build', '.', '--site-dir', "
        f"'site'])",
        ["reading files", "rendering layers", "writing pages", "building pages"],
    ),
    "mkdocs": (
        f"{AT_ONCE}from mkdocs.__main__ import cli; cli(['build'])",
        ["reading files", "rendering layers", "writing pages", "building pages"],
    ),
}
Write = Callable[[Mapping[str, str]], Path]


def said(root: Path, code: str, *, terminal: bool, **environment: str) -> str:
    """What a command says on standard error."""
    command = [sys.executable, "-c", code]
    given = {**os.environ, "TERM": "xterm", **environment}
    if "CI" not in environment:
        given.pop("CI", None)
    if not terminal:
        return subprocess.run(
            command, cwd=root, env=given, check=True, capture_output=True, text=True
        ).stderr
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, cwd=root, env=given, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs
    ) as process:
        os.close(theirs)
        parts = []
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:
            pass  # Linux says so that the other side is closed.
        assert process.wait() == 0
    os.close(ours)
    return b"".join(parts).decode()


def left(text: str) -> str:
    """What stands on the terminal in the end: `ESC [ K` erases the line from where the cursor
    is."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        shown = ""
        for piece in re.split(r"\r", line):
            shown = piece[3:] if piece.startswith("\x1b[K") else piece + shown[len(piece) :]
        lines.append(shown)
    return "\n".join(lines)


@pytest.mark.parametrize(("code", "steps"), COMMANDS.values(), ids=COMMANDS)
def test_progress(repository: Write, code: str, steps: list[str]) -> None:
    """On a terminal every kind of work is seen and none stays; elsewhere there is no trace of
    it."""
    root = repository(FILES)
    shown = said(root, code, terminal=True)
    assert [step for step in steps if f"{step}: " not in shown] == []
    assert [step for step in steps if f"{step}: " in left(shown)] == []
    for other in (
        said(root, code, terminal=False),
        said(root, code, terminal=True, CI="true"),
        said(root, code, terminal=True, TERM="dumb"),
    ):
        assert "\x1b" not in other and [step for step in steps if f"{step}: " in other] == []
