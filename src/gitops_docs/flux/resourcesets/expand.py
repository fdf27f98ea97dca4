"""Expand a ResourceSet whose inputs stand in the repository, as flux-operator does.

In: a ResourceSet as its layer applies it, and the objects of the cluster. Out: an `Expansion`: the
objects that the ResourceSet applies, and why it is not wholly known. The rules are those of
flux-operator (`internal/builder/resourceset.go`, `internal/inputs`): every resource is a template
that is filled for each set of inputs; what comes out twice counts once; an object with the
annotation `reconcile: disabled` is left out; `copyFrom` takes data over from another ConfigMap or
Secret.

Inputs are `spec.inputs` and ResourceSetInputProviders of type Static. Others ask a forge or a
registry; `inputs.id` depends on the cluster, and an object that has it anywhere but in its identity
is partly rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import overload

from msgspec import Struct, field

from gitops_docs.flux import rules
from gitops_docs.flux.objects import ObjectIndex, Wait
from gitops_docs.flux.resourcesets.functions import FUNCTIONS
from gitops_docs.flux.resourcesets.inputs import (
    Export,
    InputReader,
    Inputs,
    Refused,
    Unknown,
    is_open,
    no_exports,
    outlined,
    with_texts,
)
from gitops_docs.flux.resourcesets.template import Template
from gitops_docs.flux.resourcesets.values import (
    Refusal,
    TemplateError,
)
from gitops_docs.flux.resourcesets.waiting import KIND, waits
from gitops_docs.flux.substitution.printing import align, print_object
from gitops_docs.flux.substitution.scalars import has_sealed
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.flux import OPERATOR_GROUP
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Finding, Location
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import Budget
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    as_seq,
    copy_tree,
    get_path,
    is_null,
    mapping,
    scalar,
    sequence,
)
from gitops_docs.yaml.parse import Parsed, parse, sealed_by_outline
from gitops_docs.yaml.rules import YamlAliasUnknown, YamlParse, YamlTemplate
from gitops_docs.yaml.sealing import SecretShape, opened, seal, seal_document, seal_where_secret

COPY_FROM = "fluxcd.controlplane.io/copyFrom"
RECONCILE = "fluxcd.controlplane.io/reconcile"
MAX_STEPS = 20
MAX_OBJECTS = 20_000
"""Most objects that one ResourceSet may make here."""


class _Exhausted(Unknown):
    """The budget of the scan has ended: nothing more is filled."""


class Expansion(Struct):
    """What a ResourceSet makes. `partial` says why it is not wholly known; None where it is.

    Where `refused` is given, the operator makes nothing of it.
    """

    objects: list[Rendered] = field(default_factory=list)
    partial: str | None = None
    refused: Finding | None = None
    waits: dict[tuple[str, str], tuple[Wait, ...]] = field(default_factory=dict)
    """Namespace and name of a Kustomization that it makes to what that one waits for."""
    wanted: set[tuple[str, str, str]] = field(default_factory=set)
    """(kind, namespace, name) of objects that were looked for and not found; without a name where
    any of the kind may count."""


def expand(
    rendered: Rendered,
    own: Iterable[Rendered],
    index: ObjectIndex,
    export: Export = no_exports,
    budget: Budget | None = None,
) -> Expansion:
    """Return the objects that a ResourceSet applies.

    Args:
        rendered: The ResourceSet.
        own: The objects of its layer, which the index may not hold yet.
        index: The objects of the cluster.
        export: What an ArtifactGenerator makes.
        budget: What the builds of a scan may still cost; None: as much as a whole scan.
    """
    budget = budget if budget is not None else Budget(limits.MAX_WORK)
    work = _Work(rendered, list(own), index, export, budget)
    made = work.made
    label = f"{KIND} {work.namespace}/{work.name}"
    try:
        work.run()
    except (Refused, Refusal) as problem:
        node = getattr(problem, "node", None)
        message = f"{label} makes nothing: {problem}"
        made.objects.clear()
        made.refused = rules.ResourceSetRefused.at(
            Location(
                getattr(node, "file", "") or rendered.file,
                getattr(node, "line", 0) or rendered.line,
            ),
            message,
        )
    except (Unknown, TemplateError) as problem:
        work.left_out[str(problem)] = None
    if made.refused is None and work.left_out:
        made.partial = f"{label}: {'; '.join(work.left_out)}"
    return made


class _Set(Struct, frozen=True):
    """One set of inputs."""

    values: Inputs | None
    outlined: Inputs | None
    is_open: bool = False

    @property
    def shown(self) -> _Set | None:
        """The same one with a text for what only the cluster knows; None where it knows nothing."""
        if self.values is None:
            return None
        values, reasons = with_texts(self.values)
        outlined, _ = with_texts(self.outlined or {})
        same = self.outlined is self.values
        return _Set(values, values if same else outlined, self.is_open) if reasons else None


class _Work:
    def __init__(
        self,
        rendered: Rendered,
        own: list[Rendered],
        index: ObjectIndex,
        export: Export,
        budget: Budget,
    ) -> None:
        self.rendered = rendered
        self.spec = as_map(rendered.data.get("spec"))
        self.namespace = objects.namespace(rendered.data)
        self.name = objects.name(rendered.data)
        self.own = own
        self.index = index
        self.budget = budget
        self.made = Expansion()
        self.seen: set[tuple[str, str, str, str]] = set()
        self.label = f"{KIND} {self.namespace}/{self.name}"
        self.waits = tuple(waits(rendered.data))
        """What everything that is made now waits for."""
        self.stepped: list[Wait] = []
        """The Kustomizations that the step makes: the next one begins when they are ready."""
        self.step: str | None = None
        """The step that is made now; None where there are none."""
        self.steps: dict[tuple[str, str, str, str], str] = {}
        """The step that makes an object."""
        self.left_out: dict[str, None] = {}
        """Why something is not known, each reason once."""
        self.inputs = InputReader(
            rendered.data, own, index, export, self.made.wanted, self.left_out
        )
        self._templates: dict[str, Template] = {}

    def run(self) -> None:
        self._validate()
        if (
            as_map(get_path(self.rendered.data, "metadata", "annotations")).get(RECONCILE)
            == "disabled"
        ):
            raise Unknown(
                f"the annotation `{RECONCILE}: disabled` stops it: what it made before stays"
            )
        sets = [_Set(values, outlined(values), is_open(values)) for values in self.inputs.sets()]
        steps = [item for item in as_seq(self.spec.get("steps")) if type(item) is Map]
        for part in steps or [self.spec]:
            self.step = objects.text(part.get("name")) or "" if steps else None
            self.waits = (*self.waits, *self.stepped)
            self.stepped = []
            self.seen.clear()
            for item in as_seq(part.get("resources")):
                if type(item) is Map:
                    printed = print_object(item) if sets else ""
                    for one in sets:
                        made = self._fill_if_known(partial(self._resource, item, printed), one)
                        for data, unknown in made:
                            self._add(data, unknown, filtered=one.values is not None)
            template = part.get("resourcesTemplate")
            if type(template) is Scalar or type(template) is Sealed:
                for one in sets:
                    for data, unknown in self._documents(template, one):
                        self._add(data, unknown, filtered=True)

    def _fill_if_known(
        self, fill: Callable[[_Set], list[Map]], one: _Set
    ) -> list[tuple[Map, str | None]]:
        """Return what a template gives, each object with what of it is not known; nothing, with the
        reason noted, where it depends on that."""
        try:
            return [(data, None) for data in fill(one)]
        except Refusal as problem:
            if not one.is_open:
                raise
            self.left_out[str(problem)] = None
        except _Exhausted:
            raise
        except TemplateError as problem:
            self.left_out[str(problem)] = None
            if (shown := one.shown) is not None:
                return [(data, str(problem)) for data in self._partly(fill, shown)]
        except Unknown as problem:
            self.left_out[str(problem)] = None
        return []

    def _partly(self, fill: Callable[[_Set], list[Map]], shown: _Set) -> list[Map]:
        """Return the objects of a template that are known but for values that only the cluster
        knows."""
        texts = with_texts(shown.values or {})[1]
        try:
            return [
                data
                for data in fill(shown)
                if not any(text in part for part in objects.identity(data) for text in texts)
            ]
        except _Exhausted:
            raise
        except (Unknown, TemplateError):
            return []

    def _validate(self) -> None:
        """Apply the rules of the CRD, and of `ValidateResourceSetSpec`."""
        spec = self.spec
        steps = as_seq(spec.get("steps"))
        if steps and ("resources" in spec or "resourcesTemplate" in spec):
            raise Refused(
                "`steps` excludes `resources` and `resourcesTemplate`; move them into a step",
                spec.get("resources") or spec.get("resourcesTemplate"),
            )
        if not steps and "resources" not in spec and "resourcesTemplate" not in spec:
            raise Refused("it needs `resources`, `resourcesTemplate` or `steps`; add one")
        names: set[str] = set()
        for step in steps:
            name = objects.text(as_map(step).get("name")) or ""
            if name in names:
                raise Refused(f"two steps are called `{name}`; give each its own name", step)
            names.add(name)
            if not as_map(step).keys() & {"resources", "resourcesTemplate"}:
                raise Refused(
                    f"the step `{name}` has neither `resources` nor `resourcesTemplate`; add one",
                    step,
                )
        if len(steps) > MAX_STEPS:
            raise Refused(f"it has {len(steps)} steps, and {MAX_STEPS} are allowed")
        for reference in as_seq(spec.get("inputsFrom")):
            given = as_map(reference).keys() & {"name", "selector"}
            if len(given) != 1:
                raise Refused(
                    "an entry of `inputsFrom` needs either `name` or `selector`", reference
                )
        strategy = as_map(spec.get("inputStrategy"))
        if strategy and objects.text(strategy.get("name")) not in ("Flatten", "Permute"):
            raise Refused("`inputStrategy.name` must be Flatten or Permute", strategy)

    def _fill(self, text: str, values: Inputs | None) -> str:
        if not self.budget.spend(limits.OF_COPY + len(text) // limits.OF_LOADED):
            raise _Exhausted("the templates of this repository make more than is rendered")
        return self._template(text).execute({**FUNCTIONS, "inputs": lambda: values}, self.budget)

    def _template(self, text: str) -> Template:
        template = self._templates.get(text)
        if template is None:
            template = self._templates[text] = Template(text)
        return template

    def _resource(self, item: Map, printed: str, one: _Set) -> list[Map]:
        secret = has_sealed(item)
        if secret and has_sealed(as_map(item.get("metadata"))):
            raise Unknown(_SECRET_NAME)
        made = self._aligned(item, printed, one.values)
        if one.outlined is not one.values:
            try:
                made = _named(seal_where_secret(made, self._aligned(item, printed, one.outlined)))
            except SecretShape:
                raise Unknown(_SECRET_NAME) from None
        seal_document(made)
        if secret and objects.kind(made) != "Secret":
            for key in made:
                if key not in ("apiVersion", "kind", "metadata"):
                    made[key] = seal(made[key])
        return [made]

    def _aligned(self, item: Map, printed: str, values: Inputs | None) -> Map:
        parsed = parse(self._fill(printed, values), item.file, seal=False)
        what = "a template of its `resources`"
        _hold_to_yaml(parsed, what)
        root = parsed.documents[0].root if parsed.documents else None
        if type(root) is not Map or not objects.kind(root):
            raise Refusal(f"{what} gives no object with a `kind`; add it")
        if not objects.name(root):
            raise Refusal(f"{what} gives a {objects.kind(root)} without a name; add it")
        return align(root, item, sealed=False)

    def _documents(self, template: Scalar | Sealed, one: _Set) -> list[tuple[Map, str | None]]:
        """As `_fill_if_known`. A template is filled document by document where it cannot be filled
        as a whole."""
        text = opened(template)
        outline = template.outline() if type(template) is Sealed else text
        if text is None or outline is None:
            self.left_out["its resourcesTemplate is made from a secret"] = None
            return []
        try:
            made = self._of_text(text, outline, template, one)
            return [(data, None) for data in made]
        except Refusal:
            if not one.is_open:
                raise
            problem: Exception | None = None
        except _Exhausted:
            raise
        except TemplateError as error:
            problem = error
        except Unknown as error:
            self.left_out[str(error)] = None
            return []
        parts = _split_documents(str(text)) if outline == text else []
        try:
            for part in parts:
                self._template(part)
        except TemplateError:
            parts = []
        if not parts and problem is not None:
            return self._fill_if_known(partial(self._of_text, text, outline, template), one)
        found: list[tuple[Map, str | None]] = []
        for part in parts:
            node = scalar(part, text.file, text.line, text.style)
            found += self._fill_if_known(partial(self._of_text, node, node, template), one)
        return found

    def _of_text(
        self, text: Scalar, outline: Scalar, template: Scalar | Sealed, one: _Set
    ) -> list[Map]:
        parsed = parse(self._fill(str(text), one.values), text.file)
        _hold_to_yaml(parsed, "its `resourcesTemplate`")
        if outline != text:
            parsed = sealed_by_outline(
                parsed, parse(self._fill(str(outline), one.values), text.file)
            )
            if parsed.closed or any(
                _has_secret_name(document.root) for document in parsed.documents
            ):
                raise Unknown(_SECRET_NAME)
        if one.outlined is not one.values:
            parsed = sealed_by_outline(
                parsed, parse(self._fill(str(text), one.outlined), text.file)
            )
            if parsed.closed:
                raise Unknown(_SECRET_NAME)
        return [
            _placed(_named(root), template.file, template.line)
            for document in parsed.documents
            for root in _read(document.root)
        ]

    def _add(self, data: Map, unknown: str | None, *, filtered: bool) -> None:
        annotations = as_map(get_path(data, "metadata", "annotations"))
        if filtered and annotations.get(RECONCILE) == "disabled":
            return
        identity = (
            objects.group(data),
            objects.kind(data),
            objects.namespace(data),
            objects.name(data),
        )
        if filtered and identity in self.seen:
            return
        self.seen.add(identity)
        if self.step is not None:
            other = self.steps.setdefault(identity, self.step)
            if other != self.step:
                raise Refused(
                    f"{identity[1]} {identity[3]} stands in the steps `{other}` and `{self.step}`; "
                    f"take it out of one",
                    data,
                )
        if len(self.made.objects) >= MAX_OBJECTS:
            raise Unknown(f"it makes more than {MAX_OBJECTS} objects")
        data = _with_common_metadata(data, as_map(self.spec.get("commonMetadata")))
        source = objects.text(annotations.get(COPY_FROM))
        if source is not None:
            data, missing = self._copied(data, source)
            unknown = "; ".join(filter(None, [unknown, missing])) or None
        self.made.objects.append(
            Rendered(data, None, data.file, data.line, True, unknown, self.label)
        )
        if objects.is_flux_kustomization(data):
            place = (objects.namespace(data) or self.namespace, objects.name(data))
            self.made.waits[place] = self.waits
            if self.step is not None:
                self.stepped.append(Wait(self.label, *place, data.file, data.line))

    def _copied(self, data: Map, source: str) -> tuple[Map, str | None]:
        """`copyFrom`: the data of another object of the same kind."""
        namespace, _, name = source.partition("/")
        kind = objects.kind(data)
        held = next(
            (
                item.data
                for item in self.own
                if (objects.kind(item.data), objects.namespace(item.data), objects.name(item.data))
                == (kind, namespace, name)
            ),
            None,
        )
        if held is None:
            applied = self.index.get(kind, namespace, name)
            held = applied.rendered.data if applied is not None else None
        if held is None:
            self.made.wanted.add((kind, namespace, name))
            return data, f"its data is copied from {kind} {source}, which is not in the repository"
        made = mapping(data.file, data.line, data.items())
        for key in ("data", "stringData", "binaryData"):
            if key in held:
                made[key] = held[key]
        return made, None


def _hold_to_yaml(parsed: Parsed, what: str) -> None:
    """Refuse what a template gives where it is no YAML for Go either."""
    if parsed.complete:
        return
    if any(finding.code in _NO_YAML for finding in parsed.findings):
        raise Refusal(f"{what} gives no valid YAML; correct it, or quote what it inserts")
    raise Unknown(f"{what} gives YAML that is not read here")


_NO_YAML = frozenset(rule.code for rule in (YamlParse, YamlTemplate, YamlAliasUnknown))


def _read(root: Node | None) -> Iterator[Map]:
    """Yield the objects of a document (`ReadObjects`): the items of a list; without a name or
    apiVersion none.

    Raises:
        Refusal: It has no kind.
    """
    if is_null(root):
        return
    if type(root) is not Map or not objects.kind(root):
        raise Refusal("a document of its `resourcesTemplate` has no `kind`; add it")
    items = root.get("items")
    if type(items) is Seq:
        yield from (item for item in items if type(item) is Map)
    elif (
        objects.name(root)
        and objects.api_version(root)
        and not objects.is_a(root, "kustomize.config.k8s.io", "Kustomization")
    ):
        yield root


_SECRET_NAME = "a name or key in a template is made from a secret"
_NAMES = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))
"""Fields that name an object."""


def _has_secret_name(root: Node) -> bool:
    return type(root) is Map and any(type(get_path(root, *path)) is Sealed for path in _NAMES)


def _named(root: Map) -> Map:
    """Return an object whose names can be read: an input called `secret` often is the name of
    one."""
    for path in _NAMES:
        holder = get_path(root, *path[:-1]) if len(path) > 1 else root
        if type(holder) is Map and type(name := holder.get(path[-1])) is Sealed:
            holder[path[-1]] = name.unseal()
    return root


_MARK = Pattern(r"(?m)^---[ \t]*(?:#.*)?$")


def _split_documents(text: str) -> list[str]:
    """Return the documents of a template, where it can be cut between documents."""
    return [part for part in _MARK.split(text) if part.strip()]


@overload
def _placed(node: Map, file: str, line: int) -> Map: ...


@overload
def _placed(node: Node, file: str, line: int) -> Node: ...


def _placed(node: Node, file: str, line: int) -> Node:
    """Return a tree with everything at one place: the line in the template is not that of the text
    made from it."""
    if type(node) is Map:
        return mapping(
            file, line, ((key, _placed(value, file, line)) for key, value in node.items())
        )
    if type(node) is Seq:
        return sequence(file, line, (_placed(value, file, line) for value in node))
    return node if type(node) is Sealed else scalar(str(node), file, line, node.style)


def _with_common_metadata(data: Map, common: Map) -> Map:
    parts = {key: as_map(common.get(key)) for key in ("labels", "annotations")}
    if not any(parts.values()):
        return data
    made = mapping(data.file, data.line, data.items())
    metadata = made["metadata"] = copy_tree(as_map(data.get("metadata")))
    for key, values in parts.items():
        if values:
            merged = mapping(values.file, values.line, as_map(metadata.get(key)).items())
            merged.update(values)
            metadata[key] = merged
    return made


class Expanded(Struct):
    """What the ResourceSets of a layer make."""

    objects: list[Rendered]
    reasons: list[str]
    """Why that is not all."""
    wanted: set[tuple[str, str, str]]
    """(kind, namespace, name) of what was looked for and not found."""
    findings: list[Finding]
    waits: dict[tuple[str, str], tuple[Wait, ...]]
    """As of an `Expansion`."""


def of_layer(
    items: list[Rendered],
    index: ObjectIndex,
    export: Export = no_exports,
    budget: Budget | None = None,
) -> Expanded:
    """Return what the ResourceSets among a layer's objects make, and those that they make in turn;
    `budget` as of `expand`."""
    made: list[Rendered] = []
    reasons: list[str] = []
    wanted: set[tuple[str, str, str]] = set()
    findings: list[Finding] = []
    waiting: dict[tuple[str, str], tuple[Wait, ...]] = {}
    queue = [item for item in items if objects.is_a(item.data, OPERATOR_GROUP, KIND)]
    done: set[objects.Identity] = set()
    while queue:
        item = queue.pop(0)
        identity = objects.identity(item.data)
        if identity in done:
            continue
        done.add(identity)
        found = expand(item, [*items, *made], index, export, budget)
        if found.refused is not None:
            findings.append(found.refused)
        made += found.objects
        waiting |= found.waits
        wanted |= found.wanted
        if found.partial is not None:
            reasons.append(found.partial)
        queue += [one for one in found.objects if objects.is_a(one.data, OPERATOR_GROUP, KIND)]
        if len(made) > MAX_OBJECTS:
            reasons.append(f"ResourceSets make more than {MAX_OBJECTS} objects")
            break
    return Expanded(made, reasons, wanted, findings, waiting)
