"""Keep archives of charts in a directory, by their digest, and which reference each stands for.

`gitops-docs charts pull` fills the store; everything else reads it. An archive is
`sha256/<digest>.tgz` and counts only while its content has that digest. `charts.json` says what the
references stand for that no `charts.lock` names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from msgspec import Struct

from gitops_docs.files.writer import Directory
from gitops_docs.helm import archive, lock
from gitops_docs.helm.lock import Key, Locked, LockError
from gitops_docs.helm.references import ChartReference

DEFAULT = ".cache/gitops-docs/charts"
_RECORD = "charts.json"
_MADE_AGAIN = ("rendered/", "details/", "parts/")
"""What is kept of renders, which the next scan makes again."""
_TAG = (
    "CACHEDIR.TAG",
    b"Signature: 8a477f597d28d172789f06886806bc55\n# Charts that gitops-docs has pulled; it can be "
    b"deleted.\n",
)
"""Tells backup programs that this directory is a cache (https://bford.info/cachedir/)."""


class StoreError(ValueError):
    """A store that cannot be used; the text is a sentence."""


class Kept(Struct, frozen=True):
    """An archive in the store."""

    digest: str
    size: int


class Store:
    """The archives below a directory.

    Args:
        path: The directory; it need not exist.
        repository: The repository that is scanned, whose links are not followed.
    """

    def __init__(self, path: Path, repository: Path | None = None) -> None:
        self.path = path
        self.repository = repository
        self._reading: Directory | None = None
        self._lock = Lock()
        """Workers load archives from threads of their own."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep the directory open for `read_file` until the block ends: a scan reads many."""
        with suppress(OSError):
            self._reading = self._open()
        try:
            yield
        finally:
            directory, self._reading = self._reading, None
            if directory is not None:
                directory.close()

    def _open(self, *, make: bool = False) -> Directory | None:
        if not make and not self.path.is_dir():
            return None
        return Directory(self.path, self.repository, make=make)

    def record(self) -> dict[Key, Locked]:
        """Return what references stand for, as pulls have found it; nothing where there is no
        store."""
        content = self.read_file(_RECORD, lock.MOST)
        try:
            return lock.loads(content) if content is not None else {}
        except LockError:
            return {}

    def add(self, content: bytes) -> str:
        """Keep an archive.

        Returns:
            Its digest.

        Raises:
            OSError: It cannot be written.
        """
        digest = archive.digest(content)
        self.add_file(_file(digest), content)
        return digest

    def add_to_record(self, entries: Iterable[Locked], *, forget: Iterable[Key] = ()) -> None:
        """Add to the record what references stand for; another pull may have written it since it
        was read."""
        directory = self._open(make=True)
        assert directory is not None
        with directory:
            known = self.record()
            for key in forget:
                known.pop(key, None)
            known |= {entry.key: entry for entry in entries}
            directory.write(_RECORD, lock.dumps(known.values()), durable=False)

    def read(self, digest: str) -> bytes | None:
        """Return the archive with a digest; None where it is not here, or is another one by now."""
        if not lock.is_digest(digest):
            return None
        content = self.read_file(_file(digest), archive.MAX_ARCHIVE)
        return content if content is not None and archive.digest(content) == digest else None

    def has(self, digest: str) -> bool:
        """Return whether the archive with a digest is here, whole."""
        return self.read(digest) is not None

    def read_file(self, name: str, most: int) -> bytes | None:
        """Return a file of the store, such as an archive or what a chart renders to; None where it
        is missing or has more than `most` bytes."""
        if self._reading is not None:
            with self._lock:
                return self._reading.read(name, most)
        try:
            directory = self._open()
        except OSError:
            return None
        if directory is None:
            return None
        with directory:
            return directory.read(name, most)

    def add_file(self, name: str, content: bytes) -> None:
        """Keep a file of the store, which can be pulled or made again.

        Raises:
            OSError: It cannot be written.
        """
        directory = self._open(make=True)
        assert directory is not None
        with directory:
            directory.write(*_TAG, new=True, durable=False)
            directory.write(".gitignore", b"*\n", new=True, durable=False)
            directory.write(name, content, durable=False)

    def try_file(self, name: str, content: bytes) -> None:
        """Like `add_file`; nothing is kept where it cannot be written."""
        with suppress(OSError):
            self.add_file(name, content)

    def archives(self) -> list[Kept]:
        """Return all archives, by digest."""
        directory = self._open()
        if directory is None:
            return []
        found = []
        with directory:
            for name in directory.files():
                digest = f"sha256:{name[7:-4]}"
                status = (
                    directory.look(name)
                    if name == _file(digest) and lock.is_digest(digest)
                    else None
                )
                if status is not None:
                    found.append(Kept(digest, status.st_size))
        return found

    def prune(self, keep: Iterable[Locked]) -> list[Kept]:
        """Remove the archives and the record of all but some references, and what is kept of
        renders.

        Returns:
            The archives that are gone.
        """
        kept = list(keep)
        wanted = {entry.archive for entry in kept}
        gone = [one for one in self.archives() if one.digest not in wanted]
        directory = self._open()
        if directory is None:
            return []
        with directory:
            for one in gone:
                directory.remove(_file(one.digest))
            for name in directory.files():
                if name.startswith(_MADE_AGAIN):
                    directory.remove(name)
            if directory.look(_RECORD) is not None:
                directory.write(_RECORD, lock.dumps(kept), durable=False)
        return gone


def _file(digest: str) -> str:
    return f"sha256/{digest[7:]}.tgz"


class Charts(Struct, frozen=True):
    """What is known of the charts of a repository without network: the store, and what
    references stand for."""

    store: Store
    locked: Mapping[Key, Locked]
    """The entries of `charts.lock`; empty where there is none."""
    has_lock: bool
    recorded: Mapping[Key, Locked]
    present: frozenset[str] = frozenset()
    """The digests of the archives in the store."""

    def entry(self, reference: ChartReference) -> Locked | None:
        """Return what a reference stands for: `charts.lock` where it names the reference, else the
        last pull."""
        return self.locked.get(reference.key) or self.recorded.get(reference.key)

    def content(self, reference: ChartReference) -> bytes | None:
        """Return the archive of a reference; None where it was not pulled."""
        entry = self.entry(reference)
        return self.store.read(entry.archive) if entry is not None else None


def location(root: Path, setting: str | None) -> Path:
    """Return the directory of the store of a repository.

    Args:
        root: The scan root.
        setting: The setting `charts`, relative to it.

    Raises:
        StoreError: The setting leads out of the repository.
    """
    name = os.path.normpath(setting or DEFAULT)
    if os.path.isabs(name) or name.split(os.sep)[0] == ".." or "\0" in name:
        raise StoreError(
            "the setting `charts` leads out of the repository; name a directory in it, or give "
            "--store"
        )
    return root / name


def open_charts(root: Path, path: Path, repository: Path | None = None) -> Charts:
    """Return the charts of a repository.

    Args:
        root: The scan root, which may hold a `charts.lock`.
        path: The directory of the store.
        repository: The repository that the store lies in, where that is not the scan root.

    Raises:
        LockError: `charts.lock` cannot be used.
        OSError: The scan root cannot be read.
    """
    store = Store(path, repository or root)
    with Directory(root, root) as directory:
        has_lock = directory.look(lock.FILE) is not None
        content = directory.read(lock.FILE, lock.MOST)
    if has_lock and content is None:
        raise LockError("is not a regular file, or has more than 8 MB; restore it from Git")
    locked = lock.loads(content) if content is not None else {}
    return Charts(
        store, locked, has_lock, store.record(), frozenset(one.digest for one in store.archives())
    )


def stored_charts(root: Path, setting: str | None, store: Path | None = None) -> Charts:
    """Return the charts of a repository as a scan sees them: without a store or lock that can be
    used, none.

    Args:
        root: The scan root, which may hold a `charts.lock`.
        setting: The setting `charts`.
        store: The scan root whose store it is, where that is another one.
    """
    home = store or root
    nothing = Charts(Store(home / DEFAULT, home), {}, False, {})
    try:
        path = location(home, setting)
        if not os.path.lexists(path) and not os.path.lexists(root / lock.FILE):
            return nothing
        return open_charts(root, path, home)
    except (LockError, StoreError, OSError):
        return nothing
