"""Update names in one object that mean another whose name has changed (`api/filters/nameref`).

In: all objects of a build with the identities they had, and the fields that hold names. Out:
objects with the names as they are now. Objects are indexed by their former names, so that only real
references are looked at closer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.resources.configuration import Fields
from gitops_docs.kustomize.resources.fieldspecs import (
    FieldSpec,
    set_field,
    split_path,
    untagged,
    with_field,
)
from gitops_docs.kustomize.resources.resource import NO_NAMESPACE, Gvk, Resource, Resources, text
from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, Seq, as_seq, get_path, is_null, placed

_Tree = dict[str, "_Tree"]
"""Paths by their parts."""


class _Table:
    """The fields that hold names, by the kind that they belong to; `trees` has the same paths as
    trees."""

    def __init__(self, fields: Fields) -> None:
        self.by_kind: dict[str, list[tuple[Gvk, FieldSpec]]] = defaultdict(list)
        for target, specs in fields.references:
            for spec in specs:
                self.by_kind[spec.gvk.kind].append((target, spec))
        self.trees: dict[str, _Tree] = {}

    def of(self, kind: str) -> list[tuple[Gvk, FieldSpec]]:
        return [*self.by_kind.get(kind, ()), *self.by_kind.get("", ())]

    def tree(self, kind: str) -> _Tree:
        found = self.trees.get(kind)
        if found is None:
            found = self.trees[kind] = {}
            for _, spec in self.of(kind):
                node = found
                for part in split_path(spec.path):
                    node = node.setdefault(part.removesuffix("[]"), {})
        return found


@lru_cache(maxsize=16)
def _table(fields: Fields) -> _Table:
    return _Table(fields)


class _Index:
    """The objects of a build by the names that they had."""

    def __init__(self, resources: Resources) -> None:
        self.by_name: dict[str, list[Resource]] = defaultdict(list)
        for resource in resources:
            for name in {earlier.name for earlier in resource.previous}:
                self.by_name[name].append(resource)
        self.resources = resources.items


def update(resources: Resources, fields: Fields) -> None:
    """Put the present names into every field that holds a former one.

    Raises:
        Refused: A name may mean several objects, or a field that should hold one cannot.
    """
    index, table = _Index(resources), _table(fields)
    for resource in list(resources):
        _check_subjects(resource)
        first = resource.first_id
        if not index.by_name:
            tree = table.tree(first.kind)
            if tree:
                _check_fields(resource.data, tree)
            continue
        for target, spec in table.of(first.kind):
            path = split_path(spec.path)
            if path[0].removesuffix("[]") in resource.data and spec.gvk.selects(
                first.group, first.version, first.kind
            ):
                reference = _Reference(resource, target, spec, index)
                resource.replace(set_field(resource.data, path, reference.put))


def _check_fields(node: Node, paths: _Tree) -> None:
    """Even where no name has changed, a path that leads through a scalar and a reference without a
    name are refused."""
    if type(node) is Seq:
        for item in node:
            if not paths and type(item) is Seq:
                raise _list_of_lists(item)
            _check_fields(item, paths)
    elif type(node) is Map:
        if not paths and "name" not in node:
            raise refused("a reference without a `name`", node)
        for key, below in paths.items():
            value = node.get(key)
            if value is not None:
                _check_fields(value, below)
    elif paths and not is_null(node):
        raise refused("a field that should hold a reference is neither a mapping nor a list", node)


def _check_subjects(resource: Resource) -> None:
    """Refuse a RoleBinding that names a ServiceAccount with a namespace that is no text
    (`getNamespacesForRoleBinding`)."""
    if resource.id.kind != "RoleBinding":
        return
    for subject in as_seq(resource.data.get("subjects")):
        if (
            type(subject) is Map
            and text(subject.get("kind")) == "ServiceAccount"
            and "namespace" in subject
        ):
            namespace = subject["namespace"]
            if type(namespace) not in (Scalar, Sealed) or is_null(namespace):
                raise refused(
                    "a RoleBinding names a ServiceAccount of a blank namespace", namespace
                )


class _Reference:
    """One field of one object that may name an object of kind `target`."""

    def __init__(self, referrer: Resource, target: Gvk, spec: FieldSpec, index: _Index) -> None:
        self.referrer = referrer
        self.target = target
        self.spec = spec
        self.index = index

    def put(self, node: Node) -> Node:
        if is_null(node):
            return node
        if type(node) is Scalar or type(node) is Sealed:
            return self.put_name(node)
        if type(node) is Map:
            return self.put_mapping(node)
        nested = next((item for item in node if type(item) is Seq), None)
        if nested is not None:
            raise _list_of_lists(nested)
        made = Seq(
            item
            if is_null(item)
            else self.put_mapping(item)
            if type(item) is Map
            else self.put_name(item)
            for item in node
        )
        placed(made, node)
        return node if all(a is b for a, b in zip(made, node, strict=True)) else made

    def put_name(self, node: Node) -> Node:
        found = self.choose(text(node), None, by_namespace=False)
        if found is None or found.name == text(node):
            return node
        return untagged(node, found.name, node)

    def put_mapping(self, node: Map) -> Map:
        if "name" not in node:
            raise refused("a reference without a `name`", node)
        name = text(node["name"])
        found = self.choose(
            name, text(node["namespace"]) if "namespace" in node else None, by_namespace=True
        )
        if found is None or (found.name == name and not found.namespace):
            return node
        if found.name != name:
            node = with_field(node, "name", untagged(node["name"], found.name, node["name"]))
        if found.namespace and text(node.get("namespace")) != found.namespace:
            old = node.get("namespace")
            origin = get_path(found.data, "metadata", "namespace")
            node = with_field(node, "namespace", untagged(old, found.namespace, origin))
        return node

    def choose(self, name: str, namespace: str | None, *, by_namespace: bool) -> Resource | None:
        """Return the one object that a name means, None where it means none (`selectReferral`)."""
        candidates: Iterable[Resource] = self.index.by_name.get(name, ())
        if not candidates:
            return None
        found = [item for item in candidates if self.is_possible(item)]
        if namespace is not None and found:
            if any(
                item.first_id.namespace == namespace and self.is_visible(item)
                for item in self.index.resources
            ):
                found = [item for item in found if item.first_id.namespace == namespace]
            else:
                found = [item for item in found if item.id.namespace == namespace]
        if len(found) == 1:
            return found[0]
        found = [item for item in found if _same_affixes(item, self.referrer, lenient=True)]
        if len(found) > 1:
            found = [item for item in found if _same_affixes(item, self.referrer, lenient=False)]
        if not found:
            return None
        same = {(item.name, item.namespace if by_namespace else "") for item in found}
        if len(same) > 1:
            raise refused(f"the name `{name}` may mean several objects", self.referrer)
        return found[0]

    def is_possible(self, item: Resource) -> bool:
        now = item.id
        if not any(
            self.target.selects(now.group, now.version, earlier.kind) for earlier in item.previous
        ):
            return False
        if self.spec.path.endswith("roleRef/name"):
            role = self.referrer.data.get("roleRef")
            if type(role) is Map and text(role.get("apiGroup")) and text(role.get("kind")):
                wanted = Gvk(text(role["apiGroup"]), "", text(role["kind"]))
                if not any(
                    wanted.selects(now.group, now.version, earlier.kind)
                    for earlier in item.previous
                ):
                    return False
        return self.is_reachable(item)

    def is_reachable(self, item: Resource) -> bool:
        """Return whether the referrer may name the object: across namespaces ServiceAccounts only
        (`sameCurrentNamespaceAsReferrer`)."""
        mine, theirs = self.referrer.id, item.id
        return self.is_visible(item) and (
            mine.namespace in (NO_NAMESPACE, theirs.namespace)
            or theirs.namespace == NO_NAMESPACE
            or theirs.kind == "ServiceAccount"
        )

    def is_visible(self, item: Resource) -> bool:
        """Return whether the object is a candidate at all: its namespace
        (`SubsetThatCouldBeReferencedByResource`)."""
        mine, theirs = self.referrer.id, item.id
        if (
            mine.namespace == NO_NAMESPACE
            or theirs.namespace == NO_NAMESPACE
            or mine.namespace == theirs.namespace
        ):
            return True
        if mine.kind != "RoleBinding":
            return False
        subjects = self.referrer.data.get("subjects")
        return type(subjects) is Seq and any(
            type(subject) is Map
            and text(subject.get("kind")) == "ServiceAccount"
            and text(subject.get("namespace")) == item.namespace != ""
            for subject in subjects
        )


def _list_of_lists(node: Seq) -> Exception:
    return refused("a list of references holds a list", node)


def _same_affixes(one: Resource, other: Resource, *, lenient: bool) -> bool:
    return _same_ending(one.prefixes, other.prefixes, lenient) and _same_ending(
        one.suffixes, other.suffixes, lenient
    )


def _same_ending(one: tuple[str, ...], other: tuple[str, ...], lenient: bool) -> bool:
    if not one or not other:
        return lenient or one == other
    size = min(len(one), len(other))
    return one[len(one) - size :] == other[len(other) - size :]
