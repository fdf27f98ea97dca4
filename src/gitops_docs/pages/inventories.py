"""Tables over everything: images, custom resources, sources, namespaces, objects of a cluster, the lookup, and findings."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup, escape

from gitops_docs.model import Cluster, Finding, Resource, Severity
from gitops_docs.pages.draft import Draft
from gitops_docs.pages.facts import is_custom
from gitops_docs.pages.page import Page
from gitops_docs.pages.tables import Cell, Table, lines
from gitops_docs.pages.words import count, prose, unique
from gitops_docs.pages.writer import Writer

_FIRST_FINDINGS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def images_page(writer: Writer) -> Page:
    """Container images that manifests name, each once, with who uses it."""
    page = writer.draft(writer.at.page("images"))
    by_image: dict[str, list[tuple[str, str, str, int]]] = defaultdict(list)
    for image in writer.facts.platform.images:
        by_image[image.image].append((image.layer, image.owner, image.file, image.line))
    rows: list[list[Cell]] = []
    for name, uses in sorted(by_image.items()):
        layers = unique([layer for layer, _, _, _ in uses])
        places = unique([f"{file}:{line}" for _, _, file, line in uses])
        by_place = {f"{file}:{line}": (file, line) for _, _, file, line in uses}
        rows.append(
            [
                page.code(name),
                lines([page.code(owner) for owner in unique([owner for _, owner, _, _ in uses if owner])]) or "–",
                lines([writer.layer(page, layer, with_cluster=writer.many_clusters) for layer in layers]),
                lines([page.place(*by_place[place]) for place in places]),
            ]
        )
    return writer.finish(
        page,
        "tables.html",
        "Images",
        description=f"{count(len(rows), 'container image')} that manifests name",
        lead=f"{count(len(rows), 'container image')} that manifests and chart values name. What a chart chooses by itself "
        "is not in Git and not here.",
        sections=[
            (
                None,
                None,
                Table(
                    "images", "Images", ("Image", "Used by", "Layer", "Named at"), rows, "No manifest names an image."
                ),
            )
        ],
    )


def custom_resources_page(writer: Writer) -> Page:
    """Objects of kinds that Kubernetes itself does not have."""
    page = writer.draft(writer.at.page("custom-resources"))
    rows: list[list[Cell]] = []
    kinds: set[tuple[str, str]] = set()
    for layer in writer.facts.platform.layers:
        for resource in layer.resources:
            if is_custom(resource):
                kinds.add((resource.group, resource.kind))
                rows.append(
                    [
                        page.code(resource.name),
                        resource.kind,
                        resource.api_version,
                        _namespace(resource),
                        writer.layer(page, layer, with_cluster=writer.many_clusters),
                        page.place(resource.file, resource.line),
                    ]
                )
    rows.sort(key=lambda row: (str(row[1]), str(row[0])))
    return writer.finish(
        page,
        "tables.html",
        "Custom resources",
        description=f"{count(len(rows), 'object')} of {count(len(kinds), 'custom kind')}",
        boost=0.5,
        lead=f"{count(len(rows), 'object')} of {count(len(kinds), 'custom kind')}.",
        sections=[
            (
                None,
                None,
                Table(
                    "custom-resources",
                    "Custom resources",
                    ("Name", "Kind", "API version", "Namespace", "Layer", "Defined at"),
                    rows,
                    "No layer applies a custom resource.",
                ),
            )
        ],
    )


def sources_page(writer: Writer) -> Page:
    """Flux sources: what is followed, with which Secret, and who uses it."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.page("sources"))
    users: dict[tuple[str, str, str, str], list[Markup]] = defaultdict(list)
    for layer in facts.platform.layers:
        users[layer.cluster, layer.source.kind, layer.source.namespace, layer.source.name].append(
            writer.layer(page, layer)
        )
    for release in facts.platform.releases:
        key = (release.cluster, release.source.kind, release.source.namespace, release.source.name)
        users[key].append(
            page.link(at.below_cluster(release.cluster, "releases", release.namespace, release.name), release.name)
        )
    rows: list[list[Cell]] = []
    for source in facts.platform.sources:
        used = users.get((source.cluster, source.kind, source.namespace, source.name), [])
        rows.append(
            [
                page.code(f"{source.namespace}/{source.name}")
                + (
                    Markup(' <span class="gitops-state gitops-state--suspended">suspended</span>')
                    if source.suspended
                    else ""
                ),
                source.kind,
                page.url(source.url) or "unknown",
                source.ref or "not said",
                page.code(source.secret) or source.provider or "none",
                Markup(", ").join(used) if used else "nothing",
                writer.layer(page, source.layer, with_cluster=writer.many_clusters)
                if source.layer
                else "not by a layer",
                page.place(source.file, source.line),
            ]
        )
    return writer.finish(
        page,
        "tables.html",
        "Sources",
        description=f"{count(len(rows), 'Flux source')}",
        lead=f"{count(len(rows), 'Flux source')}: where Flux gets manifests and charts from, and how it authenticates.",
        sections=[
            (
                None,
                None,
                Table(
                    "sources",
                    "Sources",
                    ("Source", "Kind", "Address", "Follows", "Authentication", "Used by", "Applied by", "Defined at"),
                    rows,
                    "No layer applies a source.",
                ),
            )
        ],
    )


def namespaces_page(writer: Writer) -> Page:
    """Namespaces: which layer creates each, and what lies in it."""
    facts = writer.facts
    page = writer.draft(writer.at.page("namespaces"))
    makers: dict[tuple[str, str], list[tuple[str, Resource]]] = defaultdict(list)
    holds: dict[tuple[str, str], int] = defaultdict(int)
    guests: dict[tuple[str, str], list[str]] = defaultdict(list)
    for layer in facts.platform.layers:
        for resource in layer.resources:
            if resource.kind == "Namespace" and not resource.group:
                makers[layer.cluster, resource.name].append((layer.id, resource))
            elif resource.namespace and not resource.cluster_scoped:
                holds[layer.cluster, resource.namespace] += 1
                if layer.id not in guests[layer.cluster, resource.namespace][-1:]:
                    guests[layer.cluster, resource.namespace].append(layer.id)
    rows: list[list[Cell]] = []
    for cluster, name in sorted({*makers, *holds}):
        made = makers.get((cluster, name), [])
        rows.append(
            [
                page.code(name),
                writer.cluster(page, cluster),
                lines(
                    [
                        writer.layer(page, layer) + Markup(" ") + page.place(resource.file, resource.line)
                        for layer, resource in made
                    ]
                )
                if made
                else "no layer here",
                count(holds[cluster, name], "object"),
                Markup(", ").join(writer.layer(page, layer) for layer in guests[cluster, name]) or "–",
            ]
        )
    unmade = sum(1 for key in holds if key not in makers)
    return writer.finish(
        page,
        "tables.html",
        "Namespaces",
        description=f"{count(len(rows), 'namespace')} and which layer creates each",
        lead=f"{count(len(rows), 'namespace')}. {unmade} of them no layer creates: Kubernetes, Flux's bootstrap or a "
        "Helm release does, or somebody must.",
        sections=[
            (
                None,
                None,
                Table(
                    "namespaces",
                    "Namespaces",
                    ("Namespace", "Cluster", "Created by", "Holds", "Used by"),
                    rows,
                    "No namespace.",
                ),
            )
        ],
    )


def objects_page(writer: Writer, cluster: Cluster) -> Page:
    """Every object of a cluster: name to file to layer. Kept out of the search, which finds the pages about them."""
    page = writer.draft(writer.at.section_of_cluster(cluster.id, "objects"))
    rows: list[list[Cell]] = [
        [
            page.code(resource.name),
            resource.kind,
            _namespace(resource),
            writer.layer(page, layer),
            page.place(resource.file, resource.line),
        ]
        for layer in writer.facts.of_cluster.get(cluster.id, [])
        for resource in layer.resources
    ]
    return writer.finish(
        page,
        "tables.html",
        f"Objects of {cluster.id}",
        description=f"{count(len(rows), 'object')} of {cluster.id}",
        boost=0,
        crumbs=[(writer.at.cluster(cluster.id), cluster.id)],
        lead=f"{count(len(rows), 'object')} that the layers of {cluster.id} apply. What Helm charts make "
        "of their values is not in Git and not here.",
        sections=[
            (
                None,
                None,
                Table("objects", "Objects", ("Name", "Kind", "Namespace", "Layer", "Defined at"), rows, "No object."),
            )
        ],
    )


def lookup_page(writer: Writer) -> Page:
    """What is applied twice, what is defined and never applied, and where to look for an object."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.page("lookup"))
    owners: dict[tuple[str, str, str, str, str], list[tuple[str, Resource]]] = defaultdict(list)
    for layer in facts.platform.layers:
        if layer.remote_cluster:
            continue
        for resource in layer.resources:
            namespace = "" if resource.cluster_scoped else resource.namespace or ""
            owners[layer.cluster, resource.group, resource.kind, namespace, resource.name].append((layer.id, resource))
    twice: list[list[Cell]] = [
        [
            page.code(f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"),
            writer.cluster(page, cluster),
            lines(
                [
                    writer.layer(page, layer) + Markup(" ") + page.place(resource.file, resource.line)
                    for layer, resource in found
                ]
            ),
        ]
        for (cluster, _, kind, namespace, name), found in sorted(owners.items())
        if len({layer for layer, _ in found}) > 1
    ]
    orphans: list[list[Cell]] = [
        [page.code(orphan.name), orphan.kind, page.place(orphan.file, orphan.line)] for orphan in facts.orphans
    ]
    everything = [
        page.link(at.section_of_cluster(cluster.id, "objects"), f"all objects of {cluster.id}")
        for cluster in facts.platform.clusters
    ]
    return writer.finish(
        page,
        "lookup.html",
        "Lookup",
        description=f"{count(len(orphans), 'object')} that no layer applies, {len(twice)} applied twice",
        everything=everything,
        twice=Table(
            "twice",
            "Objects that several layers apply",
            ("Object", "Cluster", "Layers"),
            twice,
            "No object is applied by two layers.",
        ),
        orphans=Table(
            "orphans",
            "Objects that no layer applies",
            ("Name", "Kind", "Defined at"),
            orphans,
            "Every object is applied by some layer.",
        ),
    )


def findings_page(writer: Writer) -> Page:
    """Everything that the checks found."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.index("findings"))
    findings = facts.platform.findings
    numbers = [(severity.value, sum(finding.severity is severity for finding in findings)) for severity in Severity]
    codes = [
        (
            page.link(at.finding(code), code),
            min(found, key=lambda f: _FIRST_FINDINGS[f.severity]).severity.value,
            len(found),
        )
        for code, found in sorted(
            facts.codes.items(), key=lambda pair: (min(_FIRST_FINDINGS[f.severity] for f in pair[1]), pair[0])
        )
    ]
    serious = [finding for finding in findings if finding.severity is not Severity.INFO]
    return writer.finish(
        page,
        "findings.html",
        "Findings",
        description=", ".join(f"{number} {severity}" for severity, number in numbers),
        numbers=numbers,
        codes=codes,
        table=Table(
            "findings",
            "Errors and warnings",
            ("What", "Severity", "Layer", "Where", "Code"),
            _finding_rows(writer, page, serious, with_code=True),
            "No error, no warning.",
        ),
    )


def finding_page(writer: Writer, code: str, findings: list[Finding]) -> Page:
    """All findings of one code."""
    at = writer.at
    page = writer.draft(at.finding(code))
    return writer.finish(
        page,
        "tables.html",
        code,
        description=f"{count(len(findings), 'finding')} {code}",
        boost=0.5,
        crumbs=[(at.index("findings"), "Findings")],
        lead=f"{count(len(findings), 'finding')} of the code `{code}`.",
        sections=[
            (
                None,
                None,
                Table(
                    "findings",
                    code,
                    ("What", "Severity", "Layer", "Where"),
                    _finding_rows(writer, page, findings, with_code=False),
                ),
            )
        ],
    )


def _finding_rows(writer: Writer, page: Draft, findings: list[Finding], *, with_code: bool) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for finding in findings:
        row: list[Cell] = [
            prose(finding.message),
            finding.severity.value,
            writer.layer(page, finding.layer, with_cluster=writer.many_clusters) if finding.layer else "–",
            page.place(finding.file, finding.line) or "–",
        ]
        if with_code:
            row.append(page.link(writer.at.finding(finding.code), finding.code))
        rows.append(row)
    return rows


def _namespace(resource: Resource) -> Cell:
    if resource.cluster_scoped or not resource.namespace:
        return "–"
    return Markup(f"<code>{escape(resource.namespace)}</code>")
