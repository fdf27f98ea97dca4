"""Write the first page: whether something is wrong, and where to go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.diagrams import order as diagrams
from gitops_docs.diagrams.mermaid import Diagram
from gitops_docs.model import Cluster, Layer, LayerStatus, Severity
from gitops_docs.pages.html import across, commits
from gitops_docs.pages.html.areas import area_href, in_order
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.pages.platform import promotion
from gitops_docs.pages.platform.changes import reach_words
from gitops_docs.pages.platform.summaries import estate_table
from gitops_docs.text.english import count, listing
from gitops_docs.text.escape import shorten

_ORDERS = 3
"""The overview has the waves of so many clusters; of more it has a table."""
_NAMED_LAYERS = 60
"""Waves of a cluster with more layers have areas and numbers instead of names."""
_NARROW = 560
"""Pixels: a picture that is not wider stands beside the list of waves,"""
_SHORT = 40
"""unless the list has more layers: in a narrow column it would be many screens long."""
_REASON = 200
"""Characters of a reason; the layer's page has all of it."""
_REASONS = 12
_SHOWN = 12
"""So many layers of a wave are named on the overview."""
_CHANGES = 5


@reused
def overview(writer: Writer) -> Page:
    """Write the page."""
    facts, at = writer.facts, writer.at
    platform = facts.platform
    page = writer.draft(at.index())
    repository = platform.repository
    environments = facts.environments
    clusters = count(len(facts.clusters), "cluster")
    if len(environments.stages) > 1 and len(environments.stages) < len(facts.clusters):
        clusters += f" in {count(len(environments.stages), 'environment')}"
    found = listing(
        [
            clusters,
            count(len(platform.layers), "layer"),
            count(len(platform.releases), "Helm release"),
            count(sum(len(layer.resources) for layer in platform.layers), "object"),
        ]
    )
    has_order = len(platform.clusters) <= _ORDERS
    drawn = None if has_order else _largest(writer)
    picture = diagram_of(writer, page, drawn, only_areas=True) if drawn is not None else None
    return writer.finish(
        page,
        "overview.html",
        "Platform",
        description=f"{found}, read from Git",
        boost=2,
        found=found,
        revision=repository.revision,
        date=repository.date,
        repository=repository,
        numbers=_numbers(writer, page),
        clusters=platform.clusters,
        orders=[order_of(writer, page, cluster) for cluster in platform.clusters]
        if has_order
        else [],
        table=estate_table(writer, page) if writer.many_clusters else None,
        drawn=drawn,
        picture=page.diagram(picture) if picture else None,
        late=_late_link(writer, page),
        find=_find(writer, page),
        changed=[
            (change, reach_words(writer, page, facts.touched(commit)))
            for change, commit in zip(
                commits.shown(platform.commits, repository, _CHANGES),
                platform.commits,
                strict=False,
            )
        ],
        unchanged=commits.none_because(repository),
        reasons=_reasons(writer, page),
        goto=True,
    )


def _numbers(writer: Writer, page: Draft) -> list[tuple[int, str, str, str]]:
    """Return what needs attention: a number, what it counts, where that is, and of how many."""
    facts, at = writer.facts, writer.at
    platform = facts.platform
    levels = [finding.severity for finding in platform.findings]
    rules = {name: own for name, own in facts.rules.items() if own}
    critical = [own for own in rules.values() if any(a.severity == "critical" for a in own)]
    uncovered = [
        own for own in critical if all(a.runbook.status in ("missing", "dead") for a in own)
    ]
    suspended = [layer for layer in platform.layers if layer.suspended]
    incomplete = facts.incomplete()
    failed = [layer for layer in incomplete if layer.status is LayerStatus.FAILED]
    layers = at.page("layers") if writer.many_clusters else _only(writer)
    last = facts.environments.last
    late = promotion.behind(facts.charts, last) if last else [r for r in facts.charts if r.behind]
    numbers = [
        (
            levels.count(Severity.ERROR),
            "error",
            page.to(at.index("findings")),
            f"{count(levels.count(Severity.WARNING), 'warning')}, "
            f"{count(levels.count(Severity.INFO), 'note')}",
        ),
        (
            len(uncovered),
            "critical alert without a runbook",
            page.to(at.index("alerts"), alerts="no runbook"),
            f"of {len(critical)} critical, {len(rules)} in all",
        ),
        (
            len(suspended),
            "suspended layer",
            page.to(layers, show="suspended"),
            f"of {count(len(platform.layers), 'layer')}",
        ),
        (
            len(incomplete),
            "layer not fully rendered",
            page.to(at.index(), "not-fully-rendered") if incomplete else page.to(layers),
            count(len({layer.reason for layer in incomplete}), "reason"),
        ),
        (
            len(failed),
            "layer rejected by Flux",
            page.to(layers, show="failed"),
            "in a build at this commit",
        ),
    ]
    if writer.many_clusters and facts.charts and _has_promotion(writer):
        where = f"in {last.name}" if last else "on some clusters"
        numbers.insert(
            1,
            (len(late), "component behind", page.to(at.page("promotion")), f"{where}, of {len(facts.charts)}"),
        )  # fmt: skip
    return [(number, _plural(what, number), href, of) for number, what, href, of in numbers]


def _plural(words: str, number: int) -> str:
    """`layer rejected by Flux` for one, `layers rejected by Flux` for any other number."""
    noun = next(noun for noun in ("error", "component", "alert", "layer") if noun in words)
    return words if number == 1 else words.replace(noun, f"{noun}s", 1)


def _has_promotion(writer: Writer) -> bool:
    return len(writer.facts.environments.stages) > 1


def _only(writer: Writer) -> str:
    """Return the list of layers of the only cluster."""
    first = next(iter(writer.facts.clusters), None)
    at = writer.at
    return at.section_of_cluster(first, "layers") if first is not None else at.index("clusters")


def _largest(writer: Writer) -> Cluster | None:
    """Return the cluster whose order stands for all: of the last environment the one with most
    layers."""
    facts = writer.facts
    last = facts.environments.last
    among = last.clusters if last else tuple(facts.clusters)
    if not among:
        return None
    return facts.clusters[max(among, key=lambda one: (len(facts.of_cluster.get(one, [])), one))]


def _late_link(writer: Writer, page: Draft) -> Markup | None:
    if not _has_promotion(writer) or not writer.facts.charts:
        return None
    last = writer.facts.environments.last
    text = f"What is behind in {last.name}" if last else "What is behind"
    return page.link(writer.at.page("promotion"), text)


def _find(writer: Writer, page: Draft) -> list[tuple[Markup, str, str]]:
    """Return pages by their question, each with one number."""
    facts, at = writer.facts, writer.at
    platform = facts.platform
    last = [commit.date for commit in platform.commits[:1]]
    entries: list[tuple[str, str, str, int, str]] = [
        (
            "Alerts",
            at.index("alerts"),
            "What does it mean, what to do first",
            len(facts.rules),
            "alert",
        ),
        (
            "Components",
            at.page("components"),
            "Which version runs where, who owns it",
            len(facts.charts),
            "component",
        ),
        *(
            [
                (
                    "Promotion",
                    at.page("promotion"),
                    "Which environment is behind",
                    len(facts.environments.stages),
                    "environment",
                )
            ]
            if _has_promotion(writer)
            else []
        ),
        (
            "Exposure",
            at.page("exposure"),
            "What is reachable, at which hostname",
            len({endpoint.host for endpoint in facts.exposure.endpoints}),
            "hostname",
        ),
        (
            "Workloads",
            at.page("workloads"),
            "What does not survive a drain",
            len(platform.workloads),
            "workload",
        ),
        (
            "Storage",
            at.page("storage"),
            "Which volumes have no backup",
            len(platform.volume_claims),
            "volume",
        ),
        (
            "Access",
            at.page("access"),
            "Who is cluster-admin",
            len(platform.role_bindings),
            "binding",
        ),
        (
            "Images",
            at.page("images"),
            "Where does an image run, where is latest",
            len(facts.image_versions),
            "image",
        ),
        (
            "Variables",
            at.page("variables"),
            "Where a value comes from",
            len({v.name for v in platform.variables}),
            "variable",
        ),
        (
            "Secrets",
            at.page("secrets"),
            "Which must exist before bootstrap",
            len(platform.secrets),
            "Secret",
        ),
        (
            "Namespaces",
            at.page("namespaces"),
            "Which layer creates a namespace",
            len(platform.layers),
            "",
        ),
        (
            "Lookup",
            at.page("lookup"),
            "Which file made this object",
            sum(len(layer.resources) for layer in platform.layers),
            "object",
        ),
        (
            "Changes",
            at.page("changes"),
            f"What changed, last on {last[0]}" if last else "What changed",
            len(platform.commits),
            "commit",
        ),
    ]
    return [
        (page.link(uri, title), question, count(number, noun) if noun else "")
        for title, uri, question, number, noun in entries
        if number
    ]


def _reasons(writer: Writer, page: Draft) -> list[tuple[str, Markup, list[Markup], int]]:
    """Return why layers are not fully rendered: (state, reason, layers, how many more)."""
    found: dict[tuple[str, str], list[Layer]] = defaultdict(list)
    for layer in writer.facts.incomplete():
        found[layer.status.value, layer.reason or "Reason not known."].append(layer)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        (status, prose(shorten(reason, _REASON)), *_named(writer, page, layers))
        for (status, reason), layers in ordered[:_REASONS]
    ]


def _named(writer: Writer, page: Draft, layers: Sequence[Layer]) -> tuple[list[Markup], int]:
    """Return layers by name, each with the number of its clusters, four at most; and how many names
    more."""
    names: dict[tuple[str, str], list[Layer]] = defaultdict(list)
    for layer in layers:
        names[layer.namespace, layer.name].append(layer)
    links = []
    for name, own in list(names.items())[: across.SHOWN]:
        on_all = writer.layer_on_all(*name)
        many = len(own) > 1 and on_all is not None
        link = page.link(on_all if many and on_all else writer.layer_uri[own[0].id], own[0].name)
        if writer.many_clusters:
            link += filled(" on {}", count(len(own), "cluster") if len(own) > 1 else own[0].cluster)
        links.append(link)
    return links, max(0, len(names) - across.SHOWN)


def diagram_of(
    writer: Writer, page: Draft, cluster: Cluster, *, only_areas: bool = False
) -> Diagram | None:
    """Return the order of a cluster."""
    layers = writer.facts.of_cluster.get(cluster.id, [])
    return diagrams.of_cluster(
        cluster.id,
        writer.facts,
        writer.hrefs(page, layers),
        lambda area: area_href(writer, page, cluster.id, area),
        only_areas=only_areas,
    )


def order_of(writer: Writer, page: Draft, cluster: Cluster) -> dict[str, object]:
    """Return what pages say about a cluster's order."""
    facts = writer.facts
    layers = facts.of_cluster.get(cluster.id, [])
    waves, lost = facts.waves(cluster.id)
    uri = writer.at.cluster(cluster.id)
    diagram = diagram_of(writer, page, cluster)
    by_area = len(layers) > _NAMED_LAYERS
    return {
        "cluster": cluster,
        "link": writer.cluster(page, cluster.id),
        "uri": uri,
        "layers": layers,
        "waves": waves,
        "areas": _waves_by_area(writer, page, cluster.id, waves) if by_area else None,
        "most": _SHOWN if page.uri != uri else len(layers),
        "lost": lost,
        "signs": not by_area
        and any(layer.status in (LayerStatus.PARTIAL, LayerStatus.EXTERNAL) for layer in layers),
        "diagram": page.diagram(diagram) if diagram else None,
        "narrow": diagram is not None and diagram.width <= _NARROW and len(layers) <= _SHORT,
    }


def _waves_by_area(
    writer: Writer, page: Draft, cluster: str, waves: list[tuple[int, list[Layer]]]
) -> list[tuple[int, Markup]]:
    """Of each wave its areas with their numbers of layers."""
    rows = []
    for number, layers in waves:
        found: dict[str, list[Layer]] = defaultdict(list)
        for layer in layers:
            found[writer.facts.areas[layer.id]].append(layer)
        cells = [
            filled(
                '<a href="{}">{}</a> {}',
                area_href(writer, page, cluster, area),
                area,
                len(found[area]),
            )
            for area in in_order(found)
        ]
        more = f" +{len(cells) - 8}" if len(cells) > 8 else ""
        rows.append((number, joined(", ", cells[:8]) + more))
    return rows
