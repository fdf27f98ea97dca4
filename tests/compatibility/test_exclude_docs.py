"""`exclude_docs` and `not_in_nav` of MkDocs itself."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_patterns_are_about_the_author(build: Build) -> None:
    """Patterns that fit our pages and files leave out none of them; a runbook that is left out is
    named without a link."""
    site = build(
        ["search", "gitops"],
        {"docs/runbooks/apps.md": "---\nlayers: [apps]\n---\n# If apps fail\n"},
        exclude_docs="*.json\ngitops.*\ngitops/\nplatform/\nrunbooks/\n",
    )
    assert (site / "gitops" / "inventory.json").is_file()
    assert (site / "gitops" / "gitops.css").is_file()
    assert "If apps fail" in text(site, "platform/runbooks")
