"""Define who owns objects and what is held back."""

from __future__ import annotations

from gitops_docs.model.objects import LayerObject
from gitops_docs.model.refs import Location


class StatedOwner(LayerObject, frozen=True, kw_only=True):
    """An owner that an object names: `by` is the annotation or label, `at` its place."""

    owner: str
    by: str
    at: Location


class Held(LayerObject, frozen=True, kw_only=True):
    """An object that Flux does not touch, or not in full.

    `what` is `suspended`, or the key and value of a label or annotation: `prune: disabled`,
    `reconcile: disabled`, `ssa: Ignore`.
    """

    what: str
    at: Location
    """Where that is written."""
    reason: str | None = None
    """The comment beside or above that line."""
