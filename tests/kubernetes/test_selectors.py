"""Label selectors as text."""

from __future__ import annotations

import pytest

from gitops_docs.kubernetes.selectors import matches

KEY = "sharding.fluxcd.io/key"


@pytest.mark.parametrize(
    ("selector", "labels", "taken"),
    [
        ("", {}, True),
        (f"!{KEY}", {}, True),
        (f"!{KEY}", {KEY: "a"}, False),
        (KEY, {KEY: "a"}, True),
        (KEY, {}, False),
        (f"{KEY}=a", {KEY: "a"}, True),
        (f"{KEY}==b", {KEY: "a"}, False),
        (f"{KEY}!=a", {}, True),
        (f"{KEY} in (a, b)", {KEY: "b"}, True),
        (f"{KEY} in (a,b)", {}, False),
        (f"{KEY} notin (a, b)", {}, True),
        (f"{KEY} notin (a)", {KEY: "a"}, False),
        (f"{KEY} in (a, b), team = x", {KEY: "a", "team": "x"}, True),
        (f"{KEY}=a,!team", {KEY: "a", "team": "x"}, False),
        (f"{KEY}>1", {KEY: "2"}, None),
        (f"!{KEY}=a", {KEY: "a"}, None),
        ("(", {}, None),
        (f"{KEY}=a," * 100_000, {KEY: "a"}, None),
    ],
)
def test_matches(selector: str, labels: dict[str, str], taken: bool | None) -> None:
    """Requirements hold as in `k8s.io/apimachinery`; one that is not understood says nothing."""
    assert matches(selector, labels) is taken
