"""Read policies about who may talk to whom.

Sources of the rules: kubernetes.io/docs/concepts/services-networking/network-policies,
docs.cilium.io/en/stable/security/policy, docs.tigera.io/calico (NetworkPolicy,
GlobalNetworkPolicy), istio.io/latest/docs/reference/config/security/authorization-policy.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.extract.fields import group, identity, selector, text, texts
from gitops_docs.kustomize import Rendered
from gitops_docs.model import NetworkPolicy, Selector
from gitops_docs.yaml.nodes import Map, Node, as_map, as_seq, get_path, is_null, is_true, maps

KUBERNETES, CILIUM, ISTIO = "networking.k8s.io", "cilium.io", "security.istio.io"
CALICO = ("crd.projectcalico.org", "projectcalico.org")
_KINDS = frozenset(
    {
        *("NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"),
        *("GlobalNetworkPolicy", "AuthorizationPolicy"),
    }
)
_NAMESPACE_LABELS = (
    "kubernetes.io/metadata.name",
    "k8s:io.kubernetes.pod.namespace",
    "io.kubernetes.pod.namespace",
)
_ANYONE = "anyone"


def network_policy(item: Rendered, layer: str, cluster: str) -> NetworkPolicy | None:
    """Return the policy about network connections that an object is, of Kubernetes, Cilium, Calico
    or Istio; None for any other object."""
    kind, data = item.key[0], item.data
    if kind not in _KINDS:
        return None
    api, spec = group(data), as_map(data.get("spec"))
    same = identity(item, layer, cluster)
    if kind == "NetworkPolicy" and api == KUBERNETES:
        types = texts(spec.get("policyTypes")) or (
            "Ingress",
            *(["Egress"] if as_seq(spec.get("egress")) else []),
        )
        return NetworkPolicy(
            **same,
            group=api,
            selector=selector(spec.get("podSelector")),
            ingress="Ingress" in types,
            egress="Egress" in types,
            sources=_once(
                peer for rule in maps(spec.get("ingress")) for peer in _peers(rule, "from")
            ),
            targets=_once(peer for rule in maps(spec.get("egress")) for peer in _peers(rule, "to")),
        )
    if kind.startswith("Cilium") and api == CILIUM:
        rules = [spec, *maps(data.get("specs"))] if spec else list(maps(data.get("specs")))
        return NetworkPolicy(
            **same,
            group=api,
            selector=_cilium(rules[0].get("endpointSelector")) if len(rules) == 1 else None,
            selected="" if len(rules) == 1 else "several rules",
            ingress=any(_denies(rule, "ingress") for rule in rules),
            egress=any(_denies(rule, "egress") for rule in rules),
            sources=_once(
                peer
                for rule in rules
                for part in maps(rule.get("ingress"))
                for peer in _cilium_peers(part, "from")
            ),
            targets=_once(
                peer
                for rule in rules
                for part in maps(rule.get("egress"))
                for peer in _cilium_peers(part, "to")
            ),
            everywhere=kind == "CiliumClusterwideNetworkPolicy",
        )
    if kind in ("NetworkPolicy", "GlobalNetworkPolicy") and api in CALICO:
        selected = (text(spec, "selector") or "all()").strip()
        whole = selected == "all()" and "namespaceSelector" not in spec
        types = texts(spec.get("types")) or _calico_types(spec)
        return NetworkPolicy(
            **same,
            group=api,
            selector=Selector() if whole else None,
            selected="" if whole else selected,
            ingress="Ingress" in types,
            egress="Egress" in types,
            sources=_once(
                peer for rule in maps(spec.get("ingress")) for peer in _calico_peers(rule, "source")
            ),
            targets=_once(
                peer
                for rule in maps(spec.get("egress"))
                for peer in _calico_peers(rule, "destination")
            ),
            everywhere=kind == "GlobalNetworkPolicy",
        )
    if kind == "AuthorizationPolicy" and api == ISTIO:
        return NetworkPolicy(**same, group=api, selector=selector(spec.get("selector")))
    return None


def _denies(rule: Map, side: str) -> bool:
    """Return whether a rule of Cilium denies what it does not allow; `enableDefaultDeny` wins over
    the presence of rules (`api.Rule.Sanitize`)."""
    said = get_path(rule, "enableDefaultDeny", side)
    if not is_null(said):
        return is_true(said)
    return any(as_seq(rule.get(name)) for name in (side, f"{side}Deny"))


def _calico_types(spec: Map) -> tuple[str, ...]:
    """Return what a policy of Calico is for where it does not say so: with egress rules and no
    ingress rules only for egress."""
    egress = ("Egress",) if as_seq(spec.get("egress")) else ()
    return ("Ingress", *egress) if as_seq(spec.get("ingress")) or not egress else egress


def _once(peers: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(peers))


def _peers(rule: Map, field: str) -> Iterator[str]:
    """Yield who a rule of Kubernetes allows; an empty list allows anyone."""
    entries = maps(rule.get(field))
    if not entries:
        yield _ANYONE
    for entry in entries:
        block = text(entry, "ipBlock", "cidr")
        if block:
            without = texts(get_path(entry, "ipBlock", "except"))
            yield f"`{block}`" + (
                f" without {', '.join(f'`{name}`' for name in without)}" if without else ""
            )
            continue
        namespaces = (
            selector(entry.get("namespaceSelector")) if "namespaceSelector" in entry else None
        )
        pods = selector(entry.get("podSelector")) if "podSelector" in entry else None
        yield _words(namespaces, pods)


def _words(namespaces: Selector | None, pods: Selector | None) -> str:
    """Return a peer in words: `namespace x`, `app=y in namespace x`, `all namespaces`."""
    where = "this namespace"
    if namespaces is not None:
        names = [value for key, value in namespaces.labels if key in _NAMESPACE_LABELS]
        names += [
            value
            for key, way, values in namespaces.expressions
            if way == "In" and key in _NAMESPACE_LABELS
            for value in values
        ]
        whole = not namespaces.labels and not namespaces.expressions
        where = "all namespaces" if whole else f"namespaces {_labels(namespaces)}"
        if names:
            where = (
                f"{'namespace' if len(names) == 1 else 'namespaces'} "
                f"{', '.join(f'`{name}`' for name in names)}"
            )
    if pods is None or not (pods.labels or pods.expressions):
        return where
    return f"{_labels(pods)} in {where}"


def _labels(found: Selector) -> str:
    parts = [f"`{key}={value}`" for key, value in found.labels]
    parts += [f"`{' '.join([key, way, *values])}`" for key, way, values in found.expressions]
    return ", ".join(parts)


def _cilium(node: Node | None) -> Selector:
    """Return a selector of Cilium without the prefixes that say where a label is from."""
    found = selector(node)
    return Selector(
        tuple((_bare(key), value) for key, value in found.labels),
        tuple((_bare(key), way, values) for key, way, values in found.expressions),
    )


def _bare(key: str) -> str:
    return key.removeprefix("k8s:").removeprefix("any:")


_NO_PEERS = frozenset({"toPorts"})
"""Fields of a rule of Cilium that limit what is allowed, not to whom."""


def _cilium_peers(rule: Map, way: str) -> Iterator[str]:
    """Yield who a rule of Cilium allows; a rule that names no peer allows anyone, an empty one
    nobody."""
    fields = [key for key in rule if key.startswith(way) and key not in _NO_PEERS]
    if not fields and rule:
        yield _ANYONE
    for field in fields:
        named = field.removeprefix(way)
        if named == "Endpoints":
            yield from map(_cilium_endpoints, maps(rule[field]))
        elif named == "Entities":
            yield from (f"entity `{name}`" for name in texts(rule[field]))
        elif named == "CIDR":
            yield from (f"`{name}`" for name in texts(rule[field]))
        elif named == "CIDRSet":
            yield from (
                f"`{text(one, 'cidr') or text(one, 'cidrGroupRef') or ''}`"
                for one in maps(rule[field])
            )
        elif named == "FQDNs":
            yield from (
                f"`{text(one, 'matchName') or text(one, 'matchPattern') or ''}`"
                for one in maps(rule[field])
            )
        elif named == "Services":
            yield from map(_cilium_service, maps(rule[field]))
        elif named == "Nodes":
            for one in maps(rule[field]):
                labels = _labels(_cilium(one))
                yield f"nodes {labels}" if labels else "all nodes"
        elif not is_null(rule[field]):
            yield f"`{field}`"


def _cilium_endpoints(entry: Map) -> str:
    found = _cilium(entry)
    where = tuple(pair for pair in found.labels if pair[0] in _NAMESPACE_LABELS)
    pods = Selector(tuple(pair for pair in found.labels if pair not in where), found.expressions)
    return _words(Selector(where) if where else None, pods)


def _cilium_service(entry: Map) -> str:
    name = text(entry, "k8sService", "serviceName")
    space = text(entry, "k8sService", "namespace")
    if name:
        return f"Service `{space}/{name}`" if space else f"Service `{name}`"
    chosen = _labels(_cilium(get_path(entry, "k8sServiceSelector", "selector")))
    return f"Services {chosen}" if chosen else "all Services"


_NO_SIDES = frozenset({"ports", "notPorts"})
"""Fields of a side of a rule of Calico that limit what is allowed, not to whom."""


def _calico_peers(rule: Map, field: str) -> Iterator[str]:
    """Yield who a rule of Calico allows; a side that names no peer allows anyone."""
    if text(rule, "action") not in ("Allow", "Pass"):
        return
    side = as_map(rule.get(field))
    selectors = [
        f"`{text(side, key)}`" for key in ("selector", "namespaceSelector") if text(side, key)
    ]
    places = [f"`{name}`" for key in ("nets", "domains") for name in texts(side.get(key))]
    known = {"selector", "namespaceSelector", "nets", "domains", *_NO_SIDES}
    places += [f"`{key}`" for key in side if key not in known]
    if selectors:
        yield " in ".join([*selectors, *([", ".join(places)] if places else [])])
    else:
        yield from places or [_ANYONE]
