"""Compare versions."""

from __future__ import annotations

from gitops_docs.text.patterns import Pattern

_NUMBERS = Pattern(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+.].*)?\z")


def step(was: str | None, becomes: str | None) -> str:
    """Return how far two versions are apart: `major`, `minor`, `patch`, `down`, or empty where one
    is none or both are equal in numbers."""
    left, right = _NUMBERS.match(was or ""), _NUMBERS.match(becomes or "")
    if not left or not right:
        return ""
    a, b = tuple(int(n or 0) for n in left.groups()), tuple(int(n or 0) for n in right.groups())
    if a == b:
        return ""
    if b < a:
        return "down"
    return "major" if a[0] != b[0] else "minor" if a[1] != b[1] else "patch"


_VERSION = Pattern(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(-[0-9A-Za-z.-]+)?(?:\+.*)?\z")


Identifiers = tuple[tuple[int, int, str], ...]
"""The identifiers of a pre-release as they compare: numbers first, by their value."""


def identifiers(pre_release: str) -> Identifiers:
    """Return what is compared of a pre-release such as `rc.10` (SemVer 2.0.0, 11.4)."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in pre_release.split(".")
        if pre_release
    )


def parse_version(text: str | None) -> tuple[int, int, int, bool, Identifiers] | None:
    """Return a version that can be compared: its numbers, whether it is a release, and its
    pre-release. None for ranges, words and nothing. Pre-releases come before their release."""
    match = _VERSION.match(text or "")
    if not match:
        return None
    major, minor, patch, pre = match.groups()
    return int(major), int(minor), int(patch or 0), not pre, identifiers((pre or "")[1:])
