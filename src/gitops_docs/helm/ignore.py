"""Say which files of a chart's directory its `.helmignore` leaves out.

Rules: Helm `pkg/ignore/rules.go`. A pattern without a slash means names, one with a slash the whole
path; `**` is an error; what begins with `!` leaves out everything else. Helm itself leaves hidden
files of `templates/` out.
"""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.flux.substitution.envsubst import matches
from gitops_docs.helm.archive import ArchiveError

FILE = ".helmignore"
_MOST = 64 << 10
_DEFAULTS = ("templates/.?*",)


class _Rule(Struct, frozen=True):
    segments: tuple[str, ...]
    is_name: bool
    """Whether it means the last part of a path."""
    is_negated: bool
    for_directories: bool

    def leaves_out(self, path: tuple[str, ...], *, is_directory: bool) -> bool:
        """Return whether a file or a directory is left out."""
        own = path[-1:] if self.is_name else path
        if self.for_directories and not is_directory:
            return self.is_negated
        found = len(own) == len(self.segments) and all(map(_means, self.segments, own))
        return found is not self.is_negated


class Rules:
    """The rules of a `.helmignore`.

    Args:
        content: The file.

    Raises:
        ArchiveError: Helm does not take them, and so not the chart.
    """

    def __init__(self, content: bytes) -> None:
        lines = content[:_MOST].decode("utf-8-sig", "replace").splitlines()
        written = [line.strip() for line in lines]
        kept = [line for line in written if line and not line.startswith("#")]
        if any("**" in line for line in kept):
            raise ArchiveError(f"has `**` in its {FILE}, which Helm does not take")
        self._rules = tuple(map(_rule, (*kept, *_DEFAULTS)))
        self._directories: dict[tuple[str, ...], bool] = {(): False}

    def leave_out(self, path: str) -> bool:
        """Return whether a file is left out: itself, or a directory that it is in."""
        parts = tuple(path.split("/"))
        return self._is_out(parts[:-1]) or self._are_out(parts, is_directory=False)

    def _is_out(self, directory: tuple[str, ...]) -> bool:
        found = self._directories.get(directory)
        if found is None:
            found = self._is_out(directory[:-1]) or self._are_out(directory, is_directory=True)
            self._directories[directory] = found
        return found

    def _are_out(self, path: tuple[str, ...], *, is_directory: bool) -> bool:
        return any(rule.leaves_out(path, is_directory=is_directory) for rule in self._rules)


def _means(pattern: str, name: str) -> bool:
    if not any(sign in pattern for sign in "*?[\\"):
        return pattern == name
    return matches(pattern, name)


def _rule(line: str) -> _Rule:
    negated = line.startswith("!")
    text = line.removeprefix("!")
    directories = text.endswith("/")
    text = text.removesuffix("/")
    return _Rule(tuple(text.removeprefix("/").split("/")), "/" not in text, negated, directories)
