"""Sort objects as kustomize prints them (`SortOrderTransformer`).

In: the objects and `sortOptions`. Out: the objects in order. kubectl sorts the legacy way unless
the kustomization says otherwise.
"""

from __future__ import annotations

from functools import lru_cache

from gitops_docs.kustomize.behaviour import Behaviour
from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.resources.resource import Gvk, Resource, text
from gitops_docs.yaml.nodes import Map, Node, as_map, as_seq

_FIRST = (
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
)
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def rank(gvk: Gvk) -> tuple[int, str]:
    """Return the sort key of a kind (`Gvk.IsLessThan`)."""
    return _ranks(_FIRST, _LAST).get(gvk.kind, 0), _stable(*gvk.parts)


@lru_cache(maxsize=16)
def _ranks(first: tuple[str, ...], last: tuple[str, ...]) -> dict[str, int]:
    return {
        **{kind: index - len(first) for index, kind in enumerate(first)},
        **{kind: index + 1 for index, kind in enumerate(last)},
    }


def _stable(group: str, version: str, kind: str) -> str:
    return f"{group or '~G'}_{version or '~V'}_{kind or '~K'}"


def ordered(items: list[Resource], options: Node | None, behaviour: Behaviour) -> list[Resource]:
    """Return the objects as they are printed.

    Raises:
        Refused: `sortOptions` asks for an order that kustomize does not have.
    """
    first: tuple[str, ...] = _FIRST
    last: tuple[str, ...] = _LAST
    if type(options) is Map:
        order = text(options.get("order"))
        if order not in ("legacy", "fifo"):
            raise refused("`sortOptions.order` must be `legacy` or `fifo`", options)
        if order == "fifo":
            if type(options.get("legacySortOptions")) is Map:
                raise refused(
                    "`sortOptions.legacySortOptions` goes with the order `legacy` only", options
                )
            return items
        legacy = options.get("legacySortOptions")
        if type(legacy) is Map:
            first = tuple(text(item) for item in as_seq(as_map(legacy).get("orderFirst")))
            last = tuple(text(item) for item in as_seq(as_map(legacy).get("orderLast")))
    ranks = _ranks(first, last)

    def key(item: Resource) -> tuple[int, bool, str, str]:
        group, version, kind, namespace, name = item.sort_parts()
        foreign = behaviour.orders_built_in_namespace_first and kind == "Namespace" and group != ""
        shown = f"{kind or '[noKind]'}.{version or '[noVer]'}.{group or '[noGrp]'}"
        return (
            ranks.get(kind, 0),
            foreign,
            _stable(group, version, kind),
            f"{shown}|{namespace or '~X'}|{name or '~N'}",
        )

    return sorted(items, key=key)
