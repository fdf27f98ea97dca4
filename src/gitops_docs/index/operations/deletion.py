"""Tell what is deleted when a layer is removed from Git.

In: a layer and the indexes of its platform. Out: whether Flux deletes its objects, which of them
take data or other objects with them, and what stays.

Sources of the rules: kustomization_types.go (`deletionPolicy`: MirrorPrune, Delete,
WaitForTermination, Orphan; a suspended Kustomization deletes nothing),
fluxcd.io/flux/components/kustomize/kustomizations (`prune: disabled`, `reconcile: disabled`),
helm.sh/docs/howto/charts_tips_and_tricks (`helm.sh/resource-policy: keep`),
kubernetes.io/docs/concepts/storage/persistent-volumes (reclaim policy).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct, field

from gitops_docs.index.volumes import Volume
from gitops_docs.kubernetes.quantities import memory
from gitops_docs.model import Layer, Platform, Release, Resource
from gitops_docs.text.english import count

DATA = {
    ("postgresql.cnpg.io", "Cluster"): "database",
    ("acid.zalan.do", "postgresql"): "database",
    ("postgres-operator.crunchydata.com", "PostgresCluster"): "database",
    ("mariadb.mmontes.io", "MariaDB"): "database",
    ("k8s.mariadb.com", "MariaDB"): "database",
    ("pxc.percona.com", "PerconaXtraDBCluster"): "database",
    ("psmdb.percona.com", "PerconaServerMongoDB"): "database",
    ("mongodbcommunity.mongodb.com", "MongoDBCommunity"): "database",
    ("redis.redis.opstreelabs.in", "RedisCluster"): "database",
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"): "search index",
    ("opensearch.opster.io", "OpenSearchCluster"): "search index",
    ("kafka.strimzi.io", "Kafka"): "message log",
    ("kafka.strimzi.io", "KafkaTopic"): "message log",
    ("rabbitmq.com", "RabbitmqCluster"): "message log",
    ("minio.min.io", "Tenant"): "object store",
    ("objectbucket.io", "ObjectBucketClaim"): "object store",
    ("ceph.rook.io", "CephCluster"): "object store",
    ("ceph.rook.io", "CephObjectStore"): "object store",
    ("ceph.rook.io", "CephBlockPool"): "object store",
    ("ceph.rook.io", "CephFilesystem"): "object store",
}
"""Custom resources that hold data: group and kind to what they are."""
_KEPT = {
    ("prune", "disabled"),
    ("reconcile", "disabled"),
}
"""Labels and annotations that keep an object when Flux prunes."""


class Loss(Struct, frozen=True):
    """Objects whose deletion takes more than the objects themselves. `text` is a sentence with code
    between backticks; `objects` are those that are deleted."""

    text: str
    objects: tuple[Resource, ...]
    severe: bool = True


class Deletion(Struct):
    """What becomes of the objects of a layer."""

    happens: bool
    """Whether Flux deletes them."""
    rule: str
    """The sentence about prune and deletionPolicy."""
    losses: list[Loss] = field(default_factory=list)
    data: list[Resource] = field(default_factory=list)
    """Deleted, and data is lost."""
    rest: list[Resource] = field(default_factory=list)
    """Deleted, and can be created again."""
    stays: list[tuple[Resource, str]] = field(default_factory=list)
    """What stays, and why."""
    layers: tuple[str, ...] = ()
    """Ids of the layers that it applies, which go with it."""
    releases: list[Release] = field(default_factory=list)
    """Releases that Helm uninstalls."""


class Users(Struct):
    """Objects of other layers by the object that they need. Keys begin with the cluster."""

    customs: Mapping[tuple[str, str, str], list[tuple[str, Resource]]]
    """(cluster, group, kind) to (layer, custom resource)."""
    namespaced: Mapping[tuple[str, str], list[tuple[str, Resource]]]
    """(cluster, namespace) to (layer, object)."""
    claims: Mapping[tuple[str, str], list[Volume]]
    """(cluster, StorageClass) to claims."""
    volumes: Mapping[str, list[Volume]]
    """Layer to its claims."""
    issued: Mapping[tuple[str, str], list[str]]
    """(cluster, `Kind name` of an issuer) to the layers of its certificates."""
    load_balancers: Mapping[str, list[tuple[str, str, str]]]
    """Layer to kind, namespace and name of its Services with a load balancer."""


def users(
    platform: Platform, volumes: Iterable[Volume], of_charts: Mapping[str, Sequence[Resource]]
) -> Users:
    """Return the objects that need another one, for all layers at once. `of_charts` are the objects
    that charts make, by layer."""
    customs: dict[tuple[str, str, str], list[tuple[str, Resource]]] = defaultdict(list)
    namespaced: dict[tuple[str, str], list[tuple[str, Resource]]] = defaultdict(list)
    for layer in platform.layers:
        for one in (*layer.resources, *of_charts.get(layer.id, ())):
            customs[layer.cluster, one.group, one.kind].append((layer.id, one))
            if one.namespace and not one.cluster_scoped:
                namespaced[layer.cluster, one.namespace].append((layer.id, one))
    claims: dict[tuple[str, str], list[Volume]] = defaultdict(list)
    of_layer: dict[str, list[Volume]] = defaultdict(list)
    for volume in volumes:
        claims[volume.claim.cluster, volume.class_name].append(volume)
        of_layer[volume.claim.layer].append(volume)
    issued: dict[tuple[str, str], list[str]] = defaultdict(list)
    for certificate in platform.certificates:
        issued[certificate.cluster, certificate.issuer].append(certificate.layer)
    balancers: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for service in platform.exposed_services:
        if service.type == "LoadBalancer":
            balancers[service.layer].append((service.kind, service.namespace, service.name))
    return Users(customs, namespaced, claims, of_layer, issued, balancers)


def deletion(
    layer: Layer,
    children: Iterable[Layer],
    releases: Iterable[Release],
    needs: Users,
    of_charts: Sequence[Resource] = (),
) -> Deletion:
    """Return what is deleted when a layer is removed from Git. `of_charts` are the objects that the
    charts of its releases make: Helm keeps those in `crds/`."""
    happens, rule = _policy(layer)
    found = Deletion(happens, rule)
    if not happens:
        return found
    found.layers = tuple(child.id for child in children if child.id != layer.id)
    found.releases = [one for one in releases if not one.suspended]
    data: list[Resource] = []
    for resource in (*layer.resources, *of_charts):
        why = next((f"{k}: {v}" for k, v in resource.policies if (k, v.lower()) in _KEPT), None)
        if resource.origin is not None:
            why = _kept_by_helm(resource, resource.origin.template)
        if why is not None:
            found.stays.append((resource, why))
        elif resource.made_by is None or resource.origin is not None:
            found.rest.append(resource)
    gone = {(one.kind, one.namespace or "", one.name): one for one in found.rest}
    data += _volumes(found, layer, needs, gone)
    data += _customs(found, layer, needs)
    data += _namespaces(found, layer, needs)
    _classes(found, layer, needs)
    own = tuple(gone[key] for key in sorted(needs.load_balancers.get(layer.id, [])) if key in gone)
    if own:
        text = f"{count(len(own), 'load balancer')}: the address may be another one afterwards."
        found.losses.append(Loss(text, own, severe=False))
    kept = {id(one) for one in data}
    found.data = [one for one in found.rest if id(one) in kept]
    found.rest = [one for one in found.rest if id(one) not in kept]
    return found


def _kept_by_helm(resource: Resource, template: str) -> str | None:
    """Return why Helm keeps an object of a chart when its release is deleted; None where it does
    not."""
    if "crds/" in template.partition("templates/")[0]:
        return "crds/ of the chart"
    is_kept = ("resource-policy", "keep") in resource.policies
    return "resource-policy: keep" if is_kept else None


def _policy(layer: Layer) -> tuple[bool, str]:
    policy = layer.deletion_policy or "MirrorPrune"
    prune = "on" if layer.prune else "off"
    base = f"Prune is {prune}; deletionPolicy is `{policy}`."
    if layer.suspended:
        return False, f"{base} The layer is suspended, so its objects stay."
    if policy == "Orphan":
        return False, f"{base} Its objects stay."
    if policy == "MirrorPrune" and not layer.prune:
        return False, f"{base} Its objects stay: delete them by hand."
    return True, base


def _volumes(
    found: Deletion,
    layer: Layer,
    needs: Users,
    gone: Mapping[tuple[str, str, str], Resource],
) -> list[Resource]:
    """Note claims, databases and stores whose data is deleted, and return them."""
    data: list[Resource] = []
    groups: dict[str, list[Volume]] = defaultdict(list)
    for volume in needs.volumes.get(layer.id, []):
        claim = volume.claim
        if claim.kept or (claim.kind, claim.namespace, claim.name) not in gone:
            continue
        policy = volume.storage.reclaim_policy if volume.storage is not None else "not known"
        groups[policy].append(volume)
    for policy in sorted(groups, key=_rank):
        volumes = groups[policy]
        number = sum(one.claim.copies or 1 for one in volumes)
        own = tuple(
            dict.fromkeys(
                gone[one.claim.kind, one.claim.namespace, one.claim.name] for one in volumes
            )
        )
        size = _size(volumes)
        ends = {
            "Delete": "the volumes go with them.",
            "Retain": "the volumes stay, without a claim.",
        }.get(policy, "Git does not say whether the volumes go with them.")
        text = f"{count(number, 'PersistentVolumeClaim')}{size}, reclaim policy {policy}: {ends}"
        found.losses.append(Loss(text, own, severe=policy != "Retain"))
        if policy != "Retain":
            data += own
    stores: dict[str, list[Resource]] = defaultdict(list)
    for resource in found.rest:
        what = DATA.get((resource.group, resource.kind))
        if what is not None and resource not in data:
            stores[what].append(resource)
    for what in sorted(stores):
        own = tuple(stores[what])
        text = f"{count(len(own), what)}: the operator may delete the data."
        found.losses.append(Loss(text, own))
        data += own
    return data


def _rank(policy: str) -> tuple[int, str]:
    order = ("Delete", "not known", "Retain")
    return (order.index(policy) if policy in order else len(order)), policy


def _size(volumes: Iterable[Volume]) -> str:
    sizes = [one.requested for one in volumes]
    known = [size for size in sizes if size is not None]
    if not known:
        return ""
    least = "at least " if len(known) < len(sizes) else ""
    return f", {least}{memory(sum(known, Decimal()))}"


def _customs(found: Deletion, layer: Layer, needs: Users) -> list[Resource]:
    """Add CustomResourceDefinitions with custom resources that others apply."""
    taken: dict[str, list[Resource]] = defaultdict(list)
    crds: list[Resource] = []
    for crd in found.rest:
        if crd.kind != "CustomResourceDefinition":
            continue
        used = False
        for group, kind, _ in crd.defines:
            for owner, one in needs.customs.get((layer.cluster, group, kind), ()):
                if owner != layer.id:
                    taken[owner].append(one)
                    used = True
        if used:
            crds.append(crd)
    if crds:
        number = sum(map(len, taken.values()))
        text = (
            f"{count(len(crds), 'CustomResourceDefinition')} with "
            f"{count(number, 'custom resource')} of {count(len(taken), 'other layer')}: "
            f"Kubernetes deletes those too."
        )
        found.losses.append(Loss(text, tuple(crds)))
    return crds


def _namespaces(found: Deletion, layer: Layer, needs: Users) -> list[Resource]:
    """Add namespaces with objects that others apply."""
    own: list[Resource] = []
    for one in found.rest:
        if one.kind != "Namespace" or one.group:
            continue
        others = [
            owner
            for owner, _ in needs.namespaced.get((layer.cluster, one.name), ())
            if owner != layer.id
        ]
        if others:
            own.append(one)
            text = (
                f"Namespace `{one.name}` with {count(len(others), 'object')} of "
                f"{count(len(set(others)), 'other layer')}: Kubernetes deletes those too."
            )
            found.losses.append(Loss(text, (one,)))
    return own


def _classes(found: Deletion, layer: Layer, needs: Users) -> None:
    """Add StorageClasses and issuers that others use."""
    for one in found.rest:
        if (one.group, one.kind) == ("storage.k8s.io", "StorageClass"):
            used = [
                volume
                for volume in needs.claims.get((layer.cluster, one.name), ())
                if volume.claim.layer != layer.id
            ]
            if used:
                text = (
                    f"StorageClass `{one.name}`, used by {count(len(used), 'claim')} of other "
                    f"layers: volumes stay, new ones cannot be made."
                )
                found.losses.append(Loss(text, (one,), severe=False))
        elif one.kind in ("Issuer", "ClusterIssuer"):
            layers = {
                owner
                for owner in needs.issued.get((layer.cluster, f"{one.kind} {one.name}"), ())
                if owner != layer.id
            }
            if layers:
                text = (
                    f"{one.kind} `{one.name}`, used by {count(len(layers), 'other layer')}: "
                    f"certificates are not renewed."
                )
                found.losses.append(Loss(text, (one,), severe=False))
