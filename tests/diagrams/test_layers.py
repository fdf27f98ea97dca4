"""Diagrams: what is drawn, what is gathered, and what is said beneath."""

from __future__ import annotations

import re

import pytest

from gitops_docs.diagrams import layers, order
from gitops_docs.diagrams.mermaid import MOST_ARROWS, MOST_NODES, Diagram
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.model import LayerStatus, Location, Platform, Protection, Secret, SubstituteFrom
from gitops_docs.pages import Options
from gitops_docs.pages.html import flows
from gitops_docs.pages.html.writer import Writer
from tests.pages.platforms import layer, platform, release, whole


def labels(diagram: Diagram) -> set[str]:
    """The labels of a diagram's nodes, entities resolved."""
    found = re.findall(
        r'^  n\d+\S*?"(.*)"', re.sub(r"\n  click .*", "", diagram.source), re.MULTILINE
    )
    return {
        re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label).replace("<br/>", " ")
        for label in found
    }


def drawn(found: Platform, kind: str) -> Diagram | None:
    """One of the flows of the cluster `prod`."""
    writer = Writer(found, Options())
    diagram: Diagram | None = getattr(flows, kind)(writer, writer.draft("platform/x.md"), "prod")
    return diagram


def test_what_is_special_is_named_beneath() -> None:
    """Suspended, partial, missing and cyclic layers are outlined, and listed with a link below the
    picture."""
    found = platform(
        layer("a", "?gone"),
        layer("b", "a", suspended=True),
        layer("c", "b", status=LayerStatus.PARTIAL, reason="a remote base"),
        layer("d", "e"),
        layer("e", "d"),
    )
    facts = PlatformIndex(found)
    diagram = order.of_cluster(
        "prod", facts, {item.id: f"{item.name}/" for item in found.layers}, lambda area: "#order"
    )
    assert diagram is not None
    assert diagram.marked == {
        "missing": [("flux-system/gone", None)],
        "suspended": [("b", "b/")],
        "partial": [("c", "c/")],
        "cyclic": [("d", "d/"), ("e", "e/")],
    }
    assert {"b suspended", "flux-system/gone missing", "d cycle"} <= labels(diagram)
    html = Writer(found, Options()).draft("platform/index.md").diagram(diagram)
    assert '<a href="b/">b</a>' in html and "in a dependency cycle, never applied" in html


def test_layer_without_neighbours_is_drawn_with_its_family() -> None:
    """A root is drawn with the layers that it applies, by dotted arrows; a layer that has nobody at
    all is not drawn."""
    found = platform(
        layer("root"),
        *(layer(f"l{number}", parent="prod/flux-system/root") for number in range(30)),
    )
    diagram = layers.neighbourhood(found.layers[-1], PlatformIndex(found), {})
    assert diagram is not None and "-.->" in diagram.source and "-->" not in diagram.source
    assert any(label.startswith("+25 layers") for label in labels(diagram))
    lonely = platform(layer("alone"))
    assert layers.neighbourhood(lonely.layers[0], PlatformIndex(lonely), {}) is None


def estate(number: int, areas: int) -> Platform:
    """So many layers in so many areas; each area waits for the one before, each third layer for
    its neighbour; one is suspended, one not fully rendered."""
    names = [(f"area-{n % areas:02d}", f"l{n:03d}") for n in range(number)]
    made = []
    for n, (area, name) in enumerate(names):
        waits = [f"l{n - 1:03d}"] if n % areas else []
        waits += [f"l{n - areas:03d}"] if n % 3 == 0 and n >= areas else []
        status = LayerStatus.PARTIAL if n == 7 else LayerStatus.RENDERED
        made.append(
            layer(
                name,
                " ".join(waits),
                directory=f"{area}/{name}",
                parent="prod/flux-system/root",
                suspended=n == 5,
                status=status,
            )
        )
    return platform(*made)


@pytest.mark.parametrize(
    ("number", "areas"), [(12, 3), (24, 4), (25, 4), (60, 5), (100, 9), (101, 9), (300, 12), (300, 40), (200, 1)]
)  # fmt: skip
def test_picture_keeps_its_limits(number: int, areas: int) -> None:
    """However many layers and areas there are, a picture has at most 24 nodes and 36 arrows, none
    wider than a page from left to right, and no node lists layers."""
    found = estate(number, areas)
    diagram = order.of_cluster("prod", PlatformIndex(found), {}, lambda area: f"#{area}")
    assert diagram is not None
    assert 1 < len(diagram) <= MOST_NODES and 0 < diagram.arrows <= MOST_ARROWS
    assert diagram.direction == "TB" or diagram.width <= 1000
    for label in labels(diagram):
        assert len(label) <= 49 and len(re.findall(r"\bl\d{3}\b", label)) <= 1


def test_critical_path_is_drawn_through_the_areas() -> None:
    """Of 25 to 100 layers the longest chain stands layer by layer, with thick arrows, and what
    needs attention by itself; the others are areas with their number."""
    found = estate(60, 5)
    diagram = order.of_cluster("prod", PlatformIndex(found), {}, lambda area: None)
    assert diagram is not None and "==>" in diagram.source
    assert "l005 suspended" in labels(diagram) and "l007 ◐" in labels(diagram)
    assert any(label.endswith("layers") for label in labels(diagram))


def test_neighbourhood_has_five_on_each_side() -> None:
    """Of many that wait, those that need attention come first; one dashed node stands for the
    others and leads to the list."""
    found = platform(
        layer("base"),
        *(layer(f"w{n:02d}", "base", suspended=n == 17) for n in range(20)),
    )
    base = next(item for item in found.layers if item.name == "base")
    diagram = layers.neighbourhood(base, PlatformIndex(found), {})
    assert diagram is not None and len(diagram) == 7
    assert "w17 suspended" in labels(diagram)
    assert any(label.startswith("+15 layers") for label in labels(diagram))


def test_sources_lead_to_what_is_made_from_them() -> None:
    """A source has its layers and releases; many users of one source are one node."""
    found = drawn(whole(), "sources")
    assert found is not None
    assert {
        "GitRepository flux-system",
        "HelmRepository charts",
        "podinfo",
        "apps",
        "infra",
    } <= labels(found)
    many = drawn(
        platform(layer("a"), releases=tuple(release(f"r{n}", "a", "1") for n in range(9))),
        "sources",
    )
    assert many is not None and "9 releases" in labels(many)


def test_secrets_lead_from_their_store_to_their_users() -> None:
    """A store, the Secret that comes from it, the layer that takes variables from it; what nothing
    makes is missing."""
    uses = tuple(
        SubstituteFrom("Secret", name, False, None, "x.yaml", 1) for name in ("vault", "by-hand")
    )
    secret = Secret(
        "prod", "prod/flux-system/a", "ExternalSecret", "flux-system", "vault", Protection.EXTERNAL_SECRET, (),
        "x.yaml", 1, (("key", Location("x.yaml", 2)),), "ClusterSecretStore aws",
    )  # fmt: skip
    found = drawn(platform(layer("a", substitute_from=uses), secrets=(secret,)), "secrets")
    assert found is not None
    assert labels(found) == {
        "ClusterSecretStore "
        "aws", "Secret flux-system/vault", "a", "Secret flux-system/by-h… missing"
    }  # fmt: skip
    assert found.marked == {"missing": [("Secret flux-system/by-hand", None)]}


def test_notifications_lead_to_the_provider() -> None:
    """Event source, Alert, Provider with its channel."""
    found = drawn(whole(), "notifications")
    assert found is not None
    assert labels(found) == {"Alert oncall", "Kustomization flux-system: all", "slack #alerts"}


@pytest.mark.parametrize("kind", ["sources", "secrets", "notifications"])
def test_nothing_to_draw(kind: str) -> None:
    """Without sources, secrets or Alerts there is no empty picture."""
    found = drawn(platform(), kind)
    assert found is None


def test_flows_stay_readable() -> None:
    """Hundreds of sources that serve one release each are gathered, so that the picture stays
    within its bounds."""
    releases = tuple(
        release(
            f"r{n}",
            "a",
            "1",
            source=whole().releases[0].source.__class__("OCIRepository", "x", f"s{n}"),
        )
        for n in range(300)
    )
    found = drawn(platform(layer("a"), releases=releases), "sources")
    assert found is not None and len(found) <= MOST_NODES
    assert {"300 OCIRepositories for one thing each", "300 releases"} <= labels(found)
