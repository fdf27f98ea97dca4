"""Check substitution variables that nothing uses, and values that lose against others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context, layers_named
from gitops_docs.model import (
    Family,
    Finding,
    Layer,
    LayerStatus,
    Location,
    Severity,
    Variable,
    VariableStatus,
)
from gitops_docs.text.english import listed


class VariableUnused(Check):
    code = "variable-unused"
    family = Family.VARIABLES
    severity = Severity.INFO
    title = "Nothing uses a variable"
    about = (
        "No manifest of the layers that get the variable, inline or from a ConfigMap, uses it. "
        "Child layers do not inherit it."
    )
    remedy = "Remove it, or set it where it is needed."
    bad = "substitute:\n  old_name: x"
    good = "substitute: {}"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        yield from cls._inline(context)
        yield from cls._keys(context)

    @classmethod
    def _inline(cls, context: Context) -> Iterator[Finding]:
        """Find inline variables that no manifest of their layers uses; one that a parent patches
        into many layers is used if one of them does."""
        written: dict[Location, list[Variable]] = defaultdict(list)
        for variable in context.platform.variables:
            if variable.status is VariableStatus.INLINE and variable.defined_at is not None:
                written[variable.defined_at].append(variable)
        for place, variables in sorted(written.items()):
            owners = [
                context.layers[variable.layer]
                for variable in variables
                if variable.layer in context.layers
            ]
            if any(variable.used_at for variable in variables) or not owners:
                continue
            if any(owner.status is not LayerStatus.RENDERED for owner in owners):
                continue
            name = variables[0].name
            message = (
                f"nothing that `{owners[0].name}` applies uses the variable `{name}` (a child "
                f"layer does not inherit it); remove it"
            )
            yield cls.at(place, message, layers=[owner.id for owner in owners], cause=name)

    @classmethod
    def _keys(cls, context: Context) -> Iterator[Finding]:
        """Find keys of ConfigMaps that no layer uses which takes variables from them, one finding
        for each ConfigMap."""
        users: dict[tuple[str, Location], list[Layer]] = defaultdict(list)
        used: set[tuple[str, Location]] = set()
        for layer in context.platform.layers:
            for name, place in layer.given:
                users[name, place].append(layer)
                if name in layer.variables:
                    used.add((name, place))
        for variable in context.platform.variables:
            used |= {
                (variable.name, lost.defined_at)
                for lost in variable.overridden
                if lost.defined_at is not None
            }
        idle: dict[str, list[tuple[Location, str]]] = defaultdict(list)
        for (name, place), layers in users.items():
            if (name, place) not in used and all(
                layer.status is LayerStatus.RENDERED for layer in layers
            ):
                idle[place.file].append((place, name))
        for _, keys in sorted(idle.items()):
            keys.sort()
            place, name = keys[0]
            layers = sorted(users[name, place], key=lambda layer: layer.id)
            names = listed([f"`{key}`" for _, key in keys])
            if len(layers) == 1:
                message = (
                    f"`{layers[0].name}`, which takes variables from here, does not use {names}; "
                    f"remove what is not needed"
                )
            else:
                message = (
                    f"none of {layers_named(layers)}, which take variables from here, uses "
                    f"{names}; remove what is not needed"
                )
            yield cls.at(place, message, layers=[layer.id for layer in layers], cause=names)


class VariableShadowed(Check):
    code = "variable-shadowed"
    family = Family.VARIABLES
    severity = Severity.INFO
    title = "A value of a variable is overridden"
    about = "Inline values win over `substituteFrom`, and a later entry of it over an earlier one."
    remedy = "Remove the values that have no effect, unless the override is meant."
    bad = "substituteFrom: [defaults, cluster]\nsubstitute: {domain: x}"
    good = "substituteFrom: [defaults, cluster]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find values that another source of the same layer overrides with something else, one
        finding for each place that wins."""
        found: dict[Location, list[Variable]] = defaultdict(list)
        for variable in context.platform.variables:
            lost = [
                item
                for item in variable.overridden
                if item.value is None or item.value != variable.value
            ]
            if lost and variable.defined_at is not None and lost[0].defined_at is not None:
                found[variable.defined_at].append(variable)
        for place, variables in sorted(found.items()):
            first = variables[0]
            losers = sorted(
                {item.defined_at for item in first.overridden if item.defined_at is not None}
            )
            message = (
                f"`{first.name}` is set more than once: this value wins over "
                f"{listed([str(where) for where in losers], 3)}; "
                "remove the others if that is not meant"
            )
            layers = [variable.layer for variable in variables]
            yield cls.at(place, message, layers=layers, cause=first.name)
