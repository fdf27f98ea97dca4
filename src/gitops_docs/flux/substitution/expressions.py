"""Tell what is known about the expressions of a layer: whether they have a value, whether it is
secret, and what they become.

In: parsed expressions and the variables of the layer. Out: plain answers; nothing is replaced here.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gitops_docs import redaction
from gitops_docs.flux import rules
from gitops_docs.flux.substitution import envsubst
from gitops_docs.flux.substitution.envsubst import Function, SubstitutionError
from gitops_docs.flux.substitution.variables import Variables
from gitops_docs.model import Finding, Location, Severity, VariableStatus
from gitops_docs.yaml.nodes import FOLDED, LITERAL, Scalar, Sealed

_MAX_SHOWN = 200
"""Longest result of an expression, in characters, that is kept for the tables."""


class Expressions:
    """The expressions of a layer, judged by its variables."""

    def __init__(self, variables: Variables, *, strict: bool) -> None:
        self.variables = variables
        self.strict = strict
        self._shown: dict[str, str | None] = {}
        """What expressions become."""

    def lookup(self, name: str) -> str | None:
        """Return the text of a variable; None where there is none, or Git does not hold it."""
        value = self.variables.values.get(name)
        return value.text if value is not None else None

    def is_unresolved(self, function: Function) -> bool:
        """Return whether an expression stays as it is, since Git does not hold a value that it
        needs."""
        for part in function.walk():
            value = self.variables.values.get(part.name)
            if value is not None:
                if value.text is None:
                    return True
            elif (
                not part.has_default
                and (self.strict or self.variables.open_ended)
                or part.name in self.variables.outside
            ):
                return True
        return False

    def status(self, name: str, *, has_default: bool) -> VariableStatus:
        """Return where the value of a name comes from."""
        value = self.variables.values.get(name)
        if value is not None:
            return value.status
        if name in self.variables.outside:
            return VariableStatus.EXTERNAL
        if has_default:
            return VariableStatus.DEFAULT
        return VariableStatus.EXTERNAL if self.variables.open_ended else VariableStatus.UNDEFINED

    def becomes(self, expression: str) -> str | None:
        """Return what an expression becomes, shortened for a table; None where that is secret or
        not known."""
        if expression not in self._shown:
            self._shown[expression] = self._result(expression)
        return self._shown[expression]

    def _result(self, expression: str) -> str | None:
        try:
            parts = envsubst.parse(expression)
            if self.secret(parts) or self.looks_secret(parts) or self.unknown(parts):
                return None
            made = envsubst.substitute(expression, self.lookup, strict=False)
        except SubstitutionError:
            return None
        made = _printable(made)
        return made if len(made) <= _MAX_SHOWN else made[: _MAX_SHOWN - 1] + "…"

    def secret(self, parts: Iterable[str | Function]) -> bool:
        """Return whether the value of a Secret takes part."""
        values = self.variables.values
        for part in parts:
            if isinstance(part, Function):
                for function in part.walk():
                    value = values.get(function.name)
                    if value is not None and value.sealed:
                        return True
        return False

    def looks_secret(self, parts: Iterable[str | Function]) -> bool:
        """Return whether a value is a credential by the name of its variable, wherever it comes
        from."""
        for part in parts:
            if isinstance(part, Function):
                for function in part.walk():
                    value = self.variables.values.get(function.name)
                    given = value.text if value is not None else None
                    if given is None and function.has_default:
                        given = "".join(
                            text for text in function.arguments if isinstance(text, str)
                        )
                    if given and redaction.is_secret_value(function.name, given):
                        return True
        return False

    def unknown(self, parts: Iterable[str | Function]) -> list[str]:
        """Return names that make the object partial; what nothing defines makes it fail, which is
        another finding."""
        return [
            part.name
            for part in parts
            if isinstance(part, Function)
            and self.is_unresolved(part)
            and self.status(part.name, has_default=part.has_default) is not VariableStatus.UNDEFINED
        ]


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


class Use(Struct, frozen=True):
    """An expression that stands in an object. `becomes` is None where the result is secret or not
    known."""

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
        self.is_description = False
        """Whether the object is a definition, whose texts describe."""
        self._reported: set[tuple[str, str, Severity]] = set()
        """Variable, file and severity of findings: one that stands in a dashboard a hundred times is listed
        once."""

    def note(self, node: Scalar | Sealed, status: VariableStatus | None = None) -> None:
        """List what a leaf or a key asks for, and report what nothing defines."""
        inner = node.unseal() if type(node) is Sealed else node
        sealed = inner is not node
        text = str(inner)
        for found in envsubst.expressions(text):
            line = node.line
            if not sealed and inner.style in (LITERAL, FOLDED):
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
        lax = Severity.INFO if self.is_description else Severity.WARNING
        severity = Severity.ERROR if self.known.strict else lax
        result = "Flux rejects the layer" if self.known.strict else "it becomes empty"
        message = (
            f"nothing defines `${{{name}}}`, {result}; "
            f"define it in postBuild, give a default, or write `$${{{name}}}` if it is not Flux's"
        )
        if (name, file, severity) not in self._reported:
            self._reported.add((name, file, severity))
            cause = f"nothing defines `${{{name}}}`"
            self.findings.append(
                rules.VariableUndefined.at(
                    Location(file, line), message, severity=severity, cause=cause
                )
            )
