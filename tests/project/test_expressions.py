"""Texts of a repository are matched by RE2 only: the source is read, and what uses another engine
is listed with its proof."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

import pytest

import gitops_docs
import mkdocs_gitops
from gitops_docs.text.patterns import Pattern
from tests.support import PROJECT

ENGINES = {"re", "regex", "re2", "sre_parse", "sre_compile", "fnmatch", "glob", "wcmatch", "lark"}
"""Modules that match expressions, or make some of other patterns."""
FACE = "src/gitops_docs/__init__.py"
DOOR = "src/gitops_docs/text/patterns.py"

CHARACTER = "one character, which may be half of one: there is nothing to go back to"
EXCEPTIONS: dict[str, dict[str, str]] = {
    "src/gitops_docs/text/escape.py": {
        "_PAGE": CHARACTER,
        "_TERMINAL": CHARACTER,
        "_JSON": CHARACTER,
        "_HALVES": CHARACTER,
    },
    "src/gitops_docs/flux/output.py": {"_INVISIBLE": CHARACTER},
    "src/gitops_docs/repository/globs.py": {
        "piece": "characters and dots, made of the pattern by `_pieces`: without repetition there is nothing to go back to",
    },
}
"""Files to the expressions of `re` in them, by name, each with the reason why it is linear."""
LARK = "src/gitops_docs/kubernetes/cel.py"
"""Has a grammar, whose tokens lark matches with `re`: one after another, and one that does not
match ends the parse."""
REDACTION = ("src/gitops_docs/redaction/", "src/gitops_docs/redaction/tokens.py")
"""Held to bounds of their own by `tests/redaction`."""


def sources() -> list[Path]:
    return sorted(
        path
        for directory in ("src", "plugins")
        for path in (PROJECT / directory).rglob("*.py")
        if not str(path.relative_to(PROJECT)).startswith(REDACTION)
    )


def uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """What of an engine a module uses: `import` of it, and each name that is asked of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name.partition(".")[0] in ENGINES:
                    yield (
                        f"import {name.name}" + (f" as {name.asname}" if name.asname else ""),
                        node.lineno,
                    )
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ENGINES:
            yield f"from {node.module}", node.lineno
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ENGINES
        ):
            yield f"{node.value.id}.{node.attr}", node.lineno
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func)
            in (
                "__import__",
                "importlib.import_module",
                "import_module",
            )
            and (
                not node.args
                or not isinstance(node.args[0], ast.Constant)
                or str(node.args[0].value) in ENGINES
            )
        ):
            yield ast.unparse(node), node.lineno


def compiled(tree: ast.Module) -> dict[str, ast.Call]:
    """Calls of `re.compile` by the name that they are given, or that they are given as an
    argument."""
    found = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and ast.unparse(node.value.func) == "re.compile"
        ):
            found[ast.unparse(node.targets[0])] = node.value
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "re.compile"
            and node not in found.values()
        ):
            found[ast.unparse(node.args[0])] = node
    return found


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_only_re2(path: Path) -> None:
    """A module that needs an expression asks the door for it; the exceptions are listed, and only
    those."""
    name = str(path.relative_to(PROJECT))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    listed = EXCEPTIONS.get(name, {})
    found = list(uses(tree))
    if name == DOOR:
        assert {use for use, _ in found if not use.startswith("re2.")} == {"import re2"}
    elif name == FACE:
        # It loads what its own table of public names lists.
        assert {use for use, _ in found} == {"import_module(f'{__name__}.{module}')"}
    elif name == LARK:
        assert {use for use, _ in found} == {"from lark", "from lark.exceptions"}
    elif not listed:
        assert found == []
    else:
        assert {use for use, _ in found} <= {
            "import re",
            "re.compile",
            "re.escape",
            "re.Pattern",
            "re.Match",
            "re.DOTALL",
        }
        made = compiled(tree)
        assert made.keys() == listed.keys()
        for constant, reason in listed.items():
            if reason is CHARACTER:
                written = ast.literal_eval(made[constant].args[0])
                assert [str(kind) for kind, _ in sre.parse(written)] == ["IN"]


def test_pieces_of_globs_repeat_nothing() -> None:
    """The one listed expression that is made of a repository's text."""
    from gitops_docs.repository.globs import _pieces

    for pattern in ("a*b?c", "(a+)+*[a-z]{9}", "\\*\\?**?", "(?:x)*)", "a|b*^$"):
        for piece in _pieces(pattern):
            assert {str(kind) for kind, _ in sre.parse(piece.expression.pattern)} <= {
                "LITERAL",
                "ANY",
            }
            assert re.fullmatch(piece.expression, "x" * (piece.length + 1)) is None


def test_tokens_of_a_grammar_do_not_go_back() -> None:
    """No repetition without end stands inside of another one, so a token is found or missed in one
    pass over it for each alternative."""
    from gitops_docs.kubernetes.cel import _GRAMMAR

    written = re.findall(
        r"(?:: |\| |%ignore )/((?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\])+)/[a-z]*", _GRAMMAR
    )
    assert len(written) >= 6
    for expression in written:
        assert repetitions(sre.parse(expression.replace("\\/", "/"))) <= 1, expression


def repetitions(items: Any) -> int:
    """How deep repetitions without end stand inside of each other."""
    deepest = 0
    for kind, value in items:
        inner: list[Any] = []
        if str(kind) in ("MAX_REPEAT", "MIN_REPEAT"):
            inner = [value[2]]
        elif str(kind) == "SUBPATTERN":
            inner = [value[3]]
        elif str(kind) == "BRANCH":
            inner = value[1]
        here = str(kind) in ("MAX_REPEAT", "MIN_REPEAT") and value[1] is sre.MAXREPEAT
        deepest = max([deepest, *(here + repetitions(part) for part in inner)])
    return deepest


def patterns_of_the_code() -> Iterator[tuple[str, Pattern]]:
    for package in (gitops_docs, mkdocs_gitops):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                for name, value in vars(importlib.import_module(module.name)).items():
                    for number, item in enumerate(value if isinstance(value, tuple) else (value,)):
                        if isinstance(item, Pattern):
                            yield f"{module.name}.{name}.{number}", item


def test_every_expression_compiles() -> None:
    """They are compiled at their first use, which may be long after the start."""
    found = dict(patterns_of_the_code())
    assert len(found) > 100
    for pattern in found.values():
        assert pattern.groups >= 0


def test_expressions_in_place_compile() -> None:
    """So are those that stand where they are used."""
    count = 0
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and ast.unparse(node.func.value) == "patterns"
                and node.func.attr in ("search", "match", "fullmatch", "findall", "sub", "split")
                and isinstance(node.args[0], ast.Constant)
            ):
                assert Pattern(node.args[0].value).groups >= 0, (path, node.lineno)
                count += 1
    assert count > 20
