"""Show Secrets: where each comes from, how its values are protected, who needs it. Names of keys,
never a value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from markupsafe import Markup

from gitops_docs.model import Protection, Release, Secret
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count, listing, unique

PROTECTION = {
    Protection.SOPS: "encrypted with SOPS",
    Protection.SOPS_PARTIAL: "partly encrypted with SOPS",
    Protection.EXTERNAL_SECRET: "ExternalSecret",
    Protection.SEALED_SECRET: "SealedSecret",
    Protection.PLAIN: "plain",
    Protection.GENERATED: "plain, from a generator",
    Protection.EMPTY: "no value in Git",
}
"""How a reader of the page calls each."""
_COUNTED = {
    Protection.EXTERNAL_SECRET: "from an ExternalSecret",
    Protection.SEALED_SECRET: "from a SealedSecret",
    Protection.EMPTY: "without a value in Git",
}
"""How a sentence counts them, where that is another word."""
_READABLE = (Protection.PLAIN, Protection.GENERATED, Protection.SOPS_PARTIAL)
_SHOWN = 5
_CLEAR = 3

Key = tuple[str, str, str]
"""Cluster, namespace and name of a Secret as it is there in the end."""


def makers(secrets: Iterable[Secret]) -> dict[Key, Secret]:
    """Return what makes each Secret, an object in Git before nothing."""
    return {
        (secret.cluster, secret.namespace, secret.name): secret
        for secret in secrets
        if secret.layer
    }


@reused
def secrets_page(writer: Writer) -> Page:
    """Return the inventory of Secrets, those that are needed and that nothing in Git creates, and
    those that no layer applies."""
    facts = writer.facts
    page = writer.draft(writer.at.page("secrets"))
    secrets = facts.platform.secrets
    applied = [secret for secret in secrets if secret.layer]
    stray = [secret for secret in secrets if not secret.layer]
    users = _users(writer, page)
    made = makers(applied)
    for key, user in _in_values(writer, page, made):
        users.setdefault(key, []).append(user)
    missing = sorted(key for key in users if key not in made)
    readable = [secret for secret in secrets if secret.protection in _READABLE]
    numbers = [
        f"{number} {_COUNTED.get(protection, PROTECTION[protection])}"
        for protection in Protection
        if (number := sum(secret.protection is protection for secret in applied))
    ]
    lead = count(len(applied), "Secret")
    lead += f": {listing(numbers, 9)}." if numbers else "."
    if missing:
        names = {(namespace, name) for _, namespace, name in missing}
        lead += f" {count(len(names), 'more Secret')} {'is' if len(names) == 1 else 'are'} required and not in Git."
    lead += " Names only. Values are never shown."
    if readable:
        lead += f" {len(readable)} {'is' if len(readable) == 1 else 'are'} readable in Git (plain text)."
    return writer.finish(
        page,
        "tables.html",
        "Secrets",
        boost=3,
        wide=True,
        description=f"{count(len(applied), 'Secret')} and how each is protected",
        lead=lead,
        sections=[
            (
                "Required, not in Git",
                "A source, a layer, a Provider or a HelmRelease refers to these. Create them before "
                "bootstrap.",
                _missing(writer, page, missing, users),
            ),
            *(
                [
                    (
                        "Not applied",
                        "In files that no layer reads; still readable in the repository.",
                        _stray(page, stray),
                    )
                ]
                if stray
                else []
            ),
            ("In Git", None, _secrets_in_git(writer, page, applied, users)),
        ],
    )


def _secrets_in_git(
    writer: Writer, page: Draft, secrets: list[Secret], users: dict[Key, list[Markup]]
) -> Table:
    found: dict[tuple[str, str], list[Secret]] = defaultdict(list)
    for secret in secrets:
        found[secret.namespace, secret.name].append(secret)
    rows: list[list[Cell]] = []
    for (namespace, name), own in sorted(found.items()):
        clusters = list(dict.fromkeys(secret.cluster for secret in own))
        kinds = listing(unique(PROTECTION[secret.protection] for secret in own))
        words = f"Secret {namespace}/{name} on {across.names(clusters)}, {kinds}"
        needed = unique(
            user for cluster in clusters for user in users.get((cluster, namespace, name), [])
        )
        where = {(secret.file, secret.line): page.place(secret.file, secret.line) for secret in own}
        row: list[Cell] = [
            lines([page.named(name, "secret", words, f"secret-{namespace}-{name}"), _namespace(namespace)]),
            across.same(own, _kept, lambda one: protection(page, one)),
            across.same(own, lambda one: one.keys, lambda one: keys(page, one)),
            folded(needed, _SHOWN) or "–",
            lines([across.layers(writer, page, own), folded(list(where.values()), 1)]),
        ]  # fmt: skip
        if writer.many_clusters:
            row.insert(1, across.clusters(writer, page, own))
        rows.append(row)
    cluster_column = ("Clusters",) if writer.many_clusters else ()
    columns = ("Secret", *cluster_column, "Protection", "Keys", "Used by", "Layer and file")
    # A phone shows the name, how it is protected and who needs it; the list of the cluster's objects
    # has the rest.
    low = frozenset({1, 3, 5} if writer.many_clusters else {2, 4})
    spaces = [namespace or "no namespace" for namespace, _ in sorted(found)]
    return Table(
        "secrets", "Secrets", columns, rows, "No Secrets.", low=low, groups=grouped(spaces)
    )


def _kept(secret: Secret) -> tuple[object, ...]:
    """Return how the values of a Secret are kept, wherever its file is."""
    return secret.protection, secret.provider, tuple(key for key, _ in secret.clear)


def _namespace(name: str) -> Markup:
    return filled("<small>in {}</small>", name or "no namespace")


def protection(page: Draft, secret: Secret) -> Markup:
    """Return how the values are kept, by whom, and which of them anybody can read."""
    text = Markup.escape(PROTECTION[secret.protection])
    cells = [filled("<strong>{}</strong>", text) if secret.protection in _READABLE else text]
    if secret.provider:
        cells.append(filled("<small>{}</small>", secret.provider))
    for key, place in secret.clear[:_CLEAR]:
        place_of = page.place(place, near=secret.file)
        cells.append(filled("<small>in plain text: {} {}</small>", key, place_of))
    if len(secret.clear) > _CLEAR:
        cells.append(filled("<small>+{}</small>", count(len(secret.clear) - _CLEAR, "key")))
    return lines(cells)


def keys(page: Draft, secret: Secret) -> Markup:
    """Return the names of its keys."""
    return folded([page.code(key) for key in secret.keys], 3) or Markup("not named in Git")


def _in_values(writer: Writer, page: Draft, made: dict[Key, Secret]) -> list[tuple[Key, Markup]]:
    """Return secrets that the values of a release name: a value is the name of one in the
    namespace, and its path says `secret`."""
    found: dict[tuple[Key, Markup], None] = {}
    for release, value in writer.facts.secret_values:
        key = (release.cluster, release.target_namespace or release.namespace, value)
        if key in made:
            found[key, _release(writer, page, release)] = None
    return list(found)


def _release(writer: Writer, page: Draft, release: Release) -> Markup:
    return page.link(writer.component(release.namespace, release.name), release.name)


def _missing(
    writer: Writer, page: Draft, missing: list[Key], users: dict[Key, list[Markup]]
) -> Table:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cluster, namespace, name in missing:
        found[namespace, name].append(cluster)
    rows: list[list[Cell]] = []
    for (namespace, name), clusters in sorted(found.items()):
        needed = unique(user for cluster in clusters for user in users[cluster, namespace, name])
        row: list[Cell] = [
            lines([page.code(name), _namespace(namespace)]),
            folded(needed, _SHOWN),
        ]
        if writer.many_clusters:
            row.insert(1, across.links(writer, page, clusters))
        rows.append(row)
    cluster_column = ("Clusters",) if writer.many_clusters else ()
    columns = ("Secret", *cluster_column, "Used by")
    return Table(
        "outside",
        "Secrets from outside Git",
        columns,
        rows,
        "All referenced Secrets are in Git.",
    )


def _stray(page: Draft, secrets: list[Secret]) -> Table:
    rows: list[list[Cell]] = [
        [
            lines([page.code(secret.name), filled("<small>{}</small>", secret.kind)]),
            protection(page, secret),
            keys(page, secret),
            page.place(secret.file, secret.line),
        ]
        for secret in secrets
    ]
    return Table(
        "stray",
        "Secrets that no layer applies",
        ("Secret", "Protection", "Keys", "Defined at"),
        rows,
    )


def _users(writer: Writer, page: Draft) -> dict[Key, list[Markup]]:
    """Return who names a Secret: sources, layers, Providers and releases."""
    facts = writer.facts
    found: dict[Key, dict[Markup, None]] = defaultdict(dict)

    def add(cluster: str, namespace: str, name: str | None, user: Markup) -> None:
        if name:
            found[cluster, namespace, name][user] = None

    for source in facts.platform.sources:
        link = page.link(
            writer.at.page("sources"),
            f"{source.kind} {source.name}",
            sources=f"{source.namespace}/{source.name}",
        )
        add(source.cluster, source.namespace, source.secret, link)
    for layer in facts.platform.layers:
        link = writer.layer_or_all(page, layer)
        for item in layer.substitute_from:
            if item.kind == "Secret":
                add(layer.cluster, layer.namespace, item.name, filled("{} (variables)", link))
        add(
            layer.cluster,
            layer.namespace,
            layer.remote_cluster,
            filled("{} (target cluster)", link),
        )
    for provider in facts.platform.providers:
        link = page.link(
            writer.at.page("notifications"), f"Provider {provider.name}", providers=provider.name
        )
        add(provider.cluster, provider.namespace, provider.secret, link)
    for release in facts.platform.releases:
        for entry in release.values_from:
            kind, _, rest = entry.partition("/")
            if kind == "Secret":
                name = rest.partition(" ")[0]
                add(
                    release.cluster,
                    release.namespace,
                    name,
                    filled("{} (values)", _release(writer, page, release)),
                )
    return {key: list(users) for key, users in found.items()}
