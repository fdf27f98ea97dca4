"""Join bindings with their roles, and say which rights reach far.

Source of the rules: kubernetes.io/docs/concepts/security/rbac-good-practices (privilege escalation
risks).
"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from gitops_docs.model import AccessRule, Platform, Role, RoleBinding, RoleSubject

BUILT_IN = frozenset({"cluster-admin", "admin", "edit", "view"})
"""ClusterRoles that Kubernetes makes, besides those whose name begins with `system:`."""
_ADMIN = "cluster-admin"
_READS = frozenset({"get", "list", "watch", "*"})
POWERS = {
    "cluster-admin": "may do everything",
    "wildcard": "may do everything with some resources, or something with all",
    "can escalate": "may give itself more rights",
    "reads all Secrets": "may read the Secrets of all namespaces",
}
"""Rights that reach far, the farthest first, and what each means."""


class Grant(Struct, frozen=True):
    """What a binding gives a subject. `roles` are the role and those that it aggregates; none where
    it is not in the manifests."""

    subject: RoleSubject
    binding: RoleBinding
    roles: tuple[Role, ...]
    powers: tuple[str, ...]

    @property
    def everywhere(self) -> bool:
        """Whether it holds for all namespaces."""
        return self.binding.kind == "ClusterRoleBinding"

    @property
    def is_built_in(self) -> bool:
        """Whether Kubernetes makes the role."""
        return is_built_in(*self.binding.role)


def is_built_in(kind: str, name: str) -> bool:
    """Return whether Kubernetes makes a role."""
    return kind == "ClusterRole" and (name in BUILT_IN or name.startswith("system:"))


def grants(platform: Platform) -> list[Grant]:
    """Return what each subject of each binding may do, in the platform's order."""
    roles = {(item.cluster, item.kind, item.namespace, item.name): item for item in platform.roles}
    clustered: dict[str, list[Role]] = defaultdict(list)
    for role in platform.roles:
        if role.kind == "ClusterRole":
            clustered[role.cluster].append(role)
    found = []
    for binding in platform.role_bindings:
        kind, name = binding.role
        bound = roles.get(
            (binding.cluster, kind, binding.namespace if kind == "Role" else "", name)
        )
        whole = (bound, *aggregated(bound, clustered[binding.cluster])) if bound is not None else ()
        powers = powers_of(binding, tuple(rule for one in whole for rule in one.rules))
        found += [Grant(subject, binding, whole, powers) for subject in binding.subjects]
    return found


def aggregated(role: Role, others: list[Role]) -> list[Role]:
    """Return the ClusterRoles whose rules a role has by its aggregation rule."""
    if not role.aggregates:
        return []
    return [
        one
        for one in others
        if one.name != role.name
        and any(selector.selects(one.labels) for selector in role.aggregates)
    ]


def powers_of(binding: RoleBinding, rules: tuple[AccessRule, ...]) -> tuple[str, ...]:
    """Return the far-reaching rights that a binding gives, by `POWERS`."""
    everywhere = binding.kind == "ClusterRoleBinding"
    if binding.role == ("ClusterRole", "cluster-admin") and everywhere:
        return (_ADMIN,)
    if everywhere and any(_is_everything(rule) for rule in rules):
        return (_ADMIN,)
    found = []
    if binding.role == ("ClusterRole", "cluster-admin") or any(map(is_wildcard, rules)):
        found.append("wildcard")
    if any(map(_escalates, rules)):
        found.append("can escalate")
    reads = binding.role[0] == "ClusterRole" and binding.role[1] in ("admin", "edit")
    if everywhere and (reads or any(map(_reads_secrets, rules))):
        found.append("reads all Secrets")
    return tuple(found)


def _is_everything(rule: AccessRule) -> bool:
    return "*" in rule.groups and "*" in rule.resources and "*" in rule.verbs and not rule.names


def is_wildcard(rule: AccessRule) -> bool:
    """Return whether a rule allows every verb, or more than to read every resource."""
    return bool(rule.resources) and (
        "*" in rule.verbs
        or ("*" in rule.resources and any(verb not in _READS for verb in rule.verbs))
    )


def _escalates(rule: AccessRule) -> bool:
    resources = set(rule.resources)
    roles = resources & {"roles", "clusterroles", "*"} and set(rule.groups) & {
        "rbac.authorization.k8s.io",
        "*",
    }
    identities = resources & {"users", "groups", "serviceaccounts", "userextras", "*"}
    verbs = set(rule.verbs)
    return bool((roles and verbs & {"bind", "escalate"}) or (identities and "impersonate" in verbs))


def _reads_secrets(rule: AccessRule) -> bool:
    return (
        bool(set(rule.resources) & {"secrets", "*"})
        and bool(set(rule.groups) & {"", "*"})
        and bool(_READS & set(rule.verbs))
        and not rule.names
    )
