"""Where the value of a variable comes from: precedence, secrets, what Git does not hold, and the
status of every `${...}`."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.model import LayerStatus, Platform, Variable
from gitops_docs.settings.options import Settings, VariableSetting
from tests.support.scanning import config_map, flux, layer, scanned

ROOT = {"clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a")}
FROM = (
    "postBuild: {substituteFrom: [{kind: ConfigMap, name: one}, {kind: ConfigMap, name: two}], "
    "substitute: {C: inline}}"
)


def platform(
    root: Path, text: str, spec: str, settings: Settings | None = None, **more: str
) -> Platform:
    """A layer `apps` with one file and this `postBuild`; `more` are files of the cluster."""
    extra = {f"clusters/a/{name}.yaml": content for name, content in more.items()}
    files = {
        **ROOT,
        "clusters/a/apps.yaml": flux("apps", "./apps", spec),
        "apps/map.yaml": text,
        **extra,
    }
    return scanned(root, files, settings)


def variable(found: Platform, name: str) -> Variable:
    """The row of a variable in the layer `apps`."""
    (row,) = [
        one for one in found.variables if one.name == name and one.layer == "a/flux-system/apps"
    ]
    return row


def test_later_sources_win_and_inline_wins_over_all(tmp_path: Path) -> None:
    """What loses is kept with its place."""
    found = platform(
        tmp_path,
        config_map("x-${A}-${B}-${C}"),
        FROM,
        one=config_map("one", "flux-system", A="a1", B="b1", C="c1"),
        two=config_map("two", "flux-system", B="b2", C="c2"),
    )
    assert [item.name for item in layer(found, "apps").resources] == ["x-a1-b2-inline"]
    row = variable(found, "C")
    assert (row.status.value, row.value, str(row.defined_at)) == (
        "inline",
        "inline",
        "clusters/a/apps.yaml:5",
    )
    assert [(lost.status.value, lost.value, str(lost.defined_at)) for lost in row.overridden] == [
        ("configmap", "c1", "clusters/a/one.yaml:8"),
        ("configmap", "c2", "clusters/a/two.yaml:7"),
    ]
    assert variable(found, "B").provider == "ConfigMap flux-system/two"


def test_only_the_own_namespace_counts(tmp_path: Path) -> None:
    """A ConfigMap of that name in another namespace is another one: the variables are unknown, not
    undefined."""
    spec = "postBuild: {substituteFrom: [{kind: ConfigMap, name: one}]}"
    found = platform(
        tmp_path, config_map("x", v='"${A}"'), spec, one=config_map("one", "elsewhere", A="a")
    )
    assert layer(found, "apps").status is LayerStatus.PARTIAL
    assert variable(found, "A").status.value == "external"
    assert not [one for one in found.findings if one.code == "variable-undefined"]


def test_variables_of_a_later_layer(tmp_path: Path) -> None:
    """The order of the walk is not the order of use: a ConfigMap that a deeper layer applies
    counts."""
    found = scanned(
        tmp_path,
        {
            **ROOT,
            "clusters/a/a-apps.yaml": flux(
                "apps", "./apps", "postBuild: {substituteFrom: [{kind: ConfigMap, name: v}]}"
            ),
            "clusters/a/b-vars.yaml": flux("vars", "./vars"),
            "apps/map.yaml": config_map("x-${A}"),
            "vars/map.yaml": config_map("v", "flux-system", A="late"),
        },
    )
    assert [item.name for item in layer(found, "apps").resources] == ["x-late"]


def test_a_generated_config_map_of_variables(tmp_path: Path) -> None:
    """Variables from a generator: a kustomization with `disableNameSuffixHash`, an env file of
    values."""
    found = scanned(
        tmp_path,
        {
            **ROOT,
            "clusters/a/kustomization.yaml": "kind: Kustomization\nresources: [apps.yaml, flux-system/gotk-sync.yaml]\n"
            "configMapGenerator:\n- {name: v, namespace: flux-system, envs: [vars.env]}\n"
            "generatorOptions: {disableNameSuffixHash: true}\n",
            "clusters/a/vars.env": "# comment\nA=from-env\n",
            "clusters/a/apps.yaml": flux(
                "apps", "./apps", "postBuild: {substituteFrom: [{kind: ConfigMap, name: v}]}"
            ),
            "apps/map.yaml": config_map("x-${A}"),
        },
    )
    assert [item.name for item in layer(found, "apps").resources] == ["x-from-env"]
    assert str(variable(found, "A").defined_at) == "clusters/a/vars.env:2"


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: flux-system}\n"


@pytest.mark.parametrize(
    ("secret", "names"),
    [
        (SECRET + "stringData: {A: hunter2}\n", ["ConfigMap x"]),
        (SECRET + "data: {A: aHVudGVyMg==}\n", ["ConfigMap x"]),
        (
            SECRET
            + "stringData: {A: 'ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]'}\nsops: {mac: m}\n",
            ["ConfigMap x"],
        ),
    ],
    ids=["stringData", "data", "sops"],
)
def test_values_of_secrets_are_never_shown(tmp_path: Path, secret: str, names: list[str]) -> None:
    """The variable is a secret one, its use is listed, its value is nowhere."""
    spec = "postBuild: {substituteFrom: [{kind: Secret, name: s}]}"
    found = platform(tmp_path, config_map("x", v='"is ${A}"'), spec, secret=secret)
    row = variable(found, "A")
    assert (row.status.value, row.value, row.provider) == ("secret", None, "Secret flux-system/s")
    assert [(use.file, use.line, use.becomes) for use in row.used_at] == [
        ("apps/map.yaml", 6, None)
    ]
    assert names == [f"{item.kind} {item.name}" for item in layer(found, "apps").resources]
    assert "hunter2" not in repr(found) and "aHVudGVyMg" not in repr(found)


def test_a_name_made_from_a_secret(tmp_path: Path) -> None:
    """The object keeps the expression as its name, and the layer is partial."""
    spec = "postBuild: {substituteFrom: [{kind: Secret, name: s}]}"
    found = platform(
        tmp_path, config_map("x-${A}"), spec, secret=SECRET + "stringData: {A: hunter2}\n"
    )
    assert layer(found, "apps").status is LayerStatus.PARTIAL
    assert [item.name for item in layer(found, "apps").resources] == ["x-${A}"]
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("optional", ["", ", optional: true"])
def test_a_source_that_is_not_in_git(tmp_path: Path, optional: str) -> None:
    """Something outside Git makes it: any name may be in it, so nothing is undefined; defaults are
    what they say."""
    spec = (
        f"postBuild: {{substituteFrom: [{{kind: ConfigMap, name: made-by-terraform{optional}}}]}}"
    )
    found = platform(tmp_path, config_map("x-${B:=d}", v='"${A}"'), spec)
    apps = layer(found, "apps")
    assert apps.status is LayerStatus.PARTIAL
    assert apps.reason is not None and "${A}" in apps.reason
    assert [item.name for item in apps.resources] == ["x-d"]
    assert variable(found, "A").status.value == "external"
    assert variable(found, "B").status.value == "default"
    assert not [one for one in found.findings if one.code == "variable-undefined"]


def test_declared_variables(tmp_path: Path) -> None:
    """The setting `variables` names what is made outside Git; others stay undefined."""
    spec = "postBuild: {substitute: {X: x}}"
    found = platform(
        tmp_path,
        config_map("x", v='"${A} ${B}"'),
        spec,
        Settings(variables=(VariableSetting("A"),)),
    )
    assert variable(found, "A").status.value == "external"
    assert [
        one.message.split("`")[1] for one in found.findings if one.code == "variable-undefined"
    ] == ["${B}"]


def test_the_status_of_every_expression(tmp_path: Path) -> None:
    """Inline, ConfigMap, default, escaped, disabled, undefined: each `${...}` has one."""
    text = (
        config_map(
            "x",
            a='"${INLINE}"',
            b='"${MAP}"',
            c='"${DEFAULT:-d}"',
            d='"$${ESCAPED}"',
            e='"${NOWHERE}"',
        )
        + "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: off\n"
        + "  labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}\ndata: {f: '${OFF}'}\n"
    )
    spec = (
        "postBuild: {substituteFrom: [{kind: ConfigMap, name: one}], substitute: {INLINE: i, "
        "UNUSED: u}}"
    )
    found = platform(
        tmp_path,
        text,
        spec,
        Settings(flux_version="2.8"),
        one=config_map("one", "flux-system", MAP="m", SPARE="s"),
    )
    rows = {
        one.name: (one.status.value, one.value)
        for one in found.variables
        if one.layer.endswith("/apps")
    }
    assert rows == {
        "DEFAULT": ("default", "d"),
        "ESCAPED": ("escaped", None),
        "INLINE": ("inline", "i"),
        "MAP": ("configmap", "m"),
        "NOWHERE": ("undefined", None),
        "OFF": ("disabled", None),
        "UNUSED": ("inline", "u"),
    }
    assert {one.name: one.used_at[0].becomes for one in found.variables if one.used_at} == {
        "DEFAULT": "d",
        "ESCAPED": "${ESCAPED}",
        "INLINE": "i",
        "MAP": "m",
        "NOWHERE": "",
        "OFF": "${OFF}",
    }


def test_a_value_that_is_an_expression_of_an_unknown_one(tmp_path: Path) -> None:
    """A ConfigMap of variables whose own values are not known gives unknown values, not their
    expressions."""
    found = scanned(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-sync.yaml": flux(
                "flux-system",
                "./clusters/a",
                "postBuild: {substituteFrom: [{kind: Secret, name: outside}]}",
            ),
            "clusters/a/vars.yaml": config_map(
                "v", "flux-system", DOMAIN='"${SECRET_DOMAIN}"', PLAIN="p"
            ),
            "clusters/a/apps.yaml": flux(
                "apps", "./apps", "postBuild: {substituteFrom: [{kind: ConfigMap, name: v}]}"
            ),
            "apps/map.yaml": config_map("x-${PLAIN}", host='"www.${DOMAIN}"'),
        },
    )
    apps = layer(found, "apps")
    assert [item.name for item in apps.resources] == ["x-p"]
    assert apps.status is LayerStatus.PARTIAL
    assert variable(found, "DOMAIN").value is None


def test_an_expression_of_itself(tmp_path: Path) -> None:
    """`A: ${A}` inline wins over substituteFrom with its literal text: a finding at that line."""
    spec = "postBuild: {substituteFrom: [{kind: ConfigMap, name: one}], substitute: {A: '${A}'}}"
    found = platform(
        tmp_path, config_map("x", v='"${A}"'), spec, one=config_map("one", "flux-system", A="a")
    )
    (finding,) = [one for one in found.findings if one.code == "variable-self-reference"]
    assert (finding.file, finding.line) == ("clusters/a/apps.yaml", 5)


def test_variables_that_a_webhook_adds(tmp_path: Path) -> None:
    """Where a webhook gives every Kustomization variables, one that stands nowhere is external, not
    undefined."""
    files = {
        "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
        "clusters/a/apps.yaml": flux("apps", "./apps", "postBuild: {substitute: {A: a}}"),
        "clusters/a/webhook.yaml": flux("webhook", "./webhook"),
        "apps/map.yaml": config_map("x", v="${DOMAIN}"),
        "webhook/release.yaml": (
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: w, "
            "namespace: flux-system}\n"
            "spec: {interval: 1h, chartRef: {kind: OCIRepository, name: "
            "kustomize-mutating-webhook}}\n"
        ),
    }
    platform = scanned(tmp_path, files)
    assert not [one for one in platform.findings if one.code == "variable-undefined"]
    assert layer(platform, "apps").status is LayerStatus.PARTIAL


def test_a_value_that_whatever_applies_the_layer_replaces(tmp_path: Path) -> None:
    """`A: ${A}` below a guessed root is how people hand a variable on: its value is not known, and
    nothing is wrong."""
    files = {
        "clusters/a/apps.yaml": flux("apps", "./apps", "postBuild: {substitute: {A: '${A}'}}"),
        "apps/map.yaml": config_map("x", v="${A}"),
    }
    platform = scanned(tmp_path, files)
    assert not [
        one
        for one in platform.findings
        if one.code in ("variable-self-reference", "variable-undefined")
    ]
    assert layer(platform, "apps").status is LayerStatus.PARTIAL
