"""Say what a version of kustomize does in its own way: each difference stands in one table with its
first version.

In: a version of kustomize. Out: a `Behaviour`, which is handed down through a build. The versions
are those that Flux ships, 5.4 to 5.8; each difference was read in the sources of the tags and built
with kubectl of that version.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

Version: TypeAlias = tuple[int, int, int]

LATEST: Version = (5, 8, 1)
"""The kustomize of the newest Flux."""

SINCE: dict[str, Version] = {
    "keeps_lists_without_items": (5, 5, 0),
    "orders_built_in_namespace_first": (5, 5, 0),
    "deletes_several_in_one_patch": (5, 7, 0),
    "sets_image_volumes": (5, 7, 0),
    "has_source_value": (5, 7, 0),
    "takes_patches_of_comments": (5, 7, 0),
    "names_its_version": (5, 7, 0),
    "ignores_patches_of_nothing": (5, 8, 0),
    "selects_targets_by_pattern": (5, 8, 0),
    "replaces_in_structured_text": (5, 8, 0),
    "has_typed_patch_options": (5, 8, 0),
}
"""The switches of `Behaviour`, and the first version that has each on."""


class Behaviour(Struct, frozen=True):
    """What a version does; each field is a row of `SINCE`."""

    version: Version
    keeps_lists_without_items: bool
    """A kind that ends in `List` and has no `items` is an object of its own; before, it was an
    empty list."""
    orders_built_in_namespace_first: bool
    """The legacy order puts the core `Namespace` before other kinds of that name."""
    deletes_several_in_one_patch: bool
    """A patch may go on behind a `$patch: delete`; before, kustomize panics."""
    sets_image_volumes: bool
    """`images` reach `volumes[].image.reference`."""
    has_source_value: bool
    """A replacement may have a `sourceValue` in the place of a `source`."""
    takes_patches_of_comments: bool
    """A patch whose first document is empty, or `[]`, is one; before, it qualifies as both kinds of
    patches."""
    names_its_version: bool
    """`buildMetadata: [managedByLabel]` names the version, as kubectl has it; before, it says
    `(devel)`."""
    ignores_patches_of_nothing: bool
    """A patch that holds nothing needs no target and leaves everything as it is."""
    selects_targets_by_pattern: bool
    """`select` and `reject` of a replacement are regular expressions; before, they are compared as
    text."""
    replaces_in_structured_text: bool
    """The path of a replacement goes on inside a text that holds JSON or YAML."""
    has_typed_patch_options: bool
    """The `options` of a patch are fields, in any case, and others fail; before, a map whose other
    names are ignored."""


SILENT: dict[str, str] = {
    "keeps_lists_without_items": "a kind that ends in `List` without `items` is an object",
    "sets_image_volumes": "`images` reach image volumes",
    "selects_targets_by_pattern": "`select` and `reject` of a replacement are regular expressions",
    "has_typed_patch_options": "`options` of a patch are read in any case of letters",
}
"""The switches that change what a build gives without an error, in words: a build notes those that
it meets and that are off."""


@lru_cache(maxsize=16)
def of_version(version: Version) -> Behaviour:
    """Return the behaviour of a version of kustomize."""
    return Behaviour(version, **{name: version >= since for name, since in SINCE.items()})


NEWEST = of_version(LATEST)

__all__ = ["LATEST", "NEWEST", "SILENT", "SINCE", "Behaviour", "Version", "of_version"]
