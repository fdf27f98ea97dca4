"""The door to RE2: what it returns is what `re` returns, where both know the same syntax."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from itertools import product

import pytest

from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern, PatternError, PatternSet

EXPRESSIONS = [
    "a",
    "a*",
    "x|ab*",
    "(a)(b)?",
    "é+",
    "",
    r"\b",
    "(?i)A.",
    "[^a]",
    "a|(?:é)(x)?",
    "$",
    "^",
    "(?P<n>b|😀)+",
]
TEXTS = ["".join(letters) for size in range(5) for letters in product("abé\n😀", repeat=size)]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_matches_and_places_are_those_of_re(expression: str) -> None:
    """RE2 finds what Python's engine finds, at the same places."""
    ours, theirs = (
        Pattern(expression, multiline=True),
        re.compile(expression, re.MULTILINE | re.ASCII),
    )
    for text in TEXTS:
        found = [(match.span(), match.groups(), match.groupdict()) for match in ours.finditer(text)]
        assert found == [
            (match.span(), match.groups(""), match.groupdict("")) for match in theirs.finditer(text)
        ]
        assert [
            [match.has(group) for group in range(ours.groups + 1)] for match in ours.finditer(text)
        ] == [
            [match[group] is not None for group in range(theirs.groups + 1)]
            for match in theirs.finditer(text)
        ]
        assert ours.split(text, 2) == [part or "" for part in theirs.split(text, 2)]
        assert ours.split(text) == [part or "" for part in theirs.split(text)]
        assert ours.sub("-", text) == theirs.sub("-", text)
        assert ours.sub(lambda match: f"<{match[0]}>", text, 1) == theirs.sub(
            lambda match: f"<{match[0]}>", text, 1
        )
        assert ours.contains(text) == bool(theirs.search(text))
        for how in ("search", "match", "fullmatch"):
            one, other = getattr(ours, how)(text), getattr(theirs, how)(text)
            assert (one and one.span()) == (other and other.span())


def test_flags() -> None:
    """Flags mean what they are called."""
    assert Pattern("a.c", ignore_case=True, dot_all=True).fullmatch("A\nC")
    assert not Pattern("a.c").fullmatch("A\nC")
    assert Pattern("^b$", multiline=True).search("a\nb\nc")
    assert not Pattern("^b$").search("a\nb\nc")


def test_groups_by_name_and_number() -> None:
    """A group is found by its name and by its number."""
    match = Pattern("(?P<key>[a-z]+)(?:=(?P<value>.*))?").match("user")
    assert match is not None
    assert (match["key"], match["value"], match[1]) == ("user", "", "user")
    assert (match.has("key"), match.has("value"), match.has(2)) == (True, False, False)
    assert (match.span("value"), match.start(2), match.end("key")) == ((-1, -1), -1, 4)
    assert match.groupdict() == {"key": "user", "value": ""}
    assert match.lastgroup == "key"
    with pytest.raises(IndexError):
        match["other"]


def test_halves_of_characters_are_matched_and_returned() -> None:
    """Half surrogates are matched, and groups return the text as it was."""
    match = Pattern("b(.+)$").search("é\ud800b\udc00c")
    assert match is not None
    assert (match[1], match.span(1)) == ("\udc00c", (3, 5))


def test_replacement_is_taken_as_it_stands() -> None:
    """Nothing in a replacement is special."""
    assert Pattern("a").sub(r"\1\g<0>", "bab") == r"b\1\g<0>b"


@pytest.mark.parametrize(
    "expression", ["(", r"a\C", "a{1001}", "(?=a)", r"(a)\1", r"\Z", "[b-a]", "x" * 1_000_000]
)
def test_no_expression_is_one_error(expression: str) -> None:
    """What is not an expression raises PatternError."""
    with pytest.raises(PatternError):
        patterns.compile(expression)


def test_quoted_text_is_no_escape() -> None:
    """A backslash in quoted text is not an escape."""
    assert patterns.compile(r"\Q\C\E.").fullmatch(r"\Cx")
    assert patterns.compile(r"\\C").fullmatch(r"\C")


def test_nothing_is_printed_for_a_wrong_expression(capfd: pytest.CaptureFixture[str]) -> None:
    """A wrong expression is not printed: it may hold a secret."""
    with pytest.raises(PatternError):
        patterns.compile("(hunter2")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("text", ["a.b", "[é]\n", "a\ud800", "\x00", r"\E(", "-"])
def test_escaped_text_matches_itself_only(text: str) -> None:
    """An escaped text matches itself and nothing else."""
    assert Pattern(patterns.escape(text)).fullmatch(text)
    assert not Pattern(patterns.escape(text)).fullmatch(f"{text}x")


def test_set_names_those_that_match() -> None:
    """A set gives the numbers of the expressions that match."""
    assert PatternSet(["a", "b", "(?i)C"]).matches("xcb") == [1, 2]
    assert PatternSet(["a", "ab"], whole=True).matches("ab") == [1]
    assert PatternSet([]).matches("ab") == []
    with pytest.raises(PatternError):
        PatternSet(["("]).matches("a")


def test_copies_are_equal_and_work() -> None:
    """Copies and pickles are equal and still match."""
    pattern = Pattern("A+", ignore_case=True)
    pattern.contains("a")
    for other in (copy.deepcopy(pattern), pickle.loads(pickle.dumps(pattern))):
        assert other == pattern
        assert other.fullmatch("aA")
    assert pickle.loads(pickle.dumps(PatternSet(["a"]))).matches("a") == [0]


def test_help_loads_no_engine() -> None:
    """The engine is loaded at the first match, not by an import."""
    code = (
        "import sys, gitops_docs.cli.main, gitops_docs.text.patterns; sys.exit('re2' in "
        "sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
