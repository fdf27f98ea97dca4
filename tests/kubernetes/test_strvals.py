"""Paths and values behind `helm --set`, as `targetPath` has them; the expectations are those of
Helm's own parser."""

from __future__ import annotations

import pytest

from gitops_docs.kubernetes import strvals
from gitops_docs.yaml.nodes import Map, as_map, mapping, plain_value, text_like
from gitops_docs.yaml.parse import parse


def _values(text: str) -> Map:
    documents = parse(text, "values.yaml").documents
    return as_map(documents[0].root) if documents else mapping()


def _set(values: str, path: str, value: str, *, literal: bool = False) -> object:
    made = _values(values)
    strvals.set_target(made, path, text_like(value, made), literal=literal)
    return plain_value(made)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("a.b", "x", {"a": {"b": "x"}}),
        ("a", r"x\,y", {"a": "x,y"}),
        ("a", "x,c=d", {"a": "x", "c": "d"}),
        ("a", "x,", {"a": "x"}),
        ("a", "{x,y}", {"a": ["x", "y"]}),
        ("a", "{}", {"a": [""]}),
        ("a", "{x}b=c", {"a": ["x"], "b": "c"}),
        ("a[0].b", "x", {"a": [{"b": "x"}]}),
        ("a[1]", "x", {"a": [None, "x"]}),
        ("a[0][1]", "x", {"a": [[None, "x"]]}),
        (r"a.b\.c/d", "x", {"a": {"b.c/d": "x"}}),
        ("a", "x=y", {"a": "x=y"}),
        ("a", "", {"a": ""}),
        ("a", "'x y'", {"a": "x y"}),
        # as typedVal has them: a number that begins with 0 is a text
        ("a", "TRUE", {"a": True}),
        ("a", "null", {"a": None}),
        ("a", "+12", {"a": 12}),
        ("a", "012", {"a": "012"}),
        ("a", "1.5", {"a": "1.5"}),
        ("a", "'12'", {"a": "12"}),
    ],
)
def test_target_path(path: str, value: str, expected: object) -> None:
    """A path and a value set values."""
    assert _set("", path, value) == expected


@pytest.mark.parametrize(
    ("values", "path", "expected"),
    [
        ("a: {b: 1, c: 2}", "a.b", {"a": {"b": "x", "c": 2}}),
        ("a: [1, 2]", "a[0]", {"a": ["x", 2]}),
        ("a: [1]", "a[2]", {"a": [1, None, "x"]}),
        ("a: [{b: 1, c: 2}]", "a[0].b", {"a": [{"b": "x", "c": 2}]}),
        # an item that is no mapping makes room for one
        ("a: [1]", "a[0].b", {"a": [{"b": "x"}]}),
        ("a: [null]", "a[0][0]", {"a": [["x"]]}),
    ],
)
def test_values_that_are_there(values: str, path: str, expected: object) -> None:
    """What is there stays beside what is set."""
    assert _set(values, path, "x") == expected


@pytest.mark.parametrize(
    ("values", "path", "value"),
    [
        ("", "a", "x,y"),
        ("", "a", "h:1,h.x:2"),
        ("", "a", "x,,"),
        ("", "a", "{x"),
        ("", "a", "{x}y"),
        ("", "a[x]", "1"),
        ("", "a[-1]", "1"),
        ("", "a[70000]", "1"),
        ("", ".".join("a" * 40), "1"),
        ("", "a.", "1"),
        ("a: text", "a.b", "x"),
        ("a: null", "a.b", "x"),
        ("a: {b: 1}", "a[0]", "x"),
        ("a: [1]", "a[0][0]", "x"),
    ],
)
def test_fault(values: str, path: str, value: str) -> None:
    """What Helm refuses is refused."""
    with pytest.raises(strvals.SyntaxFault):
        _set(values, path, value)


def test_literal() -> None:
    """`literal: true` takes the value as it stands."""
    assert _set("", "a", "{x,true", literal=True) == {"a": "{x,true"}
