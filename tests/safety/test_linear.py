"""Looking for all matches reads a text once or a few times, whatever it holds: what RE2 promises for one search, held for its loops.

Where `a[^b]*b|a` is looked for in `aaaa`, each of n matches is known only when the rest has been read for a `b`. No engine helps there.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gitops_docs.text.patterns import Pattern
from tests.project.test_expressions import patterns_of_the_code, sources
from tests.support.reading import Automaton, hostile

LOOPS = {"finditer", "findall", "sub", "split"}
SMALL, LARGE = 60, 120
GIVEN: dict[str, Callable[[str], str]] = {
    "gitops_docs.knowledge.documents._STRONG": lambda text: text[:20],  # of a title, which is cut at 500 characters
    "gitops_docs.kustomize.variables._REFERENCE": lambda text: f"{text})",
    "gitops_docs.repository.globs._PART": lambda text: f"{text}]",
}
"""Expressions that are given certain texts only: what stands behind the last bracket is left out, or the text is cut."""


def test_the_count_sees_what_is_quadratic() -> None:
    """The counter itself: expressions that are known to read too much, and some that are not."""
    for expression, shape in [("a[^b]*b|a", "a"), ("<!--(?s:.)*?-->|<[^>]*>", "<!--<a>"), (r"\[[^\]]*\]\(|\[", "[")]:
        automaton = Automaton(expression)
        assert automaton.read(shape * LARGE) > 3 * automaton.read(shape * SMALL)
    for expression, shape in [("a[^b]*b", "a"), ('"[^"]*"', '"x'), (r"\w+", "ab "), (r"<!--(?s:.)*?-->", "<!--")]:
        automaton = Automaton(expression)
        assert automaton.read(shape * LARGE) < 3 * automaton.read(shape * SMALL)
    assert any(
        Automaton("a[^b]*b|a").read(shape(LARGE)) > 3 * Automaton("a[^b]*b|a").read(shape(SMALL))
        for shape in hostile("a[^b]*b|a")
    )


def looped() -> Iterator[Any]:
    """Expressions that some loop uses: constants by name, and texts that stand in the call."""
    by_name: dict[str, set[str]] = {}
    for path in sources():
        module = (
            ".".join(path.with_suffix("").parts[-len(path.parts) :]).partition("src.")[2]
            or ".".join(path.with_suffix("").parts).partition("plugins.")[2]
        )
        module = module.removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOOPS:
                owner = ast.unparse(node.func.value)
                if owner == "patterns" and isinstance(node.args[0], ast.Constant):
                    yield pytest.param(Pattern(node.args[0].value), id=f"{module}:{node.lineno}")
                else:
                    by_name.setdefault(module, set()).add(owner)
    for name, pattern in patterns_of_the_code():
        module, constant, _ = name.rsplit(".", 2)
        defined = importlib.import_module(module)
        if getattr(defined, constant, None) is None or module.startswith("gitops_docs.redaction"):
            continue
        if constant in by_name.get(module, ()) or f"{module}.{constant}" in GIVEN:
            yield pytest.param(pattern, id=f"{module}.{constant}")


@pytest.mark.parametrize("pattern", looped())
def test_loops_read_a_text_a_few_times(pattern: Pattern, request: pytest.FixtureRequest) -> None:
    """A text twice as long, of any of seventy shapes, is read less than three times as much."""
    automaton = Automaton(
        pattern.pattern,
        dot_all="s" in pattern.flags,
        ignore_case="i" in pattern.flags,
        multiline="m" in pattern.flags,
    )
    given = GIVEN.get(request.node.callspec.id, str)
    for shape in hostile(pattern.pattern):
        small, large = given(shape(SMALL)), given(shape(LARGE))
        once, twice = automaton.read(small), automaton.read(large)
        assert twice < 3 * once + 100 or twice < 4 * len(large), (pattern.pattern, shape(2), once, twice)
