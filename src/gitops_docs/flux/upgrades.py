"""Say which layers a newer Flux builds into something else.

In: a layer that an older Flux builds. Out: a finding where the newest kustomize gives other objects,
or refuses. Only a build that meets a difference of the versions is done again.
"""

from __future__ import annotations

import json

from gitops_docs.flux.kustomization import Refused, merged
from gitops_docs.flux.layer import RenderedLayer
from gitops_docs.flux.render import Renderer
from gitops_docs.flux.rules import UpgradeChangesLayer
from gitops_docs.flux.versions import KUSTOMIZE, Release
from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import Build, Rendered, kustomization_file
from gitops_docs.kustomize.behaviour import SILENT, SINCE
from gitops_docs.model import Finding, Location, cluster_of
from gitops_docs.text.english import listed
from gitops_docs.yaml.nodes import as_seq, plain_value

_IMAGES = "`spec.images` is merged with the file's own entry field by field"


def changed(layer: RenderedLayer, result: Build, builds: Renderer) -> Finding | None:
    """Return what the newest Flux makes of a layer, where that is not what its own makes of it."""
    tree, directory, newest = layer.tree, layer.directory, Release()
    images = as_seq(layer.kustomization.spec.get("images"))
    met = [f"since Flux {_first(name)} {SILENT[name]}" for name in SINCE if name in result.met]
    if images and not layer.release.merges_image_fields:
        met.append(f"since Flux 2.9.3 {_IMAGES}")
    if not met or tree is None or directory is None or result.error is not None or result.cut:
        return None
    try:
        own = merged(layer.kustomization, tree, directory, newest)
    except Refused:
        return None
    after = builds.build(tree, directory, own, newest.behaviour)
    if after.cut:
        return None
    before, now = _contents(result), _contents(after)
    names = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    if after.error is None and not names:
        return None
    name, differing = layer.kustomization.name, frozenset(names)
    refs = [
        objects.ref(item.data, cluster_of(layer.id))
        for build in (result, after)
        for item in build.objects
        if item.key in differing
    ]
    if after.error is not None:
        what = f"a newer Flux fails to build `{name}`: {after.error.message}"
        place = Location(after.error.file or "", after.error.line or 0)
    else:
        labels = list(dict.fromkeys(ref.label for ref in refs))
        what = f"a newer Flux builds {listed(labels, 3)} of `{name}` differently"
        file = kustomization_file(tree, directory)
        written = layer.kustomization
        place = (
            Location(tree.origin(file), 1)
            if file is not None
            else Location(written.file, written.line)
        )
    message = f"{what} ({'; '.join(met)}); write it so that both give the same before you upgrade"
    return UpgradeChangesLayer.at(
        place, message, layers=[layer.id], about=dict.fromkeys(refs), cause="; ".join(met)
    )


def _first(switch: str) -> str:
    """Return the first Flux whose kustomize has a switch on."""
    found = min(flux for flux, version in KUSTOMIZE.items() if version >= SINCE[switch])
    return ".".join(map(str, found))


def _contents(build: Build) -> dict[tuple[str, str, str], str]:
    return {item.key: _content(item) for item in build.objects}


def _content(item: Rendered) -> str:
    """Return an object as text to compare; a secret by its place."""
    return json.dumps(plain_value(item.data), default=lambda node: f"{node.file}:{node.line}")
