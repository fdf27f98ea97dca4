"""Check markers, policies and update automations of images against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context
from gitops_docs.model import (
    Family,
    Finding,
    ImageMarker,
    ImagePolicy,
    ImageUpdateAutomation,
    LayerObject,
    LayerStatus,
    Platform,
    Ref,
    Severity,
    SourceRef,
)
from gitops_docs.text.patterns import Pattern

_GROUP = "image.toolkit.fluxcd.io"
_PRODUCTION = Pattern(
    r"(?:\A|[^a-z0-9])(?:prod|prd|production|live)(?:\z|[^a-z])", ignore_case=True
)


class ImageMarkerUnknown(Check):
    code = "image-marker-unknown"
    family = Family.VERSIONS
    severity = Severity.WARNING
    title = "An image marker names no policy"
    about = (
        "image-automation-controller changes a value only if the ImagePolicy of its marker "
        "exists on the cluster. A marker with another name is a comment like any other: the "
        "value stays as it is, without an error."
    )
    remedy = "Correct the namespace or the name in the marker, or add the ImagePolicy."
    bad = 'image: web:1.0 # {"$imagepolicy": "flux-system:wep"}'
    good = 'image: web:1.0 # {"$imagepolicy": "flux-system:web"}'
    varies = "A note where a layer is not fully rendered, since that layer may apply the policy."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find one for each policy that markers name and no layer applies, at the first marker that
        something reads."""
        platform = context.platform
        policies = context.shared(_policies)
        read = {file for layer in platform.layers for file in layer.files}
        below = {automation.path for automation in platform.image_automations}
        whole = all(layer.status is LayerStatus.RENDERED for layer in platform.layers)
        for (namespace, name), markers in context.shared(_markers).items():
            seen = [
                item
                for item in markers
                if item.file in read or any(is_below(item.file, path) for path in below)
            ]
            if (namespace, name) in policies or not seen:
                continue
            also = f" {len(seen)} markers name it." if len(seen) > 1 else ""
            unless = "" if whole else ", unless a layer that is not fully rendered does"
            message = (
                f"no layer applies ImagePolicy {namespace}/{name}{unless}, so that Flux never "
                f"updates this value; "
                f"correct the marker, or add the policy.{also}"
            )
            severity = Severity.WARNING if whole else Severity.INFO
            yield cls.at(seen[0], message, severity=severity)


class ImagePolicyUnused(Check):
    code = "image-policy-unused"
    family = Family.VERSIONS
    severity = Severity.INFO
    title = "An image policy has no marker"
    about = (
        "Flux scans the registry and chooses the newest tag, and no file of this repository "
        "takes it."
    )
    remedy = "Add a marker to the value that the policy is for, or remove the policy."
    bad = "kind: ImagePolicy\nmetadata: {name: web}"
    good = 'image: web:1.0 # {"$imagepolicy": "flux-system:web"}'

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        marked = context.shared(_markers)
        for (namespace, name), found in context.shared(_policies).items():
            if (namespace, name) not in marked:
                message = (
                    f"no file has a marker of ImagePolicy {namespace}/{name}, so no automation of "
                    f"this repository uses it; "
                    "add a marker or remove the policy"
                )
                layers = [policy.layer for policy in found]
                about = [_ref("ImagePolicy", policy) for policy in found]
                yield cls.at(found[0], message, layers=layers, about=about, cause="no marker")


class ImageAutomationProduction(Check):
    code = "image-automation-production"
    family = Family.VERSIONS
    severity = Severity.WARNING
    title = "An automation writes to the branch that production reads"
    about = (
        "The ImageUpdateAutomation pushes to a branch that a production cluster follows, and "
        "changes files that layers of that cluster read. New images reach production without a "
        "review. Production is inferred from the name of the cluster (`prod`, `production`, "
        "`live`), where there is more than one cluster."
    )
    remedy = (
        "Push to another branch (`spec.git.push.branch`) and open a pull request, or limit "
        "`spec.update.path`."
    )
    bad = "git:\n  push: {branch: main}"
    good = "git:\n  push: {branch: image-updates}"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find automations that push to the branch from which a production cluster reads the same
        files."""
        platform = context.platform
        if len(platform.clusters) < 2:
            return
        readers: dict[str, set[str]] = defaultdict(set)
        for layer in platform.layers:
            if _PRODUCTION.search(layer.cluster):
                for file in layer.files:
                    readers[file].add(layer.cluster)
        for automation in platform.image_automations:
            branch = target_branch(platform, automation)
            if branch is None or automation.suspended:
                continue
            following = {
                layer.cluster
                for layer in platform.layers
                if layer.directory is not None
                and _branch(platform, layer.cluster, _source(layer.source)) == branch
            }
            reached: dict[str, int] = defaultdict(int)
            for marker in platform.image_markers:
                if marker.namespace == automation.namespace and is_below(
                    marker.file, automation.path
                ):
                    for cluster in readers[marker.file] & following:
                        reached[cluster] += 1
            if reached:
                number = max(reached.values())
                values = "1 value" if number == 1 else f"{number} values"
                message = (
                    f"ImageUpdateAutomation {automation.namespace}/{automation.name} pushes to "
                    f"branch `{branch}`, from which {', '.join(sorted(reached))} "
                    f"reads {values} that it changes: new images reach production without a "
                    f"review; push to another branch and open a "
                    "pull request"
                )
                yield cls.at(
                    automation,
                    message,
                    layers=[automation.layer],
                    about=[_ref("ImageUpdateAutomation", automation)],
                    cause=f"pushes to {branch}",
                )


def _ref(kind: str, item: LayerObject) -> Ref:
    return Ref(item.cluster, _GROUP, kind, item.namespace, item.name)


def _policies(context: Context) -> dict[tuple[str, str], list[ImagePolicy]]:
    found: dict[tuple[str, str], list[ImagePolicy]] = defaultdict(list)
    for policy in context.platform.image_policies:
        found[policy.namespace, policy.name].append(policy)
    return dict(found)


def _markers(context: Context) -> dict[tuple[str, str], list[ImageMarker]]:
    found: dict[tuple[str, str], list[ImageMarker]] = defaultdict(list)
    for marker in context.platform.image_markers:
        found[marker.namespace, marker.name].append(marker)
    return dict(found)


def _source(source: SourceRef) -> tuple[str, str, str]:
    return source.kind, source.namespace, source.name


def is_below(file: str, directory: str) -> bool:
    """Return whether a file lies in a directory; the root is empty."""
    return not directory or file.startswith(f"{directory}/")


def target_branch(platform: Platform, automation: ImageUpdateAutomation) -> str | None:
    """Return the branch that an automation pushes to; None where it is not known."""
    if automation.push:
        return automation.push
    checkout = automation.checkout
    if checkout is not None:
        return checkout.partition(" ")[2] if checkout.startswith("branch ") else None
    return _branch(platform, automation.cluster, automation.source)


def _branch(platform: Platform, cluster: str, source: tuple[str, str, str]) -> str | None:
    """Return the branch that a source of a cluster follows; None where it follows something else or
    is not known."""
    for item in platform.sources:
        if item.cluster == cluster and (item.kind, item.namespace, item.name) == source:
            how, _, followed = (item.ref or "branch master").partition(
                " "
            )  # what Flux follows without `spec.ref`
            name = followed.removeprefix("refs/heads/")
            return (
                followed
                if how == "branch"
                else name
                if how == "name" and name != followed
                else None
            )
    return None
