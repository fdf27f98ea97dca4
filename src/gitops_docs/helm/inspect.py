"""Add to a release what its chart in the store says: facts, the default beside each value, what the
chart refuses."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from gitops_docs import redaction
from gitops_docs.flux.substitution.placeholders import SETS, Filled, NotJson
from gitops_docs.helm import archive, metadata, schema, versions
from gitops_docs.helm.archive import ArchiveError
from gitops_docs.helm.dependencies import is_enabled
from gitops_docs.helm.metadata import Chart, MetadataError
from gitops_docs.helm.references import ChartReference, reference
from gitops_docs.helm.store import Charts
from gitops_docs.model import ChartDefault, ChartDetails, Location, Relation, Release
from gitops_docs.yaml.nodes import Map, Scalar, Seq, deep_merge, is_null, plain_value

_MAX_CHARTS = 512
_MAX_DETAILS = 8 << 20
_FORMAT = 3
"""Raised when a chart gets other facts."""


class Inspector:
    """Inspects the releases of a scan. The same object means: the same charts.

    Args:
        charts: The store and what references stand for.
        kubernetes_version: The Kubernetes version of the clusters, such as `1.31`; empty if it is
            not stated.
        kubernetes_versions: Those of single clusters.
    """

    def __init__(
        self,
        charts: Charts,
        kubernetes_version: str = "",
        kubernetes_versions: Mapping[str, str] | None = None,
    ) -> None:
        self.charts = charts
        self.kubernetes_versions = dict(kubernetes_versions or {})
        self.kubernetes_version = kubernetes_version
        self._chart = lru_cache(_MAX_CHARTS)(self._read)

    def holds(self, charts: Charts, kubernetes_version: str) -> bool:
        """Return whether nothing is another than when this object was made."""
        mine = self.charts
        before = mine.locked, mine.recorded, mine.present, mine.store.path, self.kubernetes_version
        return before == (
            charts.locked,
            charts.recorded,
            charts.present,
            charts.store.path,
            kubernetes_version,
        )

    def __call__(self, release: Release, values: Map, without_schema: bool) -> Release:
        """Return the release with what its chart says.

        Args:
            release: A release.
            values: Its own values, without defaults.
            without_schema: Whether the release switches the check by the schema off.
        """
        found = reference(release)
        if found is None:
            return release
        if not isinstance(found, ChartReference):
            return replace(release, chart_absent=found)
        entry = self.charts.entry(found)
        origin = release.chart_origin
        if entry is None or origin is None:
            return replace(release, chart_absent="it has not been pulled")
        name = self._name(release, entry.archive, values, without_schema)
        known = self._cached_details(name)
        if known is not None:
            return replace(release, chart_details=known)
        chart = self._chart(entry.archive, origin.values_files, origin.ignore_missing_values_files)
        if not isinstance(chart, Chart):
            return replace(release, chart_absent=chart)
        details = self._details(release, chart, entry.archive, values, without_schema)
        if name:
            self.charts.store.try_file(name, msgspec.msgpack.encode(details))
        return replace(release, chart_details=details)

    def _name(self, release: Release, archive: str, values: Map, without_schema: bool) -> str:
        """Return the name under which the store keeps what a chart says of a release: a digest of
        everything that decides it, in which no secret is. Empty where nothing is kept."""
        if archive not in self.charts.present:
            return ""
        try:
            filled = Filled(values, SETS[0]).text
        except NotJson:
            return ""
        parts = (
            _FORMAT,
            archive,
            release.chart_origin,
            release.values,
            release.partial,
            filled,
            self._kubernetes(release),
            without_schema,
        )
        return f"details/{hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()}"

    def _cached_details(self, name: str) -> ChartDetails | None:
        content = self.charts.store.read_file(name, _MAX_DETAILS) if name else None
        try:
            return (
                msgspec.msgpack.decode(content, type=ChartDetails) if content is not None else None
            )
        except msgspec.MsgspecError:
            return None

    def _read(self, digest: str, files: tuple[str, ...], ignore_missing: bool) -> Chart | str:
        content = self.charts.store.read(digest)
        if content is None:
            return "it has not been pulled"
        try:
            return metadata.read(archive.read(content), files, ignore_missing=ignore_missing)
        except (ArchiveError, MetadataError) as error:
            return f"its archive {error}"

    def _details(
        self, release: Release, chart: Chart, digest: str, values: Map, without_schema: bool
    ) -> ChartDetails:
        paths = {_dotted(path): (path, node) for path, node, _ in redaction.leaves(values)}
        defaults, unknown = [], []
        for value in release.values:
            known = paths.get(value.path)
            if known is None:
                continue
            path, node = known
            one = _default(chart, path, node, value.value)
            defaults.append(one)
            if one.relation is Relation.UNKNOWN:
                unknown.append((value.path, Location(value.file, value.line)))
        checked = schema.Checked()
        merged = deep_merge(chart.defaults, values)
        if chart.schema is not None and not without_schema:
            checked = schema.check(chart.schema, merged, partial=release.partial is not None)
        return ChartDetails(
            version=chart.version,
            digest=digest,
            app_version=chart.app_version,
            description=chart.description,
            home=chart.home,
            maintainers=chart.maintainers,
            is_deprecated=chart.is_deprecated,
            kube_version=chart.kube_version,
            kube_refused=self._refused(chart, self._kubernetes(release)),
            defaults=tuple(defaults),
            unknown=tuple(unknown),
            refused=checked.refused,
            unchecked=checked.unchecked,
            missing_dependencies=tuple(
                one.name
                for one in chart.dependencies
                if not one.is_here and is_enabled(one, merged)
            ),
        )

    def _kubernetes(self, release: Release) -> str:
        return self.kubernetes_versions.get(release.cluster, self.kubernetes_version)

    def _refused(self, chart: Chart, kubernetes: str) -> str | None:
        """Return the Kubernetes version that the chart's `kubeVersion` does not take."""
        text = kubernetes.removeprefix("v")
        version = versions.parse(text) or versions.parse(f"{text}.0")
        if not chart.kube_version or version is None:
            return None
        try:
            return None if versions.constraint(chart.kube_version).accepts(version) else kubernetes
        except versions.ConstraintError:
            return None


def _default(
    chart: Chart, path: tuple[str | int, ...], node: object, shown: str | None
) -> ChartDefault:
    """Return what a chart says of one value. Nothing about a hidden value: that it is the default
    would reveal it."""
    dotted = _dotted(path)
    keys = tuple(part for part in path if isinstance(part, str))
    comment = next(
        (
            chart.comments[keys[:n]]
            for n in range(len(keys), 0, -1)
            if keys[:n] in chart.comments and n >= len(keys) - 1
        ),
        None,
    )
    if comment is not None:
        comment = redaction.without_credentials(comment)
    if shown is None:
        return ChartDefault(path=dotted, comment=comment, relation=Relation.HIDDEN)
    default = metadata.default_of(chart, path)
    if default is None:
        relation = Relation.UNKNOWN if metadata.is_unknown(chart, path) else Relation.NONE
        return ChartDefault(path=dotted, comment=comment, relation=relation)
    if type(default) is Scalar:
        is_same = (
            type(node) is Scalar
            and "${" not in node
            and plain_value(default) == plain_value(node)
            and type(plain_value(default)) is type(plain_value(node))
        )
        text = "" if is_null(default) else redaction.shown_field(dotted, str(default))
        relation = Relation.SAME if is_same else Relation.OTHER
        return ChartDefault(path=dotted, default=text, comment=comment, relation=relation)
    number = len(default) if isinstance(default, Map | Seq) else 0
    what = "list" if type(default) is Seq else "mapping"
    text = f"empty {what}" if not number else f"{what} of {number}"
    return ChartDefault(path=dotted, summary=text, comment=comment, relation=Relation.OTHER)


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text
