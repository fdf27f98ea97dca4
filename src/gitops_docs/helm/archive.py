"""Read the archive of a chart: gzip and tar of a stranger, with limits, into a mapping of names to
bytes.

Nothing is written. An archive with a link, a device, an absolute name or one that leads out is
refused as a whole: `helm package` makes none of these.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import zlib
from collections.abc import Mapping

from msgspec import Struct

MAX_ARCHIVE = 32 << 20
"""Largest archive, in bytes. That of kube-prometheus-stack with its CRDs has 1 MB."""
MAX_UNPACKED = 128 << 20
"""Most bytes that an archive may unpack to."""
MAX_ENTRIES = 20_000
MAX_NAME = 1024
MAX_DEPTH = 8
"""How deep charts may lie in each other as archives below `charts/`."""
_STEP = 1 << 20
_GZIP = b"\x1f\x8b"


class ArchiveError(ValueError):
    """An archive that is not used; the text says why, after `the archive`, and quotes nothing of
    it."""


class Archive(Struct, frozen=True):
    """The files of a chart, by their path below the directory of the chart."""

    files: Mapping[str, bytes]

    def below(self, directory: str) -> Archive:
        """Return the files of a directory of the chart, e.g. of a subchart."""
        start = f"{directory}/"
        return Archive(
            {
                name[len(start) :]: held
                for name, held in self.files.items()
                if name.startswith(start)
            }
        )


def digest(content: bytes) -> str:
    """`sha256:` and the digest of some bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def is_packed(name: str) -> bool:
    """Return whether a file of a chart is the archive of a subchart."""
    directory, base = posixpath.split(name)
    return posixpath.basename(directory) == "charts" and base.endswith((".tgz", ".tar.gz"))


def read(content: bytes) -> Archive:
    """Unpack an archive in memory. The archives in its `charts/` stay packed; with them it must not
    unpack to more than `MAX_UNPACKED` bytes either.

    Raises:
        ArchiveError: It is none, is too large, or holds something that no chart has.
    """
    return _read(content, MAX_UNPACKED, 0)[0]


def _read(content: bytes, most: int, depth: int) -> tuple[Archive, int]:
    """Return the archive, and how many bytes it and those inside of it unpack to."""
    import tarfile  # late: most scans unpack nothing

    if len(content) > MAX_ARCHIVE:
        raise ArchiveError(f"has more than {MAX_ARCHIVE:,} bytes")
    if depth > MAX_DEPTH:
        raise ArchiveError("holds charts in charts too deeply")
    plain = gunzip(content, most, MAX_UNPACKED)
    size = len(plain)
    found: dict[str, bytes] = {}
    top: set[str] = set()
    try:
        with tarfile.open(
            fileobj=io.BytesIO(plain), mode="r:", errorlevel=1, encoding="utf-8"
        ) as tar:
            for number, member in enumerate(tar, 1):
                if number > MAX_ENTRIES:
                    raise ArchiveError(f"has more than {MAX_ENTRIES:,} entries")
                if member.isdir():
                    _name(member.name.rstrip("/"), is_directory=True)
                    continue
                if not member.isreg() or member.issparse():
                    raise ArchiveError("holds a link or a device, which no chart has")
                directory, name = _name(member.name)
                top.add(directory)
                if name in found:
                    raise ArchiveError("holds the same file twice")
                # A header may claim more than there is: the stream ends where the archive does.
                stream = tar.extractfile(member)
                held = stream.read() if stream is not None and member.size <= len(plain) else b""
                if len(held) != member.size:
                    raise ArchiveError("ends in the middle of a file")
                found[name] = held
    except (
        tarfile.TarError,
        EOFError,
        ValueError,
        OSError,
        OverflowError,
        RecursionError,
    ) as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError("is not a tar archive, or is damaged") from error
    if len(top) > 1:
        raise ArchiveError("holds more than one directory at its top")
    if "Chart.yaml" not in found:
        raise ArchiveError("has no Chart.yaml")
    for name, held in found.items():
        if is_packed(name):
            size += _read(held, most - size, depth + 1)[1]
    return Archive(found), size


def _name(path: str, *, is_directory: bool = False) -> tuple[str, str]:
    """Return the directory at the top and the name below it."""
    parts = [part for part in path.split("/") if part != "."]
    if (
        path.startswith("/")
        or "\\" in path
        or ":" in path[:3]
        or "\0" in path
        or len(path) > MAX_NAME
    ):
        raise ArchiveError("holds a name that leads out of it")
    if not parts or any(part in ("", "..") for part in parts):
        if is_directory and path in (".", ""):
            return "", ""
        raise ArchiveError("holds a name that leads out of it")
    if len(parts) < 2 and not is_directory:
        raise ArchiveError("holds a file outside of the directory of the chart")
    return parts[0], "/".join(parts[1:])


def gunzip(content: bytes, most: int, said: int = 0) -> bytes:
    """Unpack gzip data of at most `most` bytes; several members are one stream, as in `gzip`. `said`
    is the limit that an error names, where it is another one.

    Raises:
        ArchiveError: It is none, is damaged, or unpacks to more.
    """
    parts: list[bytes] = []
    total, left = 0, content
    while not parts or left.startswith(_GZIP):
        stream = zlib.decompressobj(wbits=31)
        try:
            while not stream.eof:
                part = stream.decompress(left, _STEP)
                left = stream.unconsumed_tail
                total += len(part)
                if total > most:
                    raise ArchiveError(f"unpacks to more than {said or most:,} bytes")
                parts.append(part)
                if not part and not left and not stream.eof:
                    raise ArchiveError("is damaged: it ends too early")
        except zlib.error as error:
            raise ArchiveError("is not a gzip archive, or is damaged") from error
        left = stream.unused_data
    return b"".join(parts)
