"""Write the page about access: who may do what, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from markupsafe import Markup

from gitops_docs.index.rights import POWERS, Grant, is_built_in, is_wildcard
from gitops_docs.model import (
    AccessRule,
    Layer,
    LayerObject,
    Release,
    Role,
    RoleSubject,
    ServiceAccount,
)
from gitops_docs.pages.html import across
from gitops_docs.pages.html.across import ObjectT
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, mark
from gitops_docs.text.english import count

T = TypeVar("T", Layer, Release)
G = TypeVar("G")
Named = tuple[tuple[str, str, str], list[ObjectT]]
Sections = list[tuple[str | None, str | None, Table]]


_LONG = 60
"""Lists with more rows in all have a page each, those with more than `across.ROWS` one for each
cluster."""
_PARTS = {"subjects": "Subjects", "service-accounts": "Service accounts", "roles": "Roles"}
_WHAT = {
    "subjects": "Users, groups and service accounts with a binding",
    "service-accounts": "ServiceAccounts",
    "roles": "Roles, without those of Kubernetes",
}


def access_pages(writer: Writer) -> list[Page]:
    """Write the page, and one for each list or each cluster where that would be too long."""
    if _rows(writer) > _LONG and not _is_split(writer):
        return [access_page(writer), *(part_page(writer, part) for part in _PARTS)]
    return across.split_pages(writer, access_page, cluster_page, is_split=_is_split(writer))


def _rows(writer: Writer) -> int:
    platform = writer.facts.platform
    named = {
        (item.kind, item.namespace, item.name)
        for item in (*platform.roles, *platform.service_accounts)
    }
    return len({one.subject for one in writer.facts.grants}) + len(named)


def _is_split(writer: Writer) -> bool:
    return writer.many_clusters and _rows(writer) > across.ROWS


@reused
def access_page(writer: Writer) -> Page:
    """Write the page of all clusters."""
    page = writer.draft(writer.at.page("access"))
    found = writer.facts.grants
    if not _is_split(writer) and _rows(writer) <= _LONG:
        return _finish(writer, page, found, "Access", _lists(writer, page, found))
    rows: list[list[Cell]] = []
    sections: Sections = (
        [_attention(writer, page, found)] if any(one.powers for one in found) else []
    )
    if _is_split(writer):
        for cluster in writer.facts.platform.clusters:
            own = [one for one in found if one.binding.cluster == cluster.id]
            link = page.link(writer.at.section_of_cluster(cluster.id, "access"), cluster.id)
            each = (len({one.subject for one in own if power in one.powers}) for power in POWERS)
            rows.append([link, str(len({one.subject for one in own})), *map(str, each)])
        columns = ("Cluster", "Subjects", *(power.capitalize() for power in POWERS))
        sections.append(("Clusters", None, Table("clusters", "Subjects by cluster", columns, rows)))
    else:
        numbers = _numbers(writer)
        for part, title in _PARTS.items():
            rows.append([page.link(_uri(writer, part), title), str(numbers[part]), _WHAT[part]])
        lists = Table(
            "lists",
            "All lists",
            ("List", "Names", "What"),
            rows,
            numeric=frozenset({1}),
        )
        sections.append(("Lists", None, lists))
    return _finish(writer, page, found, "Access", [*sections, _flux(writer, page, "")])  # fmt: skip


@reused
def part_page(writer: Writer, part: str) -> Page:
    """Write the page of one list: subjects, service accounts or roles."""
    page = writer.draft(_uri(writer, part))
    crumbs = [(writer.at.page("access"), "Access")]
    words = across.not_rendered(writer) or None if part == "subjects" else None
    sections: Sections = [(None, words, _part(writer, page, part))]
    title = f"Access: {_PARTS[part].lower()}"
    return _finish(writer, page, writer.facts.grants, title, sections, crumbs)


def _uri(writer: Writer, part: str) -> str:
    return writer.at.page(f"access/{part}")


def _part(writer: Writer, page: Draft, part: str) -> Table:
    found, platform = writer.facts.grants, writer.facts.platform
    if part == "subjects":
        return _subjects(writer, page, found)
    if part == "roles":
        return _roles(writer, page, platform.roles, found)
    return _accounts(writer, page, platform.service_accounts, found)


def _numbers(writer: Writer) -> dict[str, int]:
    """Return how many names each list has."""
    platform = writer.facts.platform
    roles, accounts = (
        {(item.kind, item.namespace, item.name) for item in items}
        for items in (platform.roles, platform.service_accounts)
    )
    missing = {one.binding.role for one in writer.facts.grants if _is_missing(one)}
    return {
        "subjects": len({one.subject for one in writer.facts.grants}),
        "service-accounts": len(accounts),
        "roles": len(roles) + len(missing),
    }


def _is_missing(one: Grant) -> bool:
    """Return whether the role of a grant is in no manifest and none of Kubernetes."""
    return not one.roles and not one.is_built_in


@reused
def cluster_page(writer: Writer, cluster: str) -> Page:
    """Write the page of one cluster."""
    page = writer.draft(writer.at.section_of_cluster(cluster, "access"))
    found = [one for one in writer.facts.grants if one.binding.cluster == cluster]
    crumbs = [(writer.at.page("access"), "Access"), (writer.at.cluster(cluster), cluster)]
    return _finish(
        writer, page, found, f"Access ({cluster})", _lists(writer, page, found, cluster), crumbs
    )


def _finish(
    writer: Writer,
    page: Draft,
    found: Sequence[Grant],
    title: str,
    sections: Sections,
    crumbs: Sequence[tuple[str | None, str]] = (),
) -> Page:
    subjects = {power: {one.subject for one in found if power in one.powers} for power in POWERS}
    admins, rest = subjects["cluster-admin"], subjects["wildcard"] - subjects["cluster-admin"]
    lead = (
        f"{count(len(admins), 'subject')} with cluster-admin, {len(rest)} more with wildcard "
        f"rights, "
    )
    lead += (
        f"{len(subjects['can escalate'])} can escalate, {len(subjects['reads all Secrets'])} read "
        f"all Secrets. "
    )
    lead += (
        "Flux applies a layer without `serviceAccountName` with the rights of its controller, "
        "usually cluster-admin."
    )
    return writer.finish(
        page,
        "tables.html",
        title,
        boost=3,
        wide=True,
        description="Who may do what: subjects, service accounts and roles",
        lead=lead,
        words=("RBAC", "cluster-admin", "permissions", "role", "service account"),
        sections=sections,
        crumbs=crumbs,
    )


def _lists(writer: Writer, page: Draft, found: Sequence[Grant], cluster: str = "") -> Sections:
    platform = writer.facts.platform
    roles = [item for item in platform.roles if cluster in ("", item.cluster)]
    accounts = [item for item in platform.service_accounts if cluster in ("", item.cluster)]
    sections: Sections = (
        [_attention(writer, page, found)] if any(one.powers for one in found) else []
    )
    sections += [
        ("Subjects", across.not_rendered(writer) or None, _subjects(writer, page, found)),
        _flux(writer, page, cluster),
        ("Service accounts", None, _accounts(writer, page, accounts, found)),
        ("Roles", None, _roles(writer, page, roles, found)),
    ]
    return sections


def _bunches(groups: Sequence[G], alike: Callable[[G], Hashable | None]) -> list[list[G]]:
    """Return names with a row each; of many names those that charts make alike in one row, which
    says what is true of the first.

    Args:
        groups: The names.
        alike: What a name that a chart makes has in common with others; None for any other.
    """
    if len(groups) <= across.ROWS:
        return [[one] for one in groups]
    found: dict[Hashable, list[G]] = defaultdict(list)
    for number, one in enumerate(groups):
        key = alike(one)
        found[number if key is None else (key,)].append(one)
    return list(found.values())


def _titled(first: Markup, others: Sequence[Markup]) -> Markup:
    """Return the name of a row, and the other names that have the same row."""
    if not others:
        return first
    return first + Markup("<br>") + folded(list(others), 0, "alike")


def _from_chart(items: Iterable[LayerObject]) -> tuple[tuple[str, str], ...] | None:
    """Return charts and templates of some objects; None where one is in a manifest."""
    found = {
        (one.origin.chart, one.origin.template) if one.origin is not None else None for one in items
    }
    return None if None in found else tuple(sorted(filter(None, found)))


def subject(page: Draft, one: RoleSubject) -> Markup:
    """Return name a subject: `Group x`, `ServiceAccount namespace/x`."""
    name = f"{one.namespace}/{one.name}" if one.namespace else one.name
    return filled("{} {}", one.kind, page.code(name))


def _why(page: Draft, one: Grant) -> Markup:
    binding = one.binding
    where = "" if one.everywhere else f" in {binding.namespace}"
    return filled(
        "{} {} → {} {}{}",
        binding.kind,
        page.code(binding.name),
        binding.role[0],
        page.code(binding.role[1]),
        where,
    )


def _attention(writer: Writer, page: Draft, found: Sequence[Grant]) -> tuple[str, None, Table]:
    """Return who has rights that reach far, the farthest first, with the binding and the role that
    give them."""
    by_key: dict[tuple[int, RoleSubject, str, str, str], list[Grant]] = defaultdict(list)
    order = list(POWERS)
    for one in found:
        for power in one.powers:
            key = (
                order.index(power),
                one.subject,
                one.binding.kind,
                one.binding.namespace,
                one.binding.name,
            )
            by_key[key].append(one)
    keys = sorted(by_key)
    shown = keys[: across.ATTENTION]
    rows: list[list[Cell]] = []
    for key in shown:
        items = by_key[key]
        power = order[key[0]]
        cell = filled("<strong>{}</strong> <small>{}</small>", power, POWERS[power])
        row: list[Cell] = [
            subject(page, key[1]),
            cell,
            _why(page, items[0]),
            across.layers(writer, page, [one.binding for one in items]),
        ]
        if writer.many_clusters:
            row.append(across.clusters(writer, page, [one.binding for one in items]))
        rows.append(row)
    caption = "Subjects with rights that reach far"
    if len(shown) < len(keys):
        caption += f", the first {len(shown)} of {len(keys)}"
    columns = (
        "Subject",
        "Rights",
        "Why",
        "Layer",
        *(("Clusters",) if writer.many_clusters else ()),
    )
    return "Needs attention", None, Table("attention", caption, columns, rows)


def _subjects(writer: Writer, page: Draft, found: Sequence[Grant]) -> Table:
    by_key: dict[RoleSubject, list[Grant]] = defaultdict(list)
    for one in found:
        by_key[one.subject].append(one)

    def alike(key: RoleSubject) -> Hashable | None:
        origin = _from_chart(one.binding for one in by_key[key])
        powers = {power for one in by_key[key] for power in one.powers}
        return None if origin is None else (key.kind, origin, frozenset(powers))

    rows: list[list[Cell]] = []
    for keys in _bunches(sorted(by_key), alike):
        items = [one for key in keys for one in by_key[key]]
        why = list(dict.fromkeys(_why(page, one) for one in by_key[keys[0]]))
        powers = [power for power in POWERS if any(power in one.powers for one in items)]
        row: list[Cell] = [
            _titled(subject(page, keys[0]), [subject(page, key) for key in keys[1:]]),
            folded(why, across.SHOWN),
            ", ".join(powers) or "–",
            across.layers(writer, page, [one.binding for one in items]),
        ]
        if writer.many_clusters:
            row.append(across.clusters(writer, page, [one.binding for one in items]))
        rows.append(row)
    columns = ("Subject", "Bindings and roles", "High privileges", "Layer")
    return Table(
        "subjects",
        _WHAT["subjects"],
        (*columns, "Clusters") if writer.many_clusters else columns,
        rows,
        "No RoleBinding or ClusterRoleBinding in the manifests. Charts create those of most "
        "components.",
    )


def _flux(writer: Writer, page: Draft, cluster: str) -> tuple[str, None, Table]:
    """Return as whom Flux applies layers and installs releases."""
    platform = writer.facts.platform
    defaults = {item.id: dict(item.flux.default_service_accounts) for item in platform.clusters}
    runners: dict[tuple[str, str], tuple[list[Layer], list[Release]]] = defaultdict(
        lambda: ([], [])
    )
    for layer in platform.layers:
        if cluster in ("", layer.cluster):
            runners[_account(layer, defaults[layer.cluster].get("kustomize-controller"))][0].append(
                layer
            )
    for release in platform.releases:
        if cluster in ("", release.cluster):
            runners[_account(release, defaults[release.cluster].get("helm-controller"))][1].append(
                release
            )
    rows: list[list[Cell]] = []
    for key in sorted(runners, key=lambda key: (key[0] == "", key)):
        layers, releases = runners[key]
        name: Cell = page.code(key[0]) if key[0] else "no service account"
        row: list[Cell] = [
            lines([name, filled("<small>{}</small>", key[1])]),
            _some(len(layers), [writer.layer(page, layer) for layer in _once(layers)]),
            _some(len(releases), [writer.release(page, release) for release in _once(releases)]),
        ]
        if writer.many_clusters:
            names = dict.fromkeys(
                [item.cluster for item in layers] + [item.cluster for item in releases]
            )
            row.append(folded([writer.cluster(page, name) for name in names], across.SHOWN))
        rows.append(row)
    columns = (
        "Flux runs as",
        "Layers",
        "Releases",
        *(("Clusters",) if writer.many_clusters else ()),
    )
    return (
        "Flux",
        None,
        Table("flux", "Service accounts that Flux uses", columns, rows, "No layer."),
    )


def _account(item: Layer | Release, default: str | None) -> tuple[str, str]:
    if item.service_account:
        return f"{item.namespace}/{item.service_account}", "serviceAccountName"
    if default:
        return f"{item.namespace}/{default}", "--default-service-account"
    return "", "the rights of the controller, usually cluster-admin"


def _once(items: Sequence[T]) -> list[T]:
    return list({(item.namespace, item.name): item for item in items}.values())


def _some(number: int, links: list[Markup]) -> Markup:
    """Show a number with the first names."""
    if not number:
        return Markup("–")
    return filled("{}<br>{}", number, folded(links[: across.PLACES], across.SHOWN))


def _accounts(
    writer: Writer, page: Draft, accounts: Sequence[ServiceAccount], found: Sequence[Grant]
) -> Table:
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in writer.facts.platform.workloads:
        used[item.namespace, item.service_account or "default"].add(f"{item.kind} {item.name}")
    bound = {
        (one.subject.namespace, one.subject.name)
        for one in found
        if one.subject.kind == "ServiceAccount"
    }

    def alike(group: Named[ServiceAccount]) -> Hashable | None:
        origin = _from_chart(group[1])
        says = {(one.automount, one.identity) for one in group[1]}
        is_bound = (group[0][1], group[0][2]) in bound
        return None if origin is None else (origin, frozenset(says), is_bound)

    rows: list[list[Cell]] = []
    spaces: list[str] = []
    for bunch in _bunches(across.by_name(accounts), alike):
        items = [one for _, own in bunch for one in own]
        first = items[0]
        title, *others = (
            across.title(page, own[0], f"ServiceAccount {key[1]}/{key[2]}", with_kind=False)
            for key, own in bunch
        )
        users = sorted(used[first.namespace, first.name])
        row: list[Cell] = [
            _titled(title, others),
            folded([page.code(name) for name in users], 2) or "no workload in the manifests",
            across.same(items, lambda one: one.automount, _mounted),
            across.same(
                items, lambda one: one.identity, lambda one: page.code(one.identity) or "–"
            ),
            "yes" if (first.namespace, first.name) in bound else "–",
            across.layers(writer, page, items),
        ]
        rows.append([*row, across.clusters(writer, page, items)] if writer.many_clusters else row)
        spaces.append(first.namespace or "no namespace")
    columns = (
        "Service account",
        "Used by",
        "Token mounted",
        "Workload identity",
        "Has a binding",
        "Layer",
    )
    return Table(
        "accounts",
        _WHAT["service-accounts"],
        (*columns, "Clusters") if writer.many_clusters else columns,
        rows,
        "No ServiceAccount in the manifests.",
        groups=grouped(spaces),
    )


def _mounted(one: ServiceAccount) -> str:
    return "yes (default)" if one.automount is None else "yes" if one.automount else "no"


def _roles(writer: Writer, page: Draft, roles: Sequence[Role], found: Sequence[Grant]) -> Table:
    users: dict[tuple[str, str], list[Markup]] = defaultdict(list)
    for one in found:
        cell = subject(page, one.subject)
        if cell not in users[one.binding.role]:
            users[one.binding.role].append(cell)

    def alike(group: Named[Role]) -> Hashable | None:
        origin = _from_chart(group[1])
        says = {(one.kind, one.rules, one.aggregates) for one in group[1]}
        return None if origin is None or len(says) > 1 else (origin, says.pop())

    rows: list[list[Cell]] = []
    spaces: list[str] = []
    for bunch in _bunches(across.by_name(roles), alike):
        items = [one for _, own in bunch for one in own]
        spaces.append(items[0].namespace or "ClusterRoles")
        title, *others = (across.title(page, own[0], f"{key[0]} {key[2]}") for key, own in bunch)
        kind, _, name = bunch[0][0]
        row: list[Cell] = [
            _titled(title, others),
            across.same(
                items, lambda one: (one.rules, one.aggregates), lambda one: _rules(page, one)
            ),
            folded(users[kind, name], across.SHOWN) or "none",
            across.layers(writer, page, items),
        ]
        rows.append([*row, across.clusters(writer, page, items)] if writer.many_clusters else row)
    missing = sorted({one.binding.role for one in found if _is_missing(one)})
    spaces += ["Not in the manifests"] * len(missing)
    for kind, name in missing:
        shown = lines([page.code(name), filled("<small>{}</small>", kind)])
        row = [
            shown,
            "not in the manifests: a chart may create it",
            folded(users[kind, name], across.SHOWN),
            "–",
        ]
        where = [one.binding for one in found if one.binding.role == (kind, name)]
        rows.append([*row, across.clusters(writer, page, where)] if writer.many_clusters else row)
    built = sorted({one.binding.role[1] for one in found if is_built_in(*one.binding.role)})
    caption = "Roles" + (f", without those of Kubernetes: {', '.join(built)}" if built else "")
    columns = ("Role", "Verbs and resources", "Bound to", "Layer")
    return Table(
        "roles",
        caption,
        (*columns, "Clusters") if writer.many_clusters else columns,
        rows,
        "No Role or ClusterRole in the manifests.",
        groups=grouped(spaces),
    )


def _rules(page: Draft, role: Role) -> Markup:
    """Show rules as verbs × resources."""
    cells = [_rule(page, rule) for rule in role.rules]
    if role.aggregates:
        cells.insert(
            0, Markup("rules of the ClusterRoles that its <code>aggregationRule</code> selects")
        )
    return folded(cells, across.SHOWN) or Markup("no rules")


def _rule(page: Draft, rule: AccessRule) -> Markup:
    what = rule.urls or rule.resources
    groups = [name or "core" for name in rule.groups]
    shown = f"{_listed(rule.verbs)} × {_listed(what)}"
    more = f" of {_listed(groups)}" if groups and groups != ["core"] else ""
    only = f", only {_listed(rule.names)}" if rule.names else ""
    cell = filled("{}<small>{}{}</small>", page.code(shown), more, only)
    return filled("{} {}", cell, mark("wildcard")) if is_wildcard(rule) else cell


def _listed(names: Sequence[str]) -> str:
    more = f" +{len(names) - 6}" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more
