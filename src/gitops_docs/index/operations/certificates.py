"""Join certificates with their issuer, the Secret that holds them, and what serves them.

In: a platform. Out: one entry for each Secret with a certificate that something serves or makes.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct, field

from gitops_docs.model import (
    Certificate,
    Gateway,
    Issuer,
    LayerObject,
    Platform,
    Reach,
    Secret,
)


class Certified(Struct):
    """A Secret with a certificate on one cluster."""

    cluster: str
    namespace: str
    secret: str
    maker: str = ""
    """What makes it: `Certificate web/www`, `annotation of Ingress web/www`, `ExternalSecret
    web/tls`; empty: nothing in Git."""
    issuer: str = ""
    """`Kind name`; empty where no issuer of cert-manager signs it."""
    type: str = ""
    """Of the issuer, as in `Issuer.type`; `?` where the issuer is not in the manifests."""
    names: tuple[str, ...] = ()
    duration: str | None = None
    renew_before: str | None = None
    uses: list[str] = field(default_factory=list)
    """What serves or trusts it, in words with names between backticks."""
    reach: Reach = Reach.UNKNOWN
    """From where its listeners can be reached: the widest."""
    item: LayerObject | None = None
    """The object to link: the Certificate, else what serves it."""
    problems: list[str] = field(default_factory=list)


PROBLEMS = {
    "Secret not in Git": "nothing in the manifests makes the Secret",
    "issuer not in the manifests": "no layer applies the issuer",
    "self-signed on the Internet": "clients do not trust it",
}
"""What needs attention, in the order of the page, and why."""


def certificates(platform: Platform, gateways: list[Gateway]) -> list[Certified]:
    """Return all certificates, sorted by cluster, namespace and Secret.

    Args:
        platform: What was scanned.
        gateways: Its Gateways, with the reach that the whole cluster gives them.
    """
    known = _Known(platform)
    for certificate in platform.certificates:
        known.add(certificate)
    for gateway in gateways:
        _gateway(gateway, known)
    for route in platform.routes:
        for tls in route.tls:
            if tls.secret is None:
                continue
            one = known.of(route.cluster, route.namespace, tls.secret, route)
            one.uses.append(f"{route.kind} `{route.name}`")
            one.reach = _wider(one.reach, route.reach)
            if not one.maker and route.issuer:
                known.issued(one, route.issuer, f"annotation of {route.kind} `{route.name}`")
            if not one.names:
                one.names = tls.hosts
    for use in platform.certificate_uses:
        _use(use.certificate, use.secret, f"{use.kind} `{use.name}`", use, known)
    for one in known.found.values():
        one.uses = list(dict.fromkeys(one.uses))
        known.check(one)
    return [known.found[key] for key in sorted(known.found)]


def _gateway(gateway: Gateway, known: _Known) -> None:
    for listener in gateway.listeners:
        for namespace, name in listener.secrets:
            if not name:
                continue
            one = known.of(gateway.cluster, namespace or gateway.namespace, name, gateway)
            one.uses.append(
                f"Gateway `{gateway.name}`, listener `{listener.name or listener.port}`"
            )
            one.reach = _wider(one.reach, gateway.reach)
            if not one.maker and gateway.issuer:
                known.issued(one, gateway.issuer, f"annotation of Gateway `{gateway.name}`")
            if not one.names and listener.hostname:
                one.names = (listener.hostname,)


def _use(certificate: str, secret: str, what: str, item: LayerObject, known: _Known) -> None:
    namespace, _, name = (certificate or secret).partition("/")
    if certificate:
        name = known.secret_of.get((item.cluster, namespace, name), "")
    if name:
        known.of(item.cluster, namespace, name, item).uses.append(what)


class _Known:
    """Secrets with certificates, and what the cluster has to make them."""

    def __init__(self, platform: Platform) -> None:
        self.found: dict[tuple[str, str, str], Certified] = {}
        self.secret_of = {
            (one.cluster, one.namespace, one.name): one.secret for one in platform.certificates
        }
        self.issuers: dict[tuple[str, str, str, str], Issuer] = {
            (one.cluster, one.kind, one.namespace, one.name): one for one in platform.issuers
        }
        self.secrets: dict[tuple[str, str, str], Secret] = {
            (one.cluster, one.namespace, one.name): one for one in platform.secrets if one.layer
        }

    def of(self, cluster: str, namespace: str, secret: str, item: LayerObject) -> Certified:
        """Return the entry of a Secret; a new one where there is none yet."""
        key = cluster, namespace, secret
        if key not in self.found:
            one = self.found[key] = Certified(cluster, namespace, secret, item=item)
            made = self.secrets.get(key)
            if made is not None:
                one.maker = f"{made.kind} `{made.name}`"
        return self.found[key]

    def add(self, certificate: Certificate) -> None:
        """Add an entry for what a Certificate makes."""
        one = self.of(certificate.cluster, certificate.namespace, certificate.secret, certificate)
        one.item = certificate
        one.names = tuple(dict.fromkeys(certificate.names))
        one.duration, one.renew_before = certificate.duration, certificate.renew_before
        self.issued(one, certificate.issuer, f"Certificate `{certificate.name}`")

    def issued(self, one: Certified, issuer: str, maker: str) -> None:
        """Set the issuer of a certificate."""
        kind, _, name = issuer.partition(" ")
        one.maker, one.issuer = maker, issuer
        namespace = "" if kind == "ClusterIssuer" else one.namespace
        found = self.issuers.get((one.cluster, kind, namespace, name))
        one.type = found.type if found is not None else "?"

    def check(self, one: Certified) -> None:
        """Add what needs attention."""
        if not one.maker:
            one.problems.append("Secret not in Git")
        if one.type == "?" and one.issuer.partition(" ")[0] in ("Issuer", "ClusterIssuer"):
            one.problems.append("issuer not in the manifests")
        if one.type == "self-signed" and one.reach is Reach.INTERNET:
            one.problems.append("self-signed on the Internet")


_ORDER = (Reach.UNKNOWN, Reach.INTERNAL, Reach.INTERNET)


def _wider(one: Reach, other: Reach) -> Reach:
    return max(one, other, key=_ORDER.index)


def by_issuer(found: list[Certified]) -> dict[str, list[Certified]]:
    """Return certificates by issuer, those without one last."""
    groups: dict[str, list[Certified]] = defaultdict(list)
    for one in found:
        groups[one.issuer].append(one)
    return {name: groups[name] for name in sorted(groups, key=lambda name: (not name, name))}
