"""Find objects and files that no layer applies, and what the budgets left out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from gitops_docs.extract import secrets
from gitops_docs.flux import foreign, roots
from gitops_docs.flux.walk import Walker
from gitops_docs.kubernetes import objects
from gitops_docs.model import Finding, Location, Orphan, Platform, Secret, Severity
from gitops_docs.repository.checkout import Checkout
from gitops_docs.yaml import limits
from gitops_docs.yaml.rules import RepositoryTooLarge, YamlTemplate


def find_orphans(
    manifests: list[roots.Manifest], reached: set[str], others: foreign.Foreign
) -> list[Orphan]:
    """Return objects in files that no layer reads, and that are not for another tool."""
    found = {
        Orphan(
            manifest.file, objects.kind(manifest.data), objects.name(manifest.data), manifest.line
        )
        for manifest in manifests
        if manifest.file not in reached
        and objects.kind(manifest.data)
        and objects.name(manifest.data)
        and objects.group(manifest.data) not in ("kustomize.config.k8s.io", "config.kubernetes.io")
        and objects.api_version(manifest.data)
        and not others.has(manifest)
    }
    return sorted(found, key=lambda orphan: (orphan.file, orphan.line, orphan.kind, orphan.name))


def stray_secrets(manifests: list[roots.Manifest], reached: set[str]) -> list[Secret]:
    """Return secrets in files that no layer reads: nothing applies them, and everybody can read
    them."""
    found = (
        secrets.secret(manifest.data, manifest.file, manifest.line)
        for manifest in manifests
        if manifest.file not in reached
    )
    return [item for item in found if item is not None]


def unread_findings(broken: list[Finding], reached: set[str], platform: Platform) -> list[Finding]:
    """Problems of reading. Where no layer reads the file, Flux never sees it: that is information.

    A template beside files that a layer reads is one `kustomization.yaml` away from the build, so
    it stays a warning. A file that a layer takes without a word is the content of a generator: it
    may be YAML or not.
    """
    told = {(finding.code, finding.file, finding.line) for finding in platform.findings}
    taken = {file for layer in platform.layers for file in layer.files}
    applied = {posixpath.dirname(file) for file in taken}
    return [
        finding
        if finding.file in reached
        or (finding.code == YamlTemplate.code and posixpath.dirname(finding.file or "") in applied)
        else replace(finding, severity=Severity.INFO)
        for finding in broken
        if finding.code != RepositoryTooLarge.code
        and not (finding.file and finding.file.startswith("../") and finding.file not in reached)
        and not (
            finding.code.startswith("yaml-")
            and finding.file in taken
            and (finding.code, finding.file, finding.line) not in told
        )
    ]


def too_many_patterns(file: str, what: str) -> Finding:
    """Return the finding for a file of patterns that cost more than a scan may spend."""
    message = (
        f"{what}: to compare the patterns of {posixpath.basename(file)} with the files of this "
        f"repository takes more than "
        f"{limits.MAX_MATCHED:,} steps; write fewer, or such as begin at the root"
    )
    return RepositoryTooLarge.at(Location(file, 1), message)


def budget_findings(checkouts: Iterable[Checkout], walker: Walker) -> Iterator[Finding]:
    """Yield what the budgets of a scan do not cover: the files that were not read, the layers that
    are not shown."""
    advice = "scan a part of the repository, or keep data out of manifests"
    for checkout in checkouts:
        if checkout.unread:
            first = checkout.origin(min(checkout.unread))
            number = len(checkout.unread)
            files = "1 file" if number == 1 else f"{number} files"
            message = (
                f"{files} not read, this one first: together the files of this repository hold "
                f"more than "
                f"{limits.MAX_READ:,} values; {advice}"
            )
            yield RepositoryTooLarge.at(Location(first, 1), message)
    layer = walker.builds.exceeded
    if layer is not None:
        message = (
            f"from `{layer.kustomization.name}` on layers are listed without their objects: the "
            f"layers of this repository hold more than "
            f"{limits.MAX_APPLIED:,} values, or take more than {limits.MAX_WORK:,} steps to build; "
            f"{advice}"
        )
        place = layer.kustomization
        yield RepositoryTooLarge.at(place, message, layers=[layer.id])
