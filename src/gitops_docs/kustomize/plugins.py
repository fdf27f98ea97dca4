"""Run generators and transformers that are written as objects: `generators:` and `transformers:`
with kustomize's built-in kinds.

In: an inline text or a path, and the objects. Out: the same changes as the kustomization's own
fields make. A plugin that is a program, a function or a chart is refused, as Flux refuses it
(`DisabledPluginConfig`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gitops_docs.kustomize import errors
from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.files import decode
from gitops_docs.kustomize.files.decode import with_json_keys
from gitops_docs.kustomize.files.loader import Loader, checked, is_remote
from gitops_docs.kustomize.resources import configuration, factory, hashing
from gitops_docs.kustomize.resources.fieldspecs import (
    FieldSpec,
    set_created,
    split_path,
    untagged,
    with_metadata,
    without_field,
)
from gitops_docs.kustomize.resources.output import to_json
from gitops_docs.kustomize.resources.resource import Id, Resource, Resources, text
from gitops_docs.kustomize.transform import generators, images, patches, replacements, selectors
from gitops_docs.kustomize.transform import metadata as transformers
from gitops_docs.repository.tree import normalise
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Plain,
    Scalar,
    Sealed,
    Seq,
    as_map,
    as_seq,
    as_yaml_1_1,
    is_null,
    is_true,
    mapping,
    maps,
    scalar,
    sequence,
)
from gitops_docs.yaml.parse import parse_inline

BuildDirectory = Callable[[Loader, str], Iterable[Resource]]
"""Builds the directory of the tree that a plugin names: `accumulate` hands itself over, since it
calls this module."""


def loaded(
    items: Seq, loader: Loader, build_directory: BuildDirectory
) -> Iterator[tuple[Map, str]]:
    """Yield the plugin objects of a whole field, inline ones first, as upstream has it
    (`configureExternalTransformers`).

    Raises:
        Refused: There is no such file, two objects are called alike, or a value of one is sealed.
    """
    seen: set[Id] = set()
    for item in sorted(items, key=lambda item: not _is_inline(item)):
        for config, path in configurations(item, loader, build_directory):
            errors.refuse_sealed(config)
            identity = Resource(config, None).id
            if identity in seen:
                raise refused(f"two plugins of one field are called {identity}", item)
            seen.add(identity)
            yield config, path


def _is_inline(item: Node) -> bool:
    return type(item) in (Scalar, Sealed) and "\n" in text(item)


def configurations(
    item: Node, loader: Loader, build_directory: BuildDirectory
) -> Iterator[tuple[Map, str]]:
    """Yield the plugin objects that an entry holds or names, and the file that they stand in:
    inline text (then the file is empty), a file, or a directory with a kustomization.

    Raises:
        Refused: There is no such file.
    """
    written = text(item)
    if _is_inline(item):
        for resource in factory.resources(
            checked(parse_inline(item), loader.notes), loader.behaviour
        ):
            yield resource.data, ""
        return
    if is_remote(written):
        loader.miss(f"the plugin `{written}` is not in the repository", item)
        return
    full = normalise(loader.directory, written)
    if full is not None and loader.tree.is_dir(full):
        for resource in build_directory(loader, full):
            yield resource.data, written
        return
    for resource in factory.resources(loader.documents(written, item), loader.behaviour):
        yield resource.data, written


def generate(config: Map, loader: Loader) -> Resource:
    """Return the object that a built-in generator makes.

    Raises:
        Refused: kustomize would refuse it, as it does with a program or a chart.
    """
    kind, fields = _read(config, loader)
    if kind == "IAMPolicyGenerator":
        return _service_account(fields)
    if kind not in ("ConfigMapGenerator", "SecretGenerator"):
        raise refused(f"{kind} is not a built-in generator that Flux runs", config)
    metadata = as_map(fields.get("metadata"))
    for field in ("name", "namespace"):
        if not text(fields.get(field)) and text(metadata.get(field)):
            fields[field] = metadata[field]
    return generators.generate(fields, kind.removesuffix("Generator"), mapping(), loader)


def transform(config: Map, resources: Resources, loader: Loader) -> None:
    """Carry out a built-in transformer.

    Raises:
        Refused: kustomize would refuse it, as it does with a program.
    """
    kind, fields = _read(config, loader)
    if kind not in _TRANSFORMERS:
        raise refused(f"{kind} is not a built-in transformer", config)
    specs = tuple(
        configuration.spec(item) for item in as_seq(fields.get("fieldSpecs")) if type(item) is Map
    )
    _TRANSFORMERS[kind](fields, resources, specs, loader)


def validate(config: Map, resources: Resources, loader: Loader) -> None:
    """Carry out a built-in transformer as a validator, which may change nothing but its own label.

    Raises:
        Refused: kustomize would refuse it, or it changes something.
    """
    changed = Resources(item.copy() for item in resources)
    transform(config, changed, loader)
    if [_unmarked(item) for item in resources] != [_unmarked(item) for item in changed]:
        raise refused(
            "a validator changes objects, which kustomize refuses; list it under `transformers`",
            config,
        )
    resources.items = changed.items


def _unmarked(resource: Resource) -> dict[str, Plain]:
    """Return an object without the label that a validator may set."""
    labels = as_map(as_map(resource.data.get("metadata")).get("labels"))
    rest = without_field(labels, VALIDATED_BY)
    return to_json(
        resource.data if rest is labels else with_metadata(resource.data, "labels", rest or None)
    )


def _read(config: Map, loader: Loader) -> tuple[str, Map]:
    """Return the kind of a plugin and its fields, as the plugin reads them: most take them in any
    case, as Go does with JSON.

    Raises:
        Refused: It is not built in, or a field is of the wrong type.
    """
    kind = text(config.get("kind"))
    if text(config.get("apiVersion")) != "builtin":
        message = (
            f"{kind} is a plugin of its own, which Flux does not run: the layer fails; leave it "
            f"out of the kustomization"
        )
        raise refused(message, config)
    shape = decode.plugins(loader.behaviour).get(kind)
    return kind, config if shape is None else decode.decoded(
        config, shape, kind, lenient=True, coerce=True
    )


def _service_account(fields: Map) -> Resource:
    """Return what an `IAMPolicyGenerator` makes.

    Raises:
        Refused: It is for another cloud, or lacks a name.
    """
    if text(fields.get("cloud")) != "gke":
        raise refused("an IAMPolicyGenerator is for the cloud `gke`", fields)
    cluster, account = as_map(fields.get("kubernetesService")), as_map(fields.get("serviceAccount"))
    name = cluster.get("name")
    if not text(name) or not text(account.get("name")):
        raise refused("an IAMPolicyGenerator needs the names of both accounts", fields)
    email = f"{text(account.get('name'))}@{text(account.get('projectId'))}.iam.gserviceaccount.com"
    place = (fields.file, fields.line)
    metadata = mapping(*place)
    metadata["annotations"] = mapping(
        *place, [("iam.gke.io/gcp-service-account", scalar(email, *place))]
    )
    metadata["name"] = scalar(text(name), *place)
    if text(cluster.get("namespace")):
        metadata["namespace"] = scalar(text(cluster["namespace"]), *place)
    items: list[tuple[str, Node]] = [
        ("apiVersion", scalar("v1", *place)),
        ("kind", scalar("ServiceAccount", *place)),
        ("metadata", metadata),
    ]
    made = Resource(mapping(*place, items), None, generated=True)
    made.behavior = "unspecified"
    return made


def _namespace(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    namespace = as_map(config.get("metadata")).get("namespace")
    subjects = text(config.get("setRoleBindingSubjects")) or "defaultOnly"
    if subjects not in ("defaultOnly", "allServiceAccounts", "none"):
        raise refused(
            "`setRoleBindingSubjects` is one of defaultOnly, allServiceAccounts and none", config
        )
    if type(namespace) is Scalar and namespace:
        transformers.set_namespace(
            resources,
            namespace,
            specs,
            unset_only=is_true(config.get("unsetOnly")),
            subjects=subjects,
        )


def _prefix(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    transformers.add_prefix(resources, _added(config, "prefix"), specs)


def _suffix(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    transformers.add_suffix(resources, _added(config, "suffix"), specs)


def _prefix_and_suffix(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    prefix, suffix = _added(config, "prefix"), _added(config, "suffix")
    transformers.add_prefix(resources, prefix, specs)
    transformers.add_suffix(resources, suffix, specs)


def _added(config: Map, name: str) -> Scalar:
    """Return what is put before or behind names; an empty text is put there too.

    Raises:
        Refused: There are no fields to put it.
    """
    if type(config.get("fieldSpecs")) is not Seq:
        raise refused("the plugin needs `fieldSpecs`", config)
    found = config.get(name)
    return scalar(
        text(found), getattr(found, "file", config.file), getattr(found, "line", config.line)
    )


def _labels(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    transformers.add_entries(resources, as_map(config.get("labels")), specs)


def _annotations(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    transformers.add_entries(resources, as_map(config.get("annotations")), specs)


def _images(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    images.transform(resources, as_map(config.get("imageTag")), specs)


def _replicas(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    transformers.set_replicas(resources, as_map(config.get("replica")), specs)


def _patch(config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader) -> None:
    patches.apply(resources, config, loader)


def _patch_json(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    entry = mapping(
        config.file,
        config.line,
        ((key, config[key]) for key in ("target", "path") if key in config),
    )
    if "jsonOp" in config:
        entry["patch"] = config["jsonOp"]
    patches.apply_json(resources, entry, loader)


def _patch_strategic(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    paths, inline = as_seq(config.get("paths")), config.get("patches")
    if not paths and not text(inline):
        raise refused("the plugin needs `paths` or `patches`", config)
    for item in paths:
        patches.apply_strategic(resources, item, loader)
    if inline is not None and text(inline):
        patches.apply_strategic(resources, inline, loader)


def _replacements(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    for entry in as_seq(config.get("replacements")):
        for replacement in replacement_entries(entry, loader):
            replacements.apply(resources, replacement, loader.behaviour, loader.spend)


def _hashes(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    for resource in resources:
        if resource.needs_hash:
            hashing.add_suffix(resource)


def _values(
    config: Map, resources: Resources, specs: tuple[FieldSpec, ...], loader: Loader
) -> None:
    """Add a value to fields (`ValueAddTransformer`); by itself it is the name of the
    kustomization's directory."""
    written = config.get("value")
    value = text(written).strip() or loader.directory.rpartition("/")[2]
    if not value:
        raise refused(
            "the plugin needs a `value`; the directory of the source has no name that is known",
            config,
        )
    origin = written if written is not None and text(written).strip() else config
    targets = [as_map(item) for item in as_seq(config.get("targets"))]
    file = config.get("targetFilePath")
    if text(file):
        found = loader.documents(text(file), file)
        root = found[0].root if found and found[0].index == 0 else mapping()
        shape = decode.plugins(loader.behaviour)["ValueAddTransformer"]
        read = decode.decoded(with_json_keys(root), shape, "targets", lenient=True, coerce=True)
        errors.refuse_sealed(read)
        targets += [as_map(item) for item in as_seq(read.get("targets"))]
    if not targets:
        raise refused("the plugin needs at least one target", config)
    for target in targets:
        if not text(target.get("fieldPath")) or int(text(target.get("filePathPosition")) or 0) < 0:
            raise refused(
                "a target of the plugin needs a `fieldPath`, and a position that is not negative",
                target,
            )
    for target in targets:
        selector = selectors.read(target.get("selector"))
        for resource in [item for item in resources if selector.selects(item)]:
            _add_value(resource, target, value, origin)


def _add_value(resource: Resource, target: Map, value: str, origin: Node) -> None:
    path, position = text(target.get("fieldPath")), int(text(target.get("filePathPosition")) or 0)
    if path == "metadata/namespace":
        namespace = scalar(value, origin.file, origin.line)
        transformers.set_namespace(Resources([resource]), namespace, (), remember=False)
        return

    def put(old: Node | None) -> Node:
        if type(old) in (Map, Seq):
            raise refused(f"the field `{path}` of {resource.id} is not text", target)
        old = None if is_null(old) else old
        new = _in_path(text(old), position - 1, value) if position else value
        return untagged(old, new, origin)

    resource.replace(set_created(resource.data, split_path(path), put, target))


def _in_path(path: str, position: int, part: str) -> str:
    """Return a path of files with one more part (`InsertPathPart`); one that is too far behind is
    the last."""
    leading = "/" if path.startswith("/") else ""
    parts = path.removeprefix("/").split("/") if path not in ("", "/") else []
    parts.insert(position, part)
    return leading + "/".join(parts)


VALIDATED_BY = "validated-by"
"""The label that a validator may set."""

_TRANSFORMERS = {
    "AnnotationsTransformer": _annotations,
    "HashTransformer": _hashes,
    "ImageTagTransformer": _images,
    "LabelTransformer": _labels,
    "NamespaceTransformer": _namespace,
    "PatchJson6902Transformer": _patch_json,
    "PatchStrategicMergeTransformer": _patch_strategic,
    "PatchTransformer": _patch,
    "PrefixSuffixTransformer": _prefix_and_suffix,
    "PrefixTransformer": _prefix,
    "ReplacementTransformer": _replacements,
    "ReplicaCountTransformer": _replicas,
    "SuffixTransformer": _suffix,
    "ValueAddTransformer": _values,
}


def replacement_entries(entry: Node, loader: Loader) -> Iterator[Map]:
    """Yield a replacement, or those of the file that it names.

    Raises:
        Refused: The file is missing, holds something else, or something sealed.
    """
    if type(entry) is not Map:
        raise refused("a replacement is a mapping", entry)
    if not text(entry.get("path")):
        yield entry
        return
    documents = loader.documents(text(entry["path"]), entry["path"])
    # No other document is read.
    root = documents[0].root if documents and documents[0].index == 0 else None
    if type(root) is not Map and type(root) is not Seq:
        raise refused("a file of replacements is a list of them, or one", entry["path"])
    errors.refuse_sealed(root)
    listed = root if type(root) is Seq else sequence(root.file, root.line, [root])
    found = decode.decoded(
        as_yaml_1_1(with_json_keys(listed)),
        decode.replacements(loader.behaviour),
        "replacements",
        lenient=True,
        coerce=True,
    )
    yield from maps(found)


__all__ = ["generate", "loaded", "replacement_entries", "transform", "validate"]
