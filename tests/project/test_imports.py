"""Packages of the engine import only those below them, and none knows MkDocs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
ENGINE = PROJECT / "src" / "gitops_docs"
PLUGIN = PROJECT / "plugins" / "mkdocs_gitops"


def _packages(names: str) -> set[str]:
    return set(names.split())


MAY_IMPORT = {
    "text": _packages(""),
    "files": _packages(""),
    "model": _packages(""),
    "yaml": _packages("text model"),
    "redaction": _packages("text model yaml"),
    "kubernetes": _packages("text model yaml"),
    "repository": _packages("text files model yaml"),
    "settings": _packages("text files yaml repository"),
    "kustomize": _packages("text model yaml redaction repository"),
    "flux": _packages("text model yaml redaction kubernetes repository settings kustomize"),
    "helm": _packages(
        "text files model yaml redaction kubernetes repository settings kustomize flux"
    ),
    "extract": _packages("text model yaml redaction kubernetes repository kustomize flux helm"),
    "index": _packages("text model kubernetes"),
    "runbooks": _packages("text model yaml redaction kubernetes repository settings index"),
    "checks": _packages("text files model kubernetes settings index"),
    "scanner": _packages(
        "text model yaml redaction kubernetes repository settings kustomize flux helm extract "
        "index runbooks checks"
    ),
    "inventory": _packages("text files model index checks"),
    "diagrams": _packages("text model index"),
    "pages": _packages("text files model kubernetes index checks diagrams"),
    "diff": _packages("text model yaml redaction kubernetes kustomize flux index scanner"),
    "fleet": _packages("text files model redaction kubernetes repository index inventory pages"),
    "site": _packages(
        "text files model yaml repository settings flux index scanner inventory pages"
    ),
    "mcp": _packages("text model settings index inventory diff scanner"),
    "cli": _packages(
        "text files model yaml redaction kubernetes repository settings kustomize flux helm "
        "extract index runbooks checks "
        "scanner inventory diagrams pages diff fleet site mcp"
    ),
}
"""Package to the packages that it may import, besides itself. A package that does not exist yet has
its row already."""

PLUGIN_MAY_IMPORT = _packages(
    "text files model yaml redaction repository settings flux.sources index scanner inventory "
    "pages site fleet cli"
)

RULES = {
    f"{package}.rules"
    for package in ("yaml", "repository", "kustomize", "flux", "runbooks", "site")
}
"""The rules of other packages, which only `checks` may see: the registry lists them, and a check may
extend one."""
RULE_MODULES = RULES | {name.partition(".")[0] for name in RULES}
"""The same with their packages, which an import of the module names too."""

ORDER: dict[str, tuple[tuple[str, ...], ...]] = {
    "kustomize": (
        ("errors", "rules", "cache", "behaviour", "sops"),
        ("resources",),
        ("files",),
        ("transform",),
        ("",),
    ),
    "flux": (
        ("substitution.envsubst", "substitution.scalars", "substitution.printing"),
        ("kustomization", "objects", "roots", "versions"),
        ("substitution", "sources", "resourcesets"),
        ("layer",),
        ("render",),
        ("walk",),
    ),
    "checks": (
        ("context",),
        ("check", "needs"),
        ("rules",),
        ("registry",),
        ("settle", "ignores", "baseline", "formats"),
    ),
    "pages": (
        ("html",),
        ("platform", "layers", "releases", "objects", "alerts"),
        ("embedded",),
        ("site",),
    ),
}
"""Nested packages: their parts, lowest first. A part imports none that is above it. Modules that
are not named are free."""

APART = {"pages": ("platform", "layers", "releases", "objects", "alerts")}
"""Parts of a package that do not import one another."""

SITE_BUILDERS = {"mkdocs", "material", "markdown", "pymdownx", "mkdocs_gitops"}
ONLY = {"jinja2": ("pages.html", "site"), "markupsafe": ("pages", "fleet"), "click": ("cli",)}
"""Libraries to the packages of the engine that may import them."""


@cache
def imports(path: Path) -> frozenset[str]:
    """Dotted names that a module imports, wherever the import stands; `from a import b` gives `a`
    and `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide the package"
            module = node.module or ""
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def module_name(path: Path) -> str:
    """The dotted name of a file of the engine, without `gitops_docs`; empty for the package
    itself."""
    return (
        ".".join(path.relative_to(ENGINE).with_suffix("").parts)
        .removesuffix("__init__")
        .rstrip(".")
    )


ENGINE_FILES = sorted(ENGINE.rglob("*.py"))
PLUGIN_FILES = sorted(PLUGIN.rglob("*.py"))
MODULES = {module_name(path): path for path in ENGINE_FILES}
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}


def package(path: Path) -> str:
    """The package at the top level that a file of the engine belongs to."""
    return module_name(path).partition(".")[0]


def used(path: Path) -> set[str]:
    """The modules of the engine that a file imports, without `gitops_docs`."""
    names = {
        name.removeprefix("gitops_docs.")
        for name in imports(path)
        if name.startswith("gitops_docs.")
    }
    return {name if name in MODULES else name.rpartition(".")[0] for name in names} & set(
        MODULES
    ) - {""}


def level(name: str, order: tuple[tuple[str, ...], ...]) -> int | None:
    """Which row of an order a module belongs to; the longest name that fits counts."""
    fitting = [
        (len(part), row)
        for row, parts in enumerate(order)
        for part in parts
        if not part or name == part or name.startswith(f"{part}.")
    ]
    return max(fitting)[1] if fitting else None


def circles(edges: dict[str, set[str]]) -> list[str]:
    """What is left of a graph when everything is taken out that needs only what is out already."""
    left = {name: set(known) for name, known in edges.items()}
    while free := {name for name, known in left.items() if not known & set(left)}:
        left = {name: known for name, known in left.items() if name not in free}
    return sorted(left)


@pytest.mark.parametrize("path", ENGINE_FILES, ids=module_name)
def test_engine_does_not_know_mkdocs(path: Path) -> None:
    """No module of the engine imports MkDocs, its theme, Markdown or the plugin."""
    assert not {name.partition(".")[0] for name in imports(path)} & SITE_BUILDERS


@pytest.mark.parametrize("path", ENGINE_FILES, ids=module_name)
def test_packages_look_down_only(path: Path) -> None:
    """A package imports only the packages that the table lets it know."""
    here = module_name(path)
    if here in ("", "__main__"):
        return
    known = MAY_IMPORT[package(path)] | {package(path)}
    wrong = {name for name in used(path) if name.partition(".")[0] not in known}
    if here == "checks.registry" or here.startswith("checks.rules."):
        wrong -= RULE_MODULES
    assert not wrong, f"{here} may not import {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", PLUGIN_FILES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_plugin_uses_the_upper_packages(path: Path) -> None:
    """The plugin leaves rendering, checks and joins to the scanner."""
    wrong = {
        name
        for name in used(path)
        if not any(name == known or name.startswith(f"{known}.") for known in PLUGIN_MAY_IMPORT)
    }
    assert not wrong, f"{path.name} may not import {', '.join(sorted(wrong))}"


def _steps_up() -> Iterator[str]:
    for here, path in MODULES.items():
        top, _, inside = here.partition(".")
        order = ORDER.get(top)
        row = level(inside, order) if order is not None and inside else None
        if order is None or row is None:
            continue
        for name in used(path) - PACKAGES:
            other_top, _, other = name.partition(".")
            other_row = level(other, order) if other_top == top and other else None
            if other_row is not None and other_row > row:
                yield f"{here} imports {name}"


def test_parts_of_a_package_look_down_only() -> None:
    """Inside a nested package, too, a module imports nothing from above."""
    assert not list(_steps_up())


def test_families_of_pages_stand_apart() -> None:
    """A family of pages imports no other family."""
    wrong = []
    for top, parts in APART.items():
        for here, path in MODULES.items():
            own = next((part for part in parts if here.startswith(f"{top}.{part}.")), None)
            others = tuple(f"{top}.{part}" for part in parts if part != own)
            if own is not None:
                wrong += [
                    f"{here} imports {name}" for name in used(path) if name.startswith(others)
                ]
    assert not wrong


def test_libraries_have_their_packages() -> None:
    """Templates, markup and the command line stay where they belong, and no package but `cli` may
    open a connection."""
    wrong = []
    for here, path in MODULES.items():
        for library, allowed in ONLY.items():
            mine = any(here == name or here.startswith(f"{name}.") for name in allowed)
            if not mine and library in {name.partition(".")[0] for name in imports(path)}:
                wrong.append(f"{here} imports {library}")
        if "helm.fetch" in used(path) and package(path) != "cli":
            wrong.append(f"{here} imports helm.fetch")
    assert not wrong


def test_modules_do_not_import_each_other() -> None:
    """No modules import each other in a cycle, imports inside functions and for types included."""
    edges = {
        name: used(path) - {name} - PACKAGES
        for name, path in MODULES.items()
        if name not in PACKAGES
    }
    assert not circles(edges)


def test_table_has_every_package() -> None:
    """No package escapes the table."""
    existing = {package(path) for path in ENGINE_FILES} - {"", "__main__"}
    assert existing <= set(MAY_IMPORT)
    loose = {path.name for path in ENGINE.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert not loose, "no module stands loose at the top level"


def test_order_has_no_circle() -> None:
    """The table itself lets data flow one way only."""
    assert not circles(MAY_IMPORT)


def test_packages_stay_small() -> None:
    """A package has at most 15 modules, so that one sees what belongs together."""
    sizes: dict[Path, int] = {}
    for path in [*ENGINE_FILES, *PLUGIN_FILES]:
        if path.name not in ("__init__.py", "__main__.py"):
            sizes[path.parent] = sizes.get(path.parent, 0) + 1
    assert not {
        str(directory.relative_to(PROJECT)): size for directory, size in sizes.items() if size > 15
    }


def test_imports_are_found(tmp_path: Path) -> None:
    """The reader of imports sees those inside functions and under conditions."""
    path = tmp_path / "module.py"
    path.write_text(
        "def f():\n    import mkdocs.config\nif True:\n    from gitops_docs.index import graph\n"
    )
    assert imports(path) == {"mkdocs.config", "gitops_docs.index", "gitops_docs.index.graph"}
