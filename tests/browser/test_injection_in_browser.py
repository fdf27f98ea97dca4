"""What texts of a repository become in a real browser: pages, titles, diagrams as they are drawn,
results of the search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.conftest import Tab
from tests.support.injection import NUMBERS, Built

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BASE = "https://injected.example.org/"
LIVE = """() => [...document.querySelectorAll('*')].filter(node =>
    [...node.attributes].some(item => /^on|^srcdoc$|^autofocus$/.test(item.name) || /^\\s*(javascript|data|vbscript):/i.test(item.value)
        && /^(href|src|action|formaction|xlink:href)$/.test(item.name))
    || /^(IFRAME|OBJECT|EMBED|BASE|PLAINTEXT|MATH|FORM)$/.test(node.tagName) && !node.classList.contains('md-search__form')
    && !node.matches('.md-header__option, .gitops-lookup, .gitops-fill, .gitops-goto')
    || node.id === 'owned' || node.tagName === 'IMG' && node.matches('[src=x]')
).map(node => node.outerHTML.slice(0, 200))"""
"""Elements of the document as it is now that run something, or have left their place. The theme's
own forms are none."""


@pytest.fixture
def injected(browser: Browser, mermaid: Path, injected_site: Built) -> Iterator[Tab]:
    """A tab on a site in which every text is a payload; a dialog, a request to another host or an
    error is a failure."""
    context = browser.new_context(service_workers="block")
    context.set_default_timeout(60_000)
    tab = Tab(context.new_page(), injected_site.site, BASE)

    def answer(route: Route) -> None:
        if route.request.url.endswith("/mermaid.min.js"):  # Which the theme takes from elsewhere.
            route.fulfill(status=200, body=mermaid.read_bytes(), content_type="text/javascript")
        elif route.request.url.startswith("https://api.github.com/repos/acme/platform"):
            route.fulfill(status=404, body="{}")  # The theme asks for stars and the newest release.
        else:
            tab.answer(route)

    context.route("**/*", answer)
    tab.page.on(
        "dialog", lambda dialog: (tab.errors.append(f"dialog {dialog.message}"), dialog.dismiss())
    )
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    yield tab
    context.close()
    assert tab.outside == [] and tab.errors == []


def test_pages(injected: Tab, injected_site: Built) -> None:
    """Pages of every kind, with every theme's script run and every diagram drawn, have nothing live
    in them."""
    kinds: dict[str, list[str]] = {}
    for path in sorted(injected_site.site.rglob("index.html")):
        if 'http-equiv="refresh"' in path.read_text(encoding="utf-8"):
            continue  # It leads to another page while it is looked at; its text is parsed elsewhere.
        address = path.parent.relative_to(injected_site.site).as_posix()
        kinds.setdefault(address.rpartition("/")[0], []).append(address)
    opened = [address for found in kinds.values() for address in found[:: max(1, len(found) // 5)]]
    drawn = 0
    for address in opened:
        injected.open(f"{address}/")
        if injected.page.locator("pre.mermaid, div.mermaid").count():
            injected.page.wait_for_function("() => !document.querySelector('pre.mermaid')")
            drawn += 1
        assert injected.page.evaluate(LIVE) == [], address
        assert "Injected" in injected.page.title()
    assert drawn > 5 and len(opened) > 40


def test_search(injected: Tab) -> None:
    """A payload that is searched for is listed as text."""
    injected.open("")
    field = injected.page.locator("[data-md-component=search-query]")
    found = 0
    for number in NUMBERS[::3]:
        field.click()
        field.fill("")
        injected.page.keyboard.type(f"Q{number:02}")
        injected.page.wait_for_timeout(500)
        assert injected.page.evaluate(LIVE) == [], number
        found += bool(
            injected.page.locator(".md-search-result__item", has_text=f"Q{number:02}").count()
        )
    assert found > 4
