"""Patterns mean what Git and pathspec say they mean, and which of many may mean a path is never
guessed too narrowly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from gitops_docs.repository.globs import Candidates, Glob, segment_matches

NAMES = st.lists(
    st.sampled_from(["a", "b", "ab", "aab", "abb", "*", "c", "acb", "a*"]), min_size=1, max_size=5
)
PATTERNS = st.builds(
    lambda root, parts, end: root + "/".join(parts) + end,
    st.sampled_from(["", "/"]),
    st.lists(
        st.sampled_from(
            ["a", "b", "ab", "*", "a*", "*b", "a*b", "?", "**", "*a*", "\\*", "a?b", "**b"]
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", "/"]),
)


@given(PATTERNS, NAMES)
def test_as_pathspec(pattern: str, path: list[str]) -> None:
    """The library that MkDocs uses agrees, but for `a/**/`, which in Git means directories in `a`
    and there files, too."""
    found = Glob.of(pattern)
    expected = GitIgnoreSpecPattern(pattern)
    means = expected.include is not None and expected.match_file("/".join(path)) is not None
    ours = found is not None and replace(found, direct=False).matches(path)
    assert ours == means or (pattern.endswith("**/") and means)


@given(st.lists(PATTERNS, min_size=20, max_size=40), NAMES)
def test_candidates(patterns: list[str], path: list[str]) -> None:
    """Every pattern that means a path is among the candidates, the last one first."""
    found = Candidates(patterns).of("/".join(path))
    assert found == sorted(set(found), reverse=True)
    globs = [Glob.of(pattern) for pattern in patterns]
    assert {
        number for number, glob in enumerate(globs) if glob is not None and glob.matches(path)
    } <= set(found)


@pytest.mark.parametrize(
    ("pattern", "name", "means"),
    [
        ("a*", "abc", True),
        ("*c", "abc", True),
        ("a*b*c", "axbxc", True),
        ("a*bc*c", "abc", False),  # one c cannot stand for two
        ("a*a", "a", False),
        ("?b?", "abc", True),
        ("*.ya?ml", "x.yaml", False),
        ("a.c", "abc", False),  # a dot is a dot
        ("\\*a", "*a", True),
        ("\\*a", "xa", False),
        ("a\\\\*", "a\\b", True),  # an escaped backslash, then a star
        ("*", "", True),
        ("ü*", "über", True),
    ],
)
def test_segments(pattern: str, name: str, means: bool) -> None:
    """Stars share a name out without trying every way."""
    assert segment_matches(pattern, name) is means


def test_brackets_are_no_literal() -> None:
    """What stands in brackets is one of several characters, so that a path need not have all of
    it."""
    patterns = [f"x{number}" for number in range(30)]
    assert Candidates([*patterns, "a/[bcdef]/g"]).of("a/c/g") == [30]
