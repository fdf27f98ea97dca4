"""Check API versions and image tags.

The tables of API versions are in `kubernetes.deprecations`. An image without a tag is what the
runtime takes for `latest`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context
from gitops_docs.kubernetes import schemas
from gitops_docs.kubernetes.deprecations import EXTERNAL_SECRETS, KUBERNETES, STABLE_KINDS
from gitops_docs.kubernetes.images import split_image
from gitops_docs.model import Family, Finding, Layer, Release, Resource, Rule, Severity
from gitops_docs.text.english import listed
from gitops_docs.text.patterns import Pattern

_VERSION = Pattern(r"v\d+(?:(?:alpha|beta)\d+)?\z")
_CHART = "external-secrets"
_WORKLOADS = frozenset(
    {"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"}
)


class ApiVersionRemoved(Check):
    code = "api-version-removed"
    family = Family.VERSIONS
    severity = Severity.ERROR
    title = "An API version is not served"
    about = (
        "Kubernetes, Flux or the External Secrets Operator do not know the version, and the dry "
        "run of the whole layer fails. For Flux the setting `flux_version`, or what the "
        "cluster's manifests install, decides."
    )
    remedy = (
        "Use the version that the message names; `flux migrate -f .` rewrites Flux's own. One "
        "finding stands for all objects of a kind and version."
    )
    bad = "apiVersion: policy/v1beta1"
    good = "apiVersion: policy/v1"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        yield from context.shared(_outdated)[cls.code]


class ApiVersionDeprecated(Check):
    code = "api-version-deprecated"
    family = Family.VERSIONS
    severity = Severity.WARNING
    title = "An API version is deprecated"
    about = "A later version of Kubernetes, Flux or the operator removes it."
    remedy = "Use the version that the message names."
    bad = "apiVersion: external-secrets.io/v1beta1"
    good = "apiVersion: external-secrets.io/v1"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        yield from context.shared(_outdated)[cls.code]


class ImageTagFloating(Check):
    code = "image-tag-floating"
    family = Family.VERSIONS
    severity = Severity.WARNING
    title = "An image has no tag, or a tag that moves"
    about = (
        "`latest`, which is also what no tag means, changes without a commit: two pods of one "
        "Deployment may run different code, and a rollback changes nothing."
    )
    remedy = "Name a version, or a digest."
    bad = "image: nginx"
    good = "image: nginx:1.29.1"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find images without a version. In values of a chart an image without a tag is none: the
        chart has one."""
        for image in context.platform.images:
            repository, tag, digest = split_image(image.image)
            if digest or "${" in image.image:
                continue
            if tag == "latest":
                message = (
                    f"{image.owner} runs {image.image}: what `latest` is changes without a commit; "
                    f"name a version or a digest"
                )
            elif not tag and image.owner.partition(" ")[0] in _WORKLOADS:
                message = (
                    f"{image.owner} runs {repository} without a tag, which means `latest`; name a "
                    f"version or a digest"
                )
            else:
                continue
            yield cls.at(image, message, layers=[image.layer], cause=image.image)


def _outdated(context: Context) -> dict[str, list[Finding]]:
    """Return findings by code, one for all objects of a kind and version: one command or
    replacement settles them."""
    installed = _installed(context.platform.releases)
    versions = {cluster.id: cluster.flux_version for cluster in context.platform.clusters}
    found: dict[tuple[str, str, str, str], list[tuple[Layer, Resource]]] = defaultdict(list)
    for layer in context.platform.layers:
        flux = _flux(context.settings.flux_version or versions.get(layer.cluster))
        # One whose parent is in Git is an object of its parent.
        itself = (_itself(layer),) if layer.parent is None and not layer.synthetic else ()
        for resource in (*itself, *layer.resources):
            verdict = _verdict(resource, flux, installed.get(layer.cluster))
            if verdict is None or context.definitions(layer.cluster).get(
                (resource.group, resource.kind)
            ):
                continue
            rule, why = verdict
            found[rule.code, why, resource.api_version, resource.kind].append((layer, resource))
    rules: tuple[type[Rule], ...] = (ApiVersionRemoved, ApiVersionDeprecated)
    made: dict[str, list[Finding]] = {rule.code: [] for rule in rules}
    by_code = {rule.code: rule for rule in rules}
    for (code, why, version, kind), held in sorted(found.items()):
        held.sort(key=lambda pair: (pair[1].file, pair[1].line, pair[0].id))
        places = dict.fromkeys((resource.file, resource.line) for _, resource in held)
        labels = list(dict.fromkeys(resource.label for _, resource in held))
        verb = "is" if len(labels) == 1 else "are"
        message = f"{listed(labels, 3)} {verb} {version}, {why}"
        if len(places) > 1:
            message += f" ({len(places)} places)"
        finding = by_code[code].at(
            held[0][1],
            message,
            layers=[owner.id for owner, _ in held],
            about=[resource.ref(owner.cluster) for owner, resource in held],
            cause=f"{kind} {version}, {why}",
        )
        made[code].append(finding)
    return made


def _itself(layer: Layer) -> Resource:
    return Resource(
        layer.api_version, "Kustomization", layer.namespace, layer.name, layer.file, layer.line
    )


def _verdict(
    resource: Resource, flux: tuple[int, int], external_secrets: tuple[int, int] | None
) -> tuple[type[Rule], str] | None:
    version, kind = resource.api_version, resource.kind
    kubernetes = KUBERNETES.get((version, kind)) or KUBERNETES.get((version, "*"))
    if kubernetes is not None:
        since, instead = kubernetes
        return _removed(f"which Kubernetes does not serve since {since}; use {instead}")
    group, _, number = version.partition("/")
    if schemas.flux_kind(group, kind) is not None:
        return _flux_verdict(group, kind, number, flux)
    if version in EXTERNAL_SECRETS and kind in STABLE_KINDS:
        gone, instead = EXTERNAL_SECRETS[version]
        since = f"{gone[0]}.{gone[1]}"
        if external_secrets is not None and external_secrets >= gone:
            return _removed(
                f"which the External Secrets Operator does not serve since {since}; use {instead}"
            )
        return _deprecated(
            f"which the External Secrets Operator serves before {since} only; use {instead}"
        )
    return None


def _flux_verdict(
    group: str, kind: str, number: str, flux: tuple[int, int]
) -> tuple[type[Rule], str] | None:
    """Return what the CRDs of the releases say of a version of a kind of Flux."""
    served = schemas.served(group, kind, flux)
    if number in served:
        last = schemas.last_served(group, kind, number)
        if last is None or last == schemas.newest_release():
            if not schemas.is_deprecated(group, kind, number, flux):
                return None
            return _deprecated(f"which Flux deprecates; use {group}/{served[-1]}")
        gone = schemas.release_name((last[0], last[1] + 1))
        newest = schemas.served(group, kind, last)[-1]
        advice = (
            newest
            if newest != number
            else schemas.served(group, kind, schemas.newest_release())[-1]
        )
        return _deprecated(f"which Flux serves until {gone} only; use {group}/{advice}")
    if not _VERSION.match(number):
        return None
    last = schemas.last_served(group, kind, number)
    if not served:
        first = schemas.first_served(group, kind)
        since = f", Flux {schemas.release_name(first)} has it" if first is not None else ""
        return _removed(
            f"and Flux {schemas.release_name(flux)} does not know the kind{since}; update Flux"
        )
    if last is None:
        return _removed(f"which no version of Flux serves; use {group}/{served[-1]}")
    if last < flux:
        return _removed(
            f"which Flux does not serve since {last[0]}.{last[1] + 1}; use {group}/{served[-1]}"
        )
    return _removed(
        f"which Flux {schemas.release_name(flux)} does not serve yet; use {group}/{served[-1]}"
    )


def _flux(text: str | None) -> tuple[int, int]:
    """Major and minor version of Flux by the settings, the one that the checks know best where they
    say nothing."""
    return schemas.parse_release(text) or schemas.newest_release()


def _removed(why: str) -> tuple[type[Rule], str]:
    return ApiVersionRemoved, why


def _deprecated(why: str) -> tuple[type[Rule], str]:
    return ApiVersionDeprecated, why


def _installed(releases: tuple[Release, ...]) -> dict[str, tuple[int, int]]:
    """Cluster to the version of the External Secrets Operator, where a release of its chart says
    it."""
    found: dict[str, tuple[int, int]] = {}
    for release in releases:
        parts = (release.version or "").lstrip("v").split(".")
        if (
            release.chart == _CHART
            and len(parts) >= 3
            and parts[0].isdecimal()
            and parts[1].isdecimal()
        ):
            found[release.cluster] = (int(parts[0]), int(parts[1]))
    return found
