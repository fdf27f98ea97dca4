"""Define what a scan returns: frozen structs, and nothing that knows how they were made."""

from gitops_docs.model.alerts import Alert, EventSource, Provider, Runbook, RunbookLink, Section
from gitops_docs.model.findings import GUIDE, Code, Family, Finding, Severity, docs_url
from gitops_docs.model.layers import (
    Dependency,
    Health,
    HealthCheck,
    HealthExpression,
    Layer,
    LayerStatus,
    Remark,
    SourceRef,
    SubstituteFrom,
)
from gitops_docs.model.objects import FieldChange, Image, Orphan, Protection, Resource, Secret
from gitops_docs.model.platform import (
    Cluster,
    Commit,
    Directory,
    Entry,
    EntryKind,
    FluxInstallation,
    Ownership,
    Platform,
    Repository,
)
from gitops_docs.model.refs import Location
from gitops_docs.model.releases import ChartValue, Release, Source, ValuesReference, ValuesState
from gitops_docs.model.variables import Override, Variable, VariableStatus, VariableUse

__all__ = [
    "GUIDE",
    "Alert",
    "ChartValue",
    "Cluster",
    "Code",
    "Commit",
    "Dependency",
    "Directory",
    "Entry",
    "EntryKind",
    "EventSource",
    "Family",
    "FieldChange",
    "Finding",
    "FluxInstallation",
    "Health",
    "HealthCheck",
    "HealthExpression",
    "Image",
    "Layer",
    "LayerStatus",
    "Location",
    "Orphan",
    "Override",
    "Ownership",
    "Platform",
    "Protection",
    "Provider",
    "Release",
    "Remark",
    "Repository",
    "Resource",
    "Runbook",
    "RunbookLink",
    "Secret",
    "Section",
    "Severity",
    "Source",
    "SourceRef",
    "SubstituteFrom",
    "ValuesReference",
    "ValuesState",
    "Variable",
    "VariableStatus",
    "VariableUse",
    "docs_url",
]
