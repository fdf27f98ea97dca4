"""Select the findings that concern a change.

In: findings of the repository as it is now, and which files the change has edited and removed. Out:
the findings in an edited file, about an object that is defined in one, and of layers whose build the
change can alter as a whole: they read an edited file that defines none of their objects (a
kustomization.yaml, a patch, values), or lost a file below their path. What the change no longer defines is missed elsewhere: findings that
name it concern the change too.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from gitops_docs.model import Finding, Layer, Platform, Ref
from gitops_docs.text.patterns import Pattern

_NAME = Pattern(r"[\pL\pN][\pL\pN._-]*")


def concerned(
    findings: Iterable[Finding],
    platform: Platform,
    edited: Set[str],
    removed: Set[str],
    gone: Set[str] = frozenset(),
) -> tuple[Finding, ...]:
    """Return the findings that concern a change, in their order.

    Args:
        findings: Settled findings.
        platform: What was scanned.
        edited: Files that are new or different, from the scan root.
        removed: Files that are gone.
        gone: Names of objects that the change no longer defines.
    """
    objects = _objects(platform, edited)
    whole = {layer.id for layer in platform.layers if _is_whole(layer, edited, removed)}
    readers = {layer.id for layer in platform.layers if not edited.isdisjoint(layer.files)}
    return tuple(
        finding
        for finding in findings
        if finding.file in edited
        or not objects.isdisjoint(finding.about)
        or not whole.isdisjoint(finding.layers)
        # Nothing narrower is known of it than its layers.
        or (not finding.about and not readers.isdisjoint(finding.layers))
        or (gone and not gone.isdisjoint(_NAME.findall(finding.message)))
    )


def _objects(platform: Platform, edited: Set[str]) -> set[Ref]:
    found = {layer.ref for layer in platform.layers if layer.file in edited}
    for layer in platform.layers:
        found |= {
            resource.ref(layer.cluster) for resource in layer.resources if resource.file in edited
        }
    return found


def _is_whole(layer: Layer, edited: Set[str], removed: Set[str]) -> bool:
    if layer.file in edited:
        return True
    read = edited & set(layer.files)
    if read - {resource.file for resource in layer.resources}:
        return True
    if layer.directory is None:
        return False
    below = f"{layer.directory}/" if layer.directory else ""
    return any(path.startswith(below) for path in removed)
