"""Diagrams: what is drawn, what is gathered, and what is said beneath."""

from __future__ import annotations

import re

import pytest

from gitops_docs.diagrams import layers
from gitops_docs.diagrams.mermaid import MOST_NODES, Diagram
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
    return {re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label) for label in found}


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
    diagram = layers.of_cluster(
        "prod", facts, {item.id: f"{item.name}/" for item in found.layers}, "#order"
    )
    assert diagram is not None
    assert diagram.marked == {
        "missing": [("flux-system/gone", None)],
        "suspended": [("b", "b/")],
        "partial": [("c", "c/")],
        "cyclic": [("d", "d/"), ("e", "e/")],
    }
    assert {"b (suspended)", "flux-system/gone (does not exist)", "d (cyclic)"} <= labels(diagram)
    html = Writer(found, Options()).draft("platform/index.md").diagram(diagram)
    assert '<a href="b/">b</a>' in html and "in a circle, never applied" in html


def test_layer_without_neighbours_is_drawn_with_its_family() -> None:
    """A root is drawn with the layers that it applies, by dotted arrows; a layer that has nobody at
    all is not drawn."""
    found = platform(
        layer("root"),
        *(layer(f"l{number}", parent="prod/flux-system/root") for number in range(30)),
    )
    diagram = layers.neighbourhood(found.layers[-1], PlatformIndex(found), {})
    assert diagram is not None and "-.->" in diagram.source and "-->" not in diagram.source
    assert "and 19 layers more" in labels(diagram)
    lonely = platform(layer("alone"))
    assert layers.neighbourhood(lonely.layers[0], PlatformIndex(lonely), {}) is None


def test_wide_picture_gathers_layers_that_stand_alike() -> None:
    """Fewer than fifty layers become fewer nodes too, where the picture would be wider than
    anybody's screen."""
    found = platform(layer("base"), *(layer(f"application-{number}", "base mid") for number in range(20)), layer("mid"),
                     *(layer(f"x{n}", f"x{n - 1}" if n else "base") for n in range(5)))  # fmt: skip
    diagram = layers.of_cluster("prod", PlatformIndex(found), {}, "#order")
    assert diagram is not None and len(diagram) < 10
    assert any(label.startswith("20 layers: application-0") for label in labels(diagram))


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
        "aws", "Secret flux-system/vault", "a", "Secret flux-system/by-hand (does not exist)"
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
