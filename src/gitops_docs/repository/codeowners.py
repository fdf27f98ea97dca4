"""Who owns a file, by CODEOWNERS.

In: the text of a CODEOWNERS file, or the checkout that holds one. Out: the owners of paths. Rules (GitHub, "About code owners"): the file
is the first of three places that exists; patterns are those of a gitignore file, but for `!`, `[ ]` and an escaped `#`, which mean
nothing; a pattern that ends with `/*` is for the files of that directory only; the last pattern that matches decides, and one without
owners says that nobody owns the file.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from gitops_docs.repository import git
from gitops_docs.repository.globs import gitignore_pattern
from gitops_docs.repository.tree import Checkout, UnreadableFile, read_file

if TYPE_CHECKING:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order."""
_FIELDS = re.compile(r"(?:\\.|[^\s\\])+")
"""Fields of a line; a blank in a pattern is escaped."""
_DIRECT = re.compile(r"(?<!\*)/\*\Z")


class _Rule(Struct, frozen=True):
    """A line. `pattern` None: it is for every file, which is what most say, and needs no library."""

    pattern: GitIgnoreSpecPattern | None
    direct: bool
    owners: tuple[str, ...]

    def matches(self, path: str) -> bool:
        if self.pattern is None:
            return True
        if self.pattern.match_file(path) is None:
            return False
        # gitignore's `docs/*` means what lies in a sub-directory too, because the sub-directory matches.
        directory = path.rpartition("/")[0]
        return not self.direct or not directory or self.pattern.match_file(directory) is None


class CodeOwners:
    """The rules of one CODEOWNERS file; `prefix` is put before a path that is asked for."""

    def __init__(self, text: str, prefix: str = "") -> None:
        self.prefix = prefix
        self._rules = [rule for line in text.splitlines() if (rule := _rule(line)) is not None]

    def of(self, path: str) -> tuple[str, ...]:
        """The owners of a file; empty where nobody is named. The path may lead out of the scan root (`../docs/a.md`)."""
        full = posixpath.normpath(f"{self.prefix}{path}")
        for rule in reversed(self._rules):
            if rule.matches(full):
                return rule.owners
        return ()


def _rule(line: str) -> _Rule | None:
    fields = _FIELDS.findall(line)
    end = next((index for index, item in enumerate(fields) if item.startswith("#")), len(fields))
    if not end or fields[0].startswith(("!", "\\#")) or "[" in fields[0]:
        return None
    if fields[0] == "*":
        return _Rule(None, False, tuple(fields[1:end]))
    pattern = gitignore_pattern(fields[0])
    if pattern is None:
        return None
    return _Rule(pattern, bool(_DIRECT.search(fields[0])), tuple(fields[1:end]))


def read(checkout: Checkout, prefix: str = "") -> CodeOwners | None:
    """The CODEOWNERS file that counts for a checkout; None where there is none.

    The one of the Git work tree counts, as on the forge. Where that has none, one in the checkout itself does: a directory that will be a
    repository of its own.

    Args:
        checkout: The scanned files.
        prefix: The scan root below the Git toplevel, with a final `/`, or empty.
    """
    top = git.toplevel(checkout.root) if prefix else None
    if top is not None:
        for place in PLACES:
            try:
                return CodeOwners(read_file(top, place).decode("utf-8", "replace"), prefix)
            except UnreadableFile:
                continue
    for place in PLACES:
        try:
            return CodeOwners(checkout.read(place).decode("utf-8", "replace"))
        except UnreadableFile:
            continue
    return None
