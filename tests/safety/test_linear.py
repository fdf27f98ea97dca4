"""Looking for all matches reads a text once or a few times, whatever it holds: what RE2 promises
for one search, held for its loops.

Where `a[^b]*b|a` is looked for in `aaaa`, each of n matches is known only when the rest has been
read for a `b`. No engine helps there.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gitops_docs.diff.markdown import code as markdown_of
from gitops_docs.flux.resourcesets import template
from gitops_docs.flux.resourcesets.values import TemplateError
from gitops_docs.flux.substitution import envsubst
from gitops_docs.flux.substitution.envsubst import SubstitutionError
from gitops_docs.kustomize.errors import Refused
from gitops_docs.kustomize.transform import images, selectors
from gitops_docs.pages.html.prose import paragraphs, prose
from gitops_docs.repository import directories, globs
from gitops_docs.repository.git import clean_url
from gitops_docs.runbooks import document
from gitops_docs.text.escape import lines as _printable
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.parse import parse
from tests.project.test_expressions import patterns_of_the_code, sources
from tests.support.counting import lines
from tests.support.reading import Automaton, hostile

LOOPS = {"finditer", "findall", "sub", "split"}
SMALL, LARGE = 30, 60
GIVEN: dict[str, Callable[[str], str]] = {
    "gitops_docs.runbooks.document._STRONG": lambda text: text[
        :20
    ],  # of a title, which is cut at 500 characters
    "gitops_docs.kustomize.transform.vars._REFERENCE": lambda text: f"{text})",
    # A line of one of our own scripts, which no repository writes.
    "gitops_docs.site.compact._TEXTS": lambda text: text[:20],
    "gitops_docs.repository.globs._PART": lambda text: f"{text}]",
}
"""Expressions that are given certain texts only: what stands behind the last bracket is left out,
or the text is cut."""


def test_the_count_sees_what_is_quadratic() -> None:
    """The counter itself: expressions that are known to read too much, and some that are not."""
    for expression, shape in [
        ("a[^b]*b|a", "a"),
        ("<!--(?s:.)*?-->|<[^>]*>", "<!--<a>"),
        (r"\[[^\]]*\]\(|\[", "["),
    ]:
        automaton = Automaton(expression)
        assert automaton.read(shape * LARGE) > 3 * automaton.read(shape * SMALL)
    for expression, shape in [
        ("a[^b]*b", "a"),
        ('"[^"]*"', '"x'),
        (r"\w+", "ab "),
        (r"<!--(?s:.)*?-->", "<!--"),
    ]:
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
        text = path.read_text(encoding="utf-8")
        if not any(f".{name}(" in text for name in LOOPS):
            continue
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LOOPS
            ):
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


@pytest.mark.parametrize("pattern", list(looped()))
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
        assert twice < 3 * once + 100 or twice < 4 * len(large), (
            pattern.pattern,
            shape(2),
            once,
            twice,
        )


READERS: dict[str, Callable[[str], object]] = {
    "page": lambda text: document.read(text, "a.md", "a.md"),
    "directory": lambda text: directories.first_sentence.__wrapped__(text),
    "manifest": lambda text: parse(text.encode(), "a.yaml"),
    "variables": lambda text: envsubst.expressions.__wrapped__(text),
    "removal": lambda text: envsubst.substitute(
        "${a/" + text.replace("}", "") + "/b}", {"a": "a" * 50}.get, strict=False
    ),
    "template": lambda text: template.Template(f"<<{text}"),
    "labels": lambda text: selectors.matches_labels(text, {}),
    "owners": lambda text: globs.Glob.of(text),
    "glob": lambda text: globs.doublestar.__wrapped__(text),
    "wildcard": lambda text: globs.wildcard("a" * 50, text),
    "prose": prose,
    "paragraphs": paragraphs,
    "url": clean_url,
    "printable": _printable,
    "image": lambda text: images.split(text),
    "json": lambda text: markdown_of(text),
}
SHAPES = [
    *(
        "a",
        " ",
        "\n",
        "-",
        "$",
        "${",
        "${a",
        "$$",
        "{",
        "}",
        "[",
        "]",
        "[a](",
        "[a](b",
        "](",
        "`",
        "``a",
        "```\n",
        "<",
        "<!--",
        "<a>",
        "*",
    ),
    *(
        "**",
        "_a ",
        "a: ",
        "- ",
        "# ",
        "'",
        '"',
        "(",
        ")",
        "a,",
        "!a,",
        "a=b,",
        "a in (b),",
        "|",
        "\\",
        "\u00e9",
        "\ud800",
        "a/",
        "../",
        ":",
    ),
    *("a@b:", "https://", "password: ", "<<", ">>", "<< a >>", "/*", "{a,", "[a]", "[!", "?"),
]


@pytest.mark.parametrize("reader", READERS)
def test_readers_take_twice_as_long_for_twice_as_much(reader: str) -> None:
    """Every reader of texts, over shapes that repeat: the lines of Python that run grow no faster
    than the text."""
    for number, shape in enumerate(SHAPES):
        counted = []
        for count in (150, 300):
            text = f"{shape * count}{number}"  # None is the same as another one, which a cache may know.

            def read(text: str = text) -> None:
                with contextlib.suppress(ValueError, Refused, TemplateError, SubstitutionError):
                    READERS[reader](text)

            counted.append(lines(read))
        once, twice = counted
        assert twice < 3 * once + 50, (shape, once, twice)
