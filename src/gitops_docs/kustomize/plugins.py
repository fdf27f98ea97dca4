"""Generators and transformers that are written as objects: `generators:` and `transformers:` with kustomize's built-in kinds.

In: an inline text or a path, and the objects. Out: the same changes as the kustomization's own fields make. A plugin that is a program, a
function or a chart is noted as missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gitops_docs.kustomize import (
    configuration,
    documents,
    generators,
    images,
    patches,
    readable,
    replacements,
    shapes,
    transformers,
)
from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.fieldspecs import FieldSpec
from gitops_docs.kustomize.json_keys import with_json_keys
from gitops_docs.kustomize.loader import Loader, checked, is_remote
from gitops_docs.kustomize.resource import Id, Resource, Resources, text
from gitops_docs.nodes import Map, Scalar, Sealed, Seq, as_map, as_seq, as_yaml_1_1, is_true, mapping, sequence
from gitops_docs.repository.tree import normalise
from gitops_docs.repository.yaml import parse_inline


def loaded(items: Seq, loader: Loader) -> Iterator[tuple[Map, str]]:
    """The plugin objects of a whole field, inline ones first, as upstream has it (`configureExternalTransformers`).

    Raises:
        Refused: There is no such file, two objects are called alike, or a value of one is sealed.
    """
    seen: set[Id] = set()
    for item in sorted(items, key=lambda item: not _is_inline(item)):
        for config, path in configurations(item, loader):
            readable.check(config)
            identity = Resource(config, None).id
            if identity in seen:
                raise refused(f"two plugins of one field are called {identity}", item)
            seen.add(identity)
            yield config, path


def _is_inline(item: Any) -> bool:
    return type(item) in (Scalar, Sealed) and "\n" in text(item)


def configurations(item: Any, loader: Loader) -> Iterator[tuple[Map, str]]:
    """The plugin objects that an entry holds or names, and the file that they stand in: inline text (then the file is empty), a file, or
    a directory with a kustomization.

    Raises:
        Refused: There is no such file.
    """
    written = text(item)
    if _is_inline(item):
        for resource in documents.resources(checked(parse_inline(item), loader.notes), loader.behaviour):
            yield resource.data, ""
        return
    if is_remote(written):
        loader.miss(f"the plugin `{written}` is not in the repository", item)
        return
    full = normalise(loader.directory, written)
    if full is not None and loader.tree.is_dir(full):
        from gitops_docs.kustomize import accumulate, kustomization  # here, since the two rooms call each other

        inner = loader.below(full)
        for resource in accumulate.accumulate(
            accumulate.Run(inner, (loader.directory,)), kustomization.load(inner)
        ).resources:
            yield resource.data, written
        return
    for resource in documents.resources(loader.documents(written, item), loader.behaviour):
        yield resource.data, written


def generate(config: Map, loader: Loader) -> Resource | None:
    """The object that a built-in generator makes; None for what cannot be run here."""
    kind = text(config.get("kind"))
    if text(config.get("apiVersion")) == "builtin" and kind in ("ConfigMapGenerator", "SecretGenerator"):
        metadata = as_map(config.get("metadata"))
        entry = mapping(config.file, config.line, config.items())
        for field in ("name", "namespace"):
            if not text(entry.get(field)) and text(metadata.get(field)):
                entry[field] = metadata[field]
        return generators.generate(entry, kind.removesuffix("Generator"), mapping(), loader)
    loader.miss(f"the generator {kind} is not run", config)
    return None


def transform(config: Map, resources: Resources, loader: Loader) -> None:
    """Carry out a built-in transformer.

    Raises:
        Refused: kustomize would refuse it.
    """
    kind = text(config.get("kind"))
    specs = tuple(configuration.spec(item) for item in as_seq(config.get("fieldSpecs")) if type(item) is Map)
    if text(config.get("apiVersion")) != "builtin" or kind not in _TRANSFORMERS:
        loader.miss(f"the transformer {kind} is not run", config)
        return
    _TRANSFORMERS[kind](config, resources, specs, loader)


def _namespace(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    namespace = as_map(config.get("metadata")).get("namespace")
    if type(namespace) is Scalar and namespace:
        transformers.set_namespace(
            resources,
            namespace,
            specs,
            unset_only=is_true(config.get("unsetOnly")),
            subjects=text(config.get("setRoleBindingSubjects")) or "defaultOnly",
        )


def _prefix(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    if text(config.get("prefix")):
        transformers.add_prefix(resources, config["prefix"], specs)


def _suffix(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    if text(config.get("suffix")):
        transformers.add_suffix(resources, config["suffix"], specs)


def _labels(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    transformers.add_entries(resources, as_map(config.get("labels")), specs)


def _annotations(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    transformers.add_entries(resources, as_map(config.get("annotations")), specs)


def _images(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    images.transform(resources, as_map(config.get("imageTag")), specs)


def _replicas(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    transformers.set_replicas(resources, as_map(config.get("replica")), specs)


def _patch(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    patches.apply(resources, config, loader)


def _patch_json(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    entry = mapping(config.file, config.line, ((key, config[key]) for key in ("target", "path") if key in config))
    if "jsonOp" in config:
        entry["patch"] = config["jsonOp"]
    patches.apply_json(resources, entry, loader)


def _patch_strategic(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    for item in as_seq(config.get("paths")):
        patches.apply_strategic(resources, item, loader)
    if text(config.get("patches")):
        patches.apply_strategic(resources, config["patches"], loader)


def _replacements(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    for entry in as_seq(config.get("replacements")):
        for replacement in replacement_entries(entry, loader):
            replacements.apply(resources, replacement, loader.behaviour, loader.spend)


_TRANSFORMERS = {
    "NamespaceTransformer": _namespace,
    "PrefixTransformer": _prefix,
    "SuffixTransformer": _suffix,
    "LabelTransformer": _labels,
    "AnnotationsTransformer": _annotations,
    "ImageTagTransformer": _images,
    "ReplicaCountTransformer": _replicas,
    "PatchTransformer": _patch,
    "PatchJson6902Transformer": _patch_json,
    "PatchStrategicMergeTransformer": _patch_strategic,
    "ReplacementTransformer": _replacements,
}


def replacement_entries(entry: Any, loader: Loader) -> Iterator[Map]:
    """A replacement, or those of the file that it names.

    Raises:
        Refused: The file is missing, holds something else, or something sealed.
    """
    if type(entry) is not Map:
        raise refused("a replacement is a mapping", entry)
    if not text(entry.get("path")):
        yield entry
        return
    found = loader.documents(text(entry["path"]), entry["path"])
    root = found[0].root if found and found[0].index == 0 else None  # No other document is read.
    if type(root) is not Map and type(root) is not Seq:
        raise refused("a file of replacements is a list of them, or one", entry["path"])
    readable.check(root)
    listed = root if type(root) is Seq else sequence(root.file, root.line, [root])
    yield from shapes.decoded(
        as_yaml_1_1(with_json_keys(listed)), shapes.replacements(loader.behaviour), "replacements", lenient=True
    )


__all__ = ["loaded", "generate", "replacement_entries", "transform"]
