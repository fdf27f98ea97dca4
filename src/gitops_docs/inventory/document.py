"""Convert a platform to its inventory, the document that `gitops-docs inventory` prints and every
site publishes as `gitops/inventory.json`.

The shape is that of `contract.Inventory`. Lists are sorted, and one object is on a line, so the same
commit gives the same bytes and another one a short diff.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

from msgspec import UNSET, Struct, to_builtins

from gitops_docs import model
from gitops_docs.index.addresses import Addresses, address, of_platform
from gitops_docs.index.namespaces import BUILT_IN, Namespace, namespaces
from gitops_docs.index.objects import ChartIndex
from gitops_docs.inventory import contract

SCHEMA_VERSION = 2


T_co = TypeVar("T_co", covariant=True)


class Section(Generic[T_co]):
    """A list of the document: objects of the model, and the function that describes one."""

    def __init__(self, items: Sequence[T_co], describe: Callable[[T_co], Struct]) -> None:
        self._items = items
        self._describe = describe

    def entries(self) -> Iterator[tuple[T_co, Callable[[], Struct]]]:
        """Yield each object with a function that describes it."""
        for item in self._items:
            yield item, partial(self._describe, item)


def head(platform: model.Platform) -> dict[str, object]:
    """Return the members of the document that are not lists."""
    repository = platform.repository
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": contract.Repository(
            url=repository.url,
            revision=repository.revision,
            prefix=repository.prefix,
            date=repository.date,
            shallow=repository.shallow,
            has_owners=platform.has_owners,
        ),
    }


def sections(platform: model.Platform, directory: str) -> Mapping[str, Section[object]]:
    """Return the lists of the document in their order.

    Args:
        platform: What was scanned.
        directory: Site directory of the generated pages, for the pages of alerts.
    """
    at = of_platform(platform, directory)
    return {
        "clusters": Section(platform.clusters, _cluster),
        "layers": Section(platform.layers, _layer),
        "helm_releases": Section(platform.releases, _release),
        "images": Section(platform.images, _image),
        "sources": Section(platform.sources, _as_it_is),
        "variables": Section(platform.variables, _variable),
        "alerts": Section(platform.alerts, lambda alert: _alert(alert, at)),
        "providers": Section(platform.providers, _as_it_is),
        "runbooks": Section(platform.runbooks, _runbook),
        "secrets": Section(platform.secrets, _secret),
        "namespaces": Section(namespaces(platform, ChartIndex(platform).objects), _namespace),
        "findings": Section(platform.findings, _finding),
        "orphans": Section(platform.orphans, _orphan),
        "image_automation": Section(
            (
                *platform.image_policies,
                *platform.image_automations,
                *platform.image_repositories,
                *platform.image_markers,
            ),
            _as_it_is,
        ),
        "exposure": Section(
            (
                *platform.gateways,
                *platform.routes,
                *platform.exposed_services,
                *platform.certificates,
                *platform.issuers,
                *platform.certificate_uses,
            ),
            _as_it_is,
        ),
        "workloads": Section(
            (*platform.workloads, *platform.autoscalers, *platform.disruption_budgets), _as_it_is
        ),
        "storage": Section(
            (*platform.storage_classes, *platform.volume_claims, *platform.backups), _as_it_is
        ),
        "access": Section(
            (*platform.roles, *platform.role_bindings, *platform.service_accounts), _as_it_is
        ),
        "network_policies": Section(platform.network_policies, _as_it_is),
        "directories": Section(platform.directories, _as_it_is),
        "owners": Section(platform.owners, _as_it_is),
        "stated_owners": Section(platform.stated_owners, _as_it_is),
        "held": Section(platform.held, _as_it_is),
        "environments": Section(platform.environments, _as_it_is),
        "others": Section(platform.others, _other),
        "commits": Section(platform.commits, _commit),
    }


def _as_it_is(item: Struct) -> Struct:
    return item


def _other(item: model.LayerObject) -> contract.Other:
    common = set(model.LayerObject.__struct_fields__)
    return contract.Other(
        kind=item.kind,
        cluster=item.cluster,
        layer=item.layer,
        namespace=item.namespace,
        name=item.name,
        file=item.file,
        line=item.line,
        origin=item.origin,
        facts={
            name: to_builtins(getattr(item, name))
            for name in item.__struct_fields__
            if name not in common
        },
    )


def _cluster(cluster: model.Cluster) -> contract.Cluster:
    entry = cluster.entry
    return contract.Cluster(
        id=cluster.id,
        directory=cluster.directory,
        entry=contract.Entry(
            kind=entry.kind, file=entry.file, line=entry.line, secret=entry.secret
        ),
        context=cluster.context,
        flux_version=cluster.flux_version,
        flux=cluster.flux,
    )


def _layer(layer: model.Layer) -> contract.Layer:
    source = layer.source
    return contract.Layer(
        id=layer.id,
        cluster=layer.cluster,
        namespace=layer.namespace,
        name=layer.name,
        api_version=layer.api_version,
        file=layer.file,
        line=layer.line,
        synthetic=layer.synthetic,
        description=layer.description,
        remarks=layer.remarks,
        parent=layer.parent,
        path=layer.path,
        directory=layer.directory,
        source=contract.Reference(kind=source.kind, namespace=source.namespace, name=source.name),
        status=layer.status,
        reason=layer.reason,
        suspended=layer.suspended,
        wave=layer.wave,
        interval=layer.interval,
        retry_interval=layer.retry_interval,
        timeout=layer.timeout,
        prune=layer.prune,
        force=layer.force,
        deletion_policy=layer.deletion_policy,
        target_namespace=layer.target_namespace,
        service_account=layer.service_account,
        decryption=layer.decryption,
        remote_cluster=layer.remote_cluster,
        depends_on=tuple(map(_dependency, layer.depends_on)),
        health=_health(layer.health),
        substitute_from=layer.substitute_from,
        changed_by=layer.changed_by,
        files=layer.files,
        resources=tuple(_resource(item) for item in layer.resources if item.made_by is None),
        made_resources=tuple(
            _resource(item) for item in layer.resources if item.made_by is not None
        ),
        variables=layer.variables,
        configmap_variables=tuple(
            contract.VariablePlace(name=name, file=place.file, line=place.line)
            for name, place in layer.given
        ),
    )


def _dependency(edge: model.Dependency) -> contract.Dependency:
    return contract.Dependency(
        namespace=edge.namespace,
        name=edge.name,
        layer=edge.layer,
        reason=edge.reason,
        via=edge.via,
        ready_expr=edge.ready_expr,
        file=edge.file,
        line=edge.line,
    )


def _health(health: model.Health) -> contract.Health:
    return contract.Health(
        wait=health.wait,
        checks=tuple(
            contract.HealthCheck(
                api_version=check.api_version,
                kind=check.kind,
                namespace=check.namespace,
                name=check.name,
                file=check.file,
                line=check.line,
            )
            for check in health.checks
        ),
        expressions=tuple(
            contract.HealthExpression(
                api_version=expression.api_version,
                kind=expression.kind,
                current=expression.current,
                in_progress=expression.in_progress,
                failed=expression.failed,
                file=expression.file,
                line=expression.line,
            )
            for expression in health.expressions
        ),
    )


def _resource(resource: model.Resource) -> contract.Resource:
    return contract.Resource(
        api_version=resource.api_version,
        kind=resource.kind,
        namespace=resource.namespace,
        name=resource.name,
        file=resource.file,
        line=resource.line,
        generated=True if resource.generated else UNSET,
        cluster_scoped=True if resource.cluster_scoped else UNSET,
        partial=resource.partial or UNSET,
        made_by=resource.made_by or UNSET,
        policies=dict(resource.policies) if resource.policies else UNSET,
        defines=tuple(
            contract.Definition(group=group, kind=kind, versions=versions)
            for group, kind, versions in resource.defines
        )
        or UNSET,
        changed_by=resource.changed_by,
        origin=resource.origin or UNSET,
        hooks=resource.hooks or UNSET,
    )


def _release(release: model.Release) -> contract.Release:
    source = release.source
    return contract.Release(
        layer=release.layer,
        cluster=release.cluster,
        namespace=release.namespace,
        name=release.name,
        chart=release.chart,
        version=release.version,
        source=contract.SourceReference(
            kind=source.kind, namespace=source.namespace, name=source.name, url=source.url
        ),
        suspended=release.suspended,
        file=release.file,
        line=release.line,
        digest=release.digest,
        description=release.description,
        partial=release.partial,
        interval=release.interval,
        timeout=release.timeout,
        target_namespace=release.target_namespace,
        storage_namespace=release.storage_namespace,
        release_name=release.release_name,
        service_account=release.service_account,
        depends_on=tuple(
            contract.ObjectName(namespace=namespace, name=name)
            for namespace, name in release.depends_on
        ),
        version_set_at=release.version_set_at,
        version_was=release.version_was,
        version_was_at=release.version_was_at,
        version_reason=release.version_reason,
        ignored_version=release.ignored_version[0] if release.ignored_version else None,
        values=release.values,
        values_from=release.values_references,
        chart_fault=release.chart_fault[0] if release.chart_fault else None,
        chart_absent=release.chart_absent,
        chart_origin=release.chart_origin,
        chart_dependencies=release.chart_dependencies,
        chart_details=release.chart_details,
        rendering=_rendering(release.rendering),
        objects=tuple(map(_resource, release.rendering.objects)) if release.is_rendered else UNSET,
    )


def _rendering(rendering: model.Rendering) -> contract.Rendering:
    return contract.Rendering(
        engine=rendering.engine or None,
        kubernetes_version=rendering.kubernetes_version or None,
        absent=rendering.absent,
        help=rendering.help or None,
        remedy=rendering.remedy or None,
        unsure=rendering.unsure,
    )


def _release_name(release: tuple[str, str, str]) -> contract.ReleaseName:
    layer, namespace, name = release
    return contract.ReleaseName(layer=layer, namespace=namespace, name=name)


def _release_names(releases: Iterable[tuple[str, str, str]]) -> tuple[contract.ReleaseName, ...]:
    return tuple(map(_release_name, releases))


def _image(image: model.Image) -> contract.Image:
    return contract.Image(
        layer=image.layer,
        image=image.image,
        file=image.file,
        line=image.line,
        owner=image.owner,
        origin=image.origin or UNSET,
    )


def _variable(variable: model.Variable) -> contract.Variable:
    return contract.Variable(
        cluster=variable.cluster,
        layer=variable.layer,
        name=variable.name,
        status=variable.status,
        value=variable.value,
        defined_at=_text(variable.defined_at),
        provider=variable.provider,
        overridden=tuple(
            contract.LostValue(
                status=lost.status, value=lost.value, defined_at=_text(lost.defined_at)
            )
            for lost in variable.overridden
        ),
        used_at=variable.used_at,
    )


def _text(place: model.Location | None) -> str | None:
    return str(place) if place else None


def _alert(alert: model.Alert, at: Addresses) -> contract.Alert:
    link = alert.runbook
    return contract.Alert(
        kind=alert.kind,
        cluster=alert.cluster,
        namespace=alert.namespace,
        group=alert.group,
        name=alert.name,
        severity=alert.severity,
        layer=alert.layer,
        file=alert.file,
        line=alert.line,
        page=address(at.of_alert(alert)),
        runbook=contract.RunbookLink(
            status=link.status,
            target=link.target,
            via=link.via,
            reason=link.reason,
            shared=link.shared,
        ),
        subject=_subject(alert.subject) if alert.kind == "rule" else None,
        object_group=alert.holder[0],
        object_kind=alert.holder[1],
        object_name=alert.object_name,
        owner=alert.owner,
        owner_by=alert.owner_by,
        expression=alert.expression,
        duration=alert.duration,
        labels=dict(alert.labels),
        summary=alert.summary,
        description=alert.description,
        runbook_url=alert.runbook_url,
        suspended=alert.suspended,
        provider=alert.provider,
        event_sources=alert.event_sources,
        origin=alert.origin or UNSET,
    )


def _subject(subject: model.Subject) -> contract.Subject:
    return contract.Subject(
        state=subject.state,
        reason=subject.reason,
        namespace=subject.namespace,
        kind=subject.kind,
        name=subject.name,
        layer=subject.layer,
        release=_release_name(subject.release) if subject.release else None,
        labels=subject.labels,
    )


def _runbook(runbook: model.Runbook) -> contract.Runbook:
    return contract.Runbook(
        file=runbook.file,
        title=runbook.title,
        alerts=runbook.alerts,
        applies_to=runbook.applies_to,
        owner=runbook.owner,
        states_owner=runbook.states_owner,
        last_reviewed=runbook.last_reviewed,
        kind=runbook.kind,
        source=runbook.source,
        severity=runbook.severity,
        review_every=runbook.review_every,
        review_due=runbook.review_due,
        commits_since=runbook.commits_since,
        escalation=runbook.escalation,
        aliases=runbook.aliases,
        replaced_by=runbook.replaced_by,
        layers=runbook.layers,
        releases=_release_names(runbook.releases),
        general_layers=runbook.general_layers,
        general_releases=_release_names(runbook.general_releases),
        linked=runbook.linked,
        sections=runbook.sections,
    )


def _secret(secret: model.Secret) -> contract.Secret:
    return contract.Secret(
        cluster=secret.cluster,
        layer=secret.layer,
        kind=secret.kind,
        namespace=secret.namespace,
        name=secret.name,
        file=secret.file,
        line=secret.line,
        protection=secret.protection,
        provider=secret.provider,
        keys=secret.keys,
        readable=tuple(
            contract.KeyPlace(key=key, file=place.file, line=place.line)
            for key, place in secret.clear
        ),
        harmless=secret.harmless,
        origin=secret.origin or UNSET,
    )


def _namespace(namespace: Namespace) -> contract.Namespace:
    return contract.Namespace(
        cluster=namespace.cluster,
        name=namespace.name,
        created_by=tuple(
            contract.Place(layer=layer, file=resource.file, line=resource.line)
            for layer, resource in namespace.makers
        ),
        built_in=namespace.name in BUILT_IN,
        objects=namespace.objects,
        releases=namespace.releases,
        layers=namespace.layers,
    )


def _finding(finding: model.Finding) -> contract.Finding:
    return contract.Finding(
        code=finding.code,
        severity=finding.severity,
        message=finding.message,
        file=finding.file,
        line=finding.line,
        layer=finding.layer,
        docs=model.docs_url(finding.code),
        cause=finding.cause or finding.message,
        layers=finding.layers,
        clusters=finding.clusters,
        about=finding.about,
        merged=finding.merged,
    )


def _orphan(orphan: model.Orphan) -> contract.Orphan:
    return contract.Orphan(file=orphan.file, kind=orphan.kind, name=orphan.name, line=orphan.line)


def _commit(commit: model.Commit) -> contract.Commit:
    return contract.Commit(
        revision=commit.revision,
        date=commit.date,
        author=commit.author,
        subject=commit.subject,
        merge=commit.merge,
        first=commit.first,
        files=commit.files,
        gone=commit.gone,
        added=commit.added,
        removed=commit.removed,
        objects=tuple(
            contract.CommittedObject(file=file, kind=kind, name=name)
            for file, kind, name in commit.objects
        ),
        values=commit.values,
        held=commit.held,
    )
