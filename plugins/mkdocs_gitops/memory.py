"""What is kept from one build of a live server to the next: what was scanned, and the pages. Nothing of it is stored on disk."""

from __future__ import annotations

from pathlib import Path

from gitops_docs.model import Platform
from gitops_docs.pages import Options, Rendered, render
from gitops_docs.scan import Scan, Scanner
from gitops_docs.settings import Settings


class Memory:
    """What is kept from one build of a live server to the next."""

    def __init__(self) -> None:
        self._scanner: Scanner | None = None
        self._rendered: Rendered | None = None

    def scan(self, root: Path, settings: Settings) -> Scan:
        """Scan, and do again only what a change asks for."""
        self._scanner = self._scanner.given(root, settings) if self._scanner else Scanner(root, settings)
        return self._scanner.analyse()

    def render(self, platform: Platform, options: Options) -> Rendered:
        """Write the pages that are not as they were."""
        self._rendered = render(platform, options, self._rendered)
        return self._rendered
