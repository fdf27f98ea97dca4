"""Read what the fleet needs of a published inventory.

The structs are narrow, so that a hub does not keep thirty thousand resources to count charts. A test
holds each field to `inventory.contract`, by name and type. Fields that older inventories lack have a
default.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import DecodeError, Struct, ValidationError, field, json

from gitops_docs.inventory.codec import MAX_BYTES
from gitops_docs.redaction import without_credentials
from gitops_docs.repository.checkout import UnreadableFile, read_file
from gitops_docs.text.escape import shorten

VERSIONS = (1, 2)
"""The `schema_version`s that are read."""
MAX_ENTRIES = 100_000
"""Most releases, images and alerts of an inventory. Ten thousand manifests have some thousands."""
_MOST = 200
"""Characters of an error of the decoder that are shown."""


class Unreadable(Exception):
    """A file that is not an inventory; the text says why."""


class ChartSource(Struct, kw_only=True):
    """Where a chart comes from."""

    kind: str = ""
    name: str = ""
    url: str | None = None


class OriginView(Struct, kw_only=True):
    """The chart that makes something."""

    chart: str


class ObjectView(Struct, kw_only=True):
    """An object that a chart makes; hooks have `hooks`."""

    kind: str
    hooks: list[str] = field(default_factory=list)


class RenderingView(Struct, kw_only=True):
    """Why a chart was not rendered; nothing where it was."""

    absent: str | None = None


class ReleaseView(Struct, kw_only=True):
    """A HelmRelease: its chart, version and layer, and what the chart makes."""

    layer: str
    name: str
    source: ChartSource
    namespace: str | None = None
    chart: str | None = None
    version: str | None = None
    rendering: RenderingView = field(default_factory=RenderingView)
    objects: list[ObjectView] | None = None
    """None where it was not rendered, and in inventories that say nothing of it."""


class ImageView(Struct, kw_only=True):
    """An image, the layer that runs it, and the chart that names it."""

    layer: str
    image: str
    origin: OriginView | None = None


class RunbookView(Struct, kw_only=True):
    """Whether an alert has a runbook."""

    status: str


class AlertView(Struct, kw_only=True):
    """An alert rule or a Flux Alert."""

    kind: str
    cluster: str
    name: str
    runbook: RunbookView
    severity: str | None = None
    layer: str | None = None
    origin: OriginView | None = None


class LayerView(Struct, kw_only=True):
    """A layer and its state."""

    id: str
    cluster: str
    status: str
    suspended: bool = False
    reason: str | None = None


class ClusterView(Struct, kw_only=True):
    """A cluster by its id."""

    id: str


class FindingView(Struct, kw_only=True):
    """A finding and its place."""

    code: str
    severity: str
    message: str
    file: str | None = None
    line: int | None = None


class RepositoryView(Struct, kw_only=True):
    """The repository of an inventory."""

    url: str | None = None
    revision: str | None = None
    prefix: str | None = None


class InventoryView(Struct, kw_only=True):
    """An inventory, as far as the fleet reads it."""

    repository: RepositoryView
    clusters: list[ClusterView]
    layers: list[LayerView]
    helm_releases: list[ReleaseView]
    images: list[ImageView]
    alerts: list[AlertView]
    findings: list[FindingView]


class _Version(Struct):
    schema_version: int


def load(path: Path) -> InventoryView:
    """Read a published inventory.

    Raises:
        Unreadable: It is not an inventory, or of a version that is not read.
    """
    try:
        real = path.resolve(strict=True)
        content = read_file(real.parent, real.name, MAX_BYTES)
    except UnreadableFile as error:
        if error.is_too_large:
            reason = (
                f"is larger than the {MAX_BYTES >> 20} MB that are read; no inventory needs that"
            )
        else:
            reason = f"is {error.reason}" if error.reason.startswith("not") else error.reason
        raise Unreadable(reason) from None
    except (OSError, RuntimeError) as error:
        raise Unreadable(
            f"cannot be read: {getattr(error, 'strerror', None) or 'symlink loop'}"
        ) from None
    try:
        version = json.decode(content, type=_Version).schema_version
        if version not in VERSIONS:
            known = " and ".join(map(str, VERSIONS))
            raise Unreadable(f"has schema_version {str(version)[:20]}; {known} are known here")
        found = json.decode(content, type=InventoryView)
    except ValidationError as error:
        shown = shorten(without_credentials(str(error)[: 4 * _MOST]), _MOST)
        raise Unreadable(f"is not an inventory: {shown}") from None
    except (DecodeError, UnicodeDecodeError, RecursionError):
        raise Unreadable("is not JSON") from None
    entries = len(found.helm_releases) + len(found.images) + len(found.alerts)
    if entries > MAX_ENTRIES:
        raise Unreadable(
            f"holds {entries:,} releases, images and alerts, more than the {MAX_ENTRIES:,} that are "
            f"read; no inventory needs that"
        )
    return found
