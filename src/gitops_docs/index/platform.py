"""Look up each part of a platform once: what belongs to a layer, a cluster, a namespace.

Building these indexes is linear in the platform; pages then never search through all of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TypeVar

from msgspec.structs import replace

from gitops_docs.index.across.areas import areas
from gitops_docs.index.across.environments import Environments, environments
from gitops_docs.index.across.lag import Lag, lags
from gitops_docs.index.across.promotion import Promoted, charts, images
from gitops_docs.index.endpoints import Endpoint, Exposure, exposure
from gitops_docs.index.findings import FindingIndex
from gitops_docs.index.graph import Graph
from gitops_docs.index.history import CommitIndex, Reach, Readers
from gitops_docs.index.isolation import Isolation, isolation, selects_nothing
from gitops_docs.index.objects import ChartIndex, ReleaseContents
from gitops_docs.index.operations import deletion, held
from gitops_docs.index.operations.certificates import Certified, certificates
from gitops_docs.index.operations.directories import Node, directory_tree
from gitops_docs.index.operations.owners import Claims, Conflict, OwnerIndex
from gitops_docs.index.rights import Grant, grants
from gitops_docs.index.runbooks import RunbookIndex
from gitops_docs.index.volumes import Volume, volumes
from gitops_docs.index.workloads import Running, running
from gitops_docs.kubernetes.kinds import BUILT_IN
from gitops_docs.model import (
    Alert,
    Cluster,
    Commit,
    Finding,
    Image,
    Layer,
    LayerStatus,
    Location,
    NetworkPolicy,
    Platform,
    Provider,
    Release,
    Resource,
    Runbook,
    Source,
    Variable,
)

T = TypeVar("T")
K = TypeVar("K")


class PlatformIndex:
    """A platform and its indexes. Lists keep the platform's order; releases are without their
    values."""

    def __init__(self, platform: Platform) -> None:
        self._whole = platform
        # An edited value is a new release, but only the page of the release, which is given to it
        # whole, shows values.
        self.platform = replace(platform, releases=tuple(map(without_values, platform.releases)))

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """Layers by id."""
        return {layer.id: layer for layer in self.platform.layers}

    @cached_property
    def clusters(self) -> dict[str, Cluster]:
        """Clusters by id."""
        return {cluster.id: cluster for cluster in self.platform.clusters}

    @cached_property
    def of_cluster(self) -> dict[str, list[Layer]]:
        """Id of a cluster to its layers."""
        return _by(self.platform.layers, lambda layer: layer.cluster)

    @cached_property
    def children(self) -> dict[str, list[Layer]]:
        """Id of a layer to the layers that it creates; of the empty id those that none creates."""
        return _by(self.platform.layers, lambda layer: layer.parent or "")

    @cached_property
    def graph(self) -> Graph:
        """Layers and what they depend on."""
        return Graph.of(self.platform.layers)

    @cached_property
    def redundant(self) -> frozenset[tuple[str, str]]:
        """Dependencies that another one implies."""
        return self.graph.redundant()

    @cached_property
    def cyclic(self) -> frozenset[str]:
        """Ids of the layers that depend on themselves through others."""
        return frozenset(
            identity
            for identity, wave in self.graph.waves().items()
            if wave is None and identity in _with_itself(self.graph, identity)
        )

    @cached_property
    def releases(self) -> dict[str, list[Release]]:
        """Id of a layer to its releases."""
        return _by(self.platform.releases, lambda release: release.layer)

    @cached_property
    def release_of(self) -> dict[tuple[str, str, str], Release]:
        """(layer, namespace, name) to the release."""
        return {(one.layer, one.namespace, one.name): one for one in self.platform.releases}

    @cached_property
    def _releases(self) -> dict[tuple[str, str, str], Release]:
        return {(one.cluster, one.namespace, one.name): one for one in self.platform.releases}

    @cached_property
    def twins(self) -> dict[tuple[str, str], list[Release]]:
        """(namespace, name) to the releases of that name on all clusters."""
        return _by(self.platform.releases, lambda release: (release.namespace, release.name))

    @cached_property
    def waiting_releases(self) -> dict[tuple[str, str, str], list[Release]]:
        """(cluster, namespace, name) of a release to the releases that depend on it."""
        found: dict[tuple[str, str, str], list[Release]] = defaultdict(list)
        for release in self.platform.releases:
            for namespace, name in release.depends_on:
                found[release.cluster, namespace, name].append(release)
        return dict(found)

    @cached_property
    def value_files(self) -> dict[tuple[str, str, str], frozenset[str]]:
        """(layer, namespace, name) of a release to the files that set its values."""
        return {
            (release.layer, release.namespace, release.name): frozenset(
                value.file for value in release.values
            )
            for release in self._whole.releases
        }

    @cached_property
    def secret_values(self) -> list[tuple[Release, str]]:
        """Releases with the values that may be names of Secrets, because their path says so."""
        return [
            (without_values(release), value.value)
            for release in self._whole.releases
            for value in release.values
            if value.value and "secret" in value.path.lower()
        ]

    @cached_property
    def _charts(self) -> ChartIndex:
        return ChartIndex(self._whole)

    @cached_property
    def chart_objects(self) -> dict[str, list[Resource]]:
        """Id of a layer to the objects that the charts of its releases make."""
        return dict(self._charts.objects)

    @cached_property
    def chart_contents(self) -> dict[tuple[str, str, str], ReleaseContents]:
        """(cluster, namespace, name) of a release to what its chart brings."""
        return {
            (release.cluster, release.namespace, release.name): self._charts.contents(
                release.cluster, release.namespace, release.name
            )
            for release in self._whole.releases
        }

    @cached_property
    def not_rendered(self) -> int:
        """How many releases have charts that were not rendered."""
        return len(self._charts.absent)

    @cached_property
    def images(self) -> dict[str, list[Image]]:
        """Id of a layer to its images."""
        return _by(self.platform.images, lambda image: image.layer)

    @cached_property
    def variables(self) -> dict[str, list[Variable]]:
        """Id of a layer to the variables that are substituted in it."""
        return _by(self.platform.variables, lambda variable: variable.layer)

    @cached_property
    def substituted(self) -> dict[tuple[str, int], tuple[str, ...]]:
        """(file, line) of the value of a variable to the layers that it is substituted in."""
        return _substituted(self.platform.variables)

    @cached_property
    def sources(self) -> dict[tuple[str, str, str, str], Source]:
        """(cluster, kind, namespace, name) to the source; the first of several."""
        return {
            (one.cluster, one.kind, one.namespace, one.name): one
            for one in reversed(self.platform.sources)
        }

    @cached_property
    def providers(self) -> dict[tuple[str, str, str], Provider]:
        """(cluster, namespace, name) to the provider of notifications."""
        return {(one.cluster, one.namespace, one.name): one for one in self.platform.providers}

    @cached_property
    def rules(self) -> dict[str, list[Alert]]:
        """Name of an alert rule, in lower case, to the rules of that name."""
        rules = (alert for alert in self.platform.alerts if alert.kind == "rule")
        return _by(rules, lambda alert: alert.name.lower())

    @cached_property
    def joins(self) -> RunbookIndex:
        """What the runbooks are about."""
        return RunbookIndex(self.platform)

    @cached_property
    def runbooks(self) -> dict[str, Runbook]:
        """Runbooks by file."""
        return {book.file: book for book in self.platform.runbooks}

    @cached_property
    def findings(self) -> dict[str, list[Finding]]:
        """Id of a layer to its findings; of the empty id those that are of none."""
        found: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.platform.findings:
            for identity in finding.layers or ("",):
                found[identity].append(finding)
        return found

    @cached_property
    def codes(self) -> dict[str, list[Finding]]:
        """Code to the findings with it."""
        return _by(self.platform.findings, lambda finding: finding.code)

    @cached_property
    def concerns(self) -> dict[tuple[str, str, str, str], tuple[Finding, ...]]:
        """(layer, `Release` or `Alert`, namespace, name) to the findings that concern it."""
        findings = FindingIndex(self.platform)
        subjects: list[Release | Alert] = [
            *self.platform.releases,
            *(alert for alert in self.platform.alerts if alert.kind == "flux"),
        ]
        return {
            (item.layer or "", type(item).__name__, item.namespace, item.name): findings.of(item)
            for item in subjects
        }

    @cached_property
    def checked_by(self) -> dict[tuple[str, str, str, str], list[Layer]]:
        """(cluster, kind, namespace, name) of an object to the layers with a health check on it."""
        found: dict[tuple[str, str, str, str], list[Layer]] = defaultdict(list)
        for layer in self.platform.layers:
            for check in layer.health.checks:
                found[layer.cluster, check.kind, check.namespace, check.name].append(layer)
        return found

    @cached_property
    def owners(self) -> dict[str, tuple[str, ...]]:
        """File to its owners."""
        return {item.file: item.owners for item in self.platform.owners}

    @cached_property
    def _ownership(self) -> OwnerIndex:
        return OwnerIndex(self.platform)

    @cached_property
    def layer_owners(self) -> dict[str, Claims]:
        """Id of a layer to who owns it."""
        return self._ownership.layers

    @cached_property
    def release_owners(self) -> dict[tuple[str, str, str], Claims]:
        """(layer, namespace, name) of a release to who owns it."""
        return self._ownership.releases

    @cached_property
    def alert_owners(self) -> dict[tuple[str, str, str, str], Claims]:
        """(cluster, namespace, object, name) of an alert to who owns it."""
        return self._ownership.alerts

    @property
    def owners_are_stated(self) -> bool:
        """Whether anything in the repository names owners."""
        return self._ownership.is_stated

    @cached_property
    def owner_conflicts(self) -> list[Conflict]:
        """Where two owners are stated for one thing."""
        return self._ownership.conflicts(self.platform)

    @cached_property
    def changes(self) -> CommitIndex:
        """The last commits."""
        return CommitIndex(self.platform.commits)

    @cached_property
    def _file_readers(self) -> Readers:
        return Readers(self.platform.layers)

    @cached_property
    def reach(self) -> dict[str, Reach]:
        """Revision of a commit to what it reaches."""
        return {one.revision: self._file_readers.reach(one) for one in self.platform.commits}

    @cached_property
    def readers(self) -> dict[str, tuple[str, ...]]:
        """A file with a version that a commit changed, to the layers that read it."""
        return {
            change.file: self._file_readers.of(change.file)
            for commit in self.platform.commits
            for change in commit.values
        }

    @cached_property
    def environments(self) -> Environments:
        """The clusters by environment."""
        return environments(list(self.clusters), self.platform.environments)

    @cached_property
    def areas(self) -> dict[str, str]:
        """Layer id to the area that it belongs to."""
        return areas(
            self.platform.layers, [cluster.directory for cluster in self.platform.clusters]
        )

    @cached_property
    def endpoints_of(self) -> dict[str, list[Endpoint]]:
        """Layer to the hostnames that its routes answer for."""
        return _by(self.exposure.endpoints, lambda endpoint: endpoint.route.layer)

    @cached_property
    def set_by(self) -> dict[tuple[str, int], Commit]:
        """File and line of a version to the commit that set it last."""
        found: dict[tuple[str, int], Commit] = {}
        for commit in self.platform.commits:
            for change in commit.values:
                found.setdefault((change.file, change.line), commit)
        return found

    def setter(self, place: Location) -> Commit | None:
        """Return the commit that set the version at a place; None where that commit is older than
        the history that was read."""
        found = self.set_by.get((place.file, place.line))
        if found is None:
            # A file that no commit has touched since it was added has the values of then. Where
            # the history is cut off, the oldest commit seems to add all files.
            touched = self.changes.of_files([place.file])
            added = len(touched) == 1 and place.file in touched[0].added
            if added and not (touched[0].first and self.platform.repository.shallow):
                found = touched[0]
        return found

    @cached_property
    def lags(self) -> list[Lag]:
        """When each environment got the version of each component."""
        pinned = (
            (
                namespace,
                name,
                {
                    one.cluster: (one.version, one.version_set_at)
                    for one in own
                    if one.version and one.version_set_at
                },
            )
            for (namespace, name), own in self.twins.items()
        )
        newest = next(iter(self.platform.commits), None)
        return lags(pinned, self.environments, self.setter, newest)

    @cached_property
    def charts(self) -> list[Promoted]:
        """The version of each component on all clusters."""
        return charts(self.platform.releases, self.environments)

    @cached_property
    def image_versions(self) -> list[Promoted]:
        """The tag of each image on all clusters."""
        return images(self.platform.images, self.layers, self.environments)

    @cached_property
    def names(self) -> dict[tuple[str, str], list[Layer]]:
        """(namespace, name) to the layers of that name on all clusters."""
        return _by(self.platform.layers, lambda layer: (layer.namespace, layer.name))

    @cached_property
    def unrendered(self) -> tuple[int, int]:
        """How many releases of charts, and how many layers, have objects that are not known."""
        return self.not_rendered, len(self.incomplete())

    @cached_property
    def unrendered_on(self) -> dict[str, tuple[int, int]]:
        """The same for each cluster."""
        releases = Counter(release.cluster for release in self._charts.absent)
        layers = Counter(layer.cluster for layer in self.incomplete())
        return {name: (releases[name], layers[name]) for name in releases.keys() | layers.keys()}

    @cached_property
    def idle_policies(self) -> list[NetworkPolicy]:
        """Network policies that select no pod."""
        policies = self.platform.network_policies
        return [one for one in policies if selects_nothing(one, self.platform)]

    @cached_property
    def exposure(self) -> Exposure:
        """Every hostname with what leads to it, and what is wrong with them."""
        return exposure(self.platform)

    @cached_property
    def certified(self) -> list[Certified]:
        """Certificates with their issuer and what serves them."""
        return certificates(self.platform, self.exposure.gateways)

    @cached_property
    def paused(self) -> list[held.Pause]:
        """What is suspended or switched off."""
        return held.paused(self.platform, self.graph)

    @cached_property
    def pinned(self) -> list[held.Pause]:
        """Versions that are held back."""
        return held.pinned(self.platform)

    @cached_property
    def objects(self) -> dict[tuple[str, str], list[tuple[Resource, Layer]]]:
        """(cluster, namespace) to the objects there with their layers, those that charts make among
        them; of an empty namespace those that are in none."""
        found: dict[tuple[str, str], list[tuple[Resource, Layer]]] = defaultdict(list)
        for layer in self.platform.layers:
            for resource in (*layer.resources, *self.chart_objects.get(layer.id, ())):
                space = "" if resource.cluster_scoped else resource.namespace or ""
                found[layer.cluster, space].append((resource, layer))
        return dict(found)

    @cached_property
    def deletions(self) -> dict[str, deletion.Deletion]:
        """Id of a layer to what is deleted when it is removed from Git."""
        needs = deletion.users(self.platform, self.volumes, self.chart_objects)
        return {
            layer.id: deletion.deletion(
                layer,
                self.children.get(layer.id, []),
                self.releases.get(layer.id, []),
                needs,
                self.chart_objects.get(layer.id, ()),
            )
            for layer in self.platform.layers
        }

    @cached_property
    def directories(self) -> dict[str, Node]:
        """The repository's directories as a tree, by path."""
        return directory_tree(self.platform)

    @cached_property
    def running(self) -> list[Running]:
        """Workloads with what scales and protects them."""
        return running(self.platform)

    @cached_property
    def volumes(self) -> list[Volume]:
        """Claims with their class and what saves them."""
        return volumes(self.platform)

    @cached_property
    def grants(self) -> list[Grant]:
        """What each subject may do, and by which binding."""
        return grants(self.platform)

    @cached_property
    def isolation(self) -> list[Isolation]:
        """Namespaces with the policies that are for them."""
        return isolation(self.platform)

    def waves(self, cluster: str) -> tuple[list[tuple[int, list[Layer]]], list[Layer]]:
        """Return the layers of a cluster by wave, and those in or behind a cycle."""
        numbered: dict[int, list[Layer]] = defaultdict(list)
        lost = []
        for layer in self.of_cluster.get(cluster, []):
            if layer.wave is None:
                lost.append(layer)
            else:
                numbered[layer.wave].append(layer)
        return sorted(numbered.items()), lost

    def in_order(self, identities: Iterable[str]) -> list[str]:
        """Return layers by wave, what comes first first."""
        return sorted(identities, key=lambda identity: (self.layers[identity].wave or 0, identity))

    def last_wave(self, cluster: str) -> int:
        """Return the number of the cluster's last wave, 0 where there is none."""
        return max((layer.wave or 0 for layer in self.of_cluster.get(cluster, [])), default=0)

    def touched(self, commit: Commit) -> list[Layer]:
        """Return the layers that apply something of what a commit changed."""
        return [self.layers[identity] for identity in self.reach[commit.revision].layers]

    def release(self, cluster: str, namespace: str, name: str) -> Release | None:
        """Return the release of a name."""
        return self._releases.get((cluster, namespace, name))

    def incomplete(self) -> list[Layer]:
        """Return layers of which not everything is known."""
        return [layer for layer in self.platform.layers if layer.status is not LayerStatus.RENDERED]


def without_values(release: Release) -> Release:
    """Return a release without its values and the objects of its chart, which only its own page
    shows."""
    rendering = release.rendering
    if not release.values and not rendering.objects:
        return release
    return replace(release, values=(), rendering=replace(rendering, objects=()))


def is_custom(resource: Resource) -> bool:
    """Return whether an object is of a kind that a CustomResourceDefinition made."""
    return resource.group not in BUILT_IN


def kinds(resources: Iterable[Resource]) -> list[tuple[str, int]]:
    """Return kinds and how many of each, most first."""
    return sorted(
        Counter(resource.kind for resource in resources).items(),
        key=lambda pair: (-pair[1], pair[0]),
    )


def _by(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    found: dict[K, list[T]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return dict(found)


def _with_itself(graph: Graph, identity: str) -> set[str]:
    """Return what a layer waits for through its direct dependencies; the layer is among it where it
    is in a cycle."""
    found: set[str] = set()
    for target in graph.requires[identity]:
        found |= {target, *graph.dependencies(target)}
    return found


def _substituted(variables: Iterable[Variable]) -> dict[tuple[str, int], tuple[str, ...]]:
    found: dict[tuple[str, int], dict[str, None]] = {}
    for variable in variables:
        place = variable.defined_at
        if place is not None and variable.used_at:
            found.setdefault((place.file, place.line), {})[variable.layer] = None
    return {place: tuple(layers) for place, layers in found.items()}
