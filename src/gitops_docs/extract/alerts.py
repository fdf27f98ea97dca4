"""Read Flux Alerts and Providers, and alert rules wherever they are written.

In: rendered objects. Out: `model.Alert` and `model.Provider`. Rules are found in PrometheusRule and
VMRule objects, in values of HelmReleases and in text that ConfigMaps hold, by their shape: a list
`groups` of `rules` with an `alert`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from gitops_docs import redaction
from gitops_docs.extract.fields import identity
from gitops_docs.extract.operations import owners
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.flux import NOTIFICATION_GROUP
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Alert, EventSource, Location, Provider, Receiver, RunbookLink
from gitops_docs.repository import git
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    Seq,
    as_map,
    as_seq,
    as_text,
    get_path,
    is_true,
    scalar_kind,
)
from gitops_docs.yaml.parse import parse_inline

RUNBOOK_ANNOTATIONS = ("runbook_url", "runbook", "playbook", "a8r.io/runbook")
COMPONENT_ANNOTATIONS = ("gitops-docs/component", "gitops_docs_component")
"""Annotations that name what an alert is about; the second is a name that older Prometheus takes
too."""
RULE_KINDS = frozenset({"PrometheusRule", "VMRule"})


def _event_sources(entries: Node | None, rendered: Rendered) -> tuple[EventSource, ...]:
    namespace = objects.namespace(rendered.data)
    return tuple(
        EventSource(
            objects.text(item.get("kind")) or "",
            objects.text(item.get("namespace")) or namespace,
            objects.text(item.get("name")) or "",
            tuple(
                sorted(
                    (key, str(value))
                    for key, value in as_map(item.get("matchLabels")).items()
                    if type(value) is Scalar
                )
            ),
            getattr(item.get("name"), "file", "") or rendered.file,
            getattr(item.get("name"), "line", 0) or rendered.line,
            as_text(item.get("namespace")) is None,
        )
        for item in as_seq(entries)
        if type(item) is Map
    )


def receiver(item: Rendered, layer: str, cluster: str) -> Receiver | None:
    """Return the Receiver; None for any other object."""
    if not objects.is_a(item.data, NOTIFICATION_GROUP, "Receiver"):
        return None
    entries = as_map(item.data.get("spec")).get("resources")
    return Receiver(**identity(item, layer, cluster), resources=_event_sources(entries, item))


def flux_alert(rendered: Rendered, layer: str, cluster: str) -> Alert:
    """Return a notification.toolkit.fluxcd.io Alert. An event source without namespace means the
    Alert's own."""
    data = rendered.data
    spec = as_map(data.get("spec"))
    namespace = objects.namespace(data)
    metadata = as_map(spec.get("eventMetadata"))
    written = next(
        (metadata[key] for key in RUNBOOK_ANNOTATIONS if as_text(metadata.get(key)) is not None),
        None,
    )
    url = redaction.without_credentials(str(written).strip()) if written is not None else None
    return Alert(
        kind="flux",
        cluster=cluster,
        namespace=namespace,
        group=None,
        name=objects.name(data),
        severity=objects.text(spec.get("eventSeverity")) or "info",
        layer=layer,
        file=rendered.file,
        line=rendered.line,
        runbook=RunbookLink("missing")
        if url is None
        else RunbookLink("external", url, "annotation"),
        summary=objects.text(spec.get("summary")) or objects.text(metadata.get("summary")),
        runbook_url=url,
        runbook_at=Location(written.file, written.line)
        if written is not None and written.file
        else None,
        object_name=objects.name(data),
        provider=objects.text(get_path(spec, "providerRef", "name")),
        event_sources=_event_sources(spec.get("eventSources"), rendered),
        suspended=is_true(spec.get("suspend")),
    )


_MARKS_COMMITS = frozenset(
    {"github", "gitlab", "gitea", "bitbucket", "bitbucketserver", "azuredevops"}
)
"""Provider types whose address is the repository that the Kustomizations come from (`providers.md`,
Git commit status updates)."""


def provider(rendered: Rendered, layer: str, cluster: str) -> Provider:
    """Return a notification Provider; its address is not kept, since it is often a credential,
    unless it is that of a repository."""
    data = rendered.data
    spec = as_map(data.get("spec"))
    kind, address = objects.text(spec.get("type")) or "", objects.text(spec.get("address"))
    return Provider(
        cluster=cluster,
        layer=layer,
        namespace=objects.namespace(data),
        name=objects.name(data),
        type=kind,
        channel=objects.text(spec.get("channel")),
        secret=objects.text(get_path(spec, "secretRef", "name")),
        file=rendered.file,
        line=rendered.line,
        repository=git.clean_url(address) if kind in _MARKS_COMMITS and address else None,
    )


def rules(rendered: Rendered, layer: str, cluster: str, owner_label: str = "") -> list[Alert]:
    """Return the alert rules that an object holds; `owner_label` names the label with the owner of
    each."""
    data = rendered.data
    kind = rendered.key[0]
    if kind in RULE_KINDS:
        holders: list[object] = [data.get("spec")]
    elif kind == "HelmRelease":
        holders = [get_path(data, "spec", "values")]
    elif kind == "ConfigMap":
        holders = [
            root for text in as_map(data.get("data")).values() for root in _rule_documents(text)
        ]
    else:
        return []
    found = []
    for holder in holders:
        for group, rule in _rules(holder):
            name = as_text(rule.get("alert"))
            if name is not None and name.strip():
                alert = _rule(rule, name, group, rendered, layer, cluster)
                found.append(_owned(alert, rule, rendered, owner_label))
    return found


def _owned(alert: Alert, rule: Map, rendered: Rendered, label: str) -> Alert:
    """Return the alert with the owner that the rule, or the object that holds it, names."""
    for marks, labels in (
        (rule.get("annotations"), rule.get("labels")),
        (
            get_path(rendered.data, "metadata", "annotations"),
            get_path(rendered.data, "metadata", "labels"),
        ),
    ):
        found = owners.stated(as_map(marks), as_map(labels), label)
        if found is not None:
            return replace(alert, owner=found[0], owner_by=found[1])
    return alert


def _rule_documents(text: object) -> list[object]:
    if type(text) is not Scalar or "alert:" not in text or "groups:" not in text:
        return []
    return [document.root for document in parse_inline(text).documents]


def _rules(node: object) -> Iterator[tuple[str | None, Map]]:
    if type(node) is Map:
        if "enabled" in node and _is_off(node):
            return
        groups = node.get("groups")
        if type(groups) is Seq:
            for group in groups:
                if type(group) is Map:
                    for rule in as_seq(group.get("rules")):
                        if type(rule) is Map and "alert" in rule:
                            yield objects.text(group.get("name")), rule
        for key, value in node.items():
            if key != "groups" and type(value) is not Scalar:
                yield from _rules(value)
    elif type(node) is Seq:
        for value in node:
            if type(value) is not Scalar:
                yield from _rules(value)


def _is_off(values: Map) -> bool:
    """Return whether a part of Helm values is switched off, as charts do it: `enabled: false`
    beside what it is about."""
    enabled = values.get("enabled")
    return type(enabled) is Scalar and scalar_kind(enabled) == "bool" and not is_true(enabled)


def _rule(
    rule: Map, name: Scalar, group: str | None, rendered: Rendered, layer: str, cluster: str
) -> Alert:
    annotations = as_map(rule.get("annotations"))
    written = next(
        (
            annotations[key]
            for key in RUNBOOK_ANNOTATIONS
            if as_text(annotations.get(key)) is not None
        ),
        None,
    )
    url = str(written).strip() if written is not None else None
    of_object = as_map(get_path(rendered.data, "metadata", "annotations"))
    stated = next(
        (
            objects.text(given[key])
            for given in (annotations, of_object)
            for key in COMPONENT_ANNOTATIONS
            if key in given
        ),
        None,
    )
    return Alert(
        kind="rule",
        cluster=cluster,
        namespace=objects.namespace(rendered.data),
        group=group,
        name=str(name),
        severity=objects.text(get_path(rule, "labels", "severity")),
        layer=layer,
        file=name.file or rendered.file,
        line=name.line or rendered.line,
        runbook=RunbookLink("missing")
        if not url
        else RunbookLink("external", redaction.without_credentials(url), "annotation"),
        expression=objects.text(rule.get("expr")),
        duration=objects.text(rule.get("for")),
        summary=objects.text(annotations.get("summary"))
        or objects.text(annotations.get("message")),
        description=objects.text(annotations.get("description")),
        runbook_url=redaction.without_credentials(url) if url else None,
        runbook_at=Location(written.file, written.line)
        if written is not None and written.file
        else None,
        object_name=objects.name(rendered.data),
        holder=(objects.group(rendered.data), objects.kind(rendered.data)),
        labels=tuple(
            sorted(
                (key, str(value))
                for key, value in as_map(rule.get("labels")).items()
                if type(value) is Scalar
            )
        ),
        stated=stated.strip() or None if stated is not None else None,
    )
