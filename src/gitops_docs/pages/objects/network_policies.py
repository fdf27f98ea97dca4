"""Write the page about network policies: what may talk to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from markupsafe import Markup

from gitops_docs.index.isolation import (
    ALLOWED,
    DENIED,
    SOME,
    UNKNOWN,
    Isolation,
    is_limited,
)
from gitops_docs.model import NetworkPolicy
from gitops_docs.pages.html import across, parts
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count


def network_policies_pages(writer: Writer) -> list[Page]:
    """Write the page, and one per cluster where the lists would be too long for one page."""
    return across.split_pages(
        writer,
        network_policies_page,
        cluster_page,
        is_split=_is_split(writer),
        parts=(_spaces, namespace_page),
    )


def _uri(writer: Writer, cluster: str) -> str:
    if cluster:
        return writer.at.section_of_cluster(cluster, "network-policies")
    return writer.at.page("network-policies")


def _crumbs(writer: Writer, cluster: str) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = [(writer.at.page("network-policies"), "Network policies")]
    return [*found, (_uri(writer, cluster), cluster)] if cluster else found


def _spaces(writer: Writer, cluster: str) -> dict[str, list[str]]:
    """Return the namespaces whose policies have a page of their own."""
    names = across.by_name(_of_cluster(writer, cluster))
    return across.by_namespace((space, name) for (_, space, name), _ in names)


def _of_cluster(writer: Writer, cluster: str) -> list[NetworkPolicy]:
    policies = writer.facts.platform.network_policies
    return [one for one in policies if cluster in ("", one.cluster)]


@reused
def namespace_page(writer: Writer, cluster: str, namespace: str, spaces: tuple[str, ...]) -> Page:
    """Write the page of the policies of one namespace."""
    page = writer.draft(parts.part_of(_uri(writer, cluster), namespace, spaces))
    policies = [one for one in _of_cluster(writer, cluster) if one.namespace == namespace]
    found = [
        one
        for one in writer.facts.isolation
        if one.namespace == namespace and cluster in ("", one.cluster)
    ]
    title = f"Network policies of {namespace or 'all namespaces'}"
    sections: list[tuple[str | None, str | None, Table]] = [
        ("Policies", None, _policies(writer, page, policies))
    ]
    return _finish(writer, page, found, title, sections, _crumbs(writer, cluster))


def _is_split(writer: Writer) -> bool:
    rows = {one.namespace for one in writer.facts.isolation}
    policies = {(one.namespace, one.name) for one in writer.facts.platform.network_policies}
    return writer.many_clusters and len(rows) + len(policies) > across.ROWS


@reused
def network_policies_page(writer: Writer) -> Page:
    """Write the page of all clusters."""
    page = writer.draft(writer.at.page("network-policies"))
    found = writer.facts.isolation
    if not _is_split(writer):
        return _finish(writer, page, found, "Network policies", _lists(writer, page, found))
    rows: list[list[Cell]] = []
    for cluster in writer.facts.platform.clusters:
        own = [one for one in found if one.cluster == cluster.id]
        link = page.link(writer.at.section_of_cluster(cluster.id, "network-policies"), cluster.id)
        numbers = (sum(one.ingress == word for one in own) for word in (DENIED, ALLOWED, UNKNOWN))
        rows.append([link, str(len(own)), *map(str, numbers)])
    columns = ("Cluster", "Namespaces", "Ingress denied", "Ingress allowed", "Not known")
    table = Table("clusters", "Namespaces by cluster", columns, rows)
    return _finish(writer, page, found, "Network policies", [(None, None, table)])


@reused
def cluster_page(writer: Writer, cluster: str) -> Page:
    """Write the page of one cluster."""
    page = writer.draft(writer.at.section_of_cluster(cluster, "network-policies"))
    found = [one for one in writer.facts.isolation if one.cluster == cluster]
    crumbs = [
        (writer.at.page("network-policies"), "Network policies"),
        (writer.at.cluster(cluster), cluster),
    ]
    sections = _lists(writer, page, found, cluster)
    return _finish(writer, page, found, f"Network policies ({cluster})", sections, crumbs)


def _finish(
    writer: Writer,
    page: Draft,
    found: Sequence[Isolation],
    title: str,
    sections: list[tuple[str | None, str | None, Table]],
    crumbs: Sequence[tuple[str | None, str]] = (),
) -> Page:
    wide = {
        one.name
        for item in found
        for one in item.policies
        if one.everywhere and not is_limited(one)
    }
    lead = (
        f"{', '.join(f'`{name}`' for name in sorted(wide)[:4])} hold for all namespaces. "
        if wide
        else ""
    )
    each = {
        word: sum(one.ingress == word for one in found) for word in (DENIED, SOME, ALLOWED, UNKNOWN)
    }
    names, clusters = {one.namespace for one in found}, {one.cluster for one in found}
    if len(clusters) > 1:
        lead += (
            f"{count(len(names), 'namespace name')}, {count(len(found), 'namespace')} on "
            f"{len(clusters)} clusters. "
        )
    lead += (
        f"{count(len(found), 'namespace')}: ingress is denied by default in {each[DENIED]}, for "
        f"some pods in {each[SOME]}, "
    )
    lead += f"allowed in {each[ALLOWED]}, "
    lead += (
        f"not known in {each[UNKNOWN]} (a chart or a layer that is not rendered may bring a "
        f"policy)."
    )
    return writer.finish(
        page,
        "tables.html",
        title,
        boost=2,
        wide=True,
        description=f"What may talk to what in {count(len(found), 'namespace')}",
        lead=lead,
        words=("NetworkPolicy", "firewall", "ingress", "egress", "deny"),
        sections=sections,
        crumbs=crumbs,
    )


def _lists(
    writer: Writer, page: Draft, found: Sequence[Isolation], cluster: str = ""
) -> list[tuple[str | None, str | None, Table]]:
    platform = writer.facts.platform
    policies = [one for one in platform.network_policies if cluster in ("", one.cluster)]
    sections: list[tuple[str | None, str | None, Table]] = []
    attention = _attention(writer, page, found, policies)
    if attention.rows:
        sections.append(("Needs attention", None, attention))
    names: dict[str, list[Isolation]] = defaultdict(list)
    for one in found:
        names[one.namespace].append(one)
    columns = ("Namespace", "Ingress", "Egress", "Policies", "From", "Pods not selected")
    sections.append(
        (
            "Namespaces",
            across.not_rendered(writer) or None,
            Table(
                "namespaces",
                "Namespaces with their default for connections that no rule allows",
                (*columns, "Clusters") if writer.many_clusters else columns,
                [_row(writer, page, group) for group in names.values()],
                "No namespace with a workload, release or policy.",
            ),
        )
    )
    spaces = _spaces(writer, cluster)
    sections.append(
        (
            "Policies",
            None,
            parts.index_table(page, "policies", "Policies by namespace", "Namespace", spaces)
            if spaces
            else _policies(writer, page, policies),
        )
    )
    return sections


def _policies(writer: Writer, page: Draft, policies: Sequence[NetworkPolicy]) -> Table:
    peers = ("Policy", "Pods", "From", "To", "Layer")
    names_of = across.by_name(policies)
    return Table(
        "policies",
        "Network policies with the peers that they allow",
        (*peers, "Clusters") if writer.many_clusters else peers,
        [_policy(writer, page, items) for _, items in names_of],
        "No NetworkPolicy, and none of Cilium, Calico or Istio, in the manifests.",
        groups=grouped([key[1] or "all namespaces" for key, _ in names_of]),
    )


def _attention(
    writer: Writer, page: Draft, found: Sequence[Isolation], policies: Sequence[NetworkPolicy]
) -> Table:
    bare: dict[str, list[str]] = defaultdict(list)
    for one in found:
        if one.exposed and one.ingress == ALLOWED and not one.policies:
            bare[one.namespace].append(one.cluster)
    rows: list[list[Cell]] = [
        [
            page.code(name),
            "Has hostnames, but no policy that limits ingress",
            _linked(writer, page, where),
        ]
        for name, where in bare.items()
    ]
    names = {(one.cluster, one.kind, one.namespace, one.name) for one in policies}
    nothing = [
        one
        for one in writer.facts.idle_policies
        if (one.cluster, one.kind, one.namespace, one.name) in names
    ]
    for (kind, namespace, name), items in across.by_name(nothing):
        why = f"The {kind} selects no pod of the manifests"
        rows.append([page.code(f"{namespace}/{name}"), why, across.clusters(writer, page, items)])
    shown = rows[: across.ATTENTION]
    caption = "Namespaces and policies that need attention"
    if len(shown) < len(rows):
        caption += f", the first {len(shown)} of {len(rows)}"
    return Table("attention", caption, ("Namespace or policy", "Why", "Clusters"), shown)


def _linked(writer: Writer, page: Draft, clusters: Sequence[str]) -> Markup:
    return folded([writer.cluster(page, name) for name in dict.fromkeys(clusters)], across.SHOWN)


def _varying(group: Sequence[Isolation], shown: Callable[[Isolation], Markup | str]) -> Markup:
    return across.varying((one.cluster, shown(one)) for one in group)


def _row(writer: Writer, page: Draft, group: list[Isolation]) -> list[Cell]:
    first = group[0]
    name = first.namespace or "no namespace"
    row: list[Cell] = [
        page.named(
            name, "network policies", f"Network policies of namespace {name}", f"network-{name}"
        ),
        _varying(group, lambda one: one.ingress),
        _varying(group, lambda one: one.egress),
        _varying(group, lambda one: str(len(one.policies))),
        _varying(
            group, lambda one: _peers([peer for policy in one.policies for peer in policy.sources])
        ),
        _varying(group, _open),
    ]
    return (
        [*row, _linked(writer, page, [one.cluster for one in group])]
        if writer.many_clusters
        else row
    )


def _open(one: Isolation) -> str:
    if not one.pods:
        return "–"
    names = ", ".join(item.name for item in one.open[: across.SHOWN])
    more = f" +{len(one.open) - across.SHOWN}" if len(one.open) > across.SHOWN else ""
    return f"{len(one.open)} of {one.pods}{': ' if names else ''}{names}{more}"


def _peers(peers: Sequence[str]) -> Markup:
    return folded(
        [prose(peer) for peer in dict.fromkeys(peers)][: across.PLACES], across.SHOWN
    ) or Markup("–")


def _policy(writer: Writer, page: Draft, items: list[NetworkPolicy]) -> list[Cell]:
    first = items[0]
    row: list[Cell] = [
        across.title(
            page,
            first,
            f"{first.kind} {first.namespace}/{first.name}",
        ),
        across.same(items, lambda one: (one.selector, one.selected), lambda one: _pods(page, one)),
        across.same(
            items,
            lambda one: (one.ingress, one.sources),
            lambda one: _side(one.sources, limits=one.ingress),
        ),
        across.same(
            items,
            lambda one: (one.egress, one.targets),
            lambda one: _side(one.targets, limits=one.egress),
        ),
        across.layers(writer, page, items),
    ]
    return [*row, across.clusters(writer, page, items)] if writer.many_clusters else row


def _side(peers: Sequence[str], *, limits: bool) -> Markup:
    if not limits:
        return Markup("not limited")
    return _peers(peers) if peers else Markup("no peer")


def _pods(page: Draft, policy: NetworkPolicy) -> Markup:
    selector = policy.selector
    if selector is None:
        return page.code(policy.selected)
    if not selector.labels and not selector.expressions:
        return Markup("all")
    parts = [f"{key}={value}" for key, value in selector.labels]
    parts += [" ".join([key, way, *values]) for key, way, values in selector.expressions]
    return folded([page.code(part) for part in parts], across.SHOWN)
