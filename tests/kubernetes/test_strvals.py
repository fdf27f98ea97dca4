"""Paths and values behind `helm --set`, as `targetPath` has them; the expectations are those of
Helm's own parser."""

from __future__ import annotations

import pytest

from gitops_docs.kubernetes import strvals


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("a.b", "x", [(("a", "b"), "x")]),
        ("a", r"x\,y", [(("a",), "x,y")]),
        ("a", "x,c=d", [(("a",), "x"), (("c",), "d")]),
        ("a", "{x,y}", [(("a",), ("x", "y"))]),
        ("a", "{}", [(("a",), ())]),
        ("a[0].b", "x", [(("a", 0, "b"), "x")]),
        ("a[0][1]", "x", [(("a", 0, 1), "x")]),
        (r"a.b\.c/d", "x", [(("a", "b.c/d"), "x")]),
        ("a", "x=y", [(("a",), "x=y")]),
        ("a", "", [(("a",), "")]),
        ("a", "'x y'", [(("a",), "x y")]),
    ],
)
def test_target_path(
    path: str, value: str, expected: list[tuple[tuple[str | int, ...], object]]
) -> None:
    """A path and a value give assignments."""
    assert [tuple(one) for one in strvals.target_path(path, value)] == expected


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", "x,y"),
        ("a", "h:1,h.x:2"),
        ("a", "{x"),
        ("a", "{x}y"),
        ("a[x]", "1"),
        ("a[70000]", "1"),
        (".".join("a" * 40), "1"),
    ],
)
def test_fault(path: str, value: str) -> None:
    """What Helm refuses is refused."""
    with pytest.raises(strvals.SyntaxFault):
        strvals.target_path(path, value)


def test_literal() -> None:
    """`literal: true` takes the value as it stands."""
    assert strvals.target_path("a", "{x,y", literal=True) == [strvals.Assignment(("a",), "{x,y")]
