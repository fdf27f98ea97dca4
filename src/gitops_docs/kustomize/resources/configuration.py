"""Tell which fields the transformers of a build touch: kustomize's own, and what `configurations`
files add.

In: parsed configuration files. Out: `Fields`, merged as `builtinconfig.TransformerConfig` is: the
accumulated ones of the bases first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from gitops_docs.kustomize import errors
from gitops_docs.kustomize.behaviour import Behaviour
from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.kustomize.resources import default_fields, order
from gitops_docs.kustomize.resources.fieldspecs import FieldSpec
from gitops_docs.kustomize.resources.resource import Gvk, text
from gitops_docs.yaml.nodes import Map, as_seq, is_true

Specs = dict[str, tuple[FieldSpec, ...]]
References = tuple[tuple[Gvk, tuple[FieldSpec, ...]], ...]

METADATA_LABELS = default_fields.LABELS

_NAMES = frozenset(
    [
        "namePrefix",
        "nameSuffix",
        "namespace",
        "commonLabels",
        "labels",
        "templateLabels",
        "commonAnnotations",
        "nameReference",
        "varReference",
        "images",
        "replicas",
        "volumeClaimTemplateLabels",
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """Field specifications by the name of their section, and the fields that hold names of other
    objects."""

    specs: Specs = field(default_factory=dict)
    references: References = ()
    is_built_in: bool = False

    def merged(self, other: Fields) -> Fields:
        """Return both, without repeating what is the same, in the order of kinds
        (`TransformerConfig.Merge`).

        Raises:
            Refused: They disagree on whether a field is created.
        """
        if other is self or (not other.specs and not other.references):
            return self
        if other.is_built_in and not self.specs and not self.references:
            return other
        specs = dict(self.specs)
        for name, added in other.specs.items():
            specs[name] = united(specs.get(name, ()), added)
        references = list(self.references)
        for gvk, added in other.references:
            at = next((index for index, (known, _) in enumerate(references) if known == gvk), None)
            if at is None:
                references.append((gvk, added))
            else:
                references[at] = (gvk, united(references[at][1], added))
        references.sort(key=lambda item: order.rank(item[0]))
        return Fields({name: _sorted(found) for name, found in specs.items()}, tuple(references))


def united(one: tuple[FieldSpec, ...], other: tuple[FieldSpec, ...]) -> tuple[FieldSpec, ...]:
    """`FsSlice.MergeAll`: a specification is left out where one of its path, for a kind that it
    selects, is there already."""
    if one == other:
        return one
    made = list(one)
    for spec in other:
        there = next(
            (old for old in made if old.path == spec.path and spec.gvk.selects(*old.gvk.parts)),
            None,
        )
        if there is None:
            made.append(spec)
        elif there.create != spec.create:
            raise Refused(
                f"two transformer configurations disagree on whether `{spec.path}` is created"
            )
    return tuple(made)


def _sorted(specs: tuple[FieldSpec, ...]) -> tuple[FieldSpec, ...]:
    return tuple(sorted(specs, key=lambda spec: order.rank(spec.gvk)))


@lru_cache(maxsize=16)
def built_in(behaviour: Behaviour) -> Fields:
    """kustomize's own."""
    specs = {
        name: _sorted(united((), found))
        for name, found in default_fields.field_specs(behaviour).items()
    }
    references = tuple(sorted(default_fields.references(), key=lambda item: order.rank(item[0])))
    return Fields(specs, references, is_built_in=True)


def read(root: Map) -> Fields:
    """Return the fields that a configuration file names.

    Raises:
        Refused: It has a section that kustomize does not know, or something in it is sealed.
    """
    errors.refuse_sealed(root)
    specs: Specs = {}
    references: list[tuple[Gvk, tuple[FieldSpec, ...]]] = []
    for name, value in root.items():
        if name not in _NAMES:
            raise refused(f"`{name}` is not a section of a transformer configuration", root)
        items = [item for item in as_seq(value) if type(item) is Map]
        if name == "nameReference":
            references.extend(
                (
                    gvk(item),
                    tuple(
                        spec(inner)
                        for inner in as_seq(item.get("fieldSpecs"))
                        if type(inner) is Map
                    ),
                )
                for item in items
            )
        else:
            specs[name] = tuple(spec(item) for item in items)
    return Fields(specs, tuple(references))


def spec(node: Map) -> FieldSpec:
    """Return a field specification as written."""
    return FieldSpec(text(node.get("path")), gvk(node), is_true(node.get("create")))


def gvk(node: Map) -> Gvk:
    """Return the kind that a mapping names."""
    return Gvk(text(node.get("group")), text(node.get("version")), text(node.get("kind")))
