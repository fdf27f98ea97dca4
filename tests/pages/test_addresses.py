"""Addresses of pages: two pages never share one, whatever things are called."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_docs.index.addresses import address
from gitops_docs.model import Alert, ChartTemplate, Platform, Rendering, RunbookLink
from gitops_docs.pages import check_links, render
from gitops_docs.pages.html import parts
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Options
from gitops_docs.pages.html.writer import Writer
from tests.pages.platforms import layer, platform, release, resource

NAMES = (
    "cluster",
    "Cluster",
    "index",
    "objects",
    "from",
    "charts",
    "con",
    "a.b",
    "a-b",
    "a b",
    "_",
)
"""Names that addresses have for something else, or that differ in case only."""


def hostile() -> Platform:
    """A cluster called like a page of clusters, with layers, releases, namespaces, kinds and alerts of
    such names."""
    origin = {name: ChartTemplate("apps", "web", name, "1.0.0", "a.yaml") for name in NAMES}
    objects = [
        resource(kind, f"x-{number}", namespace or None, cluster_scoped=not namespace)
        for namespace in ("", "cluster", "Cluster", "kube-system")
        for kind in ("Thing", "thing", "ConfigMap")
        for number in range(150)
    ]
    made = [
        resource(kind, f"y-{number}", "apps", origin=origin["cluster"])
        for kind in ("Thing", "thing", "cluster")
        for number in range(90)
    ]
    return platform(
        layer("objects", cluster="charts", resources=tuple(objects)),
        *(layer(name, cluster="charts") for name in NAMES if name != "objects"),
        *(layer(name, cluster="Charts") for name in NAMES[:3]),
        releases=tuple(
            release(
                name,
                "objects",
                "1.0.0",
                cluster="charts",
                namespace=namespace,
                rendering=Rendering(objects=tuple(made), engine="helm"),
            )
            for name in NAMES
            for namespace in ("cluster", "objects")
        ),
        alerts=tuple(
            Alert(
                kind="rule",
                cluster="charts",
                namespace="apps",
                group="g",
                name=name,
                severity=None,
                layer="charts/flux-system/objects",
                file="a.yaml",
                line=1,
                runbook=RunbookLink("missing"),
                object_name="rules",
                origin=origin[name],
            )
            for name in NAMES
        ),
    )


@pytest.mark.parametrize("directory_urls", [True, False])
def test_no_address_is_shared(monkeypatch: pytest.MonkeyPatch, directory_urls: bool) -> None:
    """Each page that is begun has an address of its own, also where the case of letters does not
    count, and every link leads to a page that is there."""
    begun: list[str] = []
    draft = Writer.draft

    def noted(self: Writer, uri: str) -> Draft:
        begun.append(uri)
        return draft(self, uri)

    monkeypatch.setattr(Writer, "draft", noted)
    pages = render(hostile(), Options(directory_urls=directory_urls)).pages
    counts = Counter(address(uri, directory_urls).casefold() for uri in begun)
    assert [uri for uri, number in counts.items() if number > 1] == []
    assert len(pages) == len(begun) > 100
    assert list(check_links(pages)) == []


@given(st.lists(st.text(max_size=6), unique=True, max_size=8))
def test_parts(groups: list[str]) -> None:
    """Groups of one index have different addresses, in any order of the groups."""
    found = [parts.part_of("a/objects.md", one, groups).casefold() for one in groups]
    assert len(set(found)) == len(groups)
    assert found == [parts.part_of("a/objects.md", one, groups[::-1]).casefold() for one in groups]
    assert all(uri.startswith("a/objects/") for uri in found)
