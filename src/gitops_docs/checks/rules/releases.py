"""Check HelmReleases: versions that are missing or float, dependencies that lead nowhere, values
from objects that do not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context, slip
from gitops_docs.index.graph import Graph
from gitops_docs.model import (
    Family,
    Finding,
    Location,
    Release,
    Severity,
    Source,
    ValuesReference,
    ValuesState,
)
from gitops_docs.text.patterns import Pattern

_EXACT = Pattern(
    r"v?\d+\.\d+\.\d+(?:[-+][\w.+-]*)?\z|sha256:[0-9a-f]{64}\z|=\s*v?\d+\.\d+\.\d+\S*\z"
)
_ANYTHING = Pattern(r"(?:\*|x|X|>=?\s*v?0+(?:\.0+)*(?:-0)?)\z")


class ChartNotFound(Check):
    code = "chart-not-found"
    family = Family.VERSIONS
    severity = Severity.ERROR
    title = "A chart does not exist in the repository"
    about = (
        "The chart comes from a source that lies in this repository, and Flux cannot make a chart "
        "of it: the directory has no `Chart.yaml`, or one that Helm rejects (without a version, for "
        "example), one of the `valuesFiles` does not exist, or a `file://` dependency leads "
        "nowhere. The release is never installed."
    )
    remedy = (
        "Correct the path, which counts from the root of the source, or the `Chart.yaml`. "
        "`ignoreMissingValuesFiles: true` makes values files optional."
    )
    bad = "chart: ./charts/wbe"
    good = "chart: ./charts/web"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release in context.platform.releases:
            if release.chart_fault is not None:
                why, place = release.chart_fault
                message = f"{release.ref.label} is never installed: {why}"
                yield cls.at(place, message, layers=[release.layer], about=[release], cause=why)


class ChartVersionIgnored(Check):
    code = "chart-version-ignored"
    family = Family.VERSIONS
    severity = Severity.INFO
    title = "A chart version has no effect"
    about = (
        "For a chart from a GitRepository or a Bucket Flux ignores `version`: what the source "
        "follows decides, and the version is that of `Chart.yaml`."
    )
    remedy = "Remove `version`, and pin the source."
    bad = "chart: ./charts/web\nversion: 1.2.3"
    good = "chart: ./charts/web"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release in context.platform.releases:
            if release.ignored_version is not None:
                version, place = release.ignored_version
                message = (
                    f"{release.ref.label} sets the chart version `{version}`, which Flux ignores for "
                    f"a chart from a {release.source.kind}: the source's `ref` "
                    "decides; remove it"
                )
                cause = f"version {version}"
                yield cls.at(place, message, layers=[release.layer], about=[release], cause=cause)


class ValuesFromUnknown(Check):
    code = "values-from-unknown"
    family = Family.VERSIONS
    severity = Severity.ERROR
    title = "valuesFrom names an object or a key that does not exist"
    about = (
        "Unless the entry is optional, helm-controller fails the release while the object or the "
        "key is missing. A ConfigMap or Secret that kustomize generates has a hash in its name, "
        "which kustomize does not put into `valuesFrom`."
    )
    remedy = (
        "Correct the name or `valuesKey`; for a generated object set `disableNameSuffixHash: true`."
    )
    bad = "valuesFrom:\n  - {kind: ConfigMap, name: web-values, valuesKey: valeus.yaml}"
    good = "valuesFrom:\n  - {kind: ConfigMap, name: web-values}"
    varies = (
        "A warning where no layer applies a ConfigMap, a note where a part of the cluster is not "
        "in this repository."
    )

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release in context.platform.releases:
            for item in release.values_references:
                verdict = _values(context, release, item) if not item.optional else None
                if verdict is not None:
                    severity, message, cause = verdict
                    yield cls.at(
                        item,
                        message,
                        layers=[release.layer],
                        about=[release],
                        severity=severity,
                        cause=cause,
                    )


class ValuesFromInvalid(Check):
    code = "values-from-invalid"
    family = Family.VERSIONS
    severity = Severity.ERROR
    title = "Helm rejects a value of valuesFrom"
    about = (
        "With a `targetPath` the value is parsed as `helm --set` does: a comma begins the next "
        "key, braces make a list. Without one the key must hold a mapping."
    )
    remedy = "Escape commas as `\\,`, or set `literal: true` (Flux 2.9)."
    bad = "data: {brokers: 'a:9092,b:9092'}"
    good = "data: {brokers: 'a:9092\\\\,b:9092'}"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release in context.platform.releases:
            for item in release.values_references:
                if item.state is ValuesState.INVALID:
                    where = f" for `{item.target}`" if item.target else ""
                    what = f"{item.kind} {release.namespace}/{item.name}"
                    message = (
                        f"{release.ref.label} is never installed: Helm rejects the key `{item.key}` "
                        f"of {what}{where}: {item.detail}"
                    )
                    cause = f"{item.kind} {item.name} {item.key}: {item.detail}"
                    layers = [release.layer]
                    yield cls.at(item, message, layers=layers, about=[release], cause=cause)


_UNMATCHED = "is not applied: no resource matches"
"""What a rendering says of a post-renderer that patches an object which the chart does not make."""


class PostRendererInvalid(Check):
    code = "post-renderer-invalid"
    family = Family.VERSIONS
    severity = Severity.ERROR
    title = "kustomize rejects a patch of postRenderers"
    about = (
        "helm-controller applies `postRenderers` to what the chart makes, before anything is "
        "installed. A patch or a target that kustomize cannot read fails the release."
    )
    remedy = "Correct the patch: an object with a name, or JSON operations with a `target`."
    bad = 'target: {kind: Deployment, name: "web("}'
    good = 'target: {kind: Deployment, name: "web.*"}'
    varies = "A warning where the patch fails only with some output of the chart."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release in context.platform.releases:
            for fault in release.patch_faults:
                when = (
                    "is never installed or upgraded: kustomize rejects a patch of `postRenderers`"
                    if fault.certain
                    else "fails where a patch of `postRenderers` selects an object"
                )
                yield cls.at(
                    Location(fault.file, fault.line),
                    f"{release.ref.label} {when}: {fault.reason}",
                    layers=[release.layer],
                    about=[release],
                    severity=Severity.ERROR if fault.certain else Severity.WARNING,
                    cause=fault.reason,
                )
            for text in release.rendering.unsure:
                if _UNMATCHED in text:
                    yield cls.at(
                        release.place("postRenderers"),
                        f"{release.ref.label} is not installed or upgraded, as far as its values are "
                        f"known: {text}",
                        layers=[release.layer],
                        about=[release],
                        severity=Severity.WARNING,
                        cause=text,
                    )


class ChartVersionMissing(Check):
    code = "chart-version-missing"
    family = Family.VERSIONS
    severity = Severity.WARNING
    title = "A release names no chart version"
    about = "Without a version Flux installs the newest chart, and each new one without a commit."
    remedy = "Set the version."
    bad = "chart: {spec: {chart: podinfo}}"
    good = 'chart: {spec: {chart: podinfo, version: "6.7.1"}}'

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release in context.platform.releases:
            source = _source(context, release)
            kind = release.source.kind
            if release.version is not None:
                continue
            if kind == "HelmRepository":
                place = release.place("chart.spec")
                message = (
                    f"{release.ref.label} names no chart version and follows the newest one; set "
                    f"spec.chart.spec.version"
                )
            elif kind == "OCIRepository" and source is not None and source.ref is None:
                place = Location(source.file, source.line)
                message = (
                    f"{release.ref.label} follows the tag `latest` of {kind} "
                    f"{source.namespace}/{source.name}; set its spec.ref"
                )
            else:
                continue
            layers = [release.layer]
            yield cls.at(place, message, layers=layers, about=[release], cause="no version")


class ChartVersionFloating(Check):
    code = "chart-version-floating"
    family = Family.VERSIONS
    severity = Severity.INFO
    title = "A chart version floats"
    about = "A range such as `1.x` upgrades without a commit. That may be wanted."
    remedy = "Name one version where it is not."
    bad = 'version: "1.x"'
    good = 'version: "1.16.2"'
    varies = "A warning where any version will do (`*`, `latest`)."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find versions that move: Helm's constraints (Masterminds/semver) for a HelmRepository,
        references of an OCIRepository else."""
        for release in context.platform.releases:
            source, kind = _source(context, release), release.source.kind
            version = (release.version or "").strip()
            if (
                kind not in ("HelmRepository", "OCIRepository")
                or not version
                or "${" in version
                or _EXACT.match(version)
            ):
                continue
            # In an OCIRepository `*` is the way to say that the newest is wanted; in a HelmRelease
            # it is also what nothing means.
            if version == "latest" or (kind == "HelmRepository" and _ANYTHING.match(version)):
                severity = Severity.WARNING
                message = (
                    f"{release.ref.label} takes any version of its chart (`{version}`); name one, or "
                    f"a range that ends"
                )
            elif kind == "HelmRepository" or (
                source is not None and (source.ref or "").startswith("semver ")
            ):
                severity = Severity.INFO
                message = (
                    f"{release.ref.label} takes the newest version of its chart within `{version}`: "
                    f"upgrades happen without a commit; name one version if they should not"
                )
            else:
                continue
            yield cls.at(
                release.version_set_at or release,
                message,
                layers=[release.layer],
                about=[release],
                severity=severity,
                cause=f"version {version}",
            )


class ReleaseDependencyUnknown(Check):
    code = "release-dependency-unknown"
    family = Family.RELEASES
    severity = Severity.ERROR
    title = "A release waits for one that does not exist"
    about = "helm-controller looks for a HelmRelease of that name and waits without end."
    remedy = "Correct the name, or add the namespace."
    bad = "dependsOn: [{name: postgre}]"
    good = "dependsOn: [{name: postgres}]"
    varies = "A warning where a part of the cluster is not in this repository."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find releases that wait for one which is not in their cluster, where helm-controller
        looks for it."""
        for release in context.platform.releases:
            known = context.releases[release.cluster]
            for namespace, name in release.depends_on:
                if (namespace, name) in known or "${" in f"{namespace}{name}":
                    continue
                meant = slip(namespace, name, known)
                severity = Severity.ERROR
                if meant:
                    advice = meant
                elif release.cluster in context.open_ended:
                    severity = Severity.WARNING
                    advice = (
                        "the release never becomes ready, unless something outside this repository "
                        "creates it"
                    )
                else:
                    advice = "it is never installed: correct the name or remove the entry"
                message = (
                    f"{release.ref.label} depends on HelmRelease {namespace}/{name}, which no layer "
                    f"of the cluster has; {advice}"
                )
                yield cls.at(
                    release.place("dependsOn"),
                    message,
                    layers=[release.layer],
                    about=[release],
                    severity=severity,
                    cause=f"no HelmRelease {namespace}/{name}",
                )


class ReleaseDependencyCycle(Check):
    code = "release-dependency-cycle"
    family = Family.RELEASES
    severity = Severity.ERROR
    title = "Releases depend on each other in a cycle"
    about = "None of them is ever installed."
    remedy = "Remove one of the entries."
    bad = "# a\ndependsOn: [{name: b}]\n# b\ndependsOn: [{name: a}]"
    good = "# a\ndependsOn: [{name: b}]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for release in context.platform.releases:
            if (release.namespace, release.name) in release.depends_on:
                message = f"{release.ref.label} depends on itself and is never installed; remove the entry"
                yield cls._member(release, message)
        for cluster in sorted(context.releases):
            for members in _cycles(context.releases[cluster]):
                path = [*members, members[0]]
                names = " -> ".join(f"{release.namespace}/{release.name}" for release in path)
                message = (
                    f"HelmReleases depend on each other in a cycle: {names}; none of them is ever "
                    f"installed: remove one entry"
                )
                for release in members:
                    yield cls._member(release, message)

    @classmethod
    def _member(cls, release: Release, message: str) -> Finding:
        place = release.place("dependsOn")
        return cls.at(place, message, layers=[release.layer], about=[release], cause="cycle")


def _source(context: Context, release: Release) -> Source | None:
    wanted = release.source
    key = (release.cluster, wanted.kind, wanted.namespace, wanted.name)
    return context.shared(_sources).get(key)


def _sources(context: Context) -> dict[tuple[str, str, str, str], Source]:
    found: dict[tuple[str, str, str, str], Source] = {}
    for source in context.platform.sources:
        found.setdefault((source.cluster, source.kind, source.namespace, source.name), source)
    return found


def _values(
    context: Context, release: Release, item: ValuesReference
) -> tuple[Severity, str, str] | None:
    """Return why helm-controller fails a release for an entry of `valuesFrom`, or may: severity,
    message and cause."""
    what = f"{item.kind} {release.namespace}/{item.name}"
    label = release.ref.label
    match item.state:
        case ValuesState.HASHED:
            return (
                Severity.ERROR,
                f"{label} takes values from {what}, which is applied as {item.detail}: "
                f"kustomize adds a hash and does not follow "
                "`valuesFrom`; set `generatorOptions.disableNameSuffixHash`, or a "
                "`nameReference` configuration",
                f"{item.kind} {item.name} has a hash",
            )
        case ValuesState.KEY_MISSING:
            return (
                Severity.ERROR,
                f"{label} takes the key `{item.key}` from {what}, which has no such key; "
                f"correct `valuesKey`",
                f"{item.kind} {item.name} has no key {item.key}",
            )
        case ValuesState.MISSING:
            return (
                Severity.INFO if release.cluster in context.open_ended else Severity.WARNING,
                f"{label} takes values from {what}, which no layer of the cluster applies: it "
                f"is not installed until something "
                "outside this repository makes it; correct the name, or add the object",
                f"no {item.kind} {item.name}",
            )
    return None


def _cycles(known: Mapping[tuple[str, str], Release]) -> Iterator[list[Release]]:
    """Yield releases that wait for each other, each cycle once. One that waits for itself has a
    finding of its own."""
    names = {f"{namespace}/{name}": release for (namespace, name), release in known.items()}
    graph = Graph.of_edges(
        {
            name: [
                f"{namespace}/{target}"
                for namespace, target in release.depends_on
                if f"{namespace}/{target}" != name
            ]
            for name, release in names.items()
        }
    )
    for path in graph.cycles():
        yield [names[name] for name in path]
