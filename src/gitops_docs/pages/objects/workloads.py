"""Write the page about workloads: what runs, with which limits, and whether a node can be
drained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from markupsafe import Markup

from gitops_docs.index.workloads import PROBLEMS, RUNS_ALWAYS, Running, probes, resources
from gitops_docs.pages.html import across, parts
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, mark
from gitops_docs.text.english import count

_SERIOUS = frozenset({"privileged", "PDB blocks eviction"})
_COLUMNS = (
    "Workload",
    "Replicas",
    "CPU request / limit",
    "Memory request / limit",
    "Probes",
    "PDB",
    "Notes",
)


def workloads_pages(writer: Writer) -> list[Page]:
    """Write the page, and one per cluster where the list would be too long for one page."""
    return across.split_pages(
        writer,
        workloads_page,
        cluster_page,
        is_split=_is_split(writer),
        parts=(_spaces, namespace_page),
    )


def _uri(writer: Writer, cluster: str) -> str:
    if cluster:
        return writer.at.section_of_cluster(cluster, "workloads")
    return writer.at.page("workloads")


def _crumbs(writer: Writer, cluster: str) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = [(writer.at.page("workloads"), "Workloads")]
    return [*found, (_uri(writer, cluster), cluster)] if cluster else found


def _spaces(writer: Writer, cluster: str) -> dict[str, list[str]]:
    """Return the namespaces that have a page of their own."""
    names = _names(_of_cluster(writer, cluster))
    return across.by_namespace((space, name) for space, name, _ in names)


def _of_cluster(writer: Writer, cluster: str) -> list[Running]:
    return [one for one in writer.facts.running if cluster in ("", one.workload.cluster)]


@reused
def namespace_page(writer: Writer, cluster: str, namespace: str, spaces: tuple[str, ...]) -> Page:
    """Write the page of one namespace."""
    page = writer.draft(parts.part_of(_uri(writer, cluster), namespace, spaces))
    found = [one for one in _of_cluster(writer, cluster) if one.workload.namespace == namespace]
    tables, title = [_table(writer, page, found)], f"Workloads in {namespace}"
    return _finish(writer, page, found, title, tables, _crumbs(writer, cluster))


def _is_split(writer: Writer) -> bool:
    return writer.many_clusters and len(_names(writer.facts.running)) > across.ROWS


def _names(found: Sequence[Running]) -> dict[tuple[str, str, str], list[Running]]:
    """Return workloads by namespace, name and kind, those with more problems first in their
    namespace."""
    names: dict[tuple[str, str, str], list[Running]] = defaultdict(list)
    for one in found:
        names[one.workload.namespace, one.workload.name, one.workload.kind].append(one)
    return {key: names[key] for key in sorted(names)}


@reused
def workloads_page(writer: Writer) -> Page:
    """Write the page of all clusters."""
    page = writer.draft(writer.at.page("workloads"))
    found = writer.facts.running
    if not _is_split(writer):
        return _whole(writer, page, found, "Workloads")
    rows: list[list[Cell]] = []
    for cluster in writer.facts.platform.clusters:
        own = [one for one in found if one.workload.cluster == cluster.id]
        link = page.link(writer.at.section_of_cluster(cluster.id, "workloads"), cluster.id)
        numbers = (sum(word in one.problems for one in own) for word in list(PROBLEMS)[:5])
        rows.append([link, str(len(own)), *map(str, numbers)])
    columns = ("Cluster", "Workloads", *(word.capitalize() for word in list(PROBLEMS)[:5]))
    return _finish(
        writer,
        page,
        found,
        "Workloads",
        [Table("clusters", "Workloads by cluster", columns, rows)],
        is_index=True,
    )


@reused
def cluster_page(writer: Writer, cluster: str) -> Page:
    """Write the page of one cluster."""
    page = writer.draft(writer.at.section_of_cluster(cluster, "workloads"))
    found = [one for one in writer.facts.running if one.workload.cluster == cluster]
    crumbs = [(writer.at.page("workloads"), "Workloads"), (writer.at.cluster(cluster), cluster)]
    return _whole(writer, page, found, f"Workloads ({cluster})", crumbs, cluster)


def _whole(
    writer: Writer,
    page: Draft,
    found: Sequence[Running],
    title: str,
    crumbs: Sequence[tuple[str | None, str]] = (),
    cluster: str = "",
) -> Page:
    """Return the list, or the index of its namespaces."""
    spaces = _spaces(writer, cluster)
    if not spaces:
        return _finish(writer, page, found, title, [_table(writer, page, found)], crumbs)
    index = parts.index_table(page, "workloads", "Workloads by namespace", "Namespace", spaces)
    return _finish(writer, page, found, title, [index], crumbs, is_index=True)


def _finish(
    writer: Writer,
    page: Draft,
    found: Sequence[Running],
    title: str,
    tables: list[Table],
    crumbs: Sequence[tuple[str | None, str]] = (),
    *,
    is_index: bool = False,
) -> Page:
    names = _names(found)
    clusters = {one.workload.cluster for one in found}
    lead = f"{count(len(names), 'workload name')}, {count(len(found), 'workload')}"
    lead += f" on {count(len(clusters), 'cluster')}" if len(clusters) > 1 else ""
    lead += ". Values are those in the manifests, before admission webhooks change them."
    facet = "" if is_index else "workloads"
    numbers = []
    for word, why in PROBLEMS.items():
        number = sum(any(word in one.problems for one in group) for group in names.values())
        query = {facet: word} if facet else {}
        numbers.append((number, word, page.to(page.uri, tables[0].id, **query), why))
    return writer.finish(
        page,
        "workloads.html",
        title,
        boost=3,
        wide=True,
        description=f"{count(len(names), 'workload name')} with replicas, limits, probes and disruption budgets",
        lead=lead,
        unknown=across.not_rendered(writer),
        numbers=numbers if found else [],
        tables=tables,
        words=("deployment", "replicas", "memory limit", "privileged", "drain"),
        crumbs=crumbs,
    )


def _table(writer: Writer, page: Draft, found: Sequence[Running]) -> Table:
    """Return the list: what needs attention first, then by namespace and name."""
    names = _names(found)
    order = sorted(names, key=lambda key: -_weight(names[key]))
    return Table(
        "workloads",
        "Workloads. A range shows that clusters differ; – is not set",
        _COLUMNS,
        [_row(writer, page, names[key]) for key in order],
        "No Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod in the manifests.",
    )


def _weight(group: Sequence[Running]) -> int:
    """Return 2 where something serious is wrong with a workload, 1 where anything is, else 0."""
    words = {word for one in group for word in one.problems}
    return 2 if words & _SERIOUS else 1 if words else 0


def _row(writer: Writer, page: Draft, group: list[Running]) -> list[Cell]:
    first = group[0].workload
    items = [one.workload for one in group]
    words = (
        f"{first.kind} {first.namespace}/{first.name} on "
        f"{across.names([item.cluster for item in items])}"
    )
    name = page.named(first.name, first.kind, words, f"{first.kind}-{first.namespace}-{first.name}")
    under = [filled("<small>{}</small>", f"{first.kind} in {first.namespace or 'no namespace'}")]
    layer = across.layers(writer, page, items)
    under.append(filled("<small>{}{}</small>", layer, _where(writer, items)))
    return [
        lines([name, *under]),
        _replicas(group),
        _varying(group, lambda one: _pair(one, "cpu")),
        _varying(group, lambda one: _pair(one, "memory")),
        _varying(group, _probes),
        _varying(group, _budget),
        _notes(group),
    ]


def _where(writer: Writer, items: Sequence[object]) -> str:
    clusters = list(dict.fromkeys(getattr(item, "cluster", "") for item in items))
    return f" on {across.names(clusters)}" if writer.many_clusters else ""


def _varying(group: Sequence[Running], shown: Callable[[Running], Markup | str]) -> Markup:
    return across.varying((one.workload.cluster, shown(one)) for one in group)


def _replicas(group: Sequence[Running]) -> Markup:
    """Show replicas as `2`, `2–3` where clusters differ, `3–10 HPA`, `per node`, `schedule`."""
    if all(one.autoscaler is None and one.workload.replicas is not None for one in group):
        numbers = sorted({one.workload.replicas or 0 for one in group})
        return Markup.escape(
            str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
        )
    return _varying(group, _replicas_of)


def _replicas_of(one: Running) -> Markup | str:
    item, scaler = one.workload, one.autoscaler
    if scaler is not None:
        low = "not known" if scaler.minimum is None else str(scaler.minimum)
        high = "not known" if scaler.maximum is None else str(scaler.maximum)
        return f"{low}–{high} {'HPA' if scaler.kind == 'HorizontalPodAutoscaler' else 'KEDA'}"
    if item.kind == "DaemonSet":
        return "per node"
    if item.kind == "CronJob":
        return filled("{} <small>schedule</small>", item.schedule or "not known")
    if item.kind == "Job":
        return "once"
    return "not known" if item.replicas is None else str(item.replicas)


def _pair(one: Running, what: str) -> str:
    request, limit = (
        resources(one.workload, f"{what}_request"),
        resources(one.workload, f"{what}_limit"),
    )
    return f"{request or '–'} / {limit or '–'}"


def _probes(one: Running) -> Markup | str:
    found = probes(one.workload)
    if found or one.workload.kind not in RUNS_ALWAYS:
        return found or "–"
    return mark("none") if "no readiness probe" in one.problems else "none"


def _budget(one: Running) -> Markup | str:
    if one.budgets:
        return ", ".join(
            f"max {budget.maximum}"
            if budget.maximum is not None
            else f"min {budget.minimum or '–'}"
            for budget in one.budgets
        )
    return mark("none") if "single replica, no PDB" in one.problems else "–"


def _notes(group: Sequence[Running]) -> Markup:
    """Show what needs attention, the worst first, each with its clusters where they differ."""
    everywhere = len({one.workload.cluster for one in group})
    cells: list[Markup] = []
    for word in sorted(PROBLEMS, key=lambda name: name not in _SERIOUS):
        where = [one.workload.cluster for one in group if word in one.problems]
        if where:
            kind = "failed" if word in _SERIOUS else "partial"
            cell = filled('<span class="gitops-state gitops-state--{}">{}</span>', kind, word)
            if len(set(where)) < everywhere:
                cell = filled("{} <small>{}</small>", cell, across.names(where))
            cells.append(cell)
    boxes = {box for one in group for box in one.workload.containers}
    if any(box.root for box in boxes):
        cells.append(Markup("runs as root"))
    added = sorted({name for box in boxes for name in box.capabilities})
    if added:
        cells.append(filled("adds {}", ", ".join(added[:4])))
    if any(one.workload.host_pid for one in group):
        cells.append(Markup("hostPID"))
    if any(one.workload.suspended for one in group):
        cells.append(mark("suspended"))
    if any(one.workload.partial for one in group):
        cells.append(Markup("not fully rendered"))
    return lines(cells) or Markup("–")
