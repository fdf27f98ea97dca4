"""Secrets that layers take variables from and that controllers make in the cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.model import LayerStatus
from gitops_docs.scanner.scanner import scan
from gitops_docs.settings.options import ClusterSetting, Settings, VariableSetting

PROD = Settings(clusters=(ClusterSetting("prod", "clusters/prod"),))

FILES = {
    "clusters/prod/apps.yaml": """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 10m
  path: ./apps
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
    substituteFrom:
      - {kind: Secret, name: vault}
      - {kind: Secret, name: sealed}
      - {kind: Secret, name: by-hand}
""",
    "clusters/prod/secrets.yaml": """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: anything, namespace: flux-system}
spec:
  target: {name: vault}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: sealed, namespace: flux-system}
spec: {encryptedData: {}}
""",
    "apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: apps}\n",
}


def test_what_makes_a_secret_is_known(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """An ExternalSecret or SealedSecret stands for the Secret that it makes; only what nothing
    makes is a finding."""
    found = scan(repository(FILES), Settings(clusters=(ClusterSetting("prod", "clusters/prod"),)))
    [apps] = [layer for layer in found.layers if layer.name == "apps"]
    assert [(item.name, item.made_by, str(item.found)) for item in apps.substitute_from] == [
        ("vault", "ExternalSecret flux-system/anything", "clusters/prod/secrets.yaml:1"),
        ("sealed", "SealedSecret flux-system/sealed", "clusters/prod/secrets.yaml:7"),
        ("by-hand", None, "None"),
    ]
    messages = [
        finding.message for finding in found.findings if finding.code == "substitute-from-unknown"
    ]
    assert len(messages) == 1 and "Secret flux-system/by-hand" in messages[0]


def cluster(files: Mapping[str, str], names: list[tuple[str, str]]) -> dict[str, str]:
    """A cluster whose layer takes variables from these objects and uses `${DOMAIN}`."""
    entries = "".join(f"      - {{kind: {kind}, name: {name}}}\n" for kind, name in names)
    apps = FILES["clusters/prod/apps.yaml"].partition("      - {kind")[0] + entries
    web = FILES["apps/web.yaml"] + 'data: {domain: "${DOMAIN}"}\n'
    return {"clusters/prod/apps.yaml": apps, "apps/web.yaml": web, **files}


COPIES = {
    "reflector": "metadata: {name: vars, namespace: base, annotations: {reflector.v1.k8s.emberstack.com/reflection-auto-enabled: 'true'}}",
    "replicator": "metadata: {name: vars, namespace: base, annotations: {replicator.v1.mittwald.de/replicate-to: 'apps,flux-.*'}}",
    "syncer": "metadata: {name: vars, namespace: base, annotations: {kubed.appscode.com/sync: ''}}",
}
KYVERNO = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: sync}
spec:
  rules: [{name: a, generate: {kind: ConfigMap, name: vars, clone: {namespace: base, name: origin}}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: origin, namespace: base}
data: {DOMAIN: example.org}
"""


@pytest.mark.parametrize("how", [*COPIES, "kyverno"])
def test_what_another_controller_copies(
    repository: Callable[[Mapping[str, str]], Path], how: str
) -> None:
    """The copy has the values of the object that is copied, and is not an object that nothing
    makes."""
    text = (
        KYVERNO
        if how == "kyverno"
        else f"apiVersion: v1\nkind: ConfigMap\n{COPIES[how]}\ndata: {{DOMAIN: example.org}}\n"
    )
    files = cluster({"clusters/prod/vars.yaml": text}, [("ConfigMap", "vars")])
    found = scan(repository(files), PROD)
    [apps] = [layer for layer in found.layers if layer.name == "apps"]
    assert str(apps.substitute_from[0].made_by).startswith("a copy of ConfigMap base/")
    assert [variable.value for variable in found.variables] == ["example.org"]
    assert not [one for one in found.findings if one.code == "substitute-from-unknown"]


def test_a_copy_for_other_namespaces(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """It is not there."""
    text = (
        f"apiVersion: v1\nkind: "
        f"ConfigMap\n{COPIES['replicator'].replace('apps,flux-.*', 'apps,flux')}\ndata: {{DOMAIN: "
        f"x}}\n"
    )
    found = scan(
        repository(cluster({"clusters/prod/vars.yaml": text}, [("ConfigMap", "vars")])), PROD
    )
    assert [one.code for one in found.findings if one.code == "substitute-from-unknown"]


MAKERS = [
    "external-secrets.io/v1\nkind: ClusterExternalSecret\nmetadata: {name: x}\nspec: "
    "{externalSecretName: vars}",
    "external-secrets.io/v1\nkind: ClusterExternalSecret\nmetadata: {name: x}\nspec: "
    "{externalSecretSpec: {target: {name: vars}}}",
    "onepassword.com/v1\nkind: OnePasswordItem\nmetadata: {name: vars, namespace: flux-system}",
    "secrets.doppler.com/v1alpha1\nkind: DopplerSecret\nmetadata: {name: x, namespace: "
    "flux-system}\nspec: {managedSecret: {name: vars}}",
    "cert-manager.io/v1\nkind: Certificate\nmetadata: {name: x, namespace: flux-system}\nspec: "
    "{secretName: vars}",
]  # fmt: skip


@pytest.mark.parametrize("maker", MAKERS)
def test_other_makers(repository: Callable[[Mapping[str, str]], Path], maker: str) -> None:
    """Controllers of secret stores make a Secret by the name that they are given."""
    files = cluster({"clusters/prod/maker.yaml": f"apiVersion: {maker}\n"}, [("Secret", "vars")])
    found = scan(repository(files), PROD)
    [apps] = [layer for layer in found.layers if layer.name == "apps"]
    assert apps.substitute_from[0].made_by is not None
    assert not [one for one in found.findings if one.code == "substitute-from-unknown"]


@pytest.mark.parametrize(
    ("told", "value"),
    [
        (VariableSetting("DOMAIN", "one.example"), "one.example"),
        (VariableSetting("DOMAIN", "one.example", cluster="prod"), "one.example"),
        (
            VariableSetting("vars", None, "ConfigMap", "flux-system", (("DOMAIN", "two.example"),)),
            "two.example",
        ),
        (
            VariableSetting(
                "vars", None, "ConfigMap", "flux-system", (("DOMAIN", "x"),), cluster="other"
            ),
            None,
        ),
        (VariableSetting("DOMAIN", "one.example", cluster="other"), None),
    ],
)
def test_sample_values(
    repository: Callable[[Mapping[str, str]], Path], told: VariableSetting, value: str | None
) -> None:
    """What the user tells of objects outside Git makes layers whole, on the clusters that have
    them."""
    files = cluster({}, [("ConfigMap", "vars")])
    found = scan(repository(files), Settings(clusters=PROD.clusters, variables=(told,)))
    [apps] = [layer for layer in found.layers if layer.name == "apps"]
    assert apps.status is (LayerStatus.RENDERED if value else LayerStatus.PARTIAL)
    assert [variable.value for variable in found.variables] == [value]


def test_git_wins_over_what_is_told(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """A sample value counts where Git has none; that of a Secret is never shown."""
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: flux-system}\ndata: "
        "{DOMAIN: git.example}\n"
    )
    told = VariableSetting("vars", None, "ConfigMap", "flux-system", (("DOMAIN", "sample"),))
    files = cluster({"clusters/prod/vars.yaml": text}, [("ConfigMap", "vars")])
    found = scan(
        repository(files),
        Settings(clusters=PROD.clusters, variables=(told, VariableSetting("DOMAIN", "y"))),
    )
    assert [variable.value for variable in found.variables] == ["git.example"]
    secret = VariableSetting(
        "safe", None, "Secret", "flux-system", (("DOMAIN", "hunter2-hunter2"),)
    )
    found = scan(
        repository(cluster({}, [("Secret", "safe")])),
        Settings(clusters=PROD.clusters, variables=(secret,)),
    )
    assert "hunter2" not in repr(found) and [
        layer.status for layer in found.layers if layer.name == "apps"
    ] == [LayerStatus.RENDERED]
