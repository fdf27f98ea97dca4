"""How large the values of a ConfigMap or a Secret may be."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.support.scanning import flux, scanned

MIB = 1024 * 1024


def made(kind: str, size: int) -> dict[str, str]:
    """A cluster whose layer generates an object from a file of that size."""
    generator = "configMapGenerator" if kind == "ConfigMap" else "secretGenerator"
    return {
        "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
        "clusters/a/apps.yaml": flux("apps", "./apps"),
        "apps/kustomization.yaml": f"{generator}: [{{name: big, namespace: a, files: [big.txt]}}]\n",
        "apps/big.txt": "x" * size,
    }


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
@pytest.mark.parametrize(("size", "fits"), [(MIB, True), (MIB + 1, False)])
def test_generated(tmp_path: Path, kind: str, size: int, fits: bool) -> None:
    """What counts are the bytes behind base64."""
    platform = scanned(tmp_path, made(kind, size))
    codes = {one.code for one in platform.findings}
    assert ("object-too-large" not in codes) is fits


def test_written(tmp_path: Path) -> None:
    """The values of `data` and `stringData` together; the finding has none of them."""
    half = base64.b64encode(b"canary" * (MIB // 12)).decode()
    files = made("Secret", 1)
    files["apps/kustomization.yaml"] = "resources: [a.yaml]\n"
    files["apps/a.yaml"] = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: a}\n"
        f"data: {{one: {half}}}\nstringData: {{two: '{'y' * (MIB // 2 + 10)}'}}\n"
    )
    (found,) = [one for one in scanned(tmp_path, files).findings if one.code == "object-too-large"]
    assert "canary" not in found.message and half[:20] not in found.message
