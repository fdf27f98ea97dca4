"""The theme's own search in a real browser: who types a name gets the page about it first."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import Tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIRST = [
    ("cert-manager", r"/components/security/cert-manager/"),
    ("external-dns", r"/components/infrastructure/external-dns/"),
    ("domain", r"/platform/variables/#variable-domain"),
    ("${domain}", r"/platform/variables/#variable-domain"),
    ("nginx-unprivileged", r"/platform/images/#image-nginxinc-nginx-unprivileged"),
    ("CertificateNotReady", r"/platform/alerts/certificatenotready/"),
    ("FluxReconciliationFailure", r"/platform/alerts/fluxreconciliationfailure/"),
    ("github-app", r"/platform/secrets/#secret-"),
    ("namespace observability", r"/platform/namespaces/#namespace-"),
    ("security", r"/layers/flux-system/security/"),
]
"""What is typed, and what the first result, or the first place in it, leads to."""


def results(tab: Tab, typed: str) -> list[str]:
    """Address and anchor of each link of the first result, as the theme and Go to list them."""
    field = tab.page.locator("[data-md-component=search-query]")
    field.click()
    field.fill("")
    tab.page.keyboard.type(typed)
    # The list is made anew for each letter; it is settled when it is the same twice.
    before: list[str] = []
    for _ in range(40):
        tab.page.wait_for_timeout(150)
        links: list[str] = tab.page.evaluate(
            "Array.from(document.querySelectorAll('.gitops-goto-hits li:first-child > div > a, "
            ".md-search-result__item:first-child a.md-search-result__link'), a => a.href)"
        )
        if links and links == before:
            break
        before = links
    return [f"{urlsplit(link).path}#{urlsplit(link).fragment}".rstrip("#") for link in before]


def test_first_result(tab: Tab) -> None:
    """A release, an image, a variable, an alert, a secret, a namespace and a layer are found by
    name, before all that mentions them."""
    tab.open("")
    wrong = {}
    for typed, expected in FIRST:
        found = results(tab, typed)
        if not any(expected in link for link in found[:2]):
            wrong[typed] = found
    assert wrong == {}


def test_result_opens_the_variable(tab: Tab) -> None:
    """The search's result for a variable unfolds where it comes from."""
    tab.open("")
    results(tab, "domain")
    tab.page.locator(".md-search-result__item:first-child a[href*='#variable-domain']").click()
    tab.page.locator("details#variable-domain[open]").wait_for()
    text = tab.page.locator("details#variable-domain").inner_text()
    assert "clusters/mycluster-0/cluster-vars.yaml:16" in text and "platform.example.org" in text


@pytest.mark.parametrize("field", ["[data-md-component=search-query]", "[data-gitops-goto] input"])
def test_enter_opens_the_first_name(tab: Tab, field: str) -> None:
    """Enter in the theme's search, and in the box of the overview, opens the page of the name; a
    cluster beside it says which one."""
    for typed, address in (
        ("security", "platform/layers/flux-system/security/"),
        ("security mycluster-1", "platform/clusters/mycluster-1/layers/flux-system/security/"),
    ):
        tab.open("platform/")
        tab.page.locator(field).click()
        tab.page.keyboard.type(typed)
        tab.page.locator(f".gitops-goto-hits a[href$='{address}'], "
                         f"[data-gitops-goto] a[href$='{address}']").first.wait_for()  # fmt: skip
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_url(f"{tab.base}{address}")


def test_names_are_reached_by_keys(tab: Tab) -> None:
    """Below the box of the overview, Tab goes to the first name, then to its first cluster."""
    tab.open("platform/")
    tab.page.locator("[data-gitops-goto] input").focus()
    tab.page.keyboard.type("security")
    tab.page.locator("[data-gitops-goto] li a").first.wait_for()
    focused = []
    for _ in range(2):
        tab.page.keyboard.press("Tab")
        focused.append(tab.page.evaluate("document.activeElement.href"))
    assert [href.removeprefix(tab.base) for href in focused] == [
        "platform/layers/flux-system/security/",
        "platform/clusters/mycluster-2/layers/flux-system/security/",
    ]


def test_no_name(tab: Tab) -> None:
    """A word that no name has leads on to the text of all pages; Enter opens the first of these."""
    tab.open("platform/")
    tab.page.locator("[data-md-component=search-query]").click()
    tab.page.keyboard.type("finalizers")
    tab.page.locator(".gitops-goto-hits", has_text="No name starts with").wait_for()
    result = tab.page.locator("a.md-search-result__link").first
    result.wait_for()
    href = result.get_attribute("href") or ""
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url(lambda url: url.split("?")[0].split("#")[0] in href)
