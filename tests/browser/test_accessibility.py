"""WCAG 2.2 AA as far as axe-core can see it, on a page of each type, light and dark."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLUSTER = "platform/clusters/mycluster-0/"
PAGES = [
    "",
    "404.html",
    "platform/",
    "platform/alerts/",
    "platform/alerts/fluxreconciliationfailure/",
    "platform/clusters/",
    CLUSTER,
    f"{CLUSTER}bootstrap/",
    f"{CLUSTER}layers/",
    f"{CLUSTER}objects/",
    f"{CLUSTER}layers/flux-system/security/",
    f"{CLUSTER}layers/flux-system/tooling/",
    f"{CLUSTER}layers/flux-system/apps/rollback/",
    f"{CLUSTER}layers/flux-system/apps/troubleshooting/",
    f"{CLUSTER}notifications/flux-system/slack-failures/",
    f"{CLUSTER}releases/apps/podinfo/",
    "platform/access/",
    "platform/certificates/",
    "platform/changes/",
    "platform/clusters/charts/",
    "platform/clusters/variables/",
    "platform/components/",
    "platform/components/apps/podinfo/",
    "platform/crds/",
    "platform/custom-resources/",
    "platform/directories/",
    "platform/exposure/",
    "platform/findings/",
    "platform/findings/layer-partial/",
    "platform/health/",
    "platform/image-automation/",
    "platform/images/",
    "platform/layers/",
    "platform/layers/flux-system/apps/",
    "platform/lookup/",
    "platform/namespaces/",
    "platform/network-policies/",
    "platform/notifications/",
    "platform/owners/",
    "platform/paused/",
    "platform/promotion/",
    "platform/promotion/history/",
    "platform/promotion/images/",
    "platform/runbooks/",
    "platform/secrets/",
    "platform/sources/",
    "platform/storage/",
    "platform/variables/",
    "platform/workloads/",
    "guide/embedding/",
    "runbooks/troubleshooting/",
]
OPTIONS = {
    "light": {
        "resultTypes": ["violations"],
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
    # The same elements in other colours.
    "dark": {
        "resultTypes": ["violations"],
        "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    },
}


def problems(tab: Tab, scheme: str) -> list[str]:
    """A line for each element in which axe sees a violation."""
    found = Axe().run(tab.page, options=OPTIONS[scheme]).response["violations"]
    return [
        f"{violation['id']}: {node['target'][0]}: {node['html'][:160]}"
        for violation in found
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(tab: Tab, scheme: Literal["light", "dark"]) -> None:
    """On a page of each type; everything that is folded is opened first, so that it is looked at
    too."""
    tab.page.emulate_media(color_scheme=scheme)
    # What a sidebar has scrolled away counts as covered.
    tab.page.set_viewport_size({"width": 1280, "height": 2400})
    found = {}
    for address in PAGES:
        tab.open(address)
        tab.page.evaluate(
            "document.querySelectorAll('.gitops details').forEach(fold => fold.open = true)"
        )
        found[address] = problems(tab, scheme)
    assert {address: lines for address, lines in found.items() if lines} == {}


def test_axe_sees_what_is_wrong(tab: Tab) -> None:
    """The check itself finds an image without a text."""
    tab.open("platform/")
    tab.page.evaluate("document.querySelector('.gitops').append(document.createElement('img'))")
    assert any(line.startswith("image-alt") for line in problems(tab, "light"))


def test_rows_on_a_phone_stay_a_table(tab: Tab) -> None:
    """Where each cell takes a line, whoever hears the page still has rows, cells and heads; and the
    heads have nothing beside their words but what sorts."""
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.open("platform/alerts/")
    table = tab.page.locator("table.gitops-stacked").first
    assert table.evaluate("made => getComputedStyle(made).display") == "block"
    tree = tab.page.context.new_cdp_session(tab.page).send("Accessibility.getFullAXTree")
    roles = Counter(node["role"]["value"] for node in tree["nodes"] if not node.get("ignored"))
    shown = table.locator("tbody tr:not([hidden]):not(.gitops-group)").count()
    assert roles["table"] >= 1 and roles["row"] >= shown > 5
    assert roles["rowheader"] >= shown and roles["cell"] >= 4 * shown
    assert roles["columnheader"] >= 5
    assert (
        table.evaluate("made => getComputedStyle(made.tHead.rows[0].cells[0], '::after').display")
        == "none"
    )
