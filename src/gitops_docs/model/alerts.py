"""Define alerts, notification providers and runbooks."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from gitops_docs.model.objects import ChartTemplate, LayerObject
from gitops_docs.model.refs import NOTIFICATION_GROUP, Location, Ref


class EventSource(Struct, frozen=True):
    """An entry of a Flux Alert's `eventSources`; `name` may be `*`."""

    kind: str
    namespace: str
    name: str
    labels: tuple[tuple[str, str], ...] = ()
    file: str = ""
    line: int = 0
    implicit: bool = False
    """True where no namespace is written, which means the Alert's own."""


class Receiver(LayerObject, frozen=True, kw_only=True):
    """A Receiver of Flux and what a request to it triggers."""

    resources: tuple[EventSource, ...]

    @property
    def ref(self) -> Ref:
        """The Receiver as an object of its cluster."""
        return Ref(self.cluster, NOTIFICATION_GROUP, "Receiver", self.namespace, self.name)


RunbookStatus = Literal["own", "external", "dead", "missing"]
"""Where the runbook of an alert is."""

RunbookVia = Literal["front-matter", "annotation", "file-name", "anchor"]
"""What leads to the runbook of an alert."""


class RunbookLink(Struct, frozen=True):
    """How an alert finds its runbook."""

    status: RunbookStatus
    target: str | None = None
    """`own`: the page below `docs_dir`, or another file from the scan root, with `#anchor` where
    one is named. `external` and `dead`: the address as written."""
    via: RunbookVia | None = None
    page: str | None = None
    """The hand-written page below `docs_dir`, where `own` leads to one."""
    anchor: str | None = None
    """The heading on that page."""
    reason: str | None = None
    """`dead`: why. `external`: what is special, e.g. that the address is a template."""
    shared: int = 0
    """`external`: how many other alerts name the same address; 0 is a runbook of its own."""


class SubjectState(StrEnum):
    """How it is known what an alert is about."""

    STATED = "stated"
    """An annotation of the rule or the front matter of its runbook says it."""
    KNOWN = "known"
    """Fixed labels of the expression or the rule match an object of the repository."""
    INFERRED = "inferred"
    """Concluded from a name."""
    LABELS = "depends-on-labels"
    """The labels of the alert say it when it fires."""
    UNKNOWN = "not-known"


class Subject(Struct, frozen=True, kw_only=True):
    """What an alert is about: what fails, not what carries the rule."""

    state: SubjectState = SubjectState.UNKNOWN
    reason: str = ""
    """How it is known, or why not: the end of a sentence."""
    namespace: str | None = None
    """The namespace, where the expression or the rule fixes it."""
    kind: str | None = None
    """Kind of the object that the labels name, e.g. `Deployment`."""
    name: str | None = None
    """Its name, where it is fixed."""
    layer: str | None = None
    """Id of the layer that applies it."""
    release: tuple[str, str, str] | None = None
    """(layer, namespace, name) of the release that installs it."""
    labels: tuple[str, ...] = ()
    """Labels that only the firing alert has, those that name the object first."""
    namespace_label: str | None = None
    """The label that holds the namespace, where it is not fixed and there is one."""
    name_label: str | None = None
    """The label that holds the name of the object, where it is not fixed and there is one."""

    @property
    def certain(self) -> bool:
        """Whether layer and release are more than a guess."""
        return self.state in (SubjectState.STATED, SubjectState.KNOWN)


class Alert(Struct, frozen=True):
    """An alert rule (`kind` "rule") or a Flux Alert (`kind` "flux")."""

    kind: Literal["rule", "flux"]
    cluster: str
    namespace: str
    group: str | None
    name: str
    severity: str | None
    layer: str | None
    file: str
    line: int
    runbook: RunbookLink
    expression: str | None = None
    duration: str | None = None
    summary: str | None = None
    description: str | None = None
    runbook_url: str | None = None
    provider: str | None = None
    """Flux Alert: name of the Provider."""
    event_sources: tuple[EventSource, ...] = ()
    suspended: bool = False
    runbook_at: Location | None = None
    """Where `runbook_url` is written."""
    object_name: str = ""
    """Name of the object that holds the rule."""
    subject: Subject = Subject()
    """What fails where it fires."""
    holder: tuple[str, str] = ("", "")
    """API group and kind of the object that holds the rule."""
    labels: tuple[tuple[str, str], ...] = ()
    """Labels that the rule adds, sorted; templates as they are written."""
    stated: str | None = None
    """What the annotation `gitops-docs/component` of the rule, or of the object that holds it,
    names."""
    owner: str | None = None
    """The owner that the rule names."""
    owner_by: str = ""
    """The annotation or label that names it."""
    origin: ChartTemplate | None = None
    """Where a chart makes it."""

    @property
    def ref(self) -> Ref:
        """The Alert, or the object that holds the rule, as an object of its cluster."""
        if self.kind == "flux":
            return Ref(self.cluster, NOTIFICATION_GROUP, "Alert", self.namespace, self.name)
        group, kind = self.holder
        return Ref(self.cluster, group, kind, self.namespace, self.object_name)

    @property
    def component(self) -> tuple[str, str, str] | None:
        """(layer, namespace, name) of the release that it is about, where that is certain."""
        return self.subject.release if self.subject.certain else None


class Provider(Struct, frozen=True):
    """A Flux notification Provider."""

    cluster: str
    layer: str
    namespace: str
    name: str
    type: str
    channel: str | None
    secret: str | None
    file: str
    line: int
    repository: str | None = None
    """Web address of the repository whose commits it marks, for the types that do that (`github`,
    `gitlab` ...)."""

    @property
    def ref(self) -> Ref:
        """The Provider as an object of its cluster."""
        return Ref(self.cluster, NOTIFICATION_GROUP, "Provider", self.namespace, self.name)


class Section(Struct, frozen=True):
    """A heading of a hand-written page. `text` is the first paragraph below it, as written,
    shortened."""

    level: int
    id: str
    title: str
    line: int
    text: str = ""


class Runbook(Struct, frozen=True):
    """A hand-written page that says what it is about. `file` is relative to `docs_dir`."""

    file: str
    title: str
    alerts: tuple[str, ...] = ()
    applies_to: tuple[str, ...] = ()
    owner: str | None = None
    last_reviewed: str | None = None
    kind: str | None = None
    """`runbook`, `procedure`, `decision`, `reference`."""
    source: str = ""
    """The file from the scan root, for findings and links; may begin with `..`."""
    severity: str | None = None
    review_every: str | None = None
    """As written, e.g. `180d`."""
    review_due: str | None = None
    """ISO date on which the next review is due."""
    escalation: str | None = None
    aliases: tuple[str, ...] = ()
    replaced_by: str | None = None
    layers: tuple[str, ...] = ()
    """Ids of the layers that `applies_to` names, sorted; without those that only a general pattern
    matches."""
    releases: tuple[tuple[str, str, str], ...] = ()
    """(layer, namespace, name) of the releases that it names, sorted; without the general ones."""
    general_layers: tuple[str, ...] = ()
    """Layers that a pattern for all of something matches: `kustomization/flux-system/*`,
    `cluster:production`."""
    general_releases: tuple[tuple[str, str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    commits_since: int | None = None
    """Commits that touched what it applies to since the last review; None where that is not
    known."""
    states_owner: bool = False
    """Whether the page itself names `owner`; else CODEOWNERS does, for the file of the page."""
    linked: bool = True
    """Whether an alert leads to it, or it says what it applies to."""
