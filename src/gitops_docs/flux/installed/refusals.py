"""Say what the controllers of a cluster refuse or leave lying because of their flags, where labels
and builds are still at hand.

In: the walked layers and what the cluster's files say of its Flux. Out: layers that fail, and
findings. Flags that the finished model is enough for are checked there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from gitops_docs.flux import rules
from gitops_docs.flux.layer import RenderedLayer
from gitops_docs.kubernetes import objects, schemas, selectors
from gitops_docs.kubernetes.flux import KINDS, References
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Finding, FluxInstallation, LayerStatus, Location, Ref, Severity
from gitops_docs.text.english import listed
from gitops_docs.yaml.nodes import Map, Seq, as_map, as_text, get_path

MAX_SELECTORS = 100
"""Most selectors of one controller that objects are held against."""


def refuse_remote_bases(layers: Iterable[RenderedLayer], flux: FluxInstallation) -> None:
    """Fail the layers that include a directory from the network, where kustomize-controller runs
    with `--no-remote-bases`.

    The flag confines the build to the files of the source, so that a clone outside it cannot be
    read. A single file by HTTP does not pass through there and goes on working.
    """
    if not flux.no_remote_bases:
        return
    for layer in layers:
        for missing in layer.remote_bases:
            message = (
                f"`{missing.base}` is a remote base, and kustomize-controller runs with "
                f"--no-remote-bases: the layer fails; copy it into the repository, or apply it with "
                f"a source and a layer of its own"
            )
            place = Location(missing.file, missing.line)
            layer.findings.append(
                rules.RemoteBaseRefused.at(
                    place, message, layers=[layer.id], cause=missing.base or ""
                )
            )
            if layer.status is not LayerStatus.FAILED:
                layer.status = LayerStatus.FAILED
                layer.reason = f"kustomize-controller refuses the remote base `{missing.base}`"


def cross_namespace(layers: Iterable[RenderedLayer], flux: FluxInstallation) -> Iterator[Finding]:
    """Find references to other namespaces under `--no-cross-namespace-refs` (`AccessDenied` in the
    controllers)."""
    if not flux.no_cross_namespace_refs:
        return
    for layer in layers:
        for item in layer.objects:
            known = KINDS.get(item.key[0])
            if (
                known is not None
                and known.references is not None
                and known.controller in flux.no_cross_namespace_refs
                and schemas.flux_kind(objects.group(item.data), item.key[0]) is not None
            ):
                yield from _crossing(layer, item, known.references)


def _crossing(layer: RenderedLayer, item: Rendered, held: References) -> Iterator[Finding]:
    own, kind = item.key[1], item.key[0]
    controller = KINDS[kind].controller
    for path in held.fields:
        found = get_path(item.data, "spec", *path.split("."))
        for entry in found if type(found) is Seq else [found]:
            node = as_text(get_path(entry, "namespace"))
            if node is None or node == "" or node == own or "${" in f"{node}{own}":
                continue
            named = f"{objects.text(get_path(entry, 'kind')) or held.kind} {node}/" + (
                objects.text(get_path(entry, "name")) or ""
            )
            flag = f"{controller} runs with --no-cross-namespace-refs"
            if held.lost:
                article = "an" if kind[0] in "AI" else "a"
                message = (
                    f"{kind} {own}/{item.key[2]} {held.lost.format(named)}: {flag}; put {article} "
                    f"{kind} into that namespace"
                )
            else:
                message = (
                    f"{kind} {own}/{item.key[2]} is rejected: it names {named}, and {flag}; put the "
                    f"source into the same namespace, or allow the reference"
                )
            yield rules.CrossNamespaceRefused.at(
                Location(node.file, node.line) if node.file else item,
                message,
                layers=[layer.id] if layer.id else [],
                about=[objects.ref(item.data, layer.root.cluster)],
                severity=Severity.WARNING if held.lost else Severity.ERROR,
                cause=f"{path} in another namespace",
            )


def unwatched(layers: list[RenderedLayer], flux: FluxInstallation) -> list[Finding]:
    """Find objects of Flux that no controller's `--watch-label-selector` takes.

    A controller of which some selector is not understood, or that has more selectors than are
    looked at, is left out.
    """
    watched = {name: found for name, found in flux.watched if len(found) <= MAX_SELECTORS}
    if not watched:
        return []
    left: dict[tuple[str, str | None], list[tuple[RenderedLayer, Rendered]]] = defaultdict(list)
    for layer in layers:
        if layer.kustomization.spec.get("kubeConfig"):
            continue
        for item in layer.objects:
            known = KINDS.get(item.key[0])
            if (
                known is None
                or known.controller not in watched
                or schemas.flux_kind(objects.group(item.data), item.key[0]) is None
            ):
                continue
            labels = _labels(item.data)
            if all(selectors.matches(one, labels) is False for one in watched[known.controller]):
                left[known.controller, labels.get(flux.shard_label)].append((layer, item))
    open_ended = any(layer.status is not LayerStatus.RENDERED for layer in layers)
    return [
        _left_lying(controller, shard, found, flux, open_ended=open_ended)
        for (controller, shard), found in sorted(
            left.items(), key=lambda entry: (entry[0][0], entry[0][1] or "")
        )
    ]


def _left_lying(
    controller: str,
    shard: str | None,
    found: list[tuple[RenderedLayer, Rendered]],
    flux: FluxInstallation,
    *,
    open_ended: bool,
) -> Finding:
    found.sort(key=lambda pair: (pair[1].file, pair[1].line))
    cluster = found[0][0].root.cluster
    refs = dict.fromkeys(Ref(cluster, objects.group(item.data), *item.key) for _, item in found)
    label = flux.shard_label
    first = found[0][1]
    names = listed([ref.label for ref in refs], 3)
    pronoun = "it" if len(refs) == 1 else "them"
    has = "has" if len(refs) == 1 else "have"
    known = f" ({', '.join(flux.shards)})" if flux.shards else ""
    if shard is not None:
        message = (
            f"{names} {has} the label `{label}: {shard}`, which no {controller} of `{cluster}` "
            f"watches{known}: nothing reconciles {pronoun}; name a shard that there is, or add this "
            f"one"
        )
    else:
        message = (
            f"{names} {has} no label `{label}`, and every {controller} of `{cluster}` watches labelled "
            f"objects only{known}: nothing reconciles {pronoun}; add the label, or run a {controller} "
            f"with `--watch-label-selector=!{label}`"
        )
    node = as_text(get_path(first.data, "metadata", "labels", label))
    place = Location(node.file, node.line) if node is not None and node.file else first
    return rules.ObjectUnwatched.at(
        place,
        message,
        layers=[layer.id for layer, _ in found],
        about=refs,
        severity=Severity.WARNING if open_ended else Severity.ERROR,
        cause=f"{controller}: {shard or 'no label'}",
    )


def _labels(data: Map) -> dict[str, str]:
    labels = as_map(get_path(data, "metadata", "labels"))
    return {key: text for key, value in labels.items() if (text := objects.text(value)) is not None}
