"""Tell who owns a file, by CODEOWNERS.

In: the text of a CODEOWNERS file, or the checkout that holds one. Out: the owners of paths. Rules
(GitHub, "About code owners"): the file is the first of three places that exists; patterns are those
of a gitignore file, but for `!`, `[ ]` and an escaped `#`, which mean nothing; a pattern that ends
with `/*` is for the files of that directory only; the last pattern that matches decides, and a
pattern without owners says that the file has no owner.
"""

from __future__ import annotations

import posixpath

from msgspec import Struct

from gitops_docs.repository import git
from gitops_docs.repository.checkout import Checkout, UnreadableFile, read_file
from gitops_docs.repository.globs import Candidates, Glob
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import Budget

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order."""
_FIELDS = Pattern(r"(?:\\.|[^\s\\])+")
"""Fields of a line; a blank in a pattern is escaped."""


class _Rule(Struct, frozen=True):
    pattern: str
    glob: Glob
    owners: tuple[str, ...]


class CodeOwners:
    """The rules of one CODEOWNERS file; `prefix` is put before a path that is asked for."""

    def __init__(self, text: str, prefix: str = "", file: str = "CODEOWNERS") -> None:
        self.prefix = prefix
        self.file = file
        """Where it stands, from the scan root."""
        self._rules = [rule for line in text.splitlines() if (rule := _rule(line)) is not None]
        self._candidates = Candidates(rule.pattern for rule in self._rules)
        self._work = Budget(limits.MAX_MATCHED)

    @property
    def is_exhausted(self) -> bool:
        """Whether its patterns took more than a scan may: of the files asked for since then no
        owner is known."""
        return self._work.left < 0

    def of(self, path: str) -> tuple[str, ...]:
        """Return the owners of a file; empty if no owner is named. The path may lead out of the
        scan root (`../docs/a.md`)."""
        full = posixpath.normpath(f"{self.prefix}{path}")
        segments = full.split("/")
        for number in self._candidates.of(full):
            rule = self._rules[number]
            if not self._work.spend(len(rule.glob.segments) + len(segments)):
                return ()
            if rule.glob.matches(segments):
                return rule.owners
        return ()


def _rule(line: str) -> _Rule | None:
    fields = _FIELDS.findall(line)
    end = next((index for index, item in enumerate(fields) if item.startswith("#")), len(fields))
    if not end or fields[0].startswith(("!", "\\#")) or "[" in fields[0]:
        return None
    glob = Glob.of(fields[0])
    return _Rule(fields[0], glob, tuple(fields[1:end])) if glob is not None else None


def read(checkout: Checkout, prefix: str = "") -> CodeOwners | None:
    """Return the CODEOWNERS file that counts for a checkout; None where there is none.

    The one of the Git work tree counts, as on the forge. Where that has none, one in the checkout
    itself does: a directory that will be a repository of its own.

    Args:
        checkout: The scanned files.
        prefix: The scan root below the Git toplevel, with a final `/`, or empty.
    """
    top = git.toplevel(checkout.root) if prefix else None
    if top is not None:
        for place in PLACES:
            try:
                up = "../" * prefix.count("/")
                return CodeOwners(
                    read_file(top, place).decode("utf-8", "replace"), prefix, f"{up}{place}"
                )
            except UnreadableFile:
                continue
    for place in PLACES:
        try:
            return CodeOwners(checkout.read(place).decode("utf-8", "replace"), file=place)
        except UnreadableFile:
            continue
    return None
