"""Which commits touched what: the last changes of a layer, a release or a file.

In: the model's commits. Out: commits, newest first, and the command that takes one back.
"""

from __future__ import annotations

from collections.abc import Iterable

from gitops_docs.model import Commit, Layer


class CommitIndex:
    """Commits by the files that they touched."""

    def __init__(self, commits: Iterable[Commit]) -> None:
        self.commits = tuple(commits)
        self._by_file: dict[str, list[int]] = {}
        for position, commit in enumerate(self.commits):
            for name in commit.files:
                self._by_file.setdefault(name, []).append(position)
        self._gone = [
            (position, name) for position, commit in enumerate(self.commits) for name in commit.gone
        ]

    def of_files(self, files: Iterable[str]) -> tuple[Commit, ...]:
        """The commits that touched one of these files, newest first."""
        found = {position for name in files for position in self._by_file.get(name, ())}
        return tuple(self.commits[position] for position in sorted(found))

    def of_layer(self, layer: Layer) -> tuple[Commit, ...]:
        """The commits that touched what a layer applies, its own object, or a file of its directory
        that is gone now."""
        found = {
            position
            for name in (*layer.files, layer.file)
            for position in self._by_file.get(name, ())
        }
        if layer.directory:
            below = f"{layer.directory}/"
            found |= {position for position, name in self._gone if name.startswith(below)}
        return tuple(self.commits[position] for position in sorted(found))


def revert_command(commit: Commit) -> str:
    """The command that takes a commit back; a merge needs its main line named."""
    return f"git revert {'-m 1 ' if commit.merge else ''}{commit.revision[:12]}"
