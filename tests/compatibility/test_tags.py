"""Material's tags: a page of the author is listed, and the listing does not stumble over generated
pages."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_tags(build: Build) -> None:
    """The listing has the tagged page; generated pages build beside it."""
    pages = {
        "docs/tags.md": "# Tags\n\n<!-- material/tags -->\n",
        "docs/a.md": "---\ntags: [network]\n---\n# Tagged\n",
    }
    site = build(["tags", "gitops"], pages)
    assert 'href="../a/"' in text(site, "tags") and "network" in text(site, "tags")
