"""Run the transformers that set one kind of field: namespace, prefix, suffix, labels, annotations,
replicas.

In: the objects, a value and the fields that hold it. Out: changed objects. The rules are those of
`api/internal/builtins`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.resources.fieldspecs import (
    Change,
    FieldSpec,
    Make,
    apply,
    quotes,
    restyled,
    set_field,
    shallow,
    split_path,
    untagged,
    with_field,
)
from gitops_docs.kustomize.resources.resource import Gvk, Resource, Resources, Shared, text
from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    PLAIN,
    TEXT,
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    bare_key,
    is_null,
    is_old_word,
    mapping,
    plain_kind,
    scalar,
    scalar_kind,
)

_NOT_RENAMED = (
    Gvk(kind="CustomResourceDefinition"),
    Gvk("apiregistration.k8s.io", "", "APIService"),
    Gvk(kind="Namespace"),
)
_BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})


def as_string(value: Node, old: Node | None = None) -> Scalar:
    """Return a scalar as a string value, in the quotes of the one it replaces."""
    style = quotes(old)
    if style == PLAIN and plain_kind(text(value)) != "str":
        style = TEXT
    if type(value) is Scalar and value.style == style:
        return value
    return scalar(text(value), value.file, value.line, style)


def set_namespace(
    resources: Resources,
    namespace: Scalar,
    specs: Iterable[FieldSpec],
    *,
    unset_only: bool = False,
    subjects: str = "defaultOnly",
    remember: bool = True,
) -> None:
    """Put a namespace into every object that has one, rename `Namespace` objects, and follow it in
    role bindings.

    Raises:
        Refused: Two objects become one, or a field is not a scalar.
    """

    def put(node: Node) -> Node:
        if type(node) is not Scalar and type(node) is not Sealed:
            raise refused("a namespace field that is not text", node)
        if unset_only and text(node):
            return node
        if type(node) is Scalar and node == namespace and scalar_kind(node) == "str":
            return node
        return as_string(namespace, node)

    def make() -> Node:
        return as_string(namespace)

    general = [spec for spec in specs if spec.path != "metadata/namespace"]
    for resource in resources:
        if remember:
            resource.store_previous_id()
        identity = resource.id
        if not resource.cluster_scoped:
            resource.replace(set_field(resource.data, ("metadata", "namespace"), put, make))
        binding = identity.kind in _BINDINGS
        if binding and subjects != "none":
            _set_subjects(resource, put, make, subjects)
        for spec in general:
            if binding and spec.gvk.kind in _BINDINGS and spec.path == "subjects/namespace":
                continue
            if spec.path == "metadata/name" and resource.data.get("apiVersion") != "v1":
                continue
            apply(resource, spec, put, make)
    resources.check_unique()


def _set_subjects(resource: Resource, put: Change, make: Make, mode: str) -> None:
    """Set the namespace of a binding's subjects (`roleBindingHack`).

    Raises:
        Refused: They are not a list of mappings, or what tells them apart is not text.
    """
    found = resource.data.get("subjects")
    if is_null(found):
        return
    if type(found) is not Seq:
        raise refused("the `subjects` of a binding that are not a list", found)
    field, value = (
        ("kind", "ServiceAccount") if mode == "allServiceAccounts" else ("name", "default")
    )
    made = shallow(found)
    for index, item in enumerate(found):
        if is_null(item):
            continue
        if type(item) is not Map or type(item.get(field)) in (Map, Seq):
            raise refused(f"a subject of a binding that is not a mapping with a `{field}`", item)
        if text(item.get(field)) == value:
            old = item.get("namespace")
            made[index] = with_field(item, "namespace", make() if old is None else put(old))
    resource.replace(with_field(resource.data, "subjects", made))


def add_prefix(resources: Resources, prefix: Scalar, specs: Iterable[FieldSpec]) -> None:
    """Put a text before names."""
    _rename(resources, specs, lambda old: untagged(old, prefix + text(old), prefix), prefix=prefix)


def add_suffix(resources: Resources, suffix: Scalar, specs: Iterable[FieldSpec]) -> None:
    """Put a text behind names."""
    _rename(resources, specs, lambda old: untagged(old, text(old) + suffix, suffix), suffix=suffix)


def _rename(
    resources: Resources,
    specs: Iterable[FieldSpec],
    put: Callable[[Node | None], Node],
    *,
    prefix: str = "",
    suffix: str = "",
) -> None:
    specs = tuple(specs)

    def change(old: Node) -> Node:
        if type(old) in (Map, Seq):
            raise refused("a name that is not text", old)
        return put(old)

    for resource in resources:
        first = resource.first_id
        if any(gvk.selects(first.group, first.version, first.kind) for gvk in _NOT_RENAMED):
            continue
        for spec in specs:
            if not spec.gvk.selects(first.group, first.version, first.kind):
                continue
            if spec.path == "metadata/name":
                if prefix:
                    resource.prefixes = (*resource.prefixes, prefix)
                if suffix:
                    resource.suffixes = (*resource.suffixes, suffix)
                if prefix or suffix:
                    resource.store_previous_id()
            apply(resource, spec, change, lambda: put(None))


def add_entries(resources: Resources, entries: Map, specs: Iterable[FieldSpec]) -> None:
    """Put labels or annotations into the mappings that the fields name."""
    specs = tuple(specs)
    for key, value in sorted(entries.items()):
        for resource in resources:
            _add_entry(resource, key, value, specs)


def _add_entry(resource: Resource, key: str, value: Node, specs: tuple[FieldSpec, ...]) -> None:
    """One entry; where it is new, all places share one value, in quotes if YAML 1.1 takes it for
    something else, else in those of the last place where it stood before (`FieldSetter`)."""
    last = _quoted_if_old(as_string(value))
    fresh = settled = scalar(str(last), last.file, last.line, last.style)

    def make() -> Node:
        nonlocal last
        last = _quoted_if_old(last)
        return mapping(fresh.file, fresh.line, [(bare_key(key), fresh)])

    def put(node: Node) -> Node:
        nonlocal last
        if is_null(node):
            return node  # Upstream puts the entry behind a null, where it is never printed.
        if type(node) is not Map:
            raise refused("labels or annotations that are not a mapping", node)
        if key not in node:
            last = _quoted_if_old(last)
            return with_field(node, bare_key(key), fresh)
        if node[key] is fresh:
            return node  # Another field names the same place; it still shares the value.
        last = as_string(value, node[key])
        return with_field(node, bare_key(key), last)

    def settle(node: Node) -> Node:
        return (
            with_field(node, bare_key(key), settled)
            if type(node) is Map and node.get(key) is fresh
            else node
        )

    for spec in specs:
        apply(resource, spec, put, make)
    if last.style != fresh.style:
        settled = scalar(str(last), last.file, last.line, last.style)
        for spec in specs:
            apply(resource, spec, settle)
    places = tuple(
        path
        for spec in specs
        if spec.applies(resource)
        for path in _places(resource.data, split_path(spec.path), key, settled)
    )
    if len(places) > 1:
        resource.shared = (*resource.shared, Shared(settled, places))


def _quoted_if_old(value: Scalar) -> Scalar:
    """Return a text in quotes where YAML 1.1 takes it for something else."""
    return (
        scalar(str(value), value.file, value.line, DOUBLE_QUOTED) if is_old_word(value) else value
    )


def _places(
    node: Node | None, path: tuple[str, ...], key: str, value: Scalar
) -> Iterator[tuple[str | int, ...]]:
    """Yield where below a path a value stands."""
    if type(node) is Seq:
        for index, item in enumerate(node):
            for rest in _places(item, path, key, value):
                yield index, *rest
    elif type(node) is Map and path:
        part = path[0].removesuffix("[]")
        for rest in _places(node.get(part), path[1:], key, value):
            yield part, *rest
    elif type(node) is Map and node.get(key) is value:
        yield (key,)


def set_replicas(resources: Resources, entry: Map, specs: Iterable[FieldSpec]) -> None:
    """Set the replica count of the objects of a name.

    Raises:
        Refused: No object has the name, or a field is no scalar.
    """
    name = text(entry.get("name"))
    count = entry.get("count")
    place = count if count is not None else entry
    value = scalar(text(count) or "0", place.file, place.line)

    def make() -> Node:
        return value

    def put(old: Node) -> Node:
        if type(old) in (Map, Seq):
            raise refused("a replica count that is not a scalar", old)
        return restyled(value, old)

    found = False
    for spec in specs:
        for resource in resources:
            if any(
                identity.name == name
                and spec.gvk.selects(identity.group, identity.version, identity.kind)
                for identity in resource.ids()
            ):
                found = True
                path = split_path(spec.path)
                resource.replace(set_field(resource.data, path, put, make if spec.create else None))
    if not found:
        raise refused(f"`replicas` names `{name}`, which no object with replicas is called", entry)
