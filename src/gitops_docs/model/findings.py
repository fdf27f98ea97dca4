"""Define findings, their severities and codes."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """How bad a finding is.

    `error`: Flux or Kubernetes would refuse or lose something; `warning`: probably not meant;
    `info`: good to know.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(Struct, frozen=True):
    """One thing that a reader should know: a stable code, where, and a sentence that says what to
    do."""

    code: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    layer: str | None = None
    also: tuple[str, ...] = ()
    """Ids of further layers that it concerns, where one finding stands for what many layers have in
    common."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that it concerns."""
        return ((self.layer,) if self.layer else ()) + self.also


GUIDE = "https://example-org.github.io/mkdocs-gitops/guide/findings/"
"""The page of the guide that explains every code, under its name as anchor."""


class Code(Struct, frozen=True):
    """A finding code."""

    code: str
    severity: Severity
    """What it has unless the place makes it more or less; `varies` says when."""
    title: str
    about: str
    """Why it matters: what Flux or Kubernetes does."""
    remedy: str
    bad: str
    good: str
    varies: str = ""


class Family(Struct, frozen=True):
    """Codes about one thing, in the order in which a reader meets them."""

    title: str
    codes: tuple[Code, ...]


def docs_url(code: str) -> str:
    """Where a code is explained."""
    return f"{GUIDE}#{code}"
