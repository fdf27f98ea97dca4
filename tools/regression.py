"""Write what kubectl gives into regression files that do not say it yet: `python tools/regression.py tests/kustomize/regressions/*.yaml`.

A regression file holds `about` (one sentence), `files` (path to text) and, if it is not the root, the `directory` to build.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import yaml


def main() -> None:
    """Fill in each file given."""
    for name in sys.argv[1:]:
        path = Path(name)
        text = path.read_text(encoding="utf-8")
        case = yaml.safe_load(text)
        if "output" in case or "error" in case:
            continue
        with tempfile.TemporaryDirectory() as directory:
            for file, content in case["files"].items():
                target = Path(directory) / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content, encoding="utf-8")
            done = subprocess.run(
                ["kubectl", "kustomize", "--load-restrictor", "LoadRestrictionsNone", case.get("directory", ".")],
                cwd=directory,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        result = "error: true\n" if done.returncode else "output: |\n" + textwrap.indent(done.stdout, "  ")
        path.write_text(f"{text.rstrip()}\n{result}", encoding="utf-8")
        print(f"{path}: {'refused: ' + done.stderr.strip()[-200:] if done.returncode else 'output'}")


if __name__ == "__main__":
    main()
