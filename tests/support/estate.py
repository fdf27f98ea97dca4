"""Write a GitOps repository of many clusters: areas that wait for each other, components whose
versions differ between environments, hostnames, volumes, alerts, owners.

The same numbers give the same files. What is special about one thing (suspended, held back, in
another repository, named but missing) is there on few clusters, as in a real platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

CLUSTERS = (
    *("sandbox-a", "dev-a", "dev-b", "test-a", "test-b", "demo-a", "demo-b", "stage-a", "stage-b"),
    *("prod-a", "prod-b", "prod-c", "tools-a", "edge-a"),
)
_AREAS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # Area: the areas that it waits for, and its layers.
    "sources": ((), ("sources", "namespaces", "cluster-config")),
    "crds": (("sources",), ("cert-manager-crds", "gateway-crds", "monitoring-crds", "strimzi-crds")),
    "security": (
        ("crds",),
        ("cert-manager", "cert-manager-issuers", "external-secrets", "kyverno", "policies", "trivy-operator"),
    ),
    "network": (("crds",), ("cilium", "envoy-gateway", "external-dns", "gateway")),
    "storage": (("network",), ("rook-ceph", "rook-ceph-cluster", "snapshot-controller", "volume-backup")),
    "runtime": (("security",), ("keda", "karpenter", "metrics-server", "node-problem-detector", "reloader")),
    "data": (("storage",), ("cloudnative-pg", "kafka-operator", "redis-operator", "kafka")),
    "observability": (
        ("runtime", "storage"),
        ("kube-prometheus-stack", "loki", "tempo", "otel-operator", "grafana-operator", "alert-rules"),
    ),
}  # fmt: skip
_TEAMS = ("billing", "catalog", "checkout", "identity", "orders", "payments", "pricing", "returns",
          "search", "shipping", "support", "stock", "ledger", "loyalty", "media", "mobile", "news",
          "offers", "portal", "reports")  # fmt: skip
_PARTS = ("api", "web", "worker", "jobs", "cache")
_RANK = {"sandbox": 0, "dev": 0, "test": 1, "demo": 1, "stage": 1, "prod": 2, "tools": 1, "edge": 1}
"""How far behind the newest version an environment is."""
_BEHIND = 23
"""So many components are older in prod."""


@dataclass(frozen=True, slots=True)
class Estate:
    """How large a platform is; `layers` is the number for each cluster, `flux-system` included."""

    clusters: tuple[str, ...] = CLUSTERS
    layers: int = 120
    pages: int = 3
    """Hand-written pages beside the runbooks."""
    special: dict[str, str] = field(default_factory=dict)
    """Files that are added, or replace others."""

    @property
    def names(self) -> list[tuple[str, str]]:
        """Area and name of each layer that a cluster can have."""
        own = [(area, name) for area, (_, names) in _AREAS.items() for name in names]
        apps = [("apps", f"{team}-{part}") for team in _TEAMS for part in _PARTS]
        return own + apps


def files(estate: Estate | None = None) -> dict[str, str]:
    """The files of the repository, by path."""
    estate = estate or Estate()
    written: dict[str, str] = {"CODEOWNERS": _owners(), "mkdocs.yml": _MKDOCS}
    for area, name in estate.names:
        written |= _component(area, name)
    for position, cluster in enumerate(estate.clusters):
        written |= _cluster(cluster, position, estate)
    written |= dict(_written(estate))
    return written | estate.special


def _written(estate: Estate) -> Iterator[tuple[str, str]]:
    yield "docs/index.md", "# Example platform\n\nHow this platform is run.\n"
    for number in range(estate.pages):
        yield f"docs/guide/page-{number:02d}.md", f"# Guide page {number}\n\nHow we work.\n"
    for name, alert, layer in (
        ("ceph-osd-down", "CephOSDDown", "rook-ceph-cluster"),
        ("certificate-not-ready", "CertManagerCertificateNotReady", "cert-manager"),
        ("kafka-under-replicated", "KafkaUnderReplicatedPartitions", "kafka"),
    ):
        yield (
            f"docs/runbooks/{name}.md",
            f"---\nkind: runbook\nalerts: [{alert}]\napplies_to:\n  - layer: {layer}\n---\n\n"
            f"# {alert}\n\n## Meaning\n\nSomething of {layer} is down.\n\n## Diagnosis\n\nLook at "
            f"the pods.\n\n## Mitigation\n\nTake the last change back.\n",
        )


def _owners() -> str:
    lines = [f"/{area}/ @platform/{area}" for area in _AREAS if area != "sources"]
    lines += [f"/apps/{team}/ @teams/{team}" for team in _TEAMS[:-2]]
    return "".join(f"{line}\n" for line in lines)


def _directory(area: str, name: str) -> str:
    if area != "apps":
        return f"{area}/{name}"
    team, _, part = name.rpartition("-")
    return f"apps/{team}/{part}"


def _number(name: str) -> int:
    """A number that follows from a name."""
    return sum((place + 1) * ord(letter) for place, letter in enumerate(name))


def _namespace(area: str, name: str) -> str:
    if area == "apps":
        return name.rpartition("-")[0]
    return {"cert-manager-issuers": "cert-manager", "rook-ceph-cluster": "rook-ceph"}.get(
        name, name
    )


def version(area: str, name: str, environment: str) -> str:
    """The chart version of a component in an environment."""
    number = _number(name)
    major, minor, patch = 1 + number % 5, 4 + number % 26, number % 10
    rank = _RANK.get(environment, 0)
    if not _is_behind(area, name):
        rank = 0
    if name == "external-secrets" and environment == "prod":
        major -= 1
    return f"{major}.{minor - rank}.{patch}"


def _is_behind(area: str, name: str) -> bool:
    charts = [item for item in Estate().names if _is_chart(*item)]
    return (area, name) in charts[:: max(1, len(charts) // _BEHIND)][:_BEHIND]


def _is_chart(area: str, name: str) -> bool:
    if area == "apps":
        return not name.endswith(("-jobs", "-cache"))
    return area not in ("sources", "crds") and name not in _PLAIN


_PLAIN = ("cert-manager-issuers", "policies", "gateway", "kafka", "alert-rules")


def _component(area: str, name: str) -> dict[str, str]:
    """The base of a component, and an overlay where an environment has another version."""
    directory = f"{_directory(area, name)}/base"
    namespace = _namespace(area, name)
    parts: dict[str, str] = {}
    if name == "sources":
        parts["repository.yaml"] = _SOURCE
    elif name == "namespaces":
        spaces = sorted({_namespace(*item) for item in Estate().names} - {"sources", "namespaces"})
        parts["namespaces.yaml"] = "---\n".join(_SPACE.format(name=space) for space in spaces)
    elif name == "cluster-config":
        parts["config.yaml"] = _CONFIG
    elif area == "crds":
        parts["crd.yaml"] = _CRD.format(group=f"{name.removesuffix('-crds')}.example.org")
    elif name == "gateway":
        parts["gateway.yaml"] = _GATEWAY
    elif name == "alert-rules":
        parts["rules.yaml"] = _rules()
    elif name == "policies":
        parts["policy.yaml"] = _POLICY
    elif name == "cert-manager-issuers":
        parts["issuer.yaml"] = _ISSUER
    elif name == "kafka":
        parts["volume.yaml"] = _CLAIM.format(name="kafka-data", size="200Gi")
        parts["workload.yaml"] = _stateful("kafka", area)
    elif _is_chart(area, name):
        parts["release.yaml"] = _RELEASE.format(
            name=name, version=version(area, name, "dev"), comment=f"Runs {name}."
        )
        if area == "apps" and name.endswith(("-api", "-web")):
            parts["route.yaml"] = _ROUTE.format(name=name, namespace=namespace)
    else:
        parts["workload.yaml"] = _deployment(name, area)
    listed = ", ".join(parts)
    written = {f"{directory}/{file}": text for file, text in parts.items()}
    written[f"{directory}/kustomization.yaml"] = f"namespace: {namespace}\nresources: [{listed}]\n"
    if name in ("namespaces", "sources") or area == "crds":
        written[f"{directory}/kustomization.yaml"] = f"resources: [{listed}]\n"
    for environment in _RANK:
        if _is_chart(area, name) and version(area, name, environment) != version(area, name, "dev"):
            reason = " # held back: see #1179" if (name, environment) == _HELD else ""
            overlay = f"{_directory(area, name)}/{environment}"
            written[f"{overlay}/kustomization.yaml"] = _OVERLAY
            written[f"{overlay}/version.yaml"] = _PATCH.format(
                name=name, version=version(area, name, environment), reason=reason
            )
    return written


_HELD = ("cert-manager", "prod")


def _cluster(cluster: str, position: int, estate: Estate) -> dict[str, str]:
    environment = cluster.rpartition("-")[0]
    directory = f"clusters/{cluster}"
    chosen = _chosen(position, estate)
    written = {
        f"{directory}/flux-system/gotk-sync.yaml": _SYNC.format(cluster=cluster),
        f"{directory}/flux-system/kustomization.yaml": "resources: [gotk-sync.yaml]\n",
        f"{directory}/variables.yaml": _VARIABLES.format(cluster=cluster, environment=environment),
    }
    layers: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for area, name in chosen:
        first.setdefault(area, name)
    for area, name in chosen:
        overlay = f"{_directory(area, name)}/{environment}"
        has_overlay = _is_chart(area, name) and version(area, name, environment) != version(
            area, name, "dev"
        )
        path = f"./{overlay if has_overlay else f'{_directory(area, name)}/base'}"
        more = ""
        if name == "policies" and environment == "prod":
            path = "./elsewhere"
        if name == "kafka" and cluster == "prod-b":
            more = "  suspend: true # until the maintenance window (#1179)\n"
        layers.setdefault(area, []).append(
            _LAYER.format(
                name=name,
                path=path,
                source="platform-policies" if path == "./elsewhere" else "flux-system",
                depends=_depends(area, name, first),
                more=more,
                reason=f"Runs {name} for {area}.",
            )
        )
    for area, found in layers.items():
        written[f"{directory}/{area}.yaml"] = "---\n".join(found)
    listed = ["flux-system", "variables.yaml", *(f"{area}.yaml" for area in layers)]
    written[f"{directory}/kustomization.yaml"] = f"resources: [{', '.join(listed)}]\n"
    return written


def _chosen(position: int, estate: Estate) -> list[tuple[str, str]]:
    """The layers of a cluster: all that are not apps, and so many apps, others on each cluster."""
    own = [item for item in estate.names if item[0] != "apps"]
    apps = [item for item in estate.names if item[0] == "apps"]
    most = max(0, estate.layers - 1 - len(own))
    left_out = {(position * 7 + step * 11) % len(apps) for step in range(max(0, len(apps) - most))}
    kept = [item for number, item in enumerate(apps) if number not in left_out]
    return own[: estate.layers - 1] + kept[:most]


def _depends(area: str, name: str, first: dict[str, str]) -> str:
    waits: list[str] = []
    if area == "apps":
        waits = ["alert-rules", "kafka"] if name.endswith(("-worker", "-jobs")) else ["gateway"]
    else:
        before, names = _AREAS[area]
        place = names.index(name)
        waits = [names[place - 1]] if place and area in ("storage", "data") else []
        waits = waits or [_AREAS[other][1][-1] for other in before]
    known = [wait for wait in waits if wait in {n for _, names in _AREAS.values() for n in names}]
    return "  dependsOn:\n" + "".join(f"    - name: {n}\n" for n in known) if known else ""


def _deployment(name: str, area: str) -> str:
    number = _number(name)
    tag = "latest" if name == "billing-cache" else f"1.{number % 20}.0"
    return _DEPLOYMENT.format(name=name, tag=tag, area=area, replicas=1 + number % 3)


def _stateful(name: str, area: str) -> str:
    return _DEPLOYMENT.format(name=name, tag="3.9.0", area=area, replicas=3)


def _rules() -> str:
    names = [
        ("CephOSDDown", "critical", 'ceph_osd_up{namespace="rook-ceph"} == 0'),
        ("CertManagerCertificateNotReady", "critical", 'certmanager_certificate_ready_status{condition!="True"} == 1'),
        ("KafkaUnderReplicatedPartitions", "critical", 'kafka_under_replicated{namespace="kafka"} > 0'),
    ]  # fmt: skip
    for team in _TEAMS:
        for part in _PARTS[:3]:
            names.append(
                (
                    f"{team.capitalize()}{part.capitalize()}Down",
                    "warning" if part == "worker" else "critical",
                    f'up{{namespace="{team}", job="{team}-{part}"}} == 0',
                )
            )
    groups = "".join(
        f"        - alert: {name}\n          expr: '{text}'\n          for: 10m\n"
        f"          labels: {{severity: {severity}}}\n"
        f'          annotations: {{summary: "{name} fires"}}\n'
        for name, severity, text in names
    )
    return _RULES.format(rules=groups)


_SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{interval: 1m, url: "https://git.example.org/platform/estate", ref: {{branch: main}}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{interval: 10m, path: ./clusters/{cluster}, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}}}
"""
_VARIABLES = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: cluster-vars, namespace: flux-system}}
data:
  cluster_name: {cluster}
  cluster_domain: {cluster}.example.org
  environment: {environment}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: platform-policies, namespace: flux-system}}
spec: {{interval: 1h, url: "https://git.example.org/platform/policies", ref: {{branch: main}}}}
"""
_LAYER = """\
# {reason}
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {name}
  namespace: flux-system
spec:
  interval: 10m
  timeout: 5m
  path: {path}
  prune: true
  wait: true
{more}{depends}  sourceRef: {{kind: GitRepository, name: {source}}}
  postBuild:
    substituteFrom:
      - kind: ConfigMap
        name: cluster-vars
"""
_SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: flux-system}
spec: {interval: 1h, url: https://charts.example.org}
"""
_SPACE = """\
apiVersion: v1
kind: Namespace
metadata: {{name: {name}}}
"""
_CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: cluster-info}
data: {domain: "${cluster_domain}", environment: "${environment}"}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: ceph-block, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: rook-ceph.rbd.csi.ceph.com
reclaimPolicy: Delete
allowVolumeExpansion: true
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: platform-admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: platform-admins, apiGroup: rbac.authorization.k8s.io}]
"""
_CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: widgets.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: Widget, plural: widgets}}
  versions: [{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object}}}}}}]
"""
_GATEWAY = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public}
spec:
  gatewayClassName: envoy
  listeners:
    - {name: https, port: 443, protocol: HTTPS, hostname: "*.${cluster_domain}",
       tls: {certificateRefs: [{name: wildcard-tls}]}, allowedRoutes: {namespaces: {from: All}}}
"""
_ISSUER = """\
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: letsencrypt-prod}
spec: {acme: {server: "https://acme.example.org/directory", privateKeySecretRef: {name: letsencrypt-prod}, solvers: []}}
"""
_POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""
_CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {name}}}
spec: {{storageClassName: ceph-block, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}
"""
_RELEASE = """\
# {comment}
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}}}
spec:
  interval: 30m
  chart:
    spec:
      chart: {name}
      version: {version}
      sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}
  values:
    replicaCount: 2
    image: {{repository: registry.example.org/{name}, tag: "{version}"}}
"""
_ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {name}}}
spec:
  parentRefs: [{{name: public, namespace: gateway}}]
  hostnames: ["{name}.${{cluster_domain}}"]
  rules: [{{backendRefs: [{{name: {name}, port: 80}}]}}]
"""
_OVERLAY = """\
resources: [../base]
patches:
  - target: {kind: HelmRelease}
    path: version.yaml
"""
_PATCH = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}}}
spec:
  chart:
    spec:
      version: {version}{reason}
"""
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, area: {area}}}}}
    spec:
      containers:
        - name: main
          image: registry.example.org/{name}:{tag}
          resources: {{requests: {{cpu: 100m, memory: 128Mi}}, limits: {{memory: 256Mi}}}}
"""
_RULES = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {{name: platform}}
spec:
  groups:
    - name: platform
      rules:
{rules}"""
_MKDOCS = """\
site_name: Example platform
theme:
  name: material
  font: false
  palette:
    - {scheme: default, media: "(prefers-color-scheme: light)"}
    - {scheme: slate, media: "(prefers-color-scheme: dark)"}
plugins:
  - search
  - gitops
"""
