"""Turn a release of the model into the reference of its chart: where it is and which version is
asked for.

Rules: source-controller `helmrepositories.md`, `helmcharts.md` and `ocirepositories.md`: a
HelmRepository takes `spec.chart.spec.version`, an OCIRepository `digest` over `semver` over `tag`
over `latest`. Charts of a GitRepository or a Bucket lie in files, which the scan reads itself; they
have no reference, and their dependencies have.
"""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlunsplit

from msgspec import Struct

from gitops_docs.kubernetes.flux import CHART_FILE_KINDS
from gitops_docs.model import ChartOrigin, Platform, Release
from gitops_docs.text.addresses import split

HELM_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
"""Media type of the layer of an OCI artifact that is a chart
(https://helm.sh/docs/topics/registries/)."""


class ChartReference(Struct, frozen=True, order=True):
    """A chart in a repository. Two releases with equal references use the same archive."""

    url: str
    """`https://...` of an HTTP repository; `oci://host/path` of an OCI artifact, with the name of
    the chart."""
    name: str
    """Name of the chart; for an OCI artifact the last part of its path."""
    version: str = ""
    """Version or constraint; empty for the newest."""
    tag: str = ""
    """Tag of an OCI artifact. Unlike a version it may be any text."""
    digest: str = ""
    """Digest of the manifest of an OCI artifact; it wins over all others."""
    tags: str = ""
    """Regular expression for the tags that count, `spec.ref.semverFilter`."""
    layer: str = ""
    """Media type of the layer that holds the chart; empty for Helm's, else the first one."""
    insecure: bool = False
    """Whether the registry is asked without TLS."""

    @property
    def is_oci(self) -> bool:
        """Whether the chart lies in an OCI registry."""
        return self.url.startswith("oci://")

    @property
    def asked(self) -> str:
        """What decides the version, as the lock file and pages say it, such as `1.x` or `tag
        stable`."""
        if self.digest:
            return f"digest {self.digest}"
        if self.tag:
            return f"tag {self.tag}"
        only = f" of the tags {self.tags}" if self.tags else ""
        return f"{self.version or '*'}{only}"

    @property
    def is_exact(self) -> bool:
        """Whether the reference names one version, so that the same archive is expected at any
        time."""
        from gitops_docs.helm.versions import parse

        return bool(self.digest or self.tag or parse(self.version))

    @property
    def key(self) -> tuple[str, str, str]:
        """What the lock file and the store know the reference by."""
        layer = f" layer {self.layer}" if self.layer else ""
        return self.url, self.name, f"{self.asked}{layer}"


class Needed(Struct, frozen=True):
    """The charts that a platform needs, dependencies of charts in files included, sorted, with the
    releases of each; and releases whose chart has no address."""

    charts: tuple[tuple[ChartReference, tuple[Release, ...]], ...]
    unknown: tuple[tuple[Release, str], ...]
    """A release, and why it is not known where its chart is."""


def needed(platform: Platform) -> Needed:
    """Collect the references of all releases of a platform."""
    users: dict[ChartReference, list[Release]] = defaultdict(list)
    unknown = []
    for release in platform.releases:
        found = reference(release)
        if isinstance(found, ChartReference):
            users[found].append(release)
        elif found is not None:
            unknown.append((release, found))
        for origin in release.chart_dependencies:
            dependency = of_origin(origin)
            if isinstance(dependency, ChartReference):
                users[dependency].append(release)
            else:
                unknown.append((release, f"of its dependency `{origin.chart}`, {dependency}"))
    return Needed(tuple((one, tuple(users[one])) for one in sorted(users)), tuple(unknown))


def reference(release: Release) -> ChartReference | str | None:
    """Return the reference of a release's chart; why it is not known; None where the chart is a
    file of a source."""
    origin = release.chart_origin
    if origin is None:
        if release.source.kind in CHART_FILE_KINDS:
            return None
        source = release.source
        return (
            f"{source.kind or 'its source'} {source.namespace}/{source.name} is not in this "
            f"repository"
        )
    return of_origin(origin)


def of_origin(origin: ChartOrigin) -> ChartReference | str:
    """Return the reference of a chart by where it comes from, or why it is not known."""
    texts = (
        origin.url,
        origin.chart,
        origin.version,
        origin.tag,
        origin.digest,
        origin.semver_filter,
    )
    if any("${" in text for text in texts):
        return "its address or version contains a variable whose value is not known"
    address = _address(origin)
    if address is None:
        return "its address is not an http, https or oci URL"
    if origin.kind == "HelmRepository":
        name = origin.chart.strip("/")
        if not name or ".." in name.split("/"):
            return "it names no chart"
        if address.startswith("oci://"):
            return ChartReference(
                f"{address}/{name}",
                name.rpartition("/")[2],
                origin.version,
                insecure=origin.insecure,
            )
        return ChartReference(address, name, origin.version)
    name = address.rpartition("/")[2]
    digest, version = origin.digest, origin.version if not origin.digest else ""
    return ChartReference(
        address,
        name,
        version,
        tag="" if digest or version else origin.tag or "latest",
        digest=digest,
        tags=origin.semver_filter if version else "",
        layer=origin.media_type,
        insecure=origin.insecure,
    )


def _address(origin: ChartOrigin) -> str | None:
    """Return the address without user, password, query and fragment; None where no client of ours
    can ask it."""
    parts = split(origin.url.strip())
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in (
        ("oci",) if origin.kind == "OCIRepository" else ("http", "https", "oci")
    ):
        return None
    where = f"[{host}]" if ":" in host else host
    if port is not None:
        where += f":{port}"
    path = parts.path.rstrip("/")
    if parts.scheme == "oci" and (not path.strip("/") and origin.kind == "OCIRepository"):
        return None
    return urlunsplit((parts.scheme, where, path, "", ""))
