"""The `${...}` engine against Flux's own results, and against what the grammar promises."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_docs.flux.substitution.envsubst import SubstitutionError, expressions, substitute

MATERIAL = os.environ.get("GITOPS_DOCS_MATERIAL")
FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "$",
            "{",
            "}",
            "${",
            "V",
            "W",
            "é",
            ":",
            "=",
            "-",
            "/",
            "#",
            "%",
            "^",
            ",",
            "\\",
            "*",
            "[",
            "]",
            "1",
            " ",
            "\n",
            "\0",
        ]
    ),
    max_size=14,
).map("".join)


def result(text: str, values: dict[str, str] | None = None, *, strict: bool = True) -> str:
    """The substituted text, or `kind!` of the error."""
    try:
        return substitute(text, (values or {}).get, strict=strict)
    except SubstitutionError as error:
        return f"{error.kind}!"


def _rows() -> list[dict[str, Any]]:
    if MATERIAL is None:
        return []
    rows: list[dict[str, Any]] = json.loads(
        (Path(MATERIAL) / "substitution" / "cases.json").read_text()
    )
    return rows


@pytest.mark.skipif(MATERIAL is None, reason="GITOPS_DOCS_MATERIAL is not set")
def test_every_row_of_the_material_agrees() -> None:
    """Results, error messages and names asked for are those of Flux's engine."""
    rows = _rows()
    assert rows
    for row in rows:
        try:
            got = substitute(row["input"], row["vars"].get, strict=row["strict"])
        except SubstitutionError as error:
            assert row.get("error") == error.message, row
        else:
            assert row.get("expected") == got, row
        names = sorted({one.name for one in expressions(row["input"]) if not one.escaped})
        assert names == sorted(row["names"]), row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain $V $ {V}", "plain $V $ {V}"),
        ("a ${V} b ${V}", "a één b één"),
        ("$${V} $$V $$$ $$${V}", "${V} $V $$ $één"),
        ("${#V}", "5"),
        ("${V:0:2}", "é"),
        ("${V: -1}", "één"),
        ("${V:-1}", "één"),
        ("${V:é}", "syntax!"),
        ("${V^}", "Één"),
        ("${V^^} ${S^^}", "ÉÉN STRAßE"),
        ("${M:=${V}-${M:=x}}", "één-x"),
        ("${M:=a}b}", "ab}"),
        ("${M:-$$W} ${M:-$${V}}", "$$W $één"),
        ("${V:=${M}}", "unset!"),
        ("${M}", "unset!"),
        ("${M:?no} ${M:+yes}", "no yes"),
        ("${P%.*} ${P%%.*} ${P#*.} ${P##*.}", "a.b a b.c c"),
        ("${P/./-} ${P//./-} ${P/#a/x} ${P/%c/x}", "a-b.c a-b-c x.b.c a.b.x"),
        ("${U/\\//-}", "a-b/c"),
        ("${P//./}", "abc"),
        ("${P/${E}/x}", "xa.b.c"),
        ("${P:2:-1}", "panic!"),
        ("${E:1:-1}", ""),
        ("${P:99}", ""),
        ("${N:1:2}", "23"),
        ("${P#[a-z].}", "b.c"),
        ("${P#[}", "a.b.c"),
        ("${}", "syntax!"),
        ("${a.b}", "syntax!"),
        ("${V", "syntax!"),
        ("${V-d}", "syntax!"),
        ("${{ x }}", "syntax!"),
        ("${" + "a:=${" * 5000, "limit!"),
    ],
)
def test_operators(text: str, expected: str) -> None:
    """Each operator, with its oddities, as `funcs.go` has it."""
    values = {"V": "één", "S": "straße", "P": "a.b.c", "U": "a/b/c", "E": "", "N": "0234"}
    assert result(text, values) == expected


def test_lenient_unset_is_empty() -> None:
    """Without strict mode an unset variable is empty, in transformations too."""
    assert result("[${M}][${M^^}][${#M}]", strict=False) == "[][][0]"


def test_cut_characters_join_again() -> None:
    """A substring cuts bytes; two halves of a character are the character again."""
    assert result("${M:=${V:0:1}${V:1:1}}", {"V": "é"}) == "é"
    assert result("${V:0:1}", {"V": "é"}) == "\udcc3"


def test_expressions_are_listed_with_their_places() -> None:
    """Nested and escaped expressions are found, each as written."""
    found = expressions("a ${X:=${Y}} $${Z} ${W,,} $$${Q}")
    shown = [
        (one.text, one.offset, one.name, one.has_default, one.escaped, one.nested) for one in found
    ]
    assert shown == [
        ("${X:=${Y}}", 2, "X", True, False, False),
        ("${Y}", 7, "Y", False, False, True),
        ("$${Z}", 13, "Z", False, True, False),
        ("${W,,}", 19, "W", False, False, False),
        ("${Q}", 28, "Q", False, False, False),
    ]


def test_expressions_before_a_malformed_one_are_listed() -> None:
    """What stands before a syntax error is still known."""
    assert [one.name for one in expressions("${A} ${B.c} ${D}")] == ["A"]


def test_long_values_do_not_hang() -> None:
    """A wildcard over a long value is refused instead of taking quadratic time."""
    assert result("${V##*b*c*}", {"V": "a" * 1_000_000}) == "limit!"
    assert len(expressions("$${" * 100_000)) == 0


@given(st.text(alphabet=st.characters(exclude_characters="$", exclude_categories=["Cs"])))
def test_text_without_dollar_is_unchanged(text: str) -> None:
    """Only `$` starts anything."""
    assert substitute(text, {}.get, strict=True) == text
    assert expressions(text) == ()


@given(FRAGMENTS, st.text(max_size=8))
def test_no_input_escapes_the_error_type(text: str, value: str) -> None:
    """Whatever the text, there is a result or a `SubstitutionError`; the listing never raises."""
    values = {"V": value, "W": "w/*"}
    result(text, values)
    result(text, values, strict=False)
    for one in expressions(text):
        assert text[one.offset :].startswith(one.text)


@given(FRAGMENTS)
def test_lenient_succeeds_where_strict_does(text: str) -> None:
    """Strict mode only adds errors, it never changes a result."""
    strict = result(text, {"V": "x"})
    if not strict.endswith("!"):
        assert result(text, {"V": "x"}, strict=False) == strict
