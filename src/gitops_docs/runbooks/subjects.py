"""Find what an alert is about: the namespace, the object, the layer and the release that fail.

In: alerts with their runbooks, and the platform. Out: a `Subject` for each alert rule. The best
source wins: what the rule or its runbook states; fixed labels that match an object; a name. Where
only the firing alert knows, the labels that say it are noted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.kubernetes import metrics
from gitops_docs.model import (
    Alert,
    Layer,
    Platform,
    Release,
    Resource,
    Runbook,
    Subject,
    SubjectState,
    Workload,
)
from gitops_docs.runbooks.applies_to import Targets
from gitops_docs.text import patterns, promql, templates
from gitops_docs.text.english import listing
from gitops_docs.text.patterns import PatternError

_PODS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ReplicaSet", "Pod")
_JOBS = ("CronJob", "Job")
_MONITORS = (
    "ServiceMonitor",
    "PodMonitor",
    "VMServiceScrape",
    "VMPodScrape",
    "Probe",
    "ScrapeConfig",
)
_ABOUT_OTHERS = frozenset({"Kustomization", "PrometheusRule", "VMRule", *_MONITORS})
"""Kinds that stand in a namespace because of what they are about elsewhere."""
_NAMED = frozenset({*_PODS, *metrics.KINDS.values()})
_SPELLED = {
    kind.lower(): kind for kind in (*_PODS, *metrics.KINDS.values(), "Kustomization", "HelmRelease")
}
_SHARED = frozenset(["default", "kube-system", "kube-public", "kube-node-lease"])
"""Namespaces that Kubernetes makes, and fills with what is not in Git."""
_SAID = 3
"""Matchers that a reason names."""
_SHORT = 3
"""The least letters of a metric's first word that can be the name of a component."""


_APPLICATION = ("app_kubernetes_io_name", "app", "k8s_app")
"""Labels of pods whose value most monitors take for the `job`, as Prometheus spells them."""

_ReleaseKey = tuple[str, str, str]
"""Layer, namespace and name of a release."""


class _Hit(Struct, frozen=True):
    kind: str
    namespace: str
    name: str
    layer: str
    release: _ReleaseKey | None = None
    """Of an object that a chart makes."""


class _Given:
    """What the labels of a rule and one alternative of its expression fix.

    Args:
        rule: The labels of the rule.
        alternative: Of its expression.
        texts: Labels that its annotations show.
    """

    def __init__(
        self, rule: Mapping[str, str], alternative: promql.Alternative, texts: tuple[str, ...]
    ) -> None:
        self.alternative = alternative
        templated = tuple(key for key, value in rule.items() if _is_template(value))
        self.shown = tuple(dict.fromkeys((*alternative.labels, *texts, *templated)))
        """Labels that the firing alert certainly has."""
        self.measured = [found for found in map(metrics.measured, alternative.metrics) if found]
        """What its metrics are about, as far as that is known."""
        self._fixed = {matcher.label: matcher.values for matcher in alternative.matchers}
        for label, value in rule.items():
            self._fixed[label] = () if label in templated else (value,)

    def values(self, label: str) -> tuple[str, ...]:
        """Return the values that a label may have, where that is fixed."""
        return self._fixed.get(label, ())

    def pattern(self, label: str) -> str | None:
        """Return the expression that a label matches, where it lists no values."""
        matcher = self.alternative.matcher(label)
        return (
            matcher.value
            if matcher is not None and not matcher.values and matcher.operator == "=~"
            else None
        )


def _is_template(value: str) -> bool:
    return "{{" in value or "${" in value


class KnownSubjects:
    """The subjects of the last scan. As long as layers, releases and pages are called the same, an
    alert that is the same again has the same subject, and is the same object."""

    def __init__(self) -> None:
        self._names: object = None
        self._subjects: Subjects | None = None
        self._before: dict[Alert, Alert] = {}

    def of(
        self, platform: Platform, runbooks: Sequence[Runbook], alerts: Sequence[Alert]
    ) -> tuple[Alert, ...]:
        """Return the alerts with their subjects."""
        names = _names(platform, runbooks)
        if self._subjects is None or names != self._names:
            self._names, self._subjects, self._before = names, Subjects(platform, runbooks), {}
        now = {}
        for alert in alerts:
            now[alert] = self._before.get(alert) or self._subjects.of(alert)
        self._before = now
        return tuple(now[alert] for alert in alerts)


def _names(platform: Platform, runbooks: Sequence[Runbook]) -> object:
    """Return everything that subjects depend on, besides the alerts themselves."""
    return (
        [
            (
                layer.id,
                layer.namespace,
                layer.name,
                layer.target_namespace,
                layer.status,
                [
                    (item.kind, item.api_version, item.namespace, item.name, item.cluster_scoped)
                    for item in layer.resources
                ],
            )
            for layer in platform.layers
        ],
        [
            (
                item.layer,
                item.namespace,
                item.name,
                item.target_namespace,
                item.release_name,
                item.chart,
                item.rendering.objects,
            )
            for item in platform.releases
        ],
        [
            (item.layer, item.kind, item.namespace, item.name, item.labels)
            for item in platform.workloads
        ],
        list(runbooks),
    )


class Subjects:
    """The subjects of the alerts of one platform."""

    def __init__(self, platform: Platform, runbooks: Iterable[Runbook]) -> None:
        self._pages = {book.file: book for book in runbooks}
        self._targets = Targets(platform)
        self._layers = {layer.id: layer for layer in platform.layers}
        self._releases = {
            (item.layer, item.namespace, item.name): item for item in platform.releases
        }
        self._objects: dict[tuple[str, str], list[_Hit]] = defaultdict(list)
        """(cluster, name) to the objects, those of charts included."""
        self._labelled: dict[tuple[str, str, str], list[_Hit]] = defaultdict(list)
        """(cluster, label of its pods as Prometheus spells it, value) to the workloads."""
        self._of_kind: dict[tuple[str, str], list[_Hit]] = defaultdict(list)
        """(cluster, kind) to the objects, of the kinds that labels name."""
        self._holders: dict[tuple[str, str], set[str]] = defaultdict(set)
        """(cluster, namespace) to the layers that apply something there."""
        self._workloads: dict[tuple[str, str], int] = defaultdict(int)
        self._installed: dict[tuple[str, str], list[Release]] = defaultdict(list)
        self._of_cluster: dict[str, list[Release]] = defaultdict(list)
        self._names: dict[str, dict[str, set[tuple[str, tuple[str, str, str] | None]]]] = (
            defaultdict(lambda: defaultdict(set))
        )
        """Cluster, then squeezed name, to (layer, release) that is called so."""
        self._equal: dict[tuple[str, str | None, str], list[Release]] = defaultdict(list)
        """(cluster, namespace or None for all, name) to the releases that have this name, as
        HelmRelease, for Helm, or as chart."""
        self._called: dict[tuple[str, str | None, str], list[Release]] = defaultdict(list)
        """The same without the chart."""
        for layer in platform.layers:
            self._add_layer(layer)
        for release in platform.releases:
            self._add_release(release)
        for workload in platform.workloads:
            self._add_labels(workload)
        self._matching = lru_cache(maxsize=4096)(self._like)

    def _add_layer(self, layer: Layer) -> None:
        for item in layer.resources:
            namespace = "" if item.cluster_scoped else item.namespace or ""
            hit = _Hit(item.kind, namespace, item.name, layer.id)
            if item.kind == "Kustomization" and item.group.startswith("kustomize.toolkit."):
                # What fails is the layer, not the one that applies its object.
                continue
            self._objects[layer.cluster, item.name].append(hit)
            if item.kind in _NAMED:
                self._of_kind[layer.cluster, item.kind].append(hit)
            if item.kind in _PODS:
                self._workloads[layer.cluster, namespace] += 1
            if namespace and item.kind not in _ABOUT_OTHERS:
                self._holders[layer.cluster, namespace].add(layer.id)
        self._objects[layer.cluster, layer.name].append(
            _Hit("Kustomization", layer.namespace, layer.name, layer.id)
        )

    def _add_release(self, release: Release) -> None:
        key = (release.layer, release.namespace, release.name)
        namespace = release.target_namespace or release.namespace
        self._installed[release.cluster, namespace].append(release)
        self._of_cluster[release.cluster].append(release)
        self._holders[release.cluster, namespace].add(release.layer)
        own = {release.name, release.release_name}
        every = own | {release.chart.rpartition("/")[2]}
        for space in (namespace, None):
            for name in every:
                self._equal[release.cluster, space, name].append(release)
            for name in own:
                self._called[release.cluster, space, name].append(release)
        for name in every:
            if name:
                self._names[release.cluster][_squeezed(name)].add((release.layer, key))
        self._add_objects(release, key)

    def _add_objects(self, release: Release, key: _ReleaseKey) -> None:
        """Add what the chart of a release makes."""
        cluster = release.cluster
        for name in {found for item in release.objects if (found := _subchart(item))}:
            self._names[cluster][_squeezed(name)].add((release.layer, key))
        for item in release.objects:
            space = "" if item.cluster_scoped else item.namespace or ""
            hit = _Hit(item.kind, space, item.name, release.layer, key)
            self._objects[cluster, item.name].append(hit)
            if space and item.kind not in _ABOUT_OTHERS:
                self._holders[cluster, space].add(release.layer)
            if item.kind in _NAMED:
                self._of_kind[cluster, item.kind].append(hit)
            if item.kind in _PODS:
                installed = self._installed[cluster, space]
                if release not in installed:
                    installed.append(release)

    def _add_labels(self, workload: Workload) -> None:
        origin = workload.origin
        key = (workload.layer, origin.namespace, origin.release) if origin is not None else None
        hit = _Hit(workload.kind, workload.namespace, workload.name, workload.layer, key)
        for label, value in workload.labels:
            self._labelled[workload.cluster, _as_label(label), value].append(hit)

    def of(self, alert: Alert) -> Alert:
        """Return the alert with its subject; a Flux Alert is about its event sources and has
        none."""
        if alert.kind != "rule":
            return alert
        return replace(alert, subject=self._stated(alert, self._read(alert)))

    # -- what the rule says

    def _read(self, alert: Alert) -> Subject:
        query = promql.read(alert.expression or "")
        texts = templates.labels(
            "\n".join(filter(None, (alert.summary, alert.description, alert.runbook_url)))
        )
        rule = {
            label: value
            for label, value in alert.labels
            if _is_template(value) or self._is_name(alert.cluster, label, value)
        }
        found = [
            self._resolved(alert, _Given(rule, item, texts))
            for item in query.alternatives or (promql.Alternative(),)
        ]
        merged = found[0] if len(set(found)) == 1 else _merged(found)
        if not query.complete and merged.certain:
            why = "the expression is too long to be read as a whole"
            return replace(merged, state=SubjectState.LABELS, reason=why, layer=None, release=None)
        return merged

    def _is_name(self, cluster: str, label: str, value: str) -> bool:
        """Return whether a label that the rule adds may name what fails. Authors put words of their
        own in labels such as `service`, so that these must be names that the repository has."""
        named = metrics.KINDS.get(label)
        if named is None and label not in metrics.COMPONENTS:
            return True
        if named is not None and self._find(cluster, named, value, ()):
            return True
        return label in metrics.COMPONENTS and bool(
            self._equal.get((cluster, None, value))
            or self._of_kinds(cluster, ("Service", *_PODS, *_MONITORS), value, ())
            or any(self._labelled.get((cluster, key, value)) for key in (label, *_APPLICATION))
        )

    def _resolved(self, alert: Alert, given: _Given) -> Subject:
        cluster = alert.cluster
        spaces, space_label = _namespace(given)
        kind, names, label = _object(given)
        measured = given.measured
        base = Subject(
            namespace=spaces[0] if len(spaces) == 1 else None,
            kind=kind,
            name=names[0] if len(names) == 1 else None,
            name_label=label if len(names) != 1 else None,
            namespace_label=space_label
            if len(spaces) != 1 and kind not in metrics.CLUSTER_SCOPED
            else None,
        )
        base = replace(base, labels=_runtime(base, given, measured))
        said = _words(given, spaces, names, label)
        if names and kind is not None:
            hits = [hit for name in names for hit in self._find(cluster, kind, name, spaces)]
            subject = self._from_hits(base, hits, said, every=len(names))
            if subject is not None:
                return subject
            if kind == "Node" or kind in metrics.CLUSTER_SCOPED:
                return replace(
                    base,
                    state=SubjectState.LABELS,
                    reason=f"{said}: a {kind}, which no layer applies",
                )
        for matched, named in metrics.KINDS.items():
            pattern = given.pattern(matched)
            if pattern is not None:
                hits = list(self._matching(cluster, spaces, named, pattern))
                subject = self._from_hits(base, hits, f'`{matched}=~"{pattern}"`')
                if subject is not None:
                    return subject
        for name_label, name in _called(given, exporter=bool(measured)):
            subject = self._component(cluster, base, name_label, name, spaces)
            if subject is not None:
                return subject
        if names and kind is not None and not names[1:]:
            subject = self._by_release(cluster, base, names[0], spaces, said)
            if subject is not None:
                return subject
        subject = self._by_namespace(cluster, base, spaces, said)
        if subject is not None:
            return subject
        if measured and not base.name and not names:
            return self._by_labels(base, given, measured)
        return self._by_name(alert, base, given) or self._by_labels(base, given, measured)

    def _find(self, cluster: str, kind: str, name: str, spaces: tuple[str, ...]) -> list[_Hit]:
        kinds = _PODS if kind == "Workload" else (kind,)
        found = [hit for hit in self._objects.get((cluster, name), ()) if hit.kind in kinds]
        if kind == "Pod":
            found += [
                hit for hit in self._of_kind[cluster, "StatefulSet"] if _is_replica(name, hit.name)
            ]
        return [hit for hit in found if not spaces or not hit.namespace or hit.namespace in spaces]

    def _like(
        self, cluster: str, spaces: tuple[str, ...], kind: str, pattern: str
    ) -> tuple[_Hit, ...]:
        """Return the objects of such names: of pods, the workloads that have them, and of Jobs the
        CronJobs that make them."""
        if pattern in (".*", ".+", ""):
            return ()
        names = {"Pod": metrics.pods_of, "Job": metrics.jobs_of}.get(kind)
        kinds = _PODS if kind in ("Pod", "Workload") else _JOBS if kind == "Job" else (kind,)
        try:
            compiled = patterns.compile(pattern)
            return tuple(
                hit
                for each in kinds
                for hit in self._of_kind[cluster, each]
                if (not spaces or not hit.namespace or hit.namespace in spaces)
                and compiled.fullmatch((names(hit.kind, hit.name) if names else hit.name) or "")
            )
        except PatternError:
            return ()

    def _from_hits(
        self, base: Subject, hits: list[_Hit], said: str, every: int = 1
    ) -> Subject | None:
        """Return the subject where all objects that were found are of one layer; None otherwise."""
        hits = list(dict.fromkeys(hits))
        if (
            len({hit.layer for hit in hits}) != 1
            or len({(hit.kind, hit.namespace, hit.name) for hit in hits}) < every
        ):
            return None
        first = hits[0]
        one = len(hits) == 1
        releases = {hit.release for hit in hits}
        release = releases.pop() if len(releases) == 1 else None
        if one and first.kind == "HelmRelease":
            release = (first.layer, first.namespace, first.name)
        if release is not None and release not in self._releases:
            release = None
        spaces = {hit.namespace for hit in hits}
        namespace = base.namespace or (first.namespace or None if len(spaces) == 1 else None)
        labels = tuple(
            label
            for label in base.labels
            if not (
                label == base.namespace_label
                and namespace
                or label == base.name_label
                and one
                and base.kind != "Pod"
            )
        )
        return replace(
            base,
            state=SubjectState.KNOWN,
            reason=f"{said}: {_named(hits)}",
            namespace=namespace,
            namespace_label=None if namespace else base.namespace_label,
            kind=first.kind if one else base.kind,
            name=first.name if one else None,
            name_label=None if one else base.name_label,
            layer=first.layer,
            release=release,
            labels=labels,
        )

    # -- what it is called

    def _component(
        self, cluster: str, base: Subject, label: str, name: str, spaces: tuple[str, ...]
    ) -> Subject | None:
        """Return the component that a label such as `job` or `app` names."""
        said = f'`{label}="{name}"`'
        space, _, last = name.rpartition("/")
        within = spaces or ((space,) if space else ())
        for kinds in (
            (("Service",), _PODS, _MONITORS)
            if "job" in label or label == "service"
            else (_PODS, ("Service",))
        ):
            hits = self._of_kinds(cluster, kinds, last, within)
            if not hits and kinds == _MONITORS:
                # The namespace of a monitor is often another one than that of what it watches.
                hits = self._of_kinds(cluster, kinds, last, ())
            found = self._from_hits(base, hits, said)
            if found is None:
                continue
            if kinds == _PODS:
                return found
            # The Service and the monitor tell the layer; what fails is behind them.
            return replace(
                found,
                namespace=found.namespace if kinds == ("Service",) or base.namespace else None,
                namespace_label=base.namespace_label if kinds == _MONITORS else None,
                kind=base.kind,
                name=base.name,
                name_label=base.name_label,
                labels=base.labels if kinds == _MONITORS else found.labels,
            )
        return self._by_pods(cluster, base, label, last, within) or self._by_release(
            cluster, base, last, spaces, said
        )

    def _of_kinds(
        self, cluster: str, kinds: tuple[str, ...], name: str, spaces: tuple[str, ...]
    ) -> list[_Hit]:
        return [
            hit
            for hit in self._objects.get((cluster, name), ())
            if hit.kind in kinds and (not spaces or not hit.namespace or hit.namespace in spaces)
        ]

    def _by_pods(
        self, cluster: str, base: Subject, label: str, value: str, spaces: tuple[str, ...]
    ) -> Subject | None:
        """Return the workload whose pods have a label, or the one that a `job` is probably called
        after."""
        is_job = "job" in label
        for key in _APPLICATION if is_job else (label,):
            hits = [
                hit
                for hit in self._labelled.get((cluster, key, value), ())
                if not spaces or hit.namespace in spaces
            ]
            said = f'`{label}="{value}"`, the label `{key}` of its pods' if is_job else ""
            found = self._from_hits(base, hits, said or f'`{label}="{value}"` of its pods')
            if found is not None:
                return replace(found, state=SubjectState.INFERRED) if is_job else found
        return None

    def _by_release(
        self, cluster: str, base: Subject, name: str, spaces: tuple[str, ...], said: str
    ) -> Subject | None:
        """Return the release whose chart probably makes an object of this name."""
        among = spaces or (None,)
        alike = [item for space in among for item in self._equal.get((cluster, space, name), ())]
        if not alike:
            starts = [name[:end] for end, letter in enumerate(name) if letter == "-" and end]
            found = (
                item
                for space in among
                for start in starts
                for item in self._called.get((cluster, space, start), ())
            )
            alike = list({id(item): item for item in found}.values())
        alike = (
            alike
            if len(alike) < 2
            else [item for item in alike if len(item.name) == max(len(x.name) for x in alike)]
        )
        if len(alike) == 1:
            return self._inferred(
                base, alike[0], f"{said}: the name of release {alike[0].namespace}/{alike[0].name}"
            )
        return None

    def _by_namespace(
        self, cluster: str, base: Subject, spaces: tuple[str, ...], said: str
    ) -> Subject | None:
        """Return the only layer that applies something in the namespace, and its only release
        there."""
        if _SHARED.intersection(spaces):
            return None
        holders = {layer for space in spaces for layer in self._holders.get((cluster, space), ())}
        if len(holders) != 1:
            return None
        [layer] = holders
        releases = [item for space in spaces for item in self._installed.get((cluster, space), ())]
        alone = len(releases) == 1 and not any(
            self._workloads.get((cluster, space)) for space in spaces
        )
        release = (releases[0].layer, releases[0].namespace, releases[0].name) if alone else None
        what = f"release {releases[0].name}" if alone else f"layer {self._layers[layer].name}"
        space = f"`{spaces[0]}`" if len(spaces) == 1 else "these namespaces"
        reason = (
            f"{said}: only {what} installs into {space}"
            if alone
            else f"{said}: only {what} applies objects in {space}"
        )
        state = SubjectState.KNOWN if self._is_complete(cluster) else SubjectState.INFERRED
        return replace(base, state=state, reason=reason, layer=layer, release=release)

    def _is_complete(self, cluster: str) -> bool:
        return all(
            layer.status == "rendered"
            for layer in self._layers.values()
            if layer.cluster == cluster
        )

    def _by_name(self, alert: Alert, base: Subject, given: _Given) -> Subject | None:
        """Return the component that is called like the metric, or like the object that holds the
        rule."""
        names = self._names.get(alert.cluster, {})
        for metric in given.alternative.metrics:
            if metric in metrics.GENERIC or metrics.measured(metric):
                continue
            words = [word for word in metric.split(":")[0].split("_") if word]
            for end in range(min(3, len(words)), 0, -1):
                found = names.get("".join(words[:end]).lower(), ())
                if len(found) == 1 and len("".join(words[:end])) >= _SHORT:
                    [(_, key)] = found
                    if key is not None:
                        return self._inferred(
                            base, self._releases[key], f"the metric `{metric}` begins with its name"
                        )
        own = _squeezed(alert.object_name)
        for name in (
            own,
            own.removesuffix("rules"),
            own.removesuffix("alerts"),
            own.removesuffix("alertrules"),
        ):
            found = names.get(name, ())
            if len(found) == 1:
                [(_, key)] = found
                if key is not None:
                    why = f"the object that holds the rule is called `{alert.object_name}`"
                    return self._inferred(base, self._releases[key], why)
        return None

    def _inferred(self, base: Subject, release: Release, reason: str) -> Subject:
        return replace(
            base,
            state=SubjectState.INFERRED,
            reason=reason,
            layer=release.layer,
            release=(release.layer, release.namespace, release.name),
        )

    def _by_labels(self, base: Subject, given: _Given, measured: list[metrics.Measured]) -> Subject:
        """Return the labels of the firing alert say it, if any does."""
        metric = next((name for name in given.alternative.metrics), None)
        which = f"`{metric}`" if metric else "its expression"
        telling = [base.name_label, base.namespace_label]
        if not any(telling) and not base.namespace and not base.name:
            why = (
                "its expression reads no metric"
                if not metric and not given.alternative.matchers
                else f"no label of {which} names an object"
            )
            return replace(base, state=SubjectState.UNKNOWN, reason=why)
        if base.name or base.namespace:
            named = f"{base.kind} {base.name}" if base.name else f"namespace {base.namespace}"
            why = f"the rule is about {named}, which no layer of this cluster applies alone"
            return replace(base, state=SubjectState.LABELS, reason=why)
        called = dict(_called(given, exporter=bool(measured)))
        if called:
            said = " and ".join(f'`{label}="{value}"`' for label, value in called.items())
            return replace(
                base, state=SubjectState.LABELS, reason=f"nothing in this repository matches {said}"
            )
        kind = measured[0].kind if measured and measured[0].kind else None
        every = f"every {kind}" if kind else "everything"
        matched = [
            f'`{one.label}{one.operator}"{one.value}"`' for one in given.alternative.matchers
        ]
        where = f" with {', '.join(matched[:_SAID])}" if matched else ""
        where += f" and {len(matched) - _SAID} more" if len(matched) > _SAID else ""
        return replace(
            base,
            state=SubjectState.LABELS,
            reason=f"the rule matches {every} that {which} reports{where}",
        )

    # -- what the rule states

    def _stated(self, alert: Alert, read: Subject) -> Subject:
        page = self._pages.get(alert.runbook.page or "")
        if alert.stated is not None:
            releases, layers = self._targeted(alert.cluster, alert.stated)
            how = f"the annotation `gitops-docs/component` names `{alert.stated}`"
        elif page is not None:
            releases = [
                key for key in page.releases if self._releases[key].cluster == alert.cluster
            ]
            layers = [one for one in page.layers if self._layers[one].cluster == alert.cluster]
            how = "`applies_to` of its runbook names it"
        else:
            return read
        releases, layers = list(dict.fromkeys(releases)), list(dict.fromkeys(layers))
        if not releases and not layers:
            if alert.stated is None or read.state in (SubjectState.KNOWN, SubjectState.STATED):
                return read
            why = (
                f"the annotation `gitops-docs/component` names `{alert.stated}`, which this "
                f"cluster does not have"
            )
            return replace(read, reason=f"{read.reason}; {why}" if read.reason else why)
        if len(releases) == 1 and set(layers) <= {releases[0][0]}:
            release = self._releases[releases[0]]
            space = read.namespace or release.target_namespace or release.namespace
            return _filled(
                read,
                space,
                state=SubjectState.STATED,
                reason=how,
                layer=release.layer,
                release=releases[0],
            )
        holders = set(layers) if layers else {key[0] for key in releases}
        if len(holders) == 1:
            layer = self._layers[next(iter(holders))]
            spaces = {
                item.namespace
                for item in layer.resources
                if item.namespace and not item.cluster_scoped
            }
            only = next(iter(spaces)) if len(spaces) == 1 else None
            within = read.namespace or layer.target_namespace or only
            return _filled(
                read, within, state=SubjectState.STATED, reason=how, layer=layer.id, release=None
            )
        return read

    def _targeted(self, cluster: str, stated: str) -> tuple[list[tuple[str, str, str]], list[str]]:
        space, _, name = stated.strip("/").rpartition("/")
        releases = [
            (item.layer, item.namespace, item.name)
            for item in self._of_cluster.get(cluster, ())
            if item.name == name and space in ("", item.namespace, item.target_namespace)
        ]
        if releases:
            return releases, []
        layers = [
            hit.layer
            for hit in self._of_kinds(cluster, ("Kustomization", *_PODS), name, ())
            if space in ("", hit.namespace)
        ]
        if layers:
            return [], layers
        matched = self._targets.match(stated)
        return (
            sorted(key for key in matched.releases if self._releases[key].cluster == cluster),
            sorted(one for one in matched.layers if self._layers[one].cluster == cluster),
        )


def _filled(subject: Subject, space: str | None, **changes: object) -> Subject:
    """Return the subject with a namespace from another source."""
    labels = tuple(
        label for label in subject.labels if label != subject.namespace_label or not space
    )
    return replace(
        subject,
        namespace=space,
        namespace_label=None if space else subject.namespace_label,
        labels=labels,
        **changes,
    )


def _merged(found: list[Subject]) -> Subject:
    """Return what all alternatives of an expression have in common."""

    def common(read: Callable[[Subject], str | None]) -> str | None:
        values = {read(item) for item in found}
        return values.pop() if len(values) == 1 else None

    kind, space = common(lambda item: item.kind), common(lambda item: item.namespace)
    name = common(lambda item: item.name)
    same = {(item.layer, item.release) for item in found}
    layer = common(lambda item: item.layer)
    states = {item.state for item in found}
    sure = layer is not None and states <= {SubjectState.KNOWN, SubjectState.INFERRED}
    state = SubjectState.LABELS
    if sure:
        state = SubjectState.KNOWN if states == {SubjectState.KNOWN} else SubjectState.INFERRED
    name_label = (
        next((label for label, of in metrics.KINDS.items() if of == kind), None) if kind else None
    )
    labels = [label for item in found for label in item.labels]
    space_label = (
        None if space else next((x.namespace_label for x in found if x.namespace_label), None)
    )
    if space_label is None and space is None and any(item.namespace for item in found):
        space_label = "namespace"
    name_label = None if name else next((x.name_label for x in found if x.name_label), name_label)
    return Subject(
        state=state,
        reason="; ".join(dict.fromkeys(item.reason for item in found))
        if sure
        else f"the expression names several objects{_several(found)}",
        namespace=space,
        kind=kind,
        name=name,
        layer=layer if sure else None,
        release=found[0].release if sure and len(same) == 1 else None,
        labels=tuple(dict.fromkeys(filter(None, (space_label, name_label, *labels)))),
        namespace_label=space_label,
        name_label=name_label,
    )


def _several(found: Iterable[Subject]) -> str:
    """Return the objects that the alternatives fix, as a reason."""
    each = dict.fromkeys(f"{one.kind} {one.name}" for one in found if one.kind and one.name)
    return f": {listing(list(each))}" if len(each) > 1 else ""


def _namespace(given: _Given) -> tuple[tuple[str, ...], str | None]:
    """Return the fixed namespaces, and otherwise the label that holds the namespace."""
    for label in metrics.NAMESPACES:
        values = given.values(label)
        if values:
            return values, label
        if label in given.shown or given.alternative.matcher(label) is not None:
            # A label that the expression names and does not fix counts before the ones behind it.
            return (), label
    found = given.measured
    if given.alternative.closed or found and not any(item.namespaced for item in found):
        return (), None
    return (), "namespace" if given.alternative.metrics or given.alternative.matchers else None


def _object(given: _Given) -> tuple[str | None, tuple[str, ...], str | None]:
    """Kind, names where they are fixed, and the label that holds the name."""
    kinds = [value for label in metrics.KIND_LABELS for value in given.values(label)]
    kind = _kind(kinds[0]) if len(kinds) == 1 else None
    for label in ("exported_name", "name", "customresource_name"):
        if kind is not None and given.values(label):
            return kind, given.values(label), label
    for label, named in metrics.KINDS.items():
        values = given.values(label)
        if values:
            return kind if named == "Workload" and kind else named, values, label
    owner, owned_by = metrics.OWNER
    if len(given.values(owner)) == 1 and given.values(owned_by):
        return _kind(given.values(owner)[0]), given.values(owned_by), owned_by
    shown = given.shown
    for label, named in metrics.KINDS.items():
        if label in shown and named not in ("Node", "Service", "Pod"):
            return kind if named == "Workload" and kind else named, (), label
    for found in given.measured:
        if found.label and (not given.alternative.closed or found.label in shown):
            names = given.values(found.label) if found.label != "instance" else ()
            return found.kind or kind, names, found.label
    if kind is not None and ("name" in shown or not given.alternative.closed):
        return kind, (), "name"
    for label in (
        "exported_pod",
        "pod",
        "pod_name",
        "exported_node",
        "node",
        "exported_service",
        "service",
    ):
        if label in shown or given.alternative.matcher(label) is not None:
            return metrics.KINDS[label], (), label
    return None, (), None


def _kind(written: str) -> str | None:
    """Return the kind as Kubernetes spells it; None where the value of a label called `kind` is
    something else."""
    looks = written[:1].isupper() and written.isalnum() and written.isascii()
    return _SPELLED.get(written.lower(), written if looks else None)


def _runtime(subject: Subject, given: _Given, measured: list[metrics.Measured]) -> tuple[str, ...]:
    """Return the labels that only the firing alert has, those that name the object first."""
    found = [subject.namespace_label, subject.name_label]
    if not given.alternative.closed:
        found += [label for item in measured for label in item.more]
        if "up" in given.alternative.metrics:
            found += ["job", "instance"]
    found += list(given.shown)
    fixed = {label for label in given.shown if len(given.values(label)) == 1}
    return tuple(
        dict.fromkeys(label for label in found if label and label not in fixed and label != "le")
    )


def _called(given: _Given, *, exporter: bool) -> Iterable[tuple[str, str]]:
    """Return the labels that name an application, with the names that they fix. `job` is left to
    the exporter where it reports about other objects."""
    for label in metrics.COMPONENTS:
        if exporter and label in ("job", "component"):
            continue
        values = given.values(label)
        if len(values) == 1:
            yield label, values[0]


def _words(
    given: _Given, spaces: tuple[str, ...], names: tuple[str, ...], label: str | None
) -> str:
    space = next((one for one in metrics.NAMESPACES if given.values(one)), "")
    parts = [f'`{space}="{"|".join(spaces)}"`'] if spaces and space else []
    if names and label:
        parts.append(f'`{label}="{"|".join(names)}"`')
    return " and ".join(parts) or "the expression"


def _named(hits: list[_Hit]) -> str:
    first = hits[0]
    named = f"{first.kind} {f'{first.namespace}/' if first.namespace else ''}{first.name}"
    if len(hits) > 1:
        named += f" and {len(hits) - 1} more"
    releases = {hit.release for hit in hits}
    if len(releases) == 1 and first.release is not None:
        return f"{named} of release {first.release[1]}/{first.release[2]}"
    return f"{named} of the same layer" if len(hits) > 1 else named


def _is_replica(pod: str, name: str) -> bool:
    """Return whether a pod has the name of a replica of a StatefulSet: its name and a number."""
    return pod.startswith(f"{name}-") and pod[len(name) + 1 :].isdecimal()


def _subchart(item: Resource) -> str:
    """Return the chart inside of a chart that makes an object; empty where the chart itself makes
    it."""
    name, parts = "", item.origin.template.split("/") if item.origin is not None else []
    while parts[:1] == ["charts"] and len(parts) > 2:
        name, parts = parts[1], parts[2:]
    return name


def _as_label(key: str) -> str:
    """Return a label of a pod as Prometheus spells it."""
    return patterns.sub(r"[^A-Za-z0-9_]", "_", key)


def _squeezed(name: str) -> str:
    return patterns.sub(r"[^a-z0-9]+", "", name.lower())
