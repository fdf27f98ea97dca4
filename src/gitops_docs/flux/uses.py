"""The list of places in which a layer uses variables.

In: leaves and keys of its objects before substitution. Out: `Use`s for the tables, and a finding for each name that nothing defines.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gitops_docs.flux import envsubst
from gitops_docs.flux.expressions import Expressions
from gitops_docs.model import Finding, Severity, VariableStatus
from gitops_docs.nodes import FOLDED, LITERAL, Sealed


class Use(Struct, frozen=True):
    """An expression that stands in an object. `becomes` is None where the result is secret or not known."""

    name: str
    expression: str
    file: str
    line: int
    becomes: str | None
    status: VariableStatus


class Uses:
    """The uses of a layer, found one after another."""

    def __init__(self, known: Expressions, findings: list[Finding]) -> None:
        self.known = known
        self.found: list[Use] = []
        self.findings = findings
        """The findings of the layer, to which those of its uses are added as they are met."""
        self._reported: set[tuple[str, str]] = set()
        """(variable, file) of findings: one that stands in a dashboard a hundred times is told once."""

    def note(self, node: Any, status: VariableStatus | None = None) -> None:
        """List what a leaf or a key asks for, and report what nothing defines."""
        sealed = type(node) is Sealed
        text = str(node.unseal() if sealed else node)
        for found in envsubst.expressions(text):
            line = node.line
            if not sealed and node.style in (LITERAL, FOLDED):
                line += 1 + text.count("\n", 0, found.offset)
            shown = f"${{{found.name}}}" if sealed else found.text
            if found.escaped:
                known = status or VariableStatus.ESCAPED
                becomes = None if sealed else (shown if status else shown[1:])
            else:
                known = status or self.known.status(found.name, has_default=found.has_default)
                becomes = None if sealed else (shown if status else self.known.becomes(found.text))
            self.found.append(Use(found.name, shown, node.file, line, becomes, known))
            if known is VariableStatus.UNDEFINED:
                self._undefined(found.name, node.file, line)

    def _undefined(self, name: str, file: str, line: int) -> None:
        severity = Severity.ERROR if self.known.strict else Severity.WARNING
        result = "Flux refuses the layer" if self.known.strict else "it becomes empty"
        message = (
            f"nothing defines `${{{name}}}`, {result}; "
            f"define it in postBuild, give a default, or write `$${{{name}}}` if it is not Flux's"
        )
        if (name, file) not in self._reported:
            self._reported.add((name, file))
            self.findings.append(Finding("variable-undefined", severity, message, file or None, line or None))
