"""MkDocs' search, and Material's."""

from __future__ import annotations

import pytest

from tests.compatibility.conftest import Build
from tests.support.site import search_index


@pytest.mark.parametrize("name", ["search", "material/search"])
def test_layers_are_found(build: Build, name: str) -> None:
    """The index has the page of a layer by its name."""
    titles = {entry["location"]: entry["title"] for entry in search_index(build([name, "gitops"]))}
    assert titles["platform/clusters/prod/layers/flux-system/apps/"].startswith("apps")
