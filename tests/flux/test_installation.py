"""What the files of a cluster say of its Flux: version, controllers and flags."""

from __future__ import annotations

from gitops_docs.flux.installed.installation import installation
from gitops_docs.model import FluxInstallation
from gitops_docs.yaml.nodes import Map, scalar
from gitops_docs.yaml.parse import parse_inline

LABELS = "{app.kubernetes.io/part-of: flux, app.kubernetes.io/version: v2.9.4}"


def deployment(name: str, *arguments: str, image: str = "") -> str:
    """The Deployment of a controller."""
    return (
        f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: "
        f"flux-system, labels: {LABELS}}}\n"
        f"spec: {{template: {{spec: {{containers: [{{name: manager, image: '{image}', args: "
        f"{list(arguments)}}}]}}}}}}\n"
    )


def instance(spec: str) -> str:
    """A FluxInstance."""
    kind = "---\napiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\n"
    return f"{kind}metadata: {{name: flux}}\nspec: {{distribution: {{version: 2.8.x}}, {spec}}}\n"


def read(*texts: str, setting: str = "") -> FluxInstallation:
    """The installation that these objects describe."""
    roots = [document.root for document in parse_inline(scalar("".join(texts))).documents]
    return installation([root for root in roots if type(root) is Map], setting)


def test_nothing_is_known() -> None:
    """Without objects nothing is said."""
    assert read() == FluxInstallation()


def test_deployments() -> None:
    """The Deployments of `flux bootstrap` give version, controllers and flags."""
    found = read(
        deployment("source-controller"),
        deployment(
            "kustomize-controller",
            "--no-cross-namespace-refs=true",
            "--no-remote-bases",
            "--default-service-account=tenant",
        ),
        deployment("helm-controller", "--no-cross-namespace-refs=false"),
    )
    assert found.version == "v2.9.4"
    assert found.components == ("helm-controller", "kustomize-controller", "source-controller")
    assert found.no_cross_namespace_refs == ("kustomize-controller",)
    assert found.no_remote_bases
    assert found.default_service_accounts == (("kustomize-controller", "tenant"),)


def test_switches() -> None:
    """The last flag counts, false is written as Go reads it, and a switch takes no value but behind
    a `=`."""
    for arguments, on in (
        (("--no-remote-bases",), True),
        (("--no-remote-bases", "false"), True),
        (("--no-remote-bases=False",), False),
        (("--no-remote-bases=0",), False),
        (("--no-remote-bases=1", "--no-remote-bases=f"), False),
        (("--no-remote-bases=f", "--no-remote-bases=true"), True),
    ):
        found = read(deployment("kustomize-controller", *arguments))
        assert found.no_remote_bases is on, arguments
        crossing = [one.replace("remote-bases", "cross-namespace-refs") for one in arguments]
        found = read(deployment("helm-controller", *crossing))
        assert found.no_cross_namespace_refs == (("helm-controller",) if on else ()), arguments


def test_part_of_the_deployments() -> None:
    """One Deployment alone, such as a patch, does not say which controllers there are."""
    assert read(deployment("helm-controller")).components == ()


def test_shards() -> None:
    """Selectors name the shards; the Deployment of a shard is known by its image."""
    main = "--watch-label-selector=!sharding.fluxcd.io/key"
    shard = deployment(
        "kustomize-controller-1",
        "--watch-label-selector=sharding.fluxcd.io/key in (one, two)",
        image="ghcr.io/fluxcd/kustomize-controller:v1.9.0",
    )
    assert read(deployment("kustomize-controller", main), shard).shards == ("one", "two")
    assert read(deployment("kustomize-controller")).shards is None


def test_instance() -> None:
    """A FluxInstance has defaults, and locks its tenants down."""
    found = read(instance("cluster: {multitenant: true}"))
    assert found.components == (
        "helm-controller",
        "kustomize-controller",
        "notification-controller",
        "source-controller",
    )
    assert "kustomize-controller" in found.no_cross_namespace_refs
    assert ("helm-controller", "default") in found.default_service_accounts


def test_patches_of_an_instance() -> None:
    """Patches of a FluxInstance add flags to the controllers that their target matches."""
    patch = (
        "kustomize: {patches: [{target: {kind: Deployment, name: '(kustomize|helm)-controller'}, "
        "patch: '[{op: add, path: /spec/template/spec/containers/0/args/-, value: "
        "--no-cross-namespace-refs=true}]'}]}"
    )
    assert read(instance(patch)).no_cross_namespace_refs == (
        "helm-controller",
        "kustomize-controller",
    )


def test_packed_manifests() -> None:
    """Flux that is installed from its artifact has the version of the tag."""
    for reference, version in (
        ("{tag: v2.4.0}", "v2.4.0"),
        ("{tag: latest}", None),
        ("{semver: 2.x, tag: v2.4.0}", None),
        ("{digest: 'sha256:0'}", None),
    ):
        for url, found in (
            ("oci://ghcr.io/fluxcd/flux-manifests", version),
            ("oci://ghcr.io/fluxcd/other", None),
        ):
            text = (
                "---\napiVersion: source.toolkit.fluxcd.io/v1beta2\nkind: OCIRepository\n"
                f"metadata: {{name: flux}}\nspec: {{url: '{url}', ref: {reference}}}\n"
            )
            assert read(text).version == found, (url, reference)


def test_setting_wins() -> None:
    """The version that the user set counts."""
    assert read(instance("sync: {}"), setting="2.6").version == "2.6"


def test_watched() -> None:
    """A controller with a selector is listed with those of all its Deployments, whichever way the
    flag is written; a shard of the operator counts as one."""
    shard = deployment(
        "kustomize-controller-1",
        "--watch-label-selector",
        "team=a",
        image="ghcr.io/fluxcd/kustomize-controller:v1.9.0",
    )
    found = read(deployment("kustomize-controller"), shard, deployment("helm-controller"))
    assert found.watched == (("kustomize-controller", ("", "team=a")),)
    found = read(instance("components: [source-controller], sharding: {key: team, shards: [a]}"))
    assert found.watched == (("source-controller", ("!team", "team=a")),)
