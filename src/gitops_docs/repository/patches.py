"""Read what commits did to versions, tags and objects: patches without context to their facts.

In: the output of `git log --patch --unified=0`. Out: for each commit the lines with a version or a
tag that it changed, and the objects that it added. No other text of a patch is kept: what the
history holds may be secret.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import islice

from msgspec import Struct

from gitops_docs.model import HeldLine, ValueChange
from gitops_docs.text.patterns import Pattern

_MOST_LINES = 400
"""A larger hunk is a file that came or went, which the names of the files say already."""
_HUNK = Pattern(r"@@ -(?:[0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@")
_VALUE = Pattern(
    r"(\s*(?:- +)?)[\"']?([A-Za-z][A-Za-z0-9_.-]{0,80})[\"']?:\s+"
    r"[\"']?([A-Za-z0-9~^=><][A-Za-z0-9._+:/@~^=><-]{0,200})[\"']?\s*(#.*)?"
)
_POLICY = Pattern(r"\"\$imagepolicy\":\s*\"([^\":]+:[^\":]+)")
_KIND = Pattern(r"kind:\s*[\"']?([A-Za-z]{1,80})[\"']?\s*(?:#.*)?")
_NAME = Pattern(r"(?:metadata:\s*\{.*?|\s+)\bname:\s*[\"']?([A-Za-z0-9][A-Za-z0-9.-]{0,252})\b")
_HELD = Pattern(
    r"\s*(?:- +)?[\"']?(?:(suspend)[\"']?:\s+true|[a-z.]+\.fluxcd\.io/([A-Za-z]+)[\"']?:\s+"
    r"[\"']?([Dd]isabled|[Ii]gnore)[\"']?)\s*(?:#.*)?"
)
"""A line that holds something back."""
_KEYS = frozenset(
    [
        "version",
        "tag",
        "newtag",
        "semver",
        "digest",
        "image",
        "imagetag",
        "chartversion",
        "appversion",
    ]
)


class Line(Struct, frozen=True):
    """A line that sets a version or a tag."""

    indent: str
    key: str
    value: str
    policy: str | None


class Patch(Struct):
    """What one commit did."""

    values: list[ValueChange]
    objects: list[tuple[str, str, str]]
    """(file, kind, name) of what it wrote."""
    held: list[HeldLine]
    lost: set[tuple[str, str]]
    """Kind and name of what it took out of a file; what it wrote elsewhere has only moved."""

    def moved(self, file: str) -> bool:
        """Return whether all objects of a file that it created were in other files before."""
        here = [(kind, name) for path, kind, name in self.objects if path == file]
        return bool(here) and self.lost.issuperset(here)


def read(out: bytes) -> dict[str, Patch]:
    """Facts of each commit by its revision.

    Args:
        out: The patches; before each commit stand NUL and its revision.
    """
    found: dict[str, Patch] = {}
    patch = Patch([], [], [], set())
    file: str | None = None
    lines = io.BytesIO(out)
    for line in lines:
        if line.startswith(b"\0"):
            patch = found.setdefault(
                line[1:].decode("ascii", "replace").strip(), Patch([], [], [], set())
            )
            file = None
        elif line.startswith(b"diff --git "):
            file = None
        elif line.startswith(b"+++ b/"):
            file = line[6:].removesuffix(b"\n").decode("utf-8", "surrogateescape")
        elif line.startswith(b"@@ "):
            hunk = _HUNK.match(line.decode("utf-8", "replace"))
            if hunk is None:
                continue
            old, new = int(hunk[1] or 1), int(hunk[3] or 1)
            gone, come = _side(out, lines, old), _side(out, lines, new)
            if old + new > _MOST_LINES:
                continue
            patch.lost.update(_objects(_texts(gone)))
            if file is not None:
                _take(patch, file, int(hunk[2] or 0), gone, come)
    return found


def _side(out: bytes, lines: io.BytesIO, number: int) -> list[bytes]:
    """Return the next lines of a hunk, of one of its sides."""
    side = list(islice(lines, number))
    if out.startswith(b"\\", lines.tell()):
        lines.readline()  # `\ No newline at end of file`
    return side


def _texts(side: list[bytes]) -> list[str]:
    """Return the lines of a side without the sign before each."""
    text = b"".join(side).decode("utf-8", "replace").removesuffix("\n")
    return [line[1:] for line in text.split("\n")] if side else []


def _take(patch: Patch, file: str, start: int, gone: list[bytes], come: list[bytes]) -> None:
    lines = _texts(come)
    if len(gone) == len(come):
        for number, (before, now) in enumerate(zip(_texts(gone), lines, strict=True)):
            one, other = value_of(before), value_of(now)
            if one is None or other is None or (one.indent, one.key) != (other.indent, other.key):
                continue
            if one.value != other.value:
                patch.values.append(
                    ValueChange(
                        file, start + number, other.key, other.value, one.value, other.policy
                    )
                )
    patch.objects += [(file, kind, name) for kind, name in _objects(lines)]
    for line in lines:
        # Most lines are told apart without an expression.
        if "suspend" not in line and ".fluxcd.io/" not in line:
            continue
        mark = _HELD.fullmatch(line.rstrip("\r"))
        if mark is not None:
            what = "suspended" if mark[1] else f"{mark[2]}: {mark[3]}"
            patch.held.append(HeldLine(file, what))


def _objects(lines: list[str]) -> Iterator[tuple[str, str]]:
    kind: str | None = None
    for line in lines:
        if line.startswith("kind:"):
            found = _KIND.fullmatch(line)
            kind = found[1] if found is not None else kind
        elif line.startswith("---"):
            kind = None
        elif kind is not None and "name:" in line:
            name = _NAME.match(line)
            if name is not None:
                yield kind, name[1] or ""
                kind = None


def value_of(line: str) -> Line | None:
    """Return a line that sets a version or a tag; None for any other."""
    found = _VALUE.fullmatch(line.rstrip("\r"))
    if found is None:
        return None
    indent, key, value, comment = found[1] or "", found[2] or "", found[3] or "", found[4] or ""
    low = key.lower()
    if (
        low not in _KEYS
        and not low.endswith(("_tag", "-tag", ".tag"))
        and not (low.endswith("version") and low not in ("apiversion", "resourceversion"))
    ):
        return None
    if not any(letter.isdigit() for letter in value) or low == "image" and ":" not in value:
        return None
    policy = _POLICY.search(comment)
    return Line(indent, key, value, policy[1] if policy else None)


class Current:
    """Which changes still stand: the newest of each line, where the file still has its value."""

    def __init__(self, content: Callable[[str], bytes | None]) -> None:
        self._content = content
        self._lines: dict[str, list[Line | None]] = {}
        self._taken: set[tuple[str, int]] = set()

    def of(self, change: ValueChange) -> ValueChange | None:
        """Return the change at its present line; changes are asked for from the newest on."""
        if change.file not in self._lines:
            content = self._content(change.file)
            text = content.decode("utf-8", "replace").split("\n") if content is not None else []
            self._lines[change.file] = [value_of(line) for line in text]
        lines = self._lines[change.file]

        def fits(index: int) -> bool:
            line = lines[index]
            return line is not None and (line.key, line.value) == (change.key, change.now)

        at = change.line - 1
        if not (0 <= at < len(lines) and fits(at)):
            places = [index for index in range(len(lines)) if fits(index)]
            if len(places) != 1:
                return None
            at = places[0]
        if (change.file, at) in self._taken:
            return None
        self._taken.add((change.file, at))
        line = lines[at]
        return ValueChange(
            change.file,
            at + 1,
            change.key,
            change.now,
            change.before,
            line.policy if line else None,
        )
