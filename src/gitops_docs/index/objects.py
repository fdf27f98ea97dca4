"""Identify objects and the layers that apply them."""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.model import Layer, Resource

ObjectKey = tuple[str, str, str, str]
"""API group, kind, namespace (empty where it means nothing), name."""


class Held(Struct, frozen=True):
    """An object and the layer that applies it."""

    layer: Layer
    resource: Resource


def key_of(resource: Resource) -> ObjectKey:
    """The identity of an object in its cluster."""
    namespace = "" if resource.cluster_scoped else resource.namespace or ""
    return resource.group, resource.kind, namespace, resource.name
