"""Join claims with their StorageClass and what saves them."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from msgspec import Struct

from gitops_docs.kubernetes import quantities
from gitops_docs.model import Backup, LayerStatus, Platform, StorageClass, VolumeClaim


class Volume(Struct, frozen=True):
    """A claim, its class (None: not in the manifests), what saves it, and words for what needs
    attention."""

    claim: VolumeClaim
    storage: StorageClass | None
    backups: tuple[Backup, ...]
    problems: tuple[str, ...]

    @property
    def class_name(self) -> str:
        """The name of the class; empty: the default one, which is not in the manifests."""
        return self.claim.class_name or (self.storage.name if self.storage is not None else "")

    @property
    def is_unsure(self) -> bool:
        """Whether no backup saves the volume and its reclaim policy is not known, because its class
        is not in the manifests."""
        return not self.backups and self.storage is None and self.claim.class_name != ""

    @property
    def requested(self) -> Decimal | None:
        """Bytes that all of its copies ask for; None where that is not known."""
        size = quantities.parse(self.claim.size or "")
        return (
            size * self.claim.copies if size is not None and self.claim.copies is not None else None
        )


PROBLEMS = {
    "no backup found": "reclaim policy Delete, and no backup in the manifests",
    "class not in manifests": "no layer creates the StorageClass; the cloud provider must",
    "two claims of one name": "two objects ask for the same claim",
}
"""What needs attention, in the order of the page, and why."""


def volumes(platform: Platform) -> list[Volume]:
    """Return all claims, in the platform's order."""
    classes = {(item.cluster, item.name): item for item in platform.storage_classes}
    default = {item.cluster: item for item in platform.storage_classes if item.is_default}
    backups: dict[str, list[Backup]] = defaultdict(list)
    for backup in platform.backups:
        backups[backup.cluster].append(backup)
    # A chart may create a class; only where none is installed, and everything is rendered, is it
    # known to be missing.
    unknown = {item.cluster for item in platform.releases}
    unknown |= {item.cluster for item in platform.layers if item.status is not LayerStatus.RENDERED}
    names = Counter(_identity(claim) for claim in platform.volume_claims)
    found = []
    for claim in platform.volume_claims:
        named = claim.class_name
        storage = (
            default.get(claim.cluster) if named is None else classes.get((claim.cluster, named))
        )
        own = tuple(backup for backup in backups[claim.cluster] if saves(backup, claim))
        problems = []
        if (
            not own
            and storage is not None
            and storage.reclaim_policy == "Delete"
            and claim.volume is None
        ):
            problems.append("no backup found")
        if named and storage is None and claim.volume is None and claim.cluster not in unknown:
            problems.append("class not in manifests")
        if names[_identity(claim)] > 1:
            problems.append("two claims of one name")
        found.append(Volume(claim, storage, own, tuple(problems)))
    return found


def _identity(claim: VolumeClaim) -> tuple[str, ...]:
    owner = claim.name if claim.template else ""
    return claim.cluster, claim.namespace, claim.claim, owner, claim.kind if claim.template else ""


def saves(backup: Backup, claim: VolumeClaim) -> bool:
    """Return whether a backup saves the volume of a claim."""
    if backup.owner is not None:
        return claim.kind == "Cluster" and (claim.namespace, claim.name) == (
            backup.namespace,
            backup.owner,
        )
    if backup.claim is not None:
        whole = claim.claim if not claim.template else f"{claim.claim}-{claim.name}-"
        same = backup.claim == whole or (claim.template and backup.claim.startswith(whole))
        return same and claim.namespace == backup.namespace
    if claim.namespace in backup.excluded:
        return False
    return (
        not backup.namespaces or claim.namespace in backup.namespaces
    ) and backup.selector.selects(claim.labels)
