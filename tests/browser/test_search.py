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
            "Array.from(document.querySelectorAll('.gitops-goto-hits li:first-child > a, "
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
