"""Parse versions and constraints of charts, and choose the newest version that fits.

Rules: github.com/Masterminds/semver v3.4 (`version.go`, `constraints.go`), which Helm and Flux use;
fluxcd/pkg `version.ParseVersion` for which versions count: three numbers, `v` allowed.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gitops_docs.kubernetes.versions import Identifiers, identifiers
from gitops_docs.text.patterns import Pattern

_PRE = r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_META = r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_VERSION = Pattern(
    rf"v?(0|[1-9]\d{{0,18}})\.(0|[1-9]\d{{0,18}})\.(0|[1-9]\d{{0,18}}){_PRE}{_META}\z"
)
_PARTIAL = (
    r"v?([0-9]{1,18}|[xX*])(?:\.([0-9]{1,18}|[xX*]))?(?:\.([0-9]{1,18}|[xX*]))?" + _PRE + _META
)
_LOOSE = Pattern(rf"v?([0-9]{{1,18}})(?:\.([0-9]{{1,18}}))?(?:\.([0-9]{{1,18}}))?{_PRE}{_META}\z")
_OPERATOR = r"(=>|>=|=<|<=|!=|~>|[=><~^]|)"
_ONE = Pattern(rf"{_OPERATOR}\s*{_PARTIAL}\z")
_HYPHEN = Pattern(r"(\S+)\s+-\s+(\S+)\z")
_GAP = Pattern(r"([=><~^!])\s+")
_SEPARATOR = Pattern(r"\s*,\s*|\s+")
_LONGEST = 1000
"""Longest constraint that is read, in characters."""


class ConstraintError(ValueError):
    """A text that is not a constraint. The text does not quote it."""


class Version(Struct, frozen=True):
    """A semantic version; build metadata does not take part in a comparison."""

    major: int
    minor: int
    patch: int
    pre: str = ""
    text: str = ""

    def _key(self) -> tuple[int, int, int, bool, Identifiers]:
        return self.major, self.minor, self.patch, not self.pre, identifiers(self.pre)

    def __lt__(self, other: Version) -> bool:
        return self._key() < other._key()

    def __le__(self, other: Version) -> bool:
        return self._key() <= other._key()

    def __gt__(self, other: Version) -> bool:
        return self._key() > other._key()

    def __ge__(self, other: Version) -> bool:
        return self._key() >= other._key()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def parse(text: str) -> Version | None:
    """Return the version that a text is; None where it has not three numbers."""
    found = _VERSION.match(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    return Version(int(found[1]), int(found[2]), int(found[3]), found[4] or "", text)


def coerced(text: str) -> Version | None:
    """Return the version that a text is where missing numbers count as 0, as in a Chart.yaml in
    files (`semver.NewVersion`); None where it is none."""
    found = _LOOSE.match(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    return Version(int(found[1]), int(found[2] or 0), int(found[3] or 0), found[4] or "", text)


class _Term(Struct, frozen=True):
    """One comparison: an operator and a version, of which the last parts may be open (`1.2.x`)."""

    operator: str
    version: Version
    is_open: bool
    open_minor: bool
    open_patch: bool

    def accepts(self, version: Version, pre_releases: bool) -> bool:
        """Return whether a version fits, by `constraintOps` of the library."""
        if version.pre and not self.version.pre and not pre_releases:
            return False
        match self.operator:
            case "" | "=":
                return self._tilde(version) if self.is_open else version == self.version
            case "!=":
                return self._differs(version)
            case ">":
                return self._above(version)
            case "<":
                return version < self.version
            case ">=" | "=>":
                return version >= self.version
            case "<=" | "=<":
                return self._up_to(version)
            case "^":
                return self._caret(version)
        return self._tilde(version)

    def _differs(self, version: Version) -> bool:
        if not self.is_open:
            return version != self.version
        if version.major != self.version.major:
            return True
        return not self.open_minor and version.minor != self.version.minor

    def _above(self, version: Version) -> bool:
        if not self.is_open:
            return version > self.version
        if version.major != self.version.major:
            return version.major > self.version.major
        if self.open_minor:
            return False
        if self.open_patch:
            return version.minor > self.version.minor
        return version > self.version

    def _up_to(self, version: Version) -> bool:
        if not self.is_open:
            return version <= self.version
        if version.major != self.version.major:
            return version.major < self.version.major
        return self.open_minor or version.minor <= self.version.minor

    def _tilde(self, version: Version) -> bool:
        mine = self.version
        if version < mine:
            return False
        if (
            (mine.major, mine.minor, mine.patch) == (0, 0, 0)
            and not self.open_minor
            and not self.open_patch
        ):
            return True
        return version.major == mine.major and (self.open_minor or version.minor == mine.minor)

    def _caret(self, version: Version) -> bool:
        mine = self.version
        if version < mine:
            return False
        if mine.major > 0 or self.open_minor:
            return version.major == mine.major
        if version.major > 0:
            return False
        if mine.minor > 0 or self.open_patch:
            return version.minor == mine.minor
        return version.minor == 0 and version.patch == mine.patch


class Constraint(Struct, frozen=True):
    """What a version must be: any of several groups, each of which is a list of comparisons."""

    groups: tuple[tuple[_Term, ...], ...]

    def accepts(self, version: Version) -> bool:
        """Return whether a version fits. A pre-release fits only a group that names one."""
        return any(
            all(term.accepts(version, any(other.version.pre for other in group)) for term in group)
            for group in self.groups
        )


def constraint(text: str) -> Constraint:
    """Parse a constraint; an empty one is `*`.

    Raises:
        ConstraintError: Helm refuses it.
    """
    if len(text) > _LONGEST:
        raise ConstraintError("is too long for a version constraint")
    return Constraint(tuple(tuple(_terms(part.strip())) for part in text.split("||")))


def _terms(text: str) -> Iterable[_Term]:
    if not text:
        return [_term("*")]
    found = _HYPHEN.match(text)
    if found is not None:
        text = f">={found[1]}, <={found[2]}"
    return [_term(part) for part in _SEPARATOR.split(_GAP.sub(lambda match: match[1], text))]


def _term(text: str) -> _Term:
    found = _ONE.match(text)
    if found is None:
        raise ConstraintError(
            "is not a version constraint that Helm understands, such as `1.2.3`, `1.x` or `>=1.2 <2`"
        )
    major, minor, patch = (found[number] or "" for number in (2, 3, 4))
    open_major, open_minor, open_patch = (
        part in ("", "x", "X", "*") for part in (major, minor, patch)
    )
    numbers = (0, 0, 0)
    if not open_major:
        numbers = (
            int(major),
            0 if open_minor else int(minor),
            0 if open_minor or open_patch else int(patch),
        )
    return _Term(
        found[1] or "",
        Version(*numbers, found[5] or "", ""),
        open_major or open_minor or open_patch,
        open_minor and not open_major,
        open_patch and not open_minor and not open_major,
    )


def newest(wanted: str, known: Iterable[str]) -> str | None:
    """Return the version that Flux chooses: the very text if it is there, else the newest that fits
    the constraint.

    Args:
        wanted: A version or a constraint; empty for the newest release.
        known: The versions that there are, in the order of the repository, newest first.

    Raises:
        ConstraintError: `wanted` is neither a known version nor a constraint.
    """
    texts = list(known)
    if wanted and wanted in texts:
        return wanted
    rule = constraint(wanted)
    fitting = [
        version for text in texts if (version := parse(text)) is not None and rule.accepts(version)
    ]
    return max(fitting).text if fitting else None
