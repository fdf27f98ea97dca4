"""Material's privacy plugin: nothing is left for it to fetch."""

from __future__ import annotations

import re

from tests.compatibility.conftest import Build


def test_no_request_to_another_host(build: Build) -> None:
    """With a Mermaid library of its own, the site loads nothing from elsewhere, so that the plugin
    works without network."""
    # Material's own script names the library that it would load for diagrams; ours is drawn before
    # it looks.
    privacy = {"privacy": {"assets_exclude": ["unpkg.com/mermaid@*"]}}
    site = build([privacy, {"gitops": {"mermaid": "lib.js"}}], {"lib.js": "var mermaid;\n"})
    assert not (site / "assets" / "external").exists()
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|link|img)[^>]*(?:src|href)="?(https?://[^">\s]+)',
            page.read_text(encoding="utf-8"),
        )
        assert [address for address in loaded if "docs.example.org" not in address] == [], page
