"""Make the environment of the theme cheap to have: MkDocs and plugins make it again in each build.

In: the theme of a build. Out: the same theme, whose environments list no file that MkDocs leaves out
anyway, and take compiled templates from the build before.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jinja2 import FileSystemLoader

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.theme import Theme

    from mkdocs_gitops.serving.build_state import Templates


def prepare(theme: Theme, templates: Templates) -> None:
    """Let the theme give such environments.

    Args:
        theme: The theme of one build.
        templates: Keeps what is compiled in an environment that no plugin has changed.
    """
    make = theme.get_env

    def get_env() -> Environment:
        env = make()
        if type(env.loader) is FileSystemLoader:
            env.loader = _Loader(env.loader.searchpath)
        env.bytecode_cache = templates.of(env)
        return env

    theme.get_env = get_env  # type: ignore[method-assign]  # MkDocs has no event for it.


class _Loader(FileSystemLoader):
    """Lists no name with a part that begins with a dot. MkDocs takes no file of such a name from a
    theme (`Files.add_files_from_theme`); Material has ten thousand icons there."""

    def list_templates(self) -> list[str]:
        """Return the names of all other files, sorted."""
        found: set[str] = set()
        for place in self.searchpath:
            for directory, below, files in os.walk(place):
                below[:] = [name for name in below if not name.startswith(".")]
                inside = os.path.relpath(directory, place)
                found.update(
                    os.path.normpath(os.path.join(inside, name)).replace(os.sep, "/")
                    for name in files
                    if not name.startswith(".")
                )
        return sorted(found)
