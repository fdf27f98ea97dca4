"""What the library exports: complete, documented, quick to import, and true to its page."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gitops_docs
from tests.support import PROJECT

PAGE = (PROJECT / "docs/guide/api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"```python\n(import.*?|from.*?|settings.*?|rendered.*?|before.*?)```", PAGE, re.DOTALL
)


def test_names_are_sorted_and_importable() -> None:
    """`__all__` is sorted, each name is there, and no other name is made up."""
    assert gitops_docs.__all__ == sorted(gitops_docs.__all__)
    for name in gitops_docs.__all__:
        assert getattr(gitops_docs, name) is not None
    with pytest.raises(AttributeError):
        gitops_docs.nothing  # noqa: B018  # asking for it is the test


def test_no_name_is_a_package() -> None:
    """Importing a package below sets an attribute of its name, which would hide the public one."""
    packages = {
        path.parent.name for path in Path(gitops_docs.__file__).parent.glob("*/__init__.py")
    }
    assert not packages & set(gitops_docs.__all__)


@pytest.mark.parametrize("name", gitops_docs.__all__)
def test_name_is_documented(name: str) -> None:
    """Each name has a docstring of its own and a heading on the page."""
    documented = inspect.getdoc(getattr(gitops_docs, name)) or ""
    assert documented.strip().endswith((".", "`", ")")), documented
    assert f"\n## {name}\n" in PAGE


def test_examples_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The examples of the page run in their order, and print what they say."""
    monkeypatch.chdir(PROJECT)
    assert len(EXAMPLES) == 4
    exec("\n".join(EXAMPLES), {})  # the project's own page
    assert "Platform" in capsys.readouterr().out


def test_import_is_light() -> None:
    """Importing the library loads no YAML, no templates and no MkDocs; using it never loads MkDocs."""
    code = (
        "import sys, gitops_docs\n"
        "slow = {'yaml', 'jinja2', 'mkdocs', 're2', 'msgspec', 'click'} & set(sys.modules)\n"
        "gitops_docs.scan; gitops_docs.render_pages; gitops_docs.compare\n"
        "sys.exit(str(slow) if slow else str({'mkdocs', 'click'} & set(sys.modules) or '') or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
