"""Archives of strangers are read within limits, or refused as a whole."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib

import pytest

from gitops_docs.helm import archive as subject
from gitops_docs.helm.archive import ArchiveError, gunzip, read
from tests.helm.charts import Change, add, archive, chart


def test_chart() -> None:
    """The files of a chart, below its directory; `./` before names is nothing."""
    found = read(chart())
    assert set(found.files) == {"Chart.yaml", "values.yaml", "templates/service.yaml"}
    dotted = archive({"Chart.yaml": "x", "charts/a/Chart.yaml": "y"}, top="./web")
    assert read(dotted).below("charts/a").files == {"Chart.yaml": b"y"}


def entry(name: str, content: bytes = b"x", **fields: object) -> Change:
    return lambda tar: add(tar, name, content, **fields)


HOSTILE: dict[str, Change] = {
    "symlink": entry("web/values.yaml", b"", type=tarfile.SYMTYPE, linkname="/etc/hostname"),
    "link in templates": entry(
        "web/templates/a", b"", type=tarfile.SYMTYPE, linkname="../values.yaml"
    ),
    "hard link": entry("web/a", b"", type=tarfile.LNKTYPE, linkname="web/Chart.yaml"),
    "linked directory": entry("web/templates", b"", type=tarfile.SYMTYPE, linkname="/etc"),
    "device": entry("web/a", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
    "block device": entry("web/a", b"", type=tarfile.BLKTYPE),
    "pipe": entry("web/a", b"", type=tarfile.FIFOTYPE),
    "above": entry("web/../../etc/passwd"),
    "above alone": entry(".."),
    "absolute": entry("/etc/passwd"),
    "absolute directory": entry("/etc", b"", type=tarfile.DIRTYPE),
    "directory above": entry("web/../..", b"", type=tarfile.DIRTYPE),
    "backslash": entry("web\\..\\a"),
    "drive": entry("C:/a"),
    "at the top": entry("a"),
    "two tops": entry("other/a"),
    "twice": entry("web/Chart.yaml"),
    "empty part": entry("web//a"),
    "long name": entry("web/" + "a" * 5000),
    "sparse": entry(
        "web/a",
        b"",
        pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9"},
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_entries(name: str) -> None:
    """No entry that leads out, is a link or a device, or hides another one."""
    with pytest.raises(ArchiveError):
        read(archive({"Chart.yaml": "name: web\n"}, more=HOSTILE[name]))


def _claims(size: int) -> bytes:
    """A header that claims more than there is."""
    header = tarfile.TarInfo("web/a")
    header.size = size
    return gzip.compress(header.tobuf() + b"x" * 100, mtime=0)


DAMAGED = {
    "nothing": b"",
    "no gzip": b"PK\x03\x04 a zip",
    "html": b"<html>not found</html>",
    "no tar": gzip.compress(b"x" * 5000, mtime=0),
    "cut": chart()[:-20],
    "cut early": chart()[:12],
    "flipped": chart()[:40] + bytes([chart()[40] ^ 255]) + chart()[41:],
    "empty tar": archive({}),
    "no Chart.yaml": archive({"values.yaml": "a: 1\n"}),
    "claims": _claims(50),
    "claims much": _claims(1 << 40),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged(name: str) -> None:
    """What is not an archive, or only a part of one, is refused."""
    with pytest.raises(ArchiveError):
        read(DAMAGED[name])


def test_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than the limit is refused before it is unpacked, also in many
    members."""
    monkeypatch.setattr(subject, "MAX_UNPACKED", 3 << 20)
    one = gzip.compress(b"\0" * (1 << 20), mtime=0)
    for content in (gzip.compress(b"\0" * (64 << 20), mtime=0), one * 5):
        with pytest.raises(ArchiveError, match="unpacks to more"):
            read(content)


def test_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unpacker stops at the limit: it makes at most one step more than is allowed."""
    made = 0
    real = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self._stream = real(wbits=wbits)

        def __getattr__(self, name: str) -> object:
            return getattr(self._stream, name)

        def decompress(self, content: bytes, most: int) -> bytes:
            nonlocal made
            part = self._stream.decompress(content, most)
            made += len(part)
            return part

    monkeypatch.setattr(subject.zlib, "decompressobj", Counting)
    with pytest.raises(ArchiveError):
        gunzip(gzip.compress(b"\0" * (32 << 20), mtime=0), 2 << 20)
    assert made <= (2 << 20) + subject._STEP


def test_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive has a limit of entries, too."""
    monkeypatch.setattr(subject, "MAX_ENTRIES", 10)
    with pytest.raises(ArchiveError, match="entries"):
        read(archive({"Chart.yaml": "x"} | {f"f{number}": "" for number in range(20)}))


def test_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large archive is not even unpacked."""
    monkeypatch.setattr(subject, "MAX_ARCHIVE", 10)
    with pytest.raises(ArchiveError, match="bytes"):
        read(chart())


def test_nothing_is_quoted() -> None:
    """Errors hold nothing of the archive."""
    with pytest.raises(ArchiveError) as caught:
        read(archive({"Chart.yaml": "x"}, more=entry("web/../S3CRET", b"S3CRET")))
    assert "S3CRET" not in str(caught.value) and io.StringIO(str(caught.value)).read()
