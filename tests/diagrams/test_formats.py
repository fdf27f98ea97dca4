"""`gitops-docs graph`: the same edges in every format."""

from __future__ import annotations

import json
import re

import pytest

from gitops_docs.diagrams.formats import draw
from gitops_docs.index.graph import with_waves
from tests.pages.platforms import layer, platform

PLATFORM = platform(
    *with_waves(
        (
            layer("crds"),
            layer("infra", "crds"),
            layer("apps", "infra"),
            layer("lonely", "?gone"),
            layer('q"uote', suspended=True),
        )
    )
)
APPS, INFRA, CRDS = "prod/flux-system/apps", "prod/flux-system/infra", "prod/flux-system/crds"


def test_json_names_both_ends() -> None:
    """Every edge once, what does not exist apart, and how many layers wait behind each."""
    found = json.loads(draw(PLATFORM, "json"))
    assert [(edge["layer"], edge["depends_on"]) for edge in found["edges"]] == [
        (APPS, INFRA),
        (INFRA, CRDS),
    ]
    assert [item["name"] for item in found["missing"]] == ["gone"]
    assert {item["id"]: item["dependents"] for item in found["layers"]}[CRDS] == 2


def test_text_by_wave() -> None:
    """Layers stand below their wave with what they wait for."""
    text = draw(PLATFORM, "text")
    assert text.index("wave 1") < text.index("crds") < text.index("wave 2") < text.index("wave 3")
    assert (
        re.search(r"^    apps +<- infra$", text, re.MULTILINE)
        and "flux-system/gone (missing)" in text
    )


def test_dot_arrows_follow_the_order() -> None:
    """An arrow leads to the layer that waits; quotes in names are escaped."""
    text = draw(PLATFORM, "dot")
    assert f'"{INFRA}" -> "{APPS}";' in text and r"q\"uote" in text
    assert text.count("{") == text.count("}")


def test_mermaid_is_a_flowchart() -> None:
    """What the pages draw, for everything and for a neighbourhood."""
    assert "\nflowchart " in draw(PLATFORM, "mermaid")
    around = draw(PLATFORM, "mermaid", [INFRA])
    assert "\nflowchart LR\n" in around and around.count("-->") == 2


@pytest.mark.parametrize(
    ("depth", "names"),
    [(1, {"apps", "infra"}), (2, {"apps", "infra", "crds"}), (0, {"apps", "infra", "crds"})],
)
def test_depth(depth: int, names: set[str]) -> None:
    """How far a neighbourhood goes; 0 is all the way."""
    found = json.loads(draw(PLATFORM, "json", [APPS], depth))
    assert {item["name"] for item in found["layers"]} == names


def test_text_around_a_layer() -> None:
    """What one layer waits for and what a suspend stops, in words."""
    text = draw(PLATFORM, "text", [CRDS])
    assert "suspending it stops 2 layers" in text and "needed by" in text and "apps" in text


def test_nothing_to_draw() -> None:
    """A repository without layers is told so; the formats for programs are empty and well
    formed."""
    nothing = platform()
    assert draw(nothing, "text").startswith("No layers")
    assert json.loads(draw(nothing, "json"))["layers"] == [] and draw(nothing, "dot").endswith("}")
