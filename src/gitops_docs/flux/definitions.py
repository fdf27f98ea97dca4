"""The kinds that an object adds to a cluster.

In: a rendered CustomResourceDefinition, or a Crossplane CompositeResourceDefinition, which makes one or two of them. Out: groups, kinds
and served versions.
"""

from __future__ import annotations

from gitops_docs.flux import objects
from gitops_docs.nodes import Map, as_map, as_seq, get_path, is_true


def defines(data: Map) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """(group, kind, served versions) of each kind that the object defines; empty for any other object."""
    if objects.is_a(data, "apiextensions.k8s.io", "CustomResourceDefinition"):
        kinds = [get_path(data, "spec", "names", "kind")]
    elif objects.is_a(data, "apiextensions.crossplane.io", "CompositeResourceDefinition"):
        kinds = [get_path(data, "spec", "names", "kind"), get_path(data, "spec", "claimNames", "kind")]
    else:
        return ()
    spec = as_map(data.get("spec"))
    group = objects.text(spec.get("group"))
    versions = tuple(
        name
        for item in as_seq(spec.get("versions"))
        if type(item) is Map and is_true(item.get("served")) and (name := objects.text(item.get("name"))) is not None
    )
    # `spec.version` is what the first CustomResourceDefinitions had.
    single = objects.text(spec.get("version"))
    if not versions and single is not None:
        versions = (single,)
    return tuple((group, kind, versions) for node in kinds if group and (kind := objects.text(node)) is not None)
