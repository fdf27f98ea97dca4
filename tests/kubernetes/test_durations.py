"""Durations as Go reads and writes them."""

from __future__ import annotations

import pytest

from gitops_docs.kubernetes.durations import seconds, written


@pytest.mark.parametrize(
    ("text", "number"),
    [("1h", 3600), ("59m30s", 3570), ("1h0m5s", 3605), ("90s", 90), ("1.5h", 5400), ("0s", 0)],
)
def test_read_and_written(text: str, number: float) -> None:
    """What is written is read as the same number."""
    assert seconds(text) == number
    assert seconds(written(number)) == number


@pytest.mark.parametrize(
    ("number", "text"), [(3600, "1h"), (3570, "59m30s"), (90, "1m30s"), (0, "0s")]
)
def test_without_zeros(number: float, text: str) -> None:
    """A part that is zero is left out."""
    assert written(number) == text


@pytest.mark.parametrize("text", [None, "", "soon", "1", "1d", "1h x"])
def test_no_duration(text: str | None) -> None:
    """Anything else is no duration."""
    assert seconds(text) is None
