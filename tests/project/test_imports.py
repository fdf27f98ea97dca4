"""The rooms of the engine know only those before them, and none knows MkDocs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
ENGINE = PROJECT / "src" / "gitops_docs"
PLUGIN = PROJECT / "plugins" / "mkdocs_gitops"

SHARED = {"files", "kubernetes", "model", "nodes", "progress", "redaction", "settings", "text"}
"""Plain values, how far work is, and what writes files, which every room may use."""
ROOMS = {
    "text": set[str](),
    "model": set[str](),
    "nodes": {"text"},
    "settings": set[str](),
    "progress": set[str](),
    "files": set[str](),
    "terminal": {"progress", "text"},
    "tokens": set[str](),
    "redaction": {"model", "nodes", "text", "tokens"},
    "kubernetes": {"text", "model", "nodes"},
    "repository": SHARED,
    "kustomize": SHARED | {"repository"},
    "flux": SHARED | {"repository", "kustomize"},
    "graph": {"model", "text"},
    "extent": {"model"},
    "addresses": {"model", "extent", "text"},
    "changes": {"model"},
    "knowledge": SHARED | {"repository", "graph", "changes"},
    "checks": SHARED | {"terminal", "graph", "extent", "changes", "knowledge"},
    "inventory": {"model", "addresses", "graph", "checks", "text"},
    "summary": {"model"},
    "configuration": SHARED | {"repository"},
    "pages": SHARED | {"addresses", "graph", "extent", "changes", "knowledge", "checks", "inventory"},
    "site": SHARED | {"repository", "pages"},
    "comparison": {"model", "text", "knowledge", "flux", "kustomize", "graph", "scan"},
    "comparison_markdown": {"comparison", "text", "flux", "summary"},
    "drawing": {"model", "graph", "pages", "text"},
    "scan": SHARED | {"repository", "kustomize", "flux", "graph", "knowledge", "checks"},
    "leaks": SHARED | {"repository", "flux"},
    "cli": SHARED
    | {
        "terminal",
        "repository",
        "kustomize",
        "flux",
        "graph",
        "changes",
        "knowledge",
        "checks",
        "inventory",
        "configuration",
        "pages",
        "scan",
        "site",
        "summary",
        "drawing",
        "comparison",
        "comparison_markdown",
    },
}
"""Room to the rooms that it may import, besides itself: the order in which data flows."""

SITE_BUILDERS = {"mkdocs", "material", "markdown", "pymdownx", "mkdocs_gitops"}


def imports(path: Path) -> set[str]:
    """Dotted names that a module imports, wherever the import stands; `from a import b` gives `a` and `a.b`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide the room"
            module = node.module or ""
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def room(path: Path) -> str:
    """The room that a file of the engine stands in."""
    return path.relative_to(ENGINE).parts[0].removesuffix(".py")


ENGINE_FILES = sorted(ENGINE.rglob("*.py"))


@pytest.mark.parametrize("path", ENGINE_FILES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_engine_does_not_know_mkdocs(path: Path) -> None:
    """No module of the engine imports MkDocs, its theme, Markdown or the plugin."""
    assert not {name.partition(".")[0] for name in imports(path)} & SITE_BUILDERS


@pytest.mark.parametrize("path", ENGINE_FILES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_rooms_look_back_only(path: Path) -> None:
    """A room imports from the rooms that the architecture lets it know."""
    here = room(path)
    if here == "__init__":
        return
    known = ROOMS[here] | {here}
    used = {name.split(".")[1] for name in imports(path) if name.startswith("gitops_docs.")}
    assert used <= known, f"{here} may not import {', '.join(sorted(used - known))}"


def test_table_has_every_room() -> None:
    """No room escapes the table above, and the table names no room that is gone."""
    existing = {room(path) for path in ENGINE_FILES} - {"__init__"}
    assert existing <= set(ROOMS)


def test_order_has_no_circle() -> None:
    """The table itself lets data flow one way only."""
    left = {name: set(known) for name, known in ROOMS.items()}
    while free := {name for name, known in left.items() if not known & set(left)}:
        left = {name: known for name, known in left.items() if name not in free}
    assert not left


def test_imports_are_found(tmp_path: Path) -> None:
    """The reader of imports sees those inside functions and under conditions."""
    path = tmp_path / "module.py"
    path.write_text("def f():\n    import mkdocs.config\nif True:\n    from gitops_docs import graph\n")
    assert imports(path) == {"mkdocs.config", "gitops_docs", "gitops_docs.graph"}
