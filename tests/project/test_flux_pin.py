"""The tool that says when Flux moves to another kustomize."""

from __future__ import annotations

import pytest

from gitops_docs.flux.versions import KUSTOMIZE
from gitops_docs.kustomize.behaviour import LATEST
from tools import flux_pin

TAGS = ["v1.9.4", "v1.9.10", "v1.8.5", "v1.2.1", "v1.10.0-rc.1", "v1.7.3"]


def pinned(version: str, replaced: str | None = None) -> str:
    """A `go.mod` that asks for a version of the library and may replace it."""
    text = f"require (\n\tsigs.k8s.io/kustomize/api {version}\n)\n"
    return text + (
        f"replace sigs.k8s.io/kustomize/api => sigs.k8s.io/kustomize/api {replaced}\n"
        if replaced
        else ""
    )


def test_the_newest_patch_of_each_minor_is_read() -> None:
    """Pre-releases and versions before the table count for nothing; a replacement counts more than
    what it replaces."""
    asked = []

    def go_mod(tag: str) -> str:
        asked.append(tag)
        return pinned("v0.21.0", "v0.20.1") if tag == "v1.7.3" else pinned("v0.21.1")

    assert flux_pin.differences(TAGS, go_mod) == []
    assert asked == ["v1.7.3", "v1.8.5", "v1.9.10"]


@pytest.mark.parametrize(("tag", "version"), [("v1.9.11", "v0.22.0"), ("v1.10.0", "v0.21.1")])
def test_what_the_table_does_not_know_is_said(tag: str, version: str) -> None:
    """Another version of the library, or another minor version of Flux."""
    (found,) = flux_pin.differences(
        [*TAGS[2:], tag],
        lambda one: pinned({tag: version, "v1.7.3": "v0.20.1"}.get(one, "v0.21.1")),
    )
    assert tag in found and version in found


def test_the_tables_go_together() -> None:
    """Each kustomize of the table has a library, and the newest is what is followed by itself."""
    assert set(flux_pin.API) == set(KUSTOMIZE.values())
    assert KUSTOMIZE[max(KUSTOMIZE)] == LATEST
