"""Hold what is kept from one build of a live server to the next: what was scanned, the pages, and
what was made of them.

Nothing of it is stored on disk.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import BytecodeCache

from gitops_docs.inventory.codec import Known, dumps
from gitops_docs.model import Platform
from gitops_docs.pages import Options, Page, Rendered, render
from gitops_docs.scanner.scanner import Scan, Scanner
from gitops_docs.settings.options import Settings
from gitops_docs.site.leaks import Clean
from mkdocs_gitops.files import stubs
from mkdocs_gitops.serving.search import SearchIndex
from mkdocs_gitops.serving.unchanged import Unchanged

if TYPE_CHECKING:
    from types import CodeType

    from jinja2 import Environment
    from jinja2.bccache import Bucket


COLLECTED = 8
"""After so many builds a server looks for garbage: what MkDocs made for a build refers to itself."""


class BuildState:
    """What is kept from one build of a live server to the next."""

    def __init__(self) -> None:
        self._scanner: Scanner | None = None
        self._rendered: Rendered | None = None
        self._stubs: dict[str, tuple[Page, bool, str]] = {}
        self._inventory: tuple[str, Known] = ("", {})
        self._builds = 0
        self.written: dict[str, stubs.Written] = {}
        """The stubs that were written, for `stubs.Cache`."""
        self.directories: tuple[Path, ...] = ()
        """Those that a build writes to, which the scanner passes by."""
        self.templates = Templates()
        """Of the environment that pages are rendered in."""
        self.plain_templates = Templates()
        """Of environments of the theme that no plugin has changed."""
        self.unchanged: Unchanged | None = None
        """The pages of the build before, for a server."""
        self.clean: Clean | None = None
        """The files in which the last look has found no secret, for a server."""
        self.search: SearchIndex | None = None
        """What the search knows, where MkDocs writes changed pages only."""

    def begin(self) -> None:
        """Begin a build."""
        self._builds += 1
        if self._builds == 1:
            gc.unfreeze()  # What another site left in this process may be garbage by now.
        if self._builds % COLLECTED == 2:
            # Most of what there is stays. Looking through it for garbage again and again costs a
            # tenth of each build; never looking, a server grows with each edit.
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def scan(self, root: Path, settings: Settings) -> Scan:
        """Scan, and do again only what a change asks for."""
        scanner, written = self._scanner, self.directories
        self._scanner = (
            scanner.reconfigured(root, settings, written)
            if scanner
            else Scanner(root, settings, written)
        )
        return self._scanner.analyse()

    def render(self, platform: Platform, options: Options) -> Rendered:
        """Write the pages that are not as they were."""
        self._rendered = render(platform, options, self._rendered)
        kept = {page.uri for page in self._rendered.pages}
        self._stubs = {uri: known for uri, known in self._stubs.items() if uri in kept}
        return self._rendered

    def keep(self) -> None:
        """Look for no garbage in what was made so far: it is needed to the end of the build."""
        gc.freeze()

    def stub(self, page: Page, *, tags: bool) -> str:
        """Return the stub of a page; a page that is as it was has that of before."""
        known = self._stubs.get(page.uri)
        if known is None or known[0] is not page or known[1] != tags:
            known = self._stubs[page.uri] = (page, tags, stubs.stub(page, tags=tags))
        return known[2]

    def inventory(self, platform: Platform, directory: str) -> str:
        """Return the inventory as JSON."""
        if self._inventory[0] != directory:
            self._inventory = (directory, {})
        return dumps(platform, directory, self._inventory[1])


class Templates(BytecodeCache):
    """Compiled templates of the theme: MkDocs forgets them after each build, and compiling takes
    longer than writing a page."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}
        self._made_with: object = None

    @property
    def paths(self) -> list[str]:
        """The files of the templates."""
        return sorted({code.co_filename for code in self._codes.values()})

    def of(self, environment: Environment) -> Templates:
        """Return these templates, for an environment. What would compile otherwise in it is
        forgotten: constants are filtered when compiling."""
        made_with = (sorted(environment.extensions), environment.filters, environment.tests)
        if made_with != self._made_with:
            self._codes = {}
        self._made_with = (made_with[0], dict(environment.filters), dict(environment.tests))
        return self

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template with this source, if it is known."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template, and of one with this name nothing else."""
        if bucket.code is not None:
            self._codes = {key: code for key, code in self._codes.items() if key[0] != bucket.key}
            self._codes[bucket.key, bucket.checksum] = bucket.code
