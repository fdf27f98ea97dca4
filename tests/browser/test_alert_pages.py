"""The page of an alert in a real browser: its commands take names from the address, and nothing
else."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALERT = "platform/alerts/certificatenotready/"


def commands(tab: Tab) -> list[str]:
    """The first commands of the page, as text."""
    return tab.page.locator("[data-gitops-fill] .gitops-commands dd > code").all_inner_texts()


def test_commands_without_an_address(tab: Tab) -> None:
    """Without names in the address the commands have those of the manifests."""
    tab.open(ALERT)
    assert commands(tab)[0] == "kubectl get pods -n security"
    assert tab.page.locator("[data-gitops-filled] code").count() == 1


def test_commands_are_filled_in(tab: Tab) -> None:
    """Names in the address stand in the commands, in what is copied and in a sentence that says
    so."""
    tab.open(f"{ALERT}?namespace=apps&name=podinfo-7d9")
    tab.page.locator("[data-gitops-filled]", has_text="namespace apps, name podinfo-7d9").wait_for()
    assert commands(tab)[0] == "kubectl get pods -n apps"
    assert "kubectl describe pod podinfo-7d9 -n apps" in commands(tab)
    label = tab.page.locator("[data-gitops-fill] .gitops-copy").first.get_attribute("aria-label")
    assert label == "Copy: kubectl get pods -n apps"


@pytest.mark.parametrize(
    "value", ["a;rm -rf /", "<img src=x onerror=alert(1)>", "$(id)", "-rf", "A" * 300, "..", "a b"]
)
def test_only_names_are_taken(tab: Tab, value: str) -> None:
    """What no Kubernetes object can be called is not taken."""
    from urllib.parse import quote

    tab.open(f"{ALERT}?namespace={quote(value)}")
    assert commands(tab)[0] == "kubectl get pods -n security"
    assert tab.page.locator("[data-gitops-fill] img").count() == 0
