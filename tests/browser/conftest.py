"""A real browser over a built site.

The site is served under its own address, from its files, by answering the browser's requests:
Material's instant navigation works only below `site_url`. Every request to another address is
refused and noted.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.support import PROJECT
from tests.support.site import site_url

WIDE = {"width": 1280, "height": 900}


@dataclass(slots=True)
class Tab:
    """A page of the browser, and what went wrong in it."""

    page: Page
    site: Path
    base: str
    outside: list[str] = field(default_factory=list)
    """Requests to other addresses."""
    errors: list[str] = field(default_factory=list)
    """Errors of the console and uncaught exceptions."""
    expected_errors: int = 0

    def open(self, address: str) -> None:
        """Load a page of the site, given relative to it."""
        self.page.goto(self.base + address)

    def answer(self, route: Route) -> None:
        """Answer a request from the files of the site."""
        url = route.request.url
        if not url.startswith(self.base):
            self.outside.append(url)
            route.abort()
            return
        file = self.site / unquote(urlsplit(url.removeprefix(self.base)).path)
        if file.is_dir():
            file /= "index.html"
        if file.is_file():
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(status=200, body=file.read_bytes(), content_type=kind)
        else:
            route.fulfill(
                status=404, body=(self.site / "404.html").read_bytes(), content_type="text/html"
            )


@pytest.fixture
def tab(browser: Browser, mermaid: Path, reference_site: Path) -> Iterator[Tab]:
    """A fresh tab on the reference site; at the end, nothing may have gone wrong in it."""
    context = browser.new_context(viewport=WIDE, service_workers="block")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    tab = Tab(context.new_page(), reference_site, site_url(PROJECT / "mkdocs.yml"))
    context.route("**/*", lambda route: tab.answer(route))
    tab.page.on(
        "console",
        lambda message: tab.errors.append(message.text) if message.type == "error" else None,
    )
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    yield tab
    context.close()
    assert tab.outside == [], "the site asks other hosts"
    assert len(tab.errors) <= tab.expected_errors, f"errors in the console: {tab.errors}"
