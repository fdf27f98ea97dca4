"""Read which kinds a definition adds to a cluster, and which kinds are cluster-scoped.

In: a rendered CustomResourceDefinition, or a Crossplane CompositeResourceDefinition, which makes
one or two of them. Out: groups, kinds, served versions and scope. kustomize keeps a namespace that
was set on a cluster-scoped object; pages leave it out.
"""

from __future__ import annotations

from collections.abc import Iterable

from gitops_docs.kubernetes import objects, schemas
from gitops_docs.kubernetes.kinds import CLUSTER_SCOPED
from gitops_docs.yaml.nodes import Map, as_map, as_seq, get_path, is_true


def defines(data: Map) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return (group, kind, served versions) of each kind that the object defines; empty for any
    other object."""
    if objects.is_a(data, "apiextensions.k8s.io", "CustomResourceDefinition"):
        kinds = [get_path(data, "spec", "names", "kind")]
    elif objects.is_a(data, "apiextensions.crossplane.io", "CompositeResourceDefinition"):
        kinds = [
            get_path(data, "spec", "names", "kind"),
            get_path(data, "spec", "claimNames", "kind"),
        ]
    else:
        return ()
    spec = as_map(data.get("spec"))
    group = objects.text(spec.get("group"))
    versions = tuple(
        name
        for item in as_seq(spec.get("versions"))
        if type(item) is Map
        and is_true(item.get("served"))
        and (name := objects.text(item.get("name"))) is not None
    )
    # `spec.version` is what the first CustomResourceDefinitions had.
    single = objects.text(spec.get("version"))
    if not versions and single is not None:
        versions = (single,)
    return tuple(
        (group, kind, versions)
        for node in kinds
        if group and (kind := objects.text(node)) is not None
    )


_NAMESPACED_GROUPS = frozenset(
    {
        "", "apps", "autoscaling", "batch", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "networking.k8s.io", "policy",
        "rbac.authorization.k8s.io",
    }
)  # fmt: skip
"""Built-in groups whose kinds are namespaced, those of `_CLUSTER_SCOPED` aside."""


def scope(definition: Map) -> tuple[str, str, bool] | None:
    """Return group and kind that a CustomResourceDefinition defines, and whether the kind lives
    outside of namespaces; None for any other object."""
    spec = definition.get("spec")
    group = objects.text(get_path(spec, "group"))
    kind = objects.text(get_path(spec, "names", "kind"))
    if not group or not kind:
        return None
    return group, kind, objects.text(get_path(spec, "scope")) == "Cluster"


class Scopes:
    """Knows the scope of kinds: Kubernetes' own, and those whose definition the cluster's layers
    apply."""

    def __init__(
        self, definitions: Iterable[Map], more: Iterable[tuple[str, str, bool]] = ()
    ) -> None:
        """
        Args:
            definitions: CustomResourceDefinitions.
            more: Kinds that other definitions add, as `scope` gives them.
        """
        found = (one for definition in definitions if (one := scope(definition)) is not None)
        self._defined = {(group, kind): is_cluster for group, kind, is_cluster in (*more, *found)}

    @property
    def identity(self) -> list[tuple[str, str, bool]]:
        """What it knows, sorted."""
        return sorted((*key, is_cluster) for key, is_cluster in self._defined.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scopes) and self._defined == other._defined

    __hash__ = None  # type: ignore[assignment]  # compared, never a key

    def cluster_scoped(self, group: str, kind: str) -> bool:
        """Return true where the kind is known to live outside of namespaces; False if it does not,
        or if it is not known."""
        return (group, kind) in CLUSTER_SCOPED or self._defined.get((group, kind), False)

    def namespaced(self, group: str, kind: str) -> bool:
        """Return true where the kind is known to live in namespaces; False if it does not, or if it
        is not known."""
        defined = self._defined.get((group, kind))
        if defined is not None:
            return not defined
        if schemas.flux_kind(group, kind) is not None:
            return True
        return (
            group in _NAMESPACED_GROUPS
            and (group, kind) not in CLUSTER_SCOPED
            and not kind.endswith("List")
        )
