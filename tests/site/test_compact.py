"""Assets as the site publishes them: without comments and indentation, and within their budget."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from gitops_docs.site.compact import compact
from gitops_docs.site.export import ASSETS, SCRIPT, asset

SCRIPTS = (SCRIPT, "mermaid-loader.js")
PARTS = sorted(path.name for path in ASSETS.glob("*.js"))


def published(name: str) -> str:
    """An asset as it is published."""
    return compact(name, asset(name))


def test_style_sheet_is_small() -> None:
    """At most 30 kB, without a comment; every rule is still there."""
    text = published("gitops.css")
    assert len(text.encode()) <= 30_000
    assert "/*" not in text
    assert text.count("{") == text.count("}") == _rules()


def _rules() -> int:
    """Opening braces outside comments."""
    parts = (ASSETS / "gitops.css").read_text(encoding="utf-8").split("/*")
    return parts[0].count("{") + sum(part.partition("*/")[2].count("{") for part in parts[1:])


def test_scripts_are_small() -> None:
    """At most 14 kB in all, and 16 kB with the loader of Mermaid."""
    sizes = {name: len(published(name).encode()) for name in SCRIPTS}
    assert sizes[SCRIPT] <= 14_000
    assert sum(sizes.values()) <= 16_000


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_is_still_one(name: str) -> None:
    """What is published parses, and no line of a text is lost."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node to parse the script")
    done = subprocess.run(
        [node, "--check", "-"], input=published(name), text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", PARTS)
def test_templates_hold_no_templates(name: str) -> None:
    """Blanks of a template within a template would go: no script has one."""
    text = (ASSETS / name).read_text(encoding="utf-8")
    assert re.findall(r"\$\{[^}`]*`.*", text) == []


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.js", "  /* why\n  so */\n  x() /* kept */\n  // why\n  f(\"http://x\")\n", "x()/* kept */\nf(\"http://x\")\n"),
        ("a.js", 'const a = b ? " , " : ` ${a, b} `.split(/,[ /]+/)\n', 'const a=b?" , ":` ${a, b} `.split(/,[ /]+/)\n'),
        ("a.js", "return a / b + x\n", "return a/b+x\n"),
        ("a.css", "/* a\n b */\na { }\n", "a { }\n"),
    ],
)  # fmt: skip
def test_comments(name: str, before: str, after: str) -> None:
    """Whole lines of comments go, others stay; so do texts and expressions of scripts."""
    assert compact(name, before) == after
