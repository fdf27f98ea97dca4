"""mkdocstrings and autorefs: an API page beside the generated ones."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_api_page(build: Build) -> None:
    """A documented module and a generated page stand in one site; a cross-reference still works."""
    site = build(
        ["autorefs", {"mkdocstrings": {"handlers": {"python": {"paths": ["lib"]}}}}, "gitops"],
        {
            "lib/tool.py": '"""A tool of ours."""\n',
            "docs/api.md": "# API\n\n::: tool\n",
            "docs/a.md": "# A\n\n[The tool][tool]\n",
        },
    )
    assert "A tool of ours." in text(site, "api") and 'href="../api/#tool"' in text(site, "a")
