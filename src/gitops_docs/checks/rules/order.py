"""Check the order of layers: what a layer needs from another one that nothing applies before it.

Flux tries again until what was missing is there, so a missing order mends itself. What comes only
after the layer never does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context, apart, layers_named
from gitops_docs.checks.needs import Need, all_needs, makers_of
from gitops_docs.index.objects import Held
from gitops_docs.kubernetes.flux import KUSTOMIZE_GROUP, SOURCE_GROUP
from gitops_docs.kubernetes.kinds import BUILT_IN
from gitops_docs.model import Family, Finding, Layer, LayerStatus, Resource, Severity
from gitops_docs.text.english import listed

_GIVEN_NAMESPACES = frozenset({"", "default", "kube-system", "kube-public", "kube-node-lease"})
_FLUX = ".toolkit.fluxcd.io"


class DependencyDeadlock(Check):
    code = "dependency-deadlock"
    family = Family.ORDER
    severity = Severity.ERROR
    title = "A layer needs an object of a layer that depends on it"
    about = (
        "The source or the variables of the layer come from a layer that depends on it: neither "
        "is ever applied. With `wait: true`, or a health check, a layer also waits for the "
        "Kustomizations that it applies: one of them that depends on it never starts."
    )
    remedy = (
        "Move the object to a layer that comes first, or remove the dependency: a Kustomization is "
        "not there before the layer that applies it."
    )
    bad = "# the GitRepository of `base` is applied by `apps`,\n# which depends on `base`"
    good = "# the GitRepository is applied by `sources`"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for need in context.shared(_late_needs).never:
            if not need.blocks:
                continue
            maker = context.layers[sorted(need.makers)[0]]
            user, source = apart(need.layer, maker)
            message = (
                f"{user} needs {need.label}, which {source} applies, and {source} waits for {user}: "
                "neither is ever applied; move the object to a layer that comes first"
            )
            yield cls.at(
                need.place, message, layers=[need.layer.id], cause=f"needs {need.label} too early"
            )
        yield from cls._waiting_parents(context)

    @classmethod
    def _waiting_parents(cls, context: Context) -> Iterator[Finding]:
        """Find Kustomizations that depend on a layer which waits for them to be ready."""
        for child in context.platform.layers:
            parent = context.layers.get(child.parent or "")
            if (
                parent is None
                or child.suspended
                or parent.suspended
                or not _waits_for(parent, child)
            ):
                continue
            for item in child.depends_on:
                if item.layer is None or item.ready_expr is not None or item.via is not None:
                    continue
                if item.layer != parent.id and parent.id not in context.graph.dependencies(
                    item.layer
                ):
                    continue
                through = "" if item.layer == parent.id else f" through `{item.name}`"
                message = (
                    f"`{parent.name}` applies Kustomization {child.namespace}/{child.name} and waits "
                    f"until it is ready, and `{child.name}` depends on `{parent.name}`{through}: "
                    f"neither ever becomes ready; remove the entry"
                )
                yield cls.at(
                    item,
                    message,
                    layers=[child.id, parent.id],
                    cause=f"{child.name} waits for {parent.name}",
                )
                break


def _waits_for(parent: Layer, child: Layer) -> bool:
    """Return whether the health of a Kustomization decides when the layer that applies it is
    ready."""
    if parent.health.wait:
        return True
    return any(
        item.kind == "Kustomization"
        and item.api_version.startswith(f"{KUSTOMIZE_GROUP}/")
        and (item.namespace, item.name) == (child.namespace, child.name)
        for item in parent.health.checks
    )


class DependencyImplicit(Check):
    code = "dependency-implicit"
    family = Family.ORDER
    severity = Severity.INFO
    title = "A layer uses objects of another layer without depending on it"
    about = (
        "Its source, its variables or the source of a chart is applied by a layer that is not in "
        "its `dependsOn`. Flux reports failures until the object exists."
    )
    remedy = "Add that layer to `dependsOn`."
    bad = "sourceRef: {kind: OCIRepository, name: apps}"
    good = "sourceRef: {kind: OCIRepository, name: apps}\ndependsOn: [{name: sources}]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        implicit: dict[tuple[str, str], list[Need]] = defaultdict(list)
        for need in context.shared(_late_needs).unordered:
            implicit[sorted(need.makers)[0], need.what].append(need)
        for (identity, what), needs in sorted(implicit.items()):
            maker = context.layers[identity]
            needs.sort(key=lambda need: (need.place, need.layer.id))
            layers = list({need.layer.id: need.layer for need in needs}.values())
            labels = sorted({need.label for need in needs})
            verb = "takes" if len(layers) == 1 else "take"
            message = (
                f"{layers_named(layers)} {verb} {what} from `{maker.name}` ({listed(labels, 3)}) "
                f"without waiting for it: Flux reports failures until it exists; "
                f"add `{maker.name}` to dependsOn"
            )
            yield cls.at(
                needs[0].place,
                message,
                layers=[layer.id for layer in layers],
                cause=f"{what} from {maker.namespace}/{maker.name}",
            )


class NamespaceLate(Check):
    code = "namespace-late"
    family = Family.ORDER
    severity = Severity.WARNING
    title = "A namespace may be created after its objects"
    about = (
        "Kubernetes rejects an object whose namespace does not exist. Where no order is set, "
        "Flux fails and retries. Where the layer of the namespace depends on the layer of the "
        "object, neither is ever applied. Where that layer applies it, a new cluster needs the "
        "namespace from whatever starts it."
    )
    remedy = "Depend on the layer that creates the namespace."
    bad = "# apps: namespace web\n# namespaces: Namespace web"
    good = "dependsOn: [{name: namespaces}]"
    varies = "An error where the layer of the namespace depends on the layer of the object."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find one for each layer and the layer that makes its namespaces."""
        pairs: dict[tuple[str, str, bool], list[_Late]] = defaultdict(list)
        for item in context.shared(_namespaces).late:
            pairs[item.layer.id, item.maker, item.never].append(item)
        for (identity, maker_id, never), found in sorted(pairs.items()):
            found.sort(key=lambda item: (item.first.file, item.first.line))
            layer, maker, first = context.layers[identity], context.layers[maker_id], found[0].first
            names = listed(sorted({f"`{item.namespace}`" for item in found}))
            noun = "namespace" if len(found) == 1 else "namespaces"
            own, other = apart(layer, maker)
            if never and _applies(context, layer, maker):
                severity = Severity.WARNING
                message = (
                    f"{own} puts {first.label} into the {noun} {names}, which "
                    f"{other} creates, and {own} applies {other}: on a new "
                    f"cluster neither is applied, unless what starts it creates the {noun}; create "
                    f"{'it' if len(found) == 1 else 'them'} in {own}"
                )
            elif never:
                severity = Severity.ERROR
                message = (
                    f"{own} puts {first.label} into the {noun} {names}, which "
                    f"{other} creates, and {other} waits for "
                    f"{own}: neither is ever applied; create the namespace in a layer that "
                    f"comes first"
                )
            else:
                severity = Severity.WARNING
                message = (
                    f"{own} may come before the {noun} {names}, which {other} "
                    f"creates: Flux fails and retries until it "
                    f"exists; add {other} to dependsOn"
                )
            yield cls.at(
                first,
                message,
                layers=[identity],
                severity=severity,
                cause=f"before {maker.namespace}/{maker.name}",
            )


def _applies(context: Context, layer: Layer, other: Layer) -> bool:
    """Return whether a layer applies another one, itself or through its children."""
    parent, seen = other.parent, {other.id}
    while parent is not None and parent not in seen:
        if parent == layer.id:
            return True
        seen.add(parent)
        known = context.layers.get(parent)
        parent = known.parent if known is not None else None
    return False


class NamespaceUnknown(Check):
    code = "namespace-unknown"
    family = Family.ORDER
    severity = Severity.INFO
    title = "No layer creates a namespace"
    about = (
        "`targetNamespace` and `namespace:` do not create a namespace. It has to be created "
        "outside Git."
    )
    remedy = "Add a Namespace, or ignore the finding where something outside Git creates it."
    bad = "targetNamespace: web"
    good = "kind: Namespace\nmetadata: {name: web}"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        causes: dict[tuple[str, ...], list[tuple[str, Layer, Resource]]] = defaultdict(list)
        for _, lost in sorted(context.shared(_namespaces).unknown.items()):
            causes[tuple(sorted({name for name, _, _ in lost}))] += lost
        for _, lost in sorted(causes.items()):
            lost.sort(key=lambda item: (item[2].file, item[2].line, item[0]))
            names = listed([f"`{name}`" for name in sorted({name for name, _, _ in lost})])
            message = (
                f"no layer creates the namespace {names} of objects of "
                f"{layers_named([owner for _, owner, _ in lost])} "
                "(created outside Git?); where it does not exist, Flux cannot apply them"
            )
            layers = [owner.id for _, owner, _ in lost]
            yield cls.at(lost[0][2], message, layers=layers, cause=f"no namespace {names}")


class CrdLate(Check):
    code = "crd-late"
    family = Family.ORDER
    severity = Severity.WARNING
    title = "A CRD may be applied after its objects"
    about = (
        "An object whose kind is not defined makes the dry run of its whole layer fail. Inside "
        "one layer Flux applies CRDs first."
    )
    remedy = "Depend on the layer that applies the CRD."
    bad = "# apps: kind Certificate\n# crds: its definition"
    good = "dependsOn: [{name: crds}]"
    varies = "An error where the CRD comes only after the object."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find objects of a kind that is not defined yet: the dry run of the whole layer fails."""
        unordered: dict[tuple[str, str], list[tuple[Layer, Resource]]] = defaultdict(list)
        for layer, resource, held in _custom(context):
            if resource.group in (KUSTOMIZE_GROUP, SOURCE_GROUP):
                continue  # Without these kinds nothing at all is applied.
            makers = makers_of(held)
            late = context.comes_late(layer.id, makers)
            maker = context.layers[makers[0]]
            if late == "never":
                own, other = apart(layer, maker)
                message = (
                    f"{own} holds {resource.label}, the kind is defined by "
                    f"{other}, and {other} waits for "
                    f"{own}: neither is ever applied; define the kind in a layer that "
                    f"comes first"
                )
                yield cls.at(
                    resource,
                    message,
                    layers=[layer.id],
                    severity=Severity.ERROR,
                    cause=f"{resource.kind} from {maker.namespace}/{maker.name}, never",
                )
            elif late == "unordered":
                unordered[layer.id, maker.id].append((layer, resource))
        for (_, identity), found in sorted(unordered.items()):
            maker = context.layers[identity]
            found.sort(key=lambda pair: (pair[1].file, pair[1].line))
            layer, first = found[0]
            kinds = listed(sorted({resource.kind for _, resource in found}))
            own, other = apart(layer, maker)
            message = (
                f"{own} may come before {other}, which defines {kinds}: Flux fails "
                f"and retries until the kinds exist; "
                f"add {other} to dependsOn"
            )
            yield cls.at(
                first,
                message,
                layers=[layer.id],
                severity=Severity.WARNING,
                cause=f"{kinds} from {maker.namespace}/{maker.name}",
            )


class ApiVersionNotServed(Check):
    code = "api-version-not-served"
    family = Family.VERSIONS
    severity = Severity.ERROR
    title = "A CRD does not serve the version of an object"
    about = (
        "The CustomResourceDefinition in this repository lists the versions that it serves; the "
        "object has another one."
    )
    remedy = "Use a version that is served, or update the CRD."
    bad = "apiVersion: example.org/v1alpha1"
    good = "apiVersion: example.org/v1"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for layer, resource, held in _custom(context):
            version = resource.api_version.rpartition("/")[2]
            served = {
                name
                for item in held
                for group, kind, versions in item.resource.defines
                if (group, kind) == (resource.group, resource.kind)
                for name in versions
            }
            if not served or version in served or layer.status is not LayerStatus.RENDERED:
                continue
            message = (
                f"{resource.label} is of version {version}, which its CustomResourceDefinition "
                f"does not serve; use {listed(sorted(served))}"
            )
            yield cls.at(
                resource,
                message,
                layers=[layer.id],
                about=[resource.ref(layer.cluster)],
                cause=f"{resource.kind} {version}",
            )


class _LateNeeds(Struct):
    """What layers need from others that come after them, or in no order."""

    never: list[Need]
    unordered: list[Need]


def _late_needs(context: Context) -> _LateNeeds:
    found = _LateNeeds([], [])
    for need in all_needs(context):
        late = context.comes_late(need.layer.id, need.makers)
        if late is not None:
            (found.never if late == "never" else found.unordered).append(need)
    return found


class _Late(Struct, frozen=True):
    """A namespace that may come later than the first object which a layer puts into it."""

    layer: Layer
    maker: str
    namespace: str
    first: Resource
    never: bool


class _Namespaces(Struct):
    """Namespaces that come late, and by cluster those that nothing makes, each with a layer and its
    first object there."""

    late: list[_Late]
    unknown: dict[str, list[tuple[str, Layer, Resource]]]


def _namespaces(context: Context) -> _Namespaces:
    """Return an object cannot be applied before its namespace is there; targetNamespace does not
    make one."""
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
    result = _Namespaces([], defaultdict(list))
    for (cluster, name), found in sorted(users.items()):
        makers = makers_of(context.holders(cluster, "", "Namespace", "", name))
        if makers:
            result.late += _late_namespace(context, name, makers, found)
        elif (cluster, name) not in homes and (cluster, name) not in created:
            result.unknown[cluster].append((name, *found[0]))
    return result


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


def _namespaced(context: Context, cluster: str, resource: Resource) -> bool:
    """Return whether the object surely lives in a namespace. Not known for a kind without a CRD
    here."""
    if resource.cluster_scoped or (resource.group, resource.kind) == ("", "Namespace"):
        return False
    known = resource.group in BUILT_IN or resource.group.endswith(_FLUX)
    return known or (resource.group, resource.kind) in context.definitions(cluster)


def _custom(context: Context) -> Iterator[tuple[Layer, Resource, list[Held]]]:
    """Yield the first object of each kind and version in a layer whose kind the repository defines,
    with what defines it."""
    for layer in context.platform.layers:
        if layer.remote_cluster is not None or layer.suspended:
            continue
        definitions = context.definitions(layer.cluster)
        seen: set[tuple[str, str]] = set()
        for resource in (*layer.resources, *context.of_charts.get(layer.id, ())):
            held = definitions.get((resource.group, resource.kind))
            key = (resource.kind, resource.api_version)
            if held and key not in seen:
                seen.add(key)
                yield layer, resource, held
