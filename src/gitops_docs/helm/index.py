"""Read the index of an HTTP repository: the versions of one chart.

The index is read event by event, so that neither its depth nor its aliases matter, and only the
fields that are needed are kept (https://helm.sh/docs/topics/chart_repository/#the-index-file).
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from msgspec import Struct

from gitops_docs.yaml.events import parse_events

_FIELDS = frozenset({"version", "digest", "created"})


class IndexFault(ValueError):
    """A text that is not an index; the text says why."""


class IndexEntry(Struct, frozen=True):
    """One version of a chart. `digest` is bare hexadecimal or empty, `created` as written."""

    version: str
    urls: tuple[str, ...]
    digest: str = ""
    created: str = ""


def versions(content: bytes) -> dict[str, list[IndexEntry]]:
    """Return the versions of each chart, in the order of the index.

    Raises:
        IndexFault: It is not YAML, or has not the shape of an index.
    """
    try:
        return dict(_charts(content))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise IndexFault("its index.yaml is not the index of a chart repository") from error


def _charts(content: bytes) -> Iterator[tuple[str, list[IndexEntry]]]:
    parser = parse_events(content)
    # The keys that lead to the current event, None in a list; for each open collection, whether it
    # is a mapping that waits for a key.
    path: list[str | None] = []
    waiting: list[bool] = []
    name, found = "", list[IndexEntry]()
    fields: dict[str, str] = {}
    urls: list[str] = []
    has_entries = False
    while (event := parser.get_event()) is not None:
        kind: type[object] = type(event)
        if kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            waiting.pop()
            depth = len(waiting)
            if kind is yaml.MappingEndEvent and depth == 3 and path[:1] == ["entries"]:
                digest = fields.get("digest", "").removeprefix("sha256:")
                if fields.get("version"):
                    found.append(
                        IndexEntry(
                            fields["version"], tuple(urls), digest, fields.get("created", "")
                        )
                    )
                fields, urls = {}, []
            elif kind is yaml.SequenceEndEvent and depth == 2 and path[:1] == ["entries"]:
                yield name, found
                found = []
            del path[depth:]
            if waiting and path and path[-1] is not None:
                path.pop()
                waiting[-1] = True
            continue
        if kind not in (
            yaml.ScalarEvent,
            yaml.AliasEvent,
            yaml.MappingStartEvent,
            yaml.SequenceStartEvent,
        ):
            continue
        depth = len(waiting)
        if waiting and waiting[-1]:
            # A key. One that is not a scalar does not occur in an index.
            if kind is not yaml.ScalarEvent:
                raise IndexFault("a key is not text")
            path.append(event.value)
            waiting[-1] = False
            if depth == 2 and path[0] == "entries":
                name = event.value
            continue
        if kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
            if depth == 1 and path == ["entries"]:
                has_entries = True
            if waiting and len(path) < depth:
                path.append(None)
            waiting.append(kind is yaml.MappingStartEvent)
            continue
        text = event.value if kind is yaml.ScalarEvent else ""
        if path[:1] == ["entries"]:
            if depth == 4 and len(path) == 4 and path[3] in _FIELDS:
                fields[str(path[3])] = text
            elif depth == 5 and len(path) >= 4 and path[3] == "urls":
                urls.append(text)
            elif depth == 1 and len(path) == 1:
                has_entries = True  # `entries:` of a repository without charts
        if waiting and path and path[-1] is not None and len(path) == depth:
            path.pop()
            waiting[-1] = True
    if not has_entries:
        raise IndexFault("it has no entries")
