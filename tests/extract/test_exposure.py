"""What makes workloads reachable: hostnames, TLS, evidence of the reach, and what needs
attention."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.extract.network.exposure import is_private, reach
from gitops_docs.index.endpoints import Endpoint, exposure, matches
from gitops_docs.model import Platform, Reach
from gitops_docs.pages import render
from gitops_docs.pages.html import across
from tests.extract.test_automation import SYNC, page
from tests.support.scanning import flux, scanned

GATEWAY = """---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  gatewayClassName: envoy
  infrastructure: {annotations: {service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing}}
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
  - name: https
    port: 443
    protocol: HTTPS
    hostname: "*.example.org"
    tls: {certificateRefs: [{name: wildcard}]}
    allowedRoutes: {namespaces: {from: All}}
"""
CERTIFICATE = """---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: wildcard, namespace: edge}
spec: {secretName: wildcard, dnsNames: ["*.example.org"], issuerRef: {kind: ClusterIssuer, name: letsencrypt}}
"""
SERVICE = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: apps}\nspec: {ports: [{port: 80}]}\n"


def route(
    name: str = "web",
    host: str = "www.example.org",
    parent: str = "sectionName: https",
    rule: str = "",
    kind: str = "HTTPRoute",
) -> str:
    """A route of Gateway edge/public to Service web."""
    rule = rule or "{backendRefs: [{name: web, port: 80}]}"
    hosts = f"hostnames: ['{host}'], " if host else ""
    return (
        f"---\napiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: apps}}\n"
        f"spec: {{parentRefs: [{{name: public, namespace: edge, {parent}}}], {hosts}rules: [{rule}]}}\n"
    )


def ingress(spec: str, annotations: str = "", name: str = "web") -> str:
    """An Ingress to Service web."""
    return (
        f"---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: apps, annotations: {{{annotations}}}}}\n"
        "spec: {rules: [{host: a.example.org, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}], "
        f"{spec}}}\n"
    )


def of(root: Path, *manifests: str, clusters: tuple[str, ...] = ("prod",)) -> Platform:
    """Clusters that apply some manifests, with the Service that routes lead to."""
    files = {"apps/all.yaml": SERVICE + "".join(manifests)}
    for cluster in clusters:
        files[f"clusters/{cluster}/flux-system/gotk-sync.yaml"] = SYNC + flux(
            "flux-system", f"./clusters/{cluster}"
        )
        files[f"clusters/{cluster}/layers.yaml"] = flux("apps", "./apps")
    return scanned(root, files)


def problems(platform: Platform) -> list[tuple[str, str]]:
    """Word and object of each problem."""
    return [(one.word, one.what) for one in exposure(platform).problems]


def only(platform: Platform) -> Endpoint:
    """The one endpoint of a platform."""
    [found] = exposure(platform).endpoints
    return found


@pytest.mark.parametrize(
    ("host", "listener", "expected"),
    [
        ("www.example.org", None, True),
        ("www.example.org", "WWW.example.org", True),
        ("www.example.org", "*.example.org", True),
        ("a.b.example.org", "*.example.org", True),
        ("example.org", "*.example.org", False),
        ("*.example.org", "www.example.org", True),
        ("www.example.com", "*.example.org", False),
        ("*", "www.example.org", True),
    ],
)
def test_hostnames_of_listeners(host: str, listener: str | None, expected: bool) -> None:
    """A route and a listener meet where their hostnames do."""
    assert matches(host, listener) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.1", True),
        ("203.0.113.10", False),
        ("100.64.1.1", True),
        ("fd00::1", True),
        ("2001:4860::1", False),
        ("host.example.org", None),
    ],
)
def test_private_addresses(address: str, expected: bool | None) -> None:
    """Addresses of private networks are internal; a name says nothing."""
    assert is_private(address) is expected


@pytest.mark.parametrize(
    ("notes", "addresses", "class_name", "expected"),
    [
        (
            {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"},
            (),
            None,
            Reach.INTERNAL,
        ),
        (
            {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"},
            (),
            None,
            Reach.INTERNET,
        ),
        ({"networking.gke.io/load-balancer-type": "Internal"}, (), None, Reach.INTERNAL),
        ({}, ("192.168.1.5",), None, Reach.INTERNAL),
        ({}, ("203.0.113.5",), None, Reach.INTERNET),
        ({}, (), "gke-l7-rilb", Reach.INTERNAL),
        ({}, (), "nginx-internal", Reach.INTERNAL),
        ({}, (), "nginx", Reach.UNKNOWN),
        ({"a": "b"}, ("${ip}",), "public", Reach.UNKNOWN),
    ],
)
def test_reach_needs_evidence(
    notes: dict[str, str], addresses: tuple[str, ...], class_name: str | None, expected: Reach
) -> None:
    """Internet is never concluded from a name; everything that is known has its evidence."""
    found, evidence = reach(notes, addresses, class_name)
    assert found is expected and bool(evidence) is (expected is not Reach.UNKNOWN)


def test_http_route_has_the_certificate_of_its_listener(tmp_path: Path) -> None:
    """Hostname, path, Service, Gateway, issuer and Secret of a route, and that the Internet reaches
    it."""
    found = only(of(tmp_path, GATEWAY, CERTIFICATE, route()))
    assert (found.host, found.path, found.through) == (
        "www.example.org",
        "/",
        "Gateway edge/public",
    )
    assert [(one.name, one.port) for one in found.backends] == [("web", "80")]
    assert (found.tls.state, found.tls.issuer, found.tls.secrets) == (
        "yes",
        "ClusterIssuer letsencrypt",
        ("wildcard",),
    )
    assert found.reach is Reach.INTERNET and "internet-facing" in found.evidence


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (route(), []),
        (route(parent="sectionName: http"), [("no TLS", "www.example.org")]),
        (route(parent="sectionName: http", rule="{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}"), []),
        (route(parent="port: 443"), []),
        (route(parent="sectionName: gone"), [("no parent", "HTTPRoute apps/web")]),
        (route(host="www.example.com"), [("no parent", "HTTPRoute apps/web")]),
        (route(rule="{matches: [{path: {value: /a}}]}"), [("no backend", "HTTPRoute apps/web")]),
        (route(rule="{backendRefs: [{name: gone, port: 80}]}"), [("no backend", "HTTPRoute apps/web")]),
        (route() + route("other"), [("claimed twice", "www.example.org")]),
        (route() + route("other", rule="{matches: [{path: {value: /v2}}], backendRefs: [{name: web, port: 80}]}"), []),
        (route() + route("other", rule="{matches: [{headers: [{name: x, value: y}]}], backendRefs: [{name: web, port: 80}]}"), []),
        (route().replace("name: public", "name: gone"), [("no parent", "HTTPRoute apps/web")]),
        (route(kind="TLSRoute", host="db.example.org"), []),
        (route(kind="TCPRoute", host="", parent="sectionName: http"), []),
    ],
)  # fmt: skip
def test_what_needs_attention_at_a_gateway(
    manifest: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Each fault of a route is named once, and a sound route has none."""
    assert problems(of(tmp_path, GATEWAY, CERTIFICATE, manifest)) == expected


def test_routes_of_other_namespaces_need_permission(tmp_path: Path) -> None:
    """A Gateway takes routes of its own namespace unless it says otherwise."""
    closed = GATEWAY.replace("allowedRoutes: {namespaces: {from: All}}", "").replace(
        "HTTP, }", "HTTP}"
    )
    assert problems(of(tmp_path, closed, CERTIFICATE, route())) == [
        ("no parent", "HTTPRoute apps/web")
    ]


def test_missing_objects_may_come_from_a_chart(tmp_path: Path) -> None:
    """Where a chart is installed, a Service or Gateway that manifests do not have is not called
    missing."""
    release = (
        "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: chart, namespace: apps}\n"
        "spec: {interval: 1h, chart: {spec: {chart: x, version: 1.0.0, sourceRef: {kind: HelmRepository, name: x}}}}\n"
    )
    broken = route(rule="{backendRefs: [{name: gone, port: 80}]}")
    assert problems(of(tmp_path, release, broken)) == []


@pytest.mark.parametrize(
    ("spec", "annotations", "state", "issuer"),
    [
        ("ingressClassName: nginx", "", "none", ""),
        ("ingressClassName: nginx, tls: [{hosts: [a.example.org], secretName: a}]", "cert-manager.io/cluster-issuer: le", "yes", "ClusterIssuer le"),
        ("ingressClassName: nginx, tls: [{hosts: [b.example.org], secretName: b}]", "", "none", ""),
        ("ingressClassName: nginx, tls: [{hosts: ['*.example.org']}]", "", "yes", "the Ingress controller"),
        ("ingressClassName: alb", "'alb.ingress.kubernetes.io/certificate-arn': 'arn:x'", "yes", "the load balancer (certificate of AWS)"),
        ("ingressClassName: tailscale", "", "yes", "Tailscale"),
        ("ingressClassName: traefik", "'traefik.ingress.kubernetes.io/router.tls': 'true'", "yes", "Traefik"),
    ],
)  # fmt: skip
def test_tls_of_an_ingress(
    spec: str, annotations: str, state: str, issuer: str, tmp_path: Path
) -> None:
    """TLS holds for the hostnames that it names, by whom it says."""
    found = only(of(tmp_path, ingress(spec, annotations)))
    assert (found.tls.state, found.tls.issuer) == (state, issuer)


def test_canary_is_no_second_claim(tmp_path: Path) -> None:
    """Two Ingresses with one hostname and path are a fault, unless one is the canary of the
    other."""
    tls = "ingressClassName: nginx, tls: [{secretName: a}]"
    assert problems(of(tmp_path, ingress(tls), ingress(tls, name="b"))) == [
        ("claimed twice", "a.example.org")
    ]
    canary = ingress(tls, "'nginx.ingress.kubernetes.io/canary': 'true'", "b")
    assert problems(of(tmp_path, ingress(tls), canary)) == []


def test_ingress_route_of_traefik(tmp_path: Path) -> None:
    """Hostnames and paths come out of the matcher; TLS and entry points are named."""
    manifest = (
        "---\napiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: web, namespace: apps}\nspec:\n  entryPoints: [websecure]\n"
        "  routes:\n  - {kind: Rule, match: 'Host(`a.example.org`) && PathPrefix(`/api`)', services: [{name: web, port: 80}]}\n"
        "  tls: {certResolver: le}\n"
    )
    found = only(of(tmp_path, manifest))
    assert (found.host, found.path, found.through) == (
        "a.example.org",
        "/api",
        "Traefik, entry points websecure",
    )
    assert (found.tls.state, found.tls.issuer) == ("yes", "Traefik, resolver le")


def test_virtual_service_of_istio(tmp_path: Path) -> None:
    """A VirtualService is reachable through its Gateway only; inside the mesh it is not exposed."""
    gateway = (
        "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: edge, namespace: istio-system}\nspec:\n  servers:\n"
        "  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*/*.example.org'], tls: {mode: SIMPLE, credentialName: cert}}\n"
    )
    service = (
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web, namespace: apps}\nspec:\n  hosts: [a.example.org]\n"
        "  gateways: [istio-system/edge, mesh]\n  http:\n  - {match: [{uri: {prefix: /api}}], route: [{destination: {host: web, port: {number: 80}}}]}\n"
    )
    found = only(of(tmp_path, gateway, service))
    assert (found.host, found.path, found.through) == (
        "a.example.org",
        "/api",
        "Gateway istio-system/edge",
    )
    assert (found.tls.state, found.tls.secrets, problems(of(tmp_path, gateway, service))) == (
        "yes",
        ("cert",),
        [],
    )
    inside = service.replace("gateways: [istio-system/edge, mesh]", "gateways: [mesh]")
    assert exposure(of(tmp_path, gateway, inside)).endpoints == []


def load_balancer(annotations: str = "", spec: str = "") -> str:
    """A Service of type LoadBalancer."""
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: lb, namespace: edge, annotations: {{{annotations}}}}}\n"
        f"spec: {{type: LoadBalancer, ports: [{{port: 443}}]{spec}}}\n"
    )


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        (load_balancer(), Reach.INTERNET),
        (load_balancer("service.beta.kubernetes.io/azure-load-balancer-internal: 'true'"), Reach.INTERNAL),
        (load_balancer("service.beta.kubernetes.io/aws-load-balancer-type: external"), Reach.UNKNOWN),
        (load_balancer(spec=", loadBalancerIP: 10.0.0.9"), Reach.INTERNAL),
        (load_balancer(spec=", loadBalancerClass: example.org/own"), Reach.UNKNOWN),
        (load_balancer() + "---\napiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: p, namespace: edge}\nspec: {addresses: [10.0.0.0/24]}\n", Reach.UNKNOWN),
    ],
)  # fmt: skip
def test_load_balancers(manifests: str, expected: Reach, tmp_path: Path) -> None:
    """A LoadBalancer is public by evidence; addresses of a pool of the cluster are not known."""
    [service] = exposure(of(tmp_path, manifests)).services
    assert service.reach is expected


def test_page_has_one_row_per_hostname(tmp_path: Path) -> None:
    """Two clusters with the same routes are one row; problems stand before the list."""
    platform = of(
        tmp_path, GATEWAY, CERTIFICATE, route(parent="sectionName: http"), clusters=("one", "two")
    )
    text = page(platform, "exposure")
    assert (
        "1 hostname through 1 Gateway; 0 Services" in text and "1 of 1 hostname has no TLS" in text
    )
    assert text.index("Needs attention") < text.index("Hostnames and paths")
    assert text.count("www.example.org") == 2 and "www.example.org / no TLS web" in text
    assert "Exposure" in str(render(platform).navigation)


def test_page_without_exposure(tmp_path: Path) -> None:
    """The page says what it looked for."""
    text = page(of(tmp_path), "exposure")
    assert "No Ingress, Gateway route, IngressRoute or VirtualService in the manifests." in text


def test_long_lists_are_split_by_cluster(tmp_path: Path) -> None:
    """With many hostnames the page counts, and each cluster has a page with its rows."""
    many = "".join(
        route(f"web-{number}", f"{number}.example.org") for number in range(across.ROWS + 1)
    )
    platform = of(tmp_path, GATEWAY, CERTIFICATE, many, clusters=("one", "two"))
    pages = {item.uri: item for item in render(platform).pages}
    assert "200.example.org" not in pages["platform/exposure.md"].html
    assert "200.example.org" in pages["platform/clusters/two/exposure.md"].html
    assert ("platform/clusters/two/exposure.md", "") in pages["platform/exposure.md"].links


@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("lan", "", Reach.INTERNAL),
        ("external", "", Reach.UNKNOWN),
        (
            "lan",
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cloudflared, namespace: edge}\nspec: {template: {spec: {containers: []}}}\n",
            Reach.UNKNOWN,
        ),
    ],
)
def test_a_private_address_may_be_reached_through_a_tunnel(
    name: str, more: str, expected: Reach, tmp_path: Path
) -> None:
    """A private address is internal, unless a tunnel runs on the cluster or the name says the
    opposite."""
    gateway = GATEWAY.replace("name: public", f"name: {name}").replace(
        "infrastructure: {annotations: {service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing}}",
        "addresses: [{value: 192.168.1.9}]",
    )
    found = only(
        of(tmp_path, gateway, CERTIFICATE, more, route().replace("name: public", f"name: {name}"))
    )
    assert found.reach is expected and "192.168.1.9" in found.evidence
