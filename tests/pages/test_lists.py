"""Lists of one cluster: with more rows than `PLACES` they leave out where a thing is defined, which
its own page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gitops_docs.pages import render
from gitops_docs.pages.html.across import PLACES
from tests.support.manifests import LAYERS, SYNC_FILE, namespace, release, repository
from tests.support.scanning import flux, kustomization, scanned

LISTS = ("platform/components.md", "platform/health.md")
"""Pages whose rows lead to pages with `file:line`; objects without a page keep theirs."""


def tables(number: int, root: Path) -> dict[str, list[str]]:
    """The tables of the lists of a cluster with so many layers, each with a release."""
    files = {LAYERS: "".join(flux(f"app-{one}", f"./apps/{one}") for one in range(number))}
    for one in range(number):
        files[f"apps/{one}/kustomization.yaml"] = kustomization("all.yaml")
        files[f"apps/{one}/all.yaml"] = namespace(f"n{one}") + release(
            f"app-{one}", where=f"n{one}"
        )
    pages = {page.uri: page for page in render(scanned(root, repository(files))).pages}
    return {uri: re.findall(r"(?s)<table.*?</table>", pages[uri].html) for uri in LISTS}


@pytest.mark.parametrize("number", [3, PLACES + 1])
def test_places_in_lists(number: int, tmp_path: Path) -> None:
    """`file:line` stands in short lists only."""
    for uri, found in tables(number, tmp_path).items():
        assert sum(table.count("<tr") for table in found) >= number, uri
        assert any("gitops-place" in table for table in found) == (number <= PLACES), uri


def test_timeouts_of_a_layer_that_differ(tmp_path: Path) -> None:
    """Without a timeout Flux derives one from the interval, so clusters with other intervals have
    rows of their own."""
    files = {}
    for cluster, interval in (("a", "10m"), ("b", "1h")):
        root = f"clusters/{cluster}"
        sync = repository({})[SYNC_FILE].replace("./clusters/prod", f"./{root}")
        files[f"{root}/flux-system/gotk-sync.yaml"] = sync
        files[f"{root}/app.yaml"] = flux("app", "./app").replace("10m", interval)
    files["app/all.yaml"] = namespace("n")
    pages = {page.uri: page for page in render(scanned(tmp_path, files)).pages}
    html = pages["platform/health.md"].html
    assert "9m30s" in html and "59m30s" in html
