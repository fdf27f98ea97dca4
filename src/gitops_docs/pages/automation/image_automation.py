"""Write the page about image automation: what changes itself, by which rule, and where it is
committed."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup

from gitops_docs.checks.registry import CODES as RULES
from gitops_docs.checks.rules.automation import is_below, target_branch
from gitops_docs.model import ImageMarker, ImagePolicy, ImageUpdateAutomation, LayerObject
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, mark
from gitops_docs.text.english import count

CODES = ("image-automation-production", "image-marker-unknown", "image-policy-unused")


@reused
def image_automation_page(writer: Writer) -> Page:
    """Write the page: what needs attention, policies with their markers, automations,
    repositories."""
    platform, at = writer.facts.platform, writer.at
    page = writer.draft(at.page("image-automation"))
    policies = sorted(across.by_name(platform.image_policies), key=lambda one: _order(one[0]))
    automations = across.by_name(platform.image_automations)
    repositories = sorted(
        across.by_name(platform.image_repositories), key=lambda one: _order(one[0])
    )
    markers: dict[tuple[str, str], list[ImageMarker]] = defaultdict(list)
    for marker in platform.image_markers:
        markers[marker.namespace, marker.name].append(marker)
    codes = writer.facts.codes
    known = {(namespace, name) for (_, namespace, name), _ in policies}
    unknown = sum(len(found) for key, found in markers.items() if key not in known)
    lead = f"{count(len(policies), 'policy')}, {count(len(automations), 'automation')}, "
    lead += f"{count(len(platform.image_markers), 'marker')}."
    if unknown:
        lead += f" {count(unknown, 'marker')} {'has' if unknown == 1 else 'have'} no policy."
    lead += " The newest tag in a registry is not in Git, and not known here."
    cluster = ("Clusters",) if writer.many_clusters else ()
    sections: list[tuple[str | None, str | None, Table]] = []
    if any(code in codes for code in CODES) or _suspended(writer, page):
        sections.append(
            (
                "Needs attention",
                None,
                Table(
                    "attention",
                    "Findings and suspended objects",
                    ("What", "Why", "Where"),
                    [
                        *(_findings(writer, page, code) for code in CODES if code in codes),
                        *_suspended(writer, page),
                    ],
                ),
            )
        )
    sections += [
        (
            "Policies",
            None,
            Table(
                "policies",
                "ImagePolicies",
                ("Policy", "Newest tag", "Sets", "Now", "Automation", *cluster),
                [
                    _policy(writer, page, found, markers, len(platform.image_markers))
                    for _, found in policies
                ],
                "No ImagePolicy in the manifests. An ImagePolicy and a marker in a file make Flux "
                "update an image.",
                groups=grouped([_initial(key[2]) for key, _ in policies]),
            ),
        ),
        (
            "Automations",
            None,
            Table(
                "automations",
                "ImageUpdateAutomations",
                ("Automation", "Changes", "Pushes to", "Commit author", "Layer", *cluster),
                [_automation(writer, page, found) for _, found in automations],
                "No ImageUpdateAutomation in the manifests. Without one, Flux changes no file.",
            ),
        ),
        (
            "Repositories",
            None,
            Table(
                "repositories",
                "ImageRepositories",
                ("Repository", "Image", "Scanned", "Layer", *cluster),
                [
                    [
                        across.title(
                            page,
                            found[0],
                            f"ImageRepository {key[1]}/{key[2]}: tags to choose from",
                        ),
                        across.same(
                            found,
                            lambda item: item.image,
                            lambda item: page.code(item.image) or "not known",
                        ),
                        across.same(
                            found,
                            lambda item: item.interval,
                            lambda item: f"every {item.interval or 'not known'}",
                        ),
                        across.layers(writer, page, found),
                        *([across.clusters(writer, page, found)] if writer.many_clusters else []),
                    ]
                    for key, found in repositories
                ],
                "No ImageRepository in the manifests.",
                groups=grouped([_initial(key[2]) for key, _ in repositories]),
            ),
        ),
    ]
    return writer.finish(
        page,
        "tables.html",
        "Image automation",
        wide=True,
        description=f"{count(len(policies), 'image policy')}, what each sets and where it is committed",
        lead=lead,
        words=("image update", "latest image", "newest tag"),
        sections=sections,
    )


def _findings(writer: Writer, page: Draft, code: str) -> list[Cell]:
    """Return a row for all findings of a code: the message of one, else what they have in
    common."""
    own = writer.facts.codes[code]
    number = count(len(own), "finding")
    return [
        page.link(writer.at.finding(code), code),
        prose(own[0].message) if len(own) == 1 else f"{RULES[code].title} ({number})",
        folded([page.place(one.file, one.line) for one in own], 2),
    ]


def _suspended(writer: Writer, page: Draft) -> list[list[Cell]]:
    platform = writer.facts.platform
    held: list[LayerObject] = [item for item in platform.image_automations if item.suspended]
    held += [item for item in platform.image_policies if item.suspended]
    held += [item for item in platform.image_repositories if item.suspended]
    return [
        [
            filled("{} {}", page.code(f"{kind} {namespace}/{name}"), mark("suspended")),
            f"Flux does nothing with it on {across.names([item.cluster for item in items])}",
            across.places(page, items),
        ]
        for (kind, namespace, name), items in across.by_name(held)
    ]


def _initial(name: str) -> str:
    """Return the group of a name in a long list: its first letter."""
    return name[:1].upper()


def _order(key: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return the place of (kind, namespace, name) in a list by first letters."""
    return _initial(key[2]), key[2], key[1]


def _policy(
    writer: Writer,
    page: Draft,
    found: list[ImagePolicy],
    markers: dict[tuple[str, str], list[ImageMarker]],
    number: int,
) -> list[Cell]:
    first = found[0]
    own = markers.get((first.namespace, first.name), [])
    shown = across.title(
        page,
        first,
        f"ImagePolicy {first.namespace}/{first.name}: {first.rule}",
    )
    # In a long list a row is a line or two.
    most = across.SHOWN if number <= across.PLACES else 1
    row: list[Cell] = [
        shown,
        across.same(found, lambda item: item.rule, lambda item: prose(item.rule)),
        folded([_marker(page, item, number) for item in own], most) or mark("no marker"),
        folded(list(dict.fromkeys(_value(page, item) for item in own)), most) or "–",
        folded(_automations_of(writer, page, found, own), across.SHOWN) or "none",
    ]
    return [*row, across.clusters(writer, page, found)] if writer.many_clusters else row


def _marker(page: Draft, marker: ImageMarker, number: int) -> Markup:
    where = (
        page.place(marker.file, marker.line) if number <= across.PLACES else page.place(marker.file)
    )
    return filled("{} <small>{}</small>", where, marker.part) if marker.part else where


def _value(page: Draft, marker: ImageMarker) -> Markup:
    return page.code(marker.value) or Markup("not shown: it is in a Secret")


def _automations_of(
    writer: Writer, page: Draft, found: list[ImagePolicy], markers: list[ImageMarker]
) -> list[Markup]:
    """Link the automations that select a policy and change a file with its marker."""
    cells: dict[Markup, None] = {}
    clusters = {policy.cluster for policy in found}
    labels = set(found[0].labels)
    for automation in writer.facts.platform.image_automations:
        if (
            automation.cluster in clusters
            and automation.namespace == found[0].namespace
            and set(automation.selector) <= labels
            and any(is_below(marker.file, automation.path) for marker in markers)
        ):
            name = page.code(automation.name)
            cells[filled("{} {}", name, mark("suspended")) if automation.suspended else name] = None
    return list(cells)


def _automation(writer: Writer, page: Draft, found: list[ImageUpdateAutomation]) -> list[Cell]:
    first = found[0]
    platform = writer.facts.platform
    row: list[Cell] = [
        across.title(
            page,
            first,
            f"ImageUpdateAutomation {first.namespace}/{first.name}",
        ),
        across.same(
            found,
            lambda item: (item.path, item.selector, item.selects_by_expression),
            lambda item: lines(
                [
                    page.code(f"{item.path}/") if item.path else Markup("all directories"),
                    *(
                        [Markup("<small>policies selected by label</small>")]
                        if item.selector or item.selects_by_expression
                        else []
                    ),
                ]
            ),
        ),
        across.same(
            found,
            lambda item: (item.source, target_branch(platform, item)),
            lambda item: lines(
                [
                    page.code(target_branch(platform, item)) or Markup("branch not known"),
                    filled("<small>{} {}</small>", item.source[0], item.source[2]),
                ]
            ),
        ),
        across.same(found, lambda item: item.author, lambda item: item.author or "not set"),
        across.layers(writer, page, found),
    ]
    return [*row, across.clusters(writer, page, found)] if writer.many_clusters else row
