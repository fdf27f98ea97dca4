"""The reference site in a real browser: diagrams are drawn, layers are found, and nothing else is
asked or logged."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Tab
from tests.support.site import layer_pages

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LAYER = "platform/clusters/mycluster-0/layers/flux-system/infrastructure/"


def colours(page: Page, picture: bytes) -> int:
    """Number of colours of a PNG; a blank picture has one."""
    found: int = page.evaluate(
        """async data => {
          const blob = new Blob([Uint8Array.from(atob(data), c => c.charCodeAt(0))], {type: "image/png"});
          const image = await createImageBitmap(blob);
          const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
          context.drawImage(image, 0, 0);
          return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
        }""",
        base64.b64encode(picture).decode(),
    )
    return found


def drawn(tab: Tab) -> Locator:
    """The first diagram of the page, once it is drawn. Material draws into a closed shadow root:
    its size and look must tell."""
    tab.page.wait_for_function(
        "() => [...document.querySelectorAll('div.mermaid')].some(e => "
        "e.getBoundingClientRect().height > 60)"
    )
    diagram = tab.page.locator("div.mermaid").first
    diagram.scroll_into_view_if_needed()
    assert colours(tab.page, diagram.screenshot()) > 5
    return diagram


def arrived(tab: Tab, title: str) -> None:
    """Wait for a page by its title: instant navigation changes the address before it swaps the
    content."""
    tab.page.locator(".md-content h1", has_text=re.compile(rf"^\s*{re.escape(title)}\b")).wait_for()


@pytest.mark.parametrize("address", ["platform/", LAYER])
def test_diagram_is_drawn(tab: Tab, address: str) -> None:
    """The overview and a layer page draw their diagram when they are opened."""
    tab.open(address)
    drawn(tab)


def test_every_diagram_of_a_cluster_is_drawn(tab: Tab) -> None:
    """Order, sources, secrets and notifications: each picture has a size, and none is left as
    text."""
    tab.open("platform/clusters/mycluster-0/")
    tab.page.wait_for_function("document.querySelector('pre.mermaid') === null")
    heights = tab.page.locator("div.mermaid").evaluate_all(
        "found => found.map(item => item.getBoundingClientRect().height)"
    )
    assert len(heights) == 4 and min(heights) > 60


def test_diagram_is_drawn_after_instant_navigation(tab: Tab) -> None:
    """A page that Material swaps in without loading it anew draws its diagram too."""
    tab.open("")
    tab.page.evaluate("window.neverReloaded = true")
    tab.page.locator(".md-tabs").get_by_role("link", name="Platform").click()
    arrived(tab, "Platform")
    drawn(tab)
    assert tab.page.evaluate("window.neverReloaded") is True


def test_diagram_is_drawn_in_the_dark(tab: Tab) -> None:
    """The diagram is drawn in the dark scheme."""
    tab.page.emulate_media(color_scheme="dark")
    tab.open(LAYER)
    drawn(tab)
    assert tab.page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_every_layer_is_found_by_search(tab: Tab) -> None:
    """Who types the name of a layer finds its page among the results."""
    tab.open("")
    box = tab.page.locator("input.md-search__input")
    box.focus()
    for identity, page in layer_pages(tab.site).items():
        box.fill(" ".join(identity.split("/")[::2]))
        box.press("End")  # Material listens to keys, not to the field.
        tab.page.locator(f'.md-search-result a[href*="{page}"]').first.wait_for(state="attached")


def test_layer_is_reached_by_clicks(tab: Tab) -> None:
    """From the home page, clicks on what one sees lead to a layer."""
    tab.open("")
    tab.page.locator(".md-tabs").get_by_role("link", name="Platform").click()
    arrived(tab, "Platform")
    tab.page.locator(".md-content").get_by_role("link", name="mycluster-0").first.click()
    arrived(tab, "mycluster-0")
    tab.page.locator(".md-content").get_by_role(
        "link", name="infrastructure", exact=True
    ).first.click()
    arrived(tab, "infrastructure")
    assert tab.page.url == f"{tab.base}{LAYER}"


@pytest.mark.parametrize(
    "address",
    ["", "platform/", LAYER, "platform/variables/", "platform/components/", "platform/findings/"],
)
def test_page_fits_a_phone(tab: Tab, address: str) -> None:
    """On a narrow screen nothing but what scrolls by itself is wider than the screen."""
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.open(address)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_missing_page_leads_on(tab: Tab) -> None:
    """Who comes with an old address finds a search for its words, and the pages of that name."""
    tab.expected_errors = 1  # the browser's own word about the status
    tab.open("platform/clusters/gone/layers/flux-system/security/")
    layer = tab.page.get_by_role("listitem").filter(
        has_text="platform/layers/flux-system/security/"
    )
    layer.wait_for()
    search = tab.page.get_by_role("link", name="Search for “security”")
    assert search.get_attribute("href") == f"{tab.base}?q=security"
    layer.get_by_role("link").click()
    arrived(tab, "security")


def test_command_is_copied(tab: Tab) -> None:
    """A click on the button beside a command puts the command, and nothing else, on the
    clipboard."""
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open(LAYER)
    tab.page.get_by_role(
        "button", name="Copy: flux get kustomization infrastructure -n flux-system"
    ).click()
    tab.page.get_by_role("button", name="Copied").wait_for()
    assert (
        tab.page.evaluate("navigator.clipboard.readText()")
        == "flux get kustomization infrastructure -n flux-system"
    )


@pytest.mark.parametrize("address", ["platform/", "platform/components/", LAYER])
def test_first_key_skips_the_navigation(tab: Tab, address: str) -> None:
    """The first link leads past the navigation, with and without a table of contents."""
    tab.open(address)
    tab.page.keyboard.press("Tab")
    href = tab.page.evaluate(
        "document.activeElement.matches('.md-skip') && document.activeElement.hash"
    )
    assert tab.page.locator(href).evaluate("target => target.closest('.md-content') !== null")


@pytest.mark.parametrize(
    "address", ["platform/", "platform/components/", "platform/alerts/certificatenotready/", LAYER]
)
def test_focus_is_seen(tab: Tab, address: str) -> None:
    """Whatever of a page of ours gets the focus by keys has an outline."""
    tab.open(address)
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    seen = {}
    for _ in range(40):
        tab.page.keyboard.press("Tab")
        found = tab.page.evaluate(
            """() => {
              const item = document.activeElement
              // A picture has its links in a tree of its own, which is closed.
              return item.closest(".gitops") && !item.matches(".mermaid") && [item.outerHTML, getComputedStyle(item).outlineStyle]
            }"""
        )
        if found:
            seen[found[0]] = found[1]
    assert len(seen) > 10
    assert {item for item, style in seen.items() if style == "none"} == set()


def test_paper_has_no_controls(tab: Tab) -> None:
    """Printed pages have neither filters and facets nor the box of Go to."""
    tab.page.emulate_media(media="print")
    for address in ("platform/", "platform/components/"):
        tab.open(address)
        tab.page.locator("h1").wait_for()
        for control in (".gitops-goto", ".gitops-facets", ".gitops-filter"):
            assert tab.page.locator(f"{control}:visible").count() == 0
