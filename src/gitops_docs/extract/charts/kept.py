"""Keep what the objects of a release say in the chart store, so that a second build reads it instead
of the objects.

In: parts of a release without the release itself, credentials taken out. Out: bytes, and the same
parts from them. What cannot be read counts as none.
"""

from __future__ import annotations

import hashlib
from functools import cache

import msgspec
from msgspec.structs import asdict, replace

from gitops_docs.extract.charts.objects import ReleaseParts
from gitops_docs.extract.extractor import FAMILIES, LayerExtract
from gitops_docs.kubernetes.definitions import Scopes
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Alert, Image, Release, Rendering, Secret
from gitops_docs.yaml.nodes import as_map, plain_value

_LISTS: dict[str, type] = {
    "images": Image,
    "alerts": Alert,
    "secrets": Secret,
    **{name: kind for kind, name in FAMILIES.items()},
}
_Kept = msgspec.defstruct(
    "_Kept",
    [("rendering", Rendering), *((name, list[kind]) for name, kind in _LISTS.items())],  # type: ignore[valid-type]  # types from a table
    frozen=True,
    array_like=True,
)
_decoder = cache(lambda: msgspec.msgpack.Decoder(_Kept))


def name(
    release: Release, rendered: Rendered, outcome: str, scopes: Scopes, engine: str, kubernetes: str
) -> str | None:
    """Return the file of the store for the parts of a release: a digest of everything that decides
    them. None where they are not kept, since patches of the release change the objects: these may
    hold a secret.

    Args:
        release: The release.
        rendered: Its object.
        outcome: The key of what its chart renders to.
        scopes: The scopes of the kinds of its cluster.
        engine: What rendered it.
        kubernetes: The Kubernetes version that it was rendered for.
    """
    spec = as_map(rendered.data.get("spec"))
    if "postRenderers" in spec:
        return None
    details = release.chart_details
    parts = (
        _program(),
        outcome,
        (release.layer, release.cluster, release.namespace, release.name),
        (release.chart, release.version, details.version if details is not None else None),
        (release.target_namespace, release.file, release.line),
        [plain_value(as_map(spec.get(key))) for key in ("install", "commonMetadata")],
        scopes.identity,
        engine,
        kubernetes,
    )
    return f"parts/{hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()}"


def dumps(made: ReleaseParts) -> bytes | None:
    """Return the parts; None where there is something among them that is not kept."""
    parts = made.parts
    if any(getattr(parts, one) for one in parts.__struct_fields__ if one not in _LISTS):
        return None
    lists = [getattr(parts, one) for one in _LISTS]
    return msgspec.msgpack.encode(_Kept(made.release.rendering, *lists))


def loads(content: bytes, release: Release) -> ReleaseParts | None:
    """Return the parts of a release."""
    try:
        found = _decoder().decode(content)
    except (msgspec.MsgspecError, RecursionError):
        return None
    lists = asdict(found)
    rendering = lists.pop("rendering")
    return ReleaseParts(replace(release, rendering=rendering), LayerExtract(**lists))


@cache
def _program() -> str:
    from importlib.metadata import PackageNotFoundError, version  # late: only charts need it

    try:
        return version("mkdocs-gitops")
    except PackageNotFoundError:
        return ""
