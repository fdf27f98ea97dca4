"""Sites of real repositories: usable, without a dead link."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.links import dead_links
from tests.support.site import layer_pages, layers_that_search_misses, reachable

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

REPOSITORIES = ["Smana_cloud-native-ref", "onedr0p_home-ops"]


@pytest.mark.parametrize("name", REPOSITORIES)
def test_no_dead_links(corpus_site: Callable[[str], Path], name: str) -> None:
    """Every internal link, anchor, diagram target and search result exists."""
    assert dead_links(corpus_site(name)) == []


@pytest.mark.parametrize("name", REPOSITORIES)
def test_every_layer_can_be_found(corpus_site: Callable[[str], Path], name: str) -> None:
    """Each layer has a page, to be reached by clicks from the home page and by the search."""
    site = corpus_site(name)
    pages = layer_pages(site)
    assert pages
    assert set(pages.values()) <= reachable(site)
    assert layers_that_search_misses(site) == []
