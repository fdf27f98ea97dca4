"""Tell which files source-controller leaves out of an artifact.

In: a checkout and the `spec.ignore` of its source. Out: the paths that are packed. Rules:
`sourceignore` and `SourceIgnoreFilter` of `fluxcd/pkg`. Version control files are always left out;
then every `.sourceignore` counts for its own directory, then `spec.ignore`; the default patterns
count only where there is no other pattern at all. The last pattern that matches a file decides,
also for a file in a directory that is left out: unlike Git, the directory is entered (`!/apps/web`
behind `/*` brings files back).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gitops_docs.flux.substitution.envsubst import matches
from gitops_docs.repository.checkout import Checkout, UnreadableFile
from gitops_docs.repository.globs import Candidates
from gitops_docs.repository.tree import Tree
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern as Expression
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import Budget

IGNORE_FILE = ".sourceignore"
VERSION_CONTROL = (".git/", ".gitignore", ".gitmodules", ".gitattributes")
DEFAULTS = (
    *("*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"),
    *(".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml"),
    *("cloudbuild.yaml", "codeship-services.yml", "codeship-steps.yml"),
    *("**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"),
)


class Pattern(Struct, frozen=True):
    """A line of an ignore file (`gitignore/pattern.go`): it counts below `domain`."""

    domain: tuple[str, ...]
    parts: tuple[str, ...]
    includes: bool
    directories_only: bool

    @classmethod
    def of(cls, line: str, domain: tuple[str, ...]) -> Pattern:
        """`ParsePattern`."""
        includes = line.startswith("!")
        text = line[1:] if includes else line
        if not text.endswith("\\ "):
            text = text.rstrip(" ")
        directories_only = text.endswith("/")
        return cls(
            domain,
            tuple((text[:-1] if directories_only else text).split("/")),
            includes,
            directories_only,
        )

    @property
    def name(self) -> str | None:
        """What is looked for in every segment of any path: `a` as `**/a`. None where it is not so
        simple."""
        if self.domain or len(self.parts) > 2 or (len(self.parts) == 2 and self.parts[0] != "**"):
            return None
        last = self.parts[-1]
        return None if len(self.parts) == 2 and (not last or "**" in last) else last

    def matches(self, path: tuple[str, ...]) -> bool:
        """Return whether a file, given by the segments of its path, is meant: itself or a directory
        above it."""
        if len(path) <= len(self.domain) or path[: len(self.domain)] != self.domain:
            return False
        below = path[len(self.domain) :]
        return self._by_path(below) if len(self.parts) > 1 else self._by_name(below)

    def _by_name(self, path: tuple[str, ...]) -> bool:
        """`simpleNameMatch`: a pattern without slash is looked for in every segment."""
        for index, name in enumerate(path):
            if _matches(self.parts[0], name):
                return not (self.directories_only and index == len(path) - 1)
        return False

    def _by_path(self, path: tuple[str, ...]) -> bool:
        """`globMatch`: a pattern with a slash is matched from the domain on; `**` stands for any
        directories."""
        position, matched, any_depth = 0, False, False
        for index, part in enumerate(self.parts):
            if part == "":
                any_depth = False
            elif part == "**":
                if index == len(self.parts) - 1:
                    break
                any_depth = True
            elif "**" in part or position >= len(path):
                return False
            elif any_depth:
                any_depth = False
                while position < len(path):
                    position += 1
                    if _matches(part, path[position - 1]):
                        matched = True
                        break
                    if position == len(path):
                        matched = False
            else:
                if not _matches(part, path[position]):
                    return False
                matched = True
                position += 1
        return matched and not (self.directories_only and position >= len(path))


_LITERAL = Expression(r"[\w.-]*\z")
"""A pattern that means itself."""
_ENDING = Expression(r"\*[\w.-]*\z")


@memo(65536)
def _matches(pattern: str, name: str) -> bool:
    if pattern == name:
        return True
    if _ENDING.match(pattern):
        return name.endswith(pattern[1:])
    return not _LITERAL.match(pattern) and matches(pattern, name)


class Rules:
    """Patterns in order, each with the directory it is for."""

    def __init__(self) -> None:
        self._patterns: list[Pattern] = []
        self._unnamed: list[int] = []
        """Patterns that are not looked for by the name of a segment."""
        self._names: dict[str, list[int]] = {}
        """What is looked for in every segment, and the patterns that do."""
        self._named: dict[str, list[int]] = {}
        """Segment of a path to the patterns that mean it by its name."""
        self._search: tuple[tuple[str, ...], Candidates, Candidates] | None = None
        """The names, what looks among them, and what looks among the patterns without name."""
        self._work = Budget(limits.MAX_MATCHED)

    @property
    def is_exhausted(self) -> bool:
        """Whether the patterns took more than a scan may: files that were asked for since then are
        not left out."""
        return self._work.left < 0

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def add(self, lines: Iterable[str], directory: str = "") -> None:
        """Append patterns that count below `directory`; a later pattern wins. Comments and blank
        lines are skipped."""
        domain = tuple(directory.split("/")) if directory else ()
        self._append(
            [
                Pattern.of(line, domain)
                for line in lines
                if line.strip() and not line.startswith("#")
            ]
        )

    def extend(self, other: Rules) -> None:
        """Append the patterns of other rules."""
        self._append(other._patterns)

    def _append(self, patterns: list[Pattern]) -> None:
        self._search = None
        self._named.clear()
        for pattern in patterns:
            name = pattern.name
            if name is None:
                self._unnamed.append(len(self._patterns))
            else:
                self._names.setdefault(name, []).append(len(self._patterns))
            self._patterns.append(pattern)

    def leaves_out(self, path: str) -> bool:
        """Return whether a file is left out: the last pattern that matches it says so."""
        segments = tuple(path.split("/"))
        names, among_names, among_others = self._searches()
        asked = [
            index for segment in segments for index in self._naming(segment, names, among_names)
        ]
        others = [self._unnamed[number] for number in among_others.of(path)]
        for index in sorted([*asked, *others], reverse=True):
            pattern = self._patterns[index]
            if not self._work.spend(len(pattern.parts) + len(segments)):
                return False
            if pattern.matches(segments):
                return not pattern.includes
        return False

    def _searches(self) -> tuple[tuple[str, ...], Candidates, Candidates]:
        if self._search is None:
            others = [self._patterns[index] for index in self._unnamed]
            texts = ("/".join((*pattern.domain, *pattern.parts)) for pattern in others)
            self._search = tuple(self._names), Candidates(self._names), Candidates(texts)
        return self._search

    def _naming(self, segment: str, names: tuple[str, ...], among_names: Candidates) -> list[int]:
        found = self._named.get(segment)
        if found is None:
            meant = [names[number] for number in among_names.of(segment)]
            self._work.spend(len(meant))
            found = self._named[segment] = [
                index for name in meant if _matches(name, segment) for index in self._names[name]
            ]
        return found


class Visible(Struct, frozen=True):
    """The paths that an artifact holds."""

    files: frozenset[str]
    left_out_by: str = ""
    """What leaves files out, as a message names it."""
    cut_short: str | None = None
    """The ignore file, or the first of several, whose patterns take too much to be compared with
    all files: the rest is not left out."""


def visible(checkout: Checkout | Tree, ignore: str | None = None) -> Visible:
    """Return the paths of a repository that its artifact holds.

    Args:
        checkout: The files.
        ignore: `spec.ignore` of the source. None where it has none.
    """
    own = Rules()
    files = []
    for path in sorted(checkout.files, key=lambda path: path.split("/")):
        directory, _, name = path.rpartition("/")
        if name == IGNORE_FILE:
            files.append(path)
            own.add(_lines(checkout, path), directory)
    if ignore is not None:
        own.add(ignore.splitlines())
    rules = Rules()
    rules.add(VERSION_CONTROL if own else (*VERSION_CONTROL, *DEFAULTS))
    rules.extend(own)
    held = frozenset(path for path in sorted(checkout.files) if not rules.leaves_out(path))
    by = [f"`{checkout.origin(files[0])}`"] if files else []
    by += ["`spec.ignore`"] if ignore is not None else []
    return Visible(
        held,
        " or ".join(by) or "one of the patterns that source-controller ignores by default",
        (files or [IGNORE_FILE])[0] if rules.is_exhausted else None,
    )


def _lines(checkout: Checkout | Tree, path: str) -> list[str]:
    try:
        return checkout.read(path).decode("utf-8", "replace").splitlines()
    except UnreadableFile:
        return []
