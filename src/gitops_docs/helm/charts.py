"""Read charts that lie in a repository: the directory that a HelmRelease names in a GitRepository
or a Bucket.

Rules: source-controller `internal/helm/chart/builder_local.go`: the version is that of
`Chart.yaml`, which must be valid (`Metadata.Validate` of Helm); `valuesFiles` replace the chart's
own `values.yaml`, in their order, and their paths count from the root of the source. A `file://`
dependency is packed from the same source (`dependency_manager.go`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from msgspec import Struct

from gitops_docs.helm import dependencies, versions
from gitops_docs.helm.archive import Archive
from gitops_docs.helm.dependencies import names_dependencies
from gitops_docs.helm.metadata import Dependency
from gitops_docs.kubernetes import objects
from gitops_docs.model import Release
from gitops_docs.repository.checkout import UnreadableFile
from gitops_docs.repository.tree import Tree, clamp
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    as_map,
    as_seq,
    as_text,
    deep_merge,
    get_path,
    is_true,
    mapping,
)

_NAMING = ("Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock")
"""Files of a chart that name its dependencies."""
Inspect = Callable[[Release, Map, bool], Release]
"""A release, its own values, and whether it switches the chart's schema off, to the same with what
its chart says."""
FindTree = Callable[[str, str, str], Tree | None]
"""Kind, namespace and name of a source to its files; None where they are not here."""


class LocalChart(Struct, frozen=True, kw_only=True):
    """A chart that lies in a repository.

    `defaults` are the values that the release starts from; `missing` are the `valuesFiles` that are
    not there, as nodes, `absent` the dependencies that are not in its `charts/`. `fault` says why
    no chart can be made of the directory and what to do, None where it can; `fault_at` is the node
    that is wrong, None for the field that names the chart. `schema` is its `values.schema.json`.
    """

    name: str = ""
    version: Scalar | None = None
    defaults: Map
    missing: tuple[Scalar, ...] = ()
    absent: tuple[Dependency, ...] = ()
    fault: str | None = None
    fault_at: Node | None = None
    schema: Map | None = None


class LocalCharts:
    """Looks for charts in the sources of one cluster, and records what was read, to find out
    whether it still holds."""

    def __init__(self, find: FindTree, inspect: Inspect | None = None) -> None:
        self._find = find
        self.inspect = inspect
        self._read: dict[tuple[str, str, str, str], object] = {}

    def tree(self, kind: str, namespace: str, name: str) -> Tree | None:
        """Return the files of a source."""
        found = self._find(kind, namespace, name)
        self._read[kind, namespace, name, ""] = found
        return found

    def holds(self, find: FindTree) -> bool:
        """Return whether everything that was read is the very same."""
        trees: dict[tuple[str, str, str], Tree | None] = {}
        for (kind, namespace, name, path), was in self._read.items():
            key = kind, namespace, name
            if key not in trees:
                trees[key] = find(*key)
            now: object = trees[key] if not path else _root(trees[key], path)
            if now is not was:
                return False
        return True

    def read(self, key: tuple[str, str, str], tree: Tree, path: str) -> Map | None:
        """Return the mapping that a YAML file holds; None where there is no such file."""
        found = self._read[*key, path] = _root(tree, path)
        return found

    def chart(self, spec: Map, key: tuple[str, str, str]) -> LocalChart | None:
        """Return the chart of a `spec.chart.spec` or of a HelmChart's `spec`; None where its source
        is not here, or it is an archive.

        Args:
            spec: The fields `chart`, `valuesFiles` and `ignoreMissingValuesFiles`.
            key: Kind, namespace and name of the source.
        """
        tree = self.tree(*key)
        written = objects.text(spec.get("chart"))
        if tree is None or not written:
            return None
        directory = clamp(written)
        if tree.is_file(directory):
            return None
        metadata = self.read(key, tree, posixpath.join(directory, "Chart.yaml"))
        if metadata is None:
            source = f"{key[0]} {key[1]}/{key[2]}"
            if tree.is_file(posixpath.join(directory, "Chart.yaml")):
                why = (
                    f"the Chart.yaml of the chart `{written}` in {source} is not a YAML mapping; "
                    f"correct it"
                )
            else:
                where = "has no Chart.yaml" if tree.is_dir(directory) else "does not exist"
                why = f"the chart `{written}` {where} in {source}; correct the path"
            return LocalChart(defaults=mapping(), fault=why)
        defaults, missing = self._defaults(spec, key, tree, directory)
        absent = self._absent(key, tree, directory)
        faults = (
            _invalid(metadata),
            self._without_values(spec, metadata, key, tree, directory),
            self._without_local(absent, metadata, key, tree, directory),
        )
        fault, place = next((found for found in faults if found is not None), (None, None))
        return LocalChart(
            name=objects.text(metadata.get("name")) or posixpath.basename(directory),
            version=as_text(metadata.get("version")),
            defaults=defaults,
            missing=missing,
            absent=absent,
            fault=fault,
            fault_at=place,
            schema=self.read(key, tree, posixpath.join(directory, "values.schema.json")),
        )

    def _without_values(
        self, spec: Map, metadata: Map, key: tuple[str, str, str], tree: Tree, directory: str
    ) -> _Fault | None:
        """Return whether `valuesFiles` replace a `values.yaml` that the chart does not have."""
        named = [item for item in as_seq(spec.get("valuesFiles")) if type(item) is Scalar]
        if not named or tree.is_file(posixpath.join(directory, "values.yaml")):
            return None
        self.read(key, tree, posixpath.join(directory, "values.yaml"))
        return (
            f"its chart `{_title(metadata, directory)}` has no values.yaml, which `valuesFiles` "
            f"replace; add one, which may be empty",
            named[0],
        )

    def _without_local(
        self,
        absent: tuple[Dependency, ...],
        metadata: Map,
        key: tuple[str, str, str],
        tree: Tree,
        directory: str,
    ) -> _Fault | None:
        """Return what is wrong with a dependency that is taken from the same source. Whether the
        values switch it off does not count."""
        chart = _title(metadata, directory)
        for one in absent:
            if not one.is_local:
                continue
            address = one.repository.removeprefix("file://") or f"charts/{one.name}"
            place = clamp(posixpath.join(directory, address.lstrip("/")))
            found = self.read(key, tree, posixpath.join(place, "Chart.yaml"))
            named = _entry(metadata, one.name)
            if found is None:
                if tree.is_file(place):
                    continue
                return (
                    f"its chart `{chart}` depends on `{one.name}`, and `{place}` is no chart; correct "
                    f"the `repository` of the dependency",
                    named,
                )
            version = versions.coerced(objects.text(found.get("version")) or "")
            try:
                fits = version is not None and versions.constraint(one.version).accepts(version)
            except versions.ConstraintError:
                fits = False
            if not fits:
                return (
                    f"its chart `{chart}` depends on `{one.name}` {one.version}, and the chart in "
                    f"`{place}` has the version {objects.text(found.get('version')) or 'none'}; "
                    f"correct one of the two",
                    named,
                )
        return None

    def _absent(
        self, key: tuple[str, str, str], tree: Tree, directory: str
    ) -> tuple[Dependency, ...]:
        """Return the dependencies that are not in `charts/`."""
        prefix = f"{directory}/" if directory else ""
        files = {}
        try:
            for name in _NAMING:
                if tree.is_file(prefix + name):
                    self.read(key, tree, prefix + name)
                    files[name] = tree.read(prefix + name)
            if not names_dependencies(files):
                return ()
            for path in tree.files:
                below = path.removeprefix(prefix)
                if path.startswith(f"{prefix}charts/") and (
                    below.endswith("/Chart.yaml") or below.endswith(".tgz")
                ):
                    files[below] = tree.read(path)
        except UnreadableFile:
            return ()
        return dependencies.absent(Archive(files))

    def _defaults(
        self, spec: Map, key: tuple[str, str, str], tree: Tree, directory: str
    ) -> tuple[Map, tuple[Scalar, ...]]:
        named = [item for item in as_seq(spec.get("valuesFiles")) if type(item) is Scalar]
        if not named:
            return self.read(key, tree, posixpath.join(directory, "values.yaml")) or mapping(), ()
        merged, missing = mapping(), []
        for item in named:
            path = clamp(str(item))
            held = self.read(key, tree, path) if tree.is_file(path) else None
            if held is not None:
                merged = deep_merge(merged, held)
            elif (
                not tree.is_file(path)
                and not is_true(spec.get("ignoreMissingValuesFiles"))
                and "${" not in item
            ):
                missing.append(item)
        return merged, tuple(missing)


_Fault = tuple[str, Node | None]
"""Why Flux makes no chart of a directory with what to do, and the node that is wrong."""
_TYPES = ("", "application", "library")


def _title(metadata: Map, directory: str) -> str:
    return objects.text(metadata.get("name")) or directory


def _entry(metadata: Map, name: str) -> Node | None:
    """Return the name of a dependency, as Chart.yaml has it."""
    for item in as_seq(metadata.get("dependencies")):
        found = as_map(item).get("name")
        if found == name:
            return found
    return metadata.get("name")


def _invalid(metadata: Map) -> _Fault | None:
    """Return what Helm refuses of a Chart.yaml."""
    fields = {name: objects.text(metadata.get(name)) or "" for name in ("name", "version", "type")}
    for name in ("name", "version"):
        if not fields[name]:
            first = next((one for one in metadata.values() if type(one) is Scalar), None)
            return f"Chart.yaml of its chart has no {name}; add it", first
    name, version = fields["name"], fields["version"]
    if "/" in name or name in (".", ".."):
        return f"Chart.yaml has the name `{name}`, which is none; correct it", metadata["name"]
    if versions.coerced(version) is None:
        return (
            f"the version `{version}` of its chart `{name}` is not a semantic version; correct it",
            metadata["version"],
        )
    if fields["type"] not in _TYPES:
        return (
            f"its chart `{name}` has the type `{fields['type']}`; it must be application or library",
            metadata["type"],
        )
    return None


def _root(tree: Tree | None, path: str) -> Map | None:
    if tree is None or not tree.is_file(path):
        return None
    documents = tree.documents(path).documents
    root = documents[0].root if documents else None
    return root if type(root) is Map else None


def source_key(chart_spec: Map, namespace: str) -> tuple[str, str, str]:
    """Kind, namespace and name of the source that a chart's `spec` names."""
    source = as_map(chart_spec.get("sourceRef"))
    return (
        objects.text(source.get("kind")) or "",
        objects.text(source.get("namespace")) or namespace,
        objects.text(get_path(source, "name")) or "",
    )
