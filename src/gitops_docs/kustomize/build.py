"""Build as kustomize does, static and inside the repository: what `kubectl kustomize
--load-restrictor LoadRestrictionsNone` gives for a directory.

In: a tree, a directory, and the kustomization that Flux would use there. Out: a `Build`. Nothing is
fetched or run: remote bases, charts and plugins are listed as missing. The rules are those of
`api/krusty/kustomizer.go`, for the versions in `behaviour`.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from gitops_docs.kustomize.accumulate import Accumulation, Run, accumulate
from gitops_docs.kustomize.behaviour import NEWEST, Behaviour
from gitops_docs.kustomize.cache import BuildCache
from gitops_docs.kustomize.errors import Refused
from gitops_docs.kustomize.files import kustomization
from gitops_docs.kustomize.files.loader import Loader, Missing, Notes
from gitops_docs.kustomize.resources import factory, hashing, order, printable
from gitops_docs.kustomize.resources.fieldspecs import with_field, with_metadata
from gitops_docs.kustomize.resources.output import finished
from gitops_docs.kustomize.resources.resource import Resource, text
from gitops_docs.kustomize.transform import name_references, origin, replacements, vars
from gitops_docs.model import Finding
from gitops_docs.repository.tree import Tree
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import Budget
from gitops_docs.yaml.nodes import Map, as_map, as_seq, mapping, object_key, scalar

LOCAL = "config.kubernetes.io/local-config"
MANAGED_BY = "app.kubernetes.io/managed-by"


class Rendered(Struct, frozen=True, eq=False):
    """An object of a build. `data` and `original` are shared and never changed; `original` is None
    where the object was generated.

    `file:line` is where the object is written, or its generator; `partial` says what of it is not
    known.
    """

    data: Map
    original: Map | None
    file: str
    line: int
    generated: bool = False
    partial: str | None = None
    made_by: str | None = None
    """`Kind namespace/name` of the object from which a controller makes this one; None where the
    layer itself applies it."""

    _key: tuple[str, str, str] | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, namespace and name as they are written, empty where they are not; asked for by
        everyone, so it is kept."""
        key = self._key
        if key is None:
            key = object_key(self.data)
            force_setattr(self, "_key", key)
        return key

    def with_data(self, data: Map, partial: str | None = None) -> Rendered:
        """Return the object with other data, and one more thing of it that is not known."""
        unknown = "; ".join(filter(None, [self.partial, partial])) or None
        return replace(self, data=data, partial=unknown, _key=None)


class Build(Struct, frozen=True):
    """What a directory gives. With an `error`, kustomize would refuse; `objects` is then what could
    be had."""

    objects: list[Rendered]
    missing: tuple[Missing, ...] = ()
    error: Finding | None = None
    findings: tuple[Finding, ...] = ()
    files: frozenset[str] = frozenset()
    cut: bool = False
    """Whether the budget of the scan ended before the build did."""
    met: frozenset[str] = frozenset()
    """As in `Notes`."""


def build(
    tree: Tree,
    directory: str,
    root: Map | None = None,
    work: Budget | None = None,
    behaviour: Behaviour = NEWEST,
    cache: BuildCache | None = None,
) -> Build:
    """Render a directory. Never raises for what a repository holds.

    Args:
        tree: The files of the source.
        directory: Relative to the tree's root, empty for the root.
        root: The kustomization to use instead of the directory's own, as Flux merges it; unknown
            fields in it are dropped, as Flux does.
        work: What the builds of a scan may still cost; None: as much as a whole scan.
        behaviour: Of the version of kustomize that is followed.
        cache: What the builds of a scanner share; None: nothing.
    """
    notes = Notes()
    work = work or Budget(limits.MAX_WORK)
    run = Run(Loader(tree, directory, notes, work, behaviour, cache or BuildCache()))
    resources: list[Resource] = []
    try:
        found = (
            kustomization.load(run.loader)
            if root is None
            else kustomization.checked(root, behaviour, lenient=True)
        )
        metadata = frozenset(text(item) for item in as_seq(found.get("buildMetadata")))
        if metadata:
            run = Run(run.loader, (), "")
        gathered = accumulate(run, found)
        resources = _finish(run, gathered, found, metadata)
    except Refused as error:
        notes.fail(error, tree.origin(kustomization_file(tree, directory) or directory) or None, 1)
    except RecursionError:
        notes.fail(
            Refused("the kustomization is nested too deeply", tree.origin(directory) or None)
        )
    objects = [
        Rendered(item.data, item.original, item.file, item.line, item.generated, item.partial)
        for item in resources
    ]
    return Build(
        objects,
        tuple(notes.missing),
        next(iter(notes.errors), None),
        tuple(notes.findings),
        frozenset(notes.files),
        work.left < 0,
        frozenset(notes.met),
    )


def kustomization_file(tree: Tree, directory: str) -> str | None:
    """Return the kustomization file of a directory, None where it has none."""
    prefix = f"{directory}/" if directory else ""
    return next(
        (
            prefix + name
            for name in kustomization.KUSTOMIZATION_NAMES
            if tree.is_file(prefix + name)
        ),
        None,
    )


def _finish(
    run: Run, gathered: Accumulation, root: Map, metadata: frozenset[str]
) -> list[Resource]:
    """Hashes, references, variables, order and the last annotations: once, at the top."""
    resources = gathered.resources
    for resource in resources:
        if resource.needs_hash:
            hashing.add_suffix(resource)
    with run.tolerant(root):
        name_references.update(resources, gathered.fields)
    if gathered.variables:
        with run.tolerant(root):
            vars.resolve(
                resources, gathered.variables, gathered.fields.specs.get("varReference", ())
            )
    for resource in resources:
        with run.tolerant(resource):
            factory.check_named(resource.data)
    kept = {item.id for item in resources if item.annotations().get(LOCAL, "false") == "false"}
    resources.items = [item for item in resources if item.id in kept]
    for resource in resources:
        with run.tolerant(resource):
            replacements.check_fit(resource)
    items = resources.items
    with run.tolerant(root):
        ordered = order.ordered(items, root.get("sortOptions"), run.loader.behaviour)
        if ordered is not items:
            resources.check_unique()
        items = ordered
    for resource in items:
        with run.tolerant(resource):
            printable.check_annotations(resource.data)
        resource.shared = ()  # Annotations are written anew, in no other place.
        data = finished(resource.data)
        if not printable.is_ordinary(data):
            with run.tolerant(resource):
                printable.check(data)
            if printable.has_merge_key(data):
                resource.partial = printable.UNFOLLOWED
            data = printable.with_text_keys(data)
        if metadata:
            data = origin.annotated(data, resource, metadata)
        if "managedByLabel" in metadata:
            labels = as_map(as_map(data.get("metadata")).get("labels"))
            value = scalar(_named(run.loader.behaviour), root.file, root.line)
            merged = (
                with_field(labels, MANAGED_BY, value)
                if labels
                else mapping(root.file, root.line, [(MANAGED_BY, value)])
            )
            data = with_metadata(data, "labels", merged)
        resource.replace(data)
    return items


def _named(behaviour: Behaviour) -> str:
    """Return what kustomize calls itself."""
    return (
        f"kustomize-v{'.'.join(map(str, behaviour.version))}"
        if behaviour.names_its_version
        else "kustomize-(devel)"
    )
