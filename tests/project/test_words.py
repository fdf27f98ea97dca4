"""What people read holds to the glossary: no word that it replaces stands in a template or in a text
of the program.

Templates are read without their code and tags; of modules every string with a blank that is no
docstring. A word in code between backticks is the name of something.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import PROJECT

REPLACED = {
    r"(?<!there )\b(?:is|are|was|were) no\b(?! (?:longer|more|such|other)\b)": "is not a",
    r"\b(?:no|some|any)body\b|\bwhoever\b": "name who acts: Flux, the owner, a person",
    r"\bremarks?\b": "note",
    r"\bin part\b": "partly",
    r"\bfor ever\b": "without end",
    r"\bcircles?\b": "dependency cycle",
    r"\bleft alone\b|\bleaves? (?:it|them) alone\b": "does not apply, suspended",
    r"\bgrave(?:st)?\b": "severe",
    r"\bdead link": "broken link",
    r"\btak(?:e|es|en) (?:\w+ ){0,2}back\b": "undo, revert",
    r"\bcomes? up\b": "becomes ready",
    r"\bwaits? for (?:it|them) for\b": "waits without end",
}
"""What is refused, as a regular expression, and what to write instead."""
_REFUSED = re.compile("|".join(f"(?:{pattern})" for pattern in REPLACED), re.IGNORECASE)
_CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
_QUOTED = re.compile(r"`[^`]*`")
_TEMPLATES = PROJECT / "src/gitops_docs/pages/templates"
_SOURCES = (PROJECT / "src/gitops_docs", PROJECT / "plugins")
_APART = (
    # Names of reasons, which no output has.
    "redaction",
)
_OTHER_PAGES = ("api.md", "inventory.md", "charts.md", "exactness.md")
"""Docstrings and names of fields, and reports of what was measured."""


def _visible(text: str) -> str:
    """The text of a template, its lines kept."""
    return _CODE.sub(lambda found: "\n" * found[0].count("\n"), text)


def _strings(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each string of a module that may be read: docstrings and single words are
    not."""
    tree = ast.parse(source)
    docstrings = {
        id(statement.value)
        for node in ast.walk(tree)
        for statement in _body(node)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }
    asserted = {
        id(inside)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        for inside in ast.walk(node)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and " " in node.value
            and id(node) not in docstrings | asserted
        ):
            yield node.lineno, node.value


def _body(node: ast.AST) -> list[ast.stmt]:
    found = getattr(node, "body", None)
    return found if isinstance(found, list) else []


def refused(text: str) -> list[str]:
    """The words of a text that the glossary replaces."""
    return [found[0] for found in _REFUSED.finditer(_QUOTED.sub("", text))]


def test_templates_hold_to_the_glossary() -> None:
    """Labels, headings and sentences of all templates."""
    found = [
        f"{path.name}: {word}"
        for path in sorted(_TEMPLATES.glob("*.html"))
        for word in refused(_visible(path.read_text(encoding="utf-8")))
    ]
    assert len(list(_TEMPLATES.glob("*.html"))) > 15
    assert found == []


def test_messages_hold_to_the_glossary() -> None:
    """Headings, empty states, findings and messages of the commands."""
    read, found = 0, []
    for root in _SOURCES:
        for path in sorted(root.rglob("*.py")):
            if any(part in _APART for part in path.parts):
                continue
            for line, text in _strings(path.read_text(encoding="utf-8")):
                read += 1
                found += [f"{path.relative_to(PROJECT)}:{line}: {word}" for word in refused(text)]
    assert read > 4000
    assert found == []


def _written() -> list[Path]:
    return sorted((PROJECT / "docs").rglob("*.md"))


def test_written_pages_hold_to_the_glossary() -> None:
    """The guide, the concept pages and the runbooks; comments and code in them are as they are."""
    found: list[str] = []
    for path in _written():
        if path.name in _OTHER_PAGES:
            continue
        text = re.sub(r"^( *)```.*?^\1```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
        found += [f"{path.relative_to(PROJECT)}: {word}" for word in refused(text)]
    assert len(_written()) > 60
    assert found == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("it is no file", ["is no"]),
        ("there is no such file, and it is no longer there", []),
        ("Nobody is told", ["Nobody"]),
        ("known in part: see below", ["in part"]),
        ("the word `nobody` in a manifest", []),
    ],
)
def test_words_are_found(text: str, words: list[str]) -> None:
    """The check sees what it is for, and no more."""
    assert refused(text) == words
