"""Write the index of Go to: every name that the site knows, with the page about it.

In: the pages and the platform. Out: JSON that `goto.js` reads: kinds in the order in which they
rank, clusters, places, and a record for each name and kind, `[name, kind, place, rest, detail,
clusters]`. An address is a place with the name for `~`, and the rest; clusters are the bits of a
hexadecimal number, so that a name on sixteen clusters costs no more than one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gitops_docs.index.addresses import address, segment
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.kubernetes.flux import SOURCE_KINDS
from gitops_docs.pages.html.page import Page, SearchEntry
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text import escape
from gitops_docs.text.escape import page as clean

MOST = 300_000
"""Bytes; names beyond that are left out from the end of the order of kinds."""
KINDS = (
    "alert",
    "runbook",
    "chart alert",
    "component",
    "layer",
    "page",
    "cluster",
    "hostname",
    "namespace",
    "workload",
    "image",
    "variable",
    "secret",
    "CRD",
    "source",
    "Flux Alert",
    "certificate",
    "volume",
    "Gateway",
    "finding",
    "owner",
)
"""In the order in which they rank among equal matches; other kinds come last, under their own
names."""
_AS = {
    "release": "component",
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod", "ReplicaSet"),
        "workload",
    ),
    **dict.fromkeys(SOURCE_KINDS, "source"),
}
_NAMESPACED = frozenset({"layer", "component"})
"""Kinds whose pages have the namespace in their address."""
_SECTIONS = frozenset({"layers", "releases", "components"})
_PAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("clusters/", "Clusters: where they differ", ("clusters", "compare clusters")),
    (
        "clusters/",
        "Clusters: open one, then Bootstrap",
        ("bootstrap", "disaster recovery", "rebuild a cluster"),
    ),
    (
        "layers",
        "Layers: open one, “If it is not ready” comes first",
        (
            "layers",
            "not ready",
            "troubleshooting",
            "kustomization",
            "failed",
            "failing",
            "reconcile",
        ),
    ),
    ("layers", "Layers: open one, then Roll back", ("roll back", "rollback", "undo", "revert")),
    (
        "components",
        "Components: which version runs where",
        ("components", "charts", "versions", "Helm releases", "HelmRelease"),
    ),
    (
        "promotion",
        "Promotion: which environment is behind",
        ("promotion", "who is behind", "behind in prod"),
    ),
    ("alerts/", "Alerts: what each means, what to do first", ("alerts",)),
    (
        "runbooks/",
        "Runbooks: alerts with and without one",
        ("runbooks", "no runbook", "without runbook", "runbook missing"),
    ),
    (
        "changes",
        "Changes: the last commits and how far they reach",
        ("changes", "what changed", "who changed", "history", "commits"),
    ),
    (
        "findings/",
        "Findings: errors and warnings",
        ("findings", "errors", "warnings", "deprecated API"),
    ),
    (
        "paused",
        "Suspended and pinned: what is held back, and why",
        ("suspended", "pinned", "held back", "paused"),
    ),
    ("owners", "Owners: whom to ask", ("owners", "who owns", "owner")),
    (
        "workloads",
        "Workloads: what does not survive a drain",
        (
            "workloads",
            "drain",
            "node drain",
            "memory limit",
            "replicas",
            "PDB",
            "pods",
            "privileged",
        ),
    ),
    ("images", "Images: tags, and where latest is", ("images", "latest image", "latest")),
    (
        "image-automation",
        "Image automation: what Flux updates",
        ("image automation", "image update"),
    ),
    (
        "storage",
        "Storage: which volumes have no backup",
        ("storage", "no backup", "backup", "restore", "storage class", "volumes", "PVC"),
    ),
    (
        "exposure",
        "Exposure: what is reachable, at which hostname",
        (
            "exposure",
            "hostname",
            "ingress",
            "internet",
            "gateways",
            "exposed",
            "public hostname",
            "load balancer",
        ),
    ),
    ("certificates", "Certificates: who issues and who uses them", ("certificates", "TLS")),
    (
        "network-policies",
        "Network policies: what may talk to what",
        ("network policies", "network policy", "firewall"),
    ),
    (
        "access",
        "Access: who may do what",
        ("access", "cluster-admin", "RBAC", "roles", "permissions", "service accounts"),
    ),
    (
        "secrets",
        "Secrets: which must exist before bootstrap",
        ("secrets", "secrets before bootstrap", "prerequisites", "SOPS"),
    ),
    ("sources", "Sources: where Flux fetches from", ("sources", "Git repositories")),
    (
        "variables",
        "Variables: where a value comes from",
        ("variables", "where a value comes from", "substitution", "environment variables"),
    ),
    ("health", "Health checks: when each layer is ready", ("health checks",)),
    (
        "notifications",
        "Notifications: which events are sent where",
        ("notifications", "slack alerts", "Flux alerts", "Providers"),
    ),
    (
        "namespaces",
        "Namespaces: which layer creates each",
        ("namespaces", "who creates a namespace"),
    ),
    ("crds", "CRDs: who defines a kind, and who uses it", ("CRDs", "custom resource definitions")),
    ("directories", "Repository: the directories and who reads them", ("repository",)),
    ("lookup", "Lookup: which file made an object", ("lookup", "which file")),
)
"""Pages, what each answers, and what people type who look for it."""


class _Record(NamedTuple):
    """A name that the search finds. `clusters` are bits in hexadecimal, empty where one or no
    cluster has it."""

    name: str
    kind: int
    address: str
    detail: str
    clusters: str


def names(writer: Writer, pages: Sequence[Page]) -> bytes:
    """Write the index."""
    facts = writer.facts
    order = {cluster: number for number, cluster in enumerate(facts.environments.clusters())}
    kinds = _kinds(pages)
    records = sorted(
        _records(writer, pages, kinds, order),
        key=lambda one: (one.kind, one.name.lower(), one.address),
    )
    head: dict[str, object] = {
        "root": f"{writer.at.root}/",
        "end": "/" if writer.options.directory_urls else ".html",
        "kinds": kinds,
        "clusters": [segment(cluster) for cluster in order],
    }
    places: dict[str, int] = {}
    written = [
        json.dumps(_row(one, places), ensure_ascii=False, separators=(",", ":")) for one in records
    ]
    size = 0
    kept = []
    for text in written:
        size += len(text.encode()) + 2
        if size > MOST - 2_000:
            break
        kept.append(text)
    head["places"] = list(places)
    start = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    lines = ",\n".join(kept)
    return f'{start[:-1]},"left_out":{len(written) - len(kept)},"names":[\n{lines}\n]}}\n'.encode()


def _kinds(pages: Sequence[Page]) -> list[str]:
    """Return the kinds that rank, then all others."""
    found = {_kind(entry) for page in pages for entry in page.search if entry.kind}
    return [*KINDS, *sorted(found - set(KINDS))]


def _kind(entry: SearchEntry) -> str:
    return _AS.get(entry.kind, entry.kind)


def _row(record: _Record, places: dict[str, int]) -> list[str | int]:
    """Return a record as the index holds it: the start of its address by number, and without what
    is empty at its end."""
    begin, sign, rest = record.address.partition("~")
    place = places.setdefault(begin + sign, len(places))
    row: list[str | int] = [record.name, record.kind, place, rest, record.detail, record.clusters]
    while row[-1] == "":
        row.pop()
    return row


def _records(
    writer: Writer, pages: Sequence[Page], kinds: Sequence[str], order: dict[str, int]
) -> Iterable[_Record]:
    """Yield one record for each name and kind, of the first page that has it; those about all
    clusters come before those about one. A layer or component whose name another namespace has too
    is found by both."""
    facts = writer.facts
    rank = {kind: number for number, kind in enumerate(kinds)}
    found: dict[tuple[str, str], tuple[str, str, str]] = {}
    below = f"{writer.at.root}/clusters/"
    for page in sorted(pages, key=lambda one: one.uri.startswith(below) and not _is_cluster(one)):
        for entry in page.search:
            if not entry.kind:
                continue
            kind = _kind(entry)
            namespace = _namespace(page.uri) if kind in _NAMESPACED else ""
            there = page.uri, entry.anchor, namespace
            first = found.setdefault((entry.title, kind), there)
            if first[2] != namespace:
                found.setdefault((f"{namespace}/{entry.title}", kind), there)
    for book in facts.platform.runbooks:
        found.setdefault((book.title, "runbook"), (book.file, "", ""))
    details = _details(facts)
    clusters = _clusters(facts, order)
    for (name, kind), (uri, anchor, namespace) in found.items():
        key = kind, namespace, name.removeprefix(f"{namespace}/")
        own = clusters.get(key, 0)
        yield _Record(
            clean(name),
            rank[kind],
            _address(writer, uri, anchor, clean(name)),
            clean(details.get(key, "")),
            f"{own:x}" if own and own & (own - 1) else "",
        )
    known = {page.uri for page in pages}
    for place, answer, typed in _PAGES:
        uri = _page(writer, place)
        if uri in known:
            for text in typed:
                yield _Record(text, rank["page"], _address(writer, uri, "", text), answer, "")


def _namespace(uri: str) -> str:
    """Return the namespace in the URI of a page about one layer, release or component."""
    parts = uri.removesuffix("/index.md").split("/")
    return parts[-2] if len(parts) > 3 and parts[-3] in _SECTIONS else ""


def _page(writer: Writer, place: str) -> str:
    """Return the URI of a page; of one cluster its own list of layers."""
    at = writer.at
    if place.endswith("/"):
        return at.index(place.rstrip("/"))
    if place == "layers" and not writer.many_clusters:
        first = next(iter(writer.facts.clusters), "")
        return at.section_of_cluster(first, "layers") if first else at.page(place)
    return at.page(place)


def _is_cluster(page: Page) -> bool:
    return bool(page.search) and page.search[0].kind == "cluster"


def _address(writer: Writer, uri: str, anchor: str, name: str) -> str:
    """Return the address below our directory; above it (`../`) for a hand-written page."""
    there = address(uri, writer.options.directory_urls)
    root = f"{writer.at.root}/"
    there = there.removeprefix(root) if there.startswith(root) else f"/{escape.path(there)}"
    end = "/" if writer.options.directory_urls else ".html"
    text = f"{there.removesuffix(end)}{f'#{anchor}' if anchor else ''}"
    return text.replace("~", "%7E").replace(name, "~")


def _details(facts: PlatformIndex) -> dict[tuple[str, str, str], str]:
    """Return what a hit says beside its name: by kind, namespace and name."""
    found: dict[tuple[str, str, str], str] = {}
    for row in facts.charts:
        counts: dict[str, int] = {}
        for version in row.versions.values():
            text = version or "not pinned"
            counts[text] = counts.get(text, 0) + 1
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        several = len(row.versions) > 1
        text = ", ".join(f"{version} × {n}" if several else version for version, n in ordered[:2])
        more = f" +{len(ordered) - 2}" if len(ordered) > 2 else ""
        found["component", row.namespace, row.name] = text + more
    for rules in facts.rules.values():
        found["alert", "", rules[0].name] = ", ".join(
            dict.fromkeys(rule.severity for rule in rules if rule.severity)
        )
    return found


def _clusters(facts: PlatformIndex, order: dict[str, int]) -> dict[tuple[str, str, str], int]:
    """Return the clusters of layers and components, as bits: by kind, namespace and name."""
    found: dict[tuple[str, str, str], int] = {}
    for layer in facts.platform.layers:
        key = "layer", layer.namespace, layer.name
        found[key] = found.get(key, 0) | 1 << order[layer.cluster]
    for release in facts.platform.releases:
        if release.cluster in order:
            key = "component", release.namespace, release.name
            found[key] = found.get(key, 0) | 1 << order[release.cluster]
    return found
