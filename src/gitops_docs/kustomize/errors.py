"""Report what kustomize refuses as an exception that does not leave this package.

In: a sentence and the node or place it is about. Out: a `Finding`. A sentence never quotes a value
of an object.
"""

from __future__ import annotations

from msgspec.structs import replace

from gitops_docs.kustomize import rules
from gitops_docs.model import Finding, Rule, Severity
from gitops_docs.yaml.nodes import Map, Node, Sealed, Seq


class Refused(Exception):
    """kustomize would not build this; `message` says why and what to do."""

    def __init__(
        self,
        message: str,
        file: str | None = None,
        line: int | None = None,
        rule: type[Rule] = rules.KustomizeBuildFailed,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file or None
        self.line = line or None
        self.rule = rule

    @property
    def finding(self) -> Finding:
        return self.rule.at(self, self.message, severity=Severity.ERROR)


class RefusedFile(Refused):
    """kustomize would not read a file, for what reading it has found."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message, finding.file, finding.line)
        self._finding = replace(finding, severity=Severity.ERROR)

    @property
    def finding(self) -> Finding:
        return self._finding


def refused(message: str, node: object = None) -> Refused:
    """Return a refusal at the place of `node`; without a place where `node` has none."""
    return Refused(message, getattr(node, "file", None), getattr(node, "line", None))


_BUILT_FROM = frozenset(
    {
        "literals",
        "patch",
        "patches",
        "patchesStrategicMerge",
        "generators",
        "transformers",
        "validators",
    }
)


def refuse_sealed(node: Node | None, key: str = "") -> None:
    """Look through a kustomization file, or a configuration that it names; `key` is the field that
    the node stands under.

    Raises:
        Refused: A value that says how to build is sealed.
    """
    if type(node) is Map:
        for name, value in node.items():
            refuse_sealed(value, name)
    elif type(node) is Seq:
        for value in node:
            refuse_sealed(value, key)
    elif type(node) is Sealed and key not in _BUILT_FROM:
        raise refused(
            f"the `{key}` of a kustomization is encrypted, or holds a Secret; write it as plain "
            f"text",
            node,
        )


__all__ = ["refuse_sealed"]
