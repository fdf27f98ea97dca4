"""Pages of layers that were renamed since an inventory was published."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitops_docs.model import Layer
from gitops_docs.pages import Options
from gitops_docs.site.redirects import moves
from tests.pages.platforms import layer, platform
from tests.support.scanning import inventory

BEFORE = json.loads(json.dumps(inventory(platform(layer("apps"), layer("infra")))))
OLD = "platform/clusters/prod/layers/flux-system/infra/"


@pytest.mark.parametrize(
    ("today", "redirects", "gone"),
    [
        ([layer("apps"), layer("infra")], {}, 0),
        # renamed, the path stayed
        (
            [layer("apps"), layer("base", path="./infra")],
            {OLD: "platform/clusters/prod/layers/flux-system/base/"},
            0,
        ),
        # moved to another cluster, name and path stayed
        (
            [layer("apps"), layer("infra", cluster="blue")],
            {OLD: "platform/clusters/blue/layers/flux-system/infra/"},
            0,
        ),
        # another layer that was there before is not a successor
        ([layer("apps", path="./infra")], {}, 1),
        ([layer("apps"), layer("other")], {}, 1),
    ],
)
def test_moves(today: list[Layer], redirects: dict[str, str], gone: int) -> None:
    """The successor is found by its path; what has none is gone."""
    found = moves(BEFORE, platform(*today), Options())
    assert found.redirects == redirects
    assert len(found.gone) == gone


@pytest.mark.parametrize("previous", [{}, {"layers": None}, {"layers": ["x", {}, {"id": "a"}]}])
def test_other_shapes_are_left_alone(previous: dict[str, Any]) -> None:
    """What is not an inventory of ours moves nothing."""
    assert moves(previous, platform(layer("apps")), Options()).redirects == {}
