"""Tests that share something expensive run in one worker."""

from __future__ import annotations

import os

import pytest


def test_workers_know_the_groups(request: pytest.FixtureRequest) -> None:
    """pytest-xdist writes the group of a test into its id, without which it spreads all tests."""
    if "PYTEST_XDIST_WORKER" in os.environ and request.config.getvalue("loadgroup"):
        assert "@" in request.node.nodeid
    group = request.node.get_closest_marker("xdist_group")
    assert group.args == ("tests/project/test_groups.py",)
