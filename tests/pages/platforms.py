"""Platforms that are made by hand, for tests of pages and the plugin."""
# ruff: noqa: E501  (tables of test data)

from __future__ import annotations

from typing import Any

from gitops_docs.index.graph import with_waves
from gitops_docs.model import (
    Alert,
    ChartValue,
    Cluster,
    Commit,
    Dependency,
    Directory,
    Entry,
    EntryKind,
    EventSource,
    FieldChange,
    Finding,
    Health,
    HealthCheck,
    Image,
    Layer,
    LayerStatus,
    Location,
    Orphan,
    Override,
    Ownership,
    Platform,
    Protection,
    Provider,
    Release,
    Remark,
    Repository,
    Resource,
    RunbookLink,
    Secret,
    Severity,
    Source,
    SourceRef,
    SubstituteFrom,
    Variable,
    VariableStatus,
    VariableUse,
)

REPOSITORY = Repository(
    "https://git.example.org/team/platform",
    "0123456789abcdef0123456789abcdef01234567",
    "k8s/",
    "2026-11-24",
)
SOURCE = SourceRef("GitRepository", "flux-system", "flux-system")


def layer(name: str, depends_on: str = "", *, cluster: str = "prod", **changes: Any) -> Layer:
    """A layer; `depends_on` names layers of the same cluster, `?name` one that does not exist."""
    file = f"clusters/{cluster}/{name}.yaml"
    given: dict[str, Any] = {
        "id": f"{cluster}/flux-system/{name}",
        "cluster": cluster,
        "namespace": "flux-system",
        "name": name,
        "file": file,
        "line": 3,
        "parent": None,
        "path": f"./{name}",
        "directory": name,
        "source": SOURCE,
        "status": LayerStatus.RENDERED,
        "reason": None,
        "suspended": False,
        "wave": None,
        "depends_on": tuple(
            Dependency(
                "flux-system",
                target.lstrip("?"),
                None if target.startswith("?") else f"{cluster}/flux-system/{target}",
                f"{name} needs {target}",
                file,
                10 + number,
            )
            for number, target in enumerate(depends_on.split())
        ),
    }
    return Layer(**{**given, **changes})


def resource(
    kind: str, name: str, namespace: str | None = "apps", api_version: str = "v1", **changes: Any
) -> Resource:
    """An object of a layer."""
    return Resource(
        api_version, kind, namespace, name, **{"file": f"apps/{name}.yaml", "line": 4, **changes}
    )


def release(
    name: str, of: str, version: str | None, *, cluster: str = "prod", **changes: Any
) -> Release:
    """A Helm release of the layer `of`."""
    given: dict[str, Any] = {
        "layer": f"{cluster}/flux-system/{of}",
        "cluster": cluster,
        "namespace": "apps",
        "name": name,
        "chart": name,
        "version": version,
        "source": SourceRef(
            "HelmRepository", "flux-system", "charts", "https://charts.example.org"
        ),
        "suspended": False,
        "file": f"apps/{name}.yaml",
        "line": 2,
    }
    return Release(**{**given, **changes})


def platform(*layers: Layer, **parts: Any) -> Platform:
    """A platform of the layers, with their clusters, and whatever else is given."""
    clusters = tuple(
        Cluster(
            name,
            f"clusters/{name}",
            Entry(EntryKind.BOOTSTRAP, f"clusters/{name}/flux-system/gotk-sync.yaml", 17),
        )
        for name in sorted({item.cluster for item in layers})
    )
    ordered = with_waves(tuple(sorted(layers, key=lambda item: item.id)))
    return Platform(**{"repository": REPOSITORY, "clusters": clusters, "layers": ordered, **parts})


def whole() -> Platform:
    """Two clusters with one of everything that a page can show."""
    apps = layer(
        "apps",
        "infra ?gone",
        description="What the teams run.\n\nSee `docs`, or https://wiki.example.org/apps.",
        remarks=(Remark("spec.prune", "never delete customers' data", 9),),
        health=Health(
            checks=(
                HealthCheck("apps/v1", "Deployment", "apps", "web", "clusters/prod/apps.yaml", 20),
            )
        ),
        interval="10m",
        prune=True,
        resources=(
            resource(
                "Deployment",
                "web",
                api_version="apps/v1",
                changed_by=(FieldChange("spec.replicas", "3", "overlays/prod/patch.yaml", 7, "1"),),
            ),
            resource("ConfigMap", "web-config-abc123", generated=True),
            resource("HelmRelease", "podinfo", api_version="helm.toolkit.fluxcd.io/v2"),
            resource("HTTPRoute", "web", api_version="gateway.networking.k8s.io/v1"),
            resource("Namespace", "apps", None, cluster_scoped=True),
        ),
        substitute_from=(
            SubstituteFrom(
                "ConfigMap",
                "vars",
                False,
                Location("clusters/prod/vars.yaml", 1),
                "clusters/prod/apps.yaml",
                14,
            ),
        ),
    )
    infra = layer(
        "infra",
        health=Health(wait=True),
        resources=(resource("Namespace", "apps", None, cluster_scoped=True),),
    )
    paused = layer(
        "paused",
        "apps",
        suspended=True,
        status=LayerStatus.PARTIAL,
        reason="a remote base is not in this repository: `https://x.example.org`",
    )
    staging = layer(
        "apps", cluster="staging", status=LayerStatus.FAILED, reason="kustomize refuses it"
    )
    used = VariableUse("apps/web.yaml", 12, "https://web.${domain}", "https://web.example.org")
    return platform(
        apps,
        infra,
        paused,
        staging,
        releases=(
            release(
                "podinfo",
                "apps",
                "6.7.1",
                version_set_at=Location("overlays/prod/patch.yaml", 5),
                version_was="6.5.0",
                version_was_at=Location("apps/podinfo.yaml", 9),
                values=(ChartValue("replicaCount", "2", "apps/podinfo.yaml", 20), ChartValue("password", None, "apps/podinfo.yaml", 21)),
                depends_on=(("apps", "missing"),),
            ),
            release("podinfo", "apps", "6.7.0", cluster="staging"),
        ),
        images=(Image("prod/flux-system/apps", "ghcr.io/example/web:1.2.3", "apps/web.yaml", 8, "Deployment apps/web"),),
        sources=(Source("prod", "prod/flux-system/infra", "HelmRepository", "flux-system", "charts", "https://charts.example.org", None, "infra/charts.yaml", 1),),
        variables=(
            Variable(
                "prod",
                "prod/flux-system/apps",
                "domain",
                VariableStatus.CONFIGMAP,
                "example.org",
                Location("clusters/prod/vars.yaml", 6),
                "ConfigMap flux-system/vars",
                (Override(VariableStatus.INLINE, "example.com", Location("clusters/prod/apps.yaml", 16)),),
                (used,),
            ),
            Variable("prod", "prod/flux-system/apps", "token", VariableStatus.SECRET, None, None, "Secret flux-system/tokens"),
            Variable("staging", "staging/flux-system/apps", "domain", VariableStatus.UNDEFINED, used_at=(used,)),
        ),
        alerts=(
            Alert("rule", "prod", "apps", "web", "WebDown", "critical", "prod/flux-system/apps", "apps/rules.yaml", 7, RunbookLink("missing"), "up == 0", "10m"),
            Alert(
                "flux", "prod", "flux-system", None, "oncall", "error", "prod/flux-system/infra", "infra/alert.yaml", 1, RunbookLink("missing"),
                provider="chat", event_sources=(EventSource("Kustomization", "flux-system", "*"),),
            ),
        ),
        providers=(Provider("prod", "prod/flux-system/infra", "flux-system", "chat", "slack", "#alerts", "chat-token", "infra/alert.yaml", 20),),
        orphans=(Orphan("old/thing.yaml", "ConfigMap", "thing", 1),),
        findings=(
            Finding("dependency-unknown", Severity.ERROR, "`apps` depends on flux-system/gone, which does not exist", "clusters/prod/apps.yaml", 11, ("prod/flux-system/apps",)),
            Finding("orphan", Severity.INFO, "ConfigMap thing is defined but no layer applies it", "old/thing.yaml", 1),
        ),
    )  # fmt: skip


PAYLOADS = (
    "<script>alert('CANARY')</script>",
    "<img src=x onerror=alert(1)>",
    "</td></tr></table></article><h1>owned</h1>",
    "[x](javascript:alert(3)) <javascript:alert(5)>",
    '" onmouseover="alert(6)',
    "{{ config }} {% include 'x' %} ${x}",
    "`tick` | pipe ]]> &lt;b&gt;",
    'x"]\n  click n0 href "javascript:alert(7)"',
    "bad\x00\x1b[31m\u202etxt",
    "../../../../etc",
)


def hostile(payload: str) -> Platform:
    """A platform in which every text of a manifest is the payload."""
    place = Location(payload, 1)
    identity = f"{payload}/{payload}/{payload}"
    source = SourceRef(payload, payload, payload, payload)
    cluster = Cluster(payload, payload, Entry(EntryKind.CONFIGURED, payload, 1), payload)
    one = Layer(
        id=identity, cluster=payload, namespace=payload, name=payload, file=payload, line=1, parent=None, path=payload, directory=payload,
        source=source, status=LayerStatus.PARTIAL, reason=payload, suspended=True, wave=1,
        depends_on=(Dependency(payload, payload, None, payload, payload, 1, payload),),
        health=Health(checks=(HealthCheck(payload, payload, payload, payload, payload, 1),)),
        resources=(Resource(payload, payload, payload, payload, payload, 1, partial=payload, changed_by=(FieldChange(payload, payload, payload, 1, payload),)),),
        description=payload, remarks=(Remark("spec.prune", payload, 1), Remark(payload, payload, 1)), interval=payload, timeout=payload,
        target_namespace=payload, service_account=payload, decryption=payload, remote_cluster=payload,
        substitute_from=(SubstituteFrom(payload, payload, True, None, payload, 1),), changed_by=(FieldChange(payload, payload, payload, 1, payload),),
    )  # fmt: skip
    return Platform(
        Repository(f"https://x/{payload}", payload, payload, payload),
        (cluster,),
        (one,),
        (
            Release(
                identity, payload, payload, payload, payload, payload, source, True, payload, 1, place, payload, place, payload, payload,
                ((payload, payload),), (payload,), (ChartValue(payload, payload, payload, 1),), payload, payload, payload, payload,
            ),
        ),
        (Image(identity, payload, payload, 1, payload),),
        (Source(payload, identity, payload, payload, payload, payload, payload, payload, 1, payload, payload),),
        (
            Variable(
                payload, identity, payload, VariableStatus.INLINE, payload, place, payload,
                (Override(VariableStatus.INLINE, payload, place),), (VariableUse(payload, 1, payload, payload),),
            ),
        ),
        (
            Alert("rule", payload, payload, payload, payload, payload, identity, payload, 1, RunbookLink("own", payload), payload, payload, payload, payload, payload),
            Alert(
                "flux", payload, payload, payload, payload, payload, identity, payload, 1, RunbookLink("missing"), summary=payload,
                provider=payload, event_sources=(EventSource(payload, payload, payload, ((payload, payload),)),),
            ),
        ),
        (Provider(payload, identity, payload, payload, payload, payload, payload, payload, 1),),
        (),
        (Orphan(payload, payload, payload),),
        (Finding(payload, Severity.ERROR, payload, payload, 1, (identity,)),),
        (Commit(payload, payload, payload, payload, (payload,)),),
        (
            Secret(payload, identity, payload, payload, payload, Protection.PLAIN, (payload,), payload, 1, ((payload, place),), payload),
            Secret("", "", payload, payload, payload, Protection.SOPS, (payload,), payload, 1),
        ),
        directories=(Directory("", 1, payload, payload), *(Directory(path, 1, payload, payload) for path in _parents(payload))),
        owners=(Ownership(payload, (payload,)),),
        has_owners=True,
    )  # fmt: skip


def _parents(path: str) -> list[str]:
    """A path and every directory above it."""
    parts = path.split("/")
    return sorted({"/".join(parts[: end + 1]) for end in range(len(parts))} - {""})
