"""Define substitution variables and their uses."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from gitops_docs.model.refs import Location


class VariableStatus(StrEnum):
    """Where the value of a substitution variable comes from."""

    INLINE = "inline"
    CONFIGMAP = "configmap"
    SECRET = "secret"
    DEFAULT = "default"
    EXTERNAL = "external"
    UNDEFINED = "undefined"
    ESCAPED = "escaped"
    DISABLED = "disabled"


class Override(Struct, frozen=True):
    """A value of a variable that lost against a later source."""

    status: VariableStatus
    value: str | None
    defined_at: Location | None


class VariableUse(Struct, frozen=True):
    """A place where a variable stands: the expression as written and, where no secret is involved,
    what it becomes."""

    file: str
    line: int
    expression: str
    becomes: str | None = None


class Variable(Struct, frozen=True):
    """A substitution variable of one layer. `value` is None for secrets and where it is not
    known."""

    cluster: str
    layer: str
    name: str
    status: VariableStatus
    value: str | None = None
    defined_at: Location | None = None
    provider: str | None = None
    """`ConfigMap ns/name`, `Secret ns/name`, or None for inline values and defaults."""
    overridden: tuple[Override, ...] = ()
    used_at: tuple[VariableUse, ...] = ()
