"""Read what a chart says of itself: Chart.yaml, values.yaml with its comments, values.schema.json,
dependencies.

Rules: https://helm.sh/docs/topics/charts/; comments as in https://github.com/norwoodj/helm-docs: `#
-- text`, else the comment right above the key or behind it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from gitops_docs.helm import archive as archives
from gitops_docs.helm import versions
from gitops_docs.helm.archive import Archive, ArchiveError
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.comments import Comment
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    Seq,
    as_map,
    as_seq,
    as_text,
    deep_merge,
    is_flow,
    is_true,
    mapping,
)
from gitops_docs.yaml.parse import parse

DEPENDENCIES = (("Chart.yaml", "Chart.lock"), ("requirements.yaml", "requirements.lock"))
"""Where dependencies stand, and what locks them; the second pair is that of charts of version 1."""
_MAX_DEPENDENCIES = 200
MAX_COMMENT = 400
"""Longest comment of a value that is kept, in characters."""
_MAX_SCHEMA = 4 << 20
_NAME = Pattern(r"[A-Za-z0-9._-]{1,250}\z")
_USE = Pattern(r"\.Values((?:\.[A-Za-z0-9_]+)*)")
_WORD = Pattern(r"[A-Za-z0-9_-]+")
_TEMPLATES = (".yaml", ".yml", ".tpl", ".txt", ".json", ".tf", ".toml", ".conf")

Path = tuple[str, ...]


class MetadataError(ValueError):
    """A chart whose metadata cannot be used; the text says why, after `the archive`."""


class Dependency(Struct, frozen=True, kw_only=True):
    """An entry of `dependencies`."""

    name: str
    alias: str = ""
    version: str = ""
    """Version or constraint; that of the lock file where there is one."""
    repository: str = ""
    """As it is written: `https://`, `oci://`, `file://`, a name after `@` or `alias:`, or nothing."""
    conditions: tuple[str, ...] = ()
    """Paths of values."""
    tags: tuple[str, ...] = ()
    is_here: bool = True
    """Whether its chart lies in `charts/`."""

    @property
    def is_local(self) -> bool:
        """Whether it is taken from the source of the chart."""
        return not self.repository or self.repository.startswith("file://")


class Chart(Struct, frozen=True):
    """What a chart says of itself."""

    name: str
    version: str
    app_version: str
    description: str
    kube_version: str
    home: str
    is_deprecated: bool
    is_library: bool
    maintainers: tuple[str, ...]
    dependencies: tuple[Dependency, ...]
    defaults: Map
    """The values that a release starts from."""
    comments: dict[Path, str]
    """The comment of each key of `values.yaml` that has one."""
    schema: object
    """What `values.schema.json` holds; None where there is none, or it cannot be read."""
    used: frozenset[Path]
    """The paths below `.Values` that templates name; the empty one where they use all values as
    one."""
    words: frozenset[str]
    """The words of `values.yaml` and `values.schema.json`, comments included."""


def chart_yaml(archive: Archive) -> Map:
    """Return the mapping of Chart.yaml.

    Raises:
        MetadataError: It is none.
    """
    root = _document(archive, "Chart.yaml")
    if root is None:
        raise MetadataError("has a Chart.yaml that is not a YAML mapping")
    return root


def name_and_version(archive: Archive) -> tuple[str, str]:
    """Return name and version of a chart, which every chart must have.

    Raises:
        MetadataError: It has not, or they are none that Helm takes.
    """
    root = chart_yaml(archive)
    name, version = root.get("name"), root.get("version")
    if type(name) is not Scalar or not _NAME.match(name):
        raise MetadataError("has a Chart.yaml without a name that Helm takes")
    if type(version) is not Scalar or versions.parse(str(version)) is None:
        raise MetadataError("has a Chart.yaml without a semantic version")
    return str(name), str(version)


def read(
    archive: Archive, values_files: Iterable[str] = (), *, ignore_missing: bool = False
) -> Chart:
    """Read a chart.

    Args:
        archive: Its files.
        values_files: Files of the chart that replace its `values.yaml`.
        ignore_missing: Whether those that are missing are passed over.

    Raises:
        MetadataError: Its Chart.yaml or one of the files of values cannot be used.
    """
    root = chart_yaml(archive)
    name, version = name_and_version(archive)
    defaults, comments = _defaults(archive, tuple(values_files), ignore_missing)
    schema, schema_text = _schema(archive)
    values_text = archive.files.get("values.yaml", b"").decode("utf-8", "replace")
    maintainers = (_text(as_map(item), "name") for item in as_seq(root.get("maintainers")))
    return Chart(
        name=name,
        version=version,
        app_version=_text(root, "appVersion"),
        description=_text(root, "description"),
        kube_version=_text(root, "kubeVersion"),
        home=_text(root, "home"),
        is_deprecated=is_true(root.get("deprecated")),
        is_library=_text(root, "type") == "library",
        maintainers=tuple(item for item in maintainers if item),
        dependencies=tuple(dependencies(archive)),
        defaults=defaults,
        comments=comments,
        schema=schema,
        used=frozenset(_used(archive)),
        words=frozenset(
            found[0] for text in (values_text, schema_text) for found in _WORD.finditer(text)
        ),
    )


def _document(archive: Archive, name: str) -> Map | None:
    documents = parse(archive.files.get(name, b""), name, seal=False).documents
    root = documents[0].root if documents else None
    return root if type(root) is Map else None


def _text(data: Map, key: str) -> str:
    return str(as_text(data.get(key)) or "").strip()


def _defaults(
    archive: Archive, files: tuple[str, ...], ignore_missing: bool
) -> tuple[Map, dict[Path, str]]:
    merged, comments = mapping(), dict[Path, str]()
    for name in files or ("values.yaml",):
        content = archive.files.get(name.removeprefix("./"))
        if content is None:
            if files and not ignore_missing:
                raise MetadataError("has not all files of `valuesFiles`")
            continue
        parsed = parse(content, name, seal=False)
        root = parsed.documents[0].root if parsed.documents else None
        if type(root) is not Map:
            if root is not None and not (type(root) is Scalar and not str(root).strip("~ nul")):
                raise MetadataError(
                    f"has a {'values file' if files else 'values.yaml'} that is not a YAML mapping"
                )
            continue
        merged = deep_merge(merged, root)
        comments |= _comments(root, parsed.comments, content.decode("utf-8", "replace").split("\n"))
    return merged, comments


def _comments(root: Map, found: dict[int, Comment], lines: list[str]) -> dict[Path, str]:
    """Return the comments of the keys of a mapping, by path."""
    made: dict[Path, str] = {}
    pending: list[tuple[Path, Map]] = [((), root)]
    while pending:
        path, node = pending.pop()
        for key, value in node.items():
            here = (*path, str(key))
            text = _comment(str(key), found, _line(str(key), value, lines), lines)
            if text:
                made[here] = text
            if type(value) is Map:
                pending.append((here, value))
    return made


def _line(key: str, value: Node, lines: list[str]) -> int:
    """Return the line of a key. A block below it begins on a later line, the first one that is not
    a comment."""
    line = value.line
    is_block = type(value) in (Map, Seq) and not is_flow(value)
    at = line - 1 if is_block else 0
    while at > 0 and at <= len(lines):
        text = lines[at - 1].strip()
        if text and not text.startswith("#"):
            return at if text.lstrip("-? \"'").startswith(key) else line
        at -= 1
    return line


def _comment(key: str, found: dict[int, Comment], line: int, lines: list[str]) -> str:
    """Return the comment of a key: the lines right above its own, else what stands behind it. Lines
    that stand further right are examples for the key before; an example for this one ends the
    text."""
    above: list[str] = []
    at = line - 1
    most = _indent(lines, line)
    while (comment := found.get(at)) is not None and comment.own_line:
        if _indent(lines, at) > most:
            break
        above.insert(0, comment.text)
        at -= 1
    marked = [number for number, text in enumerate(above) if text.startswith("-- ")]
    if marked:
        above = [above[marked[-1]][3:], *above[marked[-1] + 1 :]]
    behind = found.get(line)
    if not above and behind is not None and not behind.own_line:
        above = [behind.text.removeprefix("-- ")]
    example = next((n for n, text in enumerate(above) if n and text.startswith(f"{key}:")), None)
    text = " ".join(part for part in above[:example] if part and not part.startswith("@"))
    return text if len(text) <= MAX_COMMENT else f"{text[: MAX_COMMENT - 1]}…"


def _indent(lines: list[str], line: int) -> int:
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return len(text) - len(text.lstrip(" "))


def _schema(archive: Archive) -> tuple[object, str]:
    content = archive.files.get("values.schema.json", b"")
    if not content or len(content) > _MAX_SCHEMA:
        return None, ""
    text = content.decode("utf-8-sig", "replace")
    try:
        return json.loads(text), text
    except (ValueError, RecursionError):
        return None, text


def dependencies(archive: Archive) -> Iterator[Dependency]:
    """Yield the dependencies that a chart names."""
    for name, lock in DEPENDENCIES:
        listed = _maps(_document(archive, name))
        if not listed:
            continue
        here = chart_names(archive)
        locked: dict[str, list[Map]] = defaultdict(list)
        for item in _maps(_document(archive, lock)):
            locked[_text(item, "name")].append(item)
        for item in listed[:_MAX_DEPENDENCIES]:
            same = locked[_text(item, "name")]
            held = same.pop(0) if same else item
            conditions = (path.strip() for path in _text(item, "condition").split(","))
            yield Dependency(
                name=_text(item, "name"),
                alias=_text(item, "alias"),
                version=_text(held, "version"),
                repository=_text(held, "repository").rstrip("/"),
                conditions=tuple(filter(None, conditions)),
                tags=tuple(str(tag) for tag in as_seq(item.get("tags")) if as_text(tag)),
                is_here=_text(item, "name") in here,
            )
        return


def _maps(root: Map | None) -> list[Map]:
    """Return the entries of a list of dependencies that have a name."""
    listed = as_seq(root.get("dependencies")) if root is not None else ()
    return [item for item in map(as_map, listed) if _text(item, "name")]


def local_dependencies(archive: Archive) -> Iterator[tuple[str, str]]:
    """Yield name and path of the dependencies that a `file://` address names."""
    root = _document(archive, "Chart.yaml")
    for item in as_seq(as_map(root).get("dependencies")):
        data = as_map(item)
        name, address = _text(data, "name"), _text(data, "repository")
        if address.startswith("file://") and _NAME.match(name):
            yield name, address.removeprefix("file://")


def chart_names(archive: Archive) -> set[str]:
    """Return the names of the charts in `charts/`: directories by their Chart.yaml, and
    archives."""
    found = set()
    for below in _subcharts(archive):
        try:
            found.add(name_and_version(below)[0])
        except MetadataError:
            continue
    return found


def _subcharts(archive: Archive) -> Iterator[Archive]:
    directories = {
        name.split("/")[1]
        for name in archive.files
        if name.startswith("charts/") and name.count("/") > 1
    }
    for directory in sorted(directories):
        if not directory.startswith(("_", ".")):
            yield archive.below(f"charts/{directory}")
    for name, content in archive.files.items():
        if name.startswith("charts/") and name.count("/") == 1 and name.endswith(".tgz"):
            try:
                yield archives.read(content)
            except ArchiveError:
                continue


def _used(archive: Archive, depth: int = 0) -> Iterator[Path]:
    """Yield the paths below `.Values` in all templates; those of subcharts too, which may be
    libraries."""
    for name, content in archive.files.items():
        if name.startswith(("templates/", "files/")) or (depth and name.endswith(_TEMPLATES)):
            for found in _USE.finditer(content.decode("utf-8", "replace")):
                yield tuple(part for part in (found[1] or "").split(".") if part)
    if depth < archives.MAX_DEPTH:
        for below in _subcharts(archive):
            yield from _used(below, depth + 1)


def default_of(chart: Chart, path: tuple[str | int, ...]) -> Node | None:
    """Return the default at a path of keys; for a path into a list, which Helm replaces as a whole,
    that of the list; None where there is none."""
    node: Node | None = chart.defaults
    for part in path:
        if type(node) is Seq:
            return node
        if type(node) is not Map or not isinstance(part, str):
            return None
        node = node.get(part)
    return node


def is_unknown(chart: Chart, path: tuple[str | int, ...]) -> bool:
    """Return whether a chart surely does not know a value: no default, no template, no schema and
    no comment has its key.

    It is not known where a template uses a mapping above the key as a whole, where the default of
    that mapping is empty, or below a dependency.
    """
    keys = tuple(part for part in path if isinstance(part, str))
    if not keys or keys[0] in ("global", "tags") or chart.is_library:
        return False
    if any(
        keys[0] in (one.name, one.alias, *(path.split(".")[0] for path in one.conditions))
        for one in chart.dependencies
    ):
        return False
    node: Node | None = chart.defaults
    for depth, key in enumerate(keys):
        if keys[:depth] in chart.used or type(node) is not Map or (depth and not node):
            return False
        if key not in node:
            here = keys[: depth + 1]
            return key not in chart.words and not any(
                used[: depth + 1] == here for used in chart.used
            )
        node = node[key]
    return False
