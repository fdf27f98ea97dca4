"""What a layer needs from another one that nothing puts before it: sources, variables, namespaces,
kinds, Providers.

Flux tries again until what was missing is there, so a missing order mends itself. What comes only
after the layer never does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from gitops_docs.checks.context import Context, layers_named
from gitops_docs.checks.needs import Need, _makers, all_needs
from gitops_docs.index.objects import Held
from gitops_docs.kubernetes.kinds import BUILT_IN
from gitops_docs.model import Finding, Layer, LayerStatus, Resource, Severity
from gitops_docs.text.english import listed

_GIVEN_NAMESPACES = frozenset({"", "default", "kube-system", "kube-public", "kube-node-lease"})
_FLUX = ".toolkit.fluxcd.io"


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    yield from _needs(context)
    yield from _providers(context)
    yield from _namespaces(context)
    yield from _kinds(context)


def _needs(context: Context) -> Iterator[Finding]:
    implicit: dict[tuple[str, str], list[Need]] = defaultdict(list)
    for need in all_needs(context):
        late = context.comes_late(need.layer.id, need.makers)
        if late is None:
            continue
        maker = context.layers[sorted(need.makers)[0]]
        if late == "never" and need.blocks:
            message = (
                f"`{need.layer.name}` needs {need.label}, which `{maker.name}` applies, and "
                f"`{maker.name}` waits for `{need.layer.name}`: "
                "neither is ever applied; move the object to a layer that comes first"
            )
            yield Finding(
                "dependency-deadlock",
                Severity.ERROR,
                message,
                need.place.file,
                need.place.line,
                need.layer.id,
            )
        elif late == "unordered":
            implicit[maker.id, need.what].append(need)
    for (identity, what), needs in sorted(implicit.items()):
        yield _implicit(context.layers[identity], what, needs)


def _implicit(maker: Layer, what: str, needs: list[Need]) -> Finding:
    needs.sort(key=lambda need: (need.place, need.layer.id))
    layers = list({need.layer.id: need.layer for need in needs}.values())
    labels = sorted({need.label for need in needs})
    verb = "takes" if len(layers) == 1 else "take"
    names = layers_named(layers)
    message = (
        f"{names} {verb} {what} from `{maker.name}` ({listed(labels, 3)}) without waiting for it: "
        f"Flux reports failures until it is there; "
        f"add `{maker.name}` to dependsOn"
    )
    first = needs[0]
    also = tuple(sorted({layer.id for layer in layers} - {first.layer.id}))
    return Finding(
        "dependency-implicit",
        Severity.INFO,
        message,
        first.place.file,
        first.place.line,
        first.layer.id,
        also,
    )


def _providers(context: Context) -> Iterator[Finding]:
    """An Alert sends nothing until its Provider is there."""
    places = defaultdict(list)
    for provider in context.platform.providers:
        places[provider.cluster, provider.namespace, provider.name].append(provider.layer)
    for alert in context.platform.alerts:
        if alert.kind != "flux" or alert.layer not in context.layers or not alert.provider:
            continue
        makers = [
            layer
            for layer in places[alert.cluster, alert.namespace, alert.provider]
            if layer in context.layers
        ]
        if not makers or context.comes_late(alert.layer, makers) is None:
            continue
        own, other = context.layers[alert.layer], context.layers[makers[0]]
        message = (
            f"Provider {alert.provider} of Alert {alert.namespace}/{alert.name} lives in layer "
            f"`{other.name}`, for which "
            f"`{own.name}` does not wait: until it is there no event is sent; put both into one "
            f"layer, or add `{other.name}` to dependsOn"
        )
        yield Finding(
            "alert-provider-elsewhere",
            Severity.WARNING,
            message,
            alert.file,
            alert.line,
            alert.layer,
            (other.id,),
        )


def _namespaces(context: Context) -> Iterator[Finding]:
    """An object cannot be applied before its namespace is there; targetNamespace does not make
    one."""
    homes = {(layer.cluster, layer.namespace) for layer in context.platform.layers}
    created = {
        (release.cluster, release.target_namespace or release.namespace)
        for release in context.platform.releases
    }
    users: dict[tuple[str, str], list[tuple[Layer, Resource]]] = defaultdict(list)
    for layer in context.platform.layers:
        if layer.remote_cluster is not None or layer.suspended:
            continue
        for resource in layer.resources:
            name = resource.namespace or ""
            if (
                name not in _GIVEN_NAMESPACES
                and not context.has_namespace(layer, name)
                and "${" not in name
                and _namespaced(context, layer.cluster, resource)
            ):
                users[layer.cluster, name].append((layer, resource))
    unknown: dict[str, list[tuple[str, Layer, Resource]]] = defaultdict(list)
    late: list[_Late] = []
    for (cluster, name), found in sorted(users.items()):
        makers = _makers(context.holders(cluster, "", "Namespace", "", name))
        if makers:
            late += _late_namespace(context, name, makers, found)
        elif (cluster, name) not in homes and (cluster, name) not in created:
            unknown[cluster].append((name, *found[0]))
    yield from _late_findings(context, late)
    for _, lost in sorted(unknown.items()):
        lost.sort(key=lambda item: (item[2].file, item[2].line, item[0]))
        _, layer, resource = lost[0]
        names = listed([f"`{name}`" for name in sorted({name for name, _, _ in lost})])
        message = (
            f"nothing in the repository makes the namespace {names} that objects of "
            f"{layers_named([owner for _, owner, _ in lost])} "
            "are put into (created outside Git?); where it is not there, Flux cannot apply them"
        )
        also = tuple(sorted({owner.id for _, owner, _ in lost} - {layer.id}))
        yield Finding(
            "namespace-unknown",
            Severity.INFO,
            message,
            resource.file,
            resource.line,
            layer.id,
            also,
        )


class _Late(Struct, frozen=True):
    """A namespace that may come later than the first object which a layer puts into it."""

    layer: Layer
    maker: str
    namespace: str
    first: Resource
    never: bool


def _late_namespace(
    context: Context, name: str, makers: tuple[str, ...], users: list[tuple[Layer, Resource]]
) -> Iterator[_Late]:
    by_layer: dict[str, list[Resource]] = defaultdict(list)
    for layer, resource in users:
        by_layer[layer.id].append(resource)
    for identity, resources in sorted(by_layer.items()):
        late = context.comes_late(identity, makers)
        if late is not None:
            first = min(resources, key=lambda item: (item.file, item.line))
            yield _Late(context.layers[identity], makers[0], name, first, late == "never")


def _late_findings(context: Context, late: list[_Late]) -> Iterator[Finding]:
    """One finding for each layer and the layer that makes its namespaces."""
    pairs: dict[tuple[str, str, bool], list[_Late]] = defaultdict(list)
    for item in late:
        pairs[item.layer.id, item.maker, item.never].append(item)
    for (identity, maker_id, never), found in sorted(pairs.items()):
        found.sort(key=lambda item: (item.first.file, item.first.line))
        layer, maker, first = context.layers[identity], context.layers[maker_id], found[0].first
        names = listed(sorted({f"`{item.namespace}`" for item in found}))
        noun = "namespace" if len(found) == 1 else "namespaces"
        if never:
            message = (
                f"`{layer.name}` puts {first.label} into the {noun} {names}, which `{maker.name}` "
                f"makes, and `{maker.name}` waits for "
                f"`{layer.name}`: neither is ever applied; make the namespace in a layer that "
                f"comes first"
            )
            yield Finding(
                "namespace-late", Severity.ERROR, message, first.file, first.line, identity
            )
        else:
            message = (
                f"`{layer.name}` may come before the {noun} {names}, which `{maker.name}` makes: "
                f"Flux fails and tries again until it is "
                f"there; add `{maker.name}` to dependsOn"
            )
            yield Finding(
                "namespace-late", Severity.WARNING, message, first.file, first.line, identity
            )


def _namespaced(context: Context, cluster: str, resource: Resource) -> bool:
    """Whether the object surely lives in a namespace. Of a kind that nobody defines here it is not
    known."""
    if resource.cluster_scoped or (resource.group, resource.kind) == ("", "Namespace"):
        return False
    known = resource.group in BUILT_IN or resource.group.endswith(_FLUX)
    return known or (resource.group, resource.kind) in context.definitions(cluster)


def _kinds(context: Context) -> Iterator[Finding]:
    """An object of a kind that is not defined yet makes the dry run of its whole layer fail."""
    unordered: dict[tuple[str, str], list[tuple[Layer, Resource]]] = defaultdict(list)
    for layer in context.platform.layers:
        if layer.remote_cluster is not None or layer.suspended:
            continue
        definitions = context.definitions(layer.cluster)
        seen: set[tuple[str, str, str]] = set()
        for resource in layer.resources:
            held = definitions.get((resource.group, resource.kind))
            if not held or (resource.group, resource.kind, resource.api_version) in seen:
                continue
            seen.add((resource.group, resource.kind, resource.api_version))
            yield from _version(layer, resource, held)
            makers = _makers(held)
            late = context.comes_late(layer.id, makers)
            maker = context.layers[makers[0]]
            if late == "never":
                message = (
                    f"`{layer.name}` holds {resource.label}, the kind is defined by "
                    f"`{maker.name}`, and `{maker.name}` waits for "
                    f"`{layer.name}`: neither is ever applied; define the kind in a layer that "
                    f"comes first"
                )
                yield Finding(
                    "crd-late", Severity.ERROR, message, resource.file, resource.line, layer.id
                )
            elif late == "unordered":
                unordered[layer.id, maker.id].append((layer, resource))
    for (_, identity), found in sorted(unordered.items()):
        maker = context.layers[identity]
        found.sort(key=lambda pair: (pair[1].file, pair[1].line))
        layer, first = found[0]
        kinds = listed(sorted({resource.kind for _, resource in found}))
        message = (
            f"`{layer.name}` may come before `{maker.name}`, which defines {kinds}: Flux fails and "
            f"tries again until the kinds are there; "
            f"add `{maker.name}` to dependsOn"
        )
        yield Finding("crd-late", Severity.WARNING, message, first.file, first.line, layer.id)


def _version(layer: Layer, resource: Resource, held: list[Held]) -> Iterator[Finding]:
    version = resource.api_version.rpartition("/")[2]
    served = {
        name
        for item in held
        for group, kind, versions in item.resource.defines
        if (group, kind) == (resource.group, resource.kind)
        for name in versions
    }
    if not served or version in served or layer.status is not LayerStatus.RENDERED:
        return
    message = (
        f"{resource.label} is of version {version}, which its CustomResourceDefinition does not "
        f"serve; "
        f"use {listed(sorted(served))}"
    )
    yield Finding(
        "api-version-not-served", Severity.ERROR, message, resource.file, resource.line, layer.id
    )
