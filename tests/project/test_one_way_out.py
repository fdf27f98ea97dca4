"""Text leaves the program through a few doors, each of which makes it safe: no module prints, logs
or escapes on its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import PROJECT

ENGINE, PLUGIN = PROJECT / "src" / "gitops_docs", PROJECT / "plugins" / "mkdocs_gitops"
MODULES = sorted([*ENGINE.rglob("*.py"), *PLUGIN.rglob("*.py")])
TEMPLATES = sorted([*ENGINE.rglob("*.html"), *PLUGIN.rglob("*.html")])

DOORS: dict[str, frozenset[str]] = {
    "print": frozenset(),
    "click.echo": frozenset({"terminal.py"}),
    "click.secho": frozenset(),
    "sys.stdout.write": frozenset(),
    "sys.stderr.write": frozenset({"progress.py"}),
    "get_plugin_logger": frozenset(),
    "logging.getLogger": frozenset({"log.py"}),
    "html.escape": frozenset({"escape.py", "leaks.py"}),
    "say_commands": frozenset({"check.py"}),
}
"""What is called, and the modules that may call it."""


def name(node: ast.expr) -> str:
    """A dotted name."""
    if isinstance(node, ast.Attribute):
        return f"{name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def calls(path: Path) -> Iterator[ast.Call]:
    """Every call of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_only_doors_print(path: Path) -> None:
    """Nothing is printed or logged but by the module that makes it safe."""
    used = {name(call.func) for call in calls(path)}
    assert {door for door in used & set(DOORS) if path.name not in DOORS[door]} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_errors_of_the_plugin_are_one_line(path: Path) -> None:
    """The plugin ends a build by the error whose text is safe, not by that of MkDocs."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "mkdocs.exceptions":
            assert "PluginError" not in {alias.name for alias in node.names}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_markup_is_written_here(path: Path) -> None:
    """`Markup` takes a constant, what Jinja rendered, or parts that are escaped on the spot."""
    for call in calls(path):
        if name(call.func) != "Markup" or not call.args:
            continue
        given = call.args[0]
        if isinstance(given, ast.JoinedStr):
            values = [part.value for part in given.values if isinstance(part, ast.FormattedValue)]
            assert all(
                isinstance(value, ast.Call) and name(value.func) == "escape" for value in values
            ), ast.unparse(call)
        elif not isinstance(given, ast.Constant | ast.IfExp):
            assert ast.unparse(call) in MARKUP, ast.unparse(call)


MARKUP = {
    "Markup(clean(made))",  # A fragment that is Markup already.
    "Markup(mark)",  # A comment of ours.
    "Markup(macros.table(request.page, table))",
    "Markup(macros.commands(chosen))",
    "Markup(form)",  # A command with places for names, which is ours.
    "Markup(text)",  # A sentence with a number, which is ours.
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_templates_escape(path: Path) -> None:
    """No template of ours switches escaping off, and no value stands in an attribute without
    quotation marks, a script or a style."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|striptags", text)
    assert not re.search(r"<[^<>{}]*=(?:\{\{|'[^'\"]*\{\{)", text)
    for block in re.findall(r"(?s)<(?:script|style)\b.*?</", text):
        assert "{{" not in block
