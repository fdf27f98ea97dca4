"""Fill the store with the charts that a repository needs, several at a time; what is there is not
fetched again.

Who asks the network is handed in, so that nothing here opens a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NoReturn, Protocol

from msgspec import Struct

from gitops_docs.helm import archive, lock, versions
from gitops_docs.helm.archive import ArchiveError
from gitops_docs.helm.lock import Locked
from gitops_docs.helm.metadata import MetadataError, name_and_version
from gitops_docs.helm.references import ChartReference
from gitops_docs.helm.store import Charts, Store

PARALLEL = 8
"""Charts that are fetched at the same time."""


class ChartError(ValueError):
    """A chart that cannot be had; the text says why, without credentials and without what a server
    has written."""


def newer_digest(was: str, now: str) -> NoReturn:
    """Refuse an archive that is not the locked one.

    Raises:
        ChartError: Always.
    """
    raise ChartError(
        f"it is {now} now, and charts.lock says {was}: the registry has other content for this "
        "version; "
        "where that is right, remove its entry from charts.lock and pull again"
    )


class Fetched(Struct, frozen=True):
    """What was fetched; `version` is that of the repository's index, or the tag."""

    version: str
    content: bytes
    archive: str
    manifest: str = ""


class Fetch(Protocol):
    """Fetches what a reference stands for; see `gitops_docs.helm.fetch.Fetcher.fetch`."""

    def __call__(
        self, reference: ChartReference, locked: Locked | None, known: Mapping[str, bytes | None], /
    ) -> Fetched: ...


class State(StrEnum):
    """What became of a chart."""

    PRESENT = "present"
    """It was in the store."""
    PULLED = "pulled"
    FAILED = "failed"


class Result(Struct, frozen=True):
    """What became of one reference; `reason` says why it failed."""

    reference: ChartReference
    state: State
    entry: Locked | None = None
    reason: str = ""


class _Known(Mapping[str, bytes | None]):
    """The archives of a store by digest, read when they are asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, digest: str) -> bytes | None:
        return self._store.read(digest)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def pull(
    references: Iterable[ChartReference],
    charts: Charts,
    fetch: Fetch,
    *,
    update: bool = False,
    done: Callable[[int], None] = lambda number: None,
) -> list[Result]:
    """Fetch what is not in the store, and store each chart as soon as it is there.

    Args:
        references: The charts, each once.
        charts: The store and the lock file.
        fetch: Asks the network.
        update: Resolve references again, so that ranges and tags get what is newest now.
        done: Called with the number of finished charts.

    Returns:
        A result for each reference, in their order.
    """
    results: dict[ChartReference, Result] = {}
    missing = []
    wanted = list(references)
    for reference in wanted:
        entry = charts.entry(reference)
        if (
            entry is not None
            and not (update and not reference.digest)
            and charts.store.has(entry.archive)
        ):
            results[reference] = Result(reference, State.PRESENT, entry)
        else:
            missing.append(reference)
    done(len(results))
    asked = SimpleQueue[ChartReference]()
    answers = SimpleQueue[_Answer]()
    for reference in missing:
        asked.put(reference)

    def work() -> None:
        with suppress(Empty):
            while True:
                reference = asked.get_nowait()
                answers.put(_answer(reference, lambda one: _one(one, charts, fetch, update)))

    for _ in missing[:PARALLEL]:
        # Of a pool Python waits for each thread at its end, also for one that waits for a server.
        Thread(target=work, daemon=True).start()
    try:
        for _ in missing:
            answer = answers.get()
            results[answer.reference] = _store_result(answer, charts)
            done(len(results))
    except BaseException:
        with suppress(Empty):
            while True:
                asked.get_nowait()
        raise
    return [results[reference] for reference in wanted]


class _Answer(Struct, frozen=True):
    """What a thread has of a reference."""

    reference: ChartReference
    found: tuple[Fetched, Locked] | BaseException


def _answer(
    reference: ChartReference, one: Callable[[ChartReference], tuple[Fetched, Locked]]
) -> _Answer:
    try:
        return _Answer(reference, one(reference))
    except BaseException as error:  # The thread that waits for it raises it.
        return _Answer(reference, error)


def _store_result(answer: _Answer, charts: Charts) -> Result:
    """Put into the store what was fetched; this runs in one thread."""
    reference, found = answer.reference, answer.found
    if isinstance(found, ChartError):
        return Result(reference, State.FAILED, reason=str(found))
    if isinstance(found, BaseException):
        raise found
    fetched, entry = found
    charts.store.add(fetched.content)
    charts.store.add_to_record([entry])
    return Result(reference, State.PULLED, entry)


def _one(
    reference: ChartReference, charts: Charts, fetch: Fetch, update: bool
) -> tuple[Fetched, Locked]:
    locked = charts.locked.get(reference.key)
    # An exact version or tag must stay what it was, also when ranges are resolved again.
    asked = None if update and not reference.is_exact else locked
    fetched = fetch(reference, asked, _Known(charts.store))
    if asked is not None and fetched.archive != asked.archive:
        newer_digest(asked.archive, fetched.archive)
    try:
        name, version = name_and_version(archive.read(fetched.content))
    except (ArchiveError, MetadataError) as error:
        raise ChartError(f"the archive {error}; it is not kept") from None
    # An OCI artifact may have another name and tag than its chart; the index of a repository may
    # not.
    if not reference.is_oci and name != reference.name:
        raise ChartError("the archive holds a chart of another name; it is not kept")
    if not reference.is_oci and _differ(fetched.version, version):
        raise ChartError(
            f"the archive holds another version than {fetched.version}; it is not kept"
        )
    url, chart, words = reference.key
    entry = Locked(
        url=url,
        name=chart,
        asked=words,
        resolved=version,
        archive=fetched.archive,
        manifest=fetched.manifest,
    )
    return fetched, entry


def _differ(one: str, other: str) -> bool:
    first, second = versions.parse(one), versions.parse(other)
    return first != second if first is not None and second is not None else one != other


def locked_entries(
    charts: Charts, references: Iterable[ChartReference], results: Iterable[Result]
) -> list[Locked]:
    """Return what `charts.lock` holds after a pull: an entry for each reference, the old one where
    a chart could not be had."""
    found: dict[lock.Key, Locked] = {}
    for reference in references:
        old = charts.locked.get(reference.key)
        if old is not None:
            found[old.key] = old
    for result in results:
        if result.entry is not None:
            found[result.entry.key] = result.entry
    return list(found.values())
