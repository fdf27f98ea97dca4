"""Define findings, and the class that says everything about one code."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar, Protocol

from msgspec import Struct

from gitops_docs.model.refs import Ref, cluster_of, layer_refs


class Severity(StrEnum):
    """How bad a finding is.

    `error`: Flux or Kubernetes rejects it, or data is lost; `warning`: probably a mistake; `info`:
    for information.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Family(StrEnum):
    """Groups of codes, in the order in which a reader meets them; the value is the heading."""

    FILES = "Files that cannot be read"
    BUILD = "Building a layer"
    ORDER = "Order of layers"
    HEALTH = "Health checks"
    REFERENCES = "References"
    OWNERSHIP = "One object, two owners"
    VERSIONS = "Versions"
    VARIABLES = "Variables"
    SECRETS = "Secrets"
    TIMES = "Times"
    RELEASES = "Releases"
    NOTIFICATIONS = "Notifications"
    RUNBOOKS = "Alerts and runbooks"
    PAGES = "Hand-written pages"
    SITE = "The site and the settings"


class Finding(Struct, frozen=True):
    """One fault: a stable code, where it is, what it is about, and a sentence that says what to do.

    Only `Rule.at` makes one.
    """

    code: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    layers: tuple[str, ...] = ()
    """Ids of the layers that it concerns. The first is the one that the message names."""
    about: tuple[Ref, ...] = ()
    """The objects that it is about; the layers where the rule names none."""
    cause: str = ""
    """What is wrong at the place, without the names of layers and clusters: findings of one code,
    place and cause are one finding. Empty where that is what the message says."""
    merged: tuple[str, ...] = ()
    """Messages of the findings that this one stands for, where they differ from its own."""

    @property
    def layer(self) -> str | None:
        """Id of the first layer that it concerns."""
        return self.layers[0] if self.layers else None

    @property
    def clusters(self) -> tuple[str, ...]:
        """Ids of the clusters that it concerns, sorted."""
        found = {ref.cluster for ref in self.about}
        found |= {cluster_of(layer) for layer in self.layers}
        return tuple(sorted(found - {""}))

    @property
    def messages(self) -> tuple[str, ...]:
        """Its message, and those of the findings that it stands for."""
        return (self.message, *self.merged)

    @property
    def extent(self) -> str:
        """How much it concerns, where that is more than the message names: `× 14 layers on 3
        clusters`, `× 3 clusters`, or `× 100 objects` that one place makes; else empty."""
        layers, clusters = len(self.layers), len(self.clusters)
        if layers > 1:
            return f"× {layers} layers" + (f" on {clusters} clusters" if clusters > 1 else "")
        if clusters > 1:
            return f"× {clusters} clusters"
        same = [ref for ref in self.about if ref.kind == self.about[0].kind]
        return f"× {len(same)} objects" if self.merged and len(same) > 1 else ""


class Placed(Protocol):
    """What has a place: a location, a node, or a struct of the model."""

    @property
    def file(self) -> str | None: ...

    @property
    def line(self) -> int | None: ...


class Referable(Protocol):
    """A struct of the model that stands for an object in a cluster."""

    @property
    def ref(self) -> Ref: ...


class Rule:
    """Everything about one finding code.

    A rule that looks at the whole platform is a `checks.context.Check`; one that is met while files
    are read, rendered or joined stands in the `rules.py` of its package.
    """

    code: ClassVar[str]
    family: ClassVar[Family]
    severity: ClassVar[Severity]
    """What a finding has unless the place makes it more or less; `varies` says when."""
    title: ClassVar[str]
    about: ClassVar[str]
    """Why it matters: what Flux or Kubernetes does."""
    remedy: ClassVar[str]
    bad: ClassVar[str]
    good: ClassVar[str]
    varies: ClassVar[str] = ""

    @classmethod
    def is_of_place(cls, cause: str) -> bool:
        """Return whether findings of this cause are one only at the same place; else they are one
        wherever they are."""
        return True

    @classmethod
    def at(
        cls,
        place: Placed | None,
        message: str,
        *,
        layers: Iterable[str | None] = (),
        about: Iterable[Ref | Referable] = (),
        severity: Severity | None = None,
        cause: str = "",
    ) -> Finding:
        """Make a finding of this code.

        Args:
            place: Where it is; None for what has no file.
            message: One sentence: the fact, then what to do.
            layers: Ids of the layers that it concerns, the one that the message names first; None
                and repetitions are left out.
            about: The objects that it is about. The layers where there is none.
            severity: Where it is not that of the rule.
            cause: See `Finding.cause`.
        """
        first, *rest = dict.fromkeys(layer for layer in layers if layer) or (None,)
        named = (first, *sorted(rest)) if first is not None else ()
        refs = dict.fromkeys(item if isinstance(item, Ref) else item.ref for item in about)
        return Finding(
            cls.code,
            severity or cls.severity,
            message,
            (place.file or None) if place is not None else None,
            (place.line or None) if place is not None else None,
            named,
            tuple(refs) or layer_refs(named),
            cause,
        )


GUIDE = "https://example-org.github.io/mkdocs-gitops/guide/findings/"
"""The page of the guide that explains every code, under its name as anchor."""


def docs_url(code: str) -> str:
    """Return where a code is explained."""
    return f"{GUIDE}#{code}"
