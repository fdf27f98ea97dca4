"""The benches still measure what they say, on a repository of a few files."""

from __future__ import annotations

from pathlib import Path

from bench import memory, scan
from bench.repository import Size, write


def test_a_scan_is_measured(tmp_path: Path) -> None:
    """The row of a scan has layers, files and times; the time of git stands apart."""
    write(tmp_path, Size(clusters=1, layers=4, releases=3, runbooks=0))
    found = scan.measure(tmp_path, rounds=1)
    assert found.layers == 6 and found.files > 10
    assert min(found.cold, found.warm, found.composed, found.peak, found.start) > 0
    assert found.kubectl is not None and found.kubectl > 0
    assert len(found.row()) == len(scan.HEADER)


def test_the_memory_of_a_server_is_measured() -> None:
    """A server is edited, and its memory read before and after."""
    found = memory.measure(8, 3)
    assert found.pages >= 8 and min(found.before, found.after) > 0
    assert len(found.row()) == len(memory.HEADER)
