"""Read the inputs of a ResourceSet: its own, and those of providers that the repository answers.

In: a ResourceSet and the objects of the cluster. Out: sets of inputs in the order of flux-operator
(`inputs.Combine`), in which only the cluster knows some values.
"""

from __future__ import annotations

import copy
import itertools
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from gitops_docs.flux.objects import ObjectIndex
from gitops_docs.flux.resourcesets.built_in import index
from gitops_docs.flux.resourcesets.values import Int64, NotKnown, OpenMap, Shown, Value
from gitops_docs.flux.resourcesets.waiting import PROVIDER
from gitops_docs.flux.substitution.scalars import has_sealed
from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Selector
from gitops_docs.redaction import is_secret, leaves
from gitops_docs.yaml.nodes import (
    OUTLINED,
    Map,
    Node,
    Plain,
    Sealed,
    as_map,
    as_seq,
    as_text,
    get_path,
    is_true,
    plain_value,
    written,
)

DEFAULT_LIMIT = 100
"""Most ExternalArtifacts that a provider gives, unless its filter says otherwise."""
MAX_SETS = 10_000
"""Most sets of inputs, as the operator's Permute strategy has it."""


class Refused(Exception):
    """What the API server or the operator refuses; the text says what is wrong."""

    def __init__(self, message: str, node: Node | None = None) -> None:
        super().__init__(message)
        self.node = node


class Unknown(Exception):
    """A part of a ResourceSet that the repository does not hold; the text is the reason."""


Export = Callable[[Map], "list[tuple[str, dict[str, str]]] | None"]
"""An ArtifactGenerator -> name and labels of each ExternalArtifact; None where they are not
known."""


def no_exports(generator: Map) -> None:
    return None


Inputs: TypeAlias = dict[str, Value]
"""A set of inputs by their names."""


class InputReader:
    """Reads the inputs of one ResourceSet.

    Args:
        data: The ResourceSet.
        own: The objects of its layer, which the index may not hold yet.
        index: The objects of the cluster.
        export: What an ArtifactGenerator makes.
        wanted: Takes (kind, namespace, name) of objects that were looked for; without a name where
            any of the kind may count.
        left_out: Takes the reasons why something is not known.
    """

    def __init__(
        self,
        data: Map,
        own: Iterable[Rendered],
        index: ObjectIndex,
        export: Export,
        wanted: set[tuple[str, str, str]],
        left_out: dict[str, None],
    ) -> None:
        self.data = data
        self.spec = as_map(data.get("spec"))
        self.namespace = objects.namespace(data)
        self.own = own
        self.index = index
        self.export = export
        self.wanted = wanted
        self.left_out = left_out

    def sets(self) -> list[Inputs | None]:
        """Return the sets of inputs; one None where the ResourceSet has none."""
        providers = [(self.data, self._own_inputs())]
        found: dict[str, Map] = {}
        absent: dict[str, str] = {}
        """Name of a provider that is not here, empty where a selector finds none, to the reason."""
        for reference in as_seq(self.spec.get("inputsFrom")):
            if type(reference) is Map:
                try:
                    found.update((objects.name(data), data) for data in self._providers(reference))
                except Unknown as problem:
                    absent[objects.text(reference.get("name")) or ""] = self._noted(problem)
        providers += [(found[name], self._exported(found[name])) for name in sorted(found)]
        named: list[tuple[str, list[Inputs]]] = [
            (objects.name(data), [_of_provider(values, self._provider(data)) for values in sets])
            for data, sets in providers
        ]
        named += [(name, [OpenMap({}, reason)]) for name, reason in sorted(absent.items())]
        if get_path(self.spec, "inputStrategy", "name") == "Permute":
            return self._permuted(named)
        flat: list[Inputs | None] = [values for _, sets in named for values in sets]
        if not flat and not as_seq(self.spec.get("inputsFrom")):
            return [None]
        return flat

    def _exported(self, data: Map) -> list[Inputs]:
        """Return the sets of inputs that a provider gives; one that knows its defaults only, where
        what it gives is not known."""
        kind = objects.text(get_path(data, "spec", "type"))
        try:
            return self._artifacts(data) if kind == "ExternalArtifact" else [self._static(data)]
        except Unknown as problem:
            values = as_map(get_path(data, "spec", "defaultValues"))
            known = {} if has_sealed(values) or kind == "Static" else _input_set(values)
            for key in _EXPORTED:
                known.pop(key, None)
            return [OpenMap(known, self._noted(problem))]

    def _noted(self, problem: Unknown) -> str:
        """Return the reason, noted as one why the ResourceSet is not wholly known."""
        reason = f"{problem}; objects that depend on its inputs are left out"
        self.left_out[reason] = None
        return reason

    def _artifacts(self, data: Map) -> list[Inputs]:
        """`callExternalArtifactProvider`: an ExternalArtifact each, with its labels."""
        spec = as_map(data.get("spec"))
        defaults = _input_set(as_map(spec.get("defaultValues")))
        namespace = objects.namespace(data) or self.namespace
        self.wanted.add(("ArtifactGenerator", "", ""))
        known = sorted(self._external_artifacts(namespace))
        chosen: dict[tuple[str, str], dict[str, str]] = {}
        for selector in map(as_map, as_seq(spec.get("selectors"))):
            place = objects.text(selector.get("namespace")) or namespace
            wanted = objects.text(selector.get("name"))
            for where, name, labels in known:
                if place not in ("*", where) or wanted not in (None, name):
                    continue
                if wanted is not None or _selector(selector).selects(labels):
                    chosen[where, name] = dict(labels)
        if not chosen:
            raise Unknown(
                f"no ArtifactGenerator here makes what {PROVIDER} `{objects.name(data)}` selects"
            )
        limit = as_text(get_path(spec, "filter", "limit"))
        most = int(limit) if limit is not None and str(limit).isdigit() else DEFAULT_LIMIT
        revision = NotKnown("the revision of an artifact is not known before Flux has made it")
        return [
            {
                **defaults,
                **labels,
                "id": str(zlib.adler32(f"{where}/{name}".encode())),
                "name": name,
                "namespace": where,
                "revision": revision,
            }
            for (where, name), labels in sorted(chosen.items())[:most]
        ]

    def _external_artifacts(
        self, namespace: str
    ) -> Iterator[tuple[str, str, tuple[tuple[str, str], ...]]]:
        """Namespace, name and labels of every ExternalArtifact that a generator here makes."""
        generators = {
            objects.identity(item): item
            for item in itertools.chain(
                (applied.rendered.data for applied in self.index.of_kind("ArtifactGenerator")),
                (item.data for item in self.own if item.key[0] == "ArtifactGenerator"),
            )
        }
        for generator in generators.values():
            made = self.export(generator)
            if made is None:
                label = f"{objects.namespace(generator)}/{objects.name(generator)}"
                raise Unknown(f"what the ArtifactGenerator {label} makes is not wholly known")
            for name, labels in made:
                yield objects.namespace(generator) or namespace, name, tuple(sorted(labels.items()))

    def _own_inputs(self) -> list[Inputs]:
        given = as_seq(self.spec.get("inputs"))
        if has_sealed(given):
            raise Unknown("an input is secret")
        return [_input_set(item) for item in given if type(item) is Map]

    def _static(self, data: Map) -> Inputs:
        spec = as_map(data.get("spec"))
        kind = objects.text(spec.get("type")) or "unknown"
        if kind != "Static":
            raise Unknown(
                f"the inputs of {PROVIDER} `{objects.name(data)}` come from outside Git ({kind})"
            )
        values = as_map(spec.get("defaultValues"))
        if has_sealed(values):
            raise Unknown(f"an input of {PROVIDER} `{objects.name(data)}` is secret")
        given = _input_set(values)
        given.setdefault("id", NotKnown("`inputs.id` of a provider depends on the cluster"))
        return given

    def _provider(self, data: Map) -> Inputs:
        return {
            "apiVersion": objects.api_version(data),
            "kind": objects.kind(data),
            "name": objects.name(data),
            "namespace": objects.namespace(data) or self.namespace,
        }

    def _providers(self, reference: Map) -> Iterator[Map]:
        known = {
            objects.name(data): data
            for data in itertools.chain(
                (applied.rendered.data for applied in self.index.of_kind(PROVIDER)),
                (item.data for item in self.own),
            )
            if objects.kind(data) == PROVIDER and objects.namespace(data) in ("", self.namespace)
        }
        name = objects.text(reference.get("name"))
        if name is not None:
            if name not in known:
                self.wanted.add((PROVIDER, self.namespace, name))
                raise Unknown(f"the {PROVIDER} `{name}` of its inputs is not in the repository")
            yield known[name]
            return
        self.wanted.add((PROVIDER, "", ""))
        chosen = [
            data
            for _, data in sorted(known.items())
            if _selector(as_map(reference.get("selector"))).selects(_labels(data))
        ]
        if not chosen:
            raise Unknown(f"no {PROVIDER} that its selector means is in the repository")
        yield from chosen

    def _permuted(self, providers: list[tuple[str, list[Inputs]]]) -> list[Inputs | None]:
        all_of = is_true(get_path(self.spec, "inputStrategy", "includeEmptyProviders"))
        sets = [
            [(f"{_key(name)}={index}", {_key(name): values}) for index, values in enumerate(found)]
            for name, found in providers
            if found or all_of
        ]
        if not sets:
            return []
        count = 1
        for one in sets:
            count *= len(one)
        if count > MAX_SETS:
            raise Refused(
                f"its inputs permute to more than {MAX_SETS} sets, which flux-operator refuses"
            )
        return [
            {
                **dict(itertools.chain.from_iterable(one.items() for _, one in chosen)),
                "id": _permuted_id(chosen),
            }
            for chosen in itertools.product(*sets)
        ]


def outlined(values: Inputs | None) -> Inputs | None:
    """Return the inputs with a word for each that is a credential by its key; the same where none
    is."""
    if values is None:
        return None
    secret = [
        path
        for path, leaf, judged in leaves(values)
        if isinstance(leaf, str) and is_secret(judged, leaf)
    ]
    if not secret:
        return values
    made: Inputs = copy.deepcopy(values)
    for path in secret:
        _put(made, path, OUTLINED)
    return made


def _put(holder: Value, path: tuple[str | int, ...], word: str) -> None:
    """Put a text at a path where `leaves` has found one."""
    for part in path[:-1]:
        holder = index(holder, part)
    if isinstance(holder, dict):
        holder[str(path[-1])] = word
    elif isinstance(holder, list):
        holder[int(path[-1])] = word


_EXPORTED = ("id", "sha", "branch", "author", "title", "tag", "digest")
"""Inputs that providers of forges and registries give, over the defaults."""


def _of_provider(values: Inputs, provider: Inputs) -> Inputs:
    """Return a set of inputs with the provider that gives it."""
    made: Inputs = {**values, "provider": provider}
    return OpenMap(made, values.reason) if isinstance(values, OpenMap) else made


def with_texts(values: Inputs, path: str = "inputs") -> tuple[Inputs, list[str]]:
    """Return inputs with a text for each value that only the cluster knows, and these texts."""
    texts: list[str] = []
    made: Inputs = {}
    for key, value in values.items():
        place = f"{path}.{key}"
        if isinstance(value, NotKnown):
            text = f"<{place}>"
            made[key] = Shown(value.reason, text)
            texts.append(text)
        elif isinstance(value, dict):
            made[key], below = with_texts(value, place)
            texts += below
        else:
            made[key] = value
    return OpenMap(made, values.reason) if isinstance(values, OpenMap) else made, texts


def is_open(values: Inputs | None) -> bool:
    """Return whether a set stands for those of a provider that are not known, by itself or in a
    permutation."""
    return values is not None and any(
        isinstance(part, OpenMap) for part in (values, *values.values())
    )


def _permuted_id(chosen: Iterable[tuple[str, dict[str, Inputs]]]) -> str | NotKnown:
    """Return the id of a permutation; how many sets a provider gives counts in it."""
    chosen = tuple(chosen)
    for _, one in chosen:
        for values in one.values():
            if isinstance(values, OpenMap):
                return NotKnown(values.reason)
    return str(zlib.adler32("/".join(place for place, _ in chosen).encode()))


def _input_set(data: Map) -> Inputs:
    """Return a mapping as inputs.

    Raises:
        Unknown: A value in it is secret.
    """
    return {str(key): _input(plain_value(value)) for key, value in data.items()}


def _input(value: Plain) -> Value:
    """Return a value with numbers as `util/json` of Kubernetes reads them: whole ones are int64,
    all others floats."""
    if isinstance(value, Sealed):
        raise Unknown("an input is secret")
    if isinstance(value, dict):
        return {key: _input(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_input(inner) for inner in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if value == value and abs(value) < 1e21 and int(value) == value and -_MOST <= value < _MOST:
        return Int64(value)
    return float(value)


_MOST = 1 << 63


def _key(name: str) -> str:
    """`NormalizeKeyForTemplate`: lower case, words of letters and digits joined with `_`."""
    text = ""
    for character in name.lower():
        if character.isspace() or unicodedata.category(character).startswith("P"):
            text += "_"
        elif character.isascii() and character.isalnum():
            text += character
    return "_".join(filter(None, text.split("_")))


def _selector(node: Map) -> Selector:
    """Return a label selector of a reference."""
    return Selector(
        tuple((key, written(value)) for key, value in as_map(node.get("matchLabels")).items()),
        tuple(
            (
                objects.text(entry.get("key")) or "",
                objects.text(entry.get("operator")) or "",
                tuple(map(written, as_seq(entry.get("values")))),
            )
            for entry in map(as_map, as_seq(node.get("matchExpressions")))
        ),
    )


def _labels(data: Map) -> tuple[tuple[str, str], ...]:
    labels = as_map(get_path(data, "metadata", "labels"))
    return tuple((str(key), written(value)) for key, value in labels.items())
