"""Check releases against what their pulled charts say: deprecated, incomplete, refused or unknown
values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context
from gitops_docs.index.rights import POWERS, grants
from gitops_docs.model import ChartDetails, Family, Finding, Location, Release, Severity

_MOST = 5
"""Most sentences of a schema in one finding."""


class ChartDeprecated(Check):
    code = "chart-deprecated"
    family = Family.VERSIONS
    severity = Severity.WARNING
    title = "A chart is deprecated"
    about = "The `Chart.yaml` of the pulled chart says `deprecated: true`: there will be no fixes."
    remedy = "Move to the chart that replaces it; its description mostly names it."
    bad = "chart: stable/web  # Chart.yaml: deprecated: true"
    good = "chart: web"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release, chart in _inspected(context):
            if chart.is_deprecated:
                message = (
                    f"{release.ref.label} uses the chart {_name(release, chart)}, which its "
                    f"maintainers call deprecated; move to its successor"
                )
                yield cls.at(
                    _place(release),
                    message,
                    layers=[release.layer],
                    about=[release],
                    cause=_name(release, chart),
                )


class ChartDependencyMissing(Check):
    code = "chart-dependency-missing"
    family = Family.VERSIONS
    severity = Severity.ERROR
    title = "A chart lacks a dependency"
    about = (
        "`Chart.yaml` lists a dependency that is not in the archive. Helm installs no such chart."
    )
    remedy = "Use a version that was packaged after `helm dependency update`."
    bad = "dependencies: [{name: common}]  # charts/ is empty"
    good = "dependencies: [{name: common}]  # charts/common"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release, chart in _inspected(context):
            for dependency in chart.missing_dependencies:
                message = (
                    f"{release.ref.label} cannot be installed: the chart {_name(release, chart)} "
                    f"depends on `{dependency}`, which is not in its `charts/`; "
                    "use a version that was packaged with its dependencies"
                )
                yield cls.at(
                    _place(release),
                    message,
                    layers=[release.layer],
                    about=[release],
                    cause=f"{_name(release, chart)} without {dependency}",
                )


class ChartKubernetesRefused(Check):
    code = "chart-kubernetes-refused"
    family = Family.VERSIONS
    severity = Severity.ERROR
    title = "A chart rejects the Kubernetes version"
    about = (
        "The chart's `kubeVersion` excludes the version that the setting `kubernetes_version` "
        "names. Helm does not install or upgrade it."
    )
    remedy = "Choose another version of the chart, or correct the setting."
    bad = 'kubeVersion: ">=1.32.0"  # kubernetes_version: "1.31"'
    good = 'kubeVersion: ">=1.30.0"'

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release, chart in _inspected(context):
            if chart.kube_refused is not None:
                message = (
                    f"{release.ref.label} cannot be installed: the chart {_name(release, chart)} "
                    f"takes Kubernetes `{chart.kube_version}`, and `kubernetes_version` is "
                    f"{chart.kube_refused}; choose another version of the chart"
                )
                yield cls.at(
                    _place(release),
                    message,
                    layers=[release.layer],
                    about=[release],
                    cause=f"{_name(release, chart)} takes {chart.kube_version}",
                )


class ChartNotRendered(Check):
    code = "chart-not-rendered"
    family = Family.RELEASES
    severity = Severity.WARNING
    title = "A chart cannot be rendered"
    about = (
        "The chart is here, and Helm refuses it with the values of the release, its archive is "
        "damaged, or it takes too long or too much. Flux fails in the same way, unless values that "
        "are not in Git or objects in the cluster help. Nothing is known of its objects. A chart "
        "that was not pulled is not a finding: the summary of a build counts these."
    )
    remedy = "Correct the values, or choose another version of the chart."
    bad = 'values: {}  # the chart says: fail "set .Values.host"'
    good = "values: {host: web.example.org}"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release in context.platform.releases:
            rendering = release.rendering
            chart = release.chart_details
            is_said = release.chart_fault is not None or (
                chart is not None and (chart.missing_dependencies or chart.kube_refused)
            )
            if rendering.absent is None or not rendering.remedy or is_said:
                continue
            unknown = ", of whose values not all are known here," if release.partial else ""
            message = (
                f"the chart {release.chart} of {release.ref.label}{unknown} cannot be rendered: "
                f"{rendering.absent}; {rendering.remedy}"
            )
            yield cls.at(
                _place(release),
                message,
                layers=[release.layer],
                about=[release],
                cause=f"{release.chart}: {rendering.absent}",
            )


class ChartRightsWide(Check):
    code = "chart-rights-wide"
    family = Family.RELEASES
    severity = Severity.INFO
    title = "A chart grants far-reaching rights"
    about = (
        "A rendered chart binds a subject to `cluster-admin`, or to a role with wildcards. Everyone who "
        "controls its pods has these rights."
    )
    remedy = (
        "Look for a value of the chart that grants less, or install fewer of its components. To "
        "keep it, ignore the finding with a reason."
    )
    bad = "kind: ClusterRoleBinding\nroleRef: {kind: ClusterRole, name: cluster-admin}"
    good = "kind: RoleBinding\nroleRef: {kind: Role, name: web}"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        wide: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
        for grant in grants(context.platform):
            origin = grant.binding.origin
            powers = [power for power in grant.powers if power in ("cluster-admin", "wildcard")]
            if origin is not None and powers:
                subject = grant.subject
                name = "/".join(filter(None, [subject.namespace, subject.name]))
                key = (grant.binding.layer, origin.namespace, origin.release)
                wide[key].append((POWERS[powers[0]], f"{subject.kind} {name}"))
        for release in context.platform.releases:
            found = wide.get((release.layer, release.namespace, release.name))
            if found:
                power, name = found[0]
                names = list(dict.fromkeys(one for _, one in found))
                more = f", and so do {len(names) - 1} others" if len(names) > 1 else ""
                message = (
                    f"{release.ref.label}: the chart {release.chart} grants {name} rights on the "
                    f"cluster: it {power}{more}"
                )
                yield cls.at(
                    _place(release),
                    message,
                    layers=[release.layer],
                    about=[release],
                    cause="wide rights",
                )


class ChartValueUnknown(Check):
    code = "chart-value-unknown"
    family = Family.VERSIONS
    severity = Severity.WARNING
    title = "A chart does not know a value"
    about = (
        "No template, default, schema or comment of the pulled chart has the key, so the value "
        "has no effect. Where a template passes on the whole mapping, nothing is reported."
    )
    remedy = (
        "Correct the name, or remove the value. After an upgrade of the chart, look for what "
        "replaces it."
    )
    bad = "values: {replicaCuont: 3}"
    good = "values: {replicaCount: 3}"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release, chart in _inspected(context):
            for path, place in chart.unknown:
                message = (
                    f"{release.ref.label} sets `{path}`, which the chart {_name(release, chart)} "
                    f"does not know: no template, default or comment of it has that key; "
                    "correct the name, or remove it"
                )
                yield cls.at(
                    place,
                    message,
                    layers=[release.layer],
                    about=[release],
                    cause=f"{release.chart} has no {path}",
                )


class ChartValuesRefused(Check):
    code = "chart-values-refused"
    family = Family.VERSIONS
    severity = Severity.ERROR
    title = "The schema of a chart rejects the values"
    about = (
        "Helm validates values against the chart's `values.schema.json` and installs nothing "
        "that it rejects. References that lead out of the schema are not followed and not "
        "reported."
    )
    remedy = "Correct the values. `disableSchemaValidation` of Flux switches the check off."
    bad = 'values: {replicaCount: "three"}'
    good = "values: {replicaCount: 3}"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release in context.platform.releases:
            chart = release.chart_details
            refused = release.values_refused if chart is None else chart.refused
            if refused:
                name = f"`{release.chart}`" if chart is None else _name(release, chart)
                rest = len(refused) - _MOST
                more = f"; and {rest} more" if rest > 0 else ""
                message = (
                    f"{release.ref.label} cannot be installed: the schema of the chart {name} "
                    f"refuses its values: {'; '.join(refused[:_MOST])}{more}"
                )
                yield cls.at(
                    release.place("values"),
                    message,
                    layers=[release.layer],
                    about=[release],
                    cause="; ".join(refused),
                )


def _inspected(context: Context) -> Iterator[tuple[Release, ChartDetails]]:
    for release in context.platform.releases:
        if release.chart_details is not None:
            yield release, release.chart_details


def _name(release: Release, chart: ChartDetails) -> str:
    return f"{release.chart} {chart.version}"


def _place(release: Release) -> Location:
    return release.version_set_at or Location(release.file, release.line)
