"""Keep what charts render to, by everything that decides it, so that a second build renders
nothing.

Records lie in the chart store, below `rendered/`. They hold no secret: none was in the values that
were rendered. A record that cannot be read counts as none.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from gitops_docs.helm.render import manifests
from gitops_docs.helm.render.manifests import Document
from gitops_docs.helm.store import Store

_FORMAT = 5
"""Goes up when records mean something else."""
_MOST = 64 << 20
_MOST_UNPACKED = 256 << 20
_ENGINE = "rendered/engine.json"


class Record(Struct, frozen=True, array_like=True):
    """What became of a render: `reason` says why there are no objects, `apis` the API versions that
    its definitions add, `kinds` their groups and kinds, and whether these live outside of
    namespaces, `size` how many bytes the objects are."""

    reason: str | None
    apis: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str, bool], ...] = ()
    size: int = 0
    packed: bytes = b""
    """The objects, compressed: most scans need none of them."""
    digest: bytes = b""
    """Of `packed`."""
    is_random: bool = False
    """Whether something is another one each time."""

    @property
    def is_whole(self) -> bool:
        """Whether the objects are those that were packed."""
        return self.digest == _digest(self.packed)

    def objects(self) -> list[Document]:
        """Return the objects; none where the record cannot be read."""
        if not self.packed:
            return []
        try:
            plain = zlib.decompressobj().decompress(self.packed, _MOST_UNPACKED)
            # Without a type: msgspec knows none that contains itself, as `Plain` does.
            found = msgspec.msgpack.decode(plain)
            return [Document(one["template"], one["data"]) for one in found]
        except (zlib.error, msgspec.MsgspecError, RecursionError, TypeError, KeyError):
            return []


def refused(reason: str) -> Record:
    """Return a record of a release that is not rendered."""
    return Record(reason, digest=_digest(b""))


def record(
    apis: tuple[str, ...], kinds: tuple[tuple[str, str, bool], ...], documents: list[Document]
) -> Record:
    """Return a record of objects."""
    plain = msgspec.msgpack.encode(documents)
    packed = zlib.compress(plain, 1)
    is_random = any(manifests.is_random(one.data) for one in documents)
    return Record(None, apis, kinds, len(plain), packed, _digest(packed), is_random)


def key(parts: Mapping[str, object]) -> str:
    """Return the name of a record: a digest of everything that decides it."""
    text = json.dumps([_FORMAT, parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Cache:
    """Records below a chart store, and in memory.

    Args:
        store: The store; nothing is written where its directory cannot be made.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[str, Record] = {}
        self._passing: set[str] = set()

    def get(self, name: str) -> Record | None:
        """Return the record of a name."""
        held = self._held.get(name)
        if held is None:
            content = self._store.read_file(_file(name), _MOST)
            held = _record(content) if content is not None else None
            if held is not None:
                self._held[name] = held
        return held

    def put(self, name: str, made: Record, *, keep: bool = True) -> None:
        """Keep a record; with `keep` beyond this process."""
        self._held[name] = made
        if not keep:
            self._passing.add(name)
        else:
            self._passing.discard(name)
            self._store.try_file(_file(name), msgspec.msgpack.encode(made))

    def is_kept(self, name: str) -> bool:
        """Return whether a record is kept beyond this process."""
        return name not in self._passing

    def engine(self, identity: str) -> str | None:
        """Return the version of a program that was asked before, by what tells it from others."""
        content = self._store.read_file(_ENGINE, 4096)
        try:
            found = json.loads(content) if content is not None else {}
            version = found.get(identity) if isinstance(found, dict) else None
        except ValueError:
            return None
        return version if isinstance(version, str) and len(version) < 60 else None

    def put_engine(self, identity: str, version: str) -> None:
        """Keep the version of a program."""
        self._store.try_file(_ENGINE, json.dumps({identity: version}).encode())


def _file(name: str) -> str:
    return f"rendered/{name[:2]}/{name}"


def _digest(packed: bytes) -> bytes:
    return hashlib.sha256(packed).digest()


def _record(content: bytes) -> Record | None:
    try:
        found = msgspec.msgpack.decode(content, type=Record)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return found if found.is_whole else None
