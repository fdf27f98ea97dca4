"""What kustomize refuses, as an exception that stays inside this room.

In: a sentence and the node or place it is about. Out: a `Finding`. A sentence never quotes a value of an object.
"""

from __future__ import annotations

from typing import Any

from gitops_docs.model import Finding, Severity


class Refused(Exception):
    """kustomize would not build this; `message` says why and what to do."""

    def __init__(
        self, message: str, file: str | None = None, line: int | None = None, code: str = "kustomize-build-failed"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file or None
        self.line = line or None
        self.code = code

    @property
    def finding(self) -> Finding:
        return Finding(self.code, Severity.ERROR, self.message, self.file, self.line)


def refused(message: str, node: Any = None) -> Refused:
    """A refusal at the place where `node` stands, nowhere if it has none."""
    return Refused(message, getattr(node, "file", None), getattr(node, "line", None))
