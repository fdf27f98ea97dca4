"""Who owns layers, releases and alerts, and the page Owners."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.index.operations.owners import OwnerIndex, alert_key
from gitops_docs.model import Platform
from gitops_docs.pages import render
from tests.runbooks.helpers import BASE, joined, rule, rules

OWNED = BASE["clusters/prod/apps.yaml"].replace(
    "  name: apps\n", "  name: apps\n  annotations: {gitops-docs/owner: team-apps}\n", 1
)
LABELLED = BASE["clusters/prod/apps.yaml"].replace(
    "  name: apps\n", "  name: apps\n  labels: {team: labelled}\n", 1
)
CODEOWNERS = "* @example/all\n/apps/ @example/web\n"
RUNBOOK = "---\nalerts: [Down]\napplies_to: [layer:apps]\nowner: night-shift\nescalation: '#night'\n---\n# Down\n"


def layer_claims(platform: Platform, name: str = "apps") -> list[tuple[tuple[str, ...], str]]:
    """Owners and origins of a layer."""
    index = OwnerIndex(platform)
    [identity] = [one.id for one in platform.layers if one.name == name]
    return [(claim.owners, claim.by) for claim in index.layers[identity]]


@pytest.mark.parametrize(
    ("files", "settings", "expected"),
    [
        ({}, {}, []),
        ({"CODEOWNERS": CODEOWNERS}, {}, [(("@example/web",), "CODEOWNERS")]),
        # The directory's files have no owner, the layer's own file has.
        ({"CODEOWNERS": "/clusters/ @example/fleet\n"}, {}, [(("@example/fleet",), "CODEOWNERS")]),
        (
            {"clusters/prod/apps.yaml": OWNED, "CODEOWNERS": CODEOWNERS},
            {},
            [
                (("team-apps",), "annotation `gitops-docs/owner`"),
                (("@example/web",), "CODEOWNERS"),
            ],
        ),
        ({"clusters/prod/apps.yaml": LABELLED}, {}, []),
        (
            {"clusters/prod/apps.yaml": LABELLED},
            {"owner_label": "team"},
            [(("labelled",), "label `team`")],
        ),
        ({"docs/runbooks/down.md": RUNBOOK}, {}, [(("night-shift",), "runbook Down")]),
        # The owner of a decision is that of the page.
        (
            {"docs/runbooks/down.md": RUNBOOK.replace("owner:", "kind: decision\nowner:")},
            {},
            [],
        ),
    ],
    ids=[
        "nothing",
        "codeowners",
        "own-file",
        "annotation",
        "no-option",
        "label",
        "runbook",
        "decision",
    ],
)
def test_owner_of_a_layer(
    tmp_path: Path,
    files: dict[str, str],
    settings: dict[str, str],
    expected: list[tuple[tuple[str, ...], str]],
) -> None:
    """Each origin counts, the annotation before the rest."""
    if settings:
        files = {
            **files,
            ".gitops-docs.yaml": "".join(f"{key}: {value}\n" for key, value in settings.items()),
        }
    platform = joined(tmp_path, files)
    assert layer_claims(platform) == expected


def test_releases_and_alerts_inherit(tmp_path: Path) -> None:
    """A release without an owner has that of its layer; an alert that of its runbook, of its rule,
    or of the file that ships it."""
    platform = joined(
        tmp_path,
        {
            "clusters/prod/apps.yaml": OWNED,
            **rules(
                rule("Down"),
                rule("Own", "dba", key="gitops_docs_owner"),
                rule("Rest"),
            ),
            "docs/runbooks/down.md": RUNBOOK,
            "CODEOWNERS": "/docs/ @example/writers\n",
        },
    )
    index = OwnerIndex(platform)
    [release] = platform.releases
    claims = index.releases[release.layer, release.namespace, release.name]
    assert [(one.owners, one.by, one.inherited) for one in claims] == [
        (("team-apps",), "layer apps", True)
    ]
    by_name = {one.name: index.alerts[alert_key(one)] for one in platform.alerts}
    assert by_name["Down"][0].owners == ("night-shift",)
    assert by_name["Own"][0].owners == ("dba",)
    assert by_name["Own"][0].by == "annotation `gitops_docs_owner`"
    assert by_name["Rest"] == ()


def test_page_of_owners(tmp_path: Path) -> None:
    """Nobody comes first; conflicts and contacts are shown; every headline names the owner."""
    files = {
        "clusters/prod/apps.yaml": OWNED,
        "docs/runbooks/down.md": RUNBOOK,
        "CODEOWNERS": CODEOWNERS.replace("* @example/all\n", ""),
        **rules(rule("Down"), rule("Rest")),
    }
    rendered = render(joined(tmp_path, files))
    pages = {page.uri: page.html for page in rendered.pages}
    owners = pages["platform/owners.md"]
    table = owners[owners.index('id="owners"') :]
    assert table.index("No owner") < table.index("team-apps")
    assert "#night" in table
    assert "layer" in owners[owners.index('id="conflicts"') :]
    assert "@example/web" in owners[owners.index('id="conflicts"') :]
    for uri, owner in (
        ("platform/clusters/prod/layers/flux-system/apps.md", "team-apps"),
        ("platform/clusters/prod/layers/flux-system/flux-system.md", "no owner"),
        ("platform/alerts/down.md", "night-shift"),
    ):
        headline = pages[uri][pages[uri].index("gitops-headline") :].partition("</ul>")[0]
        assert owner in headline, uri
    assert "Owners" in str(rendered.navigation)


def test_page_without_owners(tmp_path: Path) -> None:
    """The page says what would make some appear, and is not in the navigation."""
    rendered = render(joined(tmp_path))
    [page] = [page for page in rendered.pages if page.uri == "platform/owners.md"]
    assert "No owner found." in page.html
    assert "Owners" not in str(rendered.navigation)
