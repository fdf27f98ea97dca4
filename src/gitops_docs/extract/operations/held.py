"""Read what holds an object back: `suspend`, and labels and annotations that switch Flux off.

Sources of the rules: fluxcd.io/flux/components (`spec.suspend` of every Flux kind),
fluxcd.io/flux/components/kustomize/kustomizations (`kustomize.toolkit.fluxcd.io/prune`,
`/reconcile`, `/ssa`), fluxcd.io/flux/components/helm/helmreleases
(`helm.toolkit.fluxcd.io/driftDetection`), fluxoperator.dev (`fluxcd.controlplane.io/reconcile`),
kubernetes.io/docs/concepts/workloads/controllers/cron-jobs (`suspend`).
"""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.extract import comments
from gitops_docs.extract.comments import Comments
from gitops_docs.extract.fields import group, identity
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Held, Location
from gitops_docs.yaml.nodes import Map, Node, as_map, as_text, get_path, is_true

_FLUX = ("toolkit.fluxcd.io", "fluxcd.controlplane.io")
_MARKS = {
    "kustomize.toolkit.fluxcd.io/prune": ("disabled",),
    "kustomize.toolkit.fluxcd.io/reconcile": ("disabled",),
    "kustomize.toolkit.fluxcd.io/ssa": ("ignore",),
    "helm.toolkit.fluxcd.io/driftdetection": ("disabled",),
    "fluxcd.controlplane.io/reconcile": ("disabled",),
}
"""Label or annotation to the values that switch something off, in lower case."""


def held(item: Rendered, layer: str, cluster: str, words: Comments) -> Iterator[Held]:
    """Yield what holds an object back, with where it is written and the comment there."""
    api, same = group(item.data), identity(item, layer, cluster)

    def made(what: str, node: Node) -> Held:
        at = Location(node.file or item.file, node.line or item.line)
        reason = comments.at(at.line, words.of(at.file))
        return Held(**same, what=what, at=at, reason=reason)

    suspend = get_path(item.data, "spec", "suspend")
    if (
        suspend is not None
        and is_true(suspend)
        and (api.endswith(_FLUX) or (api == "batch" and same["kind"] == "CronJob"))
    ):
        yield made("suspended", suspend)
    metadata = as_map(item.data.get("metadata"))
    seen: set[str] = set()
    for marks in (as_map(metadata.get("annotations")), as_map(metadata.get("labels"))):
        for key, value in _marks(marks):
            what = f"{key.rpartition('/')[2]}: {value}"
            if what not in seen:
                seen.add(what)
                yield made(what, marks[key])


def _marks(marks: Map) -> Iterator[tuple[str, str]]:
    for key, node in marks.items():
        value = as_text(node)
        if value is not None and str(value).lower() in _MARKS.get(key.lower(), ()):
            yield key, str(value)
