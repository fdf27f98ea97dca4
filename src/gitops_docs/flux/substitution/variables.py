"""Collect the variables of a layer, with where each value comes from.

In: names and values, the winning one last. Out: `Variables`: which value counts, which ones lost,
and whether Flux substitutes at all (`LoadVariables` and `varsubRegex` in
`fluxcd/pkg/kustomize/kustomize_varsub.go`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs.flux import rules
from gitops_docs.flux.makers import copied, maker_of
from gitops_docs.flux.substitution import envsubst
from gitops_docs.kubernetes import objects
from gitops_docs.model import Finding, Location, VariableStatus
from gitops_docs.settings.options import VariableSetting
from gitops_docs.text.base64 import decoded
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, as_map, as_seq, get_path, is_null
from gitops_docs.yaml.sealing import SOPS_CIPHERTEXT

if TYPE_CHECKING:
    from gitops_docs.flux.kustomization import FluxKustomization
    from gitops_docs.flux.objects import ObjectIndex

VARIABLE_NAME = Pattern(r"[_A-Za-z][_A-Za-z0-9]*\z")
"""`varsubRegex`: one name that does not match fails the layer."""


class Value(Struct, frozen=True):
    """The value of a variable. `text` None: it exists, and Git does not hold its value."""

    text: str | None
    status: VariableStatus
    file: str
    line: int
    provider: str | None = None
    sealed: bool = False


class Variables(Struct):
    """The variables of a layer: later ones win, and what they replace is kept."""

    values: dict[str, Value] = field(default_factory=dict)
    overridden: dict[str, list[Value]] = field(default_factory=dict)
    """Name to the values that lost, in the order in which they were given."""
    outside: frozenset[str] = frozenset()
    """Names that are declared to be made outside Git."""
    open_ended: bool = False
    """Whether an object that gives variables is not in the repository: any name may exist then."""
    always: bool = False
    """`substituteStrategy: Always`: substitute although there is no variable."""
    error: Finding | None = None
    """Why Flux would refuse the variables themselves: an invalid name."""
    wanted: set[tuple[str, str, str]] = field(default_factory=set)
    """(kind, namespace, name) of objects that give variables and were not found."""
    findings: list[Finding] = field(default_factory=list)

    def add(self, name: str, value: Value) -> None:
        """Set a variable; one of that name is overridden. Flux takes line breaks out of values."""
        if value.text is not None and "\n" in value.text:
            value = replace(value, text=value.text.replace("\n", ""))
        before = self.values.get(name)
        if before is not None:
            self.overridden.setdefault(name, []).append(before)
        self.values[name] = value
        if self.error is None and not VARIABLE_NAME.match(name):
            shown = name if len(name) <= 60 and name.isprintable() else "a name"
            message = (
                f"variable name `{shown}` is not valid, Flux rejects the layer; use letters, "
                f"digits and `_`, a letter first"
            )
            self.error = rules.VariableName.at(value, message)

    @property
    def runs(self) -> bool:
        """Whether Flux substitutes at all. An object that is not in the repository counts as giving
        variables."""
        return bool(self.values) or self.always or self.open_ended


def defined_at(value: Value) -> Location | None:
    """Return where a variable is defined, None where no file does."""
    return Location(value.file, value.line) if value.file else None


def collect(
    kustomization: FluxKustomization,
    index: ObjectIndex,
    outside: Iterable[VariableSetting] = (),
    *,
    unsettled: bool = False,
) -> Variables:
    """Return the variables that a Kustomization's `postBuild` gives.

    Args:
        kustomization: As its parent rendered it.
        index: The objects of the cluster.
        outside: What the settings tell of variables that are made outside Git.
        unsettled: Whether expressions in it may be replaced by values that are not in Git: what it
            sets to one is not known then.
    """
    spec = as_map(kustomization.spec.get("postBuild"))
    told = [one for one in outside if one.kind is None]
    found = Variables(
        outside=frozenset(one.name for one in told if one.value is None),
        always=spec.get("substituteStrategy") == "Always",
    )
    for item in as_seq(spec.get("substituteFrom")):
        if type(item) is Map:
            _add_from(
                found,
                objects.kind(item),
                kustomization.namespace,
                objects.text(item.get("name")) or "",
                index,
            )
    for name, node in as_map(spec.get("substitute")).items():
        value = _value(node, VariableStatus.INLINE, None)
        # Where one of its own sources has the variable, that is what was meant.
        unknown = (
            unsettled and name not in found.values and value.text is not None and "${" in value.text
        )
        found.add(name, replace(value, text=None) if unknown else value)
        reference = None if unknown else _self_reference(name, node)
        if reference is not None:
            found.findings.append(reference)
    for one in told:
        held = found.values.get(one.name)
        if one.value is not None and (held is None or held.text is None):
            found.values[one.name] = Value(
                one.value, VariableStatus.EXTERNAL, "", 0, SETTING, held is not None and held.sealed
            )
    return found


SETTING = "the setting `variables`"
"""What gives a value that is not in Git."""


def _add_from(found: Variables, kind: str, namespace: str, name: str, index: ObjectIndex) -> None:
    if kind not in ("ConfigMap", "Secret"):
        return
    held = index.get(kind, namespace, name)
    provider = f"{kind} {namespace}/{name}"
    if held is None:
        found.wanted.add((kind, namespace, name))
        held = copied(kind, namespace, name, index)
        if held is not None and held.rendered.key[0] != kind:
            found.open_ended = True
            return
    if held is None:
        maker = maker_of(kind, namespace, name, index)
        if maker is None:
            found.open_ended = True
            return
        found.open_ended = found.open_ended or not maker.complete
        for key, node in maker.keys:
            found.add(
                key,
                Value(None, VariableStatus.SECRET, node.file, node.line, maker.label, sealed=True),
            )
        return
    partly = held.rendered.partial is not None
    found.open_ended = found.open_ended or (partly and held.rendered.made_by is not None)
    data = held.rendered.data
    if kind == "ConfigMap":
        for key, node in as_map(data.get("data")).items():
            value = _value(node, VariableStatus.CONFIGMAP, provider)
            if partly and value.text is not None and "${" in value.text:
                value = replace(value, text=None)
            found.add(key, value)
        return
    secrets: dict[str, Value] = {}
    for key, node in as_map(data.get("data")).items():
        secrets[key] = _secret(node, provider, encoded=True)
    for key, node in as_map(data.get("stringData")).items():
        secrets[key] = _secret(node, provider, encoded=False)
    for key, value in secrets.items():
        found.add(key, value)


def _value(node: Node, status: VariableStatus, provider: str | None) -> Value:
    inner = node.unseal() if type(node) is Sealed else node
    text: str | None = None
    if type(inner) is Scalar and not inner.startswith(SOPS_CIPHERTEXT):
        text = "" if is_null(inner) else str(inner)
    return Value(text, status, node.file, node.line, provider, type(node) is Sealed)


def _secret(node: Node, provider: str, *, encoded: bool) -> Value:
    inner = node.unseal() if type(node) is Sealed else node
    text: str | None = None
    if type(inner) is Scalar and not inner.startswith(SOPS_CIPHERTEXT):
        text = _opened(inner) if encoded else ("" if is_null(inner) else str(inner))
    return Value(text, VariableStatus.SECRET, node.file, node.line, provider, sealed=True)


def _opened(text: str) -> str | None:
    """Return the value behind base64, each byte that is not UTF-8 as `surrogateescape` has it; None
    where it is not base64."""
    found = decoded(text)
    return None if found is None else found.decode("utf-8", "surrogateescape")


INJECTOR = "kustomize-mutating-webhook"
"""A chart whose webhook adds variables to every Kustomization that is applied, from ConfigMaps and
Secrets that its values name."""


def are_injected(index: ObjectIndex) -> bool:
    """Return whether something in the cluster gives all Kustomizations variables that stand in none
    of them."""
    for applied in index.of_kind("HelmRelease"):
        spec = applied.rendered.data.get("spec")
        if INJECTOR in (
            get_path(spec, "chart", "spec", "chart"),
            get_path(spec, "chartRef", "name"),
        ):
            return True
    return False


def _self_reference(name: str, node: Node) -> Finding | None:
    """`domain: ${domain}`: people mean "take it from substituteFrom"; it overrides that with the
    literal text."""
    if type(node) is not Scalar or not any(
        one.name == name and not one.escaped for one in envsubst.expressions(node)
    ):
        return None
    message = (
        f"postBuild.substitute sets `{name}` to an expression of itself; values are not "
        f"substituted again and win over substituteFrom, "
        "so the expression is what manifests get; remove this line"
    )
    return rules.VariableSelfReference.at(node, message)
