"""Write the page about exposure: what is reachable, at which hostname, through what, with which
TLS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from markupsafe import Markup

from gitops_docs.index.endpoints import ANY, Endpoint, Exposure, Problem, Tls
from gitops_docs.model import Backend, ExposedService, Gateway, LayerObject, Reach
from gitops_docs.pages.html import across, parts
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, mark
from gitops_docs.text.english import count

_REACH = {Reach.INTERNET: "Internet", Reach.INTERNAL: "Internal", Reach.UNKNOWN: "Not known"}


def exposure_pages(writer: Writer) -> list[Page]:
    """Write the page, and one per cluster where the list would be too long for one page."""
    return across.split_pages(
        writer,
        exposure_page,
        cluster_page,
        is_split=_is_split(writer),
        parts=(_spaces, namespace_page),
    )


def _uri(writer: Writer, cluster: str) -> str:
    if cluster:
        return writer.at.section_of_cluster(cluster, "exposure")
    return writer.at.page("exposure")


def _crumbs(writer: Writer, cluster: str) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = [(writer.at.page("exposure"), "Exposure")]
    return [*found, (_uri(writer, cluster), cluster)] if cluster else found


def _spaces(writer: Writer, cluster: str) -> dict[str, list[str]]:
    """Return the namespaces that have a page of their own."""
    groups = _grouped(_shown(writer, cluster))
    return across.by_namespace((group[0].route.namespace, group[0].host) for group in groups)


def _shown(writer: Writer, cluster: str) -> list[Endpoint]:
    return [
        one
        for one in writer.facts.exposure.endpoints
        if not one.redirects and cluster in ("", one.cluster)
    ]


@reused
def namespace_page(writer: Writer, cluster: str, namespace: str, spaces: tuple[str, ...]) -> Page:
    """Write the page of the hostnames of one namespace."""
    page = writer.draft(parts.part_of(_uri(writer, cluster), namespace, spaces))
    own = [one for one in _shown(writer, cluster) if one.route.namespace == namespace]
    found, title = Exposure(own, [], [], []), f"Exposure of {namespace}"
    hostnames = _hostnames(writer, page, _grouped(own), with_clusters=False)
    sections: list[tuple[str | None, str | None, Table]] = [("Hostnames", None, hostnames)]
    return _finish(writer, page, found, title, sections, _crumbs(writer, cluster))


def _is_split(writer: Writer) -> bool:
    shown = [one for one in writer.facts.exposure.endpoints if not one.redirects]
    return writer.many_clusters and len(_grouped(shown)) > across.ROWS


@reused
def exposure_page(writer: Writer) -> Page:
    """Write the page of all clusters: what needs attention, hostnames, Gateways, Services with a
    port outside."""
    page = writer.draft(writer.at.page("exposure"))
    found = writer.facts.exposure
    if _is_split(writer):
        return _finish(writer, page, found, "Exposure", _split(writer, page, found))
    return _finish(
        writer, page, found, "Exposure", _lists(writer, page, found, writer.many_clusters)
    )


@reused
def cluster_page(writer: Writer, cluster: str) -> Page:
    """Write the page of one cluster."""
    page = writer.draft(writer.at.section_of_cluster(cluster, "exposure"))
    found = _of_cluster(writer.facts.exposure, cluster)
    crumbs = [(writer.at.page("exposure"), "Exposure"), (writer.at.cluster(cluster), cluster)]
    return _finish(
        writer,
        page,
        found,
        f"Exposure ({cluster})",
        _lists(writer, page, found, with_clusters=False, cluster=cluster),
        crumbs,
    )


def _of_cluster(found: Exposure, cluster: str) -> Exposure:
    return Exposure(
        [one for one in found.endpoints if one.cluster == cluster],
        [one for one in found.problems if one.cluster == cluster],
        [one for one in found.services if one.cluster == cluster],
        [one for one in found.gateways if one.cluster == cluster],
    )


def _hosts(found: Exposure) -> tuple[set[str], set[str], set[str], set[str]]:
    """Return the hostnames: all, those without TLS, those of the Internet, internal ones."""
    shown = [one for one in found.endpoints if not one.redirects and one.host != ANY]
    return (
        {one.host for one in shown},
        {one.host for one in shown if one.tls.state == "none"},
        {one.host for one in shown if one.reach is Reach.INTERNET},
        {one.host for one in shown if one.reach is Reach.INTERNAL},
    )


def _finish(
    writer: Writer,
    page: Draft,
    found: Exposure,
    title: str,
    sections: list[tuple[str | None, str | None, Table]],
    crumbs: Sequence[tuple[str | None, str]] = (),
) -> Page:
    hosts, bare, internet, internal = _hosts(found)
    twice = {one.what for one in found.problems if one.word == "claimed twice"}
    classes = {one.through for one in found.endpoints if one.route.kind == "Ingress"}
    ways = [count(len(across.by_name(found.gateways)), "Gateway")]
    ways += [count(len(classes), "Ingress class")] if classes else []
    lead = f"{count(len(hosts), 'hostname')} through {' and '.join(ways)}; "
    lead += (
        f"{count(len(across.by_name(found.services)), 'Service')} of type LoadBalancer or "
        f"NodePort. "
    )
    lead += (
        f"{len(bare)} of {count(len(hosts), 'hostname')} {'has' if len(bare) == 1 else 'have'} no "
        f"TLS, "
    )
    lead += f"{len(twice)} {'is' if len(twice) == 1 else 'are'} claimed twice. "
    lead += (
        f"Internet {len(internet)}, internal {len(internal - internet)}, not known "
        f"{len(hosts - internet - internal)}."
    )
    return writer.finish(
        page,
        "tables.html",
        title,
        boost=3,
        wide=True,
        description=f"{count(len(hosts), 'hostname')}, through what each is reached and with which TLS",
        lead=lead,
        words=("hostname", "domain", "ingress", "gateway", "TLS", "internet"),
        sections=sections,
        crumbs=crumbs,
    )


def _split(
    writer: Writer, page: Draft, found: Exposure
) -> list[tuple[str | None, str | None, Table]]:
    """Return the tables of the page where the lists stand on pages of clusters."""
    rows: list[list[Cell]] = []
    for cluster in writer.facts.platform.clusters:
        own = _of_cluster(found, cluster.id)
        hosts, bare, internet, internal = _hosts(own)
        link = page.link(writer.at.section_of_cluster(cluster.id, "exposure"), cluster.id)
        numbers = (
            hosts,
            bare,
            internet,
            internal - internet,
            own.problems,
            across.by_name(own.services),
        )
        rows.append([link, *(str(len(one)) for one in numbers)])
    columns = (
        "Cluster",
        "Hostnames",
        "No TLS",
        "Internet",
        "Internal",
        "Need attention",
        "Services",
    )
    table = Table("clusters", "Hostnames by cluster", columns, rows)
    attention = (
        [("Needs attention", None, _attention(writer, page, found))] if found.problems else []
    )
    return [*attention, ("Clusters", across.not_rendered(writer) or None, table)]


def _lists(
    writer: Writer, page: Draft, found: Exposure, with_clusters: bool, cluster: str = ""
) -> list[tuple[str | None, str | None, Table]]:
    """Return the tables with every hostname, Gateway and Service."""
    rows = _grouped([one for one in found.endpoints if not one.redirects])
    spaces = _spaces(writer, cluster)
    gateways, services = across.by_name(found.gateways), across.by_name(found.services)
    clusters = ("Clusters",) if with_clusters else ()
    wide = 5 + len(clusters)
    sections: list[tuple[str | None, str | None, Table]] = []
    if found.problems:
        sections.append(("Needs attention", None, _attention(writer, page, found)))
    sections.append(
        (
            "Hostnames",
            across.not_rendered(writer) or None,
            parts.index_table(page, "hostnames", "Hostnames by namespace", "Namespace", spaces)
            if spaces
            else _hostnames(writer, page, rows, with_clusters),
        )
    )
    sections.append(
        (
            "Gateways",
            None,
            Table(
                "gateways",
                "Gateways",
                ("Gateway", "Class", "Listeners", "Reachable from", "Layer", *clusters),
                [_gateway(writer, page, items)[:wide] for _, items in gateways],
                "No Gateway in the manifests.",
            ),
        )
    )
    sections.append(
        (
            "Services of type LoadBalancer and NodePort",
            None,
            Table(
                "services",
                "Services of type LoadBalancer and NodePort",
                ("Service", "Type and ports", "Hostnames", "Reachable from", "Layer", *clusters),
                [_service(writer, page, items)[:wide] for _, items in services],
                "No Service of type LoadBalancer or NodePort in the manifests.",
            ),
        )
    )
    return sections


def _hostnames(
    writer: Writer, page: Draft, rows: Sequence[list[Endpoint]], with_clusters: bool
) -> Table:
    return Table(
        "hostnames",
        "Hostnames and paths",
        (
            "Hostname and path",
            "Goes to",
            "Route",
            "TLS",
            "Reachable from",
            *(("Clusters",) if with_clusters else ()),
        ),
        [_row(writer, page, group, len(rows), with_clusters) for group in rows],
        "No Ingress, Gateway route, IngressRoute or VirtualService in the manifests.",
    )


def _grouped(endpoints: Sequence[Endpoint]) -> list[list[Endpoint]]:
    """Return endpoints of one hostname, path and route on all clusters, in the order of the
    hostnames."""
    found: dict[tuple[str, ...], list[Endpoint]] = defaultdict(list)
    for one in endpoints:
        found[
            one.host, one.path, one.route.kind, one.route.namespace, one.route.name, one.through
        ].append(one)
    return list(found.values())


def _attention(writer: Writer, page: Draft, found: Exposure) -> Table:
    """Return one row per problem, with its clusters."""
    grouped: dict[tuple[str, str, str], list[Problem]] = defaultdict(list)
    for problem in found.problems:
        grouped[problem.word, problem.what, problem.text].append(problem)
    rows: list[list[Cell]] = [
        [
            page.code(what),
            prose(text),
            across.places(page, [one.route for one in problems]),
            *(
                [across.clusters(writer, page, [one.route for one in problems])]
                if writer.many_clusters
                else []
            ),
        ]
        for (_, what, text), problems in list(grouped.items())[: across.ATTENTION]
    ]
    columns = (
        "Hostname or route",
        "Why",
        "Defined at",
        *(("Clusters",) if writer.many_clusters else ()),
    )
    caption = "Hostnames and routes that need attention"
    if len(grouped) > len(rows):
        caption += f", the first {len(rows)} of {len(grouped)}"
    return Table("attention", caption, columns, rows)


def _same(
    items: list[Endpoint],
    value: Callable[[Endpoint], Hashable],
    shown: Callable[[Endpoint], Markup | str],
) -> Markup:
    found: dict[Hashable, list[Endpoint]] = defaultdict(list)
    for item in items:
        found[value(item)].append(item)
    if len(found) == 1:
        return Markup.escape(shown(items[0]))
    return folded(
        [
            filled(
                "{} <small>{}</small>",
                shown(group[0]),
                across.names([one.cluster for one in group]),
            )
            for group in found.values()
        ],
        across.SHOWN,
    )


def _row(
    writer: Writer, page: Draft, items: list[Endpoint], number: int, with_clusters: bool
) -> list[Cell]:
    first = items[0]
    words = (
        f"Hostname {first.host}, {first.route.kind} {first.route.namespace}/{first.route.name}, "
        f"{first.through}"
    )
    name = page.named(
        first.host if first.host != "*" else "any hostname",
        "hostname",
        words,
        f"hostname-{first.host}-{first.path}-{first.route.name}",
    )
    route = filled(
        "{} <small>{}</small>", first.route.name, f"{first.route.kind} in {first.route.namespace}"
    )
    place = (
        across.places(page, [one.route for one in items]) if number <= across.PLACES else Markup("")
    )
    through = filled("<small>{}</small>", first.through)
    if first.path:
        name = filled("{} <small>{}</small>", name, first.path)
    if any(one.tls.state == "none" for one in items):
        # On a phone the column about TLS is out of sight.
        name = filled("{} {}", name, mark("no TLS"))
    row: list[Cell] = [
        name,
        _same(items, lambda one: one.backends, lambda one: _backends(writer, page, one)),
        lines([route, through, *([place] if place else [])]),
        _same(items, lambda one: one.tls, lambda one: tls(page, one.tls)),
        _same(
            items,
            lambda one: (one.reach, _evidence(one)),
            lambda one: reach(one.reach, _evidence(one)),
        ),
    ]
    routes: list[LayerObject] = [one.route for one in items]
    return [*row, across.clusters(writer, page, routes)] if with_clusters else row


def _evidence(one: Endpoint) -> str:
    """Return the evidence of an Ingress; that of a Gateway stands once, in its own table."""
    return "" if one.through.startswith("Gateway ") else one.evidence


def tls(page: Draft, found: Tls) -> Markup:
    """Show the TLS of an endpoint: who issues the certificate, and the Secret."""
    if found.state == "none":
        return Markup('<strong class="gitops-state gitops-state--failed">none</strong>')
    if found.state != "yes":
        return Markup.escape(f"{found.state}: {found.reason}" if found.reason else found.state)
    cells = [Markup.escape(found.issuer or "issuer not in the manifests")]
    cells += [filled("<small>Secret {}</small>", page.code(name)) for name in found.secrets[:2]]
    return lines(cells)


def reach(found: Reach, evidence: str) -> Markup:
    """Show from where something is reachable, with the evidence."""
    cells: list[Cell] = [_REACH[found]]
    if evidence:
        cells.append(filled("<small>{}</small>", prose(evidence)))
    return lines(cells)


def _backends(writer: Writer, page: Draft, endpoint: Endpoint) -> Markup:
    return folded(
        [_backend(writer, page, endpoint, one) for one in endpoint.backends], 2
    ) or Markup("–")


def _backend(writer: Writer, page: Draft, endpoint: Endpoint, backend: Backend) -> Markup:
    """Show a backend, as a link to the release of its name where there is one, else to the layer of
    the route."""
    port = f":{backend.port}" if backend.port else ""
    name = backend.name if backend.kind == "Service" else f"{backend.kind} {backend.name}"
    release = writer.facts.release(endpoint.cluster, backend.namespace, backend.name)
    if release is not None:
        return filled("{}{}", writer.release(page, release, name), port)
    layer = writer.facts.layers.get(endpoint.route.layer)
    if layer is None:
        return filled("{}{}", page.code(name), port)
    return filled("{}{}", page.link(writer.layer_uri[layer.id], name), port)


def _gateway(writer: Writer, page: Draft, items: list[Gateway]) -> list[Cell]:
    first = items[0]
    row: list[Cell] = [
        across.title(
            page,
            first,
            f"Gateway {first.namespace}/{first.name} of class {first.class_name}",
        ),
        across.same(
            items, lambda one: one.class_name, lambda one: page.code(one.class_name) or "Istio"
        ),
        across.same(
            items,
            lambda one: tuple(
                (item.name, item.protocol, item.port, item.mode) for item in one.listeners
            ),
            lambda one: _listeners(page, one),
        ),
        across.same(
            items, lambda one: (one.reach, one.evidence), lambda one: reach(one.reach, one.evidence)
        ),
        across.layers(writer, page, items),
    ]
    return [*row, across.clusters(writer, page, items)] if writer.many_clusters else row


def _listeners(page: Draft, gateway: Gateway) -> Markup:
    cells = []
    for one in gateway.listeners:
        text = f"{one.protocol} :{one.port if one.port is not None else 'not known'}"
        mode = " passthrough" if one.mode == "Passthrough" else ""
        cells.append(filled("{} {}{}", page.code(one.name), text, mode))
    return folded(cells, across.SHOWN) or Markup("none")


def _service(writer: Writer, page: Draft, items: list[ExposedService]) -> list[Cell]:
    first = items[0]
    row: list[Cell] = [
        across.title(
            page,
            first,
            f"{first.type} {first.namespace}/{first.name}",
        ),
        across.same(
            items,
            lambda one: (one.type, one.ports, one.traffic_policy),
            lambda one: lines(
                [
                    one.type,
                    filled("<small>{}</small>", ", ".join(one.ports[:4])),
                    *(
                        [Markup("<small>externalTrafficPolicy: Local</small>")]
                        if one.traffic_policy == "Local"
                        else []
                    ),
                ]
            ),
        ),
        across.same(
            items,
            lambda one: one.hostnames,
            lambda one: folded([page.code(name) for name in one.hostnames], 2) or "–",
        ),
        across.same(
            items, lambda one: (one.reach, one.evidence), lambda one: reach(one.reach, one.evidence)
        ),
        across.layers(writer, page, items),
    ]
    return [*row, across.clusters(writer, page, items)] if writer.many_clusters else row
