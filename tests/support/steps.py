"""Run the shell steps of workflow files as their runner would, with programs that reach the network
replaced.

In: a step and the values of its expressions. Out: what it printed, wrote to its outputs and called.
An expression that the caller gave no value for fails the test, and so does one inside a script:
values belong into the environment, where no shell reads them as code.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import PROJECT

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Ran:
    """The end of a step."""

    status: int
    text: str
    outputs: Mapping[str, str]
    summary: str
    calls: tuple[str, ...]
    """What the replaced programs were called with."""


class Runner:
    """A machine of a CI service, in a directory."""

    def __init__(self, directory: Path, workspace: Path, gh: str = "") -> None:
        self.workspace = workspace
        self.temp = directory / "temp"
        self.bin = directory / "bin"
        self.calls = directory / "calls"
        for path in (self.temp, self.bin):
            path.mkdir(parents=True, exist_ok=True)
        note = f'echo "$(basename "$0") $*" >> "{self.calls}"\n'
        code = "from gitops_docs.cli.main import main; main(prog_name='gitops-docs')"
        self.program("gitops-docs", f'exec "{sys.executable}" -c "{code}" "$@"\n')
        self.program("python", note)
        self.program("pip", note)
        self.program("apt-get", note)
        self.program("docker", note)
        self.program("gh", f"{note}printf '%s' '{gh}'\n")
        # What the Makefile would do is tested by doing it; here, that it knows what it is asked
        # for.
        self.program(
            "make",
            f'{note}exec /usr/bin/env -u MAKEFLAGS "$(command -v -p make)" --dry-run -C '
            f'"{PROJECT}" "$@" >/dev/null\n',
        )

    def program(self, name: str, text: str) -> None:
        """Put a program before the real one."""
        path = self.bin / name
        path.write_text(f"#!/bin/bash\n{text}", encoding="utf-8")
        path.chmod(0o755)

    def run(
        self,
        script: str,
        environment: Mapping[str, Any] | None = None,
        values: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a script; `values` are what expressions in its environment give."""
        assert "${{" not in script, f"an expression inside a script: {script}"
        given = {
            name: _EXPRESSION.sub(lambda match: (values or {})[match[1]], str(text))
            for name, text in (environment or {}).items()
        }
        for name in ("output", "summary"):
            (self.temp / name).write_text("")
        self.calls.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.workspace,
            env={
                **os.environ,
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_OUTPUT": str(self.temp / "output"),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
                "GITHUB_REPOSITORY": "acme/platform",
                **given,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        outputs = dict(
            line.split("=", 1) for line in (self.temp / "output").read_text().splitlines()
        )
        calls = tuple(self.calls.read_text().splitlines())
        return Ran(
            done.returncode,
            done.stdout + done.stderr,
            outputs,
            (self.temp / "summary").read_text(),
            calls,
        )
