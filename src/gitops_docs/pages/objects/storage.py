"""Write the page about storage: where data is, how big, and what happens when it goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

from markupsafe import Markup

from gitops_docs.index.volumes import PROBLEMS, Volume
from gitops_docs.model import Backup, StorageClass
from gitops_docs.pages.html import across, parts
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count

_COLUMNS = (
    "Claim",
    "Size",
    "Class",
    "Access mode",
    "Reclaim policy",
    "Backup",
    "If removed from Git",
)


def storage_pages(writer: Writer) -> list[Page]:
    """Write the page, and one per cluster where the list would be too long for one page."""
    return across.split_pages(
        writer,
        storage_page,
        cluster_page,
        is_split=_is_split(writer),
        parts=(_spaces, namespace_page),
    )


def _uri(writer: Writer, cluster: str) -> str:
    if cluster:
        return writer.at.section_of_cluster(cluster, "storage")
    return writer.at.page("storage")


def _crumbs(writer: Writer, cluster: str) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = [(writer.at.page("storage"), "Storage")]
    return [*found, (_uri(writer, cluster), cluster)] if cluster else found


def _spaces(writer: Writer, cluster: str) -> dict[str, list[str]]:
    """Return the namespaces that have a page of their own."""
    names = _names(_of_cluster(writer, cluster))
    return across.by_namespace((space, claim or owner) for space, owner, claim, _ in names)


def _of_cluster(writer: Writer, cluster: str) -> list[Volume]:
    return [one for one in writer.facts.volumes if cluster in ("", one.claim.cluster)]


@reused
def namespace_page(writer: Writer, cluster: str, namespace: str, spaces: tuple[str, ...]) -> Page:
    """Write the page of one namespace: its claims."""
    page = writer.draft(parts.part_of(_uri(writer, cluster), namespace, spaces))
    found = [one for one in _of_cluster(writer, cluster) if one.claim.namespace == namespace]
    claims, title = _claims(writer, page, found), f"Storage in {namespace}"
    crumbs = _crumbs(writer, cluster)
    return _finish(writer, page, found, title, claims, crumbs, cluster, is_part=True)


def _claims_or_index(
    writer: Writer, page: Draft, found: Sequence[Volume], cluster: str = ""
) -> Table:
    spaces = _spaces(writer, cluster)
    if not spaces:
        return _claims(writer, page, found)
    return parts.index_table(page, "claims", "Claims by namespace", "Namespace", spaces)


def _is_split(writer: Writer) -> bool:
    return writer.many_clusters and len(_names(writer.facts.volumes)) > across.ROWS


def _names(found: Sequence[Volume]) -> dict[tuple[str, ...], list[Volume]]:
    """Return claims by namespace, owner and name, sorted."""
    names: dict[tuple[str, ...], list[Volume]] = defaultdict(list)
    for one in found:
        names[one.claim.namespace, one.claim.name, one.claim.claim, one.claim.kind].append(one)
    return {key: names[key] for key in sorted(names)}


@reused
def storage_page(writer: Writer) -> Page:
    """Write the page of all clusters."""
    page = writer.draft(writer.at.page("storage"))
    found = writer.facts.volumes
    if not _is_split(writer):
        return _finish(writer, page, found, "Storage", _claims_or_index(writer, page, found))
    rows: list[list[Cell]] = []
    for cluster in writer.facts.platform.clusters:
        own = [one for one in found if one.claim.cluster == cluster.id]
        link = page.link(writer.at.section_of_cluster(cluster.id, "storage"), cluster.id)
        rows.append(
            [
                link,
                str(len(own)),
                _total(own),
                *(str(sum(word in one.problems for one in own)) for word in PROBLEMS),
            ]
        )
    columns = ("Cluster", "Claims", "Requested", *(word.capitalize() for word in PROBLEMS))
    return _finish(
        writer, page, found, "Storage", Table("clusters", "Claims by cluster", columns, rows)
    )


@reused
def cluster_page(writer: Writer, cluster: str) -> Page:
    """Write the page of one cluster."""
    page = writer.draft(writer.at.section_of_cluster(cluster, "storage"))
    found = [one for one in writer.facts.volumes if one.claim.cluster == cluster]
    crumbs = [(writer.at.page("storage"), "Storage"), (writer.at.cluster(cluster), cluster)]
    claims = _claims_or_index(writer, page, found, cluster)
    return _finish(writer, page, found, f"Storage ({cluster})", claims, crumbs, cluster)


def _finish(
    writer: Writer,
    page: Draft,
    found: Sequence[Volume],
    title: str,
    claims: Table,
    crumbs: Sequence[tuple[str | None, str]] = (),
    cluster: str = "",
    *,
    is_part: bool = False,
) -> Page:
    classes = [
        item for item in writer.facts.platform.storage_classes if cluster in ("", item.cluster)
    ]
    backups = [item for item in writer.facts.platform.backups if cluster in ("", item.cluster)]
    number = sum(one.claim.copies or 0 for one in found)
    lost = sum(one.claim.copies or 1 for one in found if "no backup found" in one.problems)
    requested = f", {_total(found)} requested" if found else ""
    lead = f"{count(number, 'PersistentVolumeClaim')}{requested}, "
    lead += f"{count(len({item.name for item in classes}), 'StorageClass')}. "
    if found:
        lead += (
            f"{lost} of {count(number, 'claim')} {'has' if lost == 1 else 'have'} reclaim policy "
            f"Delete and no backup found."
        )
    unsure = sum(one.claim.copies or 1 for one in found if one.is_unsure)
    if unsure:
        lead += (
            f" {unsure} more {'has' if unsure == 1 else 'have'} no backup found and a reclaim "
            f"policy that is not known."
        )
    unknown = across.not_rendered(writer)
    sections: list[tuple[str | None, str | None, Table]] = []
    if any(one.problems for one in found):
        sections.append(("Needs attention", None, _attention(writer, page, found)))
    if not is_part:
        sections.append(("StorageClasses", None, _classes(writer, page, classes, found)))
    sections.append(("Claims", unknown or None, claims))
    if backups and not is_part:
        sections.append(("Backups", None, _backups(writer, page, backups)))
    return writer.finish(
        page,
        "tables.html",
        title,
        boost=3,
        wide=True,
        description=f"{count(number, 'PersistentVolumeClaim')}, their classes and backups",
        lead=lead,
        words=("volume", "disk", "data", "backup", "PersistentVolumeClaim"),
        sections=sections,
        crumbs=crumbs,
    )


def _total(found: Sequence[Volume]) -> str:
    """Return the bytes that claims ask for together; what is not known is named."""
    known = [amount for one in found if (amount := one.requested) is not None]
    rest = (
        f" and {count(len(found) - len(known), 'claim')} of unknown size"
        if len(known) < len(found)
        else ""
    )
    return f"{_rounded(sum(known, Decimal(0)))}{rest}"


def _rounded(amount: Decimal) -> str:
    """Write bytes in the largest unit, with one decimal at most."""
    for power, unit in ((5, "PiB"), (4, "TiB"), (3, "GiB"), (2, "MiB"), (1, "KiB")):
        number = amount / Decimal(1024) ** power
        if number >= 1:
            return f"{number.quantize(Decimal('0.1')).normalize():f} {unit}"
    return f"{amount.normalize():f} B"


def _attention(writer: Writer, page: Draft, found: Sequence[Volume]) -> Table:
    grouped: dict[tuple[str, str, str, str], list[Volume]] = defaultdict(list)
    for one in found:
        for word in one.problems:
            grouped[word, one.claim.namespace, one.claim.claim, one.claim.name].append(one)
    order = list(PROBLEMS)
    keys = sorted(grouped, key=lambda key: (order.index(key[0]), key))
    shown = keys[: across.ATTENTION]
    rows: list[list[Cell]] = [
        [
            lines([page.code(claim), filled("<small>{}</small>", namespace)]),
            filled("<strong>{}</strong>: {}", word.capitalize(), PROBLEMS[word]),
            across.layers(
                writer, page, [one.claim for one in grouped[word, namespace, claim, name]]
            ),
            *(
                [
                    across.clusters(
                        writer, page, [one.claim for one in grouped[word, namespace, claim, name]]
                    )
                ]
                if writer.many_clusters
                else []
            ),
        ]
        for word, namespace, claim, name in shown
    ]
    caption = "Claims that need attention"
    if len(shown) < len(keys):
        caption += f", the first {len(shown)} of {len(keys)}"
    columns = ("Claim", "Why", "Layer", *(("Clusters",) if writer.many_clusters else ()))
    return Table("attention", caption, columns, rows)


def _classes(
    writer: Writer, page: Draft, classes: Sequence[StorageClass], found: Sequence[Volume]
) -> Table:
    used: dict[str, list[Volume]] = defaultdict(list)
    for one in found:
        used[one.class_name].append(one)
    rows: list[list[Cell]] = []
    for _, items in across.by_name(classes):
        own = used.get(items[0].name, [])
        name = across.title(
            page,
            items[0],
            f"StorageClass {items[0].name}",
            with_kind=False,
        )
        row: list[Cell] = [
            filled("{} default", name) if any(item.is_default for item in items) else name,
            across.same(
                items,
                lambda one: one.provisioner,
                lambda one: page.code(one.provisioner) or "not known",
            ),
            across.same(items, lambda one: one.reclaim_policy, lambda one: one.reclaim_policy),
            across.same(
                items, lambda one: one.expansion, lambda one: "yes" if one.expansion else "no"
            ),
            f"{sum(one.claim.copies or 0 for one in own)}, {_total(own)}" if own else "0",
            across.layers(writer, page, items),
        ]
        rows.append([*row, across.clusters(writer, page, items)] if writer.many_clusters else row)
    columns = ("StorageClass", "Provisioner", "Reclaim policy", "Expansion", "Claims", "Layer")
    return Table(
        "classes",
        "StorageClasses",
        (*columns, "Clusters") if writer.many_clusters else columns,
        rows,
        "No StorageClass in the manifests. A chart or the cloud provider may create some.",
    )


def _claims(writer: Writer, page: Draft, found: Sequence[Volume]) -> Table:
    names = _names(found)
    return Table(
        "claims",
        "PersistentVolumeClaims and templates",
        _COLUMNS,
        [_row(writer, page, group) for group in names.values()],
        "No PersistentVolumeClaim, volumeClaimTemplate or Cluster of CloudNativePG in the "
        "manifests.",
        groups=grouped([key[0] for key in names]),
    )


def _varying(group: Sequence[Volume], shown: Callable[[Volume], Markup | str]) -> Markup:
    return across.varying((one.claim.cluster, shown(one)) for one in group)


def _row(writer: Writer, page: Draft, group: list[Volume]) -> list[Cell]:
    first = group[0].claim
    items = [one.claim for one in group]
    words = f"PersistentVolumeClaim {first.namespace}/{first.claim}, {first.kind} {first.name}"
    name = page.named(
        first.claim, "volume", words, f"volume-{first.namespace}-{first.name}-{first.claim}"
    )
    owner = (
        f"{first.kind} {first.name} in {first.namespace}"
        if first.template
        else f"in {first.namespace}"
    )
    where = f" on {across.names([item.cluster for item in items])}" if writer.many_clusters else ""
    return [
        lines(
            [
                name,
                filled("<small>{}</small>", owner),
                filled("<small>{}{}</small>", across.layers(writer, page, items), where),
            ]
        ),
        _varying(group, _size),
        _varying(group, lambda one: page.code(one.class_name) or _no_class(one)),
        _varying(group, lambda one: ", ".join(one.claim.modes) or "–"),
        _varying(group, _reclaim),
        _varying(group, _saved),
        _varying(group, lambda one: _removed(writer, one)),
    ]


def _size(one: Volume) -> str:
    size = one.claim.size or "not known"
    if one.claim.copies is None:
        return f"{size} × not known"
    return f"{one.claim.copies} × {size}" if one.claim.copies != 1 else size


def _no_class(one: Volume) -> str:
    return "none" if one.claim.class_name == "" else "default, not in the manifests"


def _reclaim(one: Volume) -> str:
    if one.claim.volume is not None:
        return f"that of volume {one.claim.volume}"
    return one.storage.reclaim_policy if one.storage is not None else "not known"


def _saved(one: Volume) -> Markup:
    cells = [Markup.escape(_backup(backup)) for backup in one.backups]
    if cells:
        return folded(cells, 2)
    if "no backup found" in one.problems:
        return Markup('<span class="gitops-state gitops-state--partial">none found</span>')
    return Markup("none found")


def _backup(backup: Backup) -> str:
    schedule = f" at {backup.schedule}" if backup.schedule else ""
    how = "inferred from a label" if backup.inferred else "known"
    return f"{backup.tool} {backup.name}{schedule} ({how})"


def _removed(writer: Writer, one: Volume) -> str:
    """Say what becomes of a claim when it leaves Git: what prune and the retention policy of its
    owner do."""
    layer = writer.facts.layers.get(one.claim.layer)
    if one.claim.kept:
        return "stays"
    if layer is not None and not layer.prune:
        return "stays (prune off)"
    return "deleted"


def _backups(writer: Writer, page: Draft, backups: Sequence[Backup]) -> Table:
    rows: list[list[Cell]] = []
    for _, items in across.by_name(backups):
        first = items[0]
        row: list[Cell] = [
            across.title(
                page,
                first,
                f"Backup {first.namespace}/{first.name}",
            ),
            across.same(items, lambda one: one.tool, lambda one: one.tool),
            across.same(
                items, lambda one: one.schedule, lambda one: page.code(one.schedule) or "–"
            ),
            across.same(
                items,
                lambda one: (one.claim, one.owner, one.namespaces, one.excluded),
                lambda one: prose(_scope(one)),
            ),
            across.layers(writer, page, items),
        ]
        rows.append([*row, across.clusters(writer, page, items)] if writer.many_clusters else row)
    columns = ("Backup", "By", "Schedule", "Saves", "Layer")
    return Table(
        "backups", "Backups", (*columns, "Clusters") if writer.many_clusters else columns, rows
    )


def _scope(backup: Backup) -> str:
    if backup.claim or backup.owner:
        return f"`{backup.claim or backup.owner}`"
    named = (
        f"namespaces {', '.join(f'`{name}`' for name in backup.namespaces)}"
        if backup.namespaces
        else "all namespaces"
    )
    return (
        f"{named} without {', '.join(f'`{name}`' for name in backup.excluded)}"
        if backup.excluded
        else named
    )
