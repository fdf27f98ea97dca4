"""ResourceSets: what flux-operator makes of them, as far as the inputs stand in the repository."""

from __future__ import annotations

import textwrap
import zlib
from pathlib import Path
from typing import Any

import pytest

from gitops_docs.flux.resourcesets import expand
from gitops_docs.model import LayerStatus, Platform
from gitops_docs.scanner.scanner import Scanner, scan
from gitops_docs.settings.options import Settings
from tests.support.scanning import config_map, flux, inventory, layer, scanned, write

ROOT = {"clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a")}


def resource_set(spec: str, name: str = "set", namespace: str = "flux-system") -> str:
    """A ResourceSet in YAML."""
    return (
        f"---\napiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSet\nmetadata: {{name: {name}, "
        f"namespace: {namespace}}}\n"
        f"spec:\n{textwrap.indent(textwrap.dedent(spec).strip(), '  ')}\n"
    )


def provider(name: str, spec: str, labels: str = "{}") -> str:
    """A ResourceSetInputProvider in YAML."""
    return (
        "---\napiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSetInputProvider\n"
        f"metadata: {{name: {name}, namespace: flux-system, labels: {labels}}}\nspec: {spec}\n"
    )


def of(root: Path, text: str, settings: Settings | None = None, **files: str) -> Platform:
    """A cluster whose root layer holds these objects."""
    extra = {name.replace("__", "/") + ".yaml": content for name, content in files.items()}
    return scanned(root, {**ROOT, "clusters/a/set.yaml": text, **extra}, settings)


def made(platform: Platform, name: str = "flux-system") -> list[str]:
    """`Kind namespace/name` of what ResourceSets make in a layer."""
    return [item.label for item in layer(platform, name).resources if item.made_by]


EMPTY = "resources: []"

NAMESPACES = """
inputs:
- {tenant: blue, role: admin}
- {tenant: green, role: view}
resources:
- apiVersion: v1
  kind: Namespace
  metadata: {name: << inputs.tenant >>}
- apiVersion: v1
  kind: ServiceAccount
  metadata:
    name: flux
    namespace: << inputs.tenant >>
    annotations:
      fluxcd.controlplane.io/reconcile: << if eq inputs.role "admin" >>enabled<< else >>disabled<< end >>
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: shared, namespace: tenants}
"""


def test_a_template_for_each_set_of_inputs(tmp_path: Path) -> None:
    """What comes out twice counts once, what is disabled is left out."""
    platform = of(tmp_path, resource_set(NAMESPACES))
    assert made(platform) == [
        "ConfigMap tenants/shared",
        "Namespace blue",
        "Namespace green",
        "ServiceAccount blue/flux",
    ]
    found = next(
        item for item in layer(platform, "flux-system").resources if item.label == "Namespace green"
    )
    assert found.made_by == "ResourceSet flux-system/set"
    assert found.generated
    assert (found.file, found.line) == ("clusters/a/set.yaml", 10)


def test_the_inventory_keeps_them_apart(tmp_path: Path) -> None:
    """`resources` is what the layer applies itself; `made_resources` what comes of it, with what
    makes it."""
    document = inventory(of(tmp_path, resource_set(NAMESPACES)))
    (root,) = document["layers"]
    assert [item["kind"] for item in root["resources"]] == ["Kustomization", "ResourceSet"]
    assert {item["made_by"] for item in root["made_resources"]} == {"ResourceSet flux-system/set"}


TEMPLATE = """
inputs:
- bundle: addons
  decryption: false
  components: [ingress, certs]
- {bundle: apps, decryption: true, components: [front]}
resourcesTemplate: |
  ---
  apiVersion: source.toolkit.fluxcd.io/v1
  kind: OCIRepository
  metadata:
    name: << inputs.bundle >>
    namespace: flux-system
  spec: {url: "oci://registry.example/<< inputs.bundle >>"}
  <<- range $component := inputs.components >>
  ---
  apiVersion: kustomize.toolkit.fluxcd.io/v1
  kind: Kustomization
  metadata:
    name: << $component >>
    namespace: flux-system
  spec:
    <<- if inputs.decryption >>
    decryption: {provider: sops}
    <<- end >>
    sourceRef: {kind: OCIRepository, name: << inputs.bundle >>}
    path: ./<< $component >>
  <<- end >>
"""


def test_layers_made_by_a_template(tmp_path: Path) -> None:
    """Kustomizations among the objects are walked; a setting says where their source lies."""
    write(
        tmp_path / "bundles",
        {"ingress/map.yaml": config_map("ingress"), "certs/map.yaml": config_map("certs")},
    )
    settings = Settings(sources={"addons": "../bundles"})
    platform = of(tmp_path / "fleet", resource_set(TEMPLATE), settings)
    assert [(one.name, one.status) for one in platform.layers] == [
        ("certs", LayerStatus.RENDERED),
        ("flux-system", LayerStatus.RENDERED),
        ("front", LayerStatus.EXTERNAL),
        ("ingress", LayerStatus.RENDERED),
    ]
    certs = layer(platform, "certs")
    assert certs.parent == "a/flux-system/flux-system"
    assert certs.directory == "../bundles/certs"
    assert (certs.decryption, layer(platform, "front").decryption) == (None, "sops")
    assert [source.name for source in platform.sources] == ["addons", "apps"]


def test_without_inputs(tmp_path: Path) -> None:
    """A ResourceSet may have none: its resources are applied once, with the metadata that all
    get."""
    text = resource_set(
        "commonMetadata: {labels: {team: x}}\nresources: [{apiVersion: v1, kind: Namespace, "
        "metadata: {name: a}}]"
    )
    assert made(of(tmp_path, text)) == ["Namespace a"]


def test_static_providers(tmp_path: Path) -> None:
    """Static providers give one set each, by name or by labels, after the ResourceSet's own inputs
    and in the order of their names."""
    sets = """
    inputs: [{name: own}]
    inputsFrom: [{name: two}, {selector: {matchLabels: {set: "yes"}, matchExpressions: [{key: off, operator: DoesNotExist}]}}]
    resources:
    - apiVersion: v1
      kind: ConfigMap
      metadata: {name: "<< inputs.provider.name >>-<< inputs.name >>", namespace: flux-system}
    """
    providers = (
        provider("two", "{type: Static, defaultValues: {name: second}}")
        + provider("one", "{type: Static, defaultValues: {name: first}}", "{set: 'yes'}")
        + provider(
            "off", "{type: Static, defaultValues: {name: never}}", "{set: 'yes', off: 'yes'}"
        )
    )
    platform = of(tmp_path, resource_set(sets), clusters__a__z_providers=providers)
    assert made(platform) == [
        "ConfigMap flux-system/one-first",
        "ConfigMap flux-system/set-own",
        "ConfigMap flux-system/two-second",
    ]


def test_permuted_inputs(tmp_path: Path) -> None:
    """With the strategy Permute every set of one provider meets every set of the others, below the
    name of its provider."""
    sets = """
    inputStrategy: {name: Permute}
    inputs: [{env: dev}, {env: prod}]
    inputsFrom: [{name: Image.Tags}]
    resources:
    - apiVersion: v1
      kind: ConfigMap
      metadata: {name: "<< inputs.my_set.env >>-<< inputs.image_tags.tag >>", namespace: flux-system}
    """
    text = resource_set(sets, name="my-set") + provider(
        "Image.Tags", "{type: Static, defaultValues: {tag: v1}}"
    )
    assert made(of(tmp_path, text)) == [
        "ConfigMap flux-system/dev-v1",
        "ConfigMap flux-system/prod-v1",
    ]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (f"inputsFrom: [{{name: pulls}}]\n{EMPTY}", "come from outside Git (GitHubPullRequest)"),
        (f"inputsFrom: [{{name: gone}}]\n{EMPTY}", "the ResourceSetInputProvider `gone` of its inputs is not in the repository"),
        (f"inputsFrom: [{{selector: {{matchLabels: {{x: y}}}}}}]\n{EMPTY}", "no ResourceSetInputProvider that its selector means"),
        ("inputsFrom: [{name: fixed}]\nresources: [{apiVersion: v1, kind: Namespace, metadata: {name: << inputs.id >>}}]", "the cluster"),
        ("inputsFrom: [{name: fixed}]\nresourcesTemplate: '<< inputs.id | quote >>'", "depends on the cluster"),
        ("inputsFrom: [{name: fixed}]\nresourcesTemplate: '<< if inputs.id >>a: b<< end >>'", "depends on the cluster"),
        ("inputsFrom: [{name: fixed}]\nresourcesTemplate: 'a: << inputs >>'", "depends on the cluster"),
        ("inputsFrom: [{name: fixed}]\nresourcesTemplate: 'a: << inputs | toYaml >>'", "depends on the cluster"),
        ("inputsFrom: [{name: fixed}]\nresourcesTemplate: '<< range inputs.id >>a: b<< end >>'", "depends on the cluster"),
        (f"inputsFrom: [{{name: artifacts}}]\n{EMPTY}", "no ArtifactGenerator here makes"),
        ("resourcesTemplate: '<< typeOf 1 >>'", "the function `typeOf` is not known here"),
    ],
)  # fmt: skip
def test_what_is_not_known(tmp_path: Path, spec: str, reason: str) -> None:
    """The layer is partial, with the ResourceSet and the reason by name."""
    text = (
        resource_set(spec)
        + provider("pulls", "{type: GitHubPullRequest, url: 'https://git.example/x'}")
        + provider("fixed", "{type: Static, defaultValues: {a: b}}")
        + provider("artifacts", "{type: ExternalArtifact, selectors: [{name: gone}]}")
    )
    root = layer(of(tmp_path, text), "flux-system")
    assert root.status is LayerStatus.PARTIAL
    assert (
        root.reason is not None
        and root.reason.startswith("ResourceSet flux-system/set: ")
        and reason in root.reason
    )


ID = [
    ("id: << inputs.id >>", True),
    ('id: "pr-<< inputs.id >>"', True),
    ("id: << inputs.id | quote >>", True),
    ('id: << printf "pr-%s" inputs.id >>', True),
    ('id: x<< if eq inputs.id "1" >>a<< end >>', False),
    ('id: "<< inputs.id | trunc 4 >>"', False),
    ('id: "<< inputs | toJson | b64enc >>"', False),
]


@pytest.mark.parametrize("template", [False, True])
@pytest.mark.parametrize(("value", "is_made"), ID)
def test_object_with_an_id_of_the_cluster(
    tmp_path: Path, value: str, is_made: bool, template: bool
) -> None:
    """An object that prints the id is partly rendered where its name and what happens to it do not
    depend on the id."""
    body = f"""
      apiVersion: v1
      kind: ConfigMap
      metadata: {{name: "<< inputs.a >>", namespace: x}}
      data:
        {value}
    """
    text = (
        body
        if template
        else body.replace("apiVersion", "- apiVersion").replace("\n      ", "\n        ")
    )
    text = text.replace("        - apiVersion", "      - apiVersion")
    spec = f"inputsFrom: [{{name: fixed}}]\n{'resourcesTemplate: |' if template else 'resources:'}{text}"
    text = resource_set(spec) + provider("fixed", "{type: Static, defaultValues: {a: b}}")
    root = layer(of(tmp_path, text), "flux-system")
    assert root.status is LayerStatus.PARTIAL
    found = [one for one in root.resources if one.made_by]
    assert [(one.name, one.partial is not None) for one in found] == [("b", True)] * is_made


def test_inputs_of_which_only_the_defaults_are_known(tmp_path: Path) -> None:
    """Nothing is made by walking through all of them, since there are more."""
    spec = """
    inputsFrom: [{name: pulls}]
    resourcesTemplate: |
      << range $name, $value := inputs >>
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: << $name >>, namespace: x}
      << end >>
    """
    pulls = "{type: GitHubPullRequest, url: 'https://git.example/x', defaultValues: {a: b}}"
    platform = of(tmp_path, resource_set(spec) + provider("pulls", pulls))
    assert made(platform) == []
    assert layer(platform, "flux-system").status is LayerStatus.PARTIAL


STEP = "resources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: z, namespace: x}}]"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("inputs: [{a: b}, {}]\nresourcesTemplate: '# << inputs.a >>'", "`a`, which is not there"),
        ("resourcesTemplate: '[[[ << \"a\" >>'", "`resourcesTemplate` gives no valid YAML"),
        ("inputs: [{a: '{{ x }'}]\nresources: [{kind: ConfigMap, metadata: {name: << inputs.a >>}}]", "gives no valid YAML"),
        ("inputs: [{a: b}]\nresourcesTemplate: 'a: << inputs.a >>'", "a document of its `resourcesTemplate` has no `kind`"),
        ("inputs: [{a: b}]\nresourcesTemplate: << inputs.a >>", "a document of its `resourcesTemplate` has no `kind`"),
        ("resources: [{apiVersion: v1, metadata: {name: a}}]", "gives no object with a `kind`"),
        ("inputs: [{a: ''}]\nresources: [{kind: ConfigMap, metadata: {name: << inputs.a >>}}]", "gives a ConfigMap without a name"),
        ("resourcesTemplate: 'a: << inputs.a >>'", "`a`, which is not there"),
        ("inputs: [{a: b}]\nresourcesTemplate: 'a: << inputs.a.c >>'", "`c`, which is not there"),
        ("inputs: [{a: ''}]\nresourcesTemplate: '<< fail \"no\" >>'", "calls `fail`"),
        (f"steps: [{{name: one, {STEP}}}, {{name: one, {STEP}}}]", "two steps"),
        (f"steps: [{{name: one, {STEP}}}, {{name: two, {STEP}}}]", "in the steps `one` and `two`"),
        (f"steps: [{{name: one, {STEP}}}]\n{STEP}", "excludes"),
        ("steps: [{name: one}]", "neither"),
        ("inputs: [{a: b}]", "it needs `resources`"),
        (f"inputsFrom: [{{name: a, selector: {{}}}}]\n{STEP}", "either `name` or `selector`"),
        (f"inputStrategy: {{name: Mix}}\n{STEP}", "Flatten or Permute"),
    ],
)  # fmt: skip
def test_what_the_operator_refuses(tmp_path: Path, spec: str, reason: str) -> None:
    """It applies nothing of the ResourceSet, also where some of it could be made."""
    platform = of(tmp_path, resource_set(spec))
    (finding,) = [one for one in platform.findings if one.code == "resourceset-refused"]
    assert reason in finding.message and finding.file == "clusters/a/set.yaml"
    assert made(platform) == []


def test_steps_without_inputs_may_repeat_an_object_in_one_step(tmp_path: Path) -> None:
    """Only two steps must not share an object."""
    twice = STEP.replace(
        "]", ", {apiVersion: v1, kind: ConfigMap, metadata: {name: z, namespace: x}}]"
    )
    platform = of(tmp_path, resource_set(f"inputs: [{{a: b}}]\nsteps: [{{name: one, {twice}}}]"))
    assert made(platform) == ["ConfigMap x/z"]


def test_whole_numbers_are_int64(tmp_path: Path) -> None:
    """`util/json` of Kubernetes makes int64 of them; a literal of the template is an int."""
    spec = """
    inputs: [{big: 1000660000, float: 1.5, whole: 2.0, exponent: 1e3}]
    resourcesTemplate: |
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: x, namespace: flux-system}
      data:
        big: << inputs.big | quote >>
        kinds: << list (kindOf inputs.big) (kindOf inputs.float) (kindOf inputs.whole) (kindOf 5) | join "-" >>
        sum: "<< add inputs.exponent 1 >>-<< toYaml inputs.big | trim >>-<< if gt inputs.big 7 >>y<< end >>"
    """
    root = Scanner(write(tmp_path, {**ROOT, "clusters/a/set.yaml": resource_set(spec)})).analyse()
    (item,) = [one for one in root.built["a/flux-system/flux-system"].objects if one.made_by]
    assert dict(item.data["data"]) == {
        "big": "1000660000",
        "kinds": "int64-float64-int64-int",
        "sum": "1001-1000660000-y",
    }


APPS = {
    "apps__Web__map": config_map("x"),
    "apps__db__map": config_map("y"),
    "clusters__a__zz": (
        "---\napiVersion: source.extensions.fluxcd.io/v1beta1\nkind: ArtifactGenerator\n"
        "metadata: {name: apps, namespace: flux-system}\n"
        "spec:\n  commonMetadata: {labels: {kind: part}}\n"
        "  sources: [{alias: repo, kind: GitRepository, name: flux-system}]\n"
        "  pathPattern: '@repo/apps/{app}'\n"
        "  artifacts: [{name: 'app-{app}', copy: [{from: '@repo/apps/{app}/**', to: "
        "'@artifact/'}]}]\n"
    ),
}
"""A generator that makes an ExternalArtifact of each of two directories."""
OF_ARTIFACTS = """
inputsFrom: [{name: parts}]
resources:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: "<< inputs.app >>-<< inputs.name >>-<< inputs.id >>", namespace: x}
"""


@pytest.mark.parametrize(
    "selector",
    [
        "matchLabels: {kind: part}",
        "matchExpressions: [{key: kind, operator: In, values: [part]}]",
        "matchExpressions: [{key: app, operator: Exists}, {key: kind, operator: NotIn, values: [x]}]",
    ],
)
def test_inputs_from_external_artifacts(tmp_path: Path, selector: str) -> None:
    """A set for each artifact of the generators here, with labels, `id`, name and namespace."""
    text = resource_set(OF_ARTIFACTS) + provider(
        "parts", f"{{type: ExternalArtifact, selectors: [{{{selector}}}]}}"
    )
    platform = of(tmp_path, text, None, **APPS)
    web, db = (zlib.adler32(f"flux-system/app-{name}".encode()) for name in ("web", "db"))
    assert made(platform) == [f"ConfigMap x/db-app-db-{db}", f"ConfigMap x/web-app-web-{web}"]


def test_a_secret_among_the_defaults_of_a_provider(tmp_path: Path) -> None:
    """What a template would make of an encrypted default is not known."""
    spec = OF_ARTIFACTS.replace("<< inputs.app >>", "<< inputs.token >>")
    text = resource_set(spec) + provider(
        "parts",
        "{type: ExternalArtifact, selectors: [{matchLabels: {kind: part}}], "
        "defaultValues: {token: 'ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]'}}",
    )
    root = layer(of(tmp_path, text, None, **APPS), "flux-system")
    assert root.status is LayerStatus.PARTIAL
    assert root.reason is not None and "an input is secret" in root.reason


def test_variables_in_inputs(tmp_path: Path) -> None:
    """Flux substitutes in the ResourceSet first; then its inputs hold the values."""
    tenants = resource_set(
        """
        inputs: [{env: "${ENVIRONMENT}"}]
        resources:
        - apiVersion: kustomize.toolkit.fluxcd.io/v1
          kind: Kustomization
          metadata: {name: app, namespace: team}
          spec: {path: "./apps/<< inputs.env >>", sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}
        """
    )
    platform = scanned(
        tmp_path,
        {
            **ROOT,
            "clusters/a/tenants.yaml": flux(
                "tenants", "./tenants", "postBuild: {substitute: {ENVIRONMENT: prod}}"
            ),
            "tenants/set.yaml": tenants,
            "apps/prod/map.yaml": config_map("app"),
        },
    )
    app = layer(platform, "app")
    assert (app.path, app.status, app.parent) == (
        "./apps/prod",
        LayerStatus.RENDERED,
        "a/flux-system/tenants",
    )


def copying(source: str) -> dict[str, str]:
    """A tenant whose variables are copied from another namespace."""
    return {
        **ROOT,
        "clusters/a/facts.yaml": config_map("facts", "flux-system", REGION="eu"),
        "clusters/a/set.yaml": resource_set(
            f"""
            resources:
            - apiVersion: v1
              kind: ConfigMap
              metadata: {{name: facts, namespace: team, annotations: {{fluxcd.controlplane.io/copyFrom: {source}}}}}
            - apiVersion: kustomize.toolkit.fluxcd.io/v1
              kind: Kustomization
              metadata: {{name: app, namespace: team}}
              spec:
                path: ./app
                sourceRef: {{kind: GitRepository, name: flux-system, namespace: flux-system}}
                postBuild: {{substituteFrom: [{{kind: ConfigMap, name: facts}}]}}
            """
        ),
        "app/map.yaml": config_map("app-${REGION}"),
    }


def test_copied_data(tmp_path: Path) -> None:
    """`copyFrom` takes the data of another object, so that variables in it are known."""
    platform = scanned(tmp_path, copying("flux-system/facts"))
    assert [item.name for item in layer(platform, "app").resources] == ["app-eu"]


def test_copied_data_that_is_not_here(tmp_path: Path) -> None:
    """A copy of what is not in the repository leaves variables open: partial, not undefined."""
    platform = scanned(tmp_path, copying("flux-system/elsewhere"))
    assert layer(platform, "app").status is LayerStatus.PARTIAL
    assert not [finding for finding in platform.findings if finding.code == "variable-undefined"]


def test_secrets_stay_sealed(tmp_path: Path) -> None:
    """The values of a Secret in a template are in no part of the inventory."""
    text = resource_set(
        """
        inputs: [{name: a}]
        resources: [{apiVersion: v1, kind: Secret, metadata: {name: << inputs.name >>}, stringData: {password: hunter2}}]
        """
    )
    platform = of(tmp_path, text)
    assert made(platform) == ["Secret a"]
    assert "hunter2" not in repr(platform)


def test_sets_that_make_sets(tmp_path: Path) -> None:
    """A ResourceSet among the objects is filled too, once."""
    inner = "{apiVersion: fluxcd.controlplane.io/v1, kind: ResourceSet, metadata: {name: inner, namespace: flux-system}, spec: {resources: [{apiVersion: v1, kind: Namespace, metadata: {name: deep}}]}}"  # noqa: E501
    assert made(of(tmp_path, resource_set(f"resources: [{inner}]"))) == [
        "Namespace deep",
        "ResourceSet flux-system/inner",
    ]


def test_steps(tmp_path: Path) -> None:
    """Steps hold resources and templates of their own."""
    text = resource_set(
        """
        inputs: [{v: 1}]
        steps:
        - {name: one, resources: [{apiVersion: v1, kind: Namespace, metadata: {name: "n<< inputs.v >>"}}]}
        - {name: two, resourcesTemplate: "{apiVersion: v1, kind: Namespace, metadata: {name: two}}"}
        """
    )
    assert made(of(tmp_path, text)) == ["Namespace n1", "Namespace two"]


def test_releases_made_by_a_set(tmp_path: Path) -> None:
    """A HelmRelease among the objects is a release of the layer, its chart joined to a source among
    them."""
    text = resource_set(
        """
        inputs: [{version: 1.2.3}]
        resources:
        - apiVersion: source.toolkit.fluxcd.io/v1
          kind: OCIRepository
          metadata: {name: podinfo, namespace: apps}
          spec: {url: "oci://registry.example/charts/podinfo", ref: {semver: << inputs.version | quote >>}}
        - apiVersion: helm.toolkit.fluxcd.io/v2
          kind: HelmRelease
          metadata: {name: podinfo, namespace: apps}
          spec: {chartRef: {kind: OCIRepository, name: podinfo}, values: {replicas: << inputs.version | len >>}}
        """
    )
    (release,) = of(tmp_path, text).releases
    assert (release.chart, release.version, release.layer) == (
        "podinfo",
        "1.2.3",
        "a/flux-system/flux-system",
    )


def test_kept_between_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ResourceSet is expanded again when its inputs change, in whatever file they stand, and only
    then."""
    text = resource_set(
        "inputsFrom: [{name: one}]\nresources:\n- {apiVersion: v1, kind: Namespace, metadata: "
        "{name: << inputs.team >>}}"
    )
    inputs = tmp_path / "clusters/a/inputs.yaml"
    other = tmp_path / "clusters/a/other.yaml"
    write(
        tmp_path,
        {**ROOT, "clusters/a/set.yaml": text, "clusters/a/other.yaml": config_map("other")},
    )
    inputs.write_text(provider("one", "{type: Static, defaultValues: {team: blue}}"))
    scanner = Scanner(tmp_path)
    assert made(scanner.scan()) == ["Namespace blue"]
    expanded: list[object] = []

    def spy(*given: Any) -> object:
        expanded.append(given)
        return original(*given)

    original = expand.of_layer
    monkeypatch.setattr(expand, "of_layer", spy)
    assert made(scanner.scan()) == ["Namespace blue"]
    assert expanded == []
    inputs.write_text(provider("one", "{type: Static, defaultValues: {team: green}}"))
    assert made(scanner.scan()) == ["Namespace green"]
    assert expanded
    other.write_text(config_map("another"))
    assert made(scanner.scan()) == made(scan(tmp_path)) == ["Namespace green"]


PULLS = provider(
    "pulls",
    "{type: GitHubPullRequest, url: 'https://git.example/x', defaultValues: {tier: low, sha: x}}",
)
CONFIG = "apiVersion: v1, kind: ConfigMap"


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        (
            f"""
            inputs: [{{id: mine}}]
            inputsFrom: [{{name: pulls}}]
            resources:
            - {{{CONFIG}, metadata: {{name: all, namespace: x}}}}
            - {{{CONFIG}, metadata: {{name: "of-<< inputs.id >>", namespace: x}}}}
            """,
            ["all", "of-mine"],
        ),
        (
            f"""
            inputsFrom: [{{name: pulls}}]
            resources:
            - {{{CONFIG}, metadata: {{name: "<< inputs.tier >>-<< inputs.provider.name >>"}}}}
            - {{{CONFIG}, metadata: {{name: "<< inputs.sha >>"}}}}
            - {{{CONFIG}, metadata: {{name: whole}}, data: {{all: "<< inputs | toYaml >>"}}}}
            - {{{CONFIG}, metadata: {{name: has}}, data: {{a: '<< hasKey inputs "a" >>'}}}}
            """,
            ["low-pulls"],
        ),
        (
            f"""
            inputsFrom: [{{name: pulls}}, {{name: fixed}}, {{name: gone}}]
            inputStrategy: {{name: Permute}}
            resources:
            - {{{CONFIG}, metadata: {{name: "<< inputs.fixed.a >>-<< inputs.pulls.tier >>"}}}}
            - {{{CONFIG}, metadata: {{name: "<< inputs.fixed.a >>-<< inputs.gone.b >>"}}}}
            - {{{CONFIG}, metadata: {{name: "<< inputs.id >>"}}}}
            """,
            ["b-low"],
        ),
        (
            """
            inputsFrom: [{name: pulls}]
            resourcesTemplate: |
              ---
              apiVersion: v1
              kind: Namespace
              metadata: {name: previews}
              --- # each
              apiVersion: v1
              kind: Namespace
              metadata: {name: "pr-<< inputs.id >>"}
            """,
            ["previews"],
        ),
        (
            """
            inputsFrom: [{name: pulls}]
            resourcesTemplate: |
              << if inputs.id >>
              ---
              apiVersion: v1
              kind: Namespace
              metadata: {name: previews}
              ---
              << end >>
            """,
            [],
        ),
        (
            f"""
            inputsFrom: [{{name: fixed}}]
            resources:
            - {{{CONFIG}, metadata: {{name: "<< inputs.a >>"}}}}
            - {{{CONFIG}, metadata: {{name: "<< inputs.id >>"}}}}
            """,
            ["b"],
        ),
    ],
)
def test_what_does_not_depend_on_unknown_inputs(
    tmp_path: Path, spec: str, names: list[str]
) -> None:
    """Objects of known inputs, and those that ask for none that is not known, are made; the layer
    says why there may be more."""
    fixed = provider("fixed", "{type: Static, defaultValues: {a: b}}")
    platform = of(tmp_path, resource_set(spec) + PULLS + fixed)
    assert [item.rpartition("/")[2].split()[-1] for item in made(platform)] == names
    root = layer(platform, "flux-system")
    assert root.status is LayerStatus.PARTIAL
    assert root.reason is not None and root.reason.count("ResourceSet flux-system/set: ") == 1


def test_documents_that_are_no_objects(tmp_path: Path) -> None:
    """Of a `resourcesTemplate`, documents without a name or an apiVersion and kustomizations are
    left out, and lists are taken apart; of `resources` nothing is."""
    text = """
resourcesTemplate: |
  # nothing
  ---
  apiVersion: v1
  kind: ConfigMap
  ---
  kind: ConfigMap
  metadata: {name: none, namespace: x}
  ---
  apiVersion: kustomize.config.k8s.io/v1beta1
  kind: Kustomization
  metadata: {name: k}
  ---
  apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x}}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: x}}
"""
    platform = of(tmp_path, resource_set(text))
    assert [item.rpartition("/")[2].split()[-1] for item in made(platform)] == ["a", "b"]
    assert layer(platform, "flux-system").status is LayerStatus.RENDERED


def test_invalid_yaml_of_unknown_inputs(tmp_path: Path) -> None:
    """What inputs from outside Git make is not known to be wrong."""
    text = "resources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: '<< if eq inputs.x 1 >>a<< end >>'}}]"
    spec = f"inputsFrom: [{{name: pulls}}]\n{text}"
    platform = of(tmp_path, resource_set(spec) + PULLS)
    assert layer(platform, "flux-system").status is LayerStatus.PARTIAL


def test_a_refusal_with_unknown_inputs(tmp_path: Path) -> None:
    """A key that known inputs lack refuses the whole set; one that a forge may give does not."""
    text = "resources: [{apiVersion: v1, kind: Namespace, metadata: {name: << inputs.branch >>}}]"
    spec = f"inputs: [{{a: b}}]\ninputsFrom: [{{name: pulls}}]\n{text}"
    assert layer(of(tmp_path / "a", resource_set(spec) + PULLS), "flux-system").status is (
        LayerStatus.RENDERED
    )
    spec = f"inputsFrom: [{{name: pulls}}]\n{text}"
    assert layer(of(tmp_path / "b", resource_set(spec) + PULLS), "flux-system").status is (
        LayerStatus.PARTIAL
    )


@pytest.mark.parametrize(
    "template",
    ["# a b c\n" * 50, "- << typeOf 1 >>\n---\n# a\n" * 25, "<< range until 90 >><< end >>"],
)
def test_templates_that_make_nothing_cost_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    """Sets of inputs times templates are bounded by the work of the scan, whether or not objects
    come of it."""
    monkeypatch.setattr("gitops_docs.yaml.limits.MAX_WORK", 30_000)
    filled = []
    execute = expand.Template.execute

    def counting(self: Any, *given: Any) -> str:
        filled.append(1)
        return execute(self, *given)

    monkeypatch.setattr(expand.Template, "execute", counting)
    text = "inputs:\n" + "- {}\n" * 1_000 + "resourcesTemplate: |\n"
    root = layer(of(tmp_path, resource_set(text + textwrap.indent(template, "  "))), "flux-system")
    assert len(filled) < 1_000
    assert root.status is LayerStatus.PARTIAL
    assert root.reason is not None and "make more than is rendered" in root.reason


def test_one_finding_for_what_the_schema_refuses_too(tmp_path: Path) -> None:
    """The rules of the CRD and of the operator are the same: one finding."""
    text = (
        "apiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSet\n"
        "metadata: {name: both, namespace: flux-system}\n"
        "spec:\n  resources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b}}]\n"
        "  steps: [{name: one, resources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: b}}]}]\n"
    )
    platform = scanned(
        tmp_path,
        {
            "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
            "clusters/a/both.yaml": text,
        },
    )
    assert [one.code for one in platform.findings if one.severity == "error"] == [
        "resourceset-refused"
    ]
