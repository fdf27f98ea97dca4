"""Fetch the Mermaid library, so that a site serves it itself.

Usage: python tools/fetch_mermaid.py .cache/mermaid.min.js

Takes the pinned version from npm and checks its SHA-256. Without npm, or offline, it says so and
makes nothing: the theme then loads the library from its own place. A file with another hash than
the pinned one is an error.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "11.17.2"
SHA256 = "581ed7d74bd9048d0e3a91363927d72ef22942d7722546b27f7cc29e35390eb8"
MEMBER = "package/dist/mermaid.min.js"


def main(target: Path) -> int:
    """Make `target`; the exit status."""
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == SHA256:
        return 0
    npm = shutil.which("npm")
    if npm is None:
        print("Mermaid: npm is not here, so diagrams load the library as the theme does")
        return 0
    library = _pack(npm)
    if library is None:
        print("Mermaid: npm could not fetch the library, so diagrams load it as the theme does")
        return 0
    found = hashlib.sha256(library).hexdigest()
    if found != SHA256:
        print(f"Mermaid: mermaid@{VERSION} has SHA-256 {found}, expected {SHA256}", file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(library)
    return 0


def _pack(npm: str) -> bytes | None:
    """Return the library out of the package that npm fetched; None where that failed."""
    with tempfile.TemporaryDirectory() as directory:
        command = [npm, "pack", "--silent", f"mermaid@{VERSION}"]
        try:
            done = subprocess.run(
                command,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=300,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        archives = list(Path(directory).glob("mermaid-*.tgz"))
        if done.returncode or not archives:
            return None
        with tarfile.open(archives[0]) as archive:
            member = archive.extractfile(MEMBER)
            return member.read() if member else None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
