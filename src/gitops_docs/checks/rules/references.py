"""Check names that lead nowhere: sources of layers and charts, Providers of Alerts, substituteFrom;
and files that no layer applies.

What may well be made outside Git is information, unless a name looks like a slip.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from gitops_docs import model
from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context, layers_named, slip
from gitops_docs.kubernetes.flux import SOURCE_GROUP
from gitops_docs.model import (
    Family,
    Finding,
    Layer,
    LayerStatus,
    Ref,
    Release,
    Severity,
    SourceRef,
    SubstituteFrom,
)
from gitops_docs.text.english import listed
from gitops_docs.text.patterns import Pattern
from gitops_docs.text.suggest import near

_LEADING = frozenset({"HelmRelease", "Kustomization", "Deployment", "StatefulSet", "DaemonSet"})
"""Kinds that a component is known by."""
_VARIABLE = Pattern(r"`(\$\{[^`]*\})`")
_User = tuple[Layer, SubstituteFrom]
"""A layer, and the entry of its substituteFrom."""


class SourceUnknown(Check):
    code = "source-unknown"
    family = Family.REFERENCES
    severity = Severity.WARNING
    title = "No layer declares the source of a layer"
    about = (
        "Sources that `flux bootstrap` or the operator create are not in Git, so this is not an "
        "error. Where the path exists in this repository, its content is taken from there."
    )
    remedy = (
        "Correct the name, or declare the source. The setting `sources` maps a source to a "
        "directory."
    )
    bad = "sourceRef: {kind: GitRepository, name: flet}"
    good = "sourceRef: {kind: GitRepository, name: fleet}"
    varies = (
        "A note where the root is not in Git and a layer comes from another repository, or where the "
        "source is called `flux-system`."
    )

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find one for each source that nothing declares, on however many clusters, unless what
        makes the root made it."""
        known = context.shared(_declared) | _made_with_roots(context)
        external = _with_other_repositories(context)
        missing: dict[tuple[str, str, str, str], list[Layer]] = defaultdict(list)
        for layer in context.platform.layers:
            source = layer.source
            key = (layer.cluster, source.kind, source.namespace, source.name)
            if (
                key not in known
                and source.name
                and source.kind != "ExternalArtifact"
                and "${" not in source.name
            ):
                missing[key].append(layer)
        causes: dict[tuple[str, str, str, str], list[Layer]] = defaultdict(list)
        for (cluster, kind, namespace, name), layers in sorted(missing.items()):
            meant = _meant(cluster, layers[0].source, known) or ""
            causes[kind, namespace, name, meant] += layers
        for (kind, namespace, name, meant), layers in sorted(causes.items()):
            layers.sort(key=lambda layer: (layer.place("sourceRef.name"), layer.id))
            first = layers[0]
            taken = (
                "its content is not known"
                if first.status is LayerStatus.EXTERNAL
                else "taken for this repository"
            )
            message = (
                f"no layer of the cluster declares {kind} {namespace}/{name}, the source of "
                f"{layers_named(layers)} ({taken}); "
                f"{meant or 'correct the name, or declare it if nothing outside Git makes it'}"
            )
            # What makes the root often makes its source too, and what is not here may make any.
            outside = all(
                layer.cluster in context.guessed
                and (name == "flux-system" or layer.cluster in external)
                for layer in layers
            )
            yield cls.at(
                first.place("sourceRef.name"),
                message,
                layers=[layer.id for layer in layers],
                severity=Severity.INFO if outside and not meant else Severity.WARNING,
                cause=f"no {kind} {namespace}/{name}",
            )
        yield from cls._included(context, known)

    @classmethod
    def _included(
        cls, context: Context, known: set[tuple[str, str, str, str]]
    ) -> Iterator[Finding]:
        """Find GitRepositories that one takes in and nothing declares: source-controller waits for
        them."""
        for source in context.platform.sources:
            for item in source.includes:
                name = item.name
                asked = SourceRef(source.kind, source.namespace, name)
                if (source.cluster, source.kind, source.namespace, name) in known or "${" in name:
                    continue
                meant = _meant(source.cluster, asked, known)
                message = (
                    f"no layer of the cluster declares GitRepository {source.namespace}/{name}, which "
                    f"GitRepository {source.namespace}/{source.name} includes: it has no artifact "
                    f"until something creates it; {meant or 'correct the name, or declare it'}"
                )
                yield cls.at(
                    item,
                    message,
                    layers=[source.layer],
                    about=[
                        Ref(
                            source.cluster, SOURCE_GROUP, source.kind, source.namespace, source.name
                        )
                    ],
                    cause=f"no GitRepository {source.namespace}/{name}",
                )


class ChartSourceUnknown(Check):
    code = "chart-source-unknown"
    family = Family.REFERENCES
    severity = Severity.INFO
    title = "No layer declares the source of a chart"
    about = "helm-controller cannot fetch the chart until something creates the source."
    remedy = "Declare it, or correct the name."
    bad = "sourceRef: {kind: HelmRepository, name: bitnmai}"
    good = "sourceRef: {kind: HelmRepository, name: bitnami}"
    varies = "A warning where a name is close, or in another namespace."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find one for each source that is not there, on however many clusters, at the first release
        that asks for it."""
        declared = context.shared(_declared)
        asked: dict[tuple[str, str, str, str], list[Release]] = defaultdict(list)
        for release in context.platform.releases:
            source = release.source
            key = (release.cluster, source.kind, source.namespace, source.name)
            if (
                source.name
                and source.kind not in ("HelmChart", "ExternalArtifact")
                and key not in declared
            ):
                asked[key].append(release)
        causes: dict[tuple[str, str, str, str], list[Release]] = defaultdict(list)
        for (cluster, kind, namespace, name), releases in sorted(asked.items()):
            if "${" not in f"{namespace}{name}":
                meant = _meant(cluster, releases[0].source, declared) or ""
                causes[kind, namespace, name, meant] += releases
        for (kind, namespace, name, meant), releases in sorted(causes.items()):
            releases.sort(key=lambda release: (release.file, release.line, release.layer))
            first = releases[0]
            who = listed(
                list(dict.fromkeys(f"{release.namespace}/{release.name}" for release in releases)),
                3,
            )
            message = (
                f"no layer of the cluster declares {kind} {namespace}/{name}, which the chart of "
                f"{who} comes from "
                f"(created outside Git?); {meant or 'declare it, or correct the name'}"
            )
            yield cls.at(
                first,
                message,
                layers=[release.layer for release in releases],
                about=releases,
                severity=Severity.WARNING if meant else Severity.INFO,
                cause=f"no {kind} {namespace}/{name}",
            )


class ProviderUnknown(Check):
    code = "provider-unknown"
    family = Family.REFERENCES
    severity = Severity.WARNING
    title = "An Alert names a Provider that no layer declares"
    about = (
        "An Alert without its Provider sends nothing. A Provider serves Alerts of its own "
        "namespace only."
    )
    remedy = "Declare the Provider in the namespace of the Alert."
    bad = "providerRef: {name: slak}"
    good = "providerRef: {name: slack}"
    varies = "A note where the root of the cluster is not in this repository."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        known = {
            (provider.cluster, provider.namespace, provider.name)
            for provider in context.platform.providers
        }
        for alert in context.platform.alerts:
            key = (alert.cluster, alert.namespace, alert.provider or "")
            if alert.kind != "flux" or not alert.provider or key in known or "${" in alert.provider:
                continue
            elsewhere = sorted(
                where
                for cluster, where, name in known
                if (cluster, name) == (alert.cluster, alert.provider)
            )
            likely = near(
                alert.provider,
                (name for cluster, where, name in known if (cluster, where) == key[:2]),
            )
            severity = Severity.WARNING
            if elsewhere:
                advice = (
                    f"there is one in {elsewhere[0]}, and a Provider serves its own namespace "
                    f"only: move one of the two"
                )
            elif likely:
                advice = f"did you mean `{likely}`?"
            else:
                advice = "without it nothing is sent: declare it or correct the name"
                if alert.cluster in context.guessed:
                    severity = Severity.INFO
            message = (
                f"Alert {alert.namespace}/{alert.name} sends to Provider {alert.provider}, "
                f"which no layer declares in namespace {alert.namespace}; {advice}"
            )
            cause = f"no Provider {alert.provider}"
            layers = [alert.layer]
            yield cls.at(
                alert, message, layers=layers, about=[alert], severity=severity, cause=cause
            )


class SubstituteFromUnknown(Check):
    code = "substitute-from-unknown"
    family = Family.REFERENCES
    severity = Severity.WARNING
    title = "Variables come from an object that is not in the repository"
    about = (
        "Flux fails the layer while a ConfigMap or Secret of `substituteFrom` that is not "
        "optional is missing, and it looks in the namespace of the Kustomization only."
    )
    remedy = (
        "Declare it, or make sure that what creates it comes before Flux; `optional: true` where "
        "the variables have defaults."
    )
    bad = "substituteFrom:\n  - kind: ConfigMap\n    name: cluster-var"
    good = "substituteFrom:\n  - kind: ConfigMap\n    name: cluster-vars"
    varies = (
        "A note where it is optional, where a file that no layer applies defines it, and where a layer "
        "of the cluster comes from another repository, which may make it."
    )

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find one for each ConfigMap or Secret that is not there, however many layers and clusters
        take variables from it."""
        external = _with_other_repositories(context)
        missing: dict[tuple[str, str, str, str], list[_User]] = defaultdict(list)
        for layer in context.platform.layers:
            for item in layer.substitute_from:
                known = item.found is not None or item.made_by is not None
                if item.kind in ("ConfigMap", "Secret") and not known:
                    key = (layer.cluster, layer.namespace, item.kind, item.name)
                    missing[key].append((layer, item))
        # What a parent patches into its children at one place is one cause, in however many
        # namespaces.
        places: dict[tuple[str, str, str, str, int], list[str]] = defaultdict(list)
        for (cluster, namespace, kind, name), users in sorted(missing.items()):
            users.sort(key=_urgency)
            first = users[0][1]
            places[cluster, kind, name, first.file, first.line].append(namespace)
        causes: dict[tuple[str, str, tuple[str, ...], bool, str], list[_User]] = defaultdict(list)
        for (cluster, kind, name, _, _), namespaces in sorted(places.items()):
            is_stray, advice = _advice(context, cluster, kind, namespaces[0], name)
            causes[kind, name, tuple(namespaces), is_stray, advice] += [
                user for one in namespaces for user in missing[cluster, one, kind, name]
            ]
        for (kind, name, found, is_stray, advice), users in sorted(causes.items()):
            users.sort(key=_urgency)
            layers = [user for user, _ in users]
            verb = "takes" if len({layer.name for layer in layers}) == 1 else "take"
            what = f"{kind} {found[0]}/{name}"
            if len(found) > 1:
                what = f"{kind} {name} in the namespaces {listed(found)}"
            message = (
                f"{what}, which {layers_named(layers)} {verb} variables from, is not in this "
                f"repository (created outside Git?); {advice}"
            )
            first = users[0][1]
            outside = all(layer.cluster in external for layer in layers)
            lax = first.optional or is_stray or outside
            yield cls.at(
                first,
                message,
                layers=[layer.id for layer in layers],
                severity=Severity.INFO if lax else Severity.WARNING,
                cause=f"no {kind} {name}",
            )


class SubstituteFromKind(Check):
    code = "substitute-from-kind"
    family = Family.REFERENCES
    severity = Severity.ERROR
    title = "Variables come from a kind that Flux does not read"
    about = "`substituteFrom` takes ConfigMap and Secret."
    remedy = "Use one of the two."
    bad = "substituteFrom: [{kind: Deployment, name: x}]"
    good = "substituteFrom: [{kind: ConfigMap, name: x}]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for layer in context.platform.layers:
            for item in layer.substitute_from:
                if item.kind not in ("ConfigMap", "Secret"):
                    given = f"not {item.kind}" if item.kind else "and this entry names no kind"
                    message = (
                        f"substituteFrom takes ConfigMap and Secret only, {given}; Flux rejects "
                        f"the layer: use one of the two"
                    )
                    yield cls.at(item, message, layers=[layer.id])


class Orphan(Check):
    code = "orphan"
    family = Family.REFERENCES
    severity = Severity.INFO
    title = "Objects that no layer applies"
    about = (
        "They look deployed and are not. One finding stands for a whole directory of which no "
        "layer reads anything. Files of other tools (Argo CD, Backstage, Ansible, kind, Talos "
        "and others) are left out."
    )
    remedy = "Add them to a `kustomization.yaml`, or delete them."
    bad = "apps/oncall/helmrelease.yaml  # in no kustomization"
    good = "resources: [oncall]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find one for each directory of which no layer reads anything, at what a reader knows the
        component by."""
        platform = context.platform
        read = {""}
        for layer in platform.layers:
            for file in (*layer.files, layer.file):
                directory = file.rpartition("/")[0]
                while directory not in read:
                    read.add(directory)
                    directory = directory.rpartition("/")[0]
        by_directory: dict[str, list[model.Orphan]] = defaultdict(list)
        for orphan in platform.orphans:
            directory = orphan.file.rpartition("/")[0]
            while directory not in read and (above := directory.rpartition("/")[0]) not in read:
                directory = above
            by_directory[directory].append(orphan)
        for directory, found in sorted(by_directory.items()):
            found.sort(key=lambda orphan: (orphan.kind not in _LEADING, orphan.file, orphan.line))
            first = found[0]
            if len(found) == 1:
                message = (
                    f"{first.kind} {first.name} is defined but no layer applies it; add the file "
                    f"to a kustomization.yaml or delete it"
                )
            else:
                names = listed([f"{orphan.kind} {orphan.name}" for orphan in found], 3)
                within = any(orphan.file.rpartition("/")[0] != directory for orphan in found)
                where = (
                    f"{'below' if within else 'in'} {directory}"
                    if directory
                    else "in the top directory"
                )
                message = (
                    f"{names} {where} are defined but no layer applies them; add them to a "
                    f"kustomization.yaml or delete them"
                )
            yield cls.at(first, message)


class LayerPartial(Check):
    code = "layer-partial"
    family = Family.BUILD
    severity = Severity.INFO
    title = "A layer is not fully rendered"
    about = (
        "Something that the layer needs is not in this repository: a remote base, the value of a "
        "variable. What is known is shown."
    )
    remedy = "Nothing has to be done. The settings `sources` and `variables` say where the rest is."
    bad = "resources: [https://example.org/base]"
    good = "resources: [../base]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find layers of which a part is not known, those with the same reason together."""
        reasons: dict[str, list[Layer]] = defaultdict(list)
        for layer in context.platform.layers:
            if layer.status is LayerStatus.PARTIAL and layer.reason:
                reasons[_why(layer.reason)].append(layer)
        for reason, layers in sorted(reasons.items()):
            layers.sort(key=lambda layer: (layer.file, layer.line))
            verb = "is" if len({layer.name for layer in layers}) == 1 else "are"
            why = reason or _variables(layers)
            message = f"{layers_named(layers)} {verb} not fully rendered: {why}"
            yield cls.at(layers[0], message, layers=[layer.id for layer in layers], cause=why)


def _declared(context: Context) -> set[tuple[str, str, str, str]]:
    return {
        (source.cluster, source.kind, source.namespace, source.name)
        for source in context.platform.sources
    }


def _meant(cluster: str, source: SourceRef, declared: set[tuple[str, str, str, str]]) -> str | None:
    same = (
        (namespace, name)
        for owner, kind, namespace, name in declared
        if (owner, kind) == (cluster, source.kind)
    )
    return slip(source.namespace, source.name, same)


def _with_other_repositories(context: Context) -> set[str]:
    """Return clusters of which a layer comes from another repository."""
    layers = context.platform.layers
    return {layer.cluster for layer in layers if layer.status is LayerStatus.EXTERNAL}


def _made_with_roots(context: Context) -> set[tuple[str, str, str, str]]:
    """Return sources that `flux bootstrap`, the operator, or whatever makes a root that is not in
    Git, makes with it.

    Of a guessed root that is the one which most of its layers read.
    """
    made = set()
    read: dict[str, Counter[tuple[str, str, str, str]]] = defaultdict(Counter)
    for layer in context.platform.layers:
        key = (layer.cluster, layer.source.kind, layer.source.namespace, layer.source.name)
        if layer.parent is None:
            read[layer.cluster][key] += 1
            if (
                layer.synthetic
                or layer.cluster not in context.guessed
                or layer.source.name == "flux-system"
            ):
                made.add(key)
    for cluster in context.guessed & set(read):
        made |= {key for key, number in read[cluster].items() if number * 2 > read[cluster].total()}
    return made


def _urgency(user: _User) -> tuple[bool, str, int, str]:
    layer, item = user
    return item.optional, item.file, item.line, layer.id


def _advice(
    context: Context, cluster: str, kind: str, namespace: str, name: str
) -> tuple[bool, str]:
    """Return whether a file that no layer applies has a missing ConfigMap or Secret, and what to
    do."""
    held = [
        (where, other)
        for group, found, where, other in context.objects[cluster]
        if not group and found == kind and where
    ]
    elsewhere = sorted(where for where, other in held if other == name)
    likely = near(name, (other for where, other in held if where == namespace))
    orphans = context.platform.orphans
    stray = next((item for item in orphans if (item.kind, item.name) == (kind, name)), None)
    if elsewhere:
        advice = (
            f"Flux looks in the namespace of the Kustomization only, and there is one in "
            f"{elsewhere[0]}: move it"
        )
    elif likely:
        advice = f"did you mean `{likely}`?"
    elif stray is not None:
        advice = f"{stray.file} has one, which no layer applies"
    else:
        advice = (
            "declare it here, or make sure that what creates it comes before Flux; the setting "
            "`variables` can tell its values"
        )
    return stray is not None, advice


def _why(reason: str) -> str:
    """Return the reason why a layer is partial, in short: empty where only values of variables are
    missing, or the first part and a number."""
    parts = reason.split("; ")
    if all("the value of " in part for part in parts):
        return ""
    return parts[0] if len(parts) == 1 else f"{parts[0]} (and {len(parts) - 1} more)"


def _variables(layers: list[Layer]) -> str:
    """Return which variables are missing, those that most layers need first."""
    wanted = Counter(
        name for layer in layers for name in set(_VARIABLE.findall(layer.reason or ""))
    )
    if len(wanted) == 1:
        return f"the value of `{next(iter(wanted))}` is not in the repository"
    names = [
        f"`{name}`" for name, _ in sorted(wanted.items(), key=lambda item: (-item[1], item[0]))
    ]
    return f"the values of {listed(names, 3)} are not in the repository"
