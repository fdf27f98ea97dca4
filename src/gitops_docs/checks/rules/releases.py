"""HelmReleases: versions that are missing or move by themselves, dependencies that lead nowhere,
values that nobody gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.context import Context, slip
from gitops_docs.model import Finding, Location, Release, Severity, Source, ValuesState
from gitops_docs.text.patterns import Pattern

_EXACT = Pattern(
    r"v?\d+\.\d+\.\d+(?:[-+][\w.+-]*)?\z|sha256:[0-9a-f]{64}\z|=\s*v?\d+\.\d+\.\d+\S*\z"
)
_ANYTHING = Pattern(r"(?:\*|x|X|>=?\s*v?0+(?:\.0+)*(?:-0)?)\z")


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    sources: dict[tuple[str, str, str, str], Source] = {}
    for source in context.platform.sources:
        sources.setdefault((source.cluster, source.kind, source.namespace, source.name), source)
    for release in context.platform.releases:
        wanted = release.source
        yield from _version(
            release, sources.get((release.cluster, wanted.kind, wanted.namespace, wanted.name))
        )
        yield from _chart(release)
        yield from _values(context, release)
    yield from _dependencies(context)


def _chart(release: Release) -> Iterator[Finding]:
    """A chart in a repository: whether it is there, and a version that has no effect."""
    label = f"HelmRelease {release.namespace}/{release.name}"
    if release.chart_fault is not None:
        why, place = release.chart_fault
        message = f"{label} is never installed: {why}; correct the path"
        yield Finding(
            "chart-not-found", Severity.ERROR, message, place.file, place.line, release.layer
        )
    if release.ignored_version is not None:
        version, place = release.ignored_version
        message = (
            f"{label} sets the chart version `{version}`, which Flux ignores for a chart from a "
            f"{release.source.kind}: the source's `ref` "
            "decides; remove it"
        )
        yield Finding(
            "chart-version-ignored", Severity.INFO, message, place.file, place.line, release.layer
        )


def _values(context: Context, release: Release) -> Iterator[Finding]:
    """Entries of `valuesFrom` for which helm-controller fails the release, or may."""
    label = f"HelmRelease {release.namespace}/{release.name}"
    for item in release.values_references:
        what = f"{item.kind} {release.namespace}/{item.name}"
        code, severity, message = "values-from-unknown", Severity.ERROR, ""
        match item.state:
            case ValuesState.HASHED:
                message = (
                    f"{label} takes values from {what}, which is applied as {item.detail}: "
                    f"kustomize adds a hash and does not follow "
                    "`valuesFrom`; set `generatorOptions.disableNameSuffixHash`, or a "
                    "`nameReference` configuration"
                )
            case ValuesState.KEY_MISSING:
                message = (
                    f"{label} takes the key `{item.key}` from {what}, which has no such key; "
                    f"correct `valuesKey`"
                )
            case ValuesState.MISSING:
                severity = (
                    Severity.INFO if release.cluster in context.open_ended else Severity.WARNING
                )
                message = (
                    f"{label} takes values from {what}, which no layer of the cluster applies: it "
                    f"is not installed until something "
                    "outside this repository makes it; correct the name, or add the object"
                )
            case ValuesState.INVALID:
                code = "values-from-invalid"
                where = f" for `{item.target}`" if item.target else ""
                message = (
                    f"{label} is never installed: Helm refuses the key `{item.key}` of "
                    f"{what}{where}: {item.detail}"
                )
        if message and (not item.optional or item.state is ValuesState.INVALID):
            yield Finding(code, severity, message, item.file, item.line, release.layer)


def _version(release: Release, source: Source | None) -> Iterator[Finding]:
    """The version is Helm's constraint (Masterminds/semver) for a HelmRepository, a reference of an
    OCIRepository else."""
    label = f"HelmRelease {release.namespace}/{release.name}"
    place = Location(release.file, release.line)
    kind = release.source.kind
    if release.version is None:
        if kind == "HelmRepository":
            place = release.place("chart.spec")
            message = (
                f"{label} names no chart version and follows the newest one; set "
                f"spec.chart.spec.version"
            )
        elif kind == "OCIRepository" and source is not None and source.ref is None:
            place = Location(source.file, source.line)
            message = (
                f"{label} follows the tag `latest` of {kind} {source.namespace}/{source.name}; set "
                f"its spec.ref"
            )
        else:
            return
        yield Finding(
            "chart-version-missing",
            Severity.WARNING,
            message,
            place.file,
            place.line,
            release.layer,
        )
        return
    version = release.version.strip()
    if kind not in ("HelmRepository", "OCIRepository") or "${" in version or _EXACT.match(version):
        return
    place = release.version_set_at or place
    # In an OCIRepository `*` is the way to say that the newest is wanted; in a HelmRelease it is
    # also what nothing means.
    if version == "latest" or (kind == "HelmRepository" and _ANYTHING.match(version)):
        message = (
            f"{label} takes any version of its chart (`{version}`); name one, or a range that ends"
        )
        yield Finding(
            "chart-version-floating",
            Severity.WARNING,
            message,
            place.file,
            place.line,
            release.layer,
        )
    elif kind == "HelmRepository" or (
        source is not None and (source.ref or "").startswith("semver ")
    ):
        message = (
            f"{label} takes the newest version of its chart within `{version}`: upgrades happen "
            f"without a commit; name one version if they "
            "should not"
        )
        yield Finding(
            "chart-version-floating", Severity.INFO, message, place.file, place.line, release.layer
        )


def _dependencies(context: Context) -> Iterator[Finding]:
    """helm-controller looks for the HelmRelease in the same cluster and retries while it is not
    ready."""
    known: dict[str, dict[tuple[str, str], Release]] = defaultdict(dict)
    for release in context.platform.releases:
        known[release.cluster].setdefault((release.namespace, release.name), release)
    for release in context.platform.releases:
        place = release.place("dependsOn")
        label = f"HelmRelease {release.namespace}/{release.name}"
        for namespace, name in release.depends_on:
            target = known[release.cluster].get((namespace, name))
            if "${" in f"{namespace}{name}":
                continue
            if target is None:
                yield _unknown(context, release, namespace, name, known[release.cluster])
            elif (namespace, name) == (release.namespace, release.name):
                message = f"{label} depends on itself and is never installed; remove the entry"
                yield Finding(
                    "release-dependency-cycle",
                    Severity.ERROR,
                    message,
                    place.file,
                    place.line,
                    release.layer,
                )
            elif target.suspended and not release.suspended:
                message = (
                    f"{label} depends on {namespace}/{name}, which is suspended; resume it or drop "
                    f"the entry"
                )
                yield Finding(
                    "dependency-suspended",
                    Severity.WARNING,
                    message,
                    place.file,
                    place.line,
                    release.layer,
                )
    for cluster in sorted(known):
        yield from _circles(known[cluster])


def _unknown(
    context: Context,
    release: Release,
    namespace: str,
    name: str,
    known: dict[tuple[str, str], Release],
) -> Finding:
    place = release.place("dependsOn")
    message = (
        f"HelmRelease {release.namespace}/{release.name} depends on HelmRelease "
        f"{namespace}/{name}, which no layer of the cluster has"
    )
    meant = slip(namespace, name, known)
    severity = Severity.ERROR
    if meant:
        message += f"; {meant}"
    elif release.cluster in context.open_ended:
        severity = Severity.WARNING
        message += (
            "; unless a part that is not in this repository makes it, it is waited for for ever"
        )
    else:
        message += "; it is never installed: correct the name or remove the entry"
    return Finding(
        "release-dependency-unknown", severity, message, place.file, place.line, release.layer
    )


def _circles(known: dict[tuple[str, str], Release]) -> Iterator[Finding]:
    """Releases that wait for each other, each circle once, at each of its members."""
    state: dict[tuple[str, str], int] = {}
    for start in sorted(known):
        if start in state:
            continue
        path: list[tuple[str, str]] = []
        pending: list[tuple[tuple[str, str], int]] = [(start, 0)]
        while pending:
            here, position = pending.pop()
            if position == 0:
                state[here] = 1
                path.append(here)
            targets = [key for key in known[here].depends_on if key in known and key != here]
            if position < len(targets):
                pending.append((here, position + 1))
                target = targets[position]
                if state.get(target) == 1:
                    yield from _circle([known[key] for key in path[path.index(target) :]])
                elif target not in state:
                    pending.append((target, 0))
            else:
                state[here] = 2
                path.pop()


def _circle(members: list[Release]) -> Iterator[Finding]:
    names = " -> ".join(f"{release.namespace}/{release.name}" for release in [*members, members[0]])
    message = (
        f"HelmReleases depend on each other in a circle: {names}; none of them is ever installed, "
        f"remove one entry"
    )
    for release in members:
        place = release.place("dependsOn")
        yield Finding(
            "release-dependency-cycle",
            Severity.ERROR,
            message,
            place.file,
            place.line,
            release.layer,
        )
