"""Which files source-controller leaves out of an artifact.

In: a checkout and the `spec.ignore` of its source. Out: the paths that are packed. Rules: `fluxcd/pkg/sourceignore` and the GitRepository
reconciler: version control files always; the default patterns, unless `spec.ignore` replaces them; then every `.sourceignore`, each for its
own directory; then `spec.ignore`. The last pattern that matches decides, as in a gitignore file, but a directory that is left out is not
entered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from gitops_docs.repository.tree import Checkout, UnreadableFile

IGNORE_FILE = ".sourceignore"
MAX_STARS = 4
"""Most `*` in a segment of a pattern; people write two."""
VERSION_CONTROL = (".git/", ".gitignore", ".gitmodules", ".gitattributes")
DEFAULTS = (
    *("*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"),
    *(".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml"),
    *("cloudbuild.yaml", "codeship-services.yml", "codeship-steps.yml"),
    *("**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"),
)


class Rules:
    """Patterns in order, each with the directory it is for."""

    def __init__(self) -> None:
        self._patterns: list[tuple[str, GitIgnoreSpecPattern]] = []
        self._left_out: dict[str, bool] = {"": False}

    def add(self, lines: Iterable[str], directory: str = "") -> None:
        """Append patterns that count below `directory`; a later pattern wins. Comments, blank and malformed lines are skipped."""
        prefix = f"{directory}/" if directory else ""
        for line in lines:
            if line.strip() and not line.startswith("#"):
                pattern = _pattern(line)
                if pattern is not None:
                    self._patterns.append((prefix, pattern))

    def leaves_out(self, path: str) -> bool:
        """Whether a file is left out: a pattern matches it, or a directory above it is left out."""
        return self._directory(path.rpartition("/")[0]) or self._matches(path)

    def _directory(self, path: str) -> bool:
        found = self._left_out.get(path)
        if found is None:
            found = self._directory(path.rpartition("/")[0]) or self._matches(f"{path}/")
            self._left_out[path] = found
        return found

    def _matches(self, path: str) -> bool:
        for prefix, pattern in reversed(self._patterns):
            if path.startswith(prefix) and path != prefix and pattern.match_file(path[len(prefix) :]) is not None:
                return bool(pattern.include)
        return False


def too_many_stars(pattern: str) -> bool:
    """Whether a glob has more `*` in one segment than can be matched in time: each multiplies it by the length of a name."""
    return any(len(re.findall(r"\*+", segment)) > MAX_STARS for segment in pattern.split("/"))


@lru_cache(maxsize=1024)
def _pattern(line: str) -> GitIgnoreSpecPattern | None:
    if too_many_stars(line):
        return None
    try:
        pattern = GitIgnoreSpecPattern(line)
    except GitIgnorePatternError:
        return None
    return pattern if pattern.include is not None else None


def visible(checkout: Checkout, ignore: str | None = None) -> frozenset[str]:
    """The paths of a checkout that its artifact holds.

    Args:
        checkout: The files.
        ignore: `spec.ignore` of the source; replaces the default patterns. None where it has none.
    """
    return frozenset(select(checkout, ignore))


def select(checkout: Checkout, ignore: str | None) -> list[str]:
    """Like `visible`, sorted."""
    rules = Rules()
    rules.add(VERSION_CONTROL)
    if ignore is None:
        rules.add(DEFAULTS)
    for path in sorted(checkout.files, key=lambda path: path.split("/")):
        directory, _, name = path.rpartition("/")
        if name == IGNORE_FILE:
            rules.add(_lines(checkout, path), directory)
    if ignore is not None:
        rules.add(ignore.splitlines())
    return [path for path in sorted(checkout.files) if not rules.leaves_out(path)]


def _lines(checkout: Checkout, path: str) -> list[str]:
    try:
        return checkout.read(path).decode("utf-8", "replace").splitlines()
    except UnreadableFile:
        return []
