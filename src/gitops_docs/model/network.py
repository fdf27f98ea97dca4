"""Define what is exposed and which network policies hold."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from gitops_docs.model.objects import LayerObject, Selector


class Reach(StrEnum):
    """From where something can be reached."""

    INTERNET = "internet"
    INTERNAL = "internal"
    UNKNOWN = "not known"


class Listener(Struct, frozen=True, kw_only=True):
    """A listener of a Gateway, or a server of one of Istio."""

    name: str = ""
    port: int | None = None
    protocol: str = ""
    hostname: str | None = None
    """None: every hostname."""
    mode: str = ""
    """Of TLS: `Terminate`, `Passthrough`, or empty."""
    secrets: tuple[tuple[str, str], ...] = ()
    """Namespace and name of each certificate's Secret; the namespace is empty where it is not
    known."""
    redirects: bool = False
    """Whether it answers with a redirect to HTTPS."""
    allowed: str = "Same"
    """Namespaces whose routes may attach: `Same`, `All`, `Selector`, `None`."""


class Gateway(LayerObject, frozen=True, kw_only=True):
    """A Gateway of the Gateway API or of Istio; `group` says which."""

    group: str
    class_name: str | None = None
    listeners: tuple[Listener, ...] = ()
    addresses: tuple[str, ...] = ()
    issuer: str | None = None
    """`Kind name` of the issuer that cert-manager uses by annotation."""
    reach: Reach = Reach.UNKNOWN
    evidence: str = ""


class Parent(Struct, frozen=True, kw_only=True):
    """What a route attaches to: a Gateway, one listener of it, or an entry point."""

    kind: str = "Gateway"
    namespace: str = ""
    name: str = ""
    section: str | None = None
    port: int | None = None


class Backend(Struct, frozen=True, kw_only=True):
    """What a route sends requests to; `port` is a number or a name."""

    kind: str = "Service"
    namespace: str = ""
    name: str = ""
    port: str = ""


class RouteRule(Struct, frozen=True, kw_only=True):
    """Hostnames and a path of a route. `match` says what else a request must have."""

    hosts: tuple[str, ...] = ()
    path: str = ""
    match: str = ""
    backends: tuple[Backend, ...] = ()
    redirects: bool = False
    """Whether it answers with a redirect to HTTPS, and nothing else."""
    answers: bool = True
    """Whether it has a backend, a redirect or another answer."""


class RouteTls(Struct, frozen=True, kw_only=True):
    """TLS of an Ingress or IngressRoute. No hostname: all of them. No Secret: what `by` names has
    the certificate."""

    hosts: tuple[str, ...] = ()
    secret: str | None = None
    by: str = ""


class Route(LayerObject, frozen=True, kw_only=True):
    """An Ingress, HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, IngressRoute or VirtualService."""

    parents: tuple[Parent, ...] = ()
    rules: tuple[RouteRule, ...] = ()
    class_name: str | None = None
    """Of an Ingress."""
    tls: tuple[RouteTls, ...] = ()
    issuer: str | None = None
    reach: Reach = Reach.UNKNOWN
    evidence: str = ""


class ExposedService(LayerObject, frozen=True, kw_only=True):
    """A Service of type LoadBalancer or NodePort."""

    type: str
    ports: tuple[str, ...] = ()
    """`80/TCP`, with a fixed node port `80:30080/TCP`."""
    addresses: tuple[str, ...] = ()
    hostnames: tuple[str, ...] = ()
    """That external-dns creates for it."""
    traffic_policy: str = "Cluster"
    reach: Reach = Reach.UNKNOWN
    evidence: str = ""


class Certificate(LayerObject, frozen=True, kw_only=True):
    """A Certificate of cert-manager, which makes a Secret."""

    secret: str = ""
    names: tuple[str, ...] = ()
    issuer: str = ""
    """`Kind name`."""
    duration: str | None = None
    renew_before: str | None = None


class Issuer(LayerObject, frozen=True, kw_only=True):
    """An Issuer or ClusterIssuer of cert-manager, or of another project that cert-manager asks."""

    type: str = ""
    """`ACME`, `CA`, `self-signed`, `Vault`, `Venafi`, or empty: not known."""
    server: str | None = None
    """Address of the ACME or Vault server."""


class CertificateUse(LayerObject, frozen=True, kw_only=True):
    """A webhook, APIService or CustomResourceDefinition that takes its CA from a Certificate or a
    Secret (annotations `cert-manager.io/inject-ca-from`)."""

    certificate: str = ""
    """`namespace/name` of the Certificate; empty where it is a Secret."""
    secret: str = ""
    """`namespace/name` of the Secret."""


class NetworkPolicy(LayerObject, frozen=True, kw_only=True):
    """A policy about who may talk to whom: of Kubernetes, Cilium, Calico or Istio, which `group`
    says."""

    group: str
    selector: Selector | None = None
    """Pods that it is for; None: an expression that is not evaluated."""
    selected: str = ""
    """That expression as written."""
    ingress: bool = False
    """Whether what it does not allow to come in is denied."""
    egress: bool = False
    sources: tuple[str, ...] = ()
    """Who may come in, in words with code between backticks."""
    targets: tuple[str, ...] = ()
    """Where its pods may go to."""
    everywhere: bool = False
    """Whether it is for all namespaces."""
