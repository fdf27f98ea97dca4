"""Say whether Flux has moved to a kustomize that the table of `flux.version` does not know: `python
tools/flux_pin.py`.

Reads the releases of kustomize-controller from GitHub, and the `go.mod` of the newest one of each
minor version. The exit status is 1 where a minor version is missing from the table, or pins another
`sigs.k8s.io/kustomize/api` than the table's kustomize has.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.request
from collections.abc import Callable

from gitops_docs.flux.versions import KUSTOMIZE

REPOSITORY = "fluxcd/kustomize-controller"
API = {
    (5, 4, 0): "v0.17.0",
    (5, 4, 3): "v0.17.3",
    (5, 6, 0): "v0.19.0",
    (5, 7, 1): "v0.20.1",
    (5, 8, 1): "v0.21.1",
}
"""The version of the library `api` that each kustomize is made of."""
_TAG = re.compile(r"v1\.(\d+)\.(\d+)\Z")
_PIN = re.compile(r"sigs\.k8s\.io/kustomize/api (?:=> sigs\.k8s\.io/kustomize/api )?(v\S+)")


def main() -> int:
    """Compare; the exit status."""
    tags = json.loads(_read(f"https://api.github.com/repos/{REPOSITORY}/releases?per_page=100"))
    failures = differences([tag["tag_name"] for tag in tags], _go_mod)
    for failure in failures:
        print(failure)
    return 1 if failures else 0


def differences(tags: list[str], go_mod: Callable[[str], str]) -> list[str]:
    """Return what the table does not know.

    Args:
        tags: Of the releases of kustomize-controller; its 1.N goes with Flux 2.N.
        go_mod: Gives the text of the `go.mod` of a tag.
    """
    newest: dict[int, tuple[int, str]] = {}
    for tag in tags:
        match = _TAG.match(tag)
        if match is not None:
            newest[int(match[1])] = max(newest.get(int(match[1]), (-1, "")), (int(match[2]), tag))
    found = []
    for minor, (_, tag) in sorted(newest.items()):
        if (2, minor) < min(KUSTOMIZE):
            continue
        kustomize = KUSTOMIZE.get((2, minor))
        pins = _PIN.findall(go_mod(tag))
        if kustomize is None:
            found.append(
                f"Flux 2.{minor} (kustomize-controller {tag}) is not in the table; it pins "
                f"kustomize/api {pins[-1:]}"
            )
        elif API[kustomize] not in pins[-1:]:
            found.append(
                f"kustomize-controller {tag} pins kustomize/api {pins[-1:]}, the table says "
                f"{API[kustomize]}"
            )
    return found


def _go_mod(tag: str) -> str:
    return _read(f"https://raw.githubusercontent.com/{REPOSITORY}/{tag}/go.mod")


def _read(address: str) -> str:
    request = urllib.request.Request(address)
    token = os.environ.get("GITHUB_TOKEN")
    if token and address.startswith("https://api.github.com/"):
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(answer.read().decode("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
