"""Compare what the charts of releases render to: objects, fields that definitions lose, defaults
that change under a release.

In: what the releases of two scans rendered to. Out: a `ChartDiff` for each release whose chart or
objects differ. Secret values are compared as in `objects`, and never handed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from gitops_docs.diff.objects import LOSES, Difference, differences
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.versions import step
from gitops_docs.model import Release
from gitops_docs.scanner.charts import ReleaseObjects
from gitops_docs.yaml.nodes import Map, Seq, as_map, as_seq, get_path, is_true

MOST_FIELDS = 200
"""Most fields of a definition, or defaults, that are listed for one release."""
_NOISE = ("helm.sh/chart", "app.kubernetes.io/version", "chart")
"""Labels that change with every version of a chart."""


class ChartObjectDiff(Struct, frozen=True):
    """An object of a chart that is new, gone or other than before."""

    how: str
    label: str
    template: str
    fields: tuple[Difference, ...] = ()
    consequence: str | None = None
    """What becomes of an object that is gone."""
    loses: bool = False
    """Whether data may go with it."""


class DefinitionDiff(Struct, frozen=True):
    """A CustomResourceDefinition that serves less than before."""

    name: str
    versions: tuple[str, ...] = ()
    """Versions that are no longer served."""
    fields: tuple[str, ...] = ()
    """Fields that are gone, each below its version, such as `v1: spec.size`."""


class DefaultDiff(Struct, frozen=True):
    """A default of a chart, of a value that the release does not set; None where there was or is
    none."""

    path: str
    was: str | None
    becomes: str | None


class ChartDiff(Struct, frozen=True):
    """A release whose chart, or what it renders to, is another one. `step` is as in `ReleaseDiff`."""

    layer: str
    name: str
    chart: str
    was: str | None
    becomes: str | None
    step: str
    objects: tuple[ChartObjectDiff, ...] = ()
    labels_only: int = 0
    """Objects of which only labels differ that name the chart and its version."""
    definitions: tuple[DefinitionDiff, ...] = ()
    defaults: tuple[DefaultDiff, ...] = ()
    unknown: str | None = None
    """Why the objects cannot be compared."""


Defaults = Callable[[Release], Mapping[str, str]]
"""A release to the defaults of its chart, by path, credentials taken out."""
_ObjectKey = tuple[str, str, str, str, str]
"""Group, kind, namespace, name, and `hook` for an object that Helm makes as a hook."""


def chart_diffs(
    layer: str,
    before: Iterable[ReleaseObjects],
    after: Iterable[ReleaseObjects],
    releases: tuple[Mapping[tuple[str, str], Release], Mapping[tuple[str, str], Release]],
    defaults: tuple[Defaults, Defaults],
) -> Iterator[ChartDiff]:
    """Compare the charts of the releases of one layer.

    Args:
        layer: Id of the layer.
        before: What its releases rendered to.
        after: What they render to now.
        releases: All of its releases, before and now, by namespace and name.
        defaults: What gives the defaults of a chart, before and now.
    """
    was = {(one.release.namespace, one.release.name): one for one in before}
    becomes = {(one.release.namespace, one.release.name): one for one in after}
    for key in sorted({*releases[0]} & {*releases[1]}):
        old, new = releases[0][key], releases[1][key]
        left, right = was.get(key), becomes.get(key)
        moved = (old.chart, old.version) != (new.chart, new.version)
        found: list[ChartObjectDiff] = []
        lost: list[DefinitionDiff] = []
        labels_only = 0
        unknown = None
        if left is not None and right is not None:
            found, labels_only = _objects(left, right)
            lost = list(_definitions(left, right))
        elif moved or (left is None) != (right is None):
            absent = new.rendering.absent if right is None else old.rendering.absent
            unknown = absent or "its chart was not rendered"
        changed = (
            tuple(_defaults(old, new, defaults))[:MOST_FIELDS] if moved and not unknown else ()
        )
        if found or labels_only or lost or changed or (unknown and moved):
            yield ChartDiff(
                layer=layer,
                name="/".join(key),
                chart=new.chart,
                was=_version(old),
                becomes=_version(new),
                step=step(_version(old), _version(new)),
                objects=tuple(found),
                labels_only=labels_only,
                definitions=tuple(lost),
                defaults=changed,
                unknown=unknown,
            )


def _version(release: Release) -> str | None:
    details = release.chart_details
    return details.version if details is not None else release.version


def _named(one: ReleaseObjects) -> dict[_ObjectKey, tuple[Map, str, str]]:
    """Return each object with its template, and why Helm would leave it behind."""
    found: dict[_ObjectKey, tuple[Map, str, str]] = {}
    for made in one.objects:
        group, kind, namespace, name = objects.identity(made.rendered.data)
        key = group, kind, namespace, name, "hook" if made.hooks else ""
        found[key] = made.rendered.data, made.template, one.kept(made)
    return found


def _objects(left: ReleaseObjects, right: ReleaseObjects) -> tuple[list[ChartObjectDiff], int]:
    was, becomes = _named(left), _named(right)
    found, labels_only = [], 0
    for key in sorted({*was, *becomes}):
        _, kind, namespace, name = key[:4]
        label = f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
        old, new = was.get(key), becomes.get(key)
        if old is not None and new is not None:
            fields = differences(old[0], new[0])
            if not fields:
                continue
            if all(_is_noise(field.field) for field in fields):
                labels_only += 1
                continue
            is_definition = kind == "CustomResourceDefinition"
            shown = () if is_definition else tuple(f for f in fields if not _is_noise(f.field))
            found.append(ChartObjectDiff("changed", label, new[1], shown))
        elif new is not None:
            found.append(ChartObjectDiff("added", label, new[1]))
        elif old is not None:
            is_hook = bool(key[4])
            gone = ChartObjectDiff("removed", label, old[1])
            found.append(gone if is_hook else _gone(label, kind, *old[1:]))
    order = ("removed", "added", "changed")
    return sorted(found, key=lambda one: (not one.loses, order.index(one.how))), labels_only


def _gone(label: str, kind: str, template: str, kept: str) -> ChartObjectDiff:
    """Describe an object that a chart no longer makes, and whether Helm deletes it or keeps it."""
    if kept:
        return ChartObjectDiff("removed", label, template, (), f"stays in the cluster: {kept}")
    consequence = "is deleted from the cluster"
    return ChartObjectDiff("removed", label, template, (), consequence, kind in LOSES)


def _is_noise(field: str) -> bool:
    return "labels" in field and field.rstrip('"]').endswith(_NOISE)


def _definitions(left: ReleaseObjects, right: ReleaseObjects) -> Iterator[DefinitionDiff]:
    was, becomes = _schemas(left), _schemas(right)
    for name in sorted({*was} & {*becomes}):
        versions = tuple(sorted({*was[name]} - {*becomes[name]}))
        fields = [
            f"{version}: {path}"
            for version in sorted({*was[name]} & {*becomes[name]})
            for path in sorted(was[name][version] - becomes[name][version])
        ]
        if versions or fields:
            yield DefinitionDiff(name, versions, tuple(fields[:MOST_FIELDS]))


def _schemas(one: ReleaseObjects) -> dict[str, dict[str, frozenset[str]]]:
    """Definitions to the versions that they serve, each with the paths of its fields."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for made in one.objects:
        data = made.rendered.data
        if objects.kind(data) != "CustomResourceDefinition":
            continue
        versions = found.setdefault(objects.name(data), {})
        for version in as_seq(get_path(data, "spec", "versions")):
            if type(version) is Map and is_true(version.get("served")):
                root = get_path(version, "schema", "openAPIV3Schema")
                versions[objects.text(version.get("name")) or ""] = frozenset(_paths(root))
    return found


def _paths(schema: object) -> Iterator[str]:
    """Yield the paths of the properties of a schema."""
    pending: list[tuple[str, object]] = [("", schema)]
    while pending:
        path, node = pending.pop()
        if type(node) is not Map:
            continue
        for name, below in as_map(node.get("properties")).items():
            here = f"{path}.{name}" if path else str(name)
            yield here
            pending.append((here, below))
        items = node.get("items")
        if type(items) is Map or type(items) is Seq:
            pending.append((f"{path}[]", items))
        pending.append((f"{path}.*", node.get("additionalProperties")))


def _defaults(old: Release, new: Release, defaults: tuple[Defaults, Defaults]) -> list[DefaultDiff]:
    was, becomes = defaults[0](old), defaults[1](new)
    found: list[DefaultDiff] = []
    if not was or not becomes:
        return found
    own = {value.path for value in new.values}
    for path in sorted({*was, *becomes}):
        if was.get(path) != becomes.get(path) and not any(
            path == one or path.startswith((f"{one}.", f"{one}[")) for one in own
        ):
            found.append(DefaultDiff(path, was.get(path), becomes.get(path)))
    # What becomes something else matters more than what is new.
    return sorted(found, key=lambda one: (one.was is None, one.becomes is None))
