"""The variables of a layer: where their values come from, and the rows of the variable tables.

In: a Kustomization's `postBuild` and the objects of its cluster; after substitution, the `Outcome`. Out: `Variables` for substitution,
`model.Variable`s for the pages.

`substituteFrom` counts in its order, later ones win, inline values win over all (`LoadVariables` in `kustomize_varsub.go`). ConfigMaps and
Secrets are looked up in the Kustomization's own namespace. Values of Secrets are used to substitute and never shown.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from gitops_docs import redaction
from gitops_docs.flux import envsubst, objects
from gitops_docs.flux.makers import copied, maker_of
from gitops_docs.flux.substitution import Outcome
from gitops_docs.flux.uses import Use
from gitops_docs.flux.variable_set import Value, Variables, defined_at
from gitops_docs.model import Finding, Location, Override, Severity, Variable, VariableStatus, VariableUse
from gitops_docs.nodes import Map, Scalar, Sealed, as_map, as_seq, get_path, is_null
from gitops_docs.repository.sealing import SOPS_CIPHERTEXT
from gitops_docs.settings import VariableSetting

if TYPE_CHECKING:
    from gitops_docs.flux.built import Built
    from gitops_docs.flux.index import ObjectIndex
    from gitops_docs.flux.kustomization import FluxKustomization

_WITHOUT_VALUE = (
    VariableStatus.UNDEFINED,
    VariableStatus.EXTERNAL,
    VariableStatus.DEFAULT,
    VariableStatus.DISABLED,
    VariableStatus.ESCAPED,
)
"""What a variable is that nothing defines, by its uses: the first of these that one of them is."""


def collect(
    kustomization: FluxKustomization,
    index: ObjectIndex,
    outside: Iterable[VariableSetting] = (),
    *,
    unsettled: bool = False,
) -> Variables:
    """The variables that a Kustomization's `postBuild` gives.

    Args:
        kustomization: As its parent rendered it.
        index: The objects of the cluster.
        outside: What the settings tell of variables that are made outside Git.
        unsettled: Whether expressions in it may be replaced by values that are not in Git: what it sets to one is not known then.
    """
    spec = as_map(kustomization.spec.get("postBuild"))
    told = [one for one in outside if one.kind is None]
    found = Variables(
        outside=frozenset(one.name for one in told if one.value is None),
        always=spec.get("substituteStrategy") == "Always",
    )
    for item in as_seq(spec.get("substituteFrom")):
        if type(item) is Map:
            _add_from(found, objects.kind(item), kustomization.namespace, objects.text(item.get("name")) or "", index)
    for name, node in as_map(spec.get("substitute")).items():
        value = _value(node, VariableStatus.INLINE, None)
        # Where one of its own sources has the variable, that is what was meant.
        unknown = unsettled and name not in found.values and value.text is not None and "${" in value.text
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
            found.add(key, Value(None, VariableStatus.SECRET, node.file, node.line, maker.label, sealed=True))
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


def _value(node: Any, status: VariableStatus, provider: str | None) -> Value:
    sealed = type(node) is Sealed
    inner = node.unseal() if type(node) is Sealed else node
    text: str | None = None
    if type(inner) is Scalar and not inner.startswith(SOPS_CIPHERTEXT):
        text = "" if is_null(inner) else str(inner)
    return Value(text, status, getattr(node, "file", ""), getattr(node, "line", 0), provider, sealed)


def _secret(node: Any, provider: str, *, encoded: bool) -> Value:
    inner = node.unseal() if type(node) is Sealed else node
    file, line = getattr(node, "file", ""), getattr(node, "line", 0)
    text: str | None = None
    if type(inner) is Scalar and not inner.startswith(SOPS_CIPHERTEXT):
        text = _decoded(inner) if encoded else ("" if is_null(inner) else str(inner))
    return Value(text, VariableStatus.SECRET, file, line, provider, sealed=True)


def _decoded(text: str) -> str | None:
    """The value behind base64; None where it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return None


INJECTOR = "kustomize-mutating-webhook"
"""A chart whose webhook adds variables to every Kustomization that is applied, from ConfigMaps and Secrets that its values name."""


def are_injected(index: ObjectIndex) -> bool:
    """Whether something in the cluster gives all Kustomizations variables that stand in none of them."""
    for applied in index.of_kind("HelmRelease"):
        spec = applied.rendered.data.get("spec")
        if INJECTOR in (get_path(spec, "chart", "spec", "chart"), get_path(spec, "chartRef", "name")):
            return True
    return False


def _self_reference(name: str, node: Any) -> Finding | None:
    """`domain: ${domain}`: people mean "take it from substituteFrom"; it overrides that with the literal text."""
    if type(node) is not Scalar or not any(one.name == name and not one.escaped for one in envsubst.expressions(node)):
        return None
    message = (
        f"postBuild.substitute sets `{name}` to an expression of itself; values are not substituted again and win over substituteFrom, "
        "so the expression is what manifests get; remove this line"
    )
    return Finding("variable-self-reference", Severity.ERROR, message, node.file or None, node.line or None)


def of_layer(built: Built) -> list[Variable]:
    """The rows of a layer's variable table: what is used, what is set inline, what is overridden; sorted by name."""
    outcome = built.substitution
    if outcome is None:
        return []
    return [_row(name, uses, outcome, built.root.cluster, built.id) for name, uses in sorted(_by_name(outcome).items())]


def given(outcome: Outcome) -> tuple[tuple[str, Location], ...]:
    """The variables that ConfigMaps give, used or not, with the place of each, sorted."""
    found = (
        (name, place)
        for name, value in outcome.variables.values.items()
        if value.status is VariableStatus.CONFIGMAP and (place := defined_at(value)) is not None
    )
    return tuple(sorted(found))


def _by_name(outcome: Outcome) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = {}
    for use in outcome.uses:
        found.setdefault(use.name, []).append(use)
    variables = outcome.variables
    for name, value in variables.values.items():
        if value.status is VariableStatus.INLINE or name in variables.overridden:
            found.setdefault(name, [])
    return found


def _row(name: str, uses: list[Use], outcome: Outcome, cluster: str, layer: str) -> Variable:
    value = outcome.variables.values.get(name)
    used_at = {
        (use.file, use.line, use.expression): VariableUse(
            use.file, use.line, redaction.configuration(use.expression), _shown(name, use.becomes)
        )
        for use in uses
        if use.file
    }
    if value is not None:
        status, text, place, provider = value.status, _text(name, value), defined_at(value), value.provider
    else:
        statuses = {use.status for use in uses}
        status = next(one for one in _WITHOUT_VALUE if one in statuses)
        defaults = {use.becomes for use in uses if use.status is VariableStatus.DEFAULT}
        one_default = status is VariableStatus.DEFAULT and len(defaults) == 1
        text, place, provider = _shown(name, defaults.pop()) if one_default else None, None, None
    return Variable(
        cluster=cluster,
        layer=layer,
        name=name,
        status=status,
        value=text,
        defined_at=place,
        provider=provider,
        overridden=tuple(
            Override(lost.status, _text(name, lost), defined_at(lost))
            for lost in outcome.variables.overridden.get(name, ())
        ),
        used_at=tuple(used_at[key] for key in sorted(used_at)),
    )


def _text(name: str, value: Value) -> str | None:
    return None if value.sealed or value.status is VariableStatus.SECRET else _shown(name, value.text)


def _shown(name: str, text: str | None) -> str | None:
    return None if text is None else redaction.shown([name], text)
