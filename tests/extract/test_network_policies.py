"""Network policies: defaults of namespaces, peers in words, pods that none selects, and what needs
attention."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.index.isolation import Isolation, isolation
from gitops_docs.pages import render
from gitops_docs.pages.html import across
from tests.extract.test_automation import page
from tests.extract.test_exposure import GATEWAY, SERVICE, route
from tests.extract.test_workloads import deployment, of

WEB = deployment()
RELEASE = (
    "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: chart, namespace: apps}\n"
    "spec: {interval: 1h, chart: {spec: {chart: x, version: 1.0.0, sourceRef: {kind: HelmRepository, name: x}}}}\n"
)


def policy(
    spec: str, api: str = "networking.k8s.io/v1", kind: str = "NetworkPolicy", name: str = "one"
) -> str:
    """A policy in namespace apps."""
    where = (
        ", namespace: apps"
        if kind in ("NetworkPolicy", "CiliumNetworkPolicy", "AuthorizationPolicy")
        else ""
    )
    return f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}{where}}}\nspec: {{{spec}}}\n"


def apps(root: Path, *manifests: str) -> Isolation:
    """Namespace apps of some manifests, with a workload."""
    [found] = [
        one for one in isolation(of(root, prod=WEB + "".join(manifests))) if one.namespace == "apps"
    ]
    return found


@pytest.mark.parametrize(
    ("manifests", "ingress", "egress"),
    [
        ((), "allowed", "allowed"),
        ((RELEASE,), "not known", "not known"),
        ((policy("podSelector: {}"),), "denied", "allowed"),
        ((policy("podSelector: {}, policyTypes: [Ingress, Egress]"),), "denied", "denied"),
        ((policy("podSelector: {}, egress: []"),), "denied", "allowed"),
        ((policy("podSelector: {}, egress: [{}]"),), "denied", "denied"),
        ((policy("podSelector: {}, policyTypes: [Egress]"),), "allowed", "denied"),
        ((policy("podSelector: {matchLabels: {app: web}}"),), "denied for some pods", "allowed"),
        ((policy("podSelector: {}"), RELEASE), "denied", "not known"),
        ((policy("endpointSelector: {}, ingress: [{}]", "cilium.io/v2", "CiliumNetworkPolicy"),), "denied", "allowed"),
        ((policy("endpointSelector: {}, egress: [{toEntities: [world]}]", "cilium.io/v2", "CiliumClusterwideNetworkPolicy"),), "allowed", "denied"),
        ((policy("selector: all(), types: [Ingress, Egress]", "projectcalico.org/v3", "GlobalNetworkPolicy"),), "denied", "denied"),
        ((policy("selector: all(), egress: [{action: Allow}]", "projectcalico.org/v3"),), "allowed", "denied"),
        ((policy("selector: all(), ingress: [{action: Allow}], egress: [{action: Allow}]", "projectcalico.org/v3"),), "denied", "denied"),
        ((policy("selector: all()", "projectcalico.org/v3"),), "denied", "allowed"),
        ((policy("endpointSelector: {}, ingressDeny: [{fromEntities: [world]}]", "cilium.io/v2", "CiliumNetworkPolicy"),), "denied", "allowed"),
        ((policy("endpointSelector: {}, egressDeny: [{toEntities: [world]}]", "cilium.io/v2", "CiliumNetworkPolicy"),), "allowed", "denied"),
        ((policy("selector: app == 'web', types: [Ingress]", "crd.projectcalico.org/v1"),), "not known", "allowed"),
        ((policy("selector: all(), namespaceSelector: team == 'a'", "projectcalico.org/v3", "GlobalNetworkPolicy"),), "not known", "allowed"),
        ((policy("endpointSelector: {matchLabels: {'k8s:io.kubernetes.pod.namespace': other}}, ingress: [{}]", "cilium.io/v2", "CiliumClusterwideNetworkPolicy"),), "allowed", "allowed"),
        ((policy("endpointSelector: {matchLabels: {'k8s:io.kubernetes.pod.namespace': apps}}, ingress: [{}]", "cilium.io/v2", "CiliumClusterwideNetworkPolicy"),), "denied", "allowed"),
        ((policy("endpointSelector: {}, ingress: [{fromEntities: [ingress]}], enableDefaultDeny: {ingress: false}", "cilium.io/v2", "CiliumNetworkPolicy"),), "allowed", "allowed"),
        ((policy("action: DENY", "security.istio.io/v1", "AuthorizationPolicy"),), "allowed", "allowed"),
    ],
)  # fmt: skip
def test_default_of_a_namespace(
    manifests: tuple[str, ...], ingress: str, egress: str, tmp_path: Path
) -> None:
    """What no rule allows is denied where a policy is for it; without one it is allowed, unless a
    chart may bring one."""
    found = apps(tmp_path, *manifests)
    assert (found.ingress, found.egress) == (ingress, egress)


@pytest.mark.parametrize(
    ("manifest", "sources"),
    [
        (policy("podSelector: {}"), ()),
        (policy("podSelector: {}, ingress: [{}]"), ("anyone",)),
        (policy("podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]"), ("`app=api` in this namespace",)),
        (policy("podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]"), ("all namespaces",)),
        (policy("podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: edge}}}]}]"), ("namespace `edge`",)),
        (policy("podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchLabels: {app: api}}}]}]"), ("`app=api` in namespaces `team=a`",)),
        (policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]"), ("`10.0.0.0/8` without `10.1.0.0/16`",)),
        (policy("endpointSelector: {}, ingress: [{fromEntities: [ingress, cluster]}]", "cilium.io/v2", "CiliumNetworkPolicy"), ("entity `ingress`", "entity `cluster`")),
        (policy("endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': edge, 'k8s:app': x}}]}]", "cilium.io/v2", "CiliumNetworkPolicy"), ("`app=x` in namespace `edge`",)),
        (policy("endpointSelector: {}, ingress: [{fromCIDR: [10.0.0.0/8]}]", "cilium.io/v2", "CiliumNetworkPolicy"), ("`10.0.0.0/8`",)),
        (policy("endpointSelector: {}, ingress: [{fromNodes: [{matchLabels: {pool: edge}}], fromGroups: [{aws: {}}]}, {}]", "cilium.io/v2", "CiliumNetworkPolicy"), ("nodes `pool=edge`", "`fromGroups`")),
        (policy("endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: '80'}]}]}]", "cilium.io/v2", "CiliumNetworkPolicy"), ("anyone",)),
        (policy("endpointSelector: {}, ingress: [{fromEndpoints: []}], ingressDeny: [{fromEntities: [world]}]", "cilium.io/v2", "CiliumNetworkPolicy"), ()),
        (policy("ingress: [{action: Allow, source: {nets: [10.0.0.0/8, 10.1.0.0/16], ports: [80]}}, {action: Allow, source: {ports: [80]}}]", "projectcalico.org/v3"), ("`10.0.0.0/8`", "`10.1.0.0/16`", "anyone")),
        (policy("ingress: [{action: Allow, source: {selector: a, namespaceSelector: b, serviceAccounts: {names: [x]}}}]", "projectcalico.org/v3"), ("`a` in `b` in `serviceAccounts`",)),
        (policy("ingress: [{action: Allow, source: {selector: app == 'a'}}, {action: Deny, source: {nets: [0.0.0.0/0]}}]", "projectcalico.org/v3"), ("`app == 'a'`",)),
    ],
)  # fmt: skip
def test_peers_in_words(manifest: str, sources: tuple[str, ...], tmp_path: Path) -> None:
    """Each form of a peer is a phrase with its names."""
    [found] = of(tmp_path, prod=manifest).network_policies
    assert found.sources == sources


def test_targets_in_words(tmp_path: Path) -> None:
    """A Service is a peer of Cilium too."""
    services = "[{k8sService: {serviceName: db, namespace: data}}, {k8sServiceSelector: {selector: {matchLabels: {a: b}}}}]"
    rule = policy(
        f"endpointSelector: {{}}, egress: [{{toServices: {services}}}]",
        "cilium.io/v2",
        "CiliumNetworkPolicy",
    )
    [found] = of(tmp_path, prod=rule).network_policies
    assert found.targets == ("Service `data/db`", "Services `a=b`")


def test_pods_that_no_policy_selects(tmp_path: Path) -> None:
    """A workload whose labels no policy selects stands in the row of its namespace."""
    found = apps(
        tmp_path, policy("podSelector: {matchLabels: {app: web}}"), deployment(name="bare")
    )
    assert ([item.name for item in found.open], found.pods) == (["bare"], 2)


def test_what_needs_attention(tmp_path: Path) -> None:
    """A namespace with hostnames and no policy, and a policy that selects nothing."""
    exposed = page(of(tmp_path / "a", prod=WEB + SERVICE + GATEWAY + route()), "network-policies")
    assert "apps Has hostnames, but no policy that limits ingress prod" in exposed
    limited = WEB + SERVICE + GATEWAY + route() + policy("podSelector: {}")
    assert "Needs attention" not in page(of(tmp_path / "b", prod=limited), "network-policies")
    nothing = WEB + policy("podSelector: {matchLabels: {app: gone}}")
    assert "apps/one The NetworkPolicy selects no pod of the manifests" in page(
        of(tmp_path / "c", prod=nothing), "network-policies"
    )
    assert "selects no pod" not in page(
        of(tmp_path / "d", prod=nothing + RELEASE), "network-policies"
    )


def test_one_row_per_namespace(tmp_path: Path) -> None:
    """Clusters that differ stand inside the row."""
    platform = of(tmp_path, dev=WEB, prod=WEB + policy("podSelector: {}"))
    text = page(platform, "network-policies")
    assert (
        "apps allowed dev denied prod" in text
        and "1 namespace name, 2 namespaces on 2 clusters." in text
    )
    assert "Network policies" in str(render(platform).navigation)


def test_page_without_policies(tmp_path: Path) -> None:
    """The page says what it looked for, and is not in the navigation."""
    platform = of(tmp_path, prod=WEB)
    assert "No NetworkPolicy, and none of Cilium, Calico or Istio, in the manifests." in page(
        platform, "network-policies"
    )
    assert "'Network policies'" not in str(render(platform).navigation)


def test_long_lists_are_split_by_cluster(tmp_path: Path) -> None:
    """With many policies the page counts, and each cluster has a page with its rows."""
    many = "".join(
        policy("podSelector: {}", name=f"p{number}x") for number in range(across.ROWS + 1)
    )
    pages = {item.uri: item.html for item in render(of(tmp_path, dev=many, prod=many)).pages}
    assert "p99x" not in pages["platform/network-policies.md"]
    assert "p99x" in pages["platform/clusters/dev/network-policies.md"]
