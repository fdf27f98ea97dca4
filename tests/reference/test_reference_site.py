"""The reference site as a whole: built strictly, every link alive, every layer to be found."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support import PROJECT
from tests.support.links import dead_links, read
from tests.support.site import (
    inventory,
    layer_pages,
    layers_that_search_misses,
    reachable,
    site_url,
)


def test_no_dead_links(reference_site: Path) -> None:
    """Every internal link, anchor, diagram target and search result of the site exists."""
    base = urlsplit(site_url(PROJECT / "mkdocs.yml")).path
    assert dead_links(reference_site, base) == []


def test_every_layer_has_a_page_that_clicks_lead_to(reference_site: Path) -> None:
    """From the home page, links lead to the page of each layer of each cluster."""
    pages = layer_pages(reference_site)
    assert len(pages) > 20
    assert set(pages.values()) <= reachable(reference_site)


def test_search_knows_every_layer(reference_site: Path) -> None:
    """A search for the name of a layer leads to its page."""
    assert layers_that_search_misses(reference_site) == []


def test_every_page_can_be_reached(reference_site: Path) -> None:
    """No page of the site hides from a reader who clicks."""
    pages = {path.relative_to(reference_site).as_posix() for path in reference_site.rglob("*.html")}
    hidden = {page.removesuffix("index.html") for page in pages - {"404.html"}} - reachable(
        reference_site
    )
    assert not hidden


@pytest.mark.parametrize("name", ["bootstrap", "rollback", "troubleshooting"])
def test_runbooks_stand_beside_the_generated_pages(reference_site: Path, name: str) -> None:
    """The hand-written runbooks are published where their author put them."""
    assert (reference_site / "runbooks" / name / "index.html").is_file()


def test_layer_pages_show_a_diagram(reference_site: Path) -> None:
    """The overview and every layer page hold a Mermaid flowchart."""
    for page in ["platform/", *layer_pages(reference_site).values()]:
        text = (reference_site / page / "index.html").read_text(encoding="utf-8")
        assert 'class="mermaid"' in text and "flowchart" in text, page


def test_example_platform_is_whole(reference_site: Path) -> None:
    """Every layer of the example renders, and Flux would refuse nothing in it."""
    found = inventory(reference_site)
    assert {cluster["id"] for cluster in found["clusters"]} == {
        f"mycluster-{number}" for number in range(3)
    }
    assert {
        layer["id"]: layer["reason"] for layer in found["layers"] if layer["status"] == "failed"
    } == {}
    assert [finding for finding in found["findings"] if finding["severity"] == "error"] == []


def test_ids_are_unique(reference_site: Path) -> None:
    """No generated page has two elements of one id, which would make an anchor lead to the wrong
    one."""
    repeated = {path: read(path).repeated for path in (reference_site / "platform").rglob("*.html")}
    assert repeated
    assert {
        str(path.relative_to(reference_site)): ids for path, ids in repeated.items() if ids
    } == {}


def test_every_generated_page_opens_its_branch(reference_site: Path) -> None:
    """The sidebar and the tab of a generated page show where it stands, also where the theme cuts
    branches that are not active (`navigation.prune`)."""
    closed = []
    for path in sorted((reference_site / "platform").rglob("index.html")):
        tree = LexborHTMLParser(path.read_text(encoding="utf-8"))
        if tree.css_first("article .gitops") is None:  # An old address that leads on.
            continue
        tabs = [node.text(strip=True) for node in tree.css(".md-tabs__item--active")]
        branch = tree.css(".md-nav--primary > ul > .md-nav__item--active.md-nav__item--nested")
        if tabs != ["Platform"] or len(branch) != 1:
            closed.append(path.parent.relative_to(reference_site).as_posix())
    assert closed == []
