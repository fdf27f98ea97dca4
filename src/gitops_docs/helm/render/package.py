"""Pack a chart for the worker: without schemas, without links, with the values files that a release
names.

Helm fetches what a schema refers to and follows links in a directory, so it gets neither.
"""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from gitops_docs.helm import archive as archives
from gitops_docs.helm import dependencies
from gitops_docs.helm.archive import Archive, ArchiveError
from gitops_docs.helm.metadata import Dependency
from gitops_docs.kubernetes import definitions
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, as_yaml_1_1, plain_value
from gitops_docs.yaml.parse import parse

_FORMAT = 1
"""Goes up when archives are packed in another way."""
_SCHEMA = "values.schema.json"
_ACTION = Pattern(r"\{\{.*?\}\}", dot_all=True)
_VARIES = Pattern(
    r"""(?:^|[^\w.$"])(?:now|ago|date\w*|htmlDate\w*|unixEpoch|uuidv4|shuffle|htpasswd|bcrypt|encryptAES|keys|values|rand\w+|gen\w+)"""
    r"(?:\W|$)"
)
"""Functions of Helm's templates that give another result each time."""
_TEXT = Pattern(r"\"(?:[^\"\\{]|\\.)*\"|`[^`{]*`")
_ORDERED = Pattern(
    r"\bkeys\s+[$\w.]+\s*\|\s*(?:sortAlpha|len|uniq\s*\|\s*sortAlpha)\b"
    r"|\b(?:has|without|len|sortAlpha)\s+(?:[$\w.\"]+\s+)?\(keys\s+[$\w.]+\s*\)"
)
"""Uses of `keys` that do not depend on the order, which is another one each time."""
_VERSIONS = b"Capabilities"
_APIS = b"APIVersions"
_ASKED = Pattern(
    r"APIVersions\.Has\s+\"([\w./-]+)\"|\bhas\s+\"([\w./-]+)\"\s+[$\w.]*\.APIVersions\b"
    r"|APIVersions\.Has\s+\(\s*printf\s+\"([\w./-]+)%s\"|APIVersions\.Has\s+`([\w./-]+)`"
)
"""How templates ask whether there is an API version: by its name, or by how the name begins."""


class Facts(Struct, frozen=True):
    """What of a chart decides how it is rendered."""

    varies: bool
    """Whether a template may give another result each time."""
    asks_versions: bool
    """Whether a template may ask for versions of Kubernetes or of APIs."""
    asked: tuple[str, ...] | None
    """The API versions that templates ask for, sorted; one that ends with `*` stands for all that
    begin so. None where a template may ask for any."""
    apis: tuple[str, ...]
    """API versions that the definitions in `crds/` add, sorted."""
    absent: tuple[Dependency, ...] = ()
    """Dependencies that are not in `charts/`."""


class Package(Struct, frozen=True):
    """A chart as the worker gets it."""

    digest: str
    """Hexadecimal, of what the chart is made from."""
    facts: Facts
    load: Callable[[], bytes]
    """Gives the archive for the worker.

    Raises:
        ArchiveError: It cannot be used.
    """


def examine(archive: Archive) -> Facts:
    """Look through the templates of a chart.

    Raises:
        ArchiveError: An archive in `charts/` cannot be used.
    """
    held = list(_texts(archive.files, 0))
    return Facts(
        varies=any(map(_varies, held)),
        asks_versions=any(_VERSIONS in one for one in held),
        asked=_asked(held),
        apis=tuple(sorted(set(_apis(archive.files, 0)))),
        absent=dependencies.absent(archive),
    )


def api_versions(definition: Map) -> set[str]:
    """Return what Helm calls the versions of a definition: `group/version` and
    `group/version/Kind`."""
    return {
        text
        for group, kind, versions in definitions.defines(definition)
        for version in versions
        for text in (f"{group}/{version}", f"{group}/{version}/{kind}")
    }


def pack(archive: Archive, values: Map | None = None) -> bytes:
    """Return the archive of a chart for the worker.

    Args:
        archive: The files.
        values: What stands in place of its `values.yaml`, where a release names values files.

    Raises:
        ArchiveError: An archive in `charts/` cannot be used.
    """
    files = dict(_prepared(archive.files, 0))
    if values is not None:
        # JSON is YAML, and keeps numbers and texts apart. Helm reads YAML 1.1: `yes` is true.
        files["values.yaml"] = json.dumps(plain_value(as_yaml_1_1(values))).encode()
    return _archive(files)


def digest(*parts: object) -> str:
    """Return the identity of a chart, from what it is made of."""
    return hashlib.sha256(json.dumps([_FORMAT, *parts]).encode()).hexdigest()


def may_vary(values: bytes) -> bool:
    """Return whether values hold templates that may give another result each time."""
    return _varies(values)


def may_ask_versions(values: bytes) -> bool:
    """Return whether values hold templates that may ask for API versions."""
    return _VERSIONS in values


def _prepared(files: Mapping[str, bytes], depth: int) -> Iterable[tuple[str, bytes]]:
    if depth > archives.MAX_DEPTH:
        raise ArchiveError("holds charts in charts too deeply")
    for name, content in files.items():
        if posixpath.basename(name) == _SCHEMA:
            continue
        if archives.is_packed(name):
            inner = dict(_prepared(archives.read(content).files, depth + 1))
            yield name, _archive(inner)
        else:
            yield name, content


def _archive(files: Mapping[str, bytes]) -> bytes:
    """Return a gzipped tar archive, not compressed, always the same for the same files."""
    import gzip  # late, as `tarfile`: most scans pack nothing
    import tarfile

    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(f"chart/{name}")
            member.size = len(files[name])
            tar.addfile(member, io.BytesIO(files[name]))
    return gzip.compress(plain.getvalue(), compresslevel=0, mtime=0)


def _texts(files: Mapping[str, bytes], depth: int) -> Iterable[bytes]:
    for name, content in files.items():
        if archives.is_packed(name) and depth <= archives.MAX_DEPTH:
            yield from _texts(archives.read(content).files, depth + 1)
        elif b"{{" in content:
            yield content


def _apis(files: Mapping[str, bytes], depth: int) -> Iterator[str]:
    for name, content in files.items():
        if archives.is_packed(name) and depth <= archives.MAX_DEPTH:
            yield from _apis(archives.read(content).files, depth + 1)
        elif is_in_crds(name) and b"CustomResourceDefinition" in content:
            for document in parse(content, name).documents:
                if type(document.root) is Map:
                    yield from api_versions(document.root)


def is_in_crds(name: str) -> bool:
    """Return whether a file or template stands in the directory `crds` of a chart, which Helm
    installs once and never changes."""
    parts = name.split("/")
    while parts[:1] == ["charts"] and len(parts) > 2:
        parts = parts[2:]
    return parts[0] == "crds" and len(parts) > 1


def _asked(texts: Iterable[bytes]) -> tuple[str, ...] | None:
    found: set[str] = set()
    for text in texts:
        number = text.count(_APIS)
        if not number:
            continue
        asked = list(_ASKED.finditer(text.decode("utf-8", "replace")))
        if len(asked) != number:
            return None
        for one in asked:
            found.add(f"{one[3]}*" if one[3] else one[1] or one[2] or one[4])
    return tuple(sorted(found))


def _varies(content: bytes) -> bool:
    if b"{{" not in content:
        return False
    text = content.decode("utf-8", "replace")
    return any(
        not found[0].startswith(("{{/*", "{{- /*"))
        and _VARIES.search(_ORDERED.sub("", _TEXT.sub('""', found[0])))
        for found in _ACTION.finditer(text)
    )
