"""Read and write the lock file: which archive each reference of a chart stands for.

The format is that of `charts.lock` in a repository, which is meant to be committed, and of the
store's own record. It holds addresses without credentials, versions and digests, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct, field

from gitops_docs.helm.references import ChartReference
from gitops_docs.text import escape

FILE = "charts.lock"
MOST = 8 << 20
"""Largest lock file that is read, in bytes."""
VERSION = 1

Key = tuple[str, str, str]


class LockError(ValueError):
    """A lock file that cannot be used; the text says why."""


class Locked(Struct, frozen=True, kw_only=True):
    """What one reference stands for."""

    url: str
    name: str
    asked: str
    resolved: str
    """The version of the archive, from its Chart.yaml."""
    archive: str
    """`sha256:` and the digest of the archive."""
    manifest: str = ""
    """`sha256:` and the digest of the manifest of an OCI artifact."""

    @property
    def key(self) -> Key:
        """The reference that it is about."""
        return self.url, self.name, self.asked


class _File(Struct, frozen=True):
    version: int
    charts: list[Locked] = field(default_factory=list)


def loads(content: bytes) -> dict[Key, Locked]:
    """Read a lock file.

    Raises:
        LockError: It has not this form, or holds the same reference twice.
    """
    try:
        found = msgspec.json.decode(content, type=_File)
    except (msgspec.DecodeError, RecursionError) as error:
        raise LockError(
            "is not a lock file of charts; restore it from Git, or delete it and pull again"
        ) from error
    if found.version != VERSION:
        raise LockError(
            f"has version {found.version}, and this program reads {VERSION}; use the program that "
            f"wrote it"
        )
    entries = {entry.key: entry for entry in found.charts}
    if len(entries) != len(found.charts):
        raise LockError(
            "holds the same chart twice; resolve the merge, or delete it and pull again"
        )
    for entry in found.charts:
        if not is_digest(entry.archive) or (entry.manifest and not is_digest(entry.manifest)):
            raise LockError(
                "holds a digest that is not `sha256:` and 64 hexadecimal digits; restore it from "
                "Git"
            )
    return entries


def dumps(entries: Iterable[Locked]) -> bytes:
    """Write a lock file: sorted, one field a line, so that a change is read in a diff."""
    rows = [msgspec.to_builtins(entry) for entry in sorted(entries, key=lambda entry: entry.key)]
    for row in rows:
        if not row["manifest"]:
            del row["manifest"]
    return (escape.dumps({"version": VERSION, "charts": rows}, indent=2) + "\n").encode()


def of(entries: Mapping[Key, Locked], reference: ChartReference) -> Locked | None:
    """Return the entry of a reference."""
    return entries.get(reference.key)


def is_digest(text: str) -> bool:
    """Return whether a text is a SHA-256 digest as registries write it."""
    return (
        len(text) == 71
        and text.startswith("sha256:")
        and not set(text[7:]) - set("0123456789abcdef")
    )
