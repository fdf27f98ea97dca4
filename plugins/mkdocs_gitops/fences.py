"""Turn fenced blocks of hand-written pages into facts: `gitops-graph`, `gitops-layer` ...

In: the Markdown of a page and the blocks of the engine. Out: HTML in its place, and a warning with
file and line for each key or name that means nothing. The blocks are custom fences of
pymdownx.superfences, so that they work wherever a code block does, in a list too, and stay readable
where nothing makes them (on the forge). The user sets up nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_docs.pages.embedded.blocks import KEYS, Blocks, near
from gitops_docs.site.fences import fences, options

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import File

    from gitops_docs.pages.html.draft import Draft

SUPERFENCES, HIGHLIGHT, EXTRA = "pymdownx.superfences", "pymdownx.highlight", "pymdownx.extra"

Warn = Callable[[str], None]
"""Takes a sentence that begins with file and line."""


class Embedding:
    """The blocks of one build. `begin` says which page they stand on."""

    def __init__(self, warn: Warn) -> None:
        self.warn = warn
        self.blocks: Blocks | None = None
        self._page: _Page | None = None

    def register(self, config: MkDocsConfig) -> None:
        """Add the fences to those of the site, and the extension where it is not there."""
        settings = _settings_of_superfences(config)
        listed = settings.get("custom_fences")
        fences = [
            fence
            for fence in (listed if isinstance(listed, list) else [])
            if fence.get("name") not in KEYS
        ]
        settings["custom_fences"] = [
            *fences,
            *({"name": name, "class": name, "format": self.make} for name in KEYS),
        ]

    def begin(self, file: File) -> None:
        """Note the page whose Markdown is read from now on."""
        lines = _lines(file)
        self._page = _Page(
            file, lines, None if self.blocks is None else self.blocks.draft(_uri(file))
        )
        for fence in fences(lines):
            if not fence.is_known:
                # Nothing else would say that it shows as plain text.
                self.warn(
                    f"{file.src_uri}:{fence.line}: there is no block "
                    f"`{fence.name}`{near(fence.name, KEYS)} [embedding]"
                )

    def make(self, source: str, language: str, *_: object, **__: object) -> str:
        """Return a block as HTML; what superfences calls."""
        page = self._page
        if self.blocks is None or page is None or page.draft is None:
            return ""
        return self._html(self.blocks, page, page.draft, language, source, self.warn)

    def _html(
        self, blocks: Blocks, page: _Page, draft: Draft, name: str, source: str, warn: Warn
    ) -> str:
        line = page.line_of(name, source)
        keys, wrong = options(source)
        for at, sentence in wrong:
            warn(f"{page.file.src_uri}:{line + at}: {name}: {sentence} [embedding]")
        html, problems = blocks.render(
            draft, name, {key: value for key, (value, _) in keys.items()}
        )
        for problem in problems:
            at = keys[problem.key][1] if problem.key in keys else 0
            warn(f"{page.file.src_uri}:{line + at}: {name}: {problem.sentence} [embedding]")
        return str(html)

    def digest(self, file: File) -> str | None:
        """Return a hash of what the blocks of a page say now; None where it has none."""
        if self.blocks is None:
            return None
        lines = _lines(file)
        found = [fence for fence in fences(lines) if fence.is_known]
        if not found:
            return None
        page = _Page(file, lines, None)
        draft = self.blocks.draft(_uri(file))
        said = [
            self._html(self.blocks, page, draft, fence.name, fence.source, lambda sentence: None)
            for fence in found
        ]
        return sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()


class _Page:
    """A page, and where its blocks begin."""

    def __init__(self, file: File, lines: list[str], draft: Draft | None) -> None:
        self.file = file
        self.draft = draft
        self._places: dict[tuple[str, str], list[int]] = {}
        for fence in fences(lines):
            if fence.is_known:
                self._places.setdefault((fence.name, fence.source.strip()), []).append(fence.line)
        self._seen: Counter[tuple[str, str]] = Counter()

    def line_of(self, name: str, source: str) -> int:
        """Return the line of a block's fence; the same block twice is found one after the other."""
        key = (name, source.strip())
        places = self._places.get(key, [1])
        self._seen[key] += 1
        return places[min(self._seen[key], len(places)) - 1]


def _lines(file: File) -> list[str]:
    """Return the lines of a page; none where it cannot be read or no block of ours can be in it,
    which is so for most."""
    try:
        text = file.content_string
    except (OSError, ValueError):
        return []
    return text.splitlines() if "gitops-" in text else []


def _uri(file: File) -> str:
    """Return the name that a generated page of this address would have: links are counted from
    it."""
    return f"{file.dest_uri.removesuffix('.html')}.md"


def _settings_of_superfences(config: MkDocsConfig) -> dict[str, object]:
    """Return the settings that count, as a copy in the configuration; the extension is added where
    the site has it in no way."""
    extensions = config.markdown_extensions
    if SUPERFENCES not in extensions and EXTRA in extensions:
        around = config.mdx_configs[EXTRA] = dict(config.mdx_configs.get(EXTRA) or {})
    else:
        around = config.mdx_configs
        if SUPERFENCES not in extensions:
            extensions.append(SUPERFENCES)
            if HIGHLIGHT not in extensions and "codehilite" not in extensions:
                # Other code blocks of the site stay what they were: coloured by the theme's script,
                # if at all.
                extensions.append(HIGHLIGHT)
                around[HIGHLIGHT] = {"use_pygments": False}
    settings = around[SUPERFENCES] = dict(around.get(SUPERFENCES) or {})
    return settings


def follow(file: File, stamp: Path) -> None:
    """Let `--dirty` see that a page is to be written again when the facts in it changed, which its
    own file does not tell.

    `stamp` holds the hash of these facts, and is as old as they are.
    """
    own = file.is_modified

    def is_modified() -> bool:
        if own():
            return True
        try:
            return stamp.stat().st_mtime > Path(file.abs_dest_path).stat().st_mtime
        except OSError:
            return True

    file.is_modified = is_modified  # type: ignore[method-assign]  # the one thing that MkDocs asks
