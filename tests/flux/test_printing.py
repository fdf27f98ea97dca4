"""Leaves and objects printed and read again as Flux's YAML library does."""

from __future__ import annotations

import pytest

from gitops_docs.flux.substitution.printing import (
    ELEMENT,
    align,
    folded_text,
    is_folded,
    print_object,
    printed_text,
    read_text,
)
from gitops_docs.yaml.nodes import Map, Sealed, mapping, plain_value, text_like
from gitops_docs.yaml.parse import parse


def root_of(text: str) -> Map:
    """The mapping of a text."""
    root = parse(text, "x.yaml").documents[0].root
    assert type(root) is Map
    return root


ORIGIN = root_of("k: v\n")["k"]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("${A}", "${A}"),  # Quotes of the source are gone.
        ("a: ${A}", "'a: ${A}'"),
        ("${A}\n${B}", "|-\n  ${A}\n  ${B}"),
        ("# ${A}", "'# ${A}'"),
        ("{${A}}", "'{${A}}'"),
    ],
)
def test_what_stands_behind_a_key(text: str, printed: str) -> None:
    """A text is printed without quotes wherever it can be."""
    assert printed_text(text).rstrip("\n") == printed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("'yes'", "yes"),
        ("2020-01-01", "2020-01-01"),
        ("1.10", 1.1),
        ("{a: [1]}", {"a": [1]}),
        ("~", None),
        ("1_000.5", 1000.5),
        ("1_0e+2", 1000),
        ("!keep me", "me"),
        ("!important", ""),
        ("!!STR 5", "5"),
        ("!!str 5", "5"),
        ("!x 1_000", "1_000"),
        ("!!int '5'", 5),
        ("! 5", 5),
        ("!!binary aGk=", "hi"),
        ("{yes: 1, 0644: 2, 1e3: 3, 'no': 4}", {"true": 1, "420": 2, "1000": 3, "no": 4}),
        ("one\n  two", "one two"),
    ],
)
def test_what_is_read_in_its_place(text: str, value: object) -> None:
    """A text is read as go-yaml v2 reads it, and stands where the leaf stood."""
    made = read_text(text, ORIGIN.file, ORIGIN.line)
    assert plain_value(made) == value
    assert (made.file, made.line) == (ORIGIN.file, ORIGIN.line)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.0", "1"),
        ("2.50", "2.5"),
        ("1e3", "1000"),
        ("-1E+2", "-100"),
        (".5", "0.5"),
        ("1.", "1"),
        ("0.00001", "0.00001"),
        ("1e-7", "1e-7"),
        ("1.25e21", "1.25e+21"),
        ("1e20", "100000000000000000000"),
        ("-0.0", "-0"),
        ("0.0", "0"),
    ],
)
def test_how_json_has_a_number(text: str, number: str) -> None:
    """A number passes through JSON: without a point where it is whole."""
    assert str(read_text(text, "a.yaml", 1)) == number


@pytest.mark.parametrize("text", ["a: b", "x\nl: y", "'a", "[a", "{null: 1}"])
def test_what_is_no_single_value_any_more(text: str) -> None:
    """What would break out of its place is not read alone."""
    assert read_text(text, ORIGIN.file, ORIGIN.line) is None


def test_an_object_printed_and_read_is_the_same() -> None:
    """Nothing of an object is lost on the way, and leaves that did not change keep their places."""
    before = root_of(
        "a: '1'\nb: [1, 1.50, ~, yes, 'null', 2020-01-01]\nc:\n  d: |\n    one\n    two\n'on': {}\n"
    )
    (document,) = parse(print_object(before), "x.yaml").documents
    after = align(document.root, before, sealed=False)
    assert plain_value(after) == plain_value(before)
    assert after["a"] is before["a"]


def test_a_change_beside_a_secret_is_sealed() -> None:
    """Where a secret took part, what became different is sealed."""
    before = root_of("a: x\nb: w\n")
    made = mapping("", 0, {**before, "a": text_like("z", before["a"])}.items())
    after = align(made, before, sealed=True)
    assert type(after["a"]) is Sealed
    assert after["b"] is before["b"]


@pytest.mark.parametrize(
    ("text", "path", "printed"),
    [
        (
            f"{'x' * 75} ${{A}}",
            ("data", "k"),
            f"{'x' * 75} ${{A}}",
        ),  # Column 80 is still within the line.
        (f"{'x' * 76} ${{A}}", ("data", "k"), f"{'x' * 76}\n    ${{A}}"),
        (f"{'x' * 76} ${{A}}", ("k",), f"{'x' * 76} ${{A}}"),
        (f"{'x' * 73} ${{A}}", ("spec", ELEMENT, "k"), f"{'x' * 73} ${{A}}"),
        (f"{'x' * 78} ${{A}}", ("spec", ELEMENT, "k"), f"{'x' * 78}\n    ${{A}}"),
        (f"{'x' * 80} ${{A:=b c}}", ("k",), f"{'x' * 80}\n  ${{A:=b c}}"),
        (f"{'x' * 80}  two${{A}}", ("k",), f"{'x' * 80}  two${{A}}"),  # Not between two blanks.
        (f"a: {'x' * 80} ${{A}}", ("k",), f"'a: {'x' * 80}\n  ${{A}}'"),
    ],
)
def test_what_stands_on_several_lines(text: str, path: tuple[str, ...], printed: str) -> None:
    """A long text begins a new line at the first blank behind column 80, wherever it stands."""
    assert folded_text(text, path) == printed
    assert is_folded(text, path) or printed == text


def test_a_blank_at_the_end_of_a_line_is_lost() -> None:
    """A variable without content between two blanks leaves both, unless the line ends at one of
    them."""
    from gitops_docs.flux.substitution.substitute import substitute_object

    data = root_of(f"data:\n  short: a ${{A}} b\n  long: {'x' * 80} ${{A}} b\n")
    made = substitute_object(data, {"A": ""})
    assert plain_value(made) == {"data": {"short": "a  b", "long": f"{'x' * 80} b"}}
