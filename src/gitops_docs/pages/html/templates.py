"""Load and cache the templates of pages."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from importlib.util import cache_from_source
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)

from gitops_docs.files.writer import Directory
from gitops_docs.pages.html.prose import paragraphs, prose
from gitops_docs.pages.markup import mark
from gitops_docs.text.english import count

if TYPE_CHECKING:
    from jinja2.bccache import Bucket


_OPTIONS = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
"""What decides how a template is compiled."""


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates of the package, where Python keeps its compiled modules; nowhere, where it
    keeps none.

    Compiling takes longer than writing the pages of a small platform. Jinja looks at the source of
    each template to see whether it changed. Templates of the user are compiled each time.
    """

    def __init__(self) -> None:
        self._templates = Path(__file__).parent.parent / "templates"
        beside = cache_from_source(str(self._templates / "x.py"))
        super().__init__(str(Path(beside).parent), "%s.jinja")
        self._made_with = f"{version('jinja2')} {_OPTIONS}"
        self._own: set[str] = set()

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return a key that is another one where the same source would be compiled otherwise."""
        key = super().get_cache_key(f"{self._made_with} {name}", filename)
        if filename is not None and Path(filename).is_relative_to(self._templates):
            self._own.add(key)
        return key

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take over a template of the package that was kept."""
        if bucket.key in self._own:
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template of the package, if that can be."""
        if bucket.key in self._own and not sys.dont_write_bytecode:
            compiled = BytesIO()
            bucket.write_bytecode(compiled)
            path = Path(self.directory, self.pattern % bucket.key)
            with suppress(OSError), Directory(path.parent, make=True) as directory:
                directory.write(path.name, compiled.getvalue(), durable=False)


@lru_cache(maxsize=2)
def template_environment(
    directories: tuple[Path, ...], age: tuple[tuple[str, int], ...]
) -> Environment:
    """Compiled templates; `age` makes a change of the user's seen."""
    package = PackageLoader("gitops_docs.pages")
    loaders = [FileSystemLoader(path) for path in directories]
    environment = Environment(
        loader=ChoiceLoader([*loaders, package, PrefixLoader({"default": package})]),
        undefined=StrictUndefined,
        auto_reload=False,
        bytecode_cache=_Compiled(),
        autoescape=_OPTIONS["autoescape"],
        trim_blocks=_OPTIONS["trim_blocks"],
        lstrip_blocks=_OPTIONS["lstrip_blocks"],
    )
    environment.filters.update(prose=prose, paragraphs=paragraphs)
    environment.globals.update(count=count, mark=mark)
    return environment


def template_ages(directories: Iterable[Path]) -> list[tuple[str, int]]:
    """Return the templates of the user with the time in ns when each was written."""
    return sorted(
        (str(path), path.stat().st_mtime_ns)
        for directory in directories
        for path in directory.rglob("*.html")
    )
