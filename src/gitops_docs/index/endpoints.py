"""Join routes, Gateways and certificates to endpoints: a hostname and a path, through what, with
which TLS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.model import (
    Backend,
    Certificate,
    ExposedService,
    Gateway,
    LayerStatus,
    Listener,
    Parent,
    Platform,
    Reach,
    Route,
    RouteRule,
)
from gitops_docs.text.patterns import Pattern

ANY = "*"
"""The hostname of a route that has none."""
_TUNNELS = Pattern(r"cloudflared|cloudflare-tunnel|ngrok|inlets|frpc|rathole")
"""Names of what brings requests from the Internet to an address that is private."""
_PUBLIC_NAME = Pattern(r"(?:\A|[^a-z])(?:public|external|internet)(?:\z|[^a-z])", ignore_case=True)
_POOLS = frozenset({"IPAddressPool", "CiliumLoadBalancerIPPool"})
_POOL_CHARTS = frozenset({"metallb", "kube-vip", "kube-vip-cloud-provider"})


class Tls(Struct, frozen=True):
    """TLS of an endpoint: `state` is `yes`, `none`, `passthrough`, `not known` or `–`."""

    state: str
    issuer: str = ""
    secrets: tuple[str, ...] = ()
    reason: str = ""


class Endpoint(Struct, frozen=True):
    """A hostname and a path on one cluster."""

    cluster: str
    host: str
    path: str
    route: Route
    backends: tuple[Backend, ...]
    through: str
    """The Gateway, the class of the Ingress, or the entry points."""
    tls: Tls
    reach: Reach
    evidence: str
    redirects: bool
    claim: tuple[str, ...]
    """What no other route may have: cluster, Gateway with listener or class, hostname, path and
    what else it matches."""


class Problem(Struct, frozen=True):
    """Why something needs attention. `word` is for the facet, `text` a sentence with code between
    backticks."""

    cluster: str
    what: str
    word: str
    text: str
    route: Route | ExposedService


class Exposure(Struct):
    """All endpoints of a platform and what is wrong with them."""

    endpoints: list[Endpoint]
    problems: list[Problem]
    services: list[ExposedService]
    gateways: list[Gateway]


def matches(route: str, listener: str | None) -> bool:
    """Return whether a hostname of a route and that of a listener have a name in common (Gateway
    API, `Listener.hostname`)."""
    if listener is None or route == ANY:
        return True
    one, other = route.lower(), listener.lower()
    if one == other:
        return True
    if other.startswith("*."):
        return one.endswith(other[1:])
    return one.startswith("*.") and other.endswith(one[1:])


def exposure(platform: Platform) -> Exposure:
    """Return the endpoints of all clusters, in the order of hostname, path and cluster."""
    known = _Known(platform)
    endpoints: list[Endpoint] = []
    problems: list[Problem] = []
    for route in platform.routes:
        found, wrong = _of_route(route, known)
        endpoints += found
        problems += wrong
    problems += _claims(endpoints)
    for endpoint in endpoints:
        if endpoint.tls.state == "none" and not endpoint.redirects:
            problems.append(
                Problem(
                    endpoint.cluster,
                    endpoint.host,
                    "no TLS",
                    f"No TLS: {endpoint.tls.reason}",
                    endpoint.route,
                )
            )
    services = [known.corrected(service) for service in platform.exposed_services]
    endpoints.sort(
        key=lambda one: (
            one.host.removeprefix("*."),
            one.path,
            one.cluster,
            one.route.name,
            one.through,
        )
    )
    each = {(one.cluster, one.what, one.word, one.text): one for one in problems}
    return Exposure(
        endpoints,
        sorted(each.values(), key=lambda one: (one.word, one.what, one.text, one.cluster)),
        services,
        list(known.gateways.values()),
    )


class _Known:
    """The objects that routes refer to, by cluster."""

    def __init__(self, platform: Platform) -> None:
        self.certificates: dict[tuple[str, str, str], Certificate] = {
            (item.cluster, item.namespace, item.secret): item for item in platform.certificates
        }
        self.services: set[tuple[str, str, str]] = set()
        self.whole: dict[str, bool] = defaultdict(lambda: True)
        self.pools: set[str] = set()
        for layer in platform.layers:
            self.whole[layer.cluster] &= layer.status is LayerStatus.RENDERED
            for resource in layer.resources:
                if resource.kind == "Service" and not resource.group:
                    self.services.add((layer.cluster, resource.namespace or "", resource.name))
                elif resource.kind in _POOLS:
                    self.pools.add(layer.cluster)
        self.releases: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.charts: set[str] = set()
        self.tunnels: dict[str, str] = {}
        installed = [(item.cluster, item.name) for item in platform.releases]
        installed += [(item.cluster, item.name) for item in platform.workloads]
        for cluster, name in installed:
            if _TUNNELS.search(name):
                self.tunnels.setdefault(cluster, name)
        for release in platform.releases:
            self.charts.add(release.cluster)
            self.releases[release.cluster, release.target_namespace or release.namespace].add(
                release.name
            )
            if release.chart in _POOL_CHARTS:
                self.pools.add(release.cluster)
        self.gateways: dict[tuple[str, str, str], Gateway] = {}
        for gateway in platform.gateways:
            reach, evidence = self.behind(
                gateway.cluster, gateway.name, gateway.reach, gateway.evidence
            )
            known = replace(gateway, reach=reach, evidence=evidence)
            self.gateways[gateway.cluster, gateway.namespace, gateway.name] = known

    def behind(self, cluster: str, name: str, reach: Reach, evidence: str) -> tuple[Reach, str]:
        """Return the reach of something with a private address: not known where a tunnel, or its
        name, says otherwise."""
        if reach is Reach.INTERNAL and evidence.startswith("address "):
            if _PUBLIC_NAME.search(name):
                return Reach.UNKNOWN, f"{evidence} is private, and the name is `{name}`"
            if cluster in self.tunnels:
                return (
                    Reach.UNKNOWN,
                    f"{evidence} is private; `{self.tunnels[cluster]}` may lead to it from the "
                    f"Internet",
                )
        return reach, evidence

    def corrected(self, service: ExposedService) -> ExposedService:
        """Return a Service whose reach is not known where the cluster's pools or tunnels say
        something else."""
        found = self.behind(service.cluster, service.name, service.reach, service.evidence)
        if found != (service.reach, service.evidence):
            return _with(service, *found)
        if service.cluster in self.pools and service.evidence.startswith("inferred: type"):
            return _with(service, Reach.UNKNOWN, "the address comes from a pool of the cluster")
        return service

    def misses(self, cluster: str, backend: Backend) -> bool:
        """Return whether nothing in Git can make a Service: no manifest, no chart in its namespace,
        no layer cut short."""
        return (
            backend.kind == "Service"
            and bool(backend.name)
            and "${" not in backend.name
            and (cluster, backend.namespace, backend.name) not in self.services
            and not self.releases.get((cluster, backend.namespace))
            and self.whole[cluster]
        )


def _with(service: ExposedService, reach: Reach, evidence: str) -> ExposedService:
    return replace(service, reach=reach, evidence=evidence)


def _of_route(route: Route, known: _Known) -> tuple[list[Endpoint], list[Problem]]:
    endpoints: list[Endpoint] = []
    problems: list[Problem] = []
    name = f"{route.kind} {route.namespace}/{route.name}"

    def wrong(word: str, text: str) -> None:
        problems.append(Problem(route.cluster, name, word, text, route))

    for rule in route.rules:
        if not rule.answers:
            wrong("no backend", "A rule has no backend: requests get an error")
        for backend in rule.backends:
            if known.misses(route.cluster, backend):
                wrong(
                    "no backend",
                    f"Service `{backend.namespace}/{backend.name}` does not exist in the manifests",
                )
    if route.kind == "Ingress" or route.kind.startswith("IngressRoute"):
        through = _through(route)
        for rule in route.rules:
            for host in rule.hosts or (ANY,):
                tls = _ingress_tls(route, host, known)
                endpoints.append(
                    _endpoint(
                        route, rule, host, through, tls, route.reach, route.evidence, (through,)
                    )
                )
        return endpoints, problems
    parents = [parent for parent in route.parents if parent.kind == "Gateway"]
    if not route.parents:
        wrong("no parent", "The route has no `parentRefs`: no Gateway serves it")
    for parent in parents:
        gateway = known.gateways.get((route.cluster, parent.namespace, parent.name))
        if gateway is None:
            if known.whole[route.cluster] and route.cluster not in known.charts:
                wrong(
                    "no parent",
                    f"Gateway `{parent.namespace}/{parent.name}` does not exist in the manifests",
                )
            through = f"Gateway {parent.namespace}/{parent.name}"
            tls = Tls("not known", reason="the Gateway is not in the manifests")
            for rule in route.rules:
                for host in rule.hosts or (ANY,):
                    claim = (through, parent.section or "", str(parent.port or ""))
                    endpoints.append(
                        _endpoint(route, rule, host, through, tls, Reach.UNKNOWN, "", claim)
                    )
            continue
        endpoints += _of_gateway(route, parent, gateway, known, problems, name)
    return endpoints, problems


def _of_gateway(
    route: Route,
    parent: Parent,
    gateway: Gateway,
    known: _Known,
    problems: list[Problem],
    name: str,
) -> Iterator[Endpoint]:
    """Yield the endpoints of a route at a Gateway that is known."""
    through = f"Gateway {gateway.namespace}/{gateway.name}"
    chosen = [
        listener
        for listener in gateway.listeners
        if parent.section in (None, listener.name) and parent.port in (None, listener.port)
    ]
    if not chosen and gateway.listeners:
        text = (
            f"Gateway `{gateway.namespace}/{gateway.name}` has no listener "
            f"`{parent.section or parent.port}`"
        )
        problems.append(Problem(route.cluster, name, "no parent", text, route))
    open_ones = [
        one for one in chosen if one.allowed != "Same" or gateway.namespace == route.namespace
    ]
    if chosen and not open_ones:
        text = (
            f"Gateway `{gateway.namespace}/{gateway.name}` takes routes of its own namespace only "
            f"(`allowedRoutes`)"
        )
        problems.append(Problem(route.cluster, name, "no parent", text, route))
    for rule in route.rules:
        for host in rule.hosts or (ANY,):
            serving = [one for one in open_ones if matches(host, one.hostname)]
            if open_ones and not serving:
                text = (
                    f"No listener of Gateway `{gateway.namespace}/{gateway.name}` serves hostname "
                    f"`{host}`"
                )
                problems.append(Problem(route.cluster, name, "no parent", text, route))
            shown = (
                [host] if host != ANY else sorted({one.hostname or ANY for one in serving}) or [ANY]
            )
            for one in shown:
                tls = _gateway_tls(route, gateway, serving, known)
                claim = (through, parent.section or "", str(parent.port or ""))
                yield _endpoint(
                    route, rule, one, through, tls, gateway.reach, gateway.evidence, claim
                )


def _endpoint(
    route: Route,
    rule: RouteRule,
    host: str,
    through: str,
    tls: Tls,
    reach: Reach,
    evidence: str,
    claim: tuple[str, ...],
) -> Endpoint:
    return Endpoint(
        route.cluster,
        host,
        rule.path,
        route,
        rule.backends,
        through,
        tls,
        reach,
        evidence,
        rule.redirects,
        (route.cluster, *claim, host.lower(), rule.path, rule.match),
    )


def _through(route: Route) -> str:
    if route.kind == "Ingress":
        return (
            f"Ingress class {route.class_name}" if route.class_name else "the default Ingress class"
        )
    points = ", ".join(parent.name for parent in route.parents)
    return f"Traefik, entry points {points}" if points else "Traefik, all entry points"


def _ingress_tls(route: Route, host: str, known: _Known) -> Tls:
    """Return the TLS that an Ingress or IngressRoute has for a hostname."""
    entries = [
        one for one in route.tls if not one.hosts or any(matches(host, name) for name in one.hosts)
    ]
    if route.class_name == "tailscale":
        return Tls("yes", "Tailscale")
    if not entries:
        if route.kind == "IngressRouteUDP":
            return Tls("–")
        if route.kind == "IngressRoute" and any("secure" in one.name for one in route.parents):
            return Tls("not known", reason="the entry point may have TLS of its own")
        return Tls("none", reason=f"{route.kind} `{route.name}` has no `tls` for this hostname")
    if any(one.by == "passthrough" for one in entries):
        return Tls("passthrough")
    secrets = tuple(dict.fromkeys(one.secret for one in entries if one.secret))
    made = [known.certificates.get((route.cluster, route.namespace, secret)) for secret in secrets]
    issuers = [item.issuer for item in made if item is not None]
    issuer = route.issuer or (issuers[0] if issuers else "")
    if not secrets and not issuer:
        issuer = entries[0].by
    return Tls("yes", issuer, secrets)


def _gateway_tls(route: Route, gateway: Gateway, serving: list[Listener], known: _Known) -> Tls:
    """Return the TLS that the listeners which serve a hostname have."""
    if route.kind in ("TCPRoute", "UDPRoute") and not any(one.mode for one in serving):
        return Tls("–")
    if not serving:
        return Tls("not known", reason="no listener serves it")
    secure = [one for one in serving if one.mode]
    if not secure:
        if all(one.redirects for one in serving):
            return Tls("–", reason="redirects to HTTPS")
        names = ", ".join(f"`{one.name or one.port}`" for one in serving)
        return Tls("none", reason=f"listener {names} of Gateway `{gateway.name}` has no TLS")
    if all(one.mode == "Passthrough" for one in secure):
        return Tls("passthrough")
    secrets = tuple(dict.fromkeys(secret for one in secure for secret in one.secrets))
    made = [known.certificates.get((gateway.cluster, *secret)) for secret in secrets]
    issuers = [item.issuer for item in made if item is not None]
    issuer = issuers[0] if issuers else gateway.issuer or ""
    return Tls("yes", issuer, tuple(name for _, name in secrets))


def _claims(endpoints: list[Endpoint]) -> Iterator[Problem]:
    """Yield a problem for each hostname and path that two routes claim at the same place."""
    found: dict[tuple[str, ...], dict[tuple[str, str, str], Endpoint]] = defaultdict(dict)
    for endpoint in endpoints:
        route = endpoint.route
        if endpoint.host != ANY or route.kind not in ("TCPRoute", "UDPRoute", "TLSRoute"):
            found[endpoint.claim][route.kind, route.namespace, route.name] = endpoint
    for claims in found.values():
        if len(claims) > 1:
            first = next(iter(claims.values()))
            names = " and ".join(f"`{kind} {namespace}/{name}`" for kind, namespace, name in claims)
            text = f"Claimed twice: {names} match `{first.path or '/'}`"
            yield Problem(first.cluster, first.host, "claimed twice", text, first.route)
