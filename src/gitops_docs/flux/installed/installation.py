"""Read what the files of a cluster say of its Flux: version, controllers, and the flags that make
them refuse things.

Rules: `docs/installation` of Flux (`gotk-components.yaml`), the API of FluxInstance
(fluxcd.controlplane.io), and the flags of the controllers (`fluxcd/pkg/runtime/acl`,
`fluxcd/pkg/runtime/client`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gitops_docs.flux import versions
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.flux import CONTROLLERS, HELM_GROUP, OPERATOR_GROUP
from gitops_docs.kubernetes.images import split_image
from gitops_docs.model import FluxInstallation
from gitops_docs.text import patterns
from gitops_docs.text.patterns import PatternError
from gitops_docs.yaml.nodes import (
    Map,
    Scalar,
    as_map,
    as_seq,
    as_text,
    get_path,
    is_true,
    walk_leaves,
)
from gitops_docs.yaml.parse import parse_inline

_DEFAULT_COMPONENTS = tuple(
    f"{name}-controller" for name in ("helm", "kustomize", "notification", "source")
)
"""What a FluxInstance installs without `spec.components`."""
_MULTITENANT = frozenset(
    {
        "helm-controller",
        "image-automation-controller",
        "image-reflector-controller",
        "kustomize-controller",
        "notification-controller",
        "source-watcher",
    }
)
"""Controllers that `cluster.multitenant` of a FluxInstance locks down."""
_APPLYING = frozenset({"helm-controller", "kustomize-controller"})
"""Controllers that apply objects, and can do so as a service account."""
_SHARDED = frozenset({"helm-controller", "kustomize-controller", "source-controller"})
"""Controllers of which the operator makes one for each shard."""
_SHARD_LABEL = "sharding.fluxcd.io/key"
_SWITCHES = frozenset({"no-cross-namespace-refs", "no-remote-bases", "watch-all-namespaces"})
"""Flags that are true without a value, and take none but behind a `=`."""
_OFF = frozenset({"0", "f", "F", "false", "FALSE", "False"})
"""How Go writes false (`strconv.ParseBool`)."""


def installation(items: Iterable[Map], setting: str = "") -> FluxInstallation:
    """Return what the objects of a cluster say of its Flux.

    Args:
        items: Objects of the cluster, of the kinds `version.KINDS`.
        setting: The version of Flux that the user set, which wins over the objects; empty for none.
    """
    items = [data for data in items if versions.describes_flux(data)]
    flags: dict[str, list[str]] = defaultdict(list)
    deployments: set[str] = set()
    selectors: dict[str, list[str]] = defaultdict(list)
    components: tuple[str, ...] = ()
    shards: tuple[str, ...] | None = None
    label = _SHARD_LABEL
    no_cross: set[str] = set()
    no_remote = False
    accounts: dict[str, str] = {}
    for data in items:
        if objects.is_a(data, "apps", "Deployment"):
            controller = _controller(data)
            if controller is not None:
                deployments.add(controller)
                arguments = _arguments(data)
                flags[controller] += arguments
                selectors[controller].append(_selector(arguments) or "")
            continue
        spec = _instance(data)
        if spec is None:
            continue
        components = (
            tuple(sorted(filter(None, map(objects.text, as_seq(spec.get("components"))))))
            or _DEFAULT_COMPONENTS
        )
        multitenant = get_path(spec, "cluster", "multitenant")
        if is_true(multitenant):
            no_cross |= _MULTITENANT & set(components)
            flags["kustomize-controller"].append("--no-remote-bases=true")
            account = (
                objects.text(get_path(spec, "cluster", "tenantDefaultServiceAccount")) or "default"
            )
            accounts |= dict.fromkeys(_APPLYING & set(components), account)
        sharding = as_map(spec.get("sharding"))
        if sharding:
            label = objects.text(sharding.get("key")) or _SHARD_LABEL
            shards = tuple(sorted(filter(None, map(objects.text, as_seq(sharding.get("shards"))))))
            for controller in _SHARDED & set(components):
                selectors[controller] = [f"!{label}", *(f"{label}={shard}" for shard in shards)]
        for controller, arguments in _patched(spec, components).items():
            flags[controller] += arguments
            selector = _selector(arguments)
            if selector is not None:
                selectors[controller] = [selector, *selectors[controller][1:]]
    if not components and {"kustomize-controller", "source-controller"} <= deployments:
        components = tuple(sorted(deployments))
    for controller, arguments in flags.items():
        for name, value in map(_flag, arguments):
            if name == "no-cross-namespace-refs":
                (no_cross.discard if value in _OFF else no_cross.add)(controller)
            elif name == "no-remote-bases" and controller == "kustomize-controller":
                no_remote = value not in _OFF
            elif name == "default-service-account" and value:
                accounts[controller] = value
    watched = _shards([one for found in selectors.values() for one in found if one], label)
    return FluxInstallation(
        version=setting or versions.installed(items),
        components=components,
        no_cross_namespace_refs=tuple(sorted(no_cross)),
        no_remote_bases=no_remote,
        default_service_accounts=tuple(sorted(accounts.items())),
        shards=shards if shards is not None else watched,
        shard_label=label,
        watched=tuple(
            (controller, tuple(dict.fromkeys(found)))
            for controller, found in sorted(selectors.items())
            if any(found)
        ),
    )


def _controller(data: Map) -> str | None:
    """Return the controller that a Deployment runs: by its name, which a shard adds to, else by its
    image."""
    name = objects.name(data)
    if name in CONTROLLERS:
        return name
    for item in as_seq(get_path(data, "spec", "template", "spec", "containers")):
        image = objects.text(as_map(item).get("image")) or ""
        base = split_image(image).name.rpartition("/")[2]
        if base in CONTROLLERS:
            return base
    return None


def _arguments(data: Map) -> list[str]:
    """Return the flags of a Deployment, each with its value: `--name value` as `--name=value`."""
    found: list[str] = []
    for item in as_seq(get_path(data, "spec", "template", "spec", "containers")):
        is_open = False
        for text in as_seq(as_map(item).get("args")):
            if type(text) is not Scalar:
                continue
            if text.startswith("--"):
                found.append(str(text))
                is_open = "=" not in text and text[2:] not in _SWITCHES
            elif is_open:
                found[-1] += f"={text}"
                is_open = False
    return found


def _instance(data: Map) -> Map | None:
    """Return the `spec` of a FluxInstance, or of the one that its chart makes."""
    if objects.is_a(data, OPERATOR_GROUP, "FluxInstance"):
        return as_map(data.get("spec"))
    if objects.is_a(data, HELM_GROUP, "HelmRelease"):
        spec = get_path(data, "spec", "values", "instance")
        return as_map(spec) or None
    return None


def _patched(spec: Map, components: Iterable[str]) -> dict[str, list[str]]:
    """Return flags that the patches of a FluxInstance add, by controller."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in as_seq(get_path(spec, "kustomize", "patches")):
        text = as_text(as_map(item).get("patch"))
        if text is None or "--" not in text:
            continue
        added = [
            str(leaf)
            for document in parse_inline(text).documents
            for _, leaf in walk_leaves(document.root)
            if type(leaf) is Scalar and leaf.startswith("--")
        ]
        for controller in _targets(as_map(as_map(item).get("target")), text, components):
            found[controller] += added
    return found


def _targets(target: Map, text: Scalar, components: Iterable[str]) -> list[str]:
    """Return the controllers that a patch changes: those that its target matches, else the
    Deployment that it names."""
    kind = objects.text(target.get("kind"))
    if kind not in (None, "Deployment"):
        return []
    name = objects.text(target.get("name"))
    if name is None and not target:
        named = [
            objects.name(document.root)
            for document in parse_inline(text).documents
            if type(document.root) is Map
        ]
        return [controller for controller in components if controller in named]
    if name is None:
        return list(components)
    try:
        pattern = patterns.compile(f"^(?:{name})\\z")
    except PatternError:
        return []
    return [controller for controller in components if pattern.contains(controller)]


def _flag(argument: str) -> tuple[str, str]:
    """Return name and value of a flag; a flag of a boolean without a value is true."""
    name, has_value, value = argument.removeprefix("--").partition("=")
    return name, value.strip("\"'") if has_value else "true"


def _selector(arguments: list[str]) -> str | None:
    """Return the last `--watch-label-selector` of a controller; None where it has none."""
    found = [value for name, value in map(_flag, arguments) if name == "watch-label-selector"]
    return found[-1] if found else None


def _shards(selectors: list[str], label: str) -> tuple[str, ...] | None:
    """Return the shards that the controllers' selectors name (`sharding.fluxcd.io/key in (a, b)`,
    `=a`); None without a selector."""
    found: set[str] = set()
    for selector in selectors:
        if not selector.startswith(label):
            if selector.startswith(f"!{label}"):
                continue
            return None
        rest = selector[len(label) :].strip()
        if rest.startswith("in"):
            found.update(part.strip() for part in rest[2:].strip().strip("()").split(","))
        elif rest.startswith(("=", "==")):
            found.add(rest.lstrip("= "))
        else:
            return None
    return tuple(sorted(found - {""})) if selectors else None
