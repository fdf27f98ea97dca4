"""A plugin that makes pages: where it and this one want the same address, the other one's page is
published."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.compatibility.conftest import text
from tests.support.commands import mkdocs
from tests.support.history import commit
from tests.support.small import FILES

HOOK = """from mkdocs.structure.files import File


def on_files(files, config):
    files.append(File.generated(config, "%s", content="# By another plugin"))
    return files
"""


def test_other_page_wins(tmp_path: Path) -> None:
    """The same source address, and another one that leads to the same page: a warning names both,
    and neither is lost."""
    for number, uri in enumerate(("platform/components.md", "platform/components/index.md")):
        root = tmp_path / str(number)
        settings = {"site_name": "x", "plugins": ["gitops"], "hooks": ["hook.py"]}
        commit(
            root,
            {
                **FILES,
                "mkdocs.yml": yaml.safe_dump(settings),
                "hook.py": HOOK % uri,
                "docs/index.md": "# Home\n",
            },
        )
        said = mkdocs("build", cwd=root)
        assert (
            f"{uri} and the generated page platform/components.md have the same address"
            in said.stderr
        )
        assert "By another plugin" in text(root / "site", "platform/components")
