"""Join namespaces with the policies that are for them, and say what is denied by default."""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from gitops_docs.model import LayerStatus, NetworkPolicy, Platform, Selector, Workload

_NAMESPACE = "io.kubernetes.pod.namespace"
"""The label that Cilium gives each pod."""
DENIED, SOME, ALLOWED, UNKNOWN = "denied", "denied for some pods", "allowed", "not known"


class Isolation(Struct, frozen=True):
    """A namespace of a cluster: what is denied by default, by which policies."""

    cluster: str
    namespace: str
    ingress: str
    egress: str
    policies: tuple[NetworkPolicy, ...]
    open: tuple[Workload, ...]
    """Workloads whose pods no policy selects."""
    pods: int
    """Workloads whose pods are known."""
    exposed: bool
    """Whether a hostname leads to it."""


def isolation(platform: Platform) -> list[Isolation]:
    """Return the namespaces that hold workloads, releases or policies, by namespace and cluster."""
    policies: dict[tuple[str, str], list[NetworkPolicy]] = defaultdict(list)
    wide: dict[str, list[NetworkPolicy]] = defaultdict(list)
    for policy in platform.network_policies:
        if policy.everywhere:
            wide[policy.cluster].append(policy)
        else:
            policies[policy.cluster, policy.namespace].append(policy)
    workloads: dict[tuple[str, str], list[Workload]] = defaultdict(list)
    for item in platform.workloads:
        workloads[item.cluster, item.namespace].append(item)
    charts = {(item.cluster, item.target_namespace or item.namespace) for item in platform.releases}
    cut = {layer.cluster for layer in platform.layers if layer.status is not LayerStatus.RENDERED}
    exposed = {
        (route.cluster, backend.namespace)
        for route in platform.routes
        for rule in route.rules
        for backend in rule.backends
    }
    found = []
    for cluster, namespace in sorted(
        {*policies, *workloads, *charts}, key=lambda key: (key[1], key[0])
    ):
        own = (
            *policies[cluster, namespace],
            *(one for one in wide[cluster] if is_for(one, namespace)),
        )
        pods = workloads[cluster, namespace]
        certain = (cluster, namespace) not in charts and cluster not in cut
        found.append(
            Isolation(
                cluster,
                namespace,
                _default([one for one in own if one.ingress], certain=certain),
                _default([one for one in own if one.egress], certain=certain),
                own,
                tuple(item for item in pods if not any(_selects(one, item) for one in own)),
                len(pods),
                (cluster, namespace) in exposed,
            )
        )
    return found


def _default(policies: list[NetworkPolicy], *, certain: bool) -> str:
    """Return what holds for a connection that no rule allows. Without a policy it is allowed,
    unless a chart brings one."""
    if any(_is_for_all_pods(one) for one in policies):
        return DENIED
    if any(one.selector is not None for one in policies):
        return SOME
    if policies:
        return UNKNOWN
    return ALLOWED if certain else UNKNOWN


def is_for(policy: NetworkPolicy, namespace: str) -> bool:
    """Return whether a policy for all namespaces can select pods of one; Cilium limits it by a
    label of the pods."""
    return policy.selector is None or _part(policy.selector, of_namespace=True).selects(
        ((_NAMESPACE, namespace),)
    )


def is_limited(policy: NetworkPolicy) -> bool:
    """Return whether a policy for all namespaces is limited to some by its selector."""
    return policy.selector is None or _part(policy.selector, of_namespace=True) != Selector()


def _part(selector: Selector, *, of_namespace: bool) -> Selector:
    """Return the part of a selector that is about the namespace of a pod, or the rest of it."""
    return Selector(
        tuple(pair for pair in selector.labels if (pair[0] == _NAMESPACE) is of_namespace),
        tuple(entry for entry in selector.expressions if (entry[0] == _NAMESPACE) is of_namespace),
    )


def _is_for_all_pods(policy: NetworkPolicy) -> bool:
    return policy.selector is not None and _part(policy.selector, of_namespace=False) == Selector()


def _selects(policy: NetworkPolicy, item: Workload) -> bool:
    """Return whether a policy selects the pods of a workload; one whose expression is not evaluated
    may."""
    return policy.selector is None or policy.selector.selects(
        (*item.labels, (_NAMESPACE, item.namespace))
    )


def selects_nothing(policy: NetworkPolicy, platform: Platform) -> bool:
    """Return whether no pod of the manifests is selected, where charts and layers cannot hold
    others."""
    if (
        policy.everywhere
        or policy.selector is None
        or not (policy.selector.labels or policy.selector.expressions)
    ):
        return False
    if any(
        item.cluster == policy.cluster
        and (item.target_namespace or item.namespace) == policy.namespace
        for item in platform.releases
    ):
        return False
    if any(
        item.cluster == policy.cluster and item.status is not LayerStatus.RENDERED
        for item in platform.layers
    ):
        return False
    return not any(
        _selects(policy, item)
        for item in platform.workloads
        if (item.cluster, item.namespace) == (policy.cluster, policy.namespace)
    )
