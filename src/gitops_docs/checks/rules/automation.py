"""Check markers, policies and update automations of images against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.context import Context
from gitops_docs.model import (
    Finding,
    ImageMarker,
    ImagePolicy,
    ImageUpdateAutomation,
    LayerStatus,
    Platform,
    Severity,
    SourceRef,
)
from gitops_docs.text.patterns import Pattern

_PRODUCTION = Pattern(
    r"(?:\A|[^a-z0-9])(?:prod|prd|production|live)(?:\z|[^a-z])", ignore_case=True
)


def check(context: Context) -> Iterator[Finding]:
    """Yield findings about markers without a policy, policies without a marker, and automations
    that write to production."""
    platform = context.platform
    policies: dict[tuple[str, str], list[ImagePolicy]] = defaultdict(list)
    for policy in platform.image_policies:
        policies[policy.namespace, policy.name].append(policy)
    marked: dict[tuple[str, str], list[ImageMarker]] = defaultdict(list)
    for marker in platform.image_markers:
        marked[marker.namespace, marker.name].append(marker)
    yield from _markers(platform, policies, marked)
    for key, found in policies.items():
        if key not in marked:
            first = found[0]
            message = (
                f"no file has a marker of ImagePolicy {first.namespace}/{first.name}, so no "
                f"automation of this repository uses it; "
                "add a marker or remove the policy"
            )
            layers = tuple(dict.fromkeys(policy.layer for policy in found))
            yield Finding(
                "image-policy-unused",
                Severity.INFO,
                message,
                first.file,
                first.line,
                layers[0],
                also=layers[1:],
            )
    yield from _production(context)


def _markers(
    platform: Platform,
    policies: dict[tuple[str, str], list[ImagePolicy]],
    marked: dict[tuple[str, str], list[ImageMarker]],
) -> Iterator[Finding]:
    """Yield a finding for each policy that markers name and no layer applies, at the first marker
    that something reads."""
    read = {file for layer in platform.layers for file in layer.files}
    below = {automation.path for automation in platform.image_automations}
    whole = all(layer.status is LayerStatus.RENDERED for layer in platform.layers)
    for (namespace, name), markers in marked.items():
        if (namespace, name) in policies:
            continue
        seen = [
            item
            for item in markers
            if item.file in read or any(is_below(item.file, path) for path in below)
        ]
        if not seen:
            continue
        severity = Severity.WARNING if whole else Severity.INFO
        also = f" {len(seen)} markers name it." if len(seen) > 1 else ""
        unless = "" if whole else ", unless a layer that is not fully rendered does"
        message = (
            f"no layer applies ImagePolicy {namespace}/{name}{unless}, so that Flux never updates "
            f"this value; "
            f"correct the marker, or add the policy.{also}"
        )
        yield Finding("image-marker-unknown", severity, message, seen[0].file, seen[0].line)


def _production(context: Context) -> Iterator[Finding]:
    """Yield a finding for each automation that pushes to the branch from which a production cluster
    reads the same files."""
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
            if marker.namespace == automation.namespace and is_below(marker.file, automation.path):
                for cluster in readers[marker.file] & following:
                    reached[cluster] += 1
        if reached:
            clusters = ", ".join(sorted(reached))
            number = max(reached.values())
            values = "1 value" if number == 1 else f"{number} values"
            message = (
                f"ImageUpdateAutomation {automation.namespace}/{automation.name} pushes to branch "
                f"`{branch}`, from which {clusters} "
                f"reads {values} that it changes: new images reach production without a review; "
                f"push to another branch and open a "
                "pull request"
            )
            yield Finding(
                "image-automation-production",
                Severity.WARNING,
                message,
                automation.file,
                automation.line,
                automation.layer,
            )


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
