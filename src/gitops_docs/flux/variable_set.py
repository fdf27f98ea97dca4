"""The variables of a layer, with where each value comes from.

In: names and values, the winning one last. Out: `Variables`: which value counts, which ones lost, and whether Flux substitutes at all
(`LoadVariables` and `varsubRegex` in `fluxcd/pkg/kustomize/kustomize_varsub.go`).
"""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs.model import Finding, Location, Severity, VariableStatus
from gitops_docs.text.patterns import Pattern

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
            message = f"variable name `{shown}` is not valid, Flux refuses the layer; use letters, digits and `_`, a letter first"
            self.error = Finding("variable-name", Severity.ERROR, message, value.file or None, value.line or None)

    @property
    def runs(self) -> bool:
        """Whether Flux substitutes at all. An object that is not in the repository counts as giving variables."""
        return bool(self.values) or self.always or self.open_ended


def defined_at(value: Value) -> Location | None:
    """Where a variable is defined, None where no file does."""
    return Location(value.file, value.line) if value.file else None
