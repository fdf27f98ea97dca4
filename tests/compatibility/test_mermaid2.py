"""mkdocs-mermaid2-plugin draws the diagrams on themes that cannot: `mkdocs` and `readthedocs`."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Route

from tests.support import MERMAID, PROJECT
from tests.support.commands import mkdocs
from tests.support.history import commit
from tests.support.links import dead_links
from tests.support.site import layer_pages
from tests.support.small import FILES

LIBRARY = "javascripts/mermaid.min.js"
THEMES = ["mkdocs", "readthedocs"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A site, built strictly with a theme and mermaid2: of a small repository, or of the content of
    the reference site; once for each theme."""
    sites: dict[tuple[str, bool], Path] = {}

    def build(theme: str, *, reference: bool = False) -> Path:
        if (theme, reference) in sites:
            return sites[theme, reference]
        root = tmp_path_factory.mktemp(theme)
        if reference:
            shutil.copytree(PROJECT / "docs", root / "docs")
        else:
            commit(root, {**FILES, "docs/index.md": "# Home\n"})
        library = root / "docs" / LIBRARY
        library.parent.mkdir()
        # Where only the build is tested, any file will do.
        library.write_bytes(
            MERMAID.read_bytes() if MERMAID.is_file() else b"var mermaid = {initialize() {}};\n"
        )
        settings = {
            "site_name": "Example platform",
            "theme": {"name": theme},
            "plugins": [
                "search",
                {
                    "gitops": {
                        "repository": str(PROJECT / "examples/platform") if reference else "."
                    }
                },
                {"mermaid2": {"javascript": LIBRARY}},
            ],
            "validation": {"links": {"anchors": "warn", "unrecognized_links": "warn"}},
        }
        (root / "mkdocs.yml").write_text(
            yaml.safe_dump(settings, sort_keys=False), encoding="utf-8"
        )
        mkdocs("build", "--strict", cwd=root)
        sites[theme, reference] = root / "site"
        return root / "site"

    return build


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(built: Callable[..., Path], request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a site with the theme that is the parameter."""
    handler = functools.partial(_Quiet, directory=str(built(request.param, reference=True)))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.mark.parametrize("theme", THEMES)
def test_diagrams_are_handed_to_mermaid2(built: Callable[..., Path], theme: str) -> None:
    """mermaid2 takes every diagram of the overview and the layer pages and loads the local
    library."""
    site = built(theme)
    for page in ["platform/", *layer_pages(site).values()]:
        text = (site / page / "index.html").read_text(encoding="utf-8")
        assert '<div class="mermaid">' in text, page
        assert "language-mermaid" not in text, page
        assert LIBRARY in text, page


@pytest.mark.parametrize("theme", THEMES)
def test_no_dead_links(built: Callable[..., Path], theme: str) -> None:
    """Links of the generated pages do not depend on the theme."""
    assert dead_links(built(theme)) == []


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("served", THEMES, indirect=True)
def test_diagrams_are_drawn(served: str, browser: Browser, mermaid: Path) -> None:
    """A browser draws each picture of a cluster, without a request to another host for it, and the
    nodes are links."""
    context = browser.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()

    def answer(route: Route) -> None:
        # The themes themselves load scripts from elsewhere.
        if route.request.url.startswith(served):
            route.continue_()
        else:
            route.abort()

    context.route("**/*", answer)
    page.goto(f"{served}platform/clusters/mycluster-0/")
    pictures = page.locator("div.mermaid").count()
    assert pictures >= 4
    page.wait_for_function(
        f"[...document.querySelectorAll('div.mermaid svg')].filter(e => "
        f"e.getBoundingClientRect().height > 60).length >= {pictures}"
    )
    assert page.locator("div.mermaid svg a[*|href$='layers/flux-system/crds/']").count()
    context.close()
