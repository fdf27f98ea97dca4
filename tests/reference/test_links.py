"""The link checker itself: a checker that finds nothing is worth nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.links import dead_links


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="other/">', None),
        ('<a href="other/#here">', None),
        ('<a href="other/#a%20b">', None),
        ('<a href="other/?namespace=apps#here">', None),
        ('<a href="#">', None),  # the top of the page
        ('<a href="/base/other/">', None),
        ('<a href="https://example.org/nowhere">', None),
        ('<img src="data:image/png;base64,">', None),
        ('<a href="nowhere/">', "`nowhere/` is not there"),
        ('<a href="other/#gone">', "`other/#gone`: no such anchor in other/index.html"),
        ('<a href="#gone">', "`#gone`: no such anchor in index.html"),
        ('<a href="../outside/">', "`../outside/` leaves the site"),
        ('<a href="/other/">', "`/other/` is outside of /base/"),
        ('<a href="javascript:alert(1)">', "`javascript:alert(1)` has the scheme javascript"),
        ('<script src="gone.js"></script>', "`gone.js` is not there"),
        (
            '<pre class="mermaid"><code>flowchart\n click n0 href "gone/"\n</code></pre>',
            "`gone/` is not there",
        ),
        ('<pre class="mermaid"><code>flowchart\n click n0 href "other/"\n</code></pre>', None),
        ('<meta http-equiv="refresh" content="0; url=gone/">', "`gone/` is not there"),
    ],
)
def test_references(tmp_path: Path, html: str, problem: str | None) -> None:
    """Each way to refer to a page is followed, and only what is dead is named."""
    (tmp_path / "index.html").write_text(html)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.html").write_text('<h2 id="here"></h2><a name="a b"></a>')
    assert dead_links(tmp_path, "/base/") == ([f"index.html: {problem}"] if problem else [])


def test_search_index(tmp_path: Path) -> None:
    """An entry of the search index that leads nowhere is found."""
    (tmp_path / "index.html").write_text('<h2 id="here"></h2>')
    (tmp_path / "search").mkdir()
    docs = [{"location": ""}, {"location": "#here"}, {"location": "gone/#here"}]
    (tmp_path / "search" / "search_index.json").write_text(json.dumps({"docs": docs}))
    assert dead_links(tmp_path) == ["search index: `gone/#here` is not there"]
