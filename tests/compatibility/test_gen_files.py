"""mkdocs-gen-files: pages that a script makes during the build."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text

SCRIPT = """import mkdocs_gen_files

with mkdocs_gen_files.open("reports/index.md", "w") as page:
    page.write("# Report\\n\\n[apps](../platform/clusters/prod/layers/flux-system/apps.md#order)\\n\\n")
    page.write("```gitops-layer\\nlayer: apps\\n```\\n")
with mkdocs_gen_files.open("platform/components.md", "w") as page:
    page.write("# My components\\n")
"""


def test_made_pages(build: Build) -> None:
    """A made page links to generated ones and embeds facts; one at our address would win, with a
    warning, so it is named elsewhere."""
    site = build(
        [{"gen-files": {"scripts": ["docs/make.py"]}}, "gitops"],
        {"docs/make.py": SCRIPT.rpartition("with ")[0]},
        exclude_docs="make.py\n",
    )
    report = text(site, "reports")
    assert 'href="../platform/clusters/prod/layers/flux-system/apps/#order"' in report
    assert "gitops-layer" not in report
