"""Expressions of CEL: what parses, which names are free, and how the rules of CRDs are
evaluated."""

from __future__ import annotations

import pytest

from gitops_docs.kubernetes import cel


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.b == 1 && has(self.x)", ("a", "self")),
        ("dep.items.filter(e, e.type == 'Ready (').all(e, e.status == 'True')", ("dep",)),
        ("e in [1, 2]", ("e",)),
        ("inner.x in y", ("inner", "y")),
        ("a ? b : c ? d : -x - 1", ("a", "b", "c", "d", "x")),
        ("a.?b.orValue('x')", ("a",)),
        ("{'a': 1}.a + size([1, 2,])", ()),
        ('"""one " two""" == r"\\d" // a comment', ()),
        ("0x1F + 2u + 1.5e3", ()),
    ],
)
def test_parse(text: str, names: tuple[str, ...]) -> None:
    """An expression parses, and its free variables are those that nothing inside it binds."""
    assert cel.parse(text).names == names


@pytest.mark.parametrize(
    ("text", "column", "at_end"),
    [
        ("a.b(", 5, True),
        ("x = 1", 3, False),
        ("'open", 1, False),
        ("a ? b", 6, True),
        ("namespace == 'x'", 1, False),
        ("a b", 3, False),
        ("", 1, True),
    ],
)
def test_fault(text: str, column: int, at_end: bool) -> None:
    """What is not CEL is refused with the place."""
    with pytest.raises(cel.SyntaxFault) as raised:
        cel.parse(text)
    assert (raised.value.column, raised.value.at_end) == (column, at_end)


@pytest.mark.parametrize(
    "text",
    ["(" * 5000 + "a" + ")" * 5000, "!" * 5000 + "a", "[" * 5000 + "]" * 5000, "a" + ".b" * 5000],
)
def test_nesting_needs_no_recursion(text: str) -> None:
    """Deep expressions of a stranger end in a result, not in a traceback."""
    cel.parse(text)


@pytest.mark.parametrize(
    ("rule", "value", "passes"),
    [
        ("has(self.a) || !has(self.b)", {"b": 1}, False),
        ("has(self.a) || !has(self.b)", {"a": 1, "b": 1}, True),
        ("(has(self.a) && !has(self.b)) || (!has(self.a) && has(self.b))", {"a": 1, "b": 2}, False),
        ("self.type == 'x' || self.url.startsWith('https://')", {"type": "x"}, True),
        (
            "self.all(s, self.exists_one(t, t.name == s.name))",
            [{"name": "a"}, {"name": "a"}],
            False,
        ),
        (
            "self.type != 'x' || (has(self.list) && size(self.list) > 0)",
            {"type": "x", "list": [1]},
            True,
        ),
    ],
)
def test_evaluate(rule: str, value: object, passes: bool) -> None:
    """The rules of CRDs are evaluated as the API server does."""
    assert cel.evaluate(cel.compile_rule(rule), {"self": value}) is passes


def test_evaluate_without_a_field() -> None:
    """A rule that asks for what is not there has no result."""
    with pytest.raises(cel.Unknown):
        cel.evaluate(cel.compile_rule("self.a == 'x'"), {"self": {}})
