"""Objects that small repositories are made of, as YAML in flow style."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.scanning import flux

SYNC_FILE = "clusters/prod/flux-system/gotk-sync.yaml"
SYNC = (
    "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\n"
    "spec: {interval: 1m, url: 'https://example.org/fleet'}\n"
    + flux("flux-system", "./clusters/prod")
)
LAYERS = "clusters/prod/layers.yaml"


def repository(files: Mapping[str, str]) -> dict[str, str]:
    """The files with those of `flux bootstrap`."""
    return {SYNC_FILE: SYNC, **files}


def document(api: str, kind: str, name: str, body: str = "", namespace: str = "apps") -> str:
    """An object in YAML; `body` is the rest of it."""
    where = f", namespace: {namespace}" if namespace else ""
    return f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}{where}}}\n{body}"


def namespace(name: str = "apps", annotations: str = "") -> str:
    """A Namespace."""
    extra = f", annotations: {{{annotations}}}" if annotations else ""
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}{extra}}}\n"


def release(name: str, spec: str = "", version: str = "1.2.3", where: str = "apps") -> str:
    """A HelmRelease of a chart from HelmRepository flux-system/charts."""
    number = f"version: '{version}', " if version else ""
    chart = f"chart: {{spec: {{chart: {name}, {number}sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}}}}}"
    return document(
        "helm.toolkit.fluxcd.io/v2",
        "HelmRelease",
        name,
        f"spec: {{interval: 1h, {chart}{', ' + spec if spec else ''}}}\n",
        where,
    )


def alert(sources: str, provider: str = "slack") -> str:
    """A Flux Alert."""
    return document(
        "notification.toolkit.fluxcd.io/v1beta3",
        "Alert",
        "all",
        f"spec:\n  providerRef: {{name: {provider}}}\n  eventSources:\n{sources}",
        "flux-system",
    )


PROVIDER = document(
    "notification.toolkit.fluxcd.io/v1beta3",
    "Provider",
    "slack",
    "spec: {type: slack}\n",
    "flux-system",
)
CHARTS = document(
    "source.toolkit.fluxcd.io/v1",
    "HelmRepository",
    "charts",
    "spec: {url: 'https://charts.example.org'}\n",
    "flux-system",
)
WEB = document(
    "apps/v1", "Deployment", "web",
    "spec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n"
    "    spec:\n      containers: [{name: web, image: 'nginx:1.29.1'}]\n",
)  # fmt: skip


def one(path: str, text: str) -> dict[str, str]:
    """A layer `apps` with one file, its namespace made by the layer."""
    return repository({LAYERS: flux("apps", "./apps"), path: text, "apps/ns.yaml": namespace()})
