"""Define roles, bindings and service accounts."""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.model.objects import LayerObject, Selector


class AccessRule(Struct, frozen=True, kw_only=True):
    """A rule of a Role: what may be done to what."""

    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Only these objects; empty: all."""
    urls: tuple[str, ...] = ()
    """Paths that are not resources."""


class Role(LayerObject, frozen=True, kw_only=True):
    """A Role or ClusterRole."""

    rules: tuple[AccessRule, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    aggregates: tuple[Selector, ...] = ()
    """Of other ClusterRoles, whose rules it has."""


class RoleSubject(Struct, frozen=True, order=True, kw_only=True):
    """A User, Group or ServiceAccount; the namespace is empty for the former two."""

    kind: str
    namespace: str = ""
    name: str


class RoleBinding(LayerObject, frozen=True, kw_only=True):
    """A RoleBinding or ClusterRoleBinding."""

    role: tuple[str, str]
    """Kind and name."""
    subjects: tuple[RoleSubject, ...] = ()


class ServiceAccount(LayerObject, frozen=True, kw_only=True):
    """A ServiceAccount. `identity` is the annotation that gives it rights at a cloud provider, as
    `name: value`."""

    automount: bool | None = None
    identity: str | None = None
