"""Take the pictures of the README: pages of the reference site, as a browser shows them.

`python tools/screenshots.py` builds the site of the example platform and writes docs/assets/*.png.
It needs a Chromium (on PATH, or `CHROMIUM`), and the Mermaid library that `make mermaid` fetches.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).parent.parent
ASSETS = PROJECT / "docs" / "assets"
CLUSTER = "platform/clusters/mycluster-0/"


@dataclass(frozen=True)
class Picture:
    """A picture: its name, the page, how big the window is, and its colours."""

    name: str
    page: str
    width: int = 1280
    height: int = 860
    scheme: Literal["light", "dark"] = "light"


PICTURES = (
    Picture("overview", "platform/"),
    Picture("layer", f"{CLUSTER}layers/flux-system/security/"),
    Picture("alert", "platform/alerts/fluxreconciliationfailure/", scheme="dark"),
    Picture("phone", f"{CLUSTER}layers/flux-system/security/", 390, 750),
)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of requests."""


def main() -> None:
    """Build, serve, look, write."""
    chromium = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if not chromium:
        sys.exit("No Chromium was found; set CHROMIUM to its path.")
    library = PROJECT / ".cache" / "mermaid.min.js"
    with tempfile.TemporaryDirectory() as name:
        environment = {
            **os.environ,
            "GITOPS_DOCS_MERMAID": str(library) if library.is_file() else "theme",
        }
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", name]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True)
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Quiet, directory=name)
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            _take(chromium, f"http://127.0.0.1:{server.server_port}/")
        finally:
            server.shutdown()


def _take(chromium: str, address: str) -> None:
    ASSETS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in PICTURES:
            page = browser.new_page(
                viewport={"width": picture.width, "height": picture.height},
                color_scheme=picture.scheme,
            )
            page.goto(address + picture.page, wait_until="networkidle")
            # Material draws a diagram by putting another element in its place.
            page.wait_for_function(
                "() => [...document.querySelectorAll('pre.mermaid')].every(block => "
                "block.getBoundingClientRect().top > innerHeight)"
            )
            page.wait_for_timeout(500)
            page.screenshot(path=ASSETS / f"{picture.name}.png")
            page.close()
            print(
                f"{picture.name}.png: {(ASSETS / f'{picture.name}.png').stat().st_size // 1024} KB"
            )
        browser.close()


if __name__ == "__main__":
    main()
