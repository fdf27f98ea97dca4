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
    """Without labels in the address each place says which label belongs there."""
    tab.open(ALERT)
    assert commands(tab)[0] == "kubectl describe certificate <name> -n <namespace>"
    assert tab.page.locator("[data-gitops-filled] code").count() == 1


def test_commands_are_filled_in(tab: Tab) -> None:
    """Labels in the address stand in the commands, in what is copied and in a sentence that says
    so."""
    tab.open(f"{ALERT}?exported_namespace=apps&name=podinfo-7d9")
    tab.page.locator("[data-gitops-filled]", has_text="name podinfo-7d9").wait_for()
    assert commands(tab)[0] == "kubectl describe certificate podinfo-7d9 -n apps"
    label = tab.page.locator("[data-gitops-fill] .gitops-copy").first.get_attribute("aria-label")
    assert label == "Copy: kubectl describe certificate podinfo-7d9 -n apps"


def test_fields_fill_the_commands_in(tab: Tab) -> None:
    """What is typed stands in the commands and in the address."""
    tab.open(ALERT)
    tab.page.get_by_label("namespace", exact=True).fill("apps")
    assert commands(tab)[0] == "kubectl describe certificate <name> -n apps"
    assert tab.page.url.endswith("?namespace=apps")


@pytest.mark.parametrize(
    "value", ["a;rm -rf /", "<img src=x onerror=alert(1)>", "$(id)", "-rf", "A" * 300, "..", "a b"]
)
def test_only_names_are_taken(tab: Tab, value: str) -> None:
    """What is not a name and no address is not taken."""
    from urllib.parse import quote

    tab.open(f"{ALERT}?namespace={quote(value)}")
    assert commands(tab)[0] == "kubectl describe certificate <name> -n <namespace>"
    assert tab.page.locator("[data-gitops-fill] img").count() == 0
