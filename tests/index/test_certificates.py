"""Certificates: who signs them, where they are used, what needs attention, and the page."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.index.operations.certificates import Certified
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.pages import render
from tests.extract.test_workloads import of

ISSUER = "---\napiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: le, namespace: wrong}\nspec: {acme: {server: 'https://acme.example.org', email: a@example.org}}\n"
SELF = ISSUER.replace("name: le", "name: own").replace(
    "acme: {server: 'https://acme.example.org', email: a@example.org}", "selfSigned: {}"
)
CERTIFICATE = "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: www, namespace: edge}\nspec: {secretName: www-tls, dnsNames: [www.example.org], renewBefore: 720h, issuerRef: {kind: ClusterIssuer, name: le}}\n"
GATEWAY = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public, namespace: edge}\nspec: {gatewayClassName: x, addresses: [{value: 203.0.113.4}], listeners: [{name: https, port: 443, protocol: HTTPS, hostname: '*.example.org', tls: {certificateRefs: [{name: www-tls}]}}]}\n"
INGRESS = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop, namespace: apps, annotations: {cert-manager.io/cluster-issuer: le}}\nspec: {tls: [{hosts: [shop.example.org], secretName: shop-tls}], rules: [{host: shop.example.org, http: {paths: []}}]}\n"
BARE = INGRESS.replace(", annotations: {cert-manager.io/cluster-issuer: le}", "")
EXTERNAL = "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: shop-tls, namespace: apps}\nspec: {secretStoreRef: {name: s}, target: {name: shop-tls}}\n"
WEBHOOK = "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: hook, annotations: {cert-manager.io/inject-ca-from: edge/www}}\n"


def only(root: Path, *manifests: str) -> Certified:
    """The one certificate of some manifests."""
    [found] = PlatformIndex(of(root, prod="".join(manifests))).certified
    return found


@pytest.mark.parametrize(
    ("manifests", "maker", "issuer", "problems"),
    [
        ((ISSUER, CERTIFICATE, GATEWAY), "Certificate `www`", "ClusterIssuer le", []),
        ((CERTIFICATE,), "Certificate `www`", "ClusterIssuer le", ["issuer not in the manifests"]),
        ((ISSUER, INGRESS), "annotation of Ingress `shop`", "ClusterIssuer le", []),
        ((BARE,), "", "", ["Secret not in Git"]),
        ((BARE, EXTERNAL), "ExternalSecret `shop-tls`", "", []),
        (
            (SELF, CERTIFICATE.replace("name: le", "name: own"), GATEWAY),
            "Certificate `www`",
            "ClusterIssuer own",
            ["self-signed on the Internet"],
        ),
        # Where nothing says that it can be reached from the Internet, nothing is said.
        (
            (SELF, CERTIFICATE.replace("name: le", "name: own")),
            "Certificate `www`",
            "ClusterIssuer own",
            [],
        ),
    ],
    ids=["certificate", "no-issuer", "annotation", "outside", "external-secret", "self", "unused"],
)
def test_maker_and_problems(
    tmp_path: Path, manifests: tuple[str, ...], maker: str, issuer: str, problems: list[str]
) -> None:
    """What makes the Secret, who signs it, and what needs attention."""
    found = only(tmp_path, *manifests)
    assert (found.maker, found.issuer, found.problems) == (maker, issuer, problems)


def test_uses(tmp_path: Path) -> None:
    """Listeners and webhooks use a certificate by its Secret or by its name."""
    found = only(tmp_path, ISSUER, CERTIFICATE, GATEWAY, WEBHOOK)
    assert found.uses == [
        "Gateway `public`, listener `https`",
        "ValidatingWebhookConfiguration `hook`",
    ]
    assert (found.type, found.names, found.renew_before) == ("ACME", ("www.example.org",), "720h")


def test_page(tmp_path: Path) -> None:
    """One row per certificate with its clusters, by issuer; what needs attention comes first."""
    both = ISSUER + CERTIFICATE + GATEWAY
    rendered = render(of(tmp_path, dev=both, prod=both + BARE))
    html = {page.uri: page.html for page in rendered.pages}["platform/certificates.md"]
    assert "2 certificates, 1 issuer. 1 Secret is made outside Git." in html
    assert html.index("Needs attention") < html.index("le (ClusterIssuer, ACME)")
    assert html.count(">www.example.org<") == 1
    assert "renew 720h before" in html
    assert "Certificates" in str(rendered.navigation)


def test_page_without_certificates(tmp_path: Path) -> None:
    """The page says what it looked for, and is not in the navigation."""
    rendered = render(of(tmp_path, prod=ISSUER))
    html = {page.uri: page.html for page in rendered.pages}["platform/certificates.md"]
    assert "No certificate found" in html
    assert "Certificates" not in str(rendered.navigation)
