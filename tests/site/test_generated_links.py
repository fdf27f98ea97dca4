"""Links of hand-written pages to generated ones: `check` sees in every format what a build sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import gitops_docs
from tests.support.history import commit
from tests.support.small import FILES

LAYER = "platform/clusters/prod/layers/flux-system/apps.md"
PAGE = f"""# Home

[good]({LAYER}) and [its order]({LAYER}#order), `[code](platform/gone.md)`, [away](https://x.example.org/platform/x.md)
[a page that is not made](platform/clusters/prod/layers/flux-system/aps.md)
[a heading that is not there]({LAYER}#ordre), [mine](platform/mine.md)

```markdown
[in a block](platform/gone.md)
```

[defined]: platform/gone.md
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose first page has good and dead links."""
    root = tmp_path_factory.mktemp("links") / "platform"
    below = f"[up](../{LAYER}) [dead](../platform/nothing.md)\n"
    files = {"docs/index.md": PAGE, "docs/below/page.md": below, "docs/platform/mine.md": "# x\n"}
    commit(root, {**FILES, **files})
    return root


def test_places(root: Path) -> None:
    """Dead pages and headings are found at their lines, with what was probably meant; code, other
    hosts and pages of the author are left alone."""
    said = gitops_docs("check", str(root), "--format", "json", status=None).stdout
    found = [item for item in json.loads(said) if item["code"] == "generated-link-missing"]
    assert [(item["file"], item["line"]) for item in found] == [
        ("docs/below/page.md", 1),
        ("docs/index.md", 4),
        ("docs/index.md", 5),
        ("docs/index.md", 11),
    ]
    assert f"did you mean `{LAYER}`?" in found[1]["message"]
    assert "did you mean `#order`?" in found[2]["message"]


@pytest.mark.parametrize("form", ["text", "sarif", "github"])
def test_formats(root: Path, form: str) -> None:
    """The other formats have them too."""
    said = gitops_docs("check", str(root), "--format", form, status=None).stdout
    assert said.count("leads to no generated page") >= 3
