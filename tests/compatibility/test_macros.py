"""mkdocs-macros-plugin: it evaluates pages of the author and leaves text of manifests alone."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_macros(build: Build) -> None:
    """`{{ }}` on a page of the author is a macro; on a generated page it is what somebody wrote
    into a manifest."""
    site = build(["macros", "gitops"], {"docs/a.md": "# A\n\nResult {{ 6 * 7 }}\n"})
    assert "Result 42" in text(site, "a")
