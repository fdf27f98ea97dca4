"""Make the rows of a layer's variables from the outcome of its substitution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_docs import redaction
from gitops_docs.flux.substitution.expressions import Use
from gitops_docs.flux.substitution.substitute import Outcome
from gitops_docs.flux.substitution.variables import Value, defined_at
from gitops_docs.model import Location, Override, Variable, VariableStatus, VariableUse

if TYPE_CHECKING:
    from gitops_docs.flux.layer import RenderedLayer

_WITHOUT_VALUE = (
    VariableStatus.UNDEFINED,
    VariableStatus.EXTERNAL,
    VariableStatus.DEFAULT,
    VariableStatus.DISABLED,
    VariableStatus.ESCAPED,
)
"""What a variable is that nothing defines, by its uses: the first of these that one of them is."""


def of_layer(built: RenderedLayer) -> list[Variable]:
    """Return the rows of a layer's variable table: what is used, what is set inline, what is
    overridden; sorted by name."""
    outcome = built.substitution
    if outcome is None:
        return []
    return [
        _row(name, uses, outcome, built.root.cluster, built.id)
        for name, uses in sorted(_by_name(outcome).items())
    ]


def configmap_variables(outcome: Outcome) -> tuple[tuple[str, Location], ...]:
    """Return the variables that ConfigMaps give, used or not, with the place of each, sorted."""
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
        status, text, place, provider = (
            value.status,
            _text(name, value),
            defined_at(value),
            value.provider,
        )
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
    return (
        None if value.sealed or value.status is VariableStatus.SECRET else _shown(name, value.text)
    )


def _shown(name: str, text: str | None) -> str | None:
    return None if text is None else redaction.shown([name], text)
