"""One small repository that has a finding and one that has not, for each code that is about
manifests."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitops_docs.model import Severity
from gitops_docs.settings.options import Settings
from tests.support.scanning import flux

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

Files = Mapping[str, str]

SYNC = (
    "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\n"
    "spec: {interval: 1m, url: 'https://example.org/fleet'}\n"
    + flux("flux-system", "./clusters/prod")
)
LAYERS = "clusters/prod/layers.yaml"
ARGO = "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec: {source: {path: apps}}\n"
GENERATOR = (
    "apiVersion: source.extensions.fluxcd.io/v1beta1\nkind: ArtifactGenerator\nmetadata: {{name: g, namespace: flux-system}}\n"
    "spec:\n  sources: [{{alias: r, kind: GitRepository, name: flux-system}}]\n"
    "  artifacts: [{{name: made, copy: [{{from: '@r/{}/**', to: '@artifact/'}}]}}]\n"
)
SET = (
    "---\napiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSet\nmetadata: {{name: s, namespace: flux-system}}\n"
    "spec:\n  inputs: [{{tenant: a}}]\n  resourcesTemplate: '<< inputs.{} >>: x'\n"
)


@dataclass(frozen=True)
class Case:
    """A code, the repository that has the finding with its severity and place, and one that has
    not."""

    code: str
    severity: Severity
    at: str
    bad: Files
    good: Files
    settings: Settings = field(default_factory=Settings)


def repository(files: Files) -> dict[str, str]:
    """The files with those of `flux bootstrap`."""
    return {"clusters/prod/flux-system/gotk-sync.yaml": SYNC, **files}


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


def crd(served: str = "v1") -> str:
    """A CustomResourceDefinition of the kind Thing."""
    return document(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.example.org",
        f"spec: {{group: example.org, scope: Namespaced, names: {{kind: Thing, plural: things}}, versions: [{{name: {served}, served: true, storage: true}}]}}\n", "",
    )  # fmt: skip


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
CONFIG = document("v1", "ConfigMap", "config", "data:\n  a: b\n")
WEB = document(
    "apps/v1", "Deployment", "web",
    "spec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers: [{name: web, image: 'nginx:1.29.1'}]\n",
)  # fmt: skip
MARKED = WEB.rstrip() + ' # {"$imagepolicy": "apps:web"}\n'
POLICY = document(
    "image.toolkit.fluxcd.io/v1",
    "ImagePolicy",
    "web",
    "spec: {imageRepositoryRef: {name: web}, policy: {semver: {range: 1.x}}}\n",
)
AUTOMATION = POLICY + document(
    "image.toolkit.fluxcd.io/v1",
    "ImageUpdateAutomation",
    "all",
    "spec: {interval: 5m, update: {path: ./apps}, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}, git: {commit: {author: {email: a@example.org}}}}\n",
)
STAGING = {
    "clusters/staging/flux-system/gotk-sync.yaml": SYNC.replace("clusters/prod", "clusters/staging")
}
THING = document("example.org/v1", "Thing", "one", "spec: {}\n")
SETTINGS = document("v1", "ConfigMap", "settings", "data: {a: b}\n")
SOPS = document(
    "v1",
    "Secret",
    "db",
    "stringData:\n  password: ENC[AES256_GCM,data:Zm9v,iv:aXY=,tag:dGFn,type:str]\nsops:\n  age: [{recipient: age1x}]\n",
)


def one(path: str, text: str) -> dict[str, str]:
    """A layer `apps` with one file, its namespace made by the layer."""
    return repository({LAYERS: flux("apps", "./apps"), path: text, "apps/ns.yaml": namespace()})


def two(first: str, second: str, spec: str = "", before: str = "") -> dict[str, str]:
    """Layers `one` and `two`, each with a file; `spec` is more of the spec of `two`, `before` of
    that of `one`."""
    return repository(
        {
            LAYERS: flux("one", "./one", before) + flux("two", "./two", spec),
            "one/a.yaml": first,
            "two/b.yaml": second,
        }
    )


def spec(text: str) -> dict[str, str]:
    """A layer `apps` whose spec is written out."""
    layer = document(
        "kustomize.toolkit.fluxcd.io/v1", "Kustomization", "apps", f"spec:\n{text}", "flux-system"
    )
    return repository({LAYERS: layer, "apps/ns.yaml": namespace()})


GOOD_SPEC = "  interval: 10m\n  path: ./apps\n  prune: true\n  sourceRef: {kind: GitRepository, name: flux-system}\n"

INSTALLED = "clusters/prod/flux-system/instance.yaml"
FLUX_CRD = document(
    "apiextensions.k8s.io/v1", "CustomResourceDefinition", "helmreleases.helm.toolkit.fluxcd.io",
    "spec: {group: helm.toolkit.fluxcd.io, scope: Namespaced, names: {kind: HelmRelease, plural: helmreleases}, versions: [{name: v2, served: true, storage: true}]}\n", "",
)  # fmt: skip
CHART = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.3.1\n",
    "charts/web/values.yaml": "image: {repository: registry.example.org/web, tag: '1.0'}\n",
}
GENERATED = "resources: [web.yaml, ns.yaml]\nnamespace: apps\nconfigMapGenerator: [{name: made, literals: ['values.yaml=a: b']}]\n"


def instance(spec: str) -> str:
    """A FluxInstance that installs Flux, with more of its spec in flow style."""
    body = f"spec: {{distribution: {{version: 2.x, registry: ghcr.io/fluxcd}}{', ' + spec if spec else ''}}}\n"
    return document("fluxcd.controlplane.io/v1", "FluxInstance", "flux", body, "flux-system")


def rules(*entries: str) -> str:
    """A PrometheusRule with these rules, one a line."""
    lines = "".join(f"        - {entry}\n" for entry in entries)
    return document(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        "rules",
        f"spec:\n  groups:\n    - name: one\n      rules:\n{lines}",
    )


def local_release(chart: str, more: str = "") -> str:
    """A HelmRelease of a chart that lies in the repository."""
    source = "sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}"
    body = f"spec: {{interval: 1h, chart: {{spec: {{chart: {chart}, {source}{', ' + more if more else ''}}}}}}}\n"
    return document("helm.toolkit.fluxcd.io/v2", "HelmRelease", "web", body)


def values_from(*entries: str) -> str:
    """A HelmRelease that takes values from these references."""
    return release("web", f"valuesFrom: [{', '.join(entries)}]")


CASES = [
    # Order of layers
    Case("dependency-unknown", ERROR, f"{LAYERS}:10", two(namespace(), WEB, "dependsOn: [{name: oen}]"), two(namespace(), WEB, "dependsOn: [{name: one}]")),
    Case("dependency-cycle", ERROR, f"{LAYERS}:10", two(namespace(), WEB, "dependsOn: [{name: one}]", "dependsOn: [{name: two}]"), two(namespace(), WEB, "dependsOn: [{name: one}]")),
    Case("dependency-cycle", ERROR, f"{LAYERS}:5", repository({LAYERS: flux("apps", "./apps", "dependsOn: [{name: apps}]"), "apps/ns.yaml": namespace()}), one("apps/web.yaml", WEB)),
    Case("dependency-suspended", WARNING, f"{LAYERS}:10", two(namespace(), WEB, "dependsOn: [{name: one}]", "suspend: true"), two(namespace(), WEB, "dependsOn: [{name: one}]")),
    Case("dependency-not-gated", INFO, f"{LAYERS}:10", two(namespace() + WEB, SETTINGS, "dependsOn: [{name: one}]"), two(namespace() + WEB, SETTINGS, "dependsOn: [{name: one}]", "wait: true")),
    Case("dependency-not-gated", INFO, f"{LAYERS}:10", two(namespace() + WEB, SETTINGS, "dependsOn: [{name: one}]"), two(namespace(), SETTINGS, "dependsOn: [{name: one}]")),
    Case("dependency-redundant", INFO, f"{LAYERS}:15",
         {**two(namespace(), WEB), LAYERS: flux("one", "./one") + flux("two", "./two", "dependsOn: [{name: one}]") + flux("three", "./one", "dependsOn: [{name: one}, {name: two}]")},
         {**two(namespace(), WEB), LAYERS: flux("one", "./one") + flux("two", "./two", "dependsOn: [{name: one}]") + flux("three", "./one", "dependsOn: [{name: two}]")}),
    Case("dependency-implicit", INFO, "two/b.yaml:2", two(namespace() + CHARTS, release("web")), two(namespace() + CHARTS, release("web"), "dependsOn: [{name: one}]")),
    Case("dependency-deadlock", ERROR, f"{LAYERS}:5",
         two(SETTINGS.replace("namespace: apps", "namespace: flux-system"), document("v1", "ConfigMap", "vars", "data: {x: y}\n", "flux-system"), "dependsOn: [{name: one}]", "postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}"),
         two(document("v1", "ConfigMap", "vars", "data: {x: y}\n", "flux-system"), namespace(), "dependsOn: [{name: one}], postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}")),
    Case("namespace-late", WARNING, "two/b.yaml:2", two(namespace(), WEB), two(namespace(), WEB, "dependsOn: [{name: one}]")),
    Case("namespace-late", ERROR, "one/a.yaml:2", two(WEB, namespace(), "dependsOn: [{name: one}]"), two(WEB, namespace("other"), "dependsOn: [{name: one}]")),
    Case("namespace-unknown", INFO, "one/a.yaml:2", two(WEB, namespace("other")), two(WEB + namespace(), namespace("other"))),
    Case("crd-late", WARNING, "two/b.yaml:6", two(crd(), namespace() + THING), two(crd(), namespace() + THING, "dependsOn: [{name: one}]")),
    Case("crd-late", ERROR, "one/a.yaml:6", two(namespace() + THING, crd(), "dependsOn: [{name: one}]"), two(namespace() + THING + crd(), SETTINGS, "dependsOn: [{name: one}]")),
    # Health checks
    Case("healthcheck-wildcard", ERROR, f"{LAYERS}:12", spec(GOOD_SPEC + "  healthChecks:\n    - kind: Deployment\n      name: '*'\n"), spec(GOOD_SPEC + "  wait: true\n")),
    Case("healthcheck-unknown", WARNING, f"{LAYERS}:5",
         {**one("apps/web.yaml", WEB), LAYERS: flux("apps", "./apps", "healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: wbe, namespace: apps}]")},
         {**one("apps/web.yaml", WEB), LAYERS: flux("apps", "./apps", "healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: web, namespace: apps}]")}),
    Case("healthcheck-unknown", WARNING, f"{LAYERS}:5",
         {**one("apps/web.yaml", WEB), LAYERS: flux("apps", "./apps", "healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: chart-web, namespace: apps}]")},
         {**one("apps/web.yaml", CHARTS + release("web")), LAYERS: flux("apps", "./apps", "healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: chart-web, namespace: apps}]")}),
    Case("healthcheck-exprs-inert", WARNING, f"{LAYERS}:10", spec(GOOD_SPEC + "  healthCheckExprs:\n    - apiVersion: example.org/v1\n      kind: Thing\n      current: 'true'\n"), spec(GOOD_SPEC + "  wait: true\n  healthCheckExprs:\n    - apiVersion: example.org/v1\n      kind: Thing\n      current: 'true'\n")),
    Case("healthcheck-ignored", WARNING, f"{LAYERS}:10", spec(GOOD_SPEC + "  healthChecks:\n    - {apiVersion: apps/v1, kind: Deployment, name: web, namespace: apps}\n  wait: true\n"), spec(GOOD_SPEC + "  wait: true\n")),
    Case("healthcheck-ignored", INFO, f"{LAYERS}:10", spec(GOOD_SPEC + "  healthChecks:\n    - {apiVersion: v1, kind: Namespace, name: apps}\n  wait: true\n"), spec(GOOD_SPEC + "  wait: true\n")),
    # References
    Case("cluster-none", WARNING, "None:None", {"apps/web.yaml": WEB}, one("apps/web.yaml", WEB)),
    Case("cluster-none", WARNING, "apps/app.yaml:2", {"apps/app.yaml": ARGO, "apps/web.yaml": WEB}, one("apps/app.yaml", WEB)),
    Case("cluster-left-out", WARNING, "tenants/a.yaml:2",
         {"clusters/a/apps.yaml": flux("apps", "./apps"), "apps/web.yaml": WEB, "tenants/a.yaml": flux("a", "${path}")},
         {"clusters/a/apps.yaml": flux("apps", "./apps"), "apps/web.yaml": WEB, "tenants/a.yaml": flux("a", "./apps")}),
    Case("artifact-not-made", ERROR, "clusters/prod/g.yaml:1",
         {**one("apps/web.yaml", WEB), "clusters/prod/g.yaml": GENERATOR.format("aps"), "clusters/prod/made.yaml": flux("made", "./", source="ExternalArtifact/made")},
         {**one("apps/web.yaml", WEB), "clusters/prod/g.yaml": GENERATOR.format("apps"), "clusters/prod/made.yaml": flux("made", "./", source="ExternalArtifact/made")}),
    Case("resourceset-refused", ERROR, "apps/set.yaml:2", one("apps/set.yaml", SET.format("zone")), one("apps/set.yaml", SET.format("tenant"))),
    Case("source-unknown", WARNING, f"{LAYERS}:9", spec(GOOD_SPEC.replace("name: flux-system", "name: flet")), spec(GOOD_SPEC)),
    Case("chart-source-unknown", INFO, "apps/web.yaml:2", one("apps/web.yaml", release("web")), one("apps/web.yaml", CHARTS + release("web"))),
    Case("chart-source-unknown", WARNING, "apps/web.yaml:2", one("apps/web.yaml", release("web") + CHARTS.replace("name: charts", "name: chrts")), one("apps/web.yaml", release("web") + CHARTS)),
    Case("provider-unknown", WARNING, "apps/a.yaml:2", one("apps/a.yaml", alert("    - {kind: Kustomization, name: '*'}\n")), one("apps/a.yaml", alert("    - {kind: Kustomization, name: '*'}\n") + PROVIDER)),
    Case("substitute-from-unknown", WARNING, f"{LAYERS}:10", spec(GOOD_SPEC + "  postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}\n"), spec(GOOD_SPEC)),
    Case("substitute-from-unknown", INFO, f"{LAYERS}:10", spec(GOOD_SPEC + "  postBuild: {substituteFrom: [{kind: Secret, name: vars, optional: true}]}\n"), spec(GOOD_SPEC)),
    Case("substitute-from-kind", ERROR, f"{LAYERS}:10", spec(GOOD_SPEC + "  postBuild: {substituteFrom: [{kind: Deployment, name: vars}]}\n"), spec(GOOD_SPEC)),
    Case("orphan", INFO, "old/web.yaml:2", {**one("apps/web.yaml", SETTINGS), "old/web.yaml": WEB}, one("apps/web.yaml", WEB)),
    Case("orphan", INFO, "old/a/b/web.yaml:2", {**one("apps/web.yaml", SETTINGS), "old/a/b/web.yaml": WEB, "old/c/d.yaml": SETTINGS}, one("apps/web.yaml", WEB)),
    # Ownership
    Case("object-applied-twice", WARNING, "base/web.yaml:2",
         two(namespace(), SETTINGS) | {"base/web.yaml": WEB, "one/kustomization.yaml": "resources: [a.yaml, ../base/web.yaml]\n", "two/kustomization.yaml": "resources: [b.yaml, ../base/web.yaml]\n"},
         two(namespace(), SETTINGS) | {"base/web.yaml": WEB, "one/kustomization.yaml": "resources: [a.yaml, ../base/web.yaml]\n"}),
    Case("object-applied-twice", INFO, "one/a.yaml:2", {**two(namespace(), WEB), LAYERS: flux("one", "./one") + flux("two", "./one")}, two(namespace(), WEB)),
    Case("release-name-taken", WARNING, "apps/web.yaml:12", one("apps/web.yaml", CHARTS + release("a", "releaseName: redis") + release("b", "releaseName: redis")), one("apps/web.yaml", CHARTS + release("a") + release("b"))),
    Case("crd-pruned", INFO, "one/a.yaml:2", two(crd(), namespace()), two(crd().replace("{name: things.example.org}", "{name: things.example.org, annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}}"), namespace())),
    Case("layer-duplicate", ERROR, "two/b.yaml:2", two(namespace(), flux("one", "./two")), two(namespace(), flux("other", "./one"))),
    # Versions
    Case("api-version-removed", ERROR, "apps/pdb.yaml:2", one("apps/pdb.yaml", document("policy/v1beta1", "PodDisruptionBudget", "web", "spec: {minAvailable: 1}\n")), one("apps/pdb.yaml", document("policy/v1", "PodDisruptionBudget", "web", "spec: {minAvailable: 1}\n"))),
    Case("api-version-removed", ERROR, "apps/a.yaml:2", one("apps/a.yaml", CHARTS.replace("/v1\n", "/v1beta2\n")), one("apps/a.yaml", CHARTS)),
    Case("api-version-removed", ERROR, "apps/es.yaml:2",
         one("apps/es.yaml", document("external-secrets.io/v1beta1", "ExternalSecret", "db", "spec: {}\n") + CHARTS + release("external-secrets", version="0.19.0")),
         one("apps/es.yaml", document("external-secrets.io/v1beta1", "ExternalSecret", "db", "spec: {}\n") + CHARTS + release("external-secrets", version="0.10.0"))),
    Case("api-version-deprecated", WARNING, "apps/es.yaml:2", one("apps/es.yaml", document("external-secrets.io/v1beta1", "ExternalSecret", "db", "spec: {}\n")), one("apps/es.yaml", document("external-secrets.io/v1alpha1", "PushSecret", "db", "spec: {}\n"))),
    Case("api-version-deprecated", WARNING, "apps/a.yaml:2", one("apps/a.yaml", CHARTS.replace("/v1\n", "/v1beta2\n")), one("apps/a.yaml", CHARTS), Settings(flux_version="2.6")),
    Case("api-version-not-served", ERROR, "one/a.yaml:6", two(namespace() + THING + crd("v2"), SETTINGS), two(namespace() + THING + crd(), SETTINGS)),
    Case("chart-version-missing", WARNING, "apps/web.yaml:5", one("apps/web.yaml", release("web", version="") + CHARTS), one("apps/web.yaml", release("web") + CHARTS)),
    Case("chart-version-floating", WARNING, "apps/web.yaml:5", one("apps/web.yaml", release("web", version="*") + CHARTS), one("apps/web.yaml", release("web") + CHARTS)),
    Case("chart-version-floating", INFO, "apps/web.yaml:5", one("apps/web.yaml", release("web", version="1.x") + CHARTS), one("apps/web.yaml", release("web", version="v1.0.0-rc.1+x") + CHARTS)),
    Case("image-tag-floating", WARNING, "apps/web.yaml:10", one("apps/web.yaml", WEB.replace("nginx:1.29.1", "nginx:latest")), one("apps/web.yaml", WEB)),
    Case("image-tag-floating", WARNING, "apps/web.yaml:10", one("apps/web.yaml", WEB.replace("nginx:1.29.1", "registry.example.org:5000/nginx")), one("apps/web.yaml", WEB.replace("nginx:1.29.1", "nginx@sha256:" + "0" * 64))),
    Case("image-marker-unknown", WARNING, "apps/web.yaml:10", one("apps/web.yaml", MARKED + POLICY.replace("{name: web, n", "{name: other, n")), one("apps/web.yaml", MARKED + POLICY)),
    Case("image-policy-unused", INFO, "apps/web.yaml:2", one("apps/web.yaml", POLICY), one("apps/web.yaml", MARKED + POLICY)),
    Case("image-automation-production", WARNING, "apps/web.yaml:17", {**one("apps/web.yaml", MARKED + AUTOMATION), **STAGING}, {**one("apps/web.yaml", MARKED + AUTOMATION.replace("git: {", "git: {push: {branch: updates}, ")), **STAGING}),
    # Variables
    Case("variable-unused", INFO, f"{LAYERS}:10", spec(GOOD_SPEC + "  postBuild: {substitute: {gone: x}}\n"), {**spec(GOOD_SPEC + "  postBuild: {substitute: {used: x}}\n"), "apps/cm.yaml": SETTINGS.replace("a: b", "a: '${used}'")}),
    Case("variable-unused", INFO, "apps/cm.yaml:5",
         {**spec(GOOD_SPEC + "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}\n"), "apps/cm.yaml": SETTINGS.replace("namespace: apps", "namespace: flux-system")},
         {**spec(GOOD_SPEC + "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}\n"), "apps/cm.yaml": SETTINGS.replace("namespace: apps", "namespace: flux-system"), "apps/x.yaml": document("v1", "ConfigMap", "x", "data: {a: '${a}'}\n")}),
    Case("variable-shadowed", INFO, f"{LAYERS}:10",
         {**spec(GOOD_SPEC + "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}], substitute: {a: c}}\n"), "apps/cm.yaml": SETTINGS.replace("namespace: apps", "namespace: flux-system")},
         {**spec(GOOD_SPEC + "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}\n"), "apps/cm.yaml": SETTINGS.replace("namespace: apps", "namespace: flux-system")}),
    # Secrets
    Case("secret-plaintext", ERROR, "apps/db.yaml:5", one("apps/db.yaml", document("v1", "Secret", "db", "stringData: {password: hunter2hunter2}\n")), one("apps/db.yaml", document("external-secrets.io/v1", "ExternalSecret", "db", "spec: {}\n"))),
    Case("secret-plaintext", WARNING, "old/db.yaml:5", {**one("apps/web.yaml", SETTINGS), "old/db.yaml": document("v1", "Secret", "db", "stringData: {password: hunter2hunter2}\n")}, {**one("apps/web.yaml", SETTINGS), "old/db.yaml": document("v1", "Secret", "db", "stringData: {password: 'op://vault/db/password'}\n")}),
    Case("secret-plaintext", WARNING, "apps/db.yaml:5", one("apps/db.yaml", document("v1", "Secret", "db", "stringData: {DB_HOST: db.example.org, user: app}\n")), one("apps/db.yaml", document("v1", "ConfigMap", "db", "data: {DB_HOST: db.example.org}\n"))),
    Case("secret-plaintext", ERROR, "apps/db.yaml:5", one("apps/db.yaml", document("v1", "Secret", "db", "stringData: {config.yaml: \"a: b\\npassword: hunter2hunter2\\n\"}\n")), one("apps/db.yaml", document("v1", "ConfigMap", "db", "data: {a: b}\n"))),
    Case("secret-plaintext", INFO, "apps/values.yaml:1",
         one("apps/kustomization.yaml", "secretGenerator: [{name: values, files: [values.yaml]}]\n") | {"apps/values.yaml": "replicas: 3\ningress: {host: web.example.org}\n"},
         one("apps/kustomization.yaml", "configMapGenerator: [{name: values, files: [values.yaml]}]\n") | {"apps/values.yaml": "replicas: 3\n"}),
    Case("secret-partially-encrypted", WARNING, "apps/db.yaml:7", one("apps/db.yaml", SOPS.replace("sops:", "  user: hunter2hunter2\nsops:")), one("apps/db.yaml", SOPS)),
    Case("secret-not-decrypted", ERROR, "apps/db.yaml:2", one("apps/db.yaml", SOPS), {**one("apps/db.yaml", SOPS), LAYERS: flux("apps", "./apps", "decryption: {provider: sops}")}),
    Case("secret-suspected", WARNING, "apps/cm.yaml:5", one("apps/cm.yaml", SETTINGS.replace("a: b", "x: 'ghp_0123456789abcdefghijABCDEFGHIJ012345'")), one("apps/cm.yaml", SETTINGS.replace("a: b", "existingSecret: github-token"))),
    Case("secret-suspected", WARNING, "apps/web.yaml:10",
         one("apps/web.yaml", WEB.replace("image: 'nginx:1.29.1'", "image: 'nginx:1.29.1', env: [{name: API_TOKEN, value: 3f9a8b7c6d5e4f3a}]")),
         one("apps/web.yaml", WEB.replace("image: 'nginx:1.29.1'", "image: 'nginx:1.29.1', env: [{name: API_TOKEN, value: '${token}'}]"))),
    Case("secret-suspected", WARNING, "apps/cm.yaml:7", one("apps/cm.yaml", document("v1", "ConfigMap", "settings", "data:\n  app.properties: |\n    db.password=hunter2-S3cret\n")), one("apps/cm.yaml", document("v1", "ConfigMap", "settings", "data:\n  app.yml: |\n    password: '{PASSWORD}'\n    api_key: !env_var API_KEY1\n    auth_token_file: /run/token1\n"))),
    Case("secret-suspected", WARNING, "apps/cm.yaml:7", one("apps/cm.yaml", document("v1", "ConfigMap", "settings", "data:\n  key.pem: |\n    -----BEGIN RSA PRIVATE KEY-----\n    MIIEpAIBAAKCAQEA\n    -----END RSA PRIVATE KEY-----\n")), one("apps/cm.yaml", SETTINGS)),
    # Times
    Case("retry-interval-long", WARNING, f"{LAYERS}:10", spec(GOOD_SPEC + "  retryInterval: 1h\n"), spec(GOOD_SPEC + "  retryInterval: 2m\n")),
    Case("interval-short", INFO, f"{LAYERS}:6", spec(GOOD_SPEC.replace("10m", "5s")), spec(GOOD_SPEC)),
    Case("retry-interval-missing", INFO, f"{LAYERS}:6", spec(GOOD_SPEC.replace("10m", "1h30m")), spec(GOOD_SPEC.replace("10m", "1h30m") + "  retryInterval: 2m\n")),
    Case("timeout-short", WARNING, f"{LAYERS}:11", {**spec(GOOD_SPEC + "  wait: true\n  timeout: 5m\n"), "apps/web.yaml": CHARTS + release("web", "timeout: 30m") + release("other", "timeout: 10m")}, spec(GOOD_SPEC + "  wait: true\n  timeout: 5m\n")),
    Case("timeout-short", WARNING, f"{LAYERS}:11", {**spec(GOOD_SPEC + "  wait: true\n  timeout: 5m\n"), "apps/web.yaml": CHARTS + release("web", "timeout: 30m")}, {**spec(GOOD_SPEC + "  wait: true\n  timeout: 40m\n"), "apps/web.yaml": CHARTS + release("web", "timeout: 30m")}),
    # Releases
    Case("release-dependency-unknown", ERROR, "apps/web.yaml:5", one("apps/web.yaml", release("web", "dependsOn: [{name: gone}]")), one("apps/web.yaml", release("web", "dependsOn: [{name: db}]") + release("db"))),
    Case("release-dependency-cycle", ERROR, "apps/web.yaml:5", one("apps/web.yaml", release("web", "dependsOn: [{name: db}]") + release("db", "dependsOn: [{name: web}]")), one("apps/web.yaml", release("web", "dependsOn: [{name: db}]") + release("db"))),
    # Notifications
    Case("alert-misses-namespaces", WARNING, "apps/a.yaml:8", one("apps/a.yaml", alert("    - {kind: HelmRelease, name: '*'}\n") + PROVIDER + release("web")), one("apps/a.yaml", alert("    - {kind: HelmRelease, name: '*', namespace: apps}\n") + PROVIDER + release("web"))),
    Case("alert-provider-elsewhere", WARNING, "two/b.yaml:2", two(PROVIDER, alert("    - {kind: Kustomization, name: '*'}\n")), two(PROVIDER, alert("    - {kind: Kustomization, name: '*'}\n"), "dependsOn: [{name: one}]")),
    Case("alert-source-unknown", WARNING, "apps/a.yaml:8", one("apps/a.yaml", alert("    - {kind: Kustomization, name: aps}\n") + PROVIDER), one("apps/a.yaml", alert("    - {kind: Kustomization, name: apps}\n") + PROVIDER)),
    Case("alert-source-unknown", WARNING, "apps/a.yaml:8", one("apps/a.yaml", alert("    - {kind: Deployment, name: web}\n") + PROVIDER), one("apps/a.yaml", alert("    - {kind: Kustomization, name: apps}\n") + PROVIDER)),
    Case("alert-coverage", INFO, "apps/a.yaml:2", one("apps/a.yaml", alert("    - {kind: Kustomization, name: '*'}\n") + PROVIDER + release("web")), one("apps/a.yaml", alert("    - {kind: Kustomization, name: '*'}\n    - {kind: HelmRelease, name: web, namespace: apps}\n") + PROVIDER + release("web"))),
    Case("alert-none", INFO, "clusters/prod/flux-system/gotk-sync.yaml:6", one("apps/a.yaml", SETTINGS), one("apps/a.yaml", alert("    - {kind: Kustomization, name: '*'}\n") + PROVIDER)),
    # What the API server refuses
    Case("field-missing", ERROR, f"{LAYERS}:6", spec(GOOD_SPEC.replace("  prune: true\n", "")), spec(GOOD_SPEC)),
    Case("field-missing", ERROR, f"{LAYERS}:11", spec(GOOD_SPEC + "  healthCheckExprs:\n    - apiVersion: example.org/v1\n      kind: Thing\n  wait: true\n"), spec(GOOD_SPEC)),
    Case("field-unknown", ERROR, f"{LAYERS}:11", spec(GOOD_SPEC + "  dependOn:\n    - name: x\n"), spec(GOOD_SPEC + "  somethingNew: x\n")),
    Case("field-invalid", ERROR, f"{LAYERS}:8", spec(GOOD_SPEC.replace("prune: true", "prune: 'true'")), spec(GOOD_SPEC)),
    Case("field-invalid", ERROR, f"{LAYERS}:9", spec(GOOD_SPEC.replace("kind: GitRepository", "kind: HelmRepository")), spec(GOOD_SPEC)),
    Case("duration-invalid", ERROR, f"{LAYERS}:6", spec(GOOD_SPEC.replace("10m", "1d")), spec(GOOD_SPEC.replace("10m", "1h30m"))),
    Case("name-invalid", ERROR, "apps/a.yaml:4", one("apps/a.yaml", CHARTS.replace("name: charts", "name: My_Charts")), one("apps/a.yaml", CHARTS)),
    Case("name-invalid", ERROR, "apps/a.yaml:6", one("apps/a.yaml", CONFIG.replace("a: b", "a b: c")), one("apps/a.yaml", CONFIG)),
    Case("cel-invalid", ERROR, f"{LAYERS}:10", two(namespace(), WEB, "dependsOn: [{name: one, readyExpr: 'dep.status.x == ('}]"), two(namespace(), WEB, "dependsOn: [{name: one, readyExpr: 'dep.status.x == \"(\"'}]")),
    Case("cel-invalid", ERROR, f"{LAYERS}:10", two(namespace(), WEB, "dependsOn: [{name: one, readyExpr: 'depp.status.x'}]"), two(namespace(), WEB, "dependsOn: [{name: one, readyExpr: 'dep.status.all(x, x.y == self.y)'}]")),
    Case("object-too-large", ERROR, "apps/a.yaml:2", one("apps/a.yaml", CONFIG + f"  large: {'x' * 1048577}\n"), one("apps/a.yaml", CONFIG + f"  large: {'x' * 1048575}\n")),
    Case("alert-rule-duplicate", ERROR, "apps/a.yaml:10", one("apps/a.yaml", rules("{alert: A, expr: x, labels: {l: a}}", "{alert: A, expr: y, labels: {l: a}}")), one("apps/a.yaml", rules("{alert: A, expr: x, labels: {l: a}}", "{alert: A, expr: y, labels: {l: b}}"))),
    Case("field-missing", ERROR, "apps/a.yaml:9", one("apps/a.yaml", rules("{alert: A}", "{record: b, expr: y}")), one("apps/a.yaml", rules("{alert: A, expr: x}", "{record: b, expr: y}"))),
    # What the Flux of a cluster refuses
    Case("namespace-missing", ERROR, "apps/a.yaml:2", one("apps/a.yaml", document("v1", "ConfigMap", "a", "", "")), one("apps/a.yaml", document("example.org/v1", "Thing", "a", "", ""))),
    Case("namespace-missing", ERROR, "apps/a.yaml:2", one("apps/a.yaml", document("example.org/v1", "Thing", "a", "", "") + crd()), one("apps/a.yaml", document("example.org/v1", "Thing", "a", "", "") + crd().replace("Namespaced", "Cluster"))),
    Case("cross-namespace-refused", ERROR, "apps/a.yaml:10", {**one("apps/a.yaml", CHARTS + release("web")), INSTALLED: instance("cluster: {multitenant: true}")}, {**one("apps/a.yaml", CHARTS + release("web")), INSTALLED: instance("cluster: {multitenant: false}")}),
    Case("cross-namespace-refused", WARNING, "apps/a.yaml:8", {**one("apps/a.yaml", alert("    - {kind: HelmRelease, name: '*', namespace: apps}\n") + PROVIDER), INSTALLED: instance("cluster: {multitenant: true}")}, {**one("apps/a.yaml", alert("    - {kind: Kustomization, name: '*'}\n") + PROVIDER), INSTALLED: instance("cluster: {multitenant: true}")}),
    Case("controller-missing", ERROR, "apps/a.yaml:7", {**one("apps/a.yaml", CHARTS + release("web")), INSTALLED: instance("components: [source-controller, kustomize-controller]")}, {**one("apps/a.yaml", CHARTS + release("web")), INSTALLED: instance("components: [source-controller, kustomize-controller, helm-controller]")}),
    Case("controller-missing", WARNING, "apps/a.yaml:2", {**one("apps/a.yaml", release("web") + FLUX_CRD), INSTALLED: instance("components: [source-controller, kustomize-controller]")}, {**one("apps/a.yaml", release("web") + FLUX_CRD), INSTALLED: instance("")}),
    # Charts and values of releases
    Case("chart-not-found", ERROR, "apps/a.yaml:5", {**one("apps/a.yaml", local_release("./charts/wbe")), **CHART}, {**one("apps/a.yaml", local_release("./charts/web")), **CHART}),
    Case("chart-not-found", ERROR, "apps/a.yaml:5", {**one("apps/a.yaml", local_release("./charts/web", "valuesFiles: [charts/web/gone.yaml]")), **CHART}, {**one("apps/a.yaml", local_release("./charts/web", "valuesFiles: [charts/web/gone.yaml], ignoreMissingValuesFiles: true")), **CHART}),
    Case("chart-version-ignored", INFO, "apps/a.yaml:5", {**one("apps/a.yaml", local_release("./charts/web", "version: 9.9.9")), **CHART}, {**one("apps/a.yaml", local_release("./charts/web")), **CHART}),
    Case("values-from-unknown", ERROR, "apps/web.yaml:5", {**one("apps/web.yaml", values_from("{kind: ConfigMap, name: config, valuesKey: z}")), "apps/cm.yaml": CONFIG}, {**one("apps/web.yaml", values_from("{kind: ConfigMap, name: config, valuesKey: z, optional: true}")), "apps/cm.yaml": CONFIG}),
    Case("values-from-unknown", ERROR, "apps/web.yaml:5", {**one("apps/web.yaml", values_from("{kind: ConfigMap, name: made}")), "apps/kustomization.yaml": GENERATED}, {**one("apps/web.yaml", values_from("{kind: ConfigMap, name: made}")), "apps/kustomization.yaml": GENERATED + "generatorOptions: {disableNameSuffixHash: true}\n"}),
    Case("values-from-unknown", WARNING, "apps/web.yaml:5", one("apps/web.yaml", values_from("{kind: ConfigMap, name: gone}")), one("apps/web.yaml", values_from("{kind: Secret, name: gone}"))),
    Case("values-from-invalid", ERROR, "apps/web.yaml:5", {**one("apps/web.yaml", values_from("{kind: ConfigMap, name: config, valuesKey: a, targetPath: x.y}")), "apps/cm.yaml": CONFIG.replace("a: b", "a: 'b,c'")}, {**one("apps/web.yaml", values_from("{kind: ConfigMap, name: config, valuesKey: a, targetPath: x.y}")), "apps/cm.yaml": CONFIG.replace("a: b", "a: 'b\\,c'")}),
    Case("values-from-invalid", ERROR, "apps/web.yaml:5", {**one("apps/web.yaml", values_from("{kind: ConfigMap, name: config, valuesKey: a}")), "apps/cm.yaml": CONFIG}, {**one("apps/web.yaml", values_from("{kind: ConfigMap, name: config, valuesKey: a}")), "apps/cm.yaml": CONFIG.replace("a: b", "a: 'x: y'")}),
]  # fmt: skip
