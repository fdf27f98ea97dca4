"""Build one directory: what it names, generates and changes, in kustomize's order
(`api/internal/target/kusttarget.go`).

In: a tree, a directory, notes. Out: an `Accumulation`: objects, fields and variables, before hashes
and references, which come once at the top. What kustomize would refuse is noted, and the rest goes
on, so that a page can still show what is there.
"""

from __future__ import annotations

from msgspec import Struct, field

from gitops_docs.kustomize import plugins
from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.kustomize.files import kustomization
from gitops_docs.kustomize.files.loader import Loader, Notes, is_download, is_remote
from gitops_docs.kustomize.resources import configuration, factory
from gitops_docs.kustomize.resources.configuration import Fields
from gitops_docs.kustomize.resources.fieldspecs import FieldSpec
from gitops_docs.kustomize.resources.resource import Id, Resource, Resources, text
from gitops_docs.kustomize.transform import generators, images, metadata, patches, replacements
from gitops_docs.kustomize.transform import origin as tracking
from gitops_docs.kustomize.transform import vars as variable_rules
from gitops_docs.kustomize.transform.vars import Variable
from gitops_docs.repository.tree import Tree
from gitops_docs.yaml import limits
from gitops_docs.yaml.nodes import Map, Node, Scalar, as_map, as_seq, is_true, maps


class Accumulation(Struct):
    """The objects, fields and variables of a build so far (`ResAccumulator`)."""

    resources: Resources = field(default_factory=Resources)
    fields: Fields = field(default_factory=Fields)
    variables: list[Variable] = field(default_factory=list)

    def merge(self, other: Accumulation, known: set[Id]) -> None:
        """Add what a base gathered; `known` as in `Resources.extend`.

        Raises:
            Refused: An object or a variable is there twice.
        """
        self.resources.extend(other.resources, known)
        self.fields = self.fields.merged(other.fields)
        for item in other.variables:
            self.declare(item)

    def declare(self, variable: Variable) -> None:
        """Add a variable (`VarSet.Merge`).

        Raises:
            Refused: There is one of its name.
        """
        if any(known.name == variable.name for known in self.variables):
            raise refused(f"the variable `{variable.name}` is declared twice", variable.node)
        self.variables.append(variable)


class _Base(Struct, frozen=True):
    """A rendered base: its objects are copied for each build that includes it."""

    accumulation: Accumulation
    notes: Notes

    def came_from(self, tree: Tree, changed: frozenset[str]) -> bool:
        return _came_from(tree, self.notes, changed)


class _File(Struct, frozen=True):
    """The objects of a file, copied like those of a base."""

    resources: list[Resource]
    notes: Notes

    def came_from(self, tree: Tree, changed: frozenset[str]) -> bool:
        return _came_from(tree, self.notes, changed)


def _came_from(tree: Tree, notes: Notes, changed: frozenset[str]) -> bool:
    return any(not changed.isdisjoint(tree.origins(path)) for path in notes.files)


class Run(Struct, frozen=True):
    """One directory of a build. `above` holds the directories that led here, `origin` the path from
    the root where origins are noted."""

    loader: Loader
    above: tuple[str, ...] = ()
    origin: str | None = None

    @property
    def notes(self) -> Notes:
        return self.loader.notes

    def below(self, directory: str, path: str) -> Run:
        """Return the run of a directory that this one includes."""
        origin = None if self.origin is None else _joined(self.origin, path)
        return Run(
            self.loader.below(directory),
            (*self.above, self.loader.directory),
            origin,
        )

    def path(self, path: str = "") -> str:
        """Return a file of the directory from the root of the build; by itself the kustomization's
        own."""
        name = path or (kustomization.find(self.loader) or "").rpartition("/")[2]
        return _joined(self.origin or "", name)

    def ran(self, kind: str, resources: Resources, did: bool = True) -> None:
        """Record a transformer in `transformerAnnotations`, where the build asks for them and it
        `did` run."""
        if did and self.origin is not None:
            tracking.record(resources, tracking.of_built_in(self.path(), kind))

    def tolerant(self, node: object = None) -> _Tolerant:
        """Return a `with` block that notes a `Refused` and lets the build go on."""
        return _Tolerant(self.notes, node)


class _Tolerant:
    """A `with` block in which a refusal is noted, at the line of `node`. (As a generator it would
    cost more than what it guards.)"""

    __slots__ = ("node", "notes")

    def __init__(self, notes: Notes, node: object) -> None:
        self.notes = notes
        self.node = node

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Refused):
            return False
        self.notes.fail(error, getattr(self.node, "file", None), getattr(self.node, "line", None))
        return True


def accumulate(run: Run, root: Map, into: Accumulation | None = None) -> Accumulation:
    """Build a directory from its kustomization (`KustTarget.AccumulateTarget`).

    Args:
        run: The directory, with the notes of the build.
        root: The fields of its kustomization file.
        into: What the parent of a Component has gathered, which the Component changes; None for any
            other directory.
    """
    gathered = into if into is not None else Accumulation()
    known = gathered.resources.identities()
    for item in as_seq(root.get("resources")):
        with run.tolerant(item):
            _add_resource(run, gathered, item, known)
    own = Fields()
    for item in as_seq(root.get("configurations")):
        with run.tolerant(item):
            for document in run.loader.documents(text(item), item):
                own = own.merged(configuration.read(as_map(document.root)))
    with run.tolerant(root.get("configurations")):
        gathered.fields = gathered.fields.merged(
            configuration.built_in(run.loader.behaviour).merged(own)
        )
    for item in as_seq(root.get("crds")):
        run.loader.miss("`crds` may declare references that are not followed here", item)
    if as_map(root.get("openapi")):
        run.loader.miss(
            "a schema of its own (`openapi`) may merge lists that are replaced here",
            root["openapi"],
        )
    _generate(run, gathered, root)
    for item in as_seq(root.get("components")):
        with run.tolerant(item):
            _add_component(run, gathered, item)
    _transform(run, gathered, root)
    with run.tolerant(root.get("validators")):
        for config, _ in list(
            plugins.loaded(as_seq(root.get("validators")), run.loader, _build_directory)
        ):
            with run.tolerant(config):
                plugins.validate(config, gathered.resources, run.loader)
    for item in maps(root.get("vars")):
        with run.tolerant(item):
            variable = variable_rules.read(item)
            variable_rules.mark(gathered.resources, variable)
            gathered.declare(variable)
    return gathered


def _add_resource(run: Run, gathered: Accumulation, item: Node, known: set[Id]) -> None:
    path = text(item)
    if not path:
        raise refused(
            "an entry of `resources` is empty; remove it or name a file or directory", item
        )
    if is_remote(path):
        base = None if is_download(path) else path
        run.loader.miss(f"`{path}` is not in the repository", item, base)
        return
    full = run.loader.resolve(path, item)
    tree = run.loader.tree
    if tree.is_file(full):
        gathered.resources.extend(_file(run, full, path), known)
    elif tree.is_dir(full):
        gathered.merge(_base(run, full, path, item), known)
    elif (about := tree.absent(full)) is not None:
        run.loader.miss(f"`{path}` lies in {about}", item)
    else:
        raise refused(
            f"`{path}` is neither a file nor a directory of the source{_why_not(tree, full)}", item
        )


def _why_not(tree: Tree, path: str) -> str:
    why = tree.why_not(path)
    return f": {why}" if why else "; create it, or correct the entry"


def _file(run: Run, full: str, path: str) -> list[Resource]:
    """Return the objects of a file; read once for all builds of a tree."""
    tree, cache = run.loader.tree, run.loader.cache
    place = (full, run.loader.behaviour.version)
    kept = cache.get(tree, _File, place)
    if kept is None:
        notes = Notes()
        loader = run.loader.below("", notes)
        found: list[Resource] = []
        try:
            documents = loader.manifests(full)
            if any(factory.is_bare_list(document.root) for document in documents):
                loader.meets("keeps_lists_without_items")
            found = factory.resources(documents, loader.behaviour)
        except Refused as error:
            notes.fail(error, tree.origin(full), 1)
        kept = cache.add(tree, place, _File(found, notes))
    run.notes.extend(kept.notes)
    run.loader.spend(limits.OF_COPY * len(kept.resources))
    made = [item.copy() for item in kept.resources]
    if run.origin is not None:
        for item in made:
            item.origin = tracking.of_file(_joined(run.origin, path))
    return made


def _base(run: Run, full: str, path: str, item: Node) -> Accumulation:
    if full == run.loader.directory or full in run.above:
        raise refused(
            f"`{path}` includes itself; a base cannot contain the kustomization that uses it", item
        )
    tree, cache = run.loader.tree, run.loader.cache
    place = (full, run.loader.behaviour.version)
    kept = None if run.origin is not None else cache.get(tree, _Base, place)
    if kept is None:
        inner = run.below(full, path)
        apart = Run(run.loader.below(full, Notes()), inner.above, inner.origin)
        made = Accumulation()
        with apart.tolerant(item):
            root = kustomization.load(apart.loader)
            if kustomization.is_component(root):
                raise refused(
                    f"`{path}` is a Component; list it under `components`, not `resources`", item
                )
            made = accumulate(apart, root)
        kept = _Base(made, apart.notes)
        if run.origin is None and not any(
            "includes itself" in found.message for found in apart.notes.errors
        ):
            cache.add(tree, place, kept)
    run.notes.extend(kept.notes)
    found = kept.accumulation
    run.loader.spend(limits.OF_COPY * len(found.resources))
    return Accumulation(
        Resources(resource.copy() for resource in found.resources),
        found.fields,
        list(found.variables),
    )


def _add_component(run: Run, gathered: Accumulation, item: Node) -> None:
    path = text(item)
    if is_remote(path):
        run.loader.miss(f"the component `{path}` is not in the repository", item, path)
        return
    full = run.loader.resolve(path, item)
    if (about := run.loader.tree.absent(full)) is not None:
        run.loader.miss(f"the component `{path}` lies in {about}", item)
        return
    if not run.loader.tree.is_dir(full):
        raise refused(
            f"the component `{path}` is not a directory of the "
            f"source{_why_not(run.loader.tree, full)}",
            item,
        )
    if full == run.loader.directory or full in run.above:
        raise refused(
            f"`{path}` includes itself; a component cannot contain the kustomization that uses it",
            item,
        )
    inner = run.below(full, path)
    root = kustomization.load(inner.loader)
    if not kustomization.is_component(root):
        raise refused(f"`{path}` is not a Component; list it under `resources`", item)
    accumulate(inner, root, gathered)
    # Upstream puts all that there is now into a new accumulation, where objects and fields are
    # compared anew.
    gathered.resources.check_unique()
    gathered.fields = Fields().merged(gathered.fields)


def _generate(run: Run, gathered: Accumulation, root: Map) -> None:
    options = as_map(root.get("generatorOptions"))
    for kind in ("ConfigMap", "Secret"):
        for entry in generators.entries(root.get(f"{kind[0].lower()}{kind[1:]}Generator")):
            with run.tolerant(entry):
                made = generators.generate(entry, kind, options, run.loader)
                if run.origin is not None:
                    made.origin = tracking.of_built_in(run.path(), f"{kind}Generator")
                _absorb(run, gathered, made)
    for field_name in ("helmCharts", "helmChartInflationGenerator"):
        for chart in as_seq(root.get(field_name)):
            name = text(as_map(chart).get("name")) or text(as_map(chart).get("chartName"))
            message = (
                f"the Helm chart `{name}` of `{field_name}`: Flux builds without Helm, so that the "
                f"layer fails; use a HelmRelease"
            )
            run.notes.fail(refused(message, chart))
    with run.tolerant(root.get("generators")):
        for config, path in list(
            plugins.loaded(as_seq(root.get("generators")), run.loader, _build_directory)
        ):
            with run.tolerant(config):
                generated = plugins.generate(config, run.loader)
                if run.origin is not None:
                    generated.origin = tracking.of_plugin(run.path(path), config)
                _absorb(run, gathered, generated)


def _absorb(run: Run, gathered: Accumulation, made: Resource) -> None:
    """Add a generated object, or merge it into the one of its name. Both cost budget: the object is
    looked for among all others, and a merge makes all of its values anew."""
    resources = gathered.resources
    run.loader.spend(limits.OF_CHANGE + len(resources))
    merged = resources.absorb(made, generators.merge)
    if merged is not None:
        run.loader.spend(merged.weight)


def _transform(run: Run, gathered: Accumulation, root: Map) -> None:
    """Change the objects by the fields of the kustomization, in the order in which kustomize runs
    its built-in transformers (`configureBuiltinTransformers` in `kusttarget_configplugin.go`), and
    then by `transformers`."""
    _patch(run, gathered.resources, root)
    _change_names(run, gathered, root)
    _add_metadata(run, gathered, root)
    _patch_json(run, gathered.resources, root)
    _set_values(run, gathered, root)
    _replace(run, gathered.resources, root)
    _run_transformers(run, gathered.resources, root)


def _spend_change(run: Run, resources: Resources, *, reads_values: bool = False) -> None:
    """Count a change of all objects against the budget; `reads_values` where it looks at every
    value of them."""
    values = sum(resource.weight for resource in resources) if reads_values else 0
    run.loader.spend(limits.OF_CHANGE * len(resources) + values)


def _patch(run: Run, resources: Resources, root: Map) -> None:
    merged = as_seq(root.get("patchesStrategicMerge"))
    for item in merged:
        with run.tolerant(item):
            patches.apply_strategic(resources, item, run.loader)
    run.ran("PatchStrategicMergeTransformer", resources, bool(merged))
    for entry in maps(root.get("patches")):
        if as_map(entry.get("options")):
            run.loader.meets("has_typed_patch_options")
        with run.tolerant(entry):
            patches.apply(resources, entry, run.loader)
        run.ran("PatchTransformer", resources)


def _change_names(run: Run, gathered: Accumulation, root: Map) -> None:
    resources, specs = gathered.resources, gathered.fields.specs
    namespace = root.get("namespace")
    if type(namespace) is Scalar and namespace:
        with run.tolerant(namespace):
            _spend_change(run, resources)
            metadata.set_namespace(resources, namespace, specs.get("namespace", ()))
        run.ran("NamespaceTransformer", resources)
    prefix, suffix = root.get("namePrefix"), root.get("nameSuffix")
    if type(prefix) is Scalar and text(prefix):
        with run.tolerant(prefix):
            _spend_change(run, resources)
            metadata.add_prefix(resources, prefix, specs.get("namePrefix", ()))
        run.ran("PrefixTransformer", resources)
    if type(suffix) is Scalar and text(suffix):
        with run.tolerant(suffix):
            _spend_change(run, resources)
            metadata.add_suffix(resources, suffix, specs.get("nameSuffix", ()))
        run.ran("SuffixTransformer", resources)


def _add_metadata(run: Run, gathered: Accumulation, root: Map) -> None:
    resources, specs = gathered.resources, gathered.fields.specs
    labels, common = maps(root.get("labels")), as_map(root.get("commonLabels"))
    for entry in labels:
        with run.tolerant(entry):
            _spend_change(run, resources, reads_values=True)
            metadata.add_entries(
                resources, as_map(entry.get("pairs")), label_specs(entry, gathered.fields)
            )
        run.ran("LabelTransformer", resources)
    with run.tolerant(root.get("commonLabels")):
        metadata.add_entries(resources, common, specs.get("commonLabels", ()))
    run.ran("LabelTransformer", resources, bool(labels or common))
    annotations = as_map(root.get("commonAnnotations"))
    with run.tolerant(root.get("commonAnnotations")):
        metadata.add_entries(resources, annotations, specs.get("commonAnnotations", ()))
    run.ran("AnnotationsTransformer", resources, bool(annotations))


def _patch_json(run: Run, resources: Resources, root: Map) -> None:
    for entry in maps(root.get("patchesJson6902")):
        with run.tolerant(entry):
            patches.apply_json(resources, entry, run.loader)
        run.ran("PatchJson6902Transformer", resources)


def _set_values(run: Run, gathered: Accumulation, root: Map) -> None:
    resources, specs = gathered.resources, gathered.fields.specs
    for entry in maps(root.get("replicas")):
        with run.tolerant(entry):
            _spend_change(run, resources)
            metadata.set_replicas(resources, entry, specs.get("replicas", ()))
        run.ran("ReplicaCountTransformer", resources)
    for entry in maps(root.get("images")):
        run.loader.meets("sets_image_volumes")
        with run.tolerant(entry):
            _spend_change(run, resources, reads_values=True)
            images.transform(resources, entry, specs.get("images", ()))
        run.ran("ImageTagTransformer", resources)


def _replace(run: Run, resources: Resources, root: Map) -> None:
    replaced = as_seq(root.get("replacements"))
    for listed in replaced:
        run.loader.meets("selects_targets_by_pattern")
        with run.tolerant(listed):
            for replacement in plugins.replacement_entries(listed, run.loader):
                replacements.apply(resources, replacement, run.loader.behaviour, run.loader.spend)
    run.ran("ReplacementTransformer", resources, bool(replaced))


def _run_transformers(run: Run, resources: Resources, root: Map) -> None:
    with run.tolerant(root.get("transformers")):
        for config, path in list(
            plugins.loaded(as_seq(root.get("transformers")), run.loader, _build_directory)
        ):
            with run.tolerant(config):
                _spend_change(run, resources, reads_values=True)
                plugins.transform(config, resources, run.loader)
            if run.origin is not None:
                tracking.record(resources, tracking.of_plugin(run.path(path), config))


def _build_directory(loader: Loader, full: str) -> Resources:
    """Return the objects of a directory that a plugin names."""
    inner = loader.below(full)
    return accumulate(Run(inner, (loader.directory,)), kustomization.load(inner)).resources


def label_specs(entry: Map, fields: Fields) -> tuple[FieldSpec, ...]:
    """Return the fields that a `labels` entry names.

    Raises:
        Refused: Its own fields and the built-in ones disagree on whether a field is created.
    """
    found = tuple(
        configuration.spec(item) for item in as_seq(entry.get("fields")) if type(item) is Map
    )
    found = configuration.united(found, fields.specs.get("labels", ()))
    if is_true(entry.get("includeSelectors")):
        return configuration.united(found, fields.specs.get("commonLabels", ()))
    if is_true(entry.get("includeTemplates")):
        found = configuration.united(found, fields.specs.get("templateLabels", ()))
    return configuration.united(found, (configuration.METADATA_LABELS,))


def _joined(base: str, path: str) -> str:
    parts: list[str] = [part for part in base.split("/") if part]
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
