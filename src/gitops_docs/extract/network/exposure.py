"""Read what makes workloads reachable: Gateways, routes, Ingresses, Services with a port outside,
certificates.

Sources of the rules: gateway-api.sigs.k8s.io (Gateway, HTTPRoute and the others),
kubernetes.io/docs/concepts/services-networking (Ingress, Service), doc.traefik.io (IngressRoute),
istio.io/latest/docs/reference/config/networking, cert-manager.io/docs/usage, and the manuals of the
cloud providers' load balancers for annotations.
"""

from __future__ import annotations

import ipaddress

from gitops_docs.extract.fields import ObjectFields, group, identity, number, pairs, text, texts
from gitops_docs.kustomize import Rendered
from gitops_docs.model import (
    Backend,
    Certificate,
    CertificateUse,
    ExposedService,
    Gateway,
    Issuer,
    Listener,
    Parent,
    Reach,
    Route,
    RouteRule,
    RouteTls,
)
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, as_map, get_path, is_true, maps

GATEWAY_API = "gateway.networking.k8s.io"
ISTIO = "networking.istio.io"
TRAEFIK = ("traefik.io", "traefik.containo.us")
GATEWAY_ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
KINDS = frozenset(
    {
        *GATEWAY_ROUTES,
        *(
            "Gateway",
            "Ingress",
            "IngressRoute",
            "IngressRouteTCP",
            "IngressRouteUDP",
            "VirtualService",
            "Service",
        ),
        *("Certificate", "Issuer", "ClusterIssuer"),
        *("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"),
        *("APIService", "CustomResourceDefinition"),
    }
)

_SCHEMES = {
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"): Reach.INTERNAL,
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "0.0.0.0/0"): Reach.INTERNAL,
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"): Reach.INTERNAL,
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internet-facing"): Reach.INTERNET,
    ("alb.ingress.kubernetes.io/scheme", "internal"): Reach.INTERNAL,
    ("alb.ingress.kubernetes.io/scheme", "internet-facing"): Reach.INTERNET,
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"): Reach.INTERNAL,
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "false"): Reach.INTERNET,
    ("networking.gke.io/load-balancer-type", "internal"): Reach.INTERNAL,
    ("cloud.google.com/load-balancer-type", "internal"): Reach.INTERNAL,
    ("cloud.google.com/load-balancer-type", "external"): Reach.INTERNET,
    ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"): Reach.INTERNAL,
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"): Reach.INTERNAL,
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", "false"): Reach.INTERNET,
    ("load-balancer.hetzner.cloud/disable-public-network", "true"): Reach.INTERNAL,
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"): Reach.INTERNAL,
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "public"): Reach.INTERNET,
    ("tailscale.com/funnel", "true"): Reach.INTERNET,
    ("tailscale.com/expose", "true"): Reach.INTERNAL,
}
"""Annotation and value, in lower case, to what the load balancer becomes."""
_ADDRESSES = (
    "metallb.universe.tf/loadBalancerIPs",
    "metallb.io/loadBalancerIPs",
    "lbipam.cilium.io/ips",
    "io.cilium/lb-ipam-ips",
    "kube-vip.io/loadbalancerIPs",
)
_CLASSES = {
    "gce-internal": Reach.INTERNAL,
    "tailscale": Reach.INTERNAL,
    "cloudflare-tunnel": Reach.INTERNET,
    "gke-l7-rilb": Reach.INTERNAL,
    "gke-l7-cross-regional-internal-managed-mc": Reach.INTERNAL,
    "gke-l7-global-external-managed": Reach.INTERNET,
    "gke-l7-regional-external-managed": Reach.INTERNET,
    "gke-l7-gxlb": Reach.INTERNET,
}
"""Classes of Ingresses and Gateways whose controller has one kind of load balancer only."""
_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "127.0.0.0/8",
        ),
    )
)
_PRIVATE_6 = tuple(map(ipaddress.ip_network, ("fc00::/7", "fe80::/10", "::1/128")))
_INTERNAL_NAME = Pattern(
    r"(?:\A|[^a-z])(?:internal|private|intranet)(?:\z|[^a-z])", ignore_case=True
)
_HOSTS = Pattern(r"Host(?:SNI|Regexp)?\(([^)]*)\)")
_PATHS = Pattern(r"Path(?:Prefix|Regexp)?\(([^)]*)\)")
_QUOTED = Pattern("[`\"']([^`\"']+)[`\"']")

_ISSUERS = {
    "acme": "ACME",
    "ca": "CA",
    "selfSigned": "self-signed",
    "vault": "Vault",
    "venafi": "Venafi",
}
"""Fields of `spec` that say what an issuer is (cert-manager, `IssuerConfig`)."""

Found = Gateway | Route | ExposedService | Certificate | Issuer | CertificateUse


def exposure(item: Rendered, layer: str, cluster: str) -> Found | None:
    """Return the Gateway, route, exposed Service, Certificate, Issuer or use of a certificate that
    an object is; None for any other object."""
    kind = item.key[0]
    if kind not in KINDS:
        return None
    api, same = group(item.data), identity(item, layer, cluster)
    spec = as_map(item.data.get("spec"))
    notes = dict(pairs(get_path(item.data, "metadata", "annotations")))
    if kind == "Gateway" and api == GATEWAY_API:
        return _gateway(same, spec, notes)
    if kind == "Gateway" and api == ISTIO:
        return _istio_gateway(same, spec)
    if kind in GATEWAY_ROUTES and api == GATEWAY_API:
        return _gateway_route(same, spec)
    if kind == "Ingress" and api in ("networking.k8s.io", "extensions"):
        return _ingress(same, spec, notes)
    if kind in ("IngressRoute", "IngressRouteTCP", "IngressRouteUDP") and api in TRAEFIK:
        return _ingress_route(same, spec, notes)
    if kind == "VirtualService" and api == ISTIO:
        return _virtual_service(same, spec)
    if kind == "Service" and not api and text(spec, "type") in ("LoadBalancer", "NodePort"):
        return _service(same, spec, notes)
    if kind == "Certificate" and api == "cert-manager.io":
        return Certificate(
            **same,
            secret=text(spec, "secretName") or "",
            names=(*filter(None, [text(spec, "commonName")]), *texts(spec.get("dnsNames"))),
            issuer=f"{text(spec, 'issuerRef', 'kind') or 'Issuer'} {text(spec, 'issuerRef', 'name') or ''}".strip(),
            duration=text(spec, "duration"),
            renew_before=text(spec, "renewBefore"),
        )
    if kind in ("Issuer", "ClusterIssuer"):
        return _issuer_itself(same, spec)
    certificate = notes.get("cert-manager.io/inject-ca-from", "")
    secret = notes.get("cert-manager.io/inject-ca-from-secret", "")
    if certificate or secret:
        return CertificateUse(**same, certificate=certificate, secret=secret)
    return None


def _issuer_itself(same: ObjectFields, spec: Map) -> Issuer:
    if same["kind"] == "ClusterIssuer":
        # It has no namespace, whatever `namespace:` of kustomize writes there.
        same = {**same, "namespace": ""}
    field = next((field for field in _ISSUERS if field in spec), "")
    return Issuer(
        **same,
        type=_ISSUERS.get(field, ""),
        server=text(spec, field, "server") if field in ("acme", "vault") else None,
    )


def is_private(address: str) -> bool | None:
    """Return whether an address is one of a private network; None where it is not an IP address."""
    try:
        found = ipaddress.ip_interface(address).ip
    except ValueError:
        return None
    return any(found in network for network in (_PRIVATE if found.version == 4 else _PRIVATE_6))


def reach(
    notes: dict[str, str], addresses: tuple[str, ...] = (), class_name: str | None = None
) -> tuple[Reach, str]:
    """Return from where a load balancer can be reached, and the evidence: an annotation, an address
    or a class.

    Args:
        notes: Annotations of the Service, Ingress, or of what a Gateway creates.
        addresses: Addresses that are asked for.
        class_name: Of an Ingress or Gateway.
    """
    for name, value in sorted(notes.items()):
        found = _SCHEMES.get((name, value.lower()))
        if found is not None:
            return found, f"annotation `{name}: {value}`"
    for address in addresses:
        private = is_private(address)
        if private is not None:
            return (Reach.INTERNAL if private else Reach.INTERNET), f"address `{address}`"
    if class_name in _CLASSES:
        return _CLASSES[class_name or ""], f"class `{class_name}`"
    if class_name and _INTERNAL_NAME.search(class_name):
        return Reach.INTERNAL, f"inferred from the name of class `{class_name}`"
    return Reach.UNKNOWN, ""


def _asked(notes: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        part.strip()
        for name in _ADDRESSES
        for part in notes.get(name, "").split(",")
        if part.strip()
    )


def _issuer(notes: dict[str, str]) -> str | None:
    for kind, key in (("ClusterIssuer", "cluster-issuer"), ("Issuer", "issuer")):
        name = notes.get(f"cert-manager.io/{key}")
        if name:
            return f"{kind} {name}"
    return None


def _gateway(same: ObjectFields, spec: Map, notes: dict[str, str]) -> Gateway:
    created = dict(pairs(get_path(spec, "infrastructure", "annotations")))
    class_name = text(spec, "gatewayClassName")
    addresses = (
        *(text(entry, "value") or "" for entry in maps(spec.get("addresses"))),
        *_asked(created),
    )
    addresses = tuple(filter(None, addresses))
    found, evidence = reach({**notes, **created}, addresses, class_name)
    return Gateway(
        **same,
        group=GATEWAY_API,
        class_name=class_name,
        listeners=tuple(
            _listener(entry, same["namespace"]) for entry in maps(spec.get("listeners"))
        ),
        addresses=addresses,
        issuer=_issuer(notes),
        reach=found,
        evidence=evidence,
    )


def _listener(entry: Map, namespace: str) -> Listener:
    tls = as_map(entry.get("tls"))
    secure = bool(tls) or text(entry, "protocol") in ("HTTPS", "TLS")
    return Listener(
        name=text(entry, "name") or "",
        port=number(entry, "port"),
        protocol=text(entry, "protocol") or "",
        hostname=text(entry, "hostname"),
        mode=(text(tls, "mode") or "Terminate") if secure else "",
        secrets=tuple(
            (text(ref, "namespace") or namespace, text(ref, "name") or "")
            for ref in maps(tls.get("certificateRefs"))
        ),
        allowed=text(entry, "allowedRoutes", "namespaces", "from") or "Same",
    )


def _istio_gateway(same: ObjectFields, spec: Map) -> Gateway:
    listeners = []
    for server in maps(spec.get("servers")):
        mode = (text(server, "tls", "mode") or "").upper()
        secret = text(server, "tls", "credentialName")
        for host in texts(server.get("hosts")) or ("*",):
            name = host.rpartition("/")[2]
            listeners.append(
                Listener(
                    name=text(server, "port", "name") or "",
                    port=number(server, "port", "number"),
                    protocol=text(server, "port", "protocol") or "",
                    hostname=None if name == "*" else name,
                    mode="Passthrough"
                    if mode in ("PASSTHROUGH", "AUTO_PASSTHROUGH")
                    else "Terminate"
                    if mode
                    else "",
                    secrets=(("", secret),) if secret else (),
                    redirects=is_true(get_path(server, "tls", "httpsRedirect")),
                    allowed="All",
                )
            )
    return Gateway(**same, group=ISTIO, listeners=tuple(listeners))


def _gateway_route(same: ObjectFields, spec: Map) -> Route:
    namespace = same["namespace"]
    hosts = texts(spec.get("hostnames"))
    rules: list[RouteRule] = []
    for rule in maps(spec.get("rules")):
        filters = maps(rule.get("filters"))
        redirects = any(text(entry, "requestRedirect", "scheme") == "https" for entry in filters)
        backends = tuple(_backend(ref, namespace) for ref in maps(rule.get("backendRefs")))
        answers = bool(backends) or any(
            text(entry, "type") in ("RequestRedirect", "ExtensionRef") for entry in filters
        )
        for match in maps(rule.get("matches")) or (Map(),):
            path, more = _match(match)
            rules.append(
                RouteRule(
                    hosts=hosts,
                    path=path if same["kind"] in ("HTTPRoute", "GRPCRoute") else "",
                    match=more,
                    backends=backends,
                    redirects=redirects and not backends,
                    answers=answers,
                )
            )
    if not rules:
        rules.append(RouteRule(hosts=hosts, answers=False))
    parents = tuple(
        Parent(
            kind=text(ref, "kind") or "Gateway",
            namespace=text(ref, "namespace") or namespace,
            name=text(ref, "name") or "",
            section=text(ref, "sectionName"),
            port=number(ref, "port"),
        )
        for ref in maps(spec.get("parentRefs"))
    )
    return Route(**same, parents=parents, rules=tuple(rules))


def _backend(ref: Map, namespace: str) -> Backend:
    return Backend(
        kind=text(ref, "kind") or "Service",
        namespace=text(ref, "namespace") or namespace,
        name=text(ref, "name") or "",
        port=text(ref, "port") or "",
    )


def _match(match: Map) -> tuple[str, str]:
    """Return the path of a match of an HTTPRoute or GRPCRoute, and what else it asks for."""
    method = match.get("method")
    if type(method) is Map:
        path = f"/{text(method, 'service') or '*'}/{text(method, 'method') or '*'}"
        more = []
    else:
        kind, path = (
            text(match, "path", "type") or "PathPrefix",
            text(match, "path", "value") or "/",
        )
        path = (
            f"{path} (exact)"
            if kind == "Exact"
            else f"{path} (regular expression)"
            if "Regular" in kind
            else path
        )
        more = [text(method) or ""]
    for field in ("headers", "queryParams"):
        more += [
            f"{text(entry, 'name')}={text(entry, 'value')}" for entry in maps(match.get(field))
        ]
    return path, " ".join(filter(None, more))


def _ingress(same: ObjectFields, spec: Map, notes: dict[str, str]) -> Route:
    namespace = same["namespace"]
    class_name = text(spec, "ingressClassName") or notes.get("kubernetes.io/ingress.class")
    rules = []
    for rule in maps(spec.get("rules")):
        hosts = tuple(filter(None, [text(rule, "host")]))
        for path in maps(get_path(rule, "http", "paths")):
            shown = text(path, "path") or "/"
            backend = _ingress_backend(as_map(path.get("backend")), namespace)
            rules.append(
                RouteRule(
                    hosts=hosts,
                    path=f"{shown} (exact)" if text(path, "pathType") == "Exact" else shown,
                    match="canary"
                    if notes.get("nginx.ingress.kubernetes.io/canary") == "true"
                    else "",
                    backends=backend,
                    answers=bool(backend),
                )
            )
    default = as_map(spec.get("defaultBackend") or spec.get("backend"))
    if default:
        rules.append(RouteRule(path="/", backends=_ingress_backend(default, namespace)))
    tls = [
        RouteTls(
            hosts=texts(entry.get("hosts")),
            secret=text(entry, "secretName"),
            by="the Ingress controller",
        )
        for entry in maps(spec.get("tls"))
    ]
    if "alb.ingress.kubernetes.io/certificate-arn" in notes:
        tls.append(RouteTls(by="the load balancer (certificate of AWS)"))
    elif "HTTPS" in notes.get("alb.ingress.kubernetes.io/listen-ports", ""):
        tls.append(RouteTls(by="the load balancer (certificate of AWS, found by hostname)"))
    if notes.get("traefik.ingress.kubernetes.io/router.tls") == "true":
        tls.append(RouteTls(by="Traefik"))
    if notes.get("networking.gke.io/managed-certificates") or notes.get(
        "ingress.gcp.kubernetes.io/pre-shared-cert"
    ):
        tls.append(RouteTls(by="the load balancer (certificate of Google Cloud)"))
    found, evidence = reach(notes, (), class_name)
    if found is Reach.UNKNOWN and class_name == "alb":
        found, evidence = Reach.INTERNAL, "class `alb` without `alb.ingress.kubernetes.io/scheme`"
    return Route(
        **same,
        rules=tuple(rules),
        class_name=class_name,
        tls=tuple(tls),
        issuer=_issuer(notes),
        reach=found,
        evidence=evidence,
    )


def _ingress_backend(backend: Map, namespace: str) -> tuple[Backend, ...]:
    name = text(backend, "service", "name") or text(backend, "serviceName")
    if name:
        port = as_map(get_path(backend, "service", "port"))
        number_or_name = (
            text(port, "number") or text(port, "name") or text(backend, "servicePort") or ""
        )
        return (Backend(namespace=namespace, name=name, port=number_or_name),)
    if text(backend, "resource", "name"):
        kind = text(backend, "resource", "kind") or ""
        return (
            Backend(kind=kind, namespace=namespace, name=text(backend, "resource", "name") or ""),
        )
    return ()


def _quoted(pattern: Pattern, expression: str) -> tuple[str, ...]:
    """Return the quoted arguments of the functions that a pattern finds in a matcher of Traefik."""
    return tuple(
        name[1] for found in pattern.finditer(expression) for name in _QUOTED.finditer(found[1])
    )


def _ingress_route(same: ObjectFields, spec: Map, notes: dict[str, str]) -> Route:
    namespace, rules = same["namespace"], []
    for route in maps(spec.get("routes")):
        expression = text(route, "match") or ""
        hosts = tuple(host for host in _quoted(_HOSTS, expression) if host != "*")
        backends = tuple(_backend(ref, namespace) for ref in maps(route.get("services")))
        # Only the name of a middleware says that it redirects: it may be of
        # a chart.
        redirects = any(
            "redirect" in (text(one, "name") or "") for one in maps(route.get("middlewares"))
        )
        for path in _quoted(_PATHS, expression) or (
            ("/",) if same["kind"] == "IngressRoute" else ("",)
        ):
            rules.append(
                RouteRule(
                    hosts=hosts,
                    path=path,
                    match=expression,
                    backends=backends,
                    redirects=redirects,
                    answers=bool(backends),
                )
            )
    tls: tuple[RouteTls, ...] = ()
    if type(spec.get("tls")) is Map:
        resolver = text(spec, "tls", "certResolver")
        by = f"Traefik, resolver {resolver}" if resolver else "Traefik, default certificate"
        passed = is_true(get_path(spec, "tls", "passthrough"))
        tls = (
            RouteTls(secret=text(spec, "tls", "secretName"), by="passthrough" if passed else by),
        )
    parents = tuple(
        Parent(kind="entry point", name=name) for name in texts(spec.get("entryPoints"))
    )
    found, evidence = reach(notes, (), notes.get("kubernetes.io/ingress.class"))
    return Route(
        **same, parents=parents, rules=tuple(rules), tls=tls, reach=found, evidence=evidence
    )


def _virtual_service(same: ObjectFields, spec: Map) -> Route:
    namespace, hosts = same["namespace"], texts(spec.get("hosts"))
    rules: list[RouteRule] = []
    for field in ("http", "tls", "tcp"):
        for entry in maps(spec.get(field)):
            backends = tuple(
                _destination(as_map(item.get("destination")), namespace)
                for item in maps(entry.get("route"))
            )
            redirect = as_map(entry.get("redirect"))
            answers = bool(
                backends or redirect or entry.get("directResponse") or entry.get("delegate")
            )
            for match in maps(entry.get("match")) or (Map(),):
                named = texts(match.get("sniHosts")) or hosts
                rules.append(
                    RouteRule(
                        hosts=named,
                        path=_uri(as_map(match.get("uri"))) if field == "http" else "",
                        match=" ".join(f"{key}={value}" for key, value in _headers(match)),
                        backends=backends,
                        redirects=text(redirect, "scheme") == "https" and not backends,
                        answers=answers,
                    )
                )
    parents = tuple(
        Parent(
            kind="mesh" if name == "mesh" else "Gateway",
            namespace=name.partition("/")[0] if "/" in name else namespace,
            name=name.rpartition("/")[2],
        )
        for name in texts(spec.get("gateways")) or ("mesh",)
    )
    return Route(**same, parents=parents, rules=tuple(rules))


def _headers(match: Map) -> list[tuple[str, str]]:
    return [
        (name, text(value, kind) or "")
        for name, value in as_map(match.get("headers")).items()
        for kind in ("exact", "prefix", "regex")
        if text(value, kind)
    ]


def _uri(uri: Map) -> str:
    exact, regex = text(uri, "exact"), text(uri, "regex")
    if exact:
        return f"{exact} (exact)"
    return f"{regex} (regular expression)" if regex else text(uri, "prefix") or "/"


def _destination(node: Map, namespace: str) -> Backend:
    """Return the Service of a destination: `name`, `name.namespace` or the whole name in the
    cluster."""
    parts = (text(node, "host") or "").split(".")
    where = parts[1] if len(parts) == 2 or (len(parts) > 2 and parts[2] == "svc") else namespace
    known = len(parts) <= 2 or parts[2] == "svc"
    name = parts[0] if known else ".".join(parts)
    return Backend(namespace=where, name=name, port=text(node, "port", "number") or "")


def _service(same: ObjectFields, spec: Map, notes: dict[str, str]) -> ExposedService:
    kind = text(spec, "type") or ""
    asked = tuple(
        filter(
            None, [text(spec, "loadBalancerIP"), *texts(spec.get("externalIPs")), *_asked(notes)]
        )
    )
    class_name = text(spec, "loadBalancerClass")
    found, evidence = reach(notes, asked, class_name)
    if (
        found is Reach.UNKNOWN
        and kind == "LoadBalancer"
        and not _internal_by_default(notes, class_name)
    ):
        found, evidence = (
            Reach.INTERNET,
            "inferred: type LoadBalancer without an annotation for an internal one",
        )
    ports = []
    for port in maps(spec.get("ports")):
        node = text(port, "nodePort")
        shown = f"{text(port, 'port') or ''}{f':{node}' if node else ''}/{text(port, 'protocol') or 'TCP'}"
        ports.append(shown)
    names = notes.get("external-dns.alpha.kubernetes.io/hostname", "")
    return ExposedService(
        **same,
        type=kind,
        ports=tuple(ports),
        addresses=asked,
        hostnames=tuple(part.strip() for part in names.split(",") if part.strip()),
        traffic_policy=text(spec, "externalTrafficPolicy") or "Cluster",
        reach=found,
        evidence=evidence,
    )


def _internal_by_default(notes: dict[str, str], class_name: str | None) -> bool:
    """Return whether another controller than the cloud provider's decides: that of AWS makes
    internal load balancers."""
    kind = notes.get("service.beta.kubernetes.io/aws-load-balancer-type", "")
    return bool(class_name) or kind.startswith(("nlb", "external"))
