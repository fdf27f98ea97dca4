"""Leave out files of `docs_dir` that MkDocs would follow, wait for or fail at.

In: the files that MkDocs has found. Out: the same without some, each with a warning or a finding.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_docs.files.folder import work_tree
from gitops_docs.yaml.limits import MAX_DIRECTORIES
from mkdocs_gitops.output.log import PluginError, log
from mkdocs_gitops.settings import directory_of

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files


def drop_links(files: Files, config: MkDocsConfig, root: Path) -> None:
    """Leave out what MkDocs would follow, wait for or fail at: links to somewhere outside,
    pipes, files that lie too deep."""
    docs = Path(config.docs_dir).resolve()
    beside = directory_of(config)
    roots = {root.resolve(), beside, work_tree(root), work_tree(beside)}
    if not any(Path(os.path.abspath(config.docs_dir)).is_relative_to(root) for root in roots):
        # The author has named a directory elsewhere; one in the repository could be a link to
        # anywhere.
        roots |= {docs, work_tree(docs)}
    inside = tuple(os.path.join(root, "") for root in roots)
    directories: dict[str, str] = {}
    for file in list(files):
        path = file.abs_src_path
        if file.generated_by is not None or path is None or file.src_dir != config.docs_dir:
            continue
        if file.src_uri.count("/") > MAX_DIRECTORIES:
            where = "/".join(file.src_uri.split("/")[:3])
            log.warning(
                f"a file below {where} is not published: more than {MAX_DIRECTORIES} "
                f"directories lie above it"
            )
            files.remove(file)
            continue
        above, name = os.path.split(path)
        real = directories.get(above)
        if real is None:
            real = directories[above] = os.path.realpath(above)
        target = os.path.realpath(path) if os.path.islink(path) else os.path.join(real, name)
        if not target.startswith(inside):
            what = "is a link that leaves the repository"
        elif not os.path.isfile(target):
            what = "is not a file"
        else:
            continue
        log.warning(f"{file.src_uri} {what} and is not published; remove it")
        files.remove(file)


def drop_unreadable(files: Files) -> None:
    """Leave out hand-written pages that are not UTF-8: MkDocs ends with an exception at the
    first one. A finding names each."""
    for file in list(files.documentation_pages()):
        if file.generated_by is not None or file.abs_src_path is None:
            continue
        try:
            with open(file.abs_src_path, "rb") as page:
                page.read().decode("utf-8")
        except OSError:
            continue  # MkDocs says what it is.
        except UnicodeDecodeError:
            files.remove(file)


def refuse_blocked(files: Files, directory: str, published: str) -> None:
    """Say which file stands where a directory of ours has to be; MkDocs would only say that it
    exists.

    Raises:
        PluginError: There is one.
    """
    ours = f"{directory.strip('/').casefold()}/"
    for file in files:
        name = f"{file.dest_uri.casefold()}/"
        if ours.startswith(name) or name == f"{published}/":
            raise PluginError(
                f"{file.src_uri} stands where the site needs a directory; rename it, or set "
                f"the option `directory`"
            )
